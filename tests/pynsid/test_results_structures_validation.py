"""Groups of results, crystal structures, validation, the reader class, NeXus, addresses."""

import importlib
import inspect
import math
import subprocess
import sys

import h5py
import numpy as np
import pytest

import pyNSID
import sidpy
from pyNSID.fields import reconciled
from pyNSID.io import hdf_io, hdf_utils
from pyNSID.validate import is_main, problems, require_main
from sidpy.hdf.storage import chunk_shape

S, E, T = (sidpy.DimensionType[name] for name in ("SPATIAL", "SPECTRAL", "TEMPORAL"))


@pytest.fixture
def main(h5, iv_map):
    return hdf_io.write_nsid_dataset(iv_map, h5, main_data_name="d")


# ---------------------------------------------------------------- results


def test_results_are_numbered_with_and_without_a_name_in_any_order(h5, iv_map):
    names = [
        pyNSID.io.write_results(h5, dataset=iv_map, process_name=word).name
        for word in ("P", None, "P", None)
    ]

    assert names == ["/Log_P_000", "/Log_000", "/Log_P_001", "/Log_001"]


def test_results_hold_datasets_and_attributes(h5, iv_map):
    group = pyNSID.io.write_results(
        h5, dataset=[iv_map, iv_map.mean(axis=2)], attributes={"alpha": 1, "deep": {"b": 2}}
    )

    assert sorted(group) == ["IV_map", "deep", "mean_aggregate_IV_map"]
    assert group.attrs["alpha"] == 1
    assert group["deep"].attrs["b"] == 2
    assert {"machine_id", "platform", "timestamp", "sidpy_version", "pyNSID_version"} <= set(
        group.attrs
    )


def test_attributes_are_written_without_a_dataset(h5):
    assert pyNSID.io.write_results(h5, attributes={"a": 1}).attrs["a"] == 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, ValueError), ({"attributes": {}}, ValueError), ({"dataset": []}, ValueError),
        ({"dataset": np.eye(2)}, ValueError), ({"dataset": [3]}, TypeError),
        ({"attributes": 3}, TypeError), ({"attributes": {"a": 1}, "process_name": 3}, TypeError),
    ],
    ids=str,
)  # fmt: skip
def test_results_refuse(h5, options, error):
    with pytest.raises(error, match=r"should|results"):
        pyNSID.io.write_results(h5, **options)
    with pytest.raises(TypeError, match="h5_group should be"):
        pyNSID.io.write_results(3, attributes={"a": 1})
    assert list(h5) == []


def test_results_that_fail_leave_no_group(h5, iv_map):
    bad = sidpy.Dataset.from_array(np.array([None, 1]))

    with pytest.raises(ValueError, match="no form"):
        pyNSID.io.write_results(h5, dataset=[iv_map, bad])

    assert list(h5) == []


def test_an_empty_dataset_is_a_main_dataset_of_zeros(h5):
    empty = pyNSID.io.create_empty_dataset((2, 3), h5)

    assert empty.name == "/nDIM_Data/nDIM_Data"
    assert is_main(empty)
    np.testing.assert_array_equal(empty[()], np.zeros((2, 3)))
    with pytest.raises(ValueError, match="integers"):
        pyNSID.io.create_empty_dataset((2, 3.5), h5)
    with pytest.raises(TypeError, match="Iterable"):
        pyNSID.io.create_empty_dataset(3, h5)
    with pytest.raises(TypeError, match="h5_group should be"):
        pyNSID.io.create_empty_dataset((3,), 4)
    with pytest.raises(ValueError, match="already has"):
        pyNSID.io.create_empty_dataset((2, 3), h5)


# ---------------------------------------------------------------- structures


@pytest.fixture
def salt():
    ase = pytest.importorskip("ase", reason="ase is not installed")
    from ase.constraints import FixAtoms

    positions = np.random.default_rng(1).random((8, 3)) * 4
    atoms = ase.Atoms("NaCl" * 4, positions=positions, cell=[4, 5, 6], pbc=[True, False, True])
    atoms.info = {"note": ("a", 1)}
    atoms.set_tags(range(8))
    atoms.set_constraint(FixAtoms([1]))
    return atoms


