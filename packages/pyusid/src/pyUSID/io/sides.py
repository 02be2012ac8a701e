"""The two sides of a main dataset: its positions, and its spectroscopic steps.

A `Side` reads its pair of ancillary datasets once and knows labels, units, the steps of
each dimension and, where the side is complete, its grid.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import FormatError
from sidpy.hdf.attributes import attribute_or, decode

from .dimension import Dimension, DimType
from .grid import Grid, ranks

if TYPE_CHECKING:
    import h5py
    import numpy.typing as npt

__all__ = ["PLACEHOLDERS", "Side", "texts_of"]

#: Names of the dimension of size 1 that stands where there is none.
PLACEHOLDERS = frozenset({"arb", "arb.", "none", "single_step", "empty"})


def texts_of(h5_object: Any, name: str) -> tuple[str, ...]:
    """Return a text attribute, one str or several, as a tuple; empty when it is not there."""
    value = attribute_or(h5_object, name)
    if value is None:
        return ()
    items = value.ravel().tolist() if isinstance(value, np.ndarray) else [value]
    return tuple([item if isinstance(item, str) else str(decode(item)) for item in items])


class Side:
    """Positions or spectroscopic steps.

    Parameters
    ----------
    h5_inds, h5_vals : h5py.Dataset
        Indices and values, of shape (steps, dimensions) for positions and (dimensions,
        steps) for spectroscopic steps.
    is_spectroscopic : bool
        Which of the two.
    """

    def __init__(
        self, h5_inds: h5py.Dataset, h5_vals: h5py.Dataset, *, is_spectroscopic: bool
    ) -> None:
        self.h5_inds = h5_inds
        self.h5_vals = h5_vals
        self.is_spectroscopic = is_spectroscopic
        self.labels = texts_of(h5_inds, "labels")
        self.units = texts_of(h5_inds, "units")

    @property
    def count(self) -> int:
        """Number of rows or columns of the main dataset."""
        return int(self.h5_inds.shape[int(self.is_spectroscopic)])

    @cached_property
    def indices(self) -> npt.NDArray[Any]:
        """Index matrix of shape (dimensions, steps)."""
        matrix = self.h5_inds[()]
        return np.asarray(matrix if self.is_spectroscopic else matrix.T)

    @cached_property
    def values(self) -> npt.NDArray[Any]:
        """Matrix of values of shape (dimensions, steps)."""
        matrix = self.h5_vals[()]
        return matrix if self.is_spectroscopic else matrix.T

    @cached_property
    def _analysis(self) -> tuple[Grid | None, str]:
        try:
            return Grid.from_indices(self.indices), ""
        except FormatError as reason:
            return None, str(reason)

    @property
    def grid(self) -> Grid | None:
        """The grid; None when there is none."""
        return self._analysis[0]

    @property
    def why_no_grid(self) -> str:
        """The reason there is no grid; blank when there is one."""
        return self._analysis[1]

    def require_grid(self) -> Grid:
        """Return the grid.

        Raises
        ------
        FormatError
            When there is none; a ValueError too.
        """
        if self.grid is None:
            raise FormatError(f"{self.h5_inds.name}: {self.why_no_grid}")  # noqa: EM102 - a found reason
        return self.grid

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of different steps of each dimension, in file order."""
        if self.grid is not None:
            return self.grid.sizes
        return tuple(int(ranks(row).max()) + 1 for row in self.indices)

    @property
    def descriptors(self) -> list[str]:
        """Label and units of each dimension, in file order."""
        return [f"{name} ({units})" for name, units in zip(self.labels, self.units, strict=True)]

    @property
    def is_placeholder(self) -> bool:
        """Whether the side only says that there is no such dimension."""
        return self.sizes == (1,) and self.labels[0].strip().lower() in PLACEHOLDERS

    def unit_values(self, dimension: int) -> npt.NDArray[Any]:
        """Return the values of one dimension, one for each of its steps.

        Raises
        ------
        FormatError
            When the side is no grid.
        """
        return self.values[dimension, self.require_grid().rows_along(dimension)]

    def values_follow_grid(self) -> bool:
        """Whether every value depends on the step along its own dimension only."""
        grid = self.require_grid()
        for dimension, row in enumerate(self.values):
            unit = row[grid.rows_along(dimension)]
            own = unit[self.steps_along(dimension)]
            if not np.array_equal(row, own, equal_nan=True):
                return False
        return True

    def steps_along(self, dimension: int) -> npt.NDArray[np.intp]:
        """Return the step of one dimension at which each row was taken."""
        grid = self.grid
        row = self.indices[dimension]
        if grid is None or grid.rows is not None:
            return ranks(row)
        # steps are numbered as they come, which need not be by increasing index
        unit = row[grid.rows_along(dimension)]
        order = np.argsort(unit)
        return order[np.searchsorted(unit, row, sorter=order)]

    def modes(self) -> tuple[DimType, ...]:
        """How complete each dimension is, as far as the file says it."""
        stored = np.atleast_1d(self.h5_inds.attrs.get("type", 0))
        if stored.size != len(self.labels):
            stored = np.zeros(len(self.labels), dtype=int)
        incomplete = texts_of(self.h5_inds, "incomplete_dimensions")
        return tuple(
            DimType.INCOMPLETE if label in incomplete else _mode(mode)
            for label, mode in zip(self.labels, stored, strict=True)
        )

    def dimensions(self) -> list[Dimension]:
        """Return the dimensions in file order.

        Raises
        ------
        FormatError
            When the side is no grid.
        """
        return [
            Dimension(name, units, self.unit_values(i))
            for i, (name, units) in enumerate(zip(self.labels, self.units, strict=True))
        ]


def _mode(number: Any) -> DimType:
    try:
        return DimType(int(number))
    except ValueError:  # a later version knows more
        return DimType.DEFAULT
