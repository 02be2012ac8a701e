"""Which pages of a TIFF belong together, and what their order means.

=============== =====================================================================
said by         in
=============== =====================================================================
ImageJ          270: ``ImageJ=``, then ``key=value`` lines: images, channels, slices,
                frames, unit, spacing (of slices), finterval (s); channels are fastest,
                frames slowest; 282 and 283 are pixels per unit.  A stack may have one
                directory only, its frames then follow each other
OME             270: XML, ``Image/Pixels`` with sizes, order and physical sizes
Zeiss LSM       34412: sizes and voxels (m); the samples of a page are channels
MetaMorph STK   33629: as many values as frames behind the only directory
tifffile        270: JSON with ``shape``
nobody          pages of one layout that follow each other are a stack
=============== =====================================================================

Sources: ImageJ, documentation of ``ij.io.TiffDecoder`` and ``FileInfo``; "OME-TIFF
specification" and OME schema 2016-06; Carl Zeiss, "LSM File Format"; Universal Imaging,
"MetaMorph Stack (STK) Image File Format".
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis
from SciFiReaders.text import decode, decode_utf16, until_nul
from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.errors import ReaderError, SidpyWarning

from .tiff_pixels import frames_in_file, layout_of, layouts_of, stack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dask.array import Array

    from .notes import Step
    from .tiff_pages import Page, Tiff
from .tiff_pixels import Layout

__all__ = ["MICRO", "Series", "series_of"]

#: How units are spelt here.
MICRO: Final = {
    "micron": "µm", "microns": "µm", "um": "µm", "μm": "µm", "\\u00B5m": "µm", "pixel": "",
    "pixels": "", "sec": "s", "inch": "",
}  # fmt: skip


@dataclass(frozen=True)
class Series:
    """Pages that make one dataset.

    Attributes
    ----------
    array : dask array of shape (frames, rows, columns, samples)
        The pixels.
    leading : tuple of Axis
        Whose lengths multiply to the number of frames; none for a single one.
    steps : dict
        Origin, step and units of ``"x"`` and ``"y"`` as the program says.
    """

    title: str
    page: Page
    layout: Layout
    array: Array
    leading: tuple[Axis, ...] = ()
    steps: dict[str, Step] = field(default_factory=dict)
    experiment: dict[str, Any] = field(default_factory=dict)
    original: dict[str, Any] = field(default_factory=dict)


def series_of(document: Tiff) -> list[Series]:
    """Return the datasets of a document without OME-XML, by the first rule that fits."""
    for read in _RULES:
        if found := read(document):
            return found
    return _plain(document)


def axis(name: str, count: int, step: Step | None) -> Axis:
    """Return an axis in front of the images: a time, a height, or just a number."""
    origin, width, units = step or (0.0, 1.0, "")
    values = origin + np.arange(count) * width if step else np.arange(count)
    if units in _TIMES:
        return Axis("time", values, units, "Time", "TEMPORAL")
    if name == "z" and units:
        return Axis("z", values, units, "Length", "SPATIAL")
    return Axis(name, values, units, name, "SPATIAL" if name == "z" else "TEMPORAL")


_TIMES: Final = frozenset({"s", "ms", "µs", "us", "ns", "min", "h"})


def frames(document: Tiff, page: Page, layout: Layout, count: int) -> Array | None:
    """Return `count` frames of the pages or behind a single one; fewer of a cut file."""
    if len(document.pages) >= count:
        return stack(document, document.pages[:count], layout)
    array = frames_in_file(document, page, layout, count)
    if array is not None and len(array) < count:
        msg = f"{document.path}: {len(array)} of {count} frames are there; it is cut short"
        warn(msg, SidpyWarning)
    return array


# --- ImageJ ---------------------------------------------------------------------------


def _imagej(document: Tiff) -> list[Series]:
    page = document.pages[0]
    text = page.text(270)
    if not text.startswith("ImageJ="):
        return []
    rows = (line.partition("=") for line in text.splitlines())
    notes = {key.strip(): typed(value.strip()) for key, _, value in rows if key.strip()}
    layout = layout_of(document, page)
    if any(other != layout for other in layouts_of(document, document.pages)):
        return []
    sizes = [max(1, _whole(notes.get(key))) for key in ("frames", "slices", "channels")]
    count = max(_whole(notes.get("images")), len(document.pages))
    if math.prod(sizes) != count:
        sizes = [1, count, 1] if math.prod(sizes) == 1 or count % math.prod(sizes) else sizes
    if math.prod(sizes) > 1 << 24:
        return []
    array = frames(document, page, layout, math.prod(sizes))
    if array is None:
        return []
    steps, unit = _imagej_steps(notes, page)
    height = number(notes.get("spacing"))
    rate = number(notes.get("fps"))
    interval = number(notes.get("finterval")) or (1 / rate if rate else None)
    names = {"z": (0.0, height, unit) if height and unit else None,
             "time": (0.0, interval, "s") if interval else None}  # fmt: skip
    original = {"ImageJ": {**notes, **_imagej_extra(page, document.order)}}
    return _by_channel(document, page, layout, array, sizes, names, steps, original)


def _by_channel(  # noqa: PLR0913, PLR0917 - the pieces of one hyperstack
    document: Tiff,
    page: Page,
    layout: Layout,
    array: Array,
    sizes: list[int],
    names: dict[str, Step | None],
    steps: dict[str, Step],
    original: dict[str, Any],
) -> list[Series]:
    """Return a dataset per channel of frames in the order time, z, channel."""
    times, heights, channels = sizes
    stem = Path(document.path).stem
    whole = len(array) // channels
    if whole < times * heights:
        # what is complete of a file that is cut short
        times, heights = (whole // heights, heights) if whole >= heights else (1, whole)
        array = array[: times * heights * channels]
    if not len(array):
        return []
    found = []
    for channel in range(channels):
        leading = [
            axis(name, count, names[name])
            for name, count in (("time", times), ("z", heights))
            if count > 1
        ]
        title = f"{stem} channel {channel}" if channels > 1 else stem
        part = array[channel::channels] if channels > 1 else array
        found.append(Series(title, page, layout, part, tuple(leading), steps, {}, original))
    return found


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and 0 < value < 1 << 24 else 0


def _imagej_steps(notes: dict[str, Any], page: Page) -> tuple[dict[str, Step], str]:
    unit = str(notes.get("unit", "")).strip()
    unit = MICRO.get(unit, unit)
    steps: dict[str, Step] = {}
    for name, tag in (("x", 282), ("y", 283)):
        per_unit = number(page.tags.get(tag))
        if per_unit and per_unit > 0 and unit:
            # ImageJ counts the origin in pixels
            origin = number(notes.get(f"{name}origin")) or 0.0
            own = MICRO.get(str(notes.get("yunit", "")), notes.get("yunit")) or unit
            steps[name] = (-origin / per_unit, 1 / per_unit, str(own) if name == "y" else unit)
    return steps, unit


#: What stands in tag 50839, by the word before it.
_EXTRA: Final = {b"info": "Info", b"labl": "Labels", b"prop": "Properties"}


def _imagej_extra(page: Page, order: str) -> dict[str, Any]:
    """Return the texts of tag 50839, whose parts are as long as 50838 says."""
    raw, sizes = page.tags.get(50839), page.numbers(50838)
    if not isinstance(raw, bytes) or not sizes:
        return {}
    cursor = Cursor(raw, format="tiff", order=order)
    kinds: list[bytes] = []
    cursor.skip(min(4, cursor.left))
    for _ in range(min(sizes[0] // 8, cursor.left // 8)):
        kind = cursor.take(4)
        # written in the byte order of the file
        kind = kind[::-1] if order == "<" else kind
        kinds += [kind] * min(cursor.u4(), len(sizes))
    found: dict[str, Any] = {}
    cursor.position = min(sizes[0], cursor.size)
    for kind, size in zip(kinds, sizes[1:], strict=False):
        if size > cursor.left:
            break
        text = cursor.take(size)
        if kind in _EXTRA:
            found.setdefault(_EXTRA[kind], []).append(decode_utf16(text, order))
    return {key: value[0] if len(value) == 1 else value for key, value in found.items()}


# --- Zeiss LSM ------------------------------------------------------------------------

_LSM: Final = np.dtype(
    [("magic", "u4"), ("size", "i4"), ("x", "i4"), ("y", "i4"), ("z", "i4"), ("channels", "i4"),
     ("time", "i4"), ("type", "i4"), ("thumbnail x", "i4"), ("thumbnail y", "i4"),
     ("voxel x", "f8"), ("voxel y", "f8"), ("voxel z", "f8"), ("origin x", "f8"),
     ("origin y", "f8"), ("origin z", "f8"), ("scan type", "u2"), ("spectral scan", "u2"),
     ("kind of data", "u4"), ("offset vector overlay", "u4"), ("offset input lut", "u4"),
     ("offset output lut", "u4"), ("offset channel colors", "u4"), ("time interval", "f8")]
)  # fmt: skip
_LSM_MAGIC: Final = (0x0300494C, 0x0400494C)


def _lsm(document: Tiff) -> list[Series]:
    page = document.pages[0]
    raw = page.tags.get(34412)
    if not isinstance(raw, bytes) or len(raw) < _LSM.itemsize:
        return []
    record = np.frombuffer(raw, _LSM.newbyteorder(document.order), 1)[0]
    notes = {name: record[name].item() for name in _LSM.names or ()}
    if notes["magic"] not in _LSM_MAGIC:
        return []
    layout = layout_of(document, page)
    each = zip(document.pages, layouts_of(document, document.pages), strict=True)
    pages = [other for other, its in each if its == layout]
    sizes = [max(1, notes["time"]), max(1, notes["z"])]
    if math.prod(sizes) != len(pages):
        sizes = [len(pages), 1]
    voxel = {
        name: (notes[f"origin {name}"], notes[f"voxel {name}"], "m")
        for name in "xyz"
        if notes[f"voxel {name}"] > 0
    }
    time = (0.0, notes["time interval"], "s") if notes["time interval"] > 0 else None
    leading = tuple(
        axis(name, count, step)
        for name, count, step in (("time", sizes[0], time), ("z", sizes[1], voxel.get("z")))
        if count > 1
    )
    array = stack(document, pages, layout)
    names = _lsm_names(document, notes["offset channel colors"])
    steps = {name: step for name, step in voxel.items() if name != "z"}
    stem = Path(document.path).stem
    found = []
    for i in range(layout.samples):
        title = f"{stem} channel {i}" if layout.samples > 1 else stem
        title = names[i] if i < len(names) and names[i] else title
        part = array[..., i : i + 1]
        found.append(Series(title, page, layout, part, leading, steps, {}, {"LSM": notes}))
    return found


def _lsm_names(document: Tiff, place: int) -> list[str]:
    """Return the names of channels; none where their block is damaged."""
    names: list[str] = []
    try:
        with open_cursor(document.path, format="tiff", order=document.order) as cursor:
            cursor.position = place
            size, _, count, _, offset, _ = cursor.unpack("6I")
            cursor.position = place + offset
            while place and len(names) < min(count, 64) and cursor.position < place + size:
                text = cursor.take(cursor.u4(), "name of a channel")
                names.append(until_nul(decode(text)))
    except ReaderError:
        return []
    return names


# --- the rest -------------------------------------------------------------------------


def _metamorph(document: Tiff) -> list[Series]:
    page = document.pages[0]
    planes = page.tags.get(33629)
    count = len(planes) if isinstance(planes, tuple | np.ndarray) else 1
    if 33629 not in page.tags or count < 2 or len(document.pages) > 1:
        return []
    layout = layout_of(document, page)
    array = frames(document, page, layout, count)
    if array is None:
        return []
    leading = (axis("frame", len(array), None),)
    return [Series(Path(document.path).stem, page, layout, array, leading)]


def _shaped(document: Tiff) -> list[Series]:
    """Return an array of any number of axes that tifffile wrote."""
    page = document.pages[0]
    text = page.text(270)
    if not re.match(r'\{"shape": ?\[[\d, ]+\]', text):
        return []
    try:
        notes = json.loads(text)
    except ValueError:
        return []
    layout = layout_of(document, page)
    inner = (layout.rows, layout.columns)
    inner += (layout.samples,) if layout.samples > 1 and not layout.separate else ()
    shape = tuple(notes["shape"])
    lead = shape[: len(shape) - len(inner)]
    if shape[len(lead) :] != inner or len(lead) < 2 or any(n < 1 for n in lead):
        return []
    if len(document.pages) not in (1, math.prod(lead)):
        return []
    if any(other != layout for other in layouts_of(document, document.pages)):
        return []
    array = frames(document, page, layout, math.prod(lead))
    if array is None or len(array) < math.prod(lead):
        return []
    names = str(notes.get("axes", ""))[: len(lead)].lower()
    names = names if len(set(names)) == len(lead) else "abcdefgh"[: len(lead)]
    axes = tuple(
        Axis({"t": "time"}.get(name, name), np.arange(n), "", "", "UNKNOWN")
        for name, n in zip(names, lead, strict=False)
    )
    known = {"tifffile": notes}
    return [Series(Path(document.path).stem, page, layout, array, axes, {}, {}, known)]


def _plain(document: Tiff) -> list[Series]:
    """Return pages that follow each other and lie alike as stacks, others one by one."""
    groups: list[tuple[Layout, list[Page]]] = []
    each = zip(document.pages, layouts_of(document, document.pages), strict=True)
    for page, layout in each:
        if groups and groups[-1][0] == layout:
            groups[-1][1].append(page)
        else:
            groups.append((layout, [page]))
    stem = Path(document.path).stem
    found = []
    for i, (layout, pages) in enumerate(groups):
        title = pages[0].text(285) or (f"{stem} {i}" if len(groups) > 1 else stem)
        array = stack(document, _whole_pages(document, pages, layout), layout)
        leading = (axis("frame", len(array), None),) if len(pages) > 1 else ()
        found.append(Series(title, pages[0], layout, array, leading))
    return found


def _whole_pages(document: Tiff, pages: Sequence[Page], layout: Layout) -> Sequence[Page]:
    """Return the pages of a stack whose pixels are in the file; a file may be cut short."""
    if layout.compression != 1 or len(pages) == 1:
        return pages
    there = [page for page in pages if _end(page) <= document.size]
    if there and len(there) < len(pages):
        msg = f"{document.path}: {len(there)} of {len(pages)} frames are there; it is cut short"
        warn(msg, SidpyWarning)
        return there
    return pages


def _end(page: Page) -> int:
    at, size = (324, 325) if 324 in page.tags else (273, 279)
    ends = zip(page.numbers(at), page.numbers(size), strict=False)
    return max((offset + count for offset, count in ends), default=0)


_RULES: Final[tuple[Callable[[Tiff], list[Series]], ...]] = (_imagej, _lsm, _metamorph, _shaped)
