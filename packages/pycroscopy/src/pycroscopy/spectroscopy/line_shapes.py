"""Shapes of lines, one high at their centre: values, derivatives, areas and full widths.

All are functions of the distance ``d`` from the centre and of a few parameters ``q`` of shape
(rows, 1), so that many spectra are worked on together.  The asymmetric ones are those of
metals in photoemission [1]_, of a line beside a continuum [2]_, and halves of different
widths, as powder diffraction has them [3]_.

References
----------
.. [1] Doniach, Sunjic, J. Phys. C 3, 285 (1970), doi:10.1088/0022-3719/3/2/010
.. [2] Fano, Phys. Rev. 124, 1866 (1961), doi:10.1103/PhysRev.124.1866
.. [3] Toraya, J. Appl. Cryst. 23, 485 (1990), doi:10.1107/S002188989000704X
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from .doniach_sunjic import doniach_sunjic, doniach_sunjic_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    #: Values, their derivative by the distance, and by each of the parameters.
    Curve = tuple[Floats, Floats, list[Floats]]

__all__ = ["SHAPES", "Shape", "full_width"]

#: Full width at half height of a Gaussian of unit standard deviation.
_WIDTH: Final = float(2 * np.sqrt(2 * np.log(2)))
_LN2: Final = float(np.log(2))
#: Areas of a Gaussian and of a Lorentzian of unit height and full width.
_GAUSS_AREA: Final = float(0.5 * np.sqrt(np.pi / np.log(2)))
_LORENTZ_AREA: Final = float(np.pi / 2)


class Shape(NamedTuple):
    """What is known about a kind of line."""

    parameters: tuple[str, ...]
    """After size and centre; those that begin with ``fwhm`` are widths."""
    curve: Callable[[Floats, Sequence[Floats]], Curve]
    area: Callable[[Sequence[Floats]], tuple[Floats, list[Floats]]] | None
    """Area at a height of one, and its derivatives; None where the tail has no end."""
    width: Callable[[Sequence[Floats]], Floats] | None
    """Full width at half maximum; None where it is found from the curve."""
    defaults: tuple[tuple[str, float, float, float], ...] = ()
    """Name, start, lower and upper bound of what is no width."""
    quick: Callable[[Floats, Sequence[Floats]], Floats] | None = None
    """The values alone, where derivatives cost much more."""

    def values(self, d: Floats, q: Sequence[Floats]) -> Floats:
        """Return the values of the curve."""
        return self.curve(d, q)[0] if self.quick is None else self.quick(d, q)


def _gauss(square: Floats) -> Floats:
    return np.asarray(np.exp(-_LN2 * square))


def _gaussian(d: Floats, q: Sequence[Floats]) -> Curve:
    u = 2 * d / q[0]
    f = _gauss(u * u)
    slope = -4 * _LN2 * u * f / q[0]
    return f, slope, [-0.5 * u * slope]


def _lorentzian(d: Floats, q: Sequence[Floats]) -> Curve:
    u = 2 * d / q[0]
    f = 1 / (1 + u * u)
    slope = -4 * u * f * f / q[0]
    return f, slope, [-0.5 * u * slope]


def _pseudo_voigt(d: Floats, q: Sequence[Floats]) -> Curve:
    fwhm, share = q
    g, g_slope, (g_width,) = _gaussian(d, (fwhm,))
    lor, l_slope, (l_width,) = _lorentzian(d, (fwhm,))
    rest = 1 - share
    f = share * lor + rest * g
    return f, share * l_slope + rest * g_slope, [share * l_width + rest * g_width, lor - g]


def _pearson(d: Floats, q: Sequence[Floats]) -> Curve:
    fwhm, m = q
    u = 2 * d / fwhm
    reach = np.expm1(_LN2 / m)
    inner = 1 + u * u * reach
    f = inner**-m
    slope = -4 * m * u * reach * f / inner / fwhm
    bent = -(reach + 1) * _LN2 / m**2
    return f, slope, [-0.5 * u * slope, -f * (np.log(inner) + m * u * u * bent / inner)]


def _voigt(d: Floats, q: Sequence[Floats]) -> Curve:
    """Real part of the Faddeeva function w, with w' = 2i/sqrt(pi) - 2 z w (DLMF 7.10)."""
    from scipy.special import erfcx, wofz

    sigma, gamma = q[0] / _WIDTH, q[1] / 2
    scale = 1 / (np.sqrt(2) * sigma)
    z = (d + 1j * gamma) * scale
    w = wofz(z)
    rise = (2j / np.sqrt(np.pi) - 2 * z * w) * scale
    y = gamma * scale
    top = erfcx(y)
    top_rise = (2 * y * top - 2 / np.sqrt(np.pi)) * scale
    f = w.real / top
    by_gamma = (-rise.imag - f * top_rise) / top
    by_sigma = (-(rise * z).real + f * top_rise * y) / (top * scale * sigma)
    return f, rise.real / top, [by_sigma / _WIDTH, by_gamma / 2]


