"""Many small symmetric systems at once, the problems along the last axis.

A loop over the few rows and columns with a vector of all problems inside costs a tenth of
one LAPACK call per problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["inverse_positive", "solve_positive"]

#: Largest matrices for which the loops below beat one LAPACK call per matrix.
_SMALL = 10


def solve_positive(matrix: Floats, right: Floats) -> Floats:
    """Solve symmetric positive definite systems.

    Parameters
    ----------
    matrix : ndarray of shape (problems, size, size)
        Only the lower triangles are used; they may be overwritten.
    right : ndarray of shape (problems, size)
        Right-hand sides.

    Returns
    -------
    ndarray of shape (problems, size)
        Solutions; NaN where a matrix is not positive definite.
    """
    size = matrix.shape[1]
    if size > _SMALL:
        return _by_lapack(matrix, right)
    with np.errstate(all="ignore"):
        factor, inverse = _factor(np.ascontiguousarray(np.moveaxis(matrix, 0, -1)))
        return np.ascontiguousarray(_substitute(factor, inverse, right.T.copy()).T)


def inverse_positive(matrix: Floats) -> tuple[Floats, Floats]:
    """Invert symmetric positive definite matrices of unit diagonal.

    Parameters
    ----------
    matrix : ndarray of shape (problems, size, size)
        Curvatures in units of their diagonals.

    Returns
    -------
    inverse : ndarray of shape (problems, size, size)
        NaN where a matrix is not positive definite.
    pivot : ndarray of shape (problems,)
        Smallest pivot: the part of a parameter's information that the ones before it do
        not take; NaN where there is none.
    """
    size = matrix.shape[1]
    with np.errstate(all="ignore"):
        factor, inverse = _factor(np.moveaxis(matrix, 0, -1).copy())
        pivot = np.max(inverse, axis=0) ** -2
        columns = np.zeros((size, *factor.shape[1:]))
        for i in range(size):
            columns[i, i] = 1.0
            _substitute(factor, inverse, columns[i])
    return np.ascontiguousarray(np.moveaxis(columns, -1, 0)), pivot


def _factor(m: Floats) -> tuple[Floats, list[Floats]]:
    """Overwrite lower triangles (size, size, problems) by Cholesky factors."""
    inverse = []
    for j in range(len(m)):
        diagonal = m[j, j]
        for k in range(j):
            diagonal -= m[j, k] * m[j, k]
        inverse.append(1 / np.sqrt(np.where(diagonal > 0, diagonal, np.nan)))
        for i in range(j + 1, len(m)):
            entry = m[i, j]
            for k in range(j):
                entry -= m[i, k] * m[j, k]
            entry *= inverse[j]
    return m, inverse


def _substitute(m: Floats, inverse: list[Floats], x: Floats) -> Floats:
    """Solve with factors, forwards and backwards, in place."""
    size = len(m)
    for i in range(size):
        for k in range(i):
            x[i] -= m[i, k] * x[k]
        x[i] *= inverse[i]
    for i in reversed(range(size)):
        for k in range(i + 1, size):
            x[i] -= m[k, i] * x[k]
        x[i] *= inverse[i]
    return x


def _by_lapack(matrix: Floats, right: Floats) -> Floats:
    """Solve by general elimination, one call for all, after scaling to unit diagonals."""
    lower = np.tril(matrix)
    whole = lower + np.swapaxes(np.tril(matrix, -1), 1, 2)
    diagonal = np.einsum("nii->ni", whole)
    good = np.isfinite(whole).all(axis=(1, 2)) & (diagonal > 0).all(axis=1)
    scale = 1 / np.sqrt(np.where(good[:, None], diagonal, 1.0))
    scaled = whole * scale[:, :, None] * scale[:, None, :]
    scaled[~good] = np.eye(matrix.shape[1])
    values = right * scale
    try:
        solved = np.linalg.solve(scaled, values[:, :, None])[..., 0]
    except np.linalg.LinAlgError:
        solved = np.full_like(values, np.nan)
        for row in np.flatnonzero(good):
            try:
                solved[row] = np.linalg.solve(scaled[row], values[row])
            except np.linalg.LinAlgError:
                continue
    return np.where(good[:, None], scale * solved, np.nan)
