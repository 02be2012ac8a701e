"""Forces: adhesion on both sides of the jump, numbers without a model, springs by their motion."""

from __future__ import annotations

import dask
import numpy as np
import pytest

import sidpy
from pycroscopy.fit import (
    AdhesiveContact,
    ThermalResonance,
    calibrate_thermally,
    find_ruptures,
    fit_adhesion,
    hydrodynamic_function,
    measure_force_curves,
    sader_spring_constant,
)
from pycroscopy.simulate import force_volume
from sidpy.sid import operations


def labelled(values, x, units=("m", "N")):
    values = np.asarray(values)
    data = sidpy.Dataset.from_array(values, units=units[1], quantity="force", title="curves")
    data.set_dimension(values.ndim - 1, sidpy.Dimension(x, "x", "x", units[0], "spectral"))
    return data


def share_within(found, name, truth):
    return np.mean(np.abs(np.asarray(found[name]) - truth) < np.asarray(found.errors[name]))


# ------------------------------------------------------------------ contacts


@pytest.mark.parametrize("spring", [np.inf, 1.0, 0.05])
def test_the_exact_relation_of_johnson_kendall_and_roberts(spring):
    """Force and way follow from the radius of contact, here by its own formula."""
    radius, modulus, work = 50e-9, 5e6, 0.03
    reduced = modulus / 0.75
    model = AdhesiveContact("jkr", radius, 0.5, spring)
    last, pull = model.pull_off(modulus, work)
    contact = np.linspace(5e-9, 60e-9, 400)
    force = 4 * reduced * contact**3 / (3 * radius) - np.sqrt(8 * np.pi * work * reduced) * (
        contact**1.5
    )
    way = contact**2 / radius - np.sqrt(2 * np.pi * work * contact / reduced) + force / spring
    stable = np.arange(400) > way.argmin()
    np.testing.assert_allclose(
        model([0.0, modulus, work, 0.0, 0.0], way[stable]), force[stable], rtol=1e-7, atol=1e-14
    )
    assert way.min() >= last
    np.testing.assert_allclose(way.min(), last, rtol=1e-3)
    np.testing.assert_allclose(force[way.argmin()], pull, rtol=2e-2)
    assert model([0.0, modulus, work, 0.0, 0.0], np.array([last - 1e-12]))[0] == 0
    # at a given force (a very soft lever) it is 3/2 pi R w, at a given way 5/6 pi R w
    soft = AdhesiveContact("jkr", radius, 0.5, 1e-7).pull_off(modulus, work)[1]
    np.testing.assert_allclose(soft, -1.5 * np.pi * radius * work, rtol=1e-3)
    hard = AdhesiveContact("jkr", radius, 0.5).pull_off(modulus, work)[1]
    np.testing.assert_allclose(hard, -5 / 6 * np.pi * radius * work, rtol=1e-9)


