"""Fits of whole datasets: lazy, labelled, weighted, and honest about what failed."""

from __future__ import annotations

import pickle

import dask
import dask.array as da
import numpy as np
import pytest

import sidpy
from sidpy.errors import DimensionError
from sidpy.proc.dataset_fit import fit_dataset
from sidpy.proc.fit import FitSettings, batch_fit
from sidpy.proc.models import SHO, Constant, Exponential, Gaussian, Gaussian2D, Linear

ENERGY = np.linspace(0, 10, 60)
MODEL = Gaussian() + Constant()


def truth(shape=(5, 6), seed=0):
    r = np.random.default_rng(seed)
    return r.uniform([2, 3.5, 0.6, 0.5], [4, 6.5, 1.4, 1], (*shape, 4))


def spectra(shape=(5, 6), noise=0.05, chunks="auto", seed=0, **options):
    p = truth(shape, seed)
    y = MODEL(p.reshape(-1, 4), ENERGY).reshape(*shape, len(ENERGY))
    y = y + noise * np.random.default_rng(seed + 1).standard_normal(y.shape)
    names = ("y", "x") if len(shape) == 2 else ("y",) * len(shape)
    return p, labelled(y, names, chunks=chunks, **options)


def labelled(y, names=("y", "x"), chunks="auto", **options):
    data = sidpy.Dataset.from_array(
        y, title="map", units="counts", quantity="Intensity", chunks=chunks, **options
    )
    for axis, name in enumerate(names):
        length = y.shape[axis]
        data.set_dimension(
            axis, sidpy.Dimension(np.arange(length) * 0.5, name, "Distance", "nm", "spatial")
        )
    data.set_dimension(
        data.ndim - 1, sidpy.Dimension(ENERGY, "energy", "Energy", "eV", "spectral")
    )
    data.metadata = {"operator": "me"}
    return data


def test_every_position_gets_its_parameters_with_units_and_labels():
    p, data = spectra(noise=0)

    fit = fit_dataset(data, MODEL)

    assert fit.n_failed == 0
    np.testing.assert_allclose(fit.parameters.compute(), p, atol=1e-6)
    assert fit.units == ("counts", "eV", "eV", "counts")
    center = fit["gaussian.center"]
    assert center.units == "eV"
    assert center.title == "gaussian.center"
    assert center.data_type is sidpy.DataType.IMAGE
    assert [d.name for d in center._axes.values()] == ["y", "x"]
    np.testing.assert_array_equal(center.x.values, data.x.values)
    assert center.metadata["operator"] == "me"
    assert center.metadata["fit"]["units"] == list(fit.units)


def test_errors_covariances_and_quality_are_those_of_the_batched_fit():
    _, data = spectra()

    fit = fit_dataset(data, MODEL)

    y = data.compute().reshape(-1, len(ENERGY))
    plain = batch_fit(MODEL, y, MODEL.guess(ENERGY, y), x=ENERGY, bounds=MODEL.bounds(ENERGY))
    np.testing.assert_allclose(fit.errors.compute().reshape(-1, 4), plain.errors, rtol=1e-5)
    np.testing.assert_allclose(
        fit.covariance.compute().reshape(-1, 4, 4), plain.covariance, rtol=1e-4, atol=1e-12
    )
    np.testing.assert_allclose(
        fit.reduced_chi_squared.compute().ravel(), plain.reduced_chi_squared, rtol=1e-7
    )
    np.testing.assert_allclose(
        fit["gaussian.sigma"].variance.compute().ravel(), plain.errors[:, 2] ** 2, rtol=1e-5
    )
    assert np.all(fit.status.compute() > 0)
    assert np.all(fit.iterations.compute() > 0)


def test_fitted_curves_are_lazy_and_lie_in_the_data():
    p, data = spectra(noise=0.05, chunks=(2, 6, 60))

    fit = fit_dataset(data, MODEL)

    assert isinstance(fit.fitted, da.Array)
    assert fit.fitted.shape == data.shape
    assert fit.fitted.energy.units == "eV"
    assert abs(np.std(fit.residual.compute()) - 0.05) < 0.005
    background = fit.component("constant").compute()
    np.testing.assert_allclose(background[..., 0], p[..., 3], atol=0.1)


