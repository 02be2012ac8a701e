"""Every operation that a history records can be called again and gives the same, bit by bit."""

import importlib.util
import operator
import pathlib

import dask
import dask.array as da
import numpy as np
import pytest

import sidpy
from sidpy.errors import NotReplayable
from sidpy.hdf.records import decode_record, encode_record
from sidpy.sid.arguments import Reference
from sidpy.sid.calls import again, obstacle
from sidpy.sid.provenance import Provenance, Step
from sidpy.sid.trees import same_tree

pytestmark = [
    pytest.mark.filterwarnings("ignore:axes .* are in no group:UserWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning"),
]


def _table(name):
    """Return a test module of this folder, for its tables."""
    path = pathlib.Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"tables_of_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OPERATIONS = _table("test_operation_table").ROWS
FUNCTIONS = _table("test_numpy_functions")
UFUNCS = _table("test_ufuncs")


@pytest.fixture(autouse=True)
def _one_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


# ---------------------------------------------------------------- from rows back to numbers


def stored(history):
    """Return a history as a file gives it back."""
    encoded = encode_record(history.rows())
    assert encoded.lossy == []
    return Provenance.from_rows(decode_record(encoded.text, encoded.arrays.__getitem__))


def replayed(dataset, arrays):
    """Return what the history of a dataset makes of the raw arrays, by their names."""
    steps = stored(dataset.provenance_record).steps()
    results = {}
    for step in steps:
        if obstacle(step) == "here data came in from outside":
            results[id(step)] = arrays[step.output]
        else:
            results[id(step)] = again(step, [results[id(parent)] for parent in step.parents])
    return results[id(steps[-1])]


def assert_same(one, other):
    """Assert that two datasets are equal bit by bit and label by label."""
    mine, theirs = one.labels_record, other.labels_record
    for name in ("title", "quantity", "units", "data_type", "modality", "source", "metadata",
                 "original_metadata", "structures", "point_cloud", "extras"):  # fmt: skip
        assert same_tree(getattr(mine, name), getattr(theirs, name)), name
    assert [repr(dim) for dim in mine.dimensions] == [repr(dim) for dim in theirs.dimensions]
    for dim, twin in zip(mine.dimensions, theirs.dimensions, strict=True):
        assert dim.values.tobytes() == twin.values.tobytes()
        assert dim.dimension_type is twin.dimension_type
    assert one.dtype == other.dtype
    assert one.compute().tobytes() == other.compute().tobytes()
    assert (mine.variance is None) == (theirs.variance is None)
    if mine.variance is not None:
        assert mine.variance.compute().tobytes() == theirs.variance.compute().tobytes()
    steps = [(s.function, s.part) for s in one.history]
    assert steps == [(s.function, s.part) for s in other.history]


def check(dataset, *raw):
    assert_same(replayed(dataset, {one.name: one for one in raw}), dataset)


# ---------------------------------------------------------------- every table of operations


#: Operations whose steps cannot be called again, and what they say about it.
NOT_REPLAYED = {"map_blocks of anything": "the function .*<lambda> .* cannot be found again"}

RAW = {"title": "T", "quantity": "Current", "units": "nA", "datatype": "spectral_image",
       "modality": "STM", "source": "Omicron"}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_row_of_the_table_of_operations(scan, name):
    raw = sidpy.Dataset.from_array(da.from_array(np.arange(60.0).reshape(3, 4, 5)), **RAW)
    raw_ones = da.ones(5)
    named = {scan.name: raw, raw_ones.name: raw_ones}
    scan.variance = np.ones(scan.shape)
    result = OPERATIONS[name][0](scan) if name != "dask+d" else raw_ones + scan

    if name in NOT_REPLAYED:
        with pytest.raises(NotReplayable, match=NOT_REPLAYED[name]):
            replayed(result, named)
    else:
        assert_same(replayed(result, named), result)


def test_what_is_not_replayed_is_in_the_table():
    assert set(OPERATIONS) >= set(NOT_REPLAYED)


@pytest.mark.parametrize("name", [n for n in FUNCTIONS.LAWS if FUNCTIONS.lookup(n)])
def test_every_function_of_numpy(name):
    row = FUNCTIONS.LAWS[name]
    dataset, values = FUNCTIONS.cube(row.kinds[0])
    raw = sidpy.Dataset.from_array(values, title="T", units="nA", chunks=(2, 4, 3))
    check(row.call(FUNCTIONS.lookup(name), dataset), raw)


