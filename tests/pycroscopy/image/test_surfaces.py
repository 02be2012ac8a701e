"""Surfaces: scars, terraces, grains, roughness, measured in the units of the image."""

from __future__ import annotations

import numpy as np
import pytest
from image_made import labelled, texture

from pycroscopy.image import (
    correct_scan_pair,
    find_grains,
    find_scars,
    level_terraces,
    remove_scars,
)
from pycroscopy.image.point_tables import columns_of
from pycroscopy.image.roughness import roughness

ROWS, COLUMNS = np.mgrid[:61, :90].astype(float)


# ------------------------------------------------------------------ scars


@pytest.fixture
def scarred():
    surface = texture((61, 90), sigma=6) + 0.02 * np.random.default_rng(0).standard_normal(
        (61, 90)
    )
    where = np.zeros((61, 90), bool)
    where[20, 10:40] = where[33:35, 50:75] = where[50, 0:20] = True
    signs = np.where(ROWS < 45, 1.0, -1.0)
    return surface, where, np.where(where, surface + 3 * signs, surface)


def test_scars_are_found_and_healed(scarred):
    surface, where, image = scarred
    found = find_scars(labelled(image))
    healed = remove_scars(image)

    np.testing.assert_array_equal(np.asarray(found), where)
    assert np.abs(np.asarray(healed) - surface)[where].max() < 0.4
    np.testing.assert_array_equal(np.asarray(healed)[~where], image[~where])
    dark = np.asarray(find_scars(image, sign="dark"))
    np.testing.assert_array_equal(dark, where & (ROWS > 45))


def test_a_step_is_no_scar_and_a_missing_line_no_error(scarred):
    surface, _, _ = scarred
    step = np.where(ROWS > 30, surface + 5, surface)
    step[10] = np.nan

    assert not np.asarray(find_scars(step)).any()
    np.testing.assert_array_equal(np.asarray(remove_scars(step)), step)
    with pytest.raises(ValueError, match="sign is 'up'"):
        find_scars(surface, sign="up")


# ------------------------------------------------------------------ terraces


STEPS = 2.0 * (COLUMNS > 28) + 2.0 * (COLUMNS > 55)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_terraces_are_levelled_to_rounding(order):
    tilt = (0.1 * ROWS - 0.07 * COLUMNS if order else 0.0) + (0.002 * ROWS**2 if order > 1 else 0)
    labels = 1 + (COLUMNS > 28) + (COLUMNS > 55)
    found = level_terraces(labelled(STEPS + tilt + 5), order=order, labels=labels)

    residual = np.asarray(found.levelled) - STEPS
    assert np.ptp(residual) < 1e-12
    np.testing.assert_allclose(np.sort(found.heights - found.heights.min()), [0, 2, 4], atol=1e-12)
    assert found.levelled.x.units == "nm"
    assert found.heights[0] == found.errors[0] == 0


def test_terraces_are_found_and_their_heights_are_as_certain_as_they_say():
    random = np.random.default_rng(0)
    scaled = []
    for _ in range(15):
        noise = 0.05 * random.standard_normal(ROWS.shape)
        found = level_terraces(STEPS + 0.03 * ROWS - 0.01 * COLUMNS + noise)
        assert len(found.heights) == 3
        order = np.argsort(found.heights)
        heights = found.heights - found.heights[order[0]]
        np.testing.assert_allclose(heights[order], [0, 2, 4], atol=0.03)
        true = np.array([2.0 * (np.asarray(found.labels) == k + 1)[:, :29].any()
                         for k in range(3)])  # fmt: skip
        first = int(np.flatnonzero(true > 0)[0])
        levels = np.empty(3)
        levels[order] = [0, 2, 4]
        assert order[0] == first
        with np.errstate(invalid="ignore"):
            scaled.append(((found.heights - levels + levels[0]) / found.errors)[1:])
    assert np.sqrt(np.mean(np.square(scaled))) == pytest.approx(1, abs=0.3)


def test_a_surface_without_terraces_says_so():
    with pytest.raises(ValueError, match="no terrace"):
        level_terraces(STEPS, labels=np.zeros_like(STEPS))


# ------------------------------------------------------------------ grains


def test_grains_are_counted_and_measured_in_units():
    image = np.zeros((61, 90))
    image[10:15, 20:40] = 3.0
    image[40:50, 60:66] = 5.0
    image[0:4, 0:4] = 4.0
    image[30, 30] = 9.0
    image[55, 80] = np.nan
    found = find_grains(labelled(image, pixel=(0.5, 0.25)), threshold=1.0)
    table = columns_of(found.table)

    assert len(found) == 3
    np.testing.assert_allclose(table["area"], np.array([16, 100, 60]) * 0.125)
    np.testing.assert_allclose(table["row"], [1.5, 12, 44.5])
    np.testing.assert_allclose(table["column"], [1.5, 29.5, 62.5])
    np.testing.assert_allclose(table["mean"], [4, 3, 5])
    np.testing.assert_allclose(table["volume"], np.array([16 * 3, 100 * 2, 60 * 4]) * 0.125)
    assert table["cut"].tolist() == [1, 0, 0]
    # second moments of a rectangle: length times 4 / sqrt(12)
    np.testing.assert_allclose(table["length"][1:], np.array([5.0, 5.0]) * 4 / np.sqrt(12))
    np.testing.assert_allclose(table["width"][1:], np.array([2.5, 1.5]) * 4 / np.sqrt(12))
    np.testing.assert_allclose(np.abs(table["orientation"][1:]), [np.pi / 2, 0], atol=1e-12)
    units = dict(zip(found.table.metadata["points"]["columns"],
                     found.table.metadata["points"]["units"], strict=True))  # fmt: skip
    assert (units["area"], units["volume"]) == ("nm**2", "nm**2*counts")
    assert found.labels.history[-1].part == "labels"


