"""What lies below photoelectron lines: electrons that have lost energy on their way out.

Two models say how much: one of Shirley, a step in proportion to the area passed [1]_, and one
of Tougaard, losses after a universal cross section [2]_ [3]_.  In a fit they are *active*: they
follow from the lines of the model and not from the data, so that they cost no noise and need
no end points [4]_.  The functions below take them from the data, for spectra that are not
fitted.

References
----------
.. [1] Shirley, Phys. Rev. B 5, 4709 (1972), doi:10.1103/PhysRevB.5.4709
.. [2] Tougaard, Surf. Interface Anal. 11, 453 (1988), doi:10.1002/sia.740110902
.. [3] Tougaard, Surf. Interface Anal. 25, 137 (1997),
       doi:10.1002/(SICI)1096-9918(199703)25:3<137::AID-SIA230>3.0.CO;2-L
.. [4] Herrera-Gomez, Bravo-Sanchez, Ceballos-Sanchez, Vazquez-Lepe, Surf. Interface Anal. 46,
       897 (2014), doi:10.1002/sia.5453
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from pycroscopy.fit.rows import Rows
from sidpy.proc.models.model import Model
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Shirley", "Strength", "Tougaard", "shirley_background", "tougaard_background"]

#: How much of a circular convolution may come round again.
_ROUND: Final = 1e-9
_ROUNDS: Final = 100


@dataclass(frozen=True)
class Shirley:
    """A background that rises by a share of the area passed.

    Examples
    --------
    >>> Shirley().losses(np.arange(4.0), 0.1, np.array([[0.0, 2.0, 0.0, 0.0]]))
    array([[0. , 0.1, 0.2, 0.2]])
    """

    side: Literal["high", "low"] = "high"
    """Where on the axis electrons are that have lost energy: at high binding energies, or at
    low kinetic ones."""
    name = "scattering"

    def units(self, x: str) -> str:
        """Return the unit of the strength."""
        return f"1/{x}" if x else ""

    def losses(self, x: Floats, strength: Any, lines: Floats) -> Floats:
        """Return the background that lines of shape (..., points) have."""
        return np.asarray(strength * _passed(x, lines, self.side))

    def by_strength(self, x: Floats, strength: Any, total: Floats) -> Floats:  # noqa: ARG002 - linear
        """Return the derivative of all by the strength, given the lines."""
        return _passed(x, total, self.side)

    def check(self, x: Floats) -> None:
        """Raise a ValueError where the axis does not do."""

    def most(self, x: Floats) -> float:  # noqa: ARG002 - the same everywhere
        """Return the largest strength that makes sense."""
        return np.inf


@dataclass(frozen=True)
class Tougaard:
    """Losses after ``strength * T / ((C - T**2)**2 + D T**2)`` for a loss T.

    The losses of electrons that have already lost energy are counted as well: the integral
    equation is solved, not its first order.
    """

    c: float = -1643.0
    """eV**2; negative with D = 0 for the universal curve of two parameters."""
    d: float = 0.0
    """eV**2."""
    side: Literal["high", "low"] = "high"
    """As for `Shirley`."""
    name = "strength"

    def units(self, x: str) -> str:
        """Return the unit of the strength."""
        return f"{x}**2" if x else ""

    def check(self, x: Floats) -> None:
        """Raise a ValueError where the axis does not do."""
        steps = np.diff(x)
        if np.abs(steps - steps.mean()).max() > 1e-3 * abs(steps.mean()):
            msg = (
                f"steps from {steps.min():g} to {steps.max():g}; losses after Tougaard need "
                "equal ones: interpolate the spectra first"
            )
            raise ValueError(msg)

    def losses(self, x: Floats, strength: Any, lines: Floats) -> Floats:
        """Return the background that lines of shape (..., points) have."""
        return self._through(x, strength, lines) - lines

    def by_strength(self, x: Floats, strength: Any, total: Floats) -> Floats:
        """Return the derivative of all by the strength, given all."""
        once = self._through(x, 1.0, total, order=1)
        return self._through(x, strength, once)

    def once(self, x: Floats, values: Floats) -> Floats:
        """Return what a strength of one makes of all electrons at once."""
        return self._through(x, 1.0, values, order=1)

    def most(self, x: Floats) -> float:
        """Return the largest strength that makes sense: each electron loses energy once more."""
        return float(1 / max(self._kernel(x).sum(), 1e-300))

    def _kernel(self, x: Floats) -> Floats:
        step = abs(float(x[-1] - x[0])) / (len(x) - 1)
        loss = step * np.arange(len(x))
        kernel = step * loss / ((self.c - loss**2) ** 2 + self.d * loss**2)
        kernel[0] = 0.0
        return np.asarray(kernel)

    def _through(self, x: Floats, strength: Any, values: Floats, order: int = 0) -> Floats:
        """Return electrons after any number of losses, or after one.

        A loss is a convolution; all orders of it are the inverse of one minus it.  On a
        circle inside of the unit circle what comes round again is small.
        """
        count = values.shape[-1]
        length = 4 * count
        fall = _ROUND ** (np.arange(count) / length)
        wave = np.fft.rfft(self._kernel(x) * fall, length)
        forward = (x[-1] > x[0]) == (self.side == "high")
        ordered = values if forward else values[..., ::-1]
        change = wave if order else 1 / (1 - np.asarray(strength) * wave)
        found = np.fft.irfft(np.fft.rfft(ordered * fall, length) * change, length)
        found = found[..., :count] / fall
        return np.asarray(found if forward else found[..., ::-1])


def _passed(x: Floats, values: Floats, side: str) -> Floats:
    """Return the area between the end without losses and each point."""
    order = np.argsort(x, kind="stable")
    order = order if side == "high" else order[::-1]
    steps = np.abs(np.diff(x[order]))
    sorted_values = values[..., order]
    found = np.zeros(sorted_values.shape)
    means = 0.5 * (sorted_values[..., 1:] + sorted_values[..., :-1])
    np.cumsum(means * steps, axis=-1, out=found[..., 1:])
    result = np.empty_like(found)
    result[..., order] = found
    return result


class Strength(Model):
    """The one parameter of losses as a component of a sum, which by itself shows nothing."""

    is_background = True

    def __init__(self, losses: Shirley | Tougaard) -> None:
        super().__init__("losses")
        self.losses = losses

    @property
    def parameters(self) -> tuple[str, ...]:
        """Name of the parameter."""
        return (self.losses.name,)

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        if jac is not None:
            jac[...] = 0.0
        return np.zeros((p.shape[1], np.shape(x)[-1]))

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:  # noqa: ARG002 - comes from the sum
        """Return nothing lost."""
        return np.zeros((len(y), 1))

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return from nothing to all that makes sense."""
        return np.zeros(1), np.full(1, np.inf if x is None else self.losses.most(np.asarray(x)))

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:  # noqa: ARG002 - no data in it
        """Return the unit of the strength."""
        return (self.losses.units(x),)

    def recorded_form(self) -> dict[str, Any]:
        """Return what makes the losses again."""
        return {"losses": type(self.losses).__name__, **asdict(self.losses)}


