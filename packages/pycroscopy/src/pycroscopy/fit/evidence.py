"""Smooth answers to linear questions: as smooth as the data say, with errors.

Data are a linear function of unknown numbers, of which a part is smooth: currents that follow a
curve, or flow through a resistance that changes slowly with the bias.  How smooth, and how much
noise there is, is what makes the data likeliest (restricted maximum likelihood [1]_); the errors
are those of the Gaussian that the data leave of the prior [2]_.

References
----------
.. [1] Wahba, Ann. Statist. 13, 1378 (1985), doi:10.1214/aos/1176349743
.. [2] Wahba, J. R. Statist. Soc. B 45, 133 (1983), doi:10.1111/j.2517-6161.1983.tb01239.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Answer", "Question", "spline_basis"]

#: Strengths of the prior that are tried, relative to that of the data.
_STRENGTHS: Final = np.geomspace(1e-16, 1e14, 181)
#: Knots of a spline, at most.
_KNOTS: Final = 256


class Answer(NamedTuple):
    """What data say about the unknown numbers, row by row."""

    numbers: Floats
    """Shape (rows, unknown)."""
    noise: Floats
    """Shape (rows,): standard deviation of the data."""
    spread: Floats
    """Shape (rows, unknown): variances along the directions of the question."""


@dataclass(frozen=True)
class Question:
    """Data that are ``design @ numbers`` plus white noise, with a penalty on roughness."""

    design: Floats
    """Shape (points, unknown)."""
    directions: Floats
    """Shape (unknown, unknown): in which both design and penalty are diagonal."""
    rough: Floats
    """Shape (unknown,): penalty along each direction; zero for those left free."""
    seen: Floats
    """Shape (unknown,): weight of the data along each direction."""

    @classmethod
    def of(cls, design: Any, penalty: Any, free: int, order: int = 3) -> Question:
        """Bring design and penalty to common directions.

        Parameters
        ----------
        design : ndarray of shape (points, unknown)
            What the data are for each unknown number alone.
        penalty : ndarray of shape (unknown, unknown)
            Roughness as a quadratic form, not negative.
        free : int
            Directions in which nothing is penalised.
        order : int
            Of the derivative whose square is the penalty.
        """
        from scipy.linalg import eigh

        design = np.asarray(design, np.float64)
        power = design.T @ design
        # with both of like size in the middle of all directions, neither is lost in rounding
        balance = len(power) ** order * np.trace(power) / max(np.trace(penalty), 1e-300)
        penalty = np.asarray(penalty) * balance
        rough, directions = eigh(penalty, power + penalty)
        rough = np.clip(rough, 0.0, 1.0)
        rough[:free] = 0.0
        return cls(design, directions, rough, np.maximum(1.0 - rough, 1e-15))

    def answered(self, y: Floats) -> Answer:
        """Return the likeliest numbers for each row of data.

        Parameters
        ----------
        y : ndarray of shape (rows, points)
            Finite.

        Returns
        -------
        Answer
            Noise and errors are those of the strength of the prior that is likeliest.
        """
        free = int(np.count_nonzero(self.rough == 0))
        whitened = self.design @ self.directions
        along = y @ whitened
        beyond = ((y - (along / self.seen) @ whitened.T) ** 2).sum(axis=1)
        stiff = _STRENGTHS[:, None] * self.rough
        weight = self.seen + stiff
        # what the prior adds to the sum of squares, without a difference of large numbers
        added = (along**2 / self.seen) @ (stiff / weight).T
        least = 1e-28 * (y**2).sum(axis=1, keepdims=True) + 1e-300
        squares = np.maximum(beyond[:, None] + added, least)
        freedom = max(y.shape[1] - free, 1)
        pulled = self.rough > 0
        volume = np.log(weight[:, pulled]).sum(axis=1) - np.log(stiff[:, pulled]).sum(axis=1)
        best = (freedom * np.log(squares) + volume).argmin(axis=1)
        noise = np.sqrt(squares[np.arange(len(y)), best] / freedom)
        weight = weight[best]
        numbers = (along / weight) @ self.directions.T
        return Answer(numbers, noise, noise[:, None] ** 2 / weight)

    def errors(self, answer: Answer, weights: Floats) -> Floats:
        """Return standard deviations of weighted sums of the numbers.

        Parameters
        ----------
        answer : Answer
            Of this question.
        weights : ndarray of shape (sums, unknown)
            Of the numbers in each sum.

        Returns
        -------
        ndarray of shape (rows, sums)
        """
        return np.asarray(np.sqrt(answer.spread @ ((weights @ self.directions) ** 2).T))


def spline_basis(x: Floats, degree: int = 5) -> tuple[Any, Floats]:
    """Return splines with knots among some places, and how rough they are.

    Parameters
    ----------
    x : ndarray of shape (points,)
        In any order; the same place may come several times.
    degree : int, odd
        Of the polynomials between the knots.

    Returns
    -------
    spline : scipy.interpolate.BSpline
        All basis splines side by side: ``spline(x) @ numbers`` is a curve, ``spline(x, 1) @
        numbers`` its slope.
    roughness : ndarray of shape (numbers, numbers)
        The integral of the squared derivative of order (degree + 1) / 2.

    Examples
    --------
    >>> spline, roughness = spline_basis(np.array([2.0, 0.0, 1.0]))
    >>> float(spline(0.5).sum()), roughness.shape
    (1.0, (7, 7))
    """
    from scipy.interpolate import BSpline

    knots = np.unique(x)
    if len(knots) > _KNOTS:
        knots = knots[np.linspace(0, len(knots) - 1, _KNOTS).round().astype(int)]
    ends = np.repeat(knots[[0, -1]], degree)
    padded = np.concatenate([ends[:degree], knots, ends[degree:]])
    spline = BSpline(padded, np.eye(len(padded) - degree - 1), degree)
    nodes, weights = np.polynomial.legendre.leggauss(degree // 2 + 1)
    half = np.diff(knots) / 2
    places = (knots[:-1] + half)[:, None] + half[:, None] * nodes
    bends = spline(places.ravel(), (degree + 1) // 2)
    return spline, (bends.T * (half[:, None] * weights).ravel()) @ bends
