"""Maps and optima from few measurements: Gaussian processes and where to measure next.

References
----------
.. [1] Rasmussen, Williams, Gaussian Processes for Machine Learning (MIT Press 2006)
.. [2] Jones, Schonlau, Welch, J. Glob. Optim. 13, 455 (1998), doi:10.1023/A:1008306431147
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.optional import needed
from sidpy.proc.progress import counted
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Optimum", "Regression", "optimize", "regress", "suggest"]

#: Random points among which the next measurement is looked for, and how many are refined.
_CANDIDATES, _REFINED = 4000, 5


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """A map with its uncertainty, from scattered measurements."""

    mean: sidpy.Dataset
    """Expected values on the grid."""
    error: sidpy.Dataset
    """Their standard deviations, without the noise of a measurement."""
    lengths: Floats
    """Distance along each axis over which values are alike, in units of the axes."""
    noise: float
    """Standard deviation of a measurement."""


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """The best of a few measurements."""

    x: Floats
    """Where, shape (parameters,)."""
    value: float
    """What was measured there."""
    points: Floats
    """All measurements, in order, shape (measurements, parameters)."""
    values: Floats
    """What they gave."""


def _fitted(points: Floats, values: Floats, spans: Floats, seed: int) -> tuple[Any, float, float]:
    """Fit a Matern process with one length for each axis; return it, centre and scale."""
    kernels = needed("sklearn.gaussian_process.kernels", "a Gaussian process", "pycroscopy[learn]")
    processes = needed("sklearn.gaussian_process", "a Gaussian process", "pycroscopy[learn]")
    centre, scale = float(values.mean()), float(values.std()) or 1.0
    kernel = kernels.ConstantKernel(1.0, (1e-3, 1e4)) * kernels.Matern(
        np.full(len(spans), 0.3), (1e-2, 1e2), nu=2.5
    ) + kernels.WhiteKernel(1e-3, (1e-8, 1e1))
    model = processes.GaussianProcessRegressor(kernel, n_restarts_optimizer=1, random_state=seed)
    with warnings.catch_warnings():
        # a length at its limit is an axis that does not matter
        warnings.simplefilter("ignore")
        model.fit(points / spans, (values - centre) / scale)
    return model, centre, scale


def _measurements(points: Any, values: Any) -> tuple[Floats, Floats]:
    where, what = np.asarray(points, np.float64), np.asarray(values, np.float64)
    where = where[:, None] if where.ndim == 1 else where
    if where.ndim != 2 or what.shape != where.shape[:1] or len(what) < 2:
        msg = (
            f"expected points (n, axes) and values (n,), n > 1; found {where.shape}, {what.shape}"
        )
        raise ValueError(msg)
    good = np.isfinite(what) & np.isfinite(where).all(axis=1)
    if np.count_nonzero(good) < 2:
        msg = f"{np.count_nonzero(good)} of {len(good)} measurements are finite; two are needed"
        raise ValueError(msg)
    return where[good], what[good]


@operation(name="pycroscopy.learn.regress")
def regress(
    points: ArrayLike,
    values: ArrayLike,
    dimensions: Sequence[Any],
    *,
    units: str = "generic",
    random_state: int | None = None,
) -> Regression:
    """Predict a map from scattered measurements, with its uncertainty [1]_.

    Parameters
    ----------
    points : array of shape (measurements, axes), in units of the axes
        Where was measured; measurements that are not finite are left out.
    values : array of shape (measurements,)
        What.
    dimensions : sequence of Dimension or array
        The axes of the map.
    units : str
        Of the values.
    random_state : int, optional
        Of the starts of the fit; drawn and written into the history by default.

    Returns
    -------
    Regression
        Mean and error on the grid, lengths and noise.

    Raises
    ------
    ValueError
        When shapes do not fit or fewer than two measurements are finite.
    MissingDependency
        Without scikit-learn.

    Notes
    -----
    A Matern 5/2 kernel with one length for each axis and white noise, all found by maximum
    likelihood: O(measurements cubed), a few thousand at most.
    """
    import sidpy

    where, what = _measurements(points, values)
    axes = [
        d if isinstance(d, sidpy.Dimension) else sidpy.Dimension(np.asarray(d), f"axis_{k}")
        for k, d in enumerate(dimensions)
    ]
    if len(axes) != where.shape[1]:
        msg = f"there are {len(axes)} dimensions for points with {where.shape[1]} coordinates"
        raise ValueError(msg)
    lines = [np.asarray(d.values, np.float64) for d in axes]
    spans = np.array([float(np.ptp(line)) or 1.0 for line in lines])
    model, centre, scale = _fitted(where, what, spans, int(random_state or 0) % 2**31)
    grid = np.stack([m.ravel() for m in np.meshgrid(*lines, indexing="ij")], axis=-1) / spans
    parts = [model.predict(part, return_std=True) for part in _split(grid)]
    mean, spread = (np.concatenate(one) for one in zip(*parts, strict=True))
    noise = float(model.kernel_.k2.noise_level)
    clean = np.sqrt(np.maximum(spread**2 - noise, 0.0))
    shape = tuple(len(d) for d in axes)
    kind = {1: "SPECTRUM", 2: "IMAGE"}.get(len(shape), "UNKNOWN")
    found = []
    for title, array in (("regression", centre + scale * mean), ("error", scale * clean)):
        one = sidpy.Dataset.from_array(
            array.reshape(shape), title=title, units=units, datatype=kind
        )
        for axis, dimension in enumerate(axes):
            one.set_dimension(axis, dimension)
        found.append(one)
    lengths = np.atleast_1d(model.kernel_.k1.k2.length_scale) * spans
    return Regression(found[0], found[1], lengths, scale * float(np.sqrt(noise)))


def _split(grid: Floats) -> list[Floats]:
    return np.array_split(grid, max(1, len(grid) // 4096))


def suggest(
    points: ArrayLike,
    values: ArrayLike,
    bounds: ArrayLike,
    *,
    goal: str = "minimum",
    random_state: int = 0,
) -> Floats:
    """Say where to measure next.

    Parameters
    ----------
    points : array of shape (measurements, parameters)
        Where was measured.
    values : array of shape (measurements,)
        What.
    bounds : array of shape (parameters, 2)
        Where may be measured.
    goal : {"minimum", "map"}
        The largest expected improvement of the minimum [2]_, or the largest uncertainty.
    random_state : int
        Of the search.

    Returns
    -------
    ndarray of shape (parameters,)
        The next point.

    Raises
    ------
    ValueError
        When shapes do not fit or the goal is unknown.
    """
    from scipy.optimize import minimize
    from scipy.special import ndtr

    if goal not in {"minimum", "map"}:
        msg = f"goal is {goal!r}; it can be 'minimum' or 'map'"
        raise ValueError(msg)
    box = _box(bounds)
    where, what = _measurements(points, values)
    low, spans = box[:, 0], np.ptp(box, axis=1)
    model, centre, scale = _fitted(where - low, what, spans, random_state)
    best = (what.min() - centre) / scale

    def worth(x: Floats) -> Floats:
        mean, spread = model.predict(np.atleast_2d(x), return_std=True)
        # what a measurement adds to the noise is no knowledge
        spread = np.sqrt(np.maximum(spread**2 - model.kernel_.k2.noise_level, 1e-24))
        if goal == "map":
            return np.asarray(spread)
        z = (best - mean) / spread
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        return np.asarray(spread * (z * ndtr(z) + density))

    rng = np.random.default_rng(random_state)
    nearby = (where[what.argmin()] - low) / spans + 0.05 * rng.standard_normal(
        (_CANDIDATES // 4, len(box))
    )
    tried = np.clip(np.concatenate([rng.random((_CANDIDATES, len(box))), nearby]), 0, 1)
    gains = worth(tried)
    starts = tried[np.argsort(-gains)[:_REFINED]]
    top = max(float(gains.max()), 1e-12)
    ends = [
        minimize(
            lambda x: -float(worth(x)[0]) / top,
            start,
            bounds=[(0, 1)] * len(box),
            method="L-BFGS-B",
        )
        for start in starts
    ]
    return np.asarray(low + spans * min(ends, key=lambda one: one.fun).x)


def optimize(
    function: Callable[[Floats], float],
    bounds: ArrayLike,
    *,
    n_start: int | None = None,
    n_calls: int = 40,
    random_state: int = 0,
) -> Optimum:
    """Find the minimum of something that is expensive to measure.

    Parameters
    ----------
    function : callable
        Takes a point of shape (parameters,) and returns a number; NaN for a failed
        measurement, which counts as the worst.
    bounds : array of shape (parameters, 2)
        Where may be measured.
    n_start : int, optional
        Measurements that fill the space first (Sobol points); two for each parameter and
        two more by default.
    n_calls : int
        Measurements altogether.
    random_state : int
        Of everything that is drawn.

    Returns
    -------
    Optimum
        The best measurement and all others.

    Raises
    ------
    ValueError
        When bounds are impossible or no two measurements are finite.
    """
    from scipy.stats import qmc

    box = _box(bounds)
    count = min(n_start or 2 * len(box) + 2, n_calls)
    drawn = qmc.Sobol(len(box), seed=random_state).random_base2(int(np.ceil(np.log2(count))))
    points = list(qmc.scale(drawn[:count], box[:, 0], box[:, 1]))
    values = [float(function(x)) for x in points]
    with counted("optimizing", n_calls, len(values)) as advance:
        while len(values) < n_calls:
            told = _penalised(np.asarray(values))
            point = suggest(points, told, box, random_state=random_state + len(values))
            points.append(point)
            values.append(float(function(point)))
            advance(1)
    best = int(np.nanargmin(values))
    return Optimum(points[best], values[best], np.asarray(points), np.asarray(values))


def _penalised(values: Floats) -> Floats:
    """Failed measurements are as bad as the worst: nobody goes there again."""
    if np.isfinite(values).any():
        return np.where(np.isfinite(values), values, values[np.isfinite(values)].max())
    return values


def _box(bounds: ArrayLike) -> Floats:
    box = np.asarray(bounds, np.float64)
    if box.ndim != 2 or box.shape[1] != 2 or not (box[:, 0] < box[:, 1]).all():
        msg = f"bounds have shape {box.shape}; expected rising pairs, one for each parameter"
        raise ValueError(msg)
    return box
