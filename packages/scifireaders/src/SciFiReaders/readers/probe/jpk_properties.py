"""Headers of JPK: Java properties, with references into a table they share.

``channel.height.lcd-info.*=3`` stands for every key of the shared table that begins with
``lcd-info.3.``, as if it began with ``channel.height.``; likewise for the headers of
segments.

Source: Oracle, "java.util.Properties", `load`; JPK Instruments, "JPK DP file format
specification" (force scans), sections on properties and shared data.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.values import number, typed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Properties", "parse_properties", "resolved"]

_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_JOINED: Final = re.compile(r"\\\r?\n[ \t]*")
_KEY: Final = re.compile(r"((?:\\.|[^\\=: \t])*)[ \t]*[=:]?[ \t]*(.*)")
#: What most lines begin with, told without the longer expression.
_PLAIN_KEY: Final = re.compile(r"[^\\: \t]+")
_REFERENCE: Final = ".*"


class Properties(dict[str, str]):
    """Texts by their dotted keys."""

    def number(self, key: str) -> float | None:
        """Return a finite number, or None."""
        return number(self.get(key, ""))

    def ending(self, end: str) -> str | None:
        """Return the first value that is not blank and whose key ends so, or None."""
        values = (value for key, value in self.items() if value and key.endswith(end))
        return next(values, None)

    def number_ending(self, end: str) -> float | None:
        """Return the first finite number whose key ends so, or None."""
        values = (number(value) for key, value in self.items() if key.endswith(end))
        return next((value for value in values if value is not None), None)

    def typed(self) -> dict[str, Any]:
        """Return numbers where the texts are some."""
        words = {"true": True, "false": False}
        return {key: words.get(text, typed(text)) for key, text in self.items()}


def parse_properties(raw: bytes | str) -> Properties:
    r"""Return the values of a properties file, whose bytes are latin-1.

    Examples
    --------
    >>> parse_properties(b"#1 May\ntype=map\ntime=13\\:57\nname\t: \\u00b5m\n")
    {'type': 'map', 'time': '13:57', 'name': 'µm'}
    """
    found = Properties()
    whole = raw.decode("latin-1") if isinstance(raw, bytes) else raw
    for line in _JOINED.sub("", whole).splitlines():
        text = line.lstrip(" \t")
        if not text or text[0] in "#!":
            continue
        key, _, value = text.partition("=")
        if value and _PLAIN_KEY.fullmatch(key) and "\\" not in value:
            found[key] = value.lstrip(" \t")
        elif match := _KEY.match(text):
            found[_plain(match[1])] = _plain(match[2])
    return found


def _plain(text: str) -> str:
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    return _LETTERS.get(escape, escape)


def resolved(own: Mapping[str, str], shared: Mapping[str, Mapping[str, str]]) -> Properties:
    """Return a header with what it refers to put in place.

    Parameters
    ----------
    own : mapping
        The header.
    shared : mapping of mappings
        The shared table by the names of its entries, ``"lcd-info.3"``.

    Examples
    --------
    >>> resolved({"channel.z.lcd-info.*": "3"}, {"lcd-info.3": {"unit": "V"}})
    {'channel.z.unit': 'V'}
    """
    result = Properties()
    for key, value in own.items():
        if not key.endswith(_REFERENCE):
            result[key] = value
            continue
        prefix, _, name = key.removesuffix(_REFERENCE).rpartition(".")
        for rest, text in shared.get(f"{name}.{value}", {}).items():
            # what a header says itself stands
            result.setdefault(f"{prefix}.{rest}", text)
    return result
