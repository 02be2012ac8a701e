"""Dimensions of the USID model."""

import copy
import pickle

import numpy as np
import pytest

import sidpy
from pyUSID.io.dimension import Dimension, DimType, validate_dimensions


def test_values_are_given_or_counted():
    np.testing.assert_array_equal(Dimension("X", "nm", 3).values, [0, 1, 2])
    np.testing.assert_array_equal(Dimension("X", "nm", np.int64(2)).values, [0, 1])
    assert Dimension("X", "nm", [1, 2]).values.dtype == np.float64
    assert type(Dimension("X", "nm", [1, 2]).values) is np.ndarray


def test_labels_are_stripped_and_units_may_be_empty():
    dimension = Dimension(" X ", " ", 3)

    assert (dimension.name, dimension.units, dimension.quantity) == ("X", "", "generic")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("X", "nm", 0), ValueError, "whole number"),
        (("X", "nm", []), TypeError, "should not be an empty array"),
        (("X", "nm", [[1]]), ValueError, "can only be 1 dimensional"),
        (("X", "nm", "abc"), TypeError, "int or a sequence"),
        (("X", "nm", ["a"]), TypeError, "should be numbers"),
        (("X", "nm", 2.0), TypeError, "int or a sequence"),
        (("", "nm", 3), ValueError, "name"),
        ((5, "nm", 3), TypeError, "name"),
        (("X", 5, 3), TypeError, "units"),
        (("X", "nm", 3, " "), ValueError, "quantity"),
        (("X", "nm", 3, "q", "unknown", 1), TypeError, "DimType"),
    ],
)
def test_bad_input_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Dimension(*arguments)


def test_representation():
    dimension = Dimension("Bias", "V", [-1, 0, 1], quantity="Voltage", mode=DimType.INCOMPLETE)
    expected = "Bias: Voltage (V) mode:DimType.INCOMPLETE : [-1.  0.  1.]"

    assert repr(dimension) == str(dimension) == expected


def test_equality_is_about_labels_and_values_within_rounding():
    one = Dimension("X", "nm", [0.1, 0.2])

    assert one == Dimension("X", "nm", np.array([0.1, 0.2], dtype=np.float32))
    assert hash(one) == hash(Dimension("X", "nm", [0.1, 0.2]))
    for other in (
        Dimension("Y", "nm", [0.1, 0.2]),
        Dimension("X", "um", [0.1, 0.2]),
        Dimension("X", "nm", [0.1, 0.3]),
        Dimension("X", "nm", [0.1, 0.2, 0.3]),
        Dimension("X", "nm", [0.1, 0.2], mode=DimType.DEPENDENT),
        Dimension("X", "nm", [0.1, 0.2], quantity="Length"),
    ):
        assert one != other
    with pytest.raises(TypeError, match="Cannot compare"):
        one == 5  # noqa: B015 - the comparison is what raises


@pytest.mark.parametrize(
    "change", [copy.copy, copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d)), lambda d: d[:]]
)
def test_mode_survives(change):
    dimension = Dimension("X", "nm", 3, mode=DimType.INCOMPLETE)
    changed = change(dimension)

    assert type(changed) is Dimension
    assert changed == dimension
    assert changed.mode is DimType.INCOMPLETE


def test_modes_are_ordered_and_compare_with_modes_only():
    modes = list(DimType)

    assert sorted({*modes}) == modes
    assert [mode.value for mode in modes] == [0, 1, 2]
    assert DimType.DEFAULT <= DimType.DEFAULT < DimType.INCOMPLETE
    assert DimType.DEPENDENT >= DimType.INCOMPLETE > DimType.DEFAULT
    assert len(set(modes)) == 3
    for comparison in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__"):
        with pytest.raises(TypeError, match="compares with a DimType only"):
            getattr(DimType.DEFAULT, comparison)(0)


def test_mode_can_be_set_to_modes_only():
    dimension = Dimension("X", "nm", 3)
    dimension.mode = DimType.DEPENDENT

    assert dimension.mode is DimType.DEPENDENT
    with pytest.raises(TypeError, match="DimType"):
        dimension.mode = 1


def test_from_sidpy_takes_labels_over():
    origin = sidpy.Dimension([1, 2], "x", "Length", "nm", "SPATIAL")

    assert Dimension.from_sidpy(origin) == Dimension("x", "nm", [1, 2], "Length")
    assert Dimension.from_sidpy(origin, units="").units == ""


def test_validate_returns_a_sequence():
    dimension = Dimension("X", "nm", 3)
    several = np.empty((2, 1), dtype=object)
    several[0, 0] = several[1, 0] = dimension

    assert validate_dimensions(dimension) == [dimension]
    assert validate_dimensions((dimension,)) == (dimension,)
    assert validate_dimensions([]) == []
    with pytest.warns(UserWarning, match="unravelled"):
        assert len(validate_dimensions(several)) == 2


@pytest.mark.parametrize(
    "wrong", [5, "X", [5], np.arange(2), [sidpy.Dimension(3)], sidpy.Dimension(3), None]
)
def test_validate_refuses_other_things(wrong):
    with pytest.raises(TypeError, match="Spectroscopic dimensions should be"):
        validate_dimensions(wrong, "Spectroscopic")
