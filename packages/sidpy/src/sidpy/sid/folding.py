"""Several axes as one, and back: the form that matrix methods want.

``ds.fold(method="spaspec")`` makes a matrix of positions by spectra.  What `unfold` needs
is written into ``metadata["fold_attr"]`` as plain numbers and text, so that a folded
dataset can be saved and unfolded after it was read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy._warnings import warn
from sidpy.errors import LabelError

from ._dask import plain
from ._labelled import Labelled
from .agreement import default_dimensions
from .dimension import Dimension
from .kinds import DimensionType
from .labels import Labels, keep

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FoldError", "Folding", "dimension_from_text", "dimension_text"]

_KEY: Final = "fold_attr"
_PREFIX: Final = "folded_"

Groups = list[list[int]]


class FoldError(LabelError, NotImplementedError):
    """A dataset cannot be folded, or unfolded, as was asked for."""


class Folding(Labelled):
    """Fold and unfold."""

    __slots__ = ()

    def fold(self, dim_order: Any = None, method: str | None = None) -> Any:
        """Return the dataset with groups of axes merged into one axis each.

        Parameters
        ----------
        dim_order : list of lists of int, optional
            The axes of each group, slowest first; those not mentioned join the last group,
            with a warning.
        method : {"spaspec", "spa", "spec"}, optional
            All spatial axes first and everything else second; the spatial axes merged in
            front of the others; the spectral ones merged behind the others.

        Raises
        ------
        NotImplementedError
            When neither is given, or there is no axis of the type that `method` merges.

        Notes
        -----
        Stays lazy. The merged axes count from 0; an axis of dimensions of one common type
        has that type. `unfold` is the exact inverse.
        """
        labels = self.labels_record
        groups = _groups_of(labels, dim_order, method)
        flat = [axis for group in groups for axis in group]
        turned = plain(self).transpose(flat)
        shape = tuple(_product(self.shape, group) for group in groups)
        errors = labels.variance
        if errors is not None:
            errors = errors.transpose(flat).reshape(shape)
        dimensions = []
        for dimension, group in zip(default_dimensions(shape), groups, strict=True):
            kinds = {labels.dimensions[axis].dimension_type for axis in group}
            if len(kinds) == 1:
                dimension.dimension_type = kinds.pop()
            dimensions.append(dimension)
        notes = {
            "dim_order": groups,
            "dim_order_flattened": flat,
            "shape_transposed": [self.shape[axis] for axis in flat],
            "_axes": {
                str(axis): dimension_text(dim) for axis, dim in enumerate(labels.dimensions)
            },
        }
        labels = keep(
            labels,
            dimensions=tuple(dimensions),
            variance=errors,
            title=f"{_PREFIX}{labels.title}",
            metadata={**labels.metadata, _KEY: notes},
        )
        parameters = {"dim_order": groups}
        return self.labelled(
            turned.reshape(shape), labels, "fold", inputs=[self], parameters=parameters
        )

    def unfold(self) -> Any:
        """Return the dataset as it was before `fold`.

        An axis that was not merged with another may have been sliced since.

        Raises
        ------
        NotImplementedError
            When it was never folded, or a merged axis was sliced.
        """
        labels = self.labels_record
        notes = labels.metadata.get(_KEY)
        if notes is None:
            msg = "this dataset was not folded: its metadata has no 'fold_attr'"
            raise FoldError(msg)
        groups = [[int(axis) for axis in group] for group in notes["dim_order"]]
        before = [
            dimension_from_text(notes["_axes"][str(axis)]) for axis in range(len(notes["_axes"]))
        ]
        before = _after_slicing(before, groups, labels.dimensions)
        flat = [axis for group in groups for axis in group]
        shape = tuple(before[axis].size for axis in flat)
        back = tuple(int(place) for place in np.argsort(flat))
        errors = labels.variance
        if errors is not None:
            errors = errors.reshape(shape).transpose(back)
        labels = keep(
            labels,
            dimensions=tuple(before),
            variance=errors,
            title=labels.title.removeprefix(_PREFIX),
            metadata={key: value for key, value in labels.metadata.items() if key != _KEY},
        )
        result = plain(self).reshape(shape).transpose(back)
        return self.labelled(result, labels, "unfold", inputs=[self])


def _product(shape: Sequence[int], axes: Sequence[int]) -> int:
    return int(np.prod([shape[axis] for axis in axes], dtype=int))


def _groups_of(labels: Labels, dim_order: Any, method: str | None) -> Groups:
    """Return the axes of each group, every axis in one of them."""
    if method is not None:
        return _groups_by_method(labels, method)
    if not isinstance(dim_order, list | tuple) or not dim_order:
        msg = (
            "fold needs dim_order, a list of lists of axes such as [[0, 1], [2]], or "
            f"method='spaspec', 'spa' or 'spec'; found dim_order={dim_order!r}"
        )
        raise FoldError(msg)
    ndim = len(labels.dimensions)
    given = [list(group) if np.iterable(group) else [group] for group in dim_order]
    odd = [
        axis
        for group in given
        for axis in group
        if not isinstance(axis, int | np.integer) or not -ndim <= axis < ndim
    ]
    if odd:
        msg = f"{odd} in dim_order={dim_order!r} is no axis of {ndim} dimensions"
        raise FoldError(msg)
    groups = [[int(axis) % ndim for axis in group] for group in given]
    mentioned = [axis for group in groups for axis in group]
    if len(set(mentioned)) != len(mentioned):
        msg = f"an axis is in one group only, found dim_order={dim_order!r}"
        raise FoldError(msg)
    missing = [axis for axis in range(ndim) if axis not in mentioned]
    if missing:
        warn(f"axes {missing} are in no group of dim_order; they join the last one")
        groups[-1] = groups[-1] + missing
    return groups


def _groups_by_method(labels: Labels, method: str) -> Groups:
    kinds = [dimension.dimension_type for dimension in labels.dimensions]
    axes = range(len(kinds))
    spatial = [axis for axis in axes if kinds[axis] is DimensionType.SPATIAL]
    spectral = [axis for axis in axes if kinds[axis] is DimensionType.SPECTRAL]
    wanted = {"spaspec": spatial, "spa": spatial, "spec": spectral}
    if method not in wanted:
        msg = f"method should be one of {list(wanted)}, found {method!r}"
        raise FoldError(msg)
    if not wanted[method]:
        kind = "SPECTRAL" if method == "spec" else "SPATIAL"
        msg = f"there is no {kind} dimension to fold; the types are {[k.name for k in kinds]}"
        raise FoldError(msg)
    others = [axis for axis in axes if axis not in wanted[method]]
    if method == "spa":
        return [spatial, *([axis] for axis in others)]
    if method == "spec":
        return [*([axis] for axis in others), spectral]
    odd = [axis for axis in others if axis not in spectral]
    if odd:
        warn(f"axes {odd} are neither spatial nor spectral; they are folded with the spectra")
    return [spatial, others] if others else [spatial]


def _after_slicing(
    before: list[Dimension], groups: Groups, folded: tuple[Dimension, ...]
) -> list[Dimension]:
    """Return the dimensions before folding, cut as the folded ones were since."""
    if len(folded) != len(groups):
        msg = f"a folded axis is gone: {len(groups)} axes were folded, there are {len(folded)}"
        raise FoldError(msg)
    result = list(before)
    for group, dimension in zip(groups, folded, strict=True):
        if dimension.size == _product([dim.size for dim in before], group):
            continue
        if len(group) > 1:
            names = [before[axis].name for axis in group]
            msg = f"the axis that was folded from {names} was cut and cannot be unfolded"
            raise FoldError(msg)
        (axis,) = group
        # folded axes count from 0: what is left of the count says which were taken
        result[axis] = before[axis][np.asarray(dimension).astype(int)]
    return result


def dimension_text(dimension: Dimension) -> dict[str, Any]:
    """Return a dimension as plain text and numbers, ready to be stored."""
    return {
        "name": dimension.name,
        "quantity": dimension.quantity,
        "units": dimension.units,
        "dimension_type": dimension.dimension_type.name,
        "values": dimension.values,
    }


def dimension_from_text(entry: Any) -> Dimension:
    """Return the dimension that was stored as `entry`."""
    labels = {key: str(entry[key]) for key in ("name", "quantity", "units", "dimension_type")}
    return Dimension(1, **labels).with_values(np.atleast_1d(entry["values"]))
