"""Every function of NumPy that asks its arguments, held against plain arrays and the laws.

The table names each function once: the law it follows, with the axes of the result, or
`PLAIN` with the reason why a plain answer comes back.  A NumPy that has a function named
nowhere fails; a function that an older NumPy has not is left out.
"""

import warnings
from dataclasses import dataclass, field

import dask
import dask.array as da
import numpy as np
import pytest

import sidpy

try:
    from numpy._core.overrides import ARRAY_FUNCTIONS
except ImportError:  # NumPy 1
    from numpy.core.overrides import ARRAY_FUNCTIONS


@pytest.fixture(autouse=True)
def _one_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


# ---------------------------------------------------------------- data


def cube(kind="f8"):
    """A dataset of axes x, y, z, not square, odd, in several blocks, with its values."""
    rng = np.random.default_rng(0)
    values = rng.permutation(np.arange(3 * 4 * 5)).reshape(3, 4, 5) / 7 - 3
    if kind == "c16":
        values = values + 1j * values[::-1]
    if kind == "nan":
        values[0, 1, 2] = values[2, 3, 4] = values[1, :, 0] = np.nan
        kind = "f8"
    if kind == "i4":
        values = values * 7
    values = values.astype(kind)
    dataset = sidpy.Dataset.from_array(values, title="T", units="nA", chunks=(2, 4, 3))
    dataset.quantity, dataset.data_type = "Current", "image_stack"
    for axis, name in enumerate("xyz"):
        axis_values = np.arange(values.shape[axis]) * 0.5 + axis
        dataset.set_dimension(axis, sidpy.Dimension(axis_values, name, "Length", "nm"))
    dataset.metadata = {"nested": {"value": 1}}
    dataset.variance = np.arange(60.0).reshape(3, 4, 5) + 1
    return dataset, values


REAL, ALL = ("f8", ">f4", "i4", "nan"), ("f8", ">f4", "i4", "c16", "nan")
FINITE = ("f8", ">f4", "i4", "c16")


@dataclass
class Row:
    """What a function is given and what its result is known to be."""

    call: object
    axes: str = "x y z"
    units: str = "nA"
    kinds: tuple = ALL
    exact: bool = False
    """Whether values must be equal bit by bit, not only to rounding."""
    variance: bool | None = None
    """Whether the result has one; None where the type of the data decides."""
    loose: dict = field(default_factory=dict)


def row(call, axes="x y z", units="nA", **options):
    return Row(call, axes, units, **options)


MOVED = {"exact": True, "variance": True}
TRUTH = {"units": "generic", "exact": True, "variance": False}
COUNT = {"units": "generic", "exact": True, "variance": False}

