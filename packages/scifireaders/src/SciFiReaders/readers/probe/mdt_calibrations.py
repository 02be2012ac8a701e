"""Calibrations of NT-MDT data (frames of kind 106): what indices and numbers mean.

====== ============== =====================================================================
bytes  type           meaning
====== ============== =====================================================================
0      u32, u32       size of all calibrations, size of the head that follows
8      u64            number of cells
16     3 x u32        bytes of a cell, number of dimensions, number of measurands
..     records        one per dimension, then one per measurand
====== ============== =====================================================================

====== ============== =====================================================================
record type           meaning
====== ============== =====================================================================
0      5 x u32        sizes of the record, of its head behind 8, of name, comment and unit
44     f64, f64       bias and scale: value = bias + scale * index, or number
60     i64, i64       first and last index
76     i32            type of the numbers
..     texts          name, comment, unit, behind the head
====== ============== =====================================================================

Worked out from files of Nova 3.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.text import decode

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor

__all__ = ["NUMBERS", "Calibration", "calibrations"]

#: Types of kind 106 that NumPy has.
NUMBERS: Final = {
    -1: "i1", 1: "u1", -2: "<i2", 2: "<u2", -4: "<i4", 4: "<u4", -8: "<i8", 8: "<u8",
    -5892: "<f4", -13320: "<f8",
}  # fmt: skip
_CALIBRATION_HEAD: Final = 72
_MOST_AXES: Final = 32


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the indices of a dimension, or the numbers of a measurand, become values."""

    name: str
    units: str
    bias: float
    scale: float
    count: int
    dtype: str = "<i2"

    def values(self, indices: Any) -> np.ndarray:
        """Return bias + scale * index."""
        return self.bias + self.scale * np.asarray(indices, "f8")


def calibrations(
    cursor: Cursor,
) -> tuple[tuple[Calibration, ...], tuple[Calibration, ...], int]:
    """Return dimensions, measurands and the bytes of a cell.

    Raises
    ------
    CorruptFile
        When they cannot be.
    """
    _, head = cursor.unpack("II")
    place = cursor.position
    _, cell, dimensions, measurands = cursor.unpack("Q3I")
    if dimensions + measurands > _MOST_AXES or not measurands:
        msg = f"a frame of {dimensions} dimensions and {measurands} measurands cannot be"
        raise cursor.corrupt(msg, offset=place)
    cursor.position = place
    cursor.skip(head, "head of the calibrations")
    found = [_calibration(cursor) for _ in range(dimensions + measurands)]
    inside = sum(np.dtype(one.dtype).itemsize for one in found[dimensions:])
    if cell < inside or any(one.count < 1 for one in found[:dimensions]):
        msg = f"a cell of {cell} bytes cannot hold measurands of {inside}, or an axis is empty"
        raise cursor.corrupt(msg, offset=place)
    return tuple(found[:dimensions]), tuple(found[dimensions:]), cell


def _calibration(cursor: Cursor) -> Calibration:
    start = cursor.position
    size, head, name, comment, unit = cursor.unpack("5I")
    cursor.position = start
    cursor.fits(1, size, "calibrations")
    if head < _CALIBRATION_HEAD:
        msg = f"the head of a calibration should have 72 bytes or more, not {head}"
        raise cursor.corrupt(msg, offset=start)
    cursor.position = start + 44
    bias, scale, first, last, kind = cursor.unpack("ddqqi")
    cursor.position = start + 8 + head
    texts = [cursor.take(length, "text of a calibration") for length in (name, comment, unit)]
    cursor.position = start + size
    if kind not in NUMBERS:
        msg = f"numbers of the type {kind} are not known"
        raise cursor.corrupt(msg, offset=start)
    label, _, units = (decode(text, "cp1251").rstrip("\0").strip() for text in texts)
    return Calibration(label, units, bias, scale, last - first + 1, NUMBERS[kind])
