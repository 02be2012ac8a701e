"""Asylum force maps in HDF5: cubes with the right extent, whole curves, images by their names."""

import h5py
import numpy as np
import pytest
from made.asylum import CURVES, NOTE, write_map

from SciFiReaders import ARhdf5Reader
from SciFiReaders.readers.probe.asylum_h5 import read_ar_hdf5
from sidpy import DataType
from sidpy.errors import CorruptFile, UnrecognisedFile


def test_a_channel_is_a_cube_with_row_0_at_the_top(tmp_path):
    raw, deflection = read_ar_hdf5(write_map(tmp_path / "a.h5", CURVES))

    np.testing.assert_array_equal(raw.compute(), CURVES[:, :, 0].transpose(1, 0, 2)[::-1])
    np.testing.assert_array_equal(deflection[2, 1].compute(), CURVES[1, 0, 1])
    assert (raw.title, raw.units, raw.data_type) == ("Raw", "m", DataType.SPECTRAL_IMAGE)
    y, x, time = (raw._axes[i] for i in range(3))
    np.testing.assert_allclose(x.values, [1e-6, 3e-6])
    # the slow axis has its own size, not that of the fast one
    np.testing.assert_allclose(y.values, [7.5e-6, 4.5e-6, 1.5e-6])
    np.testing.assert_allclose(time.values, np.arange(5) / 1000)
    assert (x.units, time.units) == ("m", "s")


def test_shorter_curves_cost_the_others_nothing(tmp_path):
    path = write_map(tmp_path / "a.h5", CURVES, lengths={(1, 2): 3})

    raw = read_ar_hdf5(path)[0].compute()

    assert np.isnan(raw[0, 1, 3:]).all()
    assert np.isfinite(raw).sum() == 30 - 2


def test_images_have_their_own_names_and_units(tmp_path):
    images = {"Height": np.arange(6).reshape(2, 3), "Phase": np.ones((2, 3))}

    *_, height, phase = read_ar_hdf5(write_map(tmp_path / "a.h5", CURVES, images=images))

    np.testing.assert_array_equal(height.compute(), images["Height"].T[::-1])
    assert [(one.title, one.units) for one in (height, phase)] == [
        ("Height", "m"), ("Phase", "deg"),
    ]  # fmt: skip
    assert height._axes[0].units == "m"


def test_the_class_returns_a_list_with_x_first(tmp_path):
    reader = ARhdf5Reader(str(write_map(tmp_path / "a.h5", CURVES)))

    found = reader.read()

    assert isinstance(found, list)
    np.testing.assert_array_equal(found[1].compute(), CURVES[:, :, 1])
    assert [axis.name for axis in found[0]._axes.values()] == ["x", "y", "time"]
    assert found[0].metadata["segments"] == {"Ext": 2, "Ret": 4}
    assert found[0].metadata["experiment"]["spring_constant"] == 0.5


def test_entries_of_the_note_and_units_can_be_asked_for(tmp_path):
    reader = ARhdf5Reader(write_map(tmp_path / "a.h5", CURVES))

    assert reader.note_value("MicroscopeModel") == "MFP3D"
    assert [reader.get_def_unit(name) for name in ("Defl", "Phase1", "Current", "Foo")] == [
        "m", "deg", "A", "unknown",
    ]  # fmt: skip
    with pytest.raises(NameError, match="no entry 'nope'"):
        reader.note_value("nope")


def test_a_scan_that_does_not_say_its_size_has_pixels(tmp_path):
    note = {key: value for key, value in NOTE.items() if "ScanSize" not in key}

    cube = read_ar_hdf5(write_map(tmp_path / "a.h5", CURVES, note=note))[0]

    assert [axis.units for axis in cube._axes.values()] == ["px", "px", "s"]


def test_other_hdf5_is_a_type_error(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["ForceMap/0/x"] = 1

    with pytest.raises(UnrecognisedFile, match="no Note"):
        ARhdf5Reader(path).read()


def test_a_map_without_its_segments_is_refused(tmp_path):
    path = write_map(tmp_path / "a.h5", CURVES)
    with h5py.File(path, "a") as file:
        del file["ForceMap/0/Segments"]

    with pytest.raises(CorruptFile, match="last index of each segment"):
        read_ar_hdf5(path)
