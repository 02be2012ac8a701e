"""Files of GRAMS: new ones of both byte orders, old ones, series, own axes, a log."""

from __future__ import annotations

from struct import pack

import numpy as np

from SciFiReaders.readers.spectroscopy.galactic_header import (
    HEADER,
    HEADER_SIZE,
    OLD_HEADER,
    OLD_SIZE,
    SUBHEADER,
    Flag,
)

SPECTRA = (np.arange(3 * 5).reshape(3, 5) - 4) / 8
DATE = 2006 << 20 | 12 << 16 | 21 << 11 | 14 << 6 | 41


def _stored(row, exponent, order, *, short=False):
    """Numbers as they are stored: f32, or whole ones with an exponent."""
    if exponent == -128:
        return np.asarray(row).astype(order + "f4").tobytes()
    bits = 16 if short else 32
    return (
        np.rint(np.asarray(row) * 2.0 ** (bits - exponent))
        .astype(f"{order}i{bits // 8}")
        .tobytes()
    )


def write_spc(
    path, spectra=SPECTRA, *, order="<", exponents=-128, flags=0, ends=(400.0, 800.0), x=None,
    z=None, codes=(3, 4, 4), labels=b"", log=b"", w=None, stated=None, step=0.0,
):  # fmt: skip
    """Write spectra of [subfile, point] in the new format; `x` is one list or one for each."""
    count = len(spectra)
    exponents = [exponents] * count if isinstance(exponents, int) else list(exponents)
    own = x is not None and np.ndim(x[0]) == 1
    flags |= (Flag.MULTI if count > 1 else 0) | (Flag.LABELS if labels else 0)
    flags |= 0 if x is None else (Flag.OWN_X | Flag.X_LIST if own else Flag.X_LIST)
    body = b"" if x is None or own else np.asarray(x).astype(order + "f4").tobytes()
    directory = b""
    for i, row in enumerate(spectra):
        begin = HEADER_SIZE + len(body)
        place, plane = float((z or range(count))[i]), float(w[i]) if w else 0.0
        points = len(row) if own else 0
        body += pack(order + SUBHEADER, 0, exponents[i], i, place, 0, 0, points, 0, plane)
        body += np.asarray(x[i]).astype(order + "f4").tobytes() if own else b""
        body += _stored(row, exponents[i], order, short=bool(flags & Flag.SHORT))
        directory += pack(order + "IIf", begin, HEADER_SIZE + len(body) - begin, place)
    points = len(spectra[0])
    if own and count > 1:
        points, body = HEADER_SIZE + len(body), body + directory
    place = HEADER_SIZE + len(body) if log else 0
    fields = (
        0, -128 if set(exponents) == {-128} else exponents[0], points, *ends,
        stated or count, *codes, 0, DATE, b"4 cm-1", b"made", 0, b"", b"a comment", labels, place,
        0, 0, 0, 0, 1.0, b"method", step, len(set(w)) if w else 0, 0.0, 0,
    )  # fmt: skip
    head = bytes([flags, 0x4B if order == "<" else 0x4C]) + pack(order + HEADER, *fields)
    text = pack(order + "5I44x", 64 + len(log), 4096, 64, 0, 0) + log if log else b""
    path.write_bytes(head.ljust(HEADER_SIZE, b"\0") + body + text)
    return path


def write_old(path, spectra=SPECTRA, *, exponent=2, flags=0):
    """Write spectra of [subfile, point] in the old format."""
    flags |= Flag.MULTI if len(spectra) > 1 else 0
    fields = (
        exponent, float(len(spectra[0])), 400.0, 800.0, 13, 4, 2006, 12, 21, 14, 41, b"4", 0, 1,
        b"", b"old", b"",
    )  # fmt: skip
    raw = (bytes([flags, 0x4D]) + pack("<" + OLD_HEADER, *fields)).ljust(OLD_SIZE, b"\0")
    for i, row in enumerate(spectra):
        data = _stored(row, exponent, "<", short=bool(flags & Flag.SHORT))
        if exponent != -128 and not flags & Flag.SHORT:
            data = np.frombuffer(data, "<u2").reshape(-1, 2)[:, ::-1].tobytes()
        raw += pack("<" + SUBHEADER, 0, exponent, i, float(i), 0, 0, 0, 0, 0) + data
    path.write_bytes(raw)
    return path


def _files(folder):
    x = [np.array([1, 2, 4, 7.0, 8]), np.array([1, 3, 5, 7, 9.0]), np.arange(5.0)]
    return [
        write_spc(folder / "little.spc", exponents=4, log=b"Laser=532\r\n"),
        write_spc(folder / "big.spc", SPECTRA[:1], order=">", x=(9.0, 7, 4, 2, 1)),
        write_spc(folder / "own.spc", x=x),
        write_old(folder / "old.spc"),
    ]


MADE = {"SciFiReaders.galactic_spc": _files}
