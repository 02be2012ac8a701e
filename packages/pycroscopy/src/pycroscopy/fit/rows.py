"""One curve at every position of a dataset: its axis, and results at the positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset, lazy, set_dimensions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    import sidpy

__all__ = ["Rows"]


class Rows(NamedTuple):
    """A dataset and the axis along which its curves are."""

    dataset: sidpy.Dataset
    axis: int
    x: NDArray[np.float64]
    """Values of the axis."""

    @classmethod
    def of(cls, data: Any, dim: str | int | None, least: int) -> Rows:
        """Return the curves of a dataset, or of an array.

        Parameters
        ----------
        data : Dataset or array
            Of any number of axes.
        dim : str or int, optional
            The axis along which curves are: by default the only spectral one, or the last.
        least : int
            Points that a curve has at least.

        Raises
        ------
        DimensionError
            When there is no such axis.
        ValueError
            When curves are too short, or the values of their axis not finite or all the same.
        """
        from sidpy.errors import DimensionError
        from sidpy.proc.curvewise.curves import axes_of, spectral_axes

        dataset = as_dataset(data)
        if not dataset.ndim:
            msg = f"{dataset.title!r} is a single number and holds no curves"
            raise DimensionError(msg)
        found = spectral_axes(dataset) if dim is None else axes_of(dataset, dim)
        axis = found[0] if len(found) == 1 else dataset.ndim - 1
        x = np.asarray(dataset._axes[axis].values, np.float64)
        name = dataset._axes[axis].name
        if len(x) < least:
            msg = (
                f"curves of {dataset.title!r} have {len(x)} points along {name!r}; {least} needed"
            )
            raise ValueError(msg)
        if not np.isfinite(x).all() or np.ptp(x) == 0:
            msg = f"the values of {name!r} should be finite and differ, found {x[:5]} ..."
            raise ValueError(msg)
        return cls(dataset, axis, x)

    def varying(self) -> sidpy.Dataset:
        """Return the dataset with NaN in place of constant curves, in which nothing is found."""
        import dask.array as da

        array = lazy(self.dataset)
        if array.dtype.kind not in "fc":
            array = array.astype(np.float64)
        array = array.rechunk({self.axis: -1})
        checked = da.map_blocks(_varying, array, axis=self.axis, dtype=array.dtype)
        return self.dataset.like_data(checked, title=self.dataset.title)

    def mapped(
        self, function: Callable[..., Any], size: int, *beside: Rows, **options: Any
    ) -> Any:
        """Return what a function makes of blocks of curves, lazily.

        Parameters
        ----------
        function : callable
            ``function(block, *blocks, **options)`` takes an array of shape (..., points) and
            returns one of shape (..., size).
        size : int
            Length of the last axis.
        *beside : Rows
            Other curves at the same positions, of any length, for the function as well.
        **options : Any
            For the function.
        """
        import dask.array as da

        arrays = [da.moveaxis(lazy(rows.dataset), rows.axis, -1) for rows in (self, *beside)]
        first = arrays[0]
        array = first.rechunk({first.ndim - 1: -1})
        return da.map_blocks(
            function,
            array,
            *(one.rechunk((*array.chunks[:-1], -1)) for one in arrays[1:]),
            dtype=np.float64,
            chunks=(*array.chunks[:-1], (size,)),
            meta=np.empty((0,) * array.ndim),
            **options,
        )

    def at_same_positions(self, data: Any, dim: str | int | None) -> Rows:
        """Return other curves, real, at the positions of these; their axis may differ.

        Raises
        ------
        ValueError
            When they are at other positions.
        """
        other = Rows.of(data, dim, least=2).real("curves")
        shapes = [np.delete(rows.dataset.shape, rows.axis).tolist() for rows in (self, other)]
        if shapes[0] != shapes[1]:
            msg = (
                f"{other.dataset.title!r} has curves at {shapes[1]} positions, "
                f"{self.dataset.title!r} at {shapes[0]}; expected the same"
            )
            raise ValueError(msg)
        return other

    def within(self, window: tuple[float, float] | None, least: int) -> Rows:
        """Return the part of the curves in a window of their axis.

        Raises
        ------
        ValueError
            When it holds too few points.
        """
        if window is None:
            return self
        low, high = sorted(float(end) for end in window)
        inside = np.flatnonzero((self.x >= low) & (self.x <= high))
        if len(inside) < least:
            msg = (
                f"{len(inside)} points of {self.dataset.title!r} from {low:g} to {high:g}, of an "
                f"axis from {self.x.min():g} to {self.x.max():g}; {least} needed"
            )
            raise ValueError(msg)
        part = self.dataset[(*[slice(None)] * self.axis, inside)]
        return Rows(part, self.axis, self.x[inside])

    def real(self, what: str) -> Rows:
        """Return the same; raise a TypeError when the values are complex."""
        if self.dataset.dtype.kind not in "biuf":
            msg = f"{what} are real numbers, found {self.dataset.dtype} in {self.dataset.title!r}"
            raise TypeError(msg)
        return self

    @property
    def units(self) -> tuple[str, str]:
        """Units of the axis and of the values; empty where there are none."""
        found = (self.dataset._axes[self.axis].units, self.dataset.units)
        x, y = ("" if unit in ("generic", "unknown") else str(unit) for unit in found)
        return x, y

    def placed(
        self, values: Any, title: str, units: str, quantity: str, along: Any = None
    ) -> sidpy.Dataset:
        """Return values at each position under the axes of the positions.

        Parameters
        ----------
        values : array of shape (positions...), or (positions..., points)
            One for each position, or a curve.
        title, units, quantity : str
            What they are.
        along : Dimension, optional
            Of curves, in place of the axis of the dataset.
        """
        import dask.array as da

        import sidpy

        kept = [axis for number, axis in enumerate(self.dataset._axes.values())
                if number != self.axis]  # fmt: skip
        kinds = {1: "SPECTRUM", 2: "IMAGE"}
        if along is not None:
            kept.insert(self.axis, along)
            values = da.moveaxis(values, -1, self.axis)
            kinds = {1: "SPECTRUM", 3: "SPECTRAL_IMAGE"}
        result = sidpy.Dataset.from_array(
            values,
            title=title,
            units=units,
            quantity=quantity,
            datatype=kinds.get(len(kept), "UNKNOWN"),
            modality=self.dataset.modality,
            source=self.dataset.title,
        )
        set_dimensions(result, kept)
        result.metadata = dict(self.dataset.metadata)
        return result

    def along(
        self, values: Any, title: str, units: str | None = None, quantity: str | None = None
    ) -> sidpy.Dataset:
        """Return real curves of shape (positions..., points) in place of those of the dataset.

        Parameters
        ----------
        values : array of shape (positions..., points)
            On the axis of the curves.
        title : str
            What they are.
        units, quantity : str, optional
            Those of the dataset by default.
        """
        import dask.array as da

        made = self.dataset.like_data(da.moveaxis(values, -1, self.axis), title=title)
        made.units = made.units if units is None else units
        made.quantity = made.quantity if quantity is None else quantity
        return made


def _varying(block: NDArray[Any], axis: int) -> NDArray[Any]:
    valid = np.isfinite(block)
    first = np.take_along_axis(block, valid.argmax(axis=axis, keepdims=True), axis)
    constant = ((block == first) | ~valid).all(axis=axis, keepdims=True)
    return np.where(constant, np.array(np.nan, block.dtype), block)
