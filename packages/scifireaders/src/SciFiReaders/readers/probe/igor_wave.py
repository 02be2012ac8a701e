"""Igor binary waves as bytes: layout and parser of versions 2, 3 and 5.

======== ==================== ===================================================
bytes    type                 meaning
======== ==================== ===================================================
0        i16                  version 2, 3 or 5; its byte order is that of the file
..       `BIN2` .. `BIN5`     sizes of what follows, checksum
..       `WAVE2`, `WAVE5`     name, type, shape, scaling and units of the wave
..       numbers              first dimension fastest; text waves: all texts joined
..       16 bytes             padding, versions 2 and 3 only
..       text                 v5: formula, note; v3: note, formula; v2: note
..       text                 v5: long data units, long units of four dimensions
..       [32] each            v5: labels of the elements of four dimensions, the first
                              one of a dimension is that of the dimension itself
..       i32 each             v5 text waves: where each text ends
======== ==================== ===================================================

The value of index i along a dimension is ``sfB + sfA * i``.  The sum of all 16-bit words
of both headers (versions 2 and 3: and of the 16 bytes behind them, because the structure
there ends in four numbers) is 0 modulo 65536.  Not understood here, and skipped: what instruments
append behind the last section (thumbnails, Asylum's footer).

Source: WaveMetrics, Technical Note 003, "Igor Binary Format" (TN003.zip), 1994-2012; the
type code of 64-bit integers from the Igor Pro 7 manual, `WaveType`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.text import decode, until_nul
from sidpy.errors import UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

FORMAT: Final = "igor.ibw"

# --- layout ---------------------------------------------------------------------------

BIN2: Final = np.dtype(
    [("version", "i2"), ("wfmSize", "i4"), ("noteSize", "i4"), ("pictSize", "i4"),
     ("checksum", "i2")]
)  # fmt: skip

BIN3: Final = np.dtype(
    [("version", "i2"), ("wfmSize", "i4"), ("noteSize", "i4"), ("formulaSize", "i4"),
     ("pictSize", "i4"), ("checksum", "i2")]
)  # fmt: skip

BIN5: Final = np.dtype(
    [("version", "i2"), ("checksum", "i2"), ("wfmSize", "i4"), ("formulaSize", "i4"),
     ("noteSize", "i4"), ("dataEUnitsSize", "i4"), ("dimEUnitsSize", "i4", 4),
     ("dimLabelsSize", "i4", 4), ("sIndicesSize", "i4"), ("optionsSize1", "i4"),
     ("optionsSize2", "i4")]
)  # fmt: skip

WAVE2: Final = np.dtype(
    [("type", "i2"), ("next", "u4"), ("bname", "S20"), ("whVersion", "i2"), ("srcFldr", "i2"),
     ("fileName", "u4"), ("dataUnits", "S4"), ("xUnits", "S4"), ("npnts", "i4"),
     ("aModified", "i2"), ("hsA", "f8"), ("hsB", "f8"), ("wModified", "i2"),
     ("swModified", "i2"), ("fsValid", "i2"), ("topFullScale", "f8"), ("botFullScale", "f8"),
     ("useBits", "i1"), ("kindBits", "i1"), ("formula", "u4"), ("depID", "i4"),
     ("creationDate", "u4"), ("wUnused", "S2"), ("modDate", "u4"), ("waveNoteH", "u4")]
)  # fmt: skip

WAVE5: Final = np.dtype(
    [("next", "u4"), ("creationDate", "u4"), ("modDate", "u4"), ("npnts", "i4"),
     ("type", "i2"), ("dLock", "i2"), ("whpad1", "S6"), ("whVersion", "i2"), ("bname", "S32"),
     ("whpad2", "i4"), ("dFolder", "u4"), ("nDim", "i4", 4), ("sfA", "f8", 4),
     ("sfB", "f8", 4), ("dataUnits", "S4"), ("dimUnits", "S4", 4), ("fsValid", "i2"),
     ("whpad3", "i2"), ("topFullScale", "f8"), ("botFullScale", "f8"), ("dataEUnits", "u4"),
     ("dimEUnits", "u4", 4), ("dimLabels", "u4", 4), ("waveNoteH", "u4"),
     ("whUnused", "i4", 16), ("aModified", "i2"), ("wModified", "i2"), ("swModified", "i2"),
     ("useBits", "i1"), ("kindBits", "i1"), ("formula", "u4"), ("depID", "i4"),
     ("whpad4", "i2"), ("srcFldr", "i2"), ("fileName", "u4"), ("sIndices", "u4")]
)  # fmt: skip

#: The two headers of each version.
HEADERS: Final = {2: (BIN2, WAVE2), 3: (BIN3, WAVE2), 5: (BIN5, WAVE5)}

#: Bytes behind the headers that the checksum covers as well.
CHECKED_DATA: Final = {2: 16, 3: 16, 5: 0}

#: Bytes between the numbers and the note in versions 2 and 3.
PADDING: Final = 16

#: Type code without its flags: the number in memory.
NUMBERS: Final = {0x02: "f4", 0x04: "f8", 0x08: "i1", 0x10: "i2", 0x20: "i4", 0x80: "i8"}
COMPLEX: Final = 0x01
UNSIGNED: Final = 0x40

#: Bytes of a dimension label.
LABEL: Final = 32

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaveDimension:
    """Scaling, units and labels along one dimension of a wave."""

    size: int
    step: float
    start: float
    units: str = ""
    labels: tuple[str, ...] = ()
    """Labels of the elements, as many as are stored; blank ones are empty."""
    title: str = ""
    """Label of the dimension as a whole."""

    def values(self) -> np.ndarray:
        """Return the scaled index; a step of 0 counts as not set."""
        return self.start + (self.step or 1.0) * np.arange(self.size)


@dataclass(frozen=True, slots=True)
class Wave:
    """What one wave holds, its numbers left in the file."""

    path: str | PathLike[str]
    version: int
    order: str
    name: str
    dtype: np.dtype | None
    """Type of the numbers as stored; None for a text wave."""
    offset: int
    dimensions: tuple[WaveDimension, ...]
    units: str = ""
    note: str = ""
    formula: str = ""
    created: int = 0
    """Seconds since 1904, local time; 0 when not set."""
    modified: int = 0
    texts: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of elements, the fastest dimension first."""
        return tuple(dimension.size for dimension in self.dimensions)


