"""Grids: the N-dimensional form follows from the indices alone."""

import itertools

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyUSID.io.blocks import GridArray, lazy_n_dim, read_block
from pyUSID.io.grid import Grid, Layout, ranks
from pyUSID.io.matrices import make_indices_matrix

SIZES = st.lists(st.integers(2, 4), min_size=1, max_size=3)
COUNT = itertools.count()
RANDOM = st.randoms(use_true_random=False)


def side(sizes, random, visit="regular"):
    """Return indices of shape (dims, steps) in a random order of dimensions."""
    matrix = make_indices_matrix(sizes, is_position=False).astype(int)
    random.shuffle(order := list(range(len(sizes))))
    columns = np.arange(matrix.shape[1])
    if visit == "shuffled":
        random.shuffle(columns)
    return matrix[order][:, columns]


def stored(data):
    """Return data as an HDF5 dataset in memory."""
    name = f"{next(COUNT)}.h5"
    return h5py.File(name, "w", driver="core", backing_store=False).create_dataset(
        "data", data=data
    )


@settings(max_examples=40, deadline=None)
@given(SIZES, SIZES, RANDOM, st.sampled_from(["regular", "shuffled"]), st.booleans())
def test_each_number_stands_where_its_indices_say(pos, spec, random, visit, is_sorted):
    rows, columns = side(pos, random, visit), side(spec, random)
    data = np.arange(rows.shape[1] * columns.shape[1]).reshape(rows.shape[1], -1)
    layout = Layout(Grid.from_indices(rows), Grid.from_indices(columns), is_sorted)
    n_dim = layout.unfold(data)
    units = [  # the index at each place along each axis
        indices[i, grid.rows_along(i)].tolist()
        for indices, grid in ((rows, layout.positions), (columns, layout.steps))
        for i in range(len(indices))
    ]

    assert all(sorted(unit) == list(range(len(unit))) for unit in units)
    for r in range(rows.shape[1]):
        for c in range(columns.shape[1]):
            indices = [*rows[:, r], *columns[:, c]]
            cell = [unit.index(i) for unit, i in zip(units, indices, strict=True)]
            assert n_dim[tuple(cell[i] for i in layout.order)] == data[r, c]
    np.testing.assert_array_equal(layout.fold(n_dim), data)


@settings(max_examples=30, deadline=None)
@given(SIZES, SIZES, RANDOM, st.sampled_from(["regular", "shuffled"]), st.data())
def test_any_part_is_read_as_from_the_whole(pos, spec, random, visit, draw):
    rows, columns = side(pos, random, visit), side(spec, random)
    data = np.arange(rows.shape[1] * columns.shape[1]).reshape(rows.shape[1], -1)
    layout = Layout(Grid.from_indices(rows), Grid.from_indices(columns))
    whole, source = layout.unfold(data), stored(data)
    key = tuple(draw.draw(st.one_of(st.integers(-n, n - 1), st.slices(n))) for n in layout.shape)

    np.testing.assert_array_equal(GridArray(source, layout)[key], whole[key])
    np.testing.assert_array_equal(lazy_n_dim(source, layout)[key], whole[key])


def test_lists_on_several_axes_select_every_combination():
    layout = Layout(Grid.from_indices(np.array([[0, 0, 1, 1], [0, 1, 0, 1]])), Grid.running(3))
    whole = np.arange(12).reshape(2, 2, 3)
    picked = GridArray(stored(whole.reshape(4, 3)), layout)[[1, 0], :, [2, 0]]

    np.testing.assert_array_equal(picked, whole[np.ix_([1, 0], [0, 1], [2, 0])])


def test_serpentine_scans_are_put_in_order():
    x, y = [0, 1, 2, 2, 1, 0], [0, 0, 0, 1, 1, 1]
    layout = Layout(Grid.from_indices(np.array([x, y])), Grid.running(1), is_sorted=True)

    np.testing.assert_array_equal(
        layout.unfold(np.arange(6)[:, np.newaxis])[..., 0], [[0, 1, 2], [5, 4, 3]]
    )


