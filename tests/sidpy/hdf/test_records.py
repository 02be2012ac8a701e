"""What goes into a record comes out of it, type for type."""

import collections
import datetime as dt
import decimal
import enum
import fractions
import json
import math
import pathlib
import uuid
import zoneinfo

import dask.array as da
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sidpy import Dimension, DimensionType
from sidpy.hdf import records


class Color(enum.Enum):
    RED = 1


def identical(one, other):
    """Whether two values are equal, type for type, at every depth; NaN equals itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return identical_arrays(one, other)
    if isinstance(one, dict):
        return repr(list(one)) == repr(list(other)) and all(
            map(identical, one.values(), other.values())
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(identical, one, other))
    return repr(one) == repr(other) if isinstance(one, float | complex) else one == other


def identical_arrays(one, other):
    if isinstance(one, np.ma.MaskedArray):
        return identical(one.data, other.data) and identical(one.mask, other.mask)
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype.kind == "O":
        return all(map(identical, one.ravel().tolist(), other.ravel().tolist()))
    if one.dtype.fields:  # the bytes between the fields may be anything
        return repr(one.tolist()) == repr(other.tolist())
    return one.tobytes() == other.tobytes()


def round_trip(h5, value):
    group = h5.create_group("r")
    lossy = records.write_record(group, value)
    assert lossy == []
    return records.read_record(group)


_DTYPES = st.one_of(
    hnp.integer_dtypes(endianness="?"), hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64)), hnp.complex_number_dtypes(),
    hnp.boolean_dtypes(), hnp.datetime64_dtypes(), hnp.timedelta64_dtypes(),
    hnp.byte_string_dtypes(), hnp.unicode_string_dtypes(max_len=4),
    hnp.array_dtypes(hnp.integer_dtypes() | hnp.floating_dtypes(), max_size=3),
)  # fmt: skip
_ARRAYS = hnp.arrays(_DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(),
    st.binary(), st.datetimes(), st.dates(), st.times(), st.timedeltas(),
    st.decimals(allow_nan=False), st.fractions(), st.uuids(), _ARRAYS,
    hnp.arrays(np.float32, ()).map(lambda a: a[()]),
)  # fmt: skip
_KEYS = st.text() | st.integers() | st.booleans() | st.none() | st.tuples(st.integers())
TREES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(_KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_any_tree_comes_back_identical(tree):
    with h5py.File("records.h5", "w", driver="core", backing_store=False) as h5:
        assert identical(round_trip(h5, tree), tree)


@pytest.mark.parametrize(
    "value",
    [
        {"$": "not a kind"},
        {"": {"/": {".": 1}}},
        collections.OrderedDict(b=1, a=2),
        {1, 2},
        frozenset({"a"}),
        -0.0,
        2**200,
        b"x" * 5000,
        bytearray(b"x" * 5000),
        bytearray(b"x"),
        "text\0with\0nul \ud800",
        dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
        dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        decimal.Decimal("1.50"),
        fractions.Fraction(1, 3),
        uuid.UUID(int=7),
        range(1, 9, 2),
        slice(1, None, 2),
        slice(0.5, np.float32(1.5)),
        slice("1 nm", None, (2, 3)),
        ...,
        pathlib.Path("a/b"),
        Color.RED,
        DimensionType.SPECTRAL,
        np.dtype([("a", "f4")]),
        np.str_(""),
        np.datetime64("2026-01-02T03:04:05.123456789"),
        np.array(["", "é"]),
        np.array([1, "a", None, (1, 2), [3]], dtype=object),
        np.zeros((0, 3), "f4"),
        np.zeros(3, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
        np.ma.MaskedArray([1.0, 2.0], [True, False]),
        np.longdouble("0.1"),
        np.array(["ü" * 300] * 3),
        np.arange(5000, dtype=">i2").reshape(50, 100),
        np.arange(0, 400, dtype="M8[D]"),
        np.arange(300, dtype=np.longdouble),
        np.zeros(2000, bool),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_this_value_comes_back_identical(h5, value):
    assert identical(round_trip(h5, {"key": value}), {"key": value})


def test_a_dimension_comes_back_as_one(h5):
    dimension = Dimension([0, 1, 5], "bias", "Bias", "V", "spectral")

    back = round_trip(h5, [dimension])[0]

    assert type(back) is Dimension
    assert back == dimension
    assert back.dimension_type is DimensionType.SPECTRAL


def test_a_lazy_array_stays_in_the_file(tmp_path):
    lazy = da.arange(3000, chunks=1000).astype("M8[s]")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        records.write_record(file, {"lazy": lazy})
    with h5py.File(tmp_path / "x.h5", "r") as file:
        back = records.read_record(file)["lazy"]

    assert isinstance(back, da.Array)
    np.testing.assert_array_equal(back.compute(), lazy.compute())


@pytest.mark.parametrize("depth", [23, 24, 25, 200, 3000])
def test_nesting_of_any_depth_comes_back(depth):
    value = {"bottom": (1, [2])}
    for i in range(depth):
        value = {"a": value} if i % 2 else [value, i]

    back = records.decode_record(records.encode_record(value).text)
    for i in reversed(range(depth)):
        back = back["a"] if i % 2 else back[0]

    assert back == {"bottom": (1, [2])}


def test_a_value_that_contains_itself_is_refused():
    value = []
    value.append(value)

    with pytest.raises(ValueError, match="contains itself"):
        records.encode_record(value)


def test_what_cannot_be_kept_is_kept_as_text_and_its_key_reported(h5):
    class Strange:
        def __str__(self):
            return "strange"

    assert records.write_record(h5, {"a": [1, Strange()]}) == ["a/1"]
    assert records.read_record(h5) == {"a": [1, "strange"]}


def test_an_object_can_be_described_and_revived():
    class Point:
        def __init__(self, x):
            self.x = x

    encoded = records.encode_record([Point((1, 2))], lambda value: ("Point", value.x))
    back = records.decode_record(encoded.text, revive={"Point": Point})

    assert encoded.lossy == []
    assert back[0].x == (1, 2)


def test_a_kind_of_a_newer_program_is_handed_on_as_it_is():
    text = json.dumps({"version": 1, "value": {"a": {"$": "hologram", "v": 1}, "b": 2}})

    assert records.decode_record(text) == {"a": {"$": "hologram", "v": 1}, "b": 2}


@pytest.mark.parametrize("text", ['{"version": 99, "value": 1}', "[]", '{"value": 1}'])
def test_a_record_of_an_unknown_version_is_refused(text):
    with pytest.raises(ValueError, match="a record of version"):
        records.decode_record(text)


def test_no_module_is_imported_for_a_file(monkeypatch):
    text = json.dumps(
        {"version": 1, "value": {"$": "enum", "of": "antigravity:Fly", "name": "UP"}}
    )

    assert records.decode_record(text) == "UP"
    assert records.decode_record(text.replace("antigravity:Fly", "math:pi")) == "UP"
    assert math.pi > 3
