"""Each wrong argument of `hdf_utils` raises what the released package raised, at once."""

import h5py
import numpy as np
import pytest

import sidpy
from pyUSID import hdf_utils
from pyUSID.io.dimension import Dimension, DimType
from pyUSID.io.reg_ref import copy_region_refs
from pyUSID.io.usi_data import USIDataset

X, SPIRAL = Dimension("X", "nm", 3), Dimension("S", "nm", 3, mode=DimType.INCOMPLETE)
LONGER, BENT = Dimension("L", "nm", 4), Dimension("D", "nm", 3, mode=DimType.DEPENDENT)
LONGER.mode = DimType.INCOMPLETE


def pair(main):
    """Return the ancillary datasets of positions."""
    return main.h5_pos_inds, main.h5_pos_vals


#: What is called with a main dataset, what it raises, and what the message says.
WRONG = {
    "print_tree": (lambda u, _: u.print_tree(5), TypeError, "parent"),
    "refs-name": (lambda u, m: u.get_h5_obj_refs([5], [m]), TypeError, "obj_names"),
    "refs-object": (lambda u, _: u.get_h5_obj_refs("a", 5), TypeError, "h5_refs"),
    "book": (lambda u, _: u.write_book_keeping_attrs(5), TypeError, "h5_obj"),
    "all-main": (lambda u, m: u.get_all_main(m), TypeError, "parent"),
    "find-group": (lambda u, m: u.find_dataset(m, "a"), TypeError, "Group"),
    "find-name": (lambda u, m: u.find_dataset(m.file, 5), TypeError, "string"),
    "results-main": (lambda u, m: u.find_results_groups(m.file, "Fit"), TypeError, "h5_main"),
    "results-tool": (lambda u, m: u.find_results_groups(m, 5), TypeError, "tool_name"),
    "results-parent": (
        lambda u, m: u.find_results_groups(m, "Fit", h5_parent_group=m), TypeError, "parent",
    ),
    "link-dataset": (
        lambda u, m: u.check_and_link_ancillary(m.file, "a", anc_refs=m), TypeError, "h5_dset",
    ),
    "link-names": (
        lambda u, m: u.check_and_link_ancillary(m, 5, anc_refs=m), TypeError, "anc_names",
    ),
    "link-nothing": (lambda u, m: u.check_and_link_ancillary(m, "a"), ValueError, "either"),
    "link-main": (
        lambda u, m: u.check_and_link_ancillary(m, "a", h5_main=5), TypeError, "h5_main",
    ),
    "main-h5": (lambda u, _: u.validate_main_dset(np.eye(2), True), TypeError, "h5_main"),
    "main-array": (lambda u, m: u.validate_main_dset(m, False), TypeError, "raw data"),
    "main-2d": (lambda u, _: u.validate_main_dset(np.ones(3), False), ValueError, "2 dim"),
    "pair-inds": (
        lambda u, m: u.validate_anc_h5_dsets(np.eye(2), m, m, False), TypeError, "h5_inds",
    ),
    "pair-shape": (
        lambda u, m: u.validate_anc_h5_dsets(*pair(m), 5, False), TypeError, "main_shape",
    ),
    "pair-other": (
        lambda u, m: u.validate_anc_h5_dsets(m.h5_pos_inds, m.h5_spec_vals, m), ValueError,
        "differ",
    ),
    "pair-length": (
        lambda u, m: u.validate_anc_h5_dsets(*pair(m), (7, 8), False), ValueError, "axis 0",
    ),
    "dims-shape": (lambda u, _: u.validate_dims_against_main(5, X), TypeError, "main_shape"),
    "dims-three": (lambda u, _: u.validate_dims_against_main((1, 2, 3), X), ValueError, "two"),
    "dims-negative": (lambda u, _: u.validate_dims_against_main((-1, 3), X), ValueError, "two"),
    "dims-type": (lambda u, _: u.validate_dims_against_main((1, 3), [5]), TypeError, "Dimension"),
    "dims-number": (lambda u, _: u.validate_dims_against_main((1, 5), X), ValueError, "axis 1"),
    "labels-type": (lambda u, m: u.validate_anc_dset_attrs(5, m), TypeError, "h5_inds"),
    "labels": (
        lambda u, m: u.validate_anc_dset_attrs(m.h5_pos_inds, m.h5_spec_vals), ValueError,
        "differ",
    ),
    "as-main": (lambda u, m: u.link_as_main(5, *pair(m), *pair(m)), TypeError, "h5_main"),
    "as-main-fit": (lambda u, m: u.link_as_main(m, *pair(m), *pair(m)), ValueError, "axis 1"),
    "old-base": (lambda u, m: u.check_for_old(m.file, "Fit"), TypeError, "h5_main"),
    "old-tool": (lambda u, m: u.check_for_old(m, 5), TypeError, "tool_name"),
    "old-parms": (lambda u, m: u.check_for_old(m, "Fit", [1]), TypeError, "new_parms"),
    "old-target": (lambda u, m: u.check_for_old(m, "Fit", target_dset=5), TypeError, "target"),
    "old-parent": (lambda u, m: u.check_for_old(m, "Fit", h5_parent_goup=m), TypeError, "parent"),
    "attrs-object": (lambda u, _: u.check_for_matching_attrs(5, {}), TypeError, "h5_obj"),
    "attrs-parms": (lambda u, m: u.check_for_matching_attrs(m, 5), TypeError, "new_parms"),
    "source-type": (lambda u, m: u.get_source_dataset(m), TypeError, "h5_group"),
    "source-name": (lambda u, m: u.get_source_dataset(m.parent), ValueError, "names no source"),
    "index-parent": (lambda u, m: u.assign_group_index(m, "a"), TypeError, "Group"),
    "index-name": (lambda u, m: u.assign_group_index(m.file, 5), TypeError, "string"),
    "index-blank": (lambda u, m: u.assign_group_index(m.file, " "), ValueError, "blank|empty"),
    "group-blank": (lambda u, m: u.create_indexed_group(m.file, ""), ValueError, "blank|empty"),
    "group-parent": (lambda u, m: u.create_indexed_group(m, "a"), TypeError, "Group"),
    "tool-blank": (lambda u, m: u.create_results_group(m, " "), ValueError, "blank|empty"),
    "tool-type": (lambda u, m: u.create_results_group(m, 5), TypeError, "string"),
    "tool-main": (lambda u, m: u.create_results_group(m.file, "a"), TypeError, "h5_main"),
    "tool-parent": (lambda u, m: u.create_results_group(m, "a", m), TypeError, "parent"),
    "copy-main": (lambda u, m: u.copy_main_attributes(5, m), TypeError, "h5_main"),
    "copy-new": (lambda u, m: u.copy_main_attributes(m, 5), TypeError, "h5_new"),
    "copy-missing": (lambda u, m: u.copy_main_attributes(m.h5_pos_inds, m), KeyError, "quantity"),
    "empty-source": (lambda u, _: u.create_empty_dataset(5, "f4", "a"), TypeError, "source_dset"),
    "empty-dtype": (
        lambda u, m: u.create_empty_dataset(m, "nonsense", "a"), TypeError, "nonsense",
    ),
    "empty-name": (lambda u, m: u.create_empty_dataset(m, "f4", 5), TypeError, "dset_name"),
    "empty-group": (lambda u, m: u.create_empty_dataset(m, "f4", "a", m), TypeError, "h5_group"),
    "empty-attrs": (
        lambda u, m: u.create_empty_dataset(m, "f4", "a", new_attrs=5), TypeError, "new_attrs",
    ),
    "pair-group": (lambda u, _: u.write_ind_val_dsets(5, X), TypeError, "h5_parent_group"),
    "pair-taken": (lambda u, m: u.write_ind_val_dsets(m.parent, X), KeyError, "already has"),
    "pair-dims": (lambda u, m: u.write_ind_val_dsets(m.file, "X"), TypeError, "Dimension"),
    "pair-dependent": (
        lambda u, m: u.write_ind_val_dsets(m.file, BENT), NotImplementedError, "dependent",
    ),
    "pair-mixed": (
        lambda u, m: u.write_ind_val_dsets(m.file, [X, SPIRAL]), NotImplementedError, "mixed",
    ),
    "pair-lengths": (
        lambda u, m: u.write_ind_val_dsets(m.file, [SPIRAL, LONGER]), ValueError, "lengths",
    ),
    "reduce-group": (
        lambda u, m: u.write_reduced_anc_dsets(m, *pair(m), "X"), TypeError, "parent_group",
    ),
    "reduce-inds": (
        lambda u, m: u.write_reduced_anc_dsets(m.file, 5, m, "X"), TypeError, "h5_inds",
    ),
    "reduce-type": (
        lambda u, m: u.write_reduced_anc_dsets(m.file, *pair(m), 5), TypeError, "dim_name",
    ),
    "reduce-name": (
        lambda u, m: u.write_reduced_anc_dsets(m.file, *pair(m), "Q"), KeyError, "Q",
    ),
    "sidpy": (lambda u, m: u.write_sidpy_dataset(np.eye(2), m.file), TypeError, "sidpy.Dataset"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), WRONG.values(), ids=WRONG)
