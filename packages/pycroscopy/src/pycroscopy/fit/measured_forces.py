"""Numbers of force curves without a model of the contact: adhesion, stiffness, ruptures, work.

Levels before and after a jump are lines through the points on either side, continued to it; all
numbers are weighted sums of forces, so that the noise of the free lever gives their errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from sidpy.sid.operations import operation

from .branches import falling_points
from .local import LocalPolynomials
from .measurements import Measurements, unpacked
from .rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["find_ruptures", "measure_force_curves"]

#: What is measured: the powers of the units of force and way.
_MEASURED: Final = {
    "adhesion_force": (1, 0),
    "adhesion_position": (0, 1),
    "pull_off_force": (1, 0),
    "pull_off_position": (0, 1),
    "snap_in_force": (1, 0),
    "snap_in_position": (0, 1),
    "maximum_force": (1, 0),
    "stiffness": (1, -1),
    "dissipation": (1, 1),
    "noise": (1, 0),
}
#: What is told of each rupture.
_RUPTURES: Final = {"position": (0, 1), "step": (1, 0), "force": (1, 0), "slope": (1, -1)}


class _Side(NamedTuple):
    """Weights of forces on one way, ascending: of levels beside each gap between points."""

    order: NDArray[np.intp]
    """Points of the way, in the order of the axis of `x`."""
    x: Floats
    before: Floats
    """Shape (points - 1, points): the level below each gap, away from the sample."""
    after: Floats
    slope: Floats
    """Of the line above each gap."""
    steps: Floats
    """Shape (points - 1, points): mean above less mean below, which no kink makes negative."""
    smooth: Floats
    """Shape (points, points): parabolas through the neighborhood of each point."""
    free: Floats
    """Shape (points, points): takes the line of the free lever off."""

    @classmethod
    def of(cls, x: Floats, points: Any, side: int, baseline: float) -> _Side:
        """Return the weights of a branch.

        Parameters
        ----------
        x : ndarray
            The axis.
        points : ndarray of bool
            Which of it belong to the branch.
        side : int
            Points of a line beside a gap.
        baseline : float
            Share of the way, far from the sample, where the lever is free.
        """
        where = np.flatnonzero(points)
        order = where[np.argsort(x[where], kind="stable")]
        places = x[order]
        count = len(places)
        before, after, slope, steps = (np.zeros((count - 1, count)) for _ in range(4))
        # a jump needs a line on both sides
        for gap in range(2, count - 3):
            middle = (places[gap] + places[gap + 1]) / 2
            below, above = slice(max(gap + 1 - side, 0), gap + 1), slice(gap + 1, gap + 1 + side)
            before[gap, below] = _line_at(places[below] - middle)[0]
            after[gap, above], slope[gap, above] = _line_at(places[above] - middle)
            steps[gap, above] = 1 / len(places[above])
            steps[gap, below] = -1 / len(places[below])
        far = places <= places[0] + baseline * (places[-1] - places[0])
        line = np.zeros((count, count))
        powers = np.stack([np.ones(count), places], axis=1)
        line[:, far] = powers @ np.linalg.pinv(powers[far])
        width = 2 * side * float(places[-1] - places[0]) / count
        smooth = LocalPolynomials.of(places, places, width, 2).value
        free = np.eye(count) - line
        return cls(order, places, before, after, slope, steps, smooth @ free, free)

    def noise(self, y: Floats) -> Floats:
        """Return the noise of the free lever, (rows,)."""
        far = np.flatnonzero(np.any(self.free != np.eye(len(self.x)), axis=0))
        rest = y @ self.free.T
        return np.asarray(np.sqrt((rest[:, far] ** 2).sum(axis=1) / max(len(far) - 2, 1)))

    def middles(self) -> tuple[Floats, Floats]:
        """Return the middle and half the width of each gap."""
        half = np.diff(self.x) / 2
        return self.x[:-1] + half, half

    def jump(self, y: Floats, noise: Floats) -> Floats:
        """Return how strong a jump down there is in each gap, in its standard deviations.

        Both the means and the lines of the sides have to jump.
        """
        strengths = []
        for weights in (self.steps, self.after - self.before):
            size = np.sqrt((weights**2).sum(axis=1))
            with np.errstate(divide="ignore", invalid="ignore"):
                strengths.append(np.nan_to_num(y @ weights.T / (noise[:, None] * size)))
        return np.maximum(*strengths)


def _line_at(away: Floats) -> Floats:
    """Return the weights of value and slope of a line at zero."""
    return np.asarray(np.linalg.pinv(np.stack([np.ones_like(away), away], axis=1)))


def _chosen(y: Floats, weights: Floats, at: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return a weighted sum of each row, and its error for noise of one."""
    picked = weights[at]
    return np.einsum("rp,rp->r", picked, y), np.sqrt((picked**2).sum(axis=1))


