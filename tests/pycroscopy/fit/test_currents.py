"""Currents over the bias and the distance: laws at the bound, and what capacitances add."""

from __future__ import annotations

import dask
import numpy as np
import pytest

import sidpy
from pycroscopy.fit import (
    Diode,
    Emission,
    Ohmic,
    SimmonsBarrier,
    TunnelDecay,
    fit_barrier_height,
    fit_current,
    linearize_current,
    separate_capacitive_current,
)
from pycroscopy.simulate import current_scan
from sidpy.sid import operations

BIAS = np.linspace(1, -1, 81)
LAWS = {
    "ohmic": (Ohmic(), [50.0, 0.01], BIAS, 0.05),
    "diode": (Diode(), [-14.0, 0.06, 0.05], BIAS, 0.01),
    "fowler-nordheim": (Emission("fowler-nordheim"), [3.0, -5.0], 4 + 2 * BIAS, 0.01),
    "poole-frenkel": (Emission("poole-frenkel"), [-1.0, 2.0], 2 * BIAS, 0.02),
    "schottky": (Emission("schottky"), [-1.0, 2.0], 3 + 2 * BIAS, 0.02),
    "simmons": (SimmonsBarrier(area=2.0), [3.0, 1.0], 2 * BIAS, 0.02),
}


def labelled(values, x, units=("V", "nA")):
    values = np.asarray(values)
    data = sidpy.Dataset.from_array(values, units=units[1], quantity="current", title="curves")
    data.set_dimension(values.ndim - 1, sidpy.Dimension(x, "x", "x", units[0], "spectral"))
    return data


