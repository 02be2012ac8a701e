"""Gwyddion files of both generations, and simple fields."""

from __future__ import annotations

import numpy as np

from SciFiReaders.simulate.gsf import write_gsf
from SciFiReaders.simulate.gwy import field, write_gwy

IMAGE = np.arange(35.0).reshape(5, 7)


def _gwy(folder):
    items = {"/0/data": field(IMAGE, units=("m", "V"), xreal=1e-6, yreal=2e-6)}
    return [
        write_gwy(folder / "new.gwy", {**items, "/0/data/title": "Height"}),
        write_gwy(folder / "old.gwy", items, old=True),
    ]


def _gsf(folder):
    return [write_gsf(folder / "field.gsf", IMAGE, XReal=1e-6, XYUnits="m", Title="Height")]


MADE = {"SciFiReaders.gwyddion_gwy": _gwy, "SciFiReaders.gwyddion_gsf": _gsf}
