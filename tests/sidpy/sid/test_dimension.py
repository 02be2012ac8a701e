"""A Dimension is an array that keeps its meaning only as long as that is true."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import sidpy
from sidpy import Dimension, DimensionType

values = hnp.arrays(
    float, st.integers(1, 8), elements=st.floats(-1e6, 1e6, allow_nan=False, width=32)
)


@pytest.fixture
def bias():
    return Dimension([0, 0.5, 1.5], "bias", "Bias", "V", "spectral")


def test_an_integer_counts_from_zero():
    dimension = Dimension(np.int64(3))

    assert dimension.values.tolist() == [0, 1, 2]
    assert (dimension.name, dimension.quantity, dimension.units) == ("none", "generic", "generic")
    assert dimension.dimension_type is DimensionType.UNKNOWN


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((0,), TypeError, "values should at be integers > 1"),
        (([],), TypeError, "values should not be an empty array"),
        ((5.0,), TypeError, "an int or a sequence of numbers, found 5.0"),
        (([[1]],), ValueError, "Dimension can only be 1 dimensional"),
        ((["a"],), ValueError, "could not convert"),
        ((3, 4), TypeError, "name of a Dimension should be a str, found 4"),
        ((3, " "), ValueError, "name of a Dimension should not be blank"),
        ((3, "x", "q", 1), TypeError, "units of a Dimension"),
        ((3, "x", "q", "u", 7), TypeError, "dimension_type should be"),
    ],
)
def test_refuses_what_is_no_axis(arguments, error, match):
    with pytest.raises(error, match=match):
        Dimension(*arguments)


@pytest.mark.parametrize("word", ["frame", "Time", "STACK", DimensionType.TEMPORAL])
def test_everyday_words_for_time(word):
    assert Dimension(2, dimension_type=word).dimension_type is DimensionType.TEMPORAL


def test_an_unknown_kind_warns_twice():
    with (
        pytest.warns(UserWarning, match="Setting DimensionType to UNKNOWN"),
        pytest.warns(UserWarning, match="Supported dimension types") as caught,
    ):
        dimension = Dimension(2, dimension_type="wavy")

    assert dimension.dimension_type is DimensionType.UNKNOWN
    assert caught[0].filename == __file__


def test_repr_is_the_documented_one(bias):
    assert repr(bias) == str(bias) == "bias:  Bias (V) of size (3,)"


def test_unknown_keywords_are_ignored():
    assert Dimension(2, "x", title="ignored").name == "x"


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + 3.0, lambda x: 10 - x, lambda x: x * 2, lambda x: x / 4, lambda x: -x,
        abs, np.sqrt, np.cumsum, np.sin, lambda x: x > 1, lambda x: x @ x, lambda x: x**2,
        np.sum, np.mean, np.std, np.var, np.max, np.diff, np.argsort, lambda x: x[::-1],
    ],
)  # fmt: skip
@given(values=values)
def test_arithmetic_equals_numpy_and_leaves_the_axis_alone(function, values):
    dimension = Dimension(values, "x")
    with np.errstate(all="ignore"):
        expected, result = function(values), function(dimension)

    np.testing.assert_array_equal(np.asarray(result), expected)
    np.testing.assert_array_equal(dimension.values, values)
    assert not np.shares_memory(np.asarray(result), dimension) or isinstance(result, Dimension)


def test_sums_and_multiples_still_are_dimensions(bias):
    for result in (bias + 3.0, 2 * bias, bias - 1, -bias):
        assert isinstance(result, Dimension)
        assert (result.name, result.units) == ("bias", "V")
        assert result.dimension_type is DimensionType.SPECTRAL


def test_what_has_other_units_is_a_plain_array(bias):
    for result in (np.sqrt(bias), bias > 1, bias**2, np.sin(bias)):
        assert type(result) is np.ndarray


def test_in_place_arithmetic_changes_the_axis(bias):
    bias *= 1000

    assert bias.values.tolist() == [0, 500, 1500]


@pytest.mark.parametrize("index", [slice(1, None), [0, 2], np.array([True, False, True])])
def test_a_part_keeps_the_labels(bias, index):
    part = bias[index]

    assert part == Dimension(bias.values[index], "bias", "Bias", "V", "spectral")
    assert part.dimension_type is DimensionType.SPECTRAL


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, Dimension.copy, lambda x: pickle.loads(pickle.dumps(x))],
    ids=["copy", "deepcopy", "method", "pickle"],
)
def test_copies_are_equal_and_independent(bias, copied):
    twin = copied(bias)
    twin[0] = 99

    assert bias[0] == 0
    assert (twin.name, twin.quantity, twin.units) == ("bias", "Bias", "V")
    assert twin.dimension_type is DimensionType.SPECTRAL


def test_equality_is_one_answer(bias):
    assert (bias == bias.copy()) is True
    assert (bias != bias.copy()) is False
    assert bias != bias.values
    assert bias != Dimension(bias.values, "bias", "Bias", "mV")
    with pytest.raises(TypeError, match="unhashable"):
        hash(bias)


@pytest.mark.parametrize(("numbers", "slope"), [([5], 0), ([1, 3], 2), ([3, 2, 1], -1)])
def test_slope_of_linear_axes(numbers, slope):
    assert Dimension(numbers).slope == slope


def test_slope_of_a_bent_axis_warns(bias):
    with pytest.warns(UserWarning, match="'bias' is not linear"):
        assert bias.slope == 0.75
    assert not bias.is_linear


def test_a_subclass_can_take_the_arguments_in_its_own_order():
    class Other(sidpy.Dimension):
        def __new__(cls, name, units, values):
            return sidpy.Dimension.__new__(cls, values, name, "generic", units)

    assert Other("x", "nm", 3)[1:].units == "nm"


def test_the_name_is_changed_through_the_dataset_only(bias):
    with pytest.raises(AttributeError):
        bias.name = "voltage"
