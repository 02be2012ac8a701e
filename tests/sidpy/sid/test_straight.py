"""Parts of files are read without dask, and are what dask would read."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import pytest
from dask.callbacks import Callback
from hypothesis import given
from hypothesis import strategies as st

import sidpy
from sidpy.errors import CorruptFile, MissingFile
from sidpy.sid import from_source, plain, remember
from sidpy.sid.runs import piece_of

SHAPE = (5, 4, 3)
NUMBERS = np.arange(60, dtype=">i2").reshape(SHAPE)
SLICES = st.slices(3) | st.integers(-3, 2)
CUTS = st.tuples(SLICES, SLICES, SLICES)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("straight") / "numbers.raw"
    path.write_bytes(b"head" + NUMBERS.tobytes())
    return path


@pytest.fixture
def no_dask(monkeypatch):
    def fail(*_, **__):
        pytest.fail("dask was asked")

    monkeypatch.setattr(da.Array, "compute", fail)


def opened(path, chunks="auto"):
    return sidpy.Dataset.from_array(sidpy.FileArray(path, ">i2", SHAPE, 4), chunks=chunks)


@pytest.mark.parametrize("chunks", ["auto", (2, 2, 2)], ids=str)
@given(first=CUTS, second=st.tuples(SLICES))
def test_a_part_of_a_part_is_what_dask_reads(stored, chunks, first, second):
    data = opened(stored, chunks)[first]
    expected = NUMBERS[first]
    if expected.ndim and expected.shape[0] >= 3:
        data, expected = data[second], expected[second]

    found, theirs = data.compute(), plain(data).compute()

    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found, theirs)
    assert found.shape == theirs.shape
    # of a single number dask gives now an array, now a number
    assert not found.ndim or (type(found), found.dtype) == (np.ndarray, theirs.dtype)


def test_what_dask_cuts_with_floats_is_cut(stored):
    """`dask.array.repeat` does, from bounds that are whole numbers."""
    data = opened(stored)

    found = da.repeat(plain(data), 2, axis=1)

    np.testing.assert_array_equal(found.compute(), np.repeat(NUMBERS, 2, axis=1))
    np.testing.assert_array_equal(plain(data)[1:3.0].compute(), NUMBERS[1:3])


def test_what_is_read_belongs_to_the_caller(stored):
    values = np.arange(6.0)
    data = sidpy.Dataset.from_array(values)

    data.compute()[:] = -1
    data[2:4].compute()[:] = -1

    np.testing.assert_array_equal(values, np.arange(6.0))


@pytest.mark.usefixtures("no_dask")
def test_dask_is_not_asked_for_a_part_of_a_file(stored):
    data = opened(stored, (2, 2, 2))

    np.testing.assert_array_equal(data.compute(), NUMBERS)
    np.testing.assert_array_equal(np.asarray(data[1, ::2]), NUMBERS[1, ::2])
    np.testing.assert_array_equal(data.compute(scheduler="synchronous"), NUMBERS)


def test_what_was_done_to_it_is_not_forgotten(stored):
    data = opened(stored)
    changed = data.copy()
    changed[0] = 7
    lists = data[[2, 0]]
    array = plain(opened(stored))
    array[1] = 9  # dask changes the array itself

    assert np.all(changed.compute()[0] == 7)
    np.testing.assert_array_equal(data.compute(), NUMBERS)
    np.testing.assert_array_equal(lists.compute(), NUMBERS[[2, 0]])
    np.testing.assert_array_equal((data + 1)[2].compute(), NUMBERS[2] + 1)
    np.testing.assert_array_equal(data.T.compute(), NUMBERS.T)
    np.testing.assert_array_equal(plain(data)[0 : np.float64(2)].compute(), NUMBERS[:2])
    np.testing.assert_array_equal(np.repeat(data, 2, axis=0).compute(), NUMBERS.repeat(2, axis=0))
    assert np.all(sidpy.Dataset.from_array(array).compute()[1] == 9)


class Worked:
    """Numbers that are worked out."""

    shape, ndim = (4, 2), 2

    def __init__(self, kind="i8"):
        self.asked, self.dtype = [], np.dtype(kind)

    def __getitem__(self, index):
        self.asked.append(index)
        return np.arange(8).reshape(4, 2).astype(self.dtype)[index]


def test_many_blocks_that_are_worked_out_are_left_to_dask():
    source = Worked()
    data = sidpy.Dataset.from_array(from_source(source, (1, 2), fancy=False))

    np.testing.assert_array_equal(data.compute(), np.arange(8).reshape(4, 2))
    assert len(source.asked) == 4
    np.testing.assert_array_equal(data[2:3].compute(), [[4, 5]])
    assert source.asked[4:] == [(slice(2, 3, 1), slice(0, 2, 1))]


def test_a_way_of_computing_that_is_asked_for_is_taken(stored):
    seen = []
    data = opened(stored)
    with Callback(pretask=lambda key, *_: seen.append(key)):
        data.compute()
    with dask.config.set(scheduler=lambda graph, keys, **_: dask.get(graph, keys)):
        data.compute()
        assert data.compute(optimize_graph=False).shape == SHAPE

    assert seen


def test_blocks_are_finished_after_they_are_read():
    source = Worked()
    array = from_source(source, fancy=False)
    doubled = remember(array.map_blocks(lambda block: block * 2.0), source, lambda b: b * 2.0)

    data = sidpy.Dataset.from_array(doubled)

    np.testing.assert_array_equal(data[1].compute(), [4.0, 6.0])
    np.testing.assert_array_equal(data.compute(), plain(data).compute())


def test_a_file_that_has_changed_is_named(tmp_path):
    path = tmp_path / "numbers.raw"
    path.write_bytes(bytes(4) + NUMBERS.tobytes())
    data = opened(path)
    path.write_bytes(bytes(30))

    with pytest.raises(CorruptFile, match=r"numbers\.raw.*cut short"):
        data.compute()
    path.unlink()
    with pytest.raises(MissingFile, match=r"numbers\.raw"):
        data.compute()


@given(
    cut=st.tuples(SLICES, SLICES, SLICES)
    | st.tuples(SLICES, SLICES)
    | SLICES
    | st.just((Ellipsis, 1))
)
def test_a_piece_is_where_numpy_finds_it(cut):
    places = np.arange(60).reshape(SHAPE)
    found = piece_of(SHAPE, cut)
    expected = places[cut]

    if found is not None:
        assert found[1] == np.shape(expected)
        size = int(np.prod(found[1]))
        np.testing.assert_array_equal(np.ravel(expected), found[0] + np.arange(size))
    elif np.size(expected) > 1:
        flat = np.ravel(expected)
        assert np.any(np.diff(flat) != 1)


@pytest.mark.parametrize("kind", ["u1", ">i2", "f4", "c8", "?"])
@given(
    numbers=st.lists(
        st.tuples(
            st.sampled_from(["mul", "rmul", "add", "radd", "sub", "truediv"]),
            st.sampled_from([2, 0.5, 3.0, np.float64(1.5)]),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_numbers_that_blocks_meet_are_those_that_dask_takes(kind, numbers):
    array = from_source(Worked(kind), fancy=False)
    for name, other in numbers:
        if not (kind == "?" and name == "sub"):
            array = getattr(array, f"__{name}__")(other)
    data = sidpy.Dataset.from_array(array)[1:]

    found, theirs = data.compute(), da.Array.compute(plain(data))

    np.testing.assert_array_equal(found, theirs)
    assert found.dtype == theirs.dtype
