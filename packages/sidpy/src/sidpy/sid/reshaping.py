"""Axes that change places, come or go, and values that are changed one by one."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np

from ._dask import plain
from ._labelled import Labelled
from .labels import Labels, keep, permute, select
from .operators import new_title
from .reductions import axes_of, refuse_out
from .variance import angle as variance_of_angle
from .variance import real_share
from .variance_along import cumulative_product

__all__ = ["Reshaping"]


def _prefixed(labels: Labels, prefix: str) -> str:
    """Return a title that says what was done; said twice it does not grow."""
    return labels.title if labels.title.startswith(prefix) else f"{prefix}{labels.title}"


def transposed(dataset: Any, axes: tuple[int, ...], prefix: str, function: str) -> Any:
    """Return the dataset with new axis i being old axis ``axes[i]``."""
    labels = dataset.labels_record
    errors = None if labels.variance is None else labels.variance.transpose(axes)
    labels = permute(labels, axes, variance=errors, title=_prefixed(labels, prefix))
    return dataset.labelled(
        plain(dataset).transpose(axes), labels, function, inputs=[dataset],
        parameters={"axes": axes},
    )  # fmt: skip


def each_value(
    dataset: Any, function: str, prefix: str, parameters: dict[str, Any], **changes: Any
) -> Any:
    """Call a method of the plain array that changes values and leaves the axes alone."""
    labels = dataset.labels_record
    title = new_title(labels) if prefix == "" else _prefixed(labels, prefix)
    result = getattr(plain(dataset), function)(**parameters)
    labels = keep(labels, title=title, **changes)
    return dataset.labelled(result, labels, function, inputs=[dataset], parameters=parameters)


def put_axis(dataset: Any, axis: Any) -> Any:
    """Return the dataset with new axes of length 1 at the positions `axis` of the result."""
    axes = axes_of(axis, dataset.ndim + (1 if isinstance(axis, int) else len(axis)))
    index: list[Any] = [slice(None)] * dataset.ndim
    for position in axes:
        index.insert(position, None)
    return dataset[tuple(index)]


class Reshaping(Labelled):
    """Methods that move axes or change each value."""

    __slots__ = ()

    @property
    def T(self) -> Any:
        """The dataset with its axes in reverse order."""
        return self.transpose()

    def transpose(self, *axes: Any) -> Any:
        """Return the dataset with its axes in another order, reversed by default.

        Parameters
        ----------
        *axes : int or one tuple of int
            Old axes in their new order; negative ones count from the end.
        """
        given: Any = axes
        if len(axes) == 1 and (axes[0] is None or not isinstance(axes[0], int | np.integer)):
            given = axes[0]
        ndim = self.ndim
        order = tuple(reversed(range(ndim))) if not given else tuple(_one(a, ndim) for a in given)
        if sorted(order) != list(range(ndim)):
            msg = f"axes should name each of the {ndim} axes once, found {given!r}"
            raise ValueError(msg)
        return transposed(self, order, "Transposed_", "transpose")

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Return the dataset with two axes exchanged."""
        ndim = self.ndim
        order = list(range(ndim))
        one, two = _one(axis1, ndim), _one(axis2, ndim)
        order[one], order[two] = two, one
        return transposed(self, tuple(order), "Swapped_axes_", "swapaxes")

    def squeeze(self, axis: Any = None) -> Any:
        """Return the dataset without axes of length 1, or without those of them named."""
        labels, x = self.labels_record, plain(self)
        if axis is None:
            axes = tuple(i for i, length in enumerate(x.shape) if length == 1)
        else:
            axes = axes_of(axis, x.ndim)
        errors = labels.variance
        if errors is not None:
            errors = errors.squeeze(axes)
        labels = select(
            labels,
            [(i, slice(None)) for i in range(x.ndim) if i not in axes],
            variance=errors,
            title=_prefixed(labels, "Squeezed_"),
        )
        return self.labelled(
            x.squeeze(axes), labels, "squeeze", inputs=[self], parameters={"axis": axes}
        )

    def rechunk(
        self,
        chunks: Any = "auto",
        threshold: Any = None,
        block_size_limit: Any = None,
        balance: bool = False,
        method: Any = None,
    ) -> Any:
        """Return the dataset in other blocks; the numbers are the same."""
        labels = self.labels_record
        result = plain(self).rechunk(chunks, threshold, block_size_limit, balance, method)
        errors = labels.variance
        errors = errors if errors is None else errors.rechunk(result.chunks)
        labels = keep(labels, variance=errors, title=_prefixed(labels, "Rechunked_"))
        return self.labelled(
            result, labels, "rechunk", inputs=[self], parameters={"chunks": chunks}
        )

    def astype(self, dtype: Any, **kwargs: Any) -> Any:
        """Return the dataset with values of another type; the variance stays.

        True and false have neither units nor variance; the real part of complex values has
        half of their variance.
        """
        labels, dtype = self.labels_record, np.dtype(dtype)
        changes: dict[str, Any] = {"variance": labels.variance}
        if dtype.kind == "b":
            changes = {"units": "generic"}
        elif labels.variance is not None and dtype.kind != "c":
            share = real_share(plain(self))
            changes["variance"] = labels.variance if share == 1 else share * labels.variance
        return each_value(self, "astype", "", {"dtype": dtype, **kwargs}, **changes)

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Return the values limited to a range; limited values have no variance."""
        labels, x = self.labels_record, plain(self)
        errors = labels.variance
        if errors is not None:
            inside = da.ones_like(x, dtype=bool)
            inside = inside if min is None else inside & (x >= min)
            inside = inside if max is None else inside & (x <= max)
            errors = da.where(inside, errors, 0)
        return each_value(self, "clip", "clipped_", {"min": min, "max": max}, variance=errors)

    def round(self, decimals: int = 0) -> Any:
        """Return rounded values; the variance stays."""
        labels = self.labels_record
        return each_value(
            self, "round", "Rounded_", {"decimals": decimals}, variance=labels.variance
        )

    def conj(self) -> Any:
        """Return the complex conjugate."""
        labels = self.labels_record
        return each_value(self, "conj", "conj_", {}, variance=labels.variance)

    def abs(self) -> Any:
        """Return absolute values."""
        return self.__abs__()

    def angle(self, deg: bool = False) -> Any:
        """Return the phase of complex values, in radians or degrees."""
        labels = self.labels_record
        units = "degrees" if deg else "radians"
        x = plain(self)
        labels = keep(
            labels,
            title=_prefixed(labels, "angle_"),
            quantity="generic",
            units=units,
            variance=variance_of_angle(x, labels.variance, deg=deg),
        )
        result = da.angle(x, deg=deg)
        return self.labelled(result, labels, "angle", inputs=[self], parameters={"deg": deg})

    @property
    def real(self) -> Any:
        """The real part."""
        return self._part("real")

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return self._part("imag")

    def _part(self, name: str) -> Any:
        labels, x = self.labels_record, plain(self)
        errors = labels.variance
        if errors is not None and x.dtype.kind == "c":
            errors = errors * real_share(x)
        elif errors is not None and name == "imag":
            errors = da.zeros_like(errors)
        labels = keep(labels, title=new_title(labels), variance=errors)
        return self.labelled(getattr(x, name), labels, name, inputs=[self])

    def cumsum(
        self, axis: int | None, dtype: Any = None, out: Any = None, method: str = "sequential"
    ) -> Any:
        """Return sums up to each position along `axis`; None goes through all values in order."""
        refuse_out(out)
        return self._cumulative("cumsum", axis, dtype, method)

    def cumprod(
        self, axis: int | None, dtype: Any = None, out: Any = None, method: str = "sequential"
    ) -> Any:
        """Return products up to each position along `axis`; None goes through all values."""
        refuse_out(out)
        return self._cumulative("cumprod", axis, dtype, method)

    def _cumulative(self, name: str, axis: int | None, dtype: Any, method: str) -> Any:
        labels, x = self.labels_record, plain(self)
        if axis is None:
            return getattr(x, name)(axis=None, dtype=dtype, method=method)
        axis = _one(axis, x.ndim)
        changes: dict[str, Any] = {}
        if name == "cumsum" and labels.variance is not None:
            changes["variance"] = labels.variance.cumsum(axis=axis, method=method)
        if name == "cumprod":
            changes["units"] = "generic"
            if labels.variance is not None:
                changes["variance"] = cumulative_product(x, labels.variance, axis)
        result = getattr(x, name)(axis=axis, dtype=dtype, method=method)
        labels = keep(labels, title=_prefixed(labels, f"{name}_"), **changes)
        return self.labelled(result, labels, name, inputs=[self], parameters={"axis": axis})


def _one(axis: int, ndim: int) -> int:
    return axes_of(axis, ndim)[0]
