"""Pixels of Gatan images: what ``ImageData/DataType`` says about ``ImageData/Data``.

======== ============================ ==================================================
DataType one pixel                    remark
======== ============================ ==================================================
1, 10    i16, u16
2, 12    f32, f64
3, 13    complex of 2 x f32, 2 x f64
5        packed complex, 4 bytes      square or not, even sides; see `unpack_square`
6, 9     u8, i8
7, 11    i32, u32
8        RGB view, 4 bytes            a 32-bit word ``0x00RRGGBB``
14       bool, 1 byte
23       RGBA, 4 bytes                a 32-bit word ``0xAARRGGBB``
27, 28   packed complex, 8, 16 bytes  half of the plane; see `unpack_half`
39, 40   i64, u64
======== ============================ ==================================================

Source: C. Boothroyd, "Digital Micrograph file format" (sections DM2, "Packed complex",
and DM3); 27 and 28 decoded from a transform of a 5 x 5 image written by GMS 3.51, whose
data hold 5 rows of 3 complex numbers: columns 0 to 2, zero frequency in row 2.  They are
conjugated on reading, which makes the transform of that file the one NumPy computes of an
image that grows from 0 to 4 towards the right.
Not yet understood: in which version of the program the sign of the phase changed, if it did.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from sidpy import FileArray

__all__ = [
    "COLOURS",
    "PACKED",
    "PIXELS",
    "PackedPlane",
    "colour_places",
    "packed_layout",
    "unpack_half",
    "unpack_square",
]

#: dtype of one pixel by DataType, for those that are one number.
PIXELS: Final = {
    1: "i2",
    2: "f4",
    3: "c8",
    6: "u1",
    7: "i4",
    9: "i1",
    10: "u2",
    11: "u4",
    12: "f8",
    13: "c16",
    14: "?",
    39: "i8",
    40: "u8",
}

#: Number of colours by DataType.
COLOURS: Final = {8: 3, 23: 4}

#: Type of the stored complex numbers by DataType.
PACKED: Final = {5: "c8", 27: "c8", 28: "c16"}


def colour_places(data_type: int, order: str) -> list[int]:
    """Return where red, green, blue (and alpha) lie in the four bytes of a word.

    Examples
    --------
    >>> colour_places(23, "<"), colour_places(8, ">")
    ([2, 1, 0, 3], [1, 2, 3])
    """
    places = [2, 1, 0, 3] if order == "<" else [1, 2, 3, 0]
    return places[: COLOURS[data_type]]


def packed_layout(data_type: int, height: int, width: int, nbytes: int) -> tuple[int, str] | None:
    """Say how a packed transform of a plane is stored, from the size of its data.

    Returns
    -------
    (int, str) or None
        Complex numbers per row and ``"half"`` or ``"square"``; None for neither.
    """
    size = np.dtype(PACKED[data_type]).itemsize
    if nbytes == (width // 2 + 1) * height * size:
        return width // 2 + 1, "half"
    if nbytes * 2 == width * height * size and not width % 2 and not height % 2:
        return width // 2, "square"
    return None


def unpack_half(half: np.ndarray, width: int) -> np.ndarray:
    """Complete the Fourier transform of a real image from its half plane.

    Parameters
    ----------
    half : ndarray of shape (height, width // 2 + 1)
        Frequencies 0 to width // 2 along the columns; along the rows the zero
        frequency is in row height // 2.
    width : int
        Columns of the whole plane.

    Returns
    -------
    ndarray of shape (height, width)
        Zero frequency in row height // 2, column width // 2.

    Notes
    -----
    A real image has F(-kx, -ky) = conj F(kx, ky).

    Examples
    --------
    >>> image = np.arange(12.0).reshape(3, 4)
    >>> half = np.fft.fftshift(np.fft.rfft2(image), axes=0)
    >>> np.allclose(unpack_half(half, 4), np.fft.fftshift(np.fft.fft2(image)))
    True
    """
    height, centre = half.shape[0], width // 2
    whole = np.empty((height, width), half.dtype)
    whole[:, centre:] = half[:, : width - centre]
    mirrored = (2 * (height // 2) - np.arange(height)) % height
    whole[:, :centre] = half[mirrored, centre:0:-1].conj()
    return whole


def unpack_square(packed: np.ndarray) -> np.ndarray:
    """Complete a Fourier transform from the older layout, which wastes no number.

    Parameters
    ----------
    packed : ndarray of shape (height, width // 2), height and width even
        Column j > 0 holds frequency j.  Column 0 holds, below the middle row, frequency
        0 of the rows below it and, above it, the highest frequency of the same rows;
        the real numbers of row 0 and of the middle row share one complex place each.

    Returns
    -------
    ndarray of shape (height, width)
        Zero frequency in row height // 2, column width // 2.
    """
    height, width = packed.shape[0], 2 * packed.shape[1]
    middle = height // 2
    half = np.empty((height, width // 2 + 1), packed.dtype)
    half[:, 1:-1] = packed[:, 1:]
    for column, first in ((0, middle), (-1, 0)):
        below = packed[first : first + middle, 0].copy()
        half[0, column] = below[0].imag
        below[0] = below[0].real
        half[middle:, column] = below
        half[1:middle, column] = below[:0:-1].conj()
    return unpack_half(half, width)


@dataclass(frozen=True)
class PackedPlane:
    """A packed transform in a file, completed when it is indexed.

    The two halves of a plane depend on each other, so that any piece of it costs one
    read of the whole: keep it in one chunk.
    """

    stored: FileArray
    layout: str
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the whole plane."""
        return (self.stored.shape[0], self.width)

    @property
    def dtype(self) -> np.dtype:
        """Type of the complex numbers, as stored."""
        return self.stored.dtype

    @property
    def ndim(self) -> int:
        """Two."""
        return 2

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        return (*self.stored.__dask_tokenize__(), self.layout, self.width)

    def __getitem__(self, index: Any) -> np.ndarray:
        stored = self.stored[...]
        if self.layout == "half":
            return unpack_half(stored.conj(), self.width)[index]
        return unpack_square(stored)[index]
