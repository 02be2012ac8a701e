"""The public face: names at their kept addresses, and what importing costs."""

import importlib
import subprocess
import sys

import pytest

import pyUSID


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, pyUSID, pyUSID.plugin; "
        "print([m for m in ('dask', 'h5py', 'scipy', 'matplotlib', 'pint') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )

    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["pyUSID", "pyUSID.io"])
def test_every_public_name_resolves(module):
    found = importlib.import_module(module)

    assert "USIDataset" in found.__all__
    for name in found.__all__:
        assert getattr(found, name) is not None


def test_write_utils_is_another_name_of_a_module():
    from pyUSID.io import anc_build_utils, write_utils
    from pyUSID.io.write_utils import INDICES_DTYPE, Dimension

    assert pyUSID.write_utils is write_utils is anc_build_utils
    assert Dimension is pyUSID.Dimension
    assert INDICES_DTYPE(3).itemsize == 4


@pytest.mark.parametrize(
    "name",
    [
        "INDICES_DTYPE", "assign_group_index", "attempt_reg_ref_build", "build_ind_val_matrices",
        "check_and_link_ancillary", "check_for_old", "check_if_main", "clean_string_att",
        "contains_integers", "copy_attributes", "copy_dataset", "copy_linked_objects",
        "create_empty_dataset", "create_indexed_group", "create_results_group", "find_dataset",
        "find_results_groups", "flatten_dict", "get_all_main", "get_attr", "get_attributes",
        "get_auxiliary_datasets", "get_dimensionality", "get_region", "get_sort_order",
        "get_source_dataset", "get_unit_values", "is_editable_h5", "lazy_load_array",
        "link_as_main", "link_h5_obj_as_alias", "make_indices_matrix", "print_tree",
        "py_usid_version", "reshape_from_n_dims", "reshape_to_n_dims", "validate_dimensions",
        "validate_dtype", "validate_h5_objs_in_same_h5_file", "validate_list_of_strings",
        "validate_single_string_arg", "validate_string_args", "write_book_keeping_attrs",
        "write_ind_val_dsets", "write_main_dataset", "write_reduced_anc_dsets",
        "write_region_references", "write_sidpy_dataset", "write_simple_attrs",
    ],
)  # fmt: skip
def test_names_that_others_import_from_hdf_utils(name):
    assert getattr(pyUSID.hdf_utils, name) is not None


def test_our_functions_win_over_those_of_sidpy():
    from pyUSID.io import tree, writing

    assert pyUSID.hdf_utils.print_tree is tree.print_tree
    assert pyUSID.hdf_utils.find_dataset is tree.find_dataset
    assert pyUSID.hdf_utils.get_h5_obj_refs is tree.get_h5_obj_refs
    assert pyUSID.hdf_utils.write_book_keeping_attrs is writing.write_book_keeping_attrs


@pytest.mark.parametrize(
    "name",
    ["Dimension", "check_if_main", "create_results_group", "get_unit_values", "link_as_main",
     "reshape_to_n_dims", "write_main_dataset", "write_reduced_anc_dsets"],
)  # fmt: skip
def test_names_that_others_import_beside_the_dataset(name):
    from pyUSID.io import usi_data

    assert getattr(usi_data, name) is getattr(pyUSID.hdf_utils, name)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        usi_data.nonsense  # noqa: B018 - the access is what raises
