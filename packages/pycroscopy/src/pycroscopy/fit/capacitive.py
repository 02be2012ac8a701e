"""Resistance under a capacitive current: ``i = v / R(v) + C dv/dt + offset`` [1]_.

A fast sweep of the bias drives a current through the capacitance that may be far larger than the
one of interest.  The current is linear in conductance, capacitance and offset; that the
conductance is a smooth function of the bias makes all of them known, with their errors.  How
smooth is what makes the data likeliest, so that nothing has to be chosen.

References
----------
.. [1] Somnath, Law, Morozovska, Maksymovych, Kim, Lu, Alexe, Archibald, Kalinin, Jesse,
       Vasudevan, Nat. Commun. 9, 513 (2018), doi:10.1038/s41467-017-02455-7
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from sidpy.sid.operations import operation

from .branches import falling_points
from .evidence import Question, spline_basis
from .local import by_valid_points
from .rows import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["CapacitiveCurrents", "separate_capacitive_current"]

#: Degree of the splines, and so many directions of each that are free.
_DEGREE: Final = 3
_FREE: Final = 2


@dataclass(frozen=True, eq=False, repr=False)
class CapacitiveCurrents:
    """Conductance over the bias, capacitance and offset at each position; lazy."""

    conductance: Mapping[str, sidpy.Dataset]
    """For each branch, "both" or "rising" and "falling", of shape (positions..., bias)."""
    conductance_error: Mapping[str, sidpy.Dataset]
    resistance: Mapping[str, sidpy.Dataset]
    """NaN where the conductance does not exceed its error."""
    resistance_error: Mapping[str, sidpy.Dataset]
    """Of first order."""
    capacitance: sidpy.Dataset
    capacitance_error: sidpy.Dataset
    offset: sidpy.Dataset
    """Current at no bias."""
    offset_error: sidpy.Dataset
    noise: sidpy.Dataset
    """Standard deviation of each current."""

    def __repr__(self) -> str:
        return f"currents of {'/'.join(self.conductance)} at {self.noise.shape} positions"

    def to_datasets(self) -> dict[str, sidpy.Dataset]:
        """Return everything as datasets by name, ready for `sidpy.write`."""
        found: dict[str, sidpy.Dataset] = {}
        for name, part in vars(self).items():
            if hasattr(part, "labels_record"):
                found[name] = part
            else:
                found.update({f"{name}_{branch}": one for branch, one in part.items()})
        return found

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw maps of capacitance, offset and noise.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        shown = {"capacitance": self.capacitance, "offset": self.offset, "noise": self.noise}
        return draw_maps(shown, figure)


class _Wave(NamedTuple):
    """What the sweep of the bias makes of the unknown numbers."""

    design: Floats
    """Shape (points, numbers): of the splines of each branch, capacitance and offset."""
    penalty: Floats
    wanted: Floats
    """Shape (sums, numbers): conductances at the places of each branch, and the last two."""
    free: int

    @classmethod
    def of(cls, bias: Floats, rate: Floats, places: Floats, branches: list[Any]) -> _Wave:
        """Return the design of a wave.

        Parameters
        ----------
        bias, rate : ndarray of shape (points,)
            The wave and its slope.
        places : ndarray of shape (knots,)
            Where the conductance is wanted, and the knots of the splines.
        branches : list of ndarray of bool
            Which points belong to each.
        """
        spline, roughness = spline_basis(places, _DEGREE)
        values = spline(bias) * bias[:, None]
        count = roughness.shape[0]
        total = count * len(branches) + 2
        design, penalty = np.zeros((len(bias), total)), np.zeros((total, total))
        wanted = np.zeros((len(places) * len(branches) + 2, total))
        for number, points in enumerate(branches):
            part = slice(number * count, (number + 1) * count)
            design[points, part] = values[points]
            penalty[part, part] = roughness
            wanted[number * len(places) : (number + 1) * len(places), part] = spline(places)
        # columns of like size keep the directions well apart
        sizes = np.sqrt([(rate**2).mean() or 1.0, 1.0]) / np.abs(bias).max()
        design[:, -2], design[:, -1] = rate / sizes[0], 1 / sizes[1]
        wanted[-2, -2], wanted[-1, -1] = 1 / sizes
        return cls(design, penalty, wanted, _FREE * len(branches) + 2)


@operation(name="pycroscopy.fit.separate_capacitive_current")
def separate_capacitive_current(
    data: Any,
    bias: Any,
    *,
    rate: Any = None,
    branches: bool = True,
    knots: int = 48,
    dim: str | int | None = None,
) -> CapacitiveCurrents:
    """Find the resistance over the bias, and the capacitance, in a current over time.

    Parameters
    ----------
    data : Dataset or array of shape (..., time), real
        Currents; NaN is missing.
    bias : array of shape (time,)
        The bias at these times, in V.
    rate : array of shape (time,), optional
        Its slope, in V over the unit of time; by differences of `bias` by default.
    branches : bool
        Rising and falling bias have each their own conductance, as under hysteresis.
    knots : int
        Biases at which the conductance is told; the spline through them is as smooth as the
        data ask for.
    dim : str or int, optional
        The axis of the time: by default the only spectral one, or the last.

    Returns
    -------
    CapacitiveCurrents
        Lazy. Errors of conductances hold on average over a curve. NaN for constant curves and
        those with fewer points than twice the unknown numbers that are not smooth.

    Raises
    ------
    TypeError
        When the data are complex.
    ValueError
        When the bias does not fit the data or does not vary, and for fewer than 8 knots.

    Examples
    --------
    >>> time = np.arange(400.0) / 400
    >>> bias = 3 * np.sin(2 * np.pi * time)
    >>> current = bias / 2 + 0.1 * np.gradient(bias, time)
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array(current, units="nA")
    >>> data.set_dimension(0, sidpy.Dimension(time, "t", "time", "s", "SPECTRAL"))
    >>> found = separate_capacitive_current(data, bias, branches=False)
    >>> round(float(found.capacitance), 6), found.capacitance.units
    (0.1, 'nA*s/V')
    """
    rows = Rows.of(data, dim, least=16).real("currents")
    wave = np.asarray(bias, np.float64)
    slope = np.asarray(wave if rate is None else rate, np.float64)
    fits = wave.shape == slope.shape == rows.x.shape
    if not fits or not np.isfinite([wave, slope]).all() or np.ptp(wave) == 0 or knots < 8:
        msg = (
            f"a bias of shape {wave.shape} and rate of shape {slope.shape} for {len(rows.x)} "
            f"times, {knots} knots; expected one finite bias for each time, which varies, and at "
            "least 8 knots"
        )
        raise ValueError(msg)
    if rate is None:
        slope = np.gradient(wave, rows.x)
    places = np.linspace(wave.min(), wave.max(), int(knots))
    falls = falling_points(wave)
    parts = {"rising": ~falls, "falling": falls} if branches else {"both": np.ones_like(falls)}
    if min(points.sum() for points in parts.values()) < knots / 4:
        msg = "one of the branches has hardly any points; give branches=False"
        raise ValueError(msg)
    made = _Wave.of(wave, slope, places, list(parts.values()))
    curves = Rows(rows.varying(), rows.axis, rows.x)
    packed = curves.mapped(_separated, 2 * len(made.wanted) + 1, wave=made)
    return _labelled(rows, packed, places, list(parts))


def _separated(block: Any, *, wave: _Wave) -> Floats:
    """Return conductances, capacitance, offset, all their errors, and noise side by side."""
    count = len(wave.wanted)
    found = np.full((int(np.prod(block.shape[:-1])), 2 * count + 1), np.nan)
    for rows, points, y in by_valid_points(block):
        if points.sum() < 2 * wave.free:
            continue
        question = Question.of(wave.design[points], wave.penalty, wave.free, _FREE)
        answer = question.answered(y)
        values = answer.numbers @ wave.wanted.T
        errors = question.errors(answer, wave.wanted)
        found[rows] = np.concatenate([values, errors, answer.noise[:, None]], axis=1)
    return found.reshape(*block.shape[:-1], -1)


def _labelled(rows: Rows, packed: Any, places: Floats, names: list[str]) -> CapacitiveCurrents:
    import dask.array as da

    import sidpy

    time, current = rows.units
    per = f"{current}/V" if current else ""
    along = sidpy.Dimension(places, "bias", "bias", "V", "SPECTRAL")
    count, total = len(places), len(places) * len(names) + 2
    curves: list[dict[str, sidpy.Dataset]] = [{}, {}, {}, {}]
    for number, name in enumerate(names):
        here = slice(number * count, (number + 1) * count)
        values = packed[..., here]
        errors = packed[..., total + here.start : total + here.stop]
        known = da.where(values > errors, values, np.nan)
        made = (
            ("conductance", values, per), ("conductance, error", errors, per),
            ("resistance", 1 / known, f"V/{current}" if current else ""),
            ("resistance, error", errors / known**2, f"V/{current}" if current else ""),
        )  # fmt: skip
        for kept, (what, part, unit) in zip(curves, made, strict=True):
            title = f"{name} {what} of {rows.dataset.title}"
            kept[name] = rows.placed(part, title, unit, what.partition(",")[0], along)
    farad = f"{current}*{time}/V" if current and time else ""
    numbers = (
        ("capacitance", total - 2, farad), ("error of the capacitance", 2 * total - 2, farad),
        ("offset", total - 1, current), ("error of the offset", 2 * total - 1, current),
        ("noise", 2 * total, current),
    )  # fmt: skip
    return CapacitiveCurrents(
        *curves,
        *(
            rows.placed(packed[..., place], f"{what} of {rows.dataset.title}", unit, what)
            for what, place, unit in numbers
        ),
    )
