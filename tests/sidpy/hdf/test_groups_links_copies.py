"""Groups as dictionaries, links between objects, copies of datasets."""

import subprocess
import sys

import dask.array as da
import h5py
import numpy as np
import pytest

from sidpy.hdf import groups, hdf_utils


def test_a_dictionary_becomes_a_group_and_comes_back(h5):
    tree = {"a": 1, "words": ["x", "y"], "sub": {"b": 2.5, "deep": {}}}

    group = hdf_utils.write_dict_to_h5_group(h5, tree, "my data")
    read = hdf_utils.h5_group_to_dict(group)

    assert group.name == "/my_data"
    assert read["my_data"].pop("words").tolist() == ["x", "y"]
    assert read == {"my_data": {"a": 1, "sub": {"b": 2.5, "deep": {}}}}


def test_an_empty_dictionary_is_not_written(h5):
    assert hdf_utils.write_dict_to_h5_group(h5, {}, "nothing") is None
    assert "nothing" not in h5


@pytest.mark.parametrize(
    ("metadata", "name", "error", "match"),
    [
        (3, "x", TypeError, "metadata should be a dictionary"),
        ({"a": 1}, 4, TypeError, "group_name should be a string"),
        ({"a": 1}, " ", ValueError, "should not be an empty string"),
        ({"a": 1}, "taken", ValueError, "already has a member 'taken'"),
    ],
)
def test_write_dict_refuses(h5, metadata, name, error, match):
    h5.create_group("taken")

    with pytest.raises(error, match=match):
        hdf_utils.write_dict_to_h5_group(h5, metadata, name)


def test_each_reading_gives_an_independent_dictionary(h5):
    h5.create_group("one").attrs["a"] = 1
    h5.create_group("two").attrs["b"] = 2

    assert hdf_utils.h5_group_to_dict(h5["one"]) == {"one": {"a": 1}}
    assert hdf_utils.h5_group_to_dict(h5["two"]) == {"two": {"b": 2}}


def test_a_given_dictionary_is_added_to(h5):
    h5.create_group("one").attrs["a"] = 1

    assert hdf_utils.h5_group_to_dict(h5["one"], {"have": 0}) == {"have": 0, "one": {"a": 1}}


def test_a_dataset_among_the_groups_is_refused(h5, main):
    with pytest.raises(TypeError, match="'/measurement/main' is a dataset"):
        hdf_utils.h5_group_to_dict(h5["measurement"])
    with pytest.raises(TypeError, match="group_iter should be"):
        hdf_utils.h5_group_to_dict(main)
    with pytest.raises(TypeError, match="group_dict should be a dictionary"):
        hdf_utils.h5_group_to_dict(h5, 3)

    assert groups.read_tree(h5, skip_datasets=True) == {"measurement": {}}


def test_deep_and_circular_groups_are_read(h5):
    group = h5
    for _ in range(1200):
        group = group.create_group("d")
    group["up"] = h5["d"]

    tree = groups.read_tree(h5)
    for _ in range(1200):
        tree = tree["d"]

    assert tree == {"up": {}}


def test_is_editable(tmp_path, h5, main):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as closed:
        pass
    with h5py.File(path, "r") as read_only:
        assert hdf_utils.is_editable_h5(read_only) is False
    assert hdf_utils.is_editable_h5(closed) is False
    assert hdf_utils.is_editable_h5(main) is True
    with pytest.raises(TypeError, match="h5_obj should be"):
        hdf_utils.is_editable_h5(4)


def test_links_are_references_named_like_the_object_or_by_alias(h5, main):
    ancillary = h5.create_dataset("measurement/ancillary", data=[1, 2])
    group = h5.create_group("group")

    hdf_utils.link_h5_obj_as_alias(main, ancillary, "alias")
    hdf_utils.link_h5_objects_as_attrs(main, [ancillary, group])
    main.attrs["plain"] = 1

    assert sorted(main.attrs) == ["alias", "ancillary", "group", "plain"]
    assert h5[main.attrs["alias"]] == ancillary
    assert hdf_utils.get_auxiliary_datasets(main) == [ancillary, ancillary]
    assert hdf_utils.get_auxiliary_datasets(main, "alias") == [ancillary]
    with pytest.raises(KeyError, match="nope is not an attribute of"):
        hdf_utils.get_auxiliary_datasets(main, "nope")


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (("x", "h5", "a"), TypeError, "h5_main should be"),
        (("h5", "x", "a"), TypeError, "h5_ancillary should be"),
        (("h5", "h5", 4), TypeError, "alias_name should be a string"),
        (("h5", "h5", " "), ValueError, "should not be an empty string"),
    ],
)
def test_link_refuses(h5, arguments, error, match):
    arguments = [h5 if value == "h5" else value for value in arguments]

    with pytest.raises(error, match=match):
        hdf_utils.link_h5_obj_as_alias(*arguments)


def test_one_bad_link_leaves_none_written(main, new_file):
    other = new_file()

    with pytest.raises(TypeError, match="h5_objects should be"):
        hdf_utils.link_h5_objects_as_attrs(main, [main, 4])
    with pytest.raises(ValueError, match="Cannot link h5 objects across files"):
        hdf_utils.link_h5_objects_as_attrs(main, [main, other])

    assert not main.attrs


