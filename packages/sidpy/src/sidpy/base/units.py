"""Units of measurement, as the strings that files carry.

Unknown units are carried along as text and never guessed.  pint does the arithmetic; it
is imported when two different units meet for the first time.
"""

from __future__ import annotations

import re
from functools import cache
from tokenize import TokenError
from typing import Any, Final, NamedTuple

from sidpy.errors import LabelTypeError, LabelValueError

__all__ = [
    "NO_UNITS", "Conversion", "conversion", "conversion_factor", "divide", "multiply",
    "needed_conversion", "power", "quantity", "same_units", "why_not",
]  # fmt: skip

#: How this ecosystem spells "nobody said".
NO_UNITS: Final = frozenset(
    {
        "generic", "a.u.", "a.u", "A.U.", "a. u.", "au", "arb. units", "arb. u.", "arb.", "arb",
        "arbitrary units", "unknown", "none",
    }
)  # fmt: skip

#: Inverse units as spectroscopists write them: cm-1, nm-1.
_NEGATIVE_POWER: Final = re.compile(r"(?<=[^\W\d_])\^?-(\d)")
#: A unit written out with a capital letter: Volt, Seconds.
_CAPITALISED: Final = re.compile(r"[A-Z][a-z]{3,}")
#: A number, and units behind it: "2 nm", "-1.5e-3V", "7".
_QUANTITY: Final = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)")
#: Longest text that can be units.
_LONGEST: Final = 64
#: Files are not trusted: 9**9**9 would be computed for ever.
_NUMBER_TO_A_POWER: Final = re.compile(r"[\d.)]\s*(\*\*|\^)")
#: Where a line is sampled: far out, so that an offset takes no digits from the slope.
_FAR: Final = 2.0**10
#: Spellings that mean something else, or nothing, to pint.
_SPELLINGS: Final = {
    "Å": "angstrom", "°": "degree", "px": "pixel", "deg C": "degC", "deg F": "degF",
    "Torr": "torr", "mTorr": "mtorr",
}  # fmt: skip


class Conversion(NamedTuple):
    """How a number in some units becomes one in others: times `factor`, plus `offset`.

    Examples
    --------
    >>> to_kelvin = conversion("degC", "K")
    >>> to_kelvin(20.0)
    293.15
    """

    factor: float
    offset: float = 0.0

    def __call__(self, values: Any) -> Any:
        """Return `values`, numbers or any array, in the other units."""
        if self.factor != 1.0:
            values = values * self.factor
        return values if self.offset == 0.0 else values + self.offset


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


@cache
def _parse(units: str) -> Any:
    """Return a pint unit, None for a text that is none."""
    import pint

    text = units.strip()
    if text in NO_UNITS or len(text) > _LONGEST or _NUMBER_TO_A_POWER.search(text):
        return None
    text = text.lower() if _CAPITALISED.fullmatch(text) else _SPELLINGS.get(text, text)
    text = _NEGATIVE_POWER.sub(r"**-\1", text)
    try:
        return _registry().parse_units(text)
    except (pint.PintError, ValueError, TypeError, AttributeError, AssertionError, TokenError):
        # pint's parser answers unknown text with several kinds of errors
        return None


def _text(unit: Any) -> str:
    return f"{unit:~C}"


@cache
def _kind(units: str) -> Any:
    """Return what a unit measures.

    pint's own answer calls radians, counts and plain numbers the same, so that it makes
    6.28 rad/s of 6.28 Hz; the base units tell them apart.
    """
    unit = _parse(units)
    return None if unit is None else _registry().get_root_units(unit)[1]


@cache
def conversion(source: str, target: str) -> Conversion | None:
    """Return how numbers in `source` units become numbers in `target` units.

    Returns
    -------
    Conversion or None
        None when either is unknown, they measure different things, or it takes more than
        a factor and an offset (decibels).

    Examples
    --------
    >>> conversion("degC", "K").offset
    273.15
    >>> conversion("Hz", "rad/s") is None
    True
    """
    import pint

    if source == target:
        return Conversion(1.0)
    try:
        if _kind(source) is None or _kind(source) != _kind(target):
            return None
        make = _registry().Quantity
        zero, one, far = (
            float(make(number, _parse(source)).to(_parse(target)).magnitude)
            for number in (0.0, 1.0, _FAR)
        )
    except (pint.PintError, ValueError, ArithmeticError):
        return None
    factor = (far - zero) / _FAR if zero else one
    if abs(one - zero - factor) > 1e-9 * abs(factor) + 1e-12 * abs(zero):
        return None  # a logarithmic scale
    return Conversion(_tidied(factor), _tidied(zero))


