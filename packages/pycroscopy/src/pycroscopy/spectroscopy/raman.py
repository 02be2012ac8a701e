"""Cosmic rays in maps of spectra: what no neighbour has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pycroscopy._inputs import lazy
from pycroscopy.fit.rows import Rows
from pycroscopy.signal.outliers import find_outliers, remove_outliers
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["remove_cosmic_rays"]

#: Channels beside a spike that go with it.
_BESIDE: Final = 1


@operation(name="pycroscopy.spectroscopy.remove_cosmic_rays")
def remove_cosmic_rays(
    data: Any, *, threshold: float = 8.0, window: int = 25, dim: str | int | None = None
) -> tuple[sidpy.Dataset, sidpy.Dataset]:
    """Replace spikes that are in one spectrum and not in its neighbours.

    Parameters
    ----------
    data : Dataset or array, real
        Spectra at positions along up to three axes; NaN is missing.
    threshold : float
        How far a spike stands out, in standard deviations of its surroundings.
    window : int
        Channels of the surroundings, odd.
    dim : str or int, optional
        The axis of the spectra: by default the only spectral one, or the last.

    Returns
    -------
    data : Dataset
        Spikes, and a channel on both sides, replaced by the median of the neighbours at the
        level of the spectrum.
    spikes : Dataset of bool
        Where they were.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For windows that are even, or longer than the spectra.

    Notes
    -----
    The median of the neighbours of a spectrum, up to 26 of them, has the lines and no spikes;
    what the spectrum differs from it by is searched for outliers. A line that one position
    alone has stays if it is wider than a quarter of the window. A single spectrum has no
    neighbours: there narrow lines are spikes as well. Lazy.

    Examples
    --------
    >>> lines = np.tile(np.exp(-(((np.arange(60) - 30) / 2.0) ** 2)), (5, 1))
    >>> lines += 0.01 * np.random.default_rng(0).standard_normal((5, 60))
    >>> lines[2, 12] += 3
    >>> cleaned, spikes = remove_cosmic_rays(lines)
    >>> np.argwhere(np.asarray(spikes)).tolist()
    [[2, 11], [2, 12], [2, 13]]
    """
    import dask.array as da

    rows = Rows.of(data, dim, least=5).real("spectra with spikes")
    values = lazy(rows.dataset)
    values = values.astype(np.result_type(values.dtype, np.float32)).rechunk({rows.axis: -1})
    around = [axis for axis in range(values.ndim) if axis != rows.axis and values.shape[axis] > 1]
    if len(around) > 3:
        msg = f"{len(around)} axes of positions in {rows.dataset.title!r}; expected up to 3"
        raise ValueError(msg)
    depth = {axis: 1 if axis in around else 0 for axis in range(values.ndim)}
    usual = da.zeros_like(values)
    if around:
        usual = da.map_overlap(
            _median, values, depth=depth, boundary=np.nan, axes=tuple(around),
            dtype=values.dtype, meta=np.empty((0,) * values.ndim, values.dtype),
        )  # fmt: skip
    differing = rows.dataset.like_data(values - usual)
    options: dict[str, Any] = {"window": window, "threshold": threshold, "axis": rows.axis}
    level = lazy(remove_outliers(differing, **options))
    above = lazy(find_outliers(differing, **options)) & (values - usual > level)
    spikes = above.map_overlap(
        _widened, depth={rows.axis: _BESIDE}, boundary=False, axis=rows.axis, dtype=bool,
        meta=np.empty((0,) * values.ndim, bool),
    )  # fmt: skip
    smooth = lazy(remove_outliers(rows.dataset.like_data(
        da.where(spikes, np.nan, values - usual)), **options))  # fmt: skip
    smooth = smooth.map_blocks(_bridged, axis=rows.axis, dtype=values.dtype)
    cleaned = da.where(spikes, usual + smooth, values)
    title = rows.dataset.title
    found = rows.dataset.like_data(spikes, title=f"{title} cosmic rays")
    found.units, found.quantity = "generic", "spike"
    return rows.dataset.like_data(cleaned, title=f"{title} without cosmic rays"), found


def _median(block: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Return the median of the neighbours of each spectrum, of what is finite."""
    from itertools import product

    steps = [step for step in product((-1, 0, 1), repeat=len(axes)) if any(step)]
    ordered = np.sort(np.stack([np.roll(block, step, axes) for step in steps]), axis=0)
    count = np.count_nonzero(~np.isnan(ordered), axis=0)[None]  # NaN comes last
    low, high = (
        np.take_along_axis(ordered, np.maximum(place, 0), axis=0)[0]
        for place in ((count - 1) // 2, np.minimum(count // 2, len(steps) - 1))
    )
    return np.asarray(0.5 * (low + high))


def _widened(block: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    found = np.array(block)
    for step in (-1, 1):
        moved = np.roll(block, step, axis)
        edge = [slice(None)] * block.ndim
        edge[axis] = slice(0, 1) if step > 0 else slice(-1, None)
        moved[tuple(edge)] = False
        found |= moved
    return found


def _bridged(block: NDArray[Any], axis: int) -> NDArray[Any]:
    """Fill what is missing by straight lines along the spectra."""
    rows = np.moveaxis(np.array(block), axis, -1)
    index = np.arange(rows.shape[-1])
    for place in zip(*np.nonzero(np.isnan(rows).any(axis=-1)), strict=True):
        known = ~np.isnan(rows[place])
        if known.any():
            rows[place] = np.interp(index, index[known], rows[place][known])
    return np.moveaxis(rows, -1, axis)
