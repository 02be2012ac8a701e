"""Points and maps against theory, brute force and simulation."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from pycroscopy.image import locate_atoms
from pycroscopy.stats import local_order, morans_i, pair_correlation, ripley_k, variogram

FIELD = (0, 30, 0, 47)  # not square


def random_points(n, seed):
    return np.random.default_rng(seed).random((n, 2)) * [30, 47]


def lattice(rows=20, columns=25, spacing=1.0):
    return np.stack(np.mgrid[:rows, :columns], -1).reshape(-1, 2) * spacing


def test_random_points_have_no_correlation_up_to_half_the_field():
    found = [
        np.asarray(pair_correlation(random_points(300, s), r_max=14, n_bins=14, extent=FIELD))
        for s in range(12)
    ]

    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(12)
    assert np.abs(mean - 1).max() < 0.06  # without correction 0.4 is lost at the end
    assert (np.abs(mean - 1) < 4 * error).all()


def test_the_variance_of_the_pair_correlation_is_that_of_repetitions():
    found = [
        pair_correlation(random_points(200, s), r_max=5, n_bins=8, extent=FIELD) for s in range(60)
    ]

    stated = np.mean([np.asarray(g.variance) for g in found], axis=0)
    measured = np.var([np.asarray(g) for g in found], axis=0)
    np.testing.assert_allclose(stated.mean(), measured.mean(), rtol=0.3)


def test_a_lattice_has_its_shells_and_coordination_numbers():
    points = lattice(40, 50)

    g = pair_correlation(points, r_max=2.4, n_bins=48, extent=(-0.5, 39.5, -0.5, 49.5))

    values, r = np.asarray(g), np.asarray(g._axes[0].values)
    shells = [np.pi * np.sum(values * (np.abs(r - d) < 0.06) * 2 * r * 0.05) for d in (1, 2**0.5)]
    np.testing.assert_allclose(shells, [4, 4], rtol=0.03)
    assert g.history[-1].parameters["r_max"] == 2.4


@pytest.mark.parametrize("n", [60, 300])
def test_ripleys_k_of_random_points_is_the_area_of_the_circle(n):
    radii = np.array([2.0, 5, 9, 13])
    found = [ripley_k(random_points(n, s), radii, extent=FIELD, simulations=0) for s in range(25)]

    ratio = np.mean([np.asarray(one.k) for one in found], axis=0) / (np.pi * radii**2)
    np.testing.assert_allclose(ratio, 1, atol=0.1)


def test_l_tells_clusters_from_random_and_regular_points():
    r = np.random.default_rng(0)
    clusters = (random_points(20, 1)[:, None] + r.normal(0, 0.5, (20, 8, 2))).reshape(-1, 2)
    clusters = np.clip(clusters, 0, [30, 47])
    regular = lattice(13, 20, 2.3)[:160]
    radii = np.array([0.5, 1.0, 1.5, 2.0])

    first, second = (
        ripley_k(one, radii, extent=FIELD, simulations=20, random_state=0)
        for one in (clusters, regular)
    )

    assert (np.asarray(first.l) > 5 * np.asarray(first.error)).all()
    assert (np.asarray(second.l) < -3 * np.asarray(second.error)).all()
    assert first.l.history[-1].parameters["random_state"] == 0


def test_atoms_bring_their_field_and_units():
    y, x = np.mgrid[:50, :63]
    image = np.cos(np.pi * y / 8) ** 2 * np.cos(np.pi * x / 8) ** 2
    data = sidpy.Dataset.from_array(image, title="film")
    for axis in range(2):
        at = 3 + 0.1 * np.arange(data.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, "yx"[axis], "length", "nm", "spatial"))
    atoms = locate_atoms(data, atom_size=0.2)

    g = pair_correlation(atoms, r_max=1.0, n_bins=20)

    r = np.asarray(g._axes[0].values)
    assert g._axes[0].units == "nm"
    assert abs(r[np.asarray(g).argmax()] - 0.8) < 0.05  # one period


@pytest.mark.parametrize(
    ("points", "options", "says"),
    [
        (np.zeros((1, 2)), {"r_max": 1}, "there are 1 points, 2 are needed"),
        (np.zeros((3, 2)), {"r_max": 1}, "outside of the field"),
        (lattice(), {"r_max": 40}, "largest distance is 40"),
        (lattice(), {"r_max": 1, "extent": (0, 5, 0, 5)}, "464 points are outside"),
        (lattice() * np.nan, {"r_max": 1}, "500 of 500 points are not finite"),
    ],
)
def test_impossible_patterns_are_refused(points, options, says):
    with pytest.raises(ValueError, match=says):
        pair_correlation(points, **options)


@pytest.mark.parametrize("radii", [[], [2, 1], [0, 1]])
def test_radii_must_rise(radii):
    with pytest.raises(ValueError, match="radii must be positive and rise"):
        ripley_k(lattice(), radii)


def brute_moran(values, steps):
    """Sum over all pairs, as the definition says."""
    good = np.isfinite(values)
    centred = np.where(good, values - values[good].mean(), 0)
    top = weight = 0
    for (i, j), (di, dj) in ((at, step) for at in np.ndindex(values.shape) for step in steps):
        a, b = i + di, j + dj
        inside = 0 <= a < values.shape[0] and 0 <= b < values.shape[1]
        if inside and good[i, j] and good[a, b]:
            top, weight = top + centred[i, j] * centred[a, b], weight + 1
    return good.sum() / weight * top / np.sum(centred**2)


ROOK = [(0, 1), (1, 0), (0, -1), (-1, 0)]


@pytest.mark.parametrize("neighbors", ["rook", "queen"])
@pytest.mark.parametrize("holes", [False, True])
def test_morans_i_is_its_definition(neighbors, holes):
    values = np.random.default_rng(0).random((6, 9))
    if holes:
        values[2:4, 5] = values[0, 0] = np.nan
    steps = ROOK + [(1, 1), (-1, -1), (1, -1), (-1, 1)] * (neighbors == "queen")

    found = morans_i(values, neighbors=neighbors)

    assert found.value == pytest.approx(brute_moran(values, steps))


def test_expectation_and_error_of_morans_i_are_those_of_random_maps():
    r = np.random.default_rng(0)
    maps = r.standard_normal((2000, 7, 10))
    maps[:, 3, 4:6] = np.nan

    found = [morans_i(one) for one in maps]

    values = np.array([one.value for one in found])
    assert values.mean() == pytest.approx(found[0].expected, abs=0.01)
    assert values.std() == pytest.approx(found[0].error, rel=0.05)
    assert np.mean([one.p_value < 0.32 for one in found]) == pytest.approx(0.32, abs=0.04)


def test_smooth_maps_are_alike_and_chess_boards_opposite():
    rows, columns = np.mgrid[:9, :12]

    assert morans_i(rows + columns).z > 5
    assert morans_i((rows + columns) % 2).value == pytest.approx(-1)


def test_a_variogram_is_half_the_mean_square_of_all_differences():
    r = np.random.default_rng(0)
    values = r.random((7, 11)).cumsum(axis=1)
    values[3, 4:6] = np.nan
    data = sidpy.Dataset.from_array(values, title="map", units="nA")
    for axis, step in enumerate((0.5, 0.2)):
        at = step * np.arange(values.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(at, "yx"[axis], "length", "nm", "spatial"))

    found = variogram(data, max_lag=2.0, n_bins=10)

    where = np.argwhere(np.isfinite(values))
    a, b = np.triu_indices(len(where), 1)
    lag = np.hypot(*((where[a] - where[b]) * [0.5, 0.2]).T)
    half = 0.5 * (values[tuple(where[a].T)] - values[tuple(where[b].T)]) ** 2
    near = lag <= 2.0
    bins = np.minimum((lag[near] / 0.2 + 1e-9).astype(int), 9)
    ours = np.minimum((np.asarray(found._axes[0].values) / 0.2 + 1e-9).astype(int), 9)
    assert sum(found.metadata["pairs"]) == near.sum()
    assert str(found._axes[0].units) == "nm"
    assert found.units in {"nA^2", "nA**2", "nA²", "(nA)^2"}
    for k in np.unique(ours):
        if np.count_nonzero(ours == k) == 1 and 0 < k < 9:
            expected = half[near][bins == k]
            if found.metadata["pairs"][int(np.flatnonzero(ours == k)[0])] == len(expected):
                assert np.asarray(found)[ours == k][0] == pytest.approx(expected.mean())


def test_a_variogram_of_white_noise_is_its_variance_and_of_a_constant_zero():
    noise = 3 * np.random.default_rng(0).standard_normal((80, 60))

    np.testing.assert_allclose(np.asarray(variogram(noise, n_bins=8)), 9, rtol=0.05)
    np.testing.assert_allclose(np.asarray(variogram(np.full((8, 5), 2.0))), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: morans_i(np.ones((4, 4))), "all equal"),
        (lambda: morans_i(np.full((4, 4), np.nan)), "0 finite pixels that are too few"),
        (lambda: morans_i(np.eye(4), neighbors="king"), "neighbors are 'king'"),
        (lambda: morans_i(np.ones(4)), "real map of rows and columns"),
        (lambda: morans_i(1j * np.ones((4, 4))), "found complex128"),
        (lambda: variogram(np.full((4, 4), np.nan)), "two finite pixels"),
        (lambda: variogram(np.eye(4), max_lag=0.5), "no pairs of finite pixels within 0.5"),
    ],
)
def test_impossible_maps_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_local_order_of_square_and_hexagonal_lattices():
    square = lattice(7, 9, 5.0)
    hexagonal = np.column_stack(
        [square[:, 0] * np.sqrt(0.75), square[:, 1] + 2.5 * (square[:, 0] / 5 % 2)]
    )
    inner = 3 * 9 + 4

    for points, n in ((square, 4), (hexagonal, 6)):
        table = np.asarray(local_order(points, n_neighbors=n))
        np.testing.assert_allclose(table[inner, 2:5], [5, 0, 1], atol=1e-9)
        np.testing.assert_allclose(table[inner, 6:], 0, atol=1e-9)
    assert np.asarray(local_order(square, n_neighbors=4, fold=6))[inner, 4] < 0.1
    assert np.asarray(local_order(square))[0, -1] == 1


def test_a_displaced_atom_shows_its_displacement():
    points = lattice(7, 9, 5.0)
    points[31] += [0.3, -0.2]

    found = local_order(points)

    np.testing.assert_allclose(np.asarray(found)[31, 6:8], [0.3, -0.2], atol=1e-9)
    assert found.metadata["columns"][6:8] == ["displacement_row", "displacement_column"]
