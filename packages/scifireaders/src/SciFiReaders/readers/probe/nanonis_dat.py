r"""Nanonis curves (``.dat``) as Datasets.

=============== ====================================================================
lines           meaning
=============== ====================================================================
key TAB value   the header; blank lines and further values may follow
``[DATA]``      end of the header
names           one per column, TAB between: ``Current [bwd] (A)``, ``X (m) [filt]``
numbers         one line per point, TAB between
=============== ====================================================================

The first column is what was swept, except where the header says with ``Sample Period
(ms)`` that the rows are moments in time.  Suffixes in brackets stand before or behind the
units: the way back ``bwd``, a filter ``filt``, an average ``AVG``, the number of a sweep.

Source: SPECS Zurich, "Nanonis SPM Control System, User Manual", chapter "ASCII file
format"; the kinds of files as the program's modules write them.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.text import decode
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

from .calibrated import equal_steps
from .nanonis_header import Channel, axis_of, channel, conditions, switch

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["NanonisDatReader", "Table", "parse_dat", "read_dat", "sniff"]

FORMAT: Final = "nanonis.dat"

logger = logging.getLogger(__name__)

# --- layout ---------------------------------------------------------------------------

#: The mark, alone on its line.
_MARK: Final = re.compile(rb"(?:^|[\r\n])[ \t]*\[DATA\][ \t]*(\r\n|\r|\n|$)")
#: A line of the header: a key, then its values.
_PAIR: Final = re.compile(rb"^[^\t\r\n]+\t")
#: Text is read as a whole.
LONGEST: Final = 1 << 26
#: Digits that numbers are printed with.
DIGITS: Final = 6
PERIOD: Final = "sample period (ms)"

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """The header and the columns of a file."""

    header: dict[str, Any]
    columns: tuple[Channel, ...]
    values: np.ndarray
    """[point, column]"""


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a file begins with keys and values and has the mark of the data."""
    if not _MARK.search(probe.head):
        return 0.0, "no line [DATA]"
    if not _PAIR.match(probe.head):
        return 0.0, "it does not begin with a key and a tab"
    return 0.9, "keys and values, then [DATA]"


def parse_dat(path: str | PathLike[str]) -> Table:
    """Read a file.

    Raises
    ------
    UnrecognisedFile
        When there is no line ``[DATA]`` after keys and values.
    CorruptFile
        When no columns are named, no point was measured, or something else stands among
        the numbers.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size > LONGEST:
            msg = f"a table of {cursor.size} bytes of text cannot be"
            raise cursor.corrupt(msg)
        raw = cursor.take(cursor.size)
    mark = _MARK.search(raw)
    if mark is None or not _PAIR.match(raw):
        msg = "not a Nanonis curve: no line [DATA] after lines of keys and values"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    head, _, body = decode(raw[mark.end() :]).lstrip("\r\n").partition("\n")
    names = [name.strip() for name in head.strip("\r\n").split("\t")]
    while names and not names[-1]:
        names.pop()
    if not names:
        msg = "no columns are named after the line [DATA]"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=mark.end())
    values = _numbers(path, body, len(names), mark.end())
    if not len(values):
        msg = "it has a header and no row of data: the measurement was stopped before it began"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=len(raw))
    columns = tuple(channel(name or f"column {i}") for i, name in enumerate(names))
    return Table(_header(decode(raw[: mark.start()])), columns, values)


def _header(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in text.splitlines():
        key, tab, rest = line.partition("\t")
        if not tab or not key.strip():
            # text without a key goes on with the value before, such as a comment
            if line.strip() and found:
                last = next(reversed(found))
                found[last] = f"{found[last]}\n{line.strip()}"
            continue
        values = [part.strip() for part in rest.rstrip("\t").split("\t")]
        typed = [switch(value) for value in values]
        found[key.strip()] = typed[0] if len(typed) == 1 else typed
    return found


def _numbers(path: str | PathLike[str], body: str, columns: int, place: int) -> np.ndarray:
    """Return the rows; the last may be cut short, and says so."""
    rows = [line for line in body.splitlines() if line.strip()]
    if rows and rows[-1].rstrip().count("\t") < columns - 1:
        message = f"{str(path)!r}: the last of the {len(rows)} rows is cut short and left out"
        warn(message, SidpyWarning)
        rows.pop()
    if not rows:
        return np.empty((0, columns))
    try:
        wanted = range(columns)
        return np.loadtxt(rows, delimiter="\t", comments=None, usecols=wanted, ndmin=2)
    except ValueError:
        logger.debug("%s: not all of it is plain numbers, row by row", path)
    values = np.empty((len(rows), columns))
    for i, row in enumerate(rows):
        try:
            values[i] = [_cell(cell) for cell in row.split("\t")[:columns]]
        except ValueError as error:
            msg = f"row {i + 1} of the data, {row!r:.80}, should be {columns} numbers: {error}"
            raise CorruptFile(msg, path=path, format=FORMAT, offset=place) from error
    return values


def _cell(text: str) -> float:
    """Return a number, also with a decimal comma; NaN where there is none."""
    bare = text.strip()
    return float("nan") if bare in {"", "N/A"} else float(bare.replace(",", "."))


# --- label ----------------------------------------------------------------------------


def read_dat(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file: a Dataset per column, along what was swept; in memory, for it is text.

    Warns
    -----
    SidpyWarning
        When the last row is cut short; it is left out.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_dat`.
    """
    table = parse_dat(path)
    axis, columns = _axis(table)
    metadata = _metadata(table.header)
    return [
        dataset(
            lazy(np.ascontiguousarray(table.values[:, i])),
            (axis,),
            title=what.name,
            data_type="SPECTRUM",
            units=what.units,
            quantity=what.quantity,
            source="SciFiReaders.NanonisDatReader",
            metadata={**metadata, "scan": {**metadata["scan"], "sweep_direction": what.direction}},
            original_metadata=table.header,
        )
        for i, what in columns
    ]