@pytest.mark.parametrize("kind", ["f8", "i4", "c16"])
@pytest.mark.parametrize("name", [name for name in UFUNCS.UFUNCS if name not in UFUNCS.CORES])
def test_every_ufunc_on_either_side(name, kind):
    function = getattr(np, name)
    dataset, values = UFUNCS.data(kind)
    raw = sidpy.Dataset.from_array(values, title="T", units="nA", chunks=(2, 3))
    other = np.arange(1, 6)
    for arguments in [(dataset,)] if function.nin == 1 else [(dataset, other), (other, dataset)]:
        try:
            result = function(*arguments)
        except TypeError:
            continue
        for part in result if isinstance(result, tuple) else (result,):
            check(part, raw)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    "symbol",
    ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift",
     "rshift", "lt", "le", "gt", "ge", "ne", "matmul"],
)  # fmt: skip
def test_every_operator_on_either_side(symbol, turned):
    raw = sidpy.Dataset.from_array(np.arange(9).reshape(3, 3) + 1, title="T")
    function = getattr(operator, symbol)
    other = np.arange(9).reshape(3, 3) % 4
    check(function(other, raw) if turned else function(raw, other), raw)
    check(function(raw, raw), raw)
    if symbol != "matmul":
        check(function(2, raw) if turned else function(raw, 2), raw)


