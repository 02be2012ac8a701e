"""SidFitter: tables, labels, options and failures, against curve_fit done pixel by pixel."""

from __future__ import annotations

import base64
import pickle

import numpy as np
import pytest
from scipy.optimize import curve_fit

import sidpy
from sidpy.errors import LabelTypeError, LabelValueError, SidpyWarning
from sidpy.proc.fitter import SidFitter

BIAS = np.linspace(-1, 2, 40)


def decay(x, height, rate, floor):
    return height * np.exp(-rate * x) + floor


def line(x, slope, offset):
    return slope * x + offset


def guess(x, y):
    return [y[0] - y[-1], 1.0, y[-1]]


def labelled(values, kinds=("spatial", "spatial", "spectral"), data_type="spectral_image"):
    data = sidpy.Dataset.from_array(values, title="data", units="nA", quantity="Current")
    data.data_type, data.modality, data.source = data_type, "IV", "probe"
    data.metadata = {"tip": {"radius": 20}}
    data.original_metadata = {"Bias": "1 V"}
    for axis, (kind, length) in enumerate(zip(kinds, values.shape, strict=True)):
        last = axis == values.ndim - 1 and length == BIAS.size
        values_ = BIAS if last else 0.5 * np.arange(length)
        name = "bias" if last else "yxuvw"[axis]
        data.set_dimension(
            axis, sidpy.Dimension(values_, name, "Length", "nm", dimension_type=kind)
        )
    return data


def image(noise=0.01, shape=(2, 3)):
    r = np.random.default_rng(1)
    truth = np.stack([r.uniform(*r_, shape) for r_ in ((1, 3), (0.5, 2), (0, 1))], axis=-1)
    clean = decay(BIAS, *(truth[..., k, None] for k in range(3)))
    return labelled(clean + noise * r.normal(size=clean.shape)), truth


def by_curve_fit(data, model=decay, p0=(1.0, 1.0, 0.0), **options):
    rows = np.asarray(data).reshape(-1, data.shape[-1])
    found = [curve_fit(model, BIAS, row, p0=p0, **options) for row in rows]
    return tuple(
        np.stack(part).reshape(*data.shape[:-1], *part[0].shape)
        for part in zip(*found, strict=True)
    )


def test_parameters_covariances_and_standard_errors_are_those_of_curve_fit():
    data, _ = image()
    table, covariance, error = SidFitter(
        data, decay, guess_fn=guess, return_cov=True, return_std=True
    ).do_fit()

    expected, expected_covariance = by_curve_fit(data)
    np.testing.assert_allclose(table, expected, rtol=1e-5)
    np.testing.assert_allclose(covariance, expected_covariance, rtol=1e-3)
    np.testing.assert_allclose(
        error, np.sqrt(np.diagonal(expected_covariance, axis1=-2, axis2=-1)), rtol=1e-3
    )


def test_results_are_labelled_as_ever_and_know_their_parent():
    data, _ = image()
    results = SidFitter(
        data, decay, guess_fn=guess, return_cov=True, return_std=True, return_fit=True,
        fit_parameter_labels=["height", "rate", "floor"],
    ).do_fit()  # fmt: skip

    assert isinstance(results, list)
    titles = ["Fitting_Map", "Fitting_Map_Covariance", "Fitting_Map_std_dev", "fitted_data"]
    assert [result.title for result in results] == titles
    kinds = ["IMAGE_STACK", "IMAGE_4D", "IMAGE_STACK", "SPECTRAL_IMAGE"]
    assert [result.data_type.name for result in results] == kinds
    assert [result.shape for result in results] == [(2, 3, 3), (2, 3, 3, 3), (2, 3, 3), data.shape]
    for result in results:
        assert result.y == data.y
        assert result.x == data.x
        assert result.metadata["tip"] == {"radius": 20}
        assert result.original_metadata == {"Bias": "1 V"}
        assert result.history[-1].function == "sidpy.proc.fitting.sid_fit"
        notes = result.metadata["fit_parms_dict"]
        assert notes["fit_parameters_labels"] == ["height", "rate", "floor"]
        assert notes["fitting_function"].startswith("def decay(x, height")
        assert notes["guess_function"].startswith("def guess")
        assert notes["ind_dims"] == (0, 1)
    table, covariance, error, fitted = results
    assert [
        (a.name, a.units, a.quantity, a.dimension_type.name)
        for a in (table.dim_2, covariance.dim_2, covariance.dim_3, error.dim_2)
    ] == [
        ("fit_parms", "a.u.", "fit_parameters", "TEMPORAL"),
        ("fit_cov_parms_x", "a.u.", "fit_cov_parameters", "SPECTRAL"),
        ("fit_cov_parms_y", "a.u.", "fit_cov_parameters", "SPECTRAL"),
        ("std_dev", "a.u.", "std_dev_fit_parms", "TEMPORAL"),
    ]
    assert (fitted.units, fitted.quantity, fitted.bias) == ("nA", "Current", data.bias)
    np.testing.assert_allclose(fitted, data, atol=0.05)
    data.metadata["tip"]["radius"] = 1
    assert table.metadata["tip"]["radius"] == 20


