"""Numbers that lie in a file at regular distances: frames behind headers, rows upside down.

What `sidpy.FileArray` is for a block without gaps, `StridedArray` is for everything that
a header per frame, a preamble per row or a direction of its own takes apart.  The file is
mapped for each piece and closed again; only what is asked for is read.
"""

from __future__ import annotations

import math
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile, MissingFile
from sidpy.sid.runs import entries_of, read_frames

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import numpy.typing as npt

__all__ = ["StridedArray"]

#: Bytes that are turned round at a time.
_TURNED: Final = 1 << 18
#: Bytes of a frame that are worth to be asked for by themselves.
_LEAST_FRAME: Final = 1 << 14


class StridedArray:
    """Numbers at ``offset + sum(index * strides)`` of a file.

    Parameters
    ----------
    path : path-like
        The file; it is mapped read-only for each piece.
    dtype : dtype-like
        Type of the numbers as stored, byte order included.
    shape : sequence of int
        Shape of the array.
    offset : int
        Where its first number lies, in bytes.
    strides : sequence of int
        Distance of neighbours along each axis, in bytes; negative runs backwards.

    Raises
    ------
    MissingFile
        When the file is gone.
    CorruptFile
        When a number would lie outside the file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "frames.raw")
    >>> _ = path.write_bytes(b"head" + bytes([1, 2]) + b"head" + bytes([3, 4]))
    >>> StridedArray(path, "u1", (2, 2), 5, (6, -1))[...]
    array([[2, 1],
           [4, 3]], dtype=uint8)
    """

    __slots__ = ("dtype", "offset", "path", "shape", "strides")

    #: Nothing is worked out: several threads would only wait for the same file.
    in_one_go: Final = True

    def __init__(
        self,
        path: str | PathLike[str],
        dtype: npt.DTypeLike,
        shape: Sequence[int],
        offset: int,
        strides: Sequence[int],
    ) -> None:
        self.path = str(Path(fspath(path)).resolve())
        self.dtype = np.dtype(dtype)
        self.shape = tuple(int(n) for n in shape)
        self.offset = int(offset)
        self.strides = tuple(int(n) for n in strides)
        self._check_fits()

    def _check_fits(self) -> None:
        try:
            size = Path(self.path).stat().st_size
        except FileNotFoundError as error:
            msg = "the file that holds these numbers is gone"
            raise MissingFile(msg, path=self.path) from error
        if min(self.shape, default=1) < 0:
            msg = f"an array of the shape {self.shape} cannot be; the header is damaged"
            raise CorruptFile(msg, path=self.path, offset=self.offset)
        if not self.size:
            return
        ends = [(n - 1) * step for n, step in zip(self.shape, self.strides, strict=True)]
        first = self.offset + sum(end for end in ends if end < 0)
        last = self.offset + sum(end for end in ends if end > 0) + self.dtype.itemsize
        if first < 0 or last > size:
            msg = (
                f"an array of shape {self.shape} and type {self.dtype} reaches to byte {last}, "
                f"but the file has {size}; it is cut short or its header is damaged"
            )
            raise CorruptFile(msg, path=self.path, offset=self.offset)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __getitem__(self, index: Any) -> npt.NDArray[Any]:
        if not self.size:
            return np.asarray(np.empty(self.shape, self.dtype)[index])
        entries = entries_of(index, len(self.shape))
        found = None if entries is None else self._in_frames(entries)
        if found is not None:
            return found
        mapped = np.memmap(self.path, "u1", mode="r")
        view = np.ndarray(self.shape, self.dtype, mapped.data, self.offset, self.strides)
        # a copy, so that the map and with it the file are closed on return
        return np.array(view[index])

    def _in_frames(self, entries: list[int | slice]) -> npt.NDArray[Any] | None:
        """Return a part that lies in one piece or a few large ones, read without a map."""
        offset, shape, strides, kept = self.offset, [], [], []
        for n, step, entry in zip(self.shape, self.strides, entries, strict=True):
            if isinstance(entry, int):
                if not -n <= entry < n:
                    return None
                places = range(entry % n, entry % n + 1)
            else:
                places = range(n)[entry]
                kept.append(len(places))
            stride = step * places.step
            offset += places.start * step
            # what runs backwards is read forwards, and turned round
            offset += min(stride * (len(places) - 1), 0)
            shape.append(len(places))
            strides.append(stride)
        if 0 in shape:
            return None
        frame, size = len(shape), self.dtype.itemsize
        while frame and (shape[frame - 1] == 1 or abs(strides[frame - 1]) == size):
            frame -= 1
            size *= shape[frame]
        count = math.prod(shape[:frame])
        if count > 1 and (size < _LEAST_FRAME or sum(n > 1 for n in shape[:frame]) > 1):
            return None
        step = next((abs(s) for n, s in zip(shape, strides, strict=True) if n > 1), 0)
        found = np.empty(kept, self.dtype)
        turned = any(n > 1 and s < 0 for n, s in zip(shape, strides, strict=True))
        frames = found.reshape(-1).view("u1").reshape(count, size)
        if not turned:
            read_frames(self.path, frames, offset, step)
            return found
        turns = tuple(slice(None, None, -1 if s < 0 else 1) for s in strides)
        target = found.reshape(shape)[turns].reshape(count, *shape[frame:])
        few = max(_TURNED // size, 1)
        for i in range(0, count, few):  # while they are in the cache of the processor
            part = np.empty((min(few, count - i), size), "u1")
            read_frames(self.path, part, offset + i * step, step)
            target[i : i + few] = part.view(self.dtype).reshape(-1, *shape[frame:])
        return found

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        written = (status.st_mtime_ns, status.st_size)
        return (self.path, *written, self.dtype.str, self.shape, self.offset, self.strides)

    def __repr__(self) -> str:
        return (
            f"StridedArray({self.path!r}, {self.dtype.str!r}, {self.shape}, {self.offset}, "
            f"{self.strides})"
        )
