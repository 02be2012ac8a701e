"""The headers of WSxM files, and where the numbers behind them are.

Lines of a header: ``WSxM file copyright ...``, the kind of the file, ``Image header size:
N``, then ``[Section]`` and ``Label: value`` lines in latin-1 up to ``[Header end]``; the
numbers follow at once.  A further header inside a file begins with its kind.

Source: Nanotec Electronica, "WSxM files format" and "File structure",
www.nanotec.es/products/wsxm; spectroscopy images: the order ramp, row, column as
I. Horcas, author of the program, describes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .calibrated import amount

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor

__all__ = ["HEADER_END", "Header", "header_at"]

HEADER_END: Final = b"[Header end]"
LONGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    """One header of a file."""

    kind: str
    """Second line of the file: ``SxM Image file``."""
    values: dict[str, str]
    """By ``Label [Section]``."""
    end: int
    """Where its numbers begin, in bytes."""

    def text(self, label: str) -> str:
        """Return the first value with this label in any section; blank when there is none."""
        wanted = label.lower() + " ["
        return next((v for k, v in self.values.items() if k.lower().startswith(wanted)), "")

    def amount(self, label: str) -> tuple[float | None, str]:
        """Return a number and its units."""
        return amount(self.text(label))

    def count(self, label: str) -> int:
        """Return a whole number; 0 where there is none."""
        text = self.text(label)
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    def section(self, name: str) -> dict[str, str]:
        """Return the values of a section by their labels."""
        tail = f" [{name}]".lower()
        return {
            key[: -len(tail)]: value
            for key, value in self.values.items()
            if key.lower().endswith(tail)
        }


def header_at(cursor: Cursor, place: int) -> Header | None:
    """Read the header that begins at `place`; None where there is no end of one.

    The mark of its end counts, for the size in it is not always kept up.
    """
    cursor.position = place
    raw = cursor.take(min(cursor.left, LONGEST))
    stop = raw.find(HEADER_END)
    if stop < 0:
        return None
    end = stop + len(HEADER_END)
    for mark in (b"\r\n", b"\n"):
        if raw.startswith(mark, end):
            end += len(mark)
            break
    # some versions write the sign of the micrometre in the page of their country: latin-1
    lines = raw[:stop].decode("latin-1").splitlines()
    kind, values, section = "", {}, ""
    for line in lines:
        text = line.strip()
        label, colon, rest = text.partition(":")
        if text.startswith("[") and text.endswith("]"):
            section = text[1:-1]
        elif colon:
            values[f"{label.strip()} [{section}]"] = rest.strip()
        elif text and not section:
            # the last line before the first section without a colon
            kind = text
    return Header(kind, values, place + end)
