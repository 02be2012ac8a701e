"""Tunneling spectra: slopes, gaps and scales, with errors that cover."""

from __future__ import annotations

import dask
import numpy as np
import pytest

import sidpy
from pycroscopy.simulate import tunnel_scan
from pycroscopy.spectroscopy import (
    BandEdges,
    BandTails,
    DynesGap,
    FanoLine,
    average_sweeps,
    calibrate_lock_in,
    conductance,
    fit_band_gap,
    fit_superconducting_gap,
    fit_zero_bias,
    normalize_to_set_point,
    normalized_conductance,
)
from pycroscopy.spectroscopy.superconductors import BOLTZMANN
from sidpy.sid import operations

BIAS = np.linspace(-1, 1, 101)


def labelled(values, bias=BIAS, units=("V", "nA"), axis=None):
    values = np.asarray(values)
    data = sidpy.Dataset.from_array(values, units=units[1], quantity="current", title="curves")
    axis = values.ndim - 1 if axis is None else axis
    data.set_dimension(axis, sidpy.Dimension(bias, "bias", "bias", units[0], "spectral"))
    return data


def noisy(curve, noise, scan=(20, 30), seed=0):
    random = np.random.default_rng(seed)
    return curve + noise * random.standard_normal((*scan, len(curve)))


def covered(values, errors, truth):
    """Return the share of values that are within their error."""
    return np.mean(np.abs(np.asarray(values) - truth) < np.asarray(errors))


# ------------------------------------------------------------------ slopes


@pytest.mark.parametrize("bias", [BIAS, BIAS[::-1], np.sinh(2 * BIAS)], ids=["up", "down", "bent"])
def test_slopes_of_parabolas_are_exact_and_errors_cover(bias):
    curve, slope = 3 + 2 * bias - bias**2, 2 - 2 * bias
    exact = conductance(labelled(curve, bias))
    np.testing.assert_allclose(exact.values, slope, atol=1e-9)

    found = conductance(labelled(noisy(curve, 0.02), bias), window=0.1 * np.ptp(bias)).persist()
    assert 0.67 < covered(found.values, found.errors, slope) < 0.70
    np.testing.assert_allclose(np.mean(found.noise), 0.02, rtol=0.01)
    assert [found.values.units, found.values.bias.units, found.values.shape] == [
        "nA/V", "V", (20, 30, 101)
    ]  # fmt: skip


@pytest.mark.parametrize("noise", [0.003, 0.03, 0.1])
def test_splines_find_their_smoothness(noise):
    curve = np.sinh(3 * BIAS) + 0.5 * np.tanh(BIAS / 0.15)
    slope = 3 * np.cosh(3 * BIAS) + 0.5 / 0.15 / np.cosh(BIAS / 0.15) ** 2
    data = labelled(noisy(curve, noise, (10, 10)))
    found = conductance(data, method="spline").persist()
    local = conductance(data, window=0.14).persist()
    rms, other = (np.sqrt(np.mean((np.asarray(f.values) - slope) ** 2)) for f in (found, local))

    assert rms < other
    np.testing.assert_allclose(np.mean(found.noise), noise, rtol=0.05)
    assert 0.6 < covered(found.values, found.errors, slope) < 0.85


@pytest.mark.parametrize("dtype", [">f4", "i2", "u1", "f8"])
def test_any_numbers_and_a_curve_axis_in_front(dtype):
    curve = (20 + np.arange(101)).astype(dtype)
    found = conductance(labelled(np.tile(curve[:, None], (1, 3)), axis=0), window=0.5)

    assert found.values.shape == (101, 3)
    np.testing.assert_allclose(found.values, 50, rtol=1e-6)
    assert found.noise.shape == (3,)


def test_missing_points_and_curves_that_hold_nothing():
    curves = np.tile(BIAS**2, (5, 1))
    curves[0, ::7], curves[1], curves[2, 5:], curves[3] = np.nan, np.nan, np.nan, 2.0
    for method in ("polynomial", "spline"):
        found = np.asarray(conductance(labelled(curves), method=method, window=0.2).values)
        np.testing.assert_array_equal(np.isnan(found).any(axis=1), [0, 1, 1, 1, 0])
        np.testing.assert_allclose(found[0], 2 * BIAS, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"method": "magic"}, "'polynomial' or 'spline'"), ({"window": -1}, "above 0"),
     ({"order": 9}, "1 to 5")],
)  # fmt: skip
def test_slopes_refuse(options, words):
    with pytest.raises(ValueError, match=words):
        conductance(labelled(BIAS), **options)
    with pytest.raises(ValueError, match="5 points"):
        conductance(np.arange(5.0))
    with pytest.raises(TypeError, match="real numbers"):
        conductance(labelled(BIAS + 1j))


