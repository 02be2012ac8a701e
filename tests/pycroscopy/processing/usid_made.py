"""Universal files that tests of several classic processes read."""

from __future__ import annotations

import h5py
import numpy as np
import pytest


@pytest.fixture
def file():
    """An empty file in memory."""
    pytest.importorskip("pyUSID")
    with h5py.File("classic.h5", "w", driver="core", backing_store=False) as one:
        yield one


def main_of(file, values, *, name="Raw", shape=None):
    """A main dataset of positions (x, y) and a bias axis."""
    import pyUSID

    nx, ny = shape or (len(values), 1)
    return pyUSID.hdf_utils.write_main_dataset(
        file.create_group(f"Measurement_{len(file)}"), values, name, "Current", "nA",
        [pyUSID.Dimension("X", "nm", nx), pyUSID.Dimension("Y", "nm", ny)],
        pyUSID.Dimension("Bias", "V", np.linspace(-1, 1, values.shape[1])),
    )  # fmt: skip


def three_kinds(*, complex_valued=False, noise=0.01, seed=0):
    """60 positions of three kinds of curves of 12 values; the kind of each position."""
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.repeat([0, 1, 2], 20))
    x = np.linspace(-1, 1, 12)
    curves = np.stack([x, 5 * x**2, np.full(12, -4.0)])
    if complex_valued:
        curves = curves * np.exp(1j * np.array([0.3, 1.0, 2.0]))[:, None]
    values = curves[kinds] + noise * rng.standard_normal((60, 12))
    return values, kinds, curves
