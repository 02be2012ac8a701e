"""Curves that follow from measured ones, with the error of every value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    import sidpy

    from .rows import Rows

__all__ = ["EstimatedCurves"]


@dataclass(frozen=True, eq=False, repr=False)
class EstimatedCurves:
    """Curves at each position, their errors, and the noise of what they were made of."""

    values: sidpy.Dataset
    """Shape (positions..., points); NaN where nothing follows from the data."""
    errors: sidpy.Dataset
    """Standard deviations; those of neighboring points are not independent."""
    noise: sidpy.Dataset
    """Shape (positions...): standard deviation of the data that went in."""

    def __repr__(self) -> str:
        return f"{self.values.title!r} of shape {self.values.shape}, with errors"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {name: part for name, part in vars(self).items() if hasattr(part, "labels_record")}

    def persist(self) -> Self:
        """Return the same in memory, everything computed together in one pass."""
        from dask import persist

        parts = self.to_datasets()
        return replace(self, **dict(zip(parts, persist(*parts.values()), strict=True)))

    def log10(self) -> Self:
        """Return decimal logarithms; NaN where a value is not above its error.

        Their errors are of first order, and mean little for values below three errors.
        """
        import dask.array as da

        from pycroscopy._inputs import lazy

        values, errors = lazy(self.values), lazy(self.errors)
        seen = values > errors
        values = da.where(seen, values, np.nan)
        made = [
            self.values.like_data(part, title=f"log10 of {self.values.title}{what}")
            for part, what in (
                (da.log10(values), ""),
                (da.where(seen, errors, np.nan) / values / np.log(10), ", error"),
            )
        ]
        for part in made:
            part.units = ""
        return replace(self, values=made[0], errors=made[1])

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the curves of a few positions, with their errors.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from sidpy.proc.curvewise.curves import spectral_axes

        if figure is None:
            from matplotlib import pyplot as plt

            figure = plt.figure(layout="constrained")
        axes: Any = figure.add_subplot()
        found = spectral_axes(self.values)
        axis = found[0] if len(found) == 1 else self.values.ndim - 1
        dimension = self.values._axes[axis]
        shape = np.delete(self.values.shape, axis)
        count = int(np.prod(shape))
        for number in np.unique(np.linspace(0, count - 1, min(count, 3)).astype(int)):
            place: list[Any] = list(np.unravel_index(number, shape)) if len(shape) else []
            place.insert(axis, slice(None))
            values, errors = (np.asarray(p[tuple(place)]) for p in (self.values, self.errors))
            x = np.asarray(dimension.values)
            axes.plot(x, values)
            axes.fill_between(x, values - errors, values + errors, alpha=0.3)
        axes.set_xlabel(f"{dimension.name} ({dimension.units})")
        axes.set_ylabel(f"{self.values.quantity} ({self.values.units})")
        return figure

    @classmethod
    def of(cls, rows: Rows, packed: Any, title: str, units: tuple[str, str], **more: Any) -> Self:
        """Return curves on the axis of the data from arrays side by side.

        Parameters
        ----------
        rows : Rows
            What went in.
        packed : array of shape (positions..., 2 * points + 1)
            Values, errors, noise.
        title : str
            What they are.
        units : (str, str)
            Of the values, and their quantity.
        **more : Any
            Further fields.
        """
        count = len(rows.x)
        name = f"{title} of {rows.dataset.title}"
        values = rows.along(packed[..., :count], name, *units)
        errors = rows.along(
            packed[..., count : 2 * count], f"{name}, error", units[0], "standard deviation"
        )
        noise = rows.placed(
            packed[..., -1], f"noise of {rows.dataset.title}", rows.dataset.units,
            "standard deviation",
        )  # fmt: skip
        return cls(values, errors, noise, **more)
