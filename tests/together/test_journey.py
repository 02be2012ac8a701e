"""A measurement travels all the way: vendor file, dataset, analysis, file, history."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time

import dask.array as da
import numpy as np
import pytest

import sidpy

WRITER = """
import sys
import time

import dask.array as da
import sidpy

def slowly(block):
    time.sleep(0.05)
    return block + 1.0

lazy = da.zeros((400, 100, 100), chunks=(1, 100, 100)).map_blocks(slowly, dtype=float)
print("started", flush=True)
sidpy.write(sidpy.Dataset.from_array(lazy, title="slow"), sys.argv[1], overwrite=True)
"""


@pytest.fixture
def scan(sample, tmp_path):
    path = tmp_path / "scan.dm4"
    path.write_bytes(sample)
    return path


def test_from_a_vendor_file_to_a_file_and_back(scan, tmp_path):
    image = sidpy.read(scan)["Channel_000"]
    profile = image.sel(y=slice("0.5 nm", "1.5 nm")).mean(axis=0)
    target = tmp_path / "results.h5"
    sidpy.write([image, profile], target)
    stored = sidpy.read(target)

    assert [dataset.title for dataset in stored.values()] == [image.title, profile.title]
    for before, after in zip((image, profile), stored.values(), strict=True):
        assert after == before
        assert after.metadata == before.metadata
        assert after.original_metadata == before.original_metadata
    names = [step.function for step in stored["Channel_001"].history]
    assert names[:4] == ["from_array", "sidpy.read", "sel", "mean"]


@pytest.mark.distributed
@pytest.mark.slow
def test_the_same_on_a_cluster(scan, cluster):
    image = sidpy.read(scan)["Channel_000"].rechunk((40, 192))
    here = (np.sqrt(image) * 2).mean(axis=0).compute(scheduler="synchronous")
    there = (np.sqrt(image) * 2).mean(axis=0)

    assert len(cluster.scheduler_info()["workers"]) == 2
    np.testing.assert_allclose(there.compute(), here)
    assert pickle.loads(pickle.dumps(there)) == there


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.1, 0.7, 1.5])
def test_a_killed_writer_leaves_what_was_there(tmp_path, delay):
    target = tmp_path / "results.h5"
    first = sidpy.Dataset.from_array(da.arange(1000), title="first")
    sidpy.write(first, target)
    before = target.read_bytes()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(target)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout.readline() == "started\n"
    time.sleep(delay)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(300)
    writer.stdout.close()

    assert target.read_bytes() == before
    assert sidpy.read(target)["Channel_000"] == first
