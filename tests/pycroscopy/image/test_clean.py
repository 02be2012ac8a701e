"""Noise and blur are removed; shape, axes, mean and sum stay."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

import sidpy
from pycroscopy.image import clean_svd, decon_lr, denoise_patches, richardson_lucy
from pycroscopy.image.deconvolution import gaussian_probe

ROWS, COLUMNS = np.mgrid[:101, :128]
LATTICE = np.cos(0.8 * ROWS) * np.cos(0.65 * COLUMNS)
NOISY = LATTICE + 0.5 * np.random.default_rng(0).standard_normal(LATTICE.shape)


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def test_patches_of_a_lattice_have_four_components_and_little_noise():
    """The set-up of a lattice of 128 x 128 in noise of 0.5: 0.0456 is what others reach."""
    rows, columns = np.mgrid[:128, :128]
    truth = np.cos(0.8 * rows) * np.cos(0.65 * columns)
    noisy = truth + 0.5 * np.random.default_rng(0).standard_normal(truth.shape)
    given = denoise_patches(noisy, size=16, step=2, rank=4, shrink=False)
    chosen = denoise_patches(noisy, size=16)

    inner = np.s_[16:-16, 16:-16]
    assert rms((np.asarray(given) - truth)[inner]) < 0.0456
    assert rms((np.asarray(chosen) - truth)[inner]) < 0.042


@pytest.mark.parametrize("step", [1, 3])
def test_all_components_give_back_the_image(step):
    found = denoise_patches(NOISY, size=5, step=step, rank=25, shrink=False)

    np.testing.assert_allclose(np.asarray(found), NOISY, atol=1e-10)


def test_noise_alone_has_no_components():
    noise = 7 + np.random.default_rng(1).standard_normal((64, 97))

    assert rms(np.asarray(denoise_patches(noise)) - 7) < 0.1


def test_missing_pixels_stay_missing_and_a_stack_lazy():
    stack = np.stack([NOISY, NOISY + 3])
    stack[1, 10:12, 5] = np.nan
    found = denoise_patches(labelled(stack), size=8)

    assert found.chunks[0] == (1, 1)
    np.testing.assert_array_equal(np.isnan(np.asarray(found)), np.isnan(stack))
    assert rms(np.asarray(found)[0] - LATTICE) < 0.12


def test_what_is_no_patch_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        denoise_patches(np.zeros((5, 9)), size=8)
    with pytest.raises(ValueError, match="size should be"):
        denoise_patches(NOISY, size=0)
    with pytest.raises(ValueError, match="rank should be"):
        denoise_patches(NOISY, size=3, rank=10)


# ------------------------------------------------------------------ names of the releases


def test_clean_svd_reconstructs_an_image_of_the_same_shape():
    image = labelled(NOISY + 10)
    clean = clean_svd(image, pixel_size=1, source_size=8)

    assert clean.title == "Major SVD component"
    assert clean.shape == image.shape
    assert clean.x == image.x
    assert clean.units == "counts"
    assert rms(np.asarray(clean) - LATTICE - 10) < 0.12
    assert clean.metadata["clean_svd"]["rank"] == 4
    assert clean.metadata["clean_svd"]["noise"] == pytest.approx(0.5, rel=0.03)
    assert clean.metadata["experiment"] == {"dwell": 2.0}


def test_clean_svd_has_patches_of_three_pixels_at_least():
    assert clean_svd(labelled(NOISY), 1, 0.1).metadata["clean_svd"]["patch_size"] == 3


@pytest.mark.parametrize("function", [clean_svd, decon_lr])
def test_arrays_and_stacks_are_type_errors(function):
    with pytest.raises(TypeError, match="needs a sidpy"):
        function(NOISY)
    with pytest.raises(TypeError, match="data_type IMAGE"):
        function(labelled(np.zeros((2, 9, 9))))


# ------------------------------------------------------------------ deconvolution


def blurred(shape=(61, 80), *, width=2.0, periodic=True):
    """Points and their blur, on a level that keeps the counts positive."""
    truth = np.full(shape, 0.2)
    for row, column in ((20, 30), (20, 36), (41, 50), (33, 11)):
        truth[row, column] = 50.0
    psf = gaussian_probe(width, (1.0, 1.0), shape)
    pad = [(n // 2, n // 2) for n in psf.shape]
    wide = np.pad(truth, pad, mode="wrap" if periodic else "edge")
    return truth, fftconvolve(wide, psf, mode="valid"), psf


def test_one_iteration_is_the_formula_and_many_are_scikit_images():
    restoration = pytest.importorskip("skimage.restoration")
    _, image, psf = blurred()
    image = np.pad(image[8:-8, 8:-8], 24)  # nothing reaches the edges: they are all alike
    for count in (1, 25):
        peer = restoration.richardson_lucy(image, psf, num_iter=count, clip=False)
        ours = richardson_lucy(image, psf, boundary="periodic", iterations=count, tolerance=0)

        inner = np.s_[16:-16, 16:-16]
        np.testing.assert_allclose(np.asarray(ours)[inner], peer[inner], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("shape", [(61, 80), (64, 64)])
def test_the_sum_is_kept_and_nothing_is_negative(shape):
    _, image, _ = blurred(shape)
    found = np.asarray(richardson_lucy(image, 2.0, boundary="periodic", iterations=60))

    assert found.sum() == pytest.approx(image.sum(), rel=1e-10)
    assert found.min() >= 0
    assert found.max() > 4 * image.max()


def test_points_that_the_blur_had_joined_are_apart_again():
    truth, image, _ = blurred(width=3.0)
    found = np.asarray(richardson_lucy(image, 3.0, boundary="periodic", iterations=400))

    assert image[20, 33] > image[20, 30]
    assert found[20, 33] < 0.5 * found[20, 30]
    assert rms(found - truth) < rms(image - truth)


def test_what_lies_beyond_the_edge_makes_no_rings():
    rows, columns = np.mgrid[:60, :75]
    ramp = 100.0 + rows + 2 * columns
    free = np.asarray(richardson_lucy(ramp, 3.0, iterations=50))
    wrapped = np.asarray(richardson_lucy(ramp, 3.0, iterations=50, boundary="periodic"))

    assert np.abs(free / ramp - 1)[9:-9, 9:-9].max() < 0.02
    assert np.abs(wrapped / ramp - 1).max() > 0.5


def test_total_variation_holds_the_noise_back():
    truth, image, _ = blurred()
    far = gaussian_filter(truth - 0.2, 3) < 1e-6
    counts = np.random.default_rng(0).poisson(20 * image).astype(float)
    errors = [
        rms(np.asarray(richardson_lucy(counts, 2.0, iterations=150, tolerance=0,
                                       regularization=weight))[far] - 20 * 0.2)
        for weight in (0.0, 0.01)
    ]  # fmt: skip

    assert errors[1] < 0.6 * errors[0]


def test_a_background_is_part_of_the_model():
    _, image, _ = blurred()
    plain = np.asarray(richardson_lucy(image, 2.0, boundary="periodic", iterations=30))
    lifted = np.asarray(
        richardson_lucy(image + 5, 2.0, background=5, boundary="periodic", iterations=200)
    )

    assert lifted.sum() == pytest.approx(image.sum(), rel=0.02)
    np.testing.assert_allclose(
        lifted[41, 50], plain[41, 50], rtol=0.6
    )  # weaker counts come back more slowly
    assert lifted[5, 70] < 0.3


def test_missing_counts_are_not_zero_counts():
    truth, image, _ = blurred()
    holed = image.copy()
    holed[5:8, 60:63] = np.nan
    found = np.asarray(richardson_lucy(holed, 2.0, iterations=50))

    assert np.isfinite(found).all()
    assert abs(found[6, 61] - truth[6, 61]) < 0.1


def test_the_width_of_a_probe_is_in_units_of_each_axis():
    rows, columns = np.mgrid[:41, :61]
    probe = np.exp(-0.5 * (((rows - 20) / 1.5) ** 2 + ((columns - 30) / 3) ** 2))
    image = labelled(100 * probe, pixel=(0.02, 0.01), names="ab")
    found = np.asarray(decon_lr(image, 0.03))

    assert found[20, 30] > 0.2 * probe.sum() * 100
    assert found.sum() == pytest.approx(100 * probe.sum(), rel=1e-6)


def test_decon_lr_takes_a_picture_of_the_probe_and_negative_values(caplog):
    _, image, psf = blurred()
    data = labelled(image - 1.0, names="ab")
    with caplog.at_level("INFO"):
        found = decon_lr(data, psf, verbose=True)

    assert found.title == "Lucy Richardson deconvolution"
    assert found.a == data.a
    assert float(found.sum()) == pytest.approx(float(data.sum()), rel=1e-6)
    assert float(found.max()) > 3 * float(data.max())
    assert "stopped after" in caplog.text
    assert found.data_type is sidpy.DataType.IMAGE


def test_impossible_deconvolutions_are_refused():
    for arguments, words in (
        ({"probe": -1.0}, "should be positive"),
        ({"probe": np.zeros((3, 3))}, "without negative values"),
        ({"probe": 1.0, "boundary": "mirror"}, "boundary is 'mirror'"),
        ({"probe": 1.0, "background": -1}, "cannot be negative"),
    ):
        with pytest.raises(ValueError, match=words):
            richardson_lucy(np.ones((9, 12)), **arguments)
    with pytest.raises(ValueError, match="add a constant"):
        richardson_lucy(-np.ones((9, 12)), 1.0)
