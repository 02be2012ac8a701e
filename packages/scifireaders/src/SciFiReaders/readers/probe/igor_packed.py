"""Igor packed experiments (``.pxp``, ``.pxt``) as Datasets: every wave in them.

======== ======== ===================================================================
bytes    type     meaning
======== ======== ===================================================================
0        u16      kind of the record; bit 15 set: it was replaced by a later one
2        i16      version
4        i32      size of what follows
8        bytes    kind 3: an Igor binary wave; 9: name of a folder that begins, NUL;
                  10: a folder ends; others (variables, history, procedures): skipped
======== ======== ===================================================================

Records follow one another to the end of the file, all in one byte order; a wave has its
own.  What a wave's bytes are is described in `SciFiReaders.readers.probe.igor_wave`.

Source: WaveMetrics, "Igor Pro Technical Note PTN003, Igor Packed Experiment Files".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.text import decode, until_nul
from sidpy.errors import UnrecognisedFile, UnsupportedFile

from .igor_wave import Wave, byte_order, parse_wave

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sidpy import Dataset

__all__ = ["parse_packed", "read_packed", "sniff"]

FORMAT: Final = "igor.packed"

logger = logging.getLogger(__name__)

# --- layout ---------------------------------------------------------------------------

HEADER: Final = np.dtype([("kind", "u2"), ("version", "i2"), ("size", "i4")])
REPLACED: Final = 0x8000
WAVE: Final = 3
FOLDER_BEGINS: Final = 9
FOLDER_ENDS: Final = 10

#: Kinds that exist; a larger number means the other byte order or another format.
HIGHEST_KIND: Final = 40

#: Experiments have some thousand records; nothing but tiny ones is an attack.
MOST_RECORDS: Final = 1 << 18

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its kind, and where its content lies."""

    kind: int
    offset: int
    size: int


def parse_packed(path: str | PathLike[str], *, encoding: str = "utf-8") -> list[Wave]:
    """Return every wave of a packed experiment, named by its folders.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin with a record.
    CorruptFile
        When a record or a wave in it does not fit.
    """
    waves: list[Wave] = []
    folders: list[str] = []
    with open_cursor(path, format=FORMAT) as cursor:
        for record in _records(cursor):
            cursor.position = record.offset
            if record.kind == FOLDER_BEGINS:
                folders.append(until_nul(decode(cursor.take(record.size, "name of a folder"))))
            elif record.kind == FOLDER_ENDS and folders:
                folders.pop()
            elif record.kind == WAVE:
                waves += _wave(path, cursor, record, folders, encoding)
    return waves


def _wave(
    path: str | PathLike[str], cursor: Cursor, record: Record, folders: list[str], encoding: str
) -> list[Wave]:
    """Return the wave of a record, none when it is empty or of a kind nobody knows."""
    try:
        wave = parse_wave(path, start=record.offset, encoding=encoding, cursor=cursor)
    except UnsupportedFile as error:
        logger.info("left out: %s", error)
        return []
    if cursor.position > record.offset + record.size:
        msg = f"the wave {wave.name!r} runs past the end of its record"
        raise cursor.corrupt(msg, offset=record.offset)
    if 0 in wave.shape:
        return []
    return [replace(wave, name="/".join([*folders, wave.name]))]


def _records(cursor: Cursor) -> Iterator[Record]:
    order = _order(cursor.take(min(HEADER.itemsize, cursor.size)), cursor.size)
    if order is None:
        msg = "not a packed experiment: it does not begin with the header of a record"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    place = 0
    for _ in range(MOST_RECORDS):
        if place >= cursor.size:
            return
        cursor.order, cursor.position = order, place
        kind, _, size = cursor.unpack("Hhi")
        cursor.skip(size, "record")
        if kind & ~REPLACED > HIGHEST_KIND:
            msg = f"{kind} is no kind of a record"
            raise cursor.corrupt(msg, offset=place)
        if not kind & REPLACED:
            yield Record(kind, place + HEADER.itemsize, size)
        place += HEADER.itemsize + size
    msg = f"more than {MOST_RECORDS} records"
    raise cursor.corrupt(msg)


def _order(head: bytes, file_size: int) -> str | None:
    """Return the byte order in which the first bytes are the header of a record."""
    if len(head) < HEADER.itemsize:
        return None
    for order in "<>":
        record = np.frombuffer(head, HEADER.newbyteorder(order), 1)[0]
        fits = 0 <= record["size"] <= file_size - HEADER.itemsize
        if 0 < int(record["kind"]) & ~REPLACED <= HIGHEST_KIND and fits:
            return order
    return None


def sniff(probe: object) -> tuple[float, str] | float:
    """Say whether a file is a chain of records: certain when one of them is a wave."""
    head, size = probe.head, probe.size
    order = _order(head, size)
    if order is None:
        return 0.0
    place = 0
    while place + HEADER.itemsize + 2 <= len(head):
        record = np.frombuffer(head, HEADER.newbyteorder(order), 1, place)[0]
        kind, length = int(record["kind"]) & ~REPLACED, int(record["size"])
        place += HEADER.itemsize
        if kind > HIGHEST_KIND or not 0 <= length <= size - place:
            return 0.0
        if kind == WAVE and byte_order(head[place : place + 2]) is not None:
            return 1.0, "a chain of records with a wave in it"
        place += length
    return 0.4, "a chain of records, no wave near the beginning"


# --- label ----------------------------------------------------------------------------


def read_packed(path: str | PathLike[str], *, parm_encoding: str = "utf-8") -> list[Dataset]:
    """Read every wave of a packed experiment; empty waves and folders are left out.

    Parameters
    ----------
    path : path-like
        The file.
    parm_encoding : str
        Encoding of names and notes.

    Raises
    ------
    ReaderError
        When the file is no packed experiment, damaged, or holds no wave with points.
    """
    from .igor_ibw import label

    result = [
        image for wave in parse_packed(path, encoding=parm_encoding) for image in label(wave)
    ]
    if not result:
        msg = "the experiment holds no wave with points"
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    return result
