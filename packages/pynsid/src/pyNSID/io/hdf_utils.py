"""The released address of reading; prefer `sidpy.read`, or the modules named here."""

# ruff: noqa: F401, I001 - every name here is a re-export, one line per home
# mypy: implicit-reexport
# fmt: off
from sidpy.hdf.hdf_utils import copy_dataset, find_dataset, get_attr, h5_group_to_dict, write_book_keeping_attrs, write_simple_attrs  # noqa: E501 - the same
from sidpy.sid.dataset import Dataset, Dimension

from pyNSID.__version__ import version as pynsid_version
from pyNSID.nexus import make_nexus_compatible
from pyNSID.read import read_h5py_dataset
from pyNSID.structures import ase_from_dictionary
from pyNSID.linking import link_as_main, validate_h5_dimension, validate_main_and_dims
from pyNSID.survey import check_if_main, get_all_main
from pyNSID.write import write_pynsid_book_keeping_attrs
