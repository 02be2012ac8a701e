"""Curves of models at the positions of a scan, with noise, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    import sidpy

__all__ = ["by_name", "drawn", "labelled_scan", "spread_parameters"]

#: Positions to a block: their curves are made together.
_BLOCK: Final = 4096


def by_name(names: Any, values: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Return parameters of shape (y, x, parameters) as maps by name."""
    return {name: values[..., number] for number, name in enumerate(names)}


def spread_parameters(
    scan: tuple[int, int], values: Any, spread: float, which: Any, seed: int
) -> NDArray[np.float64]:
    """Return parameters at each position, of which some differ.

    Parameters
    ----------
    scan : (int, int)
        Positions (y, x).
    values : sequence of float
        The mean of each parameter.
    spread : float
        Standard deviation relative to the mean, cut off at two and a half of it.
    which : sequence of int
        Parameters that differ.
    seed : int
        Of the differences.
    """
    rng = np.random.default_rng([seed, 1])
    found = np.broadcast_to(np.asarray(values, float), (*scan, len(values))).copy()
    unit = np.clip(rng.standard_normal((*scan, len(which))), -2.5, 2.5)
    found[..., list(which)] *= 1 + spread * unit
    return found


def drawn(
    model: Callable[..., NDArray[Any]],
    parameters: NDArray[Any],
    x: NDArray[Any],
    noise: float | Callable[[NDArray[Any], np.random.Generator], NDArray[Any]],
    seed: int,
    angle: float | None = None,
    dtype: Any = None,
) -> Any:
    """Return curves with noise, lazily.

    Parameters
    ----------
    model : callable
        ``model(rows of parameters, x)``.
    parameters : ndarray of shape (y, x, parameters)
        At each position.
    x : ndarray of shape (points,)
        Where the curves are wanted.
    noise : float or callable
        Standard deviation of each value, or of both parts of each; or what makes measured
        values of a block of curves and a generator.
    seed : int
        Of the noise; its place in the scan decides the numbers of a block.
    angle : float, optional, rad
        Of the axis of complex curves in the complex plane; real curves without it.
    dtype : dtype, optional
        Of what a callable makes.

    Returns
    -------
    dask.array.Array of shape (y, x, points)
    """
    import dask.array as da

    lines = max(1, _BLOCK // max(parameters.shape[1], 1))
    rows = da.from_array(parameters, chunks=(lines, parameters.shape[1], -1))
    if dtype is None:
        dtype = np.float64 if angle is None else np.complex128
    return da.map_blocks(
        _curves, rows, model=model, x=x, noise=noise, angle=angle, seed=int(seed),
        dtype=dtype, chunks=(*rows.chunks[:2], (len(x),)), meta=np.empty((0, 0, 0), dtype),
    )  # fmt: skip


def _curves(
    parameters: NDArray[Any],
    model: Any,
    x: NDArray[Any],
    noise: Any,
    angle: float | None,
    seed: int,
    block_info: Any = None,
) -> NDArray[Any]:
    place = block_info[0]["array-location"] if block_info else [(0, 0)] * 2
    rng = np.random.default_rng([seed, 2, place[0][0], place[1][0]])
    shape = (*parameters.shape[:2], len(x))
    curves = model(parameters.reshape(-1, parameters.shape[-1]), x).reshape(shape)
    if callable(noise):
        return np.asarray(noise(curves, rng))
    if angle is None:
        return np.asarray(curves + noise * rng.standard_normal(shape))
    real, imaginary = rng.standard_normal((2, *shape))
    return np.asarray(curves * np.exp(1j * angle) + noise * (real + 1j * imaginary))


def labelled_scan(
    values: Any, axis: tuple[str, str, str, NDArray[Any]], step: float = 10.0, **labels: str
) -> sidpy.Dataset:
    """Return curves as a dataset of a scan.

    Parameters
    ----------
    values : array of shape (y, x, points)
        The curves.
    axis : (str, str, str, ndarray)
        Name, quantity, units and values of the last axis.
    step : float, nm
        Between positions.
    **labels : str
        ``title``, ``units``, ``quantity``, ``modality``.
    """
    import sidpy

    data = sidpy.Dataset.from_array(
        values, datatype="SPECTRAL_IMAGE", source="simulation", **labels
    )
    for number, name in enumerate("yx"):
        places = step * np.arange(values.shape[number])
        data.set_dimension(number, sidpy.Dimension(places, name, "distance", "nm", "SPATIAL"))
    name, quantity, units, points = axis
    data.set_dimension(2, sidpy.Dimension(points, name, quantity, units, "SPECTRAL"))
    return data
