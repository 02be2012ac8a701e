"""Parts and reductions on disk: equal by name, for both orders of dimensions."""

import itertools

import dask.array as da
import numpy as np
import pytest

from pyUSID.io.usi_data import USIDataset

AXES = ["Y", "X", "Cycle", "Bias"]


@pytest.fixture(params=["h5_main", "fast_first"])
def either(request):
    """A main dataset of either order of dimensions on disk."""
    return USIDataset(request.getfixturevalue(request.param))


def whole(h5_main):
    """Return the data with axes Y, X, Cycle, Bias."""
    return h5_main[()].reshape(2, 3, 2, 4)


def by_name(h5_main, names):
    """Return the N-D form with its axes in the order of some names."""
    labels = h5_main.n_dim_labels
    axes = [labels.index(name) for name in names]
    rest = [i for i in range(len(labels)) if i not in axes]
    return h5_main.get_n_dim_form().transpose(axes + rest)[(..., *[0] * len(rest))]


SELECTIONS = [
    {"X": slice(0, 2)},
    {"X": 1},
    {"X": [0, 2], "Y": 1},
    {"Y": 0, "X": 2},
    {"Bias": slice(1, 4), "X": slice(1, 3)},
    {"Cycle": 1, "Bias": [3]},
    {"Y": 0, "X": 2, "Cycle": 1, "Bias": 3},
]


@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
def test_parts_are_equal_by_name(either, selection):
    part = either.slice_to_dataset(selection)
    expected = whole(either)
    key = [np.atleast_1d(np.arange(n)[selection.get(name, slice(None))])
           for name, n in zip(AXES, expected.shape, strict=True)]  # fmt: skip
    expected = expected[np.ix_(*key)]
    left = [name for name, steps in zip(AXES, key, strict=True) if steps.size > 1]

    assert part.name == f"{either.parent.name}/Raw_Data-slice_000/Raw_Data"
    np.testing.assert_array_equal(by_name(part, left), expected.squeeze())
    for name, steps in zip(AXES, key, strict=True):
        if name in left:
            values = part.get_pos_values if name in part.pos_dim_labels else part.get_spec_values
            origin = either.get_pos_values if name in "XY" else either.get_spec_values

            np.testing.assert_array_equal(values(name), origin(name)[steps])


def test_the_side_that_is_whole_is_linked(h5_main):
    part = h5_main.slice_to_dataset({"X": 1}, dset_name="part", compression="gzip")

    assert part.name.endswith("Raw_Data-slice_000/part")
    assert part.h5_spec_inds == h5_main.h5_spec_inds
    assert part.h5_pos_inds.parent == part.parent
    assert part.h5_pos_inds.attrs["labels"].tolist() == [b"Y"]
    assert part.h5_pos_inds.attrs["type"].tolist() == [0]
    assert part.compression == "gzip"
    assert part.parent.attrs["tool"] == "slice"


@pytest.mark.parametrize("nothing", [None, {}])
def test_a_part_names_dimensions(h5_main, nothing):
    with pytest.raises(ValueError, match="one dimension or more"):
        h5_main.slice_to_dataset(nothing)


def test_a_refused_part_leaves_nothing_behind(h5_main):
    before = list(h5_main.parent)
    with pytest.raises((TypeError, ValueError)):
        h5_main.slice_to_dataset({"X": 1}, chunks=(5,))
    with pytest.raises(KeyError, match="Cannot slice"):
        h5_main.slice_to_dataset({"Q": 1})

    assert list(h5_main.parent) == before


SUBSETS = [s for n in range(1, 5) for s in itertools.combinations(AXES, n)]


@pytest.mark.parametrize("names", SUBSETS, ids="-".join)
def test_reductions_are_equal_by_name(either, names):
    lazy, written = either.reduce(list(names), to_hdf5=True)
    expected = whole(either).mean(axis=tuple(AXES.index(name) for name in names))
    left = [name for name in AXES if name not in names]
    order = [name for name in either.n_dim_labels if name in left]

    assert isinstance(lazy, da.Array)
    np.testing.assert_allclose(
        lazy.compute().transpose([order.index(name) for name in left]), expected, rtol=1e-6
    )
    np.testing.assert_allclose(by_name(written, left), expected, rtol=1e-6)
    assert written.name == f"{either.parent.name}/Raw_Data-Reduce_000/Raw_Data"


@pytest.mark.parametrize("ufunc", [da.max, np.max, np.std, da.nansum, np.median])
def test_any_reduction_is_welcome(h5_main, ufunc):
    found, nothing = h5_main.reduce("Bias", ufunc)

    assert nothing is None
    np.testing.assert_allclose(found, ufunc(whole(h5_main), axis=(3,)), rtol=1e-6)


def test_reducing_serpentine_scans(h5_file):
    from pyUSID.io.dimension import Dimension
    from pyUSID.io.writing import write_main_dataset

    dims = [Dimension("X", "nm", 3), Dimension("Y", "nm", 2)], Dimension("B", "V", 2)
    h5_main = write_main_dataset(h5_file, np.arange(12.0).reshape(6, 2), "a", "q", "u", *dims)
    h5_main.h5_pos_inds[3:, 1] = [2, 1, 0]
    h5_main.h5_pos_vals[3:, 1] = [2, 1, 0]
    serpentine = USIDataset(h5_main)
    _, written = serpentine.reduce("Y", to_hdf5=True)

    np.testing.assert_array_equal(written.get_n_dim_form(), [[5, 6], [5, 6], [5, 6]])


def test_unknown_dimensions_are_refused(h5_main):
    with pytest.raises(KeyError, match="Cannot reduce along Q"):
        h5_main.reduce("Q")
    with pytest.raises(TypeError, match="dims"):
        h5_main.reduce(5)
