"""Igor waves of both byte orders and versions, and a packed experiment."""

from __future__ import annotations

import numpy as np

from SciFiReaders.simulate.ibw import ibw_bytes, packed_bytes, write_ibw

IMAGE = np.arange(35.0).reshape(5, 7)


def _ibw(folder):
    return [
        write_ibw(folder / "image.ibw", IMAGE, units="A", dimension_units=["m", "m"]),
        write_ibw(folder / "old.ibw", IMAGE[0], version=2, order=">", note="gain: 2"),
    ]


def _packed(folder):
    path = folder / "experiment.pxp"
    path.write_bytes(packed_bytes([(1, b"variables"), (3, ibw_bytes(IMAGE)), (5, b"code")]))
    return [path]


MADE = {"SciFiReaders.igor_ibw": _ibw, "SciFiReaders.igor_packed": _packed}
