"""Band gaps in tunneling spectra: where the conductance sets in, with errors.

Both edges, and what lies beyond them, are fitted together.  Either each band is a line that
ends at its edge ("linear"), or an exponential tail, whose edge is where it comes out of the
noise ("log" [1]_).

References
----------
.. [1] Ugeda et al., Nat. Mater. 13, 1091 (2014), doi:10.1038/nmat4061
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from pycroscopy.fit.measurements import Measurements, unpacked
from pycroscopy.fit.rows import Rows
from pycroscopy.fit.starts import best_shapes
from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sidpy.proc.fitted import DatasetFit

    Floats = NDArray[np.float64]

__all__ = ["BandEdges", "BandGaps", "BandTails", "fit_band_gap"]

#: Places of each edge that a guess tries.
_TRIED: Final = 24


class _Bands(Model):
    """A floor, and on both sides of a gap a band."""

    parameters = ("valence_edge", "conduction_edge", "valence", "conduction", "floor")

    def _band(self, away: Any, size: Any) -> tuple[Any, Any, Any]:
        """Return a band, and its slopes by distance and size, beyond its edge."""
        raise NotImplementedError

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        left, right, below, above, floor = p
        low, low_slope, low_size = self._band(left - x, below)
        high, high_slope, high_size = self._band(x - right, above)
        if jac is not None:
            jac[:, 0], jac[:, 1] = low_slope, -high_slope
            jac[:, 2], jac[:, 3] = low_size, high_size
            jac[:, 4] = 1.0
        return np.asarray(low + high + floor)


class BandEdges(_Bands):
    """Bands whose conductance is a power of the distance from their edge.

    Parameters
    ----------
    power : float
        1 for lines; the parameters "valence" and "conduction" are then slopes.

    Examples
    --------
    >>> BandEdges()([-1.0, 0.5, 2.0, 3.0, 0.1], np.array([-2.0, 0.0, 1.0]))
    array([2.1, 0.1, 1.6])
    """

    def __init__(self, power: float = 1.0) -> None:
        super().__init__("bands")
        self.power = power

    def _band(self, away: Any, size: Any) -> tuple[Any, Any, Any]:
        inside = away > 0
        grown = np.where(inside, np.where(inside, away, 1.0) ** self.power, 0.0)
        steep = np.where(inside, grown / np.where(inside, away, 1.0), 0.0)
        return size * grown, size * self.power * steep, grown

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of a grid of pairs of edges."""
        x = np.asarray(x, np.float64)
        places = np.linspace(x.min(), x.max(), _TRIED + 2)[1:-1]

        def shapes() -> Iterator[tuple[Any, Floats]]:
            for first, left in enumerate(places):
                for right in places[first + 1 :]:
                    low, high = (self._band(away, 1.0)[2] for away in (left - x, x - right))
                    yield (left, right), np.stack([low, high, np.ones_like(x)], axis=1)

        edges, heights = best_shapes(y, shapes(), heights=2)
        start = np.concatenate([edges, heights], axis=1)
        middle = [places[_TRIED // 3], places[-_TRIED // 3], 1.0, 1.0, 0.0]
        return np.where(np.isfinite(start), start, middle)

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return edges within the axis and bands that rise."""
        low, high = super().bounds(x)
        low[2:4] = 0.0
        if x is not None:
            low[:2], high[:2] = np.min(x), np.max(x)
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        power = "" if self.power == 1 else f"**{self.power:g}"
        slope = f"{y}/{x}{power}" if x and y else ""
        return (x, x, slope, slope, y)

    def __repr__(self) -> str:
        return f"BandEdges({self.power!r})"


class BandTails(_Bands):
    """Exponential tails; edges are where these are as high as a level.

    Parameters
    ----------
    level : float
        In units of the data; the parameters "valence" and "conduction" are widths.

    Examples
    --------
    >>> BandTails(0.5)([-1.0, 1.0, 0.01, 0.01, 0.1], np.array([-1.0, 0.0, 1.0]))
    array([0.6, 0.1, 0.6])
    """

    def __init__(self, level: float) -> None:
        super().__init__("tails")
        self.level = level

    def _band(self, away: Any, size: Any) -> tuple[Any, Any, Any]:
        part = np.clip(away / size, -700.0, 700.0)
        high = self.level * np.exp(part)
        return high, high / size, -high * part / size

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the best of a grid of widths."""
        x = np.asarray(x, np.float64)
        low, high = float(x.min()), float(x.max())
        widths = np.geomspace((high - low) / 100, (high - low) / 3, _TRIED)

        def shapes() -> Iterator[tuple[Any, Floats]]:
            for below in widths:
                for above in widths:
                    tails = [np.exp((low - x) / below), np.exp((x - high) / above)]
                    yield (below, above), np.stack([*tails, np.ones_like(x)], axis=1)

        found, heights = best_shapes(y, shapes(), heights=2)
        with np.errstate(invalid="ignore"):
            way = found * np.log(np.maximum(heights[:, :2], 1e-12 * self.level) / self.level)
        start = np.concatenate([low + way[:, :1], high - way[:, 1:], found, heights[:, 2:]], 1)
        middle = [low, high, widths[_TRIED // 2], widths[_TRIED // 2], 0.0]
        return np.where(np.isfinite(start), start, middle)

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return edges about the axis, and widths that points can show."""
        low, high = super().bounds(x)
        low[2:4] = 1e-300
        if x is not None:
            first, last, span = np.min(x), np.max(x), np.ptp(x)
            low[:2], high[:2] = first - span, last + span
            low[2:4], high[2:4] = 1e-3 * span, span
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        return (x, x, x, x, y)

    def __repr__(self) -> str:
        return f"BandTails({self.level!r})"


@dataclass(frozen=True, eq=False, repr=False)
class BandGaps(Measurements):
    """Edges, gaps and middles of gaps, and the fit that they are of."""

    fit: DatasetFit | None = None


@operation(name="pycroscopy.spectroscopy.fit_band_gap")
def fit_band_gap(
    data: Any,
    *,
    method: Literal["linear", "log"] = "linear",
    level: float | None = None,
    power: float = 1.0,
    window: tuple[float, float] | None = None,
    dim: str | int | None = None,
    compute: bool = True,
) -> BandGaps:
    """Fit the edges of a band gap to the conductance at every position.

    Parameters
    ----------
    data : Dataset or array of shape (..., bias), real
        Conductances, measured or normalized, not their logarithms.
    method : {"linear", "log"}
        Lines that end at the edges, or exponential tails that come out of the noise there.
    level : float, units of the data
        For "log": the height of a tail at its edge, such as the noise.
    power : float
        For "linear": of the distance from the edge, 1/2 for free electrons.
    window : (float, float), units of the axis
        Where bands are what the method takes them for; everything by default.
    dim : str or int, optional
        The axis of the bias: by default the only spectral one, or the last.
    compute : bool
        Fit now; otherwise the result is lazy.

    Returns
    -------
    BandGaps
        ``gap``, ``center``, ``valence_edge`` and ``conduction_edge`` in units of the bias with
        errors; in ``fit`` all parameters, also ``valence``, ``conduction`` (slopes, or widths
        for "log") and ``floor``, with covariances and status. Fits that fail are NaN and
        counted in ``n_failed``.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        For fewer than eight points in the window, unknown words, and a level or a power that
        is not positive.

    Examples
    --------
    >>> bias = np.linspace(-2, 2, 81)
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array(BandEdges()([-0.6, 0.9, 2.0, 3.0, 0.0], bias))
    >>> data.set_dimension(0, sidpy.Dimension(bias, "bias", "bias", "V", "SPECTRAL"))
    >>> round(float(fit_band_gap(data)["gap"]), 6)
    1.5
    """
    import dask.array as da

    from pycroscopy._inputs import lazy
    from sidpy.proc.dataset_fit import fit_dataset

    if method not in ("linear", "log"):
        msg = f"method is {method!r}; it can be 'linear' or 'log'"
        raise ValueError(msg)
    if not power > 0 or (method == "log" and not (level is not None and level > 0)):
        msg = (
            "'log' needs a level above zero in units of the data, such as the noise, and a power "
            f"is positive; found {level!r} and {power!r}"
        )
        raise ValueError(msg)
    rows = Rows.of(data, dim, least=8).real("conductances").within(window, least=8)
    model = BandEdges(float(power)) if method == "linear" else BandTails(float(level or 0))
    fit = fit_dataset(rows.varying(), model, dims=rows.axis, compute=compute)
    values, covariance = lazy(fit.parameters), lazy(fit.covariance)
    # both edges vary together
    weights = np.array([[-1.0, 1.0], [0.5, 0.5], [1.0, 0.0], [0.0, 1.0]])
    made = values[..., :2] @ weights.T
    spread = da.einsum("gi,...ij,gj->...g", weights, covariance[..., :2, :2], weights)
    units = dict.fromkeys(("gap", "center", "valence_edge", "conduction_edge"), rows.units[0])
    packed = da.concatenate([made, da.sqrt(spread)], axis=-1)
    return BandGaps(*unpacked(rows, packed, units), fit)
