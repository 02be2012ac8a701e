"""Streak images, counters, mass spectra: pixels, calibrations, times, damage."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from made.counters import (
    CYCLES,
    SPECTRUM,
    STREAK,
    TIMES,
    write_cnf,
    write_img,
    write_mca,
    write_sac,
    write_sbc,
)

import sidpy
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile


def _axes(dataset):
    return {axis.name: axis for axis in dataset._axes.values()}


def _one(path):
    (found,) = sidpy.read(path).values()
    return found


# --- Hamamatsu ------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 2, 3])
def test_a_streak_image_without_scale_has_pixels(tmp_path, code):
    found = _one(write_img(tmp_path / "a.img", code=code))

    np.testing.assert_array_equal(found.compute(), STREAK)
    assert [axis.units for axis in _axes(found).values()] == ["generic", "generic"]
    assert found.data_type.name == "IMAGE"


def test_tables_in_the_file_are_its_axes(tmp_path):
    x, y = np.linspace(500, 400, 5), np.array([0, 0.5, 2])
    found = _one(write_img(tmp_path / "a.img", x=(x, "nm"), y=(y, "ns")))

    axes = _axes(found)
    np.testing.assert_array_equal(found.compute(), STREAK[:, ::-1])
    np.testing.assert_allclose(axes["wavelength"].values, x[::-1])
    np.testing.assert_allclose(axes["time"].values, y)
    assert (axes["time"].units, found.units) == ("ns", "counts")
    assert found.metadata["experiment"]["exposure_time"] == pytest.approx(0.1)


def test_a_scale_counts_only_with_units(tmp_path):
    scaling = ',ScalingXType=1,ScalingXScale=2,ScalingXUnit="",ScalingYType=1,ScalingYScale=2.5,'
    found = _one(write_img(tmp_path / "a.img", scaling=scaling + 'ScalingYUnit="us"'))

    np.testing.assert_array_equal(_axes(found)["x"].values, range(5))
    np.testing.assert_array_equal(_axes(found)["time"].values, [0, 2.5, 5])


def test_streak_images_that_cannot_be_are_refused(tmp_path):
    path = write_img(tmp_path / "a.img")
    raw = bytearray(path.read_bytes())

    path.write_bytes(raw[:-2])
    with pytest.raises(CorruptFile, match="cut short"):
        sidpy.read(path)
    raw[12] = 9
    path.write_bytes(raw)
    with pytest.raises(UnsupportedFile, match="type 9"):
        sidpy.read(path)
    path.write_bytes(struct.pack("<I", 0x34) + bytes(300))
    with pytest.raises(UnrecognisedFile, match="IM"):
        sidpy.read(path, "SciFiReaders.hamamatsu_img")


# --- Canberra -------------------------------------------------------------------------


@pytest.mark.parametrize("write", [write_mca, write_cnf])
def test_energies_count_channels_from_one(tmp_path, write):
    suffix = write.__name__[-3:]
    found = _one(write(tmp_path / f"a.{suffix}", numbers=(0.5, 0.25, 2e-4)))

    n = np.arange(1, 257)
    np.testing.assert_array_equal(found.compute(), SPECTRUM)
    np.testing.assert_allclose(_axes(found)["energy"].values, 0.5 + 0.25 * n + 2e-4 * n**2)
    assert _axes(found)["energy"].units == ("keV" if suffix == "cnf" else "generic")


def test_times_of_genie_are_seconds(tmp_path):
    found = _one(write_cnf(tmp_path / "a.cnf", order=(0x12000, 0x12005)))

    experiment = found.metadata["experiment"]
    assert experiment["start_date_time"] == "2011-09-08T08:04:38+00:00"
    assert experiment["real_time"] == pytest.approx(60)
    assert experiment["live_time"] == pytest.approx(53.17)


def test_without_calibration_channels_are_counted(tmp_path):
    found = _one(write_mca(tmp_path / "a.mca", numbers=(0.0, 0.0, 0.0)))

    np.testing.assert_array_equal(_axes(found)["channel"].values, range(256))


def test_a_block_that_is_missing_is_named(tmp_path):
    with pytest.raises(CorruptFile, match="0x12005 with the counts"):
        sidpy.read(write_cnf(tmp_path / "a.cnf", order=(0x12000,)))


# --- Quadstar -------------------------------------------------------------------------


def test_a_scan_has_masses_and_the_times_of_its_cycles(tmp_path):
    found = _one(write_sac(tmp_path / "a.sac"))

    np.testing.assert_array_equal(found.compute(), CYCLES)
    np.testing.assert_allclose(_axes(found)["time"].values, TIMES)
    np.testing.assert_allclose(_axes(found)["mass"].values, 10 + np.arange(8) / 4)
    assert (found.title, found.units, _axes(found)["mass"].units) == ("Ion Counter", "cps", "amu")
    assert found.metadata["experiment"]["user"] == "G. Tester"


def test_bars_have_whole_masses(tmp_path):
    found = _one(write_sbc(tmp_path / "a.sbc"))

    np.testing.assert_array_equal(found.compute(), CYCLES)
    np.testing.assert_allclose(_axes(found)["time"].values, TIMES)
    np.testing.assert_array_equal(_axes(found)["mass"].values, range(10, 18))


@pytest.mark.parametrize("write", [write_sac, write_sbc])
def test_cycles_that_are_missing_are_told(tmp_path, write):
    path = write(tmp_path / f"a.{write.__name__[-3:]}")
    path.write_bytes(path.read_bytes()[:-3])

    with pytest.warns(SidpyWarning, match="2 of 3 cycles"):
        found = _one(path)

    np.testing.assert_array_equal(found.compute(), CYCLES[:2])


@pytest.mark.vendor
@pytest.mark.parametrize(
    ("name", "offset", "stride"),
    [("airdemo.sac", 517, 15376), ("1-200amu-3cycles.sbc", 1617, 1613)],
)
def test_real_cycles_are_at_their_recorded_times(vendor_data, name, offset, stride):
    path = vendor_data / "quadstar/rosettasciio" / name
    raw = path.read_bytes()
    found = _one(path)

    times = _axes(found)["time"].values
    pairs = [struct.unpack_from("<IH", raw, offset + i * stride) for i in range(len(times))]
    np.testing.assert_allclose(times, [s + t * 1e-4 for s, t in pairs])
    # they are not at equal distances, as a mean step would say
    assert np.ptp(np.diff(times)) > 0.5


# --- all ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["canberra_mca", "canberra_cnf", "quadstar"])
def test_noise_is_not_taken_for_a_spectrum(tmp_path, name):
    path = tmp_path / "a.bin"
    path.write_bytes(np.random.default_rng(3).bytes(9000))

    with pytest.raises(UnrecognisedFile, match="not a"):
        sidpy.read(path, f"SciFiReaders.{name}")
