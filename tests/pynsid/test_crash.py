"""What was written before a crash is there after it; what was not is not, and files open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import pyNSID
import sidpy
from sidpy.errors import DiskFull, FileInUse, UnwritableFile

#: SIDPY_KILLS=200 kills that often.
KILLS = os.environ.get("SIDPY_KILLS", "4")


@pytest.fixture
def data():
    values = np.arange(600.0).reshape(20, 30)
    return sidpy.Dataset.from_array(values, title="scan", units="nA")


@pytest.fixture
def path(data, tmp_path):
    """A file with raw data."""
    return sidpy.write(data, tmp_path / "scan.h5")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are forked")
def test_a_program_killed_at_random_loses_nothing(tmp_path):
    crashing = Path(__file__).with_name("crashing.py")
    command = [sys.executable, crashing, tmp_path, KILLS, "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)

    assert not done.returncode, done.stderr
    seen = json.loads(done.stdout)
    assert seen["kills"] == int(KILLS)
    assert seen["steps"] > 0
    assert seen["interrupted"] > 0


# ---------------------------------------------------------------- as in a notebook


def test_cells_that_are_run_again_meet_no_lock(path):
    """Read, work, add to the same file, and once more, with everything still open."""
    kept = [h5py.File(path, "r")]
    for number in range(3):
        first = next(iter(sidpy.read(path).values()))
        kept.append(first)
        result = first * 2.0 + number
        result.title = f"result{number}"
        sidpy.write(result, path, append=True)
        kept.append(pyNSID.NSIDReader(path))
        kept.append(kept[-1].read())

    last = sidpy.read(path)
    assert len(last) == 4
    assert np.array_equal(kept[1], np.arange(600.0).reshape(20, 30))
    for number, dataset in enumerate(list(last.values())[1:]):
        assert np.array_equal(dataset, np.arange(600.0).reshape(20, 30) * 2 + number)
    kept[0].close()


def test_replacing_the_file_one_has_open(path):
    with h5py.File(path, "r") as kept:
        first = next(iter(sidpy.read(path).values()))
        sidpy.write(first + 1.0, path, overwrite=True)
        old = kept["Measurement_000/Channel_000/scan/scan"][0, :2].tolist()

    assert old == [0, 1]
    (new,) = sidpy.read(path).values()
    assert np.array_equal(new, np.arange(600.0).reshape(20, 30) + 1)


def test_a_dataset_goes_on_belonging_to_the_file_it_was_read_from(path, tmp_path):
    with h5py.File(path, "r") as kept:
        first = pyNSID.NSIDReader(kept).read()["Channel_000"]
        sidpy.write(first, path, append=True)
        sidpy.write(first, tmp_path / "other.h5")
        assert first.h5_dataset.file.filename == str(path)
        assert first.h5_dataset[0, 1] == 1


def test_a_file_open_for_writing_is_told(path, data):
    with (
        h5py.File(path, "r+"),
        pytest.raises(FileInUse, match="close it there, or write into the open file"),
    ):
        sidpy.write(data, path, append=True)


# ---------------------------------------------------------------- failures


class Fails:
    """Numbers that cannot be computed."""

    shape, dtype, ndim = (20, 30), np.dtype(float), 2

    def __getitem__(self, index):
        msg = "the computation failed"
        raise ArithmeticError(msg)


def broken():
    import dask.array as da

    lazy = da.from_array(Fails(), chunks=(5, 30), meta=np.empty((0, 0)))
    return sidpy.Dataset.from_array(lazy, title="broken")


def test_a_failed_result_among_several_takes_all_of_them_back(path, data):
    before = path.read_bytes()
    with pytest.raises(ArithmeticError, match="the computation failed"):
        sidpy.write({"good": data, "bad": broken(), "more": data}, path, append=True)
    assert path.read_bytes() == before


def test_results_in_a_transaction_are_all_there_or_none(path, data):
    before = path.read_bytes()

    def add(*results):
        with sidpy.hdf.transaction(path) as file:
            channel = file["Measurement_000/Channel_000"]
            for one in results:
                pyNSID.hdf_io.write_results(channel, one, {"a": 1}, "Fit")

    with pytest.raises(ArithmeticError, match="the computation failed"):
        add(data, data, broken())
    assert path.read_bytes() == before
    add(data, data)
    with h5py.File(path, "r") as file:
        logs = [name for name in file["Measurement_000/Channel_000"] if name.startswith("Log")]
    assert logs == ["Log_Fit_000", "Log_Fit_001"]


#: Run where files may have at most 1 MB; each line is tried and its error told.
LIMITED = """
import resource, sys, sidpy, numpy as np
path, *tries = sys.argv[1:]
data = sidpy.Dataset.from_array(np.random.rand(500, 500), title='large')
resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))
for one in tries:
    try:
        eval(one)
    except Exception as error:
        print(type(error).__name__, isinstance(error, OSError), 'bytes' in str(error))
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no limits on file sizes")
@pytest.mark.slow
def test_no_room(path):
    before = path.read_bytes()
    tries = [
        "sidpy.write(data, path, append=True)",
        "sidpy.write(data, path, overwrite=True)",
        "sidpy.write(data, path + '.new.h5')",
        "sidpy.write(data.rechunk((50, 500)), path + '.new.h5', compression='gzip')",
        "sidpy.write(data, path + '.new.nxs')",
    ]
    command = [sys.executable, "-c", LIMITED, path, *tries]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["DiskFull True True"] * len(tries)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_small_disk(path, tmp_path):
    """On a file system of 1 MB of its own, where such can be made."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]
    may = os.name != "nt" and not os.geteuid()
    if not may or subprocess.run(mount, capture_output=True, check=False, timeout=300).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        there = disk / "scan.h5"
        there.write_bytes(path.read_bytes())
        large = sidpy.Dataset.from_array(np.random.default_rng(0).random((500, 500)), title="no")
        for options in ({"append": True}, {"overwrite": True}):
            with pytest.raises(DiskFull, match="No space left on device"):
                sidpy.write(large, there, **options)
        assert there.read_bytes() == path.read_bytes()
        small = sidpy.Dataset.from_array(np.eye(3), title="small")
        sidpy.write(small, there, append=True)
        assert len(sidpy.read(there, lazy=False)) == 2
    finally:
        subprocess.run(["umount", disk], check=True, timeout=300)


def test_a_read_only_place_is_told_before_anything_is_computed(path, monkeypatch):
    real = os.open

    def refused(path, flags, *arguments, **options):
        if flags & os.O_RDWR:
            raise PermissionError(13, os.strerror(13), path)
        return real(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(UnwritableFile, match="cannot be written"):
        sidpy.write(broken(), path, append=True)
