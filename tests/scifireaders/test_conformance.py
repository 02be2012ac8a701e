"""Our own readers keep every promise that is asked of a third party's."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from SciFiReaders.plugin import sidpy_readers
from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from SciFiReaders.simulate.gsf import write_gsf
from SciFiReaders.simulate.gwy import field, write_gwy
from SciFiReaders.simulate.ibw import write_ibw
from SciFiReaders.simulate.sxm import write_sxm
from sidpy.testing import ReaderConformance
from sidpy.testing.elsewhere import computed_elsewhere

IMAGE = np.arange(48.0).reshape(6, 8)
CUBE = np.arange(120, dtype="u2").reshape(5, 4, 6)


class Promises(ReaderConformance):
    """The kit with fewer damaged copies: the readers' own tests do more where it matters."""

    flips = 24
    claims = 24
    # one process for all of them, below: starting one costs more than all the rest
    test_computes_in_another_process = None
    test_computes_on_a_distributed_worker = None


class TestGatanDM3(Promises):
    spec_name = "SciFiReaders.gatan_dm3"

    def samples(self, folder):
        axes = [DMAxis(0.1, units="nm")] * 2
        return [write_dm(folder / "image.dm3", DMImage(IMAGE, "lattice", axes), version=3)]


class TestGatanDM4(Promises):
    spec_name = "SciFiReaders.gatan_dm4"

    def samples(self, folder):
        axes = [DMAxis(0.5, 100, "eV"), DMAxis(0.1, units="nm"), DMAxis(0.1, units="nm")]
        return [
            write_dm(folder / "image.dm4", DMImage(IMAGE, "lattice", axes[1:])),
            write_dm(folder / "spectra.dm4", DMImage(CUBE, "spectra", axes), order=">"),
        ]


class TestGwyddion(Promises):
    spec_name = "SciFiReaders.gwyddion_gwy"

    def samples(self, folder):
        height = field(IMAGE, units=("m", "m"), xreal=1e-6, yreal=8e-7)
        items = {"/0/data": height, "/0/data/title": "height"}
        return [write_gwy(folder / "height.gwy", items)]


class TestGwyddionSimpleField(Promises):
    spec_name = "SciFiReaders.gwyddion_gsf"

    def samples(self, folder):
        return [write_gsf(folder / "height.gsf", IMAGE, XReal=1e-6, XYUnits="m", ZUnits="m")]


class TestIgor(Promises):
    spec_name = "SciFiReaders.igor_ibw"

    def samples(self, folder):
        return [
            write_ibw(folder / "image.ibw", IMAGE.astype("f4")),
            write_ibw(folder / "old.ibw", IMAGE[0], version=2, order=">"),
        ]


class TestNanonis(Promises):
    spec_name = "SciFiReaders.nanonis_sxm"

    def samples(self, folder):
        return [write_sxm(folder / "scan.sxm", [IMAGE, IMAGE[:, ::-1]])]


@pytest.fixture
def datasets(tmp_path):
    """Everything the samples of all readers hold, lazily."""
    found = []
    for kit in Promises.__subclasses__():
        folder = tmp_path / kit.__name__
        folder.mkdir()
        for path in kit().samples(folder):
            found += sidpy.read(path, kit.spec_name).values()
    return found


def test_all_of_them_compute_in_another_process(datasets, tmp_path):
    for there, dataset in zip(computed_elsewhere(datasets, tmp_path), datasets, strict=True):
        np.testing.assert_array_equal(there, dataset.compute())


@pytest.mark.distributed
@pytest.mark.filterwarnings("ignore")  # of a library that is not under test
def test_all_of_them_compute_on_a_worker(datasets, cluster):
    here = [dataset.compute(scheduler="synchronous") for dataset in datasets]
    there = [dataset.compute() for dataset in datasets]

    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_reader_is_held_to_it():
    """The packed experiments and DM5 follow once there is a simulator for them."""
    tested = {kit.spec_name for kit in Promises.__subclasses__()}
    later = {"SciFiReaders.igor_packed", "SciFiReaders.gatan_dm5"}

    assert {spec.name for spec in sidpy_readers()} - later == tested
