"""Numbers that follow each other in a file, read in one go into the array that holds them.

A memory map is good for numbers here and there: each page of it that is touched costs a
fault.  What lies in one piece is read faster by asking for it, and without a map to be set
up and torn down again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import CorruptFile, MissingFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["entries_of", "piece_of", "read_frames", "read_piece"]


def piece_of(shape: Sequence[int], index: Any) -> tuple[int, tuple[int, ...]] | None:
    """Return where a part of rows of numbers begins and its shape, if it is in one piece.

    Parameters
    ----------
    shape : sequence of int
        Of the array, whose last index runs fastest.
    index : index
        The part; integers, slices and an ellipsis are understood.

    Returns
    -------
    (int, tuple of int) or None
        The number of the first element, and the shape of the part.  None when the part is
        scattered, or the index is of another kind or not of this array.

    Examples
    --------
    >>> piece_of((4, 5, 6), (2, slice(1, 3)))
    (66, (2, 6))
    >>> piece_of((4, 5, 6), (slice(None), 0)) is None
    True
    """
    entries = entries_of(index, len(shape))
    if entries is None:
        return None
    first, inner = 0, 1
    lengths: list[int] = []
    whole = True
    for length, entry in zip(reversed(shape), reversed(entries), strict=True):
        if isinstance(entry, int):
            if not -length <= entry < length:
                return None
            start, count = entry % length, 1
        else:
            places = range(*entry.indices(length))
            start, count = places.start, len(places)
            if count > 1 and places.step != 1:
                return None
            lengths.append(count)
        if not whole and count != 1:
            return None
        whole = whole and count == length
        first += start * inner
        inner *= length
    return first, tuple(reversed(lengths))


def entries_of(index: Any, ndim: int) -> list[int | slice] | None:
    """Return an integer or a slice for each axis; None for any other index."""
    entries = list(index) if isinstance(index, tuple) else [index]
    places = [i for i, entry in enumerate(entries) if entry is Ellipsis]
    rest = ndim - len(entries) + len(places)
    if len(places) > 1 or rest < 0:
        return None
    place = places[0] if places else len(entries)
    entries[place : place + len(places)] = [slice(None)] * rest
    if any(isinstance(entry, bool) for entry in entries):
        return None
    if not all(map(_is_whole, entries)):
        return None
    return [entry if isinstance(entry, slice) else int(entry) for entry in entries]


def _is_whole(entry: Any) -> bool:
    """Whether an integer, or a slice of nothing else; dask takes 2.0 for a place, too."""
    if not isinstance(entry, slice):
        return isinstance(entry, int | np.integer)
    ends = (entry.start, entry.stop, entry.step)
    return all(end is None or isinstance(end, int | np.integer) for end in ends)


def read_piece(
    path: str, dtype: npt.DTypeLike, shape: tuple[int, ...], offset: int
) -> npt.NDArray[Any]:
    """Return numbers that follow each other from a byte of a file on.

    Raises
    ------
    MissingFile
        When the file is gone.
    CorruptFile
        When it ends before they do.
    """
    found: npt.NDArray[Any] = np.empty(shape, dtype)
    if found.size:
        _fill(path, [(offset, found.reshape(-1).view("u1"))])
    return found


def read_frames(path: str, frames: npt.NDArray[np.uint8], offset: int, step: int) -> None:
    """Read bytes [frame, byte] that lie `step` bytes apart from a byte of a file on.

    Raises
    ------
    MissingFile, CorruptFile
        As for `read_piece`.
    """
    _fill(path, [(offset + i * step, frame) for i, frame in enumerate(frames)])


def _fill(path: str, pieces: list[tuple[int, npt.NDArray[Any]]]) -> None:
    """Read bytes into arrays, from a place in a file each."""
    try:
        # unbuffered: all of it is wanted at once
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path takes longer than the read
            for offset, wanted in pieces:
                rest = wanted.data
                file.seek(offset)
                while rest:
                    count = file.readinto(rest)
                    if not count:
                        msg = (
                            f"{wanted.nbytes} bytes of numbers should be here, {len(rest)} of "
                            "them are not; the file was cut short after it was opened"
                        )
                        raise CorruptFile(msg, path=path, offset=offset)
                    rest = rest[count:]
    except FileNotFoundError as error:
        msg = "the file that holds these numbers is gone"
        raise MissingFile(msg, path=path) from error
