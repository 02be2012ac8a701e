"""Datasets of any kind, for tests of what must come back as it was.

`everything` has the whole range; `datasets` has what every model of a file and every other
library can hold, and takes as arguments what more is wanted.
"""

from __future__ import annotations

import datetime as dt
import math
import pathlib
from importlib.util import find_spec

import dask.array as da
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import sidpy
from sidpy.sid import plain
from sidpy.sid.provenance import Step
from sidpy.sid.structures import is_atoms
from sidpy.sid.trees import same_tree

# ---------------------------------------------------------------- numbers

NUMBERS = st.one_of(
    hnp.boolean_dtypes(), hnp.integer_dtypes(endianness="?"), hnp.floating_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"), hnp.complex_number_dtypes(endianness="?"),
)  # fmt: skip
PLAIN_DTYPES = st.one_of(
    NUMBERS, hnp.byte_string_dtypes(max_len=3), hnp.unicode_string_dtypes(max_len=3),
    hnp.datetime64_dtypes(), hnp.timedelta64_dtypes(),
)  # fmt: skip
DTYPES = PLAIN_DTYPES | hnp.array_dtypes(
    hnp.integer_dtypes() | hnp.floating_dtypes(sizes=(32, 64)), max_size=2
)
STRUCTURED = hnp.nested_dtypes(PLAIN_DTYPES, max_leaves=6, max_itemsize=400).filter(
    lambda dtype: dtype.subdtype is None
)
ALL_DTYPES = PLAIN_DTYPES | STRUCTURED
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)
ALL_SHAPES = st.one_of(
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    hnp.array_shapes(min_dims=4, max_dims=9, min_side=0, max_side=2),
)

# ---------------------------------------------------------------- labels

WORDS = st.text(max_size=6).map(str.strip)
NAMES = st.text(min_size=1, max_size=5).filter(str.strip)
ODD_NAMES = st.sampled_from(
    ["none", "/", "a/b", ".", "..", "d", "T", "values", "mean", "metadata", "provenance", "_nsid",
     "Structure_000", "variance", "record", "Log_x", "x-y", "日本", "µ", "nul\0", "é", "e\u0301"]
)  # fmt: skip
AXES = st.floats(allow_nan=False)
ALL_AXES = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 5e-324])

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5),
    st.complex_numbers(allow_nan=False), st.binary(max_size=5),
    st.datetimes(), st.just(dt.timedelta(1)),
)  # fmt: skip
ZONES = st.one_of(
    st.none(), st.timezones(),
    st.integers(-86_399, 86_399).map(lambda s: dt.timezone(dt.timedelta(seconds=s))),
)  # fmt: skip
ARRAYS = hnp.arrays(ALL_DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
SIMPLE = st.one_of(
    LEAVES, st.floats(), st.complex_numbers(), st.decimals(), st.fractions(), st.uuids(),
    st.datetimes(timezones=ZONES), st.dates(), st.times(), st.timedeltas(),
    st.integers(-(10**40), 10**40), st.binary(min_size=1000, max_size=1100),
    st.integers(0, 2000).map("µ".__mul__),
)  # fmt: skip
HASHABLE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=4), st.binary(max_size=3),
    st.datetimes(timezones=ZONES), st.tuples(st.integers(), st.text(max_size=2)),
)  # fmt: skip
ALL_LEAVES = st.one_of(
    SIMPLE, ARRAYS, ARRAYS.map(lambda array: array.ravel()[0] if array.size else array),
    st.sets(HASHABLE, max_size=3), st.frozensets(HASHABLE, max_size=3),
    st.builds(bytearray, st.binary(max_size=4)), st.just(...), st.just(pathlib.Path("a/µ")),
    st.builds(slice, st.none() | st.integers()), st.just(range(1, 9, 2)), ALL_DTYPES,
    st.sampled_from(list(sidpy.DataType)), st.just(np.arange(700.0)),
    st.just(np.ma.masked_array([1, 2, 3], [True, False, False], fill_value=7)),
    st.lists(SIMPLE, max_size=3).map(lambda items: _objects(items)),  # noqa: PLW0108 - defined below
)  # fmt: skip
KEYS = st.text(max_size=4) | st.integers()


def trees(leaves, keys):
    """Dictionaries of anything, nested."""
    return st.dictionaries(
        keys,
        st.recursive(
            leaves,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.lists(inner, max_size=3).map(tuple)
                | st.dictionaries(keys, inner, max_size=3)
            ),
            max_leaves=5,
        ),
        max_size=4,
    )


TREES = trees(LEAVES, KEYS)
ALL_TREES = trees(ALL_LEAVES, KEYS | HASHABLE | st.just("$"))


def _objects(items):
    array = np.empty(len(items), object)
    for i, item in enumerate(items):
        array[i] = item
    return array


@st.composite
def structures(draw):
    """A crystal structure: a dictionary, or an ase.Atoms where ase is installed."""
    count = draw(st.integers(0, 4))
    coordinate = st.floats(-100, 100)
    positions = draw(hnp.arrays(float, (count, 3), elements=coordinate))
    numbers = draw(st.lists(st.integers(1, 92), min_size=count, max_size=count))
    if find_spec("ase") is None or draw(st.booleans()):
        return {"unit_cell": np.eye(3), "elements": numbers, "base": positions}
    from ase import Atoms

    lengths = draw(st.lists(st.floats(1, 50), min_size=3, max_size=3))
    periodic = draw(st.lists(st.booleans(), min_size=3, max_size=3))
    info = draw(st.dictionaries(st.text(min_size=1, max_size=4), LEAVES, max_size=2))
    return Atoms(numbers, positions, cell=lengths, pbc=periodic, info=info)


