"""Opening a file costs its header, not its pixels: time and memory against file size.

    python benchmarks/open_dm4.py

writes sparse DM4 files of 1 MB to 4 GB, which take no room on the disk, opens each with
`sidpy.read` and with the reader itself, and prints medians.  RosettaSciIO, where it is
installed, opens the same files lazily.  The script ends with status 1 when the largest
file takes more than twice as long as the smallest, or more than 4 MiB.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

import sidpy
from SciFiReaders.readers.electron.gatan_dm import read_dm
from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 15

#: Shapes of 32-bit pixels: [y, x], [energy, y, x], [y, x, v, u].
SHAPES = {
    "1 MB": (512, 512),
    "16 MB": (2048, 2048),
    "256 MB": (1024, 256, 256),
    "1 GB": (64, 64, 256, 256),
    "4 GB": (128, 128, 256, 256),
}


@dataclass(frozen=True)
class Cost:
    """What opening a file took."""

    milliseconds: float
    kibibytes: float

    def __str__(self) -> str:
        return f"{self.milliseconds:8.2f} ms {self.kibibytes:8.0f} KiB"


def costs(work: Callable[[Path], object], paths: list[Path]) -> tuple[list[Cost], float]:
    """Measure the opening of several files in turns, so that a busy machine is fair.

    Returns
    -------
    list of Cost
        Median time, and the peak memory of one more opening, of each file.
    float
        Median of the ratios between the last file and the first, measured back to back.
    """
    times: list[list[float]] = [[] for _ in paths]
    for path in paths:
        work(path)
    for _ in range(REPEATS):
        for path, found in zip(paths, times, strict=True):
            start = perf_counter()
            work(path)
            found.append(perf_counter() - start)
    growth = median(last / first for first, last in zip(times[0], times[-1], strict=True))
    peaks = [peak(work, path) for path in paths]
    return [Cost(1e3 * median(t), p / 1024) for t, p in zip(times, peaks, strict=True)], growth


def peak(work: Callable[[Path], object], path: Path) -> int:
    """Return the most memory Python held while opening a file, in bytes."""
    tracemalloc.start()
    try:
        work(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def sparse(folder: Path, size: str) -> Path:
    """Write a DM4 file of the announced size that holds no pixel."""
    zeros = np.broadcast_to(np.zeros((), "f4"), SHAPES[size])
    axes = [DMAxis(0.1, units="nm")] * zeros.ndim
    tags = {f"group {i}": {f"tag {j}": 1.0 for j in range(20)} for i in range(50)}
    return write_dm(
        folder / f"{size.replace(' ', '')}.dm4", DMImage(zeros, size, axes, tags=tags), sparse=True
    )


def peer() -> Callable[[Path], object] | None:
    """Return the lazy opening of RosettaSciIO, where it is installed."""
    if importlib.util.find_spec("rsciio") is None:
        return None
    from rsciio.digitalmicrograph import file_reader

    return lambda path: file_reader(str(path), lazy=True)


def main() -> int:
    """Print the table; return 1 when the claim does not hold."""
    ways: dict[str, Callable[[Path], object]] = {"sidpy.read": sidpy.read, "read_dm": read_dm}
    other = peer()
    if other:
        ways["RosettaSciIO, lazy"] = other
    with tempfile.TemporaryDirectory() as folder:
        paths = [sparse(Path(folder), size) for size in SHAPES]
        found = {name: costs(way, paths) for name, way in ways.items()}
    print(f"opening DM4 files of 1000 tags, median of {REPEATS}, peak of Python's memory")
    print(f"{'size':>8}" + "".join(f"{name:>26}" for name in ways))
    for row, size in enumerate(SHAPES):
        print(f"{size:>8}" + "".join(f"{column[row]!s:>26}" for column, _ in found.values()))
    print(f"{'growth':>8}" + "".join(f"{growth:>26.2f}" for _, growth in found.values()))
    column, growth = found["sidpy.read"]
    return int(growth > 2 or column[-1].kibibytes > 4096)


if __name__ == "__main__":
    sys.exit(main())
