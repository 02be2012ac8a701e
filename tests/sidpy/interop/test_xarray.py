"""Datasets as DataArrays and back, and DataArrays that others made."""

import sys

import dask.array as da
import numpy as np
import pytest
from any_dataset import assert_identical, datasets
from hypothesis import given, settings
from hypothesis import strategies as st

import sidpy
from sidpy.sid.interop.xarray import to_xarray
from sidpy.sid.trees import same_tree

xarray = pytest.importorskip("xarray", reason="xarray is not installed")


@settings(max_examples=40)
@given(datasets(), st.booleans())
def test_any_dataset_comes_back_identical_and_lazily(dataset, portable):
    back = sidpy.from_xarray(dataset.to_xarray(portable=portable))

    assert_identical(back, dataset, history=False)
    assert same_tree(back.provenance_record.rows()[:-1], dataset.provenance_record.rows())
    assert back.history[-1].function == "from_xarray"


def test_names_units_and_labels_are_where_xarray_looks_for_them(spectra):
    array = spectra.to_xarray()

    assert array.name == "a map"
    assert array.dims == ("y", "x", "loss")
    assert isinstance(array.data, da.Array)
    assert array.attrs["units"] == "counts"
    assert array.attrs["long_name"] == "Intensity"
    assert array.attrs["metadata"] == spectra.metadata
    assert array.loss.attrs == {
        "units": "eV", "quantity": "Energy loss", "long_name": "Energy loss",
        "dimension_type": "SPECTRAL",
    }  # fmt: skip
    np.testing.assert_array_equal(array.sel(loss=slice(10.2, 11.2)).loss, [10.5, 11])
    assert array.coords["variance"].dims == array.dims


def test_metadata_of_the_array_are_its_own(spectra):
    spectra.to_xarray().attrs["metadata"][3]["deep"] = 1

    assert spectra.metadata[3]["deep"] is None


def test_variance_follows_selection_and_transposes(spectra):
    spectra.variance = np.arange(24.0).reshape(2, 3, 4)
    back = sidpy.from_xarray(spectra.to_xarray().isel(x=1).transpose("loss", "y"))

    np.testing.assert_array_equal(back.variance.compute(), back.compute())
    assert back.metadata["coordinates"]["x"]["values"] == 1
    assert back.loss.dimension_type is sidpy.DimensionType.SPECTRAL


def test_dimensions_of_one_name_get_numbers_and_come_back():
    dataset = sidpy.Dataset.from_array(np.zeros((2, 3)), variance=np.ones((2, 3)))
    dataset.set_dimension(0, sidpy.Dimension(2, "none"))
    dataset.set_dimension(1, sidpy.Dimension(3, "none"))
    array = dataset.to_xarray()

    assert array.dims == ("none", "none_1")
    assert [dim.name for dim in sidpy.from_xarray(array).labels_record.dimensions] == ["none"] * 2


def test_a_dimension_called_variance_is_no_variance():
    dataset = sidpy.Dataset.from_array(np.zeros(3), variance=np.ones(3))
    dataset.set_dimension(0, sidpy.Dimension(3, "variance"))
    back = sidpy.from_xarray(dataset.to_xarray())

    assert (back.variance is not None, back._axes[0].name) == (True, "variance")


def test_structures_and_point_clouds_come_back(spectra):
    ase = pytest.importorskip("ase", reason="crystal structures need ase")
    spectra.add_structure(ase.Atoms("MoS2", positions=np.eye(3)), "flake")
    spectra.point_cloud = {"coordinates": np.eye(2)}
    for portable in (False, True):
        back = sidpy.from_xarray(spectra.to_xarray(portable=portable))

        assert back.structures == spectra.structures
        np.testing.assert_array_equal(back.point_cloud["coordinates"], np.eye(2))


def test_a_portable_array_survives_netcdf(spectra, tmp_path):
    pytest.importorskip("scipy.io")
    spectra.title = "a/b c"
    spectra.rename_dimension(0, "scan y")
    spectra.to_xarray(portable=True).to_netcdf(tmp_path / "map.nc", engine="scipy")
    with xarray.open_dataarray(tmp_path / "map.nc", engine="scipy") as array:
        back = sidpy.from_xarray(array)

        assert_identical(back, spectra, history=False)


# ---------------------------------------------------------------- arrays of others


def test_an_array_that_says_nothing_is_counted():
    dataset = sidpy.from_xarray(xarray.DataArray(np.ones((2, 3))))

    assert dataset.title == "generic"
    assert [dim.name for dim in dataset.labels_record.dimensions] == ["dim_0", "dim_1"]
    assert dataset.dim_1.values.tolist() == [0, 1, 2]


def test_cf_attributes_are_understood():
    lat = ("lat", [1.5, 2.5], {"standard_name": "latitude", "units": "km", "axis": "Y"})
    array = xarray.DataArray(
        da.zeros((2, 3), chunks=1), dims=("lat", "x"), coords={"lat": lat, "x": [10, 20, 30]},
        name="t2m", attrs={"units": "K", "long_name": "Temperature", "history": "made", "n": 5},
    )  # fmt: skip
    dataset = sidpy.from_xarray(array)

    assert (dataset.title, dataset.units, dataset.quantity) == ("t2m", "K", "Temperature")
    assert dataset.metadata == {"history": "made", "n": 5}
    assert dataset.original_metadata["units"] == "K"
    assert (dataset.lat.quantity, dataset.lat.units) == ("latitude", "km")
    assert dataset.lat.dimension_type is sidpy.DimensionType.SPATIAL
    assert dataset.x.values.tolist() == [10, 20, 30]
    assert dataset.numblocks == (2, 3)


