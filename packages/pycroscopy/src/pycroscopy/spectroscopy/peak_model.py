"""Models of spectra with peaks: lines on a background, ties, bounds and what is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from sidpy.proc.engine.multistart import smoothed
from sidpy.proc.models.backgrounds import Polynomial
from sidpy.proc.models.sums import Sum

from .inelastic import Shirley, Strength, Tougaard
from .lines import Line, line_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sidpy.proc.models.model import Model

    Floats = NDArray[np.float64]

__all__ = ["CentredPolynomial", "PeakModel", "PeakSum"]

#: Degrees of backgrounds by their words.
_DEGREES: Final = {"none": -1, "constant": 0, "linear": 1, "quadratic": 2, "cubic": 3}
_LOSSES: Final = {"Shirley": Shirley, "Tougaard": Tougaard}
_SMALL: Final = 1e-3


class CentredPolynomial(Polynomial):
    """Polynomial in the distance from a point, so that its coefficients are independent.

    Examples
    --------
    >>> CentredPolynomial(1, origin=100.0)([3.0, 0.5], np.array([100.0, 102.0]))
    array([3., 4.])
    """

    def __init__(self, degree: int, *, origin: float, name: str = "background") -> None:
        super().__init__(degree, name)
        self.origin = float(origin)

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        return super()._evaluate(p, np.asarray(x) - self.origin, jac)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the least-squares coefficients."""
        return super().guess(np.asarray(x) - self.origin, y)

    def __repr__(self) -> str:
        return f"CentredPolynomial({self.degree}, origin={self.origin!r})"


