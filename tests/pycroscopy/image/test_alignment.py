"""Images are laid on top of each other at any angle, and the map is known with its errors."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled
from scipy import ndimage

from pycroscopy.image import align

pytest.importorskip("skimage")

SHAPE = (150, 171)


def scene(rows, columns, *, seed=3):
    """Gaussians of many sizes: a scene that can be looked at anywhere, without interpolation."""
    rng = np.random.default_rng(seed)
    total = np.zeros(np.shape(rows))
    for _ in range(160):
        at, width = rng.uniform(-40, 210, 2), rng.uniform(2, 9)
        height = rng.uniform(-1, 1)
        total += height * np.exp(-((rows - at[0]) ** 2 + (columns - at[1]) ** 2) / (2 * width**2))
    return total


def seen_through(matrix, shape=SHAPE, seed=3):
    """What an image shows whose pixel matrix (p, 1) is the pixel p of the reference."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    rows, columns = np.indices(shape).astype(float)
    at = (
        np.tensordot(inverse[:, :2], np.stack([rows, columns]), axes=1) + inverse[:, 2, None, None]
    )
    return scene(*at, seed=seed)


def about_the_middle(matrix, shift):
    center = (np.array(SHAPE) - 1) / 2
    return np.column_stack([matrix, center + shift - matrix @ center])


def turned(degrees, scale=1.0):
    a = np.deg2rad(degrees)
    return scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])


REFERENCE = seen_through(np.eye(2, 3))
MAPS = {
    "shift": about_the_middle(np.eye(2), [7.3, -11.6]),
    "euclidean": about_the_middle(turned(32), [4.2, 3.7]),
    "similarity": about_the_middle(turned(-70, 0.85), [-2.2, 6.1]),
    "affine": about_the_middle(np.array([[1.05, 0.12], [-0.04, 0.93]]), [5.5, -3.3]),
}


@pytest.mark.parametrize("kind", MAPS)
def test_every_kind_of_map_is_found_exactly(kind):
    found = align(3 * seen_through(MAPS[kind]) + 2, REFERENCE, kind=kind)

    at = np.array([[20.0, 20], [20, 150], [130, 30], [130, 150]])
    truth, ours = (at @ m[:, :2].T + m[:, 2] for m in (MAPS[kind], found.matrix))
    np.testing.assert_allclose(ours, truth, atol=0.01)
    assert found.residual < 0.01


def test_the_moved_image_is_the_reference_where_it_is_known():
    found = align(seen_through(MAPS["affine"]), labelled(REFERENCE, title="first"))

    moved = np.asarray(found.image)
    known = np.isfinite(moved)
    assert 0.6 < known.mean() < 1
    np.testing.assert_allclose(moved[known], REFERENCE[known], atol=0.02)
    assert found.image.y.units == "nm"
    assert "aligned by" in repr(found)


def test_errors_are_those_of_the_noise():
    rng = np.random.default_rng(0)
    image = seen_through(MAPS["affine"])
    scaled = []
    for _ in range(4):
        found = align(
            image + 0.05 * rng.standard_normal(SHAPE),
            REFERENCE + 0.05 * rng.standard_normal(SHAPE),
        )
        middle = found.matrix @ [*found.center, 1] - MAPS["affine"] @ [*found.center, 1]
        scaled += [*(middle / found.errors[:, 2])]
        scaled += [*((found.matrix - MAPS["affine"])[:, :2] / found.errors[:, :2]).ravel()]

    assert 0.6 < np.sqrt(np.mean(np.square(scaled))) < 1.6


def test_a_restricted_map_keeps_what_it_is():
    found = align(seen_through(MAPS["euclidean"]), REFERENCE, kind="euclidean")

    np.testing.assert_allclose(found.matrix[:, :2] @ found.matrix[:, :2].T, np.eye(2), atol=1e-12)
    assert np.all(align(REFERENCE, REFERENCE, kind="shift").matrix[:, :2] == np.eye(2))


def test_key_points_alone_are_a_coarse_map():
    coarse = align(seen_through(MAPS["affine"]), REFERENCE, features="orb", refine=False)

    np.testing.assert_allclose(coarse.matrix[:, :2], MAPS["affine"][:, :2], atol=0.03)
    assert np.isnan(coarse.residual)
    assert coarse.agreed.sum() >= 6


def test_missing_pixels_and_other_shapes_do_not_matter():
    image = seen_through(MAPS["similarity"], (170, 190))
    image[60:75, 80:100] = np.nan

    found = align(image, REFERENCE, kind="similarity")

    np.testing.assert_allclose(found.matrix, MAPS["similarity"], atol=0.02)
    assert found.image.shape == SHAPE


def test_images_of_different_things_are_refused():
    rng = np.random.default_rng(5)
    other = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 3)
    with pytest.raises(ValueError, match="may show different things"):
        align(other, REFERENCE)
    with pytest.raises(ValueError, match="may show different things"):
        align(np.ones((40, 50)), REFERENCE)
    with pytest.raises(ValueError, match="known are"):
        align(other, REFERENCE, kind="bent")
