"""Curve maps of Gwyddion (GwyLawn): several curves at each pixel, of any length.

``xres``, ``yres``, ``xreal``, ``yreal``, ``xoff``, ``yoff``, ``si_unit_xy`` as for a field;
``ncurves``; ``curvelengths``: one i32 per pixel; ``data``: pixel after pixel, at each one
its curves one after the other; ``curve_labels``, ``si_units_curves``: one per curve;
``segments``: kept as they are.  Which of the curves is the abscissa of the others the file
does not say, so the third axis counts points.

Source: Gwyddion user guide, "Format of Gwyddion Files"; the published examples of the
layout in libgwyfile (``object_lawn_*.c``, public domain).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.labelled import Axis, lazy
from SciFiReaders.values import base_units

from .gwy_tree import Block, GwyObject
from .gwyddion_item import scanned

if TYPE_CHECKING:
    from os import PathLike

    from dask.array import Array

    from sidpy import Dataset

    from .gwyddion_item import Item

__all__ = ["curve_maps"]


def curve_maps(place: Item) -> list[Dataset]:
    """Return one Dataset [y, x, point] per curve; shorter curves end in NaN.

    Notes
    -----
    Stays lazy; the lengths of the curves are read, their values are not.
    """
    item = place.item
    columns, rows, curves = place.resolution("xres", "yres", "ncurves")
    lengths = _lengths(place, rows, columns)
    block = place.block(item, "data")
    total = int(lengths.sum(dtype=np.int64))
    if block.count != total * curves:
        msg = f"data has {block.count} numbers, not the {total} points of {curves} curves"
        raise place.corrupt(msg)
    axes = (
        scanned(item, "y", rows, "si_unit_xy"),
        scanned(item, "x", columns, "si_unit_xy"),
        Axis("point", np.arange(lengths.max()), "", "Point", "SPECTRAL"),
    )
    home = place.title(f"Curve map {place.key.rpartition('/')[2]}")
    return [
        place.dataset(
            _curve(place, block, lengths, curves, k), axes, title=f"{home}: {name}",
            quantity=name, units=units, data_type="SPECTRAL_IMAGE",
        )
        for k, (name, units) in enumerate(_labels(item, curves))
    ]  # fmt: skip


def _lengths(place: Item, rows: int, columns: int) -> np.ndarray:
    lengths = np.asarray(
        place.array(place.item, "curvelengths", (rows, columns), dtype="<i4"), np.int64
    )
    if lengths.min() < 0 or not lengths.max():
        msg = "curvelengths should be positive, or 0 where there is no curve"
        raise place.corrupt(msg)
    return lengths


def _labels(item: GwyObject, curves: int) -> list[tuple[str, str]]:
    """Return name and units of each curve."""
    names = item.items.get("curve_labels")
    units = item.items.get("si_units_curves")
    names = names if isinstance(names, list) and len(names) == curves else []
    units = units if isinstance(units, list) and len(units) == curves else []
    return [
        (
            str(names[k]) if names and names[k] else f"curve {k}",
            base_units(units[k].text("unitstr"))
            if units and isinstance(units[k], GwyObject)
            else "",
        )
        for k in range(curves)
    ]


def _curve(place: Item, block: Block, lengths: np.ndarray, curves: int, k: int) -> Array:
    """Return curve number k of every pixel, lazily."""
    import dask
    import dask.array as da

    rows, columns = lengths.shape
    longest = int(lengths.max())
    if lengths.min() == longest:
        shape = (rows, columns, curves, longest)
        return lazy(place.array(place.item, "data", shape))[:, :, k]
    starts = np.concatenate([[0], np.cumsum(lengths.sum(axis=1)[:-1])]) * curves
    step = max(1, (1 << 24) // max(1, columns * longest))
    parts = []
    for first in range(0, rows, step):
        some = lengths[first : first + step]
        offset = block.offset + int(starts[first]) * np.dtype(block.dtype).itemsize
        part = dask.delayed(_padded)(str(place.path), offset, some, curves, k, longest)
        parts.append(da.from_delayed(part, (*some.shape, longest), dtype=float))
    return da.concatenate(parts)


def _padded(
    path: str | PathLike[str], offset: int, lengths: np.ndarray, curves: int, k: int, longest: int
) -> Any:
    """Return the curves of some rows of pixels, each filled up with NaN to the longest."""
    from sidpy import FileArray

    values = FileArray(path, "<f8", (int(lengths.sum()) * curves,), offset=offset)[:]
    result = np.full((lengths.size, longest), np.nan)
    place = 0
    for pixel, length in enumerate(lengths.ravel().tolist()):
        start = place + k * length
        result[pixel, :length] = values[start : start + length]
        place += curves * length
    return result.reshape(*lengths.shape, longest)
