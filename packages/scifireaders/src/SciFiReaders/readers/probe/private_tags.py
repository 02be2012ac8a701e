"""Tags of the first page of a TIFF, to recognise those that instruments wrote."""

from __future__ import annotations

from pathlib import Path
from struct import unpack_from
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from sidpy.plugins import Probe

__all__ = ["has_tags"]

_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}
_ENTRY: Final = 12


def has_tags(probe: Probe, tags: AbstractSet[int]) -> bool:
    """Say whether the first page of a TIFF has all these tags; reads at most one directory."""
    order = _ORDERS.get(probe.head[:4])
    if order is None or probe.size < 8:
        return False
    place = unpack_from(f"{order}I", probe.head, 4)[0]
    raw = probe.head[place:]
    if len(raw) < 2 or len(raw) < 2 + _ENTRY * unpack_from(f"{order}H", raw)[0]:
        raw = _read(probe.path, place)
    count = min(unpack_from(f"{order}H", raw)[0] if len(raw) > 1 else 0, (len(raw) - 2) // _ENTRY)
    found = {unpack_from(f"{order}H", raw, 2 + _ENTRY * i)[0] for i in range(count)}
    return tags <= found


def _read(path: str, place: int) -> bytes:
    try:
        with Path(path).open("rb") as file:
            file.seek(place)
            return file.read(1 << 14)
    except OSError:
        return b""