def test_logarithms_stay_above_the_noise():
    found = conductance(labelled(np.exp(8 * BIAS) + 0.0 * noisy(BIAS, 0, (1,))), window=0.1)
    log = found.log10()
    shown = np.asarray(log.values)[0]

    np.testing.assert_allclose(
        shown[60:90], (8 * BIAS / np.log(10) + np.log10(8))[60:90], atol=0.2
    )
    assert log.values.units == ""
    assert log.plot().axes


# ------------------------------------------------------------------ normalization


def test_normalized_slopes_cover_and_are_finite_in_a_gap():
    gapped = np.where(np.abs(BIAS) > 0.3, np.sign(BIAS) * (np.abs(BIAS) - 0.3) ** 2, 0.0)
    options = {"broadening": 0.4, "window": 0.16}
    truth = np.asarray(normalized_conductance(labelled(gapped), **options).values)
    found = normalized_conductance(labelled(noisy(gapped, 1e-3)), **options).persist()

    assert np.isfinite(truth).all()
    assert np.abs(truth[np.abs(BIAS) < 0.2]).max() < 1e-6
    assert 0.66 < covered(found.values, found.errors, truth) < 0.70


def test_a_lock_in_channel_takes_the_place_of_the_slope():
    current, slope = 2 * BIAS + BIAS**3, 2 + 3 * BIAS**2
    plain = normalized_conductance(labelled(current), broadening=0.3)
    beside = normalized_conductance(labelled(current), lock_in=slope, broadening=0.3)

    np.testing.assert_allclose(beside.values, plain.values, rtol=2e-3)
    with pytest.raises(ValueError, match="7 points of the lock-in"):
        normalized_conductance(labelled(current), lock_in=np.arange(7.0), broadening=0.3)
    with pytest.raises(ValueError, match="broadening is positive"):
        normalized_conductance(labelled(current), broadening=0)


# ------------------------------------------------------------------ sweeps and scales


def there_and_back(noise=0.0, scan=(20, 30)):
    bias = np.concatenate([BIAS, BIAS[::-1]])
    loop = np.sinh(bias) + np.where(np.arange(202) < 101, 0.1, -0.1) * (1 - bias**2)
    return bias, noisy(loop, noise, scan)


def test_two_sweeps_in_one_axis():
    bias, curves = there_and_back(0.02)
    found = average_sweeps(labelled(curves, bias)).persist()
    places = found.values.bias.values

    np.testing.assert_allclose(places, BIAS[: len(places)], atol=1e-12)
    assert 0.66 < covered(found.values, found.errors, np.sinh(places)) < 0.70
    exact = average_sweeps(labelled(there_and_back(scan=(1,))[1], bias))
    np.testing.assert_allclose(exact.area, 0.2 * 4 / 3, rtol=0.002)
    assert 0.62 < covered(found.area, found.area_error, np.asarray(exact.area)[0]) < 0.74
    assert found.area.units == "nA*V"


def test_a_backward_sweep_of_its_own():
    forward = labelled(BIAS**2 + 0.1)
    backward = labelled((BIAS**2 - 0.1)[::-1], BIAS[::-1])
    found = average_sweeps(forward, backward)

    np.testing.assert_allclose(found.values, BIAS**2, atol=1e-12)
    np.testing.assert_allclose(found.hysteresis, 0.2)
    with pytest.raises(ValueError, match="rises and falls"):
        average_sweeps(forward)
    with pytest.raises(ValueError, match="positions"):
        average_sweeps(forward, labelled(np.ones((3, 101))))
    with pytest.raises(ValueError, match="in common"):
        average_sweeps(forward, labelled(BIAS, BIAS + 7))


def test_lock_in_channels_become_conductance():
    current, slope = np.tanh(3 * BIAS) + BIAS, 3 / np.cosh(3 * BIAS) ** 2 + 1
    channel = labelled(noisy((slope - 0.3) / 7, 0.003), units=("V", "mV"))
    data = labelled(noisy(current, 0.01, seed=1))
    found = calibrate_lock_in(channel, data, together=False).persist()

    assert 0.63 < covered(found.gain, found.gain_error, 7) < 0.73
    assert 0.63 < covered(found.offset, found.offset_error, 0.3) < 0.73
    assert [found.gain.units, found.values.units] == ["nA/V/(mV)", "nA/V"]
    together = calibrate_lock_in(channel, data).persist()
    gain, error = np.asarray(together.gain)[0, 0], np.asarray(together.gain_error)[0, 0]
    assert abs(gain - 7) < 3 * error < 0.01
    assert 0.66 < covered(together.values, together.errors, slope) < 0.70
    assert len(together.plot().axes) == 4


