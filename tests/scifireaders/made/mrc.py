"""MRC files: an image, a volume, a scan of Velox."""

from __future__ import annotations

import numpy as np

from SciFiReaders.simulate.mrc import write_mrc

SCAN = {"Scan size bottom": 2, "Scan size right": 3, "Full scan FOV X": 3e-9, "HT": 3e5}


def _mrc(folder):
    numbers = np.arange(120)
    return [
        write_mrc(folder / "image.mrc", numbers.astype("u2").reshape(10, 12), cell=(24, 10, 0)),
        write_mrc(
            folder / "volume.mrc", numbers.astype("f4").reshape(4, 5, 6), order=">", group=1
        ),
        write_mrc(folder / "scan.mrc", numbers.astype("i2").reshape(6, 4, 5), fei=SCAN),
    ]


def _old(folder):
    path = write_mrc(folder / "old.mrc", np.arange(120).astype("u2").reshape(4, 5, 6))
    raw = bytearray(path.read_bytes())
    raw[208:216] = bytes(8)  # neither MAP nor a stamp
    path.write_bytes(raw)
    return [path]


MADE = {"SciFiReaders.mrc": _mrc, "SciFiReaders.mrc_old": _old}
