"""Streak images, counters and mass spectra: Hamamatsu, Canberra, Quadstar."""

from __future__ import annotations

from struct import pack

import numpy as np

from SciFiReaders.readers.spectroscopy.hamamatsu_img import HEADER_SIZE, TYPES

STREAK = np.arange(3 * 5).reshape(3, 5)
SPECTRUM = np.arange(256, dtype="<u4") * 7
CYCLES = np.arange(3 * 8, dtype="<f4").reshape(3, 8) / 4
TIMES = (0.0, 10.5, 21.25)


def write_img(path, image=STREAK, code=2, *, x=None, y=None, scaling=""):
    """Write a streak image; x and y are tables of values with their units."""
    image = np.asarray(image).astype(TYPES[code])
    rows, columns = image.shape
    text = '[Application],Date="08/08/2024",Time="11:50:25",Software="HPD-TA"\r\n'
    text += "[Acquisition],NrExposure=3,ExposureTime=100 ms,ZAxisLabel=Intensity,ZAxisUnit=Count"
    text += '[Streak camera],DeviceName="C10910",Time Range="1 ns"\r\n[Scaling]' + scaling
    tables, place = b"", HEADER_SIZE + 400 + image.nbytes
    for name, table in (("X", x), ("Y", y)):
        if table is not None:
            values = np.asarray(table[0], "<f4")
            where = f"*{place + len(tables)},{values.size:04}"
            text += f',Scaling{name}Type=2,Scaling{name}Unit="{table[1]}"'
            text += f',Scaling{name}ScalingFile="{where}"'
            tables += values.tobytes()
    raw = b"IM" + pack("<6H", 400, columns, rows, 0, 0, code)
    raw = raw.ljust(HEADER_SIZE, b"\0") + text.encode().ljust(400)
    path.write_bytes(raw + image.tobytes() + tables)
    return path


def pdp11(value):
    """A number as the PDP-11 wrote it."""
    bits = pack(">f", 4 * value)
    return bytes([bits[1], bits[0], bits[3], bits[2]])


def write_mca(path, counts=SPECTRUM, numbers=(0.5, 0.25, 1e-4)):
    """Write a spectrum of S100."""
    raw = bytearray(1024)
    raw[34:40] = pack("<3H", 4, len(counts), 1)
    for k, value in enumerate(numbers):
        raw[108 + 4 * k : 112 + 4 * k] = pdp11(value)
    path.write_bytes(bytes(raw) + counts.tobytes())
    return path


def write_cnf(path, counts=SPECTRUM, numbers=(0.5, 0.25, 0.0, 0.0), *, order=(0x12000, 0x12005)):
    """Write a spectrum of Genie 2000: a list of blocks, parameters, counts."""
    raw = bytearray(4096)
    places = {0x12000: 1024, 0x12005: 4096 - 512}
    for i, code in enumerate(order):
        raw[112 + 48 * i : 126 + 48 * i] = pack("<I6xI", code, places[code])
    base = places[0x12000]
    raw[base + 34 : base + 38] = pack("<2H", 300, 700)
    raw[base + 186] = len(counts) // 256
    calibration, times = base + 348, base + 748
    for k, value in enumerate(numbers):
        raw[calibration + 68 + 4 * k : calibration + 72 + 4 * k] = pdp11(value)
    raw[calibration + 92 : calibration + 95] = b"keV"
    raw[calibration + 156 : calibration + 164] = b"D1K     "
    start = 35_067_168_000_000_000 + 1_315_469_078 * 10**7
    raw[times + 1 : times + 25] = pack("<3Q", start, 2**64 - 600_000_000, 2**64 - 531_700_000)
    path.write_bytes(bytes(raw) + counts.tobytes())
    return path


def write_sac(path, cycles=CYCLES, times=TIMES, *, per_mass=4):
    """Write a scan with two detectors' worth of tables: times, then a spectrum."""
    count, values = cycles.shape
    head = bytearray(400)
    head[0:14] = pack("<HI8B", 0x02C6, 0, 2, 20, 36, 46, 14, 14, 3, 94)
    head[14:23] = b"G. Tester"
    stride = 6 + 6 + 4 * values
    head[100:110] = pack("<IHI", count, 2, stride)
    head[194:200] = pack("<IH", 763_685_197, 4200)
    head[200:218] = pack("<BIIBII", 0x0F, 0, 400, 0x11, 228, 406)
    info = pack("<H13s14s13s14s", 1, b"Ion Counter", b"cps", b"Mass", b"amu")
    head[228 : 228 + len(info)] = info
    head[350:357] = pack("<fHB", 10.0, values // per_mass, per_mass)
    body = b"".join(
        pack("<IH", int(t), round(t % 1 * 10_000)) + pack("<Ih", values, 5) + row.tobytes()
        for t, row in zip(times, cycles, strict=True)
    )
    path.write_bytes(bytes(head) + body)
    return path


def write_sbc(path, cycles=CYCLES, times=TIMES, *, first=10):
    """Write bars of neighbouring masses."""
    count, masses = cycles.shape
    head = bytearray(217 + 7 * masses)
    head[100:104] = pack("<I", count)
    head[194:200] = pack("<IH", 1_776_758_337, 7880)
    head[201:205] = pack("<2H", first, masses - 1)
    body = b""
    for t, row in zip(times, cycles, strict=True):
        body += pack("<IHHbf", int(t), round(t % 1 * 10_000), masses, -5, float(row.sum()))
        body += np.column_stack([first + np.arange(masses), row]).astype("<f4").tobytes()
    path.write_bytes(bytes(head) + body)
    return path


def _images(folder):
    x = (np.linspace(500, 400, 5), "nm")
    return [
        write_img(folder / "streak.img", x=x, y=(np.linspace(0, 2, 3), "ns")),
        write_img(folder / "plain.img", code=3),
    ]


MADE = {
    "SciFiReaders.hamamatsu_img": _images,
    "SciFiReaders.canberra_mca": lambda folder: [write_mca(folder / "counts.mca")],
    "SciFiReaders.canberra_cnf": lambda folder: [write_cnf(folder / "counts.cnf")],
    "SciFiReaders.quadstar": lambda folder: [
        write_sac(folder / "scan.sac"),
        write_sbc(folder / "bars.sbc"),
    ],
}
