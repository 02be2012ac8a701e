"""Igor binary waves made up: every version, byte order and number type.

The layout is that of `SciFiReaders.readers.probe.igor_wave`; nothing is described twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.readers.probe import igor_packed
from SciFiReaders.readers.probe import igor_wave as layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import numpy.typing as npt

__all__ = ["WaveLabels", "ibw_bytes", "packed_bytes", "write_ibw"]

_CODES = {np.dtype(kind): code for code, kind in layout.NUMBERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveLabels:
    """What a wave says about its numbers."""

    name: str = "wave0"
    units: str = ""
    scaling: Sequence[tuple[float, float]] = ()
    """Step and start of each dimension."""
    dimension_units: Sequence[str] = ()
    labels: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """Labels of the elements of a dimension, by its number."""
    note: str = ""
    formula: str = ""
    created: int = 0
    """Seconds since 1904."""


def write_ibw(path: str | PathLike[str], array: npt.ArrayLike, **options: Any) -> Path:
    """Write a wave; options as for `ibw_bytes`. Returns the path."""
    target = Path(path)
    target.write_bytes(ibw_bytes(array, **options))
    return target


def packed_bytes(records: Sequence[tuple[int, bytes]], *, order: str = "<") -> bytes:
    """Return a packed experiment of records, each a kind and its content.

    The kinds are those of `SciFiReaders.readers.probe.igor_packed`.
    """
    raw = b""
    for kind, content in records:
        header = np.zeros(1, igor_packed.HEADER.newbyteorder(order))
        header["kind"], header["size"] = kind, len(content)
        raw += header.tobytes() + content
    return raw


def ibw_bytes(array: npt.ArrayLike, *, version: int = 5, order: str = "<", **labels: Any) -> bytes:
    """Return the bytes of an Igor binary wave.

    Parameters
    ----------
    array : array_like of up to four dimensions
        Numbers or texts, in the order of the wave: x first.
    version : {2, 3, 5}
        2 and 3 have one dimension and no texts.
    order : {"<", ">"}
        Byte order, little or big endian.
    **labels
        Fields of `WaveLabels`.
    """
    values, said = np.asarray(array), WaveLabels(**labels)
    outer, inner = (part.newbyteorder(order) for part in layout.HEADERS[version])
    sizes, header = np.zeros(1, outer), np.zeros(1, inner)
    code, numbers, ends = _numbers(values, order)
    sizes["version"], sizes["noteSize"] = version, len(said.note.encode())
    header["bname"], header["npnts"], header["type"] = said.name.encode(), values.size, code
    header["creationDate"] = said.created
    if version == 5 and values.size:
        header["nDim"][0, : values.ndim] = values.shape
    make = _tail5 if version == 5 else _tail2
    tail = make(sizes, header, said, len(numbers))
    if ends and version == 5:
        sizes["sIndicesSize"] = len(ends)
    head = bytearray(sizes.tobytes() + header.tobytes())
    body = numbers + tail + ends
    _seal(head, body, outer.fields["checksum"][1], order, layout.CHECKED_DATA[version])
    return bytes(head) + body


def _numbers(values: np.ndarray, order: str) -> tuple[int, bytes, bytes]:
    """Return type code, bytes of the numbers and, for texts, their ends."""
    flat = values.ravel(order="F")
    if values.dtype.kind == "U":
        texts = [str(text).encode() for text in flat]
        ends = np.cumsum([len(text) for text in texts])
        return 0, b"".join(texts), ends.astype(order + "i4").tobytes()
    code, kind = 0, values.dtype.newbyteorder("=")
    if kind.kind == "c":
        code, kind = layout.COMPLEX, np.dtype(f"f{kind.itemsize // 2}")
    elif kind.kind == "u":
        code, kind = layout.UNSIGNED, np.dtype(f"i{kind.itemsize}")
    raw = flat.astype(values.dtype.newbyteorder(order)).tobytes()
    return code | _CODES[kind], raw, b""


def _tail2(sizes: np.ndarray, header: np.ndarray, said: WaveLabels, count: int) -> bytes:
    header["hsA"], header["hsB"] = (said.scaling or [(1.0, 0.0)])[0]
    header["dataUnits"] = said.units.encode()
    header["xUnits"] = (said.dimension_units or [""])[0].encode()
    sizes["wfmSize"] = layout.WAVE2.itemsize + count + layout.PADDING
    tail = bytes(layout.PADDING) + said.note.encode()
    if "formulaSize" in sizes.dtype.names:
        sizes["formulaSize"] = len(said.formula.encode())
        tail += said.formula.encode()
    return tail


def _tail5(sizes: np.ndarray, header: np.ndarray, said: WaveLabels, count: int) -> bytes:
    header["sfA"] = 1.0
    for i, (step, start) in enumerate(said.scaling):
        header["sfA"][0, i], header["sfB"][0, i] = step, start
    sizes["wfmSize"] = layout.WAVE5.itemsize + count
    sizes["formulaSize"] = len(said.formula.encode())
    tail = said.formula.encode() + said.note.encode()
    tail += _long_or_short(sizes["dataEUnitsSize"], header["dataUnits"], 0, said.units)
    for i, units in enumerate(said.dimension_units):
        tail += _long_or_short(sizes["dimEUnitsSize"][0], header["dimUnits"][0], i, units)
    for i in range(4):
        names = said.labels.get(i, ())
        raw = b"".join(name.encode().ljust(layout.LABEL, b"\0") for name in ("", *names))
        if names:
            sizes["dimLabelsSize"][0, i] = len(raw)
            tail += raw
    return tail


def _long_or_short(long_sizes: np.ndarray, short: np.ndarray, i: int, units: str) -> bytes:
    """Put units into their four bytes when they fit, else return them for the tail."""
    raw = units.encode()
    if len(raw) < 4:
        short[i] = raw
        return b""
    long_sizes[i] = len(raw)
    return raw


def _seal(head: bytearray, body: bytes, place: int, order: str, more: int) -> None:
    """Set the checksum so that all words of the headers add up to 0."""
    covered = bytes(head) + body[:more].ljust(more, b"\0")
    rest = -layout.checksum(covered, order) & 0xFFFF
    head[place : place + 2] = rest.to_bytes(2, "little" if order == "<" else "big")
