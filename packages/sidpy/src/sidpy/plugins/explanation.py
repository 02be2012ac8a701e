"""The answer of `sidpy.explain`: who could read a file, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .discovery import Plugin

__all__ = ["Explanation", "Row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One reader before one file.

    Parameters
    ----------
    reader, format, distribution, version : str
        Who it is.
    score : float
        How much of the file speaks for it: 0 no, 100 certainly.
    priority : int
        Settles between equal scores.
    chosen : bool
        Whether it reads the file.
    reason : str
        In words.
    """

    reader: str
    format: str
    distribution: str
    version: str
    score: float
    priority: int
    chosen: bool
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Who could read a file, and why.

    Parameters
    ----------
    path : str
        The file.
    size : int, bytes
        How long it is.
    rows : tuple of Row
        Every reader, the chosen one first, then by what speaks for it.
    reason : str
        Why the chosen one was chosen.
    problem : str
        Why none was chosen; empty when one was.
    broken : tuple of Plugin
        Plugins that could not be asked.
    """

    path: str
    size: int
    rows: tuple[Row, ...]
    reason: str
    problem: str
    broken: tuple[Plugin, ...]

    @property
    def chosen(self) -> str | None:
        """Name of the reader that reads the file."""
        return next((row.reader for row in self.rows if row.chosen), None)

    def row(self, reader: str) -> Row:
        """Return the row of a reader.

        Raises
        ------
        KeyError
            When there is none of that name.
        """
        for row in self.rows:
            if row.reader == reader:
                return row
        raise KeyError(reader)

    def to_dict(self) -> dict[str, Any]:
        """Return everything in words, numbers and lists, for a program to read."""
        return {
            "path": self.path,
            "size": self.size,
            "chosen": self.chosen,
            "reason": self.reason,
            "problem": self.problem,
            "readers": [asdict(row) for row in self.rows],
            "broken": [
                {"plugin": plugin.label, "reason": plugin.reason} for plugin in self.broken
            ],
        }

    def __str__(self) -> str:
        lines = [f"{self.path} ({self.size:,} bytes)"]
        if self.chosen is None:
            lines.append(f"no reader: {self.problem}")
        else:
            lines.append(f"read by {self.chosen}: {self.reason}")
        lines += ["", *_table(self.rows)]
        lines += [f"broken: {plugin.label}: {plugin.reason}" for plugin in self.broken]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Explanation of {self.path!r}: {self.chosen or 'no reader'}>"


def _table(rows: tuple[Row, ...]) -> list[str]:
    if not rows:
        return ["no readers are installed"]
    cells = [("", "reader", "format", "from", "score", "why")]
    for row in rows:
        source = f"{row.distribution} {row.version}".strip()
        mark = "→" if row.chosen else ""
        cells.append((mark, row.reader, row.format, source, f"{row.score:g}", row.reason))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