def test_the_model_is_kept_as_a_pickle_that_others_can_open():
    data, _ = image()
    [table] = SidFitter(data, decay, guess_fn=guess).do_fit()

    text = table.metadata["fitting_functions"]["func1"]
    function = pickle.loads(base64.b64decode(text))
    assert function(0.0, 2.0, 1.0, 0.5) == 2.5


def test_without_a_guess_the_number_of_parameters_will_do():
    data = labelled(np.multiply.outer([[1.0, 2, 3]], BIAS) + 0.5)
    [table] = SidFitter(data, line, num_fit_parms=2).do_fit()

    np.testing.assert_allclose(table, [[[1, 0.5], [2, 0.5], [3, 0.5]]], atol=1e-9)
    assert table.metadata["fit_parms_dict"]["guess_function"] == "Not Provided"


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 1)])
def test_one_parameter_and_single_pixels(shape):
    data = labelled(2.5 * np.broadcast_to(BIAS, (*shape, BIAS.size)))
    table, covariance = SidFitter(
        data, lambda x, slope: slope * x, num_fit_parms=1, return_cov=True
    ).do_fit()

    np.testing.assert_allclose(table, np.full((*shape, 1), 2.5))
    assert covariance.shape == (*shape, 1, 1)


def test_a_single_spectrum_has_no_position():
    data = labelled(line(BIAS, 2.0, -1.0), ("spectral",), "spectrum")
    table, fitted = SidFitter(data, line, num_fit_parms=2, return_fit=True).do_fit()

    np.testing.assert_allclose(table, [2, -1], atol=1e-9)
    np.testing.assert_allclose(fitted, data, atol=1e-9)


def test_failed_fits_are_nan_and_counted():
    data, _ = image()
    values = np.array(data)
    values[0, 1] = np.nan
    data = labelled(values)
    with pytest.warns(SidpyWarning, match="1 of 6 fits failed"):
        table, error = SidFitter(data, decay, num_fit_parms=3, return_std=True).do_fit(
            p0=[1, 1, 0]
        )

    failed = np.isnan(np.asarray(table)).all(axis=-1)
    assert np.argwhere(failed).tolist() == [[0, 1]]
    assert np.isfinite(np.asarray(table)[~failed]).all()
    assert (np.isnan(np.asarray(error)).all(axis=-1) == failed).all()


def test_points_that_are_missing_are_left_out():
    data, truth = image(noise=0)
    values = np.array(data)
    values[1, 2, 5:9] = np.nan
    values[0, 0, 0] = np.inf
    for model in (decay, scalar_only(decay)):
        [table] = SidFitter(labelled(values), model, num_fit_parms=3).do_fit(p0=[1, 1, 0])
        np.testing.assert_allclose(table, truth, rtol=1e-5)


def scalar_only(model):
    """Return the model as one that cannot take many curves at once."""

    def one(x, *parameters):
        if parameters[0] > 1e9:
            raise OverflowError
        return model(x, *map(float, parameters))

    return one


def test_functions_for_one_curve_only_give_the_same():
    data, _ = image()
    together, alone = (
        SidFitter(data, model, guess_fn=guess, return_cov=True).do_fit()
        for model in (decay, scalar_only(decay))
    )

    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3)


