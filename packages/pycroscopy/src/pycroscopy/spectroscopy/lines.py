"""Lines of a spectrum: a shape with a size, a centre and widths; single, or one of a pair."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.proc.models.model import Model
from sidpy.proc.models.shapes import joined_unit, spacing

from .line_shapes import SHAPES, full_width

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["KAlphaDoublet", "Line", "SpinOrbitDoublet", "line_of"]


class Line(Model):
    """A line of a spectrum.

    Parameters
    ----------
    shape : str
        "gaussian", "lorentzian", "voigt", "pseudo_voigt", "pearson7", "split_pseudo_voigt",
        "split_pearson7", "doniach_sunjic" (convolved with a Gaussian) or
        "breit_wigner_fano".
    center : float, units of the axis
        About where it is.
    fwhm : float, units of the axis, optional
        About how wide it is; a twentieth of the axis by default.
    size : {"height", "area"}
        What the first parameter is: the value at the centre, or the area.
    tail : {"high", "low"}
        Towards which end of the axis the tail of "doniach_sunjic" goes: high binding, or low
        kinetic energies.
    **others : float
        Starts of the parameters of the shape, such as ``fraction`` (share of the Lorentzian),
        ``exponent``, ``asymmetry``, ``coupling`` (1/q of Fano) or ``fwhm_gauss``.

    Raises
    ------
    ValueError
        For unknown words and parameters, and the area of a line whose tail has no end.

    Examples
    --------
    >>> line = Line("gaussian", center=5.0, fwhm=2.0)
    >>> line.parameters
    ('height', 'center', 'fwhm')
    >>> line([3.0, 5.0, 2.0], np.array([4.0, 5.0]))
    array([1.5, 3. ])
    """

    #: Parameters after those of the shape, which are known unless bounds set them free.
    partner: tuple[str, ...] = ()

    def __init__(
        self,
        shape: str,
        *,
        center: float,
        fwhm: float | None = None,
        size: Literal["height", "area"] = "height",
        tail: Literal["high", "low"] = "high",
        **others: float,
    ) -> None:
        super().__init__(shape)
        for word, value, known in (
            ("shape", shape, tuple(SHAPES)),
            ("size", size, ("height", "area")),
            ("tail", tail, ("high", "low")),
        ):
            if value not in known:
                msg = f"{word} is {value!r}; it can be one of {list(known)}"
                raise ValueError(msg)
        kind = SHAPES[shape]
        if size == "area" and (kind.area is None or shape == "breit_wigner_fano"):
            msg = f"the area of a {shape!r} line has no end; size can be 'height'"
            raise ValueError(msg)
        if unknown := sorted(set(others) - set(kind.parameters) - set(self.partner)):
            msg = f"a {shape!r} line has no {unknown}; it has {[*kind.parameters, *self.partner]}"
            raise ValueError(msg)
        if not np.isfinite(center) or (fwhm is not None and not fwhm > 0):
            msg = f"center is {center!r}, fwhm {fwhm!r}; expected a number, and one above zero"
            raise ValueError(msg)
        self.kind, self.size, self.tail = shape, size, tail
        self.begin = {"center": float(center), **{k: float(v) for k, v in others.items()}}
        if fwhm is not None:
            self.begin["fwhm"] = float(fwhm)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return (self.size, "center", *SHAPES[self.kind].parameters, *self.partner)

    @property
    def widths(self) -> tuple[str, ...]:
        """Names of the parameters that are widths."""
        return tuple(name for name in self.parameters if name.startswith("fwhm"))

    @property
    def known(self) -> dict[str, float]:
        """Parameters that stay at their start unless bounds are given."""
        return {name: self.begin[name] for name in self.partner if name in self.begin}

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        return self._single(p, x, jac)

    def _single(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        shape = SHAPES[self.kind]
        size, center, *q = p[: 2 + len(shape.parameters)]
        sign = -1.0 if self.tail == "low" else 1.0
        d = sign * (np.asarray(x) - center)
        norm: Any = 1.0
        changes: list[Any] = [0.0] * len(q)
        if self.size == "area" and shape.area is not None:
            area, areas = shape.area(q)
            norm, changes = 1 / area, [-one / area**2 for one in areas]
        if jac is None:
            return np.asarray(size * norm * shape.values(d, q))
        f, slope, slopes = shape.curve(d, q)
        jac[:, 0] = norm * f
        jac[:, 1] = -sign * size * norm * slope
        for number, (by, change) in enumerate(zip(slopes, changes, strict=True), 2):
            jac[:, number] = size * (norm * by + change * f)
        return np.asarray(size * norm * f)

    def area(self, p: Floats, x: Floats) -> Floats:
        """Return areas for parameters of shape (rows, parameters).

        Notes
        -----
        By formula; that of "doniach_sunjic", which has none, is the trapezoidal sum over the
        axis `x`, and that of "breit_wigner_fano" lies above the level far away.
        """
        if self.size == "area":
            return p[:, 0]
        shape = SHAPES[self.kind]
        if shape.area is None:
            from scipy.integrate import trapezoid

            order = np.argsort(x)
            curves = self._single(p.T[:, :, None], x[order], None)
            return np.asarray(trapezoid(curves, x[order], axis=1))
        q = list(p.T[2 : 2 + len(shape.parameters), :, None])
        return np.asarray(p[:, 0] * shape.area(q)[0][:, 0])

    def height(self, p: Floats) -> Floats:
        """Return values at the centre for parameters of shape (rows, parameters)."""
        if self.size == "height":
            return p[:, 0]
        at = self._single(p.T[:, :, None], p[:, 1:2], None)
        return np.asarray(at[:, 0])

    def fwhm(self, p: Floats) -> Floats:
        """Return full widths at half maximum for parameters of shape (rows, parameters)."""
        shape = SHAPES[self.kind]
        return full_width(shape, list(p.T[2 : 2 + len(shape.parameters)]))

    def first(self, x: Floats) -> Floats:
        """Return where a fit begins: one high, with the widths that were given."""
        shape = SHAPES[self.kind]
        wide = self.begin.get("fwhm", float(np.ptp(x)) / 20)
        usual = {name: start for name, start, _, _ in shape.defaults}
        usual |= dict.fromkeys(self.widths, wide * (0.6 if len(self.widths) > 1 else 1.0))
        if self.kind.startswith("split"):
            usual |= {"fwhm_low": wide, "fwhm_high": wide}
        p = np.array([1.0, *({**usual, **self.begin}[name] for name in self.parameters[1:])])
        if self.size == "area":
            p[0] /= self.height(p[None])[0]
        return p

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return the start with the height of the data at the centre."""
        x = np.asarray(x, np.float64)
        p = np.tile(self.first(x), (len(y), 1))
        p[:, 0] *= y[:, np.argmin(np.abs(x - p[0, 1]))]
        return p

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return sizes above zero, centres within two widths of the start, sensible widths."""
        low, high = super().bounds(x)
        low[0] = 0.0
        for name, _, least, most in SHAPES[self.kind].defaults:
            low[self.index(name)], high[self.index(name)] = least, most
        rows = [self.index(name) for name in self.widths]
        low[rows] = 0.0
        if x is not None:
            x = np.asarray(x, np.float64)
            span, step = float(np.ptp(x)) or 1.0, spacing(x)
            reach = max(2 * self.begin.get("fwhm", span / 20), 2 * step)
            low[1], high[1] = self.begin["center"] - reach, self.begin["center"] + reach
            # narrower than this a line falls between the points
            low[rows] = (0.2 if len(rows) == 1 else 0.02) * step
            high[rows] = 2 * span
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the unit of each parameter."""
        size = joined_unit(y, x) if self.size == "area" else y
        shape = (x if name.startswith("fwhm") else "" for name in SHAPES[self.kind].parameters)
        return (size, x, *shape, *(x if name == "splitting" else "" for name in self.partner))

    def named(self, name: str) -> Line:
        """Return the same line under another name."""
        other = copy.copy(self)
        other.name = name
        return other

    def recorded_form(self) -> dict[str, Any]:
        """Return what makes the line again; see `line_of`."""
        return {"line": type(self).__name__, "shape": self.kind, "size": self.size,
                "tail": self.tail, **self.begin}  # fmt: skip

    def __repr__(self) -> str:
        options = ", ".join(f"{key}={value!r}" for key, value in self.begin.items())
        return f"{type(self).__name__}({self.kind!r}, {options})"


