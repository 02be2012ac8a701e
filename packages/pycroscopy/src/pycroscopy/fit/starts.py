"""Starts of fits: the best of many shapes, of which only heights are solved for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["best_shapes"]


def best_shapes(
    y: NDArray[Any], shapes: Iterable[tuple[Any, Floats]], heights: int = 1
) -> tuple[Floats, Floats]:
    """Return, for each curve, the shape that fits best as a sum of its columns.

    Parameters
    ----------
    y : ndarray of shape (rows, points)
        Curves.
    shapes : iterable of (numbers, columns)
        What makes a shape, an array of any fixed length, and its columns, (points, columns).
    heights : int
        So many first columns have to come out positive.

    Returns
    -------
    numbers : ndarray of shape (rows, length)
        Of the best shape; NaN where there is none.
    found : ndarray of shape (rows, columns)
        Height of each column.

    Examples
    --------
    >>> x = np.arange(4.0)
    >>> best_shapes(3 * x[None] ** 2, ((p, x[:, None] ** p) for p in (1, 2)))
    (array([[2.]]), array([[3.]]))
    """
    numbers = np.empty((len(y), 0))
    found = np.empty((len(y), 0))
    least = np.full(len(y), np.inf)
    for what, columns in shapes:
        solved, *_ = np.linalg.lstsq(columns, y.T, rcond=None)
        rest = ((y.T - columns @ solved) ** 2).sum(axis=0)
        if not numbers.shape[1]:
            numbers = np.full((len(y), np.size(what)), np.nan)
            found = np.full((len(y), columns.shape[1]), np.nan)
        better = (rest < least) & (solved[:heights] > 0).all(axis=0)
        numbers[better], found[better] = what, solved.T[better]
        least = np.where(better, rest, least)
    return numbers, found
