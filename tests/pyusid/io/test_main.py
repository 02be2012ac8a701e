"""Main datasets: how they are written, told from others, and linked."""

import platform
import re
import socket

import dask.array as da
import h5py
import numpy as np
import pytest

import sidpy
from pyUSID import __version__
from pyUSID.io import hdf_utils
from pyUSID.io.dimension import Dimension, DimType
from pyUSID.io.flaws import LINKS
from pyUSID.io.usi_data import USIDataset
from pyUSID.io.validate import problems
from pyUSID.io.writing import write_main_dataset

ANCILLARIES = [
    "Position_Indices",
    "Position_Values",
    "Spectroscopic_Indices",
    "Spectroscopic_Values",
]


def kind(h5_object, name):
    """Return how an attribute lies in the file: shape, HDF5 type, character set."""
    attribute = h5py.h5a.open(h5_object.id, name.encode())
    stored = attribute.get_type()
    if isinstance(stored, h5py.h5t.TypeStringID):
        size = "vlen" if stored.is_variable_str() else stored.get_size()
        charset = {h5py.h5t.CSET_ASCII: "ascii", h5py.h5t.CSET_UTF8: "utf-8"}[stored.get_cset()]
        return attribute.shape, size, charset
    if isinstance(stored, h5py.h5t.TypeReferenceID):
        return attribute.shape, "object reference"
    return attribute.shape, str(stored.dtype)


def test_the_file_is_laid_out_as_the_model_says(h5_main):
    group = h5_main.parent
    index_rows = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]

    assert sorted(group) == [*ANCILLARIES[:2], "Raw_Data", *ANCILLARIES[2:]]
    np.testing.assert_array_equal(group["Position_Indices"], index_rows)
    np.testing.assert_array_equal(
        group["Position_Values"], [[-70, 0], [-70, 1], [-70, 2], [23, 0], [23, 1], [23, 2]]
    )
    np.testing.assert_array_equal(
        group["Spectroscopic_Indices"], [[0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 2, 3, 0, 1, 2, 3]]
    )
    np.testing.assert_array_equal(group["Spectroscopic_Values"][1], [-1, 0, 1, 2] * 2)
    for name in ANCILLARIES:
        dataset = group[name]
        dtype = np.uint32 if name.endswith("Indices") else np.float32

        assert dataset.dtype == dtype
        assert dataset.chunks is None
        assert sorted(dataset.attrs) == ["labels", "type", "units"]
        assert kind(dataset, "type") == ((2,), "int64")
        assert dataset.attrs["type"].tolist() == [0, 0]


def test_texts_of_ancillaries_are_fixed_ascii_flagged_bytes(h5_main):
    pos, spec = h5_main.h5_pos_inds, h5_main.h5_spec_vals

    assert pos.attrs["labels"].tolist() == [b"Y", b"X"]
    assert kind(pos, "labels") == ((2,), 1, "ascii")
    assert pos.attrs["units"].tolist() == [b"um", b"nm"]
    assert kind(pos, "units") == ((2,), 2, "ascii")
    assert spec.attrs["labels"].tolist() == [b"Cycle", b"Bias"]
    assert kind(spec, "labels") == ((2,), 5, "ascii")
    assert spec.attrs["units"].tolist() == [b"", b"V"]
    assert kind(spec, "units") == ((2,), 1, "ascii")


def test_attributes_of_the_main_dataset(h5_main):
    texts = {
        "quantity": "Current",
        "units": "nA",
        "machine_id": socket.getfqdn(),
        "platform": platform.platform(),
        "pyUSID_version": __version__,
        "sidpy_version": sidpy.__version__,
    }

    assert sorted(h5_main.attrs) == sorted([*LINKS, *texts, "timestamp"])
    for name, text in texts.items():
        assert h5_main.attrs[name] == text
        assert kind(h5_main, name) == ((), "vlen", "utf-8")
    for name in LINKS:
        assert kind(h5_main, name) == ((), "object reference")
        assert h5_main.file[h5_main.attrs[name]].name == f"{h5_main.parent.name}/{name}"


def test_slow_to_fast_takes_the_order_as_given(h5_file, data, dims):
    pos, spec = (side[::-1] for side in dims)
    h5_main = write_main_dataset(h5_file, data, "a", "q", "u", pos, spec, slow_to_fast=True)

    assert h5_main.n_dim_labels == ["Y", "X", "Cycle", "Bias"]


