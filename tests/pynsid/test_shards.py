"""Numbers in files beside the file, written in parallel, and files that are computed once."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys

import dask
import dask.array as da
import h5py
import numpy as np
import pytest
from any_dataset import assert_identical, datasets
from hypothesis import given, settings

import sidpy
from sidpy.errors import (
    CorruptFile,
    FailedBlocks,
    LabelTypeError,
    LabelValueError,
)
from sidpy.hdf.virtual import sharded

MAIN = "Measurement_000/Channel_000/scan/scan"


@pytest.fixture
def numbers():
    return np.random.default_rng(0).integers(0, 99, (8, 12, 5)).astype(np.int32)


@pytest.fixture
def scan(numbers):
    """Twelve blocks with a variance and labels."""
    dataset = sidpy.Dataset.from_array(
        da.from_array(numbers, chunks=(2, 4, 5)), title="scan", units="nA", quantity="Current"
    )
    dataset.set_dimension(0, sidpy.Dimension(np.arange(8) * 0.5, "x", "Length", "nm", "spatial"))
    dataset.variance = np.arange(480.0).reshape(8, 12, 5)
    dataset.metadata = {"setpoint": {"I": 2.0}}
    return dataset


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def shards_of(path):
    return sorted(path.with_name(f"{path.name}.shards").glob("0*/*.h5"))


# ---------------------------------------------------------------- written and read


@pytest.mark.parametrize("scheduler", ["threads", "synchronous", "processes"])
def test_shards_are_one_dataset_for_us_and_for_any_program(scheduler, scan, numbers, path):
    with dask.config.set(scheduler=scheduler):
        sidpy.write(scan, path, shards=200, compression="gzip", chunks=(2, 4, 5))

    assert names(path.parent) == ["file.h5", "file.h5.shards"]
    assert len(shards_of(path)) == 12 + 1
    back = sidpy.read(path)["Channel_000"]
    assert_identical(back, scan, history=False)
    assert np.array_equal(back.variance.compute(), scan.variance.compute())
    with h5py.File(path) as file:
        assert file[MAIN].is_virtual
        assert np.array_equal(file[MAIN][...], numbers)


def test_shards_are_read_lazily_by_anyone_in_blocks_of_their_own(scan, numbers, path):
    sidpy.write(scan, path, shards=200)

    back = sidpy.read(path)["Channel_000"]
    again = pickle.loads(pickle.dumps(back))
    assert np.array_equal(again[3:7, ::2, 1].compute(), numbers[3:7, ::2, 1])
    assert back.chunks == ((2,) * 4, (4,) * 3, (5,))


def test_what_numbers_and_their_variance_share_is_computed_once(numbers, path):
    called = []

    def count(block, block_info=None):
        called.extend([block_info[0]["chunk-location"]] if block_info else [])
        return block * 2.0

    shared = da.from_array(numbers, chunks=(2, 4, 5)).map_blocks(count, dtype=float, name="count")
    dataset = sidpy.Dataset.from_array(shared + 1)
    dataset.variance = shared + 2
    sidpy.write(dataset, path, shards=500)

    assert len(called) == len(set(called)) == 12


def test_a_file_and_its_shards_move_together(scan, path, tmp_path):
    sidpy.write(scan, path, shards=200)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in names(tmp_path):
        if name != "elsewhere":
            shutil.move(tmp_path / name, elsewhere / name)
    (elsewhere / path.name).rename(elsewhere / "renamed.h5")

    assert_identical(sidpy.read(elsewhere / "renamed.h5")["Channel_000"], scan, history=False)


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_shard_that_is_not_as_it_was_is_named_and_never_read_as_zeros(damage, scan, path):
    sidpy.write(scan, path, shards=200)
    victim = next(shard for shard in shards_of(path) if shard.name == "1-2-0.h5")
    if damage == "missing":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes()[:-1])

    with pytest.raises(CorruptFile, match=r"1-2-0\.h5.* (is not there|has \d+ bytes instead of)"):
        sidpy.read(path)


def test_a_file_without_its_shards_says_where_they_should_be(scan, path):
    sidpy.write(scan, path, shards=200)
    with h5py.File(path) as file:
        shutil.rmtree(path.with_name("file.h5.shards"))

        with pytest.raises(CorruptFile, match=r"in 12 shards: file\.h5\.shards.* kept and moved"):
            sharded(file[MAIN])
    with pytest.raises(CorruptFile, match=r"file\.h5\.shards.* is not there"):
        sidpy.read(path)


def test_a_shard_that_vanishes_later_is_named_when_it_is_computed(scan, path):
    sidpy.write(scan, path, shards=200)
    back = sidpy.read(path)["Channel_000"]
    shards_of(path)[0].unlink()

    with pytest.raises(CorruptFile, match=r"0-0-0\.h5.*is missing"):
        back.compute()


def test_sources_outside_of_the_folder_are_not_read(scan, path):
    sidpy.write(scan, path, shards=10**6)
    with h5py.File(path, "r+") as file:
        parent = file[MAIN].parent
        layout = h5py.VirtualLayout((4,), "f8")
        layout[:] = h5py.VirtualSource("../secret.h5", "data", (4,))
        parent.create_virtual_dataset("outside", layout).attrs["shard_bytes"] = [1]

        with pytest.raises(CorruptFile, match="outside of its own folder"):
            sharded(parent["outside"])


def test_small_arrays_lie_in_the_file_itself(scan, path):
    sidpy.write(scan, path, shards=True)

    assert names(path.parent) == ["file.h5"]


@pytest.mark.parametrize("size", ["64 MB", 5_000_000])
def test_the_size_of_a_shard_can_be_given(size, path):
    zeros = sidpy.Dataset.from_array(da.zeros((16, 2**20), chunks=(1, 2**19), dtype="u1"))
    sidpy.write(zeros, path, shards=size)

    assert len(shards_of(path)) in {"64 MB": (1,), 5_000_000: (2, 3, 4)}[size]


@pytest.mark.parametrize(
    ("size", "error"), [(0, LabelValueError), ("large", LabelValueError), (2.5, LabelTypeError)]
)
def test_a_size_that_is_none_is_refused(size, error, scan, path):
    with pytest.raises(error, match="True or a number of bytes such as '256 MB'"):
        sidpy.write(scan, path, shards=size)
    assert names(path.parent) == []


@given(dataset=datasets())
@settings(max_examples=12)
def test_any_dataset_comes_back_from_shards_and_packed(dataset, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "any.h5"
    sidpy.write(dataset, path, shards=1)
    assert_identical(sidpy.read(path)["Channel_000"], dataset, history=False)

    sidpy.pack(path)
    assert_identical(sidpy.read(path)["Channel_000"], dataset, history=False)
    assert names(path.parent) == ["any.h5"]


def test_formats_that_have_no_shards_say_which_have(scan, tmp_path):
    with pytest.raises(
        LabelValueError, match="is not written with shards; formats that are: nsid"
    ):
        sidpy.write(scan, tmp_path / "scan.nxs", shards=True)


# ---------------------------------------------------------------- replaced and added to


def test_replacing_a_file_replaces_its_shards_and_no_others(scan, path):
    sidpy.write(scan, path, shards=200)
    before = shards_of(path)
    stranger = path.with_name("file.h5.shards") / "notes.txt"
    stranger.write_text("mine")
    other = scan + 1
    sidpy.write(other, path, shards=200, overwrite=True)

    assert not {*before} & {*shards_of(path)}
    assert stranger.exists()
    assert_identical(sidpy.read(path)["Channel_000"], other, history=False)


def test_data_read_from_the_file_that_is_replaced_are_read_before(scan, numbers, path):
    sidpy.write(scan, path, shards=200)
    sidpy.write(sidpy.read(path)["Channel_000"] * 2, path, shards=200, overwrite=True)

    assert np.array_equal(sidpy.read(path)["Channel_000"].compute(), numbers * 2)


def test_a_write_that_fails_leaves_the_old_file_with_its_shards(scan, path):
    sidpy.write(scan, path, shards=200)
    before = shards_of(path)

    with pytest.raises(ZeroDivisionError):
        sidpy.write(failing(), path, shards=200, overwrite=True)
    assert shards_of(path) == before
    assert_identical(sidpy.read(path)["Channel_000"], scan, history=False)
    assert names(path.parent) == ["file.h5", "file.h5.shards"]


def failing():
    """Return a dataset that cannot be computed."""
    zeros = da.zeros((4, 40), chunks=(1, 40))
    return sidpy.Dataset.from_array(zeros.map_blocks(divide_by_zero, dtype=float))


def divide_by_zero(block):
    raise ZeroDivisionError


def test_adding_keeps_the_shards_that_are_there(scan, path):
    sidpy.write(scan, path, shards=200)
    before = shards_of(path)
    sidpy.write({"second": scan * 2}, path, shards=200, append=True)

    assert {*before} < {*shards_of(path)}
    back = sidpy.read(path)
    assert_identical(back["Channel_000"], scan, history=False)
    assert np.array_equal(back["second"].compute(), scan.compute() * 2)


def test_adding_that_fails_takes_its_shards_away(scan, path):
    sidpy.write(scan, path, shards=200)
    before = shards_of(path)

    with pytest.raises(ZeroDivisionError):
        sidpy.write([scan, failing()], path, shards=200, append=True)
    assert shards_of(path) == before
    assert list(sidpy.read(path)) == ["Channel_000"]


def test_one_dataset_of_an_open_file_goes_into_shards(scan, path):
    import pyNSID

    with h5py.File(path, "w") as file:
        pyNSID.hdf_io.write_nsid_dataset(scan, file, shards=200)
    with h5py.File(path) as file:
        assert file["scan/scan"].is_virtual
    assert_identical(sidpy.read(path)["Channel_000"], scan, history=False)


def test_a_file_in_memory_has_no_folder_for_shards(scan, h5):
    import pyNSID

    with pytest.raises(ValueError, match=r"is not on a disk"):
        pyNSID.hdf_io.write_nsid_dataset(scan, h5, shards=True)


#: Writes blocks of which one is too large for the disk, and says how it ends.
_FULL = """
import resource, sys, dask, dask.array as da, sidpy
resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))
noise = da.random.default_rng(0).integers(0, 2**60, (3, 200_000), chunks=(1, -1))
data = sidpy.Dataset.from_array(da.concatenate([da.zeros((1, 200_000), dtype=int), noise]))
with dask.config.set(scheduler="synchronous"):
    for options in ({"shards": 1_000_000}, {"resume": "noise"}):
        try:
            sidpy.write(data, sys.argv[1], overwrite=True, **options)
        except sidpy.errors.DiskFull as error:
            print("full:", type(error.__cause__).__name__)
