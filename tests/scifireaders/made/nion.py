"""Data items of Nion Swift, in a zip and in HDF5."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import numpy as np

CUBE = np.arange(3 * 4 * 5, dtype="f4").reshape(3, 4, 5)
NM = {"offset": -4.0, "scale": 2.0, "units": "nm"}
EV = {"offset": 100.0, "scale": 0.5, "units": "eV"}
NOTES = {
    "title": "edge",
    "is_sequence": False,
    "collection_dimension_count": 2,
    "datum_dimension_count": 1,
    "dimensional_calibrations": [NM, {**NM, "scale": 0.25, "offset": 1.0}, EV],
    "intensity_calibration": {"offset": 0.0, "scale": 1.0, "units": "counts"},
    "metadata": {"instrument": {"high_tension": 60000.0}},
}


def write_ndata(path, data=CUBE, notes=NOTES, *, packed=False):
    """Write a zip as Nion Swift does, members stored."""
    stream = BytesIO()
    np.save(stream, data)
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("data.npy", stream.getvalue())
        archive.writestr("metadata.json", json.dumps(notes))
    return path


def write_nion_h5(path, data=CUBE, notes=NOTES):
    """Write the same in HDF5."""
    import h5py

    with h5py.File(path, "w") as file:
        file["data"] = data
        file["data"].attrs["properties"] = json.dumps(notes)
    return path


MADE = {
    "SciFiReaders.nion_ndata": lambda folder: [
        write_ndata(folder / "edge.ndata"),
        write_ndata(folder / "fortran.ndata", np.asfortranarray(CUBE)),
    ],
    "SciFiReaders.nion_h5": lambda folder: [write_nion_h5(folder / "edge.h5")],
}