def test_structures_come_back_atom_by_atom(h5, iv_map, salt):
    iv_map.structures["salt/1"] = salt
    back = hdf_utils.read_h5py_dataset(hdf_io.write_nsid_dataset(iv_map, h5))

    found = back.structures["salt/1"]
    assert list(back.structures) == ["salt/1"]
    assert found == salt
    assert found.info == salt.info
    np.testing.assert_array_equal(found.positions, salt.positions)
    np.testing.assert_array_equal(found.get_tags(), salt.get_tags())
    assert repr(found.constraints) == repr(salt.constraints)


def test_a_structure_in_a_group_of_its_own_keeps_the_order_of_its_atoms(h5, salt):
    group = hdf_io.add_crystal_structure(h5, salt, name="salt")
    stored = sidpy.hdf.groups.read_tree(group["salt"])
    found, name = hdf_utils.ase_from_dictionary({"salt": stored})

    assert (group.name, name) == ("/Structure_000", "salt")
    assert list(found.symbols) == list(salt.symbols)
    assert found.pbc.tolist() == salt.pbc.tolist()
    np.testing.assert_allclose(found.positions, salt.positions)
    assert group["salt"].attrs["elements"] == "Cl4Na4"


def test_a_structure_of_the_released_package_is_read_by_its_formula(salt):
    stored = {k: v for k, v in hdf_io.ase_to_dict(salt).items() if k not in ("numbers", "pbc")}

    found, _ = hdf_utils.ase_from_dictionary({"salt": stored})

    assert str(found.symbols) == "Cl4Na4"


def test_a_structure_larger_than_an_attribute_is_kept(h5, iv_map, salt):
    large = salt.repeat((8, 8, 8))
    group = h5.create_group("alone")
    hdf_io.structures_to_h5(group, {"large": large})

    found = pyNSID.structures.read_structures(group)["large"]

    assert len(found) == len(large) == 4096
    np.testing.assert_allclose(found.positions, large.positions)


def test_structures_refuse_what_they_are_not(h5):
    for call in (
        lambda: hdf_io.add_crystal_structure(h5, 3),
        lambda: hdf_io.add_crystal_structure(3, {}),
        lambda: hdf_io.structures_to_h5(h5, 3),
        lambda: hdf_io.ase_to_dict(3),
        lambda: hdf_utils.ase_from_dictionary(3),
        lambda: hdf_utils.ase_from_dictionary({"unit_cell": np.eye(3)}),
    ):
        with pytest.raises(TypeError, match=r"should be|expected"):
            call()


def test_without_ase_structures_are_their_dictionaries(h5, iv_map, salt, monkeypatch):
    iv_map.structures["salt"] = salt
    main = hdf_io.write_nsid_dataset(iv_map, h5)
    monkeypatch.setitem(sys.modules, "ase", None)

    back = hdf_utils.read_h5py_dataset(main)

    assert back.structures["salt"]["numbers"].tolist() == salt.numbers.tolist()
    with pytest.raises(sidpy.errors.MissingDependency, match="pip install ase"):
        hdf_utils.ase_from_dictionary({"a": hdf_io.ase_to_dict(salt)})


# ---------------------------------------------------------------- validation


def test_problems_gives_every_reason(h5, main):
    assert problems(main) == []
    assert is_main(main)
    del main.attrs["units"]
    main.attrs["source"] = 3
    main.dims[1].label = "nowhere"
    del h5["d/x"].attrs["quantity"]

    reasons = "; ".join(problems(main))

    assert "'units' is missing" in reasons
    assert "'source' is no text" in reasons
    assert "axis 1: there is no dataset 'nowhere'" in reasons
    assert "axis 0: its attribute 'quantity' is missing" in reasons
    with pytest.raises(sidpy.errors.NotNSID) as caught:
        require_main(main)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("value", [3, None, "text"])
def test_what_is_no_dataset_is_no_main_dataset(h5, value):
    assert hdf_utils.check_if_main(value) is False
    assert hdf_utils.check_if_main(h5) is False


