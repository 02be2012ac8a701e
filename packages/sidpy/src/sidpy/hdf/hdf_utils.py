"""The released address of the HDF5 helpers; prefer the modules they are imported from."""

# ruff: noqa: F401, I001 - every name here is a re-export, one line per home
# mypy: implicit-reexport
# fmt: off

from sidpy.__version__ import version as sidpy_version
from sidpy.base.string_utils import clean_string_att, get_time_stamp, validate_list_of_strings, validate_single_string_arg  # noqa: E501 - the same

from .arrays import lazy_load_array
from .attrs import get_attr, get_attributes, write_book_keeping_attrs, write_simple_attrs
from .copying import copy_attributes, copy_dataset, copy_linked_objects
from .groups import h5_group_to_dict, is_editable_h5, write_dict_to_h5_group
from .links import get_auxiliary_datasets, get_h5_obj_refs, link_h5_obj_as_alias, link_h5_objects_as_attrs, validate_h5_objs_in_same_h5_file  # noqa: E501 - the same
from .tree import find_dataset, print_tree
