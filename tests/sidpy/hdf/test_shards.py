"""A folder of complete blocks: whole or not there, and never of two computations."""

from __future__ import annotations

import math

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidpy.errors import CorruptFile, LabelValueError, StaleShards
from sidpy.hdf.partition import MOST_SHARDS, fitting_chunk, shard_lengths
from sidpy.hdf.relinking import replace_dataset
from sidpy.hdf.sharded_array import ShardedArray
from sidpy.hdf.shards import Plan, ShardFolder

LENGTHS = ((2, 2), (3, 1))


@pytest.fixture
def plan():
    return Plan((4, 4), np.float32, LENGTHS, {"chunks": (2, 3), "compression": "gzip"}, "sum")


@pytest.fixture
def folder(tmp_path, plan):
    return ShardFolder.at(tmp_path / "blocks", plan)


def filled(folder):
    whole = np.arange(16, dtype=np.float32).reshape(4, 4)
    for index in folder.missing():
        folder.write(index, whole[folder.plan.where(index)])
    return whole


# ---------------------------------------------------------------- how an array is cut


@given(
    blocks=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=6), min_size=1, max_size=3),
    size=st.integers(1, 2000),
)
def test_shards_are_whole_blocks_together_with_their_neighbours(blocks, size):
    lengths = shard_lengths(blocks, 8, size=size)

    for axis, joined in zip(blocks, lengths, strict=True):
        ends = {sum(axis[:i]) for i in range(len(axis) + 1)}
        assert sum(joined) == sum(axis)
        assert {sum(joined[:i]) for i in range(len(joined) + 1)} <= ends
    largest = math.prod(max(one) for one in lengths) * 8
    assert largest <= max(size, math.prod(max(one) for one in blocks) * 8)


def test_a_shard_ends_where_a_chunk_does():
    lengths = shard_lengths(((10,) * 16, (64,)), 8, (32, 64), size=30_000)

    assert set(lengths[0]) == {160}


def test_small_blocks_become_few_shards():
    lengths = shard_lengths(((1,) * 10_000,), 8, size=8)

    assert MOST_SHARDS / 2 <= len(lengths[0]) <= MOST_SHARDS


@pytest.mark.parametrize(
    ("chunk", "block", "expected"),
    [(32, 100, 25), (64, 256, 64), (32, 101, 32), (64, 10, 60), (64, 64, 64)],
)
def test_a_chunk_is_made_to_fit_blocks_of_about_its_size(chunk, block, expected):
    assert fitting_chunk((chunk,), ((*[block] * 12, 7),)) == (expected,)


# ---------------------------------------------------------------- one folder


def test_blocks_come_back_from_the_folder_and_from_the_whole(folder):
    whole = filled(folder)

    assert folder.missing() == []
    assert np.array_equal(folder.read((1, 0)), whole[2:, :3])
    assert np.array_equal(ShardedArray.of_folder(folder)[1:4, ::2], whole[1:4, ::2])


def test_a_shard_is_an_ordinary_file_with_the_chunks_of_the_whole(folder):
    filled(folder)

    with h5py.File(folder.shard((0, 1)).path) as file:
        assert file["data"].chunks == (2, 3)
        assert file["data"].compression == "gzip"
        assert file["data"].shape == (2, 1)


def test_a_block_that_fails_half_way_leaves_nothing(folder, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(KeyboardInterrupt):
        folder.write((0, 0), np.zeros((2, 3)))

    assert folder.complete() == frozenset()
    assert [path.name for path in folder.path.iterdir()] == ["plan.json"]


def test_what_a_killed_process_had_begun_is_no_shard_and_is_swept(folder):
    begun = folder.path / ".0-0.h5.0123abcd.partial"
    begun.write_bytes(b"half")

    assert folder.complete() == frozenset()
    folder.sweep()
    assert not begun.exists()


def test_a_block_of_another_shape_is_refused(folder):
    with pytest.raises(LabelValueError, match=r"shape \(3, 2\), its place in the array \(2, 3\)"):
        folder.write((0, 0), np.zeros((3, 2)))


def test_a_worker_that_does_not_see_the_folder_says_so(folder):
    folder.remove()

    with pytest.raises(FileNotFoundError, match="a file system that every worker sees"):
        folder.write((0, 0), np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"computation": "product"}, "computed in another way"),
        ({"dtype": np.float64}, "dtype"),
        ({"options": {"chunks": (1, 3)}}, "options"),
        ({"lengths": ((4,), (4,))}, "lengths"),
    ],
    ids=str,
)
def test_blocks_of_another_computation_are_never_taken(folder, plan, change, message):
    filled(folder)
    other = {name: getattr(plan, name) for name in plan.__dataclass_fields__} | change

    with pytest.raises(StaleShards, match=message):
        ShardFolder.at(folder.path, Plan(**other))


