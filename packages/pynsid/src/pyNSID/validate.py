"""Is this a main dataset of the NSID model, and if not, why: every reason, not the first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidpy.base.global_heaps import heap_damage
from sidpy.errors import MissingFile, NotNSID, ReaderError
from sidpy.hdf.damage import DAMAGE, Problem, named, oversize
from sidpy.hdf.objects import is_dataset, is_group
from sidpy.hdf.scales import attached_scales, axis_labels, last_scale
from sidpy.hdf.walking import following, member, obstacles

from .committed import growing_axis
from .fields import AXIS_TEXTS, MAIN_ATTRIBUTES

if TYPE_CHECKING:
    from os import PathLike


__all__ = ["axis_problems", "is_main", "main_problems", "problems", "require_main", "validate"]


def validate(path: str | PathLike[str], *, external: bool | None = None) -> list[Problem]:
    """Return everything that is wrong with a file as one of the NSID model.

    Parameters
    ----------
    path : path-like
        The file; it is opened read-only.
    external : bool, optional
        Whether numbers may lie in files outside its folder; by default as configured.

    Returns
    -------
    list of Problem
        Each a text that knows the HDF5 address of the object; empty for a sound file.

    Raises
    ------
    MissingFile
        When there is no such file.
    """
    from .reader import open_hdf5

    if not Path(path).exists():
        msg = "there is no such file"
        raise MissingFile(msg, path=path, format="nsid")
    damage = heap_damage(path, everywhere=True)
    if damage:  # nothing else can be looked at: HDF5 itself would not survive it
        return [Problem("/", f"{reason}, at byte {place}") for place, reason in damage]
    try:
        with following(external), open_hdf5(path) as file, named(path, "nsid"):
            return problems(file)
    except ReaderError as error:
        return [Problem("/", error.message)]


def problems(h5_object: object) -> list[Problem]:
    """Return everything that is wrong with a main dataset, or with those below a group.

    Parameters
    ----------
    h5_object : h5py.Dataset, h5py.Group or h5py.File
        A main dataset has the texts of `fields.TEXTS` as attributes and, for each axis, an
        attached HDF5 dimension scale, labelled with the name of a dataset beside it that has
        the right length and says what it is.

    Returns
    -------
    list of Problem
        Each a text that knows the HDF5 address of the object; empty for what is sound.  Of
        a group: of every dataset that claims to be a main one, links that lead nowhere or
        out of the folder, objects that cannot be read, and that there is no main dataset.
    """
    if is_group(h5_object) and h5_object:
        from .survey import group_problems

        return group_problems(h5_object)
    return main_problems(h5_object)


def main_problems(h5_main: object) -> list[Problem]:
    """Return every reason why an object is no main dataset; none when it is one."""
    if not is_dataset(h5_main):
        return [Problem("", f"it is a {type(h5_main).__name__} and no dataset")]
    if not h5_main:
        return [Problem("", "its file is closed")]
    where = ""
    try:
        where = str(h5_main.name)
        found = [Problem(where, reason) for reason in obstacles(h5_main)]
        if not found:  # HDF5 may open the files of a virtual dataset to tell its shape
            found = _shape_problems(h5_main, where)
        return _attribute_problems(h5_main, where) + found
    except DAMAGE as error:
        return [Problem(where, f"it cannot be read: {type(error).__name__}: {error}")]


def _attribute_problems(h5_main: Any, where: str) -> list[Problem]:
    reasons = ((name, _no_text(h5_main, name)) for name in MAIN_ATTRIBUTES)
    return [
        Problem(where, f"the attribute {name!r} {reason}") for name, reason in reasons if reason
    ]


def _no_text(h5_object: Any, name: str) -> str:
    """Return why an attribute is no text, "" when it is one; it is not read."""
    from h5py import h5a, h5s, h5t

    key = name.encode()
    try:
        if not h5a.exists(h5_object.id, key):
            return "is missing"
        attribute = h5a.open(h5_object.id, key)
        is_text = isinstance(attribute.get_type(), h5t.TypeStringID)
        scalar = attribute.get_space().get_simple_extent_type() == h5s.SCALAR
    except DAMAGE as error:
        return f"cannot be read: {error}"
    return "" if is_text and scalar else "is no text"


def _shape_problems(h5_main: Any, where: str) -> list[Problem]:
    if h5_main.shape is None:
        return [Problem(where, "it is empty: it has neither a shape nor numbers")]
    claim = oversize(h5_main, whole=False)
    if claim:
        return [Problem(where, claim)]
    try:
        labels, attached = axis_labels(h5_main), attached_scales(h5_main)
        grows = growing_axis(h5_main)
    except DAMAGE as error:
        return [Problem(where, f"the scales of its axes cannot be read: {error}")]
    lengths = [None if axis == grows else length for axis, length in enumerate(h5_main.shape)]
    return [
        problem
        for axis, length in enumerate(lengths)
        for problem in _scale_problems(h5_main, axis, length, labels[axis], attached[axis])
    ]


def _scale_problems(
    h5_main: Any, axis: int, length: int | None, label: str, attached: list[Any]
) -> list[Problem]:
    where = str(h5_main.name)
    if not attached:
        return [Problem(where, f"axis {axis}: no dimension scale is attached")]
    try:
        scale = member(h5_main.parent, label) if label and "/" not in label else None
        if scale is None:
            reason = f"there is no dataset {label!r}, as the axis is labelled, beside it"
            return [Problem(where, f"axis {axis}: {reason}")]
        found = axis_problems(scale, length)
        last = last_scale(h5_main, attached)
        if last != scale:
            found += [
                f"the scale attached to it, {last.name!r}: {reason}"
                for reason in axis_problems(last, length)
            ]
        at = str(scale.name)
    except DAMAGE as error:
        reason = f"axis {axis}: its scale cannot be read: {type(error).__name__}: {error}"
        return [Problem(where, reason)]
    return [Problem(at, f"axis {axis}: {reason}") for reason in found]


def axis_problems(h5_dim: object, length: int | None) -> list[str]:
    """Return every reason why an object cannot be the values of an axis of some length.

    An axis that grows has no length yet: its values and the numbers are extended in turns.
    """
    if not is_dataset(h5_dim):
        return ["it is no h5py.Dataset"]
    found = obstacles(h5_dim)
    shape = None if found else h5_dim.shape
    if shape is None:
        found = found or ["it is empty"]
    elif len(shape) != 1:
        found.append(f"it has {len(shape)} axes itself")
    elif length is not None and shape[0] != length:
        found.append(f"it has the wrong length {shape[0]}, the axis has {length}")
    elif oversize(h5_dim):
        found.append(oversize(h5_dim))
    if h5_dim.dtype.kind not in "biuf":
        found.append(f"its values are of type {h5_dim.dtype} and no numbers")
    reasons = ((row.attribute, _no_text(h5_dim, row.attribute)) for row in AXIS_TEXTS)
    found += [f"its attribute {name!r} {reason}" for name, reason in reasons if reason]
    return found


def is_main(h5_main: object) -> bool:
    """Return whether an object is a main dataset of the NSID model."""
    return not main_problems(h5_main)


def require_main(h5_main: object) -> None:
    """Refuse what is no main dataset.

    Raises
    ------
    NotNSID
        With every reason; it is a TypeError too.
    """
    reasons = main_problems(h5_main)
    if reasons:
        name = getattr(h5_main, "name", None)
        msg = f"{h5_main if name is None else name!r} is no main dataset of the NSID model"
        raise NotNSID(msg, reasons)
