"""NumPy's functions that put values in another place: flip, roll, take, pad, sort, split.

The values of an axis go where its data go.  Where no value of the axis could say where a
number came from, after sorting or padding, the axis becomes a count of its own name or, if
it is linear, goes on with its step.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import dask.array as da
import numpy as np

from ._dask import plain
from .agreement import counting, default_dimensions, distinct
from .kinds import DimensionType
from .labels import keep
from .operators import labels_of, new_title
from .reductions import axes_of, each_axis, refuse_out
from .reshaping import put_axis, transposed

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dimension import Dimension

__all__ = ["FUNCTIONS", "at_axis", "changed_along", "ranked"]


def at_axis(axis: int, entry: Any) -> tuple[Any, ...]:
    """Return an index that takes `entry` along one axis and everything along those before."""
    return (*(slice(None),) * axis, entry)


def changed_along(
    dataset: Any,
    name: str,
    function: Callable[[Any], Any],
    dimensions: dict[int, Dimension],
    parameters: dict[str, Any],
    **changes: Any,
) -> Any:
    """Apply a function of plain arrays, also to the variance, and replace some dimensions."""
    labels = dataset.labels_record
    errors = labels.variance
    changes.setdefault("variance", None if errors is None else function(errors))
    new = [dimensions.get(axis, old) for axis, old in enumerate(labels.dimensions)]
    if any(dim.dimension_type is DimensionType.POINT_CLOUD for dim in dimensions.values()):
        changes["point_cloud"] = None
    labels = keep(labels, dimensions=tuple(new), title=new_title(labels), **changes)
    return dataset.labelled(
        function(plain(dataset)), labels, name, inputs=[dataset], parameters=parameters
    )


# ---------------------------------------------------------------- axes


def _moveaxis(dataset: Any, source: Any, destination: Any, name: str = "moveaxis") -> Any:
    sources = each_axis(source, dataset.ndim)
    places = each_axis(destination, dataset.ndim)
    order = [axis for axis in range(dataset.ndim) if axis not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return transposed(dataset, tuple(order), "Transposed_", name)


def _rollaxis(dataset: Any, axis: int, start: int = 0) -> Any:
    (axis,) = axes_of(axis, dataset.ndim)
    (start,) = axes_of(start, dataset.ndim + 1)
    return _moveaxis(dataset, axis, start - (axis < start), "rollaxis")


#: The index that gives an array of fewer dimensions what NumPy's atleast_nd gives it.
_NEW_AXES: Final[dict[int, dict[int, Any]]] = {
    1: {0: (None,)},
    2: {0: (None, None), 1: (None,)},
    3: {0: (None,) * 3, 1: (None, slice(None), None), 2: (..., None)},
}


def _atleast(ndim: int) -> Callable[..., Any]:
    """Return atleast_1d, 2d or 3d."""
    fewer = _NEW_AXES[ndim]

    def one(array: Any) -> Any:
        if labels_of(array) is None:
            return getattr(np, f"atleast_{ndim}d")(array)
        return array[fewer[array.ndim]] if array.ndim in fewer else array

    def call(*arrays: Any) -> Any:
        return one(arrays[0]) if len(arrays) == 1 else tuple(one(array) for array in arrays)

    return call


def _broadcast_to(dataset: Any, shape: Any, **_: Any) -> Any:
    shape = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    labels = dataset.labels_record
    result = da.broadcast_to(plain(dataset), shape)
    errors = labels.variance
    new = list(default_dimensions(shape))
    for back, dimension in enumerate(reversed(labels.dimensions), 1):
        if dimension.size == shape[-back]:
            new[-back] = dimension
    labels = keep(
        labels,
        dimensions=distinct(new),
        title=new_title(labels),
        variance=None if errors is None else da.broadcast_to(errors, shape),
    )
    return dataset.labelled(
        result, labels, "broadcast_to", inputs=[dataset], parameters={"shape": shape}
    )


# ---------------------------------------------------------------- the other way round


def _flip(dataset: Any, axis: Any = None) -> Any:
    index: list[Any] = [slice(None)] * dataset.ndim
    for one in axes_of(axis, dataset.ndim):
        index[one] = slice(None, None, -1)
    return dataset[tuple(index)]


def _rot90(dataset: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    first, second = each_axis(axes, dataset.ndim)
    turned = dataset if k % 4 < 2 else _flip(dataset, (first, second))
    return _flip(turned.swapaxes(first, second), first) if k % 2 else turned[...]


def _roll(dataset: Any, shift: Any, axis: Any = None) -> Any:
    """Roll the values; the axes stay, as the positions they are."""
    function = partial(da.roll, shift=shift, axis=axis)
    return changed_along(dataset, "roll", function, {}, {"shift": shift, "axis": axis})


def _shifted(name: str) -> Callable[..., Any]:
    """Return fftshift or ifftshift: values and axes, so that every value keeps its place."""

    def call(x: Any, axes: Any = None) -> Any:
        axes = axes_of(axes, x.ndim)
        function = getattr(np.fft, name)
        old = x.labels_record.dimensions
        moved = {axis: old[axis].with_values(function(np.asarray(old[axis]))) for axis in axes}
        lazy = partial(getattr(da.fft, name), axes=axes)
        return changed_along(x, name, lazy, moved, {"axes": axes})

    return call


# ---------------------------------------------------------------- parts and pieces


def _take(
    dataset: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Any:
    refuse_out(out)
    if mode != "raise" or np.ndim(indices) > 1:
        return da.take(plain(dataset), plain(indices), axis=axis)
    if axis is None:
        return dataset.flatten()[indices]
    (axis,) = axes_of(axis, dataset.ndim)
    return dataset[at_axis(axis, indices)]


def _compress(condition: Any, dataset: Any, axis: int | None = None, out: Any = None) -> Any:
    chosen = np.flatnonzero(np.asarray(condition, dtype=bool))
    return _take(dataset, chosen, axis, out)


def _delete(dataset: Any, obj: Any, axis: int | None = None) -> Any:
    if axis is None:
        return _delete(dataset.flatten(), obj, 0)
    (axis,) = axes_of(axis, dataset.ndim)
    return dataset[at_axis(axis, np.delete(np.arange(dataset.shape[axis]), obj))]


def _array_split(dataset: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    (axis,) = axes_of(axis, dataset.ndim)
    length = dataset.shape[axis]
    if np.ndim(indices_or_sections):
        inner = [int(place) for place in indices_or_sections]
    else:
        pieces = np.array_split(np.arange(length), indices_or_sections)
        inner = [int(stop) for stop in np.cumsum([piece.size for piece in pieces])[:-1]]
    bounds = zip([0, *inner], [*inner, length], strict=True)
    return [dataset[at_axis(axis, slice(start, stop))] for start, stop in bounds]


def _split(dataset: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    (axis,) = axes_of(axis, dataset.ndim)
    length = dataset.shape[axis]
    if not np.ndim(indices_or_sections) and length % indices_or_sections:
        msg = f"{length} values along axis {axis} make no {indices_or_sections} equal parts"
        raise ValueError(msg)
    return _array_split(dataset, indices_or_sections, axis)


def _unstack(dataset: Any, *, axis: int = 0) -> tuple[Any, ...]:
    (axis,) = axes_of(axis, dataset.ndim)
    return tuple(dataset[at_axis(axis, i)] for i in range(dataset.shape[axis]))


# ---------------------------------------------------------------- more values


def _tile(dataset: Any, reps: Any) -> Any:
    """Repeat the whole; the axes are repeated as their data are."""
    reps = (reps,) if isinstance(reps, int | np.integer) else tuple(reps)
    grown = dataset[(None,) * max(len(reps) - dataset.ndim, 0)]
    reps = (1,) * (grown.ndim - len(reps)) + reps
    old = grown.labels_record.dimensions
    tiled = {
        axis: old[axis].with_values(np.tile(np.asarray(old[axis]), times))
        for axis, times in enumerate(reps)
        if times != 1
    }
    return changed_along(grown, "tile", partial(da.tile, reps=reps), tiled, {"reps": reps})


#: Ways to pad that put copies of values, which have the errors of what was copied.
_COPYING: Final = frozenset({"edge", "reflect", "symmetric", "wrap"})


def _pad(dataset: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    """Add values at the ends; linear axes go on with their step, others become counts."""
    if isinstance(pad_width, dict):
        known = {axes_of(axis, dataset.ndim)[0]: width for axis, width in pad_width.items()}
        pad_width = [known.get(axis, 0) for axis in range(dataset.ndim)]
        pad_width = [(w, w) if np.ndim(w) == 0 else w for w in pad_width]
    widths = np.broadcast_to(pad_width, (dataset.ndim, 2)).tolist()
    labels = dataset.labels_record
    longer = {
        axis: _longer(labels.dimensions[axis], *width)
        for axis, width in enumerate(widths)
        if any(width)
    }
    errors = labels.variance
    if errors is not None:
        exact = mode in _COPYING
        errors = da.pad(errors, widths, mode) if exact else None
        if mode == "constant":
            errors = da.pad(labels.variance, widths, "constant", constant_values=0)
    function = partial(da.pad, pad_width=widths, mode=mode, **options)
    parameters = {"pad_width": widths, "mode": mode}
    return changed_along(dataset, "pad", function, longer, parameters, variance=errors)


def _longer(dimension: Dimension, before: int, after: int) -> Dimension:
    length = dimension.size + before + after
    if dimension.size < 2 or not dimension.is_linear:
        return counting(length, dimension.name)
    step = (dimension[-1] - dimension[0]) / (dimension.size - 1)
    head = dimension[0] - step * np.arange(before, 0, -1)
    tail = dimension[-1] + step * np.arange(1, after + 1)
    return dimension.with_values(np.concatenate([head, np.asarray(dimension), tail]))


# ---------------------------------------------------------------- in order of size


def ranked(dataset: Any, axis: int, length: int) -> dict[int, Dimension]:
    """Return the dimension of an axis along which values were put in order of size."""
    return {axis: counting(length, dataset.labels_record.dimensions[axis].name)}


def _in_order(name: str) -> Callable[..., Any]:
    """Return sort or argsort along one axis, which then counts ranks."""
    function = getattr(np, name)

    def call(dataset: Any, axis: int | None = -1, **options: Any) -> Any:
        options.pop("order", None)
        if axis is None:
            return call(dataset.flatten(), 0, **options)
        (axis,) = axes_of(axis, dataset.ndim)
        x = plain(dataset).rechunk({axis: -1})
        lazy = partial(da.map_blocks, partial(function, axis=axis, **options))
        changes: dict[str, Any] = {"variance": None}
        if name == "argsort":
            changes |= {"units": "generic", "quantity": "generic"}
            result = lazy(x, dtype=np.intp)
        else:
            result = lazy(x, dtype=x.dtype)
            errors = dataset.labels_record.variance
            if errors is not None:
                changes["variance"] = da.map_blocks(
                    lambda block, v: np.take_along_axis(
                        v, np.argsort(block, axis=axis, **options), axis
                    ),
                    x, errors.rechunk(x.chunks), dtype=errors.dtype,
                )  # fmt: skip
        ranks = ranked(dataset, axis, dataset.shape[axis])
        return changed_along(dataset, name, lambda _: result, ranks, {"axis": axis}, **changes)

    return call


def _triangle(name: str) -> Callable[..., Any]:
    """Return tril or triu: zeros on one side of the diagonal."""

    def call(m: Any, k: int = 0) -> Any:
        return changed_along(m, name, partial(getattr(da, name), k=k), {}, {"k": k})

    return call


#: NumPy's functions, by name.
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "moveaxis": _moveaxis,
    "rollaxis": _rollaxis,
    "expand_dims": put_axis,
    **{f"atleast_{ndim}d": _atleast(ndim) for ndim in (1, 2, 3)},
    "broadcast_to": _broadcast_to,
    "broadcast_arrays": lambda *arrays, **_: tuple(
        _broadcast_to(array, np.broadcast_shapes(*map(np.shape, arrays)))
        if labels_of(array) is not None
        else np.broadcast_to(array, np.broadcast_shapes(*map(np.shape, arrays)))
        for array in arrays
    ),
    "flip": _flip,
    "fliplr": lambda m: _flip(m, 1),
    "flipud": lambda m: _flip(m, 0),
    "rot90": _rot90,
    "roll": _roll,
    "fft.fftshift": _shifted("fftshift"),
    "fft.ifftshift": _shifted("ifftshift"),
    "take": _take,
    "compress": _compress,
    "delete": _delete,
    "array_split": _array_split,
    "split": _split,
    "vsplit": lambda ary, n: _split(ary, n, 0),
    "hsplit": lambda ary, n: _split(ary, n, 0 if ary.ndim == 1 else 1),
    "dsplit": lambda ary, n: _split(ary, n, 2),
    "unstack": _unstack,
    "tile": _tile,
    "pad": _pad,
    "sort": _in_order("sort"),
    "argsort": _in_order("argsort"),
    "tril": _triangle("tril"),
    "triu": _triangle("triu"),
}
