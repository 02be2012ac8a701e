"""How much of each known spectrum is in each pixel: linear least squares with limits.

Four sets of limits: none, shares that add up to one, shares that are not negative, and
both (fully constrained least squares [1]_).  All pixels are solved together: those whose
nonzero shares are the same ones share one small factorisation [2]_ [3]_, which gives
exactly what an active-set method gives one pixel at a time.

References
----------
.. [1] Heinz, Chang, IEEE Trans. Geosci. Remote Sens. 39, 529 (2001), doi:10.1109/36.911111
.. [2] Van Benthem, Keenan, J. Chemom. 18, 441 (2004), doi:10.1002/cem.889
.. [3] Kim, Park, SIAM J. Sci. Comput. 33, 3261 (2011), doi:10.1137/110821172
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["LIMITS", "Shares", "solve_shares"]

#: Limits by name: whether shares are positive, and whether they add up to one.
LIMITS: Final = {
    "none": (False, False),
    "sum": (False, True),
    "positive": (True, False),
    "full": (True, True),
}

#: Exchanges before single ones are made that cannot go round in circles.
_PATIENCE: Final = 3


class Shares(NamedTuple):
    """Shares of spectra in pixels."""

    values: NDArray[np.float64]
    """Shape (pixels, spectra); NaN where a pixel is not finite."""
    errors: NDArray[np.float64]
    """Standard deviations, shape (pixels, spectra)."""
    residual: NDArray[np.float64]
    """Root mean square of what is left, shape (pixels,)."""


def solve_shares(values: NDArray[Any], references: NDArray[Any], limits: str) -> Shares:
    """Find the shares of reference spectra in each pixel.

    Parameters
    ----------
    values : ndarray of shape (pixels, channels)
        Real; pixels that are not finite in all channels give NaN.
    references : ndarray of shape (spectra, channels)
        Real, finite and linearly independent.
    limits : {"none", "sum", "positive", "full"}
        What shares may be.

    Returns
    -------
    Shares
        Errors are those of a pixel with unknown white noise, from its own residual; they
        ignore that shares are positive, so that they are upper limits where a share is 0.

    Raises
    ------
    ValueError
        When references depend on each other, or there are more than channels.

    Examples
    --------
    >>> spectra = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    >>> solve_shares(np.array([[0.25, 0.75, 1.0]]), spectra, "full").values
    array([[0.25, 0.75]])
    """
    positive, total = LIMITS[limits]
    spectra = np.asarray(references, np.float64)
    count, channels = spectra.shape
    gram = spectra @ spectra.T
    scale = np.sqrt(np.diagonal(gram))
    if not (scale > 0).all() or np.linalg.cond(gram / np.outer(scale, scale)) > 1e13:
        msg = f"the {count} spectra of {channels} channels depend on each other: leave some out"
        raise ValueError(msg)
    good = np.isfinite(values).all(axis=1)
    data = np.asarray(values[good], np.float64)
    projected = data @ spectra.T
    found = _exact(gram, projected, np.ones(projected.shape, bool), total=total)
    if positive:
        found = _positive(gram, projected, total=total)
    left = data - found @ spectra
    freedom = max(channels - count + total, 1)
    squares = np.square(left).sum(axis=1)
    spread = np.sqrt(np.maximum(np.diagonal(_covariance(gram, total=total)), 0.0))
    shares = np.full((len(values), count), np.nan)
    errors, residual = shares.copy(), np.full(len(values), np.nan)
    shares[good], residual[good] = found, np.sqrt(squares / channels)
    errors[good] = np.sqrt(squares / freedom)[:, None] * spread
    return Shares(shares, errors, residual)


def _covariance(gram: NDArray[Any], *, total: bool) -> NDArray[Any]:
    """Covariance of shares for noise of variance one."""
    inverse: NDArray[Any] = np.linalg.inv(gram)
    if total:
        column = inverse.sum(axis=1)
        inverse = inverse - np.outer(column, column) / column.sum()
    return inverse


def _groups(passive: NDArray[np.bool_]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield each set of nonzero shares with the pixels that have it."""
    packed = np.packbits(passive, axis=1)
    kinds, which = np.unique(packed, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(which.ravel(), minlength=len(kinds)))
    for pixels in np.split(order, ends[:-1]):
        if len(pixels):
            yield np.flatnonzero(passive[pixels[0]]), pixels


def _exact(
    gram: NDArray[Any], projected: NDArray[Any], passive: NDArray[np.bool_], *, total: bool
) -> NDArray[Any]:
    """Solve for the shares that may differ from zero, in each pixel its own."""
    found = np.zeros_like(projected)
    for members, pixels in _groups(passive):
        if not len(members):
            continue
        square = gram[np.ix_(members, members)]
        right = projected[np.ix_(pixels, members)].T
        shares = np.linalg.solve(square, right)
        if total:
            turn = np.linalg.solve(square, np.ones(len(members)))
            shares = shares + np.outer(turn / turn.sum(), 1 - shares.sum(axis=0))
        found[np.ix_(pixels, members)] = shares.T
    return found


def _positive(gram: NDArray[Any], projected: NDArray[Any], *, total: bool) -> NDArray[Any]:
    """Solve with shares that are not negative, by exchanging whole sets of them."""
    if total:
        # a heavy extra channel in which every spectrum is one keeps the sum while the
        # nonzero shares are found; the sum is made exact below
        weight = 1e4 * float(np.trace(gram)) / len(gram)
        passive = _nonzero(gram + weight, projected + weight)
        found = _exact(gram, projected, passive, total=True)
        found = np.maximum(found, 0.0)
        return found / found.sum(axis=1, keepdims=True)
    return np.maximum(_exact(gram, projected, _nonzero(gram, projected), total=False), 0.0)


def _nonzero(gram: NDArray[Any], projected: NDArray[Any]) -> NDArray[np.bool_]:
    """Find which shares are not zero in each pixel, by block principal pivoting [3]_."""
    count = gram.shape[0]
    passive = np.ones(projected.shape, bool)
    fewest = np.full(len(projected), count + 1)
    patience = np.full(len(projected), _PATIENCE)
    open_ = np.arange(len(projected))
    tolerance = 1e-12 * np.sqrt(np.diagonal(gram))
    for _ in range(100 * count):
        shares = _exact(gram, projected[open_], passive[open_], total=False)
        slope = shares @ gram - projected[open_]
        size = np.abs(projected[open_]).max(axis=1, keepdims=True) + 1e-300
        wrong = np.where(
            passive[open_],
            shares < -1e-12 * size / np.diagonal(gram),
            slope < -np.maximum(tolerance, 1e-12) * size,
        )
        bad = wrong.any(axis=1)
        if not bad.any():
            break
        open_, wrong = open_[bad], wrong[bad]
        amount = wrong.sum(axis=1)
        better = amount < fewest[open_]
        fewest[open_] = np.minimum(fewest[open_], amount)
        patience[open_] = np.where(better, _PATIENCE, patience[open_] - 1)
        single = patience[open_] < 0
        last = count - 1 - wrong[:, ::-1].argmax(axis=1)
        only = np.zeros_like(wrong)
        only[np.arange(len(last)), last] = True
        exchanged = np.where(single[:, None], only, wrong)
        passive[open_] ^= exchanged
    return passive