def test_moments_of_a_turned_ellipse():
    r, c = ROWS - 30, COLUMNS - 45
    along, across = 0.8 * r + 0.6 * c, -0.6 * r + 0.8 * c
    found = columns_of(find_grains(((along / 20) ** 2 + (across / 8) ** 2 < 1) * 1.0).table)

    assert found["length"][0] == pytest.approx(40, rel=0.01)
    assert found["width"][0] == pytest.approx(16, rel=0.01)
    assert found["orientation"][0] == pytest.approx(np.arctan2(0.6, 0.8), abs=0.01)
    assert found["diameter"][0] == pytest.approx(2 * np.sqrt(160), rel=0.01)


def test_grains_that_touch_are_parted():
    pytest.importorskip("skimage")
    image = (
        (np.hypot(ROWS - 30, COLUMNS - 35) < 11) | (np.hypot(ROWS - 30, COLUMNS - 54) < 11)
    ) * 1.0

    assert len(find_grains(image)) == 1
    assert len(find_grains(image, split=1)) == 2
    assert len(find_grains(-image, dark=True, threshold=-0.5)) == 1


def test_nothing_stands_out_of_a_flat_image():
    found = find_grains(np.full((9, 11), 2.0))

    assert len(found) == 0
    assert found.table is None


# ------------------------------------------------------------------ roughness


def test_random_heights_have_the_moments_of_the_normal_law():
    heights = 3 * np.random.default_rng(0).standard_normal((301, 400))
    found = roughness(labelled(heights + 0.5 * np.arange(400), pixel=(0.5, 0.5)))

    assert found.Sq == pytest.approx(3, rel=0.01)
    assert found.Sa == pytest.approx(3 * np.sqrt(2 / np.pi), rel=0.01)
    assert found.Ssk == pytest.approx(0, abs=0.03)
    assert found.Sku == pytest.approx(3, abs=0.06)
    assert found.Sz == pytest.approx(found.Sp + found.Sv)
    assert (found.units, found.axis_units) == ("counts", "nm")


def test_slopes_and_area_of_a_plane():
    found = roughness(labelled(3 * ROWS, pixel=(2.0, 0.5)), level=None)

    assert found.Sdq == pytest.approx(1.5)
    assert found.Sdr == pytest.approx(np.sqrt(1 + 1.5**2) - 1)
    assert roughness(3 * ROWS - COLUMNS).Sq < 1e-12


def test_the_correlation_length_is_that_of_the_texture():
    """Noise smoothed over s has the correlation exp(-r^2 / 4 s^2): 0.2 at 2.54 s."""
    surface = texture((300, 401), sigma=5)
    found = roughness(labelled(surface, pixel=(0.1, 0.1)), level=None)

    assert found.Sal == pytest.approx(0.1 * 5 * 2 * np.sqrt(np.log(5)), rel=0.15)
    assert found.Str > 0.7


def test_a_mask_and_missing_pixels_are_left_out():
    heights = np.where(COLUMNS > 45, 100.0, 0.0) + (-1) ** COLUMNS
    heights[5, 5] = np.nan
    found = roughness(heights, level=None, mask=COLUMNS <= 45)

    assert found.Sa == pytest.approx(1, abs=1e-3)
    with pytest.raises(ValueError, match="no pixel"):
        roughness(heights, mask=np.zeros(heights.shape, bool))


# ------------------------------------------------------------------ scans at right angles


def test_drift_of_two_scans_at_right_angles_is_taken_out():
    from scipy.ndimage import map_coordinates

    shape = (80, 93)
    wide = texture((160, 173), sigma=3, seed=1)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float)
    s, t = (np.linspace(-1, 1, n) for n in shape)
    drifts = (
        np.stack([2 * s + 0.8 * s**2, -3 * s + 0.5 * s**3], 1),
        np.stack([1.5 * t - 0.5 * t**3, t + 0.6 * t**2], 1),
    )
    scans = []
    for drift, axis in zip(drifts, (0, 1), strict=True):
        by_line = np.expand_dims(drift.T, 2 - axis)
        at = [40 + p + d for p, d in zip((rows, columns), by_line, strict=True)]
        scans.append(labelled(map_coordinates(wide, at, order=5)))
    found = correct_scan_pair(*scans)

    together = (drifts[0].mean(axis=0) + drifts[1].mean(axis=0)) / 2
    ours = (found.drift_first.mean(axis=0) + found.drift_second.mean(axis=0)) / 2
    for mine, true in zip((found.drift_first, found.drift_second), drifts, strict=True):
        assert np.sqrt(np.mean((mine - ours - true + together) ** 2)) < 0.05
    assert found.residual < 0.02
    apart = np.asarray(found.first - found.second)[8:-8, 8:-8]
    before = np.asarray(scans[0] - scans[1])[8:-8, 8:-8]
    assert np.nanstd(apart) < 0.05 * before.std()
    assert found.image.x == scans[0].x
    assert found.image.history[-1].part == "image"
    with pytest.raises(ValueError, match="cannot be compared"):
        correct_scan_pair(wide, wide[1:])
