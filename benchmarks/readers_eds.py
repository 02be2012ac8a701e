"""Maps of X-rays, decoded by us and by RosettaSciIO from the same files.

Bruker hypermaps of packed and of instructed pixels, the event lists of JEOL, and a stream of
Velox where SIDPY_VENDOR_DATA names the folder of real files.  SIDPY_ROSETTASCIIO_PYTHON names
the interpreter of an environment with RosettaSciIO (and numba, without which it is far slower).
It decodes in compiled code, we in NumPy, so that the ratio says what that costs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import numpy as np
from _table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "scifireaders"))  # the writers of its tests

from made import bruker_bcf, jeol  # noqa: E402 - found on the path of the line above

from SciFiReaders.readers.electron.bruker_bcf import read_bcf  # noqa: E402
from SciFiReaders.readers.electron.jeol import read_pts  # noqa: E402
from SciFiReaders.readers.electron.velox_emd import read_velox  # noqa: E402

PEER = "SIDPY_ROSETTASCIIO_PYTHON"
REAL, VELOX = "SIDPY_VENDOR_DATA", "EMDReader_SpectrumImage_Si.emd"
SIDE, CHANNELS = 64, 1024


def bcf(path: Path, counts: np.ndarray, kind: int, repeat: int) -> Path:
    """Write a hypermap whose rows are repeated."""
    rows = bruker_bcf.stream(counts, (kind,))
    head, body = rows[:0x1A0], rows[0x1A0:]
    head = np.uint32(len(counts) * repeat).tobytes() + head[4:]
    total = counts.sum((0, 1)) * repeat
    shape = np.broadcast_to(np.uint8(0), (len(counts) * repeat, *counts.shape[1:]))
    files = {"HeaderData": bruker_bcf.header(shape, total=total)}
    files["SpectrumData0"] = head + body * repeat
    path.write_bytes(bruker_bcf.container(files, 4096))
    return path


def pts(path: Path, frames: int) -> Path:
    """Write an event list of 8 x 8 pixels with many X-rays."""
    r = np.random.default_rng(0)
    places = [(row, column) for row in range(8) for column in range(8)]
    xrays = [(*place, int(c), 1) for place in places for c in r.integers(96, 4096, 100)]
    return jeol.write_pts(path, frames=frames, xrays=xrays)


def work(read: Callable[[Path], list], path: Path) -> float:
    """Return the processor's seconds that reading and decoding the largest array takes."""
    started = process_time()
    max(read(path), key=lambda found: found.size).compute(scheduler="synchronous")
    return process_time() - started


@contextmanager
def peer(python: str) -> Iterator[Callable[[str, Path], float]]:
    """Yield a function that lets the peer read a file and returns its seconds."""
    command = [python, str(HERE / "_reader_peers.py")]
    pipe = subprocess.PIPE
    # what is on our path is not for its interpreter
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=own
    ) as process:

        def ask(what: str, path: Path) -> float:
            process.stdin.write(f"{what}\t{path}\n")
            process.stdin.flush()
            for line in process.stdout:
                if line.startswith("took "):  # it writes warnings, too
                    return float(line.removeprefix("took "))
                if line.startswith("failed "):
                    msg = f"the peer could not read {path}: {line.removeprefix('failed ')}"
                    raise RuntimeError(msg)
            msg = f"the peer could not read {path}"
            raise RuntimeError(msg)

        yield ask
        process.stdin.close()


def main() -> None:
    python = os.environ.get(PEER)
    if not python:
        sys.exit(f"left out: {PEER} names no interpreter")
    r = np.random.default_rng(0)
    few = r.poisson(0.03, (4, SIDE, CHANNELS))
    many = r.poisson(2.0, (2, SIDE, CHANNELS))
    table = Table("decoding maps of X-rays, against RosettaSciIO", repeats=3)
    with tempfile.TemporaryDirectory() as folder, peer(python) as ask:
        place = Path(folder)
        files = {
            "Bruker, packed": (bcf(place / "a.bcf", few, 1, SIDE), read_bcf, "bruker"),
            "Bruker, instructed": (bcf(place / "b.bcf", many, 2, SIDE // 2), read_bcf, "bruker"),
            "JEOL events": (pts(place / "c.pts", 60), read_pts, "jeol"),
        }
        real = Path(os.environ.get(REAL, ""), "emd-velox/SciFiDatasets", VELOX)
        if real.is_file():
            files["Velox stream"] = (real, read_velox, "emd")
        else:
            print(f"Velox stream left out: {REAL} names no folder with {VELOX}")
        for name, (path, read, module) in files.items():
            label = f"{name}, {path.stat().st_size / 1e6:.1f} MB"
            theirs = partial(ask, f"rsciio:{module}", path)
            table.seconds(label, ours=partial(work, read, path), RosettaSciIO=theirs)
    table.finish()


if __name__ == "__main__":
    main()
