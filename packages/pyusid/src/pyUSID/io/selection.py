"""Parts of a dataset by name of dimension: what a dictionary of slices selects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .blocks import as_steps
from .dimension import Dimension

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from .sides import Side

__all__ = ["checked", "chosen", "is_list", "nothing", "part", "within"]

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
    if not isinstance(slice_dict, Mapping):
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


def is_list(value: Any) -> bool:
    """Whether a selection names several steps."""
    return isinstance(value, (list, tuple, np.ndarray))


def within(key: Any, size: int) -> Any:
    """Return a slice, or an index that was checked."""
    return key if isinstance(key, slice) else int(as_steps(key, size)[0])


def chosen(side: Side, selection: Mapping[str, Any]) -> npt.NDArray[np.intp]:
    """Return the rows of one side that a selection leaves."""
    mask = np.ones(side.indices.shape[1], dtype=bool)
    for dimension, name in enumerate(side.labels):
        if name in selection:
            allowed = np.zeros(side.sizes[dimension], dtype=bool)
            allowed[_steps_from_zero(selection[name], name, side.sizes[dimension])] = True
            mask &= allowed[side.steps_along(dimension)]
    return np.flatnonzero(mask)


def _steps_from_zero(key: Any, name: str, size: int) -> npt.NDArray[np.intp]:
    steps = np.atleast_1d(np.asarray(key)) if not isinstance(key, slice) else as_steps(key, size)
    if steps.size == 0 or (steps.dtype.kind == "i" and steps.min() < 0):
        msg = f"Slicing indices should be >= 0 and one or more, got {key!r} for dimension {name}"
        raise ValueError(msg)
    if steps.dtype.kind not in "iub":
        msg = f"slicing indices should be integers, got {key!r} for dimension {name}"
        raise TypeError(msg)
    return as_steps(steps, size)


def part(dimension: Dimension, key: Any) -> Dimension:
    """Return what a selection leaves of a dimension."""
    values = dimension.values[as_steps(key, dimension.size)]
    return Dimension(dimension.name, dimension.units, values, dimension.quantity)


def nothing() -> Dimension:
    """Return the dimension that stands where none is left."""
    return Dimension("arb.", "a. u.", [1])
