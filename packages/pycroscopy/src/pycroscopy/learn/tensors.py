"""Tensors as sums of products of vectors (CP) and as cores turned by matrices (Tucker).

CP is unique for exact ranks under mild conditions (Kruskal), so its factors can be read as
spectra; Tucker finds the best subspace along each axis [1]_.  Both by alternating least
squares: plain, or one column at a time where factors must not be negative [2]_.

References
----------
.. [1] Kolda, Bader, SIAM Rev. 51, 455 (2009), doi:10.1137/07070111X
.. [2] Cichocki, Phan, IEICE Trans. Fundam. E92-A, 708 (2009),
       doi:10.1587/transfun.E92.A.708
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sidpy._warnings import warn
from sidpy.proc.progress import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["Factored", "cp", "rebuilt", "tucker"]


class Factored(NamedTuple):
    """A tensor in factors."""

    weights: NDArray[Any]
    """Of the components, falling, shape (rank,), for CP; the core for Tucker."""
    factors: list[NDArray[Any]]
    """One matrix (length of the axis, rank) for each axis; columns of length one."""
    fit: float
    """1 minus the relative error, in root mean squares; 1 is exact."""


class Budget(NamedTuple):
    """When to stop."""

    rounds: int
    tolerance: float


def unfolded(tensor: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return a tensor as a matrix with one of its axes as rows.

    Parameters
    ----------
    tensor : ndarray
        Any.
    axis : int
        The rows; the other axes follow in order.
    """
    return np.moveaxis(tensor, axis, 0).reshape(tensor.shape[axis], -1)


def rebuilt(found: Factored) -> NDArray[Any]:
    """Return the tensor that factors stand for.

    Parameters
    ----------
    found : Factored
        Of `cp` or `tucker`.
    """
    axes, inner = string.ascii_lowercase[: len(found.factors)], string.ascii_uppercase
    if found.weights.ndim == 1:
        terms = ["Z", *(f"{a}Z" for a in axes)]
    else:
        core = inner[: len(axes)]
        terms = [core, *(f"{a}{b}" for a, b in zip(axes, core, strict=True))]
    rule = f"{','.join(terms)}->{axes}"
    return np.asarray(np.einsum(rule, found.weights, *found.factors, optimize=True))


def cp(
    tensor: NDArray[Any],
    rank: int,
    *,
    non_negative: bool = False,
    budget: tuple[int, float] = (1000, 1e-10),
    random_state: int = 0,
) -> Factored:
    """Write a tensor as a sum of `rank` products of vectors (PARAFAC).

    Parameters
    ----------
    tensor : ndarray of two axes or more
        Finite; real, or complex unless `non_negative`.
    rank : int
        Components.
    non_negative : bool
        Keep all factors positive; the tensor must be.
    budget : tuple of int and float
        Rounds at most, and the change of the fit that ends them.
    random_state : int
        For components beyond those that the axes have singular vectors for, and for the
        start of positive factors.

    Returns
    -------
    Factored
        Weights and factors, strongest component first.

    Raises
    ------
    ValueError
        When values are not finite, or negative where they must not be, or rank is below 1.

    Warns
    -----
    SidpyWarning
        When the fit still changes after all rounds.

    Notes
    -----
    In memory. Starts from the leading singular vectors of each axis; from random positive
    factors where they must not be negative.

    Examples
    --------
    >>> a, b, c = np.array([1.0, 2]), np.array([1.0, 0, 3]), np.array([2.0, 1])
    >>> found = cp(np.einsum("i,j,k->ijk", a, b, c), 1)
    >>> round(found.fit, 9), bool(np.allclose(rebuilt(found)[1, 2], 6 * c))
    (1.0, True)
    """
    _check(tensor, [rank], non_negative=non_negative)
    rng = np.random.default_rng(random_state)
    factors = _start(tensor, rank, rng, non_negative=non_negative)
    update = _hals if non_negative else _least_squares
    norm = float(np.linalg.norm(tensor))

    def sweep() -> float:
        projected = gram = np.zeros(0)
        for axis in range(tensor.ndim):
            others = [f for k, f in enumerate(factors) if k != axis]
            gram = np.prod([f.conj().T @ f for f in others], axis=0)
            projected = _contracted(tensor, factors, axis)
            factors[axis] = update(factors[axis], projected, gram)
            if axis < tensor.ndim - 1:
                _scale(factors, axis)
        last = factors[-1]
        cross = np.vdot(last, projected).real
        model = np.einsum("ri,rj,ij->", last.conj(), last, gram).real
        return float(norm**2 - 2 * cross + model)

    _repeat(sweep, norm, Budget(*budget), "CP")
    weights = np.ones(rank)
    for axis in range(tensor.ndim):
        weights = weights * _scale(factors, axis)
    order = np.argsort(-weights, kind="stable")
    factors = [f[:, order] for f in factors]
    return _with_fit(tensor, weights[order], factors)


