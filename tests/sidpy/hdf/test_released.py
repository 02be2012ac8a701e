"""What the released 0.12.9 does with the same input: recorded from runs, not from its text."""

import datetime as dt
import enum

import dask.array as da
import h5py
import numpy as np
import pytest
from h5py import h5a, h5t

from sidpy import DimensionType
from sidpy.hdf import dtype_utils as dtypes
from sidpy.hdf import hdf_utils, prov_utils

PAIR = np.dtype([("a", "f4"), ("b", "i4")])


class Color(enum.Enum):
    RED = 1


def form(h5, name="key"):
    """Return how an attribute lies in the file: type, length and character set, shape."""
    attribute = h5a.open(h5.id, name.encode())
    kind = attribute.get_type()
    if not isinstance(kind, h5t.TypeStringID):
        return str(attribute.dtype), attribute.shape
    length = "any" if kind.is_variable_str() else kind.get_size()
    charset = {h5t.CSET_ASCII: "ascii", h5t.CSET_UTF8: "utf-8"}[kind.get_cset()]
    return f"text of {length}, {charset}", attribute.shape


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("abc", ("text of any, utf-8", ())),
        ("µm Å", ("text of any, utf-8", ())),
        ("", ("text of any, utf-8", ())),
        ("x" * 70_000, ("text of any, utf-8", ())),
        (Color.RED, ("text of any, utf-8", ())),
        (DimensionType.SPATIAL, ("text of any, utf-8", ())),
        (b"raw", ("text of any, ascii", ())),
        (np.bytes_(b"x"), ("text of 1, ascii", ())),
        (3, ("int64", ())),
        (2**62, ("int64", ())),
        (2.5, ("float64", ())),
        (True, ("bool", ())),
        (1 + 2j, ("complex128", ())),
        (np.int8(1), ("int8", ())),
        (np.float16(1), ("float16", ())),
        (np.complex64(1j), ("complex64", ())),
        ([1, 2], ("int64", (2,))),
        ((1, 2), ("int64", (2,))),
        ([1, 2.5], ("float64", (2,))),
        ([True, False], ("bool", (2,))),
        ([np.float32(1)], ("float32", (1,))),
        (range(3), ("int64", (3,))),
        ([], ("float64", (0,))),
        ([[1, 2], [3, 4]], ("int64", (2, 2))),
        (np.zeros((0, 3)), ("float64", (0, 3))),
        (np.arange(3, dtype=">i2"), (">i2", (3,))),
        (np.zeros(2, PAIR), (str(PAIR), (2,))),
        (["a", "bb"], ("text of 2, ascii", (2,))),
        (["é", "bb"], ("text of 2, ascii", (2,))),
        (("a", "b"), ("text of 1, ascii", (2,))),
        (["a", 1], ("text of 1, ascii", (2,))),
        ([1.5, "bb"], ("text of 3, ascii", (2,))),
        (["a", None], ("text of 4, ascii", (2,))),
        (["", ""], ("text of 1, ascii", (2,))),
        ([b"a", b"b"], ("text of 1, ascii", (2,))),
        (np.array(["a", "bb"]), ("text of 2, ascii", (2,))),
        (np.array(["a", "b"], dtype=object), ("text of 1, ascii", (2,))),
        (np.array([b"a", b"bb"]), ("text of 2, ascii", (2,))),
        ([["a", "b"], ["c", "d"]], ("text of any, utf-8", (2, 2))),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_every_value_lies_in_the_file_as_there(h5, value, expected):
    hdf_utils.write_simple_attrs(h5, {"key": value})

    assert form(h5) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.str_("two"), ("text of any, utf-8", ())),
        (np.array(5), ("int64", ())),
        (np.array(["é", "b"]), ("text of 2, ascii", (2,))),
        (np.array([["a", "b"], ["c", "d"]]), ("text of 1, ascii", (2, 2))),
        ([np.arange(2), np.arange(2)], ("int64", (2, 2))),
        (dt.datetime(2020, 1, 2, 3, 4, tzinfo=dt.UTC), ("text of any, utf-8", ())),
        (np.datetime64("2020-01-02"), ("text of any, utf-8", ())),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_values_that_are_lost_or_fail_there_are_written_here(h5, value, expected):
    hdf_utils.write_simple_attrs(h5, {"key": value})

    assert form(h5) == expected


def test_a_tree_has_the_same_groups(h5):
    tree = {"a": {"b": {"c": [1, 2]}, "e": {}}, "list": [{"x": 1}, {"y": "z"}, 3, "s"]}

    hdf_utils.write_simple_attrs(h5, tree)

    names = []
    h5.visit(names.append)
    assert names == ["a", "a/b", "a/e", "list", "list/0", "list/1"]
    assert form(h5["a/b"], "c") == ("int64", (2,))
    assert sorted(h5["list"].attrs) == ["2", "3"]


