"""Whole files: from Datasets and back, and files of other programs."""

import importlib.util
import pathlib
import pickle
import sys

import h5py
import numpy as np
import pytest

import sidpy
from pyUSID import plugin
from pyUSID.io.dimension import Dimension, DimType
from pyUSID.io.files import read_usid, write_usid
from pyUSID.io.labelled import to_sidpy
from pyUSID.io.usi_data import USIDataset
from pyUSID.io.writing import write_main_dataset
from sidpy.errors import CorruptFile, UnrecognisedFile


def a_dataset(dtype="f4", order="yxe", **labels):
    """Return a small dataset with axes of these kinds: y, x spatial, e and t spectral."""
    sizes = {"y": 2, "x": 3, "e": 4, "t": 5}
    kinds = {"y": "SPATIAL", "x": "SPATIAL", "e": "SPECTRAL", "t": "TEMPORAL"}
    shape = [sizes[name] for name in order]
    numbers = np.random.default_rng(1).random(shape) * 100
    data = np.zeros(shape, dtype=dtype)
    if data.dtype.names:
        for field in data.dtype.names:
            data[field] = numbers
    else:
        data[...] = numbers
    dataset = sidpy.Dataset.from_array(data, title=labels.pop("title", "Raw_Data"))
    for axis, name in enumerate(order):
        values = 0.1 + 0.3 * np.arange(sizes[name])
        dimension = sidpy.Dimension(values, name, f"Quantity {name}", "µm", kinds[name])
        dataset.set_dimension(axis, dimension)
    for name, value in labels.items():
        setattr(dataset, name, value)
    return dataset


def round_trip(dataset, path, **options):
    write_usid({"Channel_000": dataset}, path, **options)
    [found] = read_usid(path)
    return found


@pytest.mark.parametrize("order", ["yxe", "exy", "yx", "e", "yxet", "tyx", "x"])
def test_every_axis_comes_back_where_it_was(tmp_path, order):
    dataset = a_dataset(order=order)
    found = round_trip(dataset, tmp_path / "a.h5")

    np.testing.assert_array_equal(found.compute(), dataset.compute())
    for axis in range(dataset.ndim):
        assert found._axes[axis] == dataset._axes[axis]
        assert found._axes[axis].dimension_type is dataset._axes[axis].dimension_type


@pytest.mark.parametrize(
    "dtype", ["u1", "i2", ">f8", "f2", "complex64", "complex128", "?", [("a", "f4"), ("b", "i8")]]
)
def test_every_type_of_number_comes_back(tmp_path, dtype):
    dataset = a_dataset(dtype=dtype)
    found = round_trip(dataset, tmp_path / "a.h5")

    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found.compute(), dataset.compute())


def test_labels_come_back(tmp_path):
    dataset = a_dataset(
        title="Topography - 1/2", quantity="Höhe", units="nm", modality="STM", source="tip",
        data_type="IMAGE_STACK",
        metadata={"a": {"b": 1, "c": "µ", "d": [1.5, 2.5]}, "e": True, "f": ["x", "yy"]},
        original_metadata={"x": {"y": 2.5}},
    )  # fmt: skip
    found = round_trip(dataset, tmp_path / "a.h5")

    for name in ("title", "quantity", "units", "modality", "source", "data_type"):
        assert getattr(found, name) == getattr(dataset, name), name
    assert found.metadata["a"]["b"] == 1
    assert type(found.metadata["a"]["b"]) is int
    assert found.metadata["a"]["c"] == "µ"
    assert found.metadata["a"]["d"] == [1.5, 2.5]
    assert found.metadata["e"] is True
    assert found.metadata["f"] == ["x", "yy"]
    assert found.original_metadata == {"x": {"y": 2.5}}


def test_the_variance_comes_back_with_its_data(tmp_path):
    dataset = a_dataset(order="exy")
    dataset.variance = np.random.default_rng(0).random(dataset.shape)
    found = round_trip(dataset, tmp_path / "a.h5")

    np.testing.assert_array_equal(found.variance.compute(), dataset.variance.compute())


def test_a_point_cloud_comes_back(tmp_path):
    coordinates = np.array([[0.5, 1], [3, 0.25], [2, 2], [7, 1.5]])
    dataset = sidpy.Dataset.from_array(
        np.arange(12.0).reshape(4, 3), datatype="POINT_CLOUD", coordinates=coordinates
    )
    found = round_trip(dataset, tmp_path / "a.h5")

    assert found.data_type is sidpy.DataType.POINT_CLOUD
    np.testing.assert_array_equal(found.point_cloud["coordinates"], coordinates)
    np.testing.assert_array_equal(found.compute(), dataset.compute())


