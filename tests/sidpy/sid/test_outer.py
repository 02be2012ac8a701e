"""Any selection from what can be read in slices equals that of NumPy, axis by axis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidpy.sid.outer import by_axis, take_outer


def sliced(numbers, seen=None):
    """Return a function that reads slices with positive steps and nothing else."""

    def read(place):
        for entry in place:
            assert isinstance(entry, int) or (entry.step or 1) > 0
        if seen is not None:
            seen.append(numbers[place].size)
        return numbers[place]

    return read


def expected(numbers, entries):
    """Take along each axis with NumPy alone, from the last axis on."""
    for axis in reversed(range(len(entries))):
        numbers = numbers[(slice(None),) * axis + (entries[axis],)]
    return numbers


def entries_of(length):
    bounds = st.none() | st.integers(-length - 2, length + 2)
    steps = st.none() | st.integers(-4, 4).filter(bool)
    lists = st.lists(st.integers(-length, length - 1), max_size=6)
    return st.one_of(
        st.integers(-length, length - 1),
        st.builds(slice, bounds, bounds, steps),
        lists,
        lists.map(lambda found: np.array(found, np.int64)),
        st.lists(st.booleans(), min_size=length, max_size=length).map(np.array),
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_selection_is_that_of_numpy(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=3)))
    numbers = np.arange(np.prod(shape)).reshape(shape)
    index = tuple(data.draw(entries_of(length)) for length in shape)

    found = take_outer(sliced(numbers), by_axis(index, shape))

    clean = [np.array(e, int) if isinstance(e, list) else e for e in index]
    np.testing.assert_array_equal(found, expected(numbers, clean))


def test_a_sparse_list_is_read_in_pieces():
    numbers, seen = np.arange(10_000), []

    found = take_outer(sliced(numbers, seen), by_axis([9000, 3, 5, 3, -1], (10_000,)))

    assert found.tolist() == [9000, 3, 5, 3, 9999]
    assert sum(seen) < 20


@pytest.mark.parametrize("index", [(5, 0), (0, -5), (0, 0, 0), ("a", 0), ([[0]], 0), ([7], 0)])
def test_what_does_not_fit_is_refused(index):
    with pytest.raises(IndexError):
        by_axis(index, (3, 4))


def test_an_ellipsis_stands_for_all_other_axes():
    assert by_axis((..., 2), (3, 4)) == [slice(0, 3, 1), 2]
    assert by_axis(1, (3, 4)) == [1, slice(0, 4, 1)]
