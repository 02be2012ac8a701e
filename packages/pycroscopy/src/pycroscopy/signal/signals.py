"""The signals of a dataset: one axis along which something varies, at every position.

A signal runs along an axis of time or energy.  It is worked on where it is computed, chunk by
chunk; only the axis of the signal has to be in one piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import as_dataset, lazy, set_dimensions
from sidpy.base import units as unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    import sidpy

__all__ = ["Signals"]

#: Types of axes along which signals run, the most likely first.
_KINDS = ("TEMPORAL", "SPECTRAL")

#: Largest departure of a step from the mean one, as a share of it, of evenly spaced samples.
_EVEN = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """A dataset, and the axis along which its signals run."""

    dataset: sidpy.Dataset
    axis: int

    @classmethod
    def of(cls, data: Any, axis: int | str | None = None, *, least: int = 1) -> Signals:
        """Find the axis of the signals: the last of time, else of energy, else the last.

        Parameters
        ----------
        data : Dataset or array
            Of one axis or more.
        axis : int or str, optional
            The axis, by number or name.
        least : int
            Samples that the method needs.

        Raises
        ------
        ValueError
            When there is no such axis, or there are fewer samples.
        TypeError
            For values that are no numbers.
        """
        if data is not None and hasattr(data, "shape") and 0 in data.shape:
            msg = f"there are no values in an array of shape {tuple(data.shape)}"
            raise ValueError(msg)
        dataset = as_dataset(data)
        if dataset.dtype.kind not in "fiubc":
            msg = f"signals are numbers, found {dataset.dtype}"
            raise TypeError(msg)
        found = cls(dataset, _axis_of(dataset, axis))
        if found.length < least:
            msg = f"a signal needs {least} samples or more, found {found.length}"
            raise ValueError(msg)
        return found

    @property
    def length(self) -> int:
        """Samples of a signal."""
        return int(self.dataset.shape[self.axis])

    @property
    def dimension(self) -> Any:
        """Dimension along the signals."""
        return self.dataset._axes[self.axis]

    @property
    def units(self) -> str:
        """Units along the signals."""
        return str(self.dimension.units)

    @property
    def frequency_units(self) -> str:
        """Units of a frequency: the inverse of those of the axis, hertz for seconds."""
        if unit.same_units(self.units, "s"):
            return "Hz"
        return "generic" if self.units in {"generic", ""} else unit.power(self.units, -1)

    def step(self) -> float:
        """Return the distance of samples.

        Raises
        ------
        ValueError
            When the samples are not evenly spaced.
        """
        values = np.asarray(self.dimension.values, np.float64)
        if len(values) < 2:
            return 1.0
        steps = np.diff(values)
        mean = float(values[-1] - values[0]) / (len(values) - 1)
        if not mean or not np.abs(steps - mean).max() <= _EVEN * abs(mean):
            msg = (
                f"samples along {self.dimension.name!r} are not evenly spaced: steps from "
                f"{steps.min():g} to {steps.max():g} {self.units}. Interpolate them first"
            )
            raise ValueError(msg)
        return abs(mean)

    def require_real(self, function: str) -> None:
        """Raise a TypeError for complex signals."""
        if self.dataset.dtype.kind == "c":
            msg = f"{function} needs real signals, found {self.dataset.dtype}; take .real or .imag"
            raise TypeError(msg)

    def apply(
        self,
        kernel: Callable[..., NDArray[Any]],
        *options: Any,
        length: int | None = None,
        dtype: Any = None,
    ) -> Any:
        """Apply a function to all signals, lazily, and leave the axis where it is.

        Parameters
        ----------
        kernel : callable
            Takes an array of shape (..., samples), of floats or complex numbers in double
            precision, and the options; returns (..., `length`).
        *options
            Passed on.
        length : int, optional
            Samples that come back; as many as went in by default.
        dtype : dtype, optional
            Of the result; by default single or double precision as the data.

        Returns
        -------
        dask array
        """
        import dask.array as da

        moved = da.moveaxis(lazy(self.dataset), self.axis, -1).rechunk({-1: -1})
        length = self.length if length is None else length
        dtype = np.result_type(self.dataset.dtype, np.float32) if dtype is None else dtype
        done = da.map_blocks(
            _applied,
            moved,
            kernel,
            options,
            np.dtype(dtype),
            dtype=dtype,
            chunks=(*moved.chunks[:-1], (length,)),
            meta=np.empty((0,) * moved.ndim, dtype),
        )
        return da.moveaxis(done, -1, self.axis)

    def parts(self, kernel: Callable[..., NDArray[Any]], *options: Any, count: int) -> list[Any]:
        """Apply a function that finds some numbers of each signal.

        Parameters
        ----------
        kernel : callable
            Takes (..., samples) and the options; returns floats of shape (..., `count`).
        *options
            Passed on.
        count : int
            Numbers for each signal.

        Returns
        -------
        list of dask arrays
            One for each number, without the axis of the signals.
        """
        import dask.array as da

        packed = self.apply(kernel, *options, length=count, dtype=np.float64)
        packed = da.moveaxis(packed, self.axis, -1)
        return [packed[..., number] for number in range(count)]

    def labelled(self, values: Any, along: Any = None, **labels: str) -> sidpy.Dataset:
        """Return new values with the axes of the data.

        Parameters
        ----------
        values : array
            Of the shape of the data, or without the axis of the signals.
        along : Dimension, optional
            New dimension along the signals.
        **labels : str
            ``title``, ``units``, ``quantity``, ``data_type``; ``{}`` in the title stands for
            that of the data.
        """
        import sidpy

        old = self.dataset
        dimensions: Sequence[Any] = [old._axes[number] for number in range(old.ndim)]
        kind = old.data_type.name
        if values.ndim < old.ndim:
            dimensions = [*dimensions[: self.axis], *dimensions[self.axis + 1 :]]
            kind = "IMAGE" if values.ndim == 2 else "UNKNOWN"
        elif along is not None:
            dimensions = [*dimensions[: self.axis], along, *dimensions[self.axis + 1 :]]
        result = sidpy.Dataset.from_array(
            values,
            title=labels.get("title", "{}").format(old.title),
            datatype=labels.get("data_type", kind),
            units=labels.get("units", old.units),
            quantity=labels.get("quantity", old.quantity),
            modality=old.modality,
            source=old.title,
        )
        set_dimensions(result, dimensions)
        result.metadata = dict(old.metadata)
        return result


def _axis_of(dataset: sidpy.Dataset, axis: int | str | None) -> int:
    if not dataset.ndim:
        msg = "a single number is no signal; expected one axis or more"
        raise ValueError(msg)
    dimensions = [dataset._axes[number] for number in range(dataset.ndim)]
    if axis is None:
        for kind in _KINDS:
            for number in reversed(range(dataset.ndim)):
                if dimensions[number].dimension_type.name == kind:
                    return number
        return dataset.ndim - 1
    names = [dimension.name for dimension in dimensions]
    if isinstance(axis, str) and axis in names:
        return names.index(axis)
    if isinstance(axis, int | np.integer) and -dataset.ndim <= axis < dataset.ndim:
        return int(axis) % dataset.ndim
    msg = f"axis is {axis!r}; expected one of {names} or its number"
    raise ValueError(msg)


def _applied(
    block: NDArray[Any], kernel: Callable[..., NDArray[Any]], options: Any, dtype: Any
) -> NDArray[Any]:
    wide = np.complex128 if block.dtype.kind == "c" else np.float64
    return np.asarray(kernel(np.asarray(block, wide), *options)).astype(dtype, copy=False)
