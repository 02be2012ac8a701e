"""Dectris Arina and Delmic: linked files, orders of axes, scans."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from made.arina import FRAMES, write_arina
from made.delmic import MAP, STREAK, SURVEY, WAVELENGTHS, write_delmic

import sidpy
from SciFiReaders.readers.electron.dectris_arina import read_arina
from SciFiReaders.readers.electron.delmic import read_delmic
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile


def test_a_scan_of_two_files(tmp_path):
    (found,) = sidpy.read(write_arina(tmp_path)).values()

    np.testing.assert_array_equal(found.compute(), FRAMES.reshape(2, 3, 5, 4))
    np.testing.assert_allclose(found.x.values, [0, 0.5, 1.0])
    assert (found.x.units, found.data_type.name, found.title) == ("nm", "IMAGE_4D", "scan")
    experiment = found.metadata["experiment"]
    assert experiment["acceleration_voltage"] == 200_000
    assert experiment["single_exposure_time"] == 1e-4


@pytest.mark.parametrize(
    "part", [np.s_[1], np.s_[:, 2], np.s_[1, 0, 2:], np.s_[..., 1], np.s_[::-1]]
)
def test_a_part_reads_its_frames(tmp_path, part):
    (found,) = read_arina(write_arina(tmp_path))

    np.testing.assert_array_equal(np.asarray(found[part]), FRAMES.reshape(2, 3, 5, 4)[part])


def test_a_file_of_frames_alone_knows_the_scan_beside(tmp_path):
    write_arina(tmp_path, scan=(2, 2))

    (found,) = sidpy.read(tmp_path / "scan_data_000001.h5").values()

    np.testing.assert_array_equal(found.compute(), FRAMES[:4].reshape(2, 2, 5, 4))


def test_without_a_scan_frames_come_one_after_another(tmp_path):
    (found,) = read_arina(write_arina(tmp_path, scan=None))

    assert found.shape == (6, 5, 4)


def test_missing_files_and_lines_are_told(tmp_path):
    with pytest.warns(SidpyWarning) as told:
        (found,) = read_arina(write_arina(tmp_path, lost=(2,)))

    assert found.shape == (1, 3, 5, 4)
    assert {"scan_data_000002.h5" in str(w.message) for w in told} == {True, False}
    with pytest.raises(CorruptFile, match=r"other_data_000001\.h5"):
        read_arina(write_arina(tmp_path, name="other", lost=(1, 2)))


@pytest.mark.parametrize("target", ["../up.h5", "/etc/passwd", "folder/x.h5", "..\\up.h5"])
def test_no_link_leads_out_of_the_folder(tmp_path, target):
    with pytest.raises(CorruptFile, match="not in the folder"):
        read_arina(write_arina(tmp_path, target=target))


def test_survey_map_and_streak(tmp_path):
    survey, cube, streak = sidpy.read(write_delmic(tmp_path / "a.h5")).values()

    np.testing.assert_array_equal(survey.compute(), SURVEY[0, 0, 0])
    np.testing.assert_allclose(survey.x.values, 1e-5 + np.array([-1.5, -0.5, 0.5, 1.5]) * 1e-6)
    np.testing.assert_allclose(survey.y.values, 2e-5 + np.array([1, 0, -1]) * 2e-6)
    np.testing.assert_array_equal(cube.compute(), MAP[:, 0, 0].transpose(1, 2, 0))
    np.testing.assert_allclose(cube.wavelength.values, WAVELENGTHS * 1e9)
    np.testing.assert_array_equal(streak.compute(), STREAK[:, :, 0, 0, 0].T)
    np.testing.assert_allclose(streak.time.values, np.arange(6) * 2e-9)
    assert [d.title for d in (survey, cube, streak)] == ["survey", "map", "streak"]
    assert cube.metadata["experiment"] == {"exposure_time": 0.25, "microscope": "Delmic"}


def test_foreign_and_empty_files_are_named(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["numbers"] = [1]
    with pytest.raises(UnrecognisedFile, match="Acquisition0"):
        read_delmic(tmp_path / "a.h5")
    with pytest.raises(UnrecognisedFile, match="no frames"):
        read_arina(tmp_path / "a.h5")
    with pytest.raises(CorruptFile, match="more than a single number"):
        read_delmic(write_delmic(tmp_path / "b.h5", single=SURVEY[..., :1, :1]))


@pytest.mark.vendor
@pytest.mark.parametrize("name", ["hyperspectral", "streak-camera"])
def test_wavelengths_are_those_of_the_file(vendor_data, name):
    """The references of these files have regular steps; the file lists each value."""
    path = vendor_data / f"delmic-h5/rosettasciio/sparc-{name}-spot.h5"
    with h5py.File(path) as file:
        stored = file["Acquisition2/ImageData/DimensionScaleC"][:]
        numbers = file["Acquisition2/ImageData/Image"][:, :, 0, 0, 0].T.squeeze()

    found = read_delmic(path)[-1]

    np.testing.assert_allclose(found.wavelength.values, stored * 1e9, rtol=1e-12)
    np.testing.assert_array_equal(found.compute(), numbers)
    assert np.ptp(np.diff(stored)) > 1e-5 * np.diff(stored)[0]