class _Doublet(Line):
    """A line and its partner: a copy of it, smaller by a ratio and displaced."""

    def _second(self, p: NDArray[Any]) -> tuple[Any, Any]:
        """Return the centre of the partner, and its derivative by that of the line."""
        raise NotImplementedError

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        count = 2 + len(SHAPES[self.kind].parameters)
        at = {name: number for number, name in enumerate(self.parameters)}
        ratio = p[at["ratio"]]
        place, rate = self._second(p)
        second = np.array(np.broadcast_arrays(*p[:count]))
        second[1] = place
        slopes = None if jac is None else np.empty((jac.shape[0], count, jac.shape[2]))
        partner = self._single(second, x, slopes)
        values = self._single(p, x, jac)
        if jac is not None and slopes is not None:
            weighed = ratio[:, None, :] * slopes
            if "splitting" in at:
                jac[:, at["splitting"]] = weighed[:, 1]
            weighed[:, 1] *= rate
            jac[:, :count] += weighed
            jac[:, at["ratio"]] = partner
        return np.asarray(values + ratio * partner)

    def area(self, p: Floats, x: Floats) -> Floats:
        """Return the areas of both together."""
        single = super().area(p, x)
        if SHAPES[self.kind].area is None:  # over the axis, which cuts both tails
            other = np.array(p)
            other[:, 1] = np.broadcast_to(self._second(p.T)[0], len(p))
            return single + p[:, self.index("ratio")] * super().area(other, x)
        return single * (1 + p[:, self.index("ratio")])

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return the bounds of the line, and ratios above zero."""
        low, high = super().bounds(x)
        low[self.index("ratio")] = 0.0
        return low, high


class SpinOrbitDoublet(_Doublet):
    """Two lines of the same widths, a known distance apart, of a known ratio.

    Parameters
    ----------
    shape, center, fwhm, size, tail, **others
        Of the first line; see `Line`.
    splitting : float, units of the axis
        Where the second is, relative to the first.
    ratio : float
        Size of the second over that of the first: 1/2 for p, 2/3 for d, 3/4 for f levels.

    Notes
    -----
    Both are known, unless bounds of the model set them free.

    Examples
    --------
    >>> pair = SpinOrbitDoublet("gaussian", center=84, fwhm=1, splitting=3.67, ratio=0.75)
    >>> pair(pair.first(np.arange(80.0, 90.0)), np.array([84, 87.67])).round(6)
    array([1.  , 0.75])
    """

    partner = ("splitting", "ratio")

    def __init__(self, shape: str, *, splitting: float, ratio: float, **options: Any) -> None:
        super().__init__(shape, splitting=splitting, ratio=ratio, **options)

    def _second(self, p: NDArray[Any]) -> tuple[Any, Any]:
        return p[1] + p[self.index("splitting")], 1.0


class KAlphaDoublet(_Doublet):
    """A reflection of both K-alpha lines of an X-ray tube, along 2 theta in degrees.

    Parameters
    ----------
    shape, center, fwhm, size, **others
        Of the reflection of the first wavelength; see `Line`.
    wavelengths : (float, float)
        Of both lines, in the same units; those of copper in ångström by default [1]_.
    ratio : float
        Intensity of the second over that of the first.

    References
    ----------
    .. [1] Hölzer, Fritsch, Deutsch, Härtwig, Förster, Phys. Rev. A 56, 4554 (1997),
           doi:10.1103/PhysRevA.56.4554

    Examples
    --------
    >>> pair = KAlphaDoublet("pseudo_voigt", center=90.0, fwhm=0.1)
    >>> round(float(pair._second(np.array([[1.0], [90.0]]))[0][0]), 3)
    90.286
    """

    partner = ("ratio",)

    def __init__(
        self,
        shape: str,
        *,
        wavelengths: tuple[float, float] = (1.540593, 1.544427),
        ratio: float = 0.5,
        **options: Any,
    ) -> None:
        super().__init__(shape, ratio=ratio, **options)
        first, second = (float(one) for one in wavelengths)
        if not (first > 0 and second > 0 and 0 < self.begin["center"] < 180):
            msg = (
                f"wavelengths are {wavelengths!r}, 2 theta {self.begin['center']!r}; expected "
                "numbers above zero, and an angle from 0 to 180 degrees"
            )
            raise ValueError(msg)
        self.wavelengths = (first, second)

    def _second(self, p: NDArray[Any]) -> tuple[Any, Any]:
        factor = self.wavelengths[1] / self.wavelengths[0]
        half = np.deg2rad(p[1]) / 2
        sine = np.clip(factor * np.sin(half), -1 + 1e-9, 1 - 1e-9)
        return 2 * np.rad2deg(np.arcsin(sine)), factor * np.cos(half) / np.sqrt(1 - sine**2)

    def recorded_form(self) -> dict[str, Any]:
        """Return what makes the line again."""
        return {**super().recorded_form(), "wavelengths": list(self.wavelengths)}


_KINDS = {kind.__name__: kind for kind in (Line, SpinOrbitDoublet, KAlphaDoublet)}


def line_of(form: Line | Mapping[str, Any]) -> Line:
    """Return a line, or what `Line.recorded_form` made of one, as a line.

    Examples
    --------
    >>> line_of({"line": "Line", "shape": "lorentzian", "center": 3.0})
    Line('lorentzian', center=3.0)
    """
    if isinstance(form, Line):
        return form
    options = dict(form)
    kind = options.pop("line", "Line")
    if kind not in _KINDS:
        msg = f"there is no line {kind!r}; there are {', '.join(_KINDS)}"
        raise ValueError(msg)
    made: Line = _KINDS[kind](options.pop("shape"), **options)
    return made
