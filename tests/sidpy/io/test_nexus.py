"""Datasets as NeXus: the layout, what comes back, what is refused, what fails."""

import datetime as dt
import itertools
import json

import dask.array as da
import h5py
import numpy as np
import pytest
from any_dataset import assert_identical, datasets
from hypothesis import given, settings

import sidpy
from sidpy.io.nexus import nexus_to_sidpy, sidpy_to_nexus_hdf5

_count = itertools.count()


@pytest.fixture
def scan():
    """Currents at 3 × 4 places, one axis of which is not linear."""
    dataset = sidpy.Dataset.from_array(
        da.arange(12, chunks=5, dtype="int16").reshape(3, 4),
        title="a scan", units="nA", quantity="Current", modality="STM", source="rig",
        datatype="image",
    )  # fmt: skip
    dataset.set_dimension(0, sidpy.Dimension([0.0, 1, 4], "y", "Length", "nm", "spatial"))
    dataset.set_dimension(1, sidpy.Dimension(4, "x", "Length", "nm", "spatial"))
    dataset.metadata = {"gain": 5, "when": dt.datetime(2026, 1, 2), 7: (1, 2j)}
    dataset.original_metadata = {"header": {"empty": None}}
    return dataset


@pytest.fixture
def path(tmp_path):
    return tmp_path / "scan.nxs"


def problems(file):
    """Return what the definition of NXdata, its annotations and those of NXroot forbid."""
    found = []
    if file.attrs.get("NX_class") != "NXroot":
        found.append("the root is no NXroot")
    group = file
    while group.attrs.get("NX_class") != "NXdata":
        name = group.attrs.get("default")
        if name not in group:
            return [*found, f"default={name!r} of {group.name} leads nowhere"]
        group = group[name]
    if group.parent.attrs.get("NX_class") != "NXentry":
        found.append("the NXdata is in no NXentry")
    return found + nxdata_problems(group)


def nxdata_problems(group):
    name = group.attrs["signal"]
    signal = group.get(name)
    if signal is None:
        return ["@signal names nothing"]
    axes = list(group.attrs.get("axes", []))
    errors = group.get(f"{name}_errors", signal)
    rules = {
        "the signal is no NX_NUMBER": signal.dtype.kind in "biufc",
        f"{len(axes)} axes for rank {signal.ndim}": len(axes) == signal.ndim,
        "the errors are of another shape": errors.shape == signal.shape,
    }
    for attribute in group.attrs:
        target = attribute.removesuffix("_indices")
        rules[f"@{attribute} describes nothing"] = target == attribute or target in group
    found = [problem for problem, kept in rules.items() if not kept]
    for number, axis in enumerate(axes):
        found += axis_problems(group, axis, number, signal.shape[number])
    return found


def axis_problems(group, name, number, length):
    axis = group[name]
    rules = {
        f"the axis {name} does not fit": axis.shape in ((length,), (length + 1,)),
        f"the axis {name} is no NX_NUMBER": axis.dtype.kind in "iuf",
        f"{name}_indices is not {number}": group.attrs.get(f"{name}_indices") == number,
        f"units of {name} are no text": isinstance(axis.attrs.get("units", ""), str),
    }
    return [problem for problem, kept in rules.items() if not kept]


# ---------------------------------------------------------------- the layout


def test_the_layout_is_that_of_the_released_package(scan, path):
    scan.variance = np.full((3, 4), 2.0, "f4")

    assert sidpy_to_nexus_hdf5(scan, path) == "/entry/data/data"

    with h5py.File(path) as file:
        assert set(file.attrs) == {
            "HDF5_Version", "creator", "default", "file_name", "file_time", "h5py_version",
            "NX_class",
        }  # fmt: skip
        assert dict(file["entry"].attrs) == {"NX_class": "NXentry", "default": "data"}
        assert set(file["entry"]) == {"title", "data", "sidpy_metadata"}
        assert file["entry/title"].asstr()[()] == "a scan"
        nxdata = file["entry/data"]
        assert set(nxdata) == {"data", "data_errors", "x", "y"}
        assert list(nxdata.attrs["axes"]) == ["y", "x"]
        assert (nxdata.attrs["y_indices"], nxdata.attrs["x_indices"]) == (0, 1)
        assert nxdata.attrs["x_indices"].dtype == np.int64
        assert nxdata["data"].dtype == np.int16
        assert dict(nxdata["data"].attrs) == {
            "units": "nA", "quantity": "Current", "data_type": "IMAGE", "modality": "STM",
            "source": "rig", "title": "a scan", "long_name": "Current (nA)",
        }  # fmt: skip
        assert nxdata["data_errors"].dtype == np.float64
        assert not nxdata["data_errors"].attrs
        assert np.all(nxdata["data_errors"][()] == 2)
        assert dict(nxdata["x"].attrs) == {
            "units": "nm", "quantity": "Length", "dimension_type": "SPATIAL",
            "long_name": "Length (nm)",
        }  # fmt: skip
        assert not nxdata["x"].is_scale
        collection = file["entry/sidpy_metadata"]
        assert set(collection) >= {"metadata", "original_metadata", "provenance"}
        texts = {name: json.loads(collection[name].asstr()[()]) for name in collection}
        assert texts["original_metadata"] == {"header": {"empty": None}}
        assert texts["metadata"] == {"gain": 5, "when": "2026-01-02T00:00:00", "7": [1, "2j"]}
        assert texts["provenance"]["sidpy"] == scan.provenance["sidpy"]
        text = h5py.check_string_dtype(collection["metadata"].dtype)
        assert (text.encoding, text.length, collection["metadata"].shape) == ("utf-8", None, ())


