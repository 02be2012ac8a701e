"""What a long history costs: one more operation after 10,000 others beside one after 100.

Promise: the time of an operation does not grow with the history, and ten thousand steps can
be copied and pickled, a thousand written and read, without recursion.  The arrays are held in
memory every 50 steps, for dask's own graph grows with every lazy operation.
"""

import copy
import pickle
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import dask.array as da
import numpy as np
from _table import Table, readable

import sidpy

SHORT, MIDDLE, LONG = 100, 1000, 10_000
SAMPLE = 200


def chained(start, steps):
    """Return the array after that many additions, held in memory now and then."""
    for step in range(steps):
        start = start + 1
        if step % 50 == 49:
            start = start.persist(scheduler="synchronous")
    return start


def seconds(array):
    """Return the seconds of one addition, averaged over a few on the same array."""

    def measure():
        started = perf_counter()
        for _ in range(SAMPLE):
            array + 1
        return (perf_counter() - started) / SAMPLE

    return measure


def main():
    """Print the table."""
    values = np.zeros((4, 5))
    labelled = sidpy.Dataset.from_array(values, units="nA")
    short, long = chained(labelled, SHORT), chained(labelled, LONG)
    middle, plain = chained(labelled, MIDDLE), chained(da.from_array(values), SHORT)
    table = Table(f"one more operation after {LONG} and after {SHORT}", limit=1.2, repeats=15)
    table.seconds("labelled array", long=seconds(long), short=seconds(short))
    recursion = sys.getrecursionlimit()
    for name, work in {
        "copy": long.copy,
        "deepcopy": lambda: copy.deepcopy(long),
        "pickle and back": lambda: pickle.loads(pickle.dumps(long)),
        "history": lambda: long.history,
    }.items():
        started = perf_counter()
        work()
        print(f"{name} of {LONG} steps: {readable(perf_counter() - started)}")
    started = perf_counter()
    written(middle)
    print(f"written and read, {MIDDLE} steps: {readable(perf_counter() - started)}")
    assert len(long.history) > LONG
    assert sys.getrecursionlimit() == recursion
    assert np.asarray(long).max() == np.asarray(plain).max() * LONG / SHORT
    table.finish()


def written(dataset):
    """Write a dataset to a file and read it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.h5"
        dataset.save(path)
        (back,) = sidpy.read(path).values()
        assert len(back.history) >= len(dataset.history)


if __name__ == "__main__":
    main()
