"""Nanonis scans."""

from __future__ import annotations

import numpy as np

from SciFiReaders.simulate.sxm import write_sxm

IMAGE = np.arange(35.0).reshape(5, 7)

MADE = {
    "SciFiReaders.nanonis_sxm": lambda folder: [
        write_sxm(folder / "scan.sxm", [IMAGE, IMAGE + 50], SCAN_DIR="up")
    ]
}
