"""Parameters of Omicron MATRIX: what the control system knew when a result file was written.

============ =========================================================================
block        content
============ =========================================================================
any          4 characters, written backwards, u32 length; a time of 8 bytes follows where
             the block is not one of `WITHOUT_TIME` and is not counted
``EEPA``     u32, u32 count of instances; each a text, u32 count of properties; each name,
             unit, u32, value
``PMOD``     u32, instance, property, unit, u32, value: changed later
``CCSY``     u32, then blocks
``DICT``     8 bytes, u32 count of devices (16 bytes, two texts), u32 count of channels (u32,
             u32 number, 8 bytes, name, unit), ...
``XFER``     u32, u32 number of a channel, name of the transfer function, unit, u32 count
             of parameters; each a name and a value
``BREF``     u32, name of the result file that was written at this moment
``MARK``     a text ``MTRX$KEY-value``
============ =========================================================================

A text is u32 length and UTF-16; a value is ``BOOL`` u32, ``LONG`` i32, ``DOUB`` f64 or
``STRG`` text, the word written backwards.  All little-endian.

Source: access2theMatrix 0.4.4 (S. Zevenhuizen, BSD), which documents the blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.binary import Cursor
from SciFiReaders.text import decode_utf16
from sidpy.errors import CorruptFile, MissingFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FORMAT", "MAGIC", "Parameters", "parameters_for"]

FORMAT: Final = "omicron.mtrx"
MAGIC: Final = b"ONTMATRX0101"
WITHOUT_TIME: Final = frozenset({"XFER", "SCAN", "DICT", "CHCS", "INST", "CNXS", "GENL"})
_LONGEST: Final = 1 << 27
_MARK: Final = re.compile(r"MTRX\$(.*?)-(.*)", re.DOTALL)


@dataclass(slots=True)
class Parameters:
    """The state of the system at one moment."""

    values: dict[str, Any] = field(default_factory=dict)
    """Values by ``"instance.property"``."""
    units: dict[str, str] = field(default_factory=dict)
    channels: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Name and unit by number."""
    transfers: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)

    def number(self, key: str, default: float | None = None) -> float:
        """Return a parameter as a number.

        Raises
        ------
        CorruptFile
            When it is missing and there is no default.
        """
        value = self.values.get(key, default)
        if isinstance(value, bool | int | float):
            return value
        msg = f"the parameter {key!r} should be a number, found {value!r}"
        raise CorruptFile(msg, format=FORMAT)

    def count(self, key: str, most: int = 1 << 20) -> int:
        """Return a parameter as a number of things, at least one."""
        value = int(self.number(key))
        if not 0 < value <= most:
            msg = f"the parameter {key!r} cannot be {value}"
            raise CorruptFile(msg, format=FORMAT)
        return value


def parameters_for(path: str | PathLike[str]) -> Parameters:
    """Return the parameters that held when a result file was written.

    They are in files beside it: ``name_0001.mtrx``, ... for ``name--1_1.Z_mtrx``.

    Raises
    ------
    MissingFile
        When they are not there.
    CorruptFile
        When they are damaged.
    """
    place = Path(path)
    chain, mark, _ = place.name.rpartition("--")
    first = place.with_name(f"{chain}_0001.mtrx")
    if not mark or not first.exists():
        msg = f"its parameters should lie beside it, in {first.name!r}; copy them there, too"
        raise MissingFile(msg, path=path, format=FORMAT)
    found = Parameters()
    number = 1
    while (link := place.with_name(f"{chain}_{number:04}.mtrx")).exists():
        if link.stat().st_size > _LONGEST:
            msg = "no parameters are so long"
            raise CorruptFile(msg, path=link, format=FORMAT)
        cursor = Cursor(link.read_bytes(), path=link, format=FORMAT)
        if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
            msg = f"parameters should begin with {MAGIC.decode()}"
            raise CorruptFile(msg, path=link, format=FORMAT, offset=0)
        if _follow(found, cursor, cursor.size, place.name):
            break
        number += 1
    return found


def _follow(found: Parameters, cursor: Cursor, end: int, name: str) -> bool:
    """Take in blocks up to the one that names a result file; say whether it came."""
    while cursor.position + 8 <= end:
        kind, length = _head(cursor)
        stop = cursor.position + length
        if stop > end:
            msg = f"the block {kind!r} of {length} bytes reaches beyond what holds it"
            raise cursor.corrupt(msg)
        if kind == "CCSY":
            cursor.skip(4)
            _follow(found, cursor, stop, name)
        elif kind == "BREF":
            cursor.skip(4)
            if _text(cursor) == name:
                return True
        elif kind in _PARSERS:
            _PARSERS[kind](found, cursor, stop)
        cursor.position = stop
    return False


def _head(cursor: Cursor) -> tuple[str, int]:
    kind = cursor.take(4)[::-1].decode("latin-1")
    length = cursor.u4()
    if kind not in WITHOUT_TIME:
        cursor.skip(8, f"time of the block {kind!r}")
    return kind, length


def _text(cursor: Cursor) -> str:
    return decode_utf16(cursor.take(2 * cursor.u4(), "text"))


def _value(cursor: Cursor) -> Any:
    kind = cursor.take(4)
    if kind == b"LOOB":
        return bool(cursor.u4())
    if kind == b"GNOL":
        return cursor.i4()
    if kind == b"BUOD":
        return cursor.f8()
    if kind == b"GRTS":
        return _text(cursor)
    msg = f"a value of the type {kind!r} is not known"
    raise cursor.corrupt(msg)


def _property(found: Parameters, cursor: Cursor, instance: str) -> None:
    key = f"{instance}.{_text(cursor)}"
    found.units[key] = _text(cursor)
    cursor.skip(4)
    found.values[key] = _value(cursor)


def _instances(found: Parameters, cursor: Cursor, _: int) -> None:
    cursor.skip(4)
    for _instance in range(cursor.fits(cursor.u4(), 8, "instances")):
        instance = _text(cursor)
        for _one in range(cursor.fits(cursor.u4(), 16, "properties")):
            _property(found, cursor, instance)


def _change(found: Parameters, cursor: Cursor, _: int) -> None:
    cursor.skip(4)
    _property(found, cursor, _text(cursor))


def _channels(found: Parameters, cursor: Cursor, _: int) -> None:
    cursor.skip(8)
    for _device in range(cursor.fits(cursor.u4(), 24, "devices")):
        cursor.skip(16)
        _text(cursor)
        _text(cursor)
    for _channel in range(cursor.fits(cursor.u4(), 24, "channels")):
        cursor.skip(4)
        number = cursor.u4()
        cursor.skip(8)
        found.channels[number] = (_text(cursor), _text(cursor))


def _transfers(found: Parameters, cursor: Cursor, stop: int) -> None:
    while cursor.position < stop:
        cursor.skip(4)
        number = cursor.u4()
        name, _unit = _text(cursor), _text(cursor)
        count = cursor.fits(cursor.u4(), 12, "parameters of a transfer")
        found.transfers[number] = (name, {_text(cursor): _value(cursor) for _ in range(count)})


def _mark(found: Parameters, cursor: Cursor, _: int) -> None:
    if match := _MARK.match(_text(cursor)):
        found.marks[match[1]] = match[2]


_PARSERS: Final = {
    "EEPA": _instances, "PMOD": _change, "DICT": _channels, "XFER": _transfers, "MARK": _mark,
}  # fmt: skip
