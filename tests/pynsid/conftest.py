"""Small predictable datasets, files in memory, and what identical means."""

import itertools
import os
import pathlib

import h5py
import numpy as np
import pytest

import sidpy

_count = itertools.count()


@pytest.fixture
def h5():
    """An empty file in memory."""
    with h5py.File(f"memory-{next(_count)}.h5", "w", driver="core", backing_store=False) as file:
        yield file


@pytest.fixture
def path(tmp_path):
    """Where a file may be made."""
    return tmp_path / "file.h5"


@pytest.fixture
def iv_map():
    """A spectral image of shape (2, 3, 4) with an uneven axis and all labels."""
    dataset = sidpy.Dataset.from_array(
        np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        title="IV_map", units="nA", quantity="Current", modality="STM", source="Omicron",
        datatype="SPECTRAL_IMAGE",
    )  # fmt: skip
    dataset.set_dimension(0, sidpy.Dimension(np.arange(2) * 0.5, "x", "Length", "nm", "spatial"))
    dataset.set_dimension(1, sidpy.Dimension(np.arange(3), "y", "Length", "nm", "spatial"))
    dataset.set_dimension(2, sidpy.Dimension([0, 1, 3, 9], "bias", "Bias", "V", "spectral"))
    dataset.metadata = {
        "temperature": 4.2, "tip": "W", "channels": ["I", "dIdV"], "setpoint": {"I": 2, "V": 1.0},
    }  # fmt: skip
    dataset.original_metadata = {"vendor": {"name": "acme"}}
    return dataset


@pytest.fixture
def vendor_file():
    """A file that the released package wrote, if the vendor data are there."""
    beside = pathlib.Path(__file__).parents[2].parent / "shared" / "vendor-data"
    folder = pathlib.Path(os.environ.get("SIDPY_VENDOR_DATA", beside))
    file = folder / "nsid" / "pycroscopy" / "bfo_iv_final.hf5"
    if not file.exists():
        pytest.skip("the vendor data are not there: set SIDPY_VENDOR_DATA to their folder")
    return file
