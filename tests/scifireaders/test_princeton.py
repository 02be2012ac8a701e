"""Princeton Instruments: pixels, regions, calibrations, times, early ends."""

from __future__ import annotations

import numpy as np
import pytest
from made.princeton import FRAMES, write_spe2, write_spe3

import sidpy
from SciFiReaders import RamanSpeReader
from SciFiReaders.readers.spectroscopy.princeton_spe import HEADER_SIZE, TYPES
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile


def _axes(dataset):
    return {axis.name: axis for axis in dataset._axes.values()}


def _read(path):
    return list(sidpy.read(path).values())


@pytest.mark.parametrize("dtype", TYPES.values())
def test_every_type_of_pixel_of_winspec(tmp_path, dtype):
    (found,) = _read(write_spe2(tmp_path / "a.spe", dtype=dtype))

    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found.compute(), FRAMES.astype(dtype))
    assert list(_axes(found)) == ["frame", "y", "wavelength"]


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<u4", "<f4", "<f8"])
def test_every_type_of_pixel_of_lightfield(tmp_path, dtype):
    (found,) = _read(write_spe3(tmp_path / "a.spe", dtype=dtype))

    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found.compute(), FRAMES)


def test_the_polynomial_counts_channels_from_one(tmp_path):
    (found,) = _read(write_spe2(tmp_path / "a.spe", polynomial=(500.0, 0.5, -0.01)))

    i = np.arange(1, 8)
    axis = _axes(found)["wavelength"]
    np.testing.assert_allclose(axis.values, 500 + 0.5 * i - 0.01 * i**2)
    assert (axis.units, axis.quantity) == ("nm", "Wavelength")


def test_a_falling_axis_is_turned_with_its_spectra(tmp_path):
    path = write_spe2(
        tmp_path / "a.spe", FRAMES[:1, :1], polynomial=(900.0, -2.0), text="Raman Shift (cm-1)"
    )
    (found,) = _read(path)

    axis = _axes(found)["raman_shift"]
    np.testing.assert_allclose(axis.values, 900 - 2 * np.arange(7, 0, -1))
    np.testing.assert_array_equal(found.compute(), FRAMES[0, 0, ::-1])
    assert (axis.units, found.data_type.name) == ("1/cm", "SPECTRUM")


def test_without_calibration_channels_are_counted(tmp_path):
    (found,) = _read(write_spe2(tmp_path / "a.spe", polynomial=()))

    np.testing.assert_array_equal(_axes(found)["channel"].values, range(7))
    assert _axes(found)["channel"].units == "generic"


def test_regions_of_different_widths_are_datasets_of_their_own(tmp_path):
    frame = np.arange(2 * 10).reshape(2, 1, 10)
    regions = [(1, 6, 1, 1, 1, 1), (11, 14, 2, 5, 6, 1)]
    first, second = _read(write_spe2(tmp_path / "a.spe", frame, regions=regions))

    np.testing.assert_array_equal(first.compute(), frame[:, 0, :6])
    np.testing.assert_array_equal(second.compute(), frame[:, 0, 6:].reshape(2, 2, 2))
    region = second.metadata["experiment"]["region"]
    assert (region["first_row"], region["column_binning"]) == (4, 2)


def test_regions_of_lightfield_take_the_wavelengths_of_their_columns(tmp_path):
    waves = 400 + 0.25 * np.arange(20)
    other = np.arange(3 * 3).reshape(3, 1, 3) + 1000
    path = write_spe3(
        tmp_path / "a.spe", (FRAMES, other), waves=waves,
        mappings=[(5, 10, 7, 4, 1, 2), (8, 0, 6, 3, 2, 3)],
    )  # fmt: skip
    first, second = _read(path)

    np.testing.assert_array_equal(first.compute(), FRAMES)
    np.testing.assert_array_equal(second.compute(), other[:, 0])
    np.testing.assert_allclose(_axes(first)["wavelength"].values, waves[5:12])
    assert first.metadata["experiment"]["region"]["first_row"] == 10
    pairs = waves[8:14].reshape(3, 2).mean(axis=1)
    np.testing.assert_allclose(_axes(second)["wavelength"].values, pairs)


