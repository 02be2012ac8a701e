"""Is this a main dataset of the USID model, and if not, why: every reason, not the first.

A main dataset has two axes, a quantity and its units, and four attributes that refer to the
ancillary datasets of its rows and columns.  Each pair of these agrees in shape, labels and
units, and is as long as the side that it explains.
"""

from __future__ import annotations

from typing import Any, Final

from sidpy.errors import NotUSID
from sidpy.hdf.attributes import attribute_or
from sidpy.hdf.damage import DAMAGE, Problem, oversize
from sidpy.hdf.links import follow
from sidpy.hdf.objects import is_dataset
from sidpy.hdf.walking import obstacles

from .sides import texts_of

__all__ = ["LINKS", "is_main", "label_problems", "main_problems", "require_main"]

#: The four attributes that refer to ancillary datasets.
LINKS: Final = (
    "Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values",
)  # fmt: skip


def main_problems(h5_main: object) -> list[Problem]:
    """Return every reason why an object is no main dataset; none when it is one."""
    return examined(h5_main)[0]


def examined(h5_main: object) -> tuple[list[Problem], list[Any]]:
    """Return what keeps an object from being a main dataset, and what its `LINKS` refer to."""
    if not is_dataset(h5_main):
        text = f"a main dataset is a h5py.Dataset, not {type(h5_main).__name__}"
        return [Problem("", text)], []
    if not h5_main:
        return [Problem("", "its file is closed")], []
    where = ""
    try:
        where = str(h5_main.name)
        found = [Problem(where, reason) for reason in obstacles(h5_main)]
        if not found:
            found = [Problem(where, reason) for reason in _shape_problems(h5_main)]
        reasons, linked = _side_problems(h5_main, where)
        return [*found, *_text_problems(h5_main, where), *reasons], linked
    except DAMAGE as error:
        return [Problem(where, f"it cannot be read: {type(error).__name__}: {error}")], []


def _shape_problems(h5_main: Any) -> list[str]:
    if h5_main.shape is None or h5_main.ndim != 2:
        return [f"it should have 2 axes, positions and steps, found the shape {h5_main.shape}"]
    return [reason for reason in (oversize(h5_main, whole=False),) if reason]


def _text_problems(h5_main: Any, where: str) -> list[Problem]:
    found = []
    for name in ("quantity", "units"):
        value = attribute_or(h5_main, name)
        if value is None:
            found.append(f"attribute {name!r} should be one text, and is missing")
        elif not isinstance(value, str):
            found.append(f"attribute {name!r} should be one text, found {value!r}")
    return [Problem(where, reason) for reason in found]


def _side_problems(h5_main: Any, where: str) -> tuple[list[Problem], list[Any]]:
    found: list[Problem] = []
    linked: list[Any] = []
    for name in LINKS:
        item, reason = _linked(h5_main, name)
        linked.append(item)
        if reason:
            found.append(Problem(where, f"attribute {name!r} {reason}"))
    shape = h5_main.shape if h5_main.shape is not None and len(h5_main.shape) == 2 else None
    for axis, pair in enumerate((linked[:2], linked[2:])):
        if None not in pair:
            length = None if shape is None else shape[axis]
            found += _pair_problems(pair[0], pair[1], length, axis=axis)
    return found, linked


def _linked(h5_main: Any, name: str) -> tuple[Any, str]:
    """Return the ancillary dataset of an attribute, or None and why there is none."""
    import h5py

    value = attribute_or(h5_main, name)
    if value is None:
        return None, "is missing: it should refer to a dataset of the file"
    if not isinstance(value, h5py.Reference) or isinstance(value, h5py.RegionReference):
        return None, f"should be a reference to a dataset of the file, found {value!r}"
    item = follow(h5_main, value)
    # a reference to a deleted dataset may still find its bytes, but no name
    if item is None or item.name is None:
        return None, "refers to no dataset of the file"
    if not is_dataset(item):
        return None, f"refers to no dataset of the file, but to the group {item.name}"
    return item, ""


def _pair_problems(h5_inds: Any, h5_vals: Any, length: int | None, *, axis: int) -> list[Problem]:
    found = []
    for item in (h5_inds, h5_vals):
        if item.dtype.kind not in "iufb":
            found.append(Problem(item.name, f"it should hold numbers, found {item.dtype}"))
        found += [Problem(item.name, reason) for reason in obstacles(item)]
        reason = oversize(item)
        found += [Problem(item.name, reason)] if reason else []
    if h5_inds.shape != h5_vals.shape:
        shapes = f"{h5_inds.shape} and {h5_vals.shape}"
        text = f"its shape and that of {h5_vals.name} differ: {shapes}"
        return [*found, Problem(h5_inds.name, text)]
    if h5_inds.shape is None or h5_inds.ndim != 2 or length not in (None, h5_inds.shape[axis]):
        lines = f"{length} {'columns' if axis else 'rows'} of the main dataset"
        form = f"(dimensions, {length})" if axis else f"({length}, dimensions)"
        text = f"its shape {h5_inds.shape} does not describe the {lines}: it should be {form}"
        return [*found, Problem(h5_inds.name, text)]
    return found + label_problems(h5_inds, h5_vals, h5_inds.shape[1 - axis])


def label_problems(h5_inds: Any, h5_vals: Any, count: int) -> list[Problem]:
    """Return what is wrong with labels and units of a pair of ancillary datasets."""
    found = []
    for name in ("labels", "units"):
        ours, theirs = texts_of(h5_inds, name), texts_of(h5_vals, name)
        if len(ours) != count:
            text = f"it has {len(ours)} {name} for {count} dimensions"
            found.append(Problem(h5_inds.name, text if ours else f"{text}: they are missing"))
        if ours != theirs:
            text = f"{name} {list(ours)} differ from {list(theirs)} of {h5_vals.name}"
            found.append(Problem(h5_inds.name, text))
    return found


def is_main(h5_main: object) -> bool:
    """Whether an object is a main dataset."""
    return not main_problems(h5_main)


def require_main(h5_main: object) -> list[Any]:
    """Refuse what is no main dataset; return what its `LINKS` refer to.

    Raises
    ------
    NotUSID
        With every reason; a TypeError and a ValueError too.
    """
    found, linked = examined(h5_main)
    if found:
        msg = f"{getattr(h5_main, 'name', h5_main)!r} is not a Main dataset of the USID model"
        raise NotUSID(msg, found)
    return linked
