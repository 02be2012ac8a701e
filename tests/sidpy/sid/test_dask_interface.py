"""Every public member of dask's arrays and every function of dask.array that takes one.

dask's functions offer no hook: most give a plain array back.  Those that are made of an
array's own operators and methods give a dataset, whose labels must then be true.
"""

import dask
import dask.array as da
import numpy as np
import pytest

import sidpy


@pytest.fixture(autouse=True)
def _one_thread():
    with dask.config.set(scheduler="synchronous"):
        yield


def cube():
    values = np.random.default_rng(0).permutation(60).reshape(3, 4, 5) / 7 - 3
    dataset = sidpy.Dataset.from_array(values, title="T", units="nA", chunks=(2, 4, 3))
    for axis, name in enumerate("xyz"):
        steps = np.arange(values.shape[axis]) * 0.5 + axis
        dataset.set_dimension(axis, sidpy.Dimension(steps, name, "Length", "nm"))
    dataset.metadata = {"nested": 1}
    dataset.variance = np.arange(60.0).reshape(3, 4, 5)
    return dataset, da.from_array(values, chunks=(2, 4, 3))


# ---------------------------------------------------------------- members of an array

#: Methods with labels: how they are called, and the axes and units of the result.
METHODS = {
    "T": (lambda d: d.T, "z y x", "nA"),
    "all": (lambda d: d.all(axis=0), "y z", "generic"),
    "any": (lambda d: d.any(axis=0), "y z", "generic"),
    "argmax": (lambda d: d.argmax(axis=0), "y z", "generic"),
    "argmin": (lambda d: d.argmin(axis=-1), "x y", "generic"),
    "argtopk": (lambda d: d.argtopk(2, axis=1), "x y z", "generic"),
    "astype": (lambda d: d.astype("f4"), "x y z", "nA"),
    "blocks": (lambda d: d.blocks[0, :, 1], "x y z", "nA"),
    "choose": (lambda d: (d > 0).astype(int).choose([3, 4]), "x y z", "generic"),
    "clip": (lambda d: d.clip(-1, 1), "x y z", "nA"),
    "compute_chunk_sizes": (lambda d: d.compute_chunk_sizes(), "x y z", "nA"),
    "conj": (lambda d: d.conj(), "x y z", "nA"),
    "copy": (lambda d: d.copy(), "x y z", "nA"),
    "cumprod": (lambda d: d.cumprod(axis=1), "x y z", "generic"),
    "cumsum": (lambda d: d.cumsum(axis=1), "x y z", "nA"),
    "dot": (lambda d: d.dot(np.ones((5, 2))), "x y none", "nA"),
    "flatten": (lambda d: d.flatten(), "a", "nA"),
    "imag": (lambda d: d.imag, "x y z", "nA"),
    "map_blocks": (lambda d: d.map_blocks(lambda b: b + 1), "x y z", "generic"),
    "map_overlap": (
        lambda d: d.map_overlap(lambda b: b * 2, depth=1, boundary="none"), "x y z", "generic"
    ),
    "max": (lambda d: d.max(axis=0), "y z", "nA"),
    "mean": (lambda d: d.mean(axis=0), "y z", "nA"),
    "min": (lambda d: d.min(axis=0), "y z", "nA"),
    "moment": (lambda d: d.moment(3, axis=1), "x z", "nA**3"),
    "partitions": (lambda d: d.partitions[1], "x y z", "nA"),
    "persist": (lambda d: d.persist(), "x y z", "nA"),
    "prod": (lambda d: d.prod(axis=0), "y z", "generic"),
    "ravel": (lambda d: d.ravel(), "a", "nA"),
    "real": (lambda d: d.real, "x y z", "nA"),
    "rechunk": (lambda d: d.rechunk(2), "x y z", "nA"),
    "repeat": (lambda d: d.repeat(2, axis=1), "x y z", "nA"),
    "reshape": (lambda d: d.reshape(3, 20), "x b", "nA"),
    "round": (lambda d: d.round(1), "x y z", "nA"),
    "shuffle": (lambda d: d.shuffle([[2, 0], [1]], axis=0), "x y z", "nA"),
    "squeeze": (lambda d: d[:, 1:2].squeeze(), "x z", "nA"),
    "std": (lambda d: d.std(axis=0), "y z", "nA"),
    "sum": (lambda d: d.sum(axis=(0, 2)), "y", "nA"),
    "swapaxes": (lambda d: d.swapaxes(0, 1), "y x z", "nA"),
    "topk": (lambda d: d.topk(-2, axis=0), "x y z", "nA"),
    "trace": (lambda d: d.trace(axis1=0, axis2=2), "y", "nA"),
    "transpose": (lambda d: d.transpose(1, 0, 2), "y x z", "nA"),
    "var": (lambda d: d.var(axis=0), "y z", "nA**2"),
    "vindex": (lambda d: d.vindex[[0, 2], :, [1, 3]], "point y", "nA"),
}  # fmt: skip

