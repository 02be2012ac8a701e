"""TIFF of Park Systems (XEI, SmartScan) as Datasets: the numbers behind the picture.

======== ==================== =========================================================
tag      type                 meaning
======== ==================== =========================================================
50432    u32                  0x0E031301
50433    u32                  version, 0x01000001 or 0x01000002
50434    bytes                numbers, the bottom line first
50435    bytes                header, below
50436    bytes                comment, UTF-16
======== ==================== =========================================================

======== ==================== =========================================================
header   type                 meaning
======== ==================== =========================================================
0        u32                  0 image, 1 line profile, 2 spectroscopy
4        32 x u16, 8 x u16    channel and mode of the head, UTF-16
84       f64, 2 x u32         low-pass strength; flattened, AC track
100      u32, u32             pixels of a line, lines
108      f64, u32, f64        angle (deg), sine scan, overscan (%)
128      3 x u32              forward, upwards, x and y swapped
140      4 x f64              width, height, x and y offset (um)
172      f64, f64, 8 x u16    scan rate (Hz), setpoint and its unit
204      2 x f64              bias of tip and sample (V)
220      3 x f64, 8 x u16     gain, scale, offset, unit: value = gain * (scale * number +
                              offset)
260      3 x i32, 3 x u32     least, greatest, mean number; compression, log scale, square
284      f64, f64             version 2: gain of the servo, range of the scanner
300      3 x 8 x u16          modes of xy, of the data, of the xy servo
348      u32                  type of the numbers: 0 i16, 1 i32, 2 f32; i16 in version 1
352      2 x u32, 2 x f64     reserved; amplitude and frequency of the cantilever
376      16 x u16             name of the cantilever
======== ==================== =========================================================

All of it little-endian.  The force curves of spectroscopy files are in tags whose layout is
not published; the picture among them is read, with a warning.

Source: Park Systems, "TIFF file format" (XEI manual, appendix); the offsets as in the
declaration of SurfaceTopography (MIT).  Made from descriptions: no file was at hand.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.readers.generic.tiff_pages import Tiff, parse_tiff
from SciFiReaders.text import decode_utf16, until_nul
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

from .private_tags import has_tags

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_psia", "sniff"]

FORMAT: Final = "park.psia"

# --- layout ---------------------------------------------------------------------------

MAGIC_TAG, VERSION_TAG, DATA_TAG, HEADER_TAG, COMMENT_TAG = range(50432, 50437)
MAGIC: Final = 0x0E031301
VERSIONS: Final = {0x01000001: 1, 0x01000002: 2}
IMAGE, PROFILE, SPECTROSCOPY = range(3)
NUMBERS: Final = ("<i2", "<i4", "<f4")

_FIRST: Final = (
    ("image_type", "I"), ("source_name", "64s"), ("head_mode", "16s"), ("low_pass", "d"),
    ("auto_flatten", "I"), ("ac_track", "I"), ("columns", "I"), ("rows", "I"), ("angle", "d"),
    ("sine_scan", "I"), ("overscan", "d"), ("forward", "I"), ("scan_up", "I"), ("swap_xy", "I"),
    ("x_size", "d"), ("y_size", "d"), ("x_offset", "d"), ("y_offset", "d"), ("scan_rate", "d"),
    ("setpoint", "d"), ("setpoint_unit", "16s"), ("tip_bias", "d"), ("sample_bias", "d"),
    ("data_gain", "d"), ("z_scale", "d"), ("z_offset", "d"), ("data_unit", "16s"),
    ("data_min", "i"), ("data_max", "i"), ("data_mean", "i"), ("compression", "I"),
    ("log_scale", "I"), ("square", "I"),
)  # fmt: skip
_SECOND: Final = (
    ("servo_gain", "d"), ("scanner_range", "d"), ("xy_voltage_mode", "16s"),
    ("data_voltage_mode", "16s"), ("xy_servo_mode", "16s"), ("data_type", "I"),
    ("reserved_1", "I"), ("reserved_2", "I"), ("ncm_amplitude", "d"), ("ncm_frequency", "d"),
    ("cantilever", "32s"),
)  # fmt: skip

# --- parse ----------------------------------------------------------------------------


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a TIFF has the tags of Park Systems."""
    found = has_tags(probe, {MAGIC_TAG, VERSION_TAG, DATA_TAG, HEADER_TAG})
    return (1.0, "tags of Park Systems") if found else (0.0, "a TIFF without numbers of Park")


def _header(document: Tiff) -> dict[str, Any]:
    page = document.pages[0]
    if page.number(MAGIC_TAG, 0) != MAGIC:
        msg = f"not a TIFF of Park Systems: tag {MAGIC_TAG} should be {MAGIC:#010x}"
        raise UnrecognisedFile(msg, path=document.path, format=FORMAT, offset=page.offset)
    word = page.number(VERSION_TAG, 0)
    if word not in VERSIONS:
        msg = f"version {word:#010x} of the header is not known, only {list(map(hex, VERSIONS))}"
        raise UnsupportedFile(msg, path=document.path, format=FORMAT, offset=page.offset)
    fields = _FIRST if VERSIONS[word] == 1 else _FIRST + _SECOND
    layout = Struct("<" + "".join(kind for _, kind in fields))
    raw = _bytes(page.tags.get(HEADER_TAG))
    if len(raw) < layout.size:
        msg = f"the header should have {layout.size} bytes or more, not {len(raw)}"
        raise document.corrupt(msg, page)
    names = (name for name, _ in fields)
    header = dict(zip(names, map(_value, layout.unpack_from(raw)), strict=True))
    return {"version": VERSIONS[word], "data_type": 0, **header}


