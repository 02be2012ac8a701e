"""Property sets of Renishaw files: typed values under numbered names, sets in sets.

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
0          4 chars    ``PSET``
4          u32        bytes that follow
item       u8         type, a letter: see `NUMBERS`; ``u`` text, ``b`` bytes, ``p`` a
                      set, ``k`` the name of a key
+1         u8         128: u32 count comes first; 64: text packed by zlib behind its
                      unpacked u32 size
+2         u16        key: 0x8000 and more are named by an item ``k`` of this set or of
                      one around it, lower ones are in `NAMES`
+4                    the value; text, bytes and sets behind their u32 size
========== ========== ==============================================================

Source: renishaw-wdf 1.4 (Apache 2.0), the vendor's package, whose enumerations
``PsetType``, ``PsetFlags`` and predefined keys these are; checked on files of WiRE 4 and 5.
"""

from __future__ import annotations

import logging
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.text import decode, until_nul
from sidpy.errors import CorruptFile

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor

__all__ = ["MAGIC", "NUMBERS", "filetime", "parse_pset"]

logger = logging.getLogger(__name__)

MAGIC: Final = b"PSET"
#: Numbers by their letter, as `struct` writes them.
NUMBERS: Final = {
    "?": "?", "c": "b", "s": "h", "i": "i", "w": "q", "r": "f", "q": "d", "t": "Q",
}  # fmt: skip
NAMES: Final = {
    1: "WiRE2 Version", 2: "ErrorCode", 3: "CreationTime", 4: "StartTime", 5: "EndTime",
    6: "ETA", 7: "wizardclsid", 8: "ExpectedDatasetCount", 9: "AcquisitionCount",
    10: "NumberOfPoints", 11: "FileHandlerVersion", 12: "autoSaveInterval",
    13: "MeasurementType", 14: "responseCalibration", 15: "restoreInstrumentState",
    16: "closeLaserShutter", 17: "FocusTrackEnabled", 18: "FocusTrackInterval",
    19: "LineFocusMode", 20: "yStepSize", 201: "DepthSeriesInterval",
    202: "DepthSeriesStartPos", 203: "DepthSeriesFinalPos", 301: "ScanCompletionStatus",
    302: "usingPixelIntensityVariationFunction", 401: "Results", 402: "Property",
    403: "Properties", 410: "Data", 411: "Label", 412: "MapType", 430: "Operator",
    431: "Time", 432: "Version", 1001: "Name", 1002: "Description", 1003: "Language",
    1004: "Code", 1005: "Status", 1006: "System", 1007: "DataFileFormat",
    1008: "DataSaveMode", 1009: "DataSaveFile", 1010: "Result", 1011: "NamedItems",
    1012: "Image", 1013: "AreaKey", 1014: "InstrumentState", 1015: "Laser Name",
    1016: "BeamPath", 1017: "Focus Mode", 1018: "Grating Name", 1019: "Laser", 1020: "Camera",
    1021: "Instrument", 1022: "Objective magnification", 1023: "Objective name",
}  # fmt: skip
_ARRAY: Final = 128
_PACKED: Final = 64
_DEEPEST: Final = 32
#: Longest text that is unpacked, in bytes.
_LONGEST: Final = 1 << 22
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


def parse_pset(cursor: Cursor, end: int) -> dict[str, Any]:
    """Return the property set that begins here as a tree of typed values.

    Parameters
    ----------
    cursor : Cursor
        At ``PSET``; left behind the set.
    end : int
        Where the block ends that holds it.

    Returns
    -------
    dict
        Empty where there is no set; what came before it where one is damaged.  Of bytes
        only their number is told.
    """
    if end - cursor.position < 8 or cursor.take(4) != MAGIC:
        return {}
    size = cursor.u4()
    last = min(cursor.position + size, end, cursor.size)
    try:
        items, names = _items(cursor, last, 0)
    except CorruptFile:
        logger.debug("a damaged property set at byte %d", cursor.position, exc_info=True)
        return {}
    finally:
        cursor.position = last
    return _named(items, names, {})


def _items(cursor: Cursor, end: int, depth: int) -> tuple[list[tuple[int, Any]], dict[int, str]]:
    """Return the values of a set by key, and the names it gives to keys."""
    if depth > _DEEPEST:
        msg = f"property sets lie more than {_DEEPEST} deep in each other"
        raise cursor.corrupt(msg)
    items: list[tuple[int, Any]] = []
    names: dict[int, str] = {}
    while cursor.position < end:
        code, flags, key = cursor.unpack("BBH")
        letter = chr(code)
        count = cursor.fits(cursor.u4(), 1, "values") if flags & _ARRAY else 1
        if letter in NUMBERS:
            values = cursor.unpack(f"{count}{NUMBERS[letter]}")
            values = tuple(filetime(v) for v in values) if letter == "t" else values
        elif letter in "ubpk":
            values = tuple(_sized(cursor, letter, flags, depth) for _ in range(count))
        else:
            msg = f"a property of the type {letter!r}, which no source describes"
            raise cursor.corrupt(msg)
        if letter == "k":
            names[key] = str(values[0]) if values else ""
        else:
            items.append((key, list(values) if flags & _ARRAY else values[0]))
    return items, names


def _sized(cursor: Cursor, letter: str, flags: int, depth: int) -> Any:
    """Return what lies behind its size: text, a set, or the number of bytes."""
    size = cursor.fits(cursor.u4(), 1, "bytes")
    if letter == "p":
        return _items(cursor, cursor.position + size, depth + 1)
    raw = cursor.take(size, "property")
    if letter == "b":
        return f"{size} bytes"
    return until_nul(decode(_unpacked(raw) if flags & _PACKED else raw))


def _unpacked(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw[4:], _LONGEST)
    except zlib.error:
        return b""


def _named(
    items: list[tuple[int, Any]], names: dict[int, str], around: dict[int, str]
) -> dict[str, Any]:
    known = {**around, **names}
    tree: dict[str, Any] = {}
    for key, value in items:
        name = known.get(key) or NAMES.get(key) or f"key {key}"
        parts = value if isinstance(value, list) else [value]
        resolved = [_named(*part, known) if isinstance(part, tuple) else part for part in parts]
        tree[name] = resolved if isinstance(value, list) else resolved[0]
    return tree


def filetime(ticks: int) -> str:
    """Return a Windows time, 100 ns since 1601, as ISO 8601; blank for none.

    Examples
    --------
    >>> filetime(131393354820000000)
    '2017-05-15T15:24:42+00:00'
    """
    if not 0 < ticks < 2_600_000_000_000_000_000:
        return ""
    return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat()
