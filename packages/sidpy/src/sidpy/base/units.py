"""Units of measurement, as the strings that files carry.

Unknown units are carried along as text and never guessed.  pint does the arithmetic; it
is imported when two different units meet for the first time.
"""

from __future__ import annotations

import re
from functools import cache
from tokenize import TokenError
from typing import Any

__all__ = ["NO_UNITS", "conversion_factor", "divide", "multiply", "power", "same_units"]

#: How this ecosystem spells "nobody said".
NO_UNITS = frozenset({"generic", "a.u.", "arb. units", "unknown", "none"})

#: Inverse units as spectroscopists write them: cm-1, nm-1.
_NEGATIVE_POWER = re.compile(r"(?<=[^\W\d_])\^?-(\d)")
#: Longest text that can be units.
_LONGEST = 64
#: Files are not trusted: 9**9**9 would be computed for ever.
_NUMBER_TO_A_POWER = re.compile(r"[\d.)]\s*(\*\*|\^)")
#: Spellings that mean something else, or nothing, to pint.
_SPELLINGS = {"Å": "angstrom", "A.U.": "a.u.", "a.u": "a.u.", "°": "degree", "px": "pixel"}


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
    text = _NEGATIVE_POWER.sub(r"**-\1", _SPELLINGS.get(text, text))
    try:
        return _registry().parse_units(text)
    except (pint.PintError, ValueError, TypeError, AttributeError, AssertionError, TokenError):
        # pint's parser answers unknown text with several kinds of errors
        return None


def _text(unit: Any) -> str:
    return f"{unit:~C}"


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
    import pint

    if source == target:
        return 1.0
    first, second = _parse(source), _parse(target)
    if first is None or second is None or first.dimensionality != second.dimensionality:
        return None
    quantity = _registry().Quantity
    try:
        zero = float(quantity(0.0, first).to(second).magnitude)
        one = float(quantity(1.0, first).to(second).magnitude)
    except pint.PintError:
        return None
    return one if zero == 0 else None


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
