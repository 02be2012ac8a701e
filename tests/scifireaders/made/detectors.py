"""Scans of pixelated detectors: block files, TVIPS, Merlin, EMPAD."""

from __future__ import annotations

from struct import pack

import numpy as np

from SciFiReaders.readers.electron.nanomegas_blo import HEADER, MAGIC

SCAN = (np.arange(2 * 3 * 5 * 5) % 251).astype("u1").reshape(2, 3, 5, 5)
MOVIE = np.arange(4 * 5 * 6, dtype="u2").reshape(4, 5, 6)
QUAD = np.arange(2 * 4 * 8, dtype="u2").reshape(2, 4, 8) * 60


def write_blo(path, scan=SCAN, *, steps=(2.0, 0.5), keep=None):
    """Write a scan of [y, x, v, u]; `keep` frames of it where it stopped early."""
    lines, points, side = scan.shape[:3]
    first = 256 + lines * points
    fields = (0x0102, 256, first, 0, side, 0, points, lines, 500, steps[1], steps[0])
    head = MAGIC + pack("<" + HEADER, *fields, 200_000, 5000, 20_000, 43831.5)
    virtual = scan.sum(axis=(2, 3)).astype("u1").tobytes()
    frames = [
        pack("<HI", 0x55AA, i) + frame.tobytes()
        for i, frame in enumerate(scan.reshape(-1, side, side)[:keep])
    ]
    path.write_bytes(head.ljust(256, b"\0") + virtual + b"".join(frames))
    return path


def write_tvips(path, movie=MOVIE, *, split=None, start=1_700_000_000, bits=None):
    """Write a series; the frames from `split` on go into a second file."""
    frames, rows, columns = movie.shape
    code = bits or 8 * movie.dtype.itemsize
    head = pack("<13I", 256, 2, columns, rows, code, 0, 0, 1, 1, 3, 200, 80, 60).ljust(256, b"\0")
    parts = [
        pack("<3I", i, start + i // 4, 250 * (i % 4)).ljust(60, b"\0") + movie[i].tobytes()
        for i in range(frames)
    ]
    path.write_bytes(head + b"".join(parts[:split]))
    if split:
        path.with_name(path.name.replace("_000", "_001")).write_bytes(b"".join(parts[split:]))
    return path


def write_mib(path, movie=MOVIE, *, line=None, kind=None, depth=12, total=None, quad=False):
    """Write a movie of [frame, v, u]; with `line` a text that makes it a scan."""
    frames, rows, columns = movie.shape
    kind = kind or f"U{8 * movie.dtype.itemsize:02}"
    chips, arrangement = (4, "2x2") if quad else (1, "1x1")
    if kind == "R64":
        stored = _raw(_of_four(movie) if quad else movie[:, ::-1], depth)
        rows, columns = (rows // 2, columns * 2) if quad else (rows, columns * (1 + (depth == 24)))
    else:
        stored = movie[:, ::-1].astype(movie.dtype.newbyteorder(">"))
    raw = b""
    for i in range(frames):
        head = (
            f"MQ1,{i + 1:06},00384,{chips:02},{columns:04},{rows:04},{kind},   {arrangement},01,"
        )
        head += f"2021-04-15 14:43:47.0,0.001000,0,0,MQ1A,2021-04-15T13:43:47Z,1000000ns,{depth},"
        raw += head.encode().ljust(384, b"\0") + stored[i].tobytes()
    path.write_bytes(raw)
    if line:
        rows = {
            "Frames in Acquisition (Number)": total or frames,
            "Frames per Trigger (Number)": line,
        }
        text = "HDR,\t\n" + "".join(f"{key}:\t{value}\n" for key, value in rows.items())
        path.with_suffix(".hdr").write_text(text)
    return path


def _of_four(movie):
    """Return the rows as four chips are read out: 4, 3, 2, 1, the upper two upside down."""
    half, middle = movie.shape[1] // 2, movie.shape[2] // 2
    above, below = movie[:, :half, ::-1], movie[:, half:][:, ::-1]
    chips = [above[..., :middle], above[..., middle:], below[..., middle:], below[..., :middle]]
    return np.concatenate(chips, axis=-1)


def _raw(lines, depth):
    """Return rows in the order of the file as words of 64 bits, their pixels reversed."""
    if depth == 24:
        high_and_low = [_raw(part, 12) for part in (lines >> 12, lines & 4095)]
        joined = np.concatenate([part.reshape(len(lines), -1) for part in high_and_low], axis=1)
        return joined.astype(">u2")
    flat = lines.reshape(len(lines), -1)
    if depth == 1:
        bits = flat.reshape(len(lines), -1, 64)[..., ::-1]
        return np.packbits(bits.astype("u1"), axis=-1)
    kind = "u1" if depth == 6 else ">u2"
    count = 8 // np.dtype(kind).itemsize
    return flat.reshape(len(lines), -1, count)[..., ::-1].astype(kind)


def write_empad(path, scan, *, shape=None):
    """Write a scan of [frame, 128, 128] and the XML that names it."""
    raw = path.with_suffix(".raw")
    rows = np.zeros((len(scan), 130, 128), "<f4")
    rows[:, :128] = scan
    rows[:, 128:] = np.nan
    raw.write_bytes(rows.tobytes())
    sizes = ""
    if shape:
        sizes = (
            '<scan_parameters mode="search"><scan_resolution_x>9</scan_resolution_x>'
            "</scan_parameters>"
            f'<scan_parameters mode="acquire"><scan_size>0.5</scan_size>'
            f"<scan_resolution_x>{shape[1]}</scan_resolution_x>"
            f"<scan_resolution_y>{shape[0]}</scan_resolution_y></scan_parameters>"
        )
    view = "<full_scan_field_of_view><x>2e-7</x><y>1e-7</y></full_scan_field_of_view>"
    measured = f"<iom_measurements>{view}<high_voltage>3e5</high_voltage></iom_measurements>"
    path.write_text(
        f'<root name="made"><raw_file filename="projects/{raw.name}"/>'
        f"<exposure_time>1</exposure_time><camserver_parameters/>{sizes}{measured}</root>"
    )
    return path


def _mib(folder):
    return [
        write_mib(folder / "movie.mib"),
        write_mib(folder / "raw.mib", MOVIE[:, :4, :4] % 64, kind="R64", depth=6),
        write_mib(folder / "quad.mib", QUAD, kind="R64", depth=12, quad=True, line=2),
        write_mib(folder / "deep.mib", QUAD.astype("u4") << 12 | 7, kind="R64", depth=24),
    ]


def _empad(folder):
    return [write_empad(folder / "scan.xml", np.zeros((2, 128, 128)), shape=(1, 2))]


MADE = {
    "SciFiReaders.nanomegas_blo": lambda folder: [write_blo(folder / "scan.blo")],
    "SciFiReaders.tvips": lambda folder: [write_tvips(folder / "movie_000.tvips")],
    "SciFiReaders.merlin_mib": _mib,
    "SciFiReaders.empad": _empad,
}

#: Promises whose tests copy a sample without the file that its XML names.
LEFT_OUT = {"SciFiReaders.empad": ["test_leaves_the_file_untouched"]}
