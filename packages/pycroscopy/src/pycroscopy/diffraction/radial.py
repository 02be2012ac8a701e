"""Diffraction patterns around their centre: profiles over the radius and the azimuth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import lazy
from sidpy.sid.operations import operation

from .patterns import Patterns
from .sums import working_type

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    from .ellipses import Distortion

__all__ = ["Profiles", "azimuthal_profiles", "radial_profiles"]

#: Values converted at a time.
_TILE = 1 << 18


@dataclass(frozen=True, eq=False, repr=False)
class Profiles:
    """Patterns averaged over rings or sectors, one profile for each position."""

    mean: sidpy.Dataset
    """Of shape (scan..., bins), in the units of the data."""
    errors: sidpy.Dataset
    """Standard deviation of `mean` by counting."""
    variance: sidpy.Dataset
    """Mean square over the square of the mean, less one, and less what counting adds: zero for
    a pattern that is the same all around; normalised variance of fluctuation microscopy."""

    def __repr__(self) -> str:
        return f"profiles of {self.mean.shape[-1]} bins at {self.mean.shape[:-1]} positions"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        return {"mean": self.mean, "errors": self.errors, "variance": self.variance}

    def plot(self, figure: Any = None) -> Any:
        """Draw the profile averaged over the scan, and its spread over the positions.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.curves import draw_profile

        return draw_profile(self.mean, figure)


@operation(name="pycroscopy.diffraction.radial_profiles")
def radial_profiles(
    data: Any,
    *,
    center: tuple[float, float] = (0.0, 0.0),
    step: float | None = None,
    stop: float | None = None,
    distortion: Distortion | None = None,
    gain: float = 1.0,
) -> Profiles:
    """Average each pattern over rings: intensity over the scattering angle.

    Parameters
    ----------
    data : Dataset or array of shape (..., v, u), real
        Diffraction patterns; of any size, in any chunks.
    center : (float, float)
        v and u of the centre, in the units of the axes.
    step : float, optional
        Width of a ring; that of the larger pixel side by default.
    stop : float, optional
        Largest radius; by default that of the largest circle within the pattern.
    distortion : Distortion, optional
        How circles were distorted, as `fit_ring` finds it; its centre is used.
    gain : float
        Values of the data that one electron makes.

    Returns
    -------
    Profiles
        With an axis ``radius`` of the middles of the rings; lazy. A ring without a pixel,
        or with a NaN, is NaN.

    Examples
    --------
    >>> v, u = np.mgrid[-8:9, -10:11]
    >>> found = radial_profiles(np.hypot(v, u), center=(8, 10))
    >>> found.mean.compute().round(1)[[0, 4, 7]].tolist()
    [0.0, 4.1, 7.1]
    """
    patterns = Patterns.of(data)
    center = center if distortion is None else distortion.center
    v, u = patterns.v[:, None] - center[0], patterns.u[None, :] - center[1]
    radius = np.hypot(v, u) if distortion is None else distortion.radius(v, u)
    width = _spacing(patterns) if step is None else float(step)
    if not width > 0:
        msg = f"rings of the width {step}; expected more than 0"
        raise ValueError(msg)
    furthest = _largest_circle(patterns, center) if stop is None else float(stop)
    count = max(1, int(np.floor(furthest / width + 0.5)))
    # the first ring is the pixel in the middle: rings are centred at whole numbers of steps
    ring = np.floor(radius / width + 0.5).astype(int)
    labels = np.where(ring < count, ring, -1)
    axis = ("radius", np.arange(count) * width, patterns.dataset._axes[patterns.dataset.ndim - 1])
    return _profiles(patterns, labels, axis, gain)


