"""Every ufunc of NumPy, on every type of data, held against plain arrays and the laws."""

import dask
import numpy as np
import pytest

import sidpy

UFUNCS = sorted(
    {getattr(np, name).__name__ for name in dir(np) if isinstance(getattr(np, name), np.ufunc)}
)


@pytest.fixture(autouse=True)
def _one_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


#: What the units of nA become, where they do not stay.
UNITS = {
    **dict.fromkeys(["sqrt"], "nA**0.5"),
    "cbrt": "nA**0.333333",
    "square": "nA**2",
    "reciprocal": "1/nA",
    "multiply": "nA**2",
    "divide": "",
    "true_divide": "",
    "floor_divide": "",
    "arctan2": "radians",
    **dict.fromkeys(["deg2rad", "radians"], "radians"),
    **dict.fromkeys(["rad2deg", "degrees"], "degrees"),
    **dict.fromkeys(
        ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and",
         "logical_or", "logical_xor", "logical_not", "isnan", "isfinite", "isinf", "isnat",
         "signbit", "sign", "heaviside"],
        "generic",
    ),
}  # fmt: skip

#: ufuncs that sum over axes: they are products, see test_numpy_functions.
CORES = {"matmul", "vecdot", "matvec", "vecmat"}

KINDS = ["f8", ">f4", "c16", "i4", "u1", "?", "nan"]


def data(kind):
    values = np.random.default_rng(3).permutation(15).reshape(3, 5) / 4 + 0.1
    if kind == "nan":
        values[1, 2], kind = np.nan, "f8"
    if kind == "c16":
        values = values - 0.3j * values[::-1]
    values = (values * 3 if kind in {"i4", "u1"} else values - 2 * (kind == "?")).astype(kind)
    dataset = sidpy.Dataset.from_array(values, title="T", units="nA", chunks=(2, 3))
    dataset.quantity = "Current"
    dataset.set_dimension(0, sidpy.Dimension([1, 2, 4], "x", "Length", "nm", "spatial"))
    dataset.set_dimension(1, sidpy.Dimension([0, 0.5, 1, 1.5, 2], "t", "Time", "s"))
    return dataset, values


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [name for name in UFUNCS if name not in CORES])
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_ufuncs_keep_or_combine(name, kind):
    function = getattr(np, name)
    dataset, values = data(kind)
    arguments = function.nin - 1
    second = values.astype(int) % 3 if name == "ldexp" else values
    try:
        expected = function(values, *[second] * arguments)
    except TypeError:
        with pytest.raises(TypeError):
            function(dataset, *[dataset] * arguments)
        return
    result = function(dataset, *[second if name == "ldexp" else dataset] * arguments)

    results, expected = (x if isinstance(x, tuple) else (x,) for x in (result, expected))
    for one, two in zip(results, expected, strict=True):
        assert type(one) is sidpy.Dataset
        np.testing.assert_allclose(one.compute(), two, rtol=1e-6)
        assert one.dtype.newbyteorder("=") == two.dtype.newbyteorder("=")
        assert one._axes == dataset._axes
        if function.nout == 1:
            assert one.units == UNITS.get(name, "nA")
        assert one.title.startswith("T_")
        assert one.history[-1].function == name


@pytest.mark.parametrize("name", [name for name in UFUNCS if getattr(np, name).nin == 2])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_ufuncs_take_numbers_and_arrays_on_either_side(name, turned):
    function = getattr(np, name)
    if name in CORES or function.nout > 1:
        pytest.skip("see the other tests")
    dataset, values = data("i4" if "i" not in "".join(function.types[-1:]) else "f8")
    if any(code in function.types[0] for code in "?b") and "d" not in "".join(function.types):
        dataset, values = data("i4")
    other = np.arange(1, 6)
    for operand in (3, other):
        pair, plain = (dataset, operand), (values, operand)
        if turned:
            pair, plain = pair[::-1], plain[::-1]
        try:
            expected = function(*plain)
        except TypeError:
            with pytest.raises(TypeError):
                function(*pair)
            continue
        result = function(*pair)
        np.testing.assert_allclose(result.compute(), expected, rtol=1e-12)
        assert result._axes == dataset._axes


@pytest.mark.parametrize("name", sorted(CORES & set(UFUNCS)))
def test_products_as_ufuncs(name):
    dataset, values = data("f8")
    matrix, vector = values.T @ values, values[0]
    left, right = {
        "matmul": (values, matrix), "vecdot": (values, values),
        "matvec": (matrix, vector), "vecmat": (vector, matrix),
    }[name]  # fmt: skip
    first = dataset if left is values else sidpy.Dataset.from_array(left)
    result = getattr(np, name)(first, right)

    np.testing.assert_allclose(np.asarray(result), getattr(np, name)(left, right))
