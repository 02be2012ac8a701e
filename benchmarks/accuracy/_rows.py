"""Rows of a table of accuracy: what is measured, the best there can be, what others reach, ours.

    rows = Rows("registration")
    rows.most("two frames, noise 0.1 (px rms)", ours=0.0034, limit=0.0030, reference=0.0041)
    rows.finish()

prints the table and ends the script with status 1 when ours is beyond the reference.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field


@dataclass
class Rows:
    """A table that fills up row by row."""

    title: str
    lines: list[str] = field(default_factory=list)
    broken: int = 0

    def most(self, name: str, *, ours: float, reference: float, limit: float | None = None):
        """Add a row in which ours may be at most the reference."""
        self._row(name, ours, reference, limit, good=ours <= reference)

    def least(self, name: str, *, ours: float, reference: float, limit: float | None = None):
        """Add a row in which ours may be at least the reference."""
        self._row(name, ours, reference, limit, good=ours >= reference)

    def between(self, name: str, *, ours: float, low: float, high: float):
        """Add a row in which ours lies between two numbers."""
        self._row(name, ours, high, low, good=low <= ours <= high)

    def _row(self, name, ours, reference, limit, *, good):
        shown = "-" if limit is None else f"{limit:.4g}"
        mark = "" if good else "  beyond the reference"
        self.lines.append(f"{name:58} {shown:>10} {reference:10.4g} {ours:10.4g}{mark}")
        self.broken += not good

    def finish(self) -> None:
        """Print the table; end the script with status 1 if a row does not hold."""
        print(f"{self.title:58} {'limit':>10} {'reference':>10} {'ours':>10}")
        print("\n".join(self.lines), end="\n\n", flush=True)
        if self.broken:
            sys.exit(1)
