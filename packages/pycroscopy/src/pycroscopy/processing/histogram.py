"""Histograms of many signals against what excited them, as classic pycroscopy made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["build_histogram"]


def build_histogram(  # noqa: PLR0913, PLR0917 - the classic signature
    x_hist: ArrayLike,
    data_mat: ArrayLike,
    N_x_bins: int,  # noqa: N803 - as in the classic package
    N_y_bins: int,  # noqa: N803 - the same
    weighting_vec: ArrayLike = 1,
    min_resp: float | None = None,
    max_resp: float | None = None,
    func: Callable[..., Any] | None = None,
    debug: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted, with no effect
    *args: Any,
    **kwargs: Any,
) -> NDArray[np.float64]:
    """Count how often a response is where, over all positions of a block.

    Parameters
    ----------
    x_hist : array of int, of shape (samples,) or that of the data
        Bin along x of each sample, 0 to ``N_x_bins - 1``.
    data_mat : array of shape (samples,) or (positions, samples)
        Responses.
    N_x_bins, N_y_bins : int
        Shape of the result.
    weighting_vec : float or array of shape (samples,) or that of the data
        What each counts.
    min_resp, max_resp : float, optional
        Range along y, those beyond are left out; that of the finite data by default. The
        largest value belongs to the last bin.
    func : callable, optional
        What is counted instead of the data, `numpy.abs` for instance.
    debug : bool
        Accepted.
    *args, **kwargs
        Further arguments of `func`.

    Returns
    -------
    ndarray of shape (N_x_bins, N_y_bins)
        Sums of weights.

    Raises
    ------
    ValueError
        When `x_hist` is no bin or does not fit the data, for an empty range and for complex
        values.

    Examples
    --------
    >>> build_histogram([0, 1, 1], [[0.0, 0.4, 1.0], [0.1, 0.9, 1.0]], 2, 2)
    array([[2., 0.],
           [1., 3.]])
    """
    values = np.asarray(data_mat)
    if func is not None:
        values = np.asarray(func(values, *args, **kwargs))
    if values.dtype.kind == "c":
        msg = "complex responses have no order: give func=numpy.abs or another that is real"
        raise ValueError(msg)
    bins = np.broadcast_to(np.asarray(x_hist), values.shape)
    if not np.all((bins >= 0) & (bins < N_x_bins)):
        msg = f"bins along x from {bins.min()} to {bins.max()}; expected 0 to {N_x_bins - 1}"
        raise ValueError(msg)
    good = np.isfinite(values)
    low = values[good].min(initial=np.inf) if min_resp is None else float(min_resp)
    high = values[good].max(initial=-np.inf) if max_resp is None else float(max_resp)
    if not low < high:
        msg = f"responses from {low} to {high} are no range: give min_resp and max_resp"
        raise ValueError(msg)
    edges = (np.arange(N_x_bins + 1) - 0.5, np.linspace(low, high, N_y_bins + 1))
    weights = np.broadcast_to(np.asarray(weighting_vec, np.float64), values.shape)
    found, _, _ = np.histogram2d(bins[good], values[good], bins=edges, weights=weights[good])
    return found
