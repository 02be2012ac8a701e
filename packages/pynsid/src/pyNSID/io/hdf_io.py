"""The released address of writing; prefer ``Dataset.save``, or the modules named here."""

# ruff: noqa: F401, I001 - every name here is a re-export, one line per home
# mypy: implicit-reexport
# fmt: off

from sidpy.base.num_utils import contains_integers
from sidpy.hdf.hdf_utils import is_editable_h5, write_book_keeping_attrs, write_dict_to_h5_group, write_simple_attrs  # noqa: E501 - the same
from sidpy.hdf.prov_utils import create_indexed_group
from sidpy.sid.dataset import Dataset, Dimension

from pyNSID.results import create_empty_dataset, write_results
from pyNSID.structures import add_crystal_structure, ase_to_dict, structures_to_h5
from pyNSID.linking import link_as_main
from pyNSID.write import write_nsid_dataset, write_pynsid_book_keeping_attrs
