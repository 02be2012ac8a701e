"""Small predictable datasets."""

import numpy as np
import pytest

import sidpy


@pytest.fixture
def scan():
    """A spectral image of shape (3, 4, 5): x, y in nm, bias in V; values 0, 1, 2, ..."""
    dataset = sidpy.Dataset.from_array(
        np.arange(60.0).reshape(3, 4, 5),
        title="T",
        quantity="Current",
        units="nA",
        datatype="spectral_image",
        modality="STM",
        source="Omicron",
    )
    dataset.set_dimension(0, sidpy.Dimension(np.arange(3) / 2, "x", "Length", "nm", "spatial"))
    dataset.set_dimension(1, sidpy.Dimension(np.arange(4) / 2, "y", "Length", "nm", "spatial"))
    bias = sidpy.Dimension(np.linspace(-1, 1, 5), "bias", "Bias", "V", "spectral")
    dataset.set_dimension(2, bias)
    dataset.metadata = {"tip": {"material": "W"}}
    dataset.original_metadata = {"vendor": [1, 2]}
    return dataset
