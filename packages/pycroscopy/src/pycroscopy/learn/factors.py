"""Singular values and both sides of a tall matrix, as accurately as it takes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from sidpy.proc.progress import compute

from .rank import choose_rank
from .streaming import eigen_decompose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .streaming import TallMatrix

__all__ = ["SOLVERS", "Factors", "factorise"]

logger = logging.getLogger(__name__)

#: Ways to the singular values; see `pycroscopy.learn.decompose`.
SOLVERS: Final = ("auto", "gram", "qr")

#: Largest relative error of a singular value that the Gram matrix may be trusted with.
_TOLERANCE = 1e-7

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
    (moments,) = compute([matrix.moments()], label="decompose: reading")
    if not np.isfinite(np.diagonal(moments.gram)).all():
        msg = (
            "the data hold values that are not finite (or overflow when squared): mask or "
            "interpolate them before a decomposition"
        )
        raise ValueError(msg)
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(moments.gram)[::-1], 0.0))
    k, level = _chosen(matrix, values, rank, noise)
    used = solver if solver != "auto" else _good_enough(values, k, estimated=noise is None)
    if used == "gram":
        vectors = eigen_decompose(moments.gram, k)
    else:
        logger.debug("decompose: the Gram matrix is too coarse, reading again for QR")
        (triangle,) = compute([matrix.triangle(moments.mean)], label="decompose: QR")
        _, values, right = np.linalg.svd(triangle, full_matrices=False)
        k, level = _chosen(matrix, values, rank, noise)
        vectors = right[:k].conj().T
    mean = moments.mean if matrix.center == "columns" else None
    scores: Any = matrix.project(vectors, moments.mean)
    if scores.nbytes <= budget // 2:
        (scores,) = compute([scores], label="decompose: projecting")
        values, vectors, scores = _polished(values, vectors, scores)
    return Factors(values, vectors, scores, mean, k, level, used)


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
