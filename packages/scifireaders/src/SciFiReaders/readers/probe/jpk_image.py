"""Images of JPK (``.jpk``, ``.jpk-qi-image``) as Datasets: TIFF with tags of its own.

=============== =======================================================================
tag             meaning
=============== =======================================================================
0x8000, 0x8001  version of the program, of the file
0x8003, 0x8006  begin and end of the scan
0x8004, 0x8005  name and comment; 0x8007 probe, 0x8009 operator
0x8040, 0x8041  corner of the scan, x and y; m
0x8042, 0x8043  width and height; m
0x8044, 0x8045  angle; whether it is mirrored
0x8046, 0x8047  pixels of a line, lines
0x8050, 0x8052  name of a channel, for programs and for people; 0x8051: 1 on the way back
0x8064, 0x8065  settings and conditions, a ``key : value`` a line
0x8080, 0x8081  number of calibration slots, name of the default one
0x8090 + 48 k   slot k: name; +16 for people, +18 unit, +19 kind of scaling, +20
                multiplier, +21 offset
=============== =======================================================================

Page 0 is a small picture with what belongs to the scan; every other page is a channel, the
bottom row first.  The scaling of a slot goes straight from the stored numbers to its values.

Source: JPK Instruments, "JPK image file format" (tags), as implemented in its programs;
checked against a file of version 8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, pixel_centres
from SciFiReaders.readers.generic.tiff_pages import Page, Tiff, parse_tiff
from SciFiReaders.readers.generic.tiff_pixels import layout_of, stack
from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.base.units import conversion_factor
from sidpy.errors import CorruptFile, UnrecognisedFile

from .jpk_properties import Properties, parse_properties
from .private_tags import has_tags

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_jpk_image", "sniff"]

FORMAT: Final = "jpk.image"

# --- layout ---------------------------------------------------------------------------

CORNER: Final = (0x8040, 0x8041)
EXTENT: Final = (0x8042, 0x8043)
ANGLE: Final = 0x8044
PIXELS: Final = (0x8046, 0x8047)
CHANNEL, RETRACE, CHANNEL_NAME = 0x8050, 0x8051, 0x8052
SETTINGS, CONDITIONS = 0x8064, 0x8065
SLOTS, DEFAULT_SLOT, FIRST_SLOT, SLOT_STEP = 0x8080, 0x8081, 0x8090, 0x30

#: Names of tags in `original_metadata`; others go by their number.
NAMES: Final = {
    0x8000: "ProgramVersion", 0x8001: "FileVersion", 0x8003: "StartDate", 0x8004: "Name",
    0x8005: "Comment", 0x8006: "EndDate", 0x8007: "Probe", 0x8009: "UserName",
    0x8040: "Grid-x0", 0x8041: "Grid-y0", 0x8042: "Grid-uLength", 0x8043: "Grid-vLength",
    0x8044: "Grid-Theta", 0x8045: "Grid-Reflect", 0x8046: "Grid-iLength", 0x8047: "Grid-jLength",
    0x8050: "Channel", 0x8051: "Channel-retrace", 0x8052: "Channel-fancyName",
    0x8064: "Settings", 0x8065: "Conditions", 0x8080: "NrOfSlots", 0x8081: "DefaultSlot",
}  # fmt: skip
_EMPTY: Final = "<empty>"
_MOST_SLOTS: Final = 256

# --- parse ----------------------------------------------------------------------------


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a TIFF has the scan of JPK in its first page."""
    found = has_tags(probe, {0x8001, *CORNER, *EXTENT})
    return (1.0, "tags of a JPK scan") if found else (0.0, "a TIFF without a JPK scan")


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    label: str
    units: str
    multiplier: float
    offset: float


def _slots(page: Page) -> list[_Slot]:
    found = []
    for k in range(min(page.number(SLOTS, 0), _MOST_SLOTS)):
        base = FIRST_SLOT + SLOT_STEP * k
        multiplier, offset = (number(page.tags.get(base + at)) for at in (0x14, 0x15))
        is_linear = page.text(base + 0x13).lower() == "linearscaling"
        found.append(
            _Slot(
                page.text(base),
                page.text(base + 0x10),
                page.text(base + 0x12),
                1.0 if multiplier is None or not is_linear else multiplier,
                0.0 if offset is None or not is_linear else offset,
            )
        )
    return found


def _scan(document: Tiff) -> Page:
    first = document.pages[0]
    if not all(tag in first.tags for tag in EXTENT):
        msg = "not an image of JPK: the first page does not say where the scan lies"
        raise UnrecognisedFile(msg, path=document.path, format=FORMAT, offset=first.offset)
    return first


# --- label ----------------------------------------------------------------------------


