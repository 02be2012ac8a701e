"""Signals of HyperSpy: axes as calibrated, what is signal and what is navigation."""

from __future__ import annotations

import numpy as np
import pytest
from made.hyperspy import AXES, CUBE, MADE, write_hspy

import sidpy
from SciFiReaders.readers.electron.hyperspy import read_hspy
from sidpy.errors import CorruptFile, UnrecognisedFile


def only(path):
    (dataset,) = read_hspy(path)
    return dataset


def _check(dataset):
    np.testing.assert_array_equal(dataset.compute(), CUBE)
    np.testing.assert_allclose(dataset.y.values, [-1, 1, 3])
    np.testing.assert_allclose(dataset.Energy_loss.values, 500 + 0.25 * np.arange(5))
    assert (dataset.title, dataset.units, dataset.quantity) == ("edge", "Counts", "Electrons")
    assert dataset.data_type == sidpy.DataType.SPECTRAL_IMAGE
    assert dataset.modality == "EELS"
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 200e3


def test_a_map_of_spectra(tmp_path):
    _check(only(write_hspy(tmp_path / "a.hspy")))


def test_a_map_of_spectra_in_zarr(tmp_path):
    pytest.importorskip("zarr")
    (path,) = MADE["SciFiReaders.hyperspy_zspy"](tmp_path)

    (dataset,) = sidpy.read(path).values()

    _check(dataset)


def test_an_axis_may_have_values_of_its_own(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = write_hspy(tmp_path / "a.hspy")
    with h5py.File(path, "r+") as file:
        file["Experiments/edge/axis-2/axis"] = [1.0, 2.0, 4.0, 8.0, 16.0]

    assert only(path).Energy_loss.values.tolist() == [1, 2, 4, 8, 16]


def test_an_expression_is_not_evaluated(tmp_path):
    axis = {"name": "E", "expression": "__import__('os').abort()", "navigate": False}
    path = write_hspy(tmp_path / "a.hspy", axes=(*AXES[:2], axis))

    assert only(path).E.values.tolist() == [0, 1, 2, 3, 4]


def test_colours_become_an_axis(tmp_path):
    data = np.zeros((3, 4), [("R", "u2"), ("G", "u2"), ("B", "u2"), ("A", "u2")])
    data["B"] = np.arange(12).reshape(3, 4)

    dataset = only(write_hspy(tmp_path / "a.hspy", data, axes=AXES[:2], metadata={}))

    assert dataset.shape == (3, 4, 4)
    np.testing.assert_array_equal(dataset[..., 2].compute(), data["B"])


def test_four_axes_with_two_of_signal_are_a_scan(tmp_path):
    axes = [{"name": n, "navigate": n in "yx"} for n in ("y", "x", "ky", "kx")]
    data = np.zeros((2, 3, 4, 5), "u1")

    dataset = only(write_hspy(tmp_path / "a.hspy", data, axes=axes, metadata={}))

    assert dataset.data_type == sidpy.DataType.IMAGE_4D


def test_other_files_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "other.hspy", "w") as file:
        file["Experiment"] = 1
    with h5py.File(tmp_path / "empty.hspy", "w") as file:
        file.create_group("Experiments")

    with pytest.raises(UnrecognisedFile, match="no Experiments"):
        read_hspy(tmp_path / "other.hspy")
    with pytest.raises(CorruptFile, match="no signal"):
        read_hspy(tmp_path / "empty.hspy")
