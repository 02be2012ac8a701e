"""The other process of an acquisition: it writes one, or reads one and checks every value.

The frame of number n holds ``n + row / 100``, its variance ``n * n``, its time ``n / 2``.
"""

import contextlib
import pathlib
import time
import traceback

import dask.array  # noqa: F401 - loaded here, once, and not in every process that is forked
import h5py  # noqa: F401 - the same
import numpy as np

import pyNSID
import sidpy
from pyNSID import acquisition, following  # noqa: F401 - the same

with contextlib.suppress(ImportError):  # dask asks for it when it computes
    import distributed  # noqa: F401 - the same

SHAPE = (30, 20)


def frame(number):
    values = number + np.arange(SHAPE[0])[:, None] / 100 + np.zeros(SHAPE)
    variance = np.full(SHAPE, float(number * number))
    return sidpy.Dataset.from_array(values, title="scan", units="nA", variance=variance)


def write(path, frames, pause, said, **options):
    """Append frames behind those that are there, and say after each how many there are."""
    time_axis = sidpy.Dimension(1, "time", "Time", "s", "temporal")
    with pyNSID.growing(path, frame(0), time_axis, mode="a", **options) as scan:
        while len(scan) < frames:
            number = len(scan)
            scan.append(frame(number), values=number / 2)
            said.value = number + 1
            time.sleep(pause)


frame(0)  # what this loads is loaded once; no thread is started, as forked processes need


def check(dataset, start=0):
    """Assert that every value of every frame from `start` on is what it has to be."""
    stop = len(dataset)
    numbers = np.arange(start, stop, dtype=float)[:, None, None]
    expected = numbers + np.arange(SHAPE[0])[:, None] / 100 + np.zeros(SHAPE)
    np.testing.assert_array_equal(dataset[start:].compute(), expected)
    np.testing.assert_array_equal(
        dataset.labels_record.variance[start:].compute(), numbers * numbers + np.zeros(SHAPE)
    )
    np.testing.assert_array_equal(dataset.time.values, np.arange(stop) / 2)
    assert dataset.units == "nA"
    return stop


def read_and_tell(path, pipe):
    """Follow an acquisition to its end; tell of every tenth frame, and all lengths at last."""
    try:
        _follow(path, pipe)
    except Exception:
        pipe.send(traceback.format_exc())
        raise


def _follow(path, pipe):
    pipe.send("ready")
    ends = time.monotonic() + 120
    while not pathlib.Path(path).exists() and time.monotonic() < ends:
        time.sleep(0.001)
    scan = pyNSID.follow(path, wait=0.001)
    lengths, told = [0], 0
    for dataset in scan:
        lengths.append(check(dataset, max(lengths[-1] - 1, 0)))
        while told < lengths[-1] // 10:
            told += 1
            pipe.send(told)
    check(scan.dataset)
    pipe.send({"lengths": lengths, "finished": scan.is_finished})
