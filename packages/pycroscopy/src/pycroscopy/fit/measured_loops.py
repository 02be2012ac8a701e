"""Areas, coercive biases and remanence of loops, measured without a model.

Everything follows from weighted sums over a loop, so that the noise of its values gives the
error of each quantity by its derivatives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from sidpy.sid.operations import operation

from .branches import Branches
from .measurements import Measurements, unpacked
from .rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["MeasuredLoops", "measure_loops"]

#: What is measured: its name, and the powers of the units of response and bias.
_MEASURED: Final = {
    "area": (1, 1),
    "work_of_switching": (1, 1),
    "centroid_bias": (0, 1),
    "centroid_response": (1, 0),
    "coercive_left": (0, 1),
    "coercive_right": (0, 1),
    "imprint": (0, 1),
    "remanence_falling": (1, 0),
    "remanence_rising": (1, 0),
    "switchable": (1, 0),
    "response_imprint": (1, 0),
}


class MeasuredLoops(Measurements):
    """Numbers of each loop with their errors, by name; made by `measure_loops`."""

    #: What is measured.
    names: ClassVar[tuple[str, ...]] = tuple(_MEASURED)

    def __repr__(self) -> str:
        return f"{len(self.values)} numbers of loops at {self.values['area'].shape} positions"


@operation(name="pycroscopy.fit.measure_loops")
def measure_loops(
    data: Any, noise: float | sidpy.Dataset, *, dim: str | int | None = None
) -> MeasuredLoops:
    """Measure area, coercive biases, remanence and imprint of loops, lazily.

    Parameters
    ----------
    data : Dataset, real, of shape (..., bias)
        Loops, such as those of `project_loops`.
    noise : float or Dataset of the shape of the positions
        Standard deviation of each value, such as `ProjectedLoops.noise`.
    dim : str or int, optional
        The axis of the bias, in the order of time: by default the only spectral one, or the
        last.

    Returns
    -------
    MeasuredLoops
        ``area`` inside the loop, positive when run through counterclockwise, and its size,
        ``work_of_switching`` (response times bias); the centre of this area; the coercive
        biases of the falling (``coercive_left``) and rising branch, where a sharp step
        between the levels at both ends has the same area as the branch, and their middle,
        ``imprint``; the remanences at zero bias (NaN where the bias does not reach zero),
        their difference, ``switchable`` (falling less rising), and their mean,
        ``response_imprint``.  A loop with a NaN has only NaN.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        When the bias does not both fall and rise.

    Notes
    -----
    Errors are of first order in the noise; those of the centre grow without limit, and lose
    their meaning, for loops without area, those of coercive biases for loops without height.

    Examples
    --------
    >>> from pycroscopy.simulate import loop_scan
    >>> made = loop_scan((2, 3), noise=0.0, angle=0.0, spread=0.0)
    >>> found = measure_loops(made.data.real, 0.05)
    >>> float(found["imprint"].compute()[0, 0].round(1))
    0.2
    """
    import dask.array as da

    rows = Rows.of(data, dim, least=4)
    if rows.dataset.dtype.kind == "c":
        msg = "loops are measured in real numbers; project_loops makes them of complex ones"
        raise TypeError(msg)
    branches = Branches.of(rows.x)
    count = len(_MEASURED)
    packed = rows.mapped(_measured, 2 * count, bias=rows.x, branches=branches)
    level = _noise_at(noise, packed.shape[:-1])
    parts = rows.dataset.units, rows.dataset._axes[rows.axis].units
    units = {
        name: "*".join(u for u, p in zip(parts, powers, strict=True) if p and u)
        for name, powers in _MEASURED.items()
    }
    spread = packed[..., count:] * (level[..., None] if level.ndim else level)
    return MeasuredLoops(*unpacked(rows, da.concatenate([packed[..., :count], spread], -1), units))


def _noise_at(noise: Any, shape: tuple[int, ...]) -> Any:
    from pycroscopy._inputs import lazy

    level = lazy(noise) if hasattr(noise, "labels_record") else np.asarray(noise, np.float64)
    if level.ndim and level.shape != shape:
        msg = f"noise has shape {level.shape}; expected one number or {shape}"
        raise ValueError(msg)
    return level


def _measured(block: NDArray[Any], bias: Floats, branches: Branches) -> Floats:
    """Return all quantities, and their errors for noise of one, side by side."""
    y = np.asarray(block, np.float64).reshape(-1, len(bias))
    y = np.where(np.isfinite(y).all(axis=1, keepdims=True), y, np.nan)
    with np.errstate(all="ignore"):
        found = [*_of_area(y, bias), *_of_steps(y, branches), *_of_remanence(y, branches)]
        named = dict(zip(_MEASURED, found, strict=True))
        values = np.stack([named[name][0] for name in _MEASURED], axis=-1)
        slopes = (np.broadcast_to(named[name][1], y.shape) for name in _MEASURED)
        errors = np.stack([np.sqrt((s**2).sum(axis=1)) for s in slopes], axis=-1)
    values, errors = (np.where(np.isfinite(part), part, np.nan) for part in (values, errors))
    errors = np.where(np.isnan(values), np.nan, errors)
    return np.concatenate([values, errors], axis=-1).reshape(*block.shape[:-1], -1)


def _of_area(y: Floats, x: Floats) -> list[tuple[Floats, Floats]]:
    """Return area, work, and both centres, each with its derivatives by the values."""
    nx, ny = np.roll(x, -1), np.roll(y, -1, axis=1)
    cross = x * ny - nx * y
    # each value is at the end of one side and at the start of the next
    by_area = 0.5 * (np.roll(x, 1) - nx)
    area = 0.5 * cross.sum(axis=1)
    weight = x + nx
    by_bias = np.roll(weight * x, 1) - weight * nx
    height = y + ny
    by_height = cross - height * nx + np.roll(cross + height * x, 1, axis=1)
    center = (cross @ weight) / (6 * area)
    response = (height * cross).sum(axis=1) / (6 * area)
    column = area[:, None]
    return [
        (area, by_area),
        (np.abs(area), by_area),
        (center, by_bias / (6 * column) - center[:, None] / column * by_area),
        (response, by_height / (6 * column) - response[:, None] / column * by_area),
    ]


def _of_steps(y: Floats, branches: Branches) -> list[tuple[Floats, Floats]]:
    """Return coercive biases and imprint, each with its derivatives."""
    low = y @ branches.low
    step = (y @ branches.high - low)[:, None]
    found = []
    for weights in (branches.area_falling, branches.area_rising):
        # the integral above the low level is what lies above the step, times its height
        share = (y @ weights - low * branches.span)[:, None] / step
        slope = (weights - branches.low * branches.span) / step
        slope = slope - share / step * (branches.high - branches.low)
        found.append((branches.top - share[:, 0], -slope))
    (left, by_left), (right, by_right) = found
    return [*found, ((left + right) / 2, (by_left + by_right) / 2)]


def _of_remanence(y: Floats, branches: Branches) -> list[tuple[Floats, Floats]]:
    """Return remanences, their difference and their mean, each with its derivatives."""
    first, second = branches.zero_falling, branches.zero_rising
    weights = (first, second, first - second, (first + second) / 2)
    return [(y @ w, w) for w in weights]
