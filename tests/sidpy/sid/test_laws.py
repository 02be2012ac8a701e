"""The seven laws: values equal NumPy's, and dimensions always explain the shape."""

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import sidpy
from sidpy.sid.labels import forget

# ---------------------------------------------------------------- arbitrary datasets


@st.composite
def datasets(draw, min_dims=1, max_dims=4, dtype=None):
    if dtype is None:
        dtype = st.sampled_from(["f8", ">f4", "i2", "u1", "c16", "?"])
    dtype = draw(dtype)
    shape = draw(hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, max_side=5))
    numbers = np.random.default_rng(draw(st.integers(0, 9))).integers(0, 2, shape)
    array = (numbers * 3 + np.arange(numbers.size).reshape(shape) % 7).astype(dtype)
    dataset = sidpy.Dataset.from_array(array, title="T", units="nA", chunks=2)
    for axis, length in enumerate(shape):
        values = np.arange(length) * 0.5 + axis
        dataset.set_dimension(axis, sidpy.Dimension(values, f"d{axis}", "Length", "nm"))
    dataset.metadata = {"nested": {"value": 1}}
    return dataset, array


def check(result, expected):
    """Values, type and the invariant that holds for every dataset."""
    computed = result.compute() if hasattr(result, "compute") else result
    np.testing.assert_array_equal(computed, expected)
    native = [np.asarray(x).dtype.newbyteorder("=") for x in (computed, expected)]
    assert native[0] == native[1]
    if isinstance(result, sidpy.Dataset):
        assert tuple(len(dim) for dim in result._axes.values()) == result.shape == expected.shape
        assert result.metadata == {"nested": {"value": 1}}
        assert result.history[-1].output == result.name


few = settings(max_examples=25, deadline=None)

# ---------------------------------------------------------------- keep


@pytest.mark.parametrize("function", [np.sin, np.exp, np.isnan, np.square, abs, operator.pos])
@few
@given(pair=datasets(dtype=st.sampled_from(["f8", "c16", ">f4"])))
def test_keep_changes_values_and_no_axis(function, pair):
    dataset, array = pair
    result = function(dataset)

    check(result, function(array))
    assert result._axes == dataset._axes


@pytest.mark.parametrize(
    ("function", "units"),
    [(np.sqrt, "nA**0.5"), (np.square, "nA**2"), (np.reciprocal, "1/nA"), (np.isnan, "generic")],
)
def test_keep_follows_units_through_powers(scan, function, units):
    assert function(scan + 1).units == units


# ---------------------------------------------------------------- combine


@pytest.mark.parametrize(
    "function", [operator.add, operator.sub, operator.mul, operator.truediv, operator.mod]
)
@few
@given(pair=datasets(dtype=st.just("f8")), number=st.sampled_from([3, 2.5, np.float64(4)]))
def test_combine_with_numbers_from_both_sides(function, pair, number):
    dataset, array = pair
    dataset, array = dataset + 1, array + 1

    check(function(dataset, number), function(array, number))
    check(function(number, dataset), function(number, array))


@few
@given(pair=datasets(min_dims=2, dtype=st.just("f8")))
def test_combine_broadcasts_from_either_side(pair):
    dataset, array = pair

    check(dataset + dataset[0], array + array[0])
    check(dataset[0] + dataset, array[0] + array)
    check(array[0] + dataset, array[0] + array)
    assert (dataset[0] + dataset)._axes == dataset._axes


@pytest.mark.parametrize(
    ("function", "units", "quantity"),
    [
        (operator.mul, "nA*V", "Current * Voltage"),
        (operator.truediv, "nA/V", "Current / Voltage"),
    ],
)
def test_combine_composes_units(scan, function, units, quantity):
    voltage = scan.like_data(np.ones(scan.shape))
    voltage.units, voltage.quantity = "V", "Voltage"
    result = function(scan, voltage)

    assert (result.units, result.quantity) == (units, quantity)


def test_combine_converts_compatible_units(scan):
    picoampere = scan * 1000
    picoampere.units = "pA"

    np.testing.assert_allclose((scan + picoampere).compute(), 2 * scan.compute())
    assert (scan + picoampere).units == "nA"
    assert not (scan < picoampere).compute().any()


def test_combine_warns_about_units_that_cannot_be_added(scan):
    voltage = scan.copy()
    voltage.units = "V"

    with pytest.warns(UserWarning, match="'nA' and in 'V'") as caught:
        scan + voltage
    assert caught[0].filename == __file__


def test_combine_warns_about_axes_and_prints_both(scan):
    other = scan.copy()
    other.x = sidpy.Dimension([5, 6, 7], "x", "Length", "nm", "spatial")

    with pytest.warns(UserWarning, match=r"axis 0: left has 'x' from 0 to 1 nm.*from 5 to 7 nm"):
        result = scan + other
    assert result.x == scan.x


def test_equal_axes_in_other_units_agree(scan):
    other = scan.copy()
    other.x = sidpy.Dimension(scan.x.values / 1000, "x", "Length", "µm", "spatial")

    assert (scan + other).x == scan.x


