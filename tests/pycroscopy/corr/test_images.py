"""Templates and spectra beside images: exact where theory is, with the axes kept."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled

import sidpy
from pycroscopy.corr import correlate_template, sharpen


@pytest.mark.parametrize("shape", [(5, 7), (4, 6), (5, 6)])
def test_a_template_correlates_as_pearson_says(shape):
    rng = np.random.default_rng(0)
    image = rng.random((25, 31))
    template = rng.random(shape)

    found = np.asarray(correlate_template(labelled(image), template))

    for row, column in ((10, 12), (15, 20)):
        start = row - shape[0] // 2, column - shape[1] // 2
        part = image[start[0] : start[0] + shape[0], start[1] : start[1] + shape[1]]
        truth = np.corrcoef(part.ravel(), template.ravel())[0, 1]
        assert found[row, column] == pytest.approx(truth, abs=1e-9)


def test_missing_pixels_are_left_out_and_axes_kept():
    rng = np.random.default_rng(1)
    image, template = rng.random((25, 31)), rng.random((5, 5))
    image[10, 11] = np.nan

    found = correlate_template(labelled(image), template)

    part, known = image[8:13, 10:15], np.isfinite(image[8:13, 10:15])
    truth = np.corrcoef(part[known], template[known])[0, 1]
    assert np.asarray(found)[10, 12] == pytest.approx(truth, abs=1e-9)
    assert np.isnan(np.asarray(found)[0, 0])
    assert np.isnan(np.asarray(found)[10, 11])
    assert found.x.units == "nm"
    with pytest.raises(ValueError, match="not constant"):
        correlate_template(image, np.ones((3, 3)))


def test_sharp_spectra_have_the_means_that_were_measured():
    rng = np.random.default_rng(2)
    data = sidpy.Dataset.from_array(rng.poisson(20, (4, 5, 8)).astype(float), units="counts")
    data.set_dimension(
        2, sidpy.Dimension(np.arange(8) * 0.5, "energy", "energy", "eV", "spectral")
    )
    image = labelled(rng.random((12, 10)) + 0.1)

    found = sharpen(data, image)

    values = np.asarray(found)
    assert values.shape == (12, 10, 8)
    np.testing.assert_allclose(
        values.reshape(4, 3, 5, 2, 8).mean(axis=(1, 3)), np.asarray(data), atol=1e-12
    )
    ratio = values[0, 0] / values[2, 1]
    np.testing.assert_allclose(ratio, np.asarray(image)[0, 0] / np.asarray(image)[2, 1])
    assert (found.energy.units, found.y.units, found.units) == ("eV", "nm", "counts")


def test_what_an_image_shows_exactly_is_restored():
    rng = np.random.default_rng(3)
    spectrum, fine = rng.random(6), rng.random((8, 9))
    truth = fine[..., None] * spectrum
    coarse = truth.reshape(4, 2, 3, 3, 6).mean(axis=(1, 3))

    np.testing.assert_allclose(np.asarray(sharpen(coarse, fine)), truth, atol=1e-12)


@pytest.mark.parametrize(
    ("image", "message"),
    [(np.ones((9, 10)), "no whole multiple"), (np.ones((2, 5)), "no whole multiple"),
     (-np.ones((8, 10)), "negative"), (np.zeros((8, 10)), "zero or missing")],
)  # fmt: skip
def test_images_that_do_not_fit_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        sharpen(np.ones((4, 5, 3)), image)
