"""Write the sample of the demonstration: a simulated STEM image as a Gatan file.

The same command gives the same bytes: ``python examples/make_sample.py [FILE]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from SciFiReaders.simulate.specimen import lattice_image

SAMPLE = Path(__file__).parent / "data" / "lattice.dm4"


def make(path: Path) -> Path:
    """Write the sample to `path`.

    Notes
    -----
    A cubic lattice with two kinds of columns and a few vacancies, 5.1 nm wide, counted
    electrons.  What a microscope would know of it stands in the tags of the vendor.
    """
    lattice = lattice_image((256, 256), dose=400.0, seed=7)
    tags = {
        "Microscope Info": {"Voltage": 200000.0, "Name": "sidpy simulator"},
        "Session Info": {"Specimen": "SrTiO3 [001], simulated"},
        "DataBar": {"Signal Name": "HAADF"},
        "DigiScan": {"Sample Time": 12.0},
    }
    image = DMImage(
        lattice.image,
        name="HAADF of SrTiO3",
        axes=[DMAxis(lattice.pixel_size, units="nm")] * 2,
        brightness=DMAxis(units="counts"),
        tags=tags,
    )
    return write_dm(path, image)


if __name__ == "__main__":
    print(make(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE))