@pytest.mark.parametrize("kind", ["current", "conductance"])
def test_curves_meet_at_the_set_point(kind):
    curve = BIAS + BIAS**2 / 2
    level = 0.625 if kind == "current" else 0.5**2 / 2 + 0.5**3 / 6
    found = normalize_to_set_point(
        labelled(noisy(curve, 0.01) * np.linspace(1, 3, 30)[:, None]), 0.5, 2.0, kind=kind,
        window=0.2,
    )  # fmt: skip

    assert 0.66 < covered(found.values, found.errors, 2 * curve / level) < 0.70
    with pytest.raises(ValueError, match="set point of 3"):
        normalize_to_set_point(labelled(curve), 3.0, kind=kind)


# ------------------------------------------------------------------ gaps


def brute_force(bias, gap, broadening, temperature, modulation):
    """Return the conductance in mV by sums over energies and phases of the modulation."""
    energy = np.linspace(-40, 40, 160_001)
    z = energy - 1j * broadening
    density = np.abs(np.real(z / np.sqrt(z**2 - gap**2)))
    heat = BOLTZMANN * 1e3 * temperature
    angles = np.pi * (np.arange(24) + 0.5) / 24 if modulation else np.array([np.pi / 2])
    found = 0.0
    for angle in angles:
        weight = 2 * np.sin(angle) ** 2 / len(angles) if modulation else 1.0
        away = (energy - bias - np.sqrt(2) * modulation * np.cos(angle)) / (2 * heat)
        edge = 1 / (4 * heat) / np.cosh(np.clip(away, -300, 300)) ** 2
        found += weight * np.sum(density * edge) * (energy[1] - energy[0])
    return found


@pytest.mark.parametrize("temperature", [0.4, 4.2])
@pytest.mark.parametrize("modulation", [0.0, 0.1])
def test_both_convolutions_are_exact(temperature, modulation):
    model = DynesGap(modulation, 1e3, 25)
    for bias in (0.0, 1.3, 2.0):
        found = model([1.4, 0.05, temperature, 1.0, 0.0], np.array([bias]))
        np.testing.assert_allclose(
            found, brute_force(bias, 1.4, 0.05, temperature, modulation), rtol=2e-5, atol=2e-6
        )


@pytest.mark.parametrize(
    ("model", "p"),
    [(DynesGap(0.1, 1e3), [1.4, 0.05, 1.2, 2.0, 0.02]), (BandTails(0.1), [-1, 1, 0.3, 0.4, 0.1]),
     (BandEdges(), [-1.01, 1.02, 2, 3, 0.1]), (BandEdges(0.5), [-1.01, 1.02, 2, 3, 0.1]),
     (FanoLine(), [2.0, 1.0, 0.1, 0.3])],
    ids=repr,
)  # fmt: skip
def test_derivatives_are_those_of_the_curve(model, p):
    x, p = np.linspace(-2, 2, 41), np.array(p, float)
    for step, slope in zip(1e-6 * np.eye(len(p)), model.jacobian(p[None], x)[0], strict=True):
        np.testing.assert_allclose(
            slope, (model(p + step, x) - model(p - step, x)) / 2e-6, atol=1e-5
        )


@pytest.mark.parametrize("unit", ["V", "mV"])
def test_superconducting_gaps_at_the_bound(unit):
    volt = {"V": 1.0, "mV": 1e3}[unit]
    bias = np.linspace(6e-3, -6e-3, 121) * volt
    truth = np.array([1.4e-3 * volt, 8e-5 * volt, 1.2, 2.0, 2e-5 * volt])
    model = DynesGap(1e-4 * volt, volt)
    curve = model(truth, bias)
    data = labelled(noisy(curve, 0.03, (9, 20)), bias, (unit, "nS"))
    found = fit_superconducting_gap(data, temperature=1.2, modulation=1e-4 * volt)
    free = [0, 1, 3, 4]
    slopes = model.jacobian(truth[None], bias)[0][free]
    size = np.abs(slopes).max(axis=1, keepdims=True)
    limit = 0.03 * np.sqrt(np.diag(np.linalg.inv(slopes / size @ (slopes / size).T))) / size[:, 0]
    off = (np.asarray(found.parameters) - truth)[..., free]

    assert found.n_failed == 0
    # of 180 spectra an rms is known to a twentieth
    assert np.all(np.sqrt((off**2).mean(axis=(0, 1))) < 1.2 * limit)
    assert 0.63 < covered(off, np.asarray(found.errors)[..., free], 0) < 0.73
    assert [found["gap"].units, found["temperature"].units] == [unit, "K"]


