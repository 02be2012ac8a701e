"""The words for what a dataset shows and what a dimension measures.

Members and their integers are part of the file format: never renumber them.
"""

from __future__ import annotations

from enum import Enum

from sidpy._warnings import warn
from sidpy.errors import LabelTypeError

__all__ = ["DataType", "DataTypes", "DimensionType"]


class DataType(Enum):
    """What a dataset shows, which decides how it is drawn and which axes it needs."""

    UNKNOWN = -1
    SPECTRUM = 1
    LINE_PLOT = 2
    LINE_PLOT_FAMILY = 3
    IMAGE = 4
    IMAGE_MAP = 5
    IMAGE_STACK = 6
    SPECTRAL_IMAGE = 7
    IMAGE_4D = 8
    POINT_CLOUD = 9


DataTypes = DataType  # as notebooks of 2020 spell it


class DimensionType(Enum):
    """What varies along a dimension."""

    UNKNOWN = -1
    SPATIAL = 1
    RECIPROCAL = 2
    SPECTRAL = 3
    TEMPORAL = 4
    CHANNEL = 5
    POINT_CLOUD = 6


#: Everyday words for a series in time.
_TEMPORAL_WORDS = frozenset({"FRAME", "TIME", "STACK"})


def as_dimension_type(value: DimensionType | str) -> DimensionType:
    """Return the member that `value` names, in any case.

    Warns
    -----
    UserWarning
        Twice, for a word that names no member; the answer is then ``UNKNOWN``.

    Raises
    ------
    LabelTypeError
        When `value` is neither a member nor a str.
    """
    if isinstance(value, DimensionType):
        return value
    if not isinstance(value, str):
        msg = f"dimension_type should be a DimensionType or a str, found {value!r}"
        raise LabelTypeError(msg)
    word = value.strip().upper()
    if word in _TEMPORAL_WORDS:
        return DimensionType.TEMPORAL
    if word in DimensionType.__members__:
        return DimensionType[word]
    names = list(DimensionType.__members__)
    warn(f"Supported dimension types for plotting are only: {names}, found {value!r}")
    warn("Setting DimensionType to UNKNOWN")
    return DimensionType.UNKNOWN
