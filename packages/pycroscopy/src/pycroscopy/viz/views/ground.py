"""Positions of a measurement as the ground of a map: what runs down, right, and is paged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sidpy

__all__ = ["Ground"]


class Ground(NamedTuple):
    """Which axes of positions run down and right over a map, and which are paged through.

    One axis of positions runs right, in a map of one row.  Of more than two the spatial ones
    are the map, else the last two; the others have a page each.
    """

    dimensions: tuple[sidpy.Dimension, ...]
    """Of the positions."""
    rows: int | None
    """None for a line."""
    columns: int
    paged: tuple[int, ...]

    @classmethod
    def of(cls, dimensions: Sequence[sidpy.Dimension]) -> Ground:
        """Find the map among the dimensions of positions.

        Raises
        ------
        ValueError
            When there is a single position only.
        """
        count = len(dimensions)
        if not count:
            msg = "a map needs positions, found a single one: its plot() shows all there is"
            raise ValueError(msg)
        if count == 1:
            return cls(tuple(dimensions), None, 0, ())
        kinds = [dimension.dimension_type.name for dimension in dimensions]
        space = [axis for axis, kind in enumerate(kinds) if kind in ("SPATIAL", "RECIPROCAL")]
        rows, columns = space if len(space) == 2 else (count - 2, count - 1)
        rest = tuple(axis for axis in range(count) if axis not in (rows, columns))
        return cls(tuple(dimensions), rows, columns, rest)

    def position(self, row: int, column: int, pages: Sequence[int]) -> tuple[int, ...]:
        """Return the index of one position."""
        places = {self.columns: column, **dict(zip(self.paged, pages, strict=True))}
        if self.rows is not None:
            places[self.rows] = row
        return tuple(places[axis] for axis in range(len(self.dimensions)))

    def picture(self, values: Any, pages: Sequence[int], steps: Sequence[int]) -> Any:
        """Return the values of a map, of shape (rows, columns), every n-th of them.

        Parameters
        ----------
        values : array of the shape of the positions
            Lazy or not.
        pages : sequence of int
            One place along each paged axis.
        steps : sequence of int
            n along rows and columns.
        """
        return self.upright(values[self.slices(pages, steps)])

    def slices(self, pages: Sequence[int], steps: Sequence[int]) -> tuple[Any, ...]:
        """Return the index of every n-th position of a page."""
        index: list[Any] = [slice(None)] * len(self.dimensions)
        for axis, page in zip(self.paged, pages, strict=True):
            index[axis] = page
        index[self.columns] = slice(None, None, steps[1])
        if self.rows is not None:
            index[self.rows] = slice(None, None, steps[0])
        return tuple(index)

    def upright(self, values: Any) -> Any:
        """Return the values of a page with rows first, a line as one row."""
        if self.rows is None:
            return values[None, :]
        return values if self.rows < self.columns else values.T

    def dataset(self, title: str) -> sidpy.Dataset:
        """Return an empty map with the axes of the ground."""
        import dask.array as da

        import sidpy
        from pycroscopy._inputs import set_dimensions

        right = self.dimensions[self.columns]
        down = sidpy.Dimension(1, "line") if self.rows is None else self.dimensions[self.rows]
        empty = da.zeros((len(down), len(right)), dtype=np.float64)
        made = sidpy.Dataset.from_array(empty, title=title, datatype="IMAGE")
        set_dimensions(made, [down, right])
        return made
