"""SM4 files of RHK from the layout of their objects."""

from __future__ import annotations

from struct import pack

import numpy as np

IMAGE = np.arange(35).reshape(5, 7)


def text(words):
    return pack("<H", len(words)) + words.encode("utf-16-le")


def page(array, *, kind=0, line_type=0, scan_type=0, steps=(2e-9, -1e-9), z=(0.5, 3.0),
         label="Topo", units=("m", "m", "A"), x_offset=1.0, places=None, x_label=""):  # fmt: skip
    """Return a page: its kind, fields of its header, texts, places and numbers."""
    array = np.asarray(array)
    rows, columns = array.shape
    raw = array
    if line_type == 22:
        # x before the values of every point
        raw = np.concatenate([np.arange(columns)[None] * 0.5, array]).T
    is_real = kind == 1 and line_type in {1, 6, 9, 10, 11, 13, 18, 19, 21, 22}
    numbers = np.ascontiguousarray(raw).astype("<f4" if is_real else "<i4").tobytes()
    words = [
        label,
        "",
        "",
        "user",
        "file",
        "04/05/23",
        "11:46:05",
        *units,
        x_label,
        "",
        "",
        "5",
        "1",
    ]
    head = (0, line_type, 0, 0, columns, rows, 0, scan_type, 0, len(numbers), 0, 9)
    scales = (*steps, z[0], 1.0, x_offset, 2.0, z[1], 1e-3, -0.5, 1e-10, 30.0)
    return kind, head, scales, words, places, numbers


def sm4_bytes(*pages, width=12):
    """Return a file of pages, each from `page`; `width` is the size of an object."""

    def item(kind, place, size):
        return pack("<3I", kind, place, size).ljust(width, b"\0")

    out = bytearray(58 + width)
    parts = []
    for kind, head, scales, words, places, numbers in pages:
        strings = b"".join(text(word) for word in words)
        where = b"" if places is None else np.asarray(places, "<f4").tobytes()
        at = [len(out)]
        for blob in (strings, where, numbers):
            out += blob
            at.append(len(out))
        inner = item(10, at[0], len(strings)) + (item(8, at[1], len(where)) if where else b"")
        header = pack("<2H", 170, len(words)) + pack("<13I", 1, *head) + pack("<11f", *scales)
        header += pack("<4I", 0, 0, 0, 1 + bool(where)) + bytes(64) + inner
        parts.append((kind, len(out), len(header), at[2], len(numbers)))
        out += header
    array = len(out)
    for kind, place, size, begin, length in parts:
        out += (
            bytes(16) + pack("<4I", kind, 0, 2, 6) + item(3, place, size) + item(4, begin, length)
        )
    index = len(out)
    out += pack("<4I", len(pages), 1, 0, 0) + item(2, array, 0)
    head = pack("<H", 56) + "STiMage 005.006 1".encode("utf-16-le").ljust(36, b"\0")
    head += pack("<5I", len(pages), 1, width, 0, 0) + item(1, index, 16)
    out[: len(head)] = head
    return bytes(out)


def _write(folder):
    path = folder / "a.sm4"
    spectra = page(
        IMAGE, kind=1, line_type=7, units=("V", "", "A"), label="Current", x_label="Bias"
    )
    path.write_bytes(
        sm4_bytes(page(IMAGE), page(IMAGE, scan_type=1, steps=(-2e-9, 1e-9)), spectra)
    )
    return [path]


MADE = {"SciFiReaders.rhk_sm4": _write}
