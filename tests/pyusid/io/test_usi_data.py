"""USIDataset: dimensions by name."""

import io
import itertools
import pickle

import dask.array as da
import h5py
import numpy as np
import pytest

from pyUSID.io.dimension import Dimension
from pyUSID.io.usi_data import USIDataset
from pyUSID.io.writing import write_main_dataset


@pytest.fixture(params=["h5_main", "fast_first"])
def either(request):
    """A main dataset of either order of dimensions on disk."""
    return USIDataset(request.getfixturevalue(request.param))


def by_name(array, labels):
    """Return an array with its axes in alphabetical order of their names."""
    return np.transpose(np.asarray(array), np.argsort(labels))


def test_representation(h5_main):
    lines = [
        '<HDF5 dataset "Raw_Data": shape (6, 8), type "<f4">',
        "located at:",
        "\t/Measurement_000/Channel_000/Raw_Data",
        "Data contains:",
        "\tCurrent (nA)",
        "Data dimensions and original shape:",
        "Position Dimensions:",
        "\tY - size: 2",
        "\tX - size: 3",
        "Spectroscopic Dimensions:",
        "\tCycle - size: 2",
        "\tBias - size: 4",
        "Data Type:",
        "\tfloat32",
    ]

    assert repr(h5_main) == "\n".join(lines)


def test_representation_of_compound_data(h5_file, dims):
    data = np.zeros((6, 8), dtype=[("a", "f4"), ("b", "i4")])

    assert repr(write_main_dataset(h5_file, data, "a", "q", "u", *dims)).endswith(
        "Data Fields:\n\ta, b"
    )


def test_it_still_is_the_dataset(h5_main, data):
    plain = h5_main.parent["Raw_Data"]

    assert isinstance(h5_main, h5py.Dataset)
    assert h5_main == plain
    assert hash(h5_main) == hash(plain)
    assert h5_main != h5_main.h5_pos_inds
    np.testing.assert_array_equal(h5_main[2:4, 1], data[2:4, 1])


def test_labels_sizes_and_descriptors(either):
    order = [1, 0, 3, 2] if "old" in either.name else [0, 1, 2, 3]
    labels, sizes = ["Y", "X", "Cycle", "Bias"], [2, 3, 2, 4]

    assert either.n_dim_labels == [labels[i] for i in order]
    assert either.n_dim_sizes == [sizes[i] for i in order]
    assert either.pos_dim_labels + either.spec_dim_labels == either.n_dim_labels
    assert either.pos_dim_sizes + either.spec_dim_sizes == either.n_dim_sizes
    assert sorted(either.pos_dim_descriptors) == ["X (nm)", "Y (um)"]
    assert sorted(either.spec_dim_descriptors) == ["Bias (V)", "Cycle ()"]
    assert either.data_descriptor == "Current (nA)"
    assert all(type(n) is int for n in either.n_dim_sizes)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("sort", [False, True])
def test_labels_sizes_and_array_agree_in_both_sortings(either, lazy, sort):
    dataset = USIDataset(either, sort_dims=sort)
    array = dataset.get_n_dim_form(lazy=lazy)
    expected = by_name(either[()].reshape(2, 3, 2, 4), ["Y", "X", "Cycle", "Bias"])

    assert isinstance(array, da.Array) is lazy
    assert list(array.shape) == dataset.n_dim_sizes
    np.testing.assert_array_equal(by_name(array, dataset.n_dim_labels), expected)
    if sort:
        assert dataset.n_dim_labels == ["Y", "X", "Cycle", "Bias"]


def test_sorting_is_toggled_and_told(fast_first, capsys):
    dataset = USIDataset(fast_first)
    dataset.get_current_sorting()
    dataset.toggle_sorting()
    dataset.get_current_sorting()

    assert capsys.readouterr().out.splitlines() == [
        "Data dimensions are in the order they occur in the file.",
        "Data dimensions are sorted in order from fastest changing dimension to slowest.",
    ]
    assert dataset._USIDataset__sort_dims is True
    assert dataset.pos_dim_labels == ["Y", "X"]
    assert dataset.pos_dim_descriptors == ["X (nm)", "Y (um)"]


def test_values_by_name(either):
    assert either.get_pos_values("Y").tolist() == [-70, 23]
    assert either.get_spec_values("Bias").tolist() == [-1, 0, 1, 2]
    with pytest.raises(KeyError, match="not among the dimensions"):
        either.get_pos_values("Bias")
    with pytest.raises(TypeError, match="dim_name should be a string"):
        either.get_spec_values(5)