#: Members that say something, write something or give what is no array.
OTHER_MEMBERS = {
    "A", "chunks", "chunksize", "compute", "dask", "dtype", "itemsize", "name", "nbytes", "ndim",
    "nonzero", "npartitions", "numblocks", "shape", "size", "store", "to_backend",
    "to_dask_dataframe", "to_delayed", "to_hdf5", "to_svg", "to_tiledb", "to_zarr", "view",
    "visualize",
}  # fmt: skip


def test_every_member_of_an_array_is_in_a_table():
    members = {name for name in dir(da.Array) if not name.startswith("_")}

    assert members - set(METHODS) - OTHER_MEMBERS == set()


@pytest.mark.parametrize("name", [name for name in METHODS if hasattr(da.Array, name)])
def test_methods_have_dasks_values_and_the_laws_labels(name):
    call, axes, units = METHODS[name]
    dataset, plain = cube()
    result, expected = call(dataset), call(plain)

    assert type(result) is sidpy.Dataset
    np.testing.assert_allclose(result.compute(), np.asarray(expected), rtol=1e-12, atol=1e-12)
    assert result.shape == expected.shape
    assert tuple(dim.size for dim in result._axes.values()) == expected.shape
    assert [dim.name for dim in result._axes.values()] == axes.split()
    assert result.units == units
    assert result.metadata == {"nested": 1}
    if result.variance is not None:
        assert result.variance.compute().shape == expected.shape
    assert dataset.chunks == plain.chunks


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.blocks[0, :, 1], lambda d: d.blocks[-1], lambda d: d.blocks[..., [0, 1]],
        lambda d: d.vindex[[0, 2], :, [1, 3]], lambda d: d.shuffle([[2, 0], [1]], axis=0),
        lambda d: d.topk(2, axis=0), lambda d: d.topk(-3, axis=2), lambda d: d.blocks.ravel()[1],
    ],
)  # fmt: skip
def test_the_variance_goes_where_the_values_go(call):
    dataset, _ = cube()
    dataset.variance = dataset.compute() ** 2

    result = call(dataset)
    np.testing.assert_allclose(result.variance.compute(), result.compute() ** 2, rtol=1e-12)


def test_blocks_are_parts_with_their_part_of_the_axes():
    dataset, _ = cube()

    assert dataset.blocks.shape == (2, 1, 2)
    assert (dataset.blocks.size, len(dataset.blocks), len(list(dataset.blocks))) == (4, 2, 2)
    part = dataset.blocks[1, 0, 1]
    assert part == dataset[2:, :, 3:]
    assert dataset.blocks[0].x == dataset.x[:2]


def test_what_a_block_function_makes_of_units_is_not_guessed():
    dataset, _ = cube()

    assert dataset.map_blocks(np.square).units == "nA**2"
    assert dataset.map_blocks(lambda block: block).units == "generic"
    assert type(dataset.map_blocks(np.sum, drop_axis=0, dtype=float)) is da.Array


