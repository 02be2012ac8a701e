"""Every result of a fit says how it was made, exactly enough to make it again."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from sidpy.errors import LabelTypeError, NotReplayable
from sidpy.proc.beps.resonance import SHO_fit_flattened, sho_guess_fn
from sidpy.proc.fit import FitSettings
from sidpy.proc.fitter import SidFitter
from sidpy.proc.fitter_refactor import SidpyFitterRefactor
from sidpy.proc.models import (
    Constant,
    Gaussian,
    Gaussian2D,
    Linear,
    Lorentzian,
    Polynomial,
    from_function,
)
from sidpy.proc.models.written import model_of, written
from sidpy.sid import operations
from sidpy.sid.arguments import NotKept

HERE = (__name__.partition(".")[0],)


def line(x, slope, offset):
    return slope * x + offset


def guess(_x, _y):
    return [1.0, 0.0]


@pytest.fixture
def data():
    x = np.linspace(0, 10, 40)
    noise = 0.01 * np.random.default_rng(1).standard_normal((2, 3, 40))
    values = np.stack([Gaussian()([[2.0, 4.0, 1.0]] * 3, x), Gaussian()([[1.0, 6.0, 0.5]] * 3, x)])
    result = sidpy.Dataset.from_array(values + 1 + noise, title="lines", units="counts")
    for axis, name in enumerate("yx"):
        length = result.shape[axis]
        result.set_dimension(axis, sidpy.Dimension(np.arange(length), name, name, "nm", "spatial"))
    result.set_dimension(2, sidpy.Dimension(x, "energy", "Energy", "eV", "spectral"))
    return result


def repeat(result, data, **options):
    return operations.call(result.history[-1], [data], HERE, **options)


def assert_repeated(result, data, **options):
    repeated = repeat(result, data, **options)

    assert repeated == result
    assert np.asarray(repeated).tobytes() == np.asarray(result).tobytes()
    assert repeated.history[-1].part == result.history[-1].part


@pytest.mark.parametrize("compute", [True, False])
def test_all_datasets_of_a_fit(data, compute):
    model = Gaussian() + Constant()
    fit = sidpy.fit_dataset(
        data, model, guess="kmeans", bounds={"gaussian.sigma": (0.1, 3)}, seed=7,
        settings=FitSettings(max_iterations=50), compute=compute,
    )  # fmt: skip
    results = {}
    found = [
        fit.parameters, fit.errors, fit.covariance, fit.reduced_chi_squared, fit.status,
        fit.iterations, fit.fitted, fit.residual, fit["gaussian.center"],
        fit.component("gaussian"),
    ]  # fmt: skip
    for one in found:
        assert_repeated(one, data, results=results)

    assert len(results) == 1
    parts = [one.history[-1].part for one in found]
    assert parts[-3:] == ["residual", "[gaussian.center]", "component(gaussian)"]
    parameters = found[0].history[-1].parameters
    assert parameters["model"] == "Gaussian() + Constant()"
    assert (parameters["seed"], parameters["bounds"]) == (7, {"gaussian.sigma": (0.1, 3)})
    with pytest.raises(KeyError, match="a fit has no 'nothing'"):
        fit.part("nothing")


def test_a_function_of_a_module_is_named(data):
    fit = sidpy.fit_dataset(data, line)

    assert str(fit.errors.history[-1].parameters["model"]) == f"{__name__}.line"
    assert_repeated(fit.errors, data)
    with pytest.raises(NotReplayable, match="no package that a file may call"):
        operations.call(fit.errors.history[-1], [data])


def test_a_function_without_a_name_says_so(data):
    fit = sidpy.fit_dataset(data, lambda x, slope, offset: slope * x + offset)

    with pytest.raises(NotReplayable, match="<lambda>"):
        repeat(fit.errors, data)


MODELS = [
    Gaussian() + Constant(), Gaussian("line"), Polynomial(3), Polynomial(2, "below"), Linear(),
    Constant(ndim=2), Gaussian2D(rotated=True), Gaussian() + Gaussian() + Lorentzian("it's"),
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_models_are_text_and_models_again(model):
    text = written(model)
    again = model_of(text)

    assert isinstance(text, str)
    assert again.parameters == model.parameters
    assert repr(again) == repr(model)
    assert written(again) == text


def test_models_of_functions_keep_their_options():
    model = from_function(line, name="below", bounds=([0, 0], [1, 1])) + Gaussian()
    form = written(model)
    again = model_of(form)

    assert form["sum"][0]["function"] is line
    assert again.parameters == model.parameters
    np.testing.assert_array_equal(again.bounds()[1][:2], [1, 1])
    assert written(from_function(line)) is line


def test_models_of_a_user_are_not_kept():
    class Mine(Gaussian):
        """Another formula."""

    assert isinstance(written(Mine()), NotKept)


TEXTS = [
    "__import__('os').system('true')", "Gaussian().__class__", "open('x')", "Model()", "Sum()",
    "Gaussian() - Constant()", "Gaussian", "Polynomial(degree=open)", "", "Gaussian() +",
    "(lambda: 0)()", "from_function(print)", "Gaussian(*[1])", "1 + 1", "(" * 500,
    "Gaussian() + " * 5000 + "Gaussian()",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:30] or "empty")
def test_a_text_is_read_and_never_run(text):
    with pytest.raises(LabelTypeError, match="a model is one of"):
        model_of(text)


@pytest.mark.parametrize("before", ["nothing", "do_guess", "get_km_priors"])
def test_all_results_of_a_fitter(data, before):
    fitter = SidFitter(
        data, line, guess_fn=guess, return_cov=True, return_std=True, return_fit=True,
        fit_parameter_labels=["slope", "offset"],
    )  # fmt: skip
    if before != "nothing":
        getattr(fitter, before)()
    results, kept = fitter.do_fit(maxfev=200), {}
    for number, result in enumerate(results):
        assert result.history[-1].part == str(number)
        assert_repeated(result, data, results=kept)

    assert len(kept) == 1


def test_a_fit_with_functions_of_ours_needs_no_trust():
    frequency = np.linspace(300.0, 350.0, 60)
    curves = SHO_fit_flattened(frequency, 1e-3, 325.0, 80.0, 0.3)
    half = len(curves) // 2
    data = sidpy.Dataset.from_array(np.stack([curves[:half] + 1j * curves[half:]] * 2))
    data.set_dimension(1, sidpy.Dimension(frequency, "f", "frequency", "kHz", "spectral"))
    [table] = SidFitter(data, SHO_fit_flattened, guess_fn=sho_guess_fn).do_fit()
    again = operations.call(table.history[-1], [data])

    assert np.asarray(again).tobytes() == np.asarray(table).tobytes()


@pytest.mark.parametrize("kmeans", [False, True])
def test_all_results_of_the_other_fitter(data, kmeans):
    fitter = SidpyFitterRefactor(data, line, guess, lower_bounds=-5, upper_bounds=[5, 6])
    results = fitter.do_fit(use_kmeans=kmeans, n_clusters=2, return_cov=True)
    for result in results:
        assert_repeated(result, data)
    [table, _], plain = results, fitter.do_fit(guesses=np.array([1.0, 0.5]))

    assert_repeated(plain, data)
    assert (table.history[-1].part, plain.history[-1].part) == ("0", "")
    assert table.provenance["sidpy"]["generated_from"] == "lines"
    labelled = fitter.transform_to_sidpy(np.asarray(table))
    assert_repeated(labelled, data)
