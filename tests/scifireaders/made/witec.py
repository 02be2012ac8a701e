"""Projects of WITec: a map, its transformations, an image, a picture."""

from __future__ import annotations

from struct import pack

import numpy as np

from SciFiReaders.readers.spectroscopy.wit_tags import NUMBERS, TEXT

KINDS = {np.dtype(kind): code for code, kind in NUMBERS.items()}
CODES = {np.dtype("<u2"): 6, np.dtype("<f4"): 9, np.dtype("<f8"): 10, np.dtype("u1"): 7}
MAP = np.arange(2 * 3 * 5, dtype="<u2").reshape(2, 3, 5)


def tag(name, content, start):
    """A tag at a place of the file; content is a dict of tags, a text, or numbers."""
    head = pack("<I", len(name)) + name.encode()
    begin = start + len(head) + 20
    if isinstance(content, dict):
        kind, body = 0, b""
        for key, value in content.items():
            body += tag(key, value, begin + len(body))
    elif isinstance(content, str):
        raw = content.encode("cp1252")
        kind, body = TEXT, pack("<I", len(raw)) + raw
    elif isinstance(content, bytes):
        kind, body = 7, content
    else:
        numbers = np.atleast_1d(np.asarray(content))
        if numbers.dtype == np.dtype("i8"):
            numbers = numbers.astype("<i4")
        kind, body = KINDS[numbers.dtype], numbers.tobytes()
    return head + pack("<IQQ", kind, begin, begin + len(body)) + body


def entry(number, kind, payload, *, caption="", **more):
    """One of the data of a project."""
    return kind, {"TData": {"ID": number, "Caption": caption}, kind: payload, **more}


def graph(number=1, values=MAP, *, inverted=False, valid=None, **links):
    """Spectra of [y, x, channel]."""
    rows, columns, channels = values.shape
    stored = values if inverted else values.swapaxes(0, 1)
    payload = {
        "SizeX": columns, "SizeY": rows, "SizeGraph": channels, "DataFieldInverted": inverted,
        "LineValid": np.ones(rows, bool) if valid is None else np.array(valid, bool),
        "GraphData": {"DataType": CODES[values.dtype], "Data": stored.tobytes()},
        **links,
    }  # fmt: skip
    return entry(number, "TDGraph", payload, caption="a map")


def space(number, *, scale=(2.0, 0.5), world=(10.0, 20.0, 0.0), rotation=0.0):
    """Where pixels lie, µm."""
    c, s = np.cos(rotation), np.sin(rotation)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    port = {
        "ModelOrigin": np.array([0.5, 0.0, 0.0]), "WorldOrigin": np.array(world),
        "Scale": np.diag([*scale, 1.0]).ravel("F"), "Rotation": turn.ravel("F"),
    }  # fmt: skip
    common = {"StandardUnit": "µm", "UnitKind": 1}
    return entry(number, "TDSpaceTransformation", {"ViewPort3D": port}, TDTransformation=common)


def spectral(number, **payload):
    """Which wavelength a channel has."""
    common = {"StandardUnit": "nm", "UnitKind": 2}
    return entry(number, "TDSpectralTransformation", payload, TDTransformation=common)


def shown_as(number, index, *, laser=532.0):
    """Which units the project shows."""
    return entry(
        number, "TDSpectralInterpretation", {"ExcitationWaveLength": laser},
        TDInterpretation={"UnitIndex": index},
    )  # fmt: skip


def write_wip(path, *entries, magic=b"WIT_PR06"):
    """Write a project."""
    data = {}
    for i, (kind, content) in enumerate(entries):
        data |= {f"DataClassName {i}": kind, f"Data {i}": content}
    content = {"Version": 6, "Data": data}
    path.write_bytes(magic + tag("WITec Project ", content, 8))
    return path


POLYNOM = np.array([540.0, 2.0, 0.01])
ENTRIES = (
    graph(1, XTransformationID=2, XInterpretationID=3, SpaceTransformationID=4,
          ZInterpretationID=5),
    spectral(2, SpectralTransformationType=0, Polynom=POLYNOM),
    shown_as(3, 3),
    space(4),
    entry(5, "TDZInterpretation", {"UnitName": "CCD cts"}),
    entry(6, "TDImage", {
        "SizeX": 3, "SizeY": 2, "ImageDataIsInverted": False, "PositionTransformationID": 4,
        "ImageData": {"DataType": 10, "Data": MAP[..., 0].T.astype("<f8").tobytes()},
    }, caption="an image"),
    entry(7, "TDBitmap", {
        "SizeX": 3, "SizeY": 2, "SpaceTransformationID": 4,
        "BitmapData": {"DataType": 2, "Data": np.arange(24, dtype="u1").tobytes()},
    }, caption="a picture"),
)  # fmt: skip

MADE = {"SciFiReaders.witec_wip": lambda folder: [write_wip(folder / "made.wip", *ENTRIES)]}
