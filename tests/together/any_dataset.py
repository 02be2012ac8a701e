"""Datasets of any kind, for tests of what must come back as it was."""

from __future__ import annotations

import datetime as dt

import dask.array as da
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import sidpy
from sidpy.sid.trees import same_tree

DTYPES = st.one_of(
    hnp.boolean_dtypes(), hnp.integer_dtypes(endianness="?"), hnp.floating_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(), hnp.complex_number_dtypes(), hnp.byte_string_dtypes(max_len=3),
    hnp.unicode_string_dtypes(max_len=3), hnp.datetime64_dtypes(),
    hnp.array_dtypes(hnp.integer_dtypes() | hnp.floating_dtypes(sizes=(32, 64)), max_size=2),
)  # fmt: skip
WORDS = st.text(max_size=6).map(str.strip)
NAMES = st.text(min_size=1, max_size=5).filter(str.strip)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5),
    st.complex_numbers(allow_nan=False), st.binary(max_size=5),
    st.datetimes(), st.just(dt.timedelta(1)),
)  # fmt: skip
KEYS = st.text(max_size=4) | st.integers()
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(KEYS, inner, max_size=3)
        ),
        max_leaves=5,
    ),
    max_size=4,
)


@st.composite
def datasets(draw):
    array = draw(
        hnp.arrays(draw(DTYPES), draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)))
    )
    dataset = sidpy.Dataset.from_array(
        array, title=draw(WORDS), units=draw(WORDS), quantity=draw(WORDS), modality=draw(WORDS),
        source=draw(WORDS), datatype=draw(st.sampled_from(["UNKNOWN", "IMAGE", "SPECTRUM"])),
    )  # fmt: skip
    names = draw(
        st.lists(NAMES.map(str.strip), min_size=array.ndim, max_size=array.ndim, unique=True)
    )
    kinds = st.sampled_from(list(sidpy.DimensionType))
    for axis, name in enumerate(names):
        values = draw(hnp.arrays(float, array.shape[axis], elements=st.floats(allow_nan=False)))
        # names of axes first: a default name may be the name of another axis
        dataset.rename_dimension(axis, f"{name} {axis}")
        dataset.set_dimension(
            axis, sidpy.Dimension(values, f"{name} {axis}", dimension_type=draw(kinds))
        )
    dataset.metadata = draw(TREES)
    dataset.original_metadata = draw(TREES)
    if array.dtype.kind == "f" and draw(st.booleans()):
        dataset.variance = np.ones(array.shape)
    return dataset


def assert_identical(back, dataset, *, history=True):
    """Assert that a dataset is another one, bit by bit and label by label, and lazy."""
    mine, theirs = dataset.labels_record, back.labels_record
    for field in ("title", "quantity", "units", "data_type", "modality", "source"):
        assert getattr(mine, field) == getattr(theirs, field)
    for one, other in zip(mine.dimensions, theirs.dimensions, strict=True):
        assert one == other
        assert one.dimension_type is other.dimension_type
    # repr tells 1 from 1.0 and True, a tuple from a list, and keeps the order
    for field in ("metadata", "original_metadata", "point_cloud", "extras"):
        assert repr(getattr(mine, field)) == repr(getattr(theirs, field))
    if history:
        assert same_tree(mine.provenance.rows(), theirs.provenance.rows())
    assert (mine.variance is None) == (theirs.variance is None)
    if mine.variance is not None:
        assert mine.variance.dtype == theirs.variance.dtype
        assert same(mine.variance.compute(), theirs.variance.compute())
    assert back.dtype == dataset.dtype
    assert isinstance(back, da.Array)
    assert same(back.compute(), dataset.compute())


def same(one, other):
    """Whether arrays are equal bit by bit; what lies between fields may differ."""
    if one.dtype.fields:
        return repr(one.tolist()) == repr(other.tolist())
    if one.ndim == 0 and one.dtype.kind in "SU":  # computes to its own length, without padding
        return one.shape == other.shape and one.tolist() == other.tolist()
    return one.shape == other.shape and one.tobytes() == other.tobytes()
