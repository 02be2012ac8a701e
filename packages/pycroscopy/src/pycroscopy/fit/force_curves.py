"""Force curves: where the tip touches, and how stiff the sample is [1]_ [2]_.

Before contact the force is a line; in contact it grows with a power of the indentation: one
for a linear spring or the sensitivity of a detector, 3/2 under a sphere, 2 under a cone.  A soft
lever gives way, so that the indentation is less than the way since contact.

References
----------
.. [1] Hertz, J. Reine Angew. Math. 92, 156 (1882), doi:10.1515/crll.1882.92.156
.. [2] Sneddon, Int. J. Eng. Sci. 3, 47 (1965), doi:10.1016/0020-7225(65)90019-4
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

from .rows import Rows
from .starts import best_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sidpy.proc.fitted import DatasetFit

    Floats = NDArray[np.float64]

__all__ = ["ForceCurve", "fit_force_curves", "indentation"]

#: Power of the indentation for each shape.
_POWERS: Final = {"linear": 1.0, "punch": 1.0, "sphere": 1.5, "cone": 2.0}
#: Contact points that a guess tries, at most.
_TRIED: Final = 64


class ForceCurve(Model):
    """A line, and from the contact on a power of the indentation.

    Parameters
    ----------
    shape : {"linear", "punch", "sphere", "cone"}
        Of the tip; the second parameter is the slope for "linear", otherwise the modulus.
    factor : float
        Force over modulus at an indentation of one: ``4/3 sqrt(radius) / (1 - nu**2)`` for a
        sphere, ``2/pi tan(half_angle) / (1 - nu**2)`` for a cone, ``2 radius / (1 - nu**2)`` for
        a flat punch.
    spring_constant : float
        Of the lever; infinite where the axis is the position of the tip.

    Examples
    --------
    >>> ForceCurve("sphere")([1.0, 2.0, 0.5, 0.0], np.array([0.0, 1.0, 5.0]))
    array([ 0.5,  0.5, 16.5])
    """

    def __init__(
        self, shape: str = "sphere", factor: float = 1.0, spring_constant: float = np.inf
    ) -> None:
        super().__init__("force")
        self.shape, self.factor, self.spring_constant = shape, factor, spring_constant

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return ("contact", "slope" if self.shape == "linear" else "modulus", "offset", "tilt")

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        contact, modulus, offset, tilt = p
        stiffness, power = modulus * self.factor, _POWERS[self.shape]
        way = x - contact
        deep = indentation(way, stiffness / self.spring_constant, power)
        grown = deep**power
        if jac is not None:
            touched = way > 0
            rate = power * np.where(touched, deep, 1.0) ** (power - 1) * touched
            given = 1 / (1 + stiffness / self.spring_constant * rate)
            jac[:, 0] = -stiffness * rate * given
            jac[:, 1] = self.factor * grown * given
            jac[:, 2], jac[:, 3] = 1.0, x
        return np.asarray(stiffness * grown + offset + tilt * x)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of a grid of contact points, all else solved as a linear problem."""
        x = np.asarray(x, np.float64)
        low, span, power = float(x.min()), float(np.ptp(x)), _POWERS[self.shape]
        soft = np.array([0.0]) if np.isinf(self.spring_constant) else np.geomspace(0.1, 1e3, 9)
        unit = (x - low) / span
        shapes = (
            ((at, share), np.stack([indentation(unit - at, share, power) ** power,
                                    np.ones_like(x), unit], axis=1))
            for at in np.linspace(0.02, 0.95, min(_TRIED, 2 * len(x)))
            for share in soft
        )  # fmt: skip
        numbers, heights = best_shapes(y, shapes)
        stiffness = heights[:, 0] / span**power
        if soft[0]:
            stiffness = numbers[:, 1] * self.spring_constant * span ** (1 - power)
        tilt = heights[:, 2] / span
        start = np.stack(
            [low + numbers[:, 0] * span, stiffness / self.factor,
             heights[:, 1] - tilt * low, tilt], axis=1,
        )  # fmt: skip
        return np.where(np.isfinite(start), start, [low + span / 2, 0.0, 0.0, 0.0])

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return contacts within the axis, and stiffness above zero."""
        low, high = super().bounds(x)
        low[1] = 0.0
        if x is not None:
            low[0], high[0] = np.min(x), np.max(x)
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        slope = f"{y}/{x}" if x and y else ""
        modulus = "Pa" if (x, y) == ("m", "N") else f"{y}/{x}**2" if x and y else ""
        return (x, slope if self.shape == "linear" else modulus, y, slope)

    def __repr__(self) -> str:
        return f"ForceCurve({self.shape!r}, {self.factor!r}, {self.spring_constant!r})"


def indentation(way: Floats, softness: Any, power: float) -> Floats:
    """Solve ``d + softness * d**power = way`` for the indentation; zero before contact."""
    way = np.maximum(way, 0.0)
    softness = np.broadcast_to(softness, np.broadcast_shapes(np.shape(softness), way.shape))
    if not np.any(softness):
        return np.broadcast_to(way, softness.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        deep = np.fmin(way, (way / softness) ** (1 / power))
        for _ in range(8):  # from above on a convex function: nothing is overshot
            step = deep + softness * deep**power - way
            deep = deep - step / (1 + softness * power * deep ** (power - 1))
    return np.maximum(deep, 0.0)


@operation(name="pycroscopy.fit.fit_force_curves")
def fit_force_curves(  # noqa: PLR0913 - the tip, the lever and the sample, all by keyword
    data: Any,
    *,
    dim: str | int | None = None,
    shape: Literal["linear", "punch", "sphere", "cone"] = "sphere",
    radius: float = 1.0,
    half_angle: float = np.pi / 4,
    poisson_ratio: float = 0.5,
    spring_constant: float | None = None,
    compute: bool = True,
) -> DatasetFit:
    """Fit contact point and stiffness to the force curve at every position.

    Parameters
    ----------
    data : Dataset, real, of shape (..., way)
        Forces of one approach, or deflections for `shape` "linear"; NaN is missing.
    dim : str or int, optional
        The axis of the way towards the sample, increasing: by default the only spectral one,
        or the last.
    shape : {"linear", "punch", "sphere", "cone"}
        "linear" for a slope, such as the sensitivity of a detector on a hard sample.
    radius : float, units of the axis
        Of the sphere or the flat punch.
    half_angle : float, rad
        Of the cone.
    poisson_ratio : float
        Of the sample.
    spring_constant : float, optional
        Of the lever, in units of the data over those of the axis, where the axis is the way
        of the piezo; without it the axis is the position of the tip.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    DatasetFit
        Parameters ``contact``, ``modulus`` (or ``slope``), ``offset`` and ``tilt`` of the line
        before contact, with errors, covariances and status.  Fits that fail, and constant
        curves, are NaN and counted in ``n_failed``.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer than six points, an unknown shape and numbers that make no tip.

    Notes
    -----
    Adhesion is left out: fit the part of the approach before or without it, or the retraction
    by `fit_adhesion`.

    Examples
    --------
    >>> way = np.arange(41.0)
    >>> force = ForceCurve("linear")([20.5, 3.0, 0.1, 0.0], way)
    >>> found = fit_force_curves(force, shape="linear")
    >>> round(float(found["contact"]), 6), round(float(found["slope"]), 6)
    (20.5, 3.0)
    """
    from sidpy.proc.dataset_fit import fit_dataset

    factor = _factor(shape, radius, half_angle, poisson_ratio)
    stiff = np.inf if spring_constant is None else float(spring_constant)
    if not stiff > 0:
        msg = f"a spring constant is positive, found {spring_constant!r}"
        raise ValueError(msg)
    rows = Rows.of(data, dim, least=6)
    if rows.dataset.dtype.kind == "c":
        msg = f"force curves are real, found {rows.dataset.dtype} in {rows.dataset.title!r}"
        raise TypeError(msg)
    model = ForceCurve(shape, factor, stiff)
    return fit_dataset(rows.varying(), model, dims=rows.axis, compute=compute)


def _factor(shape: str, radius: float, half_angle: float, poisson_ratio: float) -> float:
    """Return force over modulus at an indentation of one."""
    if shape not in _POWERS:
        msg = f"shape is {shape!r}; it can be {', '.join(map(repr, _POWERS))}"
        raise ValueError(msg)
    if not (radius > 0 and 0 < half_angle < np.pi / 2 and -1 <= poisson_ratio <= 0.5):
        msg = (
            "expected a positive radius, a half angle below pi/2 and a Poisson ratio from -1 to "
            f"0.5, found {radius}, {half_angle} and {poisson_ratio}"
        )
        raise ValueError(msg)
    if shape == "linear":
        return 1.0
    sizes = {
        "punch": 2 * radius,
        "sphere": 4 / 3 * radius**0.5,
        "cone": 2 / np.pi * np.tan(half_angle),
    }
    return float(sizes[shape] / (1 - poisson_ratio**2))
