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


#: Addresses of whole modules, and where the code is.
SAME = {
    "pyUSID.dtype_utils": "sidpy.hdf.dtype_utils",
    "pyUSID.hdf_utils": "pyUSID.io.hdf_utils",
    "pyUSID.io.dtype_utils": "sidpy.hdf.dtype_utils",
    "pyUSID.io.numpy_translator": "pyUSID.io.array_translator",
    "pyUSID.io.write_utils": "pyUSID.io.anc_build_utils",
    "pyUSID.io_utils": "pyUSID.io.io_utils",
    "pyUSID.plot_utils": "sidpy.viz.plot_utils",
    "pyUSID.viz.plot_utils": "sidpy.viz.plot_utils",
    "pyUSID.write_utils": "pyUSID.io.anc_build_utils",
}


@pytest.mark.parametrize(("address", "home"), SAME.items())
def test_modules_at_kept_addresses_are_those_of_the_code(address, home):
    parent, _, name = address.rpartition(".")

    assert importlib.import_module(address) is importlib.import_module(home)
    assert getattr(importlib.import_module(parent), name) is importlib.import_module(home)


def test_names_that_mean_the_same_are_the_same():
    from pyUSID.io import array_translator
    from pyUSID.io.translator import Translator
    from pyUSID.io.write_utils import INDICES_DTYPE, Dimension
    from sidpy.sid import translator

    assert pyUSID.write_utils is pyUSID.anc_build_utils
    assert pyUSID.numpy_translator is array_translator
    assert pyUSID.NumpyTranslator is pyUSID.ArrayTranslator is pyUSID.io.NumpyTranslator
    assert pyUSID.Translator is Translator is translator.Translator
    assert Dimension is pyUSID.Dimension
    assert INDICES_DTYPE(3).itemsize == 4


#: What applications call at each address.
CALLED = {
    "pyUSID.io.io_utils": ["check_ssh", "file_dialog", "get_time_stamp", "contains_integers"],
    "pyUSID.io.dtype_utils": ["stack_real_to_compound", "flatten_to_real", "validate_dtype"],
    "pyUSID.viz.plot_utils": [
        "cmap_jet_white_center", "plot_curves", "plot_map", "plot_map_stack", "plot_scree",
        "rainbow_plot",
    ],
    "pyUSID.io.reg_ref": [
        "attempt_reg_ref_build", "check_if_main", "clean_reg_ref", "copy_reg_ref_reduced_dim",
        "copy_region_refs", "create_region_reference", "get_indices_for_region_ref",
        "get_region", "simple_region_ref_copy", "write_region_references",
    ],
    "pyUSID.io.array_translator": [
        "create_indexed_group", "validate_dimensions", "validate_dims_against_main",
        "validate_main_dset", "write_book_keeping_attrs", "write_main_dataset",
    ],
    "pyUSID.io.image": ["ArrayTranslator", "Dimension", "read_image", "resample_dict"],
    "pyUSID.io.write_utils": [
        "INDICES_DTYPE", "VALUES_DTYPE", "Dimension", "DimType", "build_ind_val_matrices",
        "calc_chunks", "create_spec_inds_from_vals", "get_aux_dset_slicing",
        "make_indices_matrix", "validate_dimensions",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("address", "name"), [(where, name) for where, names in CALLED.items() for name in names]
)
def test_names_that_others_import_from_kept_modules(address, name):
    assert getattr(importlib.import_module(address), name) is not None


def test_kept_modules_are_there_after_importing_the_package_alone():
    code = "import pyUSID; " + "; ".join([*SAME, *CALLED])
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )

    assert ran.returncode == 0, ran.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a window would open")
def test_a_dialog_takes_the_words_of_applications(monkeypatch):
    """Without a screen it says so at once, whatever library would draw the window."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises((RuntimeError, ModuleNotFoundError), match=r"display|Qt"):
        pyUSID.io_utils.file_dialog(file_filter="H5 file (*.h5)", caption="Which?")


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