@settings(max_examples=25)
@given(datasets())
def test_any_dataset_comes_back_identical_and_lazily(dataset):
    name = f"nexus-{next(_count)}.nxs"
    with h5py.File(name, "w", driver="core", backing_store=False) as file:
        sidpy_to_nexus_hdf5(dataset, file)

        assert_identical(nexus_to_sidpy(file), dataset)


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (2, 1, 2, 3)])
@pytest.mark.parametrize("dtype", ["float32", "complex64", "uint8", "bool"])
def test_files_follow_the_definition_of_nxdata(path, shape, dtype):
    dataset = sidpy.Dataset.from_array(np.ones(shape, dtype))
    dataset.variance = np.ones(shape)
    sidpy_to_nexus_hdf5(dataset, path)

    with h5py.File(path) as file:
        assert problems(file) == []


def test_the_validator_sees_a_fault(scan, path):
    sidpy_to_nexus_hdf5(scan, path)
    with h5py.File(path, "r+") as file:
        file["entry/data"].attrs["x_indices"] = 0
        del file["entry/data/y"]
        file["entry/data/y"] = np.zeros((2, 2))
        del file.attrs["NX_class"]

        assert problems(file) == [
            "the root is no NXroot", "the axis y does not fit", "x_indices is not 1",
        ]  # fmt: skip


def test_names_that_clash_get_numbers_and_come_back_as_they_were(path):
    dataset = sidpy.Dataset.from_array(np.zeros((2, 3, 4, 5)))
    for axis, name in enumerate(["data", "none", "none", "a/b"]):
        dataset.set_dimension(axis, sidpy.Dimension(dataset.shape[axis], name))
    sidpy_to_nexus_hdf5(dataset, path)

    with h5py.File(path) as file:
        assert list(file["entry/data"].attrs["axes"]) == ["data_1", "none", "none_1", "a_b"]
    back = nexus_to_sidpy(path)
    assert [back._axes[i].name for i in range(4)] == ["data", "none", "none", "a/b"]


# ---------------------------------------------------------------- back again


def test_everything_comes_back_lazily_and_the_file_is_closed(scan, path):
    scan.variance = np.full((3, 4), 0.5)
    scan.point_cloud = {"coordinates": np.zeros((3, 2))}
    scan.extras_of_mine = [1, 2]
    sidpy_to_nexus_hdf5(scan, path, compression="gzip")
    back = nexus_to_sidpy(path)
    path.rename(path.with_suffix(".moved"))

    assert_identical_labels(back, scan)
    with pytest.raises(sidpy.errors.MissingFile):
        back.compute()
    path.with_suffix(".moved").rename(path)
    assert back == scan
    with h5py.File(path, "r+"):  # nobody holds it
        pass


def assert_identical_labels(back, scan):
    assert back.metadata == scan.metadata
    assert isinstance(back.metadata[7], tuple)
    assert back.original_metadata == scan.original_metadata
    assert back.provenance == scan.provenance
    assert back.extras_of_mine == [1, 2]
    assert back.point_cloud["coordinates"].shape == (3, 2)


def test_crystal_structures_come_back(scan, path):
    ase = pytest.importorskip("ase", reason="crystal structures need ase")
    scan.add_structure(ase.Atoms("MoS2", positions=np.eye(3), cell=[3, 3, 9]), "flake")
    sidpy_to_nexus_hdf5(scan, path)

    assert nexus_to_sidpy(path).structures["flake"] == scan.structures["flake"]