def test_times_of_the_frames_are_kept(tmp_path):
    stamps = [(10_000, 1), (60_000, 2), (110_000, 4)]
    (found,) = _read(write_spe3(tmp_path / "a.spe", stamps=stamps))

    np.testing.assert_array_equal(found.compute(), FRAMES)
    per_frame = found.metadata["frames"]
    np.testing.assert_allclose(per_frame["TimeStamp ExposureStarted (s)"], [0.01, 0.06, 0.11])
    np.testing.assert_array_equal(per_frame["FrameTrackingNumber"], [1, 2, 4])


def test_what_was_set_has_units(tmp_path):
    fields = [
        ("exposure (s)", 2.5), ("glued", 1), ("glue start (nm)", 400.0),
        ("background subtracted", 1), ("background file", "C:/dark.spe"),
    ]  # fmt: skip
    (found,) = _read(write_spe2(tmp_path / "a.spe", fields=fields))
    (other,) = _read(write_spe3(tmp_path / "b.spe"))

    experiment = found.metadata["experiment"]
    assert experiment["exposure_time"] == 2.5
    assert experiment["glued"] is experiment["background_subtracted"] is True
    assert experiment["background_file"] == "C:/dark.spe"
    assert experiment["start_date_time"] == "2006-12-21T14:41:16"
    assert found.original_metadata["glue start (nm)"] == 400.0
    assert other.metadata["experiment"]["exposure_time"] == pytest.approx(0.02)
    assert other.metadata["experiment"]["background_file"] == "dark.spe"


def test_frames_that_are_missing_are_told(tmp_path):
    path = write_spe2(tmp_path / "a.spe", stated=9)
    path.write_bytes(path.read_bytes()[:-3])

    with pytest.warns(SidpyWarning, match="2 of 9 frames"):
        (found,) = _read(path)

    np.testing.assert_array_equal(found.compute(), FRAMES[:2])


def test_without_its_xml_lightfield_has_frames_but_no_calibration(tmp_path):
    path = write_spe3(tmp_path / "a.spe", waves=np.arange(7.0))
    path.write_bytes(path.read_bytes()[: HEADER_SIZE + FRAMES.size * 2])

    with pytest.warns(SidpyWarning, match="XML"):
        (found,) = _read(path)

    np.testing.assert_array_equal(found.compute(), FRAMES)
    assert "channel" in _axes(found)


def test_what_cannot_be_is_refused(tmp_path):
    path = write_spe2(tmp_path / "a.spe")
    raw = bytearray(path.read_bytes())

    raw[108] = 77
    path.write_bytes(raw)
    with pytest.raises(UnsupportedFile, match="type 77"):
        sidpy.read(path)
    write_spe3(path)
    path.write_bytes(path.read_bytes().replace(b'height="2"', b'height="9"'))
    with pytest.raises(CorruptFile, match="do not fit"):
        sidpy.read(path)
    path.write_bytes(b"SOFH\nPlatform: PHI\n" + bytes(5000))
    with pytest.raises(UnrecognisedFile, match="0x01234567"):
        sidpy.read(path, "SciFiReaders.princeton_spe")


def test_the_reader_class_returns_one_dataset(tmp_path):
    reader = RamanSpeReader(write_spe2(tmp_path / "a.spe"))

    assert reader.can_read()
    np.testing.assert_array_equal(reader.read().compute(), FRAMES)


@pytest.mark.vendor
@pytest.mark.parametrize("name", ["1d-1", "1d-3"])
def test_the_unit_of_real_wavelengths_is_in_the_file(vendor_data, name):
    path = vendor_data / f"princeton-spe2/xylib/{name}.spe"
    text = path.read_bytes()[3018:3058]
    (found,) = _read(path)

    assert text.startswith(b"Wavelength [nm]")
    assert _axes(found)["wavelength"].units == "nm"
