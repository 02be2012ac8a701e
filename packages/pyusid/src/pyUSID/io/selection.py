"""Parts of a dataset by name of dimension: what a dictionary of slices selects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .blocks import as_range, as_steps, regular
from .dimension import Dimension

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from .sides import Side

__all__ = ["as_rows", "checked", "chosen", "nothing", "part"]

_KINDS = (slice, list, np.ndarray, tuple, int, np.integer)


def checked(slice_dict: Mapping[str, Any] | None, labels: Sequence[str]) -> dict[str, Any]:
    """Return a selection as a dictionary of its own, empty for None.

    Raises
    ------
    TypeError
        When it is no dictionary, or a value cannot select.
    KeyError
        When a dimension is not among the labels.
    """
    if slice_dict is None:
        return {}
    if not isinstance(slice_dict, (dict, Mapping)):
        msg = f"slice_dict should be a dictionary of slice objects, not {slice_dict!r}"
        raise TypeError(msg)
    for name, value in slice_dict.items():
        if name not in labels:
            msg = f"Cannot slice on dimension {name}.  Valid dimensions are {list(labels)}."
            raise KeyError(msg)
        if not isinstance(value, _KINDS) or isinstance(value, bool):
            msg = (
                "The values for a slice must be a slice, list, numpy array, a tuple, or an "
                f"int. Provided value: {value!r} for dimension: {name}"
            )
            raise TypeError(msg)
    return dict(slice_dict)


def chosen(side: Side, selection: Mapping[str, Any]) -> Any:
    """Return the rows of one side that a selection leaves, ascending.

    Returns
    -------
    slice, h5py.MultiBlockSlice or ndarray of int
        One regular selection where there is one, found without looking at the indices.

    Raises
    ------
    IndexError
        When a step lies outside.
    ValueError
        When a step is negative, or there is none.
    """
    steps = [
        _along(selection.get(name, slice(None)), name, size)
        for name, size in zip(side.labels, side.sizes, strict=True)
    ]
    grid = side.grid
    if grid is not None and grid.rows is None:
        ranges = [along for along in steps if isinstance(along, range)]
        pattern = regular(grid, ranges) if len(ranges) == len(steps) else None
        return pattern if pattern is not None else grid.rows_at(steps)
    mask = np.ones(side.count, dtype=bool)
    for dimension, name in enumerate(side.labels):
        if name in selection:
            allowed = np.zeros(side.sizes[dimension], dtype=bool)
            allowed[steps[dimension]] = True
            mask &= allowed[side.steps_along(dimension)]
    return np.flatnonzero(mask)


def as_rows(chosen_rows: Any) -> npt.NDArray[np.intp]:
    """Return what `chosen` found as an array of rows."""
    if isinstance(chosen_rows, np.ndarray):
        return chosen_rows
    if isinstance(chosen_rows, slice):
        return np.arange(chosen_rows.start, chosen_rows.stop, chosen_rows.step, dtype=np.intp)
    starts = chosen_rows.start + chosen_rows.stride * np.arange(chosen_rows.count)
    return (starts[:, np.newaxis] + np.arange(chosen_rows.block)).ravel()


def _along(key: Any, name: str, size: int) -> range | npt.NDArray[np.intp]:
    """Return the steps that a key selects along a dimension, ascending and each once."""
    if isinstance(key, slice):
        steps = range(*key.indices(size))
        if steps:
            return steps if steps.step > 0 else steps[::-1]
    found = np.atleast_1d(np.asarray(key)) if not isinstance(key, slice) else np.empty(0, np.intp)
    if found.size == 0 or (found.dtype.kind == "i" and found.min() < 0):
        msg = f"Slicing indices should be >= 0 and one or more, got {key!r} for dimension {name}"
        raise ValueError(msg)
    if found.dtype.kind not in "iub":
        msg = f"slicing indices should be integers, got {key!r} for dimension {name}"
        raise TypeError(msg)
    steps = as_range(found, size)
    return np.unique(as_steps(found, size)) if steps is None else steps


def part(dimension: Dimension, key: Any) -> Dimension:
    """Return what a selection leaves of a dimension."""
    values = dimension.values[as_steps(key, dimension.size)]
    return Dimension(dimension.name, dimension.units, values, dimension.quantity)


def nothing() -> Dimension:
    """Return the dimension that stands where none is left."""
    return Dimension("arb.", "a. u.", [1])
