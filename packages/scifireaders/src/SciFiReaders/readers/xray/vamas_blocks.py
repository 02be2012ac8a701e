"""Blocks of a VAMAS file, line by line, as ISO 14976 lays them out.

Every entry is a line.  Which entries a block has depends on the mode of the experiment,
on the technique, and on a list in the header that leaves entries out of all blocks but
the first, whose values they then share; `ENTRIES` is the standard's own numbering.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile

from .plain_text import numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

__all__ = ["Block", "Experiment", "parse_experiment"]

FORMAT: Final = "vamas"
_MAPS: Final = frozenset({"MAP", "MAPDP"})
_REGIONS: Final = frozenset({"MAP", "MAPDP", "NORM", "SDP"})
_FIELDS: Final = frozenset({"MAP", "MAPDP", "MAPSV", "MAPSVDP", "SEM"})
_LINES: Final = frozenset({"MAPSV", "MAPSVDP", "SEM"})
_PROFILES: Final = frozenset({"MAPDP", "MAPSVDP", "SDP", "SDPSV"})
_SPUTTERED: Final = frozenset(
    {
        "FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS",
        "SNMS energy spec",
    }
)  # fmt: skip
_BEAM: Final = frozenset({"AES diff", "AES dir", "EDX", "ELS", "UPS", "XPS", "XRF"})
#: The standard's word for "not known".
NOT_KNOWN: Final = 1e37
_MOST_ENTRIES: Final = 1 << 20

#: Entries of a block by their number: names of their lines.  What is not here has an
#: arrangement of its own.
ENTRIES: Final[dict[int, tuple[str, ...]]] = {
    1: ("year",),
    2: ("month",),
    3: ("day",),
    4: ("hour",),
    5: ("minute",),
    6: ("second",),
    7: ("hours ahead of GMT",),
    9: ("technique",),
    10: ("x coordinate", "y coordinate"),
    12: ("analysis source label",),
    13: ("sputtering ion atomic number", "atoms in sputtering ion", "sputtering ion charge"),
    14: ("analysis source energy",),
    15: ("analysis source strength",),
    16: ("analysis source beam width x", "analysis source beam width y"),
    17: ("field of view x", "field of view y"),
    18: (
        "first line start x",
        "first line start y",
        "first line finish x",
        "first line finish y",
        "last line finish x",
        "last line finish y",
    ),
    19: ("analysis source polar angle",),
    20: ("analysis source azimuth",),
    21: ("analyser mode",),
    22: ("analyser pass energy",),
    23: ("differential width",),
    24: ("transfer lens magnification",),
    25: ("analyser work function",),
    26: ("target bias",),
    27: ("analysis width x", "analysis width y"),
    28: ("take-off polar angle", "take-off azimuth"),
    29: ("species label",),
    30: ("transition label", "charge of detected particle"),
    31: ("abscissa label", "abscissa units", "abscissa start", "abscissa increment"),
    33: ("signal mode",),
    34: ("collection time",),
    35: ("number of scans",),
    36: ("time correction",),
    37: (
        "sputtering source energy",
        "sputtering beam current",
        "sputtering width x",
        "sputtering width y",
        "sputtering polar angle",
        "sputtering azimuth",
        "sputtering mode",
    ),
    38: ("tilt polar angle", "tilt azimuth"),
    39: ("rotation angle",),
}
#: Entries whose lines are text, also when it looks like a number.
_TEXT: Final = frozenset({9, 12, 21, 29, 33})


@dataclass
class Experiment:
    """What is said of all blocks, and the blocks."""

    words: dict[str, Any]
    mode: str
    scan_mode: str
    variables: list[tuple[str, str]]
    """Label and units of each experimental variable."""
    left_out: frozenset[int]
    """Numbers of the entries that only the first block has."""
    upgrades: int = 0
    """Lines of later versions in each block."""
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Block:
    """One block: its words, and its numbers as [point, variable]."""

    name: str
    sample: str
    words: dict[str, Any] = field(default_factory=dict)
    settings: list[float] = field(default_factory=list)
    """Values of the experimental variables."""
    columns: list[tuple[str, str]] = field(default_factory=list)
    """Label and units of each corresponding variable."""
    table: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    def known(self, name: str) -> float | None:
        """Return a number of the block, None for one that the writer did not know."""
        value = number(self.words.get(name))
        return None if value is None or abs(value) >= NOT_KNOWN else value


class Lines:
    """The lines of a file, one after the other, with what each should be."""

    def __init__(self, text: str, path: str | PathLike[str]) -> None:
        self._lines: Iterator[str] = iter(StringIO(text))
        self.path, self.place = path, 0

    def corrupt(self, message: str) -> CorruptFile:
        """Build the error for the line that was read last."""
        return CorruptFile(f"line {self.place}: {message}", path=self.path, format=FORMAT)

    def text(self, what: str) -> str:
        """Return the next line."""
        line = next(self._lines, None)
        self.place += 1
        if line is None:
            msg = f"the file ends where the {what} should be"
            raise self.corrupt(msg)
        return line.strip()

    def count(self, what: str) -> int:
        """Return the next line, a whole number that is not negative."""
        return abs(self.signed(what))

    def signed(self, what: str) -> int:
        """Return the next line, a whole number."""
        word = self.text(what)
        value = number(word)
        if value is None or value != int(value) or abs(value) > _MOST_ENTRIES * 64:
            msg = f"the {what} should be a whole number, found {word[:40]!r}"
            raise self.corrupt(msg)
        return int(value)

    def texts(self, count: int, what: str) -> list[str]:
        """Return the next lines."""
        if count > _MOST_ENTRIES:
            msg = f"{count} lines of {what} cannot be"
            raise self.corrupt(msg)
        return [self.text(what) for _ in range(count)]

    def numbers(self, count: int) -> np.ndarray:
        """Return numbers from the next lines, as many as there are up to `count`."""
        found = numbers_in(" ".join(islice(self._lines, count)))
        self.place += count
        if found is None:
            msg = "there is something else among the ordinates before it"
            raise self.corrupt(msg)
        return found


def parse_experiment(text: str, path: str | PathLike[str]) -> Experiment:
    """Read the header and all blocks of a file.

    Raises
    ------
    CorruptFile
        When a line is not what it should be, or no block is complete.

    Warns
    -----
    SidpyWarning
        When the file ends early: its complete blocks and lines are returned.
    """
    lines = Lines(text, path)
    experiment, count = _header(lines)
    while len(experiment.blocks) < count:
        try:
            block = _block(lines, experiment)
        except CorruptFile as error:
            if not experiment.blocks:
                raise
            there = len(experiment.blocks)
            warn(f"{path}: {there} of {count} blocks are there; {error.message}")
            break
        experiment.blocks.append(block)
    if not experiment.blocks:
        msg = "it holds no block"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return experiment


def _header(lines: Lines) -> tuple[Experiment, int]:
    names = ("format", "institution", "instrument", "operator", "experiment")
    words: dict[str, Any] = {name: lines.text(name) for name in names}
    words["comment"] = lines.texts(lines.count("lines of comment"), "comment")
    mode, scan_mode = lines.text("experiment mode"), lines.text("scan mode")
    words |= {"experiment mode": mode, "scan mode": scan_mode}
    if mode in _REGIONS:
        words["spectral regions"] = lines.count("spectral regions")
    if mode in _MAPS:
        words["analysis positions"] = lines.count("analysis positions")
        words["x coordinates"] = lines.count("x coordinates")
        words["y coordinates"] = lines.count("y coordinates")
    count = lines.count("experimental variables")
    labels = lines.texts(2 * count, "experimental variables")
    listed = lines.signed("entries of the inclusion list")
    numbers = {lines.count("entry of the inclusion list") for _ in range(min(abs(listed), 64))}
    # a positive list says what every block has, a negative one what it has not
    left_out = set() if not listed else (set(range(1, 41)) - numbers if listed > 0 else numbers)
    lines.texts(lines.count("manually entered items"), "manually entered items")
    upgrades, block_upgrades = lines.count("future entries"), lines.count("future block entries")
    words["future entries"] = lines.texts(upgrades, "future entries")
    variables = list(zip(labels[::2], labels[1::2], strict=True))
    experiment = Experiment(words, mode, scan_mode, variables, frozenset(left_out), block_upgrades)
    return experiment, lines.count("blocks")


def _block(lines: Lines, experiment: Experiment) -> Block:
    block = Block(lines.text("block identifier"), lines.text("sample identifier"))
    first = experiment.blocks[0] if experiment.blocks else None
    for entry in range(1, 41):
        if first is not None and entry in experiment.left_out:
            _share(first, block, entry)
        elif _has(experiment, block, entry):
            _read(lines, experiment, block, entry)
    block.words["future entries"] = lines.texts(experiment.upgrades, "future entries")
    count, width = lines.count("ordinates"), len(block.columns)
    if not width or count % width or not count:
        msg = f"{count} ordinates of {width} variables cannot be"
        raise lines.corrupt(msg)
    lines.texts(2 * width, "smallest and largest ordinates")
    found = lines.numbers(count)
    rows = len(found) // width
    if rows < count // width:
        if not rows:
            msg = f"none of {count} ordinates are there"
            raise lines.corrupt(msg)
        warn(f"{lines.path}: block {block.name!r} has {rows} of {count // width} points")
    block.table = found[: rows * width].reshape(rows, width)
    return block


def _has(experiment: Experiment, block: Block, entry: int) -> bool:
    """Whether a block of this experiment has an entry."""
    mode, technique = experiment.mode, block.words.get("technique", "")
    conditions = {
        10: mode in _MAPS,
        13: mode in _PROFILES or technique in _SPUTTERED,
        17: mode in _FIELDS,
        18: mode in _LINES,
        23: technique == "AES diff",
        31: experiment.scan_mode == "REGULAR",
        37: mode in _PROFILES and technique in _BEAM,
    }
    return conditions.get(entry, True)


def _read(lines: Lines, experiment: Experiment, block: Block, entry: int) -> None:
    if entry == 8:
        block.words["comment"] = lines.texts(lines.count("lines of comment"), "comment")
    elif entry == 11:
        values = lines.texts(len(experiment.variables), "values of variables")
        known = map(number, values)
        block.settings = [
            np.nan if value is None or value >= NOT_KNOWN else value for value in known
        ]
    elif entry == 32:
        count = lines.count("corresponding variables")
        labels = lines.texts(2 * min(count, _MOST_ENTRIES), "corresponding variables")
        block.columns = list(zip(labels[::2], labels[1::2], strict=True))
    elif entry == 40:
        count = lines.count("additional parameters")
        parts = lines.texts(3 * min(count, _MOST_ENTRIES), "additional parameters")
        block.words["additional parameters"] = {
            label: (typed(value), units)
            for label, units, value in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        }
    else:
        for name in ENTRIES[entry]:
            text = lines.text(name)
            block.words[name] = text if entry in _TEXT else typed(text)


def _share(first: Block, block: Block, entry: int) -> None:
    """Take an entry from the first block."""
    if entry == 11:
        block.settings = list(first.settings)
    elif entry == 32:
        block.columns = list(first.columns)
    else:
        special = {8: ("comment",), 40: ("additional parameters",)}
        for name in special.get(entry) or ENTRIES[entry]:
            if name in first.words:
                block.words[name] = first.words[name]
