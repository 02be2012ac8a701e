"""Headers of classic netCDF files: CDF-1, CDF-2 (64-bit offsets), CDF-5 (64-bit data).

All numbers are big-endian.

============ ========================================================================
place        meaning
============ ========================================================================
@0           ``CDF`` and the version, 1, 2 or 5
@4           records: a count (4 bytes, 8 in version 5), all ones while it is streamed
then         lists of dimensions, attributes, variables: u32 tag 10, 12 or 11 (0, 0 when
             empty), a count, the items
dimension    name, length; 0 is the record dimension
attribute    name, u32 type, count, values filled up to 4 bytes
variable     name, count and numbers of its dimensions, attributes, u32 type, size, u32
             or (versions 2, 5) u64 place
============ ========================================================================

Numbers of a record variable lie one record after the other, with those of the other record
variables between.

Source: Unidata, "NetCDF Classic Format Specification", docs.unidata.ucar.edu.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode, until_nul
from sidpy._warnings import warn
from sidpy.errors import UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Classic", "Variable", "parse_classic"]

FORMAT: Final = "netcdf"
_TYPES: Final = {
    1: "i1",
    2: "S1",
    3: ">i2",
    4: ">i4",
    5: ">f4",
    6: ">f8",
    7: "u1",
    8: ">u2",
    9: ">u4",
    10: ">i8",
    11: ">u8",
}
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12
_MOST_RANK: Final = 32


@dataclass(frozen=True)
class Variable:
    """A variable, its numbers left in the file."""

    name: str
    dimensions: tuple[str, ...]
    attributes: dict[str, Any]
    source: Any


@dataclass
class Classic:
    """What the header says."""

    attributes: dict[str, Any] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)


@dataclass(frozen=True)
class _Planned:
    """A variable before it is known how many records there are."""

    name: str
    dimensions: tuple[int, ...]
    attributes: dict[str, Any]
    dtype: np.dtype
    place: int


class _Header:
    """The cursor with the widths of the version."""

    def __init__(self, cursor: Cursor) -> None:
        magic = cursor.take(4) if cursor.size >= 4 else b""
        if magic[:3] != b"CDF" or magic[3:] not in (b"\1", b"\2", b"\5"):
            msg = "not a classic netCDF file: it does not begin with CDF and 1, 2 or 5"
            raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
        self.cursor, self.version = cursor, magic[3]

    def size(self) -> int:
        """Read a count or a length."""
        return self.cursor.u8() if self.version == 5 else self.cursor.u4()

    def place(self) -> int:
        """Read where a variable begins."""
        return self.cursor.u4() if self.version == 1 else self.cursor.u8()

    def name(self) -> str:
        """Read a name."""
        return decode(self.padded(self.size()))

    def padded(self, count: int) -> bytes:
        """Read bytes, and those that fill them up to 4."""
        found = self.cursor.take(count, "name or value")
        self.cursor.skip(min(-count % 4, self.cursor.left))
        return found

    def list(self, tag: int, what: str) -> range:
        """Read the beginning of a list."""
        found, count = self.cursor.u4(), self.size()
        if found not in (0, tag) or (found == 0 and count):
            msg = f"a list of {what} should begin with {tag}, found {found} and {count}"
            raise self.cursor.corrupt(msg)
        return range(self.cursor.fits(count, 8, what))

    def attributes(self) -> dict[str, Any]:
        """Read a list of attributes."""
        found: dict[str, Any] = {}
        for _ in self.list(_ATTRIBUTES, "attributes"):
            name, kind, count = self.name(), self.cursor.u4(), 0
            count = self.size()
            if kind not in _TYPES:
                msg = f"attribute {name!r} has the type {kind}; known are 1 to 11"
                raise self.cursor.corrupt(msg)
            dtype = np.dtype(_TYPES[kind])
            raw = self.padded(count * dtype.itemsize)
            if kind == 2:
                found[name] = until_nul(decode(raw))
            else:
                values = np.frombuffer(raw, dtype).tolist()
                found[name] = values[0] if len(values) == 1 else values
        return found

    def variable(self, dimensions: int) -> _Planned:
        """Read one variable."""
        name, rank = self.name(), self.size()
        if rank > _MOST_RANK:
            msg = f"variable {name!r} has {rank} dimensions"
            raise self.cursor.corrupt(msg)
        numbers = tuple(self.size() for _ in range(rank))
        if any(number >= dimensions for number in numbers):
            msg = f"variable {name!r} has the dimensions {numbers} of {dimensions}"
            raise self.cursor.corrupt(msg)
        attributes = self.attributes()
        kind = self.cursor.u4()
        self.size()  # of a record or of all, which wraps around in old versions
        if kind not in _TYPES:
            msg = f"variable {name!r} has the type {kind}; known are 1 to 11"
            raise self.cursor.corrupt(msg)
        return _Planned(name, numbers, attributes, np.dtype(_TYPES[kind]), self.place())


def parse_classic(path: str | PathLike[str]) -> Classic:
    """Read the header of a file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    Classic
        Its variables as arrays left in the file.

    Raises
    ------
    UnrecognisedFile
        When it is no classic netCDF.
    CorruptFile
        When a size or a place cannot be.

    Warns
    -----
    SidpyWarning
        When records are missing at the end: those that are there are returned.
    """
    with open_cursor(path, format=FORMAT, order=">") as cursor:
        header = _Header(cursor)
        records = header.size()
        streamed = records == (2**64 - 1 if header.version == 5 else 2**32 - 1)
        listed = header.list(_DIMENSIONS, "dimensions")
        sizes = [(header.name(), header.size()) for _ in listed]
        found = Classic(header.attributes())
        planned = [header.variable(len(sizes)) for _ in header.list(_VARIABLES, "variables")]
        there = _records(cursor, planned, sizes, None if streamed else records)
        step = _step(planned, sizes)
        for one in planned:
            found.variables.append(_located(cursor, one, sizes, there, step))
    return found


def _is_record(one: _Planned, sizes: list[tuple[str, int]]) -> bool:
    return bool(one.dimensions) and sizes[one.dimensions[0]][1] == 0


def _bytes(one: _Planned, sizes: list[tuple[str, int]]) -> int:
    """Return the bytes of one record of a variable, not filled up."""
    return math.prod(sizes[i][1] for i in one.dimensions[1:]) * one.dtype.itemsize


def _step(planned: list[_Planned], sizes: list[tuple[str, int]]) -> int:
    """Return the bytes of a record; a single variable is not filled up to 4 bytes."""
    parts = [_bytes(one, sizes) for one in planned if _is_record(one, sizes)]
    return parts[0] if len(parts) == 1 else sum(-(-part // 4) * 4 for part in parts)


def _records(
    cursor: Cursor, planned: list[_Planned], sizes: list[tuple[str, int]], told: int | None
) -> int:
    """Return how many records there are of each record variable."""
    step = _step(planned, sizes)
    counts = [
        max(cursor.size - one.place - _bytes(one, sizes) + step, 0) // step
        for one in planned
        if step and _is_record(one, sizes)
    ]
    there = min(counts, default=0)
    if told is None:
        return there
    if there < told and counts:
        warn(f"{cursor.path}: {there} of {told} records are there")
    return min(there, told)


def _located(
    cursor: Cursor, one: _Planned, sizes: list[tuple[str, int]], records: int, step: int
) -> Variable:
    shape = [sizes[i][1] for i in one.dimensions]
    strides = [one.dtype.itemsize]
    for size in shape[:0:-1]:
        strides.insert(0, strides[0] * size)
    if _is_record(one, sizes):
        shape[0], strides[0] = records, step
    if not shape:
        strides = []
    names = tuple(sizes[i][0] for i in one.dimensions)
    source = StridedArray(cursor.path or "", one.dtype, shape, one.place, strides)
    return Variable(one.name, names, one.attributes, source)
