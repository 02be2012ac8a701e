"""Force curves: contact and stiffness at the bound, with levers of any stiffness."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.fit import ForceCurve, fit_force_curves

WAY = np.linspace(-60e-9, 40e-9, 201)


def labelled(values):
    data = sidpy.Dataset.from_array(values, units="N", quantity="force", title="approach")
    axis = sidpy.Dimension(WAY, "way", "distance", "m", "spectral")
    data.set_dimension(values.ndim - 1, axis)
    return data


@pytest.mark.parametrize("shape", ["linear", "punch", "sphere", "cone"])
@pytest.mark.parametrize("spring", [np.inf, 0.5])
def test_slopes_are_those_of_the_curve(shape, spring):
    model = ForceCurve(shape, 0.7, spring)
    x, p = np.linspace(-1, 2, 40), np.array([0.31, 2.0, 0.2, 0.1])
    for step, slope in zip(1e-6 * np.eye(4), model.jacobian(p[None], x)[0], strict=True):
        expected = (model(p + step, x) - model(p - step, x)) / 2e-6
        np.testing.assert_allclose(slope, expected, atol=1e-4)


def test_a_soft_lever_bends():
    model = ForceCurve("sphere", 1.0, 0.5)
    force = model([0.0, 2.0, 0.0, 0.0], np.array([1.5]))
    # what is left of the way indents
    np.testing.assert_allclose(force, 2.0 * (1.5 - force / 0.5) ** 1.5, rtol=1e-9)


@pytest.mark.parametrize(
    ("shape", "spring", "modulus"),
    [
        ("sphere", None, 5e6),
        ("sphere", 0.2, 2e6),
        ("cone", None, 3e6),
        ("cone", 0.2, 3e6),
        ("punch", 0.2, 5e6),
    ],
)
def test_modulus_at_the_bound(shape, spring, modulus):
    options = {"shape": shape, "radius": 20e-9, "half_angle": 0.4, "spring_constant": spring}
    noise = 30e-12
    model = fit_force_curves(labelled(np.arange(201.0)), **options, compute=False).model
    truth = np.array([3.3e-9, modulus, 0.1e-9, 1e-4])
    slopes = model.jacobian(truth[None], WAY)[0]
    scale = np.abs(slopes).max(axis=1, keepdims=True)
    inverse = np.linalg.inv((slopes / scale) @ (slopes / scale).T)
    limit = noise * np.sqrt(np.diag(inverse)) / scale[:, 0]
    rng = np.random.default_rng(6)
    curves = model(truth, WAY) + noise * rng.standard_normal((30, 40, 201))
    found = fit_force_curves(labelled(curves), **options)
    off = np.asarray(found.parameters) - truth

    assert found.n_failed == 0
    assert np.all(np.sqrt((off**2).mean(axis=(0, 1))) < 1.15 * limit)
    covered = np.mean(np.abs(off) < np.asarray(found.errors), axis=(0, 1))
    assert np.all((covered > 0.63) & (covered < 0.73))
    assert [found[name].units for name in ("contact", "modulus")] == ["m", "Pa"]


def test_missing_and_constant_curves_are_counted():
    values = np.tile(ForceCurve("linear")([0.0, 0.2, 0.0, 0.0], WAY), (4, 1))
    values[0, ::5], values[1], values[2] = np.nan, np.nan, 1.0
    found = fit_force_curves(labelled(values), shape="linear")

    np.testing.assert_array_equal(np.isnan(found["slope"].compute()), [0, 1, 1, 0])
    np.testing.assert_allclose(found["slope"].compute()[[0, 3]], 0.2, rtol=1e-6)
    assert found.n_failed == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": "flat"}, "'linear', 'punch', 'sphere', 'cone'"),
        ({"radius": -1.0}, "positive radius"),
        ({"poisson_ratio": 0.7}, "Poisson ratio"),
        ({"spring_constant": 0.0}, "spring constant"),
    ],
)
def test_tips_that_are_none(options, words):
    with pytest.raises(ValueError, match=words):
        fit_force_curves(labelled(np.arange(201.0)), **options)


def test_complex_and_short_curves():
    with pytest.raises(TypeError, match="real"):
        fit_force_curves(labelled(np.ones(201, complex)))
    with pytest.raises(ValueError, match="5 points"):
        fit_force_curves(np.ones((2, 5)))
