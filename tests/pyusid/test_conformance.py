"""The reader of USID files, held to what every reader promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np

import sidpy
from pyUSID.io.dimension import Dimension, DimType
from pyUSID.io.files import write_usid
from pyUSID.io.writing import write_main_dataset
from sidpy.testing import ReaderConformance

if TYPE_CHECKING:
    from pathlib import Path


def spectral_image() -> sidpy.Dataset:
    """Return a small complex dataset with axes y, x and bias."""
    data = np.arange(24.0).reshape(2, 3, 4) * (1 + 0.5j)
    dataset = sidpy.Dataset.from_array(data, title="cits", units="nA", quantity="Current")
    for axis, (name, kind) in enumerate(
        (("y", "SPATIAL"), ("x", "SPATIAL"), ("bias", "SPECTRAL"))
    ):
        values = 0.1 * np.arange(data.shape[axis])
        dataset.set_dimension(axis, sidpy.Dimension(values, name, name, "nm", kind))
    dataset.metadata = {"tip": {"material": "PtIr", "bias": 0.5}}
    return dataset


class TestUSID(ReaderConformance):
    """Files of our writer, and a sparse scan."""

    spec_name = "usid"
    flips = 24
    claims = 12
    # a worker of dask.distributed is another process, and starting one takes seconds
    test_computes_on_a_distributed_worker = None

    def samples(self, folder: Path) -> list[Path]:
        """Write the files into a folder."""
        write_usid({"Channel_000": spectral_image()}, folder / "cits.h5")
        x, y = (Dimension(name, "nm", [0.5, 3.25, 1.75], mode=DimType.INCOMPLETE) for name in "XY")
        with h5py.File(folder / "sparse.h5", "w") as file:
            bias = Dimension("Bias", "V", [-1, 1])
            write_main_dataset(file, np.ones((3, 2)), "Raw", "Current", "nA", [x, y], bias)
        return [folder / "cits.h5", folder / "sparse.h5"]
