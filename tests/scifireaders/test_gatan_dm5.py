"""Gatan DM5: the tree of DM4 in HDF5."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from SciFiReaders.readers.electron.gatan_dm5 import read_dm5
from sidpy.errors import CorruptFile, ReaderError, UnrecognisedFile, UnsupportedFile


def _write(path, data, data_type, dims=None, axes=(), name="scan"):
    with h5py.File(path, "w") as file:
        image = file.create_group("ImageList/[0]")
        image.attrs["Name"] = np.bytes_(name)
        image_data = image.create_group("ImageData")
        image_data.attrs["DataType"] = np.int64(data_type)
        image_data["Data"] = data
        sizes = image_data.create_group("Dimensions")
        for k, size in enumerate(dims or data.shape[::-1]):
            sizes.attrs[f"[{k}]"] = np.uint32(size)
        for k, (origin, scale, units) in enumerate(reversed(axes)):
            way = image_data.create_group(f"Calibrations/Dimension/[{k}]")
            way.attrs["Origin"], way.attrs["Scale"] = np.float32(origin), np.float32(scale)
            way.attrs["Units"] = np.bytes_(units.encode())
        tags = image.create_group("ImageTags/Microscope Info")
        tags.attrs["Voltage"] = 200000.0
        file.create_group("DocumentObjectList")
    return path


def test_an_image_has_rows_first_and_its_calibration(tmp_path):
    data = np.arange(12, dtype="i2").reshape(3, 4)
    path = _write(tmp_path / "scan.dm5", data, 1, axes=[(0, 0.5, "nm"), (2, 0.25, "µm")])

    (dataset,) = read_dm5(path)

    np.testing.assert_array_equal(dataset.compute(), data)
    assert (dataset.title, dataset.data_type.name) == ("scan", "IMAGE")
    np.testing.assert_allclose(dataset.y.values, [0, 0.5, 1])
    np.testing.assert_allclose(dataset.x.values, [-0.5, -0.25, 0, 0.25])
    assert (dataset.y.units, dataset.x.units) == ("nm", "µm")
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 2e5
    assert dataset.original_metadata["DM"]["dm_version"] == 5
    assert "Data" not in dataset.original_metadata["ImageData"]


def test_a_spectrum_image_has_its_energy_last(tmp_path):
    data = np.arange(24, dtype="f4").reshape(2, 3, 4)
    axes = [(-100, 0.5, "eV"), (0, 1, "nm"), (0, 1, "nm")]

    (dataset,) = read_dm5(_write(tmp_path / "map.dm5", data, 2, axes=axes))

    np.testing.assert_array_equal(dataset.compute(), np.moveaxis(data, 0, -1))
    np.testing.assert_allclose(dataset.energy_loss.values, [50, 50.5])


def test_words_become_colours(tmp_path):
    colours = np.random.default_rng(2).integers(0, 256, (3, 5, 4), dtype="u1")
    words = np.ascontiguousarray(colours[..., [2, 1, 0, 3]]).view("<i4")[..., 0]

    (dataset,) = read_dm5(_write(tmp_path / "picture.dm5", words, 23))

    np.testing.assert_array_equal(dataset.compute(), colours)
    np.testing.assert_array_equal(dataset[1:, ::2, 1].compute(), colours[1:, ::2, 1])
    np.testing.assert_array_equal(dataset[[0, 2]].compute(), colours[[0, 2]])


def test_pairs_become_complex_numbers(tmp_path):
    numbers = (np.arange(6) + 1j).astype("c8").reshape(2, 3)
    pairs = numbers.view([("Real", "f4"), ("Imaginary", "f4")])

    (dataset,) = read_dm5(_write(tmp_path / "wave.dm5", pairs, 3))

    np.testing.assert_array_equal(dataset.compute(), numbers)


def test_sizes_that_contradict_the_pixels_are_refused(tmp_path):
    path = _write(tmp_path / "scan.dm5", np.zeros((3, 4)), 12, dims=(3, 4))

    with pytest.raises(CorruptFile, match=r"shape \(4, 3\), found a dataset of shape \(3, 4\)"):
        read_dm5(path)


def test_a_packed_transform_is_unsupported(tmp_path):
    with pytest.raises(UnsupportedFile, match="DataType 27"):
        read_dm5(_write(tmp_path / "fft.dm5", np.zeros((3, 2), "c8"), 27))


def test_other_hdf5_and_other_files_are_not_recognised(tmp_path):
    other, text = tmp_path / "other.h5", tmp_path / "text.dm5"
    with h5py.File(other, "w") as file:
        file["data"] = np.zeros(3)
    text.write_text("no HDF5")

    with pytest.raises(UnrecognisedFile, match="without ImageList"):
        read_dm5(other)
    with pytest.raises(UnrecognisedFile, match="not HDF5"):
        read_dm5(text)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_dm5(tmp_path / "nowhere.dm5")


def test_links_that_lead_back_are_not_followed(tmp_path):
    path = _write(tmp_path / "scan.dm5", np.zeros((3, 4)), 12)
    with h5py.File(path, "a") as file:
        file["ImageList/[0]/ImageTags/up"] = h5py.SoftLink("/ImageList")
        file["ImageList/[0]/ImageTags/loop"] = file["ImageList"]  # a second name for a parent

    with pytest.raises(CorruptFile, match="nested deeper"):
        read_dm5(path)


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_file_cut_short_is_refused(tmp_path, tenth):
    path = _write(tmp_path / "cut.dm5", np.zeros((30, 40)), 12)
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) * tenth // 10])

    with pytest.raises(ReaderError, match=r"cut\.dm5"):
        [dataset.compute() for dataset in read_dm5(path)]
