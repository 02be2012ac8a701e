"""Windows slide as they did, know where they are, and clean images by their overlaps."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled

import sidpy
from pycroscopy.image import ImageWindowing, sliding_windows

RANDOM = np.random.default_rng(0)


def settings(x, y, step=2, **more):
    return {
        "window_size_x": x, "window_size_y": y, "window_step_x": step, "window_step_y": step,
        **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "parameters", "dim_slice", "expected"),
    [
        ((10, 7), settings(4, 7), None, (1, 4, 4, 7)),
        ((10, 8), settings(4, 4, zoom_factor=3, interpol_factor=2), None, (3, 4, 2, 2)),
        ((11, 3, 7), settings(3, 3), 2, (1, 5, 3, 3)),
        ((10, 10), settings(4, 4, mode="fft"), None, (4, 4, 4, 4)),
    ],
)
def test_windows_have_the_shapes_that_callers_rely_on(shape, parameters, dim_slice, expected):
    data = sidpy.Dataset.from_array(RANDOM.random(shape))
    for axis in range(2):
        data.set_dimension(
            axis, sidpy.Dimension(np.arange(shape[axis]), "xy"[axis], "d", "nm", "spatial")
        )
    if len(shape) == 3:
        data.set_dimension(2, sidpy.Dimension(np.arange(shape[2]), "e", "e", "eV", "spectral"))
    windows = ImageWindowing(parameters)
    made = windows.MakeWindows(data, dim_slice)

    assert made.shape == expected
    assert made.data_type is sidpy.DataType.IMAGE_4D
    assert np.asarray(made).shape == expected
    assert parameters.items() <= made.metadata.items()
    assert windows.image_shape == shape[:2]
    assert len(windows.pos_vec) == expected[0] * expected[1] == len(windows.pca_mat)


def test_a_window_is_what_the_image_shows_there():
    image = labelled(RANDOM.random((11, 16)), pixel=(0.5, 0.25), start=3.0)
    windows = ImageWindowing(settings(4, 5, step=3))
    made = np.asarray(windows.MakeWindows(image))

    first, second = windows.pos_vec[7]
    np.testing.assert_array_equal(
        made.reshape(-1, 4, 5)[7], np.asarray(image)[first : first + 4, second : second + 5]
    )
    np.testing.assert_array_equal(np.unique(windows.pos_vec[:, 0]), [0, 3, 6, 7])
    np.testing.assert_array_equal(made[2, 1], np.asarray(image)[3:7, 6:11])


def test_axes_hold_the_middle_of_each_window_under_its_own_name():
    image = labelled(RANDOM.random((11, 16)), pixel=(0.5, 0.25), start=3.0)
    made = sliding_windows(image, settings(4, 5, step=3))

    names = [axis.name for axis in made._axes.values()]
    assert names[:2] == ["x", "y"]
    np.testing.assert_allclose(made.y.values, 3 + 0.5 * (np.array([0, 3, 6, 7]) + 1.5))
    np.testing.assert_allclose(made.x.values, 3 + 0.25 * (np.array([0, 3, 6, 9, 11]) + 2))
    np.testing.assert_allclose(made._axes[3].values, 0.25 * np.arange(-2, 3))
    assert made.history[-1].function == "pycroscopy.image.sliding_windows"


@pytest.mark.parametrize("fft_mode", ["abs", "phase", "complex"])
@pytest.mark.parametrize("kind", [None, "hann", "hamming", "blackman"])
def test_a_window_is_filtered_before_it_is_transformed(fft_mode, kind):
    from scipy.signal import get_window

    image = labelled(RANDOM.random((12, 15)), pixel=(0.5, 0.25))
    made = sliding_windows(image, settings(8, 6, mode="fft", fft_mode=fft_mode, filter=kind))
    weight = np.ones((8, 6))
    if kind:
        weight = np.multiply.outer(get_window(kind, 8), get_window(kind, 6))
    expected = np.fft.fftshift(np.fft.fft2(np.asarray(image)[2:10, 4:10] * weight))
    form = {"abs": np.abs, "phase": np.angle, "complex": np.asarray}[fft_mode]

    np.testing.assert_allclose(np.asarray(made)[2, 1], form(expected), atol=1e-10)
    np.testing.assert_allclose(made.u.values, np.fft.fftshift(np.fft.fftfreq(8, 0.5)))
    np.testing.assert_allclose(made.v.values, np.fft.fftshift(np.fft.fftfreq(6, 0.25)))
    assert made.u.units == "1/nm"
    assert made.u.dimension_type is sidpy.DimensionType.RECIPROCAL


def test_zoom_keeps_the_zero_frequency_in_the_middle():
    image = labelled(RANDOM.random((16, 16)) + 9)
    made = sliding_windows(image, settings(16, 16, mode="fft", zoom_factor=2))

    assert np.asarray(made)[0, 0].argmax() == np.ravel_multi_index((4, 4), (8, 8))
    assert made.u.values[4] == 0
    windows = ImageWindowing(settings(4, 4))
    assert windows.zoom(np.arange(81).reshape(9, 9), 3).tolist() == [
        [30, 31, 32], [39, 40, 41], [48, 49, 50],
    ]  # fmt: skip
    np.testing.assert_allclose(windows.rescale_win(np.array([[0.0, 4.0]]), (1, 2)), [[0, 1, 3, 4]])


def test_overlaps_are_averaged_when_an_image_is_cleaned():
    """A lattice of 64 x 64 with 8 x 8 windows and 4 components: 0.13 in the releases."""
    rows, columns = np.mgrid[:64, :64]
    lattice = np.cos(0.8 * rows) * np.cos(0.65 * columns)
    image = labelled(lattice + 0.5 * np.random.default_rng(1).standard_normal(lattice.shape))
    windows = ImageWindowing(settings(8, 8))
    windows.MakeWindows(image)

    for components in (4, None):
        clean = windows.do_PCA_window_cleaning(components)
        assert clean.shape == (64, 64)
        assert np.sqrt(np.mean((clean - lattice) ** 2)) < 0.1
    np.testing.assert_allclose(windows.do_PCA_window_cleaning(64), np.asarray(image), atol=1e-10)


def test_cleaning_needs_whole_windows():
    image = labelled(RANDOM.random((12, 15)))
    with pytest.raises(ValueError, match="call MakeWindows first"):
        ImageWindowing(settings(4, 4)).do_PCA_window_cleaning()
    for more, error in (
        ({"zoom_factor": 2}, AssertionError),
        ({"interpol_factor": 2}, AssertionError),
        ({"mode": "fft"}, ValueError),
    ):
        windows = ImageWindowing(settings(4, 4, **more))
        windows.MakeWindows(image)
        with pytest.raises(error):
            windows.do_PCA_window_cleaning()


def test_unknown_words_and_impossible_windows_are_refused():
    for more in ({"mode": "FFT"}, {"fft_mode": "real"}, {"filter": "hanning"}):
        with pytest.raises(ValueError, match="it can be one of"):
            ImageWindowing(settings(4, 4, **more))
    with pytest.raises(ValueError, match="lack window_step_x"):
        ImageWindowing({"window_size_x": 3, "window_size_y": 3, "window_step_y": 1})
    with pytest.raises(ValueError, match="does not fit"):
        ImageWindowing(settings(40, 4)).MakeWindows(labelled(RANDOM.random((12, 15))))
    with pytest.raises(ValueError, match="dim_slice says which"):
        ImageWindowing(settings(4, 4)).MakeWindows(labelled(RANDOM.random((2, 12, 15))))
