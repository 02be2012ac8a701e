"""Python values as attributes: the storage types of the released packages, and back."""

import datetime as dt
import enum

import h5py
import numpy as np
import pytest

from sidpy.hdf import attrs, hdf_utils


class Color(enum.Enum):
    RED = 1


def stored(h5, value):
    hdf_utils.write_simple_attrs(h5, {"key": value})
    return h5.attrs.get_id("key").dtype, h5.attrs["key"]


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (3, "int64"),
        (2.5, "float64"),
        (True, "bool"),
        (1j, "complex128"),
        (np.float32(1), "float32"),
        ([1, 2], "int64"),
        ((1, 2), "int64"),
        ([], "float64"),
        (np.eye(2), "float64"),
        ([[1, 2], [3, 4]], "int64"),
        (["a", "é"], "S2"),
        (["a", 1], "S1"),
        (np.array(["é", "b"]), "S2"),
    ],
    ids=repr,
)
def test_numbers_and_lists_have_the_dtype_and_shape_of_the_released_package(h5, value, dtype):
    found, read = stored(h5, value)

    assert found == np.dtype(dtype)
    assert np.shape(read) == np.shape(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("µm", "µm"),
        (np.str_("two"), "two"),
        (b"raw", "raw"),
        (Color.RED, "RED"),
        ("x" * 70_000, "x" * 70_000),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "2026-01-02T03:04:05+00:00"),
    ],
    ids=["str", "np.str_", "bytes", "enum", "long", "date", "datetime"],
)
def test_text_is_a_scalar_of_variable_length(h5, value, text):
    dtype, read = stored(h5, value)

    assert h5py.check_string_dtype(dtype).length is None
    assert read == text


def test_text_is_marked_as_utf8_and_bytes_as_ascii(h5):
    assert h5py.check_string_dtype(stored(h5, "text")[0]).encoding == "utf-8"
    assert h5py.check_string_dtype(stored(h5, b"bytes")[0]).encoding == "ascii"


def test_dictionaries_become_subgroups_and_none_is_left_out(h5):
    tree = {"a": {"b": {"c": 1}, "empty": {}}, "list": [{"x": 1}, {"y": 2}, 3], "nothing": None}

    hdf_utils.write_simple_attrs(h5, tree)

    assert dict(h5["a/b"].attrs) == {"c": 1}
    assert list(h5["a/empty"]) == []
    assert dict(h5["list"].attrs) == {"2": 3}
    assert dict(h5["list/0"].attrs) == {"x": 1}
    assert "nothing" not in h5.attrs


def test_keys_are_stripped_and_a_slash_stays(h5):
    hdf_utils.write_simple_attrs(h5, {" key ": 1, "a/b": 2})

    assert dict(h5.attrs) == {"key": 1, "a/b": 2}


def test_a_key_that_is_no_str_is_converted_with_a_warning(h5):
    with pytest.warns(UserWarning, match=r"keys that are no str.*\[5\]"):
        hdf_utils.write_simple_attrs(h5, {5: "five"})

    assert h5.attrs["5"] == "five"


@pytest.mark.parametrize(
    "value",
    [np.zeros(10_000), [1, [2, 3]], object(), {1, 2}, "end\0not"],
    ids=["64 kB", "ragged", "object", "set", "NUL"],
)
def test_what_hdf5_cannot_hold_is_named_in_a_warning(h5, value):
    with pytest.warns(UserWarning, match="were not written: deep/key"):
        hdf_utils.write_simple_attrs(h5, {"deep": {"key": value}})

    assert "key" not in h5["deep"].attrs


def test_verbose_writes_the_text_of_what_hdf5_cannot_hold(h5):
    with pytest.warns(UserWarning, match="as their str"):
        hdf_utils.write_simple_attrs(h5, {"key": {1}}, verbose=True)

    assert h5.attrs["key"] == "{1}"


def test_a_dataset_takes_a_flat_dictionary_only(main):
    with pytest.raises(ValueError, match="must be flat"):
        hdf_utils.write_simple_attrs(main, {"fine": 1, "nested": {"a": 1}})

    assert not main.attrs


def test_a_file_that_cannot_be_written_is_an_error_and_not_a_refused_value(tmp_path):
    h5py.File(tmp_path / "x.h5", "w").close()
    with h5py.File(tmp_path / "x.h5", "r") as file, pytest.raises(OSError, match="write"):
        hdf_utils.write_simple_attrs(file, {"a": [1, 2]})


@pytest.mark.parametrize(("target", "values"), [(3, {}), (None, {}), ("h5", [])])
def test_wrong_types_are_refused(h5, target, values):
    with pytest.raises(TypeError, match="should be a"):
        hdf_utils.write_simple_attrs(h5 if target == "h5" else target, values)


def test_a_tree_of_any_depth_is_written(h5):
    tree = {"value": 1}
    for _ in range(1500):
        tree = {"d": tree}

    assert attrs.write_tree(h5, tree) == []


def test_get_attr_gives_text_as_str(h5):
    h5.attrs["fixed"] = np.bytes_(b"one")
    h5.attrs["row"] = np.array([b"a", "é".encode()])
    h5.attrs["objects"] = np.array(["x", "y"], dtype=object)

    assert hdf_utils.get_attr(h5, "fixed") == "one"
    assert hdf_utils.get_attr(h5, "row").tolist() == ["a", "é"]
    assert hdf_utils.get_attr(h5, "row").dtype.kind == "U"
    assert hdf_utils.get_attr(h5, "objects").tolist() == ["x", "y"]


@pytest.mark.parametrize("strict", [False, True])
def test_a_missing_attribute_is_a_key_error(h5, strict):
    h5.attrs["there"] = 1

    with pytest.raises(KeyError, match="'nope' is not an attribute"):
        hdf_utils.get_attributes(h5, ["there", "nope"], strict=strict)
    with pytest.raises(KeyError, match="'nope' is not an attribute"):
        hdf_utils.get_attr(h5, "nope")
    with pytest.raises(TypeError, match="attr_name should be a string"):
        hdf_utils.get_attr(h5, 3)


def test_get_attributes_gives_all_or_some(h5):
    hdf_utils.write_simple_attrs(h5, {"a": 1, "b": "two"})

    assert hdf_utils.get_attributes(h5) == {"a": 1, "b": "two"}
    assert hdf_utils.get_attributes(h5, "b") == {"b": "two"}


def test_book_keeping_is_four_texts(h5):
    hdf_utils.write_book_keeping_attrs(h5)

    assert sorted(h5.attrs) == ["machine_id", "platform", "sidpy_version", "timestamp"]
    assert all(h5py.check_string_dtype(h5.attrs.get_id(n).dtype).length is None for n in h5.attrs)
    assert dt.datetime.strptime(h5.attrs["timestamp"], "%Y_%m_%d-%H_%M_%S")


@pytest.mark.parametrize("key", ["\0", "a\0b", "", "/a", "../a", "."])
def test_a_group_is_never_made_by_an_impossible_or_leading_out_name(h5, key):
    assert attrs.write_tree(h5, {key: {"inside": 1}, "good": {"inside": 2}}) == [key]
    assert list(h5) == ["good"]