@operation(name="pycroscopy.fit.measure_force_curves")
def measure_force_curves(
    approach: Any,
    retraction: Any = None,
    *,
    dim: str | int | None = None,
    side: int = 7,
    baseline: float = 0.3,
    contact: float = 0.1,
) -> Measurements:
    """Measure adhesion, snap-in, stiffness and dissipation of force curves, lazily.

    Parameters
    ----------
    approach : Dataset, real, of shape (..., way)
        Forces, attraction negative, over the way towards the sample; or approach and
        retraction one after the other, on an axis that rises and falls.
    retraction : Dataset, real, of shape (..., way), optional
        At the same positions, on an axis in any direction.
    dim : str or int, optional
        The axis of the way: by default the only spectral one, or the last.
    side : int
        Points on each side of a jump whose line is continued to it.
    baseline : float
        Share of the way, far from the sample, where the lever is free.
    contact : float
        Share of the way, at the sample, whose slope is the stiffness.

    Returns
    -------
    Measurements
        ``adhesion_force`` (the largest attraction on retraction, below the free lever) and
        ``pull_off_force`` (that where it jumps off), with positions; ``snap_in_force`` and
        position of the approach; ``maximum_force`` and
        ``stiffness`` (of the approach, at the sample); ``dissipation``: the work between
        approach and retraction; the ``noise`` of the free lever. A curve with a missing point
        has only NaN. Errors of positions are half the distance of points.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        When a branch has too few points, shares are none, or positions differ.

    Notes
    -----
    Where there is no jump, the largest of the noise is measured: compare with the error.

    Examples
    --------
    >>> from pycroscopy.simulate import force_volume
    >>> made = force_volume((2, 3), theory="dmt", noise=1e-13)
    >>> found = measure_force_curves(made.approach, made.retraction)
    >>> bool(np.allclose(found["pull_off_force"], made.truth["pull_off_force"], rtol=0.02))
    True
    """
    rows = Rows.of(approach, dim, least=16).real("force curves")
    parts, beside = _branches(rows, retraction, dim)
    if not (side >= 3 and 0 < baseline < 1 and 0 < contact < 1):
        msg = (
            f"side is {side}, baseline {baseline} and contact {contact}; expected at least 3 "
            "points, and shares between 0 and 1"
        )
        raise ValueError(msg)
    sides = [_Side.of(x, points, side, baseline) for x, points in parts]
    packed = rows.mapped(_measured, 2 * len(_MEASURED), *beside, sides=sides, contact=contact)
    return Measurements(*unpacked(rows, packed, _units(rows, _MEASURED)))


