"""Every scanning probe reader keeps the promises that any plugin's reader is held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from SciFiReaders.simulate.gsf import write_gsf
from SciFiReaders.simulate.gwy import field, write_gwy
from SciFiReaders.simulate.ibw import ibw_bytes, packed_bytes, write_ibw
from SciFiReaders.simulate.sxm import write_sxm
from sidpy.testing import ReaderConformance

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = np.arange(35.0).reshape(5, 7)


class TestIgorWaves(ReaderConformance):
    spec_name = "SciFiReaders.igor_ibw"
    flips = claims = 24
    # test_conformance.py has a worker of dask.distributed for all formats
    test_computes_on_a_distributed_worker = None

    def samples(self, folder: Path) -> list[Path]:
        return [
            write_ibw(folder / "image.ibw", IMAGE, units="A", dimension_units=["m", "m"]),
            write_ibw(folder / "old.ibw", IMAGE[0], version=2, order=">", note="gain: 2"),
        ]


class TestIgorExperiments(ReaderConformance):
    spec_name = "SciFiReaders.igor_packed"
    flips = claims = 24
    # the waves in it are those above; starting processes for them again takes seconds
    test_computes_in_another_process = None
    test_computes_on_a_distributed_worker = None

    def samples(self, folder: Path) -> list[Path]:
        path = folder / "experiment.pxp"
        path.write_bytes(packed_bytes([(1, b"variables"), (3, ibw_bytes(IMAGE)), (5, b"code")]))
        return [path]


class TestNanonisScans(ReaderConformance):
    spec_name = "SciFiReaders.nanonis_sxm"
    flips = claims = 24
    # as above
    test_computes_on_a_distributed_worker = None

    def samples(self, folder: Path) -> list[Path]:
        return [write_sxm(folder / "scan.sxm", [IMAGE, IMAGE + 50], SCAN_DIR="up")]


class TestGwyddionFiles(ReaderConformance):
    spec_name = "SciFiReaders.gwyddion_gwy"
    flips = claims = 24
    # its numbers come from the same source as those above
    test_computes_in_another_process = None
    test_computes_on_a_distributed_worker = None

    def samples(self, folder: Path) -> list[Path]:
        items = {"/0/data": field(IMAGE, units=("m", "V"), xreal=1e-6, yreal=2e-6)}
        return [
            write_gwy(folder / "new.gwy", {**items, "/0/data/title": "Height"}),
            write_gwy(folder / "old.gwy", items, old=True),
        ]


class TestGwyddionSimpleFields(ReaderConformance):
    spec_name = "SciFiReaders.gwyddion_gsf"
    flips = claims = 24
    # its numbers come from the same source as those above
    test_computes_in_another_process = None
    test_computes_on_a_distributed_worker = None

    def samples(self, folder: Path) -> list[Path]:
        return [write_gsf(folder / "field.gsf", IMAGE, XReal=1e-6, XYUnits="m", Title="Height")]
