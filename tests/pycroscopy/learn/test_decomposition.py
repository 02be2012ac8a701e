"""Streaming decompositions against LAPACK, axis by axis and on every scheduler."""

from __future__ import annotations

import dask
import numpy as np
import pytest

import sidpy
from pycroscopy.learn import Decomposition, decompose
from sidpy.errors import SidpyWarning


def cube(shape=(12, 10, 30), *, kind=float, seed=0, noise=0.1):
    """A spectrum image of two components with everything labelled."""
    r = np.random.default_rng(seed)
    maps, spectra = r.standard_normal((*shape[:2], 2)), r.standard_normal((2, shape[2]))
    values = maps @ spectra + noise * r.standard_normal(shape) + 5
    if kind is complex:
        values = values * np.exp(1j * maps[..., :1]) + 1j * noise * r.standard_normal(shape)
    data = sidpy.Dataset.from_array(
        values, title="film", chunks=(5, 4, 11), datatype="SPECTRAL_IMAGE", units="counts"
    )
    x, y, e = (np.arange(n) for n in shape)
    data.set_dimension(0, sidpy.Dimension(x * 0.5, "y", "distance", "nm", "spatial"))
    data.set_dimension(1, sidpy.Dimension(y * 0.25, "x", "distance", "nm", "spatial"))
    data.set_dimension(2, sidpy.Dimension(e + 100.0, "energy", "energy", "eV", "spectral"))
    data.metadata = {"experiment": {"dose": 3}}
    return data


def matrix_of(data, rows, *, center):
    values = np.asarray(data)
    columns = [axis for axis in range(values.ndim) if axis not in rows]
    n_rows = int(np.prod([values.shape[a] for a in rows]))
    matrix = values.transpose([*rows, *columns]).reshape(n_rows, -1)
    return matrix - matrix.mean(axis=0) if center else matrix


