"""Datasets as tables of pandas and as arrays in memory."""

import sys

import dask.array as da
import numpy as np
import pytest

import sidpy


def test_a_spectrum_is_a_series(spectra):
    pytest.importorskip("pandas", reason="pandas is not installed")
    series = spectra[1, 2].to_pandas()

    assert (series.name, series.index.name) == ("Intensity (counts)", "loss (eV)")
    assert series.loc[10.5] == 21


def test_an_image_is_a_frame(spectra):
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = spectra[:, :, 0].to_pandas()

    assert (frame.index.name, frame.columns.name) == ("y (nm)", "x (nm)")
    assert frame.loc[2.0, 4.0] == 20


def test_a_single_value_is_a_series_of_one():
    pytest.importorskip("pandas", reason="pandas is not installed")
    series = sidpy.Dataset.from_array(7.0, title="gap").to_pandas()

    assert (series.name, series.tolist()) == ("gap", [7])


def test_more_dimensions_become_rows(spectra):
    pytest.importorskip("pandas", reason="pandas is not installed")
    with pytest.raises(ValueError, match="up to 2 dimensions, found 3; to_dataframe"):
        spectra.to_pandas()
    table = spectra.to_dataframe()

    assert list(table.columns) == [
        "y (nm)", "x (nm)", "loss (eV)", "Intensity (counts)", "variance",
    ]  # fmt: skip
    assert table.iloc[-1].tolist() == [2, 4, 11.5, 23, 0.25]
    assert table["variance"].dtype == np.float32


def test_dimensions_of_one_name_are_two_columns():
    pytest.importorskip("pandas", reason="pandas is not installed")
    dataset = sidpy.Dataset.from_array(np.ones((2, 3)))
    dataset.set_dimension(0, sidpy.Dimension(2, "none"))
    dataset.set_dimension(1, sidpy.Dimension(3, "none"))

    assert dataset.to_dataframe().shape == (6, 3)


def test_without_pandas_the_command_is_named(spectra, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(sidpy.errors.MissingDependency, match=r"'sidpy\[pandas\]'"):
        spectra.to_dataframe()


def test_numpy_gets_the_numbers_in_any_type(spectra):
    assert type(np.asarray(spectra)) is np.ndarray
    assert np.asarray(spectra, dtype="f4").dtype == np.float32
    np.testing.assert_array_equal(np.array(spectra), np.arange(24.0).reshape(2, 3, 4))


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="copy is of NumPy 2")
def test_numpy_cannot_have_them_without_a_copy(spectra):
    with pytest.raises(ValueError, match=r"a Dataset is lazy.*leave copy out"):
        np.asarray(spectra, copy=False)
    assert np.asarray(spectra, copy=True).shape == (2, 3, 4)


def test_what_numpy_gets_is_not_the_datasets_own_memory():
    dataset = sidpy.Dataset.from_array(np.zeros(3))
    np.array(dataset)[0] = 1

    assert dataset.compute().tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", ["f8", "c8", "u2", "?", ">i4"])
def test_dlpack_gives_the_numbers(dtype):
    numbers = da.arange(6, chunks=2).astype(dtype).reshape(2, 3)
    dataset = sidpy.Dataset.from_array(numbers)
    given = np.from_dlpack(dataset)

    np.testing.assert_array_equal(given, numbers.compute())
    assert given.dtype == np.dtype(dtype).newbyteorder("=")
    assert dataset.__dlpack_device__() == (1, 0)


def test_dlpack_refuses_other_devices_and_no_copy(spectra):
    with pytest.raises(BufferError, match="memory of the processor"):
        spectra.__dlpack__(dl_device=(2, 0))
    with pytest.raises(BufferError, match="memory of the processor"):
        spectra.__dlpack__(stream=1)
    with pytest.raises(BufferError, match="leave copy out"):
        spectra.__dlpack__(copy=False)