"""


@pytest.mark.slow
def test_a_full_disk_ends_it_at_once_and_leaves_the_old_file(scan, path):
    pytest.importorskip("resource", reason="limits the size of files")
    sidpy.write(scan, path)
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(path)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.stdout.split() == ["full:", "RuntimeError"] * 2, done.stderr
    assert_identical(sidpy.read(path)["Channel_000"], scan, history=False)


# ---------------------------------------------------------------- on a cluster


@pytest.mark.distributed
@pytest.mark.slow
def test_workers_write_and_no_numbers_travel(cluster, path):
    random = da.random.default_rng(3).integers(0, 9, (64, 2**14), chunks=(8, 2**14), dtype="i4")
    dataset = sidpy.Dataset.from_array(random, title="scan")
    before = bytes_sent(cluster)
    sidpy.write(dataset, path, shards="512 kB", compression="gzip")

    assert bytes_sent(cluster) - before < random.nbytes / 100
    assert len(shards_of(path)) == 8
    assert np.array_equal(sidpy.read(path)["Channel_000"].compute(), random.compute())
    broken = sidpy.Dataset.from_array(random.map_blocks(failing_at(3), dtype=random.dtype))
    with pytest.raises(FailedBlocks, match=r"1 of 8 blocks .*\(3, 0\).*ValueError: bad block"):
        sidpy.write(broken, path.with_name("failing.h5"), resume=True)
    assert len(list(path.parent.glob("failing.h5.partial/*.shards/*/*.h5"))) == 7


def bytes_sent(cluster):
    sent = cluster.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total)
    return sum(sent.values())


def failing_at(place):
    def fail(block, block_info=None):  # not of the module, which other processes cannot import
        if block_info and block_info[0]["chunk-location"][0] == place:
            msg = "bad block"
            raise ValueError(msg)
        return block

    return fail