def test_dates_become_seconds_and_are_kept():
    times = np.array(["2026-01-01T00:00", "2026-01-01T00:01", "NaT"], dtype="datetime64[ns]")
    dataset = sidpy.from_xarray(xarray.DataArray(np.ones(3), coords={"t": times}, dims="t"))

    np.testing.assert_array_equal(dataset.t.values, [0, 60, np.nan])
    assert (dataset.t.units, dataset.t.quantity) == ("s", "Time")
    assert dataset.t.dimension_type is sidpy.DimensionType.TEMPORAL
    np.testing.assert_array_equal(dataset.metadata["coordinates"]["t"]["values"], times)


def test_durations_become_seconds():
    delays = np.array([0, 1500], dtype="timedelta64[ms]")
    dataset = sidpy.from_xarray(xarray.DataArray(np.ones(2), coords={"t": delays}, dims="t"))

    assert dataset.t.values.tolist() == [0, 1.5]
    assert "coordinates" not in dataset.metadata


def test_coordinates_that_no_dimension_can_be_are_kept_as_metadata():
    array = xarray.DataArray(
        np.ones((2, 3)), dims=("kind", "x"),
        coords={
            "kind": ["up", "down"], "x": [1, 2, 3], "weight": ("x", [5, 6, 7], {"units": "g"}),
            "both": (("kind", "x"), np.zeros((2, 3))), "alone": 4,
        },
    )  # fmt: skip
    dataset = sidpy.from_xarray(array)
    rest = dataset.metadata["coordinates"]

    assert dataset.kind.values.tolist() == [0, 1]
    assert set(rest) == {"kind", "weight", "both", "alone"}
    assert rest["kind"]["values"].tolist() == ["up", "down"]
    assert rest["weight"]["dimensions"] == ["x"]
    assert rest["weight"]["attributes"] == {"units": "g"}
    assert rest["alone"]["values"] == 4


def test_integers_that_no_float_can_be_are_kept_too():
    big = np.array([2**60, 2**60 + 1])
    dataset = sidpy.from_xarray(xarray.DataArray(np.ones(2), coords={"x": big}, dims="x"))

    np.testing.assert_array_equal(dataset.metadata["coordinates"]["x"]["values"], big)


def test_two_levels_of_an_index_are_counted():
    pandas = pytest.importorskip("pandas")
    index = pandas.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["word", "number"])
    array = xarray.DataArray(np.ones(2), dims="both", coords={"k": ("both", [3, 4])})
    coords = xarray.Coordinates.from_pandas_multiindex(index, "both")
    dataset = sidpy.from_xarray(array.assign_coords(coords))

    assert dataset.both.values.tolist() == [0, 1]
    assert dataset.metadata["coordinates"]["number"]["values"].tolist() == [1, 2]


def test_names_that_become_the_same_get_numbers():
    dataset = sidpy.from_xarray(xarray.DataArray(np.ones((2, 3)), dims=(1, "1")))

    assert [dim.name for dim in dataset.labels_record.dimensions] == ["1", "1_1"]


def test_what_is_in_a_file_stays_there(tmp_path):
    xarray.DataArray(np.arange(6.0), dims="x", name="v").to_netcdf(
        tmp_path / "v.nc", engine="scipy"
    )
    with xarray.open_dataarray(tmp_path / "v.nc", engine="scipy") as array:
        dataset = sidpy.from_xarray(array)

        assert not array._in_memory
        assert dataset.compute().tolist() == list(range(6))


def test_datasets_of_xarray_become_one_or_several(spectra):
    one = xarray.Dataset({"a": ("x", [1, 2])})
    several = one.assign(b=("x", [3.0, 4]))

    assert sidpy.from_xarray(one).title == "a"
    found = sidpy.Dataset.from_xarray(several)
    assert list(found) == ["a", "b"]
    assert found["b"].compute().tolist() == [3, 4]


def test_a_subclass_makes_its_own_kind(spectra):
    class Mine(sidpy.Dataset):
        pass

    assert type(Mine.from_xarray(spectra.to_xarray())) is Mine


def test_what_is_no_data_of_xarray_is_told():
    with pytest.raises(TypeError, match=r"takes an xarray.DataArray .*found numpy.ndarray"):
        sidpy.from_xarray(np.ones(3))
    with pytest.raises(ValueError, match=r"has no variables, only the coordinates \['x'\]"):
        sidpy.from_xarray(xarray.Dataset(coords={"x": [1]}))


def test_without_xarray_the_command_is_named(spectra, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)

    with pytest.raises(sidpy.errors.MissingDependency, match=r"pip install 'sidpy\[xarray\]'"):
        to_xarray(spectra)
    with pytest.raises(ModuleNotFoundError, match="from_xarray needs xarray"):
        sidpy.from_xarray(3)
