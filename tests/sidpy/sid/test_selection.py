"""Selection by name and value."""

import re

import numpy as np
import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sidpy
from sidpy import Dimension
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

UREG = pint.UnitRegistry(cache_folder=None)
few = settings(max_examples=30)


def line(values, units="nm", **labels):
    """A dataset 0, 1, 2, ... along x."""
    dataset = sidpy.Dataset.from_array(np.arange(len(values)), **labels)
    dataset.set_dimension(0, Dimension(values, "x", "Length", units))
    return dataset


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ({"x": 0.5}, np.s_[1]),
        ({"x": "500 pm", "bias": -0.4}, np.s_[1, :, 1]),
        ({"bias": slice(-0.5, 0.5)}, np.s_[:, :, 1:4]),
        ({"bias": slice(None, "-500 mV")}, np.s_[:, :, :2]),
        ({"bias": slice(0.5, -0.5)}, np.s_[:, :, 1:4]),
        ({"bias": slice(-1, 1, 2)}, np.s_[:, :, ::2]),
        ({"y": [0, 1.5]}, np.s_[:, [0, 3]]),
        ({"y": np.array([1.5, 0, 0])}, np.s_[:, [3, 0, 0]]),
        ({"y": slice(1, 9)}, np.s_[:, 2:]),
        ({"x": slice("1 nm", "0.003 um")}, np.s_[2:]),
        ({"x": ["0 nm", "1000 pm"]}, np.s_[[0, 2]]),
        ({"x": UREG.Quantity(5, "angstrom")}, np.s_[1]),
        ({"x": UREG.Quantity([0, 5], "angstrom")}, np.s_[[0, 1]]),
        ({"x": slice(UREG.Quantity(500, "pm"), None)}, np.s_[1:]),
        ({"x": Dimension([500, 1000], "other", units="pm")}, np.s_[1:]),
        ({"x": [True, False, True]}, np.s_[[0, 2]]),
        ({"x": np.float32(0.5), "y": np.int64(1)}, np.s_[1, 2]),
        ({}, np.s_[...]),
    ],
)
def test_values_select_the_points_they_are_nearest_to(scan, where, index):
    scan.variance = scan.compute() + 1
    part = scan.sel(**where)

    np.testing.assert_array_equal(part.compute(), scan.compute()[index])
    np.testing.assert_array_equal(part.variance.compute(), scan.compute()[index] + 1)
    assert part._axes == scan[index]._axes
    assert part.metadata == scan.metadata


def test_a_mask_may_be_made_from_the_axis(scan):
    part = scan.sel(bias=scan.bias > 0, x=scan.x.values < 1)

    np.testing.assert_array_equal(part.compute(), scan.compute()[:2, :, 3:])


def test_several_lists_select_each_along_its_axis(scan):
    part = scan.sel(x=[0, 1], bias=[-1, 1], y=0.5)

    np.testing.assert_array_equal(part.compute(), scan.compute()[[0, 2]][:, 1][:, [0, 4]])
    assert [d.name for d in part._axes.values()] == ["x", "bias"]


def test_names_that_are_no_words_come_in_a_mapping(scan):
    scan.rename_dimension(2, "tip bias")

    assert scan.sel({"tip bias": 0.5}, x=0).shape == (4,)
    assert scan.isel({"tip bias": 3}).shape == (3, 4)


def test_one_value_drops_its_axis_and_a_list_of_one_keeps_it(scan):
    assert scan.sel(bias=0).data_type.name == "IMAGE"
    assert scan.sel(bias=[0]).shape == (3, 4, 1)


def test_selecting_is_lazy_and_in_the_history():
    source = sidpy.FileArray(__file__, "u1", (4, 5))
    dataset = sidpy.Dataset.from_array(source)
    part = dataset.sel(a=1, b=slice(2, 3))

    assert part.history[-1].function == "sel"
    assert part.history[-1].entry()["parameters"]["a"] == 1
    np.testing.assert_array_equal(part.compute(), source[1, 2:4])


@few
@given(
    step=st.floats(1e-3, 1e3), start=st.floats(-1e3, 1e3), down=st.booleans(), i=st.integers(0, 9)
)
def test_every_point_is_found_by_its_own_value(step, start, down, i):
    values = start + step * np.arange(10)
    values = values[::-1] if down else values
    dataset = line(values)

    for method in (None, "nearest", "exact", "pad", "backfill"):
        assert dataset.sel(x=values[i], method=method).compute() == i
    assert dataset.sel(x=slice(values[i], None)).shape[0] >= 1