def test_main_datasets_are_found_everywhere_in_order(h5, iv_map):
    hdf_io.write_nsid_dataset(iv_map, h5.create_group("b/deep"))
    hdf_io.write_nsid_dataset(iv_map, h5.create_group("a"))
    h5["plain"] = np.ones(3)

    assert [d.name for d in hdf_utils.get_all_main(h5)] == [
        "/a/IV_map/IV_map",
        "/b/deep/IV_map/IV_map",
    ]
    assert [d.name for d in hdf_utils.find_dataset(h5["a"], "IV")] == ["/a/IV_map/IV_map"]
    with pytest.raises(TypeError, match=r"parent should be a h5py\.File or h5py\.Group object"):
        hdf_utils.get_all_main(3)


def test_axes_are_linked(h5, main):
    new = h5["d"].create_dataset("new", data=np.zeros((2, 3, 4)))
    axes = {i: h5["d"][name] for i, name in enumerate(["x", "y", "bias"])}

    assert hdf_utils.link_as_main(new, axes) == new
    assert hdf_utils.link_as_main(new, axes) == new  # again, with no second scale
    assert [dim.label for dim in new.dims] == ["x", "y", "bias"]
    assert [len(dim) for dim in new.dims] == [1, 1, 1]


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda new, axes: (3, axes), TypeError, "h5_main should be a h5py.Dataset object"),
        (lambda new, axes: (new, [1]), TypeError, "dim_dict must be a dictionary"),
        (lambda new, axes: (new, {**axes, 1: 3}), TypeError,
         "Items in dictionary must all  be h5py.Datasets !"),
        (lambda new, axes: (new, {0: axes[0]}), ValueError, "Incorrect number of dimensions"),
        (lambda new, axes: (new, {0: axes[1], 1: axes[0], 2: axes[2]}), TypeError,
         "Dimension 0 has the following error_message"),
        (lambda new, axes: (new, {5: axes[0], 1: axes[1], 2: axes[2]}), KeyError, "0"),
    ],
)  # fmt: skip
def test_linking_refuses_and_changes_nothing(h5, main, change, error, match):
    new = h5["d"].create_dataset("new", data=np.zeros((2, 3, 4)))
    axes = {i: h5["d"][name] for i, name in enumerate(["x", "y", "bias"])}

    with pytest.raises(error, match=match):
        hdf_utils.link_as_main(*change(new, axes))

    assert [len(dim) for dim in new.dims] == [0, 0, 0]


def test_old_validators_answer(h5, main):
    axes = {i: h5["d"][name] for i, name in enumerate(["x", "y", "bias"])}

    assert hdf_utils.validate_h5_dimension(h5["d/x"], 2) == ""
    assert "wrong length" in hdf_utils.validate_h5_dimension(h5["d/x"], 3)
    assert hdf_utils.validate_h5_dimension(3, 3)
    assert hdf_utils.validate_main_and_dims((2, 3, 4), axes, h5["d"]) is True
    assert hdf_utils.validate_main_and_dims((2, 3, 5), axes, h5["d"]) is False
    assert hdf_utils.validate_main_and_dims((2, 3), axes, h5["d"]) is False
    with pytest.raises(TypeError, match="values of dim_dict"):
        hdf_utils.validate_main_and_dims((2,), {0: 3}, h5["d"])


# ---------------------------------------------------------------- the reader class


def test_the_reader_opens_read_only_and_honours_the_group(path, iv_map):
    with h5py.File(path, "w") as file:
        hdf_io.write_nsid_dataset(iv_map, file.create_group("a"))
        hdf_io.write_nsid_dataset(iv_map * 2, file.create_group("b"), main_data_name="double")
    path.chmod(0o444)

    with pyNSID.NSIDReader(path) as reader, h5py.File(path, "r") as other:
        everything = reader.read()
        part = reader.read(reader._h5_file["b"])
        one = reader.read(reader._h5_file["a/IV_map/IV_map"])

        assert reader.can_read()
        assert list(everything) == ["Channel_000", "Channel_001"]
        assert everything["Channel_000"].h5_dataset.file.mode == "r"
        assert [d.title for d in part.values()] == ["IV_map_new"]
        assert one.title == "IV_map"
        assert list(reader.read_all(recursive=False)) == []
        inner = reader.read_all(recursive=False, parent=reader._h5_file["b/double"])
        assert list(inner) == ["double"]
        with pytest.raises(TypeError, match=r"should be a h5py\."):
            reader.read(3)
        other.close()
    assert not everything["Channel_000"].h5_dataset  # closed with the reader