def _halves(d: Floats, low: Curve, high: Curve, places: Sequence[tuple[int, int]]) -> Curve:
    """Join two curves at the centre; places say to which side each parameter belongs."""
    left = d < 0
    slopes = []
    for side, number in places:
        if side == 2:  # of both
            slopes.append(np.where(left, low[2][number], high[2][number]))
        else:
            own, where = (high, ~left) if side else (low, left)
            slopes.append(own[2][number] * where)
    return np.where(left, low[0], high[0]), np.where(left, low[1], high[1]), slopes


def _split_pseudo_voigt(d: Floats, q: Sequence[Floats]) -> Curve:
    low, high = _pseudo_voigt(d, (q[0], q[2])), _pseudo_voigt(d, (q[1], q[2]))
    return _halves(d, low, high, ((0, 0), (1, 0), (2, 1)))


def _split_pearson(d: Floats, q: Sequence[Floats]) -> Curve:
    low, high = _pearson(d, (q[0], q[2])), _pearson(d, (q[1], q[3]))
    return _halves(d, low, high, ((0, 0), (1, 0), (0, 1), (1, 1)))


def _fano(d: Floats, q: Sequence[Floats]) -> Curve:
    fwhm, k = q
    u = 2 * d / fwhm
    rise, over = 1 + k * u, 1 / (1 + u * u)
    f = rise * rise * over
    by_u = 2 * rise * over * (k - u * rise * over)
    slope = 2 * by_u / fwhm
    return f, slope, [-0.5 * u * slope, 2 * u * rise * over]


def _mixed_area(q: Sequence[Floats]) -> tuple[Floats, list[Floats]]:
    fwhm, share = q
    per_width = share * _LORENTZ_AREA + (1 - share) * _GAUSS_AREA
    return fwhm * per_width, [per_width, fwhm * (_LORENTZ_AREA - _GAUSS_AREA)]


def _pearson_area(q: Sequence[Floats]) -> tuple[Floats, list[Floats]]:
    from scipy.special import digamma, gammaln

    fwhm, m = q
    reach = np.expm1(_LN2 / m)
    gammas = np.exp(gammaln(m - 0.5) - gammaln(m))
    per_width = 0.5 * np.sqrt(np.pi / reach) * gammas
    by_m = digamma(m - 0.5) - digamma(m) + 0.5 * (reach + 1) * _LN2 / (m**2 * reach)
    return fwhm * per_width, [per_width, fwhm * per_width * by_m]


def _voigt_area(q: Sequence[Floats]) -> tuple[Floats, list[Floats]]:
    from scipy.special import erfcx

    sigma, gamma = q[0] / _WIDTH, q[1] / 2
    y = gamma / (np.sqrt(2) * sigma)
    top = erfcx(y)
    change = -(2 * y * top - 2 / np.sqrt(np.pi)) / top
    area = sigma * np.sqrt(2 * np.pi) / top
    return area, [area * (1 - y * change) / sigma / _WIDTH,
                  area * change / (np.sqrt(2) * sigma) / 2]  # fmt: skip


def _split_mixed_area(q: Sequence[Floats]) -> tuple[Floats, list[Floats]]:
    area, (per_width, by_share) = _mixed_area(((q[0] + q[1]) / 2, q[2]))
    return area, [per_width / 2, per_width / 2, by_share]


def _split_pearson_area(q: Sequence[Floats]) -> tuple[Floats, list[Floats]]:
    low, (low_width, low_m) = _pearson_area((q[0], q[2]))
    high, (high_width, high_m) = _pearson_area((q[1], q[3]))
    return (low + high) / 2, [0.5 * part for part in (low_width, high_width, low_m, high_m)]


