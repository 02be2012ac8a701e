"""Figures of several panels: made whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

__all__ = ["chosen", "drawing"]


@contextmanager
def drawing(size: tuple[float, float], **options: Any) -> Iterator[Figure]:
    """Make a figure that notebooks and ``plt.show()`` show; an error leaves none behind."""
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=size, **options)
    try:
        yield figure
    except BaseException:
        plt.close(figure)
        raise


def chosen(total: int, count: int, *, spread: bool) -> list[int]:
    """Return which of `total` are drawn: the first ones, or some spread over all.

    >>> chosen(12, 4, spread=True), chosen(2, 4, spread=False)
    ([0, 3, 7, 11], [0, 1])
    """
    count = min(count, total)
    places = np.linspace(0, total - 1, count).astype(int) if spread else np.arange(count)
    return [int(place) for place in places]
