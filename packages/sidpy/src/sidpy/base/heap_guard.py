"""Heaps of an HDF5 file, looked at before HDF5 reads texts from them.

Looking through a large file for heaps (`global_heaps`) takes milliseconds, whatever is read
of it.  Here only those are looked at that the attributes of an object point to, when they are
about to be read, wherever in the file they are.  What else HDF5 keeps in heaps, the sources of
virtual datasets, is read when an object is opened: small files, and both ends of others,
are looked through before.
"""

from __future__ import annotations

import os
import struct
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import CorruptFile

from .global_heaps import FEWER, collection_damage, heap_damage
from .object_headers import heap_addresses
from .redo import read_at

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["guarding", "refuse", "require_sound"]

#: Beginning of a heap: signature and size.
_HEAD: Final = struct.Struct("<4sB3xQ")
_LEAST: Final = 4096

_guard: ContextVar[_Guard | None] = ContextVar("guard", default=None)


def refuse(path: Any, damage: list[tuple[int, str]]) -> None:
    """Raise when there is something that HDF5 would not survive.

    Raises
    ------
    CorruptFile
        With what it is, and where.
    """
    if damage:
        reasons = [f"/: {reason}, at byte {place}" for place, reason in damage]
        msg = "it is damaged where its texts are, and HDF5 would not survive reading it:"
        raise CorruptFile(msg, path=path, format="HDF5", problems=reasons)


@contextmanager
def guarding(file: Any) -> Iterator[None]:
    """Have `require_sound` look after the objects of a file within a ``with`` block.

    Parameters
    ----------
    file : h5py.File
        Opened read-only by its path; what somebody writes is not looked after, since a part
        of it is in memory only.
    """
    token = _guard.set(_Guard.of(file))
    try:
        yield
    finally:
        _guard.reset(token)


def require_sound(object_id: Any) -> None:
    """Refuse an object before HDF5 reads texts or references of it that lead it astray.

    Parameters
    ----------
    object_id : h5py.h5g.GroupID or h5py.h5d.DatasetID
        An object of any file.

    Raises
    ------
    CorruptFile
        When HDF5 would not survive reading its attributes.
    """
    guard = _guard.get()
    if guard is not None:
        guard.require(object_id)


class _Guard:
    """What is known of the heaps of one file."""

    def __init__(self, path: str, descriptor: int, base: int, number: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._base = base
        self._number = number
        self._size = os.fstat(descriptor).st_size
        self._objects: set[int] = set()
        self._heaps: set[int] = set()
        self._is_searched = False

    @classmethod
    def of(cls, file: Any) -> _Guard | None:
        from h5py import h5f, h5o

        if file.mode != "r" or file.id.get_intent() & h5f.ACC_SWMR_READ:
            return None
        if file.id.get_filesize() <= 2 * FEWER:  # it was looked through when it was opened
            return None
        if file.driver != "sec2" or not hasattr(os, "preadv"):  # nothing to read by
            refuse(file.filename, heap_damage(file.filename))
            return None
        handle, base = file.id.get_vfd_handle(), file.userblock_size
        try:
            return cls(file.filename, handle, base, h5o.get_info(file.id).fileno)
        except RuntimeError:  # not even its root is sound
            self = cls(file.filename, handle, base, 0)
            self._search()
            return self

    def require(self, object_id: Any) -> None:
        import h5py

        if self._is_searched:
            return
        info = h5py.h5o.get_info(object_id)
        if info.addr in self._objects or info.fileno != self._number:
            return
        addresses = heap_addresses(self._read, info.addr)
        if addresses is None:  # no header that is understood here
            self._search()
            return
        for address in addresses - self._heaps:
            refuse(self._path, self._damage(address))
            self._heaps.add(address)
        self._objects.add(info.addr)

    def _search(self) -> None:
        """Look through the file for heaps."""
        refuse(self._path, heap_damage(self._path))
        self._is_searched = True

    def _read(self, address: int, length: int) -> bytes:
        return read_at(self._descriptor, self._base + address, length)

    def _damage(self, address: int) -> list[tuple[int, str]]:
        """Return what is wrong with a heap; HDF5 itself refuses what does not begin as one."""
        if not 0 < address < self._size:
            return []
        data = self._read(address, _LEAST)
        if len(data) < _LEAST:
            return []
        signature, version, length = _HEAD.unpack_from(data)
        room = self._size - self._base - address
        if signature != b"GCOL" or version != 1 or not _LEAST <= length <= room:
            return []
        data = self._read(address, length) if length > _LEAST else data
        return collection_damage(data, self._base + address)
