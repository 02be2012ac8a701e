"""What is known about an array, and the seven laws by which operations change it.

`Labels` is a frozen record: what the axes mean, what was measured in which units, where
it came from and what was done to it.  An operation on a dataset is an operation on its
array and one law on its labels:

========== ===================================================================
`keep`     same axes, each value changed alone: ``np.sqrt(d)``, ``d.astype(int)``
`combine`  two arrays met: ``d + e``; axes must agree, units compose
`compare`  two arrays were compared: ``d > e``; true and false have no units
`reduce`   axes were summed up and are gone: ``d.mean(axis=0)``
`permute`  axes changed places: ``d.T``
`select`   a part was taken: ``d[3, 1:5]``
`forget`   the shape is no longer explained: a plain array comes back
========== ===================================================================

The laws are total functions on records and know nothing of dask.  They never change the
record they are given: whatever a user may write to is copied before it is handed out
(`Labels.thawed`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.base import units as unit
from sidpy.errors import DimensionError, LabelError

from .agreement import broadcast_dimensions, default_dimensions
from .dimension import Dimension
from .kinds import DataType, DimensionType
from .provenance import Provenance
from .trees import copy_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Labels", "combine", "compare", "copy_tree", "default_dimensions", "forget", "keep", "permute",
    "reduce", "select", "with_what_only_right_knows",
]  # fmt: skip


@dataclass(frozen=True)
class Labels:
    """Everything a dataset knows besides its numbers.

    Examples
    --------
    >>> labels = Labels(default_dimensions((3, 4)), title="scan", units="nA")
    >>> reduce(labels, (0,), title="mean").dimensions
    (b:  generic (generic) of size (4,),)
    """

    # not slotted: `but` copies a __dict__, which every operation pays for

    dimensions: tuple[Dimension, ...] = ()
    """One per axis, in order."""
    title: str = ""
    quantity: str = ""
    """What was measured: "Current"."""
    units: str = ""
    """Units of the values, as the file wrote them."""
    data_type: DataType = DataType.UNKNOWN
    modality: str = ""
    """The kind of experiment: "STM"."""
    source: str = ""
    """The instrument or program."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    original_metadata: Mapping[str, Any] = field(default_factory=dict)
    """What the vendor's file said, unchanged."""
    provenance: Provenance = field(default_factory=Provenance)
    structures: Mapping[str, Any] = field(default_factory=dict)
    """Crystal structures by title."""
    variance: Any = None
    """Lazy array of the dataset's shape, or None."""
    point_cloud: Mapping[str, Any] | None = None
    """Coordinates of the points of a point cloud."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """What users attached to the dataset under names of their own."""

    def but(self, **changes: Any) -> Labels:
        """Return a record with some fields changed."""
        result = object.__new__(Labels)
        result.__dict__.update(self.__dict__)
        result.__dict__.update(changes)
        return result

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the dimensions explain."""
        return tuple(len(dimension) for dimension in self.dimensions)

    def axis(self, name: str) -> int:
        """Return the axis of the dimension called `name`."""
        for axis, dimension in enumerate(self.dimensions):
            if dimension.name == name:
                return axis
        names = [dimension.name for dimension in self.dimensions]
        msg = f"there is no dimension {name!r}; there are {names}"
        raise DimensionError(msg)

    def thawed(self, name: str) -> Any:
        """Return a copy of one field that the user may write to."""
        if name == "dimensions":
            return {axis: dim.copy() for axis, dim in enumerate(self.dimensions)}
        if name == "provenance":
            return self.provenance.as_dict()
        return copy_tree(getattr(self, name))

    def frozen(self, name: str, value: Any) -> Any:
        """Return a private copy of what the user may have written to, as a field."""
        if name == "dimensions":
            unknown = default_dimensions(self.shape)
            return tuple(
                value[axis].copy() if axis in value else unknown[axis]
                for axis in range(len(unknown))
            )
        if name == "provenance":
            return self.provenance.edited(value)
        return copy_tree(value)


# ---------------------------------------------------------------- the seven laws


def keep(labels: Labels, **changes: Any) -> Labels:
    """Same axes; `changes` names what else is different, the variance at least."""
    return labels.but(**{"variance": None, **changes})


def combine(
    left: Labels,
    right: Labels | None,
    shape: tuple[int, ...],
    *,
    rule: Literal["same", "multiply", "divide", "left"] = "left",
    strict: bool = False,
    **changes: Any,
) -> Labels:
    """Two arrays met: axes must agree where both have one, units follow `rule`.

    `right` is None for a number or an array without labels.  `shape` is the shape of the
    result, which broadcasting decided.
    """
    merged = left.but(dimensions=broadcast_dimensions(left, right, shape, strict=strict))
    if right is not None:
        merged = merged.but(**_composed(left, right, rule))
        merged = with_what_only_right_knows(merged, right)
    return keep(merged, **changes)


def compare(
    left: Labels,
    right: Labels | None,
    shape: tuple[int, ...],
    *,
    strict: bool = False,
    **changes: Any,
) -> Labels:
    """Two arrays were compared: like `combine`, but true and false have no units."""
    return combine(left, right, shape, strict=strict, **{"units": "generic", **changes})


