"""Texts and references of an HDF5 file, checked before HDF5 walks among them.

HDF5 keeps texts of variable length and references to objects in *global heap collections*
and believes what they say: an object of no size keeps it in a circle for ever, one that ends
behind its collection makes it read memory that is not its own.  Both ends the interpreter,
which no ``except`` can prevent, so that the collections are looked at here, as bytes.

======  =====  ==========================================================
offset  bytes  a collection; numbers are little-endian
======  =====  ==========================================================
0       4      ``GCOL``
4       1      version, 1
5       3      reserved, 0
8       8      size of the collection, this header included
16             objects, one behind the other:
+ 0     2      number of the object; 0 is the space that is left
+ 2     2      how often it is referred to
+ 4     4      reserved
+ 8     8      size; of the space that is left with these 16 bytes
+ 16           content, filled up to 8 bytes
======  =====  ==========================================================

Source: HDF5 File Format Specification 3.0, section III.E, "Disk Format: Level 1E, Global
Heap".  Sizes of 8 bytes are those that h5py and every 64-bit HDF5 write.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["ENDS", "FEWER", "collection_damage", "heap_damage"]

_BEGIN: Final = b"GCOL\x01\0\0\0"
_HEADER: Final = 16
_OBJECT: Final = struct.Struct("<HHIQ")

#: Smallest collection; HDF5 refuses smaller ones itself.
_LEAST: Final = 4096

#: Of larger files as many bytes at the beginning and at the end are looked at, and by those
#: who look at heaps before they read from them (`heap_guard`).
ENDS: Final = 2**22
FEWER: Final = 2**18


def heap_damage(
    path: str | PathLike[str], *, ends: int = ENDS, everywhere: bool = False
) -> list[tuple[int, str]]:
    """Return where the global heaps of an HDF5 file would lead HDF5 astray, and why.

    Parameters
    ----------
    path : path-like
        The file; what is no file, or empty, has no damage.
    ends : int
        As many bytes at the beginning and at the end of larger files are looked through,
        where HDF5 usually keeps them.
    everywhere : bool
        Look through a file of any size, which reads all of it.

    Returns
    -------
    list of tuple of int and str
        Position in the file in bytes, and what is wrong there.
    """
    try:
        with (
            Path(path).open("rb") as file,
            mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data,
        ):
            size = len(data)
            if everywhere or size <= 2 * ends:
                return _damage(data, 0, size)
            return _damage(data, 0, ends) + _damage(data, size - ends, size)
    except (OSError, ValueError):  # not to be opened, or empty: HDF5 has the better words
        return []


def _damage(data: mmap.mmap, start: int, stop: int) -> list[tuple[int, str]]:
    found = []
    at = data.find(_BEGIN, start, stop)
    while at >= 0:
        (length,) = struct.unpack_from("<Q", data, at + 8) if at + _HEADER <= len(data) else (0,)
        if _LEAST <= length <= len(data) - at:
            found += collection_damage(data[at : at + length], at)
        at = data.find(_BEGIN, at + 1, stop)
    return found


def collection_damage(data: bytes, address: int) -> list[tuple[int, str]]:
    """Return where one collection would lead HDF5 astray, and why.

    Parameters
    ----------
    data : bytes
        All of it.
    address : int
        Where in the file it begins.
    """
    place, end = _HEADER, len(data)
    while place + _OBJECT.size <= end:
        number, _, _, size = _OBJECT.unpack_from(data, place)
        step = _OBJECT.size + -(-size // 8) * 8 if number else size
        if step < _OBJECT.size:
            return [(address + place, f"an object of a global heap has the size {size}")]
        if number and place + step > end:
            return [
                (address + place, f"an object of a global heap, of the size {size}, is cut off")
            ]
        place += step
    return []
