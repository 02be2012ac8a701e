"""TIFF files from the layout of its specification: any byte order, strips, tiles, tags."""

from __future__ import annotations

import struct

import numpy as np

RAMP = np.arange(5 * 7, dtype="u2").reshape(5, 7) * 100
STACK = np.arange(3 * 5 * 7, dtype="f4").reshape(3, 5, 7) / 8
COLORS = (np.arange(5 * 7 * 3) % 251).astype("u1").reshape(5, 7, 3)

_KINDS = {"u": 1, "i": 2, "f": 3, "c": 6}
_CODES = {2: "s", 3: "H", 4: "I", 5: "II", 7: "s", 12: "d", 16: "Q"}


def page(array, *, tags=(), strip=2, tile=None, separate=False, bits=None):
    """Describe a page of [row, column(, sample)]; `tags` are (tag, type, values)."""
    samples = array.shape[2] if array.ndim == 3 else 1
    planes = np.moveaxis(array, -1, 0) if separate else [array]
    rows, columns = array.shape[:2]
    blocks = [part for plane in planes for part in _blocks(np.asarray(plane), strip, tile)]
    entries = [
        (256, 4, [columns]), (257, 4, [rows]),
        (258, 3, [bits or 8 * array.dtype.itemsize] * samples),
        (259, 3, [1]), (262, 3, [2 if samples == 3 else 1]), (277, 3, [samples]),
        (284, 3, [2 if separate else 1]), (339, 3, [_KINDS[array.dtype.kind]] * samples),
    ]  # fmt: skip
    if tile:
        entries += [(322, 4, [tile[1]]), (323, 4, [tile[0]])]
    else:
        entries += [(278, 4, [strip])]
    return blocks, entries, list(tags), tile is not None


def _blocks(plane, strip, tile):
    if not tile:
        return [plane[i : i + strip] for i in range(0, len(plane), strip)]
    found = []
    for i in range(0, plane.shape[0], tile[0]):
        for k in range(0, plane.shape[1], tile[1]):
            block = np.zeros((*tile, *plane.shape[2:]), plane.dtype)
            part = plane[i : i + tile[0], k : k + tile[1]]
            block[: part.shape[0], : part.shape[1]] = part
            found.append(block)
    return found


def write_tiff(path, pages, *, order="<", big=False, frames=()):
    """Write pages, each from `page`; `frames` follow the pixels of the first one."""
    word, size, inline = ("Q", 8, 8) if big else ("I", 4, 4)
    out = bytearray(b"II" if order == "<" else b"MM")
    out += struct.pack(order + "H", 43 if big else 42)
    out += struct.pack(order + "HH", 8, 0) if big else b""
    link = len(out)
    out += bytes(size)
    for i, (blocks, entries, extra, tiled) in enumerate(pages):
        offsets, counts = [], []
        for block in blocks:
            raw = block if isinstance(block, bytes) else _bytes(block, order)
            offsets.append(len(out))
            counts.append(len(raw))
            out += raw
        for frame in frames if i == 0 else ():
            out += _bytes(frame, order)
        at = (324, 325) if tiled else (273, 279)
        kind = 16 if big else 4
        all_entries = entries + extra + [(at[0], kind, offsets), (at[1], kind, counts)]
        out += bytes(-len(out) % 8)
        out[link : link + size] = struct.pack(order + word, len(out))
        link = _directory(out, all_entries, order, big, inline)
    path.write_bytes(out)
    return path


def _directory(out, entries, order, big, inline):
    """Append a directory, its long values behind it; return where the next one is noted."""
    table = {entry[0]: entry for entry in entries}
    entries = sorted(table.values())
    head, word = ("Q", "Q") if big else ("H", "I")
    start = len(out)
    length = struct.calcsize(order + head) + len(entries) * (4 + 2 * inline)
    behind = bytearray()
    directory = bytearray(struct.pack(order + head, len(entries)))
    for tag, kind, values in entries:
        count, raw = _packed(kind, values, order)
        if len(raw) > inline:
            place = start + length + inline + len(behind)
            behind += raw + bytes(-len(raw) % 2)
            raw = struct.pack(order + word, place)
        directory += struct.pack(order + "HH" + word, tag, kind, count) + raw.ljust(inline, b"\0")
    out += directory + bytes(inline) + behind
    return start + length


def _packed(kind, values, order):
    if isinstance(values, str):
        values = values.encode("latin-1") + b"\0"
    if isinstance(values, bytes):
        return len(values), values
    flat = np.ravel(values).tolist()
    code = _CODES[kind]
    return len(flat) // len(code), struct.pack(order + len(flat) // len(code) * code, *flat)


def _bytes(block, order):
    return block.astype(block.dtype.newbyteorder(order)).tobytes()


def _made(folder):
    stack = [page(frame, tile=(4, 3)) for frame in STACK]
    return [
        write_tiff(folder / "ramp.tif", [page(RAMP)], order=">"),
        write_tiff(folder / "stack.tif", stack, big=True),
        write_tiff(folder / "mixed.tif", [page(COLORS, separate=True), page(RAMP)]),
    ]


MADE = {"SciFiReaders.tiff": _made}
GENUINE = {"SciFiReaders.tiff": ("tiff",)}
