"""Numbers of the PDP-11 and VAX, which Canberra's counters still write."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

__all__ = ["from_f32", "vms_interval", "vms_time"]

_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)


def from_f32(raw: bytes) -> float:
    """Return a 32-bit floating point number: its 16-bit halves are swapped, its bias is 129.

    Examples
    --------
    >>> from_f32(bytes.fromhex("80400000"))
    1.0
    """
    low, high = struct.unpack("<HH", raw)
    return float(struct.unpack("<f", struct.pack("<I", low << 16 | high))[0]) / 4


def vms_time(ticks: int) -> str:
    """Return a time in 100 ns since 17 November 1858 as ISO 8601; blank for none.

    Examples
    --------
    >>> vms_time(35067168000000000)
    '1970-01-01T00:00:00+00:00'
    """
    if not 0 < ticks < 100_000_000_000_000_000:
        return ""
    return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat()


def vms_interval(ticks: int) -> float:
    """Return an interval, which is stored as a negative number of 100 ns, in seconds.

    Examples
    --------
    >>> vms_interval(2**64 - 600_000_000)
    60.0
    """
    return (2**64 - ticks) % 2**64 * 1e-7
