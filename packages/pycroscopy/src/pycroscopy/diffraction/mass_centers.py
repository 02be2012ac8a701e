"""The centre of mass of diffraction patterns, and what follows from it.

Where a specimen is thin, the centre of mass is the gradient of its phase: integrated, it is
the phase itself (iDPC) [1]_; its divergence is the charge density.

References
----------
.. [1] Lazić, Bosch, Lazar, Ultramicroscopy 160, 265 (2016),
       doi:10.1016/j.ultramic.2015.10.011
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sidpy.sid.operations import operation

from .gradients import divergence, integrate

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    from .patterns import Patterns

__all__ = ["CenterOfMass", "moment_weights", "moments_of"]


@dataclass(frozen=True, eq=False, repr=False)
class CenterOfMass:
    """Where the weight of each pattern of a scan is."""

    rows: sidpy.Dataset
    """Along v, of the shape of the scan, in the units of v."""
    columns: sidpy.Dataset
    """Along u."""
    row_errors: sidpy.Dataset
    """Standard deviation of `rows` by counting."""
    column_errors: sidpy.Dataset
    """Standard deviation of `columns`."""
    total: sidpy.Dataset
    """Sum of each pattern."""

    #: What `to_datasets` gives, in this order.
    names: ClassVar[tuple[str, ...]] = (
        "rows", "columns", "row_errors", "column_errors", "total",
    )  # fmt: skip

    def __repr__(self) -> str:
        return f"centre of mass of patterns at {self.rows.shape} positions"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {name: getattr(self, name) for name in self.names}

    def persist(self) -> CenterOfMass:
        """Return the same in memory, everything computed together in one pass."""
        from dask import persist

        return CenterOfMass(*persist(*self.to_datasets().values()))

    def rotation(self) -> float:
        """Return by how much the axes of the patterns are turned against those of the scan.

        Returns
        -------
        float, rad
            From -pi/2 to pi/2; the gradient of a phase has no curl, so the angle is taken at
            which the curl is least. Whether the phase is turned by pi, it cannot say.

        Raises
        ------
        ValueError
            When it is no scan of two dimensions, or has fewer than three lines or columns.
        """
        y, x = self._field("rotation")
        y, x = y - np.nanmean(y), x - np.nanmean(x)
        steps = self._steps()
        y, x = (np.nan_to_num(part) for part in (y, x))
        dyy, dyx = np.gradient(y, *steps)
        dxy, dxx = np.gradient(x, *steps)
        div, curl = dyy + dxx, dyx - dxy
        # turned by t the curl is cos(t) curl + sin(t) div: least for this t, most a right angle on
        return float(-0.5 * np.arctan2(2 * np.sum(curl * div), np.sum(div**2) - np.sum(curl**2)))

    def rotated(self, angle: float) -> CenterOfMass:
        """Return the vectors turned by an angle, and their errors with them.

        Parameters
        ----------
        angle : float, rad
            From the u axis towards the v axis.
        """
        return _rotated(self, angle)

    def phase(
        self,
        *,
        wavelength: float | None = None,
        boundary: str = "periodic",
        high_pass: float = 0.0,
    ) -> sidpy.Dataset:
        """Return the phase whose gradient this is: integrated differential phase contrast.

        Parameters
        ----------
        wavelength : float, optional
            Of the electrons, in the units of length of the scan, where v and u are angles in
            rad; otherwise they are reciprocal lengths, and 2 pi times them is the gradient.
        boundary : {"periodic", "mirror"}
            How the image goes on beyond its edges.
        high_pass : float
            Leave out waves longer than this, in the units of the scan; 0 keeps all.

        Returns
        -------
        Dataset of the shape of the scan, rad
            With a mean of zero; computed here, since every value depends on all of the scan.
        """
        return _phase(self, wavelength=wavelength, boundary=boundary, high_pass=high_pass)

    def divergence(self) -> sidpy.Dataset:
        """Return the divergence of the vectors: the charge density, up to constants."""
        return _divergence(self)

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the vectors as colours, and the sum.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.vectors import draw_center_of_mass

        return draw_center_of_mass(self, figure)

    def _field(self, what: str) -> tuple[NDArray[Any], NDArray[Any]]:
        if self.rows.ndim != 2 or min(self.rows.shape) < 3:
            msg = f"{what} needs a scan of at least 3 x 3 positions, found {self.rows.shape}"
            raise ValueError(msg)
        return np.asarray(self.rows), np.asarray(self.columns)

    def _steps(self) -> tuple[float, float]:
        found = [float(self.rows._axes[axis].slope) for axis in (0, 1)]
        return (found[0] or 1.0, found[1] or 1.0)


@operation(name="pycroscopy.diffraction.rotated")
def _rotated(mass: CenterOfMass, angle: float) -> CenterOfMass:
    cosine, sine = np.cos(angle), np.sin(angle)
    rows, columns = mass.rows, mass.columns
    row_variance, column_variance = mass.row_errors**2, mass.column_errors**2
    turned = CenterOfMass(
        cosine * rows + sine * columns,
        cosine * columns - sine * rows,
        np.sqrt(cosine**2 * row_variance + sine**2 * column_variance),
        np.sqrt(cosine**2 * column_variance + sine**2 * row_variance),
        mass.total.copy(),
    )
    for name in mass.names:
        getattr(turned, name).title = getattr(mass, name).title
    return turned


@operation(name="pycroscopy.diffraction.phase")
def _phase(
    mass: CenterOfMass, *, wavelength: float | None, boundary: str, high_pass: float
) -> sidpy.Dataset:
    y, x = mass._field("the phase")
    scale = 2 * np.pi / (1.0 if wavelength is None else wavelength)
    phase = integrate(scale * y, scale * x, mass._steps(), boundary=boundary, high_pass=high_pass)
    return _like(mass.rows, phase, "phase", "rad")


@operation(name="pycroscopy.diffraction.divergence")
def _divergence(mass: CenterOfMass) -> sidpy.Dataset:
    found = divergence(*mass._field("the divergence"), mass._steps())
    first = mass.rows._axes[0].units
    return _like(mass.rows, found, "divergence", f"{mass.rows.units}/{first}")


def _like(parent: sidpy.Dataset, values: NDArray[Any], title: str, units: str) -> sidpy.Dataset:
    found = parent.like_data(values)
    found.title = parent.title.removesuffix("centre of mass along v") + title
    found.quantity, found.units = title, units
    return found


def moment_weights(patterns: Patterns, image: NDArray[Any] | None) -> list[NDArray[Any]]:
    """Return the weights of five sums: 1, v, u, v^2 and u^2, with coordinates of order one."""
    v, u = _centred(patterns.v), _centred(patterns.u)
    shape = (len(v), len(u))
    counted = np.ones(shape) if image is None else np.broadcast_to(image, shape)
    rows, columns = v[:, None] * counted, u[None, :] * counted
    variances = [v[:, None] * rows * counted, u[None, :] * columns * counted]
    return [np.array(counted), rows, columns, *variances]


def moments_of(
    patterns: Patterns,
    sums: Any,
    *,
    center: tuple[float, float] = (0.0, 0.0),
    gain: float = 1.0,
) -> CenterOfMass:
    """Return the centre of mass from the five sums, lazily."""
    import dask.array as da

    found = da.map_blocks(
        _moments,
        sums,
        scales=(_scale(patterns.v), _scale(patterns.u)),
        origins=(_origin(patterns.v) - center[0], _origin(patterns.u) - center[1]),
        gain=gain,
        dtype=np.float64,
        meta=np.empty((0,) * sums.ndim),
    )
    axes = [patterns.dataset._axes[patterns.dataset.ndim - i] for i in (2, 1)]
    words = [f"centre of mass along {name}" for name in ("v", "u")]
    labels = [
        *((word, axis.units, "position") for word, axis in zip(words, axes, strict=True)),
        *((f"error of the {word}", axis.units, "standard deviation")
          for word, axis in zip(words, axes, strict=True)),
        ("sum", patterns.dataset.units, patterns.dataset.quantity),
    ]  # fmt: skip
    return CenterOfMass(
        *(
            patterns.scanned(found[..., i], word, units=units, quantity=quantity)
            for i, (word, units, quantity) in enumerate(labels)
        )
    )


def _moments(
    sums: NDArray[Any],
    scales: tuple[float, float],
    origins: tuple[float, float],
    gain: float,
) -> NDArray[Any]:
    """Turn sums of 1, v, u, v^2, u^2 into v, u, their errors and the sum."""
    total = sums[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(total == 0, np.nan, 1.0 / total)
        result = np.empty((*total.shape, 5))
        for i in (0, 1):
            mean = sums[..., 1 + i] * inverse
            spread = np.maximum(sums[..., 3 + i] * inverse - mean**2, 0.0)
            result[..., i] = mean * scales[i] + origins[i]
            result[..., 2 + i] = np.sqrt(spread * gain * np.maximum(inverse, 0.0)) * abs(scales[i])
    result[..., 4] = total
    return result


def _origin(values: NDArray[Any]) -> float:
    return float((values[0] + values[-1]) / 2)


def _scale(values: NDArray[Any]) -> float:
    return float((values[-1] - values[0]) / 2) or 1.0


def _centred(values: NDArray[Any]) -> NDArray[Any]:
    """Return coordinates from -1 to 1: their squares lose no digits in single precision."""
    centred: NDArray[Any] = (values - _origin(values)) / _scale(values)
    return centred
