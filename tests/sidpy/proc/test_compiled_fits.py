"""Fits by compiled code take the steps of the iteration in NumPy and end where it ends."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from sidpy import errors
from sidpy.proc.engine import compiled
from sidpy.proc.engine.kernels import FORMS, LOSSES
from sidpy.proc.engine.losses import LOSSES as NAMES
from sidpy.proc.fit import FitSettings, FitStatus, batch_fit
from sidpy.proc.models import (
    Constant,
    Exponential,
    Gaussian,
    Linear,
    Lorentzian,
    Polynomial,
    Voigt,
)

X = np.linspace(-5, 5, 60)
ROWS = 40
PEAK = Gaussian() + Constant()
START = np.array([2.0, 0.1, 0.9, 0.4])
FIELDS = ("parameters", "covariance", "reduced_chi_squared", "cost")


@pytest.fixture(scope="session")
def numba():
    return pytest.importorskip("numba", reason="numba, which compiles the fits, is not installed")


def spectra(model=PEAK, truth=(2.0, 0.3, 1.0, 0.5), noise=0.05):
    r = np.random.default_rng(7)
    p = np.array(truth) * r.uniform(0.8, 1.2, (ROWS, len(truth)))
    return model(p, X) + noise * r.standard_normal((ROWS, len(X)))


def both(model, y, start, **options):
    """Return the fits in NumPy and by compiled code."""
    settings = options.pop("settings", FitSettings())
    plain, quick = (
        batch_fit(model, y, start, x=X, settings=replace(settings, compiled=chosen), **options)
        for chosen in (False, True)
    )
    return plain, quick


def assert_equal(plain, quick, rtol=1e-9):
    np.testing.assert_array_equal(quick.status, plain.status)
    np.testing.assert_array_equal(quick.iterations, plain.iterations)
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(quick, name), getattr(plain, name), rtol=rtol, atol=1e-12, err_msg=name
        )


@pytest.fixture
def used(numba, monkeypatch):
    """Count the blocks that compiled code has fitted."""
    blocks = []
    original = compiled._file
    monkeypatch.setattr(compiled, "_file", lambda *a: (blocks.append(1), original(*a)))
    return blocks


MODELS = {
    "gaussian": (PEAK, (2.0, 0.3, 1.0, 0.5)),
    "lorentzian": (Lorentzian() + Linear(), (2.0, 0.3, 1.0, 0.5, 0.1)),
    "exponential": (Exponential() + Constant(), (1.0, 2.0, 0.5)),
    "polynomial": (Polynomial(3), (1.0, 0.5, -0.2, 0.1)),
    "alone": (Gaussian(), (2.0, 0.3, 1.0)),
    "two": (Gaussian() + Gaussian() + Constant(), (2.0, -2.0, 0.7, 1.5, 2.0, 0.9, 0.3)),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_end_in_the_same_place(used, name):
    model, truth = MODELS[name]
    plain, quick = both(model, spectra(model, truth), np.array(truth) * 1.1)

    assert used
    assert plain.converged.all()
    assert_equal(plain, quick)


@pytest.mark.parametrize("loss", NAMES)
@pytest.mark.parametrize("weighted", [False, True])
def test_losses_and_weights(used, loss, weighted):
    y = spectra()
    y[:, 20] += 3.0
    w = np.random.default_rng(1).uniform(50, 400, y.shape) if weighted else None
    scale = 2.0 if weighted else 0.1
    plain, quick = both(PEAK, y, START, loss=loss, f_scale=scale, weights=w)

    assert used
    assert plain.converged.any()
    np.testing.assert_array_equal(quick.converged, plain.converged)
    for name in ("parameters", "covariance", "cost"):
        np.testing.assert_allclose(
            getattr(quick, name), getattr(plain, name), rtol=1e-5, atol=1e-9
        )


@pytest.mark.parametrize("exposed", [False, True])
def test_counts(used, exposed):
    truth = np.array([20.0, 0.2, 1.0, 3.0])
    y = np.random.default_rng(3).poisson(PEAK(np.tile(truth, (ROWS, 1)), X)).astype(float)
    w = np.linspace(0.5, 1.5, len(X)) if exposed else None
    plain, quick = both(PEAK, y, truth * 1.1, noise="poisson", weights=w)

    assert used
    assert (y == 0).any()
    assert plain.converged.all()
    assert_equal(plain, quick)


def test_missing_points_and_too_few_of_them(used):
    y = spectra()
    y[::3, 5:9] = np.nan
    y[7, 3:] = np.nan
    plain, quick = both(PEAK, y, START)

    assert used
    assert plain.status[7] == FitStatus.TOO_FEW_DATA
    assert np.isnan(quick.parameters[7]).all()
    assert_equal(plain, quick)


@pytest.mark.parametrize("start", [[2.0, 0.1, 0.0, 0.4], [2.0, np.nan, 1.0, 0.4]])
def test_starts_that_cannot_be_evaluated(used, start):
    plain, quick = both(PEAK, spectra(), start)

    assert used
    assert (plain.status == FitStatus.BAD_START).all()
    assert_equal(plain, quick)


def test_bounds_that_hold_fix_and_cut(used):
    low, high = np.array([0.0, -0.1, 0.2, 0.45]), np.array([5.0, 0.31, 3.0, 0.45])
    plain, quick = both(PEAK, spectra(), START, bounds=(low, high))

    assert used
    assert (plain.parameters[:, 1] == 0.31).any()
    assert (quick.parameters[:, 3] == 0.45).all()
    assert_equal(plain, quick)


def test_several_starts_in_small_blocks(used):
    y = spectra()
    starts = START * np.array([1.0, 0.7, 1.6])[None, :, None] * np.ones((ROWS, 1, 1))
    tiny = FitSettings(block_bytes=1)
    plain, quick = both(PEAK, y, starts, settings=tiny)

    assert len(used) > 1
    assert_equal(plain, quick)


def test_iterations_that_run_out_are_not_converged(used):
    plain, quick = both(PEAK, spectra(), START * 2, settings=FitSettings(max_iterations=1))

    assert used
    assert (quick.status == FitStatus.NOT_CONVERGED).all()
    assert_equal(plain, quick)


def test_data_without_noise_and_without_signal(used):
    y = spectra(noise=0.0)
    y[3] = 0.0
    plain, quick = both(PEAK, y, START)

    assert used
    np.testing.assert_array_equal(quick.converged, plain.converged)
    np.testing.assert_allclose(
        np.delete(quick.parameters, 3, 0), np.delete(plain.parameters, 3, 0)
    )


def test_read_only_and_strided_data(used):
    y = np.repeat(spectra(), 2, axis=1)[:, ::2]
    y.flags.writeable = False
    plain, quick = both(PEAK, y, START)

    assert used
    assert_equal(plain, quick)


def other_formula():
    class Lopsided(Gaussian):
        def _evaluate(self, p, x, jac):
            values = super()._evaluate(p, x, jac)
            if jac is not None:
                jac *= 2
            return 2 * values

    return Lopsided() + Constant()


@pytest.mark.parametrize(
    ("model", "y", "options"),
    [
        (Voigt(), spectra(Voigt(), (2.0, 0.3, 1.0, 0.5)), {}),
        (other_formula(), spectra(other_formula()), {}),
        (lambda p, x: PEAK(p, x) + 0.0, spectra(), {}),
        (PEAK, spectra(), {"jacobian": "central"}),
        (PEAK, spectra(), {"tied": {3: (0, 0.25, 0.0)}}),
        (PEAK, spectra(), {"shared": [2]}),
    ],
    ids=["voigt", "subclass", "function", "differences", "ties", "shared"],
)
def test_what_compiled_code_does_not_know_is_fitted_in_numpy(used, model, y, options):
    plain, asked = both(model, y, START, **options)

    assert not used
    assert plain.converged.any()
    assert_equal(plain, asked, rtol=0)


def test_complex_data_are_fitted_in_numpy(used):
    y = spectra(Linear(), (1.0, 2.0)) + 0.1j
    plain, asked = both(Linear(), y, [1.0, 1.0])

    assert not used
    assert plain.converged.all()
    assert_equal(plain, asked, rtol=0)


def test_forms_and_losses_have_numbers_for_every_name():
    assert set(LOSSES) == {*NAMES, "poisson"}
    models = [Gaussian(), Lorentzian(), Exponential(), Polynomial(2)]
    assert {m.forms()[0][0] for m in models} == set(FORMS)
    assert Voigt().forms() == (("", 4),)
    assert PEAK.forms() == (("gaussian", 3), ("polynomial", 1))


def test_without_numba_only_an_explicit_wish_fails(monkeypatch):
    monkeypatch.setattr(compiled, "find_spec", lambda _: None)
    y = spectra()

    assert compiled.forms_of(PEAK, X, (1 << 20, len(X)), chosen=None) is None
    assert batch_fit(PEAK, y, START, x=X).converged.all()
    with pytest.raises(errors.MissingDependency, match=r"pip install 'sidpy\[numba\]'"):
        batch_fit(PEAK, y, START, x=X, settings=FitSettings(compiled=True))


def test_many_data_are_fitted_by_compiled_code_unless_forbidden(numba):
    assert compiled.forms_of(PEAK, X, (10, len(X)), chosen=None) is None
    assert compiled.forms_of(PEAK, X, (1 << 15, len(X)), chosen=None) == PEAK.forms()
    assert compiled.forms_of(PEAK, X, (1 << 15, len(X)), chosen=False) is None


def test_small_fits_do_not_load_numba():
    code = (
        "import sys, numpy as np; from sidpy.proc.fit import batch_fit;"
        "from sidpy.proc.models import Linear; x = np.arange(9.0);"
        "batch_fit(Linear(), x[None], [0.0, 2.0], x=x); assert 'numba' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
