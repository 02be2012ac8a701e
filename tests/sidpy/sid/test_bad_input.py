"""Wrong arguments: the class of error that callers expect, what was given, what would fit.

Whatever is refused leaves the object as it was.
"""

import numpy as np
import pytest

import sidpy
from sidpy import Dimension
from sidpy.errors import SidpyError

# ---------------------------------------------------------------- Dimension


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((0,), TypeError, "values should at be integers > 1, found 0"),
        ((-3,), TypeError, "found -3"),
        (([],), TypeError, "values should not be an empty array"),
        ((np.zeros((2, 3)),), ValueError, r"Dimension can only be 1 dimensional.*\(2, 3\)"),
        ((5.0,), TypeError, "an int or a sequence of numbers, found 5.0"),
        ((None,), TypeError, "found None"),
        ((["a", "b"],), ValueError, "could not convert"),
        ((3, 7), TypeError, "name of a Dimension should be a str, found 7"),
        ((3, " "), ValueError, "name of a Dimension should not be blank"),
        ((3, "x", 7), TypeError, "quantity of a Dimension should be a str, found 7"),
        ((3, "x", ""), ValueError, "quantity of a Dimension should not be blank"),
        ((3, "x", "Length", 5), TypeError, "units of a Dimension should be a str, found 5"),
        ((3, "x", "Length", "\t"), ValueError, "units of a Dimension should not be blank"),
        ((3, "x", "Length", "nm", 4), TypeError, "dimension_type should be.*found 4"),
    ],
)
def test_dimension_refuses(arguments, error, match):
    with pytest.raises(error, match=match):
        Dimension(*arguments)


def test_an_unknown_type_warns_twice_and_is_unknown():
    with pytest.warns(UserWarning, match="imension") as caught:
        dimension = Dimension(3, dimension_type="wavy")

    texts = [str(warning.message) for warning in caught]
    assert "Supported dimension types for plotting are only: [" in texts[0]
    assert "'wavy'" in texts[0]
    assert "Setting DimensionType to UNKNOWN" in texts[1]
    assert dimension.dimension_type is sidpy.DimensionType.UNKNOWN


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("name", "y", AttributeError),
        ("values", [1], AttributeError),
        ("quantity", 3, TypeError),
        ("units", "", ValueError),
        ("dimension_type", 1.5, TypeError),
    ],
)
def test_attributes_of_a_dimension_refuse_and_stay(name, value, error):
    dimension = Dimension([1, 2, 4], "x", "Length", "nm", "spatial")
    before = dimension.copy()
    with pytest.raises(error):
        setattr(dimension, name, value)

    assert dimension == before
    assert dimension.dimension_type is before.dimension_type


# ---------------------------------------------------------------- making a Dataset


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"title": 3}, ValueError, "title should be a string, found 3"),
        ({"units": 3}, ValueError, "units should be a string, found 3"),
        ({"quantity": None}, ValueError, "quantity should be a string, found None"),
        ({"modality": []}, ValueError, r"modality should be a string, found \[\]"),
        ({"source": b"x"}, ValueError, "source should be a string, found b'x'"),
        ({"datatype": "hologram"}, Warning, "Supported data_types.*found 'hologram'"),
        ({"datatype": 4}, ValueError, "data_type should be a DataType.*found 4"),
        ({"datatype": "point_cloud"}, ValueError, "needs coordinates"),
        ({"variance": np.ones(3)}, ValueError, r"shape of the dataset \(2, 3\), found \(3,\)"),
        ({"chunks": "much"}, ValueError, "much"),
        ({"chunks": (5, 5, 5)}, ValueError, "hunks"),
    ],
)
def test_from_array_refuses(arguments, error, match):
    with pytest.raises(error, match=match):
        sidpy.Dataset.from_array(np.zeros((2, 3)), **arguments)


def test_from_array_needs_an_array_with_at_most_26_axes_and_one_shape():
    with pytest.raises(TypeError):
        sidpy.Dataset.from_array()
    with pytest.raises(IndexError, match="at most 26 dimensions"):
        sidpy.Dataset.from_array(np.zeros((1,) * 27))
    with pytest.raises(ValueError, match="inhomogeneous"):
        sidpy.Dataset.from_array([[1, 2], [3]])
    labels = sidpy.Dataset.from_array(np.zeros((2, 3))).labels_record
    with pytest.raises(SidpyError, match=r"\(2, 3\) cannot label an array of shape \(4,\)"):
        sidpy.Dataset.from_labels(np.zeros(4), labels)


# ---------------------------------------------------------------- what a Dataset refuses

