"""Frames lie on top of each other below a hundredth of a pixel, and say how certain that is."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from image_made import labelled, texture
from scipy.ndimage import fourier_shift, gaussian_filter

import sidpy
from pycroscopy.image import (
    complete_registration,
    demon_registration,
    register,
    register_nonrigid,
    rigid_registration,
    shift_between,
)
from pycroscopy.image.image_registration import crop_image_stack, rig_reg_drift
from sidpy.errors import MissingDependency


def moved(image, shift):
    """The image moved by parts of a pixel, periodically."""
    return np.fft.ifft2(fourier_shift(np.fft.fft2(image), shift)).real


def series(n, *, shape=(128, 128), noise=0.3, seed=0, step=(0.37, 0.2)):
    """Frames that drift, and by how much each has moved against the middle one."""
    random = np.random.default_rng(seed)
    image = texture(shape, seed=100 + seed)
    at = np.cumsum(random.normal(step, 0.3, (n, 2)), axis=0)
    frames = [moved(image, shift) + noise * random.standard_normal(shape) for shift in at]
    return np.stack(frames), at - at[n // 2]


def bound(image, noise):
    """The Cramer-Rao bound on the shift between two noisy frames, rms of both directions."""
    u, v = (2j * np.pi * np.fft.fftfreq(n) for n in image.shape)
    spectrum = np.fft.fft2(image)
    slopes = [np.fft.ifft2(spectrum * k).real for k in (u[:, None], v)]
    return np.sqrt(np.mean([2 * noise**2 / np.sum(slope**2) for slope in slopes]))


# ------------------------------------------------------------------ two frames


@pytest.mark.parametrize("shape", [(128, 128), (97, 130)])
def test_a_shift_without_noise_is_exact(shape):
    image = texture(shape)
    for shift in ((0.5, -0.25), (3.3, -7.8), (-20.05, 11.5)):
        found = shift_between(image, moved(image, shift))
        np.testing.assert_allclose(found.shift, shift, atol=1e-3)
        assert found.quality > 0.99


@pytest.mark.parametrize("noise", [0.1, 0.3])
def test_the_noise_of_both_frames_is_the_only_limit(noise):
    random = np.random.default_rng(1)
    scaled, errors, limits = [], [], []
    for seed in range(40):
        image, shift = texture((128, 128), seed=seed), random.uniform(-3, 3, 2)
        one, two = (
            frame + noise * random.standard_normal(frame.shape)
            for frame in (image, moved(image, shift))
        )
        found = shift_between(one, two)
        errors.append(found.shift - shift)
        scaled.append(errors[-1] / np.sqrt(np.diag(found.covariance)))
        limits.append(bound(image, noise))

    rms, limit = np.sqrt(np.mean(np.square(errors))), np.sqrt(np.mean(np.square(limits)))
    assert rms < 1.3 * limit
    assert np.sqrt(np.mean(np.square(scaled))) == pytest.approx(1, abs=0.25)


def test_frames_need_not_be_periodic_and_may_lack_pixels():
    wide = texture((160, 180), sigma=3, seed=5)
    one, two = wide[20:117, 20:150].copy(), moved(wide, (2.4, -3.7))[20:117, 20:150].copy()
    one[40:50, 60:70] = np.nan
    two[10:14] = np.nan

    np.testing.assert_allclose(shift_between(one, two).shift, (2.4, -3.7), atol=0.02)


def test_a_frame_of_nothing_has_no_shift():
    found = shift_between(np.zeros((20, 30)), np.zeros((20, 30)))

    assert np.isnan(found.shift).all()
    assert found.quality == 0
    with pytest.raises(ValueError, match="one shape"):
        shift_between(np.zeros((20, 30)), np.zeros((20, 31)))


# ------------------------------------------------------------------ stacks


def test_thirty_frames_in_noise_are_placed_as_well_as_single_frames_allow():
    """0.0075 px is what banded least squares reaches, 0.0070 the noise of one frame alone."""
    scaled, errors = [], []
    for seed in range(3):
        frames, truth = series(30, seed=seed)
        found = register(frames)
        error = np.asarray(found.drift) + truth
        scaled.append(np.delete(error, 15, axis=0) / np.delete(found.errors, 15, axis=0))
        errors.append(error - error.mean(axis=0))

        assert found.used.all()
    assert np.sqrt(np.mean(np.square(errors))) < 0.0075
    assert np.mean(np.abs(scaled) < 1) == pytest.approx(0.68, abs=0.12)


def test_a_bad_frame_and_bad_pairs_lose_their_say():
    frames, truth = series(12, shape=(64, 81), noise=0.1)
    frames[4] = np.random.default_rng(0).standard_normal(frames[4].shape)
    found = register(frames, band=4)
    good = np.arange(12) != 4

    np.testing.assert_allclose(np.asarray(found.drift)[good], -truth[good], atol=0.03)
    assert not found.used[(found.pairs == 4).any(axis=1)].all()


def test_a_lattice_does_not_jump_when_steps_are_limited():
    rows, columns = np.mgrid[:64, :80]
    at = 2.5 * np.arange(8)
    frames = [np.cos(2 * np.pi * (rows - a) / 6) + np.cos(2 * np.pi * columns / 7) for a in at]
    found = register(np.stack(frames), band=1, max_step=2.9)

    np.testing.assert_allclose(np.asarray(found.drift)[:, 0], at[4] - at, atol=0.02)


def test_the_registered_stack_is_lazy_and_keeps_its_axes():
    frames, truth = series(5, shape=(64, 96), noise=0.0, step=(1.4, -0.5))
    data = labelled(frames)
    found = register(data)
    stack = found.stack

    assert [axis.name for axis in stack._axes.values()] == ["frame", "y", "x"]
    assert stack.frame.dimension_type is sidpy.DimensionType.TEMPORAL
    assert (stack.x.units, stack.units, stack.frame.units) == ("nm", "counts", "s")
    top, bottom, left, right = found.crop
    assert stack.shape == (5, bottom - top, right - left)
    assert bottom - top < 64
    assert right - left < 96
    np.testing.assert_allclose(stack.y.values, data.y.values[top:bottom])
    spread = np.asarray(stack)[:, 4:-4, 4:-4].std(axis=0)
    assert spread.max() < 0.05
    np.testing.assert_allclose(np.asarray(found.drift), -truth, atol=2e-3)
    assert found.drift.history[-1].function == "pycroscopy.image.register"
    assert found.stack.history[-1].part == "stack"


def test_without_a_crop_what_a_frame_does_not_show_is_missing():
    frames, _ = series(3, shape=(40, 50), noise=0.0, step=(4, 0))
    stack = register(frames, crop=False).stack

    assert stack.shape == (3, 40, 50)
    missing = np.isnan(np.asarray(stack))
    assert missing[0].any()
    assert not missing[1].any()
    assert missing[2].any()


def test_frames_of_nothing_are_counted_and_missing():
    frames, truth = series(5, shape=(40, 50), noise=0.05)
    frames[1] = 7.0
    with pytest.warns(UserWarning, match="1 of 5 frames"):
        found = register(frames, band=3)

    good = np.arange(5) != 1
    assert np.isnan(np.asarray(found.drift)[1]).all()
    assert np.isnan(found.errors[1]).all()
    assert np.isnan(np.asarray(found.stack[1])).all()
    np.testing.assert_allclose(np.asarray(found.drift)[good], -truth[good], atol=0.03)
    with pytest.warns(UserWarning, match="2 of 3 frames"):
        assert not register(np.ones((3, 20, 30))).used.any()


def test_impossible_registrations_are_refused():
    with pytest.raises(TypeError, match="stack of frames"):
        register(np.zeros((9, 9)))
    with pytest.raises(ValueError, match="1 frames"):
        register(np.zeros((1, 9, 9)))


def test_a_registration_is_drawn():
    frames, _ = series(4, shape=(32, 40), noise=0.1)
    figure = register(labelled(frames)).plot()

    assert [axes.get_ylabel() for axes in figure.axes] == [
        "shift (px)",
        "y (nm)",
        "value (counts)",
    ]
    assert "6 of 6 pairs" in figure.axes[0].get_title()


# ------------------------------------------------------------------ names of the releases


@pytest.fixture
def squares():
    frames = np.zeros((64, 64, 5))
    for number, (row, column) in enumerate([(3, 4), (4, 4), (3, 3), (4, 3), (3, 3)]):
        frames[row : row + 2, column : column + 2, number] = 1
    data = sidpy.Dataset.from_array(frames, title="squares", datatype="IMAGE_STACK")
    for axis, name in enumerate("xy"):
        at = 0.1 * np.arange(64)
        data.set_dimension(axis, sidpy.Dimension(at, name, "distance", "um", "spatial"))
    data.set_dimension(2, sidpy.Dimension(np.arange(5), "time", "time", "s", "temporal"))
    data.metadata = {"experiment": {"dwell": 2.0}}
    return data


DRIFT = [[0, -1], [-1, -1], [0, 0], [-1, 0], [0, 0]]


@pytest.mark.parametrize("normalization", [None, "phase"])
def test_five_frames_of_squares_are_moved_by_whole_pixels(squares, normalization):
    found = rigid_registration(squares, normalization)
    facts = found.metadata["analysis"]["rigid_registration"]

    np.testing.assert_allclose(facts["drift"], DRIFT, atol=1e-6)
    assert facts["input_crop"] == [0, 63, 0, 63]
    assert facts["input_shape"] == [64, 64, 5]
    assert {key: found.metadata[key] for key in ("input_crop", "input_shape")} == {
        "input_crop": [0, 63, 0, 63],
        "input_shape": [64, 64, 5],
    }
    np.testing.assert_array_equal(found.metadata["drift"], facts["drift"])
    assert found.metadata["experiment"] == {"dwell": 2.0}
    assert found.shape == (5, 63, 63)
    assert found.frame.dimension_type is sidpy.DimensionType.TEMPORAL
    assert (found.x.units, found.x.slope) == ("um", pytest.approx(0.1))
    assert np.ptp(np.asarray(found), axis=0).max() < 1e-9


@pytest.mark.parametrize("function", [rigid_registration, demon_registration])
def test_no_stack_is_both_errors_of_the_releases(function):
    for wrong in (np.zeros((3, 9, 9)), labelled(np.zeros((9, 9)))):
        with pytest.raises(TypeError, match="needs a"):
            function(wrong)
        with pytest.raises(AttributeError, match="needs a"):
            function(wrong)


def test_words_of_a_normalization_are_checked(squares):
    with pytest.raises(ValueError, match="normalization is 'phases'"):
        rigid_registration(squares, "phases")


@pytest.mark.parametrize("first", [True, False])
def test_a_drift_that_is_known_is_applied(squares, first):
    steps = np.diff(DRIFT, axis=0)
    given = np.vstack([[9.0, 9.0], steps]) if first else steps
    stack, drift = rig_reg_drift(squares, given)
    cropped, box = crop_image_stack(stack, drift)

    np.testing.assert_array_equal(drift, DRIFT)
    assert stack.shape == (5, 64, 64)
    assert box == [0, 63, 0, 63]
    assert np.ptp(np.asarray(cropped), axis=0).max() < 1e-9


def test_stacks_that_are_not_square_are_cropped_by_their_own_sides():
    drift = np.array([[0.0, 0.0], [2.5, -1.25], [-3.0, 0.5]])
    cropped, box = crop_image_stack(np.zeros((3, 64, 96)), drift)

    assert box == [3, 61, 1, 94]
    assert cropped.shape == (3, 58, 93)
    with pytest.raises(ValueError, match="share no pixel"):
        crop_image_stack(np.zeros((2, 5, 9)), [[0, 0], [6, 0]])


# ------------------------------------------------------------------ beyond shifts


def distorted():
    rows, columns = np.mgrid[:60, :75].astype(float)
    image = 100 * gaussian_filter(np.random.default_rng(3).standard_normal((60, 75)), 3)
    from scipy.ndimage import map_coordinates

    field = 1.5 * np.sin(2 * np.pi * rows / 60) * np.sin(2 * np.pi * columns / 75)
    bent = [
        map_coordinates(image, [rows + sign * field, columns], order=3, mode="nearest")
        for sign in (1, 0, -1)
    ]
    return labelled(np.stack(bent))


def test_demons_bring_distorted_frames_together():
    pytest.importorskip("SimpleITK")
    data = distorted()
    before = np.asarray(data)[:, 6:-6, 6:-6].std(axis=0).mean()
    bent = register_nonrigid(data, iterations=60)
    after = np.asarray(bent)[:, 6:-6, 6:-6].std(axis=0).mean()

    assert after < 0.35 * before
    assert bent.x == data.x
    assert np.isfinite(np.asarray(bent)).all()


def test_both_registrations_one_after_the_other():
    pytest.importorskip("SimpleITK")
    bent, rigid = complete_registration(distorted())

    assert bent.shape == rigid.shape
    assert set(bent.metadata["analysis"]) == {"rigid_registration", "non_rigid_demon_registration"}
    assert bent.frame.dimension_type is sidpy.DimensionType.TEMPORAL


def test_without_the_library_its_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(MissingDependency, match=r"pip install 'pycroscopy\[registration\]'"):
        demon_registration(distorted())
