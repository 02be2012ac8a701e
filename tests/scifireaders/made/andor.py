"""Files of Andor Solis: spectra, kinetic series, images, subimages, a background."""

from __future__ import annotations

from struct import pack

import numpy as np

from SciFiReaders.readers.spectroscopy.andor_lines import MAGIC

FRAMES = np.arange(3 * 2 * 5, dtype="<f4").reshape(3, 2, 5)
#: Left, top, right, bottom, row and column binning of what fills FRAMES.
WINDOW = (1, 4, 10, 1, 2, 2)
#: Lines between the user text and the calibration, with bytes that are no text, as Solis
#: writes them; the newer ones say one thing more before the names of the axes.
BETWEEN = {
    65559: b"65538 \x01 \x02 \x03 \x00 0.027 0\n65540 1 1 561.47\n1\n0 0\n0 3\n0 10\n0 10\n"
    b"0 0 \n65537 0 500 1200\n0 KY328i\n65539 \x01 \x00 \x01 \x00 \x01 \x00\n",
    65567: b"65538 \x01 \x02 \x03 \x00 0.027 0\n65540 1 1 561.47 1 1 599.566 650NM\n1 50\n"
    b"1 0 0 0 0  0 0 0 0 0 0 10\n0 KY328i\n0 10\n0 10\n0 0 \n65537 0 500 1200\n0 999 999\n\n"
    b"65539 1 5 2500 0 0 0 10000 1 2000000 1 100 0 0 100 0 0\n1 1 0 10000\n0 1 0 2000\n"
    b"0 1 0 2000\n1 0 0\n\n-1\n65538 0 1024 1024 1024 1024 1 1 1 1\n"
    b"65540 \x02 \x00 \x01 \x00 \x01 \x00\n",
}
AFTER = {
    65559: b"0 1 0 0\n0 1 0 0\n422\n13\n13\n",
    65567: b"0 1 0 0\n0 1 0 0\n422\n13\n13\n1\n",
}


def signal(
    frames=FRAMES, windows=(WINDOW,), *, version=65567, calibration=b"500 0.5 0 0", text=b"\0\n\1",
    stamps=None, labels=(b"Wavelength", b"Counts", b"Pixel number"), tail=b"0\n",
):  # fmt: skip
    """One block: frames in which the subimages follow each other."""
    count = len(frames)
    size = frames[0].size
    numbers = f"{version} 0 0 1 1690545064 -25 ".encode() + b"\x00 \n \x00 \x03 \x01 "
    numbers += b"0 3 3.5 3.5 2 \x00 4.25 1e-06 0 1 2500 0 0 1e-08 0 0 \x00 \x00 1 "
    numbers += b"0 5 0 0 0 0 0 0 1 500000 0 6.5e-06 0 4 6390 1 1\n"
    head = numbers + b"DH334T \n 1024 256 9\nC:/a.sif  \n65538 %d\n" % len(text) + text + b"\n"
    lines = BETWEEN[version] + calibration + b"\n" + AFTER[version]
    names = b"".join(b"%d\n%s" % (len(label), label) for label in labels)
    left, top, right, bottom = windows[0][:4]
    image = (left, top, right, bottom, count, len(windows), count * size, size)
    areas = [b"65541 " + b" ".join(b"%d" % n for n in image)]
    areas += [b"65538 " + b" ".join(b"%d" % n for n in window) + b" 0" for window in windows]
    times = [b"%10d" % stamp for stamp in (stamps or range(0, 5_000_000 * count, 5_000_000))]
    lines += names + b"\n".join([*areas, *times]) + b"\n" + tail
    return head + lines + np.asarray(frames, "<f4").tobytes()


def write_sif(path, *blocks, details=b""):
    """Write blocks in the order signal, reference, background, live, source; None for none."""
    raw = MAGIC + b"65538 1\n" + blocks[0]
    for block in [*blocks[1:], *[None] * (5 - len(blocks))]:
        raw += b"0\n" if block is None else b"1\n" + block
    if details:
        raw += details + pack("<Q", len(details)) + b"SIFX"
    path.write_bytes(raw)
    return path


def _files(folder):
    xml = (
        b'<?xml version="1.0" ?>\n<Signals><Signal><Serial>7</Serial></Signal></Signals>\n<Lives/>'
    )
    return [
        write_sif(folder / "series.sif", signal(), None, signal(FRAMES[:1] + 100), details=xml),
        write_sif(folder / "old.sif", signal(version=65559, tail=b"")),
    ]


MADE = {"SciFiReaders.andor_sif": _files}
