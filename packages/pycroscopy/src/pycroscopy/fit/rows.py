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

    def mapped(self, function: Callable[..., Any], size: int, **options: Any) -> Any:
        """Return what a function makes of blocks of curves, lazily.

        Parameters
        ----------
        function : callable
            ``function(block, **options)`` takes an array of shape (..., points) and returns
            one of shape (..., size).
        size : int
            Length of the last axis.
        **options : Any
            For the function.
        """
        import dask.array as da

        array = da.moveaxis(lazy(self.dataset), self.axis, -1)
        array = array.rechunk({array.ndim - 1: -1})
        return da.map_blocks(
            function,
            array,
            dtype=np.float64,
            chunks=(*array.chunks[:-1], (size,)),
            meta=np.empty((0,) * array.ndim),
            **options,
        )

    def placed(self, values: Any, title: str, units: str, quantity: str) -> sidpy.Dataset:
        """Return values, one for each position, under the axes of the positions."""
        import sidpy

        kept = [axis for number, axis in enumerate(self.dataset._axes.values())
                if number != self.axis]  # fmt: skip
        result = sidpy.Dataset.from_array(
            values,
            title=title,
            units=units,
            quantity=quantity,
            datatype={1: "SPECTRUM", 2: "IMAGE"}.get(len(kept), "UNKNOWN"),
            modality=self.dataset.modality,
            source=self.dataset.title,
        )
        set_dimensions(result, kept)
        result.metadata = dict(self.dataset.metadata)
        return result

    def along(self, values: Any, title: str) -> sidpy.Dataset:
        """Return real curves of shape (positions..., points) in place of those of the dataset."""
        import dask.array as da

        return self.dataset.like_data(da.moveaxis(values, -1, self.axis), title=title)


def _varying(block: NDArray[Any], axis: int) -> NDArray[Any]:
    valid = np.isfinite(block)
    first = np.take_along_axis(block, valid.argmax(axis=axis, keepdims=True), axis)
    constant = ((block == first) | ~valid).all(axis=axis, keepdims=True)
    return np.where(constant, np.array(np.nan, block.dtype), block)