def test_objects_are_found_by_name(h5, main):
    found = hdf_utils.get_h5_obj_refs(["main", "measurement"], [main, main.parent, 4])

    assert found == [main, main.parent]
    assert hdf_utils.get_h5_obj_refs("main", main) == [main]
    with pytest.raises(TypeError, match="should be"):
        hdf_utils.get_h5_obj_refs([4], [main])


def test_a_copy_has_the_values_the_storage_and_the_plain_attributes(h5, new_file):
    original = h5.create_dataset("a/data", data=np.arange(100), chunks=(10,), compression="gzip")
    original.attrs["units"] = "nA"
    hdf_utils.link_h5_obj_as_alias(original, original, "itself")
    target = new_file()

    copy = hdf_utils.copy_dataset(original, target, alias="copy")

    assert copy.name == "/copy"
    assert (copy.chunks, copy.compression) == ((10,), "gzip")
    assert dict(copy.attrs) == {"units": "nA"}
    np.testing.assert_array_equal(copy[()], original[()])
    assert hdf_utils.copy_dataset(original, target, alias="copy") == copy


@pytest.mark.parametrize(
    "values", [np.array([0.0, np.nan]), np.array([b"a", b"b"]), np.float64(2)]
)
def test_equal_content_is_recognised(h5, values):
    original = h5.create_dataset("data", data=values)
    group = h5.create_group("copies")

    first = hdf_utils.copy_dataset(original, group)

    assert hdf_utils.copy_dataset(original, group) == first


def test_a_copy_replaces_nothing(h5, main):
    group = h5.create_group("copies")
    group.create_dataset("main", data=np.zeros((2, 3)))
    group.create_group("taken")

    with pytest.raises(ValueError, match="different contents"):
        hdf_utils.copy_dataset(main, group)
    with pytest.raises(TypeError, match="no dataset"):
        hdf_utils.copy_dataset(main, group, alias="taken")


def test_regions_stay_regions_in_another_file(h5, main, new_file):
    main.attrs["part"] = main.regionref[0:1, 1:3]
    target = new_file().create_dataset("t", data=np.arange(6.0).reshape(2, 3))

    hdf_utils.copy_attributes(main, target)
    assert not target.attrs

    hdf_utils.copy_attributes(main, target, skip_refs=False)
    np.testing.assert_array_equal(target[target.attrs["part"]], [[1, 2]])


def test_linked_datasets_are_copied_beside_the_target(h5, main, new_file):
    ancillary = h5.create_dataset("ancillary", data=[1, 2])
    hdf_utils.link_h5_obj_as_alias(main, ancillary, "alias")
    target = new_file().create_dataset("group/t", data=[0])

    hdf_utils.copy_linked_objects(main, target)

    np.testing.assert_array_equal(target.file[target.attrs["alias"]][()], [1, 2])
    assert target.file[target.attrs["alias"]].name == "/group/alias"


def test_a_link_to_a_group_of_another_file_copies_nothing(h5, main, new_file):
    hdf_utils.link_h5_obj_as_alias(main, main, "first")
    hdf_utils.link_h5_obj_as_alias(main, main.parent, "second")
    target = new_file().create_dataset("t", data=[0])

    with pytest.raises(NotImplementedError, match="only datasets are copied"):
        hdf_utils.copy_linked_objects(main, target)

    assert list(target.file) == ["t"]


def test_arrays_become_lazy(h5):
    stored = h5.create_dataset("c", data=np.arange(40).reshape(4, 10), chunks=(2, 10))
    lazy = da.ones(3)

    assert hdf_utils.lazy_load_array(stored).chunks == ((2, 2), (10,))
    assert isinstance(hdf_utils.lazy_load_array(np.eye(2)), da.Array)
    assert hdf_utils.lazy_load_array(lazy) is lazy
    with pytest.raises(TypeError, match="found list"):
        hdf_utils.lazy_load_array([1])


TREE = """\
/
├ measurement
  -----------
  ├ main
  ├ other
    -----
    ├ x
"""


def test_print_tree_gives_exactly_this_text(h5, main, capsys):
    h5.create_dataset("measurement/other/x", data=1)

    hdf_utils.print_tree(h5)
    assert capsys.readouterr().out == TREE

    hdf_utils.print_tree(h5, rel_paths=True)
    assert capsys.readouterr().out.split() == [
        "/", "measurement", "measurement/main", "measurement/other", "measurement/other/x",
    ]  # fmt: skip
    with pytest.raises(TypeError, match="found Dataset"):
        hdf_utils.print_tree(main)


def test_datasets_are_found_by_a_part_of_the_last_name(h5, main):
    h5.create_dataset("measurement/domain", data=1)
    h5.create_dataset("main_group/Main", data=1)

    assert [d.name for d in hdf_utils.find_dataset(h5, "main")] == [
        "/measurement/domain", "/measurement/main",
    ]  # fmt: skip
    with pytest.raises(TypeError, match="found Dataset"):
        hdf_utils.find_dataset(main, "x")
    with pytest.raises(TypeError, match="dset_name should be a string"):
        hdf_utils.find_dataset(h5, 3)


def test_importing_the_helpers_loads_neither_h5py_nor_dask():
    code = (
        "import sys; from sidpy.hdf import hdf_utils, prov_utils, dtype_utils, reg_ref; "
        "sys.exit({'h5py', 'dask', 'scipy', 'matplotlib'} & set(sys.modules) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.stderr.strip() == ""
    assert done.returncode == 0