PARTS = {
    "X": [
        0,
        slice(0, 2),
        slice(2, 2),
        [0, 2],
        (1,),
        np.array([2, 0]),
        np.int16(1),
        slice(None, None, -1),
    ],
    "Bias": [3, slice(1, None, 2), [0, 3], np.int64(2), np.uint8(1)],
}


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    "selection",
    [
        {},
        None,
        *({"X": part} for part in PARTS["X"]),
        *({"X": a, "Bias": b} for a, b in itertools.product(PARTS["X"], PARTS["Bias"])),
        {"Y": 1, "X": 2, "Cycle": 0, "Bias": -1},
    ],
    ids=str,
)
def test_parts_are_those_of_the_n_dim_form(either, selection, lazy):
    found, success = either.slice(selection, lazy=lazy)
    expected = either.get_n_dim_form()
    for axis in range(3, -1, -1):
        key = (selection or {}).get(either.n_dim_labels[axis], slice(None))
        key = list(key) if isinstance(key, tuple) else key
        expected = expected[(slice(None),) * axis + (key,)]

    assert success is True
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    "selection",
    [{}, {"X": 1}, {"X": [2, 0]}, {"X": (0, 1), "Bias": slice(1, 3)}, {"Cycle": np.int32(1)}],
    ids=str,
)
def test_two_dimensional_parts_keep_rows_and_columns(either, selection, lazy):
    found, success = either.slice(selection, ndim_form=False, lazy=lazy)
    y, x, c, b = (i.reshape(6, 8) for i in np.indices((2, 3, 2, 4)))
    keep = np.ones((6, 8), dtype=bool)
    for name, index in (("X", x), ("Y", y), ("Cycle", c), ("Bias", b)):
        if name in selection:
            size = int(index.max()) + 1
            chosen = np.atleast_1d(np.arange(size)[_as_key(selection[name])])
            keep &= np.isin(index, chosen)
    rows, columns = np.flatnonzero(keep.any(1)), np.flatnonzero(keep.any(0))

    assert success is True
    np.testing.assert_array_equal(found, either[()][np.ix_(rows, columns)])
    for mine, theirs in zip(either._get_pos_spec_slices(selection), (rows, columns), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def _as_key(value):
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("selection", "options", "error", "message"),
    [
        ({"Q": 1}, {}, KeyError, "Cannot slice on dimension Q"),
        ({"X": 5}, {}, IndexError, "out of bounds"),
        ({"X": 5}, {"ndim_form": False}, IndexError, "out of bounds"),
        ({"X": -1}, {"ndim_form": False}, ValueError, "should be >= 0"),
        ({"X": []}, {"ndim_form": False}, ValueError, "should be >= 0"),
        ({"X": slice(2, 1)}, {"ndim_form": False}, ValueError, "should be >= 0"),
        ({"X": 1.5}, {}, TypeError, "must be a slice"),
        ({"X": "a"}, {}, TypeError, "must be a slice"),
        (5, {}, TypeError, "slice_dict should be a dictionary"),
        ({"X": 1}, {"as_scalar": 1}, TypeError, "as_scalar should be a bool"),
        ({"X": 1}, {"verbose": "no"}, TypeError, "verbose should be a bool"),
    ],
)
def test_impossible_parts_are_refused(h5_main, selection, options, error, message):
    with pytest.raises(error, match=message):
        h5_main.slice(selection, **options)


@pytest.mark.parametrize("lazy", [False, True])
def test_complex_and_compound_data_become_real_on_request(h5_file, dims, lazy):
    numbers = np.random.default_rng(0).random((6, 8))
    complex_main = write_main_dataset(h5_file, numbers + 2j, "a", "q", "u", *dims)
    compound = np.zeros((6, 8), dtype=[("a", "f4"), ("b", "i4")])
    compound["a"], compound["b"] = numbers, 7
    group = h5_file.create_group("g")
    compound_main = write_main_dataset(group, compound, "a", "q", "u", *dims)
    real = complex_main.get_n_dim_form(as_scalar=True, lazy=lazy)
    part, _ = complex_main.slice({"X": 1}, as_scalar=True, lazy=lazy)
    fields = compound_main.get_n_dim_form(as_scalar=True, lazy=lazy)

    assert real.shape == (2, 3, 2, 8)
    np.testing.assert_array_equal(real[..., 4:], 2)
    np.testing.assert_array_equal(np.asarray(real)[..., :4], numbers.reshape(2, 3, 2, 4))
    np.testing.assert_array_equal(part, np.asarray(real)[:, 1])
    np.testing.assert_array_equal(np.asarray(fields)[..., 4:], 7)


