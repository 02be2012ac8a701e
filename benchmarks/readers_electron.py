"""Formats of electron microscopes: first pixel, whole file, and files too large for memory.

    python benchmarks/readers_electron.py

Three claims.  Against NumPy: reading all of an uncompressed file, chunk by chunk, takes at most
1 / 0.8 of what `numpy.fromfile` takes for as many bytes.  Against size: opening a sparse file of
4 GB takes no longer than one of 4 MB, and no memory.  Against peers, for information: from opening
to the first pixel, and all of it, beside RosettaSciIO and mrcfile, whose interpreter
SIDPY_ROSETTASCIIO_PYTHON names.  Times are those of the processor.
"""

from __future__ import annotations

import os
import sys
import tempfile
import tracemalloc
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import dask
import numpy as np
from _table import Table, finish
from readers_eds import PEER, peer

import sidpy
from SciFiReaders.readers.electron.emsa_msa import read_msa
from SciFiReaders.readers.electron.gatan_dm import read_dm
from SciFiReaders.readers.electron.merlin_mib import read_mib
from SciFiReaders.readers.electron.mrc import read_mrc
from SciFiReaders.readers.electron.nanomegas_blo import read_blo
from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from SciFiReaders.simulate.mrc import write_mrc

if TYPE_CHECKING:
    from collections.abc import Callable

#: Frames of the files that are read, and of the sparse ones.
SHAPE = (64, 256, 256)
SMALL, LARGE = (16, 256, 512), (16384, 256, 512)
#: More memory than this, in bytes, must opening 4 GB not take.
MEMORY = 4 << 20


def mib(path: Path, shape: tuple[int, int, int], frames: np.ndarray | None = None) -> Path:
    """Write frames of 16 bits of a Merlin detector, sparse where there are none."""
    count, rows, columns = shape
    head = f"MQ1,000001,00384,01,{columns:04},{rows:04},U16,   1x1,01,2021-04-15 14:43:47.0,"
    header = f"{head}0.001000,0,0,MQ1A,2021-04-15T13:43:47Z,1000000ns,12,".ljust(384)
    with path.open("wb") as file:
        for frame in range(count if frames is not None else 1):
            file.write(header.encode())
            if frames is not None:
                file.write(frames[frame].astype(">u2").tobytes())
        file.truncate(count * (384 + rows * columns * 2))
    return path


def mrc(path: Path, shape: tuple[int, int, int], frames: np.ndarray | None = None) -> Path:
    """Write an MRC file of 16 bits, sparse where there are no frames."""
    if frames is not None:
        return write_mrc(path, frames)
    write_mrc(path, np.zeros((1, *shape[1:]), "u2"))
    with path.open("r+b") as file:
        file.seek(8)
        file.write(np.int32(shape[0]).tobytes())
        file.seek(36)
        file.write(np.int32(shape[0]).tobytes())
        file.truncate(1024 + int(np.prod(shape)) * 2)
    return path


def dm4(path: Path, shape: tuple[int, int, int], frames: np.ndarray | None = None) -> Path:
    """Write a DM4 file, sparse where there are no frames."""
    data = np.broadcast_to(np.uint16(0), shape) if frames is None else frames
    image = DMImage(data, "frames", [DMAxis() for _ in shape])
    return write_dm(path, image, sparse=frames is None)


def blo(path: Path, frames: np.ndarray) -> Path:
    """Write a block file of 8 bits, square frames in one line."""
    count, side, _ = frames.shape
    header = np.zeros(1024, "u1")
    header[:6] = np.frombuffer(b"IMGBLO", "u1")
    header[6:8] = np.array([0x0102], "<u2").view("u1")
    header[8:16] = np.array([1024, 1024 + count], "<u4").view("u1")
    header[20:28] = np.array([side, 10, count, 1], "<u2").view("u1")
    header[28:46] = 0
    with path.open("wb") as file:
        file.write(header.tobytes() + bytes(count))
        for i, frame in enumerate(frames):
            file.write(np.array([0x55AA], "<u2").tobytes() + np.uint32(i).tobytes())
            file.write(frame.astype("u1").tobytes())
    return path


