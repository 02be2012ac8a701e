"""Values between the points of an axis."""

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline, RegularGridInterpolator

import sidpy
from sidpy import Dimension
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError

few = settings(max_examples=25)
RNG = np.random.default_rng(3)


def grid(values, axes, chunks=2, **labels):
    """A dataset with dimensions x, y, ... in nm."""
    dataset = sidpy.Dataset.from_array(values, chunks=chunks, **labels)
    for axis, (name, points) in enumerate(zip("xyz", axes, strict=False)):
        dataset.set_dimension(axis, Dimension(points, name, "Length", "nm", "spatial"))
    return dataset


axes = st.lists(st.integers(-40, 40), min_size=4, max_size=9, unique=True)
# to the thousandth: what is closer to a point than rounding explains is at the point
targets = st.lists(st.integers(-45000, 45000).map(lambda n: n / 1000), min_size=1, max_size=7)


@few
@given(points=axes, wanted=targets, order=st.sampled_from(["up", "down", "any"]))
def test_linear_is_what_numpy_gives_in_any_order_of_points_and_blocks(points, wanted, order):
    points = np.array(points, dtype=float)
    points = {"up": np.sort(points), "down": -np.sort(-points), "any": points}[order]
    values = RNG.normal(size=(points.size, 3))
    result = grid(values, [points]).interp(x=wanted)
    rising = np.argsort(points)
    expected = [
        np.interp(wanted, points[rising], column[rising], left=np.nan, right=np.nan)
        for column in values.T
    ]

    np.testing.assert_allclose(result.compute(), np.transpose(expected), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(result.x.values, wanted)


@few
@given(points=axes, wanted=targets)
def test_cubic_is_scipys_spline(points, wanted):
    points, wanted = np.sort(points).astype(float), np.array(wanted)
    values = RNG.normal(size=points.size) + 1j * RNG.normal(size=points.size)
    result = grid(values, [points]).interp(x=wanted, method="cubic")
    expected = CubicSpline(points, values)(wanted)
    expected[(wanted < points[0]) | (wanted > points[-1])] = np.nan

    np.testing.assert_allclose(result.compute(), expected, rtol=1e-8, atol=1e-8)


@few
@given(points=axes, wanted=targets)
def test_nearest_is_never_farther_than_any_other_point(points, wanted):
    points = np.array(points, dtype=float)
    found = grid(points, [points]).interp(x=wanted, method="nearest").compute()
    distance = np.abs(points[None] - np.array(wanted)[:, None]).min(axis=1)
    outside = (wanted < points.min()) | (wanted > points.max())

    np.testing.assert_array_equal(np.isnan(found), outside)
    np.testing.assert_allclose(np.abs(found - wanted)[~outside], distance[~outside])


def test_several_axes_are_those_of_a_grid():
    points = [np.array([0.0, 1, 3]), np.array([5.0, 4, 2, 1]), np.arange(2.0)]
    values = RNG.normal(size=(3, 4, 2))
    result = grid(values, points).interp(x=[0.5, 2.2], y=[1.5, 3, 4.9])
    xy = np.stack(np.meshgrid([0.5, 2.2], [1.5, 3, 4.9], indexing="ij"), -1)
    expected = RegularGridInterpolator((points[0], points[1][::-1]), values[:, ::-1])(xy)

    np.testing.assert_allclose(result.compute(), expected)
    assert result.z == grid(values, points).z


@pytest.mark.parametrize("method", ["linear", "nearest", "cubic"])
def test_agrees_with_xarray(method):
    xarray = pytest.importorskip("xarray")
    points = [np.array([0.0, 1, 3, 4, 6]), np.arange(5.0)]
    values = RNG.normal(size=(5, 5))
    wanted = {"x": [0.3, 2.6, 6], "y": [0, 3.3]}
    theirs = xarray.DataArray(values, coords=dict(zip("xy", points, strict=True)), dims=("x", "y"))

    np.testing.assert_allclose(
        grid(values, points).interp(wanted, method=method).compute(),
        theirs.interp(wanted, method=method),
        atol=1e-5,  # SciPy's cubic solver on grids stops there
    )


# ---------------------------------------------------------------- units, axes, labels


def test_new_values_come_in_any_units_and_a_dimension_brings_its_own():
    dataset = grid(np.arange(4.0), [np.arange(4.0)], units="nA", title="T")
    by_text = dataset.interp(x=["500 pm", "0.002 um"])
    by_axis = dataset.interp(x=Dimension([500, 2000], "position", "Distance", "pm"))

    for result in (by_text, by_axis):
        np.testing.assert_allclose(result.compute(), [0.5, 2])
    assert by_text.x.units == "nm"
    np.testing.assert_allclose(by_text.x.values, [0.5, 2])
    assert (by_axis.x.units, list(by_axis.x.values)) == ("pm", [500, 2000])
    assert (by_text.units, by_text.title, by_text.history[-1].function) == (
        "nA", "T_new", "interp",
    )  # fmt: skip


def test_a_single_value_drops_its_axis(scan):
    result = scan.interp(bias="0.25 V")

    np.testing.assert_allclose(result.compute(), scan.compute()[..., 2] + 0.5)
    assert [dim.name for dim in result._axes.values()] == ["x", "y"]
    assert result.data_type.name == "IMAGE"
    assert result.metadata == scan.metadata


def test_on_the_axes_of_another(scan):
    other = grid(np.zeros((2, 2)), [[0.25, 0.75], [1.25, 0.5]])
    other = other.to(x="pm")
    result = scan.interp_like(other)

    assert result.x.units == "pm"
    np.testing.assert_allclose(result.compute(), scan.interp(x=[0.25, 0.75], y=[1.25, 0.5]))
    assert result.bias == scan.bias
    with pytest.raises(DimensionError, match="share no dimension"):
        scan.interp_like(sidpy.Dataset.from_array([1]))
    with pytest.raises(LabelTypeError, match="found 3"):
        scan.interp_like(3)


def test_outside_is_nan_a_number_or_what_the_line_says():
    dataset = grid(np.arange(5), [np.arange(5.0)])

    assert np.isnan(dataset.interp(x=[-1, 4.5]).compute()).all()
    np.testing.assert_array_equal(dataset.interp(x=[-1, 2], fill_value=7).compute(), [7, 2])
    for method in ("linear", "cubic"):
        found = dataset.interp(x=[-1, 4.5], method=method, fill_value="extrapolate")
        np.testing.assert_allclose(found.compute(), [-1, 4.5])
    # but for rounding the end of an axis is on it
    assert dataset.interp(x=4 + 1e-12).compute() == 4


@pytest.mark.parametrize(
    ("dtype", "method", "expected"),
    [
        ("i2", "linear", "f8"), ("f4", "linear", "f4"), (">f4", "linear", "f4"),
        ("c8", "cubic", "c8"), ("?", "linear", "f8"), ("u1", "nearest", "u1"),
        ("f2", "linear", "f4"), ("f8", "cubic", "f8"),
    ],
)  # fmt: skip
def test_the_type_of_the_result_is_known_before(dtype, method, expected):
    result = grid(np.arange(5).astype(dtype), [np.arange(5.0)]).interp(x=[0, 1.5], method=method)

    assert result.dtype == result.compute().dtype == np.dtype(expected)


def test_a_point_does_not_see_the_nan_beside_it():
    dataset = grid(np.array([1, np.nan, 3, 4, 5, 6]), [np.arange(6.0)])

    np.testing.assert_array_equal(
        dataset.interp(x=[0, 0.5, 1, 1.5, 2, 2.5]).compute(), [1, np.nan, np.nan, np.nan, 3, 3.5]
    )
    both = grid(np.stack([dataset.compute(), np.arange(6.0)]).T, [np.arange(6.0)])
    spline = both.interp(x=[2.5, 3], method="cubic").compute()
    assert np.isnan(spline[:, 0]).all()
    np.testing.assert_allclose(spline[:, 1], [2.5, 3])


def test_reads_only_what_is_around_the_new_values():
    class Watched:
        shape, dtype, ndim = (100, 4), np.dtype(float), 2
        seen: ClassVar[list] = []

        def __getitem__(self, index):
            if all(part.stop > part.start for part in index):  # dask asks for an empty piece
                self.seen.append(index[0])
            return np.ones(self.shape)[index]

    dataset = sidpy.Dataset.from_array(Watched(), chunks=(10, 4))
    result = dataset.interp(a=[42.5, 44])

    assert Watched.seen == []
    assert (result.compute() == 1).all()
    assert Watched.seen
    assert all(part.start >= 40 and part.stop <= 50 for part in Watched.seen)


# ---------------------------------------------------------------- variance


@pytest.mark.parametrize("method", ["linear", "nearest", "cubic"])
def test_variance_is_what_a_simulation_gives(method):
    points = [np.array([0.0, 1, 2.5, 4, 5]), np.arange(4.0)]
    spread = RNG.uniform(0.5, 2, (5, 4))
    dataset = grid(np.zeros((5, 4)), points)
    dataset.variance = spread**2
    where = {"x": [0.4, 2.5, 4.2], "y": [0.7, 3]}
    found = dataset.interp(where, method=method).variance.compute()
    noise = sidpy.Dataset.from_array(RNG.normal(size=(40000, 5, 4)) * spread, chunks=-1)
    noise.set_dimension(1, dataset.x)
    noise.set_dimension(2, dataset.y)

    np.testing.assert_allclose(
        noise.interp(where, method=method).compute().var(axis=0), found, rtol=0.05
    )
    outside = dataset.interp(x=[9], method=method, fill_value=1.0)
    assert np.isnan(outside.variance.compute()).all()


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"q": 1}, DimensionError, "no dimension 'q'"),
        ({"x": []}, LabelValueError, "at least one new value along 'x'"),
        ({"x": "1 V"}, LabelValueError, "'1 V' cannot be converted to the units of 'x'"),
        ({"x": [0, np.nan]}, LabelValueError, "NaN is no place"),
        ({"x": None}, LabelTypeError, "found None"),
        ({"x": slice(0, 1)}, LabelTypeError, "found slice"),
        ({"x": 0.5, "method": "spline"}, LabelValueError, "method is one of"),
        ({"x": 0.5, "method": "cubic"}, DimensionError, "cubic interpolation needs 4 points"),
        ({"x": 0.5, "fill_value": "zero"}, LabelValueError, "a number or 'extrapolate'"),
    ],
)
def test_refuses(scan, arguments, error, match):
    before = len(scan.history)
    with pytest.raises(error, match=match):
        scan.interp(**arguments)

    assert len(scan.history) == before


def test_refuses_axes_and_data_that_cannot_be_interpolated():
    with pytest.raises(DimensionError, match="some repeat or are NaN in 'x'"):
        grid(np.arange(3), [[0, 1, 1]]).interp(x=0.5)
    with pytest.raises(LabelTypeError, match="only numbers"):
        sidpy.Dataset.from_array(["a", "b"]).interp(a=0.5)
    cloud = sidpy.Dataset.from_array(
        np.ones((3, 2)), datatype="point_cloud", coordinates=np.zeros((3, 2))
    )
    with pytest.raises(DimensionError, match="points of a cloud"):
        cloud.interp(a=0.5)
    single = grid(np.array([7.0]), [[2.0]])
    np.testing.assert_array_equal(single.interp(x=[2, 3]).compute(), [7, np.nan])
