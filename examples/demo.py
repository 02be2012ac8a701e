"""From a vendor's file to a picture, an analysis and one HDF5 file with its history.

``python examples/demo.py [FILE] [--output FOLDER]``; without a file it takes the sample
beside this script, a STEM image that the project's own simulator wrote as a Gatan file.
In an image the atoms are found, a spectral image is decomposed, anything else is drawn
and stored.  Every step is a few lines of the libraries: read this file as an example.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path
from typing import Any

import demo_picture
import numpy as np

import sidpy
from sidpy.cli import main as sidpy_command
from sidpy.cli.history import show_history
from sidpy.viz import arrange

SAMPLE = Path(__file__).parent / "data" / "lattice.dm4"

#: Datasets larger than this are drawn and stored, but not analysed in a demonstration.
MOST_BYTES = 2 * 10**9

#: Atoms are looked for in images that show no more than this, and are about so wide, nm.
WIDEST_FIELD, ATOM_SIZE = 100.0, 0.1

#: Nanometres in the units that images come in.
NANOMETRES = {"nm": 1.0, "m": 1e9, "µm": 1e3, "um": 1e3, "Å": 0.1, "A": 0.1, "pm": 1e-3}


def main(argv: list[str] | None = None) -> int:
    """Run the demonstration and return the exit code."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("file", nargs="?", type=Path, default=SAMPLE)
    words.add_argument("--output", type=Path, default=Path("demo-output"), metavar="FOLDER")
    arguments = words.parse_args(argv)
    try:
        demonstrate(arguments.file, arguments.output)
    except (sidpy.errors.SidpyError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def demonstrate(path: Path, folder: Path) -> None:
    """Do every step for one file and write what comes out into `folder`."""
    began = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)

    headline("What the file holds")
    datasets = sidpy.read(path)
    sidpy_command(["info", str(path)])

    headline("What can be learnt from it")
    key, result = analyse(datasets)
    results = datasets_of(result)

    picture = folder / f"{path.stem}.png"
    demo_picture.draw(datasets, key, result).savefig(picture, dpi=130)

    headline("Data and results in one HDF5 file")
    stored = sidpy.write(datasets | results, folder / f"{path.stem}.h5", overwrite=True)
    sidpy_command(["tree", str(stored)])

    headline("How the last of them came to be")
    everything = sidpy.read(stored)
    show_history(dict(list(everything.items())[-1:]))

    headline(f"Done in {time.perf_counter() - began:.1f} s; where to look")
    print(f"  picture   {picture}")
    print(f"  HDF5 file {stored}   (sidpy info, sidpy history, h5web, silx view)")
    print(f"  Python    sidpy.read({str(stored)!r})")


def headline(text: str) -> None:
    """Write the title of a step."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def analyse(datasets: dict[str, Any]) -> tuple[str, Any]:
    """Analyse the first dataset that can be; return its key and the result or None."""
    for key, dataset in datasets.items():
        if dataset.nbytes > MOST_BYTES:
            print(f"{key} is left alone here: {dataset.nbytes / 1e9:.1f} GB take too long")
        elif is_spectral(dataset):
            return key, decompose(dataset)
        elif shows_atoms(dataset):
            return key, find_atoms(dataset)
    print("No image of atoms and no spectral image in it: it is drawn and stored.")
    return next(iter(datasets)), None


def kind_of(dataset: Any) -> str:
    """Return the kind of picture that a dataset is."""
    axes = [dataset._axes[axis] for axis in range(dataset.ndim)]
    return arrange(dataset.data_type.name, axes).kind


def is_spectral(dataset: Any) -> bool:
    """Tell whether there are spectra at many places."""
    return dataset.ndim == 3 and kind_of(dataset) == "spectral" and min(dataset.shape) > 1


def shows_atoms(dataset: Any) -> bool:
    """Tell whether an image is real, calibrated and shows a field small enough for atoms."""
    if dataset.ndim != 2 or kind_of(dataset) != "image" or dataset.dtype.kind not in "iuf":
        return False
    fields = [math.inf]
    for axis in (0, 1):
        dimension = dataset._axes[axis]
        if dimension.dimension_type.name == "SPATIAL" and dimension.units in NANOMETRES:
            fields.append(abs(dimension.slope) * len(dimension) * NANOMETRES[dimension.units])
    return len(fields) == 3 and max(fields[1:]) < WIDEST_FIELD and min(dataset.shape) >= 16


def find_atoms(image: Any) -> Any:
    """Find the atoms and refine their positions; return those that could be refined."""
    from pycroscopy.image import locate_atoms, refine_atoms

    units = image._axes[0].units
    found = locate_atoms(image, atom_size=ATOM_SIZE / NANOMETRES[units])
    atoms = refine_atoms(image, found)
    inside = ((atoms.positions > 0) & (atoms.positions < np.array(image.shape) - 1)).all(axis=1)
    atoms = atoms.select(atoms.good & inside)
    if not len(atoms):
        print(f"No atoms in {image.title!r}: it is drawn and stored.")
        return None
    error = 1e3 * NANOMETRES[units] * float(np.median(atoms.coordinate_errors))
    print(f"{len(atoms)} atoms in {image.title!r}, each located to about {error:.2g} pm")
    return atoms


def decompose(data: Any) -> Any:
    """Decompose spectra into as many components as the noise allows."""
    from pycroscopy.learn import decompose

    result = decompose(data)
    share = 100 * float(result.explained_variance_ratio.sum())
    print(f"{result.rank} components hold {share:.1f} % of {data.title!r}; the rest is noise")
    return result


def datasets_of(result: Any) -> dict[str, Any]:
    """Return what is to be stored of a result, by name."""
    if result is None:
        return {}
    return (
        result.to_datasets() if hasattr(result, "to_datasets") else {"atoms": result.to_dataset()}
    )


if __name__ == "__main__":
    sys.exit(main())