@operation(name="pycroscopy.diffraction.azimuthal_profiles")
def azimuthal_profiles(
    data: Any,
    inner: float,
    outer: float,
    *,
    count: int = 180,
    center: tuple[float, float] = (0.0, 0.0),
    gain: float = 1.0,
) -> Profiles:
    """Average each pattern over sectors of a ring: intensity over the azimuth.

    Parameters
    ----------
    data : Dataset or array of shape (..., v, u), real
        Diffraction patterns.
    inner, outer : float
        Radii of the ring, in the units of the axes.
    count : int
        Number of sectors.
    center : (float, float)
        v and u of the centre.
    gain : float
        Values of the data that one electron makes.

    Returns
    -------
    Profiles
        With an axis ``azimuth`` in rad, from u towards v, of the middles of the sectors.
    """
    patterns = Patterns.of(data)
    v, u = patterns.v[:, None] - center[0], patterns.u[None, :] - center[1]
    radius = np.hypot(v, u)
    sector = np.floor(np.mod(np.arctan2(v, u), 2 * np.pi) / (2 * np.pi) * count).astype(int)
    labels = np.where((radius >= inner) & (radius < outer), sector % count, -1)
    if not (labels >= 0).any():
        msg = f"no pixel lies between the radii {inner} and {outer}"
        raise ValueError(msg)
    middles = (np.arange(count) + 0.5) * 2 * np.pi / count
    return _profiles(patterns, labels, ("azimuth", middles, None), gain)


def _profiles(
    patterns: Patterns, labels: NDArray[Any], axis: tuple[str, Any, Any], gain: float
) -> Profiles:
    import dask.array as da

    import sidpy

    name, values, like = axis
    units = "rad" if like is None else like.units
    dimension = sidpy.Dimension(values, name, name, units, "SPECTRAL")
    array = lazy(patterns.dataset)
    array = array.rechunk({array.ndim - 2: -1, array.ndim - 1: -1})
    scan = tuple(range(array.ndim - 2))
    found = da.blockwise(
        _binned,
        (*scan, array.ndim, array.ndim + 1),
        array,
        (*scan, array.ndim - 2, array.ndim - 1),
        new_axes={array.ndim: 3, array.ndim + 1: len(values)},
        labels=labels,
        gain=gain,
        concatenate=True,
        dtype=np.float64,
        meta=np.empty((0,) * (len(scan) + 2)),
    )
    data = patterns.dataset
    parts = (
        ("mean", data.quantity, data.units),
        ("error of the mean", "standard deviation", data.units),
        ("normalised variance", "normalised variance", ""),
    )
    return Profiles(
        *(
            patterns.scanned(
                found[..., i, :], f"{name} profile, {word}", quantity=q, units=u, more=[dimension]
            )
            for i, (word, q, u) in enumerate(parts)
        )
    )


def _binned(block: Any, labels: NDArray[Any], gain: float) -> NDArray[np.float64]:
    """Return mean, error and normalised variance over the pixels of each label."""
    from scipy.sparse import csr_array

    *scan, v, u = block.shape
    inside = np.flatnonzero(labels.ravel() >= 0)
    label = labels.ravel()[inside]
    count = int(labels.max()) + 1
    rows = np.asarray(block).reshape(-1, v * u)
    kind = np.dtype(working_type(rows.dtype))
    add = csr_array((np.ones(len(inside), kind), (label, inside)), shape=(count, v * u))
    pixels = np.bincount(label, minlength=count)
    sums, squares = np.empty((2, len(rows), count))
    height = max(1, _TILE // (v * u))
    for first in range(0, len(rows), height):
        part = slice(first, first + height)
        tile = rows[part].T.astype(kind)
        sums[part] = (add @ tile).T
        squares[part] = (add @ (tile * tile)).T
    return _summary(sums, squares, pixels, gain).reshape(*scan, 3, count)


def _summary(
    sums: NDArray[Any], squares: NDArray[Any], pixels: NDArray[Any], gain: float
) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / pixels
        error = np.sqrt(gain * np.maximum(sums, 0)) / pixels
        variance = squares / pixels / mean**2 - 1 - gain / mean
    variance[~np.isfinite(variance)] = np.nan
    return np.stack([mean, error, variance], axis=1)


def _spacing(patterns: Patterns) -> float:
    steps = [abs(np.diff(values)).max(initial=0.0) for values in (patterns.v, patterns.u)]
    return float(max(steps)) or 1.0


def _largest_circle(patterns: Patterns, center: tuple[float, float]) -> float:
    """Return the radius at which the first side of the pattern is reached."""
    sides = zip((patterns.v, patterns.u), center, strict=True)
    reach = [min(abs(values.max() - at), abs(values.min() - at)) for values, at in sides]
    return float(min(reach)) + _spacing(patterns) / 2