def test_the_same_label_twice_is_two_axes(h5_file):
    pos, spec = [Dimension("X", "nm", 2), Dimension("X", "um", 3)], Dimension("X", "V", 4)
    data = np.arange(24).reshape(6, 4)
    h5_main = write_main_dataset(h5_file, data, "a", "q", "u", pos, spec)

    np.testing.assert_array_equal(h5_main.get_n_dim_form(), data.reshape(3, 2, 4))


def test_dimensions_left_by_a_selection(h5_main):
    pos, spec = h5_main._get_dims_for_slice({"X": [0, 2], "Cycle": 1})

    assert pos == [Dimension("Y", "um", [-70, 23]), Dimension("X", "nm", [0, 2])]
    assert spec == [Dimension("Bias", "V", [-1, 0, 1, 2])]
    nothing = Dimension("arb.", "a. u.", [1])

    assert h5_main._get_dims_for_slice({"X": 0, "Y": 0, "Cycle": 0, "Bias": 0}) == (
        [nothing],
        [nothing],
    )


def test_without_n_dim_form_there_is_a_warning_and_two_dimensions(h5_file, data, dims):
    h5_main = write_main_dataset(h5_file, data, "a", "q", "u", *dims)
    h5_main.h5_pos_inds[5] = [0, 1]
    with pytest.warns(UserWarning, match="no N-dimensional form: .*more than once"):
        broken = USIDataset(h5_main)
    with pytest.raises(ValueError, match="Position_Indices: not a grid"):
        broken.get_n_dim_form()
    flat, success = broken.slice({"Y": 0})

    assert success is False
    np.testing.assert_array_equal(flat, data[[0, 1, 2, 5]])


def test_only_main_datasets_become_one(h5_main):
    for other in (h5_main.h5_pos_inds, 5, "a"):
        with pytest.raises(TypeError, match="not a Main dataset"):
            USIDataset(other)


def test_it_pickles_by_path(tmp_path, data, dims, h5_main):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        write_main_dataset(file, data, "a", "q", "u", *dims)
    with h5py.File(tmp_path / "a.h5") as file:
        again = pickle.loads(pickle.dumps(USIDataset(file["a"], sort_dims=True)))
        np.testing.assert_array_equal(again.get_n_dim_form().reshape(6, 8), data)
        again.file.close()
    with pytest.raises(TypeError, match="file in memory"):
        pickle.dumps(h5_main)


class Counting(io.FileIO):
    """A file that knows how much was read from it."""

    count = 0

    def readinto(self, buffer):
        found = super().readinto(buffer)
        Counting.count += found or 0
        return found


@pytest.mark.parametrize("turned", [False, True])
def test_parts_read_no_more_than_they_need(tmp_path, turned):
    x, y, b = Dimension("X", "nm", 40), Dimension("Y", "nm", 30), Dimension("B", "V", 500)
    data = np.random.default_rng(0).random((1200, 500))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        pos = [x, y] if not turned else [y, x]
        write_main_dataset(file, data, "a", "q", "u", pos, b, slow_to_fast=turned)
    with Counting(tmp_path / "a.h5") as raw, h5py.File(raw, "r") as file:
        h5_main = USIDataset(file["a"])
        n_dim = data.reshape(30, 40, 500)
        cases = {
            "one pixel": ({"X": 3, "Y": 7}, {}, n_dim[7, 3], 4000),
            "a row": ({"Y": 7}, {}, n_dim[7], 160_000),
            "every fifth": ({"Y": 7, "X": slice(None, None, 5)}, {}, n_dim[7, ::5], 32_000),
            "a list": ({"Y": [2, 9], "X": 1}, {}, n_dim[[2, 9], 1], 8000),
            "rows and columns": (
                {"Y": 7, "X": slice(0, 2)}, {"ndim_form": False}, data[280:282], 8000,
            ),
            "lazy": ({"X": 3, "Y": 7}, {"lazy": True}, n_dim[7, 3], 4000),
            "a lazy list": (
                {"Y": 7, "X": [3, 9, 4]}, {"lazy": True}, n_dim[7, [3, 9, 4]], 12_000,
            ),
        }  # fmt: skip
        for name, (selection, options, expected, least) in cases.items():
            Counting.count = 0
            found = np.asarray(h5_main.slice(selection, **options)[0])

            np.testing.assert_array_equal(found, expected, name)
            assert least <= Counting.count <= 1.5 * least + 4096, name
