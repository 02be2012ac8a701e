"""Files of Renishaw WiRE: spectra, series, maps by rows, columns, to and fro, at points."""

from __future__ import annotations

import zlib
from io import BytesIO
from struct import pack

import numpy as np

from SciFiReaders.readers.spectroscopy.renishaw_blocks import HEADER, HEADER_SIZE, KINDS, MAGIC

POINTS = 7
SHIFTS = np.linspace(1200.0, 600.0, POINTS).astype("f4")
#: Rows and columns of the map, neither square nor even.
ROWS, COLUMNS = 3, 5
START, STEP = (-20.0, 8.0, 0.0), (4.0, 2.0, 0.0)
PRIMARY = 0x80000000


def block(name, content, number=0):
    """A block with its header."""
    return pack("<4sIQ", name, number, 16 + len(content)) + content


def pset(*items):
    """A property set of (letter, key, value)."""
    body = b""
    for letter, key, value in items:
        packed = letter == "U"
        body += pack("<cBH", letter.lower().encode(), 64 if packed else 0, key)
        if packed:
            raw = pack("<I", len(value)) + zlib.compress(value)
            body += pack("<I", len(raw)) + raw
        elif letter in "uk":
            body += pack("<I", len(value)) + value
        elif letter == "p":
            body += pack("<I", len(value) - 8) + value[8:]
        else:
            body += pack({"i": "<i", "q": "<d", "t": "<Q", "?": "<?"}[letter], value)
    return b"PSET" + pack("<I", len(body)) + body


#: As WiRE nests them: names of inner keys are told by the outermost set, behind its values.
SETTINGS = pset(
    ("p", 1011, pset(("p", 0x8001, pset(("i", 0x8002, 250), ("q", 0x8003, 520.5))))),
    ("U", 1002, b"a map of silicon"),
    ("k", 0x8001, b"Scan"),
    ("k", 0x8002, b"Exposure Time"),
    ("k", 0x8003, b"Centre Wavenumber"),
)


def origin(kind, units, values, *, primary=False, name=None):
    """What was known of each spectrum; times as integers."""
    values = np.asarray(values)
    raw = values.astype("<u8" if units == 24 else "<f8").tobytes()
    code = KINDS.index(kind) | (PRIMARY if primary else 0)
    return pack("<II16s", code, units, (name or kind.title()).encode()) + raw


def area(count, *, flags=0, start=START, step=STEP):
    """The grid of a map."""
    return block(b"WMAP", pack("<II6f4I", flags, 0, *start, *step, *count, 0))


def write_wdf(
    path,
    spectra,
    *,
    kind=1,
    x=SHIFTS,
    x_codes=(1, 1),
    y=(0.0,),
    collected=None,
    flags=0,
    tracks=0,
    origins=(),
    extra=b"",
    laser=18796.99,
):
    """Write spectra of [spectrum, point] in the order they were taken."""
    spectra = np.atleast_2d(np.asarray(spectra, "<f4"))
    count, points = spectra.shape
    fields = (
        flags, b"u" * 16, tracks, 0, points, count, count if collected is None else collected,
        2, len(y), np.size(x) // (count if flags & 1 else 1), len(origins), b"WiRE", 5, 2, 0,
        99, 3, kind, 133510186435495962, 133510186552571927, 6, laser, b"user", b"made",
    )  # fmt: skip
    head = pack("<4sIQ", MAGIC, 1, HEADER_SIZE) + pack("<" + HEADER, *fields)
    parts = [
        block(b"DATA", spectra.tobytes()),
        block(b"YLST", pack("<II", 4, 16) + np.asarray(y, "<f4").tobytes()),
        block(b"XLST", pack("<II", *x_codes) + np.asarray(x, "<f4").tobytes()),
        block(b"ORGN", pack("<I", len(origins)) + b"".join(origins)) if origins else b"",
        block(b"TEXT", "made for a test, µm\0".encode()),
        block(b"WXDM", SETTINGS),
        extra,
    ]
    path.write_bytes(head.ljust(HEADER_SIZE, b"\0") + b"".join(parts))
    return path


def scan(order="rows"):
    """Return the spectra of a map as they were taken, their x and y, and the map itself."""
    grid = np.arange(ROWS * COLUMNS * POINTS, dtype="f4").reshape(ROWS, COLUMNS, POINTS)
    pixels = [(i, j) for i in range(ROWS) for j in range(COLUMNS)]
    if order == "columns":
        pixels = [(i, j) for j in range(COLUMNS) for i in range(ROWS)]
    if order == "snake":
        pixels = [(i, j if i % 2 == 0 else COLUMNS - 1 - j) for i, j in pixels]
    rows, columns = np.array(pixels).T
    places = START[0] + STEP[0] * columns, START[1] + STEP[1] * rows
    return grid[rows, columns], *places, grid


def write_map(path, order="rows", *, places=True, collected=None, extra=b""):
    """Write a map scanned in an order, with or without the places of its spectra."""
    spectra, x, y, _ = scan(order)
    flags = {"rows": 0, "columns": 2, "snake": 4}[order]
    origins = [origin("x", 5, x, primary=True), origin("y", 5, y, primary=True)] if places else []
    return write_wdf(
        path, spectra, kind=3, origins=origins, collected=collected,
        extra=area((COLUMNS, ROWS, 1), flags=flags) + extra,
    )  # fmt: skip


def jpeg(size=(9, 5), *, corner=(-40.0, 12.0), field=(18.0, 10.0)):
    """Return a picture with its place in Exif tags, as WiRE writes it."""
    from PIL import Image
    from PIL.TiffImagePlugin import IFDRational

    picture = Image.new("RGB", size, (200, 30, 30))
    exif = Image.Exif()
    ifd = exif.get_ifd(0x8769)
    ifd[0xA210] = 5
    for tag, values in ((0xFEA0, corner), (0xFEA1, field)):
        ifd[tag] = tuple(IFDRational(int(v * 100), 100) for v in values)
    stream = BytesIO()
    picture.save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def derived(values, label=b"Area"):
    """What WiRE derived from each spectrum."""
    raw = np.asarray(values, "<f4")
    return block(b"MAP ", pset(("u", 411, label)) + pack("<Q", raw.size) + raw.tobytes())


def _files(folder):
    spectra = np.arange(4 * POINTS, dtype="f4").reshape(4, POINTS)
    times = np.array([0, 10_000_000, 30_000_000, 60_000_000]) + 133_510_186_435_495_962
    series = [origin("temperature", 10, [300.0, 310.0, 330.0, 360.0], primary=True)]
    return [
        write_wdf(folder / "single.wdf", spectra[:1]),
        write_wdf(
            folder / "series.wdf", spectra, kind=2, origins=[*series, origin("time", 24, times)]
        ),
        write_map(
            folder / "map.wdf", "snake",
            extra=derived(np.arange(ROWS * COLUMNS)) + block(b"WHTL", jpeg()),
        ),
    ]  # fmt: skip


MADE = {"SciFiReaders.renishaw_wdf": _files}
