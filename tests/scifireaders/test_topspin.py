"""Sessions of TopSpin: images and scans where the calibrations say they are."""

from __future__ import annotations

import numpy as np
import pytest
from made.topspin import IMAGE, PATTERNS, write_app5

import sidpy
from SciFiReaders.readers.electron.topspin_app5 import read_app5
from sidpy.errors import CorruptFile, UnrecognisedFile


def test_an_image_and_a_scan(tmp_path):
    image, scan = sidpy.read(write_app5(tmp_path / "a.app5")).values()

    np.testing.assert_array_equal(image.compute(), IMAGE)
    np.testing.assert_allclose(image.x.values, -5 + np.arange(5))
    np.testing.assert_allclose(image.y.values, 7 + 2.0 * np.arange(3))
    np.testing.assert_array_equal(scan.compute(), PATTERNS.reshape(2, 3, 4, 3))
    np.testing.assert_allclose(scan.x.values, [10, 12, 14])
    np.testing.assert_allclose(scan.y.values, [0, 3])
    np.testing.assert_allclose(scan.v.values, -0.02 + 2e-3 * np.arange(4))
    assert (scan.u.units, scan.x.units) == ("rad", "nm")
    assert scan.metadata["experiment"]["single_exposure_time"] == 0.01


@pytest.mark.parametrize("part", [np.s_[1], np.s_[0, 2], np.s_[:, 1:, 2], np.s_[..., 1]])
def test_a_part_reads_its_patterns(tmp_path, part):
    scan = read_app5(write_app5(tmp_path / "a.app5"))[1]

    np.testing.assert_array_equal(np.asarray(scan[part]), PATTERNS.reshape(2, 3, 4, 3)[part])


def test_points_on_no_grid_come_one_after_another(tmp_path):
    scan = read_app5(write_app5(tmp_path / "a.app5", count=5))[1]

    assert scan.shape == (5, 4, 3)


def test_foreign_and_damaged_files_are_named(tmp_path):
    import h5py

    (tmp_path / "text.app5").write_text("words")
    with pytest.raises(UnrecognisedFile, match="not HDF5"):
        read_app5(tmp_path / "text.app5")
    with h5py.File(tmp_path / "empty.app5", "w") as file:
        file["Version"] = 1
    with pytest.raises(CorruptFile, match="no acquisition"):
        read_app5(tmp_path / "empty.app5")
    path = write_app5(tmp_path / "a.app5")
    with h5py.File(path, "r+") as file:
        del file["00-guid/series-id/4/Data"]
    with pytest.raises(CorruptFile, match="series-id/4/Data"):
        read_app5(path)[1].compute()


@pytest.mark.vendor
def test_the_image_covers_the_points_of_its_series(vendor_data):
    """The reference of this file gives the image's x the offset that the file gives to Y."""
    path = vendor_data / "nanomegas-app5/rosettasciio/topspin_test_C.app5"
    found = read_app5(path)
    image, scan = found[1], found[0]
    image, scan = (image, scan) if image.ndim == 2 else (scan, image)

    for name in "xy":
        start, first = getattr(image, name).values[0], getattr(scan, name).values[0]
        steps = (first - start) / np.diff(getattr(image, name).values)[0]
        # half a pixel: the offset is that of an edge, a point lies in the middle
        assert steps == pytest.approx({"x": 6.5, "y": 2.5}[name])
