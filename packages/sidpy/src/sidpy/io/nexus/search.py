"""What is plotted in a NeXus file: the entries, their NXdata, numbers, axes and errors.

Every form that the standard ever had is understood, the newest first:

==========  ==============================================  =================================
            numbers                                         axes
==========  ==============================================  =================================
since 2014  ``@signal`` of the NXdata names them            ``@axes`` of the NXdata, one name
                                                            per axis, "." for none;
                                                            ``@NAME_indices`` says which axis
before      the dataset with ``@signal=1``                  ``@axes`` of that dataset:
                                                            ``"x:y"``, ``"[x,y]"``
oldest      the same                                        datasets with ``@axis=1``, 2, ...;
                                                            ``@primary=1`` for the better
==========  ==============================================  =================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import FormatError, UnsupportedFile
from sidpy.hdf.attributes import attribute_or, decode
from sidpy.hdf.objects import is_dataset, is_group, last_name

from .layout import ERRORS
from .links import Walk, nx_class, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Plottable", "all_plots", "default_plot", "is_ours", "plottable"]


@dataclass(slots=True, eq=False)
class Plottable:
    """One NXdata, taken apart."""

    group: Any
    """The NXdata."""
    signal: Any
    """The dataset of the numbers."""
    axes: list[Any] = field(default_factory=list)
    """For each axis of the numbers the dataset of its values, or None."""
    errors: Any = None
    """The dataset of their uncertainties, or None."""
    entry: Any = None
    """The NXentry it is in, or None."""


# ---------------------------------------------------------------- which NXdata


def default_plot(file: Any, walk: Walk, entry_path: str | None, nxdata_path: str | None) -> Any:
    """Return the NXdata that is asked for, or the one to plot by default.

    Raises
    ------
    FormatError
        When there is none.
    """
    start = file
    if entry_path is not None:
        start = _group_at(file, walk, entry_path, "entry_path")
    if nxdata_path is not None:
        found = walk.find(file, nxdata_path) or walk.find(start, nxdata_path)
        if not is_group(found):
            raise FormatError(_absent(file, "nxdata_path", nxdata_path, _names(file, walk)))
        return found
    found = _by_default(start, walk) or next(_nxdata_below(start, walk), None)
    if found is None:
        place = "the file" if start is file else repr(start.name)
        msg = f"there is no NXdata in {place} of {file.file.filename!r}"
        raise FormatError(msg)
    return found


def all_plots(file: Any, walk: Walk) -> list[Any]:
    """Return every NXdata of a file, the default one first."""
    found = list(_nxdata_below(file, walk))
    first = _by_default(file, walk)
    if first is not None:
        found = [first, *(group for group in found if group != first)]
    return found


def _group_at(file: Any, walk: Walk, address: str, argument: str) -> Any:
    found = walk.find(file, address)
    if not is_group(found):
        raise FormatError(_absent(file, argument, address, list(file)))
    return found


def _absent(file: Any, argument: str, address: str, known: list[str]) -> str:
    listed = ", ".join(map(repr, known[:12])) or "none"
    return f"{argument}={address!r} is no group of {file.file.filename!r}; there are {listed}"


def _names(file: Any, walk: Walk) -> list[str]:
    return [group.name for group in _nxdata_below(file, walk)]


def _by_default(start: Any, walk: Walk) -> Any:
    """Follow the attributes ``default`` down to an NXdata."""
    group = start
    for _ in range(16):
        if nx_class(group) == "NXdata":
            return group
        name = text_of(group, "default")
        below = walk.find(group, name) if name else None
        if not is_group(below):
            below = _only_entry(group, walk) if group is start else None
        if below is None:
            return None
        group = below
    return None


def _only_entry(group: Any, walk: Walk) -> Any:
    """Return the first NXentry of a file that names no default."""
    entries = (item for _, item in walk.members(group) if is_group(item))
    return next((item for item in entries if nx_class(item) == "NXentry"), None)


def _nxdata_below(start: Any, walk: Walk) -> Iterator[Any]:
    return (group for group in walk.groups(start) if nx_class(group) == "NXdata")


# ---------------------------------------------------------------- what is in it


def plottable(group: Any, walk: Walk, signal_name: str | None = None) -> Plottable:
    """Take an NXdata apart.

    Raises
    ------
    FormatError
        When the numbers are not there, or the axes are not as many as theirs.
    UnsupportedFile
        When an axis has several dimensions, or something lies in another file.
    """
    signal = walk.numbers(_signal(group, walk, signal_name))
    axes = [walk.numbers(axis) for axis in _axes(group, signal, walk)]
    return Plottable(group, signal, axes, _errors(group, signal, walk), _entry_of(group))


def _entry_of(group: Any) -> Any:
    while group.name and group.name != "/":
        if nx_class(group) == "NXentry":
            return group
        group = group.parent
    return None


def _dataset(group: Any, walk: Walk, name: str) -> Any:
    found = walk.find(group, name) if name else None
    return found if is_dataset(found) else None


def _signal(group: Any, walk: Walk, wanted: str | None) -> Any:
    name = text_of(group, "signal") if wanted is None else wanted
    if wanted is None and not name:
        found = _marked_signal(group, walk)
        name = "data"
    else:
        found = _dataset(group, walk, name)
    if found is None:
        msg = (
            f"there is no signal {name!r} in {group.name!r} of {group.file.filename!r}; "
            f"its members are {list(group)[:20]}"
        )
        raise FormatError(msg)
    return found


def _marked_signal(group: Any, walk: Walk) -> Any:
    """Return the dataset with ``signal=1``, one called data, or the only one there is."""
    datasets = {name: item for name, item in walk.members(group) if is_dataset(item)}
    for item in datasets.values():
        if text_of(item, "signal").strip() in ("1", "1.0"):
            return item
    free = [item for item in datasets.values() if "axis" not in item.attrs]
    return datasets.get("data", free[0] if len(free) == 1 else None)


def _axes(group: Any, signal: Any, walk: Walk) -> list[Any]:
    names = _names_in(attribute_or(group, "axes"))
    if names is None:
        names = _names_in(attribute_or(signal, "axes"))
    if names is None:
        return _numbered_axes(group, signal, walk)
    rank = len(signal.shape)
    strict = is_ours(group)
    placed = None if strict and len(names) != rank else _placed(group, names, rank)
    if placed is None:
        msg = (
            f"{group.name!r} of {group.file.filename!r} has the axes {names} for "
            f"{last_name(signal)!r}, which has {rank} dimensions"
        )
        raise FormatError(msg)
    found = []
    for name in placed:
        axis = None if name in (".", "") else _dataset(group, walk, name)
        if axis is None and name not in (".", ""):
            msg = f"the axis {name!r} of {group.name!r} in {group.file.filename!r} is not there"
            raise FormatError(msg)
        found.append(axis)
    return found


def is_ours(item: Any) -> bool:
    """Whether sidpy wrote the file, so that everything in it has to fit."""
    return text_of(item.file, "creator") == "sidpy"


def _names_in(value: Any) -> list[str] | None:
    """Return names from an array of text, or from ``"x:y"``, ``"[x,y]"``, ``"x,y"``."""
    if value is None:
        return None
    value = decode(value)
    if isinstance(value, str):
        separator = ":" if ":" in value else ","
        names = value.strip().strip("[]").split(separator)
        return [name.strip() for name in names] if value.strip().strip("[]") else []
    return [str(decode(name)).strip() for name in np.asarray(value).ravel()]


def _placed(group: Any, names: list[str], rank: int) -> list[str] | None:
    """Return the name of each axis, by ``@NAME_indices`` where it disagrees with the order.

    Raises
    ------
    UnsupportedFile
        When an axis belongs to several dimensions.
    """
    indices = {name: _indices(group, name) for name in names if name not in (".", "")}
    several = [name for name, where in indices.items() if where is not None and len(where) > 1]
    if several:
        msg = (
            f"the axis {several[0]!r} of {group.name!r} varies along {len(indices[several[0]])} "
            "dimensions; a Dimension has one value per position along one axis"
        )
        raise UnsupportedFile(msg, path=group.file.filename, format="nexus")
    if len(names) == rank and all(
        where in (None, (axis,)) for axis, where in _by_order(names, indices)
    ):
        return names
    placed = ["."] * rank
    for name, where in indices.items():
        if where is None or not 0 <= where[0] < rank or placed[where[0]] != ".":
            return names if len(names) == rank else None
        placed[where[0]] = name
    return placed


def _by_order(names: list[str], indices: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    return ((axis, indices.get(name)) for axis, name in enumerate(names))


def _indices(group: Any, name: str) -> tuple[int, ...] | None:
    value = attribute_or(group, f"{name}_indices")
    try:
        return None if value is None else tuple(int(i) for i in np.ravel(value))
    except (TypeError, ValueError):
        return None


def _numbered_axes(group: Any, signal: Any, walk: Walk) -> list[Any]:
    """Return the datasets with ``axis=1``, 2, ...; of several the one with ``primary=1``."""
    found: list[Any] = [None] * len(signal.shape)
    for _, item in walk.members(group):
        number = text_of(item, "axis").strip() if is_dataset(item) else ""
        if not number.isdecimal() or item == signal or not 1 <= int(number) <= len(found):
            continue
        if found[int(number) - 1] is None or text_of(item, "primary").strip() == "1":
            found[int(number) - 1] = item
    return found


def _errors(group: Any, signal: Any, walk: Walk) -> Any:
    """Return the uncertainties of the numbers, when they are of their shape."""
    named = text_of(signal, "uncertainties")
    for name in (named, last_name(signal) + ERRORS, "errors"):
        found = _dataset(group, walk, name)
        if found is not None and found.shape == signal.shape:
            return walk.numbers(found)
    return None