@operation(name="pycroscopy.fit.find_ruptures")
def find_ruptures(
    data: Any,
    *,
    most: int = 8,
    dim: str | int | None = None,
    side: int = 7,
    baseline: float = 0.3,
    false_alarms: float = 0.01,
) -> Measurements:
    """Find where retractions jump towards the free lever: ruptures, ends of plateaus.

    Parameters
    ----------
    data : Dataset, real, of shape (..., way)
        Forces of retractions, attraction negative, on an axis that is larger at the sample.
    most : int
        Ruptures that are told; of more, the largest.
    dim : str or int, optional
        The axis of the way: by default the only spectral one, or the last.
    side : int
        Points on each side of a rupture whose line is continued to it.
    baseline : float
        Share of the way, far from the sample, where the lever is free.
    false_alarms : float
        How many steps a curve of noise alone has, at most.

    Returns
    -------
    Measurements
        Of shape (positions..., most), from the sample outwards and NaN beyond the last one:
        ``position``, ``step`` (of the force), ``force`` and ``slope`` just before the rupture,
        relative to the free lever: a slope within its error of zero is that of a plateau.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For too few points, and numbers that make no sense.

    Examples
    --------
    >>> import sidpy
    >>> way = np.arange(120.0)
    >>> force = np.where(way > 90, 0.5 * (way - 90), np.where(way > 60, -4.0, 0.0))
    >>> data = sidpy.Dataset.from_array(force + 0.01 * np.cos(way**2))
    >>> data.set_dimension(0, sidpy.Dimension(way, "z", "distance", "nm", "SPECTRAL"))
    >>> found = find_ruptures(data)
    >>> float(np.asarray(found["position"])[0]), round(float(np.asarray(found["step"])[0]), 1)
    (60.5, 4.0)
    """
    from scipy.special import ndtri

    import sidpy

    rows = Rows.of(data, dim, least=16).real("force curves")
    if not (side >= 3 and most >= 1 and 0 < baseline < 1 and 0 < false_alarms < len(rows.x)):
        msg = (
            f"side is {side}, most {most}, baseline {baseline} and false_alarms {false_alarms}; "
            "expected at least 3 points, 1 rupture, a share between 0 and 1, and a number above 0"
        )
        raise ValueError(msg)
    branch = _Side.of(rows.x, np.ones(len(rows.x), bool), side, baseline)
    level = -float(ndtri(false_alarms / len(rows.x)))
    packed = rows.mapped(
        _ruptures, 2 * len(_RUPTURES) * most, branch=branch, level=level, most=int(most), side=side
    )
    along = sidpy.Dimension(np.arange(most), "rupture", "index", "generic", "channel")
    values, errors = {}, {}
    for number, (name, unit) in enumerate(_units(rows, _RUPTURES).items()):
        title = f"{name} of ruptures of {rows.dataset.title}"
        for kept, start, what in (
            (values, number, name),
            (errors, number + len(_RUPTURES), "standard deviation"),
        ):
            part = packed[..., start * most : (start + 1) * most]
            kept[name] = rows.placed(part, title, unit, what, along)
    return Measurements(values, errors)


def _branches(
    rows: Rows, retraction: Any, dim: str | int | None
) -> tuple[list[tuple[Floats, Any]], list[Rows]]:
    """Return the axis and the points of approach and retraction."""
    if retraction is None:
        falls = falling_points(rows.x)
        parts, beside = [(rows.x, ~falls), (rows.x, falls)], []
    else:
        other = rows.at_same_positions(retraction, dim)
        beside = [other]
        parts = [(one.x, np.ones(len(one.x), bool)) for one in (rows, other)]
    counts = [int(points.sum()) for _, points in parts]
    if min(counts) < 16:
        msg = (
            f"{counts[0]} points of approach and {counts[1]} of retraction; expected at least 16 "
            "of each: give the retraction, or an axis that rises and falls"
        )
        raise ValueError(msg)
    return parts, beside


def _units(rows: Rows, table: dict[str, tuple[int, int]]) -> dict[str, str]:
    """Return units by name."""
    x, y = rows.units
    both = {1: f"{y}*{x}", 0: y, -1: f"{y}/{x}"}
    return {
        name: (both[way] if x and y else "") if force and way else (y if force else x)
        for name, (force, way) in table.items()
    }


def _measured(block: Any, other: Any = None, *, sides: list[_Side], contact: float) -> Floats:
    """Return all numbers, then their errors, side by side."""
    first = np.asarray(block, np.float64).reshape(-1, block.shape[-1])
    second = first if other is None else np.asarray(other, np.float64).reshape(len(first), -1)
    raw = [y[:, side.order] for y, side in zip((first, second), sides, strict=True)]
    whole = np.isfinite(raw[0]).all(axis=1) & np.isfinite(raw[1]).all(axis=1)
    curves = [np.where(whole[:, None], y, 0.0) for y in raw]
    noise = [side.noise(y) for y, side in zip(curves, sides, strict=True)]
    pairs = [
        *_attraction(sides[1], curves[1], noise[1]),
        *_snap_in(sides[0], curves[0], noise[0]),
        *_contact(sides[0], curves[0], noise[0], contact),
    ]
    areas = [np.convolve(np.diff(side.x), [0.5, 0.5]) for side in sides]
    spreads = [n * np.sqrt((area**2).sum()) for n, area in zip(noise, areas, strict=True)]
    pairs.append((curves[0] @ areas[0] - curves[1] @ areas[1], np.hypot(*spreads)))
    far = np.any(sides[0].free != np.eye(len(sides[0].x)), axis=0).sum()
    pairs.append((noise[0], noise[0] / np.sqrt(2 * max(far - 2, 1))))
    found = np.stack([pair[kind] for kind in (0, 1) for pair in pairs], axis=1)
    return np.where(whole[:, None], found, np.nan).reshape(*block.shape[:-1], -1)


