"""Maps from few points with honest errors, and optima from few measurements."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.learn import optimize, regress, suggest

pytest.importorskip("sklearn")


def surface(points):
    return 5 + np.sin(3 * points[:, 0]) * np.cos(0.2 * points[:, 1])


def test_a_map_from_scattered_points_has_errors_that_cover():
    r = np.random.default_rng(0)
    points = r.random((80, 2)) * [2, 20]
    values = surface(points) + 0.05 * r.standard_normal(80)
    values[3] = np.nan
    axes = [
        sidpy.Dimension(np.linspace(0, 2, 15), "bias", "voltage", "V"),
        sidpy.Dimension(np.linspace(0, 20, 21), "x", "length", "nm", "spatial"),
    ]

    found = regress(points, values, axes, units="nA", random_state=0)

    grid = np.stack(np.meshgrid(*(d.values for d in axes), indexing="ij"), -1).reshape(-1, 2)
    off = (np.asarray(found.mean).ravel() - surface(grid)) / np.asarray(found.error).ravel()
    assert found.mean.shape == found.error.shape == (15, 21)
    assert 0.5 < np.mean(np.abs(off) < 1) < 0.9
    assert found.noise == pytest.approx(0.05, rel=0.3)
    assert found.lengths[1] > 3 * found.lengths[0]
    assert (found.mean.units, found.mean._axes[0].units) == ("nA", "V")
    assert found.mean.history[-1].function == "pycroscopy.learn.regress"


def test_one_axis_and_constant_values():
    found = regress([0.0, 1.0, 2.0], [4.0, 4.0, 4.0], [np.linspace(0, 2, 5)], random_state=0)

    np.testing.assert_allclose(np.asarray(found.mean), 4, atol=1e-6)


def test_the_next_point_of_a_map_is_where_nobody_was():
    points = np.array([[0.0], [0.1], [0.2], [1.0]])

    found = suggest(points, np.sin(5 * points[:, 0]), [[0, 1]], goal="map")

    assert 0.45 < found[0] < 0.75


def test_an_optimum_is_found_in_few_measurements_and_repeats():
    def bowl(x):
        return np.nan if x[0] > 0.95 else (x[0] - 0.3) ** 2 + 2 * (x[1] + 1) ** 2

    found, again = (optimize(bowl, [[0, 1], [-2, 2]], n_calls=14, random_state=3) for _ in "12")

    assert found.value < 0.01
    np.testing.assert_allclose(found.x, [0.3, -1], atol=0.1)
    assert found.points.shape == (14, 2)
    np.testing.assert_array_equal(found.points, again.points)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: regress([[0, 1]], [1], [[0, 1]]), r"found \(1, 2\)"),
        (lambda: regress([0, 1], [1, np.nan], [[0, 1]]), "1 of 2 measurements are finite"),
        (lambda: regress([[0, 1], [1, 2]], [1, 2], [[0, 1]]), "1 dimensions for points with 2"),
        (lambda: suggest([0, 1], [1, 2], [[0, 1]], goal="magic"), "goal is 'magic'"),
        (lambda: optimize(np.sum, [[1, 0]]), "rising pairs"),
    ],
)
def test_impossible_measurements_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