@pytest.mark.parametrize("law", [*LAWS, "decay", "area"])
def test_derivatives_are_those_of_the_curve(law):
    others = {
        "decay": (TunnelDecay(), [3.0, 4.2, 0.1], BIAS + 1.2, 0),
        "area": (SimmonsBarrier(), [3.0, 1.0, 0.7], 2 * BIAS, 0),
    }
    model, p, x, _ = {**LAWS, **others}[law]
    p = np.array(p)
    for number, slope in enumerate(model.jacobian(p[None], x)[0]):
        step = np.zeros(len(p))
        step[number] = 1e-6 * max(abs(p[number]), 1e-3)
        expected = (model(p + step, x) - model(p - step, x)) / (2 * step[number])
        np.testing.assert_allclose(slope, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("law", LAWS)
def test_laws_at_the_bound_and_errors_that_cover(law):
    model, p, x, share = LAWS[law]
    curve = model(p, x)
    noise = share * np.abs(curve).max()
    curves = curve + noise * np.random.default_rng(1).standard_normal((20, 30, len(x)))
    found = fit_current(labelled(curves, x), law, area=2.0)
    slopes = model.jacobian(np.array(p)[None], x)[0]
    limit = noise * np.sqrt(np.diag(np.linalg.inv(slopes @ slopes.T)))
    off = np.asarray(found.parameters) - p

    assert found.n_failed == 0
    assert np.all(np.sqrt((off**2).mean(axis=(0, 1))) < 1.1 * limit)
    within = np.mean(np.abs(off) < np.asarray(found.errors), axis=(0, 1))
    assert np.all((within > 0.62) & (within < 0.74))


def test_a_diode_without_resistance_and_one_that_is_nothing_else():
    x = np.linspace(-0.5, 0.5, 41)
    plain = np.exp(-12) * np.expm1(x / 0.05)
    np.testing.assert_allclose(Diode()([-12, 0.05, 0.0], x), plain, rtol=1e-9)
    np.testing.assert_allclose(Diode()([-12, 0.05, 1e-9], x), plain, rtol=1e-5)

    far = Diode()([-12, 0.05, 1.0], np.array([100.0]))
    np.testing.assert_allclose(far, np.exp(-12) * np.expm1((100 - far) / 0.05), rtol=1e-6)


def test_a_barrier_conducts_as_its_zero_bias_limit():
    """Simmons, eq. 25: at low bias the current is linear, with a conductance in closed form."""
    height, thickness = 4.0, 0.8
    rate = 2 * 5.12316722 * thickness * np.sqrt(height)
    expected = 6165.735 / thickness**2 * (rate / 2 - 1) * np.exp(-rate)
    found = SimmonsBarrier()([height, thickness, 0.0], np.array([1e-4])) / 1e-4

    np.testing.assert_allclose(found, expected, rtol=1e-4)
    pico = SimmonsBarrier(1.0, 1e3, 1e3)([4000.0, thickness, 0.0], np.array([0.1])) / 1e-4
    np.testing.assert_allclose(pico, 1e3 * expected, rtol=1e-4)


def test_units_decide():
    x = np.linspace(0.2, 0.7, 51)
    curve = TunnelDecay()([30.0, 4.2, 0.002], x)
    for unit, scale in (("nm", 1), ("pm", 1e3), ("m", 1e-9), ("angstrom", 10)):
        found = fit_barrier_height(labelled(curve, x * scale, (unit, "pA")))
        np.testing.assert_allclose(found["barrier"], 4.2, rtol=1e-5)
        assert found["barrier"].units == "eV"
    with pytest.raises(ValueError, match="distance is in 'V'"):
        fit_barrier_height(labelled(curve, x))
    with pytest.raises(ValueError, match="current is in 'N'"):
        fit_current(labelled(curve, x, ("V", "N")), "simmons")


def test_barrier_heights_cover():
    x = np.linspace(0.2, 0.7, 51)
    curve = TunnelDecay()([30.0, 4.2, 0.002], x)
    noise = 0.01 * curve.max() * np.random.default_rng(2).standard_normal((20, 30, 51))
    found = fit_barrier_height(labelled(curve + noise, x, ("nm", "nA")))
    off = np.abs(np.asarray(found["barrier"]) - 4.2)

    assert 0.64 < np.mean(off < np.sqrt(np.asarray(found["barrier"].variance))) < 0.72


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("law", ["fowler-nordheim", "poole-frenkel", "schottky"])
def test_linearized_curves_are_lines(law, side):
    p, x = LAWS[law][1], 2 * BIAS
    line = linearize_current(labelled(np.tile(Emission(law)(p, x), (2, 1)), x), law, side=side)
    places = line.values.place.values

    assert np.all(np.diff(places) > 0)
    shown = np.asarray(line.values)
    seen = np.isfinite(shown)
    np.testing.assert_allclose(shown[seen], np.tile(p[0] + p[1] * places, (2, 1))[seen], atol=1e-9)
    assert seen.mean() > 0.5
    assert line.plot().axes


def test_missing_constant_short_and_wrong():
    curves = np.tile(BIAS / 3, (4, 1))
    curves[0, ::3], curves[1], curves[2] = np.nan, np.nan, 1.0
    found = fit_current(labelled(curves, BIAS))

    np.testing.assert_array_equal(np.isnan(found["resistance"].compute()), [0, 1, 1, 0])
    integers = fit_current(labelled(np.arange(81, dtype=">i2"), np.arange(81.0)))
    np.testing.assert_allclose(integers["resistance"], 1)
    with pytest.raises(ValueError, match="'ohmic', 'diode', 'simmons', 'fowler-nordheim'"):
        fit_current(labelled(curves, BIAS), "magic")
    with pytest.raises(ValueError, match="5 needed"):
        fit_current(np.arange(4.0))
    with pytest.raises(ValueError, match="mass and area are positive"):
        fit_current(labelled(curves, BIAS), mass=0)
    with pytest.raises(TypeError, match="real numbers"):
        fit_current(labelled(curves * 1j, BIAS))
    with pytest.raises(ValueError, match="0 biases on side -1"):
        linearize_current(labelled(curves, BIAS + 2), "schottky", side=-1)
    with pytest.raises(ValueError, match="expected one of"):
        linearize_current(labelled(curves, BIAS), "ohm")
    with pytest.raises(ValueError, match="'poole-frenkel'"):
        Emission("ohm")


def test_simulated_currents_are_found_again_and_repeat():
    made = current_scan((3, 5), model=Diode(), parameters=(-14.0, 0.07, 0.02), noise=1e-4)
    found = fit_current(made.data, "diode")
    for name, truth in made.truth.items():
        assert np.all(
            np.abs(np.asarray(found[name]) - truth) < 4.5 * np.sqrt(found[name].variance)
        )
    step = found["resistance"].history[-1]

    assert step.function == "pycroscopy.fit.fit_current"
    np.testing.assert_array_equal(operations.call(step, [made.data]), found["resistance"])


# ------------------------------------------------------------------ capacitance

TIME = np.arange(600) / 120
WAVE = 4 * np.sin(2 * np.pi * TIME / 5)
RATE = 4 * 2 * np.pi / 5 * np.cos(2 * np.pi * TIME / 5)


def smooth(random, bias):
    """Return a conductance that is a smooth function drawn at random."""
    phases = random.uniform(0, 2 * np.pi, 3)
    return 0.6 + 0.1 * sum(
        np.sin(n * bias / 2 + p) for n, p in zip((1, 2, 3), phases, strict=True)
    )


@pytest.mark.parametrize("noise", [0.01, 0.05])
def test_conductance_and_capacitance_cover(noise):
    random = np.random.default_rng(3)
    count, knots = 60, np.linspace(WAVE.min(), WAVE.max(), 48)
    rises = RATE > 0
    currents, truths = np.empty((count, 600)), np.empty((2, count, 48))
    for number in range(count):
        seeds = random.integers(1 << 30, size=2)
        parts = [smooth(np.random.default_rng(s), WAVE) for s in seeds]
        truths[:, number] = [smooth(np.random.default_rng(s), knots) for s in seeds]
        currents[number] = np.where(rises, *parts) * WAVE + 0.8 * RATE + 0.05
    currents += noise * random.standard_normal(currents.shape)
    found = separate_capacitive_current(labelled(currents, TIME, ("s", "nA")), WAVE, rate=RATE)
    parts = dict(
        zip(found.to_datasets(), dask.compute(*found.to_datasets().values()), strict=True)
    )

    for branch, truth in zip(("rising", "falling"), truths, strict=True):
        off = np.abs(parts[f"conductance_{branch}"] - truth)
        assert 0.63 < np.mean(off < parts[f"conductance_error_{branch}"]) < 0.77
    off = np.abs(parts["capacitance"] - 0.8)
    assert 0.5 < np.mean(off < parts["capacitance_error"]) < 0.85
    assert off.max() < 5 * parts["capacitance_error"].max()
    np.testing.assert_allclose(parts["noise"].mean(), noise, rtol=0.03)
    assert [found.capacitance.units, found.resistance["rising"].units] == ["nA*s/V", "V/nA"]
    assert len(found.plot().axes) >= 3


def test_one_branch_missing_points_and_refusals():
    current = WAVE / 2 + 0.1 * RATE
    curves = np.stack([current, np.where(np.arange(600) % 5, current, np.nan), np.ones(600)])
    found = separate_capacitive_current(
        labelled(curves, TIME, ("s", "nA")), WAVE, rate=RATE, branches=False
    )

    np.testing.assert_allclose(found.resistance["both"][:2], 2, rtol=1e-6)
    np.testing.assert_allclose(found.capacitance, [0.1, 0.1, np.nan], rtol=1e-6)
    with pytest.raises(ValueError, match="bias of shape"):
        separate_capacitive_current(labelled(curves, TIME), WAVE[:-1])
    with pytest.raises(ValueError, match="hardly any points"):
        separate_capacitive_current(labelled(curves, TIME), TIME)
