"""Signals with known content."""

from __future__ import annotations

import numpy as np

import sidpy

STEP = 1e-5


def scan(values, step=STEP, units="s", kind="temporal", title="deflection"):
    """Positions in rows and columns, with a signal in time at each."""
    values = np.asarray(values)
    data = sidpy.Dataset.from_array(values, title=title, units="nm", quantity="height")
    for axis in range(values.ndim - 1):
        place = sidpy.Dimension(0.5 * np.arange(values.shape[axis]), "yx"[axis], "length", "nm",
                                "spatial")  # fmt: skip
        data.set_dimension(axis, place)
    time = sidpy.Dimension(step * np.arange(values.shape[-1]), "t", "time", units, kind)
    data.set_dimension(values.ndim - 1, time)
    return data


def noise(shape, seed=0):
    """White noise of deviation 1."""
    return np.random.default_rng(seed).standard_normal(shape)