def test_a_function_that_misbehaves_with_many_curves_is_found_out():
    """Near the start it agrees with itself; where the fits end it does not."""
    data, truth = image(noise=0)

    def tricky(x, height, rate, floor):
        if np.ndim(height) and np.any(np.asarray(height) > 1.2):
            return np.zeros((len(height), x.size)) + floor
        return decay(x, height, rate, floor)

    [table] = SidFitter(data, tricky, num_fit_parms=3).do_fit(p0=[1.0, 1.0, 0.1])
    np.testing.assert_allclose(table, truth, rtol=1e-4)


def test_functions_without_source_and_without_pickle():
    names = {}
    exec("def made(x, a, b): return a * x + b", names)
    data = labelled(line(BIAS, 2.0, 1.0).reshape(1, 1, -1))
    [table] = SidFitter(data, names["made"], num_fit_parms=2).do_fit()

    assert table.metadata["fit_parms_dict"]["fitting_function"] == "Not Provided"
    np.testing.assert_allclose(np.asarray(table).ravel(), [2, 1], atol=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"bounds": ([0, 0, -1], [4, 4, 1])},
        {"bounds": (-10, 10), "method": "trf"},
        {"bounds": (-10, 10), "method": "dogbox"},
        {"method": "lm"},
        {"maxfev": 500},
        {"ftol": 1e-12, "xtol": 1e-12, "gtol": 1e-12},
        {"sigma": np.linspace(1, 2, 40)},
        {"sigma": np.linspace(1, 2, 40), "absolute_sigma": True},
        {"sigma": np.diag(np.linspace(1, 2, 40)), "absolute_sigma": True},
        {"jac": lambda x, h, r, f: np.stack(
            [np.exp(-r * x), -h * x * np.exp(-r * x), np.ones_like(x)], axis=1)},
        {"loss": "soft_l1", "f_scale": 0.1, "method": "trf"},
    ],
    ids="-".join,
)  # fmt: skip
def test_options_of_curve_fit_are_honoured(options):
    data, _ = image()
    table, covariance = SidFitter(data, decay, num_fit_parms=3, return_cov=True).do_fit(
        p0=[1, 1, 0], **options
    )

    expected, expected_covariance = by_curve_fit(data, **options)
    np.testing.assert_allclose(table, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(covariance, expected_covariance, rtol=5e-3, atol=1e-8)


def test_bounds_hold_where_they_bind():
    data, _ = image()
    [table] = SidFitter(data, decay, guess_fn=guess).do_fit(bounds=([0, 0, 0], [1.5, 5, 5]))

    expected, _ = by_curve_fit(data, bounds=([0, 0, 0], [1.5, 5, 5]))
    np.testing.assert_allclose(table, expected, atol=2e-3)
    assert np.asarray(table)[..., 0].max() <= 1.5


def test_start_values_for_every_pixel():
    data, truth = image(noise=0)
    [table] = SidFitter(data, decay, num_fit_parms=3).do_fit(p0=truth * 1.1)

    np.testing.assert_allclose(table, truth, rtol=1e-6)


def test_complex_data_as_joined_parts_and_as_complex_values():
    r = np.random.default_rng(2)
    truth = r.uniform(1, 2, (2, 3, 2))
    clean = truth[..., :1] * BIAS + 1j * truth[..., 1:] * np.sin(BIAS)
    data = labelled(clean + 0.01 * (r.normal(size=clean.shape) + 1j * r.normal(size=clean.shape)))

    def joined(x, a, b):
        return np.hstack([a * x, b * np.sin(x)])

    results = [
        SidFitter(
            data, model, guess_fn=lambda x, y: [1.0, 1.0], return_fit=True, return_std=True
        ).do_fit()
        for model in (joined, lambda x, a, b: a * x + 1j * b * np.sin(x))
    ]
    for table, error, fitted in results:
        assert np.abs((np.asarray(table) - truth) / np.asarray(error)).max() < 4
        assert np.iscomplexobj(fitted)
        np.testing.assert_allclose(fitted, clean, atol=0.05)
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-9)


