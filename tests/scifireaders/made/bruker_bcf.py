"""Bruker hypermaps: a container of chunks, packed and instructed pixels, blocks of zlib."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

from .bruker import HEAD, image, spectrum

CHUNK = 512
ROW, COLUMN, CHANNEL = np.indices((5, 7, 40))
COUNTS = (ROW * 3 + COLUMN) % 5 * (CHANNEL % 11 == 2 * ROW) + (CHANNEL == 30) * 9
#: Counts of every width: nothing, nibbles, bytes, words, double words, runs beyond 255.
WIDE = np.zeros((2, 3, 600), "u4")
WIDE[0, 0, 100:111] = np.arange(11) + 5
WIDE[0, 1, 7:300] = np.arange(293) % 200
WIDE[0, 2, 590:] = np.arange(10) * 6000
WIDE[1, 0, ::40] = 4_000_000_000
WIDE[1, 1, 3] = 70_000


def instructed(counts):
    """Return a spectrum as instructions: a width, how many channels, the least, the rest."""
    parts, place = [], 0
    while place < len(counts):
        run = counts[place : place + 255]
        zeros = np.argmin(run == 0) if run.any() else len(run)
        if run[0] == 0:
            parts.append(struct.pack("BB", 0, zeros))
            place += int(zeros)
            continue
        run = run[: np.argmin(run > 0)] if (run == 0).any() else run
        least = int(run.min())
        rest = (run - least).astype("u4")
        width = next(w for w in (1, 2, 4, 8) if rest.max() < 2 ** (4 * w) and least < 2 ** (8 * w))
        parts.append(struct.pack("BB", width, len(run)) + least.to_bytes(width, "little"))
        if width == 1:
            nibbles = np.append(rest, np.zeros(len(rest) % 2, "u4")).reshape(-1, 2)
            parts.append((nibbles[:, 0] | nibbles[:, 1] << 4).astype("u1").tobytes())
        else:
            parts.append(rest.astype(f"<u{width // 2}").tobytes())
        place += len(run)
    return b"".join(parts)


def packed(pulses):
    """Return channel numbers of 12 bits, in words whose bytes are exchanged."""
    bits = "".join(f"{pulse:012b}" for pulse in pulses)
    bits += "0" * (-len(bits) % 16)
    return b"".join(
        int(bits[i : i + 16], 2).to_bytes(2, "little") for i in range(0, len(bits), 16)
    )


def pixel(column, counts, kind):
    """Return a pixel of a kind: 0 words, 1 packed, 2 instructed, 3 one quantum besides."""
    limit = int(np.flatnonzero(counts)[-1]) + 1
    tail, first = b"", 0
    if kind < 2:
        pulses = np.repeat(np.arange(len(counts)), counts)
        data = packed(pulses) if kind else np.asarray(pulses, "<u2").tobytes()
    else:
        pulses = np.array([limit - 1] * (kind - 2), "<u2")
        less = counts - np.bincount(pulses, minlength=len(counts))
        data, tail = instructed(less) + bytes(4), pulses.tobytes()
        first = len(data)
    sizes = (limit, limit if kind > 1 else 0, 0, 12, kind)
    numbers = (column, *sizes, first, len(pulses), len(data), 0)
    return struct.pack("<I9H", *numbers) + data + tail


def stream(counts, kinds=(1, 2)):
    """Return a map as it is stored; a pixel without counts is left out."""
    rows, columns, channels = counts.shape
    parts = [struct.pack("<4I", rows, columns, max(channels, 4096), 1).ljust(0x1A0, b"\0")]
    for row in counts:
        pixels = [
            pixel(column, found, kinds[column % len(kinds)])
            for column, found in enumerate(row)
            if found.any()
        ]
        parts += [struct.pack("<I", len(pixels)), *pixels]
    return b"".join(parts)


def compressed(raw, block=300):
    """Return bytes in blocks of zlib."""
    blocks = [zlib.compress(raw[i : i + block]) for i in range(0, len(raw), block)]
    parts = [struct.pack("<4s5I", b"AACS", block, 0, len(blocks), 0, 1).ljust(0x80, b"\0")]
    for i, data in enumerate(blocks):
        size = len(raw[i * block : (i + 1) * block])
        parts.append(struct.pack("<4I", len(data), size, 0, 0) + data)
    return b"".join(parts)


def _item(first, size, parent):
    """Return the entry of a file or folder, up to the byte that tells them apart."""
    return struct.pack("<IQ24xIi", first, size, 16, parent).ljust(0xDC, b"\0")


def container(files, chunk=CHUNK):
    """Return files in a container; the last chunk of each comes first, tables are long."""
    useful = chunk - 32
    chunks = [bytes(chunk)]
    items = [_item(0xFFFFFFFF, 0, -1) + b"\1\0\0\0EDSDatabase"]
    for name, data in files.items():
        pieces = [data[i : i + useful].ljust(useful, b"\0") for i in range(0, len(data), useful)]
        places = [len(chunks) + i for i in range(len(pieces))][::-1]
        head = struct.pack("<I", 0xFFFFFFFF).ljust(32, b"\0")
        chunks += [head + piece for piece in pieces[::-1]]
        first = len(chunks)
        for i in range(0, len(places), useful // 4):
            part = places[i : i + useful // 4]
            following = first + i // (useful // 4) + 1
            more = i + len(part) < len(places)
            link = struct.pack("<I", following if more else 0xFFFFFFFF)
            body = np.array(part, "<u4").tobytes()
            chunks.append(link.ljust(32, b"\0") + body.ljust(useful, b"\0"))
        items.append(_item(first, len(data), 0) + bytes(4) + name.encode())
    tree = b"".join(item.ljust(0x200, b"\0") for item in items)
    place = len(chunks)
    count = -(-len(tree) // useful)
    for i in range(count):
        link = struct.pack("<I", place + i + 1 if i + 1 < count else 0xFFFFFFFF)
        chunks.append(
            link.ljust(32, b"\0") + tree[i * useful : (i + 1) * useful].ljust(useful, b"\0")
        )
    header = struct.pack("<II", chunk, 8).ljust(24, b"\0")
    header += struct.pack("<3I", place, len(items), len(chunks))
    first = b"AASFSSGN" + struct.pack("<ff", 2.6, 2.6) + header
    chunks[0] = first.ljust(chunk, b"\0")
    return b"AAMVHFSS".ljust(0x118, b"\0") + b"".join(chunks)


def header(counts, *, planes=True, total=None):
    """Return the XML of a map."""
    rows, columns = counts.shape[:2]
    picture = np.arange(rows * columns, dtype="<u2").reshape(rows, columns) * 100
    total = counts.sum((0, 1)) if total is None else total
    scale = "<XCalibration>0.5</XCalibration><YCalibration>0.25</YCalibration>"
    shown = image((picture, picture * 0)).replace(scale, "<XCalibration>0</XCalibration>")
    shown = shown.replace("<Plane1>", "<Plane1><Valid>0</Valid>")  # not acquired
    words = "<HV>20</HV><WD>10</WD><Mag>500</Mag><DX>0.5</DX><DY>0.25</DY>"
    shown = shown.replace(' Name="map"', "")
    shown = shown.replace("<Width>", "<ItemSize>2</ItemSize><PlaneCount>2</PlaneCount><Width>")
    regions = _instance(
        "TRTSpectrumRegion",
        "<Element>6</Element><Line>K</Line>"
        "<Energy>2.77E-1</Energy><Width>7.25E-2</Width>"
        "<Description>C-K</Description>",
        "C",
    )
    lines = _instance(
        "TRTSpectrumRegionList", f"<ChildClassInstances>{regions}</ChildClassInstances>", "Regions"
    )
    parts = [
        "<Header><Date>1.2.2020</Date><Time>12:00:00</Time><FileVersion>1</FileVersion></Header>",
        _instance("TRTSEMData", words),
        _instance("TRTSEMStageData", "<State>7936</State>"),
        _instance(
            "TRTDSPConfiguration",
            f"<ImageWidth>{columns}</ImageWidth>"
            f"<ImageHeight>{rows}</ImageHeight><PixelAverage>8</PixelAverage>"
            "<LineAverage>1</LineAverage><SEBitCount>12</SEBitCount>"
            "<ChannelCount>2</ChannelCount><Channel0>1</Channel0>"
            "<ChannelName0>BSE</ChannelName0><TiltAngle>0</TiltAngle><PixelTime>1</PixelTime>",
        ),
        shown if planes else "",
        _instance(
            "TRTContainerClass",
            "<ChildClassInstances>"
            + _instance("TRTElementInformationList", lines, "Element information")
            + "</ChildClassInstances>",
            "map",
        ),
        (
            f"<LineCounter>{','.join('1' * rows)}</LineCounter><ChCount>4096</ChCount>"
            "<DetectorCount>1</DetectorCount><ChannelFactor0>1</ChannelFactor0>"
        ),
        f"<SpectrumData0>{_sum(total)}</SpectrumData0>",
    ]
    database = _instance("TRTSpectrumDatabase", "".join(parts), "map")
    return f"{HEAD}<TRTSpectrumDatabase><RTHeader/>{database}</TRTSpectrumDatabase>".encode(
        "cp1252"
    )


def _instance(kind, inside, name=""):
    label = f' Name="{name}"' if name else ""
    return f'<ClassInstance Type="{kind}"{label}>{inside}</ClassInstance>'


def _sum(total):
    """Return the summed spectrum with the headers of a detector."""
    found = spectrum("", total).replace(' Name=""', "")
    found = found.replace(
        "<PrimaryEnergy>",
        "<ElevationAngle>35</ElevationAngle><AzimutAngle>45</AzimutAngle><PrimaryEnergy>",
    )
    inside = b'<DetLayers><Layer0 Atom="13" Thickness="5E-3"/></DetLayers>'
    layers = base64.b64encode(zlib.compress(inside)).decode()
    found = found.replace(
        "<Type>XFlash",
        "<Technology>SDD</Technology><WindowType>thin</WindowType>"
        "<DetectorThickness>0.45</DetectorThickness>"
        "<SiDeadLayerThickness>0.03</SiDeadLayerThickness><DetLayers>" + layers + "</DetLayers>"
        "<WindowLayers/><Type>XFlash",
    )
    found = found.replace(
        "<RealTime>",
        "<Amplification>2E4</Amplification>"
        "<ShapingTime>6E4</ShapingTime><ZeroPeakPosition>96</ZeroPeakPosition>"
        "<ZeroPeakFrequency>400</ZeroPeakFrequency><RealTime>",
    )
    return found.replace(
        "<CalibAbs>",
        f"<ChannelCount>{len(total)}</ChannelCount>"
        "<SigmaAbs>1.9E-3</SigmaAbs><SigmaLin>4.6E-4</SigmaLin><CalibAbs>",
    )


def write_bcf(path, counts=COUNTS, *, kinds=(1, 2), zipped=False, chunk=CHUNK, **options):
    """Write a hypermap."""
    files = {"HeaderData": header(counts, **options), "SpectrumData0": stream(counts, kinds)}
    if zipped:
        files = {name: compressed(data) for name, data in files.items()}
    path.write_bytes(container(files, chunk))
    return path


MADE = {
    "SciFiReaders.bruker_bcf": lambda folder: [
        write_bcf(folder / "map.bcf"),
        write_bcf(folder / "zipped.bcf", kinds=(2, 1, 3), zipped=True),
    ]
}
