"""What `pyUSID.Process` costs: a vectorised function, and a slow one on two cores.

The vectorised mean of 65,536 positions x 512 steps (float32, 134 MB) is compared with plain
NumPy that reads, computes and writes the same; a function of about 2 ms for each of 16,384
positions with itself on one core.  The release runs in an interpreter of its own, named by
``PYUSID_RELEASE_PYTHON``, and is left out without.

Run ``python benchmarks/usid_process.py [repeats]``.  The script runs itself: each contender is
a process that prints its seconds, without starting Python.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

STEPS = 512
#: Name of a case: (positions per side, how many times of its baseline it may take).
CASES = {"vectorised": (256, 2.0), "slow, 2 cores": (128, 1 / 1.8)}


def seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def plain(path: str) -> None:
    """Read, compute and write without anything else."""
    with h5py.File(path, "r+") as file:
        means = file["Raw"][()].mean(axis=1)
        file.create_dataset("plain", data=means)
        file.flush()
        del file["plain"]


def slow(row):
    total = 0.0
    for step in range(30_000):
        total += step % 7
    return row.mean() + 0 * total


def processed(path: str, contender: str) -> float:
    """Compute with whatever pyUSID this interpreter has; return the seconds."""
    if not hasattr(np, "product"):  # the release does not run with NumPy 2 otherwise
        setattr(np, "product", np.prod)  # noqa: B010 - a name that NumPy no longer has
    import pyUSID

    create_results_group = pyUSID.hdf_utils.create_results_group  # imports now, not when timed

    class Mean(pyUSID.Process):
        _map_function = staticmethod(slow if "slow" in contender else np.mean)

        def _create_results_datasets(self):
            self.h5_results_grp = create_results_group(self.h5_main, "Mean")
            self.h5_mean = self.h5_results_grp.create_dataset("Mean", len(self.h5_main), "f4")

        def _write_results_chunk(self):
            # the release knows the second of these only, which is slower
            where = getattr(self, "_get_rows_in_current_batch", self._get_pixels_in_current_batch)
            self.h5_mean[where()] = np.asarray(self._results)

    if contender == "vectorised":
        Mean._map_block = staticmethod(lambda rows: rows.mean(axis=1))
    with h5py.File(path, "r+") as file:
        cores = 2 if "2 cores" in contender else 1
        h5_main = pyUSID.USIDataset(file["Raw"])
        return seconds(lambda: Mean(h5_main, "Mean", cores=cores).compute(override=True))


def measured(python: str, path: str, contender: str) -> float:
    """Return the seconds of a contender in an interpreter."""
    ran = subprocess.run(
        [python, __file__, path, contender], capture_output=True, text=True, check=True
    )
    return float(ran.stdout.split()[-1])


def source(path: Path, side: int) -> None:
    import pyUSID

    data = np.random.default_rng(0).random((side * side, STEPS), dtype=np.float32)
    positions = [pyUSID.Dimension(name, "nm", side) for name in "XY"]
    bias = pyUSID.Dimension("Bias", "V", STEPS)
    with h5py.File(path, "w") as file:
        pyUSID.hdf_utils.write_main_dataset(file, data, "Raw", "Current", "nA", positions, bias)


def contenders(name: str):
    """Return (what is measured, interpreter, name of the contender) of a case."""
    release = os.environ.get("PYUSID_RELEASE_PYTHON")
    baseline = "plain" if name == "vectorised" else "slow, 1 core"
    yield "ours", sys.executable, name
    yield "baseline", sys.executable, baseline
    if release:
        yield "release", release, name


def report(name: str, path: str, repeats: int) -> bool:
    most = CASES[name][1]
    found: dict[str, list[float]] = {}
    for _ in range(repeats):
        for label, python, contender in contenders(name):
            found.setdefault(label, []).append(measured(python, path, contender))
    ours = found["ours"]
    ratios = {
        label: statistics.median(a / b for a, b in zip(ours, times, strict=True))
        for label, times in found.items()
    }
    release = f"{ratios['release']:.3f}" if "release" in ratios else "-"
    took = statistics.median(ours)
    print(f"{name:16}{took:9.3f} s{ratios['baseline']:10.2f}{most:10.2f}{release:>10}", flush=True)
    return ratios["baseline"] <= most


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print(f"{'':16}{'ours':>11}{'/baseline':>10}{'at most':>10}{'/release':>10}")
    kept = True
    for name, (side, _) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "source.h5")
            source(path, side)
            kept &= report(name, str(path), repeats)
    sys.exit(not kept)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _, file_name, who = sys.argv
        print(seconds(lambda: plain(file_name)) if who == "plain" else processed(file_name, who))
    else:
        main()
