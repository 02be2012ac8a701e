"""What reflections of X-rays say: distances of lattice planes, sizes of crystallites, strain.

Positions and widths are datasets, as `pycroscopy.spectroscopy.fit_peaks` gives them, with
variances: one for a reflection at each position of a map.  Angles are 2 theta in degrees;
lengths are in metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset, lazy
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = [
    "Caglioti", "SizeAndStrain", "crystallite_size", "fit_caglioti", "lattice_spacing",
    "williamson_hall",
]  # fmt: skip

#: What an axis of angles may be in.
_DEGREES: Final = frozenset({"deg", "degree", "degrees", "°", "", "generic", "unknown"})
_HALF: Final = float(np.pi / 360)


class Caglioti(NamedTuple):
    """Full widths of an instrument: ``width**2 = u tan**2 + v tan + w`` of theta."""

    u: float
    """deg**2."""
    v: float
    w: float
    covariance: Floats
    """Shape (3, 3)."""

    def width(self, two_theta: Any) -> Any:
        """Return full widths at angles 2 theta, all in degrees."""
        tangent = np.tan(two_theta * _HALF)
        return np.sqrt(np.maximum(self.u * tangent**2 + self.v * tangent + self.w, 0.0))


@dataclass(frozen=True, eq=False)
class SizeAndStrain:
    """Crystallites at each position; made by `williamson_hall`."""

    size: sidpy.Dataset
    """Apparent size perpendicular to the planes, m; with a variance."""
    strain: sidpy.Dataset
    """Root of what distances of planes differ by; with a variance."""
    reduced_chi_squared: sidpy.Dataset
    """Of the straight line; NaN for two reflections."""

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw size and strain."""
        from pycroscopy.viz.maps import draw_maps

        return draw_maps({"size": self.size, "strain": self.strain}, figure)


@operation(name="pycroscopy.spectroscopy.lattice_spacing")
def lattice_spacing(two_theta: Any, *, wavelength: float | None = None) -> sidpy.Dataset:
    """Return distances of lattice planes by Bragg's law.

    Parameters
    ----------
    two_theta : Dataset or array, degrees
        Where a reflection is; its variance goes into that of the result.
    wavelength : float, m, optional
        By default that in the metadata, ``experiment.wavelength``.

    Returns
    -------
    Dataset, m
        NaN where the angle is not between 0 and 180 degrees.

    Raises
    ------
    ValueError
        When there is no wavelength, or the angles have another unit.

    Examples
    --------
    >>> found = lattice_spacing(np.array([28.4413, 47.3]), wavelength=1.540593e-10)
    >>> np.asarray(found * 1e10).round(4)
    array([3.1357, 1.9202])
    """
    data = _angles(two_theta)
    length = _wavelength(data, wavelength)
    angle, variance = _values(data)
    theta = angle * _HALF
    found = length / (2 * np.sin(theta))
    inside = (angle > 0) & (angle < 180)
    rate = found / np.tan(theta) * _HALF
    return _made(data, np.where(inside, found, np.nan), rate**2 * variance,
                 "lattice spacing", "m")  # fmt: skip


@operation(name="pycroscopy.spectroscopy.crystallite_size")
def crystallite_size(
    two_theta: Any,
    width: Any,
    *,
    wavelength: float | None = None,
    shape_factor: float = 0.9,
    instrument: Any = 0.0,
    profile: Literal["lorentzian", "gaussian"] = "lorentzian",
) -> sidpy.Dataset:
    """Return sizes of crystallites from one reflection after Scherrer.

    Parameters
    ----------
    two_theta, width : Dataset or array, degrees
        Where the reflection is, and its width.
    wavelength : float, m, optional
        By default that in the metadata.
    shape_factor : float
        0.9 for full widths of cubes, 1 for widths of equal area.
    instrument : float or Caglioti, degrees
        Width of the instrument, which is taken off.
    profile : {"lorentzian", "gaussian"}
        Whether widths add up, or their squares.

    Returns
    -------
    Dataset, m
        With a variance; NaN where the line is not wider than the instrument.

    Raises
    ------
    ValueError
        When there is no wavelength, angles have another unit, or for unknown words.

    References
    ----------
    .. [1] Langford, Wilson, J. Appl. Cryst. 11, 102 (1978), doi:10.1107/S0021889878012844

    Examples
    --------
    >>> width = 0.9 * 1.54e-10 / (20e-9 * np.cos(np.pi / 9)) * 180 / np.pi
    >>> found = crystallite_size(np.array([40.0]), np.array([width]), wavelength=1.54e-10)
    >>> np.asarray(found).round(12)
    array([2.e-08])
    """
    data = _angles(two_theta)
    length = _wavelength(data, wavelength)
    angle, _ = _values(data)
    own, variance = _own_width(width, angle, instrument, profile)
    found = shape_factor * length / (own * 2 * _HALF * np.cos(angle * _HALF))
    found = np.where(own > 0, found, np.nan)
    return _made(data, found, (found / own) ** 2 * variance, "crystallite size", "m")


