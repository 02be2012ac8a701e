"""Choices of components, by the names of classic pycroscopy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["get_component_slice", "to_ranges"]


def get_component_slice(
    components: Any, total_components: int | None = None
) -> tuple[slice | list[int], int]:
    """Return a choice of components as something to index with, and how many these are.

    Parameters
    ----------
    components : int, slice, iterable of int or None
        The first so many; a slice; two numbers, the first component and the one after the
        last; more numbers, each a component; all.
    total_components : int, optional
        How many there are; needed for None and for slices without an end.

    Returns
    -------
    chosen : slice or list of int
        Increasing, without repetition.
    count : int
        Components in it.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        When nothing is chosen, or something that is not there.

    Examples
    --------
    >>> get_component_slice(4), get_component_slice((2, 6)), get_component_slice([5, 1, 2])
    ((slice(0, 4, None), 4), (slice(2, 6, None), 4), ([1, 2, 5], 3))
    """
    chosen = _chosen(components, total_components)
    if isinstance(chosen, slice):
        top = total_components if chosen.stop is None else chosen.stop
        if top is None:
            msg = f"{components!r} has no end: give total_components"
            raise ValueError(msg)
        numbers = range(int(top))[chosen] if total_components is None else range(top)[chosen]
    else:
        numbers = chosen
    most = np.inf if total_components is None else total_components
    if not len(numbers) or min(numbers) < 0 or max(numbers) >= most:
        msg = f"components {components!r} of {total_components}: none, or some that are not there"
        raise ValueError(msg)
    return chosen, len(numbers)


def _chosen(components: Any, total: int | None) -> slice | list[int]:
    if components is None:
        return slice(0, total)
    if isinstance(components, int | np.integer) and not isinstance(components, bool):
        return slice(0, int(components))
    if isinstance(components, slice):
        return components
    try:
        numbers = [int(one) for one in components]
    except (TypeError, ValueError) as error:
        msg = f"expected a number of components, a slice or numbers, found {components!r}"
        raise TypeError(msg) from error
    if len(numbers) == 2:
        return slice(*numbers)
    return sorted(set(numbers))


def to_ranges(iterable: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield stretches of consecutive numbers as pairs (first, last).

    Parameters
    ----------
    iterable : iterable of int
        In any order.

    Examples
    --------
    >>> list(to_ranges([1, 2, 3, 7, 9, 8]))
    [(1, 3), (7, 9)]
    """
    numbers = np.unique(np.fromiter(iterable, np.int64))
    for part in np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1):
        if part.size:
            yield int(part[0]), int(part[-1])