def _tidied(number: float) -> float:
    """Return the number that was meant where pint's arithmetic missed it by its last digit."""
    short = float(f"{number:.12g}")
    return short if abs(short - number) <= 1e-15 * abs(number) else number


@cache
def conversion_factor(source: str, target: str) -> float | None:
    """Return the factor from `source` to `target` units.

    Returns
    -------
    float or None
        None when either is unknown, they measure different things, or the conversion
        is no multiplication (degrees Celsius).

    Examples
    --------
    >>> conversion_factor("nm", "m")
    1e-09
    >>> conversion_factor("nm", "V") is None
    True
    """
    found = conversion(source, target)
    return None if found is None or found.offset else found.factor


def why_not(source: str, target: str) -> str:
    """Return why there is no conversion between two units, as the end of a sentence.

    Examples
    --------
    >>> why_not("wobbles", "nm")
    "'wobbles' is no unit that is known"
    >>> why_not("nm", "V")
    'they measure different things'
    """
    for units in (source, target):
        if units in NO_UNITS:
            return f"{units!r} does not say what the units are"
    for units in (source, target):
        if _parse(units) is None:
            return f"{units!r} is no unit that is known"
    return "they measure different things"


def needed_conversion(source: str, target: str, what: str) -> Conversion:
    """Return the conversion of `what` from `source` to `target` units.

    Raises
    ------
    LabelValueError
        When there is none; both units are named, and the reason (a ValueError).
    LabelTypeError
        When `target` is no str (a TypeError).
    """
    if not isinstance(target, str):
        msg = f"units of {what} should be a str such as 'nm', found {target!r}"
        raise LabelTypeError(msg)
    found = conversion(source, target)
    if found is None:
        msg = f"{what} in {source!r} cannot be converted to {target!r}: {why_not(source, target)}"
        raise LabelValueError(msg)
    return found


def quantity(text: str) -> tuple[float, str] | None:
    """Return the number and the units of a text such as "2 nm"; None when it has no number.

    Examples
    --------
    >>> quantity("-1.5e3 nm"), quantity("7"), quantity("x")
    ((-1500.0, 'nm'), (7.0, ''), None)
    """
    found = _QUANTITY.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
    return None if found is None else (float(found[1]), found[2])


def same_units(first: str, second: str) -> bool:
    """Whether two texts mean the same units, "um" and "µm" for instance."""
    return first == second or conversion_factor(first, second) == 1.0


@cache
def multiply(first: str, second: str) -> str:
    """Return the units of a product.

    Examples
    --------
    >>> multiply("nA", "V")
    'nA*V'
    >>> multiply("nA", "generic")
    'generic'
    """
    if first in NO_UNITS or second in NO_UNITS:
        return "generic"
    one, two = _parse(first), _parse(second)
    if one is None or two is None:
        return f"({first})*({second})"
    return _text(one * two)


@cache
def divide(first: str, second: str) -> str:
    """Return the units of a quotient, "" when they cancel.

    Examples
    --------
    >>> divide("nm", "s")
    'nm/s'
    """
    if first in NO_UNITS or second in NO_UNITS:
        return "generic"
    if first == second:
        return ""
    one, two = _parse(first), _parse(second)
    if one is None or two is None:
        return f"({first})/({second})"
    return _text(one / two)


@cache
def power(units: str, exponent: float) -> str:
    """Return the units of a power.

    Examples
    --------
    >>> power("nm", 2)
    'nm**2'
    """
    if units in NO_UNITS or exponent == 1:
        return units
    unit = _parse(units)
    if unit is None:
        return f"({units})**{exponent:g}"
    return _text(unit**exponent)
