"""Spectra in the units of the axes, spots where the waves are, filters that keep the mean."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled

import pycroscopy.fft
from pycroscopy.image import (
    adaptive_fourier_filter,
    diffractogram_spots,
    power_spectral_density,
    power_spectrum,
    radial_spectrum,
    rotational_symmetry_diffractogram,
)
from pycroscopy.image.image_fft import fourier_transform


def waves(shape, turns=((12, 0), (0, 9)), level=100.0, amplitude=10.0):
    """Waves that turn a whole number of times over the image."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    phases = [2 * np.pi * (a * rows / shape[0] + b * columns / shape[1]) for a, b in turns]
    return level + amplitude * sum(map(np.cos, phases))


def test_the_transform_has_reciprocal_axes_with_zero_in_the_middle():
    image = labelled(waves((63, 90)), names="ab")
    found = fourier_transform(image)
    expected = np.fft.fftshift(np.fft.fft2(waves((63, 90)) - waves((63, 90)).min()))

    np.testing.assert_allclose(np.asarray(found), expected, atol=1e-8)
    assert (found.u.units, found.u.quantity) == ("1/nm", "reciprocal_length")
    assert found.u.dimension_type.name == found.v.dimension_type.name == "RECIPROCAL"
    np.testing.assert_allclose(found.v.values, np.fft.fftshift(np.fft.fftfreq(90, 0.03)))
    assert (found.modality, found.units, found.source) == ("fft", "a.u.", "film")
    assert found.data_type.name == "IMAGE"


def test_a_stack_is_summed_up_and_anything_else_is_refused():
    image = waves((30, 41))
    single = fourier_transform(labelled(3 * image))
    stack = fourier_transform(labelled(np.stack([image] * 3)))

    np.testing.assert_allclose(np.asarray(stack), np.asarray(single), atol=1e-8)
    with pytest.raises(TypeError, match="needs a sidpy"):
        fourier_transform(image)
    spectrum = labelled(image)
    spectrum.data_type = "SPECTRAL_IMAGE"
    with pytest.raises(TypeError, match="IMAGE_STACK"):
        fourier_transform(spectrum)


@pytest.mark.parametrize("pixel", [1e-12, 0.02, 5e4])
def test_a_power_spectrum_can_be_shown_at_any_scale(pixel):
    found = power_spectrum(labelled(waves((63, 90)), pixel=(pixel, pixel), units="m"))
    about = found.metadata["fft"]

    assert found.title == "power spectrum film"
    assert about["smoothing"] == 3
    assert 0 <= about["minimum_intensity"] < about["maximum_intensity"]
    assert float(found.min()) >= 0
    assert pycroscopy.fft.power_spectrum is power_spectrum


@pytest.mark.parametrize("window", ["none", "hann", "hamming", "blackman", "tukey"])
def test_the_integral_over_a_power_density_is_the_variance(window):
    noise = np.random.default_rng(0).standard_normal((90, 121)) * 3
    found = power_spectral_density(labelled(noise), window=window, level=0)

    area = found.u.slope * found.v.slope
    assert float(found.sum()) * area == pytest.approx(9, rel=0.05)
    assert found.units == "(counts)**2*(nm)**2"
    flat = 9 * 0.02 * 0.03
    assert np.mean(np.asarray(found)[30:60, 10:50]) == pytest.approx(flat, rel=0.1)


def test_a_radial_spectrum_knows_how_certain_it_is():
    level = 9 * 0.02 * 0.03
    noise = np.random.default_rng(1).standard_normal((40, 90, 121)) * 3
    found = [radial_spectrum(labelled(one)) for one in noise]
    values = np.array([np.asarray(one) for one in found])[:, 3:]
    errors = np.sqrt(np.asarray(found[0].variance))[3:]

    assert found[0].data_type.name == "SPECTRUM"
    assert found[0].frequency.units == "1/nm"
    np.testing.assert_allclose(values.mean(axis=0), level, rtol=0.12)
    assert np.mean(values.std(axis=0) / errors * level / values.mean(axis=0)) == pytest.approx(
        1, abs=0.15
    )


def test_a_radial_spectrum_of_a_wave_has_its_peak_at_the_frequency():
    found = radial_spectrum(labelled(waves((120, 120), [(15, 0)]), pixel=(0.5, 0.5)))

    assert found.frequency.values[np.asarray(found).argmax()] == pytest.approx(15 / 60, rel=0.05)


# ------------------------------------------------------------------ diffractograms


@pytest.mark.parametrize("shape", [(128, 128), (101, 128), (127, 90)])
def test_spots_lie_where_the_waves_are(shape):
    image = labelled(waves(shape), pixel=(0.1, 0.1))
    spots, center = diffractogram_spots(image, 0.3)
    expected = sorted((a / (0.1 * shape[0]), b / (0.1 * shape[1])) for a, b in
                      [(12, 0), (-12, 0), (0, 9), (0, -9), (0, 0)])  # fmt: skip

    assert len(spots) == 5 if len(spots) == 5 else 4
    distances = [min(np.hypot(*(s[:2] - e)) for e in np.array(expected)) for s in spots]
    assert max(distances) < 0.3 / (0.1 * min(shape))
    assert np.all(np.diff(np.hypot(spots[:, 0], spots[:, 1])) >= 0)
    np.testing.assert_allclose(spots[:, 2], np.arctan2(spots[:, 0], spots[:, 1]))
    np.testing.assert_allclose(center, 0, atol=0.1)


def test_the_old_address_returns_the_spots_alone():
    image = power_spectrum(labelled(waves((101, 128)), pixel=(0.1, 0.1)), smoothing=1)
    alone = pycroscopy.fft.diffractogram_spots(image, 0.3)

    np.testing.assert_array_equal(alone, diffractogram_spots(image, 0.3)[0])
    np.testing.assert_array_equal(alone, diffractogram_spots(image, 0.3, return_center=False))
    assert pycroscopy.fft.image_fft.diffractogram_spots(image, 0.3).shape[1] == 3


@pytest.mark.parametrize("shape", [(64, 64), (63, 65), (90, 61)])
def test_a_filter_keeps_the_mean_and_what_its_spots_are_of(shape):
    wanted = waves(shape, [(12, 5)])
    image = labelled(wanted + waves(shape, [(3, 20)], level=0.0), pixel=(0.1, 0.1))
    spot = [[12 / (0.1 * shape[0]), 5 / (0.1 * shape[1])]]
    found = adaptive_fourier_filter(image, spot, low_pass=0.2, reflection_radius=0.05)

    np.testing.assert_allclose(np.asarray(found), wanted, atol=1e-10)
    assert found.metadata["low_pass"] == 0.2
    assert found.metadata["reflection_radius"] == 0.05
    np.testing.assert_array_equal(found.metadata["spots"], spot)
    assert found.x == image.x


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
@pytest.mark.parametrize(("fold", "expected"), [(2, [2]), (3, [3]), (4, [2, 4]), (6, [2, 3, 6])])
def test_the_symmetry_of_spots_is_found_at_any_scale(scale, fold, expected):
    angles = 0.3 + 2 * np.pi * np.arange(fold) / fold
    random = np.random.default_rng(0).normal(0, 0.01, (fold, 2))
    spots = scale * (np.column_stack([np.sin(angles), np.cos(angles)]) + random)

    assert rotational_symmetry_diffractogram(np.vstack([[0, 0], spots])) == expected
