"""Quanta counted where they belong."""

from __future__ import annotations

import numpy as np

__all__ = ["tally"]


def tally(flat: np.ndarray, places: np.ndarray) -> None:
    """Add one at each of the places, as often as it is named.

    Parameters
    ----------
    flat : ndarray of shape (elements,)
        Counts; changed.
    places : ndarray of int
        Where quanta belong.

    Examples
    --------
    >>> counts = np.zeros(4, "u4")
    >>> tally(counts, np.array([2, 0, 2]))
    >>> counts.tolist()
    [1, 0, 2, 0]
    """
    if flat.size <= 4 * places.size:
        flat += np.bincount(places, minlength=flat.size).astype(flat.dtype)
    else:
        np.add.at(flat, places, flat.dtype.type(1))