def byte_order(head: bytes) -> str | None:
    """Return ``"<"`` or ``">"`` when the first two bytes are a version, else None."""
    for order, name in (("<", "little"), (">", "big")):
        if int.from_bytes(head[:2], name) in HEADERS:
            return order
    return None


def checksum(head: bytes, order: str) -> int:
    """Return the sum of the 16-bit words of both headers; 0 for a sound file."""
    return int(np.frombuffer(head, order + "u2").sum(dtype=np.uint64)) & 0xFFFF


def checked_size(head: bytes, order: str) -> int:
    """Return how many bytes the checksum covers."""
    version = int(np.frombuffer(head[:2], order + "i2")[0])
    return sum(part.itemsize for part in HEADERS[version]) + CHECKED_DATA[version]


def sniff(probe: object) -> tuple[float, str] | float:
    """Say whether a file begins with the headers of a wave: the checksum tells."""
    head = probe.head
    order = byte_order(head)
    if order is None:
        return 0.0
    size = checked_size(head, order)
    if len(head) < size or checksum(head[:size], order):
        return 0.0
    return 1.0, "Igor wave: the checksum over both headers is right"


def parse_wave(
    path: str | PathLike[str],
    *,
    start: int = 0,
    encoding: str = "utf-8",
    cursor: Cursor | None = None,
) -> Wave:
    """Read everything of a wave but its numbers.

    Parameters
    ----------
    path : path-like
        The file.
    start : int
        Where the wave begins, in bytes; not 0 inside a packed experiment.
    encoding : str
        Of names, units and note; what does not decode is read as one byte per letter.
    cursor : Cursor, optional
        An open cursor over the file.

    Raises
    ------
    UnrecognisedFile
        When there is no version of a wave at `start`.
    CorruptFile
        When a size does not fit into the file or the checksum is wrong.
    UnsupportedFile
        For number types and versions that are not known.
    """
    if cursor is None:
        with open_cursor(path, format=FORMAT) as opened:
            return parse_wave(path, start=start, encoding=encoding, cursor=opened)
    cursor.position = start
    bin_header, header = _headers(cursor)
    version = int(bin_header["version"])
    read = _parse5 if version == 5 else _parse2
    return read(_Place(path, cursor, encoding), bin_header, header)


