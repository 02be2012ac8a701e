"""Models of images: points are pairs of coordinates (y, x), flattened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .model import Model
from .shapes import spacing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Gaussian2D"]


class Gaussian2D(Model):
    """Gaussian spot of given height in an image.

    The coordinates are a pair: those along rows' direction first (y), then along columns'
    (x), each of shape (points,).

    Parameters
    ----------
    name : str, optional
        Name as a component of a sum.
    rotated : bool
        Whether there is a seventh parameter: the angle in radians by which the axes of the
        spot are turned from y towards x.

    Examples
    --------
    >>> y, x = np.meshgrid(np.arange(2.0), np.arange(2.0), indexing="ij")
    >>> Gaussian2D()([1.0, 0.0, 0.0, 1.0, 1.0], [y.ravel(), x.ravel()]).round(3)
    array([1.   , 0.607, 0.607, 0.368])
    """

    ndim = 2

    def __init__(self, name: str | None = None, *, rotated: bool = False) -> None:
        super().__init__(name)
        self.rotated = rotated

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        names = ("amplitude", "center_y", "center_x", "sigma_y", "sigma_x")
        return (*names, "angle") if self.rotated else names

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        amplitude, center_y, center_x, sigma_y, sigma_x = p[:5]
        dy, dx = x[0] - center_y, x[1] - center_x
        cos, sin = (np.cos(p[5]), np.sin(p[5])) if self.rotated else (1.0, 0.0)
        u = (cos * dy + sin * dx) / sigma_y if self.rotated else dy / sigma_y
        v = (cos * dx - sin * dy) / sigma_x if self.rotated else dx / sigma_x
        shape = np.exp(-0.5 * (u * u + v * v))
        values = amplitude * shape
        if jac is not None:
            jac[:, 0] = shape
            jac[:, 1] = values * (cos * u / sigma_y - sin * v / sigma_x)
            jac[:, 2] = values * (sin * u / sigma_y + cos * v / sigma_x)
            jac[:, 3] = values * u * u / sigma_y
            jac[:, 4] = values * v * v / sigma_x
            if self.rotated:
                jac[:, 5] = values * u * v * (sigma_y / sigma_x - sigma_x / sigma_y)
        return np.asarray(values)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return height, center of mass and size of what exceeds half of the extreme."""
        top = np.argmax(np.abs(y), axis=1)
        height = y[np.arange(len(y)), top]
        part = y / np.where(height == 0, 1.0, height)[:, None]
        weight = np.where(part > 0.5, part, 0.0)
        total = np.maximum(weight.sum(axis=1), 1e-300)
        centers = [weight @ np.asarray(axis) / total for axis in x]
        pixel = spacing(x[0]) * spacing(x[1])
        # the area above half of the height is 2 pi ln 2 sigma_y sigma_x
        area = np.count_nonzero(weight, axis=1) * pixel
        sigma = np.sqrt(area / (2 * np.pi * np.log(2)))
        if not self.rotated:
            return np.stack([height, *centers, sigma, sigma], axis=1)
        stretch, angle = self._orientation(x, weight / total[:, None], centers)
        return np.stack([height, *centers, sigma * stretch, sigma / stretch, angle], axis=1)

    @staticmethod
    def _orientation(x: Any, weight: Floats, centers: list[Floats]) -> tuple[Floats, Floats]:
        """Return the root of the axes' ratio and their angle from second moments."""
        dy, dx = (np.asarray(a) - c[:, None] for a, c in zip(x, centers, strict=True))
        yy, xx, yx = ((weight * a * b).sum(axis=1) for a, b in ((dy, dy), (dx, dx), (dy, dx)))
        values, vectors = np.linalg.eigh(np.stack([yy, yx, yx, xx], axis=1).reshape(-1, 2, 2))
        # of the two axes, sigma_y belongs to the one that is nearer to y
        first = np.abs(vectors[:, 0, 0]) > np.abs(vectors[:, 0, 1])
        ratio = np.maximum(values[:, 0], 1e-6 * (yy + xx)) / np.maximum(values[:, 1], 1e-300)
        ratio = np.where(first, ratio, 1 / ratio)
        axis = np.where(first[:, None], vectors[:, :, 0], vectors[:, :, 1])
        return ratio**0.25, np.arctan(axis[:, 1] / axis[:, 0])

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return the range of positions and widths: that of the data."""
        low, high = super().bounds(x)
        low[3:5] = 0.0
        if x is not None:
            for k, axis in enumerate(np.asarray(x)):
                span = float(np.ptp(axis)) or 1.0
                low[1 + k], high[1 + k] = axis.min() - 0.1 * span, axis.max() + 0.1 * span
                low[3 + k], high[3 + k] = 0.2 * spacing(axis), 2 * span
        if self.rotated:
            low[5], high[5] = -np.pi, np.pi
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        units = (y, x, x, x, x)
        return (*units, "rad") if self.rotated else units

    def __repr__(self) -> str:
        name = "" if self.name == "gaussian2d" else repr(self.name)
        options = [part for part in (name, "rotated=True" if self.rotated else "") if part]
        return f"Gaussian2D({', '.join(options)})"