def _bytes(value: Any) -> bytes:
    """Return the bytes of a tag, whatever its type makes of them."""
    if isinstance(value, np.ndarray):
        return value.astype("u1").tobytes() if value.dtype.itemsize == 1 else b""
    if isinstance(value, tuple) and all(isinstance(one, int) and 0 <= one < 256 for one in value):
        return bytes(value)
    return value if isinstance(value, bytes) else b""


def _value(value: Any) -> Any:
    return until_nul(decode_utf16(value)).strip() if isinstance(value, bytes) else value


def _place(document: Tiff) -> tuple[int, int]:
    """Return where the numbers lie, and how many bytes they take.

    A TIFF keeps the values of a tag where its directory says: they are left there.
    """
    from SciFiReaders.binary import open_cursor

    page = document.pages[0]
    with open_cursor(document.path, format=FORMAT, order=document.order) as cursor:
        cursor.position = page.offset
        for _ in range(cursor.u2()):
            tag, kind, count, place = cursor.unpack("HHII")
            if tag == DATA_TAG:
                size = count * {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1}.get(kind, 0)
                if size <= 4 or place + size > cursor.size:
                    msg = f"{size} bytes of numbers at {place} are not in the file"
                    raise cursor.corrupt(msg)
                return place, size
    msg = f"tag {DATA_TAG} with the numbers is missing"
    raise document.corrupt(msg, page)


# --- label ----------------------------------------------------------------------------


def read_psia(path: str | PathLike[str]) -> list[Dataset]:
    """Read a TIFF of Park Systems.

    Parameters
    ----------
    path : path-like
        The ``.tiff`` file.

    Returns
    -------
    list of Dataset
        One: an image [y, x], row 0 at the top, or a line profile.  Lazy.

    Raises
    ------
    UnrecognisedFile
        When it is another TIFF, or none.
    CorruptFile, UnsupportedFile
        When the header cannot be, or is of another version.

    Warns
    -----
    SidpyWarning
        When there are force curves, which are not read.
    """
    document = parse_tiff(path)
    header = _header(document)
    if header["image_type"] == SPECTROSCOPY:
        warn(f"{path}: the force curves of the file are not read, their layout is not published")
    rows, columns = header["rows"], header["columns"]
    if header["image_type"] == PROFILE:
        rows = max(rows, 1)
    place, size = _place(document)
    if header["data_type"] >= len(NUMBERS):
        msg = f"numbers of the type {header['data_type']} are not known"
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    kind = np.dtype(NUMBERS[header["data_type"]])
    if not rows or not columns or rows * columns * kind.itemsize > size:
        msg = f"{rows} x {columns} numbers of {kind.itemsize} bytes do not fit into {size}"
        raise CorruptFile(msg, path=path, format=FORMAT, offset=place)
    return [_label(document, header, kind, place, (rows, columns))]


def _label(
    document: Tiff, header: dict[str, Any], kind: np.dtype, place: int, shape: tuple[int, int]
) -> Dataset:
    from sidpy import FileArray

    stored = lazy(FileArray(document.path, kind, shape, offset=place)).astype("f8")
    scale = header["z_scale"] or 1.0
    values = (stored * scale + header["z_offset"]) * header["data_gain"]
    y, x = _axes(header, shape)
    is_profile = header["image_type"] == PROFILE and shape[0] == 1
    name = header["source_name"]
    direction = "Forward" if header["forward"] else "Backward"
    comment = until_nul(decode_utf16(_bytes(document.pages[0].tags.get(COMMENT_TAG))))
    return dataset(
        values[0] if is_profile else values[::-1],
        (x,) if is_profile else (y.flipped(), x),
        title=f"{name} ({direction})",
        data_type="LINE_PLOT" if is_profile else "IMAGE",
        units=header["data_unit"].replace("µ", "u"),
        quantity=name,
        source="SciFiReaders.read_psia",
        metadata=_metadata(header, comment),
        original_metadata={**document.pages[0].shown(), **header, "comment": comment},
    )


def _axes(header: dict[str, Any], shape: tuple[int, int]) -> tuple[Axis, Axis]:
    rows, columns = shape
    width, height = header["x_size"], header["y_size"]
    if not (np.isfinite([width, height]).all() and width > 0 and (height > 0 or rows == 1)):
        return Axis.scanned("y", np.arange(rows), "px"), Axis.scanned(
            "x", np.arange(columns), "px"
        )
    x0, y0 = header["x_offset"] - width / 2, header["y_offset"] - height / 2
    return (
        Axis.scanned("y", pixel_centres(rows, height or 1.0, y0), "um"),
        Axis.scanned("x", pixel_centres(columns, width, x0), "um"),
    )


def _metadata(header: dict[str, Any], comment: str) -> dict[str, Any]:
    experiment = {
        "instrument": "Park Systems",
        "technique": header["head_mode"],
        "setpoint": header["setpoint"],
        "setpoint_units": header["setpoint_unit"],
        "bias": header["sample_bias"],
        "tip_bias": header["tip_bias"],
        "drive_frequency": header.get("ncm_frequency"),
        "probe": header.get("cantilever"),
        "comment": comment,
    }
    return {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": {
            "angle": header["angle"],
            "rate": header["scan_rate"],
            "direction": "forward" if header["forward"] else "backward",
            "slow_direction": "up" if header["scan_up"] else "down",
            "offset": [header["x_offset"], header["y_offset"]],
            "range": [header["x_size"], header["y_size"]],
        },
    }