def tucker(
    tensor: NDArray[Any],
    rank: int | Sequence[int],
    *,
    non_negative: bool = False,
    budget: tuple[int, float] = (1000, 1e-10),
    random_state: int = 0,
) -> Factored:
    """Write a tensor as a small core that a matrix turns along each axis.

    Parameters
    ----------
    tensor : ndarray of two axes or more
        As for `cp`.
    rank : int or sequence of int
        Size of the core, for all axes or each; at most the shape of the tensor.
    non_negative, budget, random_state
        As for `cp`.

    Returns
    -------
    Factored
        The core and factors, which are orthonormal unless they must not be negative.

    Raises
    ------
    ValueError
        As for `cp`, and when a rank exceeds its axis or there is not one for each.

    Warns
    -----
    SidpyWarning
        When the fit still changes after all rounds.

    Notes
    -----
    In memory. Higher-order orthogonal iteration from the truncated higher-order singular
    values; positive factors column by column, from random ones.
    """
    ranks = [rank] * tensor.ndim if isinstance(rank, int | np.integer) else list(rank)
    _check(tensor, ranks, non_negative=non_negative)
    if len(ranks) != tensor.ndim or any(r > n for r, n in zip(ranks, tensor.shape, strict=False)):
        msg = f"ranks are {ranks}; expected one for each axis of {tensor.shape}, not larger"
        raise ValueError(msg)
    norm = float(np.linalg.norm(tensor))
    limits = Budget(*budget)
    if non_negative:
        return _positive_tucker(tensor, ranks, limits, np.random.default_rng(random_state))
    factors = [_leading(unfolded(tensor, k), r) for k, r in enumerate(ranks)]

    def sweep() -> float:
        for axis, size in enumerate(ranks):
            factors[axis] = _leading(unfolded(_turned(tensor, factors, skip=axis), axis), size)
        return norm**2 - float(np.linalg.norm(_turned(tensor, factors))) ** 2

    _repeat(sweep, norm, limits, "Tucker")
    return _with_fit(tensor, _turned(tensor, factors), factors)


def _positive_tucker(
    tensor: NDArray[Any], ranks: list[int], limits: Budget, rng: np.random.Generator
) -> Factored:
    factors = [rng.random((n, r)) + 0.1 for n, r in zip(tensor.shape, ranks, strict=True)]
    core = np.maximum(_turned(tensor, [f / np.square(f).sum(axis=0) for f in factors]), 1e-12)
    norm = float(np.linalg.norm(tensor))

    def sweep() -> float:
        nonlocal core
        for axis in range(tensor.ndim):
            expanded = unfolded(_turned(core, [f.T for f in factors], skip=axis), axis)
            projected = unfolded(tensor, axis) @ expanded.T
            factors[axis] = _hals(factors[axis], projected, expanded @ expanded.T)
            lengths = _scale(factors, axis)
            core = np.moveaxis(np.moveaxis(core, axis, -1) * lengths, -1, axis)
        grams = [f.T @ f for f in factors]
        projected = _turned(tensor, factors)
        # accelerated projected gradients for the core: its problem is convex
        step = 1 / max(float(np.prod([np.linalg.eigvalsh(g)[-1] for g in grams])), 1e-300)
        lead, t = core, 1.0
        for _ in range(20):
            ahead = np.maximum(lead - step * (_turned(lead, grams) - projected), 0.0)
            t, before = (1 + np.sqrt(1 + 4 * t * t)) / 2, t
            lead, core = ahead + (before - 1) / t * (ahead - core), ahead
        model = float(np.sum(core * _turned(core, grams)))
        return float(norm**2 - 2 * np.sum(core * projected) + model)

    _repeat(sweep, norm, limits, "Tucker")
    return _with_fit(tensor, core, factors)