def test_unknown_units_are_carried_and_never_guessed(scan):
    odd = scan.copy()
    odd.units = "wobbles"

    assert (odd + 1).units == "wobbles"
    assert (odd * scan).units == "(wobbles)*(nA)"


# ---------------------------------------------------------------- compare


@pytest.mark.parametrize(
    "function", [operator.lt, operator.le, operator.gt, operator.ge, operator.ne]
)
@few
@given(pair=datasets(dtype=st.sampled_from(["f8", "i2"])))
def test_compare_gives_truth_without_units(function, pair):
    dataset, array = pair
    result = function(dataset, 3)

    check(result, function(array, 3))
    assert result.units == "generic"
    check(function(dataset, dataset), function(array, array))


def test_equality_of_datasets_is_one_answer(scan):
    assert (scan == scan.copy()) is True
    assert (scan == scan + 1) is False
    assert (scan == 1) is False


# ---------------------------------------------------------------- reduce


@pytest.mark.parametrize(
    "name", ["sum", "mean", "std", "var", "min", "max", "prod", "all", "any", "median"]
)
@few
@given(pair=datasets(dtype=st.just("f8")), data=st.data())
def test_reduce_drops_axes(name, pair, data):
    dataset, array = pair
    axis = data.draw(st.integers(-array.ndim, array.ndim - 1))
    keepdims = data.draw(st.booleans())
    result = getattr(np, name)(dataset, axis=axis, keepdims=keepdims)
    expected = getattr(np, name)(array, axis=axis, keepdims=keepdims)

    np.testing.assert_allclose(result.compute(), expected, rtol=1e-12, atol=1e-12)
    assert isinstance(result, sidpy.Dataset)
    assert tuple(len(dim) for dim in result._axes.values()) == expected.shape
    left = [dim for i, dim in dataset._axes.items() if i != axis % array.ndim]
    if not keepdims:
        assert list(result._axes.values()) == left


@few
@given(pair=datasets(min_dims=2, dtype=st.just("i2")))
def test_reduce_over_several_axes(pair):
    dataset, array = pair

    check(dataset.sum(axis=(0, -1)), array.sum(axis=(0, -1)))
    assert dataset.sum() == array.sum()
    assert isinstance((dataset + 0.5).min(), float)


def test_reduce_honours_ddof(scan):
    values = scan.compute()

    np.testing.assert_allclose(scan.std(axis=2, ddof=1).compute(), values.std(axis=2, ddof=1))
    np.testing.assert_allclose(scan.var(axis=2, ddof=1).compute(), values.var(axis=2, ddof=1))


@pytest.mark.parametrize(
    ("reduction", "kind"),
    [
        (lambda d: d.mean(axis=2), "IMAGE"),
        (lambda d: d.sum(axis=(0, 1)), "SPECTRUM"),
        (lambda d: d[:, :, 3], "IMAGE"),
        (lambda d: d[2, 3], "SPECTRUM"),
        (lambda d: d[2], "SPECTRAL_IMAGE"),
        (lambda d: d[:, 2, 3], "LINE_PLOT"),
    ],
)
def test_the_data_type_is_one_that_the_axes_allow(scan, reduction, kind):
    assert reduction(scan).data_type.name == kind


# ---------------------------------------------------------------- permute


@few
@given(pair=datasets(min_dims=2), data=st.data())
def test_permute_moves_dimensions_along(pair, data):
    dataset, array = pair
    order = data.draw(st.permutations(range(array.ndim)))
    signed = [axis - array.ndim if data.draw(st.booleans()) else axis for axis in order]

    check(dataset.transpose(*signed), array.transpose(order))
    assert [d.name for d in dataset.transpose(signed)._axes.values()] == [f"d{i}" for i in order]
    check(dataset.T, array.T)
    check(dataset.swapaxes(0, -1), array.swapaxes(0, -1))
    check(np.moveaxis(dataset, 0, -1), np.moveaxis(array, 0, -1))


def test_permute_refuses_what_is_no_order(scan):
    with pytest.raises(ValueError, match="each of the 3 axes once, found"):
        scan.transpose(0, 0, 1)


# ---------------------------------------------------------------- select


@few
@given(pair=datasets(), data=st.data())
def test_select_takes_the_same_part_of_the_axes(pair, data):
    dataset, array = pair
    index = data.draw(
        hnp.basic_indices(array.shape, allow_ellipsis=True, allow_newaxis=True, max_dims=7)
    )
    result = dataset[index]

    check(result, array[index])
    for dimension in result._axes.values():
        if dimension.name != "none":
            whole = getattr(dataset, dimension.name).values
            assert np.isin(dimension.values, whole).all()


