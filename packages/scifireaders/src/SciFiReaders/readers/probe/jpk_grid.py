"""The grid of a JPK force map: where each of its curves was taken.

Curve n of a grid of ``ilength`` columns lies in its row ``n // ilength``, counted from the
bottom; where ``back-and-forth`` is true, every second row runs from right to left.  Where a
curve of such a row says its own position, that is believed instead.

Source: JPK Instruments, "JPK DP file format specification" (force scan maps).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.labelled import Axis, pixel_centres
from sidpy.errors import CorruptFile

from .jpk_channels import LONGEST_HEADER
from .jpk_properties import Properties, parse_properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .zip_members import Archive

__all__ = ["HEADER", "Grid", "grid_of", "is_selection"]

FORMAT: Final = "jpk.force"
HEADER: Final = "header.properties"
#: More rows or columns than any scanner makes: damage.
_LARGEST_GRID: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the curves of a map were taken."""

    columns: int
    rows: int
    centre: tuple[float, float]
    extent: tuple[float, float]
    angle: float
    units: str
    meanders: bool

    def place(self, number: int) -> int | None:
        """Return the place of a curve in C order, the top row first; None outside."""
        row, column = divmod(number, self.columns)
        if row >= self.rows:
            return None
        if self.meanders and row % 2:
            column = self.columns - 1 - column
        return (self.rows - 1 - row) * self.columns + column

    def axes(self) -> tuple[Axis, Axis]:
        """Return y, downwards from the largest, and x."""
        if min(self.extent) <= 0:
            return (
                Axis.scanned("y", np.arange(self.rows)[::-1], "px"),
                Axis.scanned("x", np.arange(self.columns), "px"),
            )
        y, x = (
            pixel_centres(count, length, middle - length / 2)
            for count, length, middle in zip(
                (self.rows, self.columns), self.extent[::-1], self.centre[::-1], strict=True
            )
        )
        return Axis.scanned("y", y[::-1], self.units), Axis.scanned("x", x, self.units)


def grid_of(header: Properties, archive: Archive, numbers: Iterable[int]) -> Grid | None:
    """Return the grid of a map; None when its points form none.

    Parameters
    ----------
    header : Properties
        Of the file.
    archive : Archive
        Holds the headers of the curves, of which one says where it was taken.
    numbers : iterable of int
        The curves that are there.

    Raises
    ------
    CorruptFile
        When it is larger than any scanner makes.
    """
    place = "position-pattern.grid"
    counts = [header.number_ending(f"{place}.{word}") for word in ("ilength", "jlength")]
    if None in counts:
        return None
    columns, rows = (int(count or 0) for count in counts)
    if not (0 < columns <= _LARGEST_GRID and 0 < rows <= _LARGEST_GRID):
        msg = f"a grid of {columns} by {rows} curves cannot be"
        raise CorruptFile(msg, path=archive.path, format=FORMAT)
    x, y, width, height, angle = (
        header.number_ending(f"{place}.{word}") or 0.0
        for word in ("xcenter", "ycenter", "ulength", "vlength", "theta")
    )
    meanders = header.ending("position-pattern.back-and-forth") == "true"
    units = header.ending(f"{place}.unit.unit") or "m"
    grid = Grid(columns, rows, (x, y), (width, height), angle, units, meanders)
    return _as_positions_say(grid, archive, numbers)


def is_selection(numbers: Sequence[int], grid: Grid) -> bool:
    """Whether a few curves were taken out of a map, rather than a map stopped."""
    return numbers[-1] >= len(numbers) and 4 * len(numbers) < grid.rows * grid.columns


def _as_positions_say(grid: Grid, archive: Archive, numbers: Iterable[int]) -> Grid:
    """Return the grid with the direction of odd rows that a curve's own position shows."""
    for number in numbers:
        row, column = divmod(number, grid.columns)
        name = f"index/{number}/{HEADER}"
        if row % 2 == 0 or 2 * column + 1 == grid.columns or name not in archive.members:
            continue
        header = parse_properties(archive.read(name, LONGEST_HEADER))
        x, y = (header.number_ending(f"header.position.{axis}") for axis in "xy")
        if x is None or y is None or grid.extent[0] <= 0:
            break
        along = (x - grid.centre[0]) * math.cos(grid.angle)
        along += (y - grid.centre[1]) * math.sin(grid.angle)
        rightwards = (column + 0.5) / grid.columns * grid.extent[0] - grid.extent[0] / 2
        meanders = abs(along + rightwards) < abs(along - rightwards)
        return replace(grid, meanders=meanders)
    return grid