def _fano_area(q: Sequence[Floats]) -> tuple[Floats, list[Floats]]:
    """Principal value of what lies above the level far away."""
    fwhm, k = q
    return _LORENTZ_AREA * fwhm * (1 - k * k), [
        _LORENTZ_AREA * (1 - k * k), -2 * _LORENTZ_AREA * fwhm * k
    ]  # fmt: skip


def _first(q: Sequence[Floats]) -> Floats:
    return q[0]


def _mean_of_two(q: Sequence[Floats]) -> Floats:
    return (q[0] + q[1]) / 2


_SHARE: Final = ("fraction", 0.5, 0.0, 1.0)

#: Known shapes.
SHAPES: Final[dict[str, Shape]] = {
    "gaussian": Shape(
        ("fwhm",), _gaussian, lambda q: (q[0] * _GAUSS_AREA, [_GAUSS_AREA + 0 * q[0]]), _first
    ),
    "lorentzian": Shape(
        ("fwhm",), _lorentzian, lambda q: (q[0] * _LORENTZ_AREA, [_LORENTZ_AREA + 0 * q[0]]),
        _first,
    ),
    "voigt": Shape(("fwhm_gauss", "fwhm_lorentz"), _voigt, _voigt_area, None),
    "pseudo_voigt": Shape(("fwhm", "fraction"), _pseudo_voigt, _mixed_area, _first, (_SHARE,)),
    "pearson7": Shape(
        ("fwhm", "exponent"), _pearson, _pearson_area, _first, (("exponent", 1.5, 0.6, 50.0),)
    ),
    "split_pseudo_voigt": Shape(
        ("fwhm_low", "fwhm_high", "fraction"), _split_pseudo_voigt, _split_mixed_area,
        _mean_of_two, (_SHARE,),
    ),
    "split_pearson7": Shape(
        ("fwhm_low", "fwhm_high", "exponent_low", "exponent_high"), _split_pearson,
        _split_pearson_area, _mean_of_two,
        (("exponent_low", 1.5, 0.6, 50.0), ("exponent_high", 1.5, 0.6, 50.0)),
    ),
    "doniach_sunjic": Shape(
        ("fwhm_gauss", "fwhm_lorentz", "asymmetry"), doniach_sunjic, None, None,
        (("asymmetry", 0.1, 0.0, 0.7),), doniach_sunjic_values,
    ),
    "breit_wigner_fano": Shape(
        ("fwhm", "coupling"), _fano, _fano_area, _first, (("coupling", -0.05, -0.9, 0.9),)
    ),
}  # fmt: skip


def full_width(shape: Shape, q: Sequence[Any]) -> Floats:
    """Return full widths at half maximum.

    Parameters
    ----------
    shape : Shape
        Of the line.
    q : sequence of ndarray of shape (rows,)
        Its parameters.

    Returns
    -------
    ndarray of shape (rows,)
        From the formula where there is one; otherwise the maximum and both points at half of
        it are bisected to rounding.

    Examples
    --------
    >>> full_width(SHAPES["voigt"], (np.array([1.0]), np.array([1.0]))).round(6)
    array([1.637595])
    """
    columns = [np.atleast_1d(np.asarray(one, np.float64))[:, None] for one in q]
    if shape.width is not None:
        return np.asarray(shape.width(columns)[:, 0])
    reach = columns[0] + columns[1]

    def rises(d: Floats) -> Any:
        return shape.curve(d, columns)[1] > 0

    top = _bisected(rises, -reach, reach)
    half = shape.values(top, columns) / 2

    def high(d: Floats) -> Any:
        return shape.values(d, columns) > half

    right = _bisected(high, top, top + 40 * reach)
    left = _bisected(high, top, top - 40 * reach)
    return np.asarray((right - left)[:, 0])


def _bisected(inside: Callable[[Floats], Any], start: Floats, end: Floats) -> Floats:
    """Return where a condition that holds at the start ends."""
    for _ in range(52):
        middle = 0.5 * (start + end)
        held = inside(middle)
        start, end = np.where(held, middle, start), np.where(held, end, middle)
    return 0.5 * (start + end)
