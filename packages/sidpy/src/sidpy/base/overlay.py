"""An open file whose old bytes stay as they are while HDF5 believes that it changes them.

This is the file object behind `sidpy.hdf.transaction`.  What is written at or behind the
old end goes straight to the file: a file may be longer than HDF5 needs.  What is written
over old bytes is kept aside in pages, and reads see it.

HDF5 cannot bear that its file object raises, nor that a write fails while it closes.  So
nothing here raises: a failure is kept, later writes are dropped, and `require_healthy`
tells whoever can stop.
"""

from __future__ import annotations

import os
import struct
import tempfile
from typing import TYPE_CHECKING, Any, Final

from .redo import read_at, read_into, write_at

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Overlay", "end_of_file"]

_PAGE: Final = 4096
#: Pages kept in memory, 64 MB; more go to a file without a name.
_MOST_IN_MEMORY: Final = 2**14
#: Pages that are taken together, 1 MB.
_LONGEST_RUN: Final = 2**8
_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"


class Overlay:
    """A file object for the driver ``fileobj`` of h5py.

    Parameters
    ----------
    descriptor : int
        A file that is open for reading and writing.
    end : int
        Where the bytes end that must stay as they are.
    folder : str
        Where pages go that do not fit into memory.
    """

    def __init__(self, descriptor: int, end: int, folder: str) -> None:
        self.descriptor = descriptor
        self.end = end
        self.folder = folder
        #: What went wrong first; nothing is written after it.
        self.failure: BaseException | None = None
        #: How often HDF5 wanted to open another file through this one.
        self.strays = 0
        self._size = max(end, 0)
        self._place = 0
        self._pages: dict[int, bytearray] = {}
        self._spilled: dict[int, int] = {}
        self._spill: Any = None
        self._signature: int | None = None

    # ------------------------------------------------------------ what HDF5 calls

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place, of which only the end depends on anything."""
        self._place = self._size + offset if whence == os.SEEK_END else offset
        return self._place

    def tell(self) -> int:
        """Return the place."""
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; behind the end of the file there are zeros."""
        view = memoryview(buffer).cast("B")
        start, self._place = self._place, self._place + len(view)
        if self._is_stray(start, len(view)):
            self.strays += 1
            view[:] = bytes(len(view))
            return len(view)
        try:
            self._read(view, start)
        except BaseException as error:  # noqa: BLE001 - it would end in the middle of HDF5
            self.failure = self.failure or error
        return len(view)

    def write(self, data: Any) -> int:
        """Write bytes, unless something went wrong before."""
        view = memoryview(data).cast("B")
        start, self._place = self._place, self._place + len(view)
        self._size = max(self._size, self._place)
        if self.failure is None:
            try:
                self._write(view, start)
            except BaseException as error:  # noqa: BLE001 - it would end in the middle of HDF5
                self.failure = error
        return len(view)

    def truncate(self, size: int) -> int:
        """Set where the file ends; old bytes are not cut off before the end of all."""
        self._size = size
        if self.failure is None:
            try:
                os.ftruncate(self.descriptor, max(size, self.end))
            except BaseException as error:  # noqa: BLE001 - it would end in the middle of HDF5
                self.failure = error
        return size

    def flush(self) -> None:
        """Do nothing: what counts is flushed at the end."""

    # ------------------------------------------------------------ what we ask

    @property
    def size(self) -> int:
        """Length of the file as HDF5 sees it, bytes."""
        return self._size

    def opened(self) -> None:
        """Note that HDF5 has opened the file, and that it will not ask for its kind again.

        It opens the files that external links and virtual datasets lead to with the same
        file object, which cannot know that another file is meant.
        """
        self._signature = 0
        base = 0
        while base < self._size:
            if self._bytes(base, 8) == _SIGNATURE:
                self._signature = base
                return
            base = max(2 * base, 512)

    def _is_stray(self, start: int, length: int) -> bool:
        if self._signature is None or length != len(_SIGNATURE):
            return False
        return start <= self._signature and (start == 0 or start & (start - 1) == 0)

    def require_healthy(self) -> None:
        """Raise what went wrong first, if anything did."""
        if self.failure is not None:
            raise self.failure

    def runs(self) -> Iterator[tuple[int, int]]:
        """Give where bytes differ from what they were, and how many, page by page together."""
        run: list[int] = []
        for page in sorted({*self._pages, *self._spilled}):
            start = page * _PAGE
            length = min(start + _PAGE, self.end, self._size) - start
            if length <= 0 or self._bytes(start, length) == self.before(start, length):
                continue
            if run and start == run[0] + run[1] and run[1] < _LONGEST_RUN * _PAGE:
                run[1] += length
                continue
            if run:
                yield run[0], run[1]
            run = [start, length]
        if run:
            yield run[0], run[1]

    def before(self, start: int, length: int) -> bytes:
        """Return old bytes as they were."""
        return read_at(self.descriptor, start, length)

    def after(self, start: int, length: int) -> bytes:
        """Return bytes as HDF5 sees them."""
        return self._bytes(start, length)

    def close(self) -> None:
        """Let go of the pages; the descriptor belongs to somebody else."""
        self._pages.clear()
        self._spilled.clear()
        if self._spill is not None:
            self._spill.close()

    # ------------------------------------------------------------ pages

    def _bytes(self, start: int, length: int) -> bytes:
        data = bytearray(length)
        self._read(memoryview(data), start)
        return bytes(data)

    def _read(self, view: memoryview, start: int) -> None:
        done = read_into(self.descriptor, view, start)
        view[done:] = bytes(len(view) - done)
        stop = min(start + len(view), self.end)
        if start >= stop or not (self._pages or self._spilled):
            return
        for page in range(start // _PAGE, -(-stop // _PAGE)):
            held = self._held(page)
            if held is not None:
                left = max(page * _PAGE, start)
                right = min(page * _PAGE + len(held), stop)
                view[left - start : right - start] = held[left % _PAGE : right - page * _PAGE]

    def _write(self, view: memoryview, start: int) -> None:
        if start < self.end:
            inside = min(len(view), self.end - start)
            self._keep(view[:inside], start)
            view, start = view[inside:], start + inside
        if view:
            write_at(self.descriptor, view, start)

    def _keep(self, view: memoryview, start: int) -> None:
        stop = start + len(view)
        for page in range(start // _PAGE, -(-stop // _PAGE)):
            base = page * _PAGE
            left, right = max(base, start), min(base + _PAGE, stop)
            held = self._held(page)
            if held is None:
                held = bytearray(self.before(base, min(_PAGE, self.end - base)))
            held[left - base : right - base] = view[left - start : right - start]
            self._put(page, held)

    def _held(self, page: int) -> bytearray | None:
        """Return what is kept of a page, None for one that is as it was."""
        held = self._pages.get(page)
        if held is None and page in self._spilled:
            length = min(_PAGE, self.end - page * _PAGE)
            held = bytearray(read_at(self._spill.fileno(), self._spilled[page] * _PAGE, length))
        return held

    def _put(self, page: int, held: bytearray) -> None:
        if page in self._pages or (
            page not in self._spilled and len(self._pages) < _MOST_IN_MEMORY
        ):
            self._pages[page] = held
            return
        if self._spill is None:
            self._spill = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115 - see close
        slot = self._spilled.setdefault(page, len(self._spilled))
        write_at(self._spill.fileno(), held, slot * _PAGE)


def end_of_file(descriptor: int) -> int:
    """Return where an HDF5 file ends by its own account; 0 when there is no saying.

    A crash may have left bytes behind that.

    Source: HDF5 File Format Specification 3.0, II.A, Format Superblock, versions 0 to 3.
    """
    size, base = os.fstat(descriptor).st_size, 0
    while base + 96 <= size:
        head = read_at(descriptor, base, 96)
        if head[:8] == _SIGNATURE:
            return _stated_end(head)
        base = max(2 * base, 512)
    return 0


def _stated_end(head: bytes) -> int:
    version = head[8]
    # the end of the file is the third of the addresses; version 1 has four bytes more before
    wide, first = (head[13], 24 + 4 * version) if version < 2 else (head[9], 12)
    if wide not in (2, 4, 8) or version > 3:
        return 0
    form = {2: "H", 4: "I", 8: "Q"}[wide]
    (end,) = struct.unpack_from(f"<{form}", head, first + 2 * wide)
    return int(end)