def test_wrong_arguments_are_refused_and_change_nothing(h5_main, call, error, message):
    before = {}
    h5_main.file.visititems(lambda name, item: before.update({name: dict(item.attrs)}))
    with pytest.raises(error, match=message):
        call(hdf_utils, h5_main)

    after = {}
    h5_main.file.visititems(lambda name, item: after.update({name: dict(item.attrs)}))
    assert list(after) == list(before)
    assert [list(attrs) for attrs in after.values()] == [list(a) for a in before.values()]


def test_a_closed_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = file.create_group("g")
    with pytest.raises(ValueError, match="closed"):
        hdf_utils.write_ind_val_dsets(group, X)


def test_references_stay_in_one_file(h5_main, tmp_path):
    with (
        h5py.File(tmp_path / "a.h5", "w") as file,
        pytest.raises(ValueError, match="another file"),
    ):
        hdf_utils.check_and_link_ancillary(file.create_dataset("a", data=1), "b", anc_refs=h5_main)


def test_names_beyond_the_references_do_not_count(h5_main):
    plain = h5_main.parent.create_dataset("plain", data=h5_main[()])
    hdf_utils.check_and_link_ancillary(plain, ["a", "b", "c"], anc_refs=[*pair(h5_main)])
    hdf_utils.check_and_link_ancillary(plain, ["d"], anc_refs=[h5_main.ref, h5_main])

    assert sorted(plain.attrs) == ["a", "b", "d"]
    assert plain.file[plain.attrs["d"]] == h5_main