def read_jpk_image(path: str | PathLike[str], *, slot: str | None = None) -> list[Dataset]:
    """Read an image file of JPK.

    Parameters
    ----------
    path : path-like
        A ``.jpk`` or ``.jpk-qi-image`` file.
    slot : str, optional
        Calibration slot where a channel has it, for instance ``"volts"`` or ``"raw"``;
        otherwise the default of each channel.

    Returns
    -------
    list of Dataset
        An image [y, x] per channel and direction, row 0 at the top.  Lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no TIFF, or one without the scan of JPK.
    CorruptFile
        When it is damaged or holds no channel.
    """
    document = parse_tiff(path)
    first = _scan(document)
    channels = [page for page in document.pages if page.text(CHANNEL)]
    if not channels:
        msg = "no page of the file is a channel"
        raise CorruptFile(msg, path=path, format=FORMAT)
    shared = _metadata(first)
    return [_image(document, first, page, slot, shared) for page in channels]


def _image(
    document: Tiff, first: Page, page: Page, slot: str | None, shared: dict[str, Any]
) -> Dataset:
    layout = layout_of(document, page)
    stored = stack(document, [page], layout)[0, ::-1, :, 0]
    chosen = _chosen(document, page, slot)
    direction = "backward" if page.number(RETRACE, 0) else "forward"
    name = page.text(CHANNEL_NAME) or page.text(CHANNEL)
    values = stored.astype("f8")
    if chosen.multiplier != 1 or chosen.offset:
        values = values * chosen.multiplier + chosen.offset
    return dataset(
        values,
        _axes(first, stored.shape),
        title=f"{name} ({direction.capitalize()})",
        data_type="IMAGE",
        units=chosen.units,
        quantity=name,
        source="SciFiReaders.read_jpk_image",
        metadata={**shared, "scan": {**shared["scan"], "direction": direction}},
        original_metadata={**_shown(first), **_shown(page)},
    )


def _chosen(document: Tiff, page: Page, slot: str | None) -> _Slot:
    slots = {one.name: one for one in _slots(page)}
    wanted = slot if slot in slots else page.text(DEFAULT_SLOT)
    if wanted in slots:
        return slots[wanted]
    warn(
        f"{document.path}: channel {page.text(CHANNEL)!r} has no slot {wanted!r}, only "
        f"{list(slots)}; its numbers are left as stored"
    )
    return _Slot("", "", "", 1.0, 0.0)


def _numbers(page: Page, tags: tuple[int, int]) -> list[float | None]:
    return [number(page.tags.get(tag)) for tag in tags]


def _axes(first: Page, shape: tuple[int, int]) -> tuple[Axis, Axis]:
    rows, columns = shape
    width, height = _numbers(first, EXTENT)
    x0, y0 = (value or 0.0 for value in _numbers(first, CORNER))
    if not width or not height or min(width, height) <= 0:
        return (
            Axis.scanned("y", np.arange(rows)[::-1], "px"),
            Axis.scanned("x", np.arange(columns), "px"),
        )
    return (
        Axis.scanned("y", pixel_centres(rows, height, y0)[::-1], "m"),
        Axis.scanned("x", pixel_centres(columns, width, x0), "m"),
    )


def _metadata(first: Page) -> dict[str, Any]:
    settings, conditions = (parse_properties(first.text(tag)) for tag in (SETTINGS, CONDITIONS))
    calibration = "cantilever-calibration-info"
    experiment = {
        "instrument": settings.ending("data-description.instrument")
        or conditions.get("metadata.INSTRUMENT_NAME"),
        "software": first.text(0x8000),
        "operator": _said(first, 0x8009),
        "sample": _said(first, 0x8004),
        "comment": _said(first, 0x8005),
        "start_date_time": _said(first, 0x8003),
        "probe": conditions.get(f"{calibration}.cantilever-name") or _said(first, 0x8007),
        "spring_constant": _in_units(conditions, f"{calibration}.spring-constant", "N/m"),
        "deflection_sensitivity": _in_units(conditions, f"{calibration}.sensitivity", "m/V"),
        "feedback": conditions.get("feedback-mode.name"),
    }
    angle = number(first.tags.get(ANGLE))
    scan = {
        "pixels": [first.number(tag, 0) for tag in PIXELS],
        "range": _numbers(first, EXTENT),
        "corner": _numbers(first, CORNER),
        "angle": None if angle is None else math.degrees(angle),
    }
    return {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": {key: value for key, value in scan.items() if value is not None},
    }


def _said(page: Page, tag: int) -> str:
    text = page.text(tag)
    return "" if text == _EMPTY else text


def _in_units(texts: Properties, key: str, units: str) -> float | None:
    """Return a value like "98.4 mN/m" in other units."""
    word, _, said = texts.get(key, "").partition(" ")
    value, factor = number(word), conversion_factor(said.strip(), units)
    return None if value is None or factor is None else value * factor


def _shown(page: Page) -> dict[str, Any]:
    """Return the tags of JPK with their names, lines of keys as trees."""
    found: dict[str, Any] = page.shown()
    found.pop("ColorMap", None)
    for tag, value in page.tags.items():
        if tag >= 0x8000 and not isinstance(value, bytes | np.ndarray):
            found[NAMES.get(tag, f"0x{tag:04x}")] = _typed(value)
    return found


def _typed(value: Any) -> Any:
    """Return a text as a number or a tree where it is one; other values as they are."""
    if not isinstance(value, str):
        return value
    is_tree = "\n" in value and " : " in value
    return parse_properties(value).typed() if is_tree else typed(value.strip("\0 "))