LAWS = {
    # reduce
    "sum": row(lambda f, d: f(d, axis=1), "x z", variance=True),
    "mean": row(lambda f, d: f(d, axis=(0, -1)), "y", variance=True),
    "std": row(lambda f, d: f(d, axis=2, ddof=1), "x y", variance=True),
    "var": row(lambda f, d: f(d, axis=2, ddof=1), "x y", "nA**2", variance=True),
    "min": row(lambda f, d: f(d, axis=0), "y z", exact=True, variance=True),
    "max": row(lambda f, d: f(d, -1), "x y", exact=True, variance=True),
    "amin": row(lambda f, d: f(d, axis=1, keepdims=True), "x y z", exact=True, variance=True),
    "amax": row(lambda f, d: f(d, axis=1), "x z", exact=True, variance=True),
    "prod": row(lambda f, d: f(d, axis=1), "x z", "generic", variance=True),
    "all": row(lambda f, d: f(d, axis=1), "x z", **TRUTH),
    "any": row(lambda f, d: f(d, axis=(0, 1)), "z", **TRUTH),
    "argmin": row(lambda f, d: f(d, axis=2), "x y", **COUNT, kinds=("f8", ">f4", "i4", "nan")),
    "argmax": row(lambda f, d: f(d, axis=0), "y z", **COUNT, kinds=("f8", ">f4", "i4", "nan")),
    "ptp": row(lambda f, d: f(d, axis=0), "y z", kinds=("f8", ">f4", "i4"), variance=True),
    "median": row(lambda f, d: f(d, axis=1), "x z", variance=True),
    "average": row(lambda f, d: f(d, axis=1, weights=np.arange(1.0, 5)), "x z", variance=True),
    "count_nonzero": row(lambda f, d: f(d, axis=1), "x z", **COUNT),
    "trace": row(lambda f, d: f(d, 1, 0, 2), "y", variance=True),
    "percentile": row(lambda f, d: f(d, 30, axis=1), "x z", kinds=REAL, variance=True),
    "quantile": row(
        lambda f, d: f(d, [0.1, 0.5], axis=(0, 2)), "quantile y", kinds=REAL, variance=True
    ),
    "nanpercentile": row(lambda f, d: f(d, 30, axis=2), "x y", kinds=REAL, variance=True),
    "nanquantile": row(lambda f, d: f(d, [0.3], axis=2), "quantile x y", kinds=REAL),
    "nansum": row(lambda f, d: f(d, axis=1), "x z", variance=True),
    "nanmean": row(lambda f, d: f(d, axis=1), "x z", variance=True),
    "nanstd": row(lambda f, d: f(d, axis=2), "x y", variance=True),
    "nanvar": row(lambda f, d: f(d, axis=2), "x y", "nA**2", variance=True),
    "nanmin": row(lambda f, d: f(d, axis=2), "x y", exact=True, kinds=REAL, variance=True),
    "nanmax": row(lambda f, d: f(d, axis=2), "x y", exact=True, kinds=REAL, variance=True),
    "nanprod": row(lambda f, d: f(d, axis=2), "x y", "generic", variance=True),
    "nanmedian": row(lambda f, d: f(d, axis=2), "x y", kinds=REAL, variance=True),
    "nanargmin": row(lambda f, d: f(d, axis=2), "x y", **COUNT, kinds=REAL),
    "nanargmax": row(lambda f, d: f(d, axis=2), "x y", **COUNT, kinds=REAL),
    "trapezoid": row(lambda f, d: f(d, dx=0.5, axis=1), "x z", variance=True),
    "trapz": row(lambda f, d: f(d, dx=0.5, axis=1), "x z", variance=True),
    "linalg.norm": row(lambda f, d: f(d, axis=1), "x z", variance=True),
    "linalg.vector_norm": row(lambda f, d: f(d, axis=1), "x z", variance=True),
    "linalg.matrix_norm": row(lambda f, d: f(d), "x", variance=True),
    "linalg.trace": row(lambda f, d: f(d), "x", variance=True),
    # keep
    "around": row(lambda f, d: f(d, 1), exact=True, variance=True),
    "round": row(lambda f, d: f(d, 1), exact=True, variance=True),
    "round_": row(lambda f, d: f(d, 1), exact=True, variance=True),
    "fix": row(lambda f, d: f(d), exact=True, kinds=REAL, variance=True),
    "clip": row(lambda f, d: f(d, -1, 2), exact=True, kinds=REAL, variance=True),
    "real": row(lambda f, d: f(d), exact=True, variance=True),
    "imag": row(lambda f, d: f(d), exact=True, variance=True),
    "angle": row(lambda f, d: f(d), units="radians", variance=True),
    "astype": row(lambda f, d: f(d, np.complex64), exact=True, variance=True),
    "copy": row(lambda f, d: f(d), exact=True, variance=True),
    "nan_to_num": row(lambda f, d: f(d), exact=True, variance=True),
    "real_if_close": row(lambda f, d: f(d), exact=True, variance=True),
    "i0": row(lambda f, d: f(d), units="generic", kinds=("f8", "i4"), variance=False),
    "sinc": row(lambda f, d: f(d), units="generic", variance=False),
    "iscomplex": row(lambda f, d: f(d), **TRUTH),
    "isreal": row(lambda f, d: f(d), **TRUTH),
    "isneginf": row(lambda f, d: f(d), **TRUTH, kinds=REAL),
    "isposinf": row(lambda f, d: f(d), **TRUTH, kinds=REAL),
    "isin": row(lambda f, d: f(d, [0.0, 1.0, -3.0]), **TRUTH),
    "isclose": row(lambda f, d: f(d, d, equal_nan=True), **TRUTH),
    "digitize": row(lambda f, d: f(d, np.array([-1.0, 2])), **COUNT, kinds=REAL),
    "where": row(lambda f, d: f(d > 1, d, 0), exact=True, kinds=REAL, variance=True),
    "select": row(
        lambda f, d: f([d > 1, d < -1], [d, -d], 9), exact=True, kinds=REAL, variance=True
    ),
    "choose": row(lambda f, d: f(d * 0, [4, 5]), units="generic", kinds=("i4",)),
    "cumsum": row(lambda f, d: f(d, axis=1), variance=True),
    "cumprod": row(lambda f, d: f(d, axis=1), units="generic", variance=True),
    "nancumsum": row(lambda f, d: f(d, axis=1), variance=True),
    "nancumprod": row(lambda f, d: f(d, axis=1), units="generic", variance=True),
    "cumulative_sum": row(lambda f, d: f(d, axis=1), variance=True),
    "cumulative_prod": row(lambda f, d: f(d, axis=1), units="generic", variance=True),
    "gradient": row(lambda f, d: f(d, 0.5, axis=1), variance=True),
    "zeros_like": row(lambda f, d: f(d), exact=True, variance=False),
    "ones_like": row(lambda f, d: f(d), exact=True, variance=False),
    "full_like": row(lambda f, d: f(d, 7), exact=True, variance=False),
    "tril": row(lambda f, d: f(d, 1), **MOVED),
    "triu": row(lambda f, d: f(d), **MOVED),
    # permute
    "transpose": row(lambda f, d: f(d, (2, 0, 1)), "z x y", **MOVED),
    "permute_dims": row(lambda f, d: f(d, (2, 0, -2)), "z x y", **MOVED),
    "matrix_transpose": row(lambda f, d: f(d), "x z y", **MOVED),
    "linalg.matrix_transpose": row(lambda f, d: f(d), "x z y", **MOVED),
    "swapaxes": row(lambda f, d: f(d, 0, -1), "z y x", **MOVED),
    "moveaxis": row(lambda f, d: f(d, (0, 1), (-1, 0)), "y z x", **MOVED),
    "rollaxis": row(lambda f, d: f(d, 2, 1), "x z y", **MOVED),
    "rot90": row(lambda f, d: f(d, -1, (0, 2)), "z y x", **MOVED),
    # select
    "squeeze": row(lambda f, d: f(d[:, 1:2]), "x z", **MOVED),
    "expand_dims": row(lambda f, d: f(d, (0, -1)), "none x y z none", **MOVED),
    "atleast_1d": row(lambda f, d: f(d[0, 0, 0]), "none", **MOVED),
    "atleast_2d": row(lambda f, d: f(d[0, 0]), "none z", **MOVED),
    "atleast_3d": row(lambda f, d: f(d[0]), "y z none", **MOVED),
    "flip": row(lambda f, d: f(d, (0, -1)), **MOVED),
    "fliplr": row(lambda f, d: f(d), **MOVED),
    "flipud": row(lambda f, d: f(d), **MOVED),
    "take": row(lambda f, d: f(d, [2, 0], axis=1), **MOVED),
    "compress": row(lambda f, d: f([True, False, True], d, axis=0), **MOVED),
    "delete": row(lambda f, d: f(d, [1, 3], axis=2), **MOVED),
    "repeat": row(lambda f, d: f(d, 2, axis=2), **MOVED),
    "tile": row(lambda f, d: f(d, (2, 1, 3)), **MOVED),
    "pad": row(lambda f, d: f(d, ((1, 2), (0, 0), (0, 1)), mode="edge"), **MOVED),
    "array_split": row(lambda f, d: f(d, 3, axis=2)[1], **MOVED),
    "split": row(lambda f, d: f(d, [1, 3], axis=-1)[2], **MOVED),
    "vsplit": row(lambda f, d: f(d, 3)[2], **MOVED),
    "hsplit": row(lambda f, d: f(d, 2)[1], **MOVED),
    "dsplit": row(lambda f, d: f(d, [2])[0], **MOVED),
    "unstack": row(lambda f, d: f(d, axis=1)[3], "x z", **MOVED),
    "fft.fftshift": row(lambda f, d: f(d, axes=(0, 2)), **MOVED),
    "fft.ifftshift": row(lambda f, d: f(d, axes=2), **MOVED),
    # the axes go somewhere else, what is still true of them is kept
    "roll": row(lambda f, d: f(d, (1, 2), (0, 2)), **MOVED),
    "reshape": row(lambda f, d: f(d, (12, 5)), "a z", **MOVED),
    "ravel": row(lambda f, d: f(d), "a", **MOVED),
    "broadcast_to": row(lambda f, d: f(d[:, :1], (2, 3, 4, 5)), "a x c z", **MOVED),
    "broadcast_arrays": row(lambda f, d: f(d, d[0])[1], "a y z", **MOVED),
    "diagonal": row(lambda f, d: f(d, 0, 0, 2), "y diagonal", **MOVED),
    "linalg.diagonal": row(lambda f, d: f(d), "x diagonal", **MOVED),
    "sort": row(lambda f, d: f(d, axis=1), **MOVED),
    "argsort": row(lambda f, d: f(d, axis=1, kind="stable"), **COUNT),
    "diff": row(lambda f, d: f(d, 2, axis=2), variance=True),
    # combine
    "concatenate": row(lambda f, d: f([d, d], axis=2), **MOVED),
    "concat": row(lambda f, d: f([d, d], axis=2), **MOVED),
    "stack": row(lambda f, d: f([d, d], axis=-1), "x y z stack", **MOVED),
    "vstack": row(lambda f, d: f([d[0, 0], d[1, 0]]), "none z", **MOVED),
    "row_stack": row(lambda f, d: f([d, d]), **MOVED),
    "hstack": row(lambda f, d: f([d, d]), **MOVED),
    "dstack": row(lambda f, d: f([d[0], d[1]]), "y z none", **MOVED),
    "column_stack": row(lambda f, d: f([d[0, 0], d[1, 0]]), "z none", **MOVED),
    "append": row(lambda f, d: f(d, d, axis=0), **MOVED),
    "dot": row(lambda f, d: f(d, np.ones((5, 2))), "x y none", kinds=FINITE, variance=True),
    "inner": row(lambda f, d: f(d, d[0]), "x y y_1", "nA**2", kinds=FINITE, variance=True),
    "outer": row(lambda f, d: f(d[0, 0], d[0, :, 0]), "z y", "nA**2", kinds=FINITE),
    "linalg.outer": row(lambda f, d: f(d[0, 0], d[0, :, 0]), "z y", "nA**2", kinds=FINITE),
    "tensordot": row(
        lambda f, d: f(d, d, axes=([0, 2], [0, 2])), "y y_1", "nA**2", kinds=FINITE
    ),
    "linalg.tensordot": row(
        lambda f, d: f(d, d[0], axes=([1, 2], [0, 1])), "x", "nA**2", kinds=FINITE
    ),
    "linalg.matmul": row(
        lambda f, d: f(d, d[0].T), "x y y_1", "nA**2", kinds=FINITE, variance=True
    ),
}  # fmt: skip