#: call, error, what the message says
WRONG = {
    # labels
    "title": (lambda d: setattr(d, "title", 3), ValueError, "title.*found 3"),
    "units": (lambda d: setattr(d, "units", None), ValueError, "units.*found None"),
    "quantity": (lambda d: setattr(d, "quantity", 1.5), ValueError, "quantity.*found 1.5"),
    "modality": (lambda d: setattr(d, "modality", ["a"]), ValueError, "modality.*found"),
    "source": (lambda d: setattr(d, "source", {}), ValueError, "source.*found"),
    "data_type": (lambda d: setattr(d, "data_type", 3), ValueError, "data_type.*found 3"),
    "metadata": (lambda d: setattr(d, "metadata", 3), ValueError, "dictionary, found 3"),
    "original_metadata": (
        lambda d: setattr(d, "original_metadata", [1]), ValueError, "dictionary, found"
    ),
    "structures": (lambda d: setattr(d, "structures", 3), ValueError, "dictionary, found 3"),
    "variance shape": (
        lambda d: setattr(d, "variance", [1, 2]), ValueError, r"\(3, 4, 5\), found \(2,\)"
    ),
    "variance text": (
        lambda d: setattr(d, "variance", "much"), ValueError, r"\(3, 4, 5\), found \(\)"
    ),
    "h5_dataset": (lambda d: setattr(d, "h5_dataset", 3), TypeError, "h5py.Dataset, found 3"),
    "structure": (lambda d: d.add_structure([1, 2]), ValueError, "ase.Atoms.*found list"),
    # dimensions
    "set_dimension no dimension": (
        lambda d: d.set_dimension(0, [1, 2, 3]), TypeError, "sidpy.Dimension, found"
    ),
    "set_dimension no axis": (
        lambda d: d.set_dimension("x", Dimension(3)), TypeError, "integer, found 'x'"
    ),
    "set_dimension float": (
        lambda d: d.set_dimension(1.0, Dimension(4)), TypeError, "integer, found 1.0"
    ),
    "set_dimension bool": (
        lambda d: d.set_dimension(True, Dimension(4)), TypeError, "integer, found True"
    ),
    "set_dimension beyond": (
        lambda d: d.set_dimension(3, Dimension(3)), IndexError, "axes 0 to 2, found 3"
    ),
    "set_dimension negative": (
        lambda d: d.set_dimension(-1, Dimension(5)), IndexError, "found -1"
    ),
    "set_dimension length": (
        lambda d: d.set_dimension(0, Dimension(7, "n")), ValueError, "has 7 values, but axis 0"
    ),
    "set_dimension name": (
        lambda d: d.set_dimension(0, Dimension(3, "y")), ValueError, "already is called 'y'"
    ),
    "rename no axis": (lambda d: d.rename_dimension("x", "n"), TypeError, "integer, found 'x'"),
    "rename beyond": (lambda d: d.rename_dimension(5, "n"), IndexError, "found 5"),
    "rename no name": (lambda d: d.rename_dimension(0, 3), TypeError, "str, found 3"),
    "rename blank": (lambda d: d.rename_dimension(0, "  "), ValueError, "blank"),
    "rename taken": (lambda d: d.rename_dimension(0, "bias"), ValueError, "called 'bias'"),
    "x = list": (lambda d: setattr(d, "x", [1, 2, 3]), AttributeError, "by a Dimension only"),
    "x = longer": (
        lambda d: setattr(d, "x", Dimension(4, "x")), NotImplementedError, "has 3 values, found 4"
    ),
    "x = taken name": (
        lambda d: setattr(d, "x", Dimension(3, "y")), ValueError, "already is called 'y'"
    ),
    "number": (lambda d: d.get_dimension_by_number("x"), ValueError, "integers, found 'x'"),
    "numbers": (lambda d: d.get_dimension_by_number([0, 1.5]), ValueError, "found 1.5"),
    "number beyond": (lambda d: d.get_dimension_by_number(3), KeyError, "0 to 2, found 3"),
    "type": (lambda d: d.get_dimensions_by_type("wavy"), KeyError, "'wavy' is no dimension type"),
    "slope of a name": (lambda d: d.get_dimension_slope("x"), AttributeError, "found 'x'"),
    "slope beyond": (lambda d: d.get_dimension_slope(9), KeyError, "found 9"),
    "slope of a bent axis": (
        lambda d: d.get_dimension_slope(Dimension([1, 2, 9], "b")), ValueError, "'b' is not linear"
    ),
    "extent": (lambda d: d.get_extent(["z"]), KeyError, r"no dimension 'z'.*\['x', 'y', 'bias'\]"),
    "extent beyond": (lambda d: d.get_extent([0, 7]), IndexError, "found 7"),
    "unknown attribute": (lambda d: d.byas, AttributeError, "no attribute 'byas'.*'bias'"),
    # axes of operations
    "sum": (lambda d: d.sum(axis=3), ValueError, "xis 3 is out of bounds.*dimension 3"),
    "sum twice": (lambda d: d.sum(axis=(0, 0)), ValueError, r"\(0, 0\)"),
    "sum by name": (lambda d: d.sum(axis="x"), TypeError, "integer"),
    "sum out": (lambda d: d.sum(axis=0, out=np.zeros((4, 5))), NotImplementedError, "out="),
    "argmax of two": (lambda d: d.argmax(axis=(0, 1)), TypeError, r"one axis.*\(0, 1\)"),
    "transpose": (lambda d: d.transpose(0, 1), ValueError, r"each of the 3 axes once.*\(0, 1\)"),
    "swapaxes": (lambda d: d.swapaxes(0, 5), ValueError, "xis 5 is out of bounds"),
    "squeeze": (lambda d: d.squeeze(axis=1), ValueError, "axis"),
    "reshape": (lambda d: d.reshape((7, 9)), ValueError, "size"),
    "rechunk": (lambda d: d.rechunk({0: (1, 1)}), ValueError, "chunk"),
    "matmul": (lambda d: d @ np.ones((4, 2)), ValueError, r"\(3, 4, 5\)|dim|shape|chunks"),
    "add": (lambda d: d + np.ones(3), ValueError, "broadcast"),
    "average": (
        lambda d: np.average(d, axis=0, weights=[1, 2]), ValueError, r"\(3, 4, 5\).*found \(2,\)"
    ),
    "gradient": (
        lambda d: np.gradient(d, [1.0, 2], axis=0), ValueError, "3 values, found 2 coordinates"
    ),
    "trapezoid": (
        lambda d: getattr(np, "trapezoid", getattr(np, "trapz", None))(d, x=[1.0, 2], axis=0),
        ValueError, "3 coordinates",
    ),
    "quantile": (lambda d: np.quantile(d, np.ones((2, 2)), axis=0), ValueError, r"\(2, 2\)"),
    "split": (lambda d: np.split(d, 2, axis=2), ValueError, "5 values.*2 equal parts"),
    "concatenate": (lambda d: np.concatenate([d, d[0]]), ValueError, "dimension|ndim"),
    "adjust_axis": (lambda d: d.adjust_axis(np.zeros((4, 6)), 0), SidpyError, r"\(4, 6\)"),
    # parts
    "index": (lambda d: d[9], IndexError, "out of bounds"),
    "indices": (lambda d: d[0, 0, 0, 0], IndexError, "3 dimensions, found 4"),
    "ellipses": (lambda d: d[..., ...], IndexError, "only one ellipsis"),
    "name": (lambda d: d["x"], TypeError, "by position, not by name"),
    "float": (lambda d: d[1.5], TypeError, "index is an integer.*found 1.5"),
    "mask": (lambda d: d[d > 5], NotImplementedError, "leaves no axes"),
    "short mask": (lambda d: d[[True, False]], IndexError, "(?i)bool"),
    "put": (lambda d: operator_set(d, 9, 1.0), IndexError, "out of bounds"),
    "put shape": (lambda d: operator_set(d, 0, np.ones(7)), ValueError, "shape|broadcast"),
    # folding and transforms
    "fold": (lambda d: d.fold(), NotImplementedError, "dim_order"),
    "fold text": (lambda d: d.fold("spa"), NotImplementedError, "found dim_order='spa'"),
    "fold method": (lambda d: d.fold(method="wild"), NotImplementedError, "found 'wild'"),
    "fold twice": (lambda d: d.fold([[0, 0], [1]]), NotImplementedError, "one group only"),
    "fold beyond": (
        lambda d: d.fold([[0, 1], [7]]), NotImplementedError, r"\[7\] in dim_order.*no axis of 3"
    ),
    "unfold": (lambda d: d.unfold(), NotImplementedError, "was not folded"),
    "fft type": (lambda d: d.fft("wavy"), KeyError, "'WAVY' is no dimension type"),
    "fft number": (lambda d: d.fft(3), TypeError, "found 3"),
    "fft temporal": (lambda d: d.fft("temporal"), NotImplementedError, "TEMPORAL"),
    "fft no axes": (lambda d: d.fft("reciprocal"), TypeError, "need 2 such.*found 0"),
    "ifft": (lambda d: d[:, :, 2:].ifft(), ValueError, "zero frequency.*'bias'.*0.5 V"),
    "flatten_complex": (lambda d: d.flatten_complex(), AssertionError, r"\(3, 4, 5\)"),
    "like_data": (lambda d: d.like_data(d, variance=[1]), ValueError, r"found \(1,\)"),
}  # fmt: skip


def operator_set(dataset, index, value):
    dataset[index] = value


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused_leaves_the_dataset_as_it_was(scan, name):
    call, error, match = WRONG[name]
    scan.note = "mine"
    scan.variance = np.ones(scan.shape)
    before = scan.copy()
    with pytest.raises(error, match=match):
        call(scan)

    assert scan == before
    assert (scan.title, scan.metadata, scan.note) == (before.title, before.metadata, "mine")
    assert scan.original_metadata == before.original_metadata
    assert scan.structures == before.structures
    assert [step.output for step in scan.history] == [step.output for step in before.history]
    np.testing.assert_array_equal(scan.variance, before.variance)


def test_an_unknown_data_type_is_unknown_afterwards(scan):
    with pytest.raises(Warning, match="Supported data_types for plotting are only:"):
        scan.data_type = "hologram"

    assert scan.data_type is sidpy.DataType.UNKNOWN


def test_a_missing_axis_is_said_without_quotes(scan):
    with pytest.raises(KeyError) as caught:
        scan.get_extent(["z"])

    assert str(caught.value).startswith("there is no dimension 'z'")
