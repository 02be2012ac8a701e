"""NumPy arrays (``.npy``), mapped.

======== ============ ================================================================
bytes    type         meaning
======== ============ ================================================================
0        6 bytes      93 ``NUMPY``
6, 7     u8, u8       version: 1.0, 2.0 or 3.0
8        u16 or u32   length of the header, 32 bits from version 2.0 on
..       text         a Python literal: ``descr``, ``fortran_order``, ``shape``
..       numbers
======== ============ ================================================================

Arrays of objects would be unpickled: they are refused.  A structured array is a dataset per
field.

Source: NumPy Enhancement Proposal 1; documentation of `numpy.lib.format`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from SciFiReaders.binary import opening
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_npy"]

FORMAT: Final = "npy"
MAGIC: Final = b"\x93NUMPY"
_LONGEST: Final = 1 << 16
_MOST_AXES: Final = 32
_NUMBERS: Final = "biufc"


def read_npy(path: str | PathLike[str]) -> list[Dataset]:
    """Read an array; its numbers stay in the file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One, with the axes as stored, or one per field; two axes are those of an image.

    Raises
    ------
    UnrecognisedFile, CorruptFile, UnsupportedFile
        When it is no array, damaged, or not of numbers.
    """
    shape, fortran, dtype, offset = _header(path)
    if any(n < 1 for n in shape):
        msg = f"an array of shape {shape} has no values"
        raise CorruptFile(msg, path=path, format=FORMAT)
    shape = shape or (1,)
    stem = Path(path).stem
    found = []
    for name, kind, place in _fields(path, dtype):
        steps = _strides(shape, dtype.itemsize, fortran=fortran) + _strides(
            kind.shape, kind.base.itemsize, fortran=False
        )
        source = StridedArray(path, kind.base, shape + kind.shape, offset + place, steps)
        found.append(_label(source, f"{stem} {name}" if name else stem))
    return found


def _header(path: str | PathLike[str]) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    with opening(path, FORMAT), Path(path).open("rb") as file:
        return (*_parsed(path, file), file.tell())


def _parsed(path: str | PathLike[str], file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    head = file.read(8)
    if not head.startswith(MAGIC):
        msg = "not an array of NumPy: it does not begin with 93 NUMPY"
        raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
    file.seek(0)
    try:
        version = np.lib.format.read_magic(file)
        # version 3 has its text in UTF-8, which no array of numbers needs
        read = np.lib.format.read_array_header_1_0
        read = read if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file, max_header_size=_LONGEST)
    except Exception as error:
        msg = f"the header of the array cannot be read: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=6) from error
    if len(shape) > _MOST_AXES or any(n > 1 << 60 for n in shape):
        msg = f"an array of shape {shape} cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=6)
    return tuple(int(n) for n in shape), bool(fortran), np.dtype(dtype)


def _fields(path: str | PathLike[str], dtype: np.dtype) -> list[tuple[str, np.dtype, int]]:
    """Return name, type and place of each field; one without a name for a plain array."""
    if dtype.names:
        found = [(name, *dtype.fields[name][:2]) for name in dtype.names]  # type: ignore[index]  # it has names
        numbers = [part for part in found if part[1].base.kind in _NUMBERS]
    else:
        numbers = [("", dtype, 0)] if dtype.kind in _NUMBERS else []
    if not numbers:
        msg = f"arrays of the type {dtype} are not read, only numbers are; objects never"
        raise UnsupportedFile(msg, path=path, format=FORMAT, offset=8)
    return numbers


def _strides(shape: tuple[int, ...], size: int, *, fortran: bool) -> tuple[int, ...]:
    """Return the distances of neighbours in bytes.

    Examples
    --------
    >>> _strides((2, 3, 4), 8, fortran=False), _strides((2, 3, 4), 8, fortran=True)
    ((96, 32, 8), (8, 16, 48))
    """
    steps, step = [], size
    for n in shape if fortran else shape[::-1]:
        steps.append(step)
        step *= n
    return tuple(steps if fortran else steps[::-1])


def _label(source: StridedArray, title: str) -> Dataset:
    shape = source.shape
    if len(shape) == 2:
        axes = tuple(
            Axis(name, np.arange(n), "", name, "SPATIAL")
            for name, n in zip("yx", shape, strict=True)
        )
    else:
        axes = tuple(Axis(f"axis_{i}", np.arange(n), "", f"axis {i}") for i, n in enumerate(shape))
    array: Any = lazy(source)
    return dataset(
        array,
        axes,
        title=title,
        data_type={1: "LINE_PLOT", 2: "IMAGE"}.get(len(shape), "UNKNOWN"),
        source="SciFiReaders.npy",
        original_metadata={"dtype": str(source.dtype), "shape": list(shape)},
    )