def test_values_stay_single_precision_where_that_is_enough(tmp_path):
    dataset = a_dataset(order="e")
    dataset.set_dimension(0, sidpy.Dimension([0.5, 1, 1.5, 2], "e", "q", "V", "SPECTRAL"))
    round_trip(dataset, tmp_path / "a.h5")
    round_trip(a_dataset(order="e"), tmp_path / "b.h5")

    with h5py.File(tmp_path / "a.h5") as single, h5py.File(tmp_path / "b.h5") as double:
        address = "Measurement_000/Channel_000/Spectroscopic_Values"

        assert single[address].dtype == np.float32
        assert double[address].dtype == np.float64


def test_what_was_written_is_a_main_dataset_of_the_released_model(tmp_path):
    write_usid(
        {"a": a_dataset(), "b": a_dataset(order="yx")}, tmp_path / "a.h5", compression="gzip"
    )
    with h5py.File(tmp_path / "a.h5") as file:
        assert list(file) == ["Measurement_000"]
        assert list(file["Measurement_000"]) == ["Channel_000", "Channel_001"]
        main = USIDataset(file["Measurement_000/Channel_000/Raw_Data"])

        assert main.compression == "gzip"
        assert main.n_dim_labels == ["y", "x", "e"]
        assert main.pos_dim_descriptors == ["y (µm)", "x (µm)"]
        assert "pyUSID_version" in file["Measurement_000/Channel_000"].attrs


def test_a_second_measurement_can_be_added(tmp_path):
    for _ in range(2):
        write_usid({"a": a_dataset()}, tmp_path / "a.h5")

    assert len(read_usid(tmp_path / "a.h5")) == 2
    assert len(read_usid(tmp_path / "a.h5", dataset="Measurement_001")) == 1


def test_reading_is_lazy_and_holds_no_file(tmp_path):
    path = tmp_path / "a.h5"
    dataset = a_dataset()
    found = round_trip(dataset, path)
    again = pickle.loads(pickle.dumps(found))

    with h5py.File(path, "r+") as file:  # nobody else has it open
        file["Measurement_000/Channel_000/Raw_Data"][0, 0] = -5

    assert again.compute()[0, 0, 0] == -5
    assert found[0, 0, 0].compute() == -5


# --- files of others ---------------------------------------------------------------


def test_old_files_are_read_like_new_ones(h5_main, fast_first):
    new, old = to_sidpy(h5_main), to_sidpy(fast_first)

    for found in (new, old):
        assert [found._axes[i].name for i in range(4)] == ["Y", "X", "Cycle", "Bias"]
        assert [found._axes[i].dimension_type.name for i in range(4)] == ["SPATIAL"] * 2 + [
            "SPECTRAL"
        ] * 2
        assert (found.title, found.quantity, found.units) == ("Raw_Data", "Current", "nA")
        np.testing.assert_array_equal(found.compute().reshape(6, 8), fast_first[()])
    assert new._axes[0].values.tolist() == [-70, 23]
    assert new._axes[2].units == "generic"


def test_images_have_their_rows_first_even_when_scanned_by_column(h5_file):
    data = np.arange(6).reshape(6, 1)
    pos = [Dimension("Y", "nm", 2), Dimension("X", "nm", 3)]
    found = to_sidpy(
        write_main_dataset(h5_file, data, "a", "q", "u", pos, Dimension("arb", "", 1))
    )

    assert [found._axes[i].name for i in range(2)] == ["Y", "X"]
    assert found.data_type is sidpy.DataType.IMAGE
    np.testing.assert_array_equal(found.compute(), [[0, 2, 4], [1, 3, 5]])


def test_attributes_become_metadata(h5_main):
    h5_main.parent.attrs["gain"] = 5
    h5_main.file["Measurement_000"].attrs["gain"] = 7
    h5_main.file["Measurement_000"].attrs["tip"] = b"Pt"
    found = to_sidpy(h5_main)

    assert found.metadata == {"gain": 5, "tip": "Pt"}
    assert found.original_metadata["/Measurement_000"] == {"gain": 7, "tip": "Pt"}
    assert found.original_metadata[h5_main.name]["quantity"] == "Current"


