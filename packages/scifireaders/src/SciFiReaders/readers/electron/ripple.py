"""Ripple of Lispix (``.rpl``): a table of keys beside raw numbers (``.raw``).

=================== ====================================================================
key                 meaning
=================== ====================================================================
``width, height,``  sizes; x, y, and energies or frames
``depth``
``offset``          bytes in front of the numbers
``data-length``     bytes of a number
``data-type``       ``signed``, ``unsigned``, ``float``, ``complex``
``byte-order``      ``big-endian``, ``little-endian``, ``dont-care``
``record-by``       ``image``: [depth, height, width] with width fastest; ``vector``:
                    [height, width, depth]; ``dont-care``: no depth
=================== ====================================================================

Keys and values are separated by a tab; lines that begin with ``;`` are comments.  HyperSpy
adds `-scale`, `-origin`, `-units`, `-name` to each direction and conditions such as
``beam-energy`` (kV), ``ev-per-chan``.

Source: D. Bright, Lispix, "Ripple file format"; HyperSpy user guide, "Ripple".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import LENGTHS, Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import number, typed
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_rpl", "sniff"]

FORMAT: Final = "ripple"
_LONGEST: Final = 1 << 20
_KINDS: Final = {"signed": "i", "unsigned": "u", "float": "f", "complex": "c"}
_SIZES: Final = {"i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8), "c": (8, 16)}
_ORDERS: Final = {"big-endian": ">", "little-endian": "<", "dont-care": "<"}
_NEEDED: Final = ("width", "height", "data-length", "data-type")
#: Key, key of the table, factor to the unit of the key.
_NUMBERS: Final = (
    ("acceleration_voltage", "beam-energy", 1e3),
    ("convergence_angle", "convergence-angle", 1.0),
    ("collection_angle", "collection-angle", 1.0),
    ("live_time", "live-time", 1.0),
    ("elevation_angle", "elevation-angle", 1.0),
    ("azimuth_angle", "azimuth-angle", 1.0),
    ("energy_resolution", "detector-peak-width-ev", 1.0),
    ("stage_tilt", "tilt-stage", 1.0),
)


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a table of keys has those of Ripple near its beginning."""
    words = {line.partition(b"\t")[0].strip().lower() for line in probe.head.splitlines()}
    found = {b"data-type", b"data-length", b"width"} <= words
    return (1.0, "a table with data-type and width") if found else (0.0, "no table of Ripple")


@dataclass(frozen=True)
class Direction:
    """One direction of the numbers: how many, which of the three, and its axis."""

    size: int
    word: str
    axis: Axis


