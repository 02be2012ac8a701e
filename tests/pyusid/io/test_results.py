"""Groups of results, empty copies, reduced ancillaries, trees."""

import h5py
import numpy as np
import pytest

from pyUSID import __version__
from pyUSID.io import hdf_utils as subject
from pyUSID.io.dimension import Dimension
from pyUSID.io.usi_data import USIDataset


def test_numbered_groups_say_who_wrote_them(h5_file):
    group = subject.create_indexed_group(h5_file, "Measurement")

    assert group.name == "/Measurement_000"
    assert sorted(group.attrs) == [
        "machine_id", "platform", "pyUSID_version", "sidpy_version", "timestamp",
    ]  # fmt: skip
    assert group.attrs["pyUSID_version"] == __version__
    assert subject.create_indexed_group(h5_file, "Measurement_").name == "/Measurement_001"
    with pytest.raises(ValueError, match="base_name"):
        subject.create_indexed_group(h5_file, " ")


def test_only_names_of_the_series_count(h5_file):
    for name in ("Fit_abc", "Fit_2_001", "Fit_004", "Fitter_009"):
        h5_file.create_group(name)

    assert subject.assign_group_index(h5_file, "Fit") == "Fit_005"


def test_results_say_where_they_come_from(h5_main, tmp_path):
    group = subject.create_results_group(h5_main, "Fit")

    assert group.name == f"{h5_main.parent.name}/Raw_Data-Fit_000"
    assert (group.attrs["tool"], group.attrs["num_source_dsets"]) == ("Fit", 1)
    assert group.file[group.attrs["source_000"]] == h5_main
    with h5py.File(tmp_path / "other.h5", "w") as file:
        other = subject.create_results_group(h5_main, "Fit", file)

        assert other.attrs["source_dataset_path"] == h5_main.name
        assert other.attrs["source_file_path"] == h5_main.file.filename
        assert "source_000" not in other.attrs


def test_results_are_found_exactly(h5_main):
    parent = h5_main.parent
    for name in ("Raw_Data-Fitter_000", "Raw-Fit_000", "Raw_Data-Fit_x", "Raw_Data-A_Fit_000"):
        parent.create_group(name)
    made = [subject.create_results_group(h5_main, "Fit") for _ in range(11)]
    parent["Raw_Data-Fit_003"].attrs["source_000"] = h5_main.h5_pos_inds.ref

    assert subject.find_results_groups(h5_main, "Fit") == [g for i, g in enumerate(made) if i != 3]
    assert subject.find_results_groups(h5_main, "A") == []
    for wrong in ((5, "Fit"), (h5_main, 5), (h5_main, "Fit", 5)):
        with pytest.raises(TypeError):
            subject.find_results_groups(*wrong)


def test_old_results_match_by_the_parameters_named(h5_main):
    one, two = (subject.create_results_group(h5_main, "Fit") for _ in range(2))
    subject.write_simple_attrs(one, {"order": 1, "mask": [1, 2], "kind": "a"})
    subject.write_simple_attrs(two, {"order": 2, "mask": [1, 2], "kind": "a"})
    two.create_dataset("out", data=[1]).attrs["x"] = 5

    assert subject.check_for_old(h5_main, "Fit") == [one, two]
    assert subject.check_for_old(h5_main, "Fit", {"order": 2, "mask": [1, 2]}) == [two]
    assert subject.check_for_old(h5_main, "Fit", {"order": None, "kind": "a"}) == [one, two]
    assert subject.check_for_old(h5_main, "Fit", {"absent": 1}) == []
    assert subject.check_for_old(h5_main, "Fit", {"x": 5}, target_dset="out") == [two]
    assert subject.check_for_old(h5_main, "Fit", h5_parent_goup=one) == []
    assert subject.check_for_old(h5_main, "Fit", h5_parent_group=one) == []
    with pytest.raises(TypeError, match="new_parms"):
        subject.check_for_old(h5_main, "Fit", 5)
    with pytest.raises(TypeError, match="target_dset"):
        subject.check_for_old(h5_main, "Fit", target_dset=5)