ANSWERS = {
    # one answer at once, a number or True and False
    "allclose": lambda f, d: f(d, d + 1e-12),
    "array_equal": lambda f, d: f(d, d),
    "array_equiv": lambda f, d: f(d, d + 1),
    "vdot": lambda f, d: f(d, d),
    "ndim": lambda f, d: f(d),
    "shape": lambda f, d: f(d),
    "size": lambda f, d: f(d),
    "iscomplexobj": lambda f, d: f(d),
    "isrealobj": lambda f, d: f(d),
    "result_type": lambda f, d: f(d, np.float32),
    "min_scalar_type": lambda f, d: f(d),
    "can_cast": lambda f, d: f(d.dtype, np.complex128),
    "common_type": lambda f, d: f(d),
}


def because(reason, names):
    return dict.fromkeys(names.split(), reason)


PLAIN = {
    # the positions that the axes name are not those of the result
    **because("positions of values", "nonzero argwhere flatnonzero"),
    **because("positions of values in no order that an axis could name", "argpartition"),
    **because("values in no order that an axis could name", "partition"),
    **because("positions in another array", "searchsorted"),
    **because(
        "as many values as there are",
        "extract unique unique_all unique_counts unique_inverse unique_values union1d "
        "intersect1d setdiff1d setxor1d trim_zeros",
    ),
    **because("bins of values", "histogram histogram2d histogramdd histogram_bin_edges bincount"),
    # nobody says what the axes of the result are
    **because("an unknown function", "apply_along_axis apply_over_axes"),
    **because("unknown functions", "piecewise"),
    **because("axes by letters", "einsum"),
    **because("a plan", "einsum_path"),
    **because("nested lists of arrays", "block"),
    **because("blocks of products", "kron"),
    **because("coordinates on a grid", "meshgrid"),
    **because("an index", "ix_"),
    **because("values without coordinates", "insert"),
    **because("values that come again", "resize"),
    **because("statistics of pairs", "cov corrcoef"),
    **because("sums over shifts", "convolve correlate"),
    **because("components of vectors", "cross linalg.cross"),
    **because("differences of values laid flat", "ediff1d"),
    **because("a matrix or its diagonal", "diag"),
    **because("a matrix", "diagflat"),
    **because("a matrix of powers", "vander"),
    **because("phases without jumps, computed at once", "unwrap"),
    **because("values at the points that are asked for", "interp"),
    **because("windows", "lib.stride_tricks.sliding_window_view"),
    **because("values by positions", "take_along_axis"),
    **because("a mask", "tri"),
    **because("values in another order", "sort_complex"),
    **because("sums over axes of vectors", "linalg.vecdot"),
    **because("a chain of products", "linalg.multi_dot"),
    **because(
        "Fourier transforms without axes; see Dataset.fft",
        "fft.fft fft.fft2 fft.fftn fft.hfft fft.ifft fft.ifft2 fft.ifftn fft.ihfft "
        "fft.irfft fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftn",
    ),
    # eigenvectors and solutions have axes of their own
    **because(
        "axes of their own",
        "linalg.cholesky linalg.cond linalg.det linalg.eig linalg.eigh linalg.eigvals "
        "linalg.eigvalsh linalg.inv linalg.lstsq linalg.matrix_power linalg.matrix_rank "
        "linalg.pinv linalg.qr linalg.slogdet linalg.solve linalg.svd linalg.svdvals "
        "linalg.tensorinv linalg.tensorsolve",
    ),
    **because(
        "coefficients of polynomials",
        "poly polyadd polyder polydiv polyfit polyint polymul polysub polyval roots "
        "polynomial.polynomial.polyval2d polynomial.polynomial.polygrid2d",
    ),
    **because(
        "text, files, bits or dates",
        "array2string array_repr array_str save savetxt savez savez_compressed loadtxt "
        "genfromtxt fromfile fromstring frombuffer fromiter packbits unpackbits is_busday "
        "busday_count busday_offset datetime_as_string",
    ),
    **because(
        "a new NumPy array",
        "array asarray asanyarray ascontiguousarray asfortranarray require arange empty eye "
        "fromfunction full identity ones zeros linspace logspace geomspace empty_like",
    ),
    **because(
        "positions of a matrix",
        "diag_indices_from tril_indices_from triu_indices_from ravel_multi_index "
        "unravel_index lexsort",
    ),
    **because(
        "memory that a lazy array has not, or changes of it",
        "may_share_memory shares_memory copyto fill_diagonal place put put_along_axis putmask",
    ),
    # names that left NumPy with version 2, or are spelled otherwise there
    **because(
        "an old name",
        "alen asfarray in1d find_common_type mask_indices msort safe_eval alltrue sometrue "
        "product cumproduct get_array_wrap",
    ),
}

