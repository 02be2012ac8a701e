"""Selection by name and value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sidpy
from sidpy import Dimension


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ({"x": 0.5}, np.s_[1]),
        ({"x": "500 pm", "bias": -0.4}, np.s_[1, :, 1]),
        ({"bias": slice(-0.5, 0.5)}, np.s_[:, :, 1:4]),
        ({"bias": slice(None, "-500 mV")}, np.s_[:, :, :2]),
        ({"bias": slice(0.5, -0.5)}, np.s_[:, :, 1:4]),
        ({"y": [0, 1.5]}, np.s_[:, [0, 3]]),
        ({"y": slice(7, 9)}, np.s_[:, 4:]),
    ],
)
def test_values_select_the_points_they_are_nearest_to(scan, where, index):
    part = scan.sel(**where)

    np.testing.assert_array_equal(part.compute(), scan.compute()[index])
    assert part._axes == scan[index]._axes


def test_several_lists_select_each_along_its_axis(scan):
    part = scan.sel(x=[0, 1], bias=[-1, 1], y=0.5)

    np.testing.assert_array_equal(part.compute(), scan.compute()[[0, 2]][:, 1][:, [0, 4]])
    assert [d.name for d in part._axes.values()] == ["x", "bias"]


@settings(max_examples=20, deadline=None)
@given(
    step=st.floats(1e-3, 1e3), start=st.floats(-1e3, 1e3), down=st.booleans(), i=st.integers(0, 9)
)
def test_every_point_is_found_by_its_own_value(step, start, down, i):
    values = start + step * np.arange(10)
    values = values[::-1] if down else values
    line = sidpy.Dataset.from_array(np.arange(10))
    line.set_dimension(0, Dimension(values, "x", "Length", "nm"))

    assert line.sel(x=values[i]).compute() == i
    assert line.sel(x=slice(values[i], None)).shape[0] >= 1


def test_positions_by_name(scan):
    np.testing.assert_array_equal(
        scan.isel(bias=-1, x=slice(1, None)).compute(), scan.compute()[1:, :, -1]
    )


@pytest.mark.parametrize(
    ("where", "error", "match"),
    [
        ({"z": 1}, ValueError, r"no dimension 'z'; there are \['x', 'y', 'bias'\]"),
        ({"x": 1.3}, ValueError, "1.3 is outside of 'x' from 0 to 1 nm in 3 points"),
        ({"x": "3 V"}, ValueError, "'3 V' cannot be converted to the units of 'x'"),
        ({"x": "far"}, ValueError, "a number with units"),
        ({"x": None}, TypeError, "found None"),
        ({"x": slice(0, 1, 2)}, ValueError, "has no step"),
    ],
)
def test_refuses_what_is_not_there(scan, where, error, match):
    with pytest.raises(error, match=match):
        scan.sel(**where)


def test_other_units(scan):
    scan.variance = np.ones(scan.shape)
    converted = scan.to("pA")

    np.testing.assert_allclose(converted.compute(), 1000 * scan.compute())
    np.testing.assert_allclose(converted.variance.compute(), 1e6)
    assert converted.units == "pA"
    with pytest.raises(ValueError, match="'nA' cannot be converted to 'V'"):
        scan.to("V")
