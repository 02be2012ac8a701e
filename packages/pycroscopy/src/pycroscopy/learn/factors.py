"""Singular values and both sides of a tall matrix, as accurately as it takes."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from sidpy.proc.progress import compute

from .eigen import eigen_decompose
from .narrow import add_outer, worst_share
from .rank import choose_rank

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .streaming import Moments, TallMatrix

__all__ = ["SOLVERS", "Factors", "factorise"]

logger = logging.getLogger(__name__)

#: Ways to the singular values; see `pycroscopy.learn.decompose`.
SOLVERS: Final = ("auto", "gram", "qr")

#: Largest relative error of a singular value that the Gram matrix may be trusted with.
_TOLERANCE = 1e-7

#: Largest relative error of an eigenvalue that single precision may be trusted with: of what
#: the scores correct to second order, and of what they do not.
_SHARE, _STRICT_SHARE = 2e-4, 1e-5

#: Elements from which on single precision is worth a try.
_MANY = 1 << 22

#: Median over largest eigenvalue of the Gram matrix below which rounding hides the noise.
_RESOLUTION = 1e-11


class Factors(NamedTuple):
    """A tall matrix as scores times short vectors."""

    values: NDArray[np.float64]
    """All singular values, falling, shape (short,)."""
    vectors: NDArray[Any]
    """Short side, orthonormal, shape (short, rank)."""
    scores: Any
    """Long side times singular values, shape (*long axes, rank), array or dask array."""
    mean: NDArray[Any] | None
    """Mean row that was removed; None where each row lost its own mean, or nothing."""
    rank: int
    noise: float
    solver: str


def factorise(
    matrix: TallMatrix,
    *,
    rank: int | Literal["auto"],
    noise: float | None,
    solver: str,
    budget: int,
) -> Factors:
    """Find the singular value decomposition of a tall matrix.

    Parameters
    ----------
    matrix : TallMatrix
        The data.
    rank : int or "auto"
        How many vectors.
    noise : float, optional
        Standard deviation of the noise of one element; estimated when None.
    solver : str
        One of `SOLVERS`.
    budget : int, bytes
        Scores beyond half of it stay lazy.

    Returns
    -------
    Factors
        Values, vectors, scores, rank and noise.

    Raises
    ------
    ValueError
        When the data hold values that are not finite.
    """
    found = None
    if solver == "auto" and matrix.is_narrow and math.prod(matrix.shape) >= _MANY:
        found = _in_single_precision(matrix, rank, noise, budget)
    single = found is not None
    if found is None:
        found = _in_double_precision(matrix, rank, noise)
    moments, values, vectors_of, k, level = found
    used = solver
    if solver == "auto":
        used = "gram" if single else _good_enough(values, k, estimated=noise is None)
    if used == "gram":
        vectors = vectors_of(k)
    else:
        logger.debug("decompose: the Gram matrix is too coarse, reading again for QR")
        (triangle,) = compute([matrix.triangle(moments.mean)], label="decompose: QR")
        _, values, right = np.linalg.svd(triangle, full_matrices=False)
        k, level = _chosen(matrix, values, rank, noise)
        vectors = right[:k].conj().T
    mean = moments.mean if matrix.center == "columns" else None
    scores: Any = matrix.project(vectors, moments.mean, single=single)
    if scores.nbytes <= budget // 2:
        (scores,) = compute([scores], label="decompose: projecting")
        values, vectors, scores = _polished(values, vectors, scores)
    return Factors(values, vectors, scores, mean, k, level, used)


class _Found(NamedTuple):
    """What a Gram matrix tells."""

    moments: Moments
    values: NDArray[np.float64]
    vectors_of: Callable[[int], NDArray[Any]]
    rank: int
    noise: float


def _in_double_precision(matrix: TallMatrix, rank: int | str, noise: float | None) -> _Found:
    (moments,) = compute([matrix.moments()], label="decompose: reading")
    if not np.isfinite(np.diagonal(moments.gram)).all():
        msg = (
            "the data hold values that are not finite (or overflow when squared): mask or "
            "interpolate them before a decomposition"
        )
        raise ValueError(msg)
    return _told(matrix, moments, rank, noise)


def _in_single_precision(
    matrix: TallMatrix, rank: int | str, noise: float | None, budget: int
) -> _Found | None:
    """Return what the Gram matrix in single precision tells, None where that is not enough."""
    (moments,) = compute([matrix.moments(single=True)], label="decompose: reading")
    centred = moments.gram
    if not np.isfinite(np.diagonal(centred)).all():
        return None  # not finite, or not in single precision: the other way will say
    if matrix.center != "columns":  # the mean is there, and exact
        gram = centred.copy()
        add_outer(gram, moments.count * moments.mean, moments.mean)
        moments = moments._replace(gram=gram)
    found = _told(matrix, moments, rank, noise)
    polished = 8 * found.rank * matrix.shape[0] <= budget // 2
    wanted = [(found.values[found.rank - 1], _SHARE if polished else _STRICT_SHARE)]
    if noise is None:  # which is told by the values around the median
        wanted.append((np.median(found.values[: min(matrix.shape)]), _SHARE))
    if any(worst_share(centred, float(value) ** 2) > share for value, share in wanted):
        logger.debug("decompose: single precision is too coarse, reading again")
        return None
    return found


def _told(matrix: TallMatrix, moments: Moments, rank: int | str, noise: float | None) -> _Found:
    squares, vectors_of = eigen_decompose(moments.gram)
    values = np.sqrt(np.maximum(squares, 0.0))
    return _Found(moments, values, vectors_of, *_chosen(matrix, values, rank, noise))


def _chosen(
    matrix: TallMatrix, values: NDArray[np.float64], rank: int | str, noise: float | None
) -> tuple[int, float]:
    rows, columns = matrix.live or matrix.shape
    long, short = max(rows, columns), min(rows, columns)
    found, level = choose_rank(
        values[:short], long, short, noise=noise, complex_data=matrix.dtype.kind == "c"
    )
    return (max(found, 1) if isinstance(rank, str) else int(rank)), level


def _good_enough(values: NDArray[np.float64], k: int, *, estimated: bool) -> str:
    """Decide whether squaring the matrix has left enough digits."""
    if values[0] == 0:
        return "gram"
    weakest = values[max(k, 1) - 1] / values[0]
    error = 4 * np.finfo(np.float64).eps / max(weakest, 1e-150) ** 2
    hidden = estimated and (np.median(values) / values[0]) ** 2 < _RESOLUTION
    return "qr" if error > _TOLERANCE or hidden else "gram"


def _polished(
    values: NDArray[np.float64], vectors: NDArray[Any], scores: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[Any]]:
    """Make the scores exactly orthogonal by a small SVD inside the subspace found."""
    flat = scores.reshape(-1, scores.shape[-1])
    left, inner, turn = np.linalg.svd(flat, full_matrices=False)
    values = values.copy()
    values[: len(inner)] = inner
    return values, vectors @ turn.conj().T, (left * inner).reshape(scores.shape)