@pytest.mark.parametrize("solver", ["gram", "qr"])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize(
    ("shape", "rows"), [((12, 10, 30), (0, 1)), ((4, 5, 60), (0, 1)), ((30, 8, 9), (0, 2))]
)
def test_values_and_vectors_are_those_of_lapack(shape, rows, kind, center, solver):
    data = cube(shape, kind=kind)
    u, s, vh = np.linalg.svd(matrix_of(data, rows, center=center), full_matrices=False)

    result = decompose(data, rank=2, center=center, row_axes=rows, solver=solver)

    np.testing.assert_allclose(result.singular_values[:2], s[:2], rtol=1e-12)
    abundances = np.asarray(result.abundances).reshape(-1, 2)
    components = np.asarray(result.components).reshape(2, -1)
    np.testing.assert_allclose(np.abs(np.sum(components.conj() * vh[:2], axis=1)), 1, rtol=1e-9)
    product = (u[:, :2] * s[:2]) @ vh[:2]
    np.testing.assert_allclose(abundances @ components, product, atol=1e-10 * s[0])
    gram = components @ components.conj().T
    np.testing.assert_allclose(gram, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("rows", [(0, 1), (2,), (0, 2)], ids=["tall", "wide", "mixed"])
@pytest.mark.parametrize("center", [False, True])
def test_all_components_together_are_the_data(center, rows):
    data = cube((6, 5, 9))
    full = min(
        np.prod([data.shape[a] for a in rows]), 270 // np.prod([data.shape[a] for a in rows])
    )

    result = decompose(data, rank=int(full), center=center, row_axes=rows)

    np.testing.assert_allclose(np.asarray(result.reconstruction(shrink=False)), data, atol=1e-12)


@pytest.mark.parametrize("smallest", [1e-3, 1e-7, 1e-10])
def test_weak_components_are_right_although_squaring_loses_half_the_digits(smallest):
    r = np.random.default_rng(3)
    left = np.linalg.qr(r.standard_normal((400, 20)))[0]
    right = np.linalg.qr(r.standard_normal((20, 20)))[0]
    strength = np.geomspace(1, smallest, 20)

    result = decompose((left * strength) @ right.T, rank=20)

    np.testing.assert_allclose(result.singular_values, strength, rtol=max(1e-6, 1e-15 / smallest))
    cosine = np.abs(np.sum(np.asarray(result.components).T * right, axis=0))
    np.testing.assert_allclose(cosine, 1, atol=1e-6)


def test_the_mean_is_removed_without_losing_digits():
    data = 1e6 + np.random.default_rng(4).standard_normal((500, 12))

    result = decompose(data, rank=3, center=True, solver="gram")

    s = np.linalg.svd(data - data.mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(result.singular_values, s, rtol=1e-9)
    np.testing.assert_allclose(np.asarray(result.mean), data.mean(axis=0), rtol=1e-14)


def test_the_rank_is_found_and_the_noise_measured():
    result = decompose(cube((40, 30, 60), noise=0.2), center=True)

    assert result.rank == 2
    assert result.noise == pytest.approx(0.2, rel=0.02)
    assert np.all(result.fidelity[0] > 0.9)
    assert result.explained_variance_ratio.sum() > 0.9


def test_the_reconstruction_is_closer_to_the_truth_than_the_data_and_than_truncation():
    truth = np.asarray(cube((40, 30, 60), noise=0.0))
    data = cube((40, 30, 60), noise=2.0)

    result = decompose(data, center=True)

    shrunk = np.mean((np.asarray(result.reconstruction()) - truth) ** 2)
    plain = np.mean((np.asarray(result.reconstruction(shrink=False)) - truth) ** 2)
    assert shrunk < plain < 0.1 * np.mean((np.asarray(data) - truth) ** 2)


def test_every_result_has_its_axes_units_and_history():
    data = cube()

    result = decompose(data, rank=2, center=True)

    assert isinstance(result, Decomposition)
    assert [d.name for d in result.abundances._axes.values()] == ["y", "x", "weights"]
    assert [d.name for d in result.components._axes.values()] == ["component_number", "energy"]
    assert result.abundances.data_type is sidpy.DataType.IMAGE_STACK
    assert result.components.data_type is sidpy.DataType.LINE_PLOT_FAMILY
    assert result.abundances.units == "counts"
    assert result.components.energy.units == "eV"
    np.testing.assert_array_equal(result.abundances.x.values, data.x.values)
    clean = result.reconstruction()
    assert clean.title == "film denoised"
    assert clean.units == "counts"
    assert [d.name for d in clean._axes.values()] == ["y", "x", "energy"]
    functions = [step.function for step in clean.history]
    assert functions[-1] == "pycroscopy.learn.recompose"
    step = result.components.history[-1]
    assert step.function == "pycroscopy.learn.decompose"
    assert step.parameters["center"] is True
    assert step.inputs == (data.name,)
    names = set(result.to_datasets())
    assert names == {"abundances", "components", "singular_values", "mean"}


def test_a_repeated_run_gives_the_same_bits():
    data = cube()

    first, second = (decompose(data, rank=2) for _ in range(2))

    assert np.array_equal(np.asarray(first.abundances), np.asarray(second.abundances))
    assert np.array_equal(np.asarray(first.components), np.asarray(second.components))


@pytest.mark.parametrize("scheduler", ["synchronous", "threads", pytest.param(
    "processes", marks=pytest.mark.slow)])  # fmt: skip
def test_every_scheduler_gives_the_same_result(scheduler):
    data = cube()
    expected = decompose(data, rank=2, center=True)

    with dask.config.set(scheduler=scheduler):
        result = decompose(data, rank=2, center=True)
        reconstruction = np.asarray(result.reconstruction())

    np.testing.assert_allclose(result.components, expected.components, atol=1e-12)
    np.testing.assert_allclose(reconstruction, expected.reconstruction(), atol=1e-12)


@pytest.mark.distributed
def test_a_cluster_gives_the_same_result(cluster):
    data = cube()
    with dask.config.set(scheduler="threads"):
        expected = decompose(data, rank=2)

    with cluster.as_current():
        result = decompose(data, rank=2)

    np.testing.assert_allclose(result.components, expected.components, atol=1e-12)
    np.testing.assert_allclose(result.abundances, expected.abundances, atol=1e-10)


def test_blocks_stay_within_the_budget_and_large_abundances_stay_lazy(tmp_path):
    r = np.random.default_rng(5)
    path = tmp_path / "tall.bin"
    values = (r.standard_normal((40000, 2)) @ r.standard_normal((2, 16))).astype(np.float32)
    values.tofile(path)
    sizes = []

    def counted(block):
        sizes.append(block.nbytes)
        return block

    data = sidpy.Dataset.from_array(
        sidpy.FileArray(path, np.float32, (40000, 16)), chunks=(500, 16)
    )
    data = sidpy.Dataset.from_array(data.map_blocks(counted, dtype=np.float32, meta=values[:0]))
    budget = 1 << 18

    result = decompose(data, rank=2, memory_budget=budget)

    assert len(sizes) > 1
    assert max(sizes) <= budget // 8
    assert result.abundances.npartitions > 1
    reconstruction = np.asarray(result.reconstruction(shrink=False))
    np.testing.assert_allclose(reconstruction, values, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.complex64])
def test_any_number_type_is_taken_in_double_precision(dtype):
    data = (np.random.default_rng(6).uniform(0, 200, (40, 25))).astype(dtype)

    result = decompose(data, rank=1)

    s = np.linalg.svd(data.astype(np.complex128), compute_uv=False)
    np.testing.assert_allclose(result.singular_values[0], s[0], rtol=1e-12)


def test_noise_alone_is_called_noise():
    data = np.random.default_rng(0).standard_normal((30, 20, 40))

    with pytest.warns(SidpyWarning, match="no component of 'generic' rises above the noise"):
        result = decompose(data)

    assert result.rank == 1
    assert np.all(np.asarray(result.reconstruction()) == 0)


def test_the_picture_has_a_scree_plot_and_two_panels_for_each_component():
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"backend": "agg"}):
        figure = decompose(cube(), rank=2).plot(figure=Figure())

    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["film", "component 0", "abundance 0", "component 1", "abundance 1"]
    assert figure.axes[1].get_xlabel() == "energy (eV)"


