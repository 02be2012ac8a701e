"""Main datasets: measurements in 2-D form that say what their rows and columns are.

A main dataset has positions for rows and spectroscopic steps for columns, a quantity, its
units, and four references to the ancillary datasets that explain both sides.  `problems`
lists everything that keeps an object from being one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sidpy._warnings import warn
from sidpy.base.string_utils import validate_list_of_strings
from sidpy.errors import NotUSID
from sidpy.hdf.attrs import decode
from sidpy.hdf.links import follow
from sidpy.hdf.objects import is_dataset, require

from .sides import texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import h5py

    from .usi_data import USIDataset

__all__ = [
    "LINKS",
    "check_and_link_ancillary",
    "check_if_main",
    "copy_main_attributes",
    "get_all_main",
    "is_main",
    "link_as_main",
    "problems",
    "require_main",
]

logger = logging.getLogger(__name__)

#: The four attributes that refer to ancillary datasets.
LINKS = ("Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values")


def problems(h5_main: object) -> tuple[str, ...]:
    """Return every reason why an object is no main dataset; none when it is one.

    Parameters
    ----------
    h5_main : object
        Anything; nothing is raised.
    """
    if not is_dataset(h5_main):
        return (f"a main dataset is a h5py.Dataset, not {type(h5_main).__name__}",)
    if not h5_main:
        return ("its file is closed",)
    try:
        found = [*_text_problems(h5_main), *_link_problems(h5_main)]
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        return (f"it cannot be read: {error}",)
    if h5_main.ndim != 2:
        return (f"it has {h5_main.ndim} axes instead of 2", *found)
    return tuple(found)


def _text_problems(h5_main: Any) -> list[str]:
    return [
        f"attribute {name!r} should be one text, found {h5_main.attrs.get(name)!r}"
        for name in ("quantity", "units")
        if not _is_text(h5_main.attrs.get(name))
    ]


def _is_text(value: Any) -> bool:
    return isinstance(decode(value), str)


def _link_problems(h5_main: Any) -> list[str]:
    linked = [follow(h5_main, h5_main.attrs.get(name)) for name in LINKS]
    # a reference to a deleted dataset may still find its bytes, but no name
    missing = [
        name
        for name, item in zip(LINKS, linked, strict=True)
        if not is_dataset(item) or item.name is None
    ]
    if missing:
        return [f"attribute {name!r} refers to no dataset of the file" for name in missing]
    if h5_main.ndim != 2:
        return []
    return [
        *_pair_problems(linked[0], linked[1], h5_main.shape[0], axis=0),
        *_pair_problems(linked[2], linked[3], h5_main.shape[1], axis=1),
    ]


def _pair_problems(h5_inds: Any, h5_vals: Any, length: int, *, axis: int) -> list[str]:
    if h5_inds.shape != h5_vals.shape:
        shapes = f"{h5_inds.shape} and {h5_vals.shape}"
        return [f"shapes of {h5_inds.name} and {h5_vals.name} differ: {shapes}"]
    if h5_inds.ndim != 2 or h5_inds.shape[axis] != length:
        lines = f"{length} {'columns' if axis else 'rows'} of the main dataset"
        return [f"{h5_inds.name} of shape {h5_inds.shape} does not describe the {lines}"]
    return label_problems(h5_inds, h5_vals, h5_inds.shape[1 - axis])


def label_problems(h5_inds: Any, h5_vals: Any, count: int) -> list[str]:
    """Return what is wrong with labels and units of a pair of ancillary datasets."""
    found = []
    for name in ("labels", "units"):
        ours, theirs = texts_of(h5_inds, name), texts_of(h5_vals, name)
        if len(ours) != count:
            found.append(f"{h5_inds.name} has {len(ours)} {name} for {count} dimensions")
        if ours != theirs:
            found.append(f"{name} of {h5_inds.name} {ours} and {h5_vals.name} {theirs} differ")
    return found


def is_main(h5_main: object) -> bool:
    """Whether an object is a main dataset."""
    return not problems(h5_main)


def require_main(h5_main: object) -> None:
    """Refuse what is no main dataset.

    Raises
    ------
    NotUSID
        With every reason; a TypeError and a ValueError too.
    """
    found = problems(h5_main)
    if found:
        msg = f"{getattr(h5_main, 'name', h5_main)!r} is not a Main dataset of the USID model"
        raise NotUSID(msg, found)


def check_if_main(h5_main: object, verbose: bool = False) -> bool:  # noqa: FBT001, FBT002 - released signature
    """Whether an object is a main dataset; `problems` says why not.

    Parameters
    ----------
    h5_main : object
        Anything; nothing is raised.
    verbose : bool
        Log the reasons at the level INFO.
    """
    found = problems(h5_main)
    if found and verbose:
        logger.info("not a Main dataset: %s", "; ".join(found))
    return not found


def get_all_main(parent: h5py.Group, verbose: bool = False) -> list[USIDataset]:  # noqa: ARG001, FBT001, FBT002 - released signature
    """Return every main dataset below a group, in alphabetical order of address.

    Raises
    ------
    TypeError
        When `parent` is no h5py.File or h5py.Group.
    """
    from .usi_data import USIDataset

    require("group", parent, "parent")
    found: list[Any] = []
    parent.visititems(lambda _name, item: found.append(item) if is_main(item) else None)
    return [USIDataset(item) for item in found]


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
    from .ancillary import validate_anc_h5_dsets, validate_main_dset
    from .usi_data import USIDataset

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
    h5_dset.file.flush()


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


def without_dash(name: str, what: str) -> str:
    """Return a name without ``-``, which separates a dataset from a tool in group names.

    Warns
    -----
    UserWarning
        When it had to be changed.
    """
    if "-" not in name:
        return name
    changed = name.replace("-", "_")
    warn(f"{what} should not contain '-': {name!r} is written as {changed!r}")
    return changed