# ---------------------------------------------------------------- datasets


@st.composite
def datasets(
    draw, *, dtypes=DTYPES, shapes=SHAPES, names=NAMES, unique=True, axes=AXES, metadata=TREES,
    more=False,
):  # fmt: skip
    """A dataset; `unique` names of dimensions get a number.

    With `more` it has operations behind it, and may have crystal structures, a point cloud,
    attributes of the user and a variance of any type.
    """
    array = draw(hnp.arrays(draw(dtypes), draw(shapes)))
    dataset = sidpy.Dataset.from_array(
        array, title=draw(WORDS), units=draw(WORDS), quantity=draw(WORDS), modality=draw(WORDS),
        source=draw(WORDS), datatype=draw(st.sampled_from(["UNKNOWN", "IMAGE", "SPECTRUM"])),
    )  # fmt: skip
    if more and draw(st.booleans()):
        dataset = dataset.T if draw(st.booleans()) else dataset[...].T.T
    labels = dataset.labels_record
    dimensions = []
    for axis, length in enumerate(dataset.shape):
        name = draw(names).strip()
        name = f"{name} {axis}" if unique else name
        values = draw(hnp.arrays(float, length, elements=axes))
        kind = draw(st.sampled_from(list(sidpy.DimensionType)))
        dimension = sidpy.Dimension(1, name, dimension_type=kind).with_values(values)
        if more:
            dimension.quantity = draw(WORDS) or "generic"
            dimension.units = draw(WORDS) or "generic"
        dimensions.append(dimension)
    labels = labels.but(
        dimensions=tuple(dimensions),
        metadata=draw(metadata),
        original_metadata=draw(metadata),
        **(draw(_more(metadata, labels)) if more else {}),
    )
    dataset = sidpy.Dataset.from_labels(plain(dataset), labels)
    if more and draw(st.booleans()):
        dataset.variance = draw(hnp.arrays(draw(NUMBERS), dataset.shape))
    elif array.dtype.kind == "f" and draw(st.booleans()):
        dataset.variance = np.ones(dataset.shape)
    return dataset


@st.composite
def _more(draw, metadata, labels):
    """What few datasets have."""
    own = NAMES.filter(lambda name: not hasattr(sidpy.Dataset, name))
    steps = labels.provenance
    if draw(st.booleans()):
        steps = steps.then(Step("acme.filter", "acme", "1.0", draw(metadata), time_ns=17))
    points = st.fixed_dictionaries({"coordinates": ARRAYS, "units": WORDS})
    return {
        "provenance": steps,
        "structures": draw(st.dictionaries(NAMES.map(str.strip), structures(), max_size=2)),
        "point_cloud": draw(st.none() | points),
        "extras": draw(st.dictionaries(own, ALL_LEAVES | metadata, max_size=2)),
    }


def everything():
    """A dataset with any dtype, shape, axes, names and metadata."""
    return datasets(
        dtypes=ALL_DTYPES, shapes=ALL_SHAPES, names=NAMES | ODD_NAMES, unique=False,
        axes=ALL_AXES, metadata=ALL_TREES, more=True,
    )  # fmt: skip


# ---------------------------------------------------------------- the same


def assert_identical(back, dataset, *, history=True):
    """Assert that a dataset is another one, bit by bit and label by label, and lazy."""
    mine, theirs = dataset.labels_record, back.labels_record
    for field in ("title", "quantity", "units", "data_type", "modality", "source"):
        assert getattr(mine, field) == getattr(theirs, field)
    for one, other in zip(mine.dimensions, theirs.dimensions, strict=True):
        assert alike(one, other), (one, other)
    for field in ("metadata", "original_metadata", "point_cloud", "extras", "structures"):
        assert alike(getattr(mine, field), getattr(theirs, field)), (
            getattr(mine, field),
            getattr(theirs, field),
        )
    if history:
        assert same_tree(mine.provenance.rows(), theirs.provenance.rows())
    assert (mine.variance is None) == (theirs.variance is None)
    if mine.variance is not None:
        assert mine.variance.dtype == theirs.variance.dtype
        assert same(mine.variance.compute(), theirs.variance.compute())
    assert back.dtype == dataset.dtype
    assert isinstance(back, da.Array)
    assert same(back.compute(), dataset.compute())


def alike(one, other):
    """Whether values are equal type for type: 1 is not 1.0, nor a tuple a list, NaN is NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return alike(list(one), list(other)) and alike([*one.values()], [*other.values()])
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, set | frozenset):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    if is_atoms(one):
        return alike(one.todict(), other.todict()) and alike(one.info, other.info)
    if isinstance(one, sidpy.Dimension):
        labels = ("name", "quantity", "units", "dimension_type", "values")
        return all(alike(getattr(one, name), getattr(other, name)) for name in labels)
    if isinstance(one, np.ma.MaskedArray):
        return repr(one) == repr(other)
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and same(np.asarray(one), np.asarray(other))
    return repr(one) == repr(other)  # which tells -0.0 from 0.0 and knows zones


def same(one, other):
    """Whether arrays are equal bit by bit; what lies between fields may differ."""
    if one.dtype.hasobject:
        return one.shape == other.shape and alike(one.ravel().tolist(), other.ravel().tolist())
    if one.dtype.fields:
        return one.shape == other.shape and repr(one.tolist()) == repr(other.tolist())
    if one.ndim == 0 and one.dtype.kind in "SU":  # computes to its own length, without padding
        return one.shape == other.shape and one.tolist() == other.tolist()
    return one.shape == other.shape and one.tobytes() == other.tobytes()