@pytest.mark.parametrize(
    ("data", "options", "error", "match"),
    [
        ("spectrum.h5", {}, TypeError, "expected a sidpy.Dataset or an array, found str"),
        (np.ones(5), {}, ValueError, r"needs at least two axes, found shape \(5,\)"),
        (np.ones((5, 4)), {"rank": 5}, ValueError, "rank is 5; expected 'auto' or 1 to 4"),
        (np.ones((5, 4)), {"rank": 0}, ValueError, "rank is 0; expected 'auto' or 1 to 4"),
        (np.ones((5, 4)), {"solver": "magic"}, ValueError, "solver is 'magic'; it can be one of"),
        (np.ones((5, 4)), {"row_axes": (0, 1)}, ValueError, r"row_axes are \(0, 1\); expected"),
        (np.ones((5, 4)), {"memory_budget": 99}, ValueError, "more than the memory budget"),
        (np.full((5, 4), np.nan), {}, ValueError, "values that are not finite"),
    ],
)
def test_impossible_requests_are_refused_with_the_reason(data, options, error, match):
    with pytest.raises(error, match=match):
        decompose(data, **options)


def test_a_reconstruction_cannot_use_more_components_than_there_are():
    with pytest.raises(ValueError, match="rank is 3; there are 2 components"):
        decompose(cube(), rank=2).reconstruction(3)


def test_it_prints_as_one_line():
    text = repr(decompose(cube(), rank=2))

    assert text.startswith("2 components of 'film' (120 positions x 30 channels) with 9")
    assert "\n" not in text
