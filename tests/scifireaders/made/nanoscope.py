"""Nanoscope files: images of several channels, a force curve, a force volume."""

from __future__ import annotations

import numpy as np

SCALES = {
    "@Sens. Zscan": "V 15.00000 nm/V",
    "@Sens. DeflSens": "V 70.00000 nm/V",
    "@Sens. Phase": "V 1.000000 ",
}


def image(counts, name="Height", scale="V [Sens. Zscan] (0.0067 V/LSB) 440.0 V", **facts):
    """Return a channel: its facts and its counts, the top row first."""
    rows, columns = counts.shape
    values = {
        "Bytes/pixel": 2,
        "Samps/line": columns,
        "Number of lines": rows,
        "Scan Size": f"{columns / 2} {rows / 4} ~m",
        "Line direction": "Trace",
        "@2:Image Data": f'S [{name}] "{name}"',
        "@2:Z scale": scale,
        **facts,
    }
    return "Ciao image list", values, counts[::-1]


def curves(
    counts,
    points,
    name="Deflection Error",
    scale="V [Sens. DeflSens] (0.001 V/LSB) 2.5 V",
    **facts,
):
    """Return a channel of curves: one, or [row, column, point] with the top row first."""
    values = {
        "Bytes/pixel": 2,
        "Samps/line": " ".join(map(str, points)),
        "Spring Constant": 40,
        "@4:Image Data": f'S [{name}] "{name}"',
        "@4:Z scale": scale,
        **facts,
    }
    return "Ciao force image list", values, counts[::-1] if counts.ndim == 3 else counts


def write_nanoscope(path, channels, *, kind="File list", scan=(), force=(), scales=SCALES):
    """Write a file of channels, each with its facts and counts in the order they are stored."""
    offset, body = 8192, b""
    parts = [
        (kind, {"Version": "0x08150308", "Date": "06:42:39 PM Thu Jul 02 2020"}),
        ("Scanner list", {}),
        (
            "Ciao scan list",
            {"Scan Size": "8000 nm", "Aspect Ratio": "2:1", **scales, **dict(scan)},
        ),
        ("Ciao force list", dict(force)),
    ]
    for name, values, counts in channels:
        raw = np.ascontiguousarray(counts).tobytes()
        place = {"Data offset": offset + len(body), "Data length": len(raw)}
        parts.append((name, {**place, **values}))
        body += raw
    lines = []
    for name, values in parts:
        lines += [f"\\*{name}", *(f"\\{k}: {v}" for k, v in values.items() if v is not None)]
    text = "\r\n".join([*lines, "\\*File list end", ""]).encode("latin-1") + b"\x1a"
    path.write_bytes(text.ljust(offset, b"\0") + body)
    return path


COUNTS = np.arange(35, dtype="<i2").reshape(5, 7)
VOLUME = np.arange(2 * 3 * 9, dtype="<i4").reshape(2, 3, 9)


def _made(folder):
    curve = np.arange(9, dtype="<i2")
    return [
        write_nanoscope(
            folder / "scan.001", [image(COUNTS), image(COUNTS.astype("<i4") * 3, "Phase")]
        ),
        write_nanoscope(
            folder / "curve.002",
            [curves(curve, (5, 4)), curves(curve * 7, (5, 4), "Height Sensor")],
            kind="Force file list",
        ),
        write_nanoscope(
            folder / "volume.spm",
            [image(VOLUME[..., 0]), curves(VOLUME, (5, 4))],
            kind="Force file list",
        ),
    ]


MADE = {"SciFiReaders.bruker_nanoscope": _made}
