"""Kill a computation at random moments, again and again, and look at what it left.

After each kill the file has to open, the source has to be what it was, positions that are
marked as done have to hold their results, and the next run may compute none of them again.
Half of the kills come while results are created, the others at any moment. A run that comes
to its end has to leave the same results as one that nobody disturbed.

Run ``python killing.py [kills [seed [folder]]]``; the test suite does a few of them.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # children are forked: no threads before

import h5py
import numpy as np

import pyUSID
from sidpy.hdf.recovery import recover

COUNT, STEPS = 600, 32
#: What a child tells its parent: it begins now.
_GO = b"g"
#: How results are stored.
LAYOUTS = {
    "contiguous": {},
    "chunked": {"chunks": (48, 2)},
    "packed": {"chunks": (48, 2), "compression": "gzip", "shuffle": True},
}


class Moments(pyUSID.Process):
    """Mean and spread of each position, slowly; it notes which ones it computes."""

    def __init__(self, h5_main, layout, noted, **kwargs):
        self.layout, self.noted = layout, noted
        super().__init__(h5_main, "Moments", {"layout": layout}, executor="serial", **kwargs)
        self._max_pos_per_read = 48

    @staticmethod
    def _map_block(rows):
        time.sleep(0.02)
        return np.stack([rows.mean(axis=1), rows.std(axis=1)], axis=1)

    def _create_results_datasets(self):
        self.h5_results_grp = pyUSID.hdf_utils.create_results_group(
            self.h5_main, self.process_name, self._h5_target_group
        )
        pyUSID.hdf_utils.write_simple_attrs(self.h5_results_grp, self.parms_dict)
        self.h5_moments = pyUSID.hdf_utils.write_main_dataset(
            self.h5_results_grp, (COUNT, 2), "Moments", "Current", "nA", None,
            pyUSID.Dimension("Moment", "", 2), dtype="f8",
            h5_pos_inds=self.h5_main.h5_pos_inds, h5_pos_vals=self.h5_main.h5_pos_vals,
            **LAYOUTS[self.layout],
        )  # fmt: skip

    def _get_existing_datasets(self):
        self.h5_moments = self.h5_results_grp["Moments"]

    def _write_results_chunk(self):
        rows = self._get_pixels_in_current_batch()
        if self.noted is not None:
            os.write(self.noted, rows.astype("i4").tobytes())
        self.h5_moments[rows] = self._results


def prepare(path):
    """Write a source of random numbers."""
    values = np.random.default_rng(0).random((COUNT, STEPS))
    x, bias = pyUSID.Dimension("X", "nm", COUNT), pyUSID.Dimension("Bias", "V", STEPS)
    with h5py.File(path, "w") as file:
        pyUSID.hdf_utils.write_main_dataset(file, values, "Raw", "Current", "nA", x, bias)
        file["others"] = np.arange(1000)
    return values


def run(path, layout, noted=None, told=None):
    """Compute what is missing, with a checkpoint after every batch."""
    with h5py.File(path, "r+") as file:
        process = Moments(file["Raw"], layout, noted, checkpoint_every=0.0)
        if told is not None:
            os.write(told, _GO)
        process.compute()


def start(path, layout, noted):
    """Run it in a child; return its number when it begins to compute."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            run(path, layout, noted, writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    assert os.read(reading, 1) == _GO, "the child could not even begin"
    os.close(reading)
    return child


def killed_after(child, seconds):
    """Kill a child after a while; whether it was still there."""
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed"
    return os.WIFSIGNALED(status)


def look(path, values, exact):
    """Check the file; return which positions are done, None when there are no results."""
    recover(path)  # as everything here does that opens a file by its path
    with h5py.File(path, "r") as file:
        assert np.array_equal(file["Raw"][()], values), "the source changed"
        assert np.array_equal(file["others"][()], np.arange(1000)), "something else changed"
        file.visititems(lambda _name, item: dict(item.attrs))
        groups = [name for name in file if name.startswith("Raw-Moments")]
        assert groups in ([], ["Raw-Moments_000"]), groups
        status = file.get("Raw-Moments_000/completed_positions")
        if status is None:
            return None
        done = np.flatnonzero(status[()])
        assert np.array_equal(file["Raw-Moments_000/Moments"][done], exact[done]), "wrong results"
        return done


class Case:
    """One way of storing results, killed and resumed until it is complete, and once more."""

    def __init__(self, folder, layout):
        self.folder, self.layout = folder, layout
        self.path = folder / f"{layout}.h5"
        self.values = prepare(self.path)
        self.exact = np.stack([self.values.mean(axis=1), self.values.std(axis=1)], axis=1)
        self.source = self.path.read_bytes()
        began = time.monotonic()
        run(self.path, layout)
        self.seconds = time.monotonic() - began
        self.whole = self.results()
        self.path.write_bytes(self.source)
        self.kills = self.finished = 0

    def results(self):
        with h5py.File(self.path, "r") as file:
            return file["Raw-Moments_000/Moments"][()].tobytes()

    def kill_once(self, chance):
        """Start or go on, kill, and check what is there."""
        fresh = chance.random() < 0.5
        if fresh:
            self.path.write_bytes(self.source)
        before = look(self.path, self.values, self.exact)
        log = self.folder / "log"
        noted = os.open(log, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        # results are created in the first hundredth of a second
        most = 0.02 if fresh and chance.random() < 0.7 else self.seconds
        killed = killed_after(start(self.path, self.layout, noted), chance.uniform(0, most))
        os.close(noted)
        computed = np.fromfile(log, "i4")
        again = np.intersect1d(computed, [] if before is None else before)
        assert not again.size, f"computed again: {again}"
        after = look(self.path, self.values, self.exact)
        if before is not None:
            assert np.isin(before, after).all(), "what was done is not any more"
        self.kills += killed
        if not killed:
            self.finished += 1
            assert self.results() == self.whole, "the results differ from an undisturbed run"
            self.path.write_bytes(self.source)


def main(kills, seed=0, folder=None):
    """Kill that many times; return how many kills there were, and how many runs were complete."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        cases = [Case(Path(name), layout) for layout in LAYOUTS]
        while sum(case.kills for case in cases) < kills:
            chance.choice(cases).kill_once(chance)
        for case in cases:  # what is left has to be completed too
            run(case.path, case.layout)
            assert case.results() == case.whole
        return sum(case.kills for case in cases), sum(case.finished for case in cases)


if __name__ == "__main__":
    words = dict(enumerate(sys.argv))
    killed, ended = main(int(words.get(1, 100)), int(words.get(2, 0)), words.get(3))
    sys.stdout.write(f"{killed} kills, {ended} undisturbed ends; every file was right\n")
