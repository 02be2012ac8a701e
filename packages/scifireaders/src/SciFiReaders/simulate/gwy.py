"""Gwyddion files made up: trees of any objects, of Gwyddion 2 and 1.x.

The layout is that of `SciFiReaders.readers.probe.gwy_tree`.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.readers.probe import gwy_tree as layout
from SciFiReaders.readers.probe.gwy_tree import GwyObject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import numpy.typing as npt

__all__ = ["field", "gwy_bytes", "unit", "write_gwy"]

_LETTERS = {np.dtype(kind): letter for letter, kind in layout.ARRAYS.items()}
_OLD_CODES = {letter: code for code, letter in layout.GTYPES.items()}


def unit(text: str) -> GwyObject:
    """Return a unit object."""
    return GwyObject("GwySIUnit", {"unitstr": text})


def field(
    image: npt.ArrayLike, *, units: tuple[str, str] | None = None, **items: Any
) -> GwyObject:
    """Return a data field.

    Parameters
    ----------
    image : array_like of shape (rows, columns)
        The numbers, the top row first.
    units : (str, str), optional
        Of x and y, and of the numbers.
    **items
        Further components, such as ``xreal=1e-6``.
    """
    values = np.asarray(image, float)
    rows, columns = values.shape
    known = {"xres": columns, "yres": rows, **items}
    if units is not None:
        known |= {"si_unit_xy": unit(units[0]), "si_unit_z": unit(units[1])}
    return GwyObject("GwyDataField", {**known, "data": values.ravel()})


def write_gwy(path: str | PathLike[str], items: Mapping[str, Any], **options: Any) -> Path:
    """Write a file of one container; options as for `gwy_bytes`. Returns the path."""
    target = Path(path)
    target.write_bytes(gwy_bytes(GwyObject("GwyContainer", dict(items)), **options))
    return target


def gwy_bytes(tree: GwyObject, *, old: bool = False, encoding: str = "utf-8") -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    tree : GwyObject
        Its components are bool, int, float, str, GwyObject, arrays of float64, int32,
        int64 or uint8, and lists of str or GwyObject.
    old : bool
        As Gwyddion 1.x wrote it.
    encoding : str
        Of texts.
    """
    return (layout.OLD if old else layout.MAGIC) + _object(tree, old, encoding)


def _object(item: GwyObject, old: bool, encoding: str) -> bytes:  # noqa: FBT001 - passed on
    body = b""
    for key, value in item.items.items():
        letter, raw = _value(value, old, encoding)
        name = _text(key, encoding)
        if old and item.name == "GwyContainer":
            body += struct.pack("<I", _OLD_CODES[letter]) + name + raw
        else:
            body += name + letter.encode() + raw
    return _text(item.name, "ascii") + struct.pack("<I", len(body)) + body


def _value(value: Any, old: bool, encoding: str) -> tuple[str, bytes]:  # noqa: FBT001 - passed on
    """Return the type character and the bytes of a component."""
    if isinstance(value, np.ndarray):
        letter = _LETTERS[value.dtype]
        return letter, struct.pack("<I", value.size) + value.tobytes()
    if isinstance(value, list):
        if all(isinstance(entry, str) for entry in value):
            letter, parts = "S", [_text(entry, encoding) for entry in value]
        else:
            letter, parts = "O", [_object(entry, old, encoding) for entry in value]
        return letter, struct.pack("<I", len(parts)) + b"".join(parts)
    if isinstance(value, GwyObject):
        return "o", _object(value, old, encoding)
    if isinstance(value, str):
        return "s", _text(value, encoding)
    letter = {bool: "b", int: "i", float: "d"}[type(value)]
    return letter, struct.pack("<" + layout.SINGLE[letter], value)


def _text(value: str, encoding: str) -> bytes:
    return value.encode(encoding) + b"\0"