def test_several_axes_along_the_curve():
    """The function gets a row per axis, flattened with the last axis fastest."""
    u, v = np.meshgrid(0.5 * np.arange(4), 0.5 * np.arange(5), indexing="ij")
    slopes = np.random.default_rng(3).uniform(1, 2, (3, 2))
    values = slopes[:, :1, None] * u + slopes[:, 1:, None] * v**2
    data = labelled(values, ("spatial", "spectral", "spectral"), "unknown")
    seen = []

    def surface(x, a, b):
        return a * x[0] + b * x[1] ** 2

    def guess_surface(x, y):
        seen.append((x.shape, y.shape))
        return [1.0, 1.0]

    table, fitted = SidFitter(data, surface, guess_fn=guess_surface, return_fit=True).do_fit()
    np.testing.assert_allclose(table, slopes)
    np.testing.assert_allclose(fitted, values)
    assert set(seen) == {((2, 20), (4, 5))}

    [table] = SidFitter(
        data, surface, xvec=[np.arange(4.0), np.arange(5.0)], num_fit_parms=2
    ).do_fit()
    np.testing.assert_allclose(table, slopes * [0.5, 0.25])


def test_axes_in_any_order():
    """Positions need not come first, and the fitted data keep the order of the data."""
    data, truth = image(noise=0)
    turned = labelled(np.moveaxis(np.asarray(data), 2, 0), ("spectral", "spatial", "spatial"))
    table, fitted = SidFitter(turned, decay, xvec=BIAS, num_fit_parms=3, return_fit=True).do_fit(
        p0=[1, 1, 0]
    )

    np.testing.assert_allclose(table, truth, rtol=1e-6)
    np.testing.assert_allclose(fitted, turned, atol=1e-6)
    assert fitted.shape == turned.shape


def test_axes_that_are_positions_can_be_named():
    data, truth = image(noise=0)
    fitter = SidFitter(data, decay, ind_dims=("y", "x"), num_fit_parms=3)

    assert (fitter.ind_dims, fitter.dep_dims) == ((0, 1), (2,))
    np.testing.assert_allclose(fitter.do_fit(p0=[1, 1, 0])[0], truth, rtol=1e-6)


def test_clusters_of_similar_curves_give_the_start_values():
    r = np.random.default_rng(5)
    kinds = np.array([[2.0, 3.0, 0.0], [0.5, -0.8, 1.0]])
    labels = r.integers(0, 2, (4, 5))
    data = labelled(
        decay(BIAS, *(kinds[labels][..., k, None] for k in range(3)))
        + 0.01 * r.normal(size=(4, 5, 40))
    )
    fitter = SidFitter(data, decay, num_fit_parms=3, km_guess=True, n_clus=2)
    [table] = fitter.do_fit()

    assert fitter.km_priors.shape == (2, 3)
    assert fitter.km_centers.shape == (2, 40)
    found = fitter.km_labels.reshape(labels.shape)
    assert (found == labels).all() or (found == 1 - labels).all()
    np.testing.assert_allclose(
        fitter.km_priors[fitter.km_labels[0]], kinds[labels[0, 0]], atol=0.1
    )
    np.testing.assert_allclose(table, kinds[labels], atol=0.3)


def test_guesses_are_made_once_when_asked_for():
    data, _ = image()
    calls = []

    def counted(x, y):
        calls.append(1)
        return guess(x, y)

    fitter = SidFitter(data, decay, guess_fn=counted)
    fitter.do_guess()
    assert fitter.guess_completed
    assert fitter.prior.shape == (6, 3)
    fitter.do_fit()
    assert len(calls) == 6


def test_lazy_data_stay_lazy_and_fitted_curves_too():
    import dask.array as da

    data, truth = image(noise=0, shape=(5, 7))
    counted = []

    def block(values):
        counted.append(values.shape)
        return values

    lazy = da.from_array(np.asarray(data), chunks=(2, 7, 20)).map_blocks(block, dtype=float)
    fitter = SidFitter(labelled_like(lazy), decay, num_fit_parms=3, return_fit=True)
    counted.clear()
    table, fitted = fitter.do_fit(p0=[1, 1, 0])
    assert len(counted) == 6
    np.testing.assert_allclose(table, truth, rtol=1e-6)
    np.testing.assert_allclose(fitted[3], data[3], atol=1e-6)


def labelled_like(lazy):
    data = sidpy.Dataset.from_array(lazy)
    data.set_dimension(2, sidpy.Dimension(BIAS, "bias", dimension_type="spectral"))
    return data


def test_the_client_is_there_even_without_a_cluster():
    data, _ = image()
    fitter = SidFitter(data, decay, guess_fn=guess)

    assert fitter.client.dashboard_link == ""


