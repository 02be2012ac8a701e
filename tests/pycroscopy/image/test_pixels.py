"""Denoising, segmentation and motion: scikit-image with axes, units and missing pixels."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled, texture
from scipy.ndimage import map_coordinates

from pycroscopy.image import classify_pixels, denoise, optical_flow, segment
from pycroscopy.image.denoising import noise_of_image
from pycroscopy.image.segmentation import otsu_threshold

skimage = pytest.importorskip("skimage", reason="these methods are scikit-image's")

ROWS, COLUMNS = np.mgrid[:75, :110].astype(float)
BLOCKS = 50.0 * (COLUMNS > 40) + 30.0 * (np.hypot(ROWS - 40, COLUMNS - 75) < 20) + 20


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.parametrize(("method", "share"), [("wavelet", 0.62), ("nonlocal", 0.3), ("tv", 0.35)])
def test_each_method_takes_noise_off(method, share):
    if method == "wavelet":
        pytest.importorskip("pywt")
    noise = 10 * np.random.default_rng(0).standard_normal(BLOCKS.shape)
    found = denoise(labelled(BLOCKS + noise), method=method)

    assert rms(np.asarray(found) - BLOCKS) < share * rms(noise)
    assert found.units == "counts"
    assert found.history[-1].parameters["method"] == method


@pytest.mark.parametrize("method", ["nonlocal", "tv"])
def test_denoising_knows_no_units(method):
    noisy = BLOCKS + 10 * np.random.default_rng(1).standard_normal(BLOCKS.shape)
    plain = np.asarray(denoise(noisy, method=method))
    scaled = np.asarray(denoise(1e-9 * noisy - 3e-7, method=method))

    np.testing.assert_allclose(1e9 * scaled + 300, plain, atol=1e-3)


def test_counts_are_denoised_without_bias():
    counts = np.random.default_rng(2).poisson(np.full((80, 91), 3.0)).astype(float)
    found = np.asarray(denoise(counts, counts=True, method="tv", strength=3))

    assert found.mean() == pytest.approx(3, abs=0.1)
    assert rms(found - 3) < 0.3
    with pytest.raises(ValueError, match="negative"):
        denoise(counts - 9, counts=True)


def test_what_is_missing_stays_missing_and_stacks_stay_lazy():
    stack = np.stack([BLOCKS, BLOCKS])
    stack[1, 3:5, 7] = np.nan
    found = denoise(labelled(stack), noise=1.0, method="tv")

    assert found.chunks[0] == (1, 1)
    np.testing.assert_array_equal(np.isnan(np.asarray(found)), np.isnan(stack))
    with pytest.raises(ValueError, match="method is 'median'"):
        denoise(BLOCKS, method="median")
    np.testing.assert_array_equal(np.asarray(denoise(BLOCKS, noise=0)), BLOCKS)


def test_the_noise_of_a_smooth_image_is_known():
    image = 100 * texture((200, 151), sigma=8) + 2 * np.random.default_rng(0).standard_normal(
        (200, 151)
    )
    assert noise_of_image(image) == pytest.approx(2, rel=0.03)


# ------------------------------------------------------------------ segmentation


def test_otsu_is_scikit_images():
    filters = pytest.importorskip("skimage.filters")
    values = np.random.default_rng(0).normal([0] * 700 + [5] * 300)
    peer = filters.threshold_otsu(values, nbins=4096)

    assert np.count_nonzero(values > otsu_threshold(values)) == pytest.approx(
        np.count_nonzero(values > peer), abs=3
    )
    assert otsu_threshold(np.full(5, 2.0)) == 2.0


def test_an_image_is_divided_into_classes():
    image = BLOCKS + np.random.default_rng(0).normal(0, 3, BLOCKS.shape)
    image[2, 3] = np.nan
    two, three = segment(labelled(image)), segment(labelled(image), classes=3, smooth=0.7)

    assert np.asarray(two)[2, 3] == -1
    known = np.isfinite(image)
    truth = np.digitize(BLOCKS, [35, 85])
    assert np.mean(np.asarray(three)[known] == truth[known]) > 0.95
    assert set(np.unique(np.asarray(two))) == {-1, 0, 1}
    assert len(three.metadata["segmentation"]["thresholds"]) == 2
    with pytest.raises(ValueError, match="do not fit an image"):
        segment(np.ones((5, 7)))


def test_pixels_are_classified_by_examples():
    pytest.importorskip("sklearn")
    random = np.random.default_rng(0)
    fine = random.normal(0, 1, ROWS.shape)
    coarse = texture(ROWS.shape, sigma=4)
    image = np.where(COLUMNS < 55, fine, coarse)
    examples = np.zeros(ROWS.shape, int)
    examples[20:40, 10:25], examples[20:40, 80:95] = 1, 2
    found = np.asarray(classify_pixels(labelled(image), examples))
    again = np.asarray(classify_pixels(labelled(image), examples))

    truth = np.where(COLUMNS < 55, 1, 2)
    assert np.mean(found == truth) > 0.88
    np.testing.assert_array_equal(found, again)
    with pytest.raises(ValueError, match="two classes"):
        classify_pixels(image, np.minimum(examples, 1))


# ------------------------------------------------------------------ motion


@pytest.mark.parametrize("method", ["tvl1", "ilk"])
def test_motion_is_found_in_units_of_the_axes(method):
    image = texture((90, 110), sigma=3)
    rows, columns = np.mgrid[:90, :110].astype(float)
    down, across = 0.8 * np.sin(columns / 30), 1.0 + 0.01 * rows
    moved = map_coordinates(image, [rows - down, columns - across], order=3, mode="wrap")
    data = labelled(image, pixel=(0.5, 0.25))
    flow = optical_flow(data, moved, method=method)

    error = np.asarray(flow) / np.array([0.5, 0.25])[:, None, None] - [down, across]
    assert rms(error[:, 10:-10, 10:-10]) < 0.15
    assert (flow.units, flow.shape) == ("nm", (2, 90, 110))
    assert flow.x == data.x
    with pytest.raises(ValueError, match="one shape"):
        optical_flow(image, image[1:])
    with pytest.raises(ValueError, match="method is 'hs'"):
        optical_flow(image, image, method="hs")
