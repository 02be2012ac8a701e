"""Phases from their gradients: exact without noise, at the bound with it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

import sidpy
from pycroscopy.diffraction import CenterOfMass, center_of_mass, integrate


def texture(shape=(64, 80), sigma=4):
    noise = np.random.default_rng(2).normal(size=shape)
    spectrum = np.fft.fft2(gaussian_filter(noise, sigma, mode="wrap"))
    # a derivative knows nothing of the highest frequency of an even number
    for axis, n in enumerate(shape):
        if n % 2 == 0:
            np.moveaxis(spectrum, axis, 0)[n // 2] = 0
    smooth = np.fft.ifft2(spectrum).real
    return (smooth - smooth.mean()) / smooth.std()


def gradient(image, steps=(1.0, 1.0)):
    """Exact for a periodic image of limited bandwidth."""
    ky, kx = (2j * np.pi * np.fft.fftfreq(n, s) for n, s in zip(image.shape, steps, strict=True))
    spectrum = np.fft.fft2(image)
    return (np.fft.ifft2(ky[:, None] * spectrum).real, np.fft.ifft2(kx * spectrum).real)


@pytest.mark.parametrize("shape", [(64, 80), (63, 81), (64, 81)])
def test_a_periodic_phase_comes_back(shape):
    image = texture(shape)
    steps = (0.5, 0.2)

    np.testing.assert_allclose(integrate(*gradient(image, steps), steps), image, atol=1e-9)


def test_noise_in_the_gradient_becomes_what_theory_says():
    image = texture((96, 96))
    rng = np.random.default_rng(3)
    ky, kx = (2 * np.pi * np.fft.fftfreq(96) for _ in range(2))
    square = ky[:, None] ** 2 + kx**2
    square[0, 0] = np.inf
    for noise in (0.05, 0.2):
        limit = noise * np.sqrt(np.mean(1 / square))
        errors = []
        for _ in range(150):
            noisy = [part + noise * rng.normal(size=part.shape) for part in gradient(image)]
            errors.append(np.mean((integrate(*noisy) - image) ** 2))
        assert np.sqrt(np.mean(errors)) == pytest.approx(limit, rel=0.05)


def test_a_mirrored_image_is_not_torn_at_its_edges():
    y, x = np.mgrid[:40, :50] / 40
    image = np.cos(np.pi * (y + 0.5 / 40)) + np.cos(np.pi * (x + 0.5 / 40) * 40 / 50)
    dy = -np.pi / 40 * np.sin(np.pi * (y + 0.5 / 40))
    dx = -np.pi / 50 * np.sin(np.pi * (x + 0.5 / 40) * 40 / 50)

    np.testing.assert_allclose(integrate(dy, dx, boundary="mirror"), image, atol=1e-9)
    assert np.abs(integrate(dy, dx) - image).max() > 0.1


def test_a_high_pass_leaves_out_long_waves():
    y = np.arange(60)[:, None] * np.ones(50)
    long, short = np.cos(2 * np.pi * y / 60), np.cos(2 * np.pi * y / 10)

    found = integrate(*gradient(long + short), high_pass=30)

    np.testing.assert_allclose(found, short, atol=1e-9)


def _mass(rows, columns, step=0.1):
    def labelled(values, units):
        data = sidpy.Dataset.from_array(np.array(values), units=units)
        for axis, name in enumerate("yx"):
            points = np.arange(values.shape[axis]) * step
            data.set_dimension(axis, sidpy.Dimension(points, name, "d", "nm", "spatial"))
        return data

    errors = np.full(rows.shape, 0.1)
    parts = [labelled(part, "1/nm") for part in (rows, columns, errors, 2 * errors)]
    return CenterOfMass(*parts, labelled(np.ones(rows.shape), "counts"))


def test_the_phase_of_a_scan_is_in_rad():
    image = texture()
    rows, columns = (part / (2 * np.pi) for part in gradient(image, (0.1, 0.1)))

    phase = _mass(rows, columns).phase()

    np.testing.assert_allclose(phase.compute(), image, atol=1e-9)
    assert (phase.units, phase.quantity) == ("rad", "phase")
    np.testing.assert_allclose(_mass(rows, columns).phase(wavelength=2).compute(), image / 2,
                               atol=1e-9)  # fmt: skip


@pytest.mark.parametrize("angle", [-1.3, -0.2, 0.0, 0.5, 1.5])
def test_a_turned_scan_is_found_and_turned_back(angle):
    image = texture()
    rows, columns = gradient(image)
    turned = _mass(rows, columns).rotated(-angle)

    assert turned.rotation() == pytest.approx(angle, abs=0.01)
    back = turned.rotated(angle)
    np.testing.assert_allclose(back.rows.compute(), rows, atol=1e-12)
    np.testing.assert_allclose(back.columns.compute(), columns, atol=1e-12)


def test_errors_turn_with_the_vectors():
    turned = _mass(texture(), texture()).rotated(np.pi / 2)

    np.testing.assert_allclose(turned.row_errors.compute(), 0.2)
    np.testing.assert_allclose(turned.column_errors.compute(), 0.1)


def test_the_divergence_is_the_laplacian():
    y, x = np.mgrid[:30, :40] * 0.1
    found = _mass(2 * y, 3 * x).divergence()

    np.testing.assert_allclose(found.compute(), 5)
    assert found.units == "1/nm/nm"


def test_a_weak_phase_object_is_seen_by_its_patterns():
    """The centre of mass of a probe that is bent by the gradient of a phase, and nothing else."""
    image = texture((24, 32), 3) * 0.2
    dy, dx = gradient(image)
    v = np.fft.fftshift(np.fft.fftfreq(32))
    patterns = np.exp(
        -((v[:, None] - dy[..., None, None] / (2 * np.pi)) ** 2
          + (v - dx[..., None, None] / (2 * np.pi)) ** 2) / (2 * 0.08**2)
    )  # fmt: skip
    data = sidpy.Dataset.from_array(patterns)
    for axis in (2, 3):
        data.set_dimension(axis, sidpy.Dimension(v, "vu"[axis - 2], "q", "1/px", "reciprocal"))

    phase = center_of_mass(data).phase()

    assert np.std(phase.compute() - image) < 0.01 * np.std(image)


def test_what_cannot_be_integrated_is_refused():
    with pytest.raises(ValueError, match="1 positions are not finite"):
        integrate(np.array([[np.nan, 0.0]]), np.zeros((1, 2)))
    with pytest.raises(ValueError, match="one shape"):
        integrate(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="'periodic' or 'mirror'"):
        integrate(np.zeros((2, 3)), np.zeros((2, 3)), boundary="zero")
    with pytest.raises(ValueError, match="3 x 3"):
        center_of_mass(np.ones((2, 9, 4, 4))).phase()