@pytest.mark.parametrize("dtype", ["complex64", "i2", [("a", "f4"), ("b", "i4")], ">f8", "u1"])
def test_any_dtype_is_kept(h5_file, dims, dtype):
    data = np.zeros((6, 8), dtype=dtype)
    h5_main = write_main_dataset(h5_file, data, "a", "q", "u", *dims)

    assert h5_main.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(h5_main.get_n_dim_form(), data.reshape(2, 3, 2, 4))


@pytest.mark.parametrize("chunks", [(6, 8), (2, 3), (4, 8)])
def test_lazy_data_go_through_the_open_file(h5_file, data, dims, chunks):
    lazy = da.from_array(data, chunks=chunks)
    h5_main = write_main_dataset(h5_file, lazy, "a", "q", "u", *dims, compression="gzip")

    np.testing.assert_array_equal(h5_main[()], data)
    assert h5_main.compression == "gzip"


@pytest.mark.distributed
def test_lazy_data_are_written_under_a_cluster(tmp_path, data, dims):
    from distributed import Client

    with (
        Client(processes=False, n_workers=1, dashboard_address=":0"),
        h5py.File(tmp_path / "a.h5", "w") as file,
    ):
        lazy = da.from_array(data, chunks=(4, 3))
        h5_main = write_main_dataset(file, lazy, "a", "q", "u", *dims)

        np.testing.assert_array_equal(h5_main[()], data)


def test_an_empty_dataset_is_made_from_its_shape(h5_file, dims):
    h5_main = write_main_dataset(h5_file, (6, 8), "a", "q", "u", *dims, dtype="f8")

    assert h5_main.shape == (6, 8)
    with pytest.raises(ValueError, match="needs dtype="):
        write_main_dataset(h5_file, (6, 8), "b", "q", "u", *dims, aux_pos_prefix="p")


def test_one_point_and_one_step(h5_file):
    nothing = Dimension("arb", "a. u.", 1)
    bias = Dimension("Bias", "V", 5)
    spectrum = write_main_dataset(h5_file, np.ones((1, 5)), "a", "q", "u", nothing, bias)
    x, y = Dimension("X", "nm", 3), Dimension("Y", "nm", 2)
    image = write_main_dataset(
        h5_file, np.ones((6, 1)), "b", "q", "u", [x, y], nothing,
        aux_pos_prefix="p", aux_spec_prefix="s",
    )  # fmt: skip

    assert (spectrum.pos_dim_sizes, spectrum.spec_dim_sizes) == ([1], [5])
    assert (image.pos_dim_sizes, image.spec_dim_sizes) == ([2, 3], [1])
    assert image.get_n_dim_form().shape == (2, 3, 1)
    assert "p_Indices" in h5_file


def test_one_position_of_two_dimensions(h5_file):
    pos = [Dimension("X", "nm", [5.0]), Dimension("Y", "nm", [7.0])]
    h5_main = write_main_dataset(
        h5_file, np.ones((1, 4)), "a", "q", "u", pos, Dimension("B", "V", 4)
    )

    assert h5_main.pos_dim_sizes == [1, 1]
    assert h5_main.get_n_dim_form().shape == (1, 1, 4)
    assert h5_main.get_pos_values("X").tolist() == [5.0]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_incomplete_dimensions_have_one_value_for_each_row(h5_file, count):
    values = np.array([[0.5, 1, 3, 2], [1, 4, 4, 0], [7, 7, 8, 9]])
    pos = [Dimension(f"d{i}", "nm", values[i], mode=DimType.INCOMPLETE) for i in range(count)]
    h5_main = write_main_dataset(h5_file, np.ones((4, 3)), "a", "q", "u", pos, BIAS[:3])

    np.testing.assert_array_equal(h5_main.h5_pos_inds, np.repeat([[0], [1], [2], [3]], count, 1))
    np.testing.assert_array_equal(h5_main.h5_pos_vals, values[:count][::-1].T)
    assert h5_main.h5_pos_inds.attrs["type"].tolist() == [1] * count


def test_double_precision_values_on_request(h5_file, data, dims):
    dims[0][0] = Dimension("X", "nm", [0.1, 0.2, 0.3])
    h5_main = write_main_dataset(h5_file, data, "a", "q", "u", *dims, values_dtype="f8")

    assert h5_main.get_pos_values("X").tolist() == [0.1, 0.2, 0.3]


