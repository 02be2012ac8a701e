"""Velox files: a stack, a map of several detectors, stored spectra."""

from __future__ import annotations

import numpy as np

from SciFiReaders.simulate.velox import write_velox

STACK = np.arange(60, dtype="u2").reshape(3, 4, 5)
COUNTS = np.random.default_rng(0).poisson(0.3, (2, 3, 5, 16))


def _velox(folder):
    return [
        write_velox(folder / "stack.emd", images={"HAADF": STACK, "DF": STACK[0]}),
        write_velox(folder / "map.emd", events=[COUNTS, COUNTS], metadata={"scan": (3, 5)}),
        write_velox(folder / "spectra.emd", spectra={"SuperX": COUNTS[0, 0, 0].astype("u4")}),
    ]


MADE = {"SciFiReaders.emd_velox": _velox}