@pytest.mark.parametrize(
    ("stored", "asked", "fits"),
    [
        ({"a": 1}, {}, True),
        ({"a": 1}, {"b": None}, True),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ({"a": "x"}, {"a": "x"}, True),
        ({"a": [1.0, 2.0]}, {"a": [1, 2 + 1e-9]}, True),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, False),
        ({"a": ["x", "y"]}, {"a": ["x", "y"]}, True),
        ({"a": ["x", "y"]}, {"a": ["x", "z"]}, False),
        ({"a": 1}, {"a": [1, 1]}, True),
        ({"a": 1}, {"a": [1, 2]}, False),
    ],
)
def test_parameters_match_when_those_asked_for_agree(h5_file, stored, asked, fits):
    hdf_utils.write_simple_attrs(h5_file, stored)

    assert bool(hdf_utils.check_for_matching_attrs(h5_file, asked)) is fits


def test_old_results_are_searched_under_either_spelling(h5_main, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = hdf_utils.create_results_group(h5_main, "Fit", file)
        hdf_utils.write_simple_attrs(group.create_dataset("Guess", data=1), {"a": 1})

        assert hdf_utils.check_for_old(h5_main, "Fit") == []
        assert hdf_utils.check_for_old(h5_main, "Fit", h5_parent_goup=file) == [group]
        assert hdf_utils.check_for_old(h5_main, "Fit", h5_parent_group=file) == [group]
        target = {"h5_parent_group": file, "target_dset": "Guess"}
        assert hdf_utils.check_for_old(h5_main, "Fit", {"a": 1}, **target) == [group]
        assert hdf_utils.check_for_old(h5_main, "Fit", {"a": 2}, **target) == []
        assert (
            hdf_utils.check_for_old(h5_main, "Fit", target_dset="no", h5_parent_group=file) == []
        )


def test_numbers_of_groups_come_from_their_own_series(h5_file):
    for name in ("Measurement_abc", "Fit_2_001", "Fit_007", "Raw-Tool_x_000"):
        h5_file.create_group(name)

    assert hdf_utils.assign_group_index(h5_file, "Measurement") == "Measurement_000"
    assert hdf_utils.assign_group_index(h5_file, "Fit_") == "Fit_008"
    assert hdf_utils.assign_group_index(h5_file, "Raw-Tool") == "Raw-Tool_000"


def test_a_dash_in_a_tool_is_replaced(h5_main):
    with pytest.warns(UserWarning, match="My_Tool"):
        group = hdf_utils.create_results_group(h5_main, "My-Tool")

    assert group.name.endswith("Raw_Data-My_Tool_000")
    assert group.attrs["tool"] == "My_Tool"


def test_a_square_pair_needs_its_kind_to_be_told(h5_file):
    dims = [Dimension("A", "", [5.0]), Dimension("B", "", 2)]
    inds, vals = hdf_utils.write_ind_val_dsets(h5_file, dims, base_name="P")
    with pytest.raises(ValueError, match="is_spec"):
        hdf_utils.write_reduced_anc_dsets(h5_file.create_group("g"), inds, vals, "B")
    reduced = hdf_utils.write_reduced_anc_dsets(
        h5_file.create_group("h"), inds, vals, "B", is_spec=True
    )

    assert [item.name for item in reduced] == ["/h/P_Indices", "/h/P_Values"]
    assert reduced[1][()].tolist() == [[5.0]]
    assert "type" not in reduced[0].attrs


def test_a_dataset_of_sidpy_has_its_title_and_nothing_invented(h5_file):
    dataset = sidpy.Dataset.from_array(np.arange(6.0).reshape(2, 3), title="a/b-c", units="nA")
    dataset.quantity = "Current"
    dataset.set_dimension(0, sidpy.Dimension(2, "y", "Length", "nm", "spatial"))
    dataset.set_dimension(1, sidpy.Dimension(3, "t", "Time", "s", "temporal"))
    dataset.metadata = {"gain": {"value": 2}}
    written = hdf_utils.write_sidpy_dataset(dataset, h5_file)

    assert isinstance(written, USIDataset)
    assert written.name == "/a_b_c"
    assert (written.pos_dim_labels, written.spec_dim_labels) == (["y"], ["t"])
    assert written.attrs["metadata-gain-value"] == 2
    assert set(written.attrs) == {
        "Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values",
        "data_type", "machine_id", "metadata-gain-value", "modality", "platform",
        "pyUSID_version", "quantity", "sidpy_version", "source", "timestamp", "title", "units",
    }  # fmt: skip


def test_regions_of_old_files_are_copied(h5_main, h5_file):
    source = h5_main.h5_pos_inds
    hdf_utils.write_region_references(source, {"Y": (slice(None), slice(0, 1))})
    target = h5_file.create_dataset("b", data=source[()])
    copy_region_refs(source, target)

    np.testing.assert_array_equal(hdf_utils.get_region(target, "Y").ravel(), source[:, 0])


def test_objects_are_found_by_part_of_the_name_or_all_of_it(h5_main):
    found = hdf_utils.find_dataset(h5_main.file, "Indices")

    assert [item.name.rpartition("/")[2] for item in found] == [
        "Position_Indices", "Spectroscopic_Indices",
    ]  # fmt: skip
    (main,) = hdf_utils.get_h5_obj_refs(
        "Raw_Data", [h5_main.h5_pos_inds, h5py.Dataset(h5_main.id)]
    )
    assert isinstance(main, USIDataset)
    assert hdf_utils.get_h5_obj_refs(["Indices"], h5_main.h5_pos_inds) == []
