"""One spectral image with everything a dataset can have."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

import sidpy


@pytest.fixture
def spectra():
    """Counts at 2 × 3 places and 4 energies, the second axis of which is not linear."""
    dataset = sidpy.Dataset.from_array(
        da.arange(24.0, chunks=5).reshape(2, 3, 4), title="a map", units="counts",
        quantity="Intensity", modality="EELS", source="rig", datatype="spectral_image",
    )  # fmt: skip
    axes = [
        sidpy.Dimension([0.0, 2], "y", "Distance", "nm", "spatial"),
        sidpy.Dimension([0.0, 1, 4], "x", "Distance", "nm", "spatial"),
        sidpy.Dimension([10.0, 10.5, 11, 11.5], "loss", "Energy loss", "eV", "spectral"),
    ]
    for axis, dimension in enumerate(axes):
        dataset.set_dimension(axis, dimension)
    dataset.metadata = {"gain": (1, 2), 3: {"deep": None}}
    dataset.original_metadata = {"header": [1, "two"]}
    dataset.variance = np.full((2, 3, 4), 0.25, "f4")
    return dataset
