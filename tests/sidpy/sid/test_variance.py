"""The variance of every operation that has a rule agrees with simulated noise.

The noise is drawn symmetrically, each draw with its mirror image, so that second-order
terms do not disturb the comparison with first-order propagation.
"""

import operator

import dask
import numpy as np
import pytest

import sidpy
from sidpy.sid.variance import _DERIVATIVES, _PARTIAL
from sidpy.sid.variance_along import RULES

TRIALS = 8_000
SCALE = 1e-3


@pytest.fixture(autouse=True)
def _one_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


def noise(values, variances):
    """Return draws of shape (trials, ...); complex noise is circular."""
    rng = np.random.default_rng(1)
    shape = (TRIALS // 2, *values.shape)
    draws = rng.normal(size=shape) * np.sqrt(variances)
    if np.iscomplexobj(values):
        draws = (draws + 1j * rng.normal(size=shape) * np.sqrt(variances)) / np.sqrt(2)
    return values + np.concatenate([draws, -draws])


def agrees(function, arrays, variances, *, tolerance=0.1, simulated=None):
    """Compare the variance of a function of datasets with that of simulated results.

    `simulated` is the same function of arrays with the trials along the first axis.
    """
    datasets = [
        sidpy.Dataset.from_array(values, variance=errors, chunks=2)
        for values, errors in zip(arrays, variances, strict=True)
    ]
    result = function(*datasets)
    draws = [noise(values, errors) for values, errors in zip(arrays, variances, strict=True)]
    if len(draws) == 2:
        draws[1] = draws[1][np.random.default_rng(2).permutation(TRIALS)]
    found = (simulated or function)(*draws)
    expected = (abs(found - found.mean(axis=0)) ** 2).mean(axis=0)
    np.testing.assert_allclose(result.variance.compute(), expected, rtol=tolerance, atol=1e-13)


# ---------------------------------------------------------------- single values

VALUES = {np.arccosh: 2.0, np.arcsin: -0.6, np.arccos: -0.6, np.arctanh: -0.5}
SMOOTH = [f for f in _DERIVATIVES if f not in {np.rint, np.floor, np.ceil, np.trunc}]
REAL_ONLY = {np.cbrt, np.fabs, np.deg2rad, np.rad2deg, np.radians, np.degrees}


@pytest.mark.parametrize("function", SMOOTH, ids=lambda f: f.__name__)
def test_functions_of_one_value(function):
    values = np.array([0.7, 1.4, 1.1]) + VALUES.get(function, 0.0)

    agrees(function, [values], [np.array([1.0, 2.0, 3.0]) * SCALE**2])


@pytest.mark.parametrize(
    "function", [f for f in SMOOTH if f not in REAL_ONLY], ids=lambda f: f.__name__
)
def test_functions_of_one_complex_value(function):
    values = np.array([0.7 + 0.4j, -1.4 + 0.2j, 1.1 - 0.9j])

    agrees(function, [values], [np.array([1.0, 2.0, 3.0]) * SCALE**2])


@pytest.mark.parametrize("function", [np.real, np.imag, np.angle, np.conj, np.abs])
def test_parts_of_complex_values_share_the_variance(function):
    values = np.array([0.7 + 0.4j, -1.4 + 0.2j, 1.1 - 0.9j])

    agrees(function, [values], [np.array([1.0, 2.0, 3.0]) * SCALE**2])
    degrees = sidpy.Dataset.from_array(values, variance=np.ones(3)).angle(deg=True).variance
    np.testing.assert_allclose(degrees.compute(), (180 / np.pi) ** 2 / 2 / abs(values) ** 2)


@pytest.mark.parametrize("function", list(_PARTIAL), ids=lambda f: f.__name__)
def test_functions_of_two_values(function):
    values = [np.array([0.9, 2.3, 1.1]), np.array([1.2, 0.8, 1.9])]
    if function is np.ldexp:
        agrees(lambda x: np.ldexp(x, 2), values[:1], [np.ones(3) * SCALE**2])
        return
    variances = [np.array([1.0, 2.0, 3.0]) * SCALE**2, np.array([2.0, 1.0, 0.5]) * SCALE**2]

    agrees(function, values, variances)
    agrees(lambda x: function(x, values[1]), values[:1], variances[:1])
    agrees(lambda y: function(values[0], y), values[1:], variances[1:])


@pytest.mark.parametrize(
    "function",
    [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, np.maximum,
     np.hypot, np.arctan2, np.logaddexp],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_the_same_array_twice_has_the_same_errors_twice(function):
    values = np.array([0.9, 2.3, 1.1])

    agrees(lambda x: function(x, x), [values], [np.array([1.0, 2.0, 3.0]) * SCALE**2])


@pytest.mark.parametrize(
    "function", [operator.add, operator.sub, operator.mul, operator.truediv], ids=str
)
def test_complex_arithmetic(function):
    values = [np.array([0.7 + 0.4j, -1.4 + 0.2j]), np.array([1.2 - 1j, 0.8 + 0.5j])]

    agrees(function, values, [np.array([1.0, 2.0]) * SCALE**2, np.array([3.0, 0.5]) * SCALE**2])


@pytest.mark.parametrize("function", [np.rint, np.floor, np.ceil, np.trunc, np.round, np.fix])
def test_rounding_is_no_error(function):
    dataset = sidpy.Dataset.from_array([1.26, 2.71], variance=[3.0, 4.0])

    assert function(dataset).variance.compute().tolist() == [3, 4]


# ---------------------------------------------------------------- along axes

TABLE = np.array([[1.0, 2.0, 5.5, 3.0, -2.0], [4.0, 3.0, 2.0, 7.5, 0.5], [2.5, 9, 8.0, -6, 1]])
ERRORS = np.arange(1.0, 16).reshape(3, 5) * SCALE**2
HOLES = TABLE.copy()
HOLES[0, 1] = HOLES[2, 4] = np.nan

REDUCTIONS = {
    "sum": lambda a: a.sum(axis=-1),
    "sum of several": lambda a: a.sum(axis=(-1, -2)) if a.ndim > 2 else a.sum(axis=(-1, -2),
                                                                              keepdims=True),
    "mean": lambda a: a.mean(axis=-2),
    "min": lambda a: a.min(axis=-1),
    "max": lambda a: a.max(axis=-2),
    "ptp": lambda a: np.ptp(a, axis=-1),
    "prod": lambda a: a.prod(axis=-1),
    "var": lambda a: a.var(axis=-1),
    "var ddof": lambda a: a.var(axis=-2, ddof=1),
    "std": lambda a: a.std(axis=-1),
    "std ddof": lambda a: a.std(axis=-1, ddof=2),
    "norm": lambda a: np.linalg.norm(a, axis=-1),
    "median odd": lambda a: np.median(a, axis=-1),
    "median even": lambda a: np.median(a[..., :4], axis=-1),
    "quantile": lambda a: np.quantile(a, 0.37, axis=-1),
    "percentile": lambda a: np.percentile(a, 80, axis=-2),
    "average": lambda a: np.average(a, axis=-1, weights=np.array([1.0, 2, 3, 0, 1])),
    "trapezoid": lambda a: getattr(np, "trapezoid", np.sum)(a, axis=-1),
    "cumsum": lambda a: np.cumsum(a, axis=-1),
    "cumprod": lambda a: np.cumprod(a, axis=-1),
    "diff": lambda a: np.diff(a, axis=-1),
    "diff 2": lambda a: np.diff(a, 2, axis=-1),
    "gradient": lambda a: np.gradient(a, axis=-1),
    "gradient uneven": lambda a: np.gradient(a, [0.0, 1.0, 1.5, 3.5, 4.0], axis=-1),
    "gradient edges": lambda a: np.gradient(a, 0.5, axis=-1, edge_order=2),
    "sort": lambda a: np.sort(a, axis=-1),
    "clip": lambda a: np.clip(a, -3.1, 100),
    "take": lambda a: np.take(a, [3, 0], axis=-1),
    "roll": lambda a: np.roll(a, 2, axis=-1),
    "pad": lambda a: a if a.ndim > 2 else a[...],
    "matmul": lambda a: a @ np.arange(10.0).reshape(5, 2),
    "dot": lambda a: np.dot(a, np.arange(5.0)),
    "inner": lambda a: np.inner(a, np.arange(5.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
def test_what_happens_along_axes(name):
    function = REDUCTIONS[name]
    simulated = function
    if name == "sum of several":
        simulated = lambda a: a.sum(axis=(-1, -2))[:, None, None]  # noqa: E731 - one line

    agrees(function, [TABLE], [ERRORS], simulated=simulated)


@pytest.mark.parametrize(
    "name", ["sum", "mean", "std", "var", "min", "max", "median", "prod", "cumsum", "cumprod"]
)
def test_numbers_only(name):
    function = getattr(np, f"nan{name}")

    agrees(lambda a: function(a, axis=-1), [HOLES], [ERRORS])


def test_quantiles_of_numbers_only():
    agrees(lambda a: np.nanpercentile(a, 37, axis=-1), [HOLES], [ERRORS])


@pytest.mark.parametrize("order", [2, 3, 4])
def test_moments(order):
    def simulated(a):
        return ((a - a.mean(axis=-1, keepdims=True)) ** order).mean(axis=-1)

    agrees(lambda a: a.moment(order, axis=-1), [TABLE], [ERRORS], simulated=simulated)


@pytest.mark.parametrize("name", ["sum", "mean", "std", "var", "prod"])
def test_complex_values_along_axes(name):
    values = TABLE[:, :4] * (1 + 0.3j) + 1j * TABLE[:, 1:]

    agrees(lambda a: getattr(a, name)(axis=-1), [values], [ERRORS[:, :4]])


def test_products_of_two_datasets():
    left, right = TABLE, TABLE[::-1, :2].T @ np.ones((3, 5)) / 3
    matrix = np.ascontiguousarray(right.T)

    def simulated(a, b):
        return np.einsum("tij,tjk->tik", a, b)

    agrees(operator.matmul, [left, matrix], [ERRORS, ERRORS.T[:, :2]], simulated=simulated)
    agrees(np.dot, [left, matrix], [ERRORS, ERRORS.T[:, :2]], simulated=simulated)
    agrees(
        lambda a, b: np.tensordot(a, b, axes=([1], [0])), [left, matrix],
        [ERRORS, ERRORS.T[:, :2]], simulated=simulated,
    )  # fmt: skip


def test_products_keep_zeros_exact():
    values = np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 3.0]])
    dataset = sidpy.Dataset.from_array(values, variance=np.ones((2, 3)))

    assert dataset.prod(axis=1).variance.compute().tolist() == [36.0, 0.0]
    assert dataset.cumprod(axis=1).variance.compute().tolist() == [[1, 4, 36], [1, 0, 0]]


def test_every_rule_is_tested():
    tested = {name.split()[0] for name in REDUCTIONS} | {"moment"}
    tested |= {f"nan{name}" for name in ("sum", "mean", "std", "var", "min", "max", "median")}
    tested |= {"nanprod", "nanquantile"}

    assert set(RULES) - tested == set()


# ---------------------------------------------------------------- without a rule


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d // 2, lambda d: d > 1, lambda d: np.floor_divide(d, 3), np.isnan, np.sign,
        lambda d: d.fft("spectral"), lambda d: d.argmax(axis=0), lambda d: d.all(axis=0),
        lambda d: np.percentile(d, 30, axis=0, method="nearest"), lambda d: np.heaviside(d, 1),
        lambda d: np.linalg.norm(d, ord=1, axis=0), lambda d: np.nextafter(d, 3.0),
        lambda d: np.pad(d, 1, mode="mean"), lambda d: d.astype(bool),
        lambda d: d.map_blocks(lambda b: b),
    ],
)  # fmt: skip
def test_what_has_no_rule_has_no_variance(call):
    dataset = sidpy.Dataset.from_array(TABLE, variance=ERRORS)
    dataset.set_dimension(1, sidpy.Dimension(5, "t", dimension_type="spectral"))

    assert call(dataset).variance is None


def test_joining_keeps_the_variance_of_each():
    one = sidpy.Dataset.from_array([1.0, 2.0], variance=[3.0, 4.0])
    unknown = sidpy.Dataset.from_array([5.0])

    both = np.concatenate([one, unknown]).variance.compute()
    np.testing.assert_array_equal(both, [3, 4, np.nan])
    assert np.stack([one, one]).variance.compute().tolist() == [[3, 4], [3, 4]]
    assert np.where([True, False], one, 7.0).variance.compute().tolist() == [3, 0]
    assert np.pad(one, 1).variance.compute().tolist() == [0, 3, 4, 0]
