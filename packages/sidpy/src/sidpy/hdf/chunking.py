"""Which piece of an array becomes one chunk of the file.

Chunks are chosen so that an image and a spectrum of it touch about the same number of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from sidpy.errors import LabelTypeError, LabelValueError
from sidpy.sid.kinds import DimensionType

__all__ = ["chosen_chunks", "chunk_shape"]

#: Size of a chunk in bytes that is aimed at: large enough to compress well, small enough
#: that reading one frame or one spectrum unpacks little else.
_CHUNK_BYTES: Final = 2**17

_IMAGE: Final = (DimensionType.SPATIAL,)


def chunk_shape(
    shape: Sequence[int],
    itemsize: int,
    kinds: Sequence[DimensionType] = (),
    fixed: Mapping[int, int] | None = None,
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
    fixed : dict of int to int, optional
        Axes along which the length of a chunk is settled already.

    Returns
    -------
    tuple of int
        Of at most about 128 kB, unless what is fixed is larger.

    Notes
    -----
    An image crosses all chunks along the spatial axes, a spectrum all along the others;
    while the chunk is too large, it is halved along the longest side of whichever of the
    two crosses fewer.

    Examples
    --------
    >>> S, E = DimensionType.SPATIAL, DimensionType.SPECTRAL
    >>> chunk_shape((256, 256, 1024), 4, (S, S, E))
    (32, 32, 32)
    >>> chunk_shape((256, 256, 1024), 4, (S, S, E), fixed={2: 1024})
    (4, 8, 1024)
    """
    fixed = fixed or {}
    chunk = [min(fixed.get(axis, int(n)), int(n)) for axis, n in enumerate(shape)]
    free = [axis for axis in range(len(chunk)) if axis not in fixed]
    image = [i for i in free if i < len(kinds) and kinds[i] in _IMAGE]
    others = [i for i in free if i not in image]
    while math.prod(chunk) * itemsize > _CHUNK_BYTES and any(chunk[i] > 1 for i in free):
        groups = [group for group in (image, others) if any(chunk[i] > 1 for i in group)]
        crossed = [math.prod(-(-shape[i] // chunk[i]) for i in group) for group in groups]
        group = groups[int(np.argmin(crossed))]
        longest = max(group, key=lambda i: chunk[i])
        chunk[longest] = -(-chunk[longest] // 2)
    return tuple(chunk)


def chosen_chunks(
    wanted: Any,
    shape: tuple[int, ...],
    itemsize: int,
    kinds: Sequence[DimensionType],
    names: Sequence[str] = (),
) -> tuple[int, ...]:
    """Return the chunk that was asked for in one of the ways there are.

    Parameters
    ----------
    wanted : True, tuple or dict
        True leaves the choice to `chunk_shape`; a tuple has a length for each axis, a
        dictionary for some, by name or number of the dimension, the others being chosen.
        A length of -1 or None is that of the dataset.
    shape : tuple of int
        Shape of the dataset.
    itemsize : int
        Bytes of a value.
    kinds : sequence of DimensionType
        What varies along each axis.
    names : sequence of str
        Names of the dimensions.

    Raises
    ------
    ValueError
        When a length does not fit, or there is no such dimension.
    TypeError
        When it is none of these.

    Examples
    --------
    >>> chosen_chunks({"energy": -1}, (64, 64, 500), 4, (), ("x", "y", "energy"))
    (8, 8, 500)
    """
    if wanted is True:
        return chunk_shape(shape, itemsize, kinds)
    if isinstance(wanted, Mapping):
        axes = {_axis(key, names, len(shape)): length for key, length in wanted.items()}
        fixed = {axis: _length(length, shape[axis]) for axis, length in axes.items()}
        return chunk_shape(shape, itemsize, kinds, fixed)
    if isinstance(wanted, int | np.integer) and len(shape) == 1:
        wanted = (wanted,)
    if not isinstance(wanted, Sequence) or isinstance(wanted, str):
        msg = (
            "chunks is True, a tuple with a length for each axis, or a dictionary of lengths by "
            f"the name of a dimension; found {wanted!r}"
        )
        raise LabelTypeError(msg)
    if len(wanted) != len(shape):
        msg = f"chunks={tuple(wanted)} has {len(wanted)} lengths for {len(shape)} axes"
        raise LabelValueError(msg)
    return tuple(_length(length, n) for length, n in zip(wanted, shape, strict=True))


def _axis(key: Any, names: Sequence[str], ndim: int) -> int:
    if key in names:
        return list(names).index(key)
    if isinstance(key, int | np.integer) and -ndim <= key < ndim:
        return int(key) % ndim
    msg = f"chunks names a dimension {key!r}, and there are {', '.join(map(repr, names)) or ndim}"
    raise LabelValueError(msg)


def _length(length: Any, available: int) -> int:
    if length is None or length == -1:
        return available
    if isinstance(length, bool) or not isinstance(length, int | np.integer) or length < 1:
        msg = f"a chunk has a length of at least 1 along each axis, found {length!r}"
        raise LabelValueError(msg)
    return min(int(length), available)
