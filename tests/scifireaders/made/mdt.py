"""NT-MDT files: scans, curves, dots, data of any dimensions, points, text."""

from __future__ import annotations

from struct import pack

import numpy as np

KINDS = {-1: "i1", -2: "<i2", 2: "<u2", -4: "<i4", 8: "<u8", -5892: "<f4", -13320: "<f8"}


def sized(raw):
    return pack("<I", len(raw)) + raw


def xml(inside):
    text = '<?xml version="1.0" encoding="UTF-16"?>\r\n<FrameComment><TextComment>note'
    return f"{text}</TextComment><Parameters>{inside}</Parameters></FrameComment>".encode(
        "utf-16-le"
    )


def frame(kind, body, variables=b""):
    head = pack("<H2B6HH", kind, 7, 3, 2005, 11, 8, 17, 48, 19, len(variables))
    return pack("<I", 22 + len(variables) + len(body)) + head + variables + body


def mdt_bytes(*frames):
    body = b"".join(frames)
    header = b"\x01\xb0\x93\xff" + pack("<II H", len(body), 0, len(frames) - 1)
    return header.ljust(33, b"\0") + body


def scales(*triples):
    return b"".join(pack("<ffh", *triple) for triple in triples)


def scan(raw, x=(0.0, 0.5, -1), y=(0.0, 0.25, -1), z=(2.0, 0.5, 0), *, kind=0, title="Height"):
    """Return a frame of rows of i16, the bottom row first."""
    raw = np.asarray(raw, "<i2")
    rows, columns = raw.shape
    variables = scales(x, y, z)
    if kind == 0:
        variables += pack("<2B3HfH4B", 0, 1, columns, rows, 1, 6.5, 1, 0, 0, 0, 0)
        variables += pack("<BBfff", 1, 1, 4000.0, 0.75, -1.5)
    variables = variables.ljust(80, b"\0")
    body = pack("<4H", 0, columns, rows, 0) + raw.tobytes()
    body += sized(title.encode("cp1251")) + sized(xml("<DeviceType>Solver</DeviceType>"))
    return frame(kind, body, variables)


def dots(curves, places):
    """Return a frame of curves there and back; `curves` holds pairs of raw numbers."""
    head = pack("<iih", 16, 1, -2)
    table = b"".join(
        pack("<ffii", *place, len(there), len(back))
        for place, (there, back) in zip(places, curves, strict=True)
    )
    numbers = b"".join(np.asarray(part, "<i2").tobytes() for pair in curves for part in pair)
    body = pack("<4H", 0, 0, 0, len(curves)) + sized(head) + table + numbers + sized(b"I(V)")
    variables = scales((1.0, 0.5, 2), (0, 0, 3), (0.0, 0.25, 1))
    return frame(1, body + sized(b""), variables)


def calibration(name, units, bias, scale, last, kind):
    texts = name.encode("cp1251"), b"a comment", units.encode("cp1251")
    record = pack("<4I", 112, *(len(text) for text in texts)).ljust(40, b"\0")
    record += pack("<ddqqi", bias, scale, 0, last, kind)
    record = record.ljust(116, b"\0") + b"".join(texts)
    return pack("<I", len(record) + 4) + record


def data(array, dimensions, measurands, *, title="Iprobe", kind=106):
    """Return a frame of cells.

    `dimensions` are name, units, bias, scale, in the order of the axes of `array` reversed;
    `measurands` name, units, bias, scale, type; of several, `array` has a record each.
    """
    array = np.asarray(array)
    counts = array.shape[::-1]
    records = b"".join(
        calibration(*dimension, count - 1, -8)
        for dimension, count in zip(dimensions, counts, strict=True)
    )
    records += b"".join(calibration(*one[:4], -1, one[4]) for one in measurands)
    head = pack("<Q3I", array.size, array.itemsize, len(dimensions), len(measurands)).ljust(
        33, b"\0"
    )
    calibrations = sized(sized(head) + records)
    calibrations = pack("<I", len(calibrations)) + calibrations[4:]
    texts = (
        title.encode("cp1251"),
        xml("<Common><Probe><Stiffness>2.5</Stiffness></Probe></Common>"),
    )
    total = 76 + sum(map(len, texts)) + 5 + len(calibrations)
    body = pack("<II", 76, total) + bytes(range(16)) + bytes(20)
    body += pack("<8I", *map(len, texts), 2, 0, 3, len(calibrations), 0, array.nbytes)
    body += b"".join(texts) + bytes(5) + calibrations + array.tobytes() + bytes(4)
    return frame(kind, body)


def folder(members):
    table = b"".join(pack("<II", len(name), len(content)) for name, content in members)
    names = b"".join(name.encode() for name, _ in members)
    body = pack("<I", len(members)) + table + names + b"".join(content for _, content in members)
    return frame(190, body)


def points(sweeps, *, unit="nA", kind="float64", quantity='bias="0" scale="1"', axis="", extra=()):
    """Return a frame of points; `sweeps` has for each point the sweeps there, then those back."""
    members, data_, meas, point = [], [], [], []
    axes = []
    for number, (there, back) in enumerate(sweeps):
        listed = []
        for inverse, group in ((0, there), (1, back)):
            for turn, values in enumerate(group):
                index = len(meas)
                raw = np.asarray(values, np.dtype(kind).newbyteorder("<"))
                members.append((f"data{index}.dat", raw.tobytes()))
                data_.append(
                    f'<Data name="data{index}.dat" offset="0" count="{raw.size}" type="{kind}"/>'
                )
                key = f'<Axis name="0" count="{raw.size}" {axis or AXIS} data="-1"/>'
                if key not in axes:
                    axes.append(key)
                meas.append(
                    f'<Meas name="1" data="{index}" pass="{turn}" axis0="{axes.index(key)}" '
                    f'inverse0="{inverse}"/>'
                )
                listed.append(index)
        members.append((f"point{number}.dat", np.asarray(listed, "<u4").tobytes()))
        point.append(
            f'<Point name="point{number}.dat" offset="0" x="{number}.5" y="2" unit="um"/>'
        )
    names = '<Name name="BV" unit="V" bias="-10" scale="0.1"/>'
    names += f'<Name name="Iprobe" unit="{unit}" {quantity}/>'
    inside = names + "".join([*axes, *meas, *data_, *point])
    index = f'<?xml version="1.0"?><Comment><Info UUID="{{ABC}}">{inside}</Info></Comment>'
    members.append(("index.xml", index.encode()))
    members.append(("__xmlparams.xml", b"\xff\xfe" + xml("<Name>I(V)</Name>")))
    return folder([*members, *extra])


AXIS = 'start="-1" stop="1"'


def text(words):
    body = bytes(8) + words.encode("cp1251") + sized(b"Text Frame") + sized(xml(""))
    return frame(3, body, pack("<I", len(words)).ljust(10, b"\0"))


def _write(folder_):
    image = np.arange(35).reshape(5, 7)
    path = folder_ / "frames.mdt"
    path.write_bytes(
        mdt_bytes(
            text("a text"),
            scan(image),
            scan(image, kind=1, title="F(z)"),
            dots([([1, 2, 3], [4, 5])], [(1.0, 2.0)]),
            data(image.astype("<f4"), [("x", "um", 1.0, 0.5), ("y", "um", 2.0, 0.5)],
                 [("I", "nA", 0.0, 1.0, -5892)]),
            points([([[1, 2, 3]], [[4, 5, 6]]), ([[7, 8, 9]], [[10, 11, 12]])]),
        )
    )  # fmt: skip
    return [path]


MADE = {"SciFiReaders.ntmdt_mdt": _write}