def test_maps_of_gaps_from_a_grid_stay_lazy_and_repeat():
    made = tunnel_scan((5, 7), noise=(1e-6, 1e-2))
    lazy = fit_superconducting_gap(made.lock_in, temperature=1.2, modulation=1e-4, compute=False)
    assert hasattr(lazy.packed, "dask")
    found = fit_superconducting_gap(made.lock_in, temperature=1.2, modulation=1e-4)

    np.testing.assert_allclose(lazy["gap"], found["gap"], rtol=1e-9)
    np.testing.assert_allclose(found["gap"], made.truth["gap"], rtol=0.01)
    step = found["gap"].history[-1]
    assert step.function == "pycroscopy.spectroscopy.fit_superconducting_gap"
    np.testing.assert_array_equal(operations.call(step, [made.lock_in]), found["gap"])


@pytest.mark.parametrize(
    ("model", "p", "options"),
    [
        (BandEdges(), [-0.7, 0.93, 2, 3, 0.0], {}),
        (BandTails(0.05), [-0.7, 0.93, 0.3, 0.25, 0.0], {"method": "log", "level": 0.05}),
    ],
    ids=["linear", "log"],
)
def test_band_gaps_cover(model, p, options):
    bias = np.linspace(2, -2, 121)
    found = fit_band_gap(labelled(noisy(model(p, bias), 0.05), bias), **options)

    assert found.n_failed == 0
    for name, truth in {"gap": 1.63, "center": 0.115, "valence_edge": -0.7}.items():
        assert 0.63 < covered(found[name], found.errors[name], truth) < 0.74
        assert abs(np.mean(found[name]) - truth) < 0.2 * np.std(found[name])
    assert found["gap"].units == "V"
    assert found.fit["floor"].units == "nA"
    part = fit_band_gap(labelled(model(p, bias), bias), window=(-1.5, 1.6), **options)
    np.testing.assert_allclose(part["gap"], 1.63, rtol=1e-5)


def test_gaps_refuse():
    with pytest.raises(ValueError, match="'linear' or 'log'"):
        fit_band_gap(labelled(BIAS), method="guess")
    with pytest.raises(ValueError, match="'log' needs a level"):
        fit_band_gap(labelled(BIAS), method="log")
    with pytest.raises(ValueError, match=r"points of .curves. from 0 to 0\.1"):
        fit_band_gap(labelled(BIAS), window=(0.1, 0))
    with pytest.raises(ValueError, match="is in 'nm'"):
        fit_superconducting_gap(labelled(BIAS, units=("nm", "nA")), temperature=1)
    with pytest.raises(ValueError, match="not negative"):
        fit_superconducting_gap(labelled(BIAS), temperature=-1)
    with pytest.raises(ValueError, match="'lorentzian' or 'fano'"):
        fit_zero_bias(labelled(BIAS), shape="kondo")
    assert fit_band_gap(labelled(np.ones((2, 101)))).n_failed == 2


@pytest.mark.parametrize("shape", ["lorentzian", "fano"])
def test_features_at_zero_bias_cover(shape):
    p = [2.0, 1.0 if shape == "fano" else 0.0, 0.05, 0.1]
    curves = noisy(FanoLine()(p, BIAS) + 5 + BIAS, 0.1)
    found = fit_zero_bias(labelled(curves), shape=shape)

    assert found.n_failed == 0
    for name, truth in zip(("even", "center", "width"), (p[0], *p[2:]), strict=True):
        part = found[f"line.{name}"]
        assert 0.63 < covered(part, np.sqrt(part.variance), truth) < 0.73


# ------------------------------------------------------------------ grids


@pytest.mark.parametrize("kind", ["superconductor", "semiconductor"])
def test_simulated_currents_have_the_simulated_slope(kind):
    made = tunnel_scan((2, 3), 401, kind=kind, noise=(0.0, 0.0), modulation=0.0, seed=3)
    slopes = conductance(made.current, window=made.current.bias.slope * 4).values
    away = np.abs(np.asarray(slopes) - made.gain * np.asarray(made.lock_in))

    assert np.median(away) < 1e-3
    again = tunnel_scan((2, 3), 401, kind=kind, noise=(0.0, 0.0), modulation=0.0, seed=3)
    np.testing.assert_array_equal(again.lock_in, made.lock_in)
    with pytest.raises(ValueError, match="'semiconductor'"):
        tunnel_scan(kind="metal")


@pytest.mark.distributed
def test_a_cluster_gives_the_same_maps(cluster):
    made = tunnel_scan((2, 3), 41, kind="semiconductor")
    parts = {
        "gap": lambda: fit_band_gap(made.lock_in)["gap"],
        "slope": lambda: conductance(made.current).values,
        "normalized": lambda: normalized_conductance(made.current, broadening=0.5).values,
    }
    with dask.config.set(scheduler="threads"):
        expected = {name: np.asarray(part()) for name, part in parts.items()}
    with cluster.as_current():
        found = {name: np.asarray(part()) for name, part in parts.items()}

    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-8, atol=1e-12)
