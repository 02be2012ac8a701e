"""Counts weighted to equal noise, so that their rank can be seen.

The noise of counts is as large as their root, so it differs between channels and between
positions, and what rises above the edge of white noise is then partly noise.  Factors for
all rows and all columns that bring the mean variance of each row and each column to one
give the singular values of the noise their usual edge back, whatever the counts are [1]_;
for data that are close to one spectrum times one map they are the familiar roots of the
mean spectrum and the mean map [2]_.  The counts themselves are the estimate of their
variance, so no level of noise has to be known; a constant gain does no harm.

References
----------
.. [1] Landa, Zhang, Kluger, SIAM J. Math. Data Sci. 4, 1420 (2022),
       doi:10.1137/21M1456807
.. [2] Keenan, Kotula, Surf. Interface Anal. 36, 203 (2004), doi:10.1002/sia.1657
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from sidpy.proc.progress import compute

from .factors import Factors, factorise
from .rank import choose_rank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .streaming import TallMatrix

__all__ = [
    "Settings",
    "Weighted",
    "are_counts",
    "plain_factors",
    "rank_of_counts",
    "weigh",
    "weighted_factors",
]

logger = logging.getLogger(__name__)

#: Rounds of scaling; each is one pass and gains more than a digit.
_ROUNDS = 3

#: Spectra that are looked at to tell counts from other numbers.
_SAMPLE = 16


class Settings(NamedTuple):
    """What a factorisation is asked for."""

    rank: int | Literal["auto"]
    solver: str
    budget: int


class Weighted(NamedTuple):
    """A tall matrix with noise of about one in every row and column."""

    matrix: TallMatrix
    """Rows and columns times their factors; lazy."""
    long: Any
    """Factors of the long side, a dask array of the shape of the long axes."""
    short: NDArray[np.float64]
    """Factors of the short side, shape (short,); 0 where nothing was ever counted."""


def are_counts(matrix: TallMatrix) -> bool:
    """Tell whether a few rows, evenly spaced, hold whole numbers that are not negative.

    Parameters
    ----------
    matrix : TallMatrix
        The data; a few rows are read.
    """
    blocks, n_long = matrix.blocks, matrix.n_long_axes
    if blocks.dtype.kind not in "uif" or not math.prod(blocks.shape):
        return False
    step = max(1, blocks.shape[0] // _SAMPLE)
    rest = tuple(length // 2 for length in blocks.shape[1:n_long])
    sample = np.asarray(blocks[(slice(None, None, step), *rest)])
    whole = bool((sample == np.rint(sample)).all() and (sample >= 0).all())
    return whole and bool(sample.max() > sample.min())


def weigh(matrix: TallMatrix) -> Weighted:
    """Find the factors of rows and columns, in a few passes.

    Parameters
    ----------
    matrix : TallMatrix
        Counts, up to a constant gain.

    Returns
    -------
    Weighted
        The matrix times its factors, lazily, and the factors.

    Raises
    ------
    ValueError
        When a value is negative or not finite, or all are zero.
    """
    squares = np.ones(matrix.shape[1])
    for _ in range(_ROUNDS):
        parts = matrix.partials(_scaled_sums, squares)
        (found,) = compute([_added(parts)], label="decompose: weighing counts")
        sums, rows, least = found
        if not least >= 0:
            msg = (
                f"counts are not negative and finite, found {least:.4g}: subtract no background "
                "before weighing, or leave noise at None"
            )
            raise ValueError(msg)
        if rows == 0:
            msg = "nothing was counted: all values are zero"
            raise ValueError(msg)
        squares = np.divide(rows, sums, out=np.zeros_like(sums), where=sums > 0)
    live = (int(rows), int(np.count_nonzero(squares)))
    long = _long_factors(matrix, squares)
    short = np.sqrt(squares)
    shaped = short.reshape(matrix.blocks.shape[matrix.n_long_axes :])
    spread = long[(...,) + (None,) * shaped.ndim]
    return Weighted(
        replace(matrix, blocks=matrix.blocks * spread * shaped, live=live), long, short
    )


def rank_of_counts(matrix: TallMatrix) -> int:
    """Count the components of counts that their noise cannot explain.

    Parameters
    ----------
    matrix : TallMatrix
        Counts; read a few times.
    """
    weighted = weigh(matrix).matrix
    (moments,) = compute([weighted.moments()], label="decompose: counting components")
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(moments.gram)[::-1], 0.0))
    long, short = weighted.live or weighted.shape
    return choose_rank(values[: min(long, short)], max(long, short), min(long, short))[0]


def plain_factors(matrix: TallMatrix, settings: Settings, noise: float | None) -> Factors:
    """Factorise the data as they are; the rank of counts comes from weighted ones.

    Parameters
    ----------
    matrix : TallMatrix
        The data.
    settings : Settings
        What is asked for.
    noise : float, optional
        Standard deviation of one value, if known.

    Returns
    -------
    Factors
        Of counts with the mean noise of a value.
    """
    rank, solver, budget = settings
    counts = rank == "auto" and noise is None and are_counts(matrix)
    if counts:
        try:
            rank = max(rank_of_counts(matrix), 1)
        except ValueError as error:  # of no counts after all
            logger.debug("decompose: not weighed: %s", error)
            counts = False
    factors = factorise(matrix, rank=rank, noise=noise, solver=solver, budget=budget)
    if not counts:
        return factors
    rest = np.square(factors.values[factors.rank :]).sum()
    freedom = max(math.prod(n - factors.rank for n in matrix.shape), 1)
    return factors._replace(noise=float(np.sqrt(rest / freedom)))


def weighted_factors(
    matrix: TallMatrix, settings: Settings
) -> tuple[Factors, tuple[int, int] | None]:
    """Factorise weighted counts, and take the weights out of both sides again.

    Parameters
    ----------
    matrix : TallMatrix
        Counts.
    settings : Settings
        What is asked for.

    Returns
    -------
    factors : Factors
        Both sides in the units of the data, singular values and noise of weighted counts.
    live : tuple of two int
        Rows and columns in which anything was counted.
    """
    rank, solver, budget = settings
    weighted = weigh(matrix)
    factors = factorise(weighted.matrix, rank=rank, noise=None, solver=solver, budget=budget)
    short = _inverse(weighted.short)[:, None]
    long: Any = weighted.long
    if isinstance(factors.scores, np.ndarray):
        (long,) = compute([long], label="decompose: weights")
        scores = factors.scores * _inverse(long)[..., None]
    else:
        scores = factors.scores * long.map_blocks(_inverse)[..., None]
    return factors._replace(scores=scores, vectors=factors.vectors * short), weighted.matrix.live


def _inverse(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(1.0, weights, out=np.zeros_like(weights), where=weights > 0)


def _row_squares(rows: NDArray[Any], squares: NDArray[Any]) -> NDArray[Any]:
    """Squared factors of rows for known squared factors of columns."""
    sums = rows @ squares
    live = np.count_nonzero(squares)
    return np.divide(live, sums, out=np.zeros_like(sums), where=sums > 0)


def _scaled_sums(rows: NDArray[Any], center: str, squares: NDArray[Any]) -> tuple[Any, int, float]:
    """Sums of columns over the scaled rows of a block, rows with counts, smallest value."""
    del center  # counts are weighed as they are
    values = rows.astype(np.float64)
    factors = _row_squares(values, squares)
    least = float(values.min(initial=np.inf)) if np.isfinite(values).all() else np.nan
    return factors @ values, int(np.count_nonzero(factors)), least


def _added(parts: list[Any]) -> Any:
    from dask import delayed

    return delayed(_sum_up, pure=False)(parts)


def _sum_up(parts: list[tuple[Any, int, float]]) -> tuple[Any, int, float]:
    sums, rows, least = zip(*parts, strict=True)
    return np.sum(sums, axis=0), sum(rows), float(np.min(least))


def _long_factors(matrix: TallMatrix, squares: NDArray[Any]) -> Any:
    import dask.array as da

    n_long = matrix.n_long_axes
    return da.map_blocks(
        _block_factors,
        matrix.blocks,
        squares=squares,
        n_long=n_long,
        dtype=np.float64,
        chunks=matrix.blocks.chunks[:n_long],
        drop_axis=list(range(n_long, matrix.blocks.ndim)),
        meta=np.empty((0,) * n_long),
    )


def _block_factors(block: NDArray[Any], squares: NDArray[Any], n_long: int) -> NDArray[Any]:
    rows = np.asarray(block, np.float64).reshape(-1, len(squares))
    return np.sqrt(_row_squares(rows, squares)).reshape(block.shape[:n_long])