def _turned(tensor: NDArray[Any], factors: Sequence[Any], skip: int | None = None) -> NDArray[Any]:
    """Multiply every axis but one by the adjoint of its factor."""
    for axis, factor in enumerate(factors):
        if axis != skip:
            tensor = np.moveaxis(np.tensordot(factor.conj().T, tensor, (1, axis)), 0, axis)
    return tensor


def _contracted(tensor: NDArray[Any], factors: Sequence[Any], axis: int) -> NDArray[Any]:
    """Contract all axes but one with the conjugate factors, component by component."""
    letters = string.ascii_lowercase[: tensor.ndim]
    terms = [letters, *(f"{a}Z" for k, a in enumerate(letters) if k != axis)]
    others = [f.conj() for k, f in enumerate(factors) if k != axis]
    rule = f"{','.join(terms)}->{letters[axis]}Z"
    return np.asarray(np.einsum(rule, tensor, *others, optimize=True))


def _least_squares(factor: Any, projected: NDArray[Any], gram: NDArray[Any]) -> NDArray[Any]:
    del factor
    return np.asarray(projected @ np.linalg.pinv(gram.conj(), hermitian=True))


def _hals(factor: NDArray[Any], projected: NDArray[Any], gram: NDArray[Any]) -> NDArray[Any]:
    """Solve for positive columns one at a time, a few times over."""
    factor = factor.copy()
    for _ in range(5):
        for k in range(factor.shape[1]):
            rest = projected[:, k] - factor @ gram[:, k] + factor[:, k] * gram[k, k]
            factor[:, k] = np.maximum(rest / max(gram[k, k], 1e-300), 0.0)
            if not factor[:, k].any():
                factor[:, k] = 1e-16
    return factor


def _scale(factors: list[NDArray[Any]], axis: int) -> NDArray[Any]:
    """Give the columns of a factor length one and return what they had."""
    lengths = np.linalg.norm(factors[axis], axis=0)
    factors[axis] = factors[axis] / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(lengths)


def _leading(matrix: NDArray[Any], count: int) -> NDArray[Any]:
    return np.asarray(np.linalg.svd(matrix, full_matrices=False)[0][:, :count])


def _start(
    tensor: NDArray[Any], rank: int, rng: np.random.Generator, *, non_negative: bool
) -> list[NDArray[Any]]:
    if non_negative:
        return [rng.random((length, rank)) + 0.1 for length in tensor.shape]
    factors = []
    for axis, length in enumerate(tensor.shape):
        left = np.linalg.eigh(unfolded(tensor, axis) @ unfolded(tensor, axis).conj().T)[1]
        left = left[:, ::-1][:, :rank]
        more = rng.standard_normal((length, rank - left.shape[1]))
        factors.append(np.column_stack([left, more]))
    return factors


def _repeat(sweep: Callable[[], float], norm: float, limits: Budget, what: str) -> None:
    """Go on until the fit stays."""
    before = np.inf
    with counted(f"{what} decomposition", limits.rounds) as advance:
        for _ in range(limits.rounds):
            error = np.sqrt(max(sweep(), 0.0)) / (norm or 1.0)
            advance(1)
            if abs(before - error) <= limits.tolerance or norm == 0:
                return
            before = error
    warn(f"{what}: the fit still changes after {limits.rounds} rounds, now {1 - before:.6f}")


def _with_fit(tensor: NDArray[Any], weights: NDArray[Any], factors: Any) -> Factored:
    norm = float(np.linalg.norm(tensor))
    found = Factored(weights, factors, 1.0)
    error = float(np.linalg.norm(tensor - rebuilt(found)))
    return found._replace(fit=1 - error / norm if norm else 1.0)


def _check(tensor: NDArray[Any], ranks: Sequence[int], *, non_negative: bool) -> None:
    if tensor.ndim < 2 or tensor.size == 0 or not np.isfinite(tensor).all():
        msg = f"expected a finite tensor of two axes or more, found shape {tensor.shape}" + (
            " with values that are not finite" if tensor.size else ""
        )
        raise ValueError(msg)
    if any(not isinstance(r, int | np.integer) or r < 1 for r in ranks):
        msg = f"rank is {ranks}; expected whole numbers from 1"
        raise ValueError(msg)
    if non_negative and (tensor.dtype.kind == "c" or tensor.min() < 0):
        msg = "positive factors need a real tensor without negative values; try non_negative=False"
        raise ValueError(msg)