def test_the_source_is_found_by_name(h5_main):
    group = subject.create_results_group(h5_main, "Fit")

    assert subject.get_source_dataset(group) == h5_main
    assert type(subject.get_source_dataset(group)) is USIDataset
    with pytest.raises(ValueError, match="names no source"):
        subject.get_source_dataset(h5_main.parent)
    with pytest.raises(KeyError, match="not beside it"):
        subject.get_source_dataset(h5_main.parent.create_group("Gone-Fit_000"))
    h5_main.parent["Extra"] = [1]
    with pytest.raises(TypeError, match="not a Main dataset"):
        subject.get_source_dataset(h5_main.parent.create_group("Extra-Fit_000"))


# --- empty copies ------------------------------------------------------------------


def test_an_empty_copy_is_a_main_dataset_too(h5_main):
    made = subject.create_empty_dataset(h5_main, np.complex64, "Copy", new_attrs={"a": 1})

    assert type(made) is USIDataset
    assert (made.shape, made.dtype) == (h5_main.shape, np.complex64)
    assert made.h5_pos_inds == h5_main.h5_pos_inds
    assert (made.attrs["quantity"], made.attrs["a"]) == ("Current", 1)


def test_without_references_the_copy_is_plain(h5_main):
    made = subject.create_empty_dataset(h5_main, "f4", "Copy", skip_refs=True)

    assert type(made) is h5py.Dataset
    assert "Position_Indices" not in made.attrs