def test_what_somebody_changed_in_the_file_is_right(scan, path):
    sidpy_to_nexus_hdf5(scan, path)
    with h5py.File(path, "r+") as file:
        file["entry/data/data"].attrs["units"] = "pA"
        file["entry/data/x"].attrs["units"] = "um"
        del file["entry/sidpy_metadata/metadata"]
        file["entry/sidpy_metadata/metadata"] = '{"gain": 6}'
    back = nexus_to_sidpy(path)

    assert (back.units, back.x.units, back.metadata) == ("pA", "um", {"gain": 6})
    assert back.original_metadata == scan.original_metadata


def test_an_open_file_gives_and_takes_datasets(scan, path):
    with h5py.File(path, "w") as file:
        first = sidpy_to_nexus_hdf5(scan, file, "first", signal_name="counts")
        sidpy_to_nexus_hdf5(scan + 1, file, "second", "plot")

        assert first == file["first/data/counts"]
        assert file.attrs["default"] == "second"
        assert nexus_to_sidpy(file).compute()[0, 0] == 1
        assert nexus_to_sidpy(file, "first").compute()[0, 0] == 0
        assert nexus_to_sidpy(file, nxdata_path="first/data").h5_dataset == first
        assert nexus_to_sidpy(file, "second", "plot").title == "a scan_new"


def test_an_entry_is_replaced_and_others_stay(scan, path):
    sidpy_to_nexus_hdf5(scan, path, "first")
    sidpy_to_nexus_hdf5(scan, path, "second", mode="a")
    sidpy_to_nexus_hdf5(scan * 2, path, "second", mode="r+")

    assert nexus_to_sidpy(path, "first").compute()[0, 1] == 1
    assert nexus_to_sidpy(path, "second").compute()[0, 1] == 2


def test_a_dataset_can_replace_the_file_it_is_read_from(scan, path):
    sidpy_to_nexus_hdf5(scan, path)
    sidpy_to_nexus_hdf5(nexus_to_sidpy(path) * 2, path)

    assert nexus_to_sidpy(path).compute()[2, 3] == 22


def test_reading_and_writing_whole_files(scan, path):
    sidpy.write({"topography": scan, "z": scan, "current": scan * 2}, path)
    found = sidpy.read(path)

    assert list(found) == ["topography", "z", "current"]
    assert found["current"].compute()[0, 1] == 2
    assert [step.function for step in found["topography"].history][-1] == "sidpy.read"
    assert sidpy.explain(path).chosen == "nexus"
    with h5py.File(path) as file:
        assert problems(file) == []
        assert file.attrs["file_name"] == path.name
    scan.save(path, overwrite=True)
    assert list(sidpy.read(path)) == ["Channel_000"]