@operation(name="pycroscopy.spectroscopy.shirley_background")
def shirley_background(
    data: Any,
    *,
    side: Literal["high", "low"] = "high",
    ends: int = 3,
    dim: str | int | None = None,
) -> sidpy.Dataset:
    """Find the background of Shirley between both ends of each spectrum.

    Parameters
    ----------
    data : Dataset or array, real
        Spectra from before the lines to behind them; NaN gives NaN.
    side : {"high", "low"}
        Where on the axis electrons are that have lost energy: at high binding energies, or at
        low kinetic ones.
    ends : int
        Points at each end whose mean is the level there.
    dim : str or int, optional
        The axis of energies: by default the only spectral one, or the last.

    Returns
    -------
    Dataset
        Labelled as the data, titled ``<title> background``; lazy.

    Raises
    ------
    TypeError
        For complex spectra.
    ValueError
        For an unknown word, or too few points.

    Notes
    -----
    Repeated until it changes by less than 1e-10 of the step. The noise of the ends stays in it:
    a fit with `Shirley` in its model has less.

    Examples
    --------
    >>> x = np.linspace(0, 20, 201)
    >>> line = np.exp(-((x - 10) ** 2))
    >>> step = Shirley().losses(x, 0.2, line[None])[0]
    >>> found = np.asarray(shirley_background(line + step + 1))
    >>> bool(np.allclose(found, step + 1, atol=1e-6))
    True
    """
    rows = _rows(data, dim, side, ends)
    values = rows.mapped(_shirley, len(rows.x), x=rows.x, side=side, ends=ends)
    return rows.along(values, f"{rows.dataset.title} background")


