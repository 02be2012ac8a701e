"""Numbers measured at every position, by name, each with its error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    import sidpy

    from .rows import Rows

__all__ = ["Measurements", "unpacked"]


@dataclass(frozen=True, eq=False, repr=False)
class Measurements:
    """Numbers at each position with their errors, by name; lazy until `persist`."""

    values: Mapping[str, sidpy.Dataset]
    errors: Mapping[str, sidpy.Dataset]
    """Standard deviations, under the same names."""

    def __getitem__(self, name: str) -> sidpy.Dataset:
        return self.values[name]

    def __repr__(self) -> str:
        first = next(iter(self.values.values()))
        return f"{', '.join(self.values)} at {first.shape} positions"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {**self.values, **{f"{name}_error": part for name, part in self.errors.items()}}

    def persist(self) -> Self:
        """Return the same in memory, everything computed together in one pass."""
        from dask import persist

        found = persist(*self.values.values(), *self.errors.values())
        count = len(self.values)
        values = dict(zip(self.values, found[:count], strict=True))
        return replace(
            self, values=values, errors=dict(zip(self.errors, found[count:], strict=True))
        )

    @property
    def n_failed(self) -> int:
        """Number of positions where the first number is NaN; computes it."""
        return int(np.isnan(np.asarray(next(iter(self.values.values())))).sum())

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw all numbers: maps, or profiles.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps(self.values, figure)


def unpacked(
    rows: Rows, packed: Any, units: Mapping[str, str]
) -> tuple[dict[str, sidpy.Dataset], dict[str, sidpy.Dataset]]:
    """Return values and errors as datasets by name.

    Parameters
    ----------
    rows : Rows
        The curves that they are of.
    packed : array of shape (positions..., 2 * numbers)
        All values, then all errors.
    units : mapping of str to str
        Unit of each number, by name, in their order.
    """
    values, errors = {}, {}
    for number, (name, unit) in enumerate(units.items()):
        title = f"{rows.dataset.title} {name.replace('_', ' ')}"
        values[name] = rows.placed(packed[..., number], title, unit, name)
        errors[name] = rows.placed(
            packed[..., len(units) + number], f"{title} error", unit, "standard deviation"
        )
    return values, errors
