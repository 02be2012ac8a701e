"""Typed values out of the text of a header, and out of trees of them."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

__all__ = ["at", "base_units", "moment", "number", "typed", "typed_tree"]

#: `int` and `float` also take underscores and "infinity": a file name is no number.
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?|[+-]?(inf|nan)", re.IGNORECASE)


_TRUTH = {"True": True, "False": False, "true": True, "false": False}


def typed(text: str) -> int | float | str:
    """Return a number for text that is one, else the text.

    Examples
    --------
    >>> typed("-50E-3"), typed("256"), typed("20230419_1"), typed("Inf")
    (-0.05, 256, '20230419_1', inf)
    """
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def typed_tree(tree: Any) -> Any:
    """Return a tree of dicts and lists with its texts typed, truth values too.

    Examples
    --------
    >>> typed_tree({"a": ["1", "x"], "b": {"c": "2.5", "d": "True"}})
    {'a': [1, 'x'], 'b': {'c': 2.5, 'd': True}}
    """
    if isinstance(tree, dict):
        return {key: typed_tree(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [typed_tree(value) for value in tree]
    return _TRUTH.get(tree, typed(tree)) if isinstance(tree, str) else tree


#: Units that take prefixes, or that begin like one.
_BASE_UNITS = frozenset(
    {
        "m", "g", "s", "A", "K", "mol", "cd", "rad", "sr", "Hz", "N", "Pa", "J", "W", "C", "V",
        "F", "Ohm", "Ω", "S", "Wb", "T", "H", "lm", "lx", "Bq", "Gy", "Sv", "kat", "eV", "deg",
        "px", "Å", "kg", "min", "dB",
    }
)  # fmt: skip
_PREFIXES = frozenset("YZEPTGMkhdcmuµμnpfazy")
_WORD = re.compile(r"[^\W\d_]+")


def base_units(text: str) -> str:
    """Return units without their metric prefixes, which Gwyddion writes for display only.

    Examples
    --------
    >>> base_units("nm"), base_units("m"), base_units("mV/nm"), base_units("kg")
    ('m', 'm', 'V/m', 'kg')
    """
    return _WORD.sub(lambda match: _without_prefix(match[0]), text.strip())


def _without_prefix(word: str) -> str:
    if word in _BASE_UNITS or word[:1] not in _PREFIXES or word[1:] not in _BASE_UNITS:
        return word
    return word[1:]


def at(tree: Any, path: str) -> Any:
    """Return what lies at a path of a tree of dicts, or None.

    Examples
    --------
    >>> at({"EELS": {"Dispersion": 0.5}}, "EELS/Dispersion")
    0.5
    """
    for label in path.split("/"):
        if not isinstance(tree, dict):
            return None
        tree = tree.get(label)
    return tree


def number(value: Any) -> float | None:
    """Return a number that can be reckoned with, also one written as text, or None.

    Examples
    --------
    >>> number("2e-009"), number(3), number("nan"), number("none"), number(1e200)
    (2e-09, 3.0, None, None, None)
    """
    if isinstance(value, str):
        value = typed(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # beyond 1e100 it is damage
    return float(value) if math.isfinite(value) and abs(value) < 1e100 else None


def moment(text: str, *patterns: str) -> str | None:
    """Return a date and time as ISO 8601 writes it; as it stands where no pattern fits.

    Examples
    --------
    >>> moment("04.06.2016 20:13:23", "%d.%m.%Y %H:%M:%S"), moment("yesterday"), moment(" ")
    ('2016-06-04T20:13:23', 'yesterday', None)
    """
    bare = " ".join(text.split())
    for pattern in patterns:
        try:
            return datetime.strptime(bare, pattern).isoformat()
        except ValueError:
            continue
    return bare or None
