"""Where the texts of an HDF5 object lie: its header, read as bytes.

The attributes of an object stand in its header, those of variable length as the address of
a global heap.  Before HDF5 follows such an address, `heap_guard` looks at what is there;
this module says which addresses these are.

A header is a row of messages in one block or several:

=========  ======================================  ====================================
part       version 1                               version 2
=========  ======================================  ====================================
beginning  version (1), 0, messages (2), links     ``OHDR``, version (1), flags (1),
           (4), size (4), 0 (4)                    times (16) and limits (4) if the
                                                   flags say so, size (1, 2, 4 or 8)
message    kind (2), size (2), flags (1), 0 (3)    kind (1), size (2), flags (1), order
                                                   (2) if the flags say so
more       blocks of messages                      ``OCHK``, messages, checksum (4)
=========  ======================================  ====================================

Source: HDF5 File Format Specification 3.0, sections IV.A.1 (object headers), IV.A.2.m
(attribute), IV.A.2.q (continuation) and IV.A.2.v (attribute info); addresses and lengths
of 8 bytes, as everywhere here.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["heap_addresses"]

_ATTRIBUTE: Final = 0x0C
_CONTINUATION: Final = 0x10
_ATTRIBUTE_INFO: Final = 0x15
#: Bit of the flags of a message that lies elsewhere.
_SHARED: Final = 0x02

#: Classes of types: pointers to the parts of a file, and sequences of variable length.
_REFERENCE: Final = 7
_VARIABLE: Final = 9

_NOWHERE: Final = 2**64 - 1
#: Bytes of a block, and blocks of a header, that no object of ours comes near.
_LARGEST: Final = 2**20
_MOST_BLOCKS: Final = 256

_PAIR: Final = struct.Struct("<QQ")
_SIZES: Final = struct.Struct("<HHH")


def heap_addresses(read: Callable[[int, int], bytes], address: int) -> set[int] | None:
    """Return the global heaps that the attributes of an object point to.

    Parameters
    ----------
    read : function of an address and a length
        Reads bytes of the file.
    address : int
        Where the header of the object begins.

    Returns
    -------
    set of int or None
        None when the header is of a kind that is not understood here, or damaged.
    """
    found: set[int] = set()
    try:
        for kind, flags, body in _messages(read, address):
            dense = kind == _ATTRIBUTE_INFO and _is_dense(body)
            if dense or (kind == _ATTRIBUTE and flags & _SHARED):
                return None
            if kind == _ATTRIBUTE:
                found.update(_heaps_of(body))
    except (struct.error, ValueError, IndexError):
        return None
    return found


def _messages(
    read: Callable[[int, int], bytes], address: int
) -> Iterator[tuple[int, int, memoryview]]:
    """Yield kind, flags and content of each message of a header."""
    head = read(address, 512)
    if head[:4] == b"OHDR":
        tracked, begin, length = _newer(head)
        frame, header = (4, 4), struct.Struct("<BHB2x" if tracked else "<BHB")
    elif head[:1] == b"\x01":
        begin, length = 16, struct.unpack_from("<I", head, 8)[0]
        frame, header = (0, 0), struct.Struct("<HHB3x")
    else:
        msg = "no object header"
        raise ValueError(msg)
    enough = begin + length <= len(head)
    first = head[begin : begin + length] if enough else _block(read, address + begin, length)
    blocks = [memoryview(first)]
    for block in blocks:  # grows while it is walked through
        place = 0
        while place + header.size <= len(block):
            kind, size, flags = header.unpack_from(block, place)
            place += header.size
            body = block[place : place + size]
            place += size
            if kind == _CONTINUATION:
                where, length = _PAIR.unpack_from(body)
                whole = _block(read, where, length)
                blocks.append(memoryview(whole)[frame[0] : length - frame[1]])
                if len(blocks) > _MOST_BLOCKS:
                    msg = "a header without an end"
                    raise ValueError(msg)
            else:
                yield kind, flags, body


def _newer(head: bytes) -> tuple[bool, int, int]:
    """Return of a header of version 2 whether messages are numbered, its begin and length."""
    flags = head[5]
    place = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    return bool(flags & 4), place + width, int.from_bytes(head[place : place + width], "little")


def _block(read: Callable[[int, int], bytes], where: int, length: int) -> bytes:
    if length > _LARGEST:
        msg = "a block larger than any"
        raise ValueError(msg)
    return read(where, length)


def _is_dense(body: memoryview) -> bool:
    """Whether an object has its attributes outside of its header."""
    place = 2 + (2 if body[1] & 1 else 0)
    (heap,) = struct.unpack_from("<Q", body, place)
    return bool(heap != _NOWHERE)


def _heaps_of(body: memoryview) -> Iterator[int]:
    """Yield the heaps that one attribute points to."""
    version, shared = body[0], body[1] & 3
    if version not in (1, 2, 3) or (version > 1 and shared):
        msg = "an attribute of another version, or of a type that lies elsewhere"
        raise ValueError(msg)
    sizes = _SIZES.unpack_from(body, 2)
    if version == 1:
        sizes = tuple((size + 7) // 8 * 8 for size in sizes)
    name, kind, space = sizes
    place = (9 if version == 3 else 8) + name
    family = body[place] & 0x0F
    values = body[place + kind + space :]
    if family == _VARIABLE:
        yield from _addresses(values, 16, 4)
    elif family == _REFERENCE and body[place + 1] & 0x0F:  # to a part of a dataset
        yield from _addresses(values, 12, 0)


def _addresses(values: memoryview, step: int, offset: int) -> Iterator[int]:
    for place in range(0, len(values) - step + 1, step):
        (address,) = struct.unpack_from("<Q", values, place + offset)
        if address not in (0, _NOWHERE):  # of nothing
            yield address