def test_the_reader_takes_an_open_file_and_leaves_it_open(h5, iv_map):
    hdf_io.write_nsid_dataset(iv_map, h5.create_group("a"))

    with pyNSID.NSIDReader(h5["a"]) as reader:
        assert len(reader.read()) == 1
    assert h5


def test_an_object_of_another_file_is_refused(path, h5, iv_map):
    with h5py.File(path, "w") as file:
        hdf_io.write_nsid_dataset(iv_map, file)
    with pyNSID.NSIDReader(path) as reader, pytest.raises(OSError, match="not in this file"):
        reader.read(h5)


def test_a_file_that_is_no_hdf5_is_an_error_of_the_family(tmp_path):
    path = tmp_path / "x.h5"
    path.write_bytes(b"no hdf5")

    with pytest.raises(sidpy.errors.CorruptFile, match="HDF5 cannot open it"):
        pyNSID.NSIDReader(path)
    with pytest.raises(FileNotFoundError):
        pyNSID.NSIDReader(tmp_path / "nothing.h5")


# ---------------------------------------------------------------- NeXus


def test_nexus_attributes_lead_from_the_root_to_the_numbers(path, iv_map):
    with h5py.File(path, "w") as file:
        main = hdf_io.write_nsid_dataset(iv_map, file.create_group("Measurement_000/Channel_000"))
        pyNSID.make_nexus_compatible(main)
        pyNSID.make_nexus_compatible(main)  # again

        node = file
        while "default" in node.attrs:
            node = node[node.attrs["default"]]
        assert node[node.attrs["signal"]] == main
        assert {"file_name", "file_time", "instrument", "creator", "NeXus_version",
                "HDF5_Version", "h5py_version", "default"} <= set(file.attrs)  # fmt: skip
        assert file.attrs["NeXus_version"] == "4.3.0"
        assert node["title"][()] == b"IV_map"
        assert hdf_utils.read_h5py_dataset(main) == iv_map


def test_nexus_refuses_what_is_no_main_dataset(h5):
    h5["plain"] = np.ones(3)

    with pytest.raises(ValueError, match="We need a h5py dataset"):
        pyNSID.make_nexus_compatible(3)
    with pytest.raises(sidpy.errors.NotNSID):
        pyNSID.make_nexus_compatible(h5["plain"])
    assert not h5.attrs
    assert list(h5) == ["plain"]


# ---------------------------------------------------------------- chunks, changes, addresses


@pytest.mark.parametrize(
    ("shape", "kinds"),
    [((256, 256, 1024), (S, S, E)), ((1024, 64, 64), (E, S, S)), ((64, 64, 99, 128), (S, S, E, E)),
     ((500, 2048, 2048), (T, S, S)), ((100_000_000,), (E,)), ((3, 5), (S, S)), ((4096, 999), ())],
)  # fmt: skip
def test_chunks_serve_images_and_spectra_alike(shape, kinds):
    chunk = chunk_shape(shape, 4, kinds)

    assert math.prod(chunk) * 4 <= 2**19
    assert all(0 < c <= n for c, n in zip(chunk, shape, strict=True))
    image = [i for i, kind in enumerate(kinds) if kind is S]
    if image and len(image) < len(shape):
        crossed = [-(-n // c) for n, c in zip(shape, chunk, strict=True)]
        by_image = math.prod(crossed[i] for i in image)
        by_spectrum = math.prod(n for i, n in enumerate(crossed) if i not in image)
        assert 0.5 <= by_image / by_spectrum <= 2


def test_nothing_changed_gives_the_very_object():
    exact = {"a": (1, 2), 5: None, "b": {"c": [1.0]}, "big": object(), "w": ["x", 1]}
    found = {"a": np.array([1, 2]), "b": {"c": np.array([1.0])}, "w": np.array(["x", "1"])}

    assert reconciled(exact, found, {"big"}) is exact


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"a": np.int64(2), "b": {"c": "t"}}, {"a": np.int64(2), "b": {"c": "t"}}),
        ({"a": np.int64(1)}, {"a": 1}),
        ({"a": np.int64(1), "b": {"c": "t"}, "n": 3}, {"a": 1, "b": {"c": "t"}, "n": 3}),
        ({"a": np.int64(1), "b": {}}, {"a": 1, "b": {}}),
        ({"a": np.int64(1), "b": "flat"}, {"a": 1, "b": "flat"}),
        ({"a": np.array([1, 1]), "b": {"c": "t"}}, {"a": [1, 1], "b": {"c": "t"}}),
    ],
)
def test_what_was_changed_is_taken_from_the_attributes(found, expected):
    result = reconciled({"a": 1, "b": {"c": "t"}}, found, set())

    assert {k: v.tolist() if hasattr(v, "tolist") else v for k, v in result.items()} == expected