@pytest.mark.parametrize("theory", ["jkr", "dmt"])
@pytest.mark.parametrize("spring", [np.inf, 0.5])
def test_derivatives_are_those_of_the_curve(theory, spring):
    model = AdhesiveContact(theory, 50e-9, 0.5, spring)
    p = np.array([1e-9, 5e6, 0.03, 1e-10, 1e-3])
    x = np.linspace(-100e-9, 60e-9, 200)
    x = x[np.abs(x - p[0] - model.pull_off(p[1], p[2])[0]) > 3e-9]
    for number, slope in enumerate(model.jacobian(p[None], x)[0]):
        step = np.zeros(5)
        step[number] = 1e-5 * p[number]
        expected = (model(p + step, x) - model(p - step, x)) / (2 * step[number])
        np.testing.assert_allclose(slope, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("theory", ["jkr", "dmt"])
@pytest.mark.parametrize("spring", [None, 0.1])
def test_modulus_and_adhesion_at_the_bound(theory, spring):
    model = AdhesiveContact(theory, 50e-9, 0.5, spring or np.inf)
    p = np.array([1e-9, 5e6, 0.03, 1e-10, 1e-3])
    way = np.linspace(40e-9, 2 * model.pull_off(p[1], p[2])[0] - 60e-9, 301)
    curve, noise = model(p, way), 3e-11
    curves = curve + noise * np.random.default_rng(1).standard_normal((8, 16, 301))
    found = fit_adhesion(
        labelled(curves, way), theory=theory, radius=50e-9, spring_constant=spring
    )
    used = np.abs(way - p[0] - model.pull_off(p[1], p[2])[0]) > 3 * abs(way[1] - way[0])
    slopes = model.jacobian(p[None], way)[0][:, used]
    size = np.abs(slopes).max(axis=1, keepdims=True)
    limit = noise * np.sqrt(np.diag(np.linalg.inv(slopes / size @ (slopes / size).T))) / size[:, 0]
    off = np.asarray(found.parameters) - p

    assert found.n_failed == 0
    assert np.all(np.sqrt((off**2).mean(axis=(0, 1))) < 1.25 * limit)
    assert 0.61 < np.mean(np.abs(off) < np.asarray(found.errors)) < 0.76
    assert [found[n].units for n in ("contact", "modulus", "adhesion")] == ["m", "Pa", "J/m**2"]


def test_force_volumes_give_maps_that_repeat():
    made = force_volume((3, 5), noise=2e-11)
    options = {"radius": 50e-9, "spring_constant": 1.0}
    found = fit_adhesion(made.retraction, **options)
    lazy = fit_adhesion(made.retraction, compute=False, **options)

    assert hasattr(lazy.packed, "dask")
    np.testing.assert_array_equal(lazy["modulus"], found["modulus"])
    for name in ("modulus", "adhesion", "contact"):
        away = np.abs(np.asarray(found[name]) - made.truth[name])
        assert np.all(away < 5 * np.sqrt(np.asarray(found[name].variance)))
    step = found["modulus"].history[-1]
    assert step.function == "pycroscopy.fit.fit_adhesion"
    np.testing.assert_array_equal(operations.call(step, [made.retraction]), found["modulus"])


def test_contacts_that_are_none():
    curves = np.asarray(force_volume((1, 4)).retraction)[0]
    way = force_volume((1, 4)).retraction.way.values
    curves[0, ::9], curves[1], curves[2] = np.nan, np.nan, 1.0
    found = fit_adhesion(labelled(curves, way), radius=50e-9, spring_constant=1.0)

    np.testing.assert_array_equal(np.isnan(found["modulus"].compute()), [0, 1, 1, 0])
    assert found.n_failed == 2
    for options, words in (
        ({"radius": -1.0}, "positive radius"),
        ({"radius": 1.0, "theory": "hertz"}, "'jkr' or 'dmt'"),
    ):
        with pytest.raises(ValueError, match=words):
            fit_adhesion(labelled(curves, way), **options)
    with pytest.raises(TypeError, match="real numbers"):
        fit_adhesion(labelled(curves * 1j, way), radius=1.0)
    with pytest.raises(ValueError, match="'hertz', 'dmt' or 'jkr'"):
        force_volume(theory="magic")


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize("theory", ["dmt", "jkr"])
def test_numbers_of_force_curves_cover(theory):
    options = {"theory": theory, "spread": 0.0, "drift": 0.0}
    made = force_volume((20, 20), **options)
    exact = force_volume((20, 20), noise=0.0, **options)
    found = measure_force_curves(made.approach, made.retraction).persist()
    truth = measure_force_curves(exact.approach, exact.retraction).persist()

    names = ("pull_off_force", "snap_in_force", "maximum_force", "stiffness", "dissipation")
    for name in names:
        assert 0.62 < share_within(found, name, np.asarray(truth[name])) < 0.75
    assert 0.62 < share_within(found, "noise", made.noise) < 0.75
    most = {"dmt": 2 * np.pi, "jkr": 1.5 * np.pi}[theory] * 50e-9 * 0.03
    np.testing.assert_allclose(np.mean(found["adhesion_force"]), most, rtol=0.03)
    assert [found[n].units for n in ("stiffness", "dissipation")] == ["N/m", "N*m"]
    assert len(found.plot().axes) >= 8


def test_both_branches_in_one_axis_and_repeated():
    made = force_volume((2, 3))
    joined = np.concatenate([np.asarray(made.approach), np.asarray(made.retraction)], axis=2)
    way = np.concatenate([made.approach.way.values, made.retraction.way.values])
    one = measure_force_curves(labelled(joined, way))
    two = measure_force_curves(made.approach, made.retraction)

    for name in two.values:
        np.testing.assert_allclose(one[name], two[name], rtol=0.02, atol=1e-10)
    step = two["stiffness"].history[-1]
    again = operations.call(step, [made.approach, made.retraction])
    np.testing.assert_array_equal(again, two["stiffness"])
    with pytest.raises(ValueError, match="0 of retraction"):
        measure_force_curves(made.approach)
    with pytest.raises(ValueError, match="shares between"):
        measure_force_curves(made.approach, made.retraction, contact=2)


def test_ruptures_and_plateaus():
    way = np.linspace(300, 0, 301)
    force = np.where(way > 250, 0.5 * (way - 250), 0.0)
    force -= 8 * ((way > 200) & (way <= 250)) + 3 * ((way > 150) & (way <= 200))
    noise = 0.3 * np.random.default_rng(0).standard_normal((10, 30, 301))
    found = find_ruptures(labelled(force + noise, way, ("nm", "nN")), most=3).persist()
    position, step, slope = (np.asarray(found[n]) for n in ("position", "step", "slope"))

    np.testing.assert_allclose(np.nanmedian(position[..., :2], axis=(0, 1)), [200.5, 150.5])
    assert np.isnan(position[..., 2]).mean() > 0.95
    for number, size in enumerate((5, 3)):
        right = np.abs(position[..., number] - (200.5, 150.5)[number]) < 0.6
        assert right.mean() > 0.8
        error = np.asarray(found.errors["step"])[..., number]
        assert 0.6 < np.mean(np.abs(step[..., number] - size)[right] < error[right]) < 0.78
    level = np.abs(slope[..., 0]) < 2 * np.asarray(found.errors["slope"])[..., 0]
    assert level.mean() > 0.85
    assert [found["step"].units, found["position"].units] == ["nN", "nm"]


def test_noise_alone_hardly_ruptures():
    noise = np.random.default_rng(1).standard_normal((20, 20, 200))
    found = np.asarray(find_ruptures(noise, false_alarms=0.05)["position"])

    assert np.isfinite(found).any(axis=-1).mean() < 0.05
    with pytest.raises(ValueError, match="at least 3 points"):
        find_ruptures(noise, side=1)


# ------------------------------------------------------------------ springs


def test_thermal_motion_covers():
    frequency = np.linspace(2e4, 8e4, 500)
    p = [4e-21, 5e4, 30.0, 1e-26]
    density = ThermalResonance()(p, frequency)
    random = np.random.default_rng(2)
    drawn = density * random.gamma(20, 1 / 20, (15, 20, 500))
    found = calibrate_thermally(labelled(drawn, frequency, ("Hz", "m**2/Hz")), averages=20)
    spring = 0.971 * 1.380649e-23 * 295 / 4e-21
    slopes = ThermalResonance().jacobian(np.array(p)[None], frequency)[0] / density * 20**0.5
    size = np.abs(slopes).max(axis=1, keepdims=True)
    limit = np.sqrt(np.linalg.inv(slopes / size @ (slopes / size).T)[0, 0]) / size[0, 0] / p[0]

    assert found.n_failed == 0
    assert 0.62 < share_within(found, "spring_constant", spring) < 0.74
    assert np.std(np.asarray(found["spring_constant"]) / spring) < 1.1 * limit
    assert found["spring_constant"].units == "N/m"
    assert found["mean_square"].units == "m**2"
    for number in range(4):
        step = np.zeros(4)
        step[number] = 1e-6 * p[number]
        both = (ThermalResonance()(np.array(p) + s, frequency) for s in (step, -step))
        expected = np.subtract(*both) / (2 * step[number])
        slope = ThermalResonance().jacobian(np.array(p)[None], frequency)[0, number]
        np.testing.assert_allclose(slope, expected, atol=1e-6 * np.abs(expected).max())


def test_springs_refuse():
    frequency = np.linspace(1, 100, 50)
    with pytest.raises(ValueError, match="expected m"):
        calibrate_thermally(labelled(np.ones(50), frequency, ("Hz", "V")))
    with pytest.raises(ValueError, match="are positive"):
        calibrate_thermally(labelled(np.ones(50), frequency, ("Hz", "m**2/Hz")), averages=0)
    with pytest.raises(ValueError, match="are positive"):
        sader_spring_constant(7e4, 150, width=0, length=1)


def test_the_hydrodynamic_function_beside_a_formula_of_others():
    """Maali et al., J. Appl. Phys. 97, 074907 (2005): good to a few percent for these."""
    reynolds = np.geomspace(1, 50, 9)
    layer = np.sqrt(1 / (2 * reynolds))
    found = hydrodynamic_function(reynolds)

    np.testing.assert_allclose(found.real, 1.0553 + 3.7997 * layer, rtol=0.015)
    np.testing.assert_allclose(found.imag, 3.8018 * layer + 2.7364 * layer**2, rtol=0.03)
    assert sader_spring_constant(7e4, 150, width=3e-5, length=2.25e-4) == pytest.approx(1.69, 0.01)


@pytest.mark.distributed
def test_a_cluster_gives_the_same_maps(cluster):
    made = force_volume((2, 3))
    with dask.config.set(scheduler="threads"):
        expected = np.asarray(measure_force_curves(made.approach, made.retraction)["stiffness"])
    with cluster.as_current():
        found = np.asarray(measure_force_curves(made.approach, made.retraction)["stiffness"])

    np.testing.assert_allclose(found, expected, rtol=1e-9)
