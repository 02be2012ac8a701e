"""Andor Solis: frames, subimages, calibrations, further blocks, early ends."""

from __future__ import annotations

import numpy as np
import pytest
from made.andor import FRAMES, signal, write_sif

import sidpy
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile


def _axes(dataset):
    return {axis.name: axis for axis in dataset._axes.values()}


def _read(path):
    return list(sidpy.read(path).values())


@pytest.mark.parametrize("version", [65559, 65567])
@pytest.mark.parametrize("tail", [b"", b"0\n", b"1\n7\n8\n9\n"], ids=["none", "0", "1"])
def test_frames_lie_behind_lines_that_depend_on_the_version(tmp_path, version, tail):
    (found,) = _read(write_sif(tmp_path / "a.sif", signal(version=version, tail=tail)))

    np.testing.assert_array_equal(found.compute(), FRAMES)
    assert list(_axes(found)) == ["frame", "y", "wavelength"]
    np.testing.assert_allclose(_axes(found)["wavelength"].values, [500.5, 501, 501.5, 502, 502.5])
    assert (found.units, _axes(found)["wavelength"].units) == ("counts", "nm")


def test_what_was_set_has_units(tmp_path):
    (found,) = _read(write_sif(tmp_path / "a.sif", signal()))

    experiment = found.metadata["experiment"]
    assert experiment["exposure_time"] == 3
    assert experiment["cycle_time"] == 4.25
    assert experiment["detector"] == "DH334T"
    assert experiment["start_date_time"] == "2023-07-28T11:51:04+00:00"
    assert experiment["regions"][0]["column_binning"] == 2
    np.testing.assert_allclose(found.metadata["frames"]["time stamp (s)"], [0, 5, 10])


def test_a_falling_calibration_is_turned_with_its_spectra(tmp_path):
    (found,) = _read(write_sif(tmp_path / "a.sif", signal(calibration=b"700 -2 0.01 0")))

    i = np.arange(5, 0, -1)
    np.testing.assert_allclose(_axes(found)["wavelength"].values, 700 - 2 * i + 0.01 * i**2)
    np.testing.assert_array_equal(found.compute(), FRAMES[..., ::-1])


def test_pixels_without_calibration_are_counted(tmp_path):
    (found,) = _read(write_sif(tmp_path / "a.sif", signal(calibration=b"0 1 0 0")))

    np.testing.assert_array_equal(_axes(found)["channel"].values, range(5))


def test_one_line_of_one_frame_is_a_spectrum(tmp_path):
    (found,) = _read(write_sif(tmp_path / "a.sif", signal(FRAMES[:1, :1], [(1, 4, 5, 1, 4, 1)])))

    assert (found.shape, found.data_type.name) == ((5,), "SPECTRUM")


def test_subimages_of_one_width_are_rows(tmp_path):
    windows = [(1, 4, 10, 1, 4, 2), (1, 90, 10, 81, 10, 2)]
    (found,) = _read(write_sif(tmp_path / "a.sif", signal(FRAMES, windows)))

    np.testing.assert_array_equal(found.compute(), FRAMES)


def test_subimages_of_different_widths_are_datasets(tmp_path):
    flat = FRAMES.reshape(3, 1, 10)
    windows = [(1, 1, 4, 1, 1, 1), (1, 3, 3, 2, 1, 1)]
    first, second = _read(write_sif(tmp_path / "a.sif", signal(flat, windows)))

    np.testing.assert_array_equal(first.compute(), flat[:, 0, :4])
    np.testing.assert_array_equal(second.compute(), flat[:, 0, 4:].reshape(3, 2, 3))


def test_each_step_has_its_own_calibration(tmp_path):
    text = b"".join(
        b"Calibration data for frame %d: %d, 0.5, 0, 0\r\n" % (i, 400 + 100 * i) for i in (1, 2, 3)
    )
    found = _read(
        write_sif(tmp_path / "a.sif", signal(FRAMES[:, :1], [(1, 1, 5, 1, 1, 1)], text=text))
    )

    assert [d.shape for d in found] == [(5,)] * 3
    np.testing.assert_array_equal([d.compute() for d in found], FRAMES[:, 0])
    assert [_axes(d)["wavelength"].values[0] for d in found] == [500.5, 600.5, 700.5]


def test_a_background_is_a_dataset_and_details_are_kept(tmp_path):
    path = write_sif(
        tmp_path / "a.sif", signal(), None, signal(FRAMES[:1] + 100),
        details=b"<?xml version='1.0'?><Signals><Signal><Serial>7</Serial></Signal></Signals>",
    )  # fmt: skip
    found, background = _read(path)

    assert background.title == "background"
    np.testing.assert_array_equal(background.compute(), FRAMES[0] + 100)
    assert found.original_metadata["Signals"] == {"Signal": {"Serial": 7}}


def test_frames_that_are_missing_are_told(tmp_path):
    path = write_sif(tmp_path / "a.sif", signal())
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.warns(SidpyWarning, match="2 of 3 frames"):
        (found,) = _read(path)

    np.testing.assert_array_equal(found.compute(), FRAMES[:2])


def test_what_cannot_be_is_refused(tmp_path):
    path = write_sif(tmp_path / "a.sif", signal())
    raw = path.read_bytes()

    path.write_bytes(raw.replace(b" 30 10\n", b" 30 11\n"))
    with pytest.raises(CorruptFile, match="do not fill"):
        sidpy.read(path)
    path.write_bytes(raw[:400])
    with pytest.raises(CorruptFile, match=r"cut short|not there"):
        sidpy.read(path)
    path.write_bytes(b"Andor Technology\n" * 20)
    with pytest.raises(UnrecognisedFile, match="first line"):
        sidpy.read(path, "SciFiReaders.andor_sif")
