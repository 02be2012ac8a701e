"""Createc scans of the three kinds."""

from __future__ import annotations

import zlib

import numpy as np

from SciFiReaders.readers.probe import createc_dat as layout


def write_createc(path, images, *, kind="[Paramco32]", **header):
    """Write images [channel, row, column]."""
    images = np.asarray(images)
    channels, rows, columns = images.shape
    values = {
        "Titel / Titel": "made up",
        "Num.X / Num.X": columns,
        "Num.Y / Num.Y": rows,
        "Channels / Channels": channels,
        "Length x[A]": columns * 2.0,
        "Length y[A]": rows * 1.0,
        "Rotation / Rotation": 30.0,
        "BiasVoltage / BiasVolt.[mV]": 250.0,
        **header,
    }
    text = "\r\n".join([kind, *(f"{key}={value}" for key, value in values.items()), ""])
    dtype, is_compressed = layout.KINDS[kind.encode()]
    numbers = np.concatenate([[7], images.ravel()]).astype(dtype).tobytes()
    body = zlib.compress(numbers) if is_compressed else numbers
    path.write_bytes(text.encode("cp1252").ljust(layout.HEADER, b"\0") + body)
    return path


IMAGES = np.arange(2 * 5 * 7.0).reshape(2, 5, 7) + 1

MADE = {
    "SciFiReaders.createc_dat": lambda folder: [
        write_createc(folder / "packed.dat", IMAGES),
        write_createc(folder / "plain.dat", IMAGES, kind="[Paramet32]"),
        write_createc(folder / "old.dat", IMAGES, kind="[Parameter]"),
    ]
}
