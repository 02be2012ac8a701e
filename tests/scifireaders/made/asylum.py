"""Force maps of Asylum as its converter to HDF5 lays them out."""

from __future__ import annotations

import numpy as np

NOTE = {
    "FastScanSize": 4e-6,
    "SlowScanSize": 9e-6,
    "NumPtsPerSec": 1000,
    "MicroscopeModel": "MFP3D",
    "SpringConstant": 0.5,
    "InvOLS": 1e-7,
    "ImagingMode": "Force",
}


def write_map(path, curves, *, channels=("Raw", "Defl"), note=NOTE, images=None, lengths=None):
    """Write curves [x, y, channel, point]; `lengths` shortens some, by their place."""
    import h5py

    curves = np.asarray(curves, "f4")
    with h5py.File(path, "w") as file:
        file.attrs["Note"] = "\n".join(f"{key}: {value}" for key, value in note.items())
        group = file.create_group("ForceMap/0")
        group.attrs["Channels"] = np.array(channels, dtype=h5py.string_dtype())
        group.attrs["Segments"] = np.array(["Ext", "Ret"], dtype=h5py.string_dtype())
        points = curves.shape[3]
        ends = np.empty((*curves.shape[:2], 2), "i4")
        for i, j in np.ndindex(*curves.shape[:2]):
            count = (lengths or {}).get((i, j), points)
            ends[i, j] = points // 2, count - 1
            group[f"{i}:{j}"] = curves[i, j, :, :count]
        group["Segments"] = ends
        for name, image in (images or {}).items():
            file[f"Image/{name}"] = np.asarray(image, "f4")
    return path


CURVES = np.arange(2 * 3 * 2 * 5).reshape(2, 3, 2, 5)


def _write(folder):
    images = {"Height": np.arange(6).reshape(2, 3)}
    return [write_map(folder / "map.h5", CURVES, images=images, lengths={(1, 2): 3})]


MADE = {"SciFiReaders.asylum_h5": _write}
