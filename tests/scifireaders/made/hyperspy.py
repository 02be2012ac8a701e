"""Signals of HyperSpy: a map of spectra, colours; and a directory of zarr."""

from __future__ import annotations

import numpy as np

AXES = (
    {"name": "y", "units": "nm", "scale": 2.0, "offset": -1.0, "navigate": True},
    {"name": "x", "units": "nm", "scale": 0.5, "offset": 0.0, "navigate": True},
    {"name": "Energy loss", "units": "eV", "scale": 0.25, "offset": 500.0, "navigate": False},
)
CUBE = np.arange(60, dtype="f4").reshape(3, 4, 5)
METADATA = {
    "General": {"title": "edge"},
    "Signal": {"signal_type": "EELS", "quantity": "Electrons (Counts)"},
    "Acquisition_instrument/TEM": {"beam_energy": 200.0},
}


def fill(root, data=CUBE, axes=AXES, metadata=METADATA, name="edge"):
    """Fill a group of h5py or zarr."""
    group = root.create_group(f"Experiments/{name}")
    for i, axis in enumerate(axes):
        group.create_group(f"axis-{i}").attrs.update({**axis, "size": data.shape[i]})
    for place, notes in metadata.items():
        group.create_group(f"metadata/{place}").attrs.update(notes)
    return group


def write_hspy(path, *args, **signal):
    """Write a signal into a new HDF5 file."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["file_format"] = "HyperSpy"
        data = args[0] if args else CUBE
        fill(file, *args, **signal)["data"] = data
    return path


def _hspy(folder):
    colours = np.zeros((3, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    return [
        write_hspy(folder / "edge.hspy"),
        write_hspy(folder / "colours.hspy", colours, axes=AXES[:2], metadata={}),
    ]


def _zspy(folder):
    import zarr

    path = folder / "edge.zspy"
    root = zarr.open_group(str(path), mode="w", zarr_format=2)
    group = fill(root)
    group.create_array("data", data=CUBE)
    return [path]


MADE = {"SciFiReaders.hyperspy_hspy": _hspy, "SciFiReaders.hyperspy_zspy": _zspy}