def test_existing_ancillaries_are_used_and_copied_into_another_file(h5_main, data, tmp_path):
    existing = {
        "h5_pos_inds": h5_main.h5_pos_inds,
        "h5_pos_vals": h5_main.h5_pos_vals,
        "h5_spec_inds": h5_main.h5_spec_inds,
        "h5_spec_vals": h5_main.h5_spec_vals,
    }
    same = write_main_dataset(h5_main.parent, data, "b", "q", "u", None, None, **existing)

    assert same.h5_pos_inds == h5_main.h5_pos_inds
    with h5py.File(tmp_path / "other.h5", "w") as file:
        other = write_main_dataset(file, data, "b", "q", "u", None, None, **existing)

        assert other.h5_spec_vals.file == file
        assert other.n_dim_labels == h5_main.n_dim_labels
        np.testing.assert_array_equal(other.h5_pos_vals, h5_main.h5_pos_vals)


def test_dashes_in_names_become_underscores(h5_file, data, dims):
    with pytest.warns(UserWarning, match="'a-b' is written as 'a_b'"):
        assert write_main_dataset(h5_file, data, "a-b", "q", "u", *dims).name == "/a_b"


def test_more_attributes(h5_file, data, dims):
    h5_main = write_main_dataset(h5_file, data, "a", "q", "u", *dims, {"gain": 1.5})

    assert h5_main.attrs["gain"] == 1.5


X, Y, BIAS = Dimension("X", "nm", 3), Dimension("Y", "nm", 2), Dimension("B", "V", 8)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        pytest.param({"h5_parent_group": 5}, TypeError, "h5_parent_group", id="no-group"),
        pytest.param({"main_data": np.ones(5)}, ValueError, "2 dimensional", id="1-d"),
        pytest.param({"main_data": np.ones((2, 3, 4))}, ValueError, "2 dimensional", id="3-d"),
        pytest.param({"main_data": "abc"}, TypeError, "NumPy or dask", id="text"),
        pytest.param({"main_data": (6, 0)}, ValueError, "two integers", id="no-step"),
        pytest.param({"main_data": (6, 8)}, ValueError, "dtype=", id="no-dtype"),
        pytest.param({"main_data_name": " "}, ValueError, "main_data_name", id="no-name"),
        pytest.param({"main_data_name": 5}, TypeError, "main_data_name", id="bad-name"),
        pytest.param({"units": ""}, ValueError, "units", id="no-units"),
        pytest.param({"quantity": 5}, TypeError, "quantity", id="bad-quantity"),
        pytest.param({"pos_dims": [X]}, ValueError, "Position dimensions", id="pos-fit"),
        pytest.param({"spec_dims": [X]}, ValueError, "Spectroscopic dim", id="steps-do-not-fit"),
        pytest.param({"spec_dims": [5]}, TypeError, "Spectroscopic dim", id="no-dimension"),
        pytest.param({"pos_dims": None}, TypeError, "Position dimensions", id="nothing"),
        pytest.param({"main_dset_attrs": 5}, TypeError, "main_dset_attrs", id="attrs"),
        pytest.param({"chunks": (5,)}, ValueError, "1 lengths for 2 axes", id="chunks"),
        pytest.param(
            {"pos_dims": [Dimension("X", "", 6, mode=DimType.DEPENDENT)]},
            NotImplementedError, "not dependent", id="dependent",
        ),
    ],
)  # fmt: skip
def test_nothing_is_left_behind_by_a_refusal(h5_file, changes, error, message):
    arguments = {
        "h5_parent_group": h5_file, "main_data": np.ones((6, 8)), "main_data_name": "a",
        "quantity": "q", "units": "u", "pos_dims": [X, Y], "spec_dims": [BIAS],
    }  # fmt: skip
    with pytest.raises(error, match=message):
        write_main_dataset(**arguments | changes)

    assert list(h5_file) == []


def test_taken_names_are_refused_before_anything_is_written(h5_file, data, dims):
    h5_file["Spectroscopic_Values"] = 1
    with pytest.raises(KeyError, match="already has Spectroscopic_Values"):
        write_main_dataset(h5_file, data, "a", "q", "u", *dims)

    assert list(h5_file) == ["Spectroscopic_Values"]


def test_closed_and_read_only_files_are_refused(tmp_path, data, dims):
    path = tmp_path / "a.h5"
    file = h5py.File(path, "w")
    file.close()
    with pytest.raises(ValueError, match="closed"):
        write_main_dataset(file, data, "a", "q", "u", *dims)
    with h5py.File(path) as file, pytest.raises(ValueError, match="reading only"):
        write_main_dataset(file, data, "a", "q", "u", *dims)


