"""Gatan files: an image with its preview, a spectrum image, a scan, a transform, colours."""

from __future__ import annotations

import h5py
import numpy as np

from SciFiReaders.simulate.dm4 import DMAxis, DMImage, write_dm
from SciFiReaders.simulate.specimen import lattice_image, spectrum_image

NM, EV = DMAxis(0.5, units="nm"), DMAxis(1.0, 472.0, "eV")
EELS = {"Meta Data": {"Format": "Spectrum image", "Signal": "EELS"}}
DIFFRACTION = {"Meta Data": {"Format": "Diffraction image", "Data Order Swapped": True}}


def _dm(folder, version, order):
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


def _dm5(folder):
    path = folder / "image.dm5"
    with h5py.File(path, "w") as file:
        data = file.create_group("ImageList/[0]/ImageData")
        data.attrs["DataType"] = 10
        data["Data"] = lattice_image((24, 40)).image
        sizes = data.create_group("Dimensions")
        sizes.attrs["[0]"], sizes.attrs["[1]"] = np.uint32(40), np.uint32(24)
        file.create_group("DocumentObjectList")
    return [path]


MADE = {
    "SciFiReaders.gatan_dm3": lambda folder: _dm(folder, 3, ">"),
    "SciFiReaders.gatan_dm4": lambda folder: _dm(folder, 4, "<"),
    "SciFiReaders.gatan_dm5": _dm5,
}