@operation(name="pycroscopy.spectroscopy.tougaard_background")
def tougaard_background(
    data: Any,
    *,
    strength: float | None = None,
    c: float = -1643.0,
    d: float = 0.0,
    side: Literal["high", "low"] = "high",
    ends: int = 3,
    dim: str | int | None = None,
) -> sidpy.Dataset:
    """Find the background of Tougaard of each spectrum.

    Parameters
    ----------
    data : Dataset or array, real
        Spectra from before the lines to well behind them, in eV and equal steps.
    strength : float, eV**2, optional
        Factor of the cross section; by default the one for which nothing is left at the end.
    c, d : float, eV**2
        Of the cross section; see `Tougaard`.
    side, ends, dim
        As for `shirley_background`.

    Returns
    -------
    Dataset
        Labelled as the data, titled ``<title> background``; lazy. The level before the lines
        is part of it.

    Raises
    ------
    TypeError
        For complex spectra.
    ValueError
        For an unknown word, unequal steps, or too few points.
    """
    rows = _rows(data, dim, side, ends)
    kind = Tougaard(float(c), float(d), side)
    kind.check(rows.x)
    values = rows.mapped(_tougaard, len(rows.x), x=rows.x, kind=kind, ends=ends, strength=strength)
    return rows.along(values, f"{rows.dataset.title} background")


def _rows(data: Any, dim: str | int | None, side: str, ends: int) -> Rows:
    if side not in ("high", "low") or not ends >= 1:
        msg = f"side is {side!r}, ends {ends!r}; expected 'high' or 'low', and 1 or more"
        raise ValueError(msg)
    return Rows.of(data, dim, least=2 * ends + 2).real("spectra of electrons")


def _finite(block: NDArray[Any]) -> Floats:
    values = np.asarray(block, np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _levels(block: Floats, x: Floats, side: str, ends: int) -> tuple[Floats, Floats]:
    """Return the levels before and behind the lines, shape (..., 1)."""
    order = np.argsort(x, kind="stable")
    order = order if side == "high" else order[::-1]
    first, last = block[..., order[:ends]], block[..., order[-ends:]]
    return first.mean(axis=-1, keepdims=True), last.mean(axis=-1, keepdims=True)


def _shirley(block: NDArray[Any], x: Floats, side: str, ends: int) -> Floats:
    block = _finite(block)
    before, behind = _levels(block, x, side, ends)
    last = np.argmax(x) if side == "high" else np.argmin(x)
    found = before + 0 * block
    for _ in range(_ROUNDS):
        passed = _passed(x, block - found, side)
        total = passed[..., last : last + 1]
        share = np.divide(passed, total, out=np.zeros_like(passed), where=total != 0)
        share = np.where(np.isnan(block), np.nan, share)
        new = before + (behind - before) * share
        change = np.nanmax(np.abs(new - found), initial=0.0)
        found = new
        if not change > 1e-10 * np.nanmax(np.abs(behind - before), initial=0.0):
            break
    return np.asarray(found)


def _tougaard(
    block: NDArray[Any], x: Floats, kind: Tougaard, ends: int, strength: float | None
) -> Floats:
    block = _finite(block)
    before, behind = _levels(block, x, kind.side, ends)
    once = kind.once(x, block - before)
    if strength is None:
        _, reached = _levels(once, x, kind.side, ends)
        factor = np.divide(behind - before, reached, out=np.zeros_like(reached), where=reached > 0)
    else:
        factor = np.full(before.shape, float(strength))
    return np.asarray(before + factor * once)
