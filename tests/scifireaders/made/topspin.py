"""A session of TopSpin: an image and a scan of patterns, not square."""

from __future__ import annotations

import h5py
import numpy as np

IMAGE = np.arange(15.0).reshape(3, 5)
PATTERNS = np.arange(6 * 4 * 3, dtype="u2").reshape(6, 4, 3)
HEAD = '<?xml version="1.0" encoding="utf-16"?>\n'


def _value(kind, text):
    return f'<Value Serializer="{kind}" Version="1">{text}</Value>'


def _item(name, value):
    return f'<Item><Name Serializer="String" Version="1">{name}</Name>{value}</Item>'


def _number(name, number):
    return f'<{name} Serializer="Double" Version="1">{number}</{name}>'


def _calibration(x, y, kind):
    axes = "".join(
        f"<{letter}>{_number('Offset', start)}{_number('Scale', step)}"
        f'<Type><Index>1</Index><Text Serializer="String">{kind}</Text></Type></{letter}>'
        for letter, (start, step) in (("X", x), ("Y", y))
    )
    return f"<Calibration>{axes}</Calibration>"


def _place(x, y):
    inner = _item("RequestedBeamPosition", _value("P", _number("X", x) + _number("Y", y)))
    return f"<Metadata>{inner}</Metadata>"


def write_app5(path, *, count=6, columns=3):
    """Write a session; points lie 2 nm apart along x and 3 nm along y."""
    calibration = _calibration((-5e-9, 1e-9), (7e-9, 2e-9), "Position")
    result = f'<Id Serializer="Guid">image-id</Id>{calibration}'
    series = f'<Id Serializer="Guid">series-id</Id><Count>{count}</Count>'
    items = _item("FrameTime", _value("Double", "0.01")) + _item("Camera", _value("S", "Cam/1"))
    items += _item("VirtualStemImageResult", _value("ImageDataSerializer", result))
    items += _item("Result", _value("ImageSeriesSerializer", series))
    notes = (
        f"{HEAD}<Metadata><Title>plate</Title><ProcedureData>{items}</ProcedureData></Metadata>"
    )
    with h5py.File(path, "w") as file:
        file["Version"] = np.bytes_(b"1")
        group = file.create_group("00-guid")
        group["Metadata"] = np.bytes_(notes.encode())
        group["Thumbnail"] = np.zeros(4, "u1")
        group["image-id"] = IMAGE
        for i in range(count):
            part = group.create_group(f"series-id/{i}")
            part["Data"] = PATTERNS[i]
            angles = _calibration((-0.01, 1e-3), (-0.02, 2e-3), "Angle")
            place = _place(1e-8 + 2e-9 * (i % columns), 3e-9 * (i // columns))
            text = f"{HEAD}<Metadata>{angles}{place}</Metadata>"
            part["Metadata"] = np.bytes_(text.encode())
    return path


MADE = {"SciFiReaders.topspin_app5": lambda folder: [write_app5(folder / "a.app5")]}
