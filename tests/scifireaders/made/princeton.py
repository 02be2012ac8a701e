"""Files of WinSpec and LightField, written from the documents of the format."""

from __future__ import annotations

from struct import pack

import numpy as np

from SciFiReaders.readers.spectroscopy.princeton_header import CALIBRATION, FIELDS
from SciFiReaders.readers.spectroscopy.princeton_spe import HEADER_SIZE, MAGIC, TYPES

FRAMES = np.arange(3 * 2 * 7).reshape(3, 2, 7)
CODES = {np.dtype(kind): code for code, kind in TYPES.items()}
NAMES = {"u1": "8", "u2": "16", "u4": "32"}


def put(raw, name, value):
    """Write a field by its name in the table of the reader."""
    offset, layout = FIELDS[name]
    data = value.encode()[:layout] if isinstance(layout, int) else pack("<" + layout, value)
    raw[offset : offset + len(data)] = data


def header(dtype, columns, rows, frames, *, version=2.2):
    """The parts of the header that both versions have."""
    raw = bytearray(HEADER_SIZE)
    for offset, layout, value in (
        (42, "H", columns), (656, "H", rows), (108, "h", CODES[np.dtype(dtype)]),
        (1446, "i", frames), (2996, "I", MAGIC), (4098, "h", 0x5555),
    ):  # fmt: skip
        raw[offset : offset + len(pack(layout, value))] = pack("<" + layout, value)
    put(raw, "version", version)
    return raw


def write_spe2(
    path, frames=FRAMES, dtype="<u2", *, polynomial=(500.0, 0.5), text="Wavelength [nm]",
    regions=(), stated=None, fields=(),
):  # fmt: skip
    """Write frames of [frame, y, x]; `stated` says that there are more."""
    values = np.asarray(frames).astype(dtype)
    count, rows, columns = values.shape
    raw = header(dtype, columns, rows, stated or count)
    place = CALIBRATION["x"]
    raw[place + 18 : place + 18 + len(text)] = text.encode()
    if polynomial:
        raw[place + 98 : place + 103] = bytes([1, 4, 4, len(polynomial) - 1, 3])
        data = pack(f"<{len(polynomial)}d", *polynomial)
        raw[place + 263 : place + 263 + len(data)] = data
    raw[1510:1512] = pack("<h", len(regions))
    for i, region in enumerate(regions):
        raw[1512 + 12 * i : 1524 + 12 * i] = pack("<6H", *region)
    for name, value in (("date", "21Dec2006"), ("local time", "144116"), *fields):
        put(raw, name, value)
    path.write_bytes(bytes(raw) + values.tobytes())
    return path


def _region_xml(number, values):
    _, rows, columns = values.shape
    size = rows * columns * values.dtype.itemsize
    return (
        f'<DataBlock type="Region" count="1" width="{columns}" height="{rows}" '
        f'size="{size}" stride="{size}" calibrations="{number}"/>'
    )


def write_spe3(
    path, regions=(FRAMES,), dtype="<u2", *, waves=None, mappings=None, stamps=None, stated=None,
):  # fmt: skip
    """Write regions of [frame, y, x]; mappings are (x, y, width, height, xBinning, yBinning)."""
    blocks = [np.asarray(values).astype(dtype) for values in regions]
    count = len(blocks[0])
    frames = []
    for i in range(count):
        tail = b"" if stamps is None else pack("<2q", *stamps[i])
        frames.append(b"".join(block[i].tobytes() for block in blocks) + tail)
    size = sum(block[0].nbytes for block in blocks)
    kind = {"f": "MonochromeFloating", "u": "MonochromeUnsigned"}[np.dtype(dtype).kind]
    inner = "".join(_region_xml(10 + i, block) for i, block in enumerate(blocks))
    meta = (
        '<MetaFormat><MetaBlock id="1"><TimeStamp event="ExposureStarted" type="Int64" '
        'bitDepth="64" resolution="1000000"/><FrameTrackingNumber type="Int64" bitDepth="64"/>'
        "</MetaBlock></MetaFormat>"
    )
    names = ("x", "y", "width", "height", "xBinning", "yBinning")
    sensors = "".join(
        f'<SensorMapping id="{10 + i}" '
        + " ".join(f'{name}="{value}"' for name, value in zip(names, mapping, strict=True))
        + "/>"
        for i, mapping in enumerate(mappings or ())
    )
    listed = ""
    if waves is not None:
        words = ",".join(repr(float(w)) for w in waves)
        listed = f'<WavelengthMapping id="1"><Wavelength>{words}</Wavelength></WavelengthMapping>'
    xml = (
        '\ufeff<SpeFormat version="3.0" xmlns="http://www.princetoninstruments.com/spe/2009">'
        f'<DataFormat><DataBlock type="Frame" count="{stated or count}" '
        f'pixelFormat="{kind}{8 * np.dtype(dtype).itemsize}" size="{size}" '
        f'stride="{len(frames[0])}">{inner}</DataBlock></DataFormat>'
        f"{meta if stamps is not None else ''}<Calibrations>{listed}{sensors}</Calibrations>"
        '<DataHistories><DataHistory id="1"><Origin creator="user" software="LightField" '
        'softwareVersion="6.0" created="2016-06-20T15:23:39-04:00"><Experiment>'
        '<Devices><Cameras><Camera deviceID="2"><ShutterTiming><ExposureTime type="Double">20'
        "</ExposureTime></ShutterTiming></Camera></Cameras></Devices>"
        "<OnlineCorrections><BackgroundCorrection><Enabled>True</Enabled><ReferenceFile>dark.spe"
        "</ReferenceFile></BackgroundCorrection></OnlineCorrections>"
        "</Experiment></Origin></DataHistory></DataHistories></SpeFormat>"
    )
    raw = header(dtype, blocks[0].shape[2], blocks[0].shape[1], count, version=3.0)
    data = b"".join(frames)
    raw[678:686] = pack("<Q", HEADER_SIZE + len(data))
    path.write_bytes(bytes(raw) + data + xml.encode())
    return path


def _files(folder):
    stamps = [(i * 50_000, i + 1) for i in range(3)]
    return [
        write_spe2(folder / "winspec.spe"),
        write_spe3(folder / "lightfield.spe", (FRAMES, FRAMES[:, :1, :3]), "<f4", stamps=stamps),
    ]


MADE = {"SciFiReaders.princeton_spe": _files}
