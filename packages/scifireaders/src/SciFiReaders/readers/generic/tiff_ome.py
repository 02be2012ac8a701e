"""OME-TIFF: which page of which file is which channel, time and height.

==================== ================================================================
element              meaning
==================== ================================================================
``Image/Pixels``     an array: SizeX ... SizeT, DimensionOrder (fastest first),
                     PhysicalSizeX ... Z with units (µm unless said), TimeIncrement (s)
``../Channel``       Name, SamplesPerPixel
``../TiffData``      IFD, FirstC, FirstT, FirstZ, PlaneCount: directories of the file, in
                     the order of the dimensions; ``UUID/@FileName``: of a file beside
==================== ================================================================

Source: Open Microscopy Environment, "OME-TIFF specification", schema 2016-06.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, ReaderError, SidpyWarning

from .tiff_pages import parse_tiff
from .tiff_pixels import layout_of, layouts_of, stack
from .tiff_series import MICRO, Series, axis

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from dask.array import Array

    from .notes import Step
    from .tiff_pages import Page, Tiff
    from .tiff_pixels import Layout

__all__ = ["ome_series"]

_MOST_PLANES: Final = 1 << 22
_SIZES: Final = ("SizeX", "SizeY", "SizeZ", "SizeC", "SizeT")


@dataclass(frozen=True, slots=True)
class _Pixels:
    """What XML says of one array."""

    element: Element
    name: str
    sizes: dict[str, int]
    order: str
    channels: tuple[Element, ...]
    per_plane: int
    """Channels that lie in one page as its samples."""

    @property
    def pages(self) -> dict[str, int]:
        """Number of pages along C, Z, T."""
        return {**self.sizes, "C": max(1, self.sizes["C"] // self.per_plane)}


def ome_series(document: Tiff) -> list[Series]:
    """Return a series per channel of each image; none where the file has no OME-XML.

    Raises
    ------
    CorruptFile
        When the XML is damaged or names pages that are nowhere.
    """
    text = document.pages[0].text(270)
    if not text.startswith("<") or "<OME" not in text[:4096]:
        return []
    root = parse_xml(text.encode(), path=document.path, format="tiff")
    if _local(root.tag) != "OME":
        return []
    found = []
    files = {Path(document.path).name: document}
    images = [item for item in root if _local(item.tag) == "Image"]
    for image in images:
        for element in _children(image, "Pixels"):
            pixels = _pixels(document, image, element)
            found += _channels(document, pixels, image, files, several=len(images) > 1)
    tree = {"OME": tree_of(root)}
    for series in found:
        series.original.update(tree)
    return found


def _local(tag: Any) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if _local(child.tag) == name]


def _pixels(document: Tiff, image: Element, element: Element) -> _Pixels:
    sizes = {name[-1]: _count(element.get(name)) for name in _SIZES}
    order = element.get("DimensionOrder", "XYCZT")
    if min(sizes.values()) < 1 or sorted(order) != sorted("XYCZT"):
        msg = f"OME-XML should give five sizes and an order of XYZCT, found {sizes} and {order!r}"
        raise document.corrupt(msg, document.pages[0])
    if sizes["C"] * sizes["Z"] * sizes["T"] > _MOST_PLANES:
        msg = f"OME-XML announces {sizes} pages, which no file has"
        raise document.corrupt(msg, document.pages[0])
    channels = tuple(_children(element, "Channel"))
    samples = [_count(channel.get("SamplesPerPixel", "1")) for channel in channels[:1]]
    return _Pixels(element, image.get("Name", ""), sizes, order[2:], channels, max(1, *samples, 1))


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _places(pixels: _Pixels, own: str) -> dict[tuple[int, int, int], tuple[str, int]]:
    """Return file and directory of each page by channel, time and height."""
    counts = pixels.pages
    strides, step = {}, 1
    for letter in pixels.order:
        strides[letter] = step
        step *= counts[letter]
    parts = _children(pixels.element, "TiffData")
    found: dict[tuple[int, int, int], tuple[str, int]] = {}
    for part in parts:
        uuid = next(iter(_children(part, "UUID")), None)
        # a name, never a way to another folder
        name = PureWindowsPath(uuid.get("FileName", "") if uuid is not None else "").name or own
        first = sum(_count(part.get(f"First{letter}")) * strides[letter] for letter in "CTZ")
        default = 1 if part.get("IFD") else step - first
        for i in range(min(_count(part.get("PlaneCount")) or default, max(step - first, 0))):
            places = [(first + i) // strides[k] % counts[k] for k in "CTZ"]
            found[places[0], places[1], places[2]] = (name, _count(part.get("IFD")) + i)
    return found


def _channels(
    document: Tiff, pixels: _Pixels, image: Element, files: dict[str, Tiff], *, several: bool
) -> list[Series]:
    places = _places(pixels, Path(document.path).name)
    counts = pixels.pages
    steps, height, interval = _steps(pixels.element)
    found = []
    for channel in range(counts["C"]):
        pages, times = _pages_of(document, pixels, places, channel, files)
        if not pages:
            continue
        array, layout = _joined(pages)
        leading = tuple(
            axis(name, count, step)
            for name, count, step in (("time", times, interval), ("z", counts["Z"], height))
            if count > 1
        )
        title = _title(document, pixels, channel, several=several)
        notes = _experiment(image, pixels.element)
        found.append(Series(title, pages[0][1], layout, array, leading, steps, notes, {}))
    if not found:
        msg = "the pages that OME-XML names are not there"
        raise document.corrupt(msg, document.pages[0])
    return found


def _pages_of(
    document: Tiff,
    pixels: _Pixels,
    places: dict[tuple[int, int, int], tuple[str, int]],
    channel: int,
    files: dict[str, Tiff],
) -> tuple[list[tuple[Tiff, Page]], int]:
    """Return the pages of a channel, times slowest, and the number of complete times."""
    counts = pixels.pages
    pages: list[tuple[Tiff, Page]] = []
    for time in range(counts["T"]):
        names = [places.get((channel, time, z)) for z in range(counts["Z"])]
        whole = [_page(document, name, files) for name in names]
        if any(page is None for page in whole):
            msg = (
                f"{document.path}: {time} of {counts['T']} times of channel {channel} are there; "
                "a file beside is missing, or it is cut short"
            )
            warn(msg, SidpyWarning)
            return pages, time
        pages += [page for page in whole if page is not None]
    return pages, counts["T"]


def _page(
    document: Tiff, place: tuple[str, int] | None, files: dict[str, Tiff]
) -> tuple[Tiff, Page] | None:
    if place is None:
        return None
    name, number_of = place
    if name not in files:
        beside = Path(document.path).with_name(name)
        own = len(files) == 1 and not beside.is_file()
        try:
            # a file that was renamed still names itself in its XML
            files[name] = document if own else parse_tiff(beside)
        except ReaderError:
            return None
    other = files[name]
    return (other, other.pages[number_of]) if number_of < len(other.pages) else None


def _joined(pages: list[tuple[Tiff, Page]]) -> tuple[Array, Layout]:
    """Return the frames of pages that may lie in several files."""
    import dask.array as da

    first = layout_of(*pages[0])
    parts = []
    for _, group in groupby(pages, key=lambda pair: str(pair[0].path)):
        members = list(group)
        document = members[0][0]
        own = [page for _, page in members]
        if any(layout != first for layout in layouts_of(document, own)):
            msg = "the pages of one channel have different sizes or types"
            raise CorruptFile(msg, path=document.path, format="tiff", offset=own[0].offset)
        parts.append(stack(document, own, first))
    return (da.concatenate(parts) if len(parts) > 1 else parts[0]), first


def _steps(element: Element) -> tuple[dict[str, Step], Step | None, Step | None]:
    """Return the steps of x and y, of z, and of time."""
    known: dict[str, Step] = {}
    for letter in "XYZ":
        size = number(element.get(f"PhysicalSize{letter}"))
        unit = element.get(f"PhysicalSize{letter}Unit", "µm")
        unit = MICRO.get(unit, unit)
        if size and size > 0 and unit not in ("", "reference frame"):
            known[letter.lower()] = (0.0, size, unit)
    interval = number(element.get("TimeIncrement"))
    time = (0.0, interval, element.get("TimeIncrementUnit", "s")) if interval else None
    height = known.pop("z", None)
    return known, height, time


def _title(document: Tiff, pixels: _Pixels, channel: int, *, several: bool) -> str:
    names = [item.get("Name", "") for item in pixels.channels]
    name = names[channel] if channel < len(names) else ""
    image = pixels.name or Path(document.path).name.partition(".")[0]
    if not name:
        return f"{image} channel {channel}" if pixels.pages["C"] > 1 else image
    return f"{image} {name}" if several else name


def _experiment(image: Element, element: Element) -> dict[str, Any]:
    notes: dict[str, Any] = {}
    for item in _children(image, "AcquisitionDate"):
        notes["start_date_time"] = (item.text or "").strip()
    for plane in _children(element, "Plane")[:1]:
        time = number(plane.get("ExposureTime"))
        scale = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}.get(plane.get("ExposureTimeUnit", "s"))
        if time is not None and scale:
            notes["exposure_time"] = time * scale
    return {key: value for key, value in notes.items() if value not in ("", math.inf)}
