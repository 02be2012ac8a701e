"""Complex hysteresis loops turned onto the axis along which they lie.

Under a phase offset of the instrument a loop of real numbers lies along a line in the complex
plane.  The direction of this line is half the phase of the sum of the squares of what is left
without the mean: the principal axis, exact at any angle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.sid.operations import operation

from .rows import Rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["ProjectedLoops", "project_loops"]

#: Points that a loop needs: mean and angle take three of its numbers.
_LEAST = 4


@dataclass(frozen=True, eq=False, repr=False)
class ProjectedLoops:
    """Loops along their own axis, and where this axis lies; made by `project_loops`."""

    loops: sidpy.Dataset
    """Real, of the shape of the data; the offset along the axis is kept."""
    angle: sidpy.Dataset
    """Of the axis, rad, within a quarter turn of the reference."""
    angle_error: sidpy.Dataset
    """Standard error of the angle, rad."""
    noise: sidpy.Dataset
    """Standard deviation of what is left across the axis: the noise of each value."""

    #: What `to_datasets` gives, in this order.
    names: ClassVar[tuple[str, ...]] = ("loops", "angle", "angle_error", "noise")

    def __repr__(self) -> str:
        return f"loops along their axes at {self.angle.shape} positions"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {name: getattr(self, name) for name in self.names}

    def persist(self) -> ProjectedLoops:
        """Return the same in memory, everything computed together in one pass."""
        from dask import persist

        return ProjectedLoops(*persist(*self.to_datasets().values()))

    @property
    def n_failed(self) -> int:
        """Number of loops that are NaN; computes the angles."""
        return int(np.isnan(np.asarray(self.angle)).sum())

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw angle and noise: maps, or profiles.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps({name: getattr(self, name) for name in self.names[1:]}, figure)


@operation(name="pycroscopy.fit.project_loops")
def project_loops(
    data: Any, *, dim: str | int | None = None, reference: float = 0.0
) -> ProjectedLoops:
    """Turn complex loops onto their principal axis, lazily.

    Parameters
    ----------
    data : Dataset, complex, of shape (..., bias)
        Loops; NaN is missing.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.
    reference : float, rad
        An axis has no direction: of both, the one within a quarter turn of this angle.

    Returns
    -------
    ProjectedLoops
        Loops, angle and its error, noise.  Loops of fewer than four finite points and
        constant ones are NaN.

    Raises
    ------
    TypeError
        When the data are real.
    ValueError
        For fewer than four points.

    Examples
    --------
    >>> line = np.array([-1.0, 1, 2, -2, 0])
    >>> found = project_loops(line * np.exp(0.6j))
    >>> found.loops.compute().round(9), round(float(found.angle), 9)
    (array([-1.,  1.,  2., -2.,  0.]), 0.6)
    """
    rows = Rows.of(data, dim, _LEAST)
    if rows.dataset.dtype.kind != "c":
        msg = f"loops are projected from complex numbers, found {rows.dataset.dtype}"
        raise TypeError(msg)
    points = len(rows.x)
    packed = rows.mapped(_projected, points + 3, reference=float(reference))
    title, units = rows.dataset.title, rows.dataset.units
    return ProjectedLoops(
        rows.along(packed[..., :points], f"{title} along its axis"),
        rows.placed(packed[..., points], f"{title} angle", "rad", "angle"),
        rows.placed(packed[..., points + 1], f"{title} angle error", "rad", "standard deviation"),
        rows.placed(packed[..., points + 2], f"{title} noise", units, "standard deviation"),
    )


def _projected(block: NDArray[Any], reference: float) -> NDArray[np.float64]:
    """Return loops, angle, its error and the noise, side by side."""
    z = np.asarray(block, np.complex128)
    valid = np.isfinite(z)
    count = valid.sum(axis=-1, keepdims=True)
    z = np.where(valid, z, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = z.sum(axis=-1, keepdims=True) / count
        away = np.where(valid, z - mean, 0)
        size = np.sum(np.abs(away) ** 2, axis=-1, keepdims=True)
        squares = np.sum(away**2, axis=-1, keepdims=True)
        # rounding alone is no loop
        floor = 1e-26 * np.sum(np.abs(z) ** 2, axis=-1, keepdims=True)
        lost = (count < _LEAST) | (size <= floor)
        angle = 0.5 * np.angle(squares * np.exp(-2j * reference)) + reference
        turn = np.exp(-1j * angle)
        turned = away * turn
        along, across = (np.sum(p**2, axis=-1, keepdims=True) for p in (turned.real, turned.imag))
        noise = np.sqrt(across / (count - 2))
        # what is along the axis holds noise as well
        signal = np.maximum(along - noise**2 * (count - 1), 0)
        error = noise / np.sqrt(signal)
        loops = np.where(valid, (z * turn).real, np.nan)
        result = np.concatenate([loops, angle, error, noise], axis=-1)
    return np.where(lost, np.nan, result)
