r"""The header of Nanoscope files: sections, parameters of three kinds, soft scales.

=================================== ==================================================
line                                meaning
=================================== ==================================================
``\*Ciao image list``               a section; there is one per channel
``\Samps/line: 512 512``            a plain parameter
``\@2:Image Data: S [a] "Height"``  S: a choice, its internal name and the displayed one
``\@Z magnify: C [2:Z scale] 0.5``  C: another parameter times a number
``\@2:Z scale: V [Sens. Zsens]      V: the soft scale, the hard scale, the hard value
(0.0067 V/LSB) 440 V``
``\@Sens. Zsens: V 15.068 nm/V``    a soft scale, in any section
``\*File list end``, byte 1A        end of the header
=================================== ==================================================

The number before the colon after ``@`` is a group and says nothing about the value; it and
the case of letters are left out of the keys that are looked up.

Source: Digital Instruments, "NanoScope Command Reference Manual", chapter "File format";
S. Manne, "Nanoscope 4.3x and later file format description", physics.arizona.edu.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from SciFiReaders.text import decode
from SciFiReaders.values import number, typed
from sidpy.base.units import conversion_factor

__all__ = ["Section", "Value", "length", "parse_sections", "soft_scaled", "value"]

_KEY: Final = re.compile(r"@?(?:\d+:)?\s*(.*)")
_VALUE: Final = re.compile(
    r"V\s*(?:\[(?P<soft>[^\]]*)\])?"
    r"\s*(?:\((?P<lsb>[-+.\deE]+)\s*(?P<lsb_units>.*?)/LSB\))?"
    r"\s*(?P<hard>[-+.\deE]+)?\s*(?P<units>.*)"
)
_CHOICE: Final = re.compile(r'S\s*\[(?P<inner>[^\]]*)\]\s*"(?P<shown>[^"]*)"')
_NUMBERS: Final = re.compile(r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
#: Nanoscope's spelling of the micrometre and of degrees.
_SPELLING: Final = {"~m": "µm", "um": "µm", "º": "°"}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the header."""

    name: str
    """Lower case: ``ciao image list``."""
    values: dict[str, str]
    """As they stand."""
    lowered: dict[str, str]
    """By keys in lower case, without groups."""

    def text(self, key: str) -> str:
        """Return a parameter as it stands; blank when it is not there."""
        return self.lowered.get(key, "")

    def integers(self, key: str) -> list[int]:
        """Return all whole numbers of a parameter."""
        return [int(word) for word in self.text(key).split() if word.isdecimal() and len(word) < 9]

    def choice(self, key: str) -> str:
        """Return what a parameter of kind S shows."""
        match = _CHOICE.match(self.text(key))
        return "" if match is None else match["shown"] or match["inner"]

    def typed(self) -> dict[str, Any]:
        """Return all parameters, numbers as numbers."""
        return {key: typed(text) for key, text in self.values.items()}


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter of kind V."""

    soft: str
    """Name of its soft scale, lower case."""
    step: float | None
    """Hard scale: what one count stands for, in `step_units`."""
    step_units: str
    hard: float | None
    units: str


def parse_sections(raw: bytes) -> list[Section]:
    r"""Take a header apart.

    Examples
    --------
    >>> parse_sections(b"\\*File list\r\n\\Version: 0x05\r\n\\@2:Z scale: V 1 V")[0].lowered
    {'version': '0x05', 'z scale': 'V 1 V'}
    """
    found: list[Section] = []
    for line in decode(raw, "latin-1").splitlines():
        text = line.lstrip("\\").rstrip()
        if text.startswith(("*", "?*")):
            found.append(Section(text.lstrip("?*").lower(), {}, {}))
            continue
        start = text.find(":", 4) if text[:1] == "@" and text[1:3].strip(":").isdecimal() else -1
        key, _, rest = text.partition(":") if start < 0 else (text[:start], ":", text[start + 1 :])
        if found and key:
            found[-1].values[key] = rest.strip()
            match = _KEY.fullmatch(key)
            found[-1].lowered[(match[1] if match else key).lower()] = rest.strip()
    return found


def value(text: str) -> Value | None:
    """Read a parameter of kind V.

    Examples
    --------
    >>> value("V [Sens. Zscan] (0.0067 V/LSB) 439.9 V")
    Value(soft='sens. zscan', step=0.0067, step_units='V', hard=439.9, units='V')
    """
    match = _VALUE.fullmatch(text.strip())
    if match is None:
        return None
    return Value(
        (match["soft"] or "").strip().lower(),
        number(match["lsb"] or ""),
        _spelt(match["lsb_units"] or ""),
        number(match["hard"] or ""),
        _spelt(match["units"]),
    )


def soft_scaled(sections: list[Section], what: Value, units: str) -> tuple[float, str]:
    """Return the factor from a hard value in `units` to what it measures, and its units.

    Without a soft scale, or with one without units, the value stays what it is.
    """
    text = next((s.text(what.soft) for s in sections if what.soft and s.text(what.soft)), "")
    scale = value(text)
    if scale is None or scale.hard is None:
        return 1.0, units
    for sign in "/*":
        top, found, bottom = scale.units.rpartition(sign)
        if not found:
            continue
        per = 1.0 if bottom == units else conversion_factor(units, bottom)
        if per is not None:
            return scale.hard * per, _spelt(top)
    # one that only names its units, or says nothing
    return scale.hard, units if not scale.units or "/" in scale.units else scale.units


def length(text: str) -> tuple[list[float], str]:
    """Return the numbers of a size and their common units.

    Examples
    --------
    >>> length("15 7.5 ~m"), length("15000 nm")
    (([15.0, 7.5], 'µm'), ([15000.0], 'nm'))
    """
    numbers = [float(word) for word in _NUMBERS.findall(text)]
    return numbers, _spelt(_NUMBERS.sub("", text))


def _spelt(units: str) -> str:
    return _SPELLING.get(units.strip(), units.strip())
