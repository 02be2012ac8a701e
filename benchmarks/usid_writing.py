"""Claims: a main dataset is written within 1.2 times the time of its bare numbers in h5py.

256 x 256 positions of 512 steps in single precision (134 MB), from NumPy and from dask, into a
page-cached file; the ancillary datasets of 1,000,000 positions take less than 0.2 s.
SIDPY_UPSTREAM_PYTHON names the interpreter of an environment with the released pyUSID, whose
times for the same work are shown beside ours.

Run ``python benchmarks/usid_writing.py [--side 256] [--folder /dev/shm]``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import dask.array as da
import h5py
import numpy as np
from _table import Table, readable, timed

import pyUSID

STEPS = 512
#: Rows of a block of lazy data.
ROWS = 4096
#: Most seconds for the ancillary datasets of a million positions.
ANCILLARIES = 0.2

PEER = """
import json, sys, time, warnings
import numpy as np
if not hasattr(np, "product"):  # gone from NumPy 2, and the release needs it
    np.product = np.prod
warnings.simplefilter("ignore")
import dask.array as da, h5py, pyUSID
from statistics import median

path, side, steps, rows = sys.argv[1], *map(int, sys.argv[2:])
data = np.random.default_rng(0).random((side * side, steps), dtype=np.float32)
lazy = da.from_array(data, chunks=(rows, steps))
dims = [pyUSID.Dimension(n, "nm", side) for n in "XY"], [pyUSID.Dimension("Bias", "V", steps)]
million = [pyUSID.Dimension(n, "nm", 1000) for n in "XY"]
write = pyUSID.hdf_utils.write_main_dataset
work = {
    "NumPy": lambda file: write(file, data, "Raw_Data", "Current", "nA", *dims),
    "dask": lambda file: write(file, lazy, "Raw_Data", "Current", "nA", *dims),
    "ancillaries": lambda file: pyUSID.hdf_utils.write_ind_val_dsets(file, million, False),
}
found = {}
for name, job in work.items():
    times = []
    for _ in range(6):
        begin = time.perf_counter()
        with h5py.File(path, "w") as file:
            job(file)
        times.append(time.perf_counter() - begin)
    found[name] = median(times[1:])
print(json.dumps(found))
"""


def into(path: Path, work):
    """Return the work on a new file, from opening it to closing it."""

    def done():
        with h5py.File(path, "w") as file:
            work(file)

    return done


def upstream(folder: Path, side: int) -> dict[str, float]:
    """Return what the released package takes, in seconds, {} without it."""
    python = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not python:
        print("SIDPY_UPSTREAM_PYTHON names no interpreter with the released pyUSID\n")
        return {}
    command = [python, "-c", PEER, str(folder / "peer.h5"), str(side), str(STEPS), str(ROWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"the released pyUSID failed: {done.stderr.splitlines()[-1:]}\n")
        return {}
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Print both tables; end with status 1 when a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--repeats", type=int, default=11)
    arguments = parser.parse_args()
    side = arguments.side
    data = np.random.default_rng(0).random((side * side, STEPS), dtype=np.float32)
    x, y = (pyUSID.Dimension(name, "nm", side) for name in "XY")
    dims = [x, y], [pyUSID.Dimension("Bias", "V", np.linspace(-1, 1, STEPS))]
    million = [pyUSID.Dimension(name, "nm", 1000) for name in "XY"]
    write = pyUSID.hdf_utils.write_main_dataset
    table = Table(f"write_main_dataset, {data.nbytes / 1e6:.0f} MB", 1.2, arguments.repeats)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        bare = into(folder / "bare.h5", lambda file: file.create_dataset("Raw_Data", data=data))
        for kind, given in (("NumPy", data), ("dask", da.from_array(data, (ROWS, STEPS)))):
            ours = into(
                folder / "ours.h5",
                lambda file, given=given: write(file, given, "Raw_Data", "Current", "nA", *dims),
            )
            table.row(kind, ours=ours, h5py=bare)
        ancillaries = into(
            folder / "ours.h5",
            lambda file: pyUSID.hdf_utils.write_ind_val_dsets(file, million, is_spectral=False),
        )
        took = median(timed(ancillaries, 1) for _ in range(arguments.repeats))
        theirs = upstream(folder, side)
    print(table)
    over = "  over the limit" if took > ANCILLARIES else ""
    print(f"ancillaries of 1,000,000 positions: {readable(took)}, limit {ANCILLARIES} s{over}")
    for kind, seconds in theirs.items():
        print(f"the released pyUSID, {kind}: {readable(seconds)}")
    sys.exit(1 if table.failures or over else 0)


if __name__ == "__main__":
    main()
