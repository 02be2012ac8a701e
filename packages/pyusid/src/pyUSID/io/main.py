"""Main datasets: measurements in 2-D form that say what their rows and columns are.

A main dataset has positions for rows and spectroscopic steps for columns, a quantity, its
units, and four references to the ancillary datasets that explain both sides.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sidpy.base.string_utils import validate_list_of_strings
from sidpy.hdf.flushing import flush
from sidpy.hdf.links import follow
from sidpy.hdf.objects import is_dataset, require

from .ancillary import validate_anc_h5_dsets, validate_main_dset
from .flaws import LINKS, is_main, main_problems, require_main
from .naming import without_dash
from .survey import survey
from .usi_data import USIDataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    import h5py

__all__ = [
    "LINKS",
    "check_and_link_ancillary",
    "check_if_main",
    "copy_main_attributes",
    "get_all_main",
    "is_main",
    "link_as_main",
    "require_main",
    "without_dash",
]

logger = logging.getLogger(__name__)


def check_if_main(h5_main: object, verbose: bool = False) -> bool:  # noqa: FBT001, FBT002 - released signature
    """Whether an object is a main dataset; `pyUSID.io.validate.problems` says why not.

    Parameters
    ----------
    h5_main : object
        Anything; nothing is raised.
    verbose : bool
        Log the reasons at the level INFO.
    """
    found = main_problems(h5_main)
    for problem in found:
        level = logging.INFO if verbose else logging.DEBUG
        logger.log(level, "not a Main dataset: %s", problem)
    return not found


def get_all_main(parent: h5py.Group, verbose: bool = False) -> list[USIDataset]:  # noqa: FBT001, FBT002 - released signature
    """Return every main dataset below a group, in alphabetical order of address.

    Parameters
    ----------
    parent : h5py.File or h5py.Group
        Where to search; links are not followed, and what is damaged is passed over.
    verbose : bool
        Log at the level INFO why datasets that claim to be main ones are none.

    Raises
    ------
    TypeError
        When `parent` is no h5py.File or h5py.Group.
    """
    require("group", parent, "parent")
    mains, problems = survey(parent)
    for problem in problems:
        level = logging.INFO if verbose else logging.DEBUG
        logger.log(level, "no main dataset: %s", problem)
    return [USIDataset(item) for item in mains]


def link_as_main(
    h5_main: h5py.Dataset,
    h5_pos_inds: h5py.Dataset,
    h5_pos_vals: h5py.Dataset,
    h5_spec_inds: h5py.Dataset,
    h5_spec_vals: h5py.Dataset,
) -> USIDataset | h5py.Dataset:
    """Make a dataset refer to its four ancillary datasets.

    Returns
    -------
    USIDataset or h5py.Dataset
        The former when the dataset has a quantity and units too.

    Raises
    ------
    TypeError
        When an argument is no dataset.
    ValueError
        When shapes or labels do not match, or a dataset lies in another file.
    """
    validate_main_dset(h5_main, must_be_h5=True)
    validate_anc_h5_dsets(h5_pos_inds, h5_pos_vals, h5_main.shape, is_spectroscopic=False)
    validate_anc_h5_dsets(h5_spec_inds, h5_spec_vals, h5_main.shape, is_spectroscopic=True)
    ancillaries = (h5_pos_inds, h5_pos_vals, h5_spec_inds, h5_spec_vals)
    check_and_link_ancillary(h5_main, LINKS, anc_refs=ancillaries)
    return USIDataset(h5_main) if is_main(h5_main) else h5_main


def check_and_link_ancillary(
    h5_dset: h5py.Dataset,
    anc_names: str | Sequence[str],
    h5_main: h5py.Dataset | None = None,
    anc_refs: Any = None,
) -> None:
    """Make a dataset refer to others.

    Parameters
    ----------
    h5_dset : h5py.Dataset
        The dataset that receives the references.
    anc_names : str or sequence of str
        Names of the attributes.
    h5_main : h5py.Dataset, optional
        Take the references of these names from here, when `anc_refs` is not given.
    anc_refs : h5py object, reference, or sequence of these, optional
        What to refer to, one for each name.

    Raises
    ------
    TypeError
        When an argument is of the wrong type.
    ValueError
        When neither source of references is given, or an object lies in another file.
    """
    require("dataset", h5_dset, "h5_dset")
    if h5_main is None and anc_refs is None:
        msg = "either h5_main or anc_refs is needed to link to ancillary datasets"
        raise ValueError(msg)
    names = validate_list_of_strings(anc_names, "anc_names")
    if anc_refs is None:
        require("dataset", h5_main, "h5_main")
        pairs = [(name, follow(h5_main, h5_main.attrs.get(name))) for name in names]  # type: ignore[union-attr]
        targets = [(name, item) for name, item in pairs if is_dataset(item)]
    else:
        single = not isinstance(anc_refs, (list, tuple))
        targets = list(zip(names, [anc_refs] if single else anc_refs, strict=False))
    for name, target in targets:
        h5_dset.attrs[name] = _reference(h5_dset, target)
    flush(h5_dset.file)


def _reference(h5_dset: Any, target: Any) -> Any:
    import h5py

    if isinstance(target, h5py.Reference):
        return target
    require("object", target, "anc_refs")
    if target.file != h5_dset.file:
        msg = (
            f"{h5_dset.name} in {h5_dset.file.filename!r} cannot refer to {target.name} "
            f"in another file, {target.file.filename!r}"
        )
        raise ValueError(msg)
    return target.ref


def copy_main_attributes(h5_main: h5py.Dataset, h5_new: h5py.Dataset) -> None:
    """Copy quantity and units from one dataset to another.

    Raises
    ------
    TypeError
        When either is no dataset.
    KeyError
        When quantity or units are missing.
    """
    require("dataset", h5_main, "h5_main")
    require("dataset", h5_new, "h5_new")
    missing = [name for name in ("quantity", "units") if name not in h5_main.attrs]
    if missing:
        msg = f"Attribute {missing[0]!r} does not exist in {h5_main.name}"
        raise KeyError(msg)
    for name in ("quantity", "units"):
        h5_new.attrs[name] = h5_main.attrs[name]
