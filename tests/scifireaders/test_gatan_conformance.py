"""The Gatan readers keep the promises that every reader makes."""

from __future__ import annotations

import h5py
import numpy as np

from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from SciFiReaders.simulate.specimen import lattice_image, spectrum_image
from sidpy.testing import ReaderConformance

NM, EV = DMAxis(0.5, units="nm"), DMAxis(1.0, 472.0, "eV")
EELS = {"Meta Data": {"Format": "Spectrum image", "Signal": "EELS"}}
DIFFRACTION = {"Meta Data": {"Format": "Diffraction image", "Data Order Swapped": True}}


def _samples(folder, version, order):
    """An image with its preview, a spectrum image, a 4-D scan and a transform."""
    lattice = lattice_image((24, 40))
    spectra = np.moveaxis(spectrum_image((5, 7), channels=32).data, -1, 0)
    scan = np.random.default_rng(0).poisson(3, (3, 4, 6, 5)).astype("u2")
    half = np.ascontiguousarray(np.fft.rfft2(lattice.image), "c8").view("f4")
    preview = DMImage(np.zeros((4, 4, 4), "u1"), data_type=23)
    files = {
        "lattice": [preview, DMImage(lattice.image, "HAADF", [NM, NM])],
        "spectra": [DMImage(spectra, "EELS", [EV, NM, NM], tags=EELS)],
        "scan": [DMImage(scan, "4D-STEM", tags=DIFFRACTION)],
        "transform": [DMImage(half, "FFT", data_type=27, shape=lattice.image.shape)],
        "colours": [preview],
    }
    return [
        write_dm(folder / f"{name}.dm{version}", images, version=version, order=order)
        for name, images in files.items()
    ]


class TestDM3(ReaderConformance):
    spec_name = "SciFiReaders.gatan_dm3"
    flips = claims = 32

    # the reader and its arrays are those of DM4: other processes are tried there
    test_computes_in_another_process = None
    test_computes_on_a_distributed_worker = None

    def samples(self, folder):
        return _samples(folder, 3, ">")


class TestDM4(ReaderConformance):
    spec_name = "SciFiReaders.gatan_dm4"
    flips = claims = 32

    test_computes_on_a_distributed_worker = None  # test_conformance.py has one for all formats

    def samples(self, folder):
        return _samples(folder, 4, "<")


class TestDM5(ReaderConformance):
    spec_name = "SciFiReaders.gatan_dm5"
    flips = claims = 32

    test_computes_on_a_distributed_worker = None  # another process will do

    def samples(self, folder):
        path = folder / "image.dm5"
        with h5py.File(path, "w") as file:
            data = file.create_group("ImageList/[0]/ImageData")
            data.attrs["DataType"] = 10
            data["Data"] = lattice_image((24, 40)).image
            sizes = data.create_group("Dimensions")
            sizes.attrs["[0]"], sizes.attrs["[1]"] = np.uint32(40), np.uint32(24)
            file.create_group("DocumentObjectList")
        return [path]
