"""Streams of zlib, made and read by the fastest library that is installed.

zlib is everywhere; `isal` packs some five times and `deflate` unpacks some three times as
fast (``pip install 'sidpy[compression]'``).  Whatever makes a stream, any zlib reads it.
"""

from __future__ import annotations

import functools
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np
    import numpy.typing as npt

__all__ = ["deflated", "inflated"]

#: The level at which speed matters more than size.
_FAST: Final = 1
#: The level of isal that is as fast as its lower ones and packs best.
_ISAL_LEVEL: Final = 2
#: Planes of fewer bytes are not looked at before they are packed.
_SHORT: Final = 2**14
#: Bytes of a plane that are packed to learn whether it is noise.
_SAMPLE: Final = 2**13
#: A sample that keeps more of its size than this is noise.
_NOISE: Final = 0.97
#: Most bytes in a stored block (RFC 1951, section 3.2.4).
_STORED: Final = 2**16 - 1
#: Header of a stream by zlib with a window of 32 kB (RFC 1950, section 2.2).
_HEADER: Final = b"\x78\x01"
#: An empty block that says that it is the last one.
_LAST: Final = b"\x03\x00"


def deflated(planes: npt.NDArray[np.uint8], level: int) -> bytes:
    """Return planes of bytes as one stream of zlib.

    Parameters
    ----------
    planes : ndarray of uint8 of shape (K, N), C-contiguous
        Bytes that belong together, such as the first byte of each of N values.
    level : int
        0 to 9; up to 1 each plane is packed on its own, and noise is not packed at all.

    Examples
    --------
    >>> import numpy as np
    >>> stream = deflated(np.zeros((2, 100000), np.uint8), 1)
    >>> len(stream) < 1000, zlib.decompress(stream) == bytes(200000)
    (True, True)
    """
    if level > _FAST:
        return _whole(planes, level)
    parts = [_HEADER]
    for plane in planes:
        parts += _blocks(plane, level)
    return b"".join((*parts, _LAST, _adler32()(planes.reshape(-1)).to_bytes(4, "big")))


def inflated(stream: Any, size: int) -> Any:
    """Return the bytes of a stream of zlib.

    Parameters
    ----------
    stream : bytes-like
        The stream.
    size : int
        How many bytes it holds.

    Raises
    ------
    ValueError
        When the stream is damaged or holds another number of bytes.

    Examples
    --------
    >>> bytes(inflated(zlib.compress(b"abc"), 3))
    b'abc'
    """
    fast = _installed("deflate")
    try:
        if fast is not None:
            return _of_size(fast.zlib_decompress(stream, size), size)
        return _of_size(zlib.decompress(stream, bufsize=max(size, 1)), size)
    except (zlib.error, ValueError, RuntimeError) as error:
        msg = f"a stream of deflate that should hold {size} bytes is damaged: {error}"
        raise ValueError(msg) from error
    except Exception as error:
        if fast is None or not isinstance(error, fast.DeflateError):
            raise
        msg = f"a stream of deflate that should hold {size} bytes is damaged: {error}"
        raise ValueError(msg) from error


def _of_size(data: Any, size: int) -> Any:
    if len(data) != size:
        msg = f"it holds {len(data)}"
        raise ValueError(msg)
    return data


def _whole(planes: npt.NDArray[np.uint8], level: int) -> bytes:
    fast = _installed("deflate")
    data = planes.reshape(-1)
    return zlib.compress(data, level) if fast is None else fast.zlib_compress(data, level)


def _blocks(plane: npt.NDArray[np.uint8], level: int) -> list[bytes]:
    """Return a plane as blocks of deflate, none of them the last and ending at a whole byte."""
    if level == 0:
        return _stored(plane)
    if not plane.any():
        return [_zeros(plane.size)]
    if plane.size > _SHORT:
        middle = plane.size // 2
        sample = plane[middle : middle + _SAMPLE]
        if len(_packed(sample)) > _NOISE * sample.size:
            return _stored(plane)
    return [_packed(plane)]


def _packed(data: Any) -> bytes:
    fast = _installed("isal.isal_zlib")
    module, level = (zlib, _FAST) if fast is None else (fast, _ISAL_LEVEL)
    packer = module.compressobj(level, zlib.DEFLATED, -15)
    return b"".join((packer.compress(data), packer.flush(zlib.Z_SYNC_FLUSH)))


@functools.lru_cache(maxsize=64)
def _zeros(size: int) -> bytes:
    return _packed(bytes(size))


def _stored(plane: npt.NDArray[np.uint8]) -> list[Any]:
    parts: list[Any] = []
    for start in range(0, plane.size, _STORED):
        piece = plane[start : start + _STORED]
        parts += (_stored_header(piece.size), piece.data)
    return parts


def _stored_header(size: int) -> bytes:
    """Return what stands before stored bytes: no last block, type 0, length and its inverse."""
    return b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")


def _adler32() -> Any:
    return (_installed("isal.isal_zlib") or zlib).adler32


@functools.cache
def _installed(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ImportError:
        return None
