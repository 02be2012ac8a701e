"""One look at a main dataset: what it says of itself and of its axes, and what is wrong.

Everything is opened once, whether it is asked if this is a main dataset at all or what the
dataset is called: a file may have a thousand of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from sidpy.hdf.attributes import texts
from sidpy.hdf.damage import DAMAGE, Problem, oversize
from sidpy.hdf.objects import is_dataset, parent_of
from sidpy.hdf.scales import attached_scales, axis_labels, last_scale, same_object
from sidpy.hdf.walking import member, obstacles

from .committed import growing_axis
from .fields import AXIS_TEXTS, MAIN_ATTRIBUTES

__all__ = ["Axis", "Look", "axis_problems", "look_at"]

_OF_AXES: Final = tuple(row.attribute for row in AXIS_TEXTS)


@dataclass(slots=True)
class Axis:
    """What is known of one axis."""

    label: str
    """Name of the dataset of its values."""
    scale: Any
    """The dimension scale that was attached last; its values are those of the axis."""
    texts: dict[str, str]
    """The attributes of the scale that are texts."""


@dataclass(slots=True)
class Look:
    """What one look at a main dataset has shown."""

    dataset: Any
    """The h5py.Dataset."""
    name: str
    """Its address."""
    group: Any = None
    """The group it lies in."""
    texts: dict[str, str] = field(default_factory=dict)
    """The attributes by which a main dataset is known."""
    axes: list[Axis] = field(default_factory=list)
    """One for each axis when nothing is wrong."""
    problems: list[Problem] = field(default_factory=list)
    """Every reason why it is no main dataset; none when it is one."""


def look_at(h5_main: Any) -> Look:
    """Look at a dataset of an open file as a main one; raises nothing that damage causes."""
    look = Look(h5_main, "")
    try:
        look.name = str(h5_main.name)
        found = [Problem(look.name, reason) for reason in obstacles(h5_main)]
        if not found:  # HDF5 may open the files of a virtual dataset to tell its shape
            found = _shape_problems(look)
        look.texts, wrong = texts(h5_main.id, MAIN_ATTRIBUTES)
        look.problems = [
            Problem(look.name, f"the attribute {name!r} {reason}")
            for name, reason in wrong.items()
        ]
        look.problems += found
    except DAMAGE as error:
        reason = f"it cannot be read: {type(error).__name__}: {error}"
        look.problems = [Problem(look.name, reason)]
    return look


def _shape_problems(look: Look) -> list[Problem]:
    h5_main, where = look.dataset, look.name
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
    look.group = parent_of(h5_main, where)
    lengths = [None if axis == grows else length for axis, length in enumerate(h5_main.shape)]
    return [
        problem
        for axis, length in enumerate(lengths)
        for problem in _scale_problems(look, axis, length, labels[axis], attached[axis])
    ]


def _scale_problems(
    look: Look, axis: int, length: int | None, label: str, attached: list[Any]
) -> list[Problem]:
    if not attached:
        return [Problem(look.name, f"axis {axis}: no dimension scale is attached")]
    try:
        scale = member(look.group, label) if label and "/" not in label else None
        if scale is None:
            reason = f"there is no dataset {label!r}, as the axis is labelled, beside it"
            return [Problem(look.name, f"axis {axis}: {reason}")]
        words, found = _axis(scale, length)
        last = last_scale(look.dataset, attached)
        if not (is_dataset(scale) and same_object(last, scale)):
            words, more = _axis(last, length)
            found += [f"the scale attached to it, {last.name!r}: {reason}" for reason in more]
        look.axes.append(Axis(label, last, words))
        at = str(scale.name) if found else ""
    except DAMAGE as error:
        reason = f"axis {axis}: its scale cannot be read: {type(error).__name__}: {error}"
        return [Problem(look.name, reason)]
    return [Problem(at, f"axis {axis}: {reason}") for reason in found]


def axis_problems(h5_dim: object, length: int | None) -> list[str]:
    """Return every reason why an object cannot be the values of an axis of some length.

    An axis that grows has no length yet: its values and the numbers are extended in turns.
    """
    return _axis(h5_dim, length)[1]


def _axis(h5_dim: object, length: int | None) -> tuple[dict[str, str], list[str]]:
    """Return the texts of the values of an axis, and what is wrong with them."""
    if not is_dataset(h5_dim):
        return {}, ["it is no h5py.Dataset"]
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
    words, wrong = texts(h5_dim.id, _OF_AXES)
    found += [f"its attribute {name!r} {reason}" for name, reason in wrong.items()]
    return words, found
