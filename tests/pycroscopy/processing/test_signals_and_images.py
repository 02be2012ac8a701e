"""Classic functions on signals and images: what they say, at odd sizes and in any type."""

from __future__ import annotations

import numpy as np
import pytest
from usid_made import file, main_of  # noqa: F401 - file is a fixture

from pycroscopy.processing import fft, gmode_utils, histogram, image_processing, tree
from pycroscopy.stats import ClusterTree


def test_transforms_are_windowed_magnitudes_for_one_image_and_for_many():
    images = np.random.default_rng(0).random((3, 7, 10))

    found = fft.get_fft_stack(images)

    np.testing.assert_allclose(found[1], fft.get_fft_stack(images[1]))
    window = np.outer(np.blackman(7), np.blackman(10))
    assert found[2][3, 5] == pytest.approx(np.sum(images[2] * window))
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        fft.get_fft_stack(np.ones(4))


@pytest.mark.parametrize("shape", [(6, 9), (7, 4)])
def test_a_low_pass_leaves_the_mean_and_takes_what_is_fine(shape):
    image = 3 + np.indices(shape).sum(axis=0) % 2
    radius = fft.build_radius_matrix(shape)
    assert radius.shape == shape

    spectrum = np.fft.fftshift(np.fft.fft2(image))
    smooth = fft.fft_to_real(spectrum * fft.get_2d_gauss_lpf(radius, 1.0))

    np.testing.assert_allclose(fft.fft_to_real(spectrum), image)
    assert smooth.mean() == pytest.approx(image.mean())
    assert smooth.std() < 0.2 * image.std()


@pytest.mark.parametrize(("length", "ratio"), [(64, 0.5), (63, 1 / 3), (64, 0.53), (9, 1.0)])
def test_fewer_samples_lie_on_the_same_wave(length, ratio):
    spectrum = np.fft.fftshift(np.fft.fft(2 + np.cos(2 * np.pi * np.arange(length) / length + 1)))

    found = fft.down_sample(spectrum, ratio)

    phase = 2 * np.pi * np.arange(len(found)) / len(found)
    np.testing.assert_allclose(found, 2 + np.cos(phase + 1), atol=1e-9)
    assert found.dtype == np.float64
    with pytest.raises(ValueError, match="expected above 0"):
        fft.down_sample(spectrum, 1.5)


@pytest.mark.parametrize("length", [16, 17])
def test_kept_bins_give_the_signal_from_one_side_or_both(length):
    signal = np.random.default_rng(1).standard_normal((2, length))
    spectra = np.fft.fftshift(np.fft.fft(signal), axes=-1)
    positive = np.append(np.arange(length // 2, length), 0 if length % 2 == 0 else length // 2)
    positive = np.unique(positive)

    both = gmode_utils.decompress_response(spectra, length, np.arange(length))
    one = gmode_utils.decompress_response(spectra[:, positive], length, positive)

    np.testing.assert_allclose(both, signal, atol=1e-12)
    np.testing.assert_allclose(one, signal, atol=1e-12)
    alone = gmode_utils.decompress_response(spectra[0], length, np.arange(length))
    np.testing.assert_allclose(alone, signal[0], atol=1e-12)
    with pytest.raises(ValueError, match="do not fit"):
        gmode_utils.decompress_response(spectra, length - 1, np.arange(length))


def test_lines_become_pixels_in_the_order_of_the_scan(file):  # noqa: F811 - the fixture
    lines = np.arange(3 * 12.0).reshape(3, 12)
    h5_main = main_of(file, lines, shape=(1, 3))

    found = gmode_utils.reshape_from_lines_to_pixels(h5_main, 4, scan_step_x_m=2e-9)

    np.testing.assert_array_equal(found[()], lines.reshape(9, 4))
    assert found.pos_dim_labels == ["Y", "X"]
    np.testing.assert_allclose(found.get_pos_values("X"), [0, 2e-9, 4e-9])
    np.testing.assert_array_equal(found.get_pos_values("Y"), h5_main.get_pos_values("Y"))
    np.testing.assert_array_equal(found.get_n_dim_form()[2, 1], lines[2, 4:8])
    assert found.parent.name.endswith("Raw-Reshape_000")
    with pytest.raises(ValueError, match="no whole number of pixels of 5"):
        gmode_utils.reshape_from_lines_to_pixels(h5_main, 5)


def test_histograms_count_all_positions_by_bin():
    bins = np.tile([0, 1, 2], 4)
    values = np.random.default_rng(2).uniform(-1, 1, (5, 12))
    values[0, 0] = np.nan

    found = histogram.build_histogram(bins, values, 3, 8, min_resp=-1, max_resp=1)

    assert found.sum() == 59
    for number in range(3):
        part = values[:, bins == number]
        np.testing.assert_array_equal(
            found[number], np.histogram(part[np.isfinite(part)], 8, (-1, 1))[0]
        )


def test_histograms_take_weights_and_functions():
    found = histogram.build_histogram(
        [0, 0, 1], [1j, -1j, 3.0], 2, 2, weighting_vec=[1, 2, 4], func=np.abs
    )

    np.testing.assert_array_equal(found, [[3, 0], [0, 4]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(([0, 3], [1.0, 2.0], 3, 2), "expected 0 to 2"), (([0, 1], [1.0, 1.0], 2, 2), "no range"),
     (([0, 1], [1j, 2.0], 2, 2), "numpy.abs"), (([0], [np.nan], 1, 2), "no range")],
)  # fmt: skip
def test_histograms_of_nothing_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        histogram.build_histogram(*arguments)


@pytest.mark.parametrize("shape", [(40, 57), (61, 48)])
def test_an_image_is_like_itself_where_it_repeats(shape):
    image = 5 + np.cos(2 * np.pi * np.arange(shape[1]) / 8) * np.ones((shape[0], 1))

    correlation, mean, largest, smallest, deviation = (
        image_processing.radially_average_correlation(image, 10)
    )

    middle = (shape[0] // 2, shape[1] // 2)
    assert correlation.shape == shape
    assert correlation[middle] == pytest.approx(1)
    assert correlation[middle[0], middle[1] + 4] == pytest.approx(-1, abs=0.1)
    assert correlation[middle[0], middle[1] + 8] == pytest.approx(1, abs=0.1)
    assert mean.shape == largest.shape == smallest.shape == deviation.shape == (10,)
    assert np.all((smallest <= mean) & (mean <= largest))
    with pytest.raises(ValueError, match="constant"):
        image_processing.radially_average_correlation(np.ones((4, 4)), 2)


def test_trees_have_their_classic_address():
    assert tree.ClusterTree is ClusterTree