@pytest.mark.parametrize("name", [" a ", "a"])
def test_blanks_around_a_name_do_not_count(h5, name):
    h5.attrs["a"] = 1
    h5.create_dataset("cab", data=1)

    assert hdf_utils.get_attr(h5, name) == 1
    assert hdf_utils.find_dataset(h5, name) == [h5["cab"]]


def test_a_name_that_has_blanks_is_found_as_it_is(h5):
    h5.attrs[" a "] = 2

    assert hdf_utils.get_attr(h5, " a ") == 2


@pytest.mark.parametrize("function", [hdf_utils.get_attr, hdf_utils.find_dataset])
def test_a_blank_name_is_refused(h5, function):
    with pytest.raises(ValueError, match="should not be an empty string"):
        function(h5, " ")


@pytest.mark.parametrize(
    ("tool", "name"),
    [("Fit", "main-Fit_000"), ("Fit_", "main-Fit__000"), (" Fit ", "main-Fit_000")],
)
def test_results_are_named_dataset_tool_number(main, tool, name):
    assert prov_utils.create_results_group(main, tool).name == f"/measurement/{name}"


@pytest.mark.parametrize(
    ("parameters", "matches"),
    [
        ({"step": 1e-9}, True), ({"step": 5e-9}, False), ({"step": 1e-9 * (1 + 1e-9)}, False),
        ({"row": [1e-9, 2e-9]}, True), ({"row": [1e-9, 2e-9 * (1 + 1e-6)]}, True),
        ({"row": [1e-9, 2e-9 * 1.001]}, False), ({"row": [5e-9, 2e-9]}, False),
        ({"step": [1e-9, 1e-9]}, True), ({"row": 1e-9}, False), ({"row": [1e-9]}, False),
    ],
)  # fmt: skip
def test_small_parameters_differ_as_large_ones_do(h5, parameters, matches):
    hdf_utils.write_simple_attrs(h5, {"step": 1e-9, "row": [1e-9, 2e-9]})

    assert prov_utils.check_for_matching_attrs(h5, parameters) is matches


def test_the_source_of_results_is_a_dataset(h5):
    h5.create_group("sub")

    with pytest.raises(ValueError, match="'/sub' of '/sub-Fit_000' is no dataset"):
        prov_utils.get_source_dataset(h5.create_group("sub-Fit_000"))


@pytest.mark.parametrize(
    ("shape", "stacked"),
    [
        ((2,), ()), ((4,), (2,)), ((1, 2), ()), ((3, 2), (3,)), ((1, 4), (2,)),
        ((2, 1, 2), (2,)), ((2, 3, 4), (2, 3, 2)),
    ],
)  # fmt: skip
def test_stacking_to_fields_drops_axes_of_length_one(shape, stacked):
    assert dtypes.stack_real_to_compound(np.zeros(shape), PAIR).shape == stacked


@pytest.mark.parametrize(
    ("real", "stacked"),
    [("f2", "c8"), ("f4", "c8"), (">f4", "c8"), ("f8", "c16"), ("u1", "c16"), ("i8", "c16")],
)
def test_stacking_to_complex_keeps_the_precision(real, stacked):
    values = np.arange(4).astype(real).reshape(2, 2)

    found = dtypes.stack_real_to_complex(values)

    assert found.dtype == stacked
    assert dtypes.stack_real_to_complex(da.from_array(values)).dtype == stacked
    assert found.tolist() == [[1j], [2 + 3j]]


@pytest.mark.parametrize("value", [1 + 2j, np.complex128(1 + 2j), np.array(1 + 2j)])
def test_one_complex_number_becomes_two(value):
    assert dtypes.flatten_to_real(value).tolist() == [1, 2]


def test_one_stored_complex_number_becomes_two(h5):
    stored = h5.create_dataset("one", data=1 + 2j)

    assert dtypes.flatten_to_real(stored).tolist() == [1, 2]
    assert dtypes.flatten_to_real(stored, lazy=True).compute().tolist() == [1, 2]


def test_no_dtype_is_no_dtype():
    with pytest.raises(TypeError, match="found None"):
        dtypes.stack_real_to_target_dtype(np.eye(2), None)


def test_references_are_no_text(h5):
    h5.attrs["reference"] = h5.create_group("there").ref

    assert isinstance(hdf_utils.get_attr(h5, "reference"), h5py.Reference)