def reduce(
    labels: Labels, axes: tuple[int, ...], *, keepdims: bool = False, **changes: Any
) -> Labels:
    """Axes were summed up: they are gone, or one point at their middle with `keepdims`."""
    dimensions = []
    for axis, dimension in enumerate(labels.dimensions):
        if axis not in axes:
            dimensions.append(dimension)
        elif keepdims:
            middle = np.asarray(dimension).mean() if dimension.size else 0.0
            dimensions.append(dimension.with_values([middle]))
    return keep(_settled(labels, tuple(dimensions)), **changes)


def permute(labels: Labels, axes: tuple[int, ...], **changes: Any) -> Labels:
    """Axes changed places: new axis i was axis ``axes[i]``."""
    return keep(labels, dimensions=tuple(labels.dimensions[axis] for axis in axes), **changes)


def select(labels: Labels, picks: Iterable[tuple[int | None, Any]], **changes: Any) -> Labels:
    """Return the labels of a part.

    `picks` has one pair for each axis of the result: the axis it came from, None for a new
    one, and the slice or indices that were taken along it.
    """
    dimensions: list[Dimension] = []
    point_cloud = labels.point_cloud
    for axis, taken in picks:
        if axis is None:
            dimensions.append(Dimension(1))
            continue
        dimension = labels.dimensions[axis]
        whole = isinstance(taken, slice) and taken == slice(None)
        dimensions.append(dimension if whole else dimension[taken])
        if point_cloud and not whole and dimension.dimension_type is DimensionType.POINT_CLOUD:
            point_cloud = _taken_points(point_cloud, taken)
    return keep(_settled(labels, tuple(dimensions)), point_cloud=point_cloud, **changes)


def forget(labels: Labels) -> None:
    """Return no labels: nothing is known that still is true of the result."""


# ---------------------------------------------------------------- how they work


def _settled(labels: Labels, dimensions: tuple[Dimension, ...]) -> Labels:
    """Return labels for fewer or more axes, with a data type that they still can be."""
    if len(dimensions) == len(labels.dimensions) or labels.data_type is DataType.UNKNOWN:
        return labels.but(dimensions=dimensions)
    return labels.but(dimensions=dimensions, data_type=_data_type_of(labels.data_type, dimensions))


def _data_type_of(before: DataType, dimensions: tuple[Dimension, ...]) -> DataType:
    """Return what a dataset of type `before` shows when these dimensions are left."""
    kinds = [dimension.dimension_type for dimension in dimensions]
    images = sum(kind in (DimensionType.SPATIAL, DimensionType.RECIPROCAL) for kind in kinds)
    spectra = kinds.count(DimensionType.SPECTRAL)
    typed = images + spectra
    if not typed or before is DataType.POINT_CLOUD:
        # nobody said what the axes are; an image of a stack still is known
        stack_to_image = before is DataType.IMAGE_STACK and len(kinds) == 2
        return DataType.IMAGE if stack_to_image else before
    if len(kinds) == 1:
        return DataType.SPECTRUM if spectra else DataType.LINE_PLOT
    if len(kinds) == 2:
        return DataType.IMAGE if images == 2 else _of_two(before, spectra)
    if len(kinds) == 3 and spectra == 0:
        return DataType.IMAGE_STACK
    return before


def _of_two(before: DataType, spectra: int) -> DataType:
    """Return the type of two axes of which not both are of an image."""
    if spectra and before is DataType.SPECTRAL_IMAGE:
        return DataType.SPECTRAL_IMAGE
    return DataType.LINE_PLOT_FAMILY if spectra else before


def _taken_points(point_cloud: Mapping[str, Any], taken: Any) -> Mapping[str, Any]:
    if "coordinates" not in point_cloud:
        return point_cloud
    return {**point_cloud, "coordinates": np.asarray(point_cloud["coordinates"])[taken]}


def _composed(left: Labels, right: Labels, rule: str) -> dict[str, str]:
    if rule == "multiply":
        return {
            "units": unit.multiply(left.units, right.units),
            "quantity": _of_both(left.quantity, right.quantity, "*"),
        }
    if rule == "divide":
        return {
            "units": unit.divide(left.units, right.units),
            "quantity": _of_both(left.quantity, right.quantity, "/"),
        }
    return {}


def _of_both(left: str, right: str, sign: str) -> str:
    if left in unit.NO_UNITS or right in unit.NO_UNITS:
        return "generic"
    return f"{left} {sign} {right}"


def with_what_only_right_knows(merged: Labels, right: Labels) -> Labels:
    """Nothing is lost: entries that only the right operand has are kept."""
    changes = {
        name: {**getattr(right, name), **getattr(merged, name)}
        for name in ("structures", "extras", "metadata", "original_metadata")
        if getattr(right, name) and getattr(right, name) is not getattr(merged, name)
    }
    if merged.point_cloud is None:
        changes["point_cloud"] = right.point_cloud  # type: ignore[assignment]
    return merged.but(**changes)


def check_fit(labels: Labels, shape: tuple[int, ...]) -> None:
    """Hold the invariant: one dimension per axis, of its length."""
    if labels.shape != shape:
        msg = f"dimensions of shape {labels.shape} cannot label an array of shape {shape}"
        raise LabelError(msg)