def _attraction(side: _Side, y: Floats, noise: Floats) -> list[tuple[Floats, Floats]]:
    """Return the largest attraction and that at the jump, with positions and errors."""
    at = side.jump(y, noise).argmin(axis=1)
    edge, spread = _chosen(y, side.after @ side.free, at)
    middle, half = (part[at] for part in side.middles())
    # further on, where no parabola reaches over the jump
    beyond = np.arange(len(side.x)) - at[:, None] > _reach(side)
    lowest = np.where(beyond, y @ side.smooth.T, np.inf).argmin(axis=1)
    level, other = _chosen(y, side.smooth, lowest)
    deeper = beyond.any(axis=1) & (level < edge - 3 * noise * np.hypot(spread, other))
    step = np.gradient(side.x)[lowest]
    return [
        (-np.where(deeper, level, edge), noise * np.where(deeper, other, spread)),
        (np.where(deeper, side.x[lowest], middle), np.where(deeper, step, half)),
        (-edge, noise * spread),
        (middle, half),
    ]


def _reach(side: _Side) -> int:
    """Return over how many points a parabola in the middle reaches to one side."""
    count = len(side.x)
    return int(np.count_nonzero(side.steps[count // 2] > 0)) + 1


def _snap_in(side: _Side, y: Floats, noise: Floats) -> list[tuple[Floats, Floats]]:
    """Return how far the force falls on approach, and where."""
    at = side.jump(y, noise).argmin(axis=1)
    level, spread = _chosen(y, side.after - side.before, at)
    middle, half = (part[at] for part in side.middles())
    return [(-level, noise * spread), (middle, half)]


def _contact(side: _Side, y: Floats, noise: Floats, contact: float) -> list[tuple[Floats, Floats]]:
    """Return force and stiffness at the end of the approach."""
    near = side.x >= side.x[-1] - contact * (side.x[-1] - side.x[0])
    near[-3:] = True
    line = np.zeros((2, len(side.x)))
    line[:, near] = _line_at(side.x[near] - side.x[-1])
    line = line @ side.free
    return [(y @ weights, noise * np.sqrt((weights**2).sum())) for weights in line]


def _ruptures(block: Any, branch: _Side, level: float, most: int, side: int) -> Floats:
    """Return positions, steps, forces, slopes, then their errors, each of so many ruptures."""
    from scipy.ndimage import minimum_filter1d

    y = np.asarray(block, np.float64).reshape(-1, block.shape[-1])[:, branch.order]
    whole = np.isfinite(y).all(axis=1)
    y = np.where(whole[:, None], y, 0.0)
    noise = branch.noise(y)
    strength = branch.jump(y, noise)
    lowest = strength == minimum_filter1d(strength, 2 * side - 1, axis=1)
    strength = np.where(lowest & (strength < -level), strength, np.inf)
    noise = noise[:, None]
    jump = branch.after - branch.before
    sizes = np.sqrt((jump**2).sum(axis=1))
    steps = y @ jump.T
    chosen = np.argsort(strength, axis=1)[:, :most]
    real = np.take_along_axis(strength, chosen, 1) < 0
    # from the sample outwards, what is none last
    chosen = np.take_along_axis(chosen, np.argsort(np.where(real, -chosen, 1), axis=1), 1)
    real = np.take_along_axis(strength, chosen, 1) < 0
    gone, tilt = branch.after @ branch.free, branch.slope @ branch.free
    forces, slopes = y @ gone.T, y @ tilt.T
    tables = [
        tuple(part + 0 * steps for part in branch.middles()),
        (-steps, noise * sizes),
        (forces, noise * np.sqrt((gone**2).sum(axis=1))),
        (slopes, noise * np.sqrt((tilt**2).sum(axis=1))),
    ]
    picked = [
        np.where(real & whole[:, None], np.take_along_axis(table, chosen, 1), np.nan)
        for kind in (0, 1)
        for table in (pair[kind] for pair in tables)
    ]
    padded = np.full((len(y), 2 * len(_RUPTURES), most), np.nan)
    for number, part in enumerate(picked):
        padded[:, number, : part.shape[1]] = part
    return padded.reshape(*block.shape[:-1], -1)
