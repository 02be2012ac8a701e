"""Sums along lines are where the axes say, in their units."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled

from pycroscopy.image import hough, radon

pytest.importorskip("skimage")

SHAPE = (61, 80)


def spot(row, column, width=2.0):
    rows, columns = np.indices(SHAPE)
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * width**2))


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 2, 2.2])
def test_a_spot_is_at_its_distance_with_its_integral(angle):
    image = labelled(3 * spot(38, 55), pixel=(0.02, 0.02))

    found = radon(image, angles=[angle])

    line, distance = np.asarray(found)[:, 0], found.distance.values
    across = 0.02 * ((55 - 40) * np.cos(angle) + (38 - 30) * np.sin(angle))
    assert line @ distance / line.sum() == pytest.approx(across, abs=0.004)
    total = line.sum() * 0.02
    assert total == pytest.approx(3 * 2 * np.pi * 4 * 0.02**2, rel=0.01)
    assert (found.distance.units, found.direction.units) == ("nm", "rad")


@pytest.mark.parametrize("angle", [-0.9, 0.0, 0.5])
def test_a_line_has_the_most_votes_at_its_place(angle):
    rows, columns = np.indices(SHAPE)
    away = columns * np.cos(angle) + rows * np.sin(angle) - 20
    image = labelled((np.abs(away) < 0.6).astype(float), pixel=(0.02, 0.02))

    found = hough(image, count=360)

    votes = np.asarray(found)
    place = np.unravel_index(votes.argmax(), votes.shape)
    assert found.direction.values[place[1]] == pytest.approx(angle, abs=0.03)
    assert found.distance.values[place[0]] == pytest.approx(20 * 0.02, abs=0.03)
    assert votes.max() > 20


def test_missing_pixels_count_for_nothing_and_all_directions_are_taken():
    image = spot(30, 40)
    image[:5] = np.nan

    found = np.asarray(radon(image))

    assert found.shape[1] == 180
    assert np.isfinite(found).all()
    assert np.asarray(hough(image, threshold=2.0)).max() == 0


def test_pixels_have_to_be_square():
    for transform in (radon, hough):
        with pytest.raises(ValueError, match="not square"):
            transform(labelled(spot(3, 4), pixel=(0.02, 0.03)))
    with pytest.raises(ValueError, match="number of directions"):
        hough(spot(3, 4), count=0)