def read_rpl(path: str | PathLike[str]) -> list[Dataset]:
    """Read the numbers that a table describes.

    Parameters
    ----------
    path : path-like
        The ``.rpl`` file; the ``.raw`` file of the same name lies beside it.

    Returns
    -------
    list of Dataset
        One: [y, x], [y, x, energy] or [frame, y, x], axes of length one left out.  Lazy,
        mapped.

    Raises
    ------
    UnrecognisedFile
        When it is no table of these keys.
    CorruptFile
        When the raw file is not there or too short, or a key has an impossible value.
    UnsupportedFile
        For numbers of a type that is not described.
    """
    keys = _table(path)
    raw = _beside(Path(path))
    dtype = _dtype(keys, path)
    stored = _stored(keys, path, raw.stat().st_size // dtype.itemsize)
    offset = int(number(keys.get("offset")) or 0)
    steps = [dtype.itemsize] * len(stored)
    for i in range(len(stored) - 2, -1, -1):
        steps[i] = steps[i + 1] * stored[i + 1].size
    placed = [(way, step) for way, step in zip(stored, steps, strict=True) if way.size > 1]
    placed = placed or [(stored[-1], steps[-1])]
    # energies come last; a stable order keeps everything else
    placed.sort(key=lambda part: part[0].axis.kind == "SPECTRAL")
    source = StridedArray(
        raw, dtype, [way.size for way, _ in placed], offset, [step for _, step in placed]
    )
    axes = tuple(way.axis for way, _ in placed)
    found = dataset(
        lazy(source),
        axes,
        title=keys.get("title") or Path(path).stem,
        data_type=_data_type(axes),
        units=keys.get("data-units") or ("counts" if keys.get("signal") else ""),
        quantity="intensity",
        source="SciFiReaders.ripple",
        metadata={"experiment": _experiment(keys)},
        original_metadata={key: typed(value) for key, value in keys.items()},
    )
    if keys.get("signal"):
        found.modality = keys["signal"]
    return [found]


def _table(path: str | PathLike[str]) -> dict[str, str]:
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size > _LONGEST:
            msg = f"a table of {cursor.size} bytes cannot be"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        text = decode(cursor.take(cursor.size))
    rows = [line.partition("\t") for line in text.splitlines() if not line.startswith(";")]
    keys = {key.strip().lower(): value.strip() for key, sign, value in rows if sign}
    if missing := [key for key in _NEEDED if key not in keys]:
        msg = f"not a table of Ripple: it has no {', '.join(missing)}"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    return keys


def _beside(place: Path) -> Path:
    for suffix in (".raw", ".RAW", ".Raw"):
        raw = place.with_suffix(suffix)
        if raw.is_file():
            return raw
    msg = f"the numbers should be in {place.stem}.raw beside it, which is not there"
    raise CorruptFile(msg, path=place, format=FORMAT)


def _dtype(keys: dict[str, str], path: str | PathLike[str]) -> np.dtype:
    kind = _KINDS.get(keys["data-type"].lower(), "")
    size = int(number(keys["data-length"]) or 0)
    order = _ORDERS.get(keys.get("byte-order", "dont-care").lower(), "")
    if not kind or size not in _SIZES[kind] or not order:
        msg = (
            f"numbers of type {keys['data-type']!r}, {size} bytes, order "
            f"{keys.get('byte-order')!r} are not described"
        )
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    return np.dtype(f"{order}{kind}{size}")


def _stored(keys: dict[str, str], path: str | PathLike[str], most: int) -> list[Direction]:
    """Return the directions as they are stored, slowest first; there are `most` numbers."""
    sizes = {word: int(number(keys.get(word)) or 1) for word in ("width", "height", "depth")}
    if min(sizes.values()) < 1 or math.prod(sizes.values()) > most:
        msg = f"sizes of {sizes} cannot be: the raw file has {most} numbers; it may be cut short"
        raise CorruptFile(msg, path=path, format=FORMAT)
    by = keys.get("record-by", "dont-care").lower()
    order = ("height", "width", "depth") if by == "vector" else ("depth", "height", "width")
    return [Direction(sizes[word], word, _axis(keys, word, sizes[word], by)) for word in order]


def _axis(keys: dict[str, str], word: str, size: int, by: str) -> Axis:
    units = keys.get(f"{word}-units", "")
    scale = number(keys.get(f"{word}-scale"))
    known = number(keys.get("ev-per-chan")) if word == "depth" else None
    if word == "depth" and scale is None and known:
        scale, units = known, units or "eV"
    start = number(keys.get(f"{word}-origin")) or 0.0
    values = np.arange(size) * scale + start if scale else np.arange(size)
    name = {"width": "x", "height": "y", "depth": "z"}[word]
    if units in ("eV", "keV") or (word == "depth" and by == "vector" and not units):
        label, quantity = ("energy", "energy") if units else ("channel", "channel")
        return Axis(
            label if word == "depth" else f"{label}_{name}", values, units, quantity, "SPECTRAL"
        )
    if units in LENGTHS:
        return Axis(name, values, units, "distance", "SPATIAL")
    if word == "depth":
        return Axis("frame", values, units, "frame", "TEMPORAL")
    reciprocal = units.startswith("1/") or units in ("mrad", "rad")
    return Axis(name, values, units, "generic", "RECIPROCAL" if reciprocal else "SPATIAL")


def _data_type(axes: tuple[Axis, ...]) -> str:
    spectral = any(axis.kind == "SPECTRAL" for axis in axes)
    if len(axes) == 1:
        return "SPECTRUM" if spectral else "LINE_PLOT"
    if spectral:
        return "SPECTRAL_IMAGE"
    return "IMAGE" if len(axes) == 2 else "IMAGE_STACK"


def _experiment(keys: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, name, factor in _NUMBERS:
        value = number(keys.get(name))
        if value is not None:
            found[key] = value * factor
    words = [keys.get("date", ""), keys.get("time", "")]
    if any(words):
        found["start_date_time"] = "T".join(word for word in words if word)
    return found
