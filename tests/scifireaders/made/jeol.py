"""JEOL's Analysis Station: an image, an element map, events of two frames, their index."""

from __future__ import annotations

import struct

import numpy as np

IMAGE = np.arange(20, dtype="u1").reshape(4, 5) * 12
#: Row, column, channel and count of the X-rays of a frame, in a scan of 8 x 8.
XRAYS = [(0, 0, 100, 1), (0, 7, 300, 2), (3, 2, 120, 1), (7, 7, 500, 3)]
KINDS = {"B": 2, "i": 3, "f": 4, "d": 5, "2i": 8, "s": 12, "bits": 6}


def tag(name, kind="", *values, below=b""):
    """Return an entry; `below` are those of the group that it heads."""
    if kind == "s":
        raw = values[0].encode("cp932") + b"\0"
    elif kind == "h":
        raw = struct.pack("<h", *values)
    elif kind in ("bits", "i4"):
        raw = values[0]
    else:
        raw = struct.pack("<" + kind, *values) if kind else b""
    code = {"": 0, "h": 2, "i4": 8}.get(kind) or KINDS.get(kind, 0)
    label = name.encode("cp932") + b"\0"
    head = b"\1" + struct.pack("<I", len(label)) + label
    return head + struct.pack("<II", code, len(raw)) + raw + below + b"\xff"


def write_image(path, pixels=IMAGE, *, title="BF"):
    """Write an image 0.5 um wide."""
    rows, columns = pixels.shape
    instrument = tag(
        "Instrument",
        below=tag("ScanSize", "f", 200.0)
        + tag("Mag", "i", 400_000)
        + tag("AccV", "f", 200.0)
        + tag("Name", "s", "JEM"),
    )
    words = tag("Created", "d", 44000.5) + tag("Title", "s", title)
    words += tag("Size", "2i", columns, rows)
    first = bytes(12) + instrument + tag("Image", below=words) + b"\xff"
    bits = tag("Bits", "bits", pixels.tobytes())
    second = bytes(12) + instrument + tag("Image", below=words + bits) + b"\xff"
    head = struct.pack("<I", 0x34) + b"JED-2200:LibJxImageForm".ljust(32, b"\0")
    head += struct.pack("<III", 0x40, len(first), 0x40 + len(first))
    path.write_bytes(head.ljust(0x40, b"\0") + first + second)
    return path


def words_of(xrays, lines=8):
    """Return the words of a frame of 8 x 8, which stopped after some lines."""
    found = []
    for row in range(lines):
        found.append(0x9000 | row * 512)
        for column in range(8):
            found += [0x8000 | column * 512, 0xA000 | 87]
            for r, c, channel, count in xrays:
                found += [0xB000 | channel] * count if (r, c) == (row, column) else []
            found += [0x6000, 0x7000]
    return found


def write_pts(path, *, frames=2, last=8, xrays=XRAYS):
    """Write frames, the last of which was stopped after some lines."""
    words = words_of(xrays) * (frames - 1) + words_of(xrays, last)
    doc = tag("Sweep", "h", frames) + tag("ScanLine", "h", last)
    doc += tag("DwellTime(msec)", "d", 5.0) + tag("RealTime", "d", 27.6)
    doc += tag("CoefA", "d", 0.01) + tag("CoefB", "d", -0.001) + tag("LiveTime", "d", 27.5)
    spectrum = np.zeros(4096, "<i4")
    spectrum[:4] = [5, 6, 7, 8]
    data = tag("EDXRF", "i4", spectrum.tobytes())
    parts = tag("Doc", below=doc) + tag("Data", below=data)
    parts += tag("Meas Cond", below=tag("Tpl", "s", "T3") + tag("Pixels", "s", "8x8"))
    parts += tag("MeasCond", below=tag("AccKV", "f", 200.0) + tag("Mag", "i", 400_000))
    detector = tag("NumCH", "i", 4096) + tag("Tpl", below=tag("T3", below=tag("DigZ", "h", 97)))
    pages = tag("PARAMPAGE1", "s", "EDXRF", below=detector)
    scan = tag("ScanSize", "f", 200.0) + tag("SEM", "s", "JEM") + tag("DetT", "s", "SDD")
    scan += tag("ElevAng", "f", 19.2) + tag("DirAng", "f", 90.0) + tag("MnKaRES", "f", 133.0)
    pages += tag("PARAMPAGE0", "s", "SEM", below=scan)
    tree = tag("PTTD Param", below=tag("Params", below=pages))
    tree += tag("PTTD Data", below=tag("AnalyzableMap MeasData", below=parts))
    tree += tag("EDS Data", below=tag("AnalyzableMap MeasData", below=parts)) + b"\xff"
    begin = 0x13D + len(tree)
    raw = np.array(words, "<u2").tobytes()
    head = struct.pack("<I8s3I", 0x130, b"PTTDFILE", 0x20000, 1, 0x131)
    head += struct.pack("<3I", len(tree) + 12, begin, begin + len(raw))
    path.write_bytes(head.ljust(0x13D, b"\0") + tree + raw)
    return path


def write_asw(path, *names):
    """Write an index of files."""
    entries = b"".join(
        tag(str(i), below=tag("Memo", "s", "視野") + tag("Filename", "s", name))
        for i, name in enumerate(names)
    )
    view = tag("ViewInfo", below=tag("0", below=tag("ViewData", below=entries)))
    tree = tag("FileType", "s", "Analysis Station")
    tree += tag("SampleInfo", below=tag("0", below=view)) + b"\xff"
    path.write_bytes(bytes(12) + tree)
    return path


def write_sample(folder):
    """Write an index and what it names, in a folder with a Japanese name."""
    below = folder / "試料"
    below.mkdir()
    write_image(below / "view_0.img")
    write_pts(below / "view_1.PTS")
    return write_asw(
        folder / "a.ASW", ".\\試料\\View_0.img", ".\\試料\\view_1.pts", ".\\試料\\x.apb"
    )


MADE = {
    "SciFiReaders.jeol_image": lambda folder: [
        write_image(folder / "a.img"),
        write_image(folder / "wide.map", IMAGE.astype("<u2") * 300),
    ],
    "SciFiReaders.jeol_pts": lambda folder: [write_pts(folder / "a.pts")],
    "SciFiReaders.jeol_asw": lambda folder: [write_sample(folder)],
}
#: an index is nothing without the files below its folder
LEFT_OUT = {"SciFiReaders.jeol_asw": ["test_leaves_the_file_untouched"]}