class NanonisDatReader(ReleasedReader):
    """Nanonis curves: a Dataset per column after the first.

    Parameters
    ----------
    file_path : str or path-like
        The ``.dat`` file.
    """

    function = "SciFiReaders.readers.probe.nanonis_dat:read_dat"
    container = "list"
    spec = "SciFiReaders.nanonis_dat"

    def read(self, verbose: bool = False) -> list[Dataset]:  # noqa: FBT001, FBT002 - the released package's signature
        """Read the file.

        Returns
        -------
        list of Dataset
            Forward and backward sweeps and filtered columns one by one.
        """
        self._verbose = self._verbose or verbose
        return super().read()


def _axis(table: Table) -> tuple[Axis, list[tuple[int, Channel]]]:
    """Return what the rows stand for, and the columns along it."""
    columns = list(enumerate(table.columns))
    lowered = {key.lower(): value for key, value in table.header.items()}
    period = number(lowered.get(PERIOD))
    if period is not None and table.columns[0].units not in {"s", "ms"}:
        times = np.arange(len(table.values)) * period * 1e-3
        return Axis("time", times, "s", "Time", "TEMPORAL"), columns
    if len(columns) == 1:
        return Axis("point", np.arange(len(table.values)), "", "point", "UNKNOWN"), columns
    return axis_of(table.columns[0], _as_swept(table.values[:, 0])), columns[1:]


def _as_swept(printed: np.ndarray) -> np.ndarray:
    """Return equal steps where the printed values are theirs, rounded to six digits."""
    with np.errstate(divide="ignore"):
        digits = np.floor(np.log10(np.abs(printed))) - DIGITS + 1
    last = np.where(printed == 0, 0.0, 10.0 ** np.maximum(digits, -300))
    return equal_steps(printed, last)


def _metadata(header: dict[str, Any]) -> dict[str, Any]:
    """Return the values every probe microscope has, in SI units and degrees."""
    keys = {key.lower(): value for key, value in header.items()}
    experiment = conditions(keys)
    position = {axis: number(keys.get(f"{axis} (m)")) for axis in "xyz"}
    return {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": {"position": {key: value for key, value in position.items() if value is not None}},
    }
