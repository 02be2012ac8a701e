"""Start values from similar spectra and from neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from sidpy.proc import models
from sidpy.proc.guess import cluster_spectra, kmeans_start, neighbour_start

X = np.linspace(-5, 5, 60)


def peak(x, height, center, offset):
    return height * np.exp(-((x - center) ** 2)) + offset


def test_spectra_are_grouped_by_shape_whatever_their_height_and_offset():
    r = np.random.default_rng(0)
    kind = r.integers(0, 3, 90)
    center = np.array([-3.0, 0.0, 3.0])[kind]
    y = peak(X, r.uniform(1, 9, (90, 1)), center[:, None], r.uniform(-5, 5, (90, 1)))

    found = cluster_spectra(y + 0.02 * r.standard_normal(y.shape), 3, seed=1)

    pairs = {(int(a), int(b)) for a, b in zip(kind, found.labels, strict=True)}
    assert len(pairs) == 3
    for group in range(3):
        np.testing.assert_allclose(
            found.means[group], y[found.labels == group].mean(axis=0), atol=0.02
        )


def test_complex_spectra_and_missing_points_are_grouped_too():
    y = np.stack([np.exp(1j * X), np.exp(1j * X) * 2, 1j * X, 1j * X])
    y[1, 3] = np.nan

    labels = cluster_spectra(y, 2).labels

    assert labels[0] == labels[1] != labels[2] == labels[3]


def test_groups_are_never_more_than_spectra_and_at_least_one():
    assert len(cluster_spectra(np.ones((3, 5)), 10).means) == 1
    with pytest.raises(ValueError, match="clusters is 0"):
        cluster_spectra(np.ones((3, 5)), 0)


def test_the_fit_of_a_group_is_the_start_of_its_members():
    r = np.random.default_rng(2)
    center = np.where(r.random(60) < 0.5, -2.0, 2.0)
    y = peak(X, 1.0, center[:, None], 0.0) + 0.5 * r.standard_normal((60, 60))
    model = models.from_function(peak)

    start = kmeans_start(
        model, y, lambda rows: np.stack([[1, X[row.argmax()], 0] for row in rows]),
        clusters=6, x=X,
    )  # fmt: skip

    assert np.mean(np.abs(start[:, 1] - center) < 0.5) > 0.95


def test_a_failed_fit_starts_from_the_median_of_its_converged_neighbours():
    values = np.arange(25.0).reshape(5, 5, 1)
    values[2, 2] = values[1, 2] = np.nan
    failed = np.isnan(values[..., 0])
    failed[0, 0] = True
    values[0, 0] = np.nan

    start = neighbour_start(values, failed)

    assert start[2, 2, 0] == np.median([6, 8, 11, 13, 16, 17, 18])
    assert np.isnan(start[4, 4, 0])
