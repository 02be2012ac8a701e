"""What a vendor says about an image, as axes and conditions: the record, and text into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.values import at, number, typed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Notes", "Step", "facts_of", "first_of", "moment_of", "sections", "si", "stage_of", "steps_of",
    "words_of",
]  # fmt: skip

#: Origin, step and units of an axis.
Step = tuple[float, float, str]


@dataclass(frozen=True)
class Notes:
    """What one vendor says.

    Attributes
    ----------
    vendor : str
        Name of the tree in the metadata.
    axes : dict
        Origin, step and units of ``"x"``, ``"y"``, ``"z"``, as far as they are known.
    experiment : dict
        Conditions, in SI units.
    original : dict
        Everything as the vendor has it.
    """

    vendor: str
    axes: dict[str, Step] = field(default_factory=dict)
    experiment: dict[str, Any] = field(default_factory=dict)
    original: dict[str, Any] = field(default_factory=dict)


def sections(text: str) -> dict[str, Any]:
    r"""Return INI text as a dict of sections of typed values.

    Examples
    --------
    >>> sections("[Scan]\nPixelWidth=2e-9\n[User]\nName=a=b")
    {'Scan': {'PixelWidth': 2e-09}, 'User': {'Name': 'a=b'}}
    """
    tree: dict[str, Any] = {}
    section: dict[str, Any] = tree
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = tree.setdefault(line[1:-1].strip(), {})
            section = section if isinstance(section, dict) else {}
        elif "=" in line and not line.startswith(";"):
            key, _, value = line.partition("=")
            section[key.strip()] = typed(value.strip())
    return tree


_PREFIXES: Final = {"G": 1e9, "M": 1e6, "K": 1e3, "k": 1e3, "c": 1e-2, "m": 1e-3, "µ": 1e-6,
                    "μ": 1e-6, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}  # fmt: skip
_QUANTITY: Final = re.compile(r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*([^\d\s]\S*)?.*")


def si(value: Any) -> float | None:
    """Return a number with a unit in SI units, or None.

    Examples
    --------
    >>> si("4 mm"), si("5 kV"), si("12 °"), si(3), si("on")
    (0.004, 5000.0, 12.0, 3.0, None)
    """
    if not isinstance(value, str):
        return number(value)
    match = _QUANTITY.fullmatch(value)
    size = number(match[1]) if match else None
    if match is None or size is None:
        return None
    unit = match[2] or ""
    factor = _PREFIXES.get(unit[0], 1.0) if len(unit) == 2 and unit not in _WHOLE else 1.0
    return size * factor


#: Units of two letters that have no prefix.
_WHOLE: Final = frozenset({"Pa", "eV", "Hz"})


def facts_of(tree: Any, table: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return numbers of a tree, each from the first of its places that has one."""
    found = {key: first_of(tree, places) for key, places in table.items()}
    return {key: value for key, value in found.items() if value is not None}


def first_of(tree: Any, places: tuple[str, ...]) -> float | None:
    """Return the first number, in SI units, that stands at one of several places."""
    numbers = (si(at(tree, place)) for place in places)
    return next((value for value in numbers if value is not None), None)


def words_of(tree: Any, table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return texts of a tree, each from the first of its places that has one."""
    found: dict[str, str] = {}
    for key, places in table.items():
        words = (at(tree, place) for place in places)
        if word := next((str(word) for word in words if word not in (None, "")), ""):
            found[key] = word
    return found


def stage_of(tree: Any, table: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return where the stage was, under its key, or nothing."""
    stage = facts_of(tree, table)
    return {"stage": stage} if stage else {}


def steps_of(x: float | None, y: float | None, units: str) -> dict[str, Step]:
    """Return the axes of an image of known pixel; one number is enough for both."""
    x, y = x or y, y or x
    if not x or not y or x < 0 or y < 0 or not units:
        return {}
    return {"x": (0.0, x, units), "y": (0.0, y, units)}


def moment_of(tree: Any, section: str) -> dict[str, str]:
    """Return date and time as they are written: their order is that of a country."""
    words = (at(tree, f"{section}/{name}") for name in ("Date", "Time"))
    moment = " ".join(str(word) for word in words if word)
    return {"start_date_time": moment} if moment else {}