@few
@given(
    values=st.lists(st.integers(-50, 50), min_size=2, max_size=9, unique=True),
    wanted=st.lists(st.floats(-60, 60), min_size=1, max_size=4),
    # in thousandths: an end may be off by what rounding does to it, and still take its point
    ends=st.tuples(st.integers(-60_000, 60_000), st.integers(-60_000, 60_000)),
)
def test_any_order_of_values_gives_what_plain_search_gives(values, wanted, ends):
    ends = tuple(end / 1000 for end in ends)
    dataset, points = line(np.array(values, dtype=float)), np.array(values, dtype=float)
    found = dataset.sel(x=wanted, method="nearest").compute()
    inside = np.flatnonzero((points >= min(ends)) & (points <= max(ends)))

    distance = np.abs(points[found] - wanted)
    np.testing.assert_array_equal(
        distance, np.abs(points[None] - np.array(wanted)[:, None]).min(axis=1)
    )
    if inside.size:
        np.testing.assert_array_equal(dataset.sel(x=slice(*ends)).compute(), inside)
    else:
        with pytest.raises(DimensionError, match="nothing of 'x'"):
            dataset.sel(x=slice(*ends))


@pytest.mark.parametrize(
    ("method", "value", "found"),
    [
        ("pad", 0.9, 0), ("ffill", 1.0, 1), ("backfill", 1.1, 2), ("bfill", 1.0, 1),
        ("nearest", 1e6, 3), ("exact", 3, 2), (None, 6.5, 3), (None, 2, 1),
    ],
)  # fmt: skip
def test_methods_on_uneven_steps(method, value, found):
    assert line([0, 1, 3, 7]).sel(x=value, method=method).compute() == found


def test_agrees_with_xarray():
    xarray = pytest.importorskip("xarray")
    values = np.array([0.0, 0.5, 1.5, 4, 5])
    ours = line(values)
    theirs = xarray.DataArray(np.arange(5), coords={"x": values}, dims="x")

    for method in ("nearest", "pad", "backfill"):
        np.testing.assert_array_equal(
            ours.sel(x=[0.1, 1.4, 3], method=method).compute(),
            theirs.sel(x=[0.1, 1.4, 3], method=method),
        )
    for ends in ((0.5, 4), (0.2, 4.4), (None, 1.5)):
        np.testing.assert_array_equal(
            ours.sel(x=slice(*ends)).compute(), theirs.sel(x=slice(*ends))
        )


# ---------------------------------------------------------------- square brackets


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (np.s_["500 pm":"1 nm"], np.s_[1:]),
        (np.s_["0.5 nm"], np.s_[1]),
        (np.s_[..., "-0.5 V":"500 mV"], np.s_[..., 1:4]),
        (np.s_[0, :, "0 V"], np.s_[0, :, 2]),
        (np.s_[None, "1 nm":, ..., -1], np.s_[None, 2:, ..., -1]),
        (np.s_[:, UREG.Quantity(0.5, "nm") :], np.s_[:, 1:]),
        (np.s_[["0 nm", "1 nm"], 1], np.s_[[0, 2], 1]),
        (np.s_[..., "-1 V":"1 V":2], np.s_[..., ::2]),
    ],
)
def test_quantities_in_square_brackets(scan, index, expected):
    part = scan[index]

    np.testing.assert_array_equal(part.compute(), scan.compute()[expected])
    assert part._axes == scan[expected]._axes


@pytest.mark.parametrize(
    ("index", "error", "match"),
    [
        (np.s_["1 nm":3], LabelTypeError, "units at both of its ends"),
        (np.s_["1 V":"2 V"], LabelValueError, "they measure different things"),
        (np.s_["x"], TypeError, "sliced by position, not by name"),
        (np.s_["7"], TypeError, "sliced by position, not by name"),
        (np.s_[0, 0, 0, "1 nm"], IndexError, "3 dimensions, found 4"),
    ],
)
def test_refuses_in_square_brackets(scan, index, error, match):
    with pytest.raises(error, match=match):
        scan[index]


