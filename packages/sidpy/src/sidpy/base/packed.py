"""Chunks of an HDF5 file as bytes: packed and unpacked outside of HDF5.

HDF5 packs and unpacks one chunk at a time, whatever the number of cores.  The same bytes
are made and understood here by as many threads as there are, for the filters that are
built into HDF5: shuffle, deflate (gzip) and Fletcher's checksum.  Any HDF5 reads what is
packed here.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .deflating import deflated, inflated

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["DamagedChunk", "Packing", "fletcher32"]

#: Numbers of the filters (H5Zpublic.h), in the order in which HDF5 applies them.
_SHUFFLE: Final = 2
_DEFLATE: Final = 1
_FLETCHER32: Final = 3
_ORDER: Final = (_SHUFFLE, _DEFLATE, _FLETCHER32)

#: Words of a checksum that are summed in one go: float64 holds their weighted sum exactly.
_WORDS: Final = 2**12


class DamagedChunk(ValueError):
    """The bytes of a chunk are not what they should be."""


@dataclass(frozen=True)
class Packing:
    """How the chunks of a dataset become bytes.

    Parameters
    ----------
    filters : tuple of int
        Numbers of the filters, in the order in which they are applied when writing.
    level : int
        Of deflate, 0 to 9.
    itemsize : int
        Bytes of a value, which shuffle takes apart.
    """

    filters: tuple[int, ...]
    level: int
    itemsize: int

    @classmethod
    def of(cls, dataset: Any) -> Packing | None:
        """Return how the chunks of a `h5py.Dataset` are packed, None when only HDF5 can do it."""
        from h5py import h5t

        dtype = dataset.dtype
        if dataset.chunks is None or dtype.hasobject or dtype.subdtype is not None:
            return None
        if not dataset.id.get_type().equal(h5t.py_create(dtype, logical=True)):
            return None  # HDF5 converts what it reads
        plist = dataset.id.get_create_plist()
        found = {}
        for i in range(plist.get_nfilters()):
            code, _, values, _ = plist.get_filter(i)
            found[int(code)] = values
        filters = tuple(code for code in _ORDER if code in found)
        itemsize = int(dtype.itemsize)
        shuffled = int(found[_SHUFFLE][0]) if found.get(_SHUFFLE) else itemsize
        if filters != tuple(found) or itemsize != shuffled:
            return None
        level = int(found[_DEFLATE][0]) if found.get(_DEFLATE) else 0
        return cls(filters, level, itemsize)

    @property
    def checks(self) -> bool:
        """Whether each chunk carries a checksum."""
        return _FLETCHER32 in self.filters

    @property
    def packs(self) -> bool:
        """Whether chunks are compressed."""
        return _DEFLATE in self.filters

    def pack(self, chunk: npt.NDArray[Any]) -> Any:
        """Return the bytes in which a C-contiguous chunk lies in a file.

        Notes
        -----
        No filter is ever left out for a chunk that does not become smaller, though HDF5
        allows it: noise lies in stored blocks of deflate, which cost nothing to unpack, and
        not every library that reads HDF5 knows of filters left out.
        """
        data: Any = chunk.reshape(-1).view(np.uint8)
        planes = data.reshape(1, -1)
        if _SHUFFLE in self.filters:
            planes = _apart(data, self.itemsize)
            data = planes.reshape(-1)
        if self.packs:
            data = deflated(planes, self.level)
        if self.checks:
            data = b"".join((memoryview(data), fletcher32(data).to_bytes(4, "little")))
        return data

    def unpack(self, data: Any, left_out: int, size: int) -> npt.NDArray[np.uint8]:
        """Return the bytes of the values in a chunk.

        Parameters
        ----------
        data : bytes-like
            What lies in the file.
        left_out : int
            A bit for each filter that was left out when this chunk was written.
        size : int
            Bytes of the values.

        Raises
        ------
        DamagedChunk
            When the checksum does not fit, or the bytes cannot be unpacked.
        """
        applied = self._applied(left_out)
        view = memoryview(data)
        if _FLETCHER32 in applied:
            view = _checked(view)
        try:
            flat: npt.NDArray[np.uint8] = np.frombuffer(
                inflated(view, size) if _DEFLATE in applied else view, np.uint8
            )
        except ValueError as error:
            raise DamagedChunk(str(error)) from error
        if flat.size != size:
            msg = f"a chunk of {size} bytes has {flat.size}"
            raise DamagedChunk(msg)
        return _together(flat, self.itemsize) if _SHUFFLE in applied else flat

    def _applied(self, left_out: int) -> list[int]:
        return [code for bit, code in enumerate(self.filters) if not left_out >> bit & 1]


def _checked(data: memoryview) -> memoryview:
    """Return the bytes before a checksum that fits them."""
    body, noted = data[:-4], int.from_bytes(data[-4:], "little")
    found = fletcher32(body) if len(data) > 4 else -1
    if noted != found:
        msg = f"the checksum noted is {noted:#010x}, that of the bytes is {found:#010x}"
        raise DamagedChunk(msg)
    return body


def _apart(flat: npt.NDArray[np.uint8], itemsize: int) -> npt.NDArray[np.uint8]:
    """Return the first bytes of all values, then the second ones, and so on, row by row."""
    if itemsize == 2 and sys.byteorder == "little":  # four times as fast as picking bytes
        words = flat.view(np.uint16)
        planes = np.empty((2, words.size), np.uint8)
        planes[0] = words
        planes[1] = words >> 8
        return planes
    return np.ascontiguousarray(flat.reshape(-1, itemsize).T)


def _together(flat: npt.NDArray[np.uint8], itemsize: int) -> npt.NDArray[np.uint8]:
    """Return the inverse of `_apart`, flat."""
    planes = flat.reshape(itemsize, -1)
    if itemsize == 2 and sys.byteorder == "little":
        words = planes[1].astype(np.uint16)
        np.left_shift(words, 8, out=words)
        np.bitwise_or(words, planes[0], out=words)
        return words.view(np.uint8)
    values = np.empty((planes.shape[1], itemsize), np.uint8)
    for place, plane in enumerate(planes):
        values[:, place] = plane
    return values.reshape(-1)


def fletcher32(data: Any) -> int:
    """Return Fletcher's checksum of bytes as HDF5 forms it.

    Parameters
    ----------
    data : bytes-like
        The bytes; they are read as big-endian words of 16 bits, an odd last byte being the
        upper half of one.

    Returns
    -------
    int
        32 bits: the sum of the sums of the words, and the sum of the words, both modulo
        65535 and, unless all words are zero, not zero.

    Notes
    -----
    Modulo 65535, reading words the other way around multiplies each by 256, so that the
    sums are formed of the words as they are here (RFC 1071, section 2).

    References
    ----------
    J. G. Fletcher, *IEEE Transactions on Communications* **30**, 247 (1982),
    doi:10.1109/TCOM.1982.1095369; H5_checksum_fletcher32 of the HDF5 library.

    Examples
    --------
    >>> hex(fletcher32(b"abcdefgh"))  # 0x6162 + 0x6364 + 0x6566 + 0x6768
    '0xe1eb9195'
    """
    flat = np.frombuffer(data, np.uint8)
    odd = flat.size % 2
    words = flat[: flat.size - odd].view(np.uint16)
    total, weighted = _sums(words)
    if sys.byteorder == "little":
        total, weighted = total * 256, weighted * 256
    if odd:
        last = int(flat[-1]) << 8
        total, weighted = total + last, weighted + total + last
    return _folded(weighted) << 16 | _folded(total)


def _sums(words: npt.NDArray[np.uint16]) -> tuple[int, int]:
    """Return the sum of words, and of them times how many follow them, themselves included."""
    rows = words[: words.size - words.size % _WORDS].reshape(-1, _WORDS)
    rest = words[rows.size :]
    sums = rows.sum(axis=1, dtype=np.uint64)
    inner = rows.astype(np.float64) @ _weights(_WORDS)
    following = np.arange(len(rows), 0, -1, dtype=np.uint64) - np.uint64(1)
    total = int(sums.sum())
    weighted = int(inner.sum()) + _WORDS * _dot(sums, following)
    tail = int(rest.sum(dtype=np.uint64))
    weighted += total * rest.size + int(rest.astype(np.float64) @ _weights(rest.size))
    return total + tail, weighted


def _dot(sums: npt.NDArray[np.uint64], counts: npt.NDArray[np.uint64]) -> int:
    """Return a sum of products that may exceed 64 bits."""
    return int(((sums % 65535) * (counts % 65535)).sum())


@functools.lru_cache(maxsize=4)
def _weights(count: int) -> npt.NDArray[np.float64]:
    return np.arange(count, 0, -1, dtype=np.float64)


def _folded(value: int) -> int:
    return (value - 1) % 65535 + 1 if value else 0
