"""Times side by side: the same work done by us and by a peer, in one run, as a table.

A time alone says little about a busy machine, so every row holds two contenders whose
repeats alternate, and the figure that counts is the median of the paired ratios.

    table = Table("adding two arrays", limit=1.3)
    table.row("small", ours=lambda: a + b, peer=lambda: x + y)
    table.finish()

prints the table and ends the script with status 1 when a ratio exceeds the limit.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Row:
    """Two contenders and what they took."""

    name: str
    labels: tuple[str, str]
    seconds: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    @property
    def ratio(self) -> float:
        """The median of ours over theirs, each pair measured back to back."""
        return median(ours / peer for ours, peer in zip(*self.seconds, strict=True))

    @property
    def spread(self) -> tuple[float, float]:
        """The lower and upper quartile of the paired ratios."""
        ratios = sorted(ours / peer for ours, peer in zip(*self.seconds, strict=True))
        return ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]


@dataclass
class Table:
    """Rows of one claim.

    Parameters
    ----------
    title : str
        The claim.
    limit : float, optional
        The largest ratio, ours over the peer's, that the claim allows.
    repeats : int
        Pairs of measurements in each row.
    sample : float, s
        Work is looped until one measurement lasts at least this long.
    unit : str
        "s", or "B" where the contenders measure themselves in bytes.
    """

    title: str
    limit: float | None = None
    repeats: int = 11
    sample: float = 0.02
    unit: str = "s"
    rows: list[Row] = field(default_factory=list)

    def row(self, name: str, **contenders: Callable[[], object]) -> Row:
        """Time two contenders, given as ``ours=...`` and then the peer under its own name."""
        loops = {label: self._loops(work) for label, work in contenders.items()}
        return self.seconds(
            name,
            **{label: partial(timed, work, loops[label]) for label, work in contenders.items()},
        )

    def seconds(self, name: str, **contenders: Callable[[], float]) -> Row:
        """Compare two contenders that measure themselves and return seconds (or bytes)."""
        row = Row(name, tuple(contenders))
        pair = list(zip(contenders.values(), row.seconds, strict=True))
        for measure, _ in pair:
            measure()  # caches warm up for both
        for repeat in range(self.repeats):
            for measure, found in pair if repeat % 2 else pair[::-1]:
                found.append(measure())
        self.rows.append(row)
        return row

    def _loops(self, work: Callable[[], object]) -> int:
        work()
        loops = 1
        while (took := timed(work, loops) * loops) < self.sample:
            loops = max(loops + 1, int(loops * min(10, 1.2 * self.sample / max(took, 1e-9))))
        return loops

    @property
    def failures(self) -> list[Row]:
        """The rows beyond the limit."""
        return [row for row in self.rows if self.limit is not None and row.ratio > self.limit]

    def __str__(self) -> str:
        labels = self.rows[0].labels
        width = max(len(row.name) for row in self.rows)
        lines = [self.title, f"{'':{width}}  {labels[0]:>10}  {labels[1]:>10}   ratio  quartiles"]
        for row in self.rows:
            ours, peer = (readable(median(found), self.unit) for found in row.seconds)
            low, high = row.spread
            mark = "  over the limit" if row in self.failures else ""
            lines.append(
                f"{row.name:{width}}  {ours:>10}  {peer:>10}  {row.ratio:6.2f}"
                f"  {low:.2f}-{high:.2f}{mark}"
            )
        if self.limit is not None:
            lines.append(
                f"limit {self.limit:.2f}: {len(self.failures)} of {len(self.rows)} over it"
            )
        return "\n".join(lines)

    def finish(self) -> None:
        """Print the table; end the script with status 1 if the claim does not hold."""
        finish(self)


def finish(*tables: Table) -> None:
    """Print all tables; end the script with status 1 if one of the claims does not hold."""
    for table in tables:
        print(table, end="\n\n", flush=True)
    if any(table.failures for table in tables):
        sys.exit(1)


def timed(work: Callable[[], object], loops: int) -> float:
    """Return the seconds that one call of the work takes, averaged over loops."""
    started = perf_counter()
    for _ in range(loops):
        work()
    return (perf_counter() - started) / loops


def readable(seconds: float, unit: str = "s") -> str:
    """Write a time, or a number of bytes, with three figures and a unit."""
    if unit == "B":
        return f"{seconds / 2**20:.3g} MB"
    for factor, word in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {word}"
    return f"{seconds * 1e9:.3g} ns"
