"""The reader of NeXus files, held to what every reader promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np

import sidpy
from sidpy.testing import ReaderConformance

if TYPE_CHECKING:
    from pathlib import Path


class TestNexus(ReaderConformance):
    """A file of ours, and one of another program."""

    spec_name = "nexus"
    flips = 12
    claims = 6
    # another process is what a worker of dask.distributed is
    test_computes_on_a_distributed_worker = None

    def samples(self, folder: Path) -> list[Path]:
        """Write the files into a folder."""
        dataset = sidpy.Dataset.from_array(np.arange(12.0).reshape(3, 4) * 1j, title="wave")
        dataset.set_dimension(0, sidpy.Dimension(3, "y", "Length", "nm", "spatial"))
        dataset.metadata = {"tip": {"material": "PtIr", "bias": (0.5, None)}}
        dataset.variance = np.ones((3, 4))
        dataset.save(folder / "ours.nxs", overwrite=True)
        with h5py.File(folder / "beamline.nxs", "w") as file:
            entry = file.create_group("entry")
            entry.attrs["NX_class"] = "NXentry"
            plot = entry.create_group("plot")
            plot.attrs.update({"NX_class": "NXdata", "signal": "counts", "axes": ["x", "."]})
            plot["counts"] = np.arange(6, dtype="i4").reshape(2, 3)
            plot["counts_errors"] = np.ones((2, 3))
            plot["x"] = [1.0, 2.0]
            plot["x"].attrs["units"] = "mm"
        return [folder / "ours.nxs", folder / "beamline.nxs"]