#: Rooms of NumPy for arrays of text or of another class.
OTHER_ROOMS = ("char.", "strings.", "core.", "ma.", "rec.", "lib.scimath.", "_core.")


def address(function):
    """Return where a function lives below ``np``: "mean", "linalg.norm"."""
    return f"{function.__module__}.{function.__name__}".removeprefix("numpy.")


def found(name):
    function = np
    for part in name.split("."):
        function = getattr(function, part, None)
    return function


def lookup(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return found(name)


def test_every_function_of_numpy_is_in_one_table():
    tables = (LAWS, ANSWERS, PLAIN)
    named = [name for table in tables for name in table]
    dispatched = {address(function) for function in ARRAY_FUNCTIONS}
    dispatched = {name for name in dispatched if not name.startswith(OTHER_ROOMS)}

    assert len(named) == len(set(named))
    assert dispatched - set(named) == set()


ROWS = [
    pytest.param(name, kind, id=f"{name}-{kind}")
    for name, line in LAWS.items()
    if lookup(name) is not None
    for kind in line.kinds
]


@pytest.mark.parametrize(("name", "kind"), ROWS)
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning", "ignore:.*:DeprecationWarning")
def test_values_are_numpys_and_labels_follow_the_law(name, kind):
    line, function = LAWS[name], lookup(name)
    dataset, values = cube(kind)
    expected = np.asarray(line.call(function, values))
    result = line.call(function, dataset)

    assert type(result) is sidpy.Dataset
    computed = result.compute()
    if line.exact:
        np.testing.assert_array_equal(computed, expected)
    else:
        tolerance = 1e-4 if kind == ">f4" else 1e-12
        np.testing.assert_allclose(computed, expected, rtol=tolerance, atol=tolerance)
    assert result.dtype.newbyteorder("=") == computed.dtype.newbyteorder("=")
    assert computed.dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")
    assert [dim.name for dim in result._axes.values()] == line.axes.split()
    assert tuple(len(dim) for dim in result._axes.values()) == expected.shape
    assert result.units == line.units
    if line.variance is not None:
        assert (result.variance is not None) == line.variance
    if result.variance is not None:
        assert result.variance.compute().shape == expected.shape
    assert result.metadata == {"nested": {"value": 1}}
    assert result.history[-1].output == result.name


@pytest.mark.parametrize(
    "name",
    [name for name, line in LAWS.items() if line.exact and "f8" in line.kinds and lookup(name)],
)
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
def test_axes_go_where_their_values_go(name):
    # the position of each value along each axis is that value itself, so that it can be asked
    dataset, _ = cube()
    for axis, dim_name in enumerate("xyz"):
        dimension = getattr(dataset, dim_name)
        shape = [-1 if i == axis else 1 for i in range(3)]
        where = dataset.like_data(
            np.broadcast_to(dimension.values.reshape(shape), dataset.shape), title="where"
        )
        result = LAWS[name].call(lookup(name), where)
        left = [dim for dim in result._axes.values() if dim.name == dim_name]
        if name in CHANGED or not left or left[0].units == "generic":
            continue
        place = list(result._axes.values()).index(left[0])
        found = np.moveaxis(result.compute(), place, -1)
        if name == "pad":
            found = np.moveaxis(result.compute(), place, -1)[..., 1:-1]
            left[0] = left[0][1:-1]
            found, left[0] = found[..., :2], left[0][:2]
        np.testing.assert_array_equal(found, np.broadcast_to(left[0].values, found.shape))


#: Functions whose values are others, or that leave the axis where it was on purpose.
CHANGED = {
    "amin", "around", "round", "round_", "fix", "clip", "astype", "imag", "isin", "iscomplex",
    "isreal", "isclose", "isneginf", "isposinf", "digitize", "where", "select", "zeros_like",
    "ones_like", "full_like", "tril", "triu", "roll", "argsort", "count_nonzero", "all", "any",
    "angle", "argmin", "argmax", "nanargmin", "nanargmax",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["f8", "c16", "i4", "nan"])
@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_numpys(name, kind):
    dataset, values = cube(kind)
    call = ANSWERS[name]
    try:
        expected = call(lookup(name), values)
    except TypeError:
        pytest.skip("NumPy has no answer for this type")

    result = call(lookup(name), dataset)
    result = result.compute() if isinstance(result, da.Array) else result
    if isinstance(expected, np.inexact):
        np.testing.assert_allclose(result, expected, rtol=1e-12)
    else:
        assert result == expected


FORGETTING = {
    "einsum": lambda f, d: f("ijk->k", d),
    "nonzero": lambda f, d: f(d)[0],
    "unique": lambda f, d: f(d),
    "histogram": lambda f, d: f(d, bins=3, range=(-3, 6))[0],
    "cov": lambda f, d: f(d[0]),
    "insert": lambda f, d: f(d, 1, 0.5, axis=0),
    "fft.fft": lambda f, d: f(d.rechunk(-1)),
    "apply_along_axis": lambda f, d: f(np.sum, 0, d),
    "argwhere": lambda f, d: f(d),
    "linalg.svd": lambda f, d: f(d[0].rechunk({0: -1}))[1],
    "searchsorted": lambda f, d: f(d.ravel(), d[0, 0]),
    "ediff1d": lambda f, d: f(d),
    "diag": lambda f, d: f(d[0, 0]),
    "bincount": lambda f, d: f((d[0, 0] * 0).astype(int)),
    "kron": lambda f, d: f(d[0], d[0]),
    "interp": lambda f, d: f(d[0, 0], [0.0, 1.0], [2.0, 3.0]),
    "array": lambda f, d: f(d),
    "union1d": lambda f, d: f(d, d),
    "cross": lambda f, d: f(d[0, 0, :3], d[0, 1, :3]),
    "block": lambda f, d: f([d, d]),
}


@pytest.mark.parametrize("name", FORGETTING)
@pytest.mark.filterwarnings("ignore:The `numpy.*` function is not implemented:FutureWarning")
def test_what_is_not_explained_comes_back_plain(name):
    dataset, values = cube()
    result = FORGETTING[name](lookup(name), dataset)

    assert name in PLAIN
    assert type(result) in {da.Array, np.ndarray}
    plain = FORGETTING[name](lookup(name), da.from_array(values, chunks=dataset.chunks))
    np.testing.assert_array_equal(*(np.asarray(da.compute(x)[0]) for x in (result, plain)))
