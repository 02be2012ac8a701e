"""Dimensions that nobody described, and dimensions that must agree.

Two datasets meet position by position.  Their dimensions are compared by name, units and
values; where they disagree the user is told both, and nothing is aligned or guessed.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

import numpy as np

from sidpy._warnings import warn
from sidpy.base import units as unit
from sidpy.errors import LabelValueError

from .dimension import Dimension
from .kinds import DimensionType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .labels import Labels

__all__ = [
    "broadcast_dimensions", "complain", "counting", "default_dimensions", "describe", "distinct",
    "is_anonymous", "same_axis",
]  # fmt: skip

#: Largest difference between two axes that still are the same, as a share of a step.
_SAME_AXIS: Final = 1e-6


def default_dimensions(shape: Sequence[int]) -> tuple[Dimension, ...]:
    """Return dimensions a, b, c, ... with integer values, for axes nobody described.

    Raises
    ------
    IndexError
        For more than 26 axes.
    """
    if len(shape) > len(string.ascii_lowercase):
        msg = f"a dataset has at most 26 dimensions, found shape {tuple(shape)}"
        raise IndexError(msg)
    return tuple(
        counting(length, name) for length, name in zip(shape, string.ascii_lowercase, strict=False)
    )


def counting(length: int, name: str) -> Dimension:
    """Return a dimension 0, 1, 2, ... without meaning; its length may be 0."""
    return Dimension(1, name).with_values(np.arange(length, dtype=float))


def broadcast_dimensions(
    left: Labels, right: Labels | None, shape: tuple[int, ...], *, strict: bool
) -> tuple[Dimension, ...]:
    """Return the dimensions of the result, aligned from the last axis as NumPy does."""
    if right is None and len(left.dimensions) == len(shape) == 0:
        return ()
    operands = [left] if right is None else [left, right]
    if all(labels.dimensions is left.dimensions for labels in operands) and (left.shape == shape):
        return left.dimensions
    result: list[Dimension] = []
    conflicts: list[tuple[int, Dimension, Dimension]] = []
    for back in range(len(shape), 0, -1):
        found = [
            labels.dimensions[-back]
            for labels in operands
            if back <= len(labels.dimensions) and len(labels.dimensions[-back]) == shape[-back]
        ]
        described = [dimension for dimension in found if not is_anonymous(dimension)] or found
        if len(described) == 2 and not same_axis(*described):
            conflicts.append((len(shape) - back, described[0], described[1]))
        result.append(described[0] if described else counting(shape[-back], "none"))
    if conflicts:
        complain(_disagreement(conflicts), strict=strict)
    return distinct(result)


def same_axis(first: Dimension, second: Dimension) -> bool:
    """Whether two dimensions put the same values, in the same units, under one name."""
    if first is second:
        return True
    if first.name != second.name:
        return False
    factor = unit.conversion_factor(second.units, first.units)
    if factor is None:
        return False
    one, two = np.asarray(first), np.asarray(second) * factor
    step = abs(one[-1] - one[0]) / max(one.size - 1, 1) if one.size else 0.0
    return bool(np.allclose(one, two, rtol=1e-12, atol=_SAME_AXIS * step, equal_nan=True))


def is_anonymous(dimension: Dimension) -> bool:
    """Whether nobody ever described this dimension, so that it contradicts nothing."""
    return (
        dimension.quantity == dimension.units == "generic"
        and dimension.dimension_type is DimensionType.UNKNOWN
        and (len(dimension.name) == 1 or dimension.name == "none")
        and bool(np.array_equal(dimension, np.arange(dimension.size)))
    )


def _disagreement(conflicts: list[tuple[int, Dimension, Dimension]]) -> str:
    lines = [
        f"axis {axis}: left has {describe(one)}, right has {describe(two)}"
        for axis, one, two in conflicts
    ]
    return (
        "the axes of the two datasets disagree; the values were combined position by "
        "position and the left axes are kept.\n  " + "\n  ".join(lines) + "\n"
        "Select or interpolate to common axes first, or set sidpy.config.strict to make "
        "this an error."
    )


def describe(dimension: Dimension) -> str:
    """Return one line: name, range and units."""
    span = f"{dimension[0]:g} to {dimension[-1]:g}" if dimension.size else "nothing"
    return f"{dimension.name!r} from {span} {dimension.units} in {dimension.size} points"


def complain(message: str, *, strict: bool) -> None:
    """Warn, or raise under ``sidpy.config.strict``."""
    if strict:
        raise LabelValueError(message)
    warn(message)


def distinct(dimensions: Iterable[Dimension]) -> tuple[Dimension, ...]:
    """Return the dimensions with second and later uses of a name numbered: x, x_1."""
    result: list[Dimension] = []
    used: set[str] = set()
    for dimension in dimensions:
        name, number = dimension.name, 0
        while name in used and dimension.name != "none":
            number += 1
            name = f"{dimension.name}_{number}"
        used.add(name)
        result.append(dimension if name == dimension.name else dimension.renamed(name))
    return tuple(result)
