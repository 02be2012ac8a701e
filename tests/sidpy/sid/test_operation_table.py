"""The table of operations that old callers rely on, row by row.

Every row says what an operation on the spectral image `scan` gives: shape and type, title,
quantity and units, axes, and the variance of data whose variance is 1 everywhere.  Where a
row departs from the released package, docs/decisions/0004 and 0016 say why.
"""

import copy
import operator
import pickle

import dask
import dask.array as da
import numpy as np
import pytest

import sidpy

pytestmark = pytest.mark.filterwarnings("ignore:axes .* are in no group:UserWarning")


@pytest.fixture(autouse=True)
def _one_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture
def d(scan):
    scan.variance = np.ones(scan.shape)
    return scan


XYB = "x y bias"
mask = np.array([True, False, True, True, False])

#: operation: (call, shape, dtype, title, quantity, units, axes, variance or None, data type)
ROWS = {
    "d+1": (lambda d: d + 1, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "1-d": (lambda d: 1 - d, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "d*2": (lambda d: d * 2, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 4),
    "d/2": (lambda d: d / 2, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 0.25),
    "d//2": (lambda d: d // 2, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, None),
    "d**2": (lambda d: d**2, (3, 4, 5), "f8", "T_new", "Current", "nA**2", XYB, ...),
    "-d": (lambda d: -d, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "+d": (lambda d: +d, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "abs(d)": (abs, (3, 4, 5), "f8", "T_absolute_value", "Current", "nA", XYB, 1),
    "d>0.5": (lambda d: d > 0.5, (3, 4, 5), "?", "T_new", "Current", "generic", XYB, None),
    "d!=1": (lambda d: d != 1, (3, 4, 5), "?", "T_new", "Current", "generic", XYB, None),
    "d%2": (lambda d: d % 2, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "divmod": (lambda d: divmod(d, 2)[0], (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, None),
    "d@d.T": (lambda d: d[0] @ d[0].T, (4, 4), "f8", "T_new", "Current", "nA**2", "y y_1", ...),
    "d+ones": (lambda d: d + np.ones(5), (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "ones+d": (lambda d: np.ones(5) + d, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "dask+d": (lambda d: da.ones(5) + d, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "d[0]+d": (lambda d: d[0] + d, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 2),
    "d+d[0]": (lambda d: d + d[0], (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 2),
    "sin": (np.sin, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, ...),
    "modf": (lambda d: np.modf(d)[0], (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, None),
    "np.divmod": (lambda d: np.divmod(d, 2)[1], (3, 4, 5), "f8", "T_new", "Current", "nA", XYB,
                  None),
    "add.reduce": (np.add.reduce, (4, 5), "f8", "sum_aggregate_T", "Current", "nA", "y bias", 3),
    "outer": (lambda d: np.multiply.outer(d[0, 0], d[0, 0]), (5, 5), "f8", "T_new",
              "Current * Current", "nA**2", "bias bias_1", ...),
    "np.mean": (lambda d: np.mean(d, axis=0), (4, 5), "f8", "mean_aggregate_T", "Current", "nA",
                "y bias", 1 / 3),
    "np.sum": (lambda d: np.sum(d, axis=0), (4, 5), "f8", "sum_aggregate_T", "Current", "nA",
               "y bias", 3),
    "np.concatenate": (lambda d: np.concatenate([d, d]), (6, 4, 5), "f8", "T_new", "Current",
                       "nA", XYB, 1),
    "np.stack": (lambda d: np.stack([d, d]), (2, 3, 4, 5), "f8", "T_new", "Current", "nA",
                 "stack x y bias", 1),
    "np.where": (lambda d: np.where(d > 0.5, d, 0), (3, 4, 5), "f8", "T_new", "Current", "nA",
                 XYB, ...),
    "np.transpose": (np.transpose, (5, 4, 3), "f8", "Transposed_T", "Current", "nA",
                     "bias y x", 1),
    "np.squeeze": (lambda d: np.squeeze(d[0:1]), (4, 5), "f8", "Squeezed_T_new", "Current", "nA",
                   "y bias", 1),
    "np.moveaxis": (lambda d: np.moveaxis(d, 0, 2), (4, 5, 3), "f8", "Transposed_T", "Current",
                    "nA", "y bias x", 1),
    "np.clip": (lambda d: np.clip(d, 0, 100), (3, 4, 5), "f8", "clipped_T", "Current", "nA", XYB,
                1),
    "np.real": (np.real, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "np.angle": (np.angle, (3, 4, 5), "f8", "angle_T", "generic", "radians", XYB, 0),
    "map_blocks": (lambda d: d.map_blocks(np.sqrt), (3, 4, 5), "f8", "T_new", "Current",
                   "nA**0.5", XYB, ...),
    "map_blocks of anything": (lambda d: d.map_blocks(lambda b: b[::-1]), (3, 4, 5), "f8",
                               "T_new", "generic", "generic", XYB, None),
    "persist": (lambda d: d.persist(), (3, 4, 5), "f8", "persisted_T", "Current", "nA", XYB, 1),
    "rechunk": (lambda d: d.rechunk((1, 4, 5)), (3, 4, 5), "f8", "Rechunked_T", "Current", "nA",
                XYB, 1),
    "sum 2": (lambda d: d.sum(axis=2), (3, 4), "f8", "sum_aggregate_T", "Current", "nA", "x y",
              5),
    "sum 01": (lambda d: d.sum(axis=(0, 1)), (5,), "f8", "sum_aggregate_T", "Current", "nA",
               "bias", 12),
    "sum keepdims": (lambda d: d.sum(axis=2, keepdims=True), (3, 4, 1), "f8", "sum_aggregate_T",
                     "Current", "nA", XYB, 5),
    "sum -1": (lambda d: d.sum(axis=-1), (3, 4), "f8", "sum_aggregate_T", "Current", "nA", "x y",
               5),
    "sum all keepdims": (lambda d: d.sum(keepdims=True), (1, 1, 1), "f8", "sum_aggregate_T",
                         "Current", "nA", XYB, 60),
    "mean 0": (lambda d: d.mean(axis=0), (4, 5), "f8", "mean_aggregate_T", "Current", "nA",
               "y bias", 1 / 3),
    "mean 2": (lambda d: d.mean(axis=2), (3, 4), "f8", "mean_aggregate_T", "Current", "nA",
               "x y", 0.2),
    "mean 01": (lambda d: d.mean(axis=(0, 1)), (5,), "f8", "mean_aggregate_T", "Current", "nA",
                "bias", 1 / 12),
    "std": (lambda d: d.std(axis=2), (3, 4), "f8", "std_aggregate_T", "Current", "nA", "x y",
            0.2),
    "var": (lambda d: d.var(axis=2), (3, 4), "f8", "var_aggregate_T", "Current", "nA**2", "x y",
            1.6),
    "min": (lambda d: d.min(axis=2), (3, 4), "f8", "min_aggregate_T", "Current", "nA", "x y", 1),
    "max": (lambda d: d.max(axis=2), (3, 4), "f8", "max_aggregate_T", "Current", "nA", "x y", 1),
    "argmin": (lambda d: d.argmin(axis=2), (3, 4), "i8", "argmin_aggregate_T", "generic",
               "generic", "x y", None),
    "all": (lambda d: d.all(axis=2), (3, 4), "?", "all_aggregate_T", "Current", "generic", "x y",
            None),
    "prod": (lambda d: d.prod(axis=2), (3, 4), "f8", "prod_aggregate_T", "generic", "generic",
             "x y", ...),
    "moment": (lambda d: d.moment(2, axis=2), (3, 4), "f8", "moment_aggregate_T", "Current",
               "nA**2", "x y", 1.6),
    "trace": (lambda d: d.trace(), (5,), "f8", "Trace_T", "Current", "nA", "bias", 3),
    "cumsum": (lambda d: d.cumsum(axis=2), (3, 4, 5), "f8", "cumsum_T", "Current", "nA", XYB,
               ...),
    "cumprod": (lambda d: d.cumprod(axis=0), (3, 4, 5), "f8", "cumprod_T", "Current", "generic",
                XYB, ...),
    "clip": (lambda d: d.clip(0, 1), (3, 4, 5), "f8", "clipped_T", "Current", "nA", XYB, ...),
    "round": (lambda d: d.round(2), (3, 4, 5), "f8", "Rounded_T", "Current", "nA", XYB, 1),
    "astype": (lambda d: d.astype(int), (3, 4, 5), "i8", "T_new", "Current", "nA", XYB, 1),
    "conj": (lambda d: d.conj(), (3, 4, 5), "f8", "conj_T", "Current", "nA", XYB, 1),
    "angle": (lambda d: d.angle(), (3, 4, 5), "f8", "angle_T", "generic", "radians", XYB, 0),
    "angle deg": (lambda d: d.angle(deg=True), (3, 4, 5), "f8", "angle_T", "generic", "degrees",
                  XYB, 0),
    "real": (lambda d: d.real, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "imag": (lambda d: d.imag, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 0),
    "flatten": (lambda d: d.flatten(), (60,), "f8", "flattened_T", "Current", "nA", "a", 1),
    "reshape": (lambda d: d.reshape((12, 5)), (12, 5), "f8", "T_new", "Current", "nA", "a bias",
                1),
    "reshape 2": (lambda d: d.reshape(12, 5), (12, 5), "f8", "T_new", "Current", "nA", "a bias",
                  1),
    "repeat": (lambda d: d.repeat(2, axis=0), (6, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "choose": (lambda d: (d > 3).astype(int).choose([2, 3]), (3, 4, 5), "i8", "T_new", "Current",
               "generic", XYB, None),
    "dot": (lambda d: d[0].dot(d[0].T), (4, 4), "f8", "T_new", "Current", "nA**2", "y y_1", ...),
    "T": (lambda d: d.T, (5, 4, 3), "f8", "Transposed_T", "Current", "nA", "bias y x", 1),
    "transpose": (lambda d: d.transpose(2, 0, 1), (5, 3, 4), "f8", "Transposed_T", "Current",
                  "nA", "bias x y", 1),
    "transpose -1": (lambda d: d.transpose(-1, 0, 1), (5, 3, 4), "f8", "Transposed_T", "Current",
                     "nA", "bias x y", 1),
    "swapaxes": (lambda d: d.swapaxes(0, 2), (5, 4, 3), "f8", "Swapped_axes_T", "Current", "nA",
                 "bias y x", 1),
    "swapaxes -1": (lambda d: d.swapaxes(0, -1), (5, 4, 3), "f8", "Swapped_axes_T", "Current",
                    "nA", "bias y x", 1),
    "squeeze": (lambda d: d[0:1].squeeze(), (4, 5), "f8", "Squeezed_T_new", "Current", "nA",
                "y bias", 1),
    "squeeze 0": (lambda d: d[0:1].squeeze(axis=0), (4, 5), "f8", "Squeezed_T_new", "Current",
                  "nA", "y bias", 1),
    "[0]": (lambda d: d[0], (4, 5), "f8", "T_new", "Current", "nA", "y bias", 1),
    "[-1]": (lambda d: d[-1], (4, 5), "f8", "T_new", "Current", "nA", "y bias", 1),
    "[:,1]": (lambda d: d[:, 1], (3, 5), "f8", "T_new", "Current", "nA", "x bias", 1),
    "[...,1]": (lambda d: d[..., 1], (3, 4), "f8", "T_new", "Current", "nA", "x y", 1),
    "[0,...,1]": (lambda d: d[0, ..., 1], (4,), "f8", "T_new", "Current", "nA", "y", 1),
    "[1:,::2]": (lambda d: d[1:, ::2], (2, 2, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "[::-1]": (lambda d: d[:, :, ::-1], (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "list": (lambda d: d[:, [0, 2]], (3, 2, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "array": (lambda d: d[:, np.array([0, 2])], (3, 2, 5), "f8", "T_new", "Current", "nA", XYB,
              1),
    "mask": (lambda d: d[:, :, mask], (3, 4, 3), "f8", "T_new", "Current", "nA", XYB, 1),
    "list of bool": (lambda d: d[..., list(map(bool, mask))], (3, 4, 3), "f8", "T_new",
                     "Current", "nA", XYB, 1),
    "numpy int": (lambda d: d[np.int8(2)], (4, 5), "f8", "T_new", "Current", "nA", "y bias", 1),
    "[None]": (lambda d: d[None], (1, 3, 4, 5), "f8", "T_new", "Current", "nA",
               "none x y bias", 1),
    "[None,None]": (lambda d: d[None, None], (1, 1, 3, 4, 5), "f8", "T_new", "Current", "nA",
                    "none none x y bias", 1),
    "[0,0,0]": (lambda d: d[0, 0, 0], (), "f8", "T_new", "Current", "nA", "", 1),
    "[...,None]": (lambda d: d[..., None], (3, 4, 5, 1), "f8", "T_new", "Current", "nA",
                   "x y bias none", 1),
    "[...]": (lambda d: d[...], (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "copy": (lambda d: d.copy(), (3, 4, 5), "f8", "T", "Current", "nA", XYB, 1),
    "copy.copy": (copy.copy, (3, 4, 5), "f8", "T", "Current", "nA", XYB, 1),
    "deepcopy": (copy.deepcopy, (3, 4, 5), "f8", "T", "Current", "nA", XYB, 1),
    "pickle": (lambda d: pickle.loads(pickle.dumps(d)), (3, 4, 5), "f8", "T", "Current", "nA",
               XYB, 1),
    "like_data 7": (lambda d: d.like_data(np.zeros((7, 4, 5))), (7, 4, 5), "f8", "T_new",
                    "Current", "nA", XYB, None),
    "like_data 2-D": (lambda d: d.like_data(np.zeros((3, 4))), (3, 4), "f8", "T_new", "Current",
                      "nA", "x y", None),
    "like_data 4-D": (lambda d: d.like_data(np.zeros((3, 4, 5, 6))), (3, 4, 5, 6), "f8", "T_new",
                      "Current", "nA", "x y bias d", None),
    "fold spaspec": (lambda d: d.fold(method="spaspec"), (12, 5), "f8", "folded_T", "Current",
                     "nA", "a b", 1),
    "fold spa": (lambda d: d.fold(method="spa"), (12, 5), "f8", "folded_T", "Current", "nA",
                 "a b", 1),
    "fold spec": (lambda d: d.fold(method="spec"), (3, 4, 5), "f8", "folded_T", "Current", "nA",
                  "a b c", 1),
    "fold 0 12": (lambda d: d.fold([[0], [1, 2]]), (3, 20), "f8", "folded_T", "Current", "nA",
                  "a b", 1),
    "fold 2 01": (lambda d: d.fold([[2], [0, 1]]), (5, 12), "f8", "folded_T", "Current", "nA",
                  "a b", 1),
    "fold 0": (lambda d: d.fold([[0]]), (60,), "f8", "folded_T", "Current", "nA", "a", 1),
    "unfold": (lambda d: d.fold(method="spaspec").unfold(), (3, 4, 5), "f8", "T", "Current",
               "nA", XYB, 1),
    "fft": (lambda d: d.fft(), (3, 4, 5), "c16", "T_new", "Current", "a.u.", "x y u", None),
    "fft spatial": (lambda d: d.fft("spatial"), (3, 4, 5), "c16", "T_new", "Current", "a.u.",
                    "u v bias", None),
    "flatten_complex": (lambda d: d[0].flatten_complex(), (4, 10), "f8", "T_new", "Current",
                        "nA", "y bias", ...),
    "adjust_axis": (lambda d: d.adjust_axis(np.zeros((4, 5)), 0), (4, 5), "f8", "T", "Current",
                    "nA", "y bias", None),
    "abs ufunc": (np.abs, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "isnan": (np.isnan, (3, 4, 5), "?", "T_new", "Current", "generic", XYB, None),
    "flip": (np.flip, (3, 4, 5), "f8", "T_new", "Current", "nA", XYB, 1),
    "norm": (lambda d: np.linalg.norm(d, axis=0), (4, 5), "f8", "norm_aggregate_T", "Current",
             "nA", "y bias", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_each_row(d, name):
    call, shape, dtype, title, quantity, units, axes, variance = ROWS[name]
    before = d.copy()
    result = call(d)

    assert type(result) is sidpy.Dataset
    assert (result.shape, result.dtype) == (shape, np.dtype(dtype))
    assert result.compute().dtype == np.dtype(dtype)
    assert (result.title, result.quantity, result.units) == (title, quantity, units)
    assert [dim.name for dim in result._axes.values()] == axes.split()
    assert tuple(dim.size for dim in result._axes.values()) == shape
    if variance is None:
        assert result.variance is None
    elif variance is ...:
        assert result.variance.shape == shape
    else:
        np.testing.assert_allclose(result.variance.compute(), np.full(shape, variance))
    for tree in ("metadata", "original_metadata"):
        left = {key: x for key, x in getattr(result, tree).items() if key != "fold_attr"}
        assert left == getattr(before, tree)
    assert result.source == before.source
    assert result.history[0].function == "from_array"
    assert d == before
    assert d.labels_record.provenance.last is before.labels_record.provenance.last


NUMBERS = {
    "sum": (lambda d: d.sum(), 1770.0, np.float64),
    "np.mean": (np.mean, 29.5, np.float64),
    "min": (lambda d: d.min(), 0.0, np.float64),
    "max": (lambda d: d.max(), 59.0, np.float64),
    "argmax": (lambda d: d.argmax(), 59, np.int64),
    "any": (lambda d: d.any(), True, np.bool_),
    "trace": (lambda d: d[0].trace(), 36.0, np.float64),
    "vdot": (lambda d: np.vdot(d, d), 70210.0, np.float64),
    "median": (np.median, 29.5, np.float64),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_whole_reductions_are_numbers_at_once(d, name):
    call, value, kind = NUMBERS[name]
    result = call(d)

    assert type(result) is kind
    assert result == value


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda d: d[d > 0.5], NotImplementedError, "leaves no axes"),
        (lambda d: d[5], IndexError, "out of bounds"),
        (lambda d: d["x"], TypeError, "by position, not by name"),
        (lambda d: d.fold(), NotImplementedError, "fold needs dim_order"),
        (lambda d: d.unfold(), NotImplementedError, "was not folded"),
        (bool, ValueError, "truth value"),
        (float, TypeError, "(size|length)-1"),
        (hash, TypeError, "unhashable"),
        (lambda d: d.flatten_complex(), AssertionError, r"1 or 2 dimensions.*\(3, 4, 5\)"),
    ],
)
def test_errors_that_stay(d, call, error, match):
    with pytest.raises(error, match=match):
        call(d)


def test_plain_answers(d):
    assert (d == d) is True  # noqa: PLR0124 - the released package's answer is one bool
    assert (d == 1) is False
    assert type(d.compute()) is np.ndarray
    assert type(np.array(d)) is np.ndarray
    assert [type(part) for part in d] == [sidpy.Dataset] * 3
    assert len(d) == 3


def test_operators_compute_what_they_say():
    values = np.arange(6)
    dataset = sidpy.Dataset.from_array(values)
    for symbol in ("lt", "le", "gt", "ge", "ne", "mod", "floordiv", "and_", "or_", "xor",
                   "lshift", "rshift", "pow", "sub", "truediv"):  # fmt: skip
        function = getattr(operator, symbol)
        np.testing.assert_array_equal(function(dataset, 2).compute(), function(values, 2))
        if symbol not in {"mod", "floordiv", "truediv"}:
            np.testing.assert_array_equal(function(2, dataset).compute(), function(2, values))


def test_a_second_name_for_the_operation_is_the_key_of_the_history(d):
    keys = list(d.sum(axis=0).provenance)

    assert keys[0] == "sidpy"
    assert keys[1].startswith("sum")


def test_legacy_helpers(d):
    from sidpy.sid.dataset import is_simple_list, view_subclass

    def total(dataset, axis=None, keepdims=False):
        return dataset.compute().sum(axis=axis, keepdims=keepdims)

    reduced = sidpy.Dataset.reduce_dims(total)(d, axis=(0, 1))
    bare = view_subclass(da.zeros((2, 3)), sidpy.Dataset)

    assert [dim.name for dim in reduced._axes.values()] == ["bias"]
    assert reduced.title == "total_aggregate_T"
    assert type(bare) is sidpy.Dataset
    assert (bare.title, bare.shape) == ("", (2, 3))
    assert [is_simple_list(x) for x in ([1, 2.0], ["a"], [[1]], (1,), 3)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    with pytest.raises(sidpy.errors.LabelError, match=r"shape \(4, 5\) cannot label"):
        d.adjust_axis(np.zeros((4, 4)), 0)