# ---------------------------------------------------------------- positions


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ({"bias": -1, "x": slice(1, None)}, np.s_[1:, :, -1]),
        ({"y": [3, 0], "x": 1}, np.s_[1, [3, 0]]),
        ({"y": [True, False, False, True]}, np.s_[:, [0, 3]]),
        ({"x": np.int32(2), "bias": slice(None, None, -1)}, np.s_[2, :, ::-1]),
        ({"x": []}, np.s_[:0]),
    ],
)
def test_positions_by_name(scan, where, index):
    part = scan.isel(**where)

    np.testing.assert_array_equal(part.compute(), scan.compute()[index])
    assert part._axes == scan[index]._axes
    assert part.history[-1].function == "isel"


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("where", "error", "match"),
    [
        ({"z": 1}, DimensionError, r"no dimension 'z'; there are \['x', 'y', 'bias'\]"),
        (
            {"x": 1.3},
            DimensionError,
            "1.3 is outside of 'x' from 0 to 1 nm in 3 points; the nearest point is at 1 nm",
        ),
        ({"x": [0, 5]}, DimensionError, "5 nm is outside of 'x' from 0 to 1 nm"),
        ({"x": "2 um"}, DimensionError, "'2 um' is outside of 'x' from 0 to 1 nm"),
        ({"x": slice(7, 9)}, DimensionError, "nothing of 'x' from 0 to 1 nm in 3 points is betw"),
        ({"x": slice("7 um", None)}, DimensionError, "is between 7000 and inf nm"),
        (
            {"x": "3 V"},
            LabelValueError,
            "'3 V' cannot be converted to the units of 'x', which are 'nm': they measure",
        ),
        ({"x": "3 wobbles"}, LabelValueError, "'wobbles' is no unit that is known"),
        ({"x": "far"}, LabelValueError, "a number with units, '2 nm', found 'far'"),
        ({"x": float("nan")}, LabelValueError, "NaN is no place along 'x'"),
        ({"x": None}, LabelTypeError, "found None"),
        ({"x": True}, LabelTypeError, "found True"),
        ({"x": 1j}, LabelTypeError, "found 1j"),
        ({"x": [[0, 1]]}, LabelTypeError, "found"),
        ({"x": slice([0], 1)}, LabelTypeError, "ends at one value"),
        ({"x": slice(0, 1, 0.5)}, LabelValueError, "counts points"),
        ({"x": slice(0, 1, -1)}, LabelValueError, "counts points"),
        ({"x": [True, False]}, DimensionError, "3 booleans, found bool of shape"),
    ],
)
def test_refuses_what_is_not_there(scan, where, error, match):
    before = len(scan.history)
    with pytest.raises(error, match=match):
        scan.sel(**where)

    assert len(scan.history) == before


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"method": "cubic"}, "method is one of"),
        ({"tolerance": "1 V"}, "cannot be converted"),
        ({"tolerance": -1}, "one number from 0 up"),
        ({"tolerance": [1, 2]}, "one number from 0 up"),
        ({"tolerance": "10 pm"}, "0.4 is no point of 'x'"),
        ({"method": "nearest", "tolerance": {"x": 0.05}}, "0.4 is no point of 'x'"),
        ({"method": "exact"}, "0.4 is no point of 'x'"),
    ],
)
def test_refuses_by_method_and_tolerance(scan, options, match):
    with pytest.raises(ValueError, match=match):
        scan.sel(x=0.4, **options)


def test_a_tolerance_is_a_distance_and_not_a_place():
    cold = line([-10, 0, 10], units="degC")

    assert cold.sel(x="274 K", tolerance="2 K").compute() == 1
    assert cold.sel(x=1, tolerance=UREG.Quantity(1, "kelvin")).compute() == 1


def test_refuses_units_along_an_axis_without_any():
    with pytest.raises(LabelValueError, match="'generic' does not say what the units are"):
        sidpy.Dataset.from_array([1, 2]).sel(a="1 nm")


def test_a_single_point_stands_for_itself():
    assert line([5.0]).sel(x=5).compute() == 0
    with pytest.raises(DimensionError, match="outside"):
        line([5.0]).sel(x=6)


@pytest.mark.parametrize(
    ("where", "error", "match"),
    [
        ({"x": 3}, IndexError, "position 3 is outside of 'x', which has 3 points"),
        ({"x": [0, -4]}, IndexError, "position -4 is outside"),
        ({"x": 0.5}, LabelTypeError, "found 0.5; sel takes values"),
        ({"x": "1 nm"}, LabelTypeError, "found '1 nm'; sel takes values"),
        ({"x": slice(0.5, 1)}, LabelTypeError, "has integers"),
        ({"x": slice(None, None, 0)}, DimensionError, "not 0"),
        ({"x": [True]}, DimensionError, "3 booleans"),
    ],
)
def test_refuses_positions(scan, where, error, match):
    with pytest.raises(error, match=match):
        scan.isel(**where)


def test_refuses_a_name_given_twice_and_what_is_no_mapping(scan):
    with pytest.raises(DimensionError, match="given twice"):
        scan.sel({"x": 0}, x=1)
    with pytest.raises(LabelTypeError, match=re.escape("found 3")):
        scan.isel(3)