# --- what is a main dataset --------------------------------------------------------


def test_both_orders_are_main(h5_main, fast_first):
    assert problems(h5_main) == problems(fast_first) == []
    assert hdf_utils.check_if_main(h5_main) is True


@pytest.mark.parametrize("anything", [None, 5, "abc", np.eye(2), [], object()])
def test_nothing_else_is_main(anything):
    assert hdf_utils.check_if_main(anything) is False
    assert problems(anything)


def _delete(name):
    def change(h5_main):
        del h5_main.attrs[name]

    return change


def _set(name, value):
    def change(h5_main):
        h5_main.attrs[name] = value

    return change


def _strip_labels(h5_main):
    del h5_main.h5_pos_inds.attrs["labels"]


def _other_units(h5_main):
    h5_main.h5_spec_vals.attrs["units"] = np.array([b"a", b"b"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_delete("quantity"), "'quantity' should be one text"),
        (_set("units", np.array([b"V"])), "'units' should be one text"),
        (_set("units", 5), "'units' should be one text"),
        (_delete("Position_Values"), "'Position_Values' is missing"),
        (_set("Position_Values", 5), "'Position_Values' should be a reference .* found .*5"),
        (_strip_labels, "0 labels for 2 dimensions"),
        (_other_units, "units .* differ from"),
    ],
)
def test_every_flaw_is_named_and_none_stops_the_search(h5_main, fast_first, change, reason):
    change(h5_main)
    found = problems(h5_py(h5_main))

    assert any(re.search(reason, text) for text in found), found
    assert [item.name for item in hdf_utils.get_all_main(h5_main.file)] == ["/old/Raw_Data"]
    with pytest.raises(TypeError, match="not a Main dataset"):
        USIDataset(h5_py(h5_main))


def test_a_reference_to_what_was_deleted_is_named(tmp_path, data, dims):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        write_main_dataset(file, data, "a", "q", "u", *dims)
    with h5py.File(path, "r+") as file:
        del file["Position_Values"]

        assert problems(file["a"]) == [
            "/a: attribute 'Position_Values' refers to no dataset of the file",
        ]


def h5_py(h5_main):
    """Return the plain dataset of a USIDataset."""
    return h5py.Dataset(h5_main.id)


def test_a_closed_dataset_is_not_main(tmp_path, data, dims):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        h5_main = write_main_dataset(file, data, "a", "q", "u", *dims)

    assert problems(h5_main) == ["its file is closed"]
    assert "Closed" in repr(h5_main)


def test_linking_makes_a_main_dataset(h5_main, data):
    group = h5_main.parent
    plain = group.create_dataset("b", data=data)
    pairs = [group[name] for name in ANCILLARIES]

    assert type(hdf_utils.link_as_main(plain, *pairs)) is h5py.Dataset
    hdf_utils.copy_main_attributes(h5_main, plain)
    assert type(hdf_utils.link_as_main(plain, *pairs)) is USIDataset
    with pytest.raises(ValueError, match="do not explain"):
        hdf_utils.link_as_main(group.create_dataset("c", data=data[:5]), *pairs)
    with pytest.raises(TypeError, match="h5_main"):
        hdf_utils.link_as_main(data, *pairs)


def test_copying_attributes_needs_them(h5_main):
    other = h5_main.parent.create_dataset("b", data=[1])
    with pytest.raises(KeyError, match="quantity"):
        hdf_utils.copy_main_attributes(other, h5_main)


def test_links_are_copied_from_a_main_dataset(h5_main):
    other = h5_main.parent.create_dataset("b", data=h5_main[()])
    hdf_utils.check_and_link_ancillary(other, [*ANCILLARIES[:2], "quantity"], h5_main=h5_main)

    assert sorted(other.attrs) == ANCILLARIES[:2]
    hdf_utils.check_and_link_ancillary(other, "x", anc_refs=h5_main.h5_pos_inds)
    assert other.file[other.attrs["x"]] == h5_main.h5_pos_inds
    with pytest.raises(ValueError, match="either h5_main or anc_refs"):
        hdf_utils.check_and_link_ancillary(other, "x")
    with pytest.raises(TypeError, match="h5_dset"):
        hdf_utils.check_and_link_ancillary(5, "x", h5_main=h5_main)