# ---------------------------------------------------------------- refused, failed


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("x", "f.nxs"), TypeError, "dataset must be a sidpy.Dataset, found str"),
        ((None, 3), TypeError, "h5_path should be a path or an open h5py.File, found int"),
        ((None, "f.nxs", 5), TypeError, "entry_name should be a string, found 5"),
        ((None, "f.nxs", " "), ValueError, "entry_name should be a name that HDF5 can have"),
        ((None, "f.nxs", "e", ".."), ValueError, "nxdata_name should be"),
        ((None, "f.nxs", "e", "title"), ValueError, "nxdata_name cannot be 'title'"),
        ((None, "f.nxs", "e", "d", "s", "q"), ValueError, "mode should be one of 'w', 'a'"),
        ((None, "f.nxs", "e", "d", "s", "r+"), FileNotFoundError, "no such file to add to"),
        ((None, "absent/f.nxs"), FileNotFoundError, "there is no folder .*absent"),
    ],
)
def test_a_wrong_argument_is_told(scan, tmp_path, monkeypatch, arguments, error, message):
    monkeypatch.chdir(tmp_path)
    arguments = tuple(scan if argument is None else argument for argument in arguments)

    with pytest.raises(error, match=message):
        sidpy_to_nexus_hdf5(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_not_replaced_unasked(scan, path):
    path.touch()

    with pytest.raises(FileExistsError, match="mode='x' asks for a new one"):
        sidpy_to_nexus_hdf5(scan, path, mode="x")


def test_a_file_that_cannot_be_written_is_told(scan, path):
    sidpy_to_nexus_hdf5(scan, path)
    with h5py.File(path, "r") as file, pytest.raises(ValueError, match="opened read-only"):
        sidpy_to_nexus_hdf5(scan, file)
    with pytest.raises(ValueError, match="the file is closed"):
        sidpy_to_nexus_hdf5(scan, file)
    with h5py.File(path, "r+") as file, pytest.raises(TypeError, match="found its group '/entry'"):
        sidpy_to_nexus_hdf5(scan, file["entry"])


def test_values_without_a_form_in_hdf5_are_refused_before_anything_is_written(path):
    objects = sidpy.Dataset.from_array(np.array([{}, None], dtype=object))

    with pytest.raises(ValueError, match="no form for values of type object"):
        sidpy_to_nexus_hdf5(objects, path)
    assert not path.exists()


def broken(scan):
    """Return a dataset the last block of which fails."""

    def fail(block, block_info=None):
        if block_info and block_info[0]["chunk-location"] != (0, 0):
            msg = "the detector burnt"
            raise RuntimeError(msg)
        return block

    lazy = da.ones((3, 4), chunks=(1, 4)).map_blocks(fail, dtype=float)
    return sidpy.Dataset.from_labels(lazy, scan.labels_record)


@pytest.mark.parametrize("mode", ["w", "a"])
def test_a_write_that_fails_changes_nothing(scan, path, mode):
    sidpy_to_nexus_hdf5(scan, path)

    with pytest.raises(RuntimeError, match="the detector burnt"):
        sidpy_to_nexus_hdf5(broken(scan), path, mode=mode)

    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert nexus_to_sidpy(path) == scan


def test_metadata_that_cannot_be_kept_is_named(scan, path):
    scan.metadata["probe"] = {"tip": object()}

    with pytest.warns(UserWarning, match=r"kept as their text only: \['metadata/probe/tip'\]"):
        sidpy_to_nexus_hdf5(scan, path)
    assert nexus_to_sidpy(path).metadata["probe"]["tip"].startswith("<object object")


def test_metadata_of_any_depth_is_kept(scan, path):
    deep = leaf = {}
    for _ in range(3000):
        leaf["in"] = leaf = {}
    dataset = sidpy.Dataset.from_labels(scan, scan.labels_record.but(metadata=deep))
    sidpy_to_nexus_hdf5(dataset, path)

    back, depth = nexus_to_sidpy(path).labels_record.metadata, 0
    while back:
        back, depth = back["in"], depth + 1
    assert depth == 3000


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"entry_path": "zz"}, "entry_path='zz' is no group .*there are 'entry'"),
        ({"nxdata_path": "zz"}, "nxdata_path='zz' is no group .*there are '/entry/data'"),
        ({"signal_name": "zz"}, "no signal 'zz' in '/entry/data'"),
        ({"entry_path": "/entry/sidpy_metadata"}, "there is no NXdata in '/entry/sidpy_metadata'"),
    ],
)
def test_what_is_not_there_is_told(scan, path, asked, message):
    sidpy_to_nexus_hdf5(scan, path)

    with pytest.raises(ValueError, match=message):
        nexus_to_sidpy(path, **asked)


def test_axes_that_do_not_fit_are_told(scan, path):
    sidpy_to_nexus_hdf5(scan, path)
    with h5py.File(path, "r+") as file:
        nxdata = file["entry/data"]
        del nxdata["x"]
        nxdata["x"] = np.zeros(5)
        with pytest.raises(ValueError, match=r"'/entry/data/x' .*shape \(5,\).* 4 positions"):
            nexus_to_sidpy(file)
        del nxdata["x"]
        nxdata["x"] = np.zeros((3, 4))
        with pytest.raises(NotImplementedError, match=r"shape \(3, 4\); .*one-dimensional"):
            nexus_to_sidpy(file)
        nxdata.attrs["axes"] = ["y"]
        with pytest.raises(ValueError, match=r"the axes \['y'\] .* has 2 dimensions"):
            nexus_to_sidpy(file)
        nxdata.attrs["axes"] = ["y", "z"]
        with pytest.raises(ValueError, match=r"the axis 'z' .*is not there"):
            nexus_to_sidpy(file)


def test_what_is_no_file_is_told(path, tmp_path):
    with pytest.raises(sidpy.errors.MissingFile, match="there is no such file"):
        nexus_to_sidpy(path)
    with pytest.raises(sidpy.errors.NotAFile, match="is a directory"):
        nexus_to_sidpy(tmp_path)
    path.write_bytes(b"no HDF5")
    with pytest.raises(sidpy.errors.CorruptFile, match="HDF5 cannot open it"):
        nexus_to_sidpy(path)
    with pytest.raises(TypeError, match="found int"):
        nexus_to_sidpy(3)
