"""Sums over rows in single precision, with an error that is known.

The product of a block with itself takes half the time in single precision.  Rows are taken
about the mean row of their block first, so that a large mean costs no digits; products of a
few thousand rows are added up in double precision.  What is lost is noise of one part in 1e7
of the largest eigenvalue: `worst_share` tells how much that is of the weakest wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

__all__ = ["add_outer", "gram_about_mean", "is_narrow", "project_rows", "worst_share"]

#: Bytes of rows in single precision at a time.
_TILE = 1 << 23

#: Error of the Gram matrix in units in the last place of its norm over the root of its side.
_UNITS = 12

#: Rows added up in single precision for their mean.
_RUN = 64


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Whether single precision holds all values of a type."""
    return (dtype.kind in "biu" and dtype.itemsize <= 2) or (
        dtype.kind == "f" and dtype.itemsize <= 4
    )


def gram_about_mean(rows: NDArray[Any], *, own_means: bool) -> tuple[Floats, Floats]:
    """Return the mean row, and the Gram matrix of the rows about it.

    Parameters
    ----------
    rows : ndarray of shape (n, short)
        Of a type that `is_narrow`.
    own_means : bool
        Whether each row loses its own mean first.

    Returns
    -------
    mean : ndarray of shape (short,), float64
    gram : ndarray of shape (short, short), float64
        Not finite where the rows are not, or where their squares leave single precision.
    """
    n, short = rows.shape
    first = _about(rows[:_RUN], None, own_means=own_means)
    shift = first.mean(axis=0, dtype=np.float64).astype(np.float32)
    scale = _power_of_two(first - shift)
    sums, gram = np.zeros(short), np.zeros((short, short))
    product = np.empty((short, short), np.float32)  # new memory takes longer than to be filled
    buffer = np.empty((min(n, _height(short)), short), np.float32)
    for tile in _tiles(rows):
        about = _about(tile, shift, own_means=own_means, out=buffer[: len(tile)])
        about *= np.float32(scale)
        # one buffer on both sides: BLAS computes half of it
        gram += np.matmul(about.T, about, out=product)
        sums += _sum(about)
    sums /= scale
    gram /= scale**2
    offset = sums / max(n, 1)
    add_outer(gram, -n * offset, offset)
    return shift + offset, gram


def project_rows(
    rows: NDArray[Any], vectors: Floats, mean: Floats, *, own_means: bool, centred: bool
) -> Floats:
    """Return rows times vectors, shape (n, k).

    Parameters
    ----------
    rows : ndarray of shape (n, short)
        Of a type that `is_narrow`.
    vectors : ndarray of shape (short, k)
        Orthonormal.
    mean : ndarray of shape (short,)
        Mean row, after each has lost its own if `own_means`.
    own_means : bool
        Whether each row loses its own mean first.
    centred : bool
        Whether the mean row is to be removed.
    """
    shift, narrow = mean.astype(np.float32), vectors.astype(np.float32)
    rest = (shift - mean if centred else shift.astype(np.float64)) @ vectors
    out = np.empty((len(rows), vectors.shape[1]))
    buffer = np.empty((min(len(rows), _height(rows.shape[1])), rows.shape[1]), np.float32)
    first = 0
    for tile in _tiles(rows):
        about = _about(tile, shift, own_means=own_means, out=buffer[: len(tile)])
        np.add(about @ narrow, rest, out=out[first : first + len(tile)])
        first += len(tile)
    return out


def worst_share(gram: Floats, weakest: float) -> float:
    """Return the error of an eigenvalue as a share of it.

    Parameters
    ----------
    gram : ndarray of shape (short, short)
        As from `gram_about_mean`, or a sum of such.
    weakest : float
        The eigenvalue.

    Notes
    -----
    Elements are wrong by a few units in the last place of the largest around them, and at
    random, so the error falls against the norm with the root of the side: less than this in
    matrices of 45 to 1024 columns with one to sixteen components of any strength.
    """
    unit = float(np.finfo(np.float32).eps)
    error = _UNITS * unit * float(np.linalg.norm(gram)) / np.sqrt(len(gram))
    return error / weakest if weakest > 0 else np.inf if error > 0 else 0.0


def add_outer(matrix: NDArray[Any], left: NDArray[Any], right: NDArray[Any]) -> None:
    """Add the product of a column and a row, a few rows at a time: new memory takes long.

    Parameters
    ----------
    matrix : ndarray of shape (m, n)
        Is changed.
    left : ndarray of shape (m,)
        Column.
    right : ndarray of shape (n,)
        Row.
    """
    for first in range(0, len(matrix), _RUN):
        part = slice(first, first + _RUN)
        matrix[part] += left[part, None] * right


def _height(short: int) -> int:
    return max(_RUN, _TILE // max(4 * short, 1) // _RUN * _RUN)


def _tiles(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    height = _height(rows.shape[1])
    for first in range(0, len(rows), height):
        yield rows[first : first + height]


def _about(
    tile: NDArray[Any],
    shift: Singles | None,
    *,
    own_means: bool,
    out: Singles | None = None,
) -> Singles:
    """Return rows in single precision about their own means and about a row."""
    if own_means:
        means = tile.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
        about = np.subtract(tile, means, out=out, dtype=np.float32)
        return about if shift is None else np.subtract(about, shift, out=about)
    if shift is None:
        return tile.astype(np.float32)
    return np.subtract(tile, shift, out=out, dtype=np.float32)


def _power_of_two(values: Singles) -> float:
    """Return a factor that brings values to about one, which rounds nothing."""
    largest = float(np.abs(values).max(initial=0.0))
    if not 0 < largest < np.inf:
        return 1.0
    return float(2.0 ** -np.clip(np.frexp(largest)[1], -120, 120))


def _sum(rows: Singles) -> Floats:
    """Return the sum of rows, in double precision but for runs of a few."""
    whole = len(rows) // _RUN * _RUN
    runs = np.ones(_RUN, np.float32) @ rows[:whole].reshape(-1, _RUN, rows.shape[1])
    found: Floats = runs.sum(axis=0, dtype=np.float64)
    return found + rows[whole:].sum(axis=0, dtype=np.float64)
