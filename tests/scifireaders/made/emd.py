"""Open EMD: an image, a simulation, a data cube."""

from __future__ import annotations

import numpy as np

from SciFiReaders.simulate.emd import write_emd

IMAGE = np.arange(20, dtype="i4").reshape(4, 5)
CUBE = np.arange(120, dtype="f4").reshape(2, 3, 4, 5)
PLANE = [("x", "n_m", [0.0, 0.5]), ("y", "n_m", [0.0, 0.25])]


def _ncem(folder):
    movie = [("time", "s", [0.0, 0.1]), ("ky", "n_m^-1", [0, 1]), ("kx", "n_m^-1", [0, 1])]
    return [
        write_emd(folder / "image.emd", {"data/image": (IMAGE, PLANE)}),
        write_emd(folder / "movie.de5", {"data/frames": (CUBE[0], movie)}),
    ]


def _prismatic(folder):
    place = "4DSTEM_simulation/data/realslices/detector_depth{:04}"
    arrays = {place.format(i): (IMAGE + i, PLANE) for i in range(2)}
    groups = {"4DSTEM_simulation/metadata": {"made": "up"}}
    return [write_emd(folder / "slices.emd", arrays, name="realslice", groups=groups)]


def _py4dstem(folder):
    axes = [("Rx", "nm", [0, 1]), ("Ry", "nm", [0, 1]), ("Qx", "A^-1", [0, 1])]
    axes.append(("Qy", "A^-1", [0, 1]))
    return [write_emd(folder / "cube.h5", {"root/cube": (CUBE, axes)}, version=1)]


MADE = {
    "SciFiReaders.emd_ncem": _ncem,
    "SciFiReaders.emd_prismatic": _prismatic,
    "SciFiReaders.py4dstem": _py4dstem,
}
