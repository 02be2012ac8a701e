"""Ions of an atom probe, written from the published layouts."""

from __future__ import annotations

import struct

import numpy as np

IONS = np.column_stack(
    [np.linspace(-20, 20, 7), np.linspace(5, -5, 7), np.arange(7) * 1.5, np.arange(7) + 12.0]
)


def epos():
    """Records with everything that is known of an ion."""
    kinds = [(name, ">f4") for name in "xyzmtvpab"] + [("d", ">u4"), ("n", ">u4")]
    table = np.zeros(7, kinds)
    for name, column in zip("xyzm", IONS.T, strict=True):
        table[name] = column
    table["t"], table["v"], table["a"], table["n"] = 400.5, 3.25, -8, np.arange(7)
    return table.tobytes()


def apt(sections=None):
    """A file with the masses, the places, and a section of text."""
    sections = sections or [
        ("Mass", "Da", 3, 32, IONS[:, 3:].astype("<f4")),
        ("Position", "nm", 3, 32, IONS[:, :3].astype("<f4")),
        ("Notes", "", 4, 8, np.zeros((5, 1), "u1")),
    ]
    head = bytearray(540)
    struct.pack_into("<4sII", head, 0, b"APT\0", 540, 2)
    struct.pack_into("<q", head, 532, 7)
    parts = [bytes(head)]
    for name, units, kind, bits, table in sections:
        part = bytearray(148)
        width = table.shape[1] * table.itemsize
        struct.pack_into("<4sII", part, 0, b"SEC\0", 148, 2)
        part[12 : 12 + 2 * len(name)] = name.encode("utf-16-le")
        struct.pack_into("<6I", part, 76, 1, 1, 1, kind, bits, width)
        part[100 : 100 + 2 * len(units)] = units.encode("utf-16-le")
        struct.pack_into("<qq", part, 132, len(table), table.nbytes)
        parts += [bytes(part), table.tobytes()]
    return b"".join(parts)


def _write(name, content):
    def write(folder):
        path = folder / name
        path.write_bytes(content)
        return [path]

    return write


MADE = {
    "SciFiReaders.atomprobe_pos": _write("ions.pos", IONS.astype(">f4").tobytes()),
    "SciFiReaders.atomprobe_epos": _write("ions.epos", epos()),
    "SciFiReaders.atomprobe_apt": _write(
        "ions.apt",
        apt(
            [
                ("Mass", "Da", 3, 32, IONS[:, 3:].astype("<f4")),
                ("Position", "nm", 3, 32, IONS[:, :3].astype("<f4")),
            ]
        ),
    ),
}