SIGNATURES = {
    "pyNSID.io.hdf_io": {
        "add_crystal_structure": "h5_group input_structure name",
        "ase_to_dict": "atoms",
        "create_empty_dataset": "shape h5_group name",
        "structures_to_h5": "h5_group structures",
        "write_nsid_dataset": "dataset h5_group main_data_name verbose kwargs",
        "write_results": "h5_group dataset attributes process_name",
        "link_as_main": "h5_main dim_dict",
        "write_pynsid_book_keeping_attrs": "h5_object",
    },
    "pyNSID.io.hdf_utils": {
        "ase_from_dictionary": "tags",
        "check_if_main": "h5_main verbose",
        "find_dataset": "h5_group dset_name",
        "get_all_main": "parent verbose",
        "link_as_main": "h5_main dim_dict",
        "make_nexus_compatible": "h5_dataset",
        "read_h5py_dataset": "dset",
        "validate_h5_dimension": "h5_dim dim_length",
        "validate_main_and_dims": "main_shape dim_dict h5_parent_group",
        "write_pynsid_book_keeping_attrs": "h5_object",
    },
}


@pytest.mark.parametrize("module", SIGNATURES)
def test_released_names_have_the_released_parameters(module):
    for name, parameters in SIGNATURES[module].items():
        found = inspect.signature(getattr(importlib.import_module(module), name)).parameters
        assert list(found)[: len(parameters.split())] == parameters.split(), name


def test_released_addresses_resolve():
    assert pyNSID.hdf_io is hdf_io
    assert pyNSID.hdf_utils is hdf_utils
    assert pyNSID.io.write_nsid_dataset is hdf_io.write_nsid_dataset
    assert pyNSID.make_nexus_compatible is hdf_utils.make_nexus_compatible
    assert isinstance(pyNSID.__version__, str)
    assert importlib.import_module("pyNSID.__version__").version == pyNSID.__version__
    assert hdf_utils.pynsid_version == pyNSID.__version__
    assert int(pyNSID.__version__.partition(".")[0]) >= 1  # newer than 0.0.7.2
    assert not hasattr(pyNSID, "write_nsid_dataset")


def test_importing_loads_neither_h5py_nor_dask():
    code = (
        "import sys, pyNSID, pyNSID.plugin; "
        "sys.exit({'h5py', 'dask', 'scipy', 'matplotlib', 'ase'} & set(sys.modules) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.stderr.strip() == ""
    assert done.returncode == 0


def test_results_get_their_name_when_they_are_complete(h5, monkeypatch):
    from pyNSID import results

    seen = []
    original = results.write_nsid_dataset

    def watching(dataset, group):
        seen.append(sorted(h5))
        return original(dataset, group)

    monkeypatch.setattr(results, "write_nsid_dataset", watching)
    datasets = [sidpy.Dataset.from_array(np.arange(3.0), title=name) for name in ("one", "two")]
    group = results.write_results(h5, datasets, {"bins": 4}, process_name="fit")

    assert seen == [[], []]
    assert group.name == "/Log_fit_000"
    assert [one.h5_dataset.name for one in datasets] == [
        "/Log_fit_000/one/one",
        "/Log_fit_000/two/two",
    ]
