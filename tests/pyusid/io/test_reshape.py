"""Between the two forms, for both orders of dimensions found in files."""

import dask.array as da
import numpy as np
import pytest

from pyUSID.io import hdf_utils as subject

KINDS = [
    pytest.param(np.asarray, id="numpy"),
    pytest.param(da.asarray, id="dask"),
    pytest.param(lambda data: data, id="h5"),
]


def n_dim(h5_main):
    """Return the expected N-D form, axes in file order."""
    y, x, c, b = np.indices((2, 3, 2, 4))
    expected = (1000 * y + 100 * x + 10 * c + b).astype(np.float32)
    return expected if "old" not in h5_main.name else expected.transpose(1, 0, 3, 2)


@pytest.fixture(params=["h5_main", "fast_first"])
def either(request):
    """A main dataset of either order."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("lazy", [False, True])
def test_n_dim_form_is_in_file_order(either, lazy):
    data, success, labels = subject.reshape_to_n_dims(either, get_labels=True, lazy=lazy)
    expected = (
        ["Y", "X", "Cycle", "Bias"] if "old" not in either.name else ["X", "Y", "Bias", "Cycle"]
    )

    assert success is True
    assert labels.tolist() == expected
    assert isinstance(data, da.Array) is lazy
    np.testing.assert_array_equal(data, n_dim(either))


def test_sorted_form_is_slowest_first_whatever_the_file(either):
    data, _, labels = subject.reshape_to_n_dims(either, get_labels=True, sort_dims=True)

    assert labels.tolist() == ["Y", "X", "Cycle", "Bias"]
    np.testing.assert_array_equal(data.reshape(6, 8), either[()])


@pytest.mark.parametrize(
    "wrap", [np.asarray, da.asarray, lambda d: d], ids=["numpy", "dask", "h5"]
)
@pytest.mark.parametrize(
    "index", [np.asarray, da.asarray, lambda d: d], ids=["numpy", "dask", "h5"]
)
def test_any_mixture_of_arrays_is_accepted(either, wrap, index):
    links = [either.file[either.attrs[f"{k}_Indices"]] for k in ("Position", "Spectroscopic")]
    data = wrap(either)
    found, _, labels = subject.reshape_to_n_dims(data, *map(index, links), get_labels=True)

    np.testing.assert_array_equal(found, n_dim(either))
    if index is np.asarray:
        assert labels.tolist()[0] == "Position Dimension 0"
        assert labels.tolist()[3] == "Spectral Dimension 1"
    back, success = subject.reshape_from_n_dims(found, *map(index, links))

    assert success is True
    np.testing.assert_array_equal(back, either[()])


def test_a_missing_side_is_one_running_dimension(h5_main):
    data, pos, spec = h5_main[()], h5_main.h5_pos_inds[()], h5_main.h5_spec_inds
    only_pos, _, names = subject.reshape_to_n_dims(data, pos, get_labels=True)
    only_spec, _, more = subject.reshape_to_n_dims(data, h5_spec=spec, get_labels=True)

    assert (only_pos.shape, only_spec.shape) == ((2, 3, 8), (6, 2, 4))
    assert names.tolist() == [
        "Position Dimension 0",
        "Position Dimension 1",
        "Spectral Dimension 0",
    ]
    assert more.tolist() == ["Position Dimension 0", "Cycle", "Bias"]


def test_one_side_is_enough_to_go_back(h5_main):
    whole = n_dim(h5_main)
    for known in ({"h5_pos": h5_main.h5_pos_inds}, {"h5_spec": h5_main.h5_spec_inds}):
        flat, _ = subject.reshape_from_n_dims(whole, **known)
        np.testing.assert_array_equal(flat, h5_main[()])


def test_axes_of_length_one_may_be_missing():
    pos, spec = np.array([[0, 0], [0, 1], [0, 2]]), np.array([[0, 1]])
    flat, _ = subject.reshape_from_n_dims(np.arange(6).reshape(3, 2), pos, spec)

    np.testing.assert_array_equal(flat, np.arange(6).reshape(3, 2))


def test_one_dimensional_data_come_back_unchanged(h5_main):
    data = np.arange(6.0)

    assert subject.reshape_from_n_dims(data, h5_main.h5_pos_inds)[0] is data


def test_two_positions_of_three_dimensions():
    pos = np.array([[0, 0, 0], [0, 0, 1]])
    data, _ = subject.reshape_to_n_dims(np.arange(8).reshape(2, 4), pos, np.arange(4)[np.newaxis])

    assert data.shape == (1, 1, 2, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda d, p, s: subject.reshape_to_n_dims([1], p), TypeError, "h5_main should"),
        (lambda d, p, s: subject.reshape_to_n_dims(d, "a", s), TypeError, "h5_pos should"),
        (lambda d, p, s: subject.reshape_to_n_dims(d), ValueError, "should be a Main dataset"),
        (lambda d, p, s: subject.reshape_to_n_dims(d[:5], p, s), ValueError, "does not explain 5"),
        (lambda d, p, s: subject.reshape_to_n_dims(d.ravel(), p, s), ValueError, "2 dimensional"),
        (lambda d, p, s: subject.reshape_to_n_dims(d[:5], p[:5], s), ValueError, "not a grid"),
        (lambda d, p, s: subject.reshape_from_n_dims(d), ValueError, "at least one of"),
        (lambda d, p, s: subject.reshape_from_n_dims([d], p), TypeError, "data_n_dim is not"),
        (lambda d, p, s: subject.reshape_from_n_dims(d, "a"), TypeError, "h5_pos should"),
        (lambda d, p, s: subject.reshape_from_n_dims(d[1:], p, s), ValueError, "do not have"),
        (lambda d, p, s: subject.reshape_from_n_dims(d[1:], p), ValueError, "cannot hold"),
    ],
)
def test_what_does_not_fit_is_refused(h5_main, call, error, message):
    data, pos, spec = h5_main[()], h5_main.h5_pos_inds[()], h5_main.h5_spec_inds[()]
    with pytest.raises(error, match=message):
        call(data, pos, spec)


# --- sizes, order, values ----------------------------------------------------------


def test_sizes_and_order_of_dimensions(h5_main, fast_first):
    old = fast_first.parent

    assert subject.get_dimensionality(h5_main.h5_pos_inds) == [2, 3]
    assert subject.get_dimensionality(h5_main.h5_spec_inds[()], [1, 0]) == [4, 2]
    assert subject.get_dimensionality(old["Position_Indices"]) == [3, 2]
    assert subject.get_sort_order(h5_main.h5_spec_inds).tolist() == [1, 0]
    assert subject.get_sort_order(old["Spectroscopic_Indices"]).tolist() == [0, 1]
    assert subject.get_sort_order(np.zeros((2, 4))).tolist() == [1, 0]


def test_labels_tell_the_orientation_of_short_sides(h5_file):
    indices = h5_file.create_dataset("Position_Indices", data=[[0, 0, 0], [0, 0, 1]])
    indices.attrs["labels"] = np.array([b"a", b"b", b"c"])

    assert subject.get_dimensionality(indices) == [1, 1, 2]
    assert subject.get_dimensionality(indices[()], is_spec=False) == [1, 1, 2]


@pytest.mark.parametrize("function", [subject.get_dimensionality, subject.get_sort_order])
def test_only_matrices_have_sizes(function):
    with pytest.raises(TypeError, match="numpy array or h5py"):
        function([[1]])
    with pytest.raises(ValueError, match="2 dimensional"):
        function(np.arange(3))


def test_an_order_is_a_permutation(h5_main):
    with pytest.raises(ValueError, match="Sort order"):
        subject.get_dimensionality(h5_main.h5_pos_inds, [1, 1])


def test_values_of_each_dimension(either):
    group = either.parent
    values = subject.get_unit_values(group["Position_Indices"], group["Position_Values"])

    assert {name: v.tolist() for name, v in values.items()} == {"Y": [-70, 23], "X": [0, 1, 2]}
    arrays = [group[f"Spectroscopic_{e}"][()] for e in ("Indices", "Values")]
    names = [n.decode() for n in np.asarray(group["Spectroscopic_Indices"].attrs["labels"])]
    [(name, bias)] = subject.get_unit_values(
        *arrays, dim_names="Bias", all_dim_names=names
    ).items()

    assert (name, bias.tolist()) == ("Bias", [-1, 0, 1, 2])


def test_repeated_values_are_kept_in_order():
    indices, values = np.array([[0, 1, 2, 3]]), np.array([[0.0, 1.0, 0.0, -1.0]])
    found = subject.get_unit_values(indices, values, all_dim_names=["Bias"])

    assert found["Bias"].tolist() == [0, 1, 0, -1]


@pytest.mark.parametrize(
    ("change", "arguments", "error", "message"),
    [
        (lambda i, v: (i, v), {"dim_names": "Q"}, KeyError, "Dimension Q does not exist"),
        (lambda i, v: (i, v), {"dim_names": 5}, TypeError, "dim_names"),
        (lambda i, v: (i, v), {"all_dim_names": ["Y"]}, ValueError, "1 names"),
        (lambda i, v: (i[1:], v[1:]), {}, ValueError, "not a grid"),
        (lambda i, v: (i[::-1], v), {}, ValueError, "begin with 1, not with 0"),
        (lambda i, v: (i[[0, 1, 2, 5, 4, 3]], v), {}, ValueError, "not visited in regular"),
        (lambda i, v: (i, v[1:]), {}, ValueError, "same shapes"),
        (lambda i, v: (i, 5), {}, TypeError, "ds_vals"),
    ],
)
def test_irregular_values_are_refused(h5_main, change, arguments, error, message):
    pair = change(h5_main.h5_pos_inds[()], h5_main.h5_pos_vals[()])
    with pytest.raises(error, match=message):
        subject.get_unit_values(*pair, **{"all_dim_names": ["Y", "X"]} | arguments)


def test_incomplete_dimensions_have_no_unit_values(h5_main):
    h5_main.h5_pos_inds.attrs["incomplete_dimensions"] = np.array([b"X"])
    with pytest.raises(ValueError, match="incomplete dimensions: X"):
        subject.get_unit_values(h5_main.h5_pos_inds, h5_main.h5_pos_vals)