def test_select_attaches_the_right_axis_when_lengths_agree():
    cube = sidpy.Dataset.from_array(np.arange(64).reshape(4, 4, 4))
    for axis, name in enumerate("xyz"):
        cube.set_dimension(axis, sidpy.Dimension(np.arange(4) + axis, name))

    assert [d.name for d in cube[0, ..., 1]._axes.values()] == ["y"]
    assert [d.name for d in cube[..., 1]._axes.values()] == ["x", "y"]
    assert [d.name for d in cube[:, ..., 0]._axes.values()] == ["x", "y"]


@pytest.mark.parametrize("pick", [[0, 3], np.array([3, 1]), np.array([True, False, True, True])])
def test_select_by_list_and_mask(scan, pick):
    part = scan[:, pick]

    np.testing.assert_array_equal(part.compute(), scan.compute()[:, pick])
    np.testing.assert_array_equal(part.y.values, scan.y.values[pick])


@pytest.mark.parametrize(
    ("index", "error", "match"),
    [
        (5, IndexError, "out of bounds"),
        ((0, 0, 0, 0), IndexError, "3 dimensions, found 4 indices"),
        ((..., ...), IndexError, "only one ellipsis"),
        ("x", TypeError, "by position, not by name, found 'x'"),
        (1.5, NotImplementedError, None),
    ],
)
def test_select_refuses_what_is_no_index(scan, index, error, match):
    error = TypeError if index == 1.5 else error
    with pytest.raises(error, match=match or "an index is an integer"):
        scan[index]


def test_select_refuses_a_mask_that_leaves_no_axes(scan):
    with pytest.raises(NotImplementedError, match="leaves no axes"):
        scan[scan > 5]


def test_select_takes_the_points_of_a_point_cloud():
    cloud = sidpy.Dataset.from_array(
        np.zeros((4, 3)), datatype="point_cloud", coordinates=np.arange(8).reshape(4, 2)
    )

    assert cloud[[0, 2]].point_cloud["coordinates"].tolist() == [[0, 1], [4, 5]]


def test_squeeze_and_newaxis_are_inverse(scan):
    grown = scan[:, None]

    assert grown.shape == (3, 1, 4, 5)
    assert grown.squeeze()._axes == scan._axes
    assert grown.squeeze(axis=-3)._axes == scan._axes
    with pytest.raises(ValueError, match="axis"):
        scan.squeeze(axis=0)


# ---------------------------------------------------------------- forget


def test_forget_gives_plain_arrays_back(scan):
    assert forget(scan.labels_record) is None
    for result in (np.einsum("ijk->k", scan), np.percentile(scan[0, 0], 50)):
        assert type(result) is not sidpy.Dataset


# ---------------------------------------------------------------- joining


def test_concatenate_joins_the_values_of_the_axis(scan):
    joined = np.concatenate([scan[:1], scan[1:]])

    assert joined.x == scan.x
    np.testing.assert_array_equal(joined.compute(), scan.compute())


def test_stack_adds_an_axis(scan):
    stack = np.stack([scan, scan], axis=-1)

    assert [d.name for d in stack._axes.values()] == ["x", "y", "bias", "stack"]
    np.testing.assert_array_equal(stack.compute(), np.stack([scan.compute()] * 2, axis=-1))


@pytest.mark.parametrize(
    ("function", "position"), [(np.modf, 0), (np.modf, 1), (lambda d: np.divmod(d, 2), 1)]
)
def test_functions_with_two_results(scan, function, position):
    result = function(scan)[position]

    np.testing.assert_array_equal(result.compute(), function(scan.compute())[position])
    assert result._axes == scan._axes


def test_ufunc_reduce_accumulate_and_outer(scan):
    values = scan.compute()

    np.testing.assert_array_equal(np.add.reduce(scan).compute(), np.add.reduce(values))
    np.testing.assert_array_equal(
        np.add.accumulate(scan, axis=2).compute(), np.add.accumulate(values, axis=2)
    )
    outer = np.multiply.outer(scan[0, 0], scan[:, 0, 0])
    np.testing.assert_array_equal(
        outer.compute(), np.multiply.outer(values[0, 0], values[:, 0, 0])
    )
    assert [d.name for d in outer._axes.values()] == ["bias", "x"]


def test_matrix_product_has_the_outer_axes(scan):
    product = scan[0] @ scan[0].T

    np.testing.assert_allclose(product.compute(), scan[0].compute() @ scan[0].compute().T)
    assert [d.name for d in product._axes.values()] == ["y", "y_1"]
    assert product.units == "nA**2"


def test_results_cannot_be_put_into_an_array(scan):
    with pytest.raises(NotImplementedError, match="out= is not supported"):
        scan.sum(axis=0, out=np.zeros((4, 5)))


def test_disagreement_is_an_error_when_strict(scan):
    other = scan.copy()
    other.x = sidpy.Dimension([5, 6, 7], "x", "Length", "nm", "spatial")

    with sidpy.config.set(strict=True):
        with pytest.raises(ValueError, match="axes of the two datasets disagree"):
            scan + other
        with pytest.raises(ValueError, match="were joined though they disagree"):
            np.concatenate([scan, other], axis=2)