@pytest.mark.distributed
def test_an_active_cluster_does_the_work(cluster):
    data, truth = image(noise=0)
    fitter = SidFitter(  # functions that travel by value: workers need not import this file
        data, lambda x, h, r, f: h * np.exp(-r * x) + f, return_fit=True,
        guess_fn=lambda x, y: [y[0] - y[-1], 1.0, y[-1]],
    )  # fmt: skip
    table, fitted = fitter.do_fit()

    assert fitter.client is cluster
    np.testing.assert_allclose(table, truth, rtol=1e-6)
    np.testing.assert_allclose(fitted[0].compute(), data[0], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, LabelValueError, "num_fit_parms"),
        ({"num_fit_parms": 3, "xvec": 3}, LabelTypeError, "xvec"),
        ({"num_fit_parms": 3, "ind_dims": (7,)}, sidpy.errors.DimensionError, "no axis 7"),
        ({"num_fit_parms": 3, "ind_dims": (0, 1, 2)}, sidpy.errors.DimensionError, "ind_dims"),
        (
            {"num_fit_parms": 3, "ind_dims": (0,), "xvec": [BIAS]},
            LabelValueError,
            "1 arrays for 2",
        ),
        ({"num_fit_parms": 3, "ind_dims": (0,), "xvec": BIAS}, LabelTypeError, "list of 2"),
    ],
)
def test_wrong_arguments_say_what_would_fit(arguments, error, words):
    data, _ = image()
    with pytest.raises(error, match=words):
        SidFitter(data, decay, **arguments)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"bound": 3}, TypeError, "no option bound"),
        ({"full_output": True}, TypeError, "full_output"),
        ({"bounds": ([0, 0], [1, 1])}, ValueError, "length"),
        ({"bounds": (2, 1)}, ValueError, "Violations"),
        ({"sigma": [1.0, 2.0]}, ValueError, "sigma has shape"),
        ({"p0": np.ones((5, 3))}, ValueError, "start values"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_computed(options, error, words):
    data, _ = image()
    with pytest.raises(error, match=words):
        SidFitter(data, decay, num_fit_parms=3).do_fit(**options)


def test_what_is_no_dataset_is_refused():
    with pytest.raises(TypeError, match="Dataset"):
        SidFitter(np.zeros((2, 3)), line, num_fit_parms=2)


def test_fitted_curves_are_there_after_the_fit_only():
    data, _ = image()
    fitter = SidFitter(data, decay, guess_fn=guess, return_fit=True)
    with pytest.raises(RuntimeError, match="do_fit"):
        fitter.get_fitted_dataset()

    *_, fitted = fitter.do_fit()
    assert fitter.get_fitted_dataset() is fitted
    data.data_type = "image_stack"
    with pytest.raises(NotImplementedError, match="IMAGE_STACK"):
        fitter.visualize_fit_results()


@pytest.mark.parametrize("horizontal", [True, False])
def test_the_fitted_curve_is_shown_over_the_data(horizontal):
    import matplotlib.pyplot as plt

    from sidpy.proc.fitter import SpectralImageFitVisualizer

    data, _ = image()
    fitter = SidFitter(data, decay, guess_fn=guess, return_fit=True)
    *_, fitted = fitter.do_fit()
    view = fitter.visualize_fit_results(figure=plt.figure(), horizontal=horizontal)

    assert isinstance(view, SpectralImageFitVisualizer)
    shown = [line.get_ydata() for axes in view.fig.axes for line in axes.lines]
    for curve in (data[0, 0], fitted[0, 0]):
        assert any(len(y) == 40 and np.allclose(y, curve) for y in shown)
    plt.close("all")


def test_a_single_curve_at_once():
    parameters, covariance = SidFitter.default_curve_fit(line, BIAS, line(BIAS, 2.0, 1.0), 2)
    np.testing.assert_allclose(parameters, [2, 1], atol=1e-9)
    assert covariance.shape == (2, 2)

    parameters = SidFitter.default_curve_fit(
        line, BIAS, line(BIAS, 2.0, 1.0), None, return_cov=False, p0=[1, 1]
    )
    np.testing.assert_allclose(parameters, [2, 1], atol=1e-9)
    with pytest.warns(SidpyWarning, match="1 of 1"):
        parameters, _ = SidFitter.default_curve_fit(line, BIAS, np.full(40, np.nan), 2)
    assert np.isnan(parameters).all()
