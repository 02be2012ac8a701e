"""How the probe of a scanning microscope departs from where it should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Scan"]


@dataclass(frozen=True, eq=False)
class Scan:
    """How the probe departs from where it should be, in px along rows and columns.

    Examples
    --------
    >>> Scan(drift=(4.0, 0.0)).lines(5)[:, 0].tolist()
    [-2.0, -1.0, 0.0, 1.0, 2.0]
    """

    drift: tuple[float, float] | Callable[[Floats], Floats] = (0.0, 0.0)
    """From the first to the last line, evenly, zero in the middle; or what gives offsets
    (n, 2) for times (n,) from 0 to 1."""
    jitter: float = 0.0
    """Standard deviation of lines that are out of place, along both axes."""
    flyback: tuple[float, float] = (0.0, 1.0)
    """How far the probe is ahead, along the fast axis, at the beginning of a line, and the
    distance after which 1/e of that is left."""
    slow: Literal["rows", "columns"] = "rows"
    """The axis from line to line."""
    seed: int = 0
    """Of the lines."""

    def __post_init__(self) -> None:
        if self.slow not in ("rows", "columns"):
            msg = f"slow is {self.slow!r}; it can be 'rows' or 'columns'"
            raise ValueError(msg)
        if not 2 * abs(self.flyback[0]) <= self.flyback[1]:
            msg = f"flyback is {self.flyback!r}: the distance should be twice the offset, or more"
            raise ValueError(msg)

    def lines(self, count: int) -> Floats:
        """Return where lines are, against where they should be.

        Parameters
        ----------
        count : int
            Lines of the scan.

        Returns
        -------
        ndarray of shape (count, 2), px
        """
        time = np.linspace(0, 1, count) if count > 1 else np.full(1, 0.5)
        if callable(self.drift):
            found = np.array(self.drift(time), np.float64)
        else:
            found = np.multiply.outer(time - 0.5, np.asarray(self.drift, np.float64))
        rng = np.random.default_rng([self.seed, 4])
        return found + self.jitter * rng.standard_normal((count, 2))

    def ahead(self, count: int) -> Floats:
        """Return how far the probe is ahead along the fast axis, shape (count,), px.

        Parameters
        ----------
        count : int
            Pixels of a line.
        """
        return self.flyback[0] * np.exp(-np.arange(count) / self.flyback[1])

    def offsets(self, shape: tuple[int, int]) -> tuple[Floats, Floats]:
        """Return both parts of the departure: by line, and along a line.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.

        Returns
        -------
        lines : ndarray of shape (lines, 2), px
            Of every pixel of a line.
        ahead : ndarray of shape (pixels of a line,), px
            Along the line.
        """
        slow, fast = (0, 1) if self.slow == "rows" else (1, 0)
        return self.lines(shape[slow]), self.ahead(shape[fast])

    def seen(self, places: Floats, shape: tuple[int, int]) -> Floats:
        """Return at which pixels the probe comes to places.

        Parameters
        ----------
        places : ndarray of shape (n, 2), px
            Where they are.
        shape : (int, int)
            Rows and columns of the image.

        Returns
        -------
        ndarray of shape (n, 2), px
            Where the image shows them; between lines the probe is taken to move evenly.
        """
        lines, ahead = self.offsets(shape)
        slow, fast = (0, 1) if self.slow == "rows" else (1, 0)
        seen = places.copy()
        for _ in range(50):
            line = [np.interp(seen[:, slow], np.arange(len(lines)), way) for way in lines.T]
            moved = np.stack(line, axis=1)
            moved[:, fast] += np.interp(seen[:, fast], np.arange(len(ahead)), ahead)
            seen = places - moved
        return seen