@operation(name="pycroscopy.spectroscopy.williamson_hall")
def williamson_hall(
    two_theta: Sequence[Any],
    width: Sequence[Any],
    *,
    wavelength: float | None = None,
    shape_factor: float = 0.9,
    instrument: Any = 0.0,
    profile: Literal["lorentzian", "gaussian"] = "lorentzian",
) -> SizeAndStrain:
    """Return sizes and strains from several reflections after Williamson and Hall [1]_.

    Parameters
    ----------
    two_theta, width : sequences of Datasets or arrays, degrees
        Where each reflection is, and its width; two at least, at the same positions.
    wavelength, shape_factor, instrument, profile
        As for `crystallite_size`.

    Returns
    -------
    SizeAndStrain
        With variances, from those of the widths; without those all widths weigh the same, and
        variances follow from what is left. NaN where a line is not wider than the instrument,
        or what is fitted is below zero: there is no broadening of that kind.

    Raises
    ------
    ValueError
        For fewer than two reflections, when there is no wavelength, angles have another unit,
        or for unknown words.

    References
    ----------
    .. [1] Williamson, Hall, Acta Metall. 1, 22 (1953), doi:10.1016/0001-6160(53)90006-6
    """
    if len(two_theta) != len(width) or len(width) < 2:
        msg = f"{len(two_theta)} positions and {len(width)} widths; expected two or more of both"
        raise ValueError(msg)
    places = [_angles(one) for one in two_theta]
    length = _wavelength(places[0], wavelength)
    rows = []
    for place, one in zip(places, width, strict=True):
        angle, _ = _values(place)
        own, variance = _own_width(one, angle, instrument, profile)
        cosine = np.cos(angle * _HALF) * 2 * _HALF
        x, y, spread = 4 * np.sin(angle * _HALF), own * cosine, variance * cosine**2
        if profile == "gaussian":
            x, y, spread = x**2, y**2, 4 * y**2 * spread
        rows.append((x, y, spread))
    known = all(_has_variance(one) for one in width)
    (offset, slope), variances, chi = _lines(rows, known=known)
    power = 0.5 if profile == "gaussian" else 1.0
    scale = shape_factor * length
    size, size_variance = _power(offset, variances[0], -power)
    strain, strain_variance = _power(slope, variances[1], power)
    return SizeAndStrain(
        _made(places[0], scale * size, scale**2 * size_variance, "crystallite size", "m"),
        _made(places[0], strain, strain_variance, "strain", "generic"),
        _made(places[0], chi, None, "reduced chi squared", "generic"),
    )


def fit_caglioti(two_theta: Any, width: Any, errors: Any = None) -> Caglioti:
    """Return the resolution of an instrument from the widths of a standard's reflections.

    Parameters
    ----------
    two_theta, width : array-like of shape (reflections,), degrees
        Four at least.
    errors : array-like, degrees, optional
        Of the widths; without them the covariance follows from what is left.

    Raises
    ------
    ValueError
        For fewer than four reflections, or shapes that differ.

    References
    ----------
    .. [1] Caglioti, Paoletti, Ricci, Nucl. Instrum. 3, 223 (1958),
           doi:10.1016/0369-643X(58)90029-X

    Examples
    --------
    >>> angle = np.array([25.0, 50, 75, 100, 125])
    >>> width = Caglioti(0.02, -0.01, 0.01, np.eye(3)).width(angle)
    >>> found = fit_caglioti(angle, width)
    >>> round(found.u, 6), round(found.v, 6), round(found.w, 6)
    (0.02, -0.01, 0.01)
    """
    angle, full = np.asarray(two_theta, float), np.asarray(width, float)
    if angle.shape != full.shape or angle.ndim != 1 or len(angle) < 4:
        msg = f"angles of shape {angle.shape}, widths {full.shape}; expected four or more of each"
        raise ValueError(msg)
    spread = np.ones_like(full) if errors is None else 2 * full * np.asarray(errors, float)
    tangent = np.tan(angle * _HALF)
    design = np.stack([tangent**2, tangent, np.ones_like(tangent)], axis=1) / spread[:, None]
    found, *_ = np.linalg.lstsq(design, full**2 / spread, rcond=None)
    covariance = np.linalg.inv(design.T @ design)
    if errors is None:
        left = full**2 - design @ found
        covariance *= left @ left / (len(full) - 3)
    u, v, w = map(float, found)
    return Caglioti(u, v, w, covariance)