def test_the_history_says_what_was_done():
    _, data = spectra()

    fit = fit_dataset(data, MODEL, fixed={"constant.offset": 0.7}, starts=2)

    step = fit["gaussian.center"].history[-1]
    assert step.function == "sidpy.fit_dataset"
    entry = step.entry()["parameters"]
    assert entry["model"] == "Gaussian() + Constant()"
    assert entry["fixed"] == {"constant.offset": 0.7}
    assert entry["starts"] == 2


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_blocks_and_schedulers_do_not_change_the_result(scheduler):
    _, data = spectra(chunks=(2, 4, 17))
    whole = fit_dataset(spectra()[1], MODEL)

    with dask.config.set(scheduler=scheduler):
        fit = fit_dataset(data, MODEL, memory=8 * 60 * 4 * 8)

    np.testing.assert_allclose(fit.parameters.compute(), whole.parameters.compute(), atol=1e-6)


def test_a_lazy_fit_computes_when_it_is_asked():
    calls = []

    def counted(block):
        calls.append(1)
        return block

    _, data = spectra()
    array = da.from_array(data.compute(), chunks=(5, 3, 60)).map_blocks(counted, dtype=float)
    fit = fit_dataset(labelled(array), MODEL, compute=False)
    before = len(calls)

    assert "lazy" in repr(fit)
    values = fit["gaussian.center"].compute()

    assert before <= 1  # dask looks at an empty block to learn the type
    np.testing.assert_allclose(values, fit_dataset(data, MODEL)["gaussian.center"].compute())
    assert fit.n_failed == 0


@pytest.mark.distributed
def test_a_cluster_gives_the_same(cluster):
    _, data = spectra()
    with dask.config.set(scheduler="threads"):
        here = fit_dataset(data, MODEL).parameters.compute()

    with cluster.as_current():
        there = fit_dataset(data, MODEL).parameters.compute()

    np.testing.assert_allclose(there, here, atol=1e-9)


def test_a_recipe_travels_to_processes():
    fit = fit_dataset(spectra()[1], MODEL, compute=False)

    again = pickle.loads(pickle.dumps(fit.packed))

    np.testing.assert_allclose(again.compute(), fit.packed.compute())


def test_one_spectrum_and_a_line_of_spectra_are_datasets_too():
    p, line = spectra((7,))

    along = fit_dataset(line, MODEL)
    single = fit_dataset(line[3], MODEL)

    np.testing.assert_allclose(along["gaussian.center"].compute(), p[:, 1], atol=0.1)
    np.testing.assert_allclose(single.parameters.compute(), along.parameters.compute()[3])
    assert single["gaussian.center"].shape == ()
    assert single.n_failed == 0
    assert single.fitted.shape == (60,)


def test_dimensions_are_chosen_by_name_or_number_wherever_they_stand():
    _, data = spectra()
    turned = data.transpose(2, 0, 1)

    for dims in (None, "energy", 0, ["energy"], -3):
        fit = fit_dataset(turned, MODEL, dims=dims)
        np.testing.assert_allclose(
            fit.parameters.compute(), fit_dataset(data, MODEL).parameters.compute()
        )
    assert fit.fitted.shape == turned.shape
    assert abs(np.std(fit.residual.compute()) - 0.05) < 0.005


def test_images_are_fitted_in_two_dimensions_of_different_length():
    rows, columns = np.arange(12.0), np.arange(15.0)
    grid = [a.ravel() for a in np.meshgrid(rows, columns, indexing="ij")]
    p = np.random.default_rng(0).uniform([2, 4, 5, 1, 1.6], [3, 7, 9, 1.4, 2], (4, 5))
    frames = Gaussian2D()(p, grid).reshape(4, 12, 15)
    data = sidpy.Dataset.from_array(frames, title="spots")

    fit = fit_dataset(data, Gaussian2D(), dims=[1, 2])
    turned = fit_dataset(data.transpose(1, 0, 2), Gaussian2D(), dims=[0, 2])
    user = fit_dataset(
        data,
        lambda x, a, y0, x0: a * np.exp(-((x[0] - y0) ** 2 + (x[1] - x0) ** 2) / 4),
        dims=[1, 2],
        start={"a": 2, "y0": 5, "x0": 7},
    )

    np.testing.assert_allclose(fit.parameters.compute(), p, atol=1e-6)
    np.testing.assert_allclose(turned.parameters.compute(), p, atol=1e-6)
    assert turned.fitted.shape == (12, 4, 15)
    np.testing.assert_allclose(fit.fitted.compute(), frames, atol=1e-6)
    assert user.names == ("a", "y0", "x0")
    np.testing.assert_allclose(user.parameters.compute()[:, 1:], p[:, 1:3], atol=0.2)