def test_index_numbers_need_not_begin_at_zero():
    grid = Grid.from_indices(np.array([[7, 3, 5, 7, 3, 5], [2, 2, 2, 9, 9, 9]]))

    assert grid.sizes == (3, 2)
    assert grid.rows is None
    np.testing.assert_array_equal(grid.rows_along(0), [0, 1, 2])
    np.testing.assert_array_equal(grid.rows_along(1), [0, 3])


@pytest.mark.parametrize(
    ("indices", "sizes"),
    [
        ([[0], [0]], (1, 1)),
        ([[0, 1], [0, 0], [0, 0]], (2, 1, 1)),
        ([[0, 0, 1, 1], [0, 1] * 2], (2, 2)),
    ],
)
def test_fewer_steps_than_dimensions(indices, sizes):
    assert Grid.from_indices(np.array(indices)).sizes == sizes


@pytest.mark.parametrize(
    ("indices", "reason"),
    [
        pytest.param([[0, 1, 2, 3], [0, 1, 2, 3]], "16 combinations", id="sparse"),
        pytest.param([[0, 1, 0], [0, 0, 1]], "4 combinations", id="aborted"),
        pytest.param([[0, 1, 0, 1], [0, 0, 0, 0]], "2 combinations", id="repeated"),
        pytest.param([[0, 1, 1, 0], [0, 0, 0, 1]], "more than once", id="a-cell-twice"),
        pytest.param(np.zeros((0, 3)), "one or more dimensions", id="empty"),
    ],
)
def test_what_is_no_grid_says_why(indices, reason):
    with pytest.raises(ValueError, match=reason):
        Grid.from_indices(np.array(indices))


def test_ranks_number_the_values_in_increasing_order():
    np.testing.assert_array_equal(ranks(np.array([5, 3, 9, 3])), [1, 0, 2, 0])
    np.testing.assert_array_equal(ranks(np.array([5, 0, 10**12, 0])), [1, 0, 2, 0])


def test_data_of_another_size_are_refused():
    layout = Layout(Grid.running(2), Grid.running(3))
    with pytest.raises(ValueError, match="do not have 2 positions"):
        layout.unfold(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="do not have the dimensions"):
        layout.fold(np.zeros((3, 2)))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 299), max_size=120),
    st.lists(st.integers(0, 6), min_size=1, max_size=9),
)
def test_blocks_hold_the_rows_and_columns_asked_for(tmp_h5, rows, columns):
    rows, columns = np.array(rows, dtype=int), np.array(columns)

    np.testing.assert_array_equal(
        read_block(tmp_h5, rows, columns), tmp_h5[()][np.ix_(rows, columns)]
    )


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(np.arange(0, 300, 7), id="spaced"),
        pytest.param(np.add.outer(np.arange(0, 300, 30), np.arange(7)).ravel(), id="equal-runs"),
        pytest.param(np.delete(np.arange(300), np.arange(1, 300, 3) ** 2 % 300), id="many-runs"),
        pytest.param(np.array([0, 1, 2, 50, 299]), id="few-runs"),
    ],
)
def test_patterns_of_rows(tmp_h5, rows):
    columns = np.arange(7)

    np.testing.assert_array_equal(read_block(tmp_h5, rows, columns), tmp_h5[()][rows])


@pytest.fixture(scope="module")
def tmp_h5():
    """A 2-D HDF5 dataset."""
    with h5py.File("blocks.h5", "w", driver="core", backing_store=False) as file:
        yield file.create_dataset("data", data=np.arange(2100).reshape(300, 7), chunks=(50, 3))


def test_out_of_bounds_is_an_index_error():
    array = GridArray(stored(np.zeros((2, 3))), Layout(Grid.running(2), Grid.running(3)))
    with pytest.raises(IndexError, match="index 2 is out of bounds"):
        array[2]
    with pytest.raises(IndexError, match="3 indices for 2 axes"):
        array[0, 0, 0]
    with pytest.raises(IndexError, match="mask"):
        array[np.array([True])]
