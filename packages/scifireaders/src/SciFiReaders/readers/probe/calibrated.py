"""Counts of a converter as what they stand for, on the frame of a scan.

Where a format keeps counts and a factor, values are ``counts * factor + offset`` in double
precision, computed piece by piece.  Headers of these formats write amounts with their units.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, lazy, pixel_centres
from SciFiReaders.values import number
from sidpy.base.units import conversion_factor

if TYPE_CHECKING:
    from dask.array import Array

__all__ = ["amount", "calibrated", "equal_steps", "frame", "in_units", "known", "padded"]

_AMOUNT: Final = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)", re.DOTALL)


def calibrated(source: Any, factor: float = 1.0, offset: float = 0.0) -> Array:
    """Return the values that the counts of an array-like stand for; stays lazy."""
    array = lazy(source)
    if factor == 1 and not offset:
        return array
    values = array.astype("f8") * factor
    return values + offset if offset else values


def frame(
    shape: tuple[int, ...],
    size: tuple[float | None, float | None],
    units: str,
    *,
    centre: tuple[float, float] | None = None,
    names: tuple[str, str] = ("y", "x"),
) -> tuple[Axis, Axis]:
    """Return the axes of an upright image: y descends, row 0 is the top.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns, perhaps more.
    size : tuple of float or None
        Height and width; pixels stay pixels where it is not known.
    units : str
        Of both.
    centre : tuple of float, optional
        Where the middle lies, y and x; without it the lower left corner is the origin.
    names : tuple of str
        Of rows and columns.

    Examples
    --------
    >>> y, x = frame((2, 4), (1.0, 2.0), "nm")
    >>> y.values, x.values
    (array([0.75, 0.25]), array([0.25, 0.75, 1.25, 1.75]))
    """
    axes = []
    for i in (0, 1):
        length = size[i]
        if length is None or not 0 < length < 1e100:
            axes.append(Axis.scanned(names[i], np.arange(shape[i]), "px"))
            continue
        start = 0.0 if centre is None else centre[i] - length / 2
        axes.append(Axis.scanned(names[i], pixel_centres(shape[i], length, start), units))
    return axes[0].flipped(), axes[1]


def padded(values: Any, rows: int, *, up: bool) -> Array:
    """Return whole images of `rows` rows: those that were not scanned are NaN.

    Parameters
    ----------
    values : dask array of shape (rows that are there, ...)
        The top row first.
    rows : int
        Rows of the image.
    up : bool
        Whether the scan went upwards, so that the upper rows are missing.
    """
    import dask.array as da

    missing = rows - values.shape[0]
    if not missing:
        return values
    blank = da.full((missing, *values.shape[1:]), np.nan)
    return da.concatenate([blank, values] if up else [values, blank])


def known(values: dict[str, Any]) -> dict[str, Any]:
    """Return the entries that say something."""
    return {key: value for key, value in values.items() if value not in (None, "", {})}


def equal_steps(values: np.ndarray, rounding: np.ndarray) -> np.ndarray:
    """Return the equal steps that `values` are when rounded, else the values as they are.

    Parameters
    ----------
    values : ndarray of shape (points,)
        Places along a sweep, as the file has them.
    rounding : ndarray of shape (points,)
        What the last digit of each is worth.

    Examples
    --------
    >>> equal_steps(np.array([0, 0.33, 0.67, 1.0]), np.full(4, 0.01))
    array([0.        , 0.33333333, 0.66666667, 1.        ])
    >>> equal_steps(np.array([0, 0.33, 0.7, 1.0]), np.full(4, 0.01))
    array([0.  , 0.33, 0.7 , 1.  ])
    """
    if len(values) < 3 or not np.isfinite(values).all():
        return values
    exact = np.linspace(values[0], values[-1], len(values))
    # the ends are rounded, too; steps lost in the rounding say nothing
    largest = rounding.max()
    is_rounded = np.abs(values - exact) <= rounding + np.abs(exact) * 1e-12 + largest / 2
    step = abs(values[-1] - values[0]) / (len(values) - 1)
    return exact if is_rounded.all() and step > 2 * largest else values


def amount(text: str) -> tuple[float | None, str]:
    """Return a number and its units; no number where the text has none.

    Examples
    --------
    >>> amount("170.165kHz"), amount("-2.44 V"), amount("None")
    ((170.165, 'kHz'), (-2.44, 'V'), (None, ''))
    """
    match = _AMOUNT.fullmatch(text)
    return (number(match[1]), match[2].strip()) if match else (None, "")


def in_units(text: str, units: str) -> float | None:
    """Return an amount in other units; None where it cannot be converted.

    Examples
    --------
    >>> in_units("170 kHz", "Hz"), in_units("50 %", "V")
    (170000.0, None)
    """
    value, own = amount(text)
    factor = 1.0 if own == units else conversion_factor(own, units) if own else None
    return None if value is None or factor is None else value * factor