def test_an_empty_copy_in_another_file_brings_what_it_refers_to(h5_main, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        with pytest.warns(UserWarning, match="is copied into"):
            made = subject.create_empty_dataset(h5_main, "f4", "Copy", h5_group=file)

        assert made.h5_spec_vals.file == file
        assert made.n_dim_labels == h5_main.n_dim_labels


def test_names_that_are_taken_by_copies(h5_main):
    made = subject.create_empty_dataset(h5_main, "f4", "Copy")
    made[0, 0] = 5
    with pytest.warns(UserWarning, match="reused"):
        assert subject.create_empty_dataset(h5_main, "f4", "Copy")[0, 0] == 5
    with pytest.warns(UserWarning, match="replaced"):
        assert subject.create_empty_dataset(h5_main, "f8", "Copy")[0, 0] == 0
    h5_main.parent.create_group("Group")
    with pytest.raises(KeyError, match="already has a group"):
        subject.create_empty_dataset(h5_main, "f4", "Group")
    with pytest.raises(TypeError, match="new_attrs"):
        subject.create_empty_dataset(h5_main, "f4", "b", new_attrs=5)


# --- ancillaries -------------------------------------------------------------------


@pytest.mark.parametrize("dropped", ["X", "Y"])
def test_reducing_leaves_the_other_dimensions(h5_main, fast_first, dropped):
    left = {"X": ("Y", "um", [-70, 23]), "Y": ("X", "nm", [0, 1, 2])}[dropped]
    for number, main in enumerate((h5_main, USIDataset(fast_first))):
        group = main.file.create_group(f"reduced{number}")
        inds, vals = subject.write_reduced_anc_dsets(
            group, main.h5_pos_inds, main.h5_pos_vals, dropped
        )

        assert inds.name == f"{group.name}/Position_Indices"
        assert inds.dtype == main.h5_pos_inds.dtype
        assert inds[:, 0].tolist() == list(range(len(left[2])))
        assert vals[:, 0].tolist() == left[2]
        assert (inds.attrs["labels"], inds.attrs["units"]) == (left[0].encode(), left[1].encode())
        assert "type" not in inds.attrs


def test_reducing_everything_leaves_one_step(h5_main):
    inds, vals = subject.write_reduced_anc_dsets(
        h5_main.file, h5_main.h5_spec_inds, h5_main.h5_spec_vals, ["Bias", "Cycle"], "Mine"
    )

    assert (inds.name, inds.shape, vals.shape) == ("/Mine_Indices", (1, 1), (1, 1))
    assert inds.attrs["labels"].tolist() == [b"Single_Step"]
    assert inds.attrs["units"].tolist() == [b"a. u."]


def test_reducing_refuses(h5_main):
    pair = h5_main.h5_pos_inds, h5_main.h5_pos_vals
    with pytest.raises(KeyError, match="Dimension Q"):
        subject.write_reduced_anc_dsets(h5_main.file, *pair, "Q")
    with pytest.raises(KeyError, match="already has"):
        subject.write_reduced_anc_dsets(h5_main.parent, *pair, "X")
    with pytest.raises(TypeError, match="h5_inds"):
        subject.write_reduced_anc_dsets(h5_main.file, 5, 6, "X")


def test_ancillaries_of_one_side(h5_file):
    inds, vals = subject.write_ind_val_dsets(h5_file, Dimension("B", "V", [5, 6]), base_name="My")

    assert (inds.name, vals.name) == ("/My_Indices", "/My_Values")
    assert (inds[()].tolist(), vals[()].tolist()) == ([[0, 1]], [[5, 6]])
    with pytest.raises(KeyError, match="already has My_Indices"):
        subject.write_ind_val_dsets(h5_file, Dimension("B", "V", 2), base_name="My_")
    with pytest.raises(ValueError, match="one or more"):
        subject.write_ind_val_dsets(h5_file, [])


def test_pairs_are_validated(h5_main):
    pos = h5_main.h5_pos_inds, h5_main.h5_pos_vals
    subject.validate_anc_h5_dsets(*pos, h5_main, is_spectroscopic=False)
    subject.validate_anc_dset_attrs(*pos, is_spec=False)
    with pytest.raises(ValueError, match="do not explain axis 1"):
        subject.validate_anc_h5_dsets(*pos, (6, 8))
    with pytest.raises(ValueError, match="differ"):
        subject.validate_anc_h5_dsets(pos[0], h5_main.h5_spec_vals, (6, 8))
    with pytest.raises(TypeError, match="main_shape"):
        subject.validate_anc_h5_dsets(*pos, 5)
    pos[1].attrs["labels"] = np.array([b"A", b"B"])
    with pytest.raises(ValueError, match=r"labels .* differ from"):
        subject.validate_anc_dset_attrs(*pos, is_spec=False)


def test_shapes_are_validated_against_dimensions():
    x, y = Dimension("X", "nm", 3), Dimension("Y", "nm", 2)

    assert subject.validate_dims_against_main((6, 1), [x, y], is_spectroscopic=False) is None
    with pytest.raises(ValueError, match=r"Spectroscopic dimensions \(X: 3\) make 3"):
        subject.validate_dims_against_main((6, 1), x)
    for shape in ((6,), (6, -1)):
        with pytest.raises(ValueError, match="two axes"):
            subject.validate_dims_against_main(shape, x)
    with pytest.raises(TypeError, match="main_shape"):
        subject.validate_dims_against_main(6, x)


# --- trees -------------------------------------------------------------------------


def test_the_tree_is_printed(h5_main, capsys):
    group = h5_main.parent
    group.create_group("Empty")
    subject.print_tree(group)
    expected = [
        group.name, "├ Empty", "  -----", "├ Position_Indices", "├ Position_Values", "├ Raw_Data",
        "├ Spectroscopic_Indices", "├ Spectroscopic_Values",
    ]  # fmt: skip

    assert capsys.readouterr().out.splitlines() == expected
    subject.print_tree(group, main_dsets_only=True)

    assert capsys.readouterr().out.splitlines() == [*expected[:3], "├ Raw_Data"]
    subject.print_tree(group, rel_paths=True, main_dsets_only=True)

    assert capsys.readouterr().out.splitlines() == [group.name, "Empty", "Raw_Data"]
    with pytest.raises(TypeError, match="parent"):
        subject.print_tree(h5_main)


def test_datasets_are_found_by_part_of_their_name(h5_main):
    names = [
        item.name.rpartition("/")[2] for item in subject.find_dataset(h5_main.file, "Indices")
    ]

    assert names == ["Position_Indices", "Spectroscopic_Indices"]
    [found] = subject.find_dataset(h5_main.file, "Raw")

    assert type(found) is USIDataset


def test_objects_are_picked_by_name(h5_main):
    objects = [h5_main.h5_pos_inds, h5_py(h5_main), h5_main.parent]
    found = subject.get_h5_obj_refs(["Raw_Data", "Channel_000"], objects)

    assert [type(item) for item in found] == [USIDataset, h5py.Group]


def h5_py(h5_main):
    return h5py.Dataset(h5_main.id)
