"""Series of TIA made up: images, spectra, scans of both, complete or stopped.

The layout is that of `SciFiReaders.readers.electron.tia_series`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from struct import pack
from typing import TYPE_CHECKING

import numpy as np

from SciFiReaders.readers.electron.fei_tia import EMI_MAGIC
from SciFiReaders.readers.electron.tia_series import IMAGES, MAGIC, SPECTRA, TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

__all__ = ["Way", "write_emi", "write_ser"]


@dataclass(frozen=True)
class Way:
    """Calibration of a direction: the value of index i is offset + (i - element) * delta."""

    offset: float = 0.0
    delta: float = 1.0
    element: int = 0
    units: str = ""


def write_ser(  # noqa: PLR0913 - the fields of the layout, by keyword only
    path: str | PathLike[str],
    data: np.ndarray,
    *,
    spectra: bool = False,
    ways: Sequence[Way] = (),
    navigation: Sequence[Way] = (),
    version: int = 0x0210,
    there: int | None = None,
    gap: Sequence[int] = (),
) -> Path:
    """Write a series.

    Parameters
    ----------
    path : path-like
        The file to write.
    data : ndarray
        [..., energy] for spectra, [..., y, x] for images with the top row first.
    spectra : bool
        What the last axes are.
    ways : sequence of Way
        Of the element: energies, or x and y.
    navigation : sequence of Way
        Of the series, fastest first.
    version : {0x0210, 0x0220}
        Offsets of 4 or 8 bytes.
    there : int, optional
        Elements that are there, when the series stopped early.
    gap : sequence of int
        Bytes that are left free before each element.
    """
    signal = 1 if spectra else 2
    shape = data.shape[: data.ndim - signal]
    elements = data.reshape(-1, *data.shape[data.ndim - signal :])
    there = len(elements) if there is None else there
    word = "Q" if version >= 0x0220 else "I"
    dims = b"".join(
        _dimension(size, way)
        for size, way in zip(
            shape[::-1] or (1,), [*navigation, *[Way()] * len(shape), Way()], strict=False
        )
    )
    head = pack(
        "<HHHIIII", *MAGIC, version, SPECTRA if spectra else IMAGES, 0x4152, len(elements), there
    )
    table = len(head) + len(pack("<" + word, 0)) + 4 + len(dims)
    head += pack("<" + word + "I", table, len(shape) or 1) + dims
    body, offsets = b"", []
    start = table + 2 * len(elements) * len(pack("<" + word, 0))
    for number, element in enumerate(elements[:there]):
        body += bytes(gap[number] if number < len(gap) else 0)
        offsets.append(start + len(body))
        body += _element(element, ways) + pack("<HHI", 0x4152, 0, 1_456_162_800)
    end = start + len(body)
    tags = [end] * len(elements)
    offsets += [end] * (len(elements) - there)
    target = Path(path)
    target.write_bytes(head + pack(f"<{2 * len(elements)}{word}", *offsets, *tags) + body)
    return target


def _dimension(size: int, way: Way) -> bytes:
    name, units = b"Position", way.units.encode()
    head = pack("<iddi", size, way.offset, way.delta, way.element)
    return head + pack("<I", len(name)) + name + pack("<I", len(units)) + units


def _element(element: np.ndarray, ways: Sequence[Way]) -> bytes:
    codes = {np.dtype(kind): code for code, kind in TYPES.items()}
    known = [*ways, *[Way()] * element.ndim][: element.ndim]
    head = b"".join(pack("<ddi", way.offset, way.delta, way.element) for way in known)
    head += pack("<h", codes[element.dtype]) + pack(f"<{element.ndim}i", *element.shape[::-1])
    stored = element[::-1] if element.ndim == 2 else element
    return head + np.ascontiguousarray(stored, element.dtype.newbyteorder("<")).tobytes()


def write_emi(path: str | PathLike[str], **conditions: str) -> Path:
    """Write a description; `conditions` are values with their units by label."""
    rows = "".join(
        "<Data><Label>{}</Label><Value>{}</Value><Unit>{}</Unit></Data>".format(
            label.replace("_", " "), *value.partition(" ")[::2]
        )
        for label, value in conditions.items()
    )
    described = f"<ExperimentalDescription><Root>{rows}</Root></ExperimentalDescription>"
    target = Path(path)
    raw = f"<ObjectInfo>{described}<AcquireDate>today</AcquireDate></ObjectInfo>".encode()
    target.write_bytes(EMI_MAGIC + bytes(20) + raw + bytes(9))
    return target
