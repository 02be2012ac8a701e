"""Positions anywhere onto an even grid: maps of spiral, sparse and aborted scans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .usi_data import USIDataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["map_grid_to_cartesian"]

_MODES: Final = ("histogram", "linear", "nearest", "cubic")


def map_grid_to_cartesian(
    h5_main: USIDataset, grid_shape: Sequence[int], mode: str = "histogram", **kwargs: Any
) -> npt.NDArray[Any]:
    """Return what was measured at scattered positions on an even grid.

    Parameters
    ----------
    h5_main : USIDataset
        With two position dimensions, of any values, and numbers for data.
    grid_shape : sequence of two int
        Rows and columns of the map.
    mode : {"histogram", "linear", "nearest", "cubic"}
        The mean of what lies in each cell, or interpolation at evenly spaced points.
    **kwargs
        Of a histogram ``range``: lowest and highest value of the first, and of the second
        dimension.  Otherwise options of `scipy.interpolate.griddata`.

    Returns
    -------
    ndarray of shape `grid_shape`, or `grid_shape` + (steps,) for several steps
        Columns run along the first dimension of the file, rows along the second from its
        highest value, at the top, to its lowest.  NaN where nothing was measured.

    Raises
    ------
    TypeError
        When it is no USIDataset with two position dimensions and numbers, or the shape no
        pair of int.
    ValueError
        When the mode is none of those above, or a length of the shape is below 1.

    Examples
    --------
    A spiral of 5000 points as an image of 64 x 64 pixels::

        image = map_grid_to_cartesian(h5_main, (64, 64), mode="linear")
    """
    shape = _checked(h5_main, grid_shape, mode)
    points = np.asarray(h5_main.h5_pos_vals[()], dtype=float)
    data = h5_main[()]
    found = _histogram(points, data, shape, **kwargs) if mode == "histogram" else _interpolated(
        points, data, shape, mode, **kwargs
    )  # fmt: skip
    found = found[::-1]
    return found[..., 0] if found.shape[-1] == 1 else found


def _checked(h5_main: Any, grid_shape: Any, mode: Any) -> tuple[int, int]:
    if not isinstance(h5_main, USIDataset):
        msg = f"h5_main should be a pyUSID.USIDataset, not {type(h5_main).__name__}"
        raise TypeError(msg)
    labels = list(h5_main._sides[0].labels)
    if len(labels) != 2:
        msg = f"h5_main should have 2 position dimensions, {h5_main.name} has {labels}"
        raise TypeError(msg)
    if h5_main.dtype.kind not in "biufc":
        msg = f"h5_main should hold numbers, {h5_main.name} holds {h5_main.dtype}"
        raise TypeError(msg)
    if mode not in _MODES:
        msg = f"mode should be one of {', '.join(_MODES)}, not {mode!r}"
        raise ValueError(msg)
    lengths = np.asarray(grid_shape)
    if lengths.shape != (2,) or lengths.dtype.kind not in "iu":
        msg = f"grid_shape should be two integers, rows and columns, not {grid_shape!r}"
        raise TypeError(msg)
    if lengths.min() < 1:
        msg = f"grid_shape should be 1 or more both ways, not {grid_shape!r}"
        raise ValueError(msg)
    return int(lengths[0]), int(lengths[1])


def _histogram(
    points: npt.NDArray[Any],
    data: npt.NDArray[Any],
    shape: tuple[int, int],
    range: Any = (None, None),  # noqa: A002 - the word of numpy.histogram2d
) -> npt.NDArray[Any]:
    """Return the mean of what lies in each cell, lowest row first."""
    from scipy.sparse import csr_array

    inside = np.ones(len(points), dtype=bool)
    cells = np.zeros(len(points), dtype=np.intp)
    for values, count, span, apart in zip(
        points.T[::-1], shape, tuple(range)[::-1], (shape[1], 1), strict=True
    ):
        edges = np.histogram_bin_edges(values, count, span)
        place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, count - 1)
        inside &= (values >= edges[0]) & (values <= edges[-1])
        cells += place * apart
    rows = np.flatnonzero(inside)
    size = shape[0] * shape[1]
    ones = np.ones(rows.size)
    sums = csr_array((ones, (cells[rows], rows)), shape=(size, len(points))) @ data
    counts = np.bincount(cells[rows], minlength=size)[:, np.newaxis]
    with np.errstate(invalid="ignore", divide="ignore"):
        return (sums / counts).reshape(*shape, data.shape[1])


def _interpolated(
    points: npt.NDArray[Any],
    data: npt.NDArray[Any],
    shape: tuple[int, int],
    mode: str,
    **options: Any,
) -> npt.NDArray[Any]:
    """Return values at evenly spaced points, lowest row first."""
    from scipy.interpolate import griddata

    across, up = (
        np.linspace(values.min(), values.max(), count)
        for values, count in zip(points.T, shape[::-1], strict=True)
    )
    return np.asarray(
        griddata(points, data, tuple(np.meshgrid(across, up)), method=mode, **options)
    )
