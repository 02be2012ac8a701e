"""The few numbers of a dataset that a small picture needs, where they cost next to nothing.

A notebook shows a dataset whenever its name is the last line of a cell; that may not start
a computation.  So a picture is made of numbers that are in memory, of a bounded part of a
file, or of a small array that only simple steps made; of anything else it is said that it
has not been computed.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base import units as unit

from ._dask import plain
from .sources import FileArray, H5Array

if TYPE_CHECKING:
    import numpy.typing as npt

    from .dataset import Dataset

__all__ = ["SIDE", "Glimpse", "glimpse"]

logger = logging.getLogger(__name__)

#: Pixels along the longer side of a small picture.
SIDE: Final = 96
#: Values along one side that are read for it, and averaged.
_READ: Final = 6 * SIDE
#: Values of a curve that are read.
_LONGEST_CURVE: Final = 2**16
#: Points along a spectrum that are averaged for a map.
_MOST_AVERAGED: Final = 16
#: Curves, and points of a cloud, that are drawn.
_MOST_CURVES: Final = 5
_MOST_POINTS: Final = 400

#: Blocks of memory, bytes of a file, pieces of it, and bytes of a graph that may be touched.
_MOST_BLOCKS: Final = 64
_MOST_READ: Final = 2**24
_MOST_PIECES: Final = 2**11
_MOST_COMPUTED: Final = 2**23
_MOST_LAYERS: Final = 24

#: First words of the names of dask's layers that only read, and that only move or do arithmetic.
_READING: Final = frozenset({"array", "original", "getitem"})
_SIMPLE: Final = _READING | {
    "abs", "add", "all", "angle", "any", "arange", "astype", "chunk", "clip", "concatenate",
    "conjugate", "cos", "cumsum", "exp", "floordiv", "full", "ge", "gt", "imag", "invert", "le",
    "log", "log10", "lt", "max", "mean", "min", "mod", "moment", "mul", "neg", "ones", "pow",
    "real", "rechunk", "reshape", "sin", "sqrt", "stack", "std", "sub", "sum", "transpose",
    "truediv", "var", "where", "zeros",
}  # fmt: skip


@dataclass(frozen=True)
class Glimpse:
    """What can be seen of a dataset at a glance.

    Parameters
    ----------
    kind : {"image", "curves", "points", "none"}
        How to draw it.
    values : ndarray
        An image of shape (rows, columns), with three colours as last axis, or curves of
        shape (members, points), or the brightness of points; real numbers.
    places : ndarray of shape (points, 2), optional
        Where points are, x and y.
    note : str
        What is shown, or why nothing is.
    """

    kind: str
    values: npt.NDArray[Any] | None = None
    places: npt.NDArray[Any] | None = None
    note: str = ""
    ratio: float = 1.0
    """Height of an image as a share of its width, in the units of its axes if they share any."""


_NOT_COMPUTED: Final = Glimpse("none", note="not computed; plot() draws it")


def glimpse(dataset: Dataset) -> Glimpse:
    """Return what can be seen of a dataset without a computation worth mentioning."""
    if dataset.dtype.kind not in "biufc" or not dataset.size:
        return Glimpse("none")
    try:
        return _seen(dataset)
    except Exception as error:
        logger.debug("no picture of %r", dataset.title, exc_info=True)
        return Glimpse("none", note=f"no picture: {type(error).__name__}")


def _seen(dataset: Dataset) -> Glimpse:
    labels = dataset.labels_record
    points = "coordinates" in (labels.point_cloud or {})
    # by name: pictures are a room above this one
    arrange = import_module("sidpy.viz.layout").arrange
    layout = arrange(labels.data_type.name, labels.dimensions, points=points)
    find = {
        "curve": _curves, "family": _curves, "image": _image, "stack": _image, "four_d": _image,
        "spectral": _map, "point_cloud": _cloud,
    }.get(layout.kind)  # fmt: skip
    return Glimpse("none") if find is None else find(dataset, layout)


# ---------------------------------------------------------------- what is looked at


def _middle(shape: tuple[int, ...]) -> list[Any]:
    return [length // 2 for length in shape]


def _every(length: int, most: int) -> slice:
    return slice(None, None, max(1, math.ceil(length / most)))


def _note(dataset: Dataset, index: list[Any]) -> str:
    """Return at which values the axes that are not shown are."""
    words = [
        f"{dim.name} = {dim[place]:.4g}{'' if dim.units == 'generic' else ' ' + dim.units}"
        for dim, place in zip(dataset.labels_record.dimensions, index, strict=True)
        if isinstance(place, int) and dim.size > 1
    ]
    return ", ".join(words)


def _image(dataset: Dataset, layout: Any) -> Glimpse:
    rows, columns = layout.rows, layout.columns
    if layout.kind == "four_d":
        rows, columns = layout.rows2, layout.columns2
    index = _middle(dataset.shape)
    for axis in (rows, columns):
        index[axis] = _every(dataset.shape[axis], _READ)
    if layout.colour is not None:
        index[layout.colour] = slice(0, 3)
    values = _few(dataset, index)
    if values is None:
        return _NOT_COMPUTED
    if layout.colour is not None:
        values = np.moveaxis(
            values, sorted((rows, columns, layout.colour)).index(layout.colour), 2
        )
    if rows > columns:
        values = values.swapaxes(0, 1)
    ratio = _ratio(dataset, rows, columns)
    return Glimpse("image", _smaller(values), note=_note(dataset, index), ratio=ratio)


def _map(dataset: Dataset, layout: Any) -> Glimpse:
    """Return the map of a spectral image, or the spectrum in its middle if that is cheaper."""
    index = _middle(dataset.shape)
    for axis in (layout.rows, layout.columns):
        index[axis] = _every(dataset.shape[axis], SIDE)
    spectrum = layout.abscissa
    index[spectrum] = _every(dataset.shape[spectrum], _MOST_AVERAGED)
    values = _few(dataset, index)
    if values is None:
        return _curves(dataset, layout)
    shown = sorted((layout.rows, layout.columns, spectrum))
    # a mean of no finite values is NaN, without a warning
    finite = np.isfinite(values)
    total = np.where(finite, values, 0).sum(axis=shown.index(spectrum))
    count = finite.sum(axis=shown.index(spectrum))
    values = np.where(count, total / np.maximum(count, 1), np.nan)
    if layout.rows > layout.columns:
        values = values.T
    along = dataset.labels_record.dimensions[spectrum].name
    ratio = _ratio(dataset, layout.rows, layout.columns)
    return Glimpse("image", _smaller(values), note=f"mean along {along}", ratio=ratio)


def _curves(dataset: Dataset, layout: Any) -> Glimpse:
    index = _middle(dataset.shape)
    index[layout.abscissa] = _every(dataset.shape[layout.abscissa], _LONGEST_CURVE)
    if layout.kind == "family":
        index[layout.members] = _every(dataset.shape[layout.members], _MOST_CURVES)
    values = _few(dataset, index)
    if values is None:
        return _NOT_COMPUTED
    if values.ndim == 2 and layout.members > layout.abscissa:
        values = values.T
    return Glimpse("curves", np.atleast_2d(values), note=_note(dataset, index))


def _cloud(dataset: Dataset, layout: Any) -> Glimpse:
    cloud: Any = dataset.labels_record.point_cloud
    places = np.asarray(cloud["coordinates"]).astype(float)
    every = _every(dataset.shape[layout.points], _MOST_POINTS)
    index = _middle(dataset.shape)
    index[layout.points] = every
    values = _few(dataset, index)
    note = _note(dataset, index)
    if values is None:
        values, note = np.ones(len(places[every])), "not computed"
    return Glimpse("points", values, places[every, :2], note)


# ---------------------------------------------------------------- what it costs


def _few(dataset: Dataset, index: list[Any]) -> npt.NDArray[Any] | None:
    """Return the real numbers at an index, None where they are not to be had for little."""
    array = plain(dataset)
    place = tuple(index)
    block = _only_block(array)
    if block is not None:
        values = block[place]
    elif _is_cheap(array, place):
        values = _computed_here(array[place])
    else:
        return None
    values = np.asarray(values)
    return np.abs(values) if values.dtype.kind == "c" else values.astype(float)


def _computed_here(array: Any) -> Any:
    """Compute an array in this thread.

    ``array.compute`` would import distributed where it is installed, for seconds.
    """
    from dask.local import get_sync

    keys = array.__dask_keys__()
    finish, more = array.__dask_postcompute__()
    return finish(get_sync(array.__dask_optimize__(array.dask, keys), keys), *more)


def _first_block(array: Any) -> Any:
    layer: Any = getattr(array.dask, "layers", {}).get(array.name)
    # a layer that is a recipe would have to be written out to be looked at
    if type(layer).__name__ != "MaterializedLayer":
        return None
    first = layer.get((array.name, *(0,) * array.ndim))
    return getattr(first, "value", first)


def _only_block(array: Any) -> npt.NDArray[Any] | None:
    block = _first_block(array) if array.npartitions == 1 else None
    return block if isinstance(block, np.ndarray) and block.shape == array.shape else None


def _is_cheap(array: Any, place: tuple[Any, ...]) -> bool:
    layers = getattr(array.dask, "layers", {})
    if not 0 < len(layers) <= _MOST_LAYERS:
        return False
    touched: int = math.prod(
        1 if isinstance(one, int) else blocks
        for one, blocks in zip(place, array.numblocks, strict=True)
    )
    if isinstance(_first_block(array), np.ndarray):
        return touched <= _MOST_BLOCKS
    words = {_first_word(name) for name in layers}
    if words <= _READING:
        source = _source(layers)
        if source is not None:
            return touched <= _MOST_BLOCKS and _few_reads(array, source, place)
    return words <= _SIMPLE and _computed(layers) <= _MOST_COMPUTED


def _first_word(layer: str) -> str:
    return layer.lstrip("_").replace("_", "-").partition("-")[0]


def _source(layers: Any) -> FileArray | H5Array | None:
    """Return the one place in a file that the numbers come from."""
    found = [
        value
        for name, layer in layers.items()
        if name.startswith("original")
        for value in (getattr(one, "value", one) for one in layer.values())
    ]
    return found[0] if len(found) == 1 and isinstance(found[0], FileArray | H5Array) else None


def _few_reads(array: Any, source: FileArray | H5Array, place: tuple[Any, ...]) -> bool:
    """Whether a part can be had with few and short reads."""
    counts = [
        1 if isinstance(one, int) else len(range(length)[one])
        for one, length in zip(place, array.shape, strict=True)
    ]
    spans = [
        1 if isinstance(one, int) else length
        for one, length in zip(place, array.shape, strict=True)
    ]
    chunks = getattr(source, "chunks", None)
    if chunks is not None and len(chunks) == array.ndim:  # whole chunks are unpacked
        pieces = math.prod(
            math.ceil(span / chunk) for span, chunk in zip(spans, chunks, strict=True)
        )
        return bool(pieces * math.prod(chunks) * source.dtype.itemsize <= _MOST_READ)
    if chunks is not None or not _rows_first(source):
        return bool(array.nbytes <= _MOST_READ)
    last = max((axis for axis, count in enumerate(counts) if count > 1), default=0)
    pieces = math.prod(counts[:last])
    length = spans[last] * math.prod(array.shape[last + 1 :]) * source.dtype.itemsize
    if last + 1 < array.ndim and math.prod(array.shape[last + 1 :]) > 1:  # scattered numbers
        pieces, length = math.prod(counts), source.dtype.itemsize
    return bool(pieces <= _MOST_PIECES and pieces * length <= _MOST_READ)


def _rows_first(source: FileArray | H5Array) -> bool:
    """Whether the last index runs fastest in the file."""
    return getattr(source, "order", "C") == "C" and getattr(source, "_axes", None) is None


def _computed(layers: Any) -> float:
    """Return the bytes of all arrays on the way to a result, infinite when one is unknown."""
    total = 0.0
    for name, layer in layers.items():
        known = getattr(layer, "collection_annotations", None)
        if known is None:
            total += 0.0 if name.startswith("original") else math.inf
        elif "shape" in known and "dtype" in known:
            total += math.prod(known["shape"]) * np.dtype(known["dtype"]).itemsize
    return total


# ---------------------------------------------------------------- fewer pixels


def _ratio(dataset: Dataset, rows: int, columns: int) -> float:
    """Return the height of an image as a share of its width."""
    down, right = (dataset.labels_record.dimensions[axis] for axis in (rows, columns))
    lengths = [float(np.ptp(np.asarray(dim))) * dim.size / (dim.size - 1) for dim in (down, right)]
    known = down.units == right.units and down.units not in unit.NO_UNITS and min(lengths) > 0
    return lengths[0] / lengths[1] if known else down.size / right.size


def _smaller(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Average neighbouring pixels until the picture is small; parts at the end may be cut."""
    for axis in (0, 1):
        step = math.ceil(values.shape[axis] / SIDE)
        if step > 1:
            kept = values.shape[axis] // step * step
            part = values[:kept] if axis == 0 else values[:, :kept]
            shape = (*values.shape[:axis], kept // step, step, *values.shape[axis + 1 :])
            values = part.reshape(shape).mean(axis=axis + 1)
    return values
