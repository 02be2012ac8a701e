"""Which piece of an array becomes one chunk of the file.

Chunks are chosen so that an image and a spectrum of it touch about the same number of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from sidpy.sid.kinds import DimensionType

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["chunk_shape"]

#: Size of a chunk in bytes that is aimed at: large enough to compress well, small enough
#: that reading one spectrum does not unpack the whole.
_CHUNK_BYTES: Final = 2**19

_IMAGE: Final = (DimensionType.SPATIAL,)


def chunk_shape(
    shape: Sequence[int], itemsize: int, kinds: Sequence[DimensionType] = ()
) -> tuple[int, ...]:
    """Return a chunk that serves images and spectra alike.

    Parameters
    ----------
    shape : sequence of int
        Shape of the dataset, no length being 0.
    itemsize : int
        Bytes of a value.
    kinds : sequence of DimensionType, optional
        What varies along each axis; the spatial ones make the image.

    Returns
    -------
    tuple of int
        Of at most about half a megabyte.

    Notes
    -----
    An image crosses all chunks along the spatial axes, a spectrum all along the others;
    while the chunk is too large, it is halved along the longest side of whichever of the
    two crosses fewer.

    Examples
    --------
    >>> S, E = DimensionType.SPATIAL, DimensionType.SPECTRAL
    >>> chunk_shape((256, 256, 1024), 4, (S, S, E))
    (32, 64, 64)
    """
    chunk = [int(n) for n in shape]
    image = [i for i, kind in enumerate(kinds) if kind in _IMAGE]
    others = [i for i in range(len(chunk)) if i not in image]
    while math.prod(chunk) * itemsize > _CHUNK_BYTES and max(chunk) > 1:
        groups = [group for group in (image, others) if any(chunk[i] > 1 for i in group)]
        crossed = [math.prod(-(-shape[i] // chunk[i]) for i in group) for group in groups]
        group = groups[int(np.argmin(crossed))]
        longest = max(group, key=lambda i: chunk[i])
        chunk[longest] = -(-chunk[longest] // 2)
    return tuple(chunk)