@dataclass(frozen=True)
class PeakModel:
    """Lines on a background, and what is known about their parameters.

    Parameters are called after their line: ``"G.center"``, ``"background.c0"`` (at the middle
    of the axis), ``"losses.scattering"``.

    Examples
    --------
    >>> model = PeakModel(
    ...     {"D": Line("lorentzian", center=1350, fwhm=60),
    ...      "G": Line("lorentzian", center=1590, fwhm=40)},
    ...     bounds={"D.center": (1300, 1400)}, tied={"D.fwhm": ("G.fwhm", 1.5, 0.0)},
    ... )
    >>> model.on(np.linspace(1000, 1800, 81)).parameters[:4]
    ('D.height', 'D.center', 'D.fwhm', 'G.height')
    """

    lines: Mapping[str, Line]
    """By their names."""
    background: Literal["none", "constant", "linear", "quadratic", "cubic"] | int = "linear"
    """A polynomial of so many degrees."""
    losses: Shirley | Tougaard | None = None
    """Electrons that have lost energy; added to the polynomial."""
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Other bounds for some parameters: sizes are above zero, centres within two widths of
    where they begin, widths up to twice the axis."""
    fixed: Mapping[str, float] = field(default_factory=dict)
    """Parameters that are known."""
    tied: Mapping[str, str | tuple[str, float, float]] = field(default_factory=dict)
    """Parameters that follow others: of the same value, or (other, factor, offset)."""

    def __post_init__(self) -> None:
        lines = {str(name): line_of(line) for name, line in self.lines.items()}
        if wrong := [n for n in lines if not n or "." in n or n in ("background", "losses")]:
            msg = f"{wrong} cannot name lines; a name has no dot and is not taken"
            raise ValueError(msg)
        object.__setattr__(self, "lines", lines)
        if self.degree is None:
            msg = (
                f"background is {self.background!r}; it can be one of {list(_DEGREES)} or the "
                "degree of a polynomial"
            )
            raise ValueError(msg)
        if not lines and self.degree < 0:
            msg = "a model has a line or a background"
            raise ValueError(msg)
        if isinstance(self.losses, dict):
            options = dict(self.losses)
            object.__setattr__(self, "losses", _LOSSES[options.pop("losses")](**options))
        tied = {
            name: other if isinstance(other, str) else (other[0], float(other[1]), float(other[2]))
            for name, other in self.tied.items()
        }
        object.__setattr__(self, "tied", tied)

    @property
    def degree(self) -> Any:
        """Degree of the background, -1 for none; None where it is unknown."""
        if isinstance(self.background, str):
            return _DEGREES.get(self.background)
        whole = isinstance(self.background, int | np.integer) and self.background >= 0
        return int(self.background) if whole else None

    def on(self, x: Floats) -> PeakSum:
        """Return the sum of all parts for an axis.

        Parameters
        ----------
        x : ndarray of shape (points,)
            The axis.

        Raises
        ------
        ValueError
            When the axis does not do for the losses, or a parameter does not exist.
        """
        x = np.asarray(x, np.float64)
        parts: list[Model] = [line.named(name) for name, line in self.lines.items()]
        if self.degree >= 0:
            parts.append(CentredPolynomial(self.degree, origin=float(x.min() + x.max()) / 2))
        if self.losses is not None:
            self.losses.check(x)
            parts.append(Strength(self.losses))
        model = PeakSum(*parts)
        ties = [one if isinstance(one, str) else one[0] for one in self.tied.values()]
        for name in (*self.bounds, *self.fixed, *self.tied, *ties):
            model.index(name)
        model.dips = tuple(
            float(self.bounds.get(f"{name}.{line.size}", (0.0,))[0]) < 0
            for name, line in self.lines.items()
        )
        return model

    def known(self) -> dict[str, float]:
        """Return all parameters that are not fitted: the fixed ones, and those of doublets."""
        found = {
            f"{label}.{name}": value
            for label, line in self.lines.items()
            for name, value in line.known.items()
        }
        free = {*self.bounds, *self.tied, *self.fixed}
        return {name: v for name, v in found.items() if name not in free} | dict(self.fixed)

    def free(self, x: Floats) -> int:
        """Return how many parameters a fit has."""
        return len(self.on(x).parameters) - len({*self.known(), *self.tied})

    def with_lines(self, lines: Mapping[str, Line]) -> PeakModel:
        """Return the model with other lines."""
        return replace(self, lines=lines)

    def recorded_form(self) -> dict[str, Any]:
        """Return what makes the model again; see `PeakModel.of`."""
        return {
            "lines": {name: line.recorded_form() for name, line in self.lines.items()},
            "background": self.background,
            "losses": None if self.losses is None else {
                "losses": type(self.losses).__name__, **asdict(self.losses)
            },
            "bounds": {name: tuple(map(float, pair)) for name, pair in self.bounds.items()},
            "fixed": {name: float(value) for name, value in self.fixed.items()},
            "tied": dict(self.tied),
        }  # fmt: skip

    @classmethod
    def of(cls, form: PeakModel | Mapping[str, Any]) -> PeakModel:
        """Return a model, or what `recorded_form` made of one, as a model."""
        if isinstance(form, cls):
            return form
        if not isinstance(form, Mapping):
            msg = f"expected a PeakModel, found {type(form).__name__}"
            raise TypeError(msg)
        return cls(**form)


class PeakSum(Sum):
    """Lines, a polynomial and losses on one axis; made by `PeakModel.on`."""

    #: Which lines may point downwards.
    dips: tuple[bool, ...] = ()

    @property
    def lines(self) -> dict[str, slice]:
        """Which parameters belong to each line."""
        return {
            label: self.component(label)
            for label, part in zip(self.labels, self.components, strict=True)
            if isinstance(part, Line)
        }

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        last = self.components[-1]
        if not isinstance(last, Strength):
            return super()._evaluate(p, x, jac)
        x = np.asarray(x, np.float64)
        strength, kind = p[-1], last.losses
        shape = (p.shape[1], len(x))
        peaks, rest = np.zeros(shape), np.zeros(shape)
        count = 0
        for part, where in zip(self.components, self._slices, strict=True):
            values = part._evaluate(p[where], x, None if jac is None else jac[:, where])
            if isinstance(part, Line):
                peaks, count = peaks + values, where.stop
            else:
                rest = rest + values
        total = peaks + kind.losses(x, strength, peaks)
        if jac is not None:
            own = jac[:, :count]
            own += kind.losses(x, strength[:, None], own)
            source = peaks if isinstance(kind, Shirley) else total
            jac[:, -1] = kind.by_strength(x, strength, source)
        return np.asarray(total + rest)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return sizes and background that fit best, with centres as given or at the maxima."""
        x = np.asarray(x, np.float64)
        first = self._first(x, len(y))
        near, left = self._solved(x, y, first)
        moved, other = self._solved(x, y, self._at_maxima(x, y - self._below(x, near), first))
        return np.where((other < left)[:, None], moved, near)

    def starts(self, x: Any, y: NDArray[Any], number: int = 4) -> Floats:
        """Return the guess, then the same with narrower and wider lines."""
        x = np.asarray(x, np.float64)
        guess = self.guess(x, y)
        widths = [k for k, name in enumerate(self.parameters) if ".fwhm" in name]
        found = [guess]
        for factor in (0.5, 2.0, 0.25, 4.0)[: number - 1]:
            other = np.array(guess)
            other[:, widths] *= factor
            found.append(self._solved(x, y, other)[0])
        return np.stack((found * number)[:number], axis=1)

    def _first(self, x: Floats, count: int) -> Floats:
        start = np.zeros((count, len(self.parameters)))
        for part, where in zip(self.components, self._slices, strict=True):
            if isinstance(part, Line):
                start[:, where] = part.first(x)
        return start

    def _solved(self, x: Floats, y: Floats, start: Floats) -> tuple[Floats, Floats]:
        """Return start values with the best sizes and background, and what they leave."""
        start = np.array(start)
        linear = [where.start for where in self.lines.values()]
        start[:, linear] = [part.first(x)[0] for part in self.components if isinstance(part, Line)]
        same = bool((start == start[:1]).all())
        design = self._design(x, start[:1] if same else start)
        normal = design @ np.swapaxes(design, 1, 2)
        scale = 1 / np.sqrt(np.maximum(np.einsum("nii->ni", normal), 1e-300))
        normal *= scale[:, :, None] * scale[:, None, :]
        normal += 1e-10 * np.eye(normal.shape[1])
        right = np.einsum("nkm,nm->nk", np.broadcast_to(design, (len(y), *design.shape[1:])), y)
        inverse = np.linalg.inv(normal)
        found = scale * np.einsum(
            "nij,nj->ni", np.broadcast_to(inverse, (len(y), *inverse.shape[1:])), scale * right
        )
        left = ((y - np.einsum("nk,nkm->nm", found, np.broadcast_to(
            design, (len(y), *design.shape[1:])))) ** 2).sum(axis=1)  # fmt: skip
        return self._with(start, found, linear, np.ptp(y, axis=1)), left

    def _design(self, x: Floats, start: Floats) -> Floats:
        """Return all that is linear: lines one high, the powers, and what lines lose."""
        columns = [
            part._evaluate(start[:, where].T[:, :, None], x, None)
            for part, where in zip(self.components, self._slices, strict=True)
            if isinstance(part, Line)
        ]
        lines = list(columns)
        for part in self.components:
            if isinstance(part, CentredPolynomial):
                powers = (x - part.origin) ** np.arange(part.degree + 1)[:, None]
                columns += [np.broadcast_to(row, (len(start), len(x))) for row in powers]
        last = self.components[-1]
        if isinstance(last, Strength) and lines:
            columns.append(last.losses.by_strength(x, 0.0, np.sum(lines, axis=0)))
        return np.stack(columns, axis=1)

    def _with(self, start: Floats, found: Floats, linear: list[int], range_: Floats) -> Floats:
        """Write linear coefficients into start values, sizes above zero."""
        count = len(linear)
        unit = start[:, linear]
        height = np.maximum(found[:, :count], _SMALL * np.maximum(range_, 1e-300)[:, None])
        if any(self.dips):
            height = np.where(self.dips, found[:, :count], height)
        start[:, linear] = unit * height
        number = count
        for part, where in zip(self.components, self._slices, strict=True):
            if isinstance(part, CentredPolynomial):
                start[:, where] = found[:, number : number + part.degree + 1]
                number += part.degree + 1
        if isinstance(self.components[-1], Strength) and count:
            mean = np.maximum(height.mean(axis=1), 1e-300)
            start[:, -1] = np.maximum(found[:, -1] / mean, 0.0)
        return start

    def _below(self, x: Floats, start: Floats) -> Floats:
        """Return what is no line."""
        bare = np.array(start)
        bare[:, [where.start for where in self.lines.values()]] = 0.0
        return np.asarray(self(bare, x))

    def _at_maxima(self, x: Floats, y: Floats, start: Floats) -> Floats:
        """Return start values with each centre at the maximum near to it."""
        start, rows = np.array(start), np.arange(len(y))
        soft = smoothed(y, 1.5)
        for dip, (label, where) in zip(self.dips, self.lines.items(), strict=True):
            part = self.components[self.labels.index(label)]
            if isinstance(part, Line):
                low, high = (bound[1] for bound in part.bounds(x))
                width = part.begin.get("fwhm", np.ptp(x) / 20)
                at = part.begin["center"]
                near = (x >= max(low, at - width)) & (x <= min(high, at + width))
                if near.any():
                    height = np.abs(soft) if dip else soft
                    top = np.argmax(np.where(near, height, -np.inf), axis=1)
                    start[rows, where.start + 1] = x[top]
        return start
