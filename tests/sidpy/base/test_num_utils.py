"""Numbers: linear axes, runs of integers, exponents, lengths."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidpy.base import num_utils as subject


@settings(max_examples=60)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3), st.booleans(), st.integers(2, 300))
def test_slope_of_a_linear_axis_is_its_step(start, step, falling, count):
    step = -step if falling else step
    slope = subject.get_slope(start + step * np.arange(count))

    assert slope == pytest.approx(step, rel=1e-6)


@pytest.mark.parametrize(
    ("values", "slope"), [([5], 0), ([1, 1, 1], 0), (range(3), 1), ((3, 2, 1), -1)]
)
def test_slope_of_short_and_plain_axes(values, slope):
    assert subject.get_slope(values) == slope


def test_slope_survives_what_single_precision_loses():
    axis = np.linspace(500, 501, 200, dtype=np.float32)

    assert subject.get_slope(axis) == pytest.approx(1 / 199, rel=1e-4)


@pytest.mark.parametrize("values", [[0, -1, -10, -11], [0, 2, 4, 6.01], [1, 3, 2], [0, np.nan, 2]])
def test_slope_refuses_what_is_not_linear(values):
    with pytest.raises(ValueError, match="cannot be expressed as a linear trend"):
        subject.get_slope(values)


def test_slope_refuses_bad_input():
    with pytest.raises(TypeError, match="tol should be a float"):
        subject.get_slope([1, 2], 1)
    with pytest.raises(ValueError, match="one or more real numbers"):
        subject.get_slope([])
    with pytest.raises(ValueError, match="one or more real numbers"):
        subject.get_slope([[1, 2]])


@settings(max_examples=60)
@given(st.lists(st.integers(-50, 50), min_size=1))
def test_slices_cover_exactly_the_integers(numbers):
    slices = subject.integers_to_slices(numbers)
    covered = [n for run in slices for n in range(run.start, run.stop)]

    assert covered == sorted(set(numbers))
    assert all(a.stop < b.start for a, b in itertools.pairwise(slices))


def test_ranges_of_runs():
    assert list(subject.to_ranges([3, 1, 2, 7])) == [range(1, 4), range(7, 8)]
    assert list(subject.to_ranges([])) == []
    with pytest.raises(ValueError, match="expected integers"):
        list(subject.to_ranges([1.5]))


def test_slices_refuse_what_is_no_integers():
    with pytest.raises(ValueError, match="Expected a list, tuple, or numpy array of integers"):
        subject.integers_to_slices([1.5])
    with pytest.raises(TypeError, match="iter_int should be an Iterable"):
        subject.integers_to_slices(5)


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ([1, 2], True),
        ((1.0, 2.0), True),
        (np.arange(3), True),
        ([1.5], False),
        ([], False),
        ("ab", False),
        ([1, "a"], False),
        ([None], False),
        ([[1], [1, 2]], False),
        ([1 + 0j], False),
    ],
)
def test_integers_are_recognised(values, answer):
    assert bool(subject.contains_integers(values)) is answer


@pytest.mark.parametrize(
    ("minimum", "answer"), [(1, True), (2, False), (np.int64(1), True), (1.0, True)]
)
def test_integers_have_a_minimum(minimum, answer):
    assert bool(subject.contains_integers([1, 2], minimum)) is answer


@pytest.mark.parametrize(
    ("values", "minimum", "error", "message"),
    [
        (5, None, TypeError, "iter_int should be an Iterable"),
        ([1], "a", TypeError, "min_val should be an integer"),
        ([1], 1.5, ValueError, "min_val should be an integer"),
    ],
)
def test_integers_refuse(values, minimum, error, message):
    with pytest.raises(error, match=message):
        subject.contains_integers(values, min_val=minimum)


@pytest.mark.parametrize(
    ("vector", "exponent"),
    [([1e-5, 2e-5], -5), ([-2e6, 5], 6), ([0, 0], 0), ([1000], 3), ([1j], 0), ([9.9e-4], -4)],
)
def test_exponent_of_the_largest_magnitude(vector, exponent):
    assert subject.get_exponent(np.array(vector)) == exponent


@pytest.mark.parametrize(
    ("vector", "error", "message"),
    [
        ([1, 2], TypeError, "numpy.ndarray"),
        (np.array([np.nan, 1]), TypeError, "NaN"),
        (np.array(["a"]), TypeError, "numbers"),
        (np.array([np.inf]), ValueError, "finite"),
        (np.array([]), ValueError, "one or more"),
    ],
)
def test_exponent_refuses(vector, error, message):
    with pytest.raises(error, match=message):
        subject.get_exponent(vector)


def test_combinations_run_through_the_first_dimension_first():
    indices, values = subject.build_ind_val_matrices([[0.5, 1.5], [5, 6, 7]])

    assert indices.dtype == np.uint32
    np.testing.assert_array_equal(indices, [[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2]])
    np.testing.assert_array_equal(values[:, 0], [0.5, 1.5] * 3)
    np.testing.assert_array_equal(values[:, 1], [5, 5, 6, 6, 7, 7])


@pytest.mark.parametrize(
    ("units", "error", "message"),
    [
        ("a", TypeError, "list or tuple"),
        ([[[1]]], ValueError, "1D array"),
        ([], ValueError, "one or more"),
    ],
)
def test_combinations_refuse(units, error, message):
    with pytest.raises(error, match=message):
        subject.build_ind_val_matrices(units)


@pytest.mark.parametrize("unit", ["km", "m", "cm", "mm", "um", "µm", "μm", "nm", "Å", "pm", "fm"])
def test_lengths_in_metres_read_the_same_in_any_unit(unit):
    metres = subject.to_meters(2.5, unit)
    value, readable = subject.from_meters(metres)

    assert subject.to_meters(value, readable) == pytest.approx(metres, rel=1e-12)
    assert subject.convert_length(2.5, unit) == (value, readable)


def test_lengths_choose_a_readable_unit():
    assert subject.from_meters(1e-9) == (1.0, "nm")
    assert subject.from_meters(3e-10) == (300.0, "pm")
    assert subject.from_meters(-2e-9) == (-2.0, "nm")
    assert subject.from_meters(0) == (0, "m")
    assert subject.convert_length(1500, "nm") == (1.5, "um")


@pytest.mark.parametrize(
    ("value", "unit", "error"), [(1, "A", ValueError), (1, 5, ValueError), ("a", "nm", TypeError)]
)
def test_lengths_refuse(value, unit, error):
    with pytest.raises(error, match=r"unit|number"):
        subject.to_meters(value, unit)
