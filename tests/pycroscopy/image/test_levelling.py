"""Images are flattened exactly, whatever their shape, and nothing else happens to them."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled

import sidpy
from pycroscopy.image import (
    crop_image,
    flatten_image,
    inpaint,
    inpaint_image,
    level_facets,
    level_lines,
    level_plane,
)

ROWS, COLUMNS = np.mgrid[:31, :44].astype(float)
BUMP = np.exp(-((ROWS - 12) ** 2 + (COLUMNS - 30) ** 2) / 8)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_a_polynomial_surface_is_removed_to_rounding(order):
    surface = sum((0.1 * ROWS) ** i * (0.2 * COLUMNS) ** (order - i) for i in range(order + 1))

    level = np.asarray(level_plane(1e3 + surface, order=order))
    assert np.abs(level).max() < 1e-10


def test_a_plane_is_fitted_to_the_pixels_that_count_and_taken_off_everywhere():
    plane = 3 * ROWS - 2 * COLUMNS + 7
    image = plane + 50 * (BUMP > 0.1)
    image[3, 5] = np.nan
    level = level_plane(labelled(image), mask=BUMP <= 0.1)

    expected = np.where(BUMP > 0.1, 50.0, 0.0)
    expected[3, 5] = np.nan
    np.testing.assert_allclose(np.asarray(level), expected, atol=1e-10)
    assert level.x.units == "nm"
    assert level.x.values[0] == 5
    assert level.units == "counts"
    assert level.metadata["experiment"] == {"dwell": 2.0}
    assert level.history[-1].function == "pycroscopy.image.level_plane"


def test_a_stack_is_levelled_when_it_is_looked_at():
    counted = []
    frames = labelled(np.zeros((5, 31, 44)))
    lazy = sidpy.Dataset.map_blocks(frames, lambda block: counted.append(1) or block + ROWS)
    level = level_plane(lazy)
    counted.clear()

    assert np.abs(level[2].compute()).max() < 1e-10
    assert len(counted) == 1


@pytest.mark.parametrize("along", ["rows", "columns"])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_lines_lose_their_polynomials_and_keep_their_places(along, order):
    offsets = np.random.default_rng(0).uniform(-5, 5, 44 if along == "columns" else 31)
    lines = (
        offsets[None, :] + ROWS**order if along == "columns" else offsets[:, None] + COLUMNS**order
    )
    level = np.asarray(level_lines(lines, order=order, along=along))

    assert level.shape == (31, 44)
    assert np.abs(level).max() < 1e-9


@pytest.mark.parametrize("method", ["median", "difference", "matching"])
def test_offsets_of_lines_are_found_beside_missing_pixels(method):
    offsets = np.random.default_rng(1).uniform(-5, 5, 31)
    image = offsets[:, None] + 0 * COLUMNS
    image[4, 7:] = image[20] = np.nan
    level = np.asarray(level_lines(image, method=method))

    known = level[np.isfinite(image)]
    if method == "median":
        assert np.abs(known).max() < 1e-12
    else:
        assert np.abs(level[:20][np.isfinite(image[:20])] - offsets[0]).max() < 1e-12


def test_matching_is_not_misled_by_what_begins_between_two_lines():
    """More than half of the line rises by a step; the smaller part, scattered less, decides
    nothing: most of the remaining lines agree with the surface."""
    random = np.random.default_rng(2)
    offsets = np.where(np.arange(31) % 2, 3.0, 0.0)
    surface = np.where((ROWS > 10) & (COLUMNS < 16), 10.0, 0.0)
    image = surface + offsets[:, None] + 0.01 * random.standard_normal(surface.shape)
    mean = np.asarray(level_lines(image, order=0))
    matched = np.asarray(level_lines(image, method="matching"))

    assert np.abs(matched - surface).max() < 0.1
    assert np.abs(mean - surface).max() > 3


def test_terraces_are_levelled_by_their_facets():
    steps = 2.0 * (COLUMNS > 12) + 2.0 * (COLUMNS > 29)
    noise = 0.02 * np.random.default_rng(3).standard_normal(steps.shape)
    level = np.asarray(level_facets(steps + 0.1 * COLUMNS - 0.05 * ROWS + noise))

    for terrace in (slice(0, 12), slice(13, 29), slice(30, 44)):
        slope = np.polyfit(np.arange(31), level[:, terrace].mean(axis=1), 1)[0]
        across = np.polyfit(np.arange(44)[terrace], level[:, terrace].mean(axis=0), 1)[0]
        assert abs(slope) < 2e-3
        assert abs(across) < 6e-3


def test_what_cannot_be_levelled_says_so():
    with pytest.raises(ValueError, match="method is 'lines'"):
        level_lines(ROWS, method="lines")
    with pytest.raises(ValueError, match="order should be a whole number"):
        level_plane(ROWS, order=-1)
    with pytest.raises(ValueError, match="6 unknowns, and 5 pixels"):
        level_plane(np.arange(5.0)[None], order=2)
    with pytest.raises(ValueError, match="mask has shape"):
        level_plane(ROWS, mask=np.ones((2, 2), bool))
    with pytest.raises(TypeError, match="real image"):
        level_plane(ROWS + 1j)


# ------------------------------------------------------------------ names of the releases


def test_flattened_columns_are_not_transposed():
    lines = 5 * COLUMNS + 0.3 * ROWS * COLUMNS + BUMP
    image = labelled(lines)
    flat = flatten_image(image, flatten_axis="col")
    fitted = np.array(
        [np.polyval(np.polyfit(np.arange(31), c, 1), np.arange(31)) for c in lines.T]
    )

    assert flat.shape == (31, 44)
    np.testing.assert_allclose(np.asarray(flat), lines - fitted.T, atol=1e-9)
    assert flat.x == image.x


def test_a_plane_fit_is_not_all_zeros():
    plane = 3 * ROWS - COLUMNS
    flat = np.asarray(flatten_image(labelled(plane + BUMP), method="plane_fit"))

    assert flat.max() > 0.8
    assert np.abs(np.asarray(flatten_image(labelled(plane), method="plane_fit"))).max() < 1e-10


def test_flattening_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="flatten_axis is 'rows'"):
        flatten_image(labelled(ROWS), flatten_axis="rows")
    with pytest.raises(ValueError, match="method is 'plane'"):
        flatten_image(labelled(ROWS), method="plane")
    with pytest.raises(ValueError, match="needs a Dataset of an image"):
        flatten_image(labelled(np.zeros((2, 3, 4))))


def test_a_rectangle_keeps_its_coordinates_and_the_corners_their_values():
    image = labelled(100 * ROWS + COLUMNS)
    corners = np.array([5.3, 5.1, 6.0, 5.2])
    part = crop_image(image, corners)

    np.testing.assert_array_equal(part.x.values, image.x.values[10:34])
    np.testing.assert_allclose(part.y.values, [5.1, 5.12, 5.14, 5.16, 5.18, 5.2])
    np.testing.assert_array_equal(np.asarray(part), np.asarray(image)[5:11, 10:34])
    assert part.title == "cropped_film"
    assert part.metadata["crop_dimension"] == [5.3, 5.1, 6.0, 5.2]
    assert part.metadata["original_dimensions"] == [31, 44]
    np.testing.assert_array_equal(corners, [5.3, 5.1, 6.0, 5.2])
    assert part.history[-1].function == "pycroscopy.image.crop_image"


@pytest.mark.parametrize("names", ["xy", "ab"])
def test_the_first_corner_is_along_the_first_axis_unless_it_is_y(names):
    image = labelled(ROWS, names=names, pixel=(1, 1), start=0)

    assert crop_image(image, [2, 3, 4, 9]).shape == (3, 7)


def test_a_falling_axis_can_be_cropped():
    image = labelled(ROWS, pixel=(-1, 1), start=0)
    part = crop_image(image, [0, -6, 5, -2])

    np.testing.assert_array_equal(part.y.values, [-2, -3, -4, -5, -6])


def test_a_rectangle_of_nothing_is_refused():
    image = labelled(ROWS)
    for corners, words in (
        ([1, 2, 3], "x1, y1, x2, y2"),
        ([5.5, 5.1, 5.3, 5.2], "inverted"),
        ([9, 9, 10, 10], "no pixel"),
    ):
        with pytest.raises(ValueError, match=words):
            crop_image(image, corners)
    with pytest.raises(ValueError, match="needs a sidpy"):
        crop_image(ROWS, [0, 0, 1, 1])
    with pytest.raises(ValueError, match="needs an image"):
        crop_image(labelled(np.zeros((2, 3, 4))), [0, 0, 1, 1])


# ------------------------------------------------------------------ inpainting


@pytest.fixture
def holed():
    pytest.importorskip("skimage", reason="inpainting is scikit-image's")
    smooth = 40 + np.sin(ROWS / 9) * np.cos(COLUMNS / 11)
    missing = np.zeros(smooth.shape, bool)
    missing[4:7, 10:13] = missing[20, 30:34] = True
    return smooth, missing


def test_holes_are_filled_smoothly_and_measured_values_are_kept(holed):
    smooth, missing = holed
    image = np.where(missing, np.nan, smooth)
    for found in (inpaint(image), inpaint(smooth, missing=missing)):
        np.testing.assert_array_equal(np.asarray(found)[~missing], smooth[~missing])
        np.testing.assert_allclose(np.asarray(found)[missing], smooth[missing], atol=2e-3)


def test_a_mask_given_is_of_what_is_missing_and_one_in_the_metadata_of_what_was_measured(holed):
    smooth, missing = holed
    broken = labelled(np.where(missing, 0.0, smooth))
    given = inpaint_image(broken, mask=missing)
    broken.metadata = {"mask": (~missing).astype(int)}
    kept = inpaint_image(broken)

    np.testing.assert_allclose(np.asarray(given), smooth, atol=2e-3)
    np.testing.assert_array_equal(np.asarray(given), np.asarray(kept))
    np.testing.assert_array_equal(kept.metadata["mask"], ~missing)
    assert kept.metadata["inpainting"]["method"] == "biharmonic"
    assert kept.data_type is sidpy.DataType.IMAGE


def test_one_channel_of_a_stack_is_inpainted(holed):
    smooth, missing = holed
    stack = labelled(np.stack([0 * smooth, np.where(missing, -9, smooth)]))
    found = inpaint_image(stack, missing, channel=1)

    assert found.shape == (31, 44)
    assert found.x.units == "nm"
    np.testing.assert_allclose(np.asarray(found), smooth, atol=2e-3)


def test_inpainting_refuses_a_wrong_mask(holed):
    with pytest.raises(ValueError, match="mask has shape"):
        inpaint_image(labelled(ROWS), np.ones((3, 3)))
    with pytest.raises(ValueError, match="nothing is missing"):
        inpaint_image(labelled(ROWS))
    with pytest.raises(ValueError, match="nothing was measured"):
        inpaint_image(labelled(ROWS), np.ones_like(ROWS))
    with pytest.raises(TypeError, match="needs a sidpy"):
        inpaint_image(ROWS, np.ones_like(ROWS))