def test_storing(tmp_path):
    import h5py

    dataset, plain = cube()
    target = np.zeros(dataset.shape)
    dataset.store(target)
    dataset.to_hdf5(str(tmp_path / "a.h5"), "/x")

    np.testing.assert_array_equal(target, plain)
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["x"][()], plain)
    assert dataset.to_delayed().shape == (2, 1, 2)
    np.testing.assert_array_equal(da.store(dataset, np.zeros((3, 4, 5)), compute=False) is None,
                                  False)  # fmt: skip


# ---------------------------------------------------------------- dask.array's functions

#: Functions whose result has labels: made of the array's own operators. Axes, units.
LABELLED = {
    "angle": (lambda f, d: f(d), "x y z", "radians"),
    "atleast_1d": (lambda f, d: f(d), "x y z", "nA"),
    "atleast_3d": (lambda f, d: f(d[0]), "y z none", "nA"),
    "average": (lambda f, d: f(d, axis=0), "y z", "nA"),
    "clip": (lambda f, d: f(d, 1, 2), "x y z", "nA"),
    "digitize": (lambda f, d: f(d, np.array([1.0, 2])), "x y z", "generic"),
    "gradient": (lambda f, d: f(d.rechunk(-1), axis=2), "x y z", "generic"),
    "compress": (lambda f, d: f([True, False, True], d, axis=0), "x y z", "nA"),
    "conj": (lambda f, d: f(d), "x y z", "nA"),
    "count_nonzero": (lambda f, d: f(d, axis=0), "y z", "generic"),
    "expand_dims": (lambda f, d: f(d, 1), None, "nA"),
    "fix": (lambda f, d: f(d), "x y z", "nA"),
    "flip": (lambda f, d: f(d, 0), "x y z", "nA"),
    "fliplr": (lambda f, d: f(d), "x y z", "nA"),
    "flipud": (lambda f, d: f(d), "x y z", "nA"),
    "imag": (lambda f, d: f(d), "x y z", "nA"),
    "iscomplex": (lambda f, d: f(d), "x y z", "generic"),
    "isneginf": (lambda f, d: f(d), "x y z", "generic"),
    "isposinf": (lambda f, d: f(d), "x y z", "generic"),
    "isreal": (lambda f, d: f(d), "x y z", "generic"),
    "linalg.norm": (lambda f, d: f(d, axis=0), "y z", "nA"),
    "moveaxis": (lambda f, d: f(d, 0, 2), "y z x", "nA"),
    "nan_to_num": (lambda f, d: f(d), "x y z", "nA"),
    "ptp": (lambda f, d: f(d, axis=0), "y z", "nA"),
    "ravel": (lambda f, d: f(d), "a", "nA"),
    "real": (lambda f, d: f(d), "x y z", "nA"),
    "rollaxis": (lambda f, d: f(d, 2), "z x y", "nA"),
    "sinc": (lambda f, d: f(d), "x y z", "generic"),
    "squeeze": (lambda f, d: f(d[:1]), "y z", "nA"),
    "take": (lambda f, d: f(d, [0, 1], axis=0), "x y z", "nA"),
}

