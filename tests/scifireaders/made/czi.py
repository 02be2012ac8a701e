"""Zeiss CZI files from their design specification: any tiles, any compression."""

from __future__ import annotations

from struct import pack

import numpy as np

KINDS = {"u1": 0, "u2": 1, "f4": 2, "c8": 10, "i4": 12, "f8": 13}
COLORS = {"u1": 3, "u2": 4}

XML = """<ImageDocument><Metadata><Scaling><Items>
<Distance Id="X"><Value>2e-7</Value></Distance><Distance Id="Y"><Value>4e-7</Value></Distance>
<Distance Id="Z"><Value>1e-6</Value></Distance></Items></Scaling>
<Information><Image><AcquisitionDateAndTime>2020-02-03T04:05:06Z</AcquisitionDateAndTime>
<Dimensions><Channels><Channel Id="Channel:0" Name="DAPI"><ExposureTime>5000000</ExposureTime>
<ExcitationWavelength>353</ExcitationWavelength></Channel>
<Channel Id="Channel:1" Name="GFP"/></Channels>
<T><Positions><Interval><Increment>0.5</Increment></Interval></Positions></T></Dimensions>
</Image><Instrument><Microscopes><Microscope Name="Axio"/></Microscopes>
<Objectives><Objective><NominalMagnification>20</NominalMagnification></Objective></Objectives>
</Instrument></Information></Metadata></ImageDocument>"""


def tile(pixels, *, at=(0, 0), packed=None, size=None, **starts):
    """Describe a sub-block of [row, column] or [row, column, color]; `starts` are C=1, T=0, ..."""
    return pixels, at, packed, size, starts


def write_czi(path, tiles, *, xml=XML, directory=True):
    """Write tiles, each from `tile`; `packed` is (number of the compression, bytes)."""
    out = bytearray(_segment("ZISRAWFILE", bytes(512)))
    entries = []
    for pixels, at, packed, size, starts in tiles:
        number, raw = packed or (0, _stored(pixels))
        entry = _entry(pixels, len(out), at, number, size, starts)
        entries.append(entry)
        head = pack("<iiq", 4, 0, len(raw)) + entry
        out += _segment("ZISRAWSUBBLOCK", head.ljust(256, b"\0") + b"<M/>" + raw)
    metadata = len(out)
    body = xml.encode()
    out += _segment("ZISRAWMETADATA", pack("<ii", len(body), 0) + bytes(248) + body)
    place = len(out)
    if directory:
        body = pack("<i", len(entries)) + bytes(124) + b"".join(entries)
        out += _segment("ZISRAWDIRECTORY", body)
    out[32 + 52 : 32 + 68] = pack("<qq", place, metadata)
    path.write_bytes(out)
    return path


def _segment(name, body):
    reserved = -(-len(body) // 32) * 32
    return pack("<16sqq", name.encode(), reserved, len(body)) + body.ljust(reserved, b"\0")


def _stored(pixels):
    if pixels.ndim == 3:
        pixels = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    return np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<")).tobytes()


def _entry(pixels, place, at, number, size, starts):
    name = pixels.dtype.newbyteorder("=").str[1:]
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    kind = KINDS[name] if samples == 1 else 9 if samples == 4 else COLORS[name]
    rows, columns = pixels.shape[:2]
    shown = size or (rows, columns)
    dimensions = [("X", at[1], shown[1], columns), ("Y", at[0], shown[0], rows)]
    dimensions += [(key, start, 1, 1) for key, start in starts.items()]
    entry = pack("<2siqiiB5xi", b"DV", kind, place, 0, number, 0, len(dimensions))
    for key, start, length, stored in dimensions:
        entry += pack("<4siifi", key.encode(), start, length, 0.0, stored)
    return entry


def cube(times=2, heights=3, channels=2):
    """Return [time, z, channel, row, column] and the tiles of it."""
    shape = (times, heights, channels, 5, 7)
    data = np.arange(np.prod(shape), dtype="u2").reshape(shape)
    tiles = [
        tile(data[place], T=place[0], Z=place[1], C=place[2]) for place in np.ndindex(shape[:3])
    ]
    return data, tiles


def _made(folder):
    colors = (np.arange(5 * 7 * 3) % 251).astype("u1").reshape(5, 7, 3)
    mosaic = [tile(colors, at=(0, 0), M=0), tile(colors[::-1], at=(3, 6), M=1)]
    return [
        write_czi(folder / "cube.czi", cube()[1]),
        write_czi(folder / "mosaic.czi", mosaic),
    ]


MADE = {"SciFiReaders.zeiss_czi": _made}
