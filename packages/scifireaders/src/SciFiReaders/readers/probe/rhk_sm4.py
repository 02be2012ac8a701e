"""Files of RHK Technology (``.sm4``) as Datasets: a tree of objects under an index of pages.

============= ==================== ====================================================
place         type                 meaning
============= ==================== ====================================================
0             u16                  size of the header behind these bytes
2             18 x u16             ``STiMage 005.006 1``, UTF-16
38            3 x u32, 2 x u32     pages, objects, bytes of an object; reserved
header + 2    objects              u32 kind, u32 place, u32 size; kind 1 is the index
index         4 x u32, objects     pages, objects, reserved; kind 2 is the array of pages
array         a page each          16 bytes, u32 kind of data (0 image, 1 lines, ...), u32
                                   source, u32 objects, u32 version; its objects: kind 3
                                   header, kind 4 numbers
page header   u16, u16             size, number of texts
4             13 x u32             kind of page, sub-source, kind of lines, corner (2), size
                                   (2), kind of image, direction (0 right, 1 left, 2 up, 3
                                   down), group, bytes of numbers, least, greatest
56            11 x f32             steps of x, y, z, xy; offsets of x, y, z; period (s), bias
                                   (V), current (A), angle (deg)
100           4 x u32, 64 bytes    colours, grid (2), objects; reserved; the objects follow:
                                   kind 10 the texts, kind 8 places of spectra
texts         u16, UTF-16 each     in the order of `TEXTS`
places        7 x f32 each         time, x, y, drift in x and y, the same in all
============= ==================== ====================================================

Numbers are i32, f32 for the kinds of lines in `REAL_LINES`; value = step of z * number +
offset of z.  Row r of an image lies at step of y * r: with a negative step the first row is
the top one.  Kind 22 of lines stores x before the values of every point.

Source: RHK Technology, "XPMPro data file format"; spym 0.9 (M. Panighel, MIT), documentation
of its reader.  Made from descriptions: no file was at hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode_utf16
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, ReaderError, UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["MAGIC", "read_sm4"]

FORMAT: Final = "rhk.sm4"

# --- layout ---------------------------------------------------------------------------

MAGIC: Final = "STiMage 005.".encode("utf-16-le")
INDEX, PAGES, HEADER, NUMBERS, PLACES, STRINGS = 1, 2, 3, 4, 8, 10
IMAGE, LINES = 0, 1
DISCRETE: Final = 22
REAL_LINES: Final = frozenset({1, 6, 9, 10, 11, 13, 18, 19, 21, 22})
TEXTS: Final = (
    "label", "system_text", "session_text", "user_text", "file_name", "date", "time", "x_units",
    "y_units", "z_units", "x_label", "y_label", "status_channel_text", "completed_line_count",
    "oversampling_count", "sliced_voltage", "pll_status", "setpoint_unit", "channel_drives",
)  # fmt: skip
_HEADER: Final = "2H13I11f4I64s"
_FIELDS: Final = (
    "size", "texts", "page_type", "sub_source", "line_type", "x_corner", "y_corner", "columns",
    "rows", "image_type", "scan_type", "group", "data_size", "z_min", "z_max", "x_scale",
    "y_scale", "z_scale", "xy_scale", "x_offset", "y_offset", "z_offset", "period", "bias",
    "current", "angle", "colors", "grid_columns", "grid_rows", "objects",
)  # fmt: skip
_DIRECTIONS: Final = ("right", "left", "up", "down")
_MOST_PAGES: Final = 1 << 16

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Page:
    kind: int
    header: dict[str, Any]
    texts: dict[str, str]
    offset: int
    size: int
    places: np.ndarray | None

    @property
    def title(self) -> str:
        """The label of the page, with the direction of an image."""
        name = self.texts.get("label", "").strip() or "page"
        if self.kind != IMAGE:
            return name
        return f"{name} ({_DIRECTIONS[self.header['scan_type'] % len(_DIRECTIONS)]})"


def _parse(path: str | PathLike[str]) -> list[_Page]:
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < 58 or cursor.take(2 + len(MAGIC))[2:] != MAGIC:
            msg = "not an SM4 file: it does not begin with STiMage 005"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position = 0
        start = cursor.u2() + 2
        cursor.position = 38
        _, count, width = cursor.unpack("3I")
        cursor.position = start
        index = _objects(cursor, count, width)
        cursor.position = _place(cursor, index, INDEX)
        pages, count, _, _ = cursor.unpack("4I")
        cursor.position = _place(cursor, _objects(cursor, count, width), PAGES)
        if pages > _MOST_PAGES:
            msg = f"{pages} pages cannot be"
            raise cursor.corrupt(msg)
        entries = []
        for _page in range(pages):
            cursor.skip(16, "entry of a page")
            kind, _, count, _ = cursor.unpack("4I")
            entries.append((kind, _objects(cursor, count, width)))
        return [page for one in entries if (page := _page_of(cursor, *one, width)) is not None]


def _objects(cursor: Cursor, count: int, width: int) -> dict[int, tuple[int, int]]:
    """Return place and size of objects by their kind; the first of a kind counts."""
    width = max(width, 12)
    cursor.fits(count, width, "objects")
    found: dict[int, tuple[int, int]] = {}
    for _ in range(count):
        kind, place, size = cursor.unpack("3I")
        cursor.skip(width - 12)
        if place:
            found.setdefault(kind, (place, size))
    return found


def _place(cursor: Cursor, objects: dict[int, tuple[int, int]], kind: int) -> int:
    if kind not in objects:
        msg = f"an object of the kind {kind} is missing, there are only {sorted(objects)}"
        raise cursor.corrupt(msg)
    return objects[kind][0]


def _page_of(
    cursor: Cursor, kind: int, objects: dict[int, tuple[int, int]], width: int
) -> _Page | None:
    """Return a page; None, with a warning, for one that is damaged or of another kind."""
    if kind not in {IMAGE, LINES}:
        warn(f"{cursor.path}: a page with data of the kind {kind} is left out")
        return None
    try:
        cursor.position = _place(cursor, objects, HEADER)
        *fields, _ = cursor.unpack(_HEADER)
        header = dict(zip(_FIELDS, fields, strict=True))
        inner = _objects(cursor, header["objects"], width)
        places = _places(cursor, inner, header["rows"]) if kind == LINES else None
        texts = _texts(cursor, inner, header["texts"])
        offset, size = objects.get(NUMBERS, (0, 0))
        if not offset or offset + size > cursor.size:
            msg = f"{size} bytes of numbers at {offset} are not in the file"
            raise cursor.corrupt(msg)
    except ReaderError as error:
        warn(f"{cursor.path}: a page is damaged and left out: {error}")
        return None
    return _Page(kind, header, texts, offset, size, places)


def _texts(cursor: Cursor, objects: dict[int, tuple[int, int]], count: int) -> dict[str, str]:
    if STRINGS not in objects:
        return {}
    cursor.position = objects[STRINGS][0]
    found = {}
    for number in range(count):
        name = TEXTS[number] if number < len(TEXTS) else f"text_{number}"
        text = decode_utf16(cursor.take(2 * cursor.u2(), "text")).rstrip("\0")
        if text:
            found[name] = text
    return found


def _places(cursor: Cursor, objects: dict[int, tuple[int, int]], count: int) -> np.ndarray | None:
    place, size = objects.get(PLACES, (0, 0))
    if not place or not count or size < 28 * count:
        return None
    cursor.position = place
    return cursor.array("<f4", 7 * count, "places of spectra").reshape(count, 7).astype("f8")


# --- label ----------------------------------------------------------------------------


def read_sm4(path: str | PathLike[str]) -> list[Dataset]:
    """Read every image and every page of lines.

    Parameters
    ----------
    path : path-like
        The ``.sm4`` file.

    Returns
    -------
    list of Dataset
        Images [y, x], row 0 at the top; spectra [number, sweep], or one alone as a curve.
        Lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no SM4 file.
    CorruptFile
        When its index is damaged or no page can be read.

    Warns
    -----
    SidpyWarning
        For pages of other kinds, and for damaged ones.
    """
    found = []
    for page in _parse(path):
        try:
            found.append(_image(path, page) if page.kind == IMAGE else _lines(path, page))
        except CorruptFile as error:
            warn(f"{path}: {page.title!r} is damaged and left out: {error}")
    if not found:
        msg = "the file has no page of an image or of lines that can be read"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _stored(
    path: str | PathLike[str], page: _Page, shape: tuple[int, ...], strides: tuple[int, ...],
    start: int = 0,
) -> Any:  # fmt: skip
    """Return values of stored numbers, which must lie in the page."""
    header = page.header
    reach = start + 4 + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if min(shape) < 1 or reach > page.size:
        msg = f"{shape} numbers do not fit into the {page.size} bytes of their page"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=page.offset)
    is_real = page.kind == LINES and header["line_type"] in REAL_LINES
    kind = "<f4" if is_real else "<i4"
    array = lazy(StridedArray(path, kind, shape, page.offset + start, strides)).astype("f8")
    return array * (header["z_scale"] or 1.0) + header["z_offset"]


def _image(path: str | PathLike[str], page: _Page) -> Dataset:
    header = page.header
    rows, columns = header["rows"], header["columns"]
    array = _stored(path, page, (rows, columns), (4 * columns, 4))
    x_step, y_step = header["x_scale"], header["y_scale"]
    if x_step < 0:
        array = array[:, ::-1]
    if y_step > 0:
        array = array[::-1]
    y = _scan_axis("y", rows, abs(y_step), page.texts.get("y_units", ""))
    x = _scan_axis("x", columns, abs(x_step), page.texts.get("x_units", ""))
    return _labelled(page, array, (y.flipped(), x), "IMAGE")


def _scan_axis(name: str, count: int, step: float, units: str) -> Axis:
    if not (math.isfinite(step) and step > 0 and units):
        return Axis.scanned(name, np.arange(count), "px")
    return Axis.scanned(name, pixel_centres(count, step * count), units)


def _lines(path: str | PathLike[str], page: _Page) -> Dataset:
    header = page.header
    spectra, points = header["rows"], header["columns"]
    units = page.texts.get("x_units", "")
    quantity = page.texts.get("x_label", "")
    if header["line_type"] == DISCRETE:
        step = 4 * (spectra + 1)
        array = _stored(path, page, (spectra, points), (4, step), start=4)
        values = np.array(StridedArray(path, "<f4", (points,), page.offset, (step,))[...], "f8")
    else:
        array = _stored(path, page, (spectra, points), (4 * points, 4))
        values = header["x_offset"] + header["x_scale"] * np.arange(points)
    axis = Axis.swept("sweep", values, units, quantity)
    if spectra == 1:
        return _labelled(page, array[0], (axis,), "SPECTRUM")
    if page.places is None:
        number = Axis("number", np.arange(spectra), "", "Spectrum")
        return _labelled(page, array, (number, axis), "LINE_PLOT_FAMILY")
    number = Axis("point", np.arange(spectra), "", "Point number", "POINT_CLOUD")
    result = _labelled(page, array, (number, axis), "POINT_CLOUD")
    result.point_cloud = {
        "coordinates": page.places[:, 1:3],
        "spacial_units": "m",
        "quantity": "Length",
    }
    return result


def _labelled(page: _Page, array: Any, axes: tuple[Axis, ...], kind: str) -> Dataset:
    header, texts = page.header, page.texts
    experiment = {
        "instrument": "RHK",
        "bias": header["bias"],
        "current": header["current"],
        "pixel_time": header["period"],
        "start_date_time": f"{texts.get('date', '')} {texts.get('time', '')}".strip(),
        "comment": texts.get("user_text"),
    }
    metadata: dict[str, Any] = {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": {
            "angle": header["angle"],
            "offset": [header["x_offset"], header["y_offset"]],
            "direction": _DIRECTIONS[header["scan_type"] % len(_DIRECTIONS)],
        },
    }
    if page.places is not None:
        metadata["times"] = page.places[:, 0]
        metadata["coordinates"] = page.places[:, 1:3]
    name = texts.get("label", "").strip()
    return dataset(
        array,
        axes,
        title=page.title,
        data_type=kind,
        units=texts.get("z_units", ""),
        quantity=name,
        source="SciFiReaders.read_sm4",
        metadata=metadata,
        original_metadata={**header, **texts},
    )