#: Functions that give a plain array: dask offers no hook.
PLAIN = {
    "allclose": lambda f, d: f(d, d),
    "append": lambda f, d: f(d, d, axis=0),
    "apply_along_axis": lambda f, d: f(np.sum, 1, d),
    "argtopk": lambda f, d: f(d, 2, axis=0),
    "around": lambda f, d: f(d, 1),
    "block": lambda f, d: f([d, d]),
    "broadcast_to": lambda f, d: f(d, (2, 3, 4, 5)),
    "coarsen": lambda f, d: f(np.sum, d, {1: 2}),
    "concatenate": lambda f, d: f([d, d]),
    "cov": lambda f, d: f(d[0]),
    "cumsum": lambda f, d: f(d, axis=0),
    "delete": lambda f, d: f(d, [1], axis=0),
    "diagonal": lambda f, d: f(d),
    "dot": lambda f, d: f(d[0], d[0].T),
    "dstack": lambda f, d: f([d, d]),
    "einsum": lambda f, d: f("ijk->ij", d),
    "hstack": lambda f, d: f([d, d]),
    "isclose": lambda f, d: f(d, d),
    "isin": lambda f, d: f(d, [1, 2]),
    "max": lambda f, d: f(d, axis=0),
    "mean": lambda f, d: f(d, axis=0),
    "median": lambda f, d: f(d, axis=0),
    "nanmean": lambda f, d: f(d, axis=0),
    "outer": lambda f, d: f(d[0, 0], d[0, 0]),
    "pad": lambda f, d: f(d, 1),
    "rechunk": lambda f, d: f(d, 2),
    "reduction": lambda f, d: f(d, np.sum, np.sum, axis=0, dtype=float),
    "reshape": lambda f, d: f(d, (12, 5)),
    "roll": lambda f, d: f(d, 1, axis=0),
    "rot90": lambda f, d: f(d),
    "select": lambda f, d: f([d > 3], [d]),
    "stack": lambda f, d: f([d, d]),
    "std": lambda f, d: f(d, axis=0),
    "sum": lambda f, d: f(d, axis=0),
    "swapaxes": lambda f, d: f(d, 0, 2),
    "tensordot": lambda f, d: f(d, d, axes=([0], [0])),
    "tile": lambda f, d: f(d, 2),
    "topk": lambda f, d: f(d, 2, axis=0),
    "trace": lambda f, d: f(d),
    "transpose": lambda f, d: f(d),
    "tril": lambda f, d: f(d[0]),
    "var": lambda f, d: f(d, axis=0),
    "vstack": lambda f, d: f([d, d]),
    "where": lambda f, d: f(d > 3, d, 0),
    "zeros_like": lambda f, d: f(d),
}


def function_of(name):
    found = da
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", LABELLED)
def test_functions_made_of_operators_keep_true_labels(name):
    call, axes, units = LABELLED[name]
    dataset, plain = cube()
    result, expected = call(function_of(name), dataset), call(function_of(name), plain)

    assert type(result) is sidpy.Dataset
    np.testing.assert_allclose(result.compute(), expected.compute(), rtol=1e-12)
    assert tuple(dim.size for dim in result._axes.values()) == expected.shape
    if axes is not None:
        assert [dim.name for dim in result._axes.values()] == axes.split()
    assert result.units == units


@pytest.mark.parametrize("name", PLAIN)
def test_functions_of_dask_give_plain_arrays(name):
    dataset, plain = cube()
    result = PLAIN[name](function_of(name), dataset)

    assert type(result) is da.Array
    np.testing.assert_allclose(result.compute(), PLAIN[name](function_of(name), plain).compute())


UFUNCS = [name for name in dir(da) if isinstance(getattr(da, name), da.ufunc.ufunc)]


@pytest.mark.parametrize("name", UFUNCS)
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_dasks_ufuncs_are_numpys(name):
    function = getattr(da, name)
    dataset, _ = cube()
    if name in {"frexp", "modf", "divmod"}:
        pytest.skip("two results: dask gives plain arrays")
    arguments = [dataset] * (getattr(np, name).nin if hasattr(np, name) else 1)
    try:
        mine = getattr(np, name)(*arguments)
    except TypeError:
        with pytest.raises(TypeError):
            function(*arguments)
        return
    result = function(*arguments)

    assert type(result) is sidpy.Dataset
    assert (result._axes, result.units) == (mine._axes, mine.units)


# ---------------------------------------------------------------- large and empty


