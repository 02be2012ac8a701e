"""Channels of JPK force curves: how their numbers are stored and what they become.

====================================================== ====================================
key, after ``channel.<name>.``                         meaning
====================================================== ====================================
``data.file.name``                                     member with the numbers, big-endian
``data.type`` or ``type``                              short, integer-data, float-data, ...;
                                                       raster-data and constant-data have no
                                                       member, but ``data.start`` and
                                                       ``data.step``, or ``data.value``
``[data.]encoder.type``                                signedshort, unsignedinteger, ...
``[data.]encoder.scaling.multiplier``, ``.offset``     number * multiplier + offset is the
                                                       value of the base slot
``conversion-set.conversions.base``, ``.default``      names of calibration slots
``conversion-set.conversion.<slot>.scaling...``        value of the slot ``base-calibration-
                                                       slot`` * multiplier + offset
====================================================== ====================================

Source: JPK Instruments, "JPK DP file format specification", sections on channels, encoders
and conversions; afmformats (MIT), documentation of `afmformats.formats.fmt_jpk.jpk_data`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile, UnsupportedFile

from .jpk_properties import Properties, parse_properties, resolved
from .zip_members import Member, unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import numpy.typing as npt

__all__ = ["CurveArray", "Scaling", "scaling_of"]

#: Encoders, and types of data that have none, as they lie in the member.
NUMBERS: Final = {
    "signedshort": ">i2",
    "unsignedshort": ">u2",
    "signedinteger": ">i4",
    "unsignedinteger": ">u4",
    "signedlong": ">i8",
    "unsignedlong": ">u8",
    "short": ">i2",
    "integer": ">i4",
    "long": ">i8",
    "float": ">f4",
    "double": ">f8",
}
#: Headers of segments are some ten kilobytes.
LONGEST_HEADER: Final = 1 << 22
_CONVERSION: Final = "conversion-set.conversion"


@dataclass(frozen=True, slots=True)
class Scaling:
    """How the numbers of a channel become values of one calibration slot."""

    dtype: str
    steps: tuple[tuple[float, float], ...]
    """Multiplier and offset, in the order in which they are applied."""
    units: str
    slot: str
    """Name of the slot, for people."""
    is_complete: bool
    """Whether the slot that was wanted was reached; else these are values of the base."""

    def apply(self, raw: bytes) -> np.ndarray:
        """Return the values of the numbers in a member."""
        kind = np.dtype(self.dtype)
        values = np.frombuffer(raw[: len(raw) // kind.itemsize * kind.itemsize], kind).astype("f8")
        for multiplier, offset in self.steps:
            values = values * multiplier + offset
        return values


def scaling_of(channel: Properties, slot: str | None = None) -> Scaling:
    """Return how a channel is scaled.

    Parameters
    ----------
    channel : Properties
        Its keys, without ``channel.<name>.``
    slot : str, optional
        A calibration slot; the default one of the channel otherwise.

    Raises
    ------
    UnsupportedFile
        For numbers of an unknown type.
    CorruptFile
        When the slots lead in a circle, or a scaling has no numbers.
    """
    base = channel.get(f"{_CONVERSION}s.base", "")
    wanted = slot or channel.get(f"{_CONVERSION}s.default", base)
    steps, current, seen, is_complete = [], wanted, set(), True
    while current != base:
        place = f"{_CONVERSION}.{current}"
        below = channel.get(f"{place}.base-calibration-slot")
        if below is None or current in seen:
            if current in seen:
                msg = f"the calibration slots {sorted(seen)} lead in a circle"
                raise CorruptFile(msg)
            # the slot was named but never calibrated
            steps, wanted, is_complete = [], base, False
            break
        seen.add(current)
        steps.append(_linear(channel, f"{place}.scaling"))
        current = below
    encoder = "data.encoder" if "data.encoder.type" in channel else "encoder"
    place = f"{encoder}.scaling" if wanted == base else f"{_CONVERSION}.{wanted}.scaling"
    units = channel.get(f"{place}.unit.unit") or channel.get(f"{place}.unit", "")
    return Scaling(
        _number_type(channel, encoder),
        (_linear(channel, f"{encoder}.scaling"), *reversed(steps)),
        units or (channel.get("unit.unit", "") if wanted == base else ""),
        channel.get(f"{_CONVERSION}.{wanted}.name", ""),
        is_complete,
    )


def _number_type(channel: Properties, encoder: str) -> str:
    words = [channel.get(f"{encoder}.type", ""), channel.get("data.type", channel.get("type", ""))]
    for word in words:
        kind = word.removesuffix("-limited").removesuffix("-data").removeprefix("memory-")
        if kind in NUMBERS:
            return NUMBERS[kind]
    msg = f"numbers of the type {words} are not known"
    raise UnsupportedFile(msg)


def _linear(channel: Properties, place: str) -> tuple[float, float]:
    if channel.get(f"{place}.type", "null").lower().startswith("null"):
        return 1.0, 0.0
    multiplier, offset = (channel.number(f"{place}.{word}") for word in ("multiplier", "offset"))
    if multiplier is None or offset is None:
        msg = f"{place} should have a multiplier and an offset"
        raise CorruptFile(msg)
    return multiplier, offset


class CurveArray:
    """One channel of one segment of every curve, in a zip, read curve by curve.

    Parameters
    ----------
    path : path-like
        The zip.
    channel : str
        Name of the channel.
    curves : mapping of int to (Member, Member)
        Numbers and header of the segment, by the place of the curve in the grid.
    grid : sequence of int
        Shape of the grid; empty for a single curve.
    points : int
        Length of the longest curve; shorter ones, and missing ones, are NaN.
    shared : mapping
        The table that headers refer to.
    slot : str, optional
        The calibration slot.
    """

    __slots__ = ("_curves", "_shared", "_slot", "_stamp", "channel", "dtype", "path", "shape")

    def __init__(
        self,
        path: str | PathLike[str],
        channel: str,
        curves: Mapping[int, tuple[Member, Member]],
        *,
        grid: Sequence[int],
        points: int,
        shared: Mapping[str, Mapping[str, str]],
        slot: str | None = None,
    ) -> None:
        self.path = str(Path(fspath(path)).resolve())
        self.channel, self._curves = channel, dict(curves)
        self._shared, self._slot = shared, slot
        self.shape = (*grid, points)
        self.dtype = np.dtype("f8")
        status = Path(self.path).stat()
        self._stamp = (status.st_mtime_ns, status.st_size)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        first = min(self._curves.items(), default=())
        return (self.path, self._stamp, self.channel, self._slot, self.shape, first)

    def __getitem__(self, index: Any) -> npt.NDArray[np.float64]:
        wanted = index if isinstance(index, tuple) else (index,)
        if Ellipsis in wanted:
            place = wanted.index(Ellipsis)
            rest = (slice(None),) * (self.ndim - len(wanted) + 1)
            wanted = (*wanted[:place], *rest, *wanted[place + 1 :])
        grid = self.shape[:-1]
        places = np.asarray(np.arange(math.prod(grid)).reshape(grid)[wanted[: len(grid)]])
        values = np.full((places.size, self.shape[-1]), np.nan)
        with Path(self.path).open("rb") as file:
            scalings: dict[bytes, Scaling] = {}
            for row, place in enumerate(places.ravel().tolist()):
                if found := self._curves.get(place):
                    numbers, header = (unpacked(file, member, self.path) for member in found)
                    curve = self._scaling(header, scalings).apply(numbers)[: self.shape[-1]]
                    values[row, : len(curve)] = curve
        result = values.reshape(*places.shape, self.shape[-1])
        return result[(..., *wanted[len(grid) :])]

    def _scaling(self, header: bytes, known: dict[bytes, Scaling]) -> Scaling:
        """Return the scaling that a header gives this channel; equal ones are worked out once."""
        prefix = b"channel." + self.channel.encode("latin-1", "replace") + b"."
        lines = [line for line in header.splitlines() if line.startswith(prefix)]
        own = b"\n".join(line for line in lines if b".num-points" not in line)
        if own not in known:
            whole = resolved(parse_properties(own), self._shared)
            skip = len(prefix)
            channel = Properties({key[skip:]: value for key, value in whole.items()})
            try:
                known[own] = scaling_of(channel, self._slot)
            except (CorruptFile, UnsupportedFile) as error:
                msg = f"channel {self.channel!r} of a curve: {error}"
                raise CorruptFile(msg, path=self.path) from error
        return known[own]

    def __repr__(self) -> str:
        return f"CurveArray({self.path!r}, {self.channel!r}, {self.shape})"