def test_complex_data_are_fitted_by_complex_models():
    band = np.linspace(300e3, 340e3, 80)
    p = np.array([[0.01, 320e3, 100, 1.0], [0.02, 317e3, 150, -2.0]])
    data = sidpy.Dataset.from_array(SHO()(p, band), units="pm")
    data.set_dimension(1, sidpy.Dimension(band, "frequency", "Frequency", "Hz", "spectral"))

    fit = fit_dataset(data, SHO())

    np.testing.assert_allclose(fit.parameters.compute(), p, rtol=1e-7)
    turned = fit_dataset(data, SHO(), start=p + np.array([0, 0, 0, 2 * np.pi]))
    np.testing.assert_allclose(turned.parameters.compute(), p, rtol=1e-7)
    fixed = fit_dataset(data[:1], SHO(), fixed={"phase": 1.0 + 2 * np.pi})
    np.testing.assert_allclose(fixed["phase"].compute(), 1.0 + 2 * np.pi)
    assert fit.units == ("pm", "Hz", "", "rad")
    assert np.iscomplexobj(fit.fitted)


def test_the_variance_of_the_dataset_weighs_its_points():
    sigma = np.where(ENERGY < 5, 0.02, 0.4)
    p, data = spectra(noise=0)
    noise = sigma * np.random.default_rng(3).standard_normal(data.shape)
    data = labelled(data.compute() + noise, variance=np.broadcast_to(sigma**2, data.shape))

    weighted, unweighted = fit_dataset(data, MODEL), fit_dataset(data, MODEL, weights=None)
    given = fit_dataset(data, MODEL, weights=sigma**-2.0)

    deviation = [np.std(f.parameters.compute() - p, axis=(0, 1)) for f in (weighted, unweighted)]
    assert np.all(deviation[0] < deviation[1])
    assert abs(np.mean(weighted.reduced_chi_squared.compute()) - 1) < 0.1
    np.testing.assert_allclose(
        given.parameters.compute(), weighted.parameters.compute(), rtol=1e-6
    )


def test_counts_are_fitted_by_their_likelihood():
    p = np.array([20.0, 5, 1, 1.5])
    counts = np.random.default_rng(0).poisson(MODEL(np.tile(p, (400, 1)), ENERGY))
    data = labelled(counts, ("y",))

    fit = fit_dataset(data, MODEL, noise="poisson", bounds={"constant.offset": (1e-3, 9)})

    found = fit.parameters.compute()
    assert fit.n_failed < 5
    assert np.all(np.abs(np.nanmean(found, axis=0) - p) < 0.15 * np.nanstd(found, axis=0))


@pytest.mark.parametrize("kind", ["points", "positions", "channels"])
def test_masked_points_positions_and_channels_are_left_out(kind):
    p, data = spectra(noise=0)
    y = data.compute().copy()
    mask = {
        "points": np.zeros(y.shape, bool),
        "positions": np.zeros(y.shape[:2], bool),
        "channels": np.zeros(len(ENERGY), bool),
    }[kind]
    mask[..., :3] = True
    y[np.broadcast_to(mask if kind != "positions" else mask[..., None], y.shape)] = 1e3

    fit = fit_dataset(labelled(y), MODEL, mask=mask)

    found = fit.parameters.compute()
    kept = ~mask if kind == "positions" else np.ones((5, 6), bool)
    np.testing.assert_allclose(found[kept], p[kept], atol=1e-6)
    assert fit.n_failed == np.count_nonzero(~kept)
    assert np.isnan(found[~kept]).all()


def test_missing_points_are_left_out_of_guess_and_fit():
    p, data = spectra(noise=0)
    y = data.compute().copy()
    y[1, 2, 20:30] = np.nan
    y[0, 0] = np.nan

    fit = fit_dataset(labelled(y), MODEL)

    found = fit.parameters.compute()
    np.testing.assert_allclose(found[1, 2], p[1, 2], atol=1e-6)
    assert fit.n_failed == 1
    assert np.isnan(found[0, 0]).all()
    assert np.isnan(fit.fitted.compute()[0, 0]).all()


def test_parameters_can_be_fixed_bounded_tied_and_shared():
    p, data = spectra()

    fixed = fit_dataset(data, MODEL, fixed={"gaussian.sigma": 1.0})
    bounded = fit_dataset(data, MODEL, bounds={"gaussian.center": (4.5, 5.5)})
    tied = fit_dataset(data, MODEL, tied={"constant.offset": ("gaussian.amplitude", 0.25, 0.0)})
    shared = fit_dataset(data, MODEL, shared=["constant.offset"])

    assert np.all(fixed["gaussian.sigma"].compute() == 1.0)
    center = bounded["gaussian.center"].compute()
    assert np.nanmin(center) == 4.5
    assert np.nanmax(center) == 5.5
    np.testing.assert_allclose(
        tied["constant.offset"].compute(), 0.25 * tied["gaussian.amplitude"].compute()
    )
    assert len(np.unique(shared["constant.offset"].compute())) == 1
    assert abs(shared["constant.offset"].compute()[0, 0] - p[..., 3].mean()) < 0.1