def msa(path: Path, channels: int) -> Path:
    """Write a spectrum."""
    head = "#FORMAT : EMSA/MAS Spectral Data File\n#VERSION : 1.0\n#TITLE : a\n#DATE : \n"
    head += f"#TIME : \n#OWNER : \n#NPOINTS : {channels}.\n#NCOLUMNS : 1.\n#XUNITS : eV\n"
    head += "#YUNITS : counts\n#DATATYPE : Y\n#XPERCHAN : 1.\n#OFFSET : 0.\n#SPECTRUM : \n"
    numbers = "".join(f"{i % 1000}.5,\n" for i in range(channels))
    path.write_text(f"{head}{numbers}#ENDOFDATA : \n")
    return path


def seconds(work: Callable[[], object]) -> float:
    """Return the processor's seconds that some work takes."""
    started = process_time()
    work()
    return process_time() - started


def whole(read: Callable[[Path], list], path: Path) -> object:
    """Read all of a file."""
    return read(path)[-1].compute(scheduler="synchronous")


def chunks(read: Callable[[Path], list], path: Path) -> object:
    """Read all of a file chunk by chunk, as one does with what does not fit the memory."""
    return dask.compute(*read(path)[-1].to_delayed().ravel(), scheduler="synchronous")


def first(read: Callable[[Path], list], path: Path) -> object:
    """Open a file and read its first pixel."""
    found = read(path)[-1]
    return np.asarray(found[(slice(0, 1),) * found.ndim].compute(scheduler="synchronous"))


def against_size(place: Path) -> Table:
    """Return the times of opening large files against small ones; memory is checked."""
    table = Table("opening 4 GB against 4 MB", limit=2.0, repeats=5)
    for name, write in (("dm4", dm4), ("mrc", mrc), ("mib", mib)):
        large = write(place / f"large.{name}", LARGE)
        small = write(place / f"small.{name}", SMALL)
        sidpy.read(large)
        tracemalloc.start()
        sidpy.read(large)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        if peak > MEMORY:
            sys.exit(f"opening {large.name} took {peak / 2**20:.1f} MB of memory")
        works = {"large": partial(sidpy.read, large), "small": partial(sidpy.read, small)}
        table.seconds(name, **{label: partial(seconds, work) for label, work in works.items()})
        large.unlink()
    return table


def main() -> None:
    frames = np.random.default_rng(0).integers(0, 4000, SHAPE, "u2")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        files = {
            "dm4": (dm4(place / "a.dm4", SHAPE, frames), read_dm, "rsciio:digitalmicrograph"),
            "mrc": (mrc(place / "a.mrc", SHAPE, frames), read_mrc, "rsciio:mrc"),
            "mrc, mrcfile": (place / "a.mrc", read_mrc, "mrcfile:"),
            "mib": (mib(place / "a.mib", SHAPE, frames), read_mib, "rsciio:quantumdetector"),
            "blo": (blo(place / "a.blo", frames), read_blo, "rsciio:blockfile"),
            "msa": (msa(place / "a.msa", 4096), read_msa, "rsciio:msa"),
        }
        raw = Table("reading 64 MB in chunks, against numpy.fromfile", limit=1.25, repeats=7)
        many = np.tile(frames, (8, 1, 1))
        for name, write, read in (("dm4", dm4, read_dm), ("mrc", mrc, read_mrc)):
            path = write(place / f"many.{name}", many.shape, many)
            works = {
                "ours": partial(chunks, read, path),
                "fromfile": partial(np.fromfile, path, "u1"),
            }
            raw.seconds(name, **{label: partial(seconds, work) for label, work in works.items()})
        tables = [raw, against_size(place)]
        python = os.environ.get(PEER)
        if python:
            tables += against_peers(files, python)
        else:
            print(f"peers left out: {PEER} names no interpreter")
    finish(*tables)


def against_peers(files: dict, python: str) -> list[Table]:
    """Return the tables beside other programs, which read eagerly what has no lazy form."""
    tables = [Table("to the first pixel", repeats=3), Table("all of it", repeats=3)]
    for table, work, part in zip(tables, (first, whole), ("/first", ""), strict=True):
        for name, (path, read, what) in files.items():
            if name == "msa" and part:
                continue  # text is read at once
            with peer(python) as ask:
                ours = partial(seconds, partial(work, read, path))
                table.seconds(name, ours=ours, peer=partial(ask, what + part, path))
    return tables


if __name__ == "__main__":
    main()