#: What the tables have not: methods with arguments of every kind.
CALLS = {
    "text of units": lambda d: d.to("pA", x="pm"),
    "mask": lambda d: d[:, :, np.array([True, False, True, True, False])],
    "two lists": lambda d: d[..., [0, 2], None],
    "mask of a dataset": lambda d: d[0, 0, :][d[0, 0, :] > 1],
    "sel": lambda d: d.sel(x=slice(0.2, 1.0), bias="0.5 V"),
    "sel of an array": lambda d: d.sel(bias=np.array([-1.0, 0.5])),
    "isel": lambda d: d.isel({"x": 1}, bias=slice(None, None, -1)),
    "interp": lambda d: d.interp(bias=np.linspace(-1, 1, 9), method="cubic"),
    "interp like": lambda d: d.interp_like(d[:2]),
    "axes": lambda d: d.std(axis=(np.int64(0), -1), dtype=np.float32, ddof=1),
    "kind of axes": lambda d: d.fft(sidpy.DimensionType.SPECTRAL),
    "moment": lambda d: d.moment(3, axis=0),
    "structured": lambda d: d[..., 0].astype([("a", "f4"), ("b", "i2")])["b"],
    "rechunk": lambda d: d.rechunk({0: 1, 2: (2, 3)}),
    "shuffle": lambda d: d.shuffle([[2, 0], [1]], axis=0),
    "topk": lambda d: d.topk(2, axis=2),
    "argtopk": lambda d: d.argtopk(-2, axis=1),
    "blocks": lambda d: d.rechunk(2).blocks[1, ..., 0],
    "vindex": lambda d: d.vindex[[0, 1], [1, 2]],
    "map_blocks": lambda d: d.map_blocks(np.nan_to_num, nan=2.0),
    "map_overlap": lambda d: d.map_overlap(np.abs, depth=1, boundary="reflect"),
    "ifft": lambda d: d.fft("spectral").ifft("spectral"),
    "fold and unfold": lambda d: (d.fold([[2], [0, 1]]) * 2).unfold(),
    "concat": lambda d: sidpy.concat([d[:1], d[1:]], "x", title="both"),
    "concat of a generator": lambda d: sidpy.concat((part for part in (d[:1], d[1:])), "x"),
    "stack by name": lambda d: sidpy.stack({"one": d, "two": d + 1}, "bias step"),
    "aligned": lambda d: sidpy.align(d[:2], d[1:], join="outer")[1],
    "sum to an array": lambda d: np.add.reduce(d, axis=(0, 1), keepdims=True),
    "accumulate": lambda d: np.multiply.accumulate(d, axis=2),
    "outer": lambda d: np.subtract.outer(np.arange(3), d[0, 0]),
    "keyword of a ufunc": lambda d: np.add(d, 1, dtype=np.complex64),
    "product of datasets": lambda d: np.tensordot(d, d + 1, axes=([0, 1], [0, 1])),
    "two datasets": lambda d: (d - d.mean(axis=0)) * d[:1],
    "like data": lambda d: d.like_data(np.ones((3, 4)), title="ones", reset_units=True),
    "like data with a variance": lambda d: d.like_data(d * 2, variance=np.ones(d.shape)),
    "from a dataset": lambda d: sidpy.Dataset.from_array(d, title="again", units="V"),
    "function of scipy": lambda d: pytest.importorskip("scipy.special").erf(d / 60),
    "divmod": lambda d: divmod(7, d + 1)[1],
    "split": lambda d: np.split(d, [1, 2], axis=1)[1],
    "gradient": lambda d: np.gradient(d)[2],
    "complex number": lambda d: d * (1 + 2j),
    "real part": lambda d: (d * 1j).imag,
    "of numpy's type": lambda d: d + np.float32(0.1),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_arguments_of_every_kind(scan, name):
    raw = sidpy.Dataset.from_array(np.arange(60.0).reshape(3, 4, 5), **RAW)
    check(CALLS[name](scan), raw)


def test_text_from_a_file_calls_nothing_else(scan):
    step = scan.map_blocks(np.abs).history[-1]
    for call in ("os.system", "Dataset.compute", "Dataset.__class__", "numpy.load", "sidpy.read"):
        forged = Step("f", call=call, parameters={}, inputs=step.inputs, places=step.places)
        with pytest.raises(NotReplayable, match="there is no public function of its name"):
            again(forged, [scan])
    for name in ("os:system", "numpy:load", "subprocess:run", "builtins:eval"):
        parameters = {"func": Reference(name)}
        forged = Step("f", call="Dataset.map_blocks", parameters=parameters,
                      inputs=step.inputs, places=step.places)  # fmt: skip
        with pytest.raises(NotReplayable, match="cannot be repeated"):
            again(forged, [scan])


# ---------------------------------------------------------------- labels between operations


def test_labels_said_between_operations_are_there_again(scan):
    raw = sidpy.Dataset.from_array(np.arange(60.0).reshape(3, 4, 5), **RAW)
    scan.metadata["tip"]["radius"] = 5
    scan.extra = [1, (2, "three")]
    first = scan[0]
    first.units, first.quantity, first.title = "V", "Voltage", "mine"
    first.modality, first.source, first.data_type = "AFM", "home", "IMAGE"
    first.set_dimension(0, sidpy.Dimension([0, 1, 3, 7], "t", "Time", "s", "temporal"))
    del first.metadata["tip"]
    first.variance = np.full(first.shape, 2.0)
    second = first * 2
    second[1, 2:4] = [7, np.nan]
    second[second > 50] = 0
    second.original_metadata = {"new": {"deep": [None, 1 + 2j]}}
    second.variance = None

    check(second, raw)
    assert [step.function for step in second.history] == [
        "from_array", "relabel", "getitem", "relabel", "multiply", "setitem", "gt",
        "setitem", "relabel",
    ]  # fmt: skip


def test_a_relabelling_is_one_step_and_written_only_when_something_changed(scan):
    before = len(scan.history)
    scan.metadata, scan.structures, scan.x, scan.provenance  # noqa: B018 - looking changes nothing
    assert len((scan + 1).history) == before + 1

    for number in range(1000):
        scan.title = f"title {number}"
    assert len((scan + 1).history) == before + 1
    assert scan.history[1].parameters["title"] == "title 999"
    assert (scan + 1).history[1] is (scan * 2).history[1]


def test_a_crystal_is_a_label_like_others(scan):
    ase = pytest.importorskip("ase.build")
    scan.add_structure(ase.bulk("Cu"), "copper")
    step = (scan + 1).history[1]

    assert step.parameters["structures"]["copper"] == scan.structures["copper"]
    assert again(step, [sidpy.Dataset.from_array(scan.compute())]).structures["copper"]


# ---------------------------------------------------------------- what a step holds


def test_what_changes_after_the_call_does_not_change_history(scan):
    weights, index = np.arange(5.0), [0, 2]
    result = (scan * weights)[:, index]
    weights[:] = 0
    index.append(3)

    assert list(result.history[-2].parameters["operands"][0]) == [0, 1, 2, 3, 4]
    assert result.history[-1].parameters["index"] == (slice(None), [0, 2])
    with pytest.raises(ValueError, match="read-only"):
        result.history[-2].parameters["operands"][0][0] = 1


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (lambda d: d.history[0], "data came in from outside"),
        (lambda d: Step("mean", inputs=("x",)), "its arguments were not kept"),
        (lambda d: Step("mean", call="Dataset.mean", places=(("self",),)), "0 inputs, found 1"),
        (lambda d: np.frompyfunc(abs, 1, 1)(d).history[-1], "no public function of its name"),
    ],
)
def test_an_error_names_the_step_and_why(scan, step, reason):
    step = step(scan)
    with pytest.raises(NotReplayable, match=f"the step {step.function.split()[0]}.*{reason}"):
        again(step, [scan])
