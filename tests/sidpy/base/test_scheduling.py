"""Who waits for a cluster does not wait for ever when nobody is left who computes."""

from __future__ import annotations

import itertools
import threading
import time

import dask
import dask.array as da
import h5py
import numpy as np
import pytest

import sidpy
from sidpy.base.scheduling import watched
from sidpy.errors import LostWorkers
from sidpy.hdf.streaming import stream
from sidpy.proc.progress import compute

#: What blocks that hang wait for; the workers are threads of this process.
OVER, CALLS = threading.Event(), itertools.count()

pytestmark = pytest.mark.distributed


@pytest.fixture
def workers():
    """A cluster of threads of this process, with one worker that may be sent home."""
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"sidpy.workers-timeout": "1s"}),
        LocalCluster(1, threads_per_worker=1, processes=False, dashboard_address=":0") as local,
        Client(local),
    ):
        yield local


@pytest.fixture
def nobody(workers):
    workers.scale(0)
    until(lambda: not workers.scheduler.workers)


def until(condition):
    """Wait until something is so, but for a minute at most."""
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


def numbers(length=400, function=np.negative):
    return da.zeros((length, 4), chunks=(1, 4)).map_blocks(function, dtype=float)


def hangs_after_the_first(block):
    if block.size and next(CALLS):
        OVER.wait(60)
    return block


def test_shards_are_given_up_and_those_complete_are_kept(workers, tmp_path):
    path = tmp_path / "file.h5"

    def leave():
        until(lambda: list(tmp_path.glob("**/*-0.h5")))
        workers.scale(0)

    lazy = numbers(3, hangs_after_the_first)
    leaving = threading.Thread(target=leave)
    leaving.start()
    with pytest.raises(LostWorkers, match=r"no worker of .* for 1 s.*resume=True.*'12h'"):
        sidpy.write(sidpy.Dataset.from_array(lazy), path, resume="hanging")

    kept = list(tmp_path.glob("**/*-0.h5"))
    OVER.set()
    leaving.join(60)
    assert len(kept) == 1
    assert not path.exists()


@pytest.mark.usefixtures("nobody")
def test_a_stream_is_given_up(tmp_path):
    with h5py.File(tmp_path / "file.h5", "w") as file:
        target = file.create_dataset("data", (400, 4), "f8", chunks=(10, 4))
        with pytest.raises(LostWorkers, match="no worker"):
            stream(numbers(), target)


@pytest.mark.usefixtures("nobody")
def test_computing_is_given_up():
    with pytest.raises(LostWorkers, match="no worker"):
        compute([numbers().sum()], label="sum")


def test_errors_of_others_stay_what_they_are_and_end_the_work(workers):
    from distributed import default_client

    client = default_client()
    future = client.submit(np.negative, np.zeros(3))
    with pytest.raises(ZeroDivisionError), watched(client, [future]):
        raise ZeroDivisionError

    assert future.cancelled()


def test_who_may_wait_for_ever_does(nobody, workers):
    from distributed import default_client

    client = default_client()
    with dask.config.set({"sidpy.workers-timeout": None}):
        future = client.submit(np.negative, np.ones(3))
        with watched(client, [future]):
            time.sleep(1.5)
            assert future.status == "pending"
            workers.scale(1)
            assert future.result(60).sum() == -3
