"""Curves of models at each position of a scan, drawn block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sidpy.proc.models.model import Model

__all__ = ["drawn_curves"]

#: Positions to a block: their curves are made together.
_BLOCK: Final = 4096


def drawn_curves(
    model: Model,
    parameters: NDArray[Any],
    x: NDArray[Any],
    noisy: Callable[[NDArray[Any], np.random.Generator], NDArray[Any]],
    *,
    seed: int,
    dtype: Any,
) -> Any:
    """Return curves with noise, lazily; the place in the scan decides the random numbers.

    Parameters
    ----------
    model : Model
        Of a curve.
    parameters : ndarray of shape (y, x, parameters)
        At each position.
    x : ndarray of shape (points,)
        Coordinate of the curves.
    noisy : callable
        Takes curves of shape (y, x, points) and a generator; returns what is measured.
    seed : int
        Of the noise.
    dtype : dtype
        Of what is measured.

    Returns
    -------
    dask.array.Array of shape (y, x, points)
    """
    import dask.array as da

    lines = max(1, _BLOCK // max(parameters.shape[1], 1))
    rows = da.from_array(parameters, chunks=(lines, parameters.shape[1], -1))
    return da.map_blocks(
        _curves, rows, model=model, x=x, noisy=noisy, seed=int(seed),
        dtype=dtype, chunks=(*rows.chunks[:2], (len(x),)), meta=np.empty((0, 0, 0), dtype),
    )  # fmt: skip


def _curves(
    parameters: NDArray[Any],
    model: Model,
    x: NDArray[Any],
    noisy: Any,
    seed: int,
    block_info: Any = None,
) -> NDArray[Any]:
    place = block_info[0]["array-location"] if block_info else [(0, 0)] * 2
    rng = np.random.default_rng([seed, 2, place[0][0], place[1][0]])
    shape = (*parameters.shape[:2], len(x))
    curves = model(parameters.reshape(-1, parameters.shape[-1]), x).reshape(shape)
    return np.asarray(noisy(curves, rng))