@dataclass(frozen=True, slots=True)
class _Place:
    """A cursor behind the headers, and how to read texts there."""

    path: str | PathLike[str]
    cursor: Cursor
    encoding: str

    def text(self, raw: bytes) -> str:
        try:
            return until_nul(raw.decode(self.encoding))
        except UnicodeDecodeError:
            return until_nul(decode(raw))

    def take(self, size: int, what: str) -> str:
        # a note may hold NULs only at its end
        return self.text(self.cursor.take(int(size), what).rstrip(b"\0"))


def _headers(cursor: Cursor) -> tuple[np.void, np.void]:
    start = cursor.position
    first = cursor.take(2, "version")
    order = byte_order(first)
    if order is None:
        version = int.from_bytes(first, "little")
        if version in {1, 7, 0x0100, 0x0700}:
            msg = f"Igor waves of version {version & 0xFF or version >> 8} are not supported"
            raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=start)
        msg = f"not an Igor wave: the version is {first!r}, expected 2, 3 or 5 as i16"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=start)
    cursor.order, cursor.position = order, start
    raw = cursor.take(checked_size(first, order), "wave header")
    if wrong := checksum(raw, order):
        msg = f"the checksum over the wave's headers is {wrong}, not 0: they are damaged"
        raise cursor.corrupt(msg, offset=start)
    outer, inner = HEADERS[int(np.frombuffer(first, order + "i2")[0])]
    cursor.position = start + outer.itemsize + inner.itemsize
    return (
        np.frombuffer(raw, outer.newbyteorder(order), 1)[0],
        np.frombuffer(raw, inner.newbyteorder(order), 1, outer.itemsize)[0],
    )


def _parse2(place: _Place, sizes: np.void, header: np.void) -> Wave:
    cursor = place.cursor
    count = int(header["npnts"])
    offset = cursor.position
    dtype = _number_type(cursor, int(header["type"]))
    if dtype is None:
        msg = "a text wave of version 2 or 3, which never had any"
        raise cursor.corrupt(msg)
    _skip_numbers(cursor, dtype, count)
    if any(int(sizes[key]) for key in sizes.dtype.names if key in {"noteSize", "formulaSize"}):
        cursor.skip(PADDING, "padding behind the numbers")
    note = place.take(sizes["noteSize"], "note")
    formula = (
        place.take(sizes["formulaSize"], "formula") if "formulaSize" in sizes.dtype.names else ""
    )
    dimension = WaveDimension(
        count, float(header["hsA"]), float(header["hsB"]), place.text(bytes(header["xUnits"]))
    )
    return Wave(
        path=place.path,
        version=int(sizes["version"]),
        order=cursor.order,
        name=place.text(bytes(header["bname"])),
        dtype=dtype,
        offset=offset,
        dimensions=(dimension,),
        units=place.text(bytes(header["dataUnits"])),
        note=note,
        formula=formula,
        created=int(header["creationDate"]),
        modified=int(header["modDate"]),
    )