def test_nine_dimensions():
    shape = (2, 3, 2, 1, 2, 3, 2, 1, 2)
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    dataset = sidpy.Dataset.from_array(values)
    for axis, length in enumerate(shape):
        dataset.set_dimension(axis, sidpy.Dimension(np.arange(length) + axis, f"d{axis}"))
    result = (dataset + 1).transpose(*range(8, -1, -1))[0, ..., None].mean(axis=(2, -3))

    expected = (values + 1).transpose(*range(8, -1, -1))[0, ..., None].mean(axis=(2, -3))
    np.testing.assert_allclose(result.compute(), expected)
    assert [dim.name for dim in result._axes.values()] == [
        "d7", "d6", "d4", "d3", "d2", "d0", "none",
    ]  # fmt: skip
    assert dataset.fold([[8, 1], [0, 2, 3, 4], [7, 6, 5]]).unfold() == dataset


def test_axes_without_values():
    dataset = sidpy.Dataset.from_array(np.zeros((3, 0, 2)), variance=np.zeros((3, 0, 2)))

    assert dataset.sum(axis=1).compute().tolist() == [[0, 0]] * 3
    assert (dataset * 2)[1:].T.shape == (2, 0, 2)
    assert np.concatenate([dataset, dataset], axis=1).shape == (3, 0, 2)
    assert dataset.mean(axis=0).variance.shape == (0, 2)
    assert dataset.copy() == dataset
    assert dataset.get_extent([0, 1]) == [-0.5, 2.5, 0.0, 0.0]
    assert repr(dataset)


@pytest.mark.distributed
@pytest.mark.slow
def test_labels_travel_to_a_cluster_and_back(cluster):
    dataset, plain = cube()
    future = cluster.submit(lambda ds: (type(ds).__name__, ds.x.units, ds.mean(axis=0)), dataset)
    name, units, mean = future.result()
    persisted = cluster.persist(dataset * 2)
    computed = cluster.compute(np.median(dataset, axis=1)).result()

    assert (name, units) == ("Dataset", "nm")
    np.testing.assert_allclose(mean.compute(), np.asarray(plain).mean(axis=0))
    assert mean.y == dataset.y
    assert type(persisted) is sidpy.Dataset
    assert persisted == dataset * 2
    np.testing.assert_allclose(computed, np.median(np.asarray(plain), axis=1))


# ---------------------------------------------------------------- dask's expression arrays

EXPRESSIONS = """
import pickle
import dask.array as da
import numpy as np
if not getattr(da, "array_expr_enabled", bool)():
    raise SystemExit(5)
import sidpy
values = np.arange(60.0).reshape(3, 4, 5)
plain = da.from_array(values)
labelled = sidpy.Dataset.from_array(values, units="nA", variance=values)
tried = 0
for call in (
    lambda d: d + 1, lambda d: d * d, lambda d: d.mean(axis=0), lambda d: d.T, np.sin,
    lambda d: d[0, 1:3], lambda d: d > 3, lambda d: pickle.loads(pickle.dumps(d)),
    lambda d: d.persist(), lambda d: np.concatenate([d, d]), lambda d: d.rechunk(2),
    lambda d: d.sum(axis=(0, 2)), lambda d: d.astype("f4"), lambda d: d.squeeze(),
):
    try:
        expected = call(plain).compute()
    except (NotImplementedError, AttributeError):
        continue
    result = call(labelled)
    np.testing.assert_allclose(result.compute(), expected)
    assert type(result) is sidpy.Dataset, result
    assert tuple(map(len, result._axes.values())) == expected.shape
    tried += 1
assert tried > 7
"""


@pytest.mark.slow
def test_what_dasks_expression_arrays_can_do_datasets_can():
    # the choice is made when dask.array is imported: another interpreter
    import os
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EXPRESSIONS], check=False, text=True,
        capture_output=True, env={**os.environ, "DASK_ARRAY__QUERY_PLANNING": "True"}, timeout=300,
    )  # fmt: skip
    if done.returncode == 5:
        pytest.skip("this dask has no expression arrays")
    assert done.returncode == 0, done.stderr
