"""Dimensions as axes of HyperSpy: uniform ones, ordered ones, and those it can only count."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.units import NO_UNITS

if TYPE_CHECKING:
    from sidpy.sid.dimension import Dimension

__all__ = ["as_axis", "unless_changed", "with_text_keys"]

logger = logging.getLogger(__name__)

#: Largest departure from a linear axis that is rounding, as a share of a step.
_ROUNDING: Final = 1e-9


def as_axis(dimension: Dimension) -> dict[str, Any]:
    """Return an axis as HyperSpy describes it; one it cannot have is counted."""
    words: dict[str, Any] = {"name": dimension.name}
    if dimension.units not in NO_UNITS:
        words["units"] = dimension.units
    values = dimension.values
    start, step = _linear(values)
    if step is not None:
        return {**words, "size": values.size, "offset": start, "scale": step}
    if _is_ordered(values):
        return {**words, "axis": values}
    logger.info("the values of %r are not ordered; HyperSpy counts them", dimension.name)
    return {**words, "size": values.size}


def _linear(values: np.ndarray[Any, Any]) -> tuple[float, float | None]:
    """Return start and step of values that are linear up to rounding."""
    if values.size == 1 and np.isfinite(values[0]):
        return float(values[0]), 1.0
    if values.size < 2 or not np.isfinite(values).all():
        return 0.0, None
    start = float(values[0])
    with np.errstate(over="ignore", invalid="ignore"):
        step = float((values[-1] - values[0]) / (values.size - 1))
        off = np.abs(values - (start + step * np.arange(values.size))).max()
        # far from 0 the values themselves are rounded more than that
        rounding = abs(step) * _ROUNDING + 4 * np.spacing(np.abs(values).max())
    linear = np.isfinite(step) and abs(step) > 1e3 * np.spacing(abs(start)) and off <= rounding
    return start, step if linear and step else None


def _is_ordered(values: np.ndarray[Any, Any]) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.diff(values)
    finite = values.size > 0 and bool(np.isfinite(values).all())
    return finite and bool(np.all(steps > 0) or np.all(steps < 0))


def unless_changed(found: Dimension, before: Dimension) -> Dimension:
    """Return a dimension as it was, where HyperSpy did not change it."""
    if found.units not in (before.units, "generic"):
        return found
    written = as_axis(before)
    values = before.values
    if "scale" in written:
        values = written["offset"] + written["scale"] * np.arange(values.size)
    elif "axis" not in written:
        values = np.arange(values.size, dtype=float)
    same = found.size == before.size and np.allclose(values, found, rtol=1e-12, atol=0)
    return before if same else before.with_values(found)


def with_text_keys(tree: Any) -> Any:
    """Return a dictionary as HyperSpy takes it: its keys are text."""
    if isinstance(tree, dict):
        return {str(key): with_text_keys(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [with_text_keys(value) for value in tree]
    return tree
