"""Mass spectra: images with and without gaps, and time-of-flight data of a FIB."""

from __future__ import annotations

import numpy as np
import pytest
from made.mass import MASSES, continuous, image, processed, tofwerk

import sidpy
from SciFiReaders.readers.xray.imzml import read_imzml
from sidpy.errors import CorruptFile, MissingFile


def axes(dataset):
    return [(axis.name, axis.units) for axis in dataset._axes.values()]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_continuous_image_has_one_axis_of_masses(tmp_path, packed):
    (found,) = sidpy.read(continuous(tmp_path / "a.imzML", packed=packed)).values()

    np.testing.assert_array_equal(found.compute(), image())
    assert axes(found) == [("y", "um"), ("x", "um"), ("mass_to_charge", "Th")]
    np.testing.assert_allclose(found.mass_to_charge.values, MASSES)
    np.testing.assert_allclose(found.x.values, [25, 75, 125])
    np.testing.assert_allclose(found.y.values, [12.5, 37.5])
    np.testing.assert_array_equal(found[1, ::2, 1].compute(), [101, 121])


def test_a_processed_image_keeps_every_list_and_marks_what_is_missing(tmp_path):
    intensities, masses = sidpy.read(processed(tmp_path / "a.imzML")).values()

    expected = image()
    expected[0, 1, 2:] = np.nan
    expected[1, 2] = np.nan
    np.testing.assert_array_equal(intensities.compute(), expected)
    np.testing.assert_array_equal(masses.compute(), np.where(np.isnan(expected), np.nan, MASSES))
    assert (masses.quantity, masses.units) == ("m/z", "Th")


def test_numbers_of_another_file_are_refused(tmp_path):
    path = continuous(tmp_path / "a.imzML", own=bytes(16))

    with pytest.raises(CorruptFile, match=r"a.ibd belongs to another file"):
        read_imzml(path)


def test_numbers_that_are_missing_or_cut_short_are_named(tmp_path):
    path = continuous(tmp_path / "a.imzML")
    numbers = path.with_suffix(".ibd")
    numbers.write_bytes(numbers.read_bytes()[:-4])

    with pytest.raises(CorruptFile, match="has 140 bytes, but lists reach to 144"):
        read_imzml(path)
    numbers.unlink()
    with pytest.raises(MissingFile, match=r"should be in a.ibd beside it"):
        read_imzml(path)


def test_entities_are_refused(tmp_path):
    path = continuous(tmp_path / "a.imzML")
    text = path.read_text().replace("<mzML", '<!DOCTYPE x [<!ENTITY a "b">]><mzML', 1)
    path.write_text(text)

    with pytest.raises(CorruptFile, match="declares a document type"):
        read_imzml(path)


def test_slices_lines_and_pixels_of_a_fib(tmp_path):
    total, spectra, peaks, picture = sidpy.read(tofwerk(tmp_path / "a.h5")).values()

    assert (total.compute().tolist(), total.units) == ([0, 1, 2, 3, 4], "mV")
    np.testing.assert_allclose(total.mass_to_charge.values, [1, 2, 4, 7, 12])
    assert [name for name, _ in axes(spectra)] == ["slice", "y", "x", "mass_to_charge"]
    np.testing.assert_array_equal(spectra.compute().ravel(), np.arange(120))
    np.testing.assert_allclose(peaks.mass_to_charge.values, [1.0078, 12])
    assert peaks.original_metadata["group"]["PeakTable"]["label"] == ["H", "C"]
    assert (picture.shape, picture.data_type.name) == ((2, 3), "IMAGE")


def test_writes_of_a_spectrometer_follow_in_time(tmp_path):
    _, spectra, _ = sidpy.read(tofwerk(tmp_path / "a.h5", fib=False)).values()

    assert axes(spectra) == [("time", "s"), ("mass_to_charge", "Th")]
    np.testing.assert_allclose(spectra.time.values, [0.5, 1.5, 2.5])