def test_start_values_are_given_for_some_or_for_each_position():
    p, data = spectra(noise=0)

    some = fit_dataset(data, MODEL, start={"gaussian.center": 5.0})
    each = fit_dataset(data, MODEL, start=np.where([True, True, True, False], p, np.nan))

    for fit in (some, each):
        np.testing.assert_allclose(fit.parameters.compute(), p, atol=1e-6)


def test_similar_spectra_give_each_other_a_start():
    p = truth((30, 20))
    p[..., 1] = 5.0
    y = MODEL(p.reshape(-1, 4), ENERGY).reshape(30, 20, -1)
    y += np.random.default_rng(0).standard_normal(y.shape)  # the peaks are 2 to 4 high

    alone = fit_dataset(labelled(y), MODEL, refit=False)
    grouped = fit_dataset(labelled(y), MODEL, guess="kmeans", clusters=5, refit=False)

    def missed(fit):
        return np.mean(~(np.abs(fit["gaussian.center"].compute() - 5) < 1))

    assert missed(grouped) < 0.02
    assert missed(grouped) < 0.5 * missed(alone)


def test_failed_fits_start_anew_from_their_neighbours():
    x = ENERGY
    p = np.tile([3.0, 2.0, 0.5], (6, 6, 1))
    model = Exponential() + Constant()
    data = labelled(model(p.reshape(-1, 3), x).reshape(6, 6, -1))
    start = p * 1.1
    start[2, 3] = [3.0, -0.01, 0.5]  # overflows
    options = {"start": start, "settings": FitSettings(max_iterations=30)}

    without = fit_dataset(data, model, refit=False, **options)
    with_refit = fit_dataset(data, model, **options)

    assert without.n_failed == 1
    assert np.isnan(without.parameters.compute()[2, 3]).all()
    assert with_refit.n_failed == 0
    np.testing.assert_allclose(with_refit.parameters.compute()[2, 3], p[2, 3], rtol=1e-6)


def test_integers_and_big_endian_numbers_are_fitted():
    _, data = spectra(noise=0)
    counts = np.round(100 * data.compute()).astype(">i4")

    fit = fit_dataset(labelled(counts), MODEL)

    assert fit.n_failed == 0


@pytest.mark.parametrize("shape", [(), (7,), (5, 6), (2, 2, 3)])
def test_a_picture_shows_each_parameter(shape):
    plt = pytest.importorskip("matplotlib.pyplot")
    p = truth((int(np.prod(shape)),))
    data = sidpy.Dataset.from_array(MODEL(p, ENERGY).reshape(*shape, -1), units="counts")
    data.set_dimension(
        data.ndim - 1, sidpy.Dimension(ENERGY, "energy", "Energy", "eV", "spectral")
    )

    figure = fit_dataset(data, MODEL).plot()

    titles = [axis.get_title() for axis in figure.axes]
    if shape:
        assert "gaussian.center (eV)" in titles
    else:
        assert len(figure.axes[0].lines) == 2
    plt.close(figure)


def test_a_fit_says_what_it_is():
    assert repr(fit_dataset(spectra()[1], MODEL)) == (
        "fit of Gaussian() + Constant() at 30 positions, 0 failed: gaussian.amplitude (counts), "
        "gaussian.center (eV), gaussian.sigma (eV), constant.offset (counts)"
    )


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"dims": "time"}, DimensionError, "there is no dimension 'time'"),
        ({"dims": 5}, DimensionError, "there is no dimension 5"),
        ({"dims": ["x", "energy"]}, DimensionError, "needs 1 dimensions of 3"),
        ({"fixed": {"center": 1}}, ValueError, "has no parameter 'center'"),
        ({"start": np.ones(3)}, ValueError, r"start has shape \(3,\); expected \(4,\)"),
        ({"weights": "errors"}, ValueError, "weights is 'errors'"),
        ({"weights": np.ones(7)}, ValueError, r"an array of shape \(7,\) does not fit"),
        ({"guess": "best"}, ValueError, "guess is 'best'"),
        ({"loss": "l1"}, ValueError, "loss is 'l1'"),
        ({"noise": "pink"}, ValueError, "noise is 'pink'"),
        ({"model": SHO() + Linear()}, ValueError, "complex"),
        ({"model": "gauss"}, TypeError, "a model is one of .* found 'gauss'"),
    ],
    ids=str,
)
def test_wrong_arguments_are_named(change, error, match):
    arguments = {"model": MODEL} | change

    with pytest.raises(error, match=match):
        fit_dataset(spectra()[1], **arguments)
