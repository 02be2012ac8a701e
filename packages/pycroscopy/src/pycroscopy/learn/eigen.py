"""Eigenvalues of a Hermitian matrix, and as many eigenvectors as are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["eigen_decompose"]

#: Sides below which all vectors are found as fast as a few.
_SMALL = 256


def eigen_decompose(
    gram: NDArray[Any],
) -> tuple[NDArray[np.float64], Callable[[int], NDArray[Any]]]:
    """Return all eigenvalues of a Hermitian matrix, and a function for its vectors.

    Parameters
    ----------
    gram : ndarray of shape (n, n)
        Hermitian.

    Returns
    -------
    values : ndarray of shape (n,)
        Falling.
    vectors : callable
        ``vectors(k)`` gives the `k` leading eigenvectors, orthonormal columns, strongest
        first.

    Notes
    -----
    A real matrix is made tridiagonal once, which is most of the work, for both.
    """
    if len(gram) < _SMALL or gram.dtype.kind == "c":
        values, everything = np.linalg.eigh(gram)
        return values[::-1], lambda k: everything[:, ::-1][:, :k]
    return _tridiagonal(gram)


def _tridiagonal(
    gram: NDArray[Any],
) -> tuple[NDArray[np.float64], Callable[[int], NDArray[Any]]]:
    from scipy.linalg import eigh_tridiagonal, lapack

    n = len(gram)
    length = int(lapack.dsytrd_lwork(n, lower=1)[0])
    reflectors, diagonal, beside, tau, _ = lapack.dsytrd(gram.T, lower=1, lwork=length)
    values = eigh_tridiagonal(diagonal, beside, eigvals_only=True, check_finite=False)

    def vectors(k: int) -> NDArray[Any]:
        if k > n // 4:
            return np.linalg.eigh(gram)[1][:, ::-1][:, :k]
        turned = eigh_tridiagonal(
            diagonal, beside, select="i", select_range=(n - k, n - 1), check_finite=False
        )[1]
        # the product of the reflections, which leave the first row alone
        below = np.asfortranarray(reflectors[1:, :-1])
        turned[1:] = lapack.dormqr("L", "N", below, tau, turned[1:], lwork=64 * n)[0]
        return np.asarray(turned[:, ::-1])

    return np.asarray(values[::-1]), vectors