def test_sparse_positions_become_a_point_cloud(h5_file):
    y = Dimension("Y", "um", [1, 0, 2], mode=DimType.INCOMPLETE)
    x = Dimension("X", "nm", [5, 9, 7], mode=DimType.INCOMPLETE)
    h5_main = write_main_dataset(
        h5_file, np.arange(6.0).reshape(3, 2), "a", "q", "u", [x, y], Dimension("B", "V", 2)
    )
    found = to_sidpy(h5_main)

    assert found.data_type is sidpy.DataType.POINT_CLOUD
    assert found.point_cloud["labels"] == ["X", "Y"]
    np.testing.assert_array_equal(found.point_cloud["coordinates"], [[5, 1], [9, 0], [7, 2]])
    np.testing.assert_array_equal(found.compute(), h5_main[()])


def test_values_that_drift_are_kept_whole_with_a_warning(h5_main):
    h5_main.h5_pos_vals[5, 1] = 2.5
    with pytest.warns(UserWarning, match="no function of their own step"):
        found = to_sidpy(h5_main)

    assert found._axes[1].values.tolist() == [0, 1, 2]
    assert found.original_metadata["Position_Values"][1].tolist() == [0, 1, 2, 0, 1, 2.5]


def test_equal_labels_get_numbers(h5_file):
    dims = Dimension("X", "nm", 2), Dimension("X", "V", 3)
    found = to_sidpy(write_main_dataset(h5_file, np.ones((2, 3)), "a", "q", "u", *dims))

    assert [found._axes[i].name for i in range(2)] == ["X", "X_2"]


def test_files_without_main_datasets_are_refused(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["a"] = [1]
    with pytest.raises(UnrecognisedFile, match="no main dataset"):
        read_usid(path)
    with pytest.raises(UnrecognisedFile, match="nothing at 'b'"):
        read_usid(path, dataset="b")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is that of Linux")
def test_damaged_files_are_read_or_refused_and_nothing_else():
    path = pathlib.Path(__file__).parents[2] / "together/damage.py"
    spec = importlib.util.spec_from_file_location("damage", path)
    damage = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(damage)
    endings, words = damage.run(45, seed=7, reader="usid")

    bad = {n: (words[n], ending) for n, ending in endings.items() if damage.is_bad(ending)}
    assert not bad
    assert len(endings) == 45
    assert {"read", "refused"} <= set(endings.values())


def test_a_file_that_is_no_hdf5_names_itself(tmp_path):
    path = tmp_path / "a.h5"
    path.write_bytes(b"something else")
    with pytest.raises(CorruptFile, match=r"a\.h5.*damaged or cut short"):
        read_usid(path)


def test_the_plugin_says_what_it_can():
    [reader], [writer] = plugin.sidpy_readers(), plugin.sidpy_writers()

    assert (reader.format, writer.format) == ("usid", "usid")
    assert reader.reader == "pyUSID.io.files:read_keyed"
    assert writer.writer == "pyUSID.io.files:write_usid"
    assert set(reader.extensions) == {".h5", ".hdf5", ".hf5"}


@pytest.mark.filterwarnings("ignore::sidpy.errors.PluginWarning")
def test_the_host_finds_reader_and_writer(tmp_path):
    path = sidpy.write(a_dataset(), tmp_path / "scan.h5", format="usid")
    [found] = sidpy.read(path).values()

    np.testing.assert_array_equal(found.compute(), a_dataset().compute())
    assert found.history[-1].parameters["reader"] == "usid"


@pytest.mark.filterwarnings("ignore::sidpy.errors.PluginWarning")
def test_main_datasets_are_found_at_any_depth(tmp_path, data, dims):
    path = tmp_path / "scan.h5"
    for address in ("/", "a", "a/b/c/d/e"):
        with h5py.File(path, "w") as file:
            write_main_dataset(file.require_group(address), data, "deep", "q", "u", *dims)

        assert [item.title for item in sidpy.read(path).values()] == ["deep"]


@pytest.mark.vendor
def test_a_sparse_file_of_the_public_samples(vendor_data):
    found = read_usid(vendor_data / "usid/pycroscopy/sparse_sampling.h5")

    assert [item.title for item in found].count("Raw_Data") == 2
    for item in found:
        assert item.data_type is sidpy.DataType.POINT_CLOUD
        assert item.point_cloud["coordinates"].shape == (8, 2)
        assert np.isfinite(item.compute()).all()
    assert found[0]._axes[1].name == "Frequency"
    assert found[0]._axes[1].units == "kHz"
