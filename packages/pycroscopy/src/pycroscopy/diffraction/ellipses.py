"""Where the centre of a pattern is, and how its circles are distorted.

A ring or the edge of a disk is fitted as what it should be, a circle, after a linear
transform of the pattern that keeps areas: two numbers besides the centre.  All of the ring
counts, not the positions of maxima, so that the result is as exact as the counts allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Distortion", "fit_disk", "fit_ring"]


@dataclass(frozen=True, eq=False)
class Distortion:
    """A circle as it appears in a pattern: an ellipse."""

    center: tuple[float, float]
    """v and u, in the units of the axes."""
    center_errors: tuple[float, float]
    """Standard deviations of `center`."""
    mean_radius: float
    """Square root of the product of the half axes."""
    radius_error: float
    """Standard deviation of `mean_radius`."""
    stretch: tuple[float, float]
    """Along u against v, and along the diagonal against the other; 0 for a circle."""
    stretch_errors: tuple[float, float]
    """Standard deviations of `stretch`."""

    @property
    def ratio(self) -> float:
        """Long half axis over the short one."""
        size = float(np.hypot(*self.stretch))
        return float(np.exp(2 * size))

    @property
    def angle(self) -> float:
        """Direction of the long half axis, from u towards v, rad, from -pi/2 to pi/2."""
        return float(0.5 * np.arctan2(self.stretch[1], self.stretch[0]))

    def radius(self, v: NDArray[Any], u: NDArray[Any]) -> NDArray[np.float64]:
        """Return the radius without the distortion.

        Parameters
        ----------
        v, u : ndarray
            Distances from the centre.
        """
        return _radius(v, u, self.stretch)


def fit_ring(
    pattern: Any, inner: float, outer: float, *, center: tuple[float, float] | None = None
) -> Distortion:
    """Fit an elliptic ring of Gaussian profile on a linear background.

    Parameters
    ----------
    pattern : Dataset or array of shape (v, u), real
        A pattern, best the mean of many; computed here.
    inner, outer : float
        Radii between which the ring lies, and no other, in the units of the axes.
    center : (float, float), optional
        About where the centre is; the centre of mass by default.

    Returns
    -------
    Distortion

    Raises
    ------
    ValueError
        When it is no single pattern, fewer pixels than parameters lie between the radii, or
        the fit does not converge.

    Examples
    --------
    >>> v, u = np.mgrid[:80, :90]
    >>> ring = np.exp(-((np.hypot((v - 41) / 1.02, u - 44) - 25) ** 2) / 8)
    >>> found = fit_ring(ring, 18, 32)
    >>> [round(x, 2) for x in (*found.center, found.ratio)]
    [41.0, 44.0, 1.02]
    """
    grid = _grid(pattern, center)

    def model(p: NDArray[Any], radius: NDArray[Any]) -> NDArray[Any]:
        distance = (radius - p[4]) / p[5]
        level: NDArray[Any] = p[6] * np.exp(-0.5 * distance**2) + p[7] + p[8] * (radius - p[4])
        return level

    inside = (grid.distance >= inner) & (grid.distance < outer)
    values = grid.values[inside]
    middle, width = (inner + outer) / 2, (outer - inner) / 6
    low = float(np.quantile(values, 0.2)) if values.size else 0.0
    high = float(values.max(initial=low)) - low
    start = [*grid.center, 0.0, 0.0, middle, width, high, low, 0.0]
    return _fit(grid, inside, model, np.array(start), width)


def fit_disk(
    pattern: Any, radius: float, *, center: tuple[float, float] | None = None
) -> Distortion:
    """Fit an elliptic disk of uniform intensity with a soft edge: the central beam.

    Parameters
    ----------
    pattern : Dataset or array of shape (v, u), real
        A pattern, best the mean of many; computed here.
    radius : float
        About the radius, in the units of the axes; pixels up to 1.5 times it are looked at.
    center : (float, float), optional
        About where the centre is; the centre of mass by default.

    Returns
    -------
    Distortion

    Raises
    ------
    ValueError
        As for `fit_ring`.
    """
    from scipy.special import erfc

    grid = _grid(pattern, center)

    def model(p: NDArray[Any], distance: NDArray[Any]) -> NDArray[Any]:
        level: NDArray[Any] = p[6] * 0.5 * erfc((distance - p[4]) / p[5]) + p[7]
        return level

    inside = grid.distance < 1.5 * radius
    values = grid.values[inside]
    low, high = (float(np.quantile(values, q)) if values.size else 0.0 for q in (0.05, 0.9))
    start = np.array([*grid.center, 0.0, 0.0, radius, radius / 20, high - low, low])
    return _fit(grid, inside, model, start, radius)


@dataclass(frozen=True, eq=False)
class _Grid:
    values: NDArray[np.float64]
    v: NDArray[np.float64]
    u: NDArray[np.float64]
    center: tuple[float, float]
    title: str

    @property
    def distance(self) -> NDArray[np.float64]:
        return np.hypot(self.v - self.center[0], self.u - self.center[1])


def _grid(pattern: Any, center: tuple[float, float] | None) -> _Grid:
    patterns = Patterns.of(pattern)
    if patterns.scan_shape:
        msg = f"one pattern is fitted, found the shape {patterns.dataset.shape}; average first"
        raise ValueError(msg)
    values = np.asarray(patterns.dataset, float)
    if not np.isfinite(values).any():
        msg = f"no value of {patterns.dataset.title!r} is finite"
        raise ValueError(msg)
    values = np.where(np.isfinite(values), values, np.nan)
    v, u = np.meshgrid(patterns.v, patterns.u, indexing="ij")
    if center is None:
        weights = np.clip(np.nan_to_num(values - np.nanmedian(values)), 0, None)
        total = weights.sum() or 1.0
        center = (float((weights * v).sum() / total), float((weights * u).sum() / total))
    return _Grid(values, v, u, center, patterns.dataset.title)


def _fit(
    grid: _Grid,
    inside: NDArray[Any],
    model: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]],
    start: NDArray[Any],
    scale: float,
) -> Distortion:
    from scipy.optimize import least_squares

    inside = inside & np.isfinite(grid.values)
    if inside.sum() <= len(start):
        msg = f"{inside.sum()} finite pixels lie between the radii; {len(start)} are fitted"
        raise ValueError(msg)
    values, v, u = grid.values[inside], grid.v[inside], grid.u[inside]
    if np.ptp(values) == 0:
        msg = f"{grid.title!r} is the same everywhere between the radii: nothing to fit"
        raise ValueError(msg)

    def residuals(p: NDArray[Any]) -> NDArray[Any]:
        return model(p, _radius(v - p[0], u - p[1], (p[2], p[3]))) - values

    span = max(float(np.ptp(values)), np.finfo(float).tiny)
    sizes = [scale, scale, 0.1, 0.1, scale, scale, span, span, span / scale][: len(start)]
    found = least_squares(residuals, start, x_scale=sizes, max_nfev=400)
    if not found.success:
        msg = f"the fit to {grid.title!r} does not converge: {found.message}"
        raise ValueError(msg)
    freedom = max(inside.sum() - len(start), 1)
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * 2 * found.cost / freedom
    p, errors = found.x, np.sqrt(np.diag(covariance))
    return Distortion(
        center=(float(p[0]), float(p[1])),
        center_errors=(float(errors[0]), float(errors[1])),
        mean_radius=float(abs(p[4])),
        radius_error=float(errors[4]),
        stretch=(float(p[2]), float(p[3])),
        stretch_errors=(float(errors[2]), float(errors[3])),
    )


def _radius(v: NDArray[Any], u: NDArray[Any], stretch: tuple[float, float]) -> NDArray[np.float64]:
    """Return the length after the inverse of exp([[e1, e2], [e2, -e1]]) on (u, v)."""
    e1, e2 = stretch
    size = np.hypot(e1, e2)
    cosh, sinh = np.cosh(size), np.sinh(size) / size if size > 1e-12 else 1.0
    return np.hypot((cosh - sinh * e1) * u - sinh * e2 * v, (cosh + sinh * e1) * v - sinh * e2 * u)