def test_blocks_without_a_plan_belong_to_nobody(folder, plan):
    filled(folder)
    (folder.path / "plan.json").unlink()

    with pytest.raises(StaleShards, match="their plan cannot be read"):
        ShardFolder.at(folder.path, plan)


def test_lengths_that_do_not_make_the_shape_are_refused():
    with pytest.raises(LabelValueError, match="do not make an array of shape"):
        Plan((4, 4), float, ((2, 2), (3,)))


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign"])
def test_a_damaged_shard_is_named(folder, damage):
    filled(folder)
    path = folder.shard((1, 0)).path
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    else:
        with h5py.File(path, "w") as file:
            file["data"] = np.zeros(3)

    with pytest.raises(CorruptFile, match=r"1-0\.h5"):
        ShardedArray.of_folder(folder)[...]


@pytest.mark.parametrize(
    "index",
    [
        np.s_[1], np.s_[..., 2], np.s_[-1, 1:], np.s_[::3, ::2], np.s_[::-1], np.s_[2:2],
        np.s_[[0, 3], 1], np.s_[...], np.s_[np.int64(3), np.int64(-1)],
    ],
    ids=str,
)  # fmt: skip
def test_any_part_is_read_as_from_numpy(folder, index):
    whole = filled(folder)

    found = ShardedArray.of_folder(folder)[index]
    assert np.array_equal(found, whole[index])
    assert found.shape == whole[index].shape


def test_an_index_beyond_the_end_is_an_error(folder):
    filled(folder)

    with pytest.raises(IndexError):
        ShardedArray.of_folder(folder)[4]


# ---------------------------------------------------------------- one dataset for another


def test_everything_that_led_to_a_dataset_leads_to_the_new_one(h5):
    old = h5.create_dataset("a/old", data=np.zeros((2, 3)))
    old.attrs["units"] = "nA"
    old.attrs["fixed"] = np.bytes_(b"four")
    old.attrs["left"] = 1
    h5["b/alias"] = old
    h5["b/soft"] = h5py.SoftLink("/a/old")
    h5["x"] = np.arange(3)
    h5["x"].make_scale("x")
    old.dims[1].attach_scale(h5["x"])
    old.dims[1].label = "bias"
    h5["b"].attrs["source"] = old.ref
    h5["b"].attrs["part"] = old.regionref[0:1, 1:3]
    h5["b"].attrs["other"] = h5["x"].ref
    h5.create_dataset("references", data=[old.ref, h5["x"].ref], dtype=h5py.ref_dtype)
    new = h5.create_dataset("new", data=np.ones((2, 3)))

    replace_dataset(old, new, without=("left",))

    assert h5["a/old"] == h5["b/alias"] == h5["b/soft"] == new
    assert dict(new.attrs)["units"] == "nA"
    assert new.attrs.get_id("fixed").dtype == "S4"
    assert "left" not in new.attrs
    assert new.dims[1][0] == h5["x"]
    assert new.dims[1].label == "bias"
    assert len(h5["x"].attrs["REFERENCE_LIST"]) == 1
    assert h5[h5["b"].attrs["source"]] == new
    assert np.array_equal(new[h5["b"].attrs["part"]], [[1, 1]])
    assert h5[h5["b"].attrs["other"]] == h5["x"]
    assert [h5[one] for one in h5["references"]] == [new, h5["x"]]