def _angles(data: Any) -> sidpy.Dataset:
    found = as_dataset(data)
    if found.dtype.kind not in "biuf" or str(found.units) not in _DEGREES:
        msg = (
            f"{found.title!r} holds {found.dtype} in {found.units!r}; expected angles 2 theta in "
            "degrees"
        )
        raise ValueError(msg)
    return found


def _wavelength(data: sidpy.Dataset, given: float | None) -> float:
    experiment = data.metadata.get("experiment", {}) if given is None else {}
    found = experiment.get("wavelength") if given is None else given
    if found is None or not 0 < float(found) < 1e-6:
        msg = (
            f"the wavelength of {data.title!r} is {found!r}; expected metres: give wavelength=, "
            'or metadata["experiment"]["wavelength"]'
        )
        raise ValueError(msg)
    return float(found)


def _values(data: sidpy.Dataset) -> tuple[Any, Any]:
    """Return values and variances, lazily; no variance is zero."""
    import dask.array as da

    values = lazy(data).astype(np.float64)
    variance = data.variance
    return values, da.zeros_like(values) if variance is None else variance


def _has_variance(data: Any) -> bool:
    return getattr(data, "variance", None) is not None


def _own_width(width: Any, angle: Any, instrument: Any, profile: str) -> tuple[Any, Any]:
    """Return widths without that of the instrument, and their variances."""
    if profile not in ("lorentzian", "gaussian"):
        msg = f"profile is {profile!r}; it can be 'lorentzian' or 'gaussian'"
        raise ValueError(msg)
    full, variance = _values(_angles(width))
    if isinstance(instrument, tuple | list):  # Caglioti, also as a history has it
        instrument = Caglioti(*instrument).width(angle)
    if profile == "lorentzian":
        own = full - instrument
        return np.where(own > 0, own, np.nan), variance
    square = full**2 - instrument**2
    own = np.sqrt(np.where(square > 0, square, np.nan))
    return own, (full / own) ** 2 * variance


def _lines(rows: list[tuple[Any, Any, Any]], *, known: bool) -> tuple[Any, Any, Any]:
    """Return offset and slope of straight lines, their variances, and chi squared."""
    import dask.array as da

    x, y, spread = (da.stack([row[k] for row in rows]) for k in range(3))
    weight = 1 / spread if known else da.ones_like(y)
    total, mean_x = weight.sum(axis=0), (weight * x).sum(axis=0) / weight.sum(axis=0)
    mean_y = (weight * y).sum(axis=0) / total
    moment = (weight * (x - mean_x) ** 2).sum(axis=0)
    slope = (weight * (x - mean_x) * y).sum(axis=0) / moment
    offset = mean_y - slope * mean_x
    freedom = len(rows) - 2
    left = (weight * (y - offset - slope * x) ** 2).sum(axis=0)
    chi = left / freedom if freedom else da.full_like(left, np.nan)
    scale = 1.0 if known else chi
    variances = (scale * (1 / total + mean_x**2 / moment), scale / moment)
    return (offset, slope), variances, chi


def _power(value: Any, variance: Any, power: float) -> tuple[Any, Any]:
    """Return a power of what is above zero, and its variance."""
    good = np.where(value > 0, value, np.nan)
    found = good**power
    return found, (power * found / good) ** 2 * variance


def _made(
    data: sidpy.Dataset, values: Any, variance: Any, title: str, units: str
) -> sidpy.Dataset:
    result = data.like_data(values, title=title)
    result.units, result.quantity = units, title
    if variance is not None:
        result.variance = variance
    return result