def _parse5(place: _Place, sizes: np.void, header: np.void) -> Wave:
    cursor = place.cursor
    offset = cursor.position
    shape = _shape5(cursor, header)
    count = math.prod(shape)
    dtype = _number_type(cursor, int(header["type"]))
    if dtype is None:
        raw = cursor.take(int(sizes["wfmSize"]) - WAVE5.itemsize, "texts")
    else:
        _skip_numbers(cursor, dtype, count)
    formula = place.take(sizes["formulaSize"], "formula")
    note = place.take(sizes["noteSize"], "note")
    units = place.take(sizes["dataEUnitsSize"], "data units") or place.text(
        bytes(header["dataUnits"])
    )
    long_units = [place.take(size, "dimension units") for size in sizes["dimEUnitsSize"]]
    labels = [_labels(place, int(size)) for size in sizes["dimLabelsSize"]]
    texts = () if dtype is not None else _texts(place, raw, int(sizes["sIndicesSize"]), count)
    dimensions = tuple(
        WaveDimension(
            size,
            float(header["sfA"][i]),
            float(header["sfB"][i]),
            long_units[i] or place.text(bytes(header["dimUnits"][i])),
            labels=labels[i][1:],
            title=labels[i][0],
        )
        for i, size in enumerate(shape)
    )
    return Wave(
        path=place.path,
        version=5,
        order=cursor.order,
        name=place.text(bytes(header["bname"])),
        dtype=dtype,
        offset=offset,
        dimensions=dimensions,
        units=units,
        note=note,
        formula=formula,
        created=int(header["creationDate"]),
        modified=int(header["modDate"]),
        texts=texts,
    )


def _shape5(cursor: Cursor, header: np.void) -> tuple[int, ...]:
    shape: list[int] = []
    for size in header["nDim"]:
        if size <= 0:
            break
        shape.append(int(size))
    count = int(header["npnts"])
    if math.prod(shape or [0]) != count:
        msg = f"the wave's shape {tuple(shape)} does not make its {count} points"
        raise cursor.corrupt(msg)
    return tuple(shape) or (0,)


def _number_type(cursor: Cursor, code: int) -> np.dtype | None:
    """Return the type of the numbers as stored, None for text."""
    if code == 0:
        return None
    kind = NUMBERS.get(code & ~(COMPLEX | UNSIGNED))
    if kind is None or (code & UNSIGNED and kind.startswith("f")):
        msg = f"waves of type {code:#x} are not supported"
        raise UnsupportedFile(msg, path=cursor.path, format=FORMAT, offset=cursor.position)
    if code & UNSIGNED:
        kind = kind.replace("i", "u")
    if not code & COMPLEX:
        return np.dtype(cursor.order + kind)
    if kind.startswith("f"):
        return np.dtype(f"{cursor.order}c{2 * int(kind[1])}")
    part = cursor.order + kind
    return np.dtype([("real", part), ("imaginary", part)])


def _skip_numbers(cursor: Cursor, dtype: np.dtype, count: int) -> None:
    cursor.skip(cursor.fits(count, dtype.itemsize, "points of the wave") * dtype.itemsize)


def _labels(place: _Place, size: int) -> tuple[str, ...]:
    """Return the label of a dimension and those of its elements; one blank when none."""
    raw = place.cursor.take(size, "dimension labels")
    count = size // LABEL
    return tuple(place.text(raw[i * LABEL : (i + 1) * LABEL]) for i in range(count)) or ("",)


def _texts(place: _Place, raw: bytes, size: int, count: int) -> tuple[str, ...]:
    """Cut the joined texts at the ends that are stored behind everything else."""
    cursor = place.cursor
    ends = cursor.array(cursor.order + "i4", size // 4, "ends of the texts")
    if len(ends) != count or np.any(np.diff(ends, prepend=0) < 0) or np.any(ends > len(raw)):
        msg = f"{count} texts are announced; {len(ends)} ends are stored that do not fit them"
        raise cursor.corrupt(msg)
    starts = [0, *ends.tolist()][:count]
    return tuple(place.text(raw[i:j]) for i, j in zip(starts, ends.tolist(), strict=True))
