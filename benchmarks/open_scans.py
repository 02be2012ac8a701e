"""Opening a scan of 4 GB costs what opening one of 4 MB costs: the pixels stay in the file.

The peer is the same reader on the small file, so that the ratio shows what the size
costs; a reader that touched the pixels would be a thousand times slower on the large one.
The files are sparse and take no room on the disk.  What remains of a difference are the
axes, whose values are in memory.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from _table import Table

from SciFiReaders.readers.probe.gwyddion_gsf import read_gsf
from SciFiReaders.readers.probe.nanonis_sxm import read_sxm
from SciFiReaders.simulate.gsf import write_gsf
from SciFiReaders.simulate.sxm import write_sxm

#: Rows and columns of the large and the small file; a scan has two such images.
LARGE, SMALL = (32768, 32768), (1024, 1024)
FORMATS = {"gsf": (write_gsf, read_gsf), "sxm": (write_sxm, read_sxm)}

PEAK = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from open_scans import FORMATS
import sidpy, dask.array
FORMATS[sys.argv[2]][1](sys.argv[4])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
FORMATS[sys.argv[2]][1](sys.argv[3])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def peak_of_opening(kind: str, large: Path, small: Path) -> float:
    """Return the MB that a fresh process needs for the large file and not for the small."""
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", PEAK, here, kind, str(large), str(small)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    table = Table("opening a large scan, against a small one", limit=5.0)
    with tempfile.TemporaryDirectory() as folder:
        for kind, (write, read) in FORMATS.items():
            large = write(Path(folder, f"large.{kind}"), shape=LARGE)
            small = write(Path(folder, f"small.{kind}"), shape=SMALL)
            size = large.stat().st_size / 1e9
            table.row(
                f"{kind}, {size:.1f} GB", large=partial(read, large), small=partial(read, small)
            )
            print(f"{kind}: peak memory {peak_of_opening(kind, large, small):.1f} MB more")
    table.finish()


if __name__ == "__main__":
    main()
