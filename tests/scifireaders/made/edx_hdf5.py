"""X-ray maps in HDF5: Oxford's public layout, and what is known of EDAX's."""

from __future__ import annotations

import h5py
import numpy as np

ROWS, COLUMNS, CHANNELS = 2, 3, 5
SPECTRA = np.arange(ROWS * COLUMNS * CHANNELS, dtype="i4")


def h5oina(path, *, rows=ROWS, columns=COLUMNS):
    """A map with spectra, element maps, orientations, patterns and an electron image."""
    size = rows * columns
    with h5py.File(path, "w") as file:
        file["Format Version"], file["Index"] = ["7.0"], ["1"]
        for name in ("EDS", "EBSD", "Electron Image"):
            head = file.create_group(f"1/{name}/Header")
            for key, value in {
                "X Cells": columns,
                "Y Cells": rows,
                "X Step": 0.5,
                "Y Step": 0.25,
                "Beam Voltage": 20.0,
                "Stage Position/X": 12.0,
            }.items():
                head[key] = np.array([[value]])
            head["Specimen Label"] = ["Specimen 1"]
        data = file.create_group("1/EDS/Data")
        spectra = np.arange(size * CHANNELS, dtype="i4").reshape(size, CHANNELS)
        data.create_dataset("Spectrum", data=spectra, compression="lzf")
        data["Live Time"] = np.full((size, 1), 0.5, "f4")
        data["X"] = np.arange(size, dtype="f4")[:, None]
        data["Window Integral/Al Ka1"] = np.arange(size, dtype="f4")[:, None]
        file["1/EDS/Header/Channel Width"], file["1/EDS/Header/Start Channel"] = [10.0], [-200.0]
        data = file.create_group("1/EBSD/Data")
        data["Euler"] = np.arange(3 * size, dtype="f4").reshape(size, 3)
        data["Phase"] = np.ones((size, 1), "u1")
        data["Processed Patterns"] = np.arange(size * 20, dtype="u1").reshape(size, 4, 5)
        file["1/Electron Image/Data/SE/SE 1"] = np.arange(size, dtype="u2")[:, None]
    return path


def _h5oina(folder):
    grid, line = folder / "map.h5oina", folder / "line.h5oina"
    return [h5oina(grid), h5oina(line, rows=1)]


def edax(path):
    """A project with one map: spectra, image, survey image, a line of an element, a spectrum."""
    spectra = SPECTRA.astype("<i2").reshape(ROWS, COLUMNS, CHANNELS)
    scale = np.array([(0.5, 0.25)], [("MicronsPerPixelX", "f4"), ("MicronsPerPixelY", "f4")])
    fields = [("eVOffset", "f4"), ("evPch", "f4"), ("NumberOfPoints", "i4"), ("KV", "f4")]
    spectrum = np.zeros(1, [*fields, ("SpectrumCounts", "i4", (8,))])
    spectrum[0] = (-50, 5, CHANNELS, 15, np.arange(8))
    image = np.arange(ROWS * COLUMNS, dtype="u2").reshape(ROWS, COLUMNS)
    with h5py.File(path, "w") as file:
        file.create_group("Project").attrs["Company"] = COMPANY
        area = file.create_group("Project/Sample 1/Area 1")
        one = area.create_group("Live Map 1")
        kind = np.dtype(("<i2", (CHANNELS,)))
        stored = one.create_dataset("SPD", (ROWS, COLUMNS), kind, chunks=(1, COLUMNS))
        stored[...] = spectra
        for key, value in {
            "MicronPerPixelX": 0.5,
            "MicronPerPixelY": 0.25,
            "evPerChannel": 10.0,
            "StartEnergy": -100.0,
            "KVolt": 20.0,
        }.items():
            stored.attrs[key] = [value]
        one["SPC"] = spectrum
        for group, name in ((one, "MAPIMAGE"), (area, "FOVIMAGE")):
            group[name], group[f"{name}IPR"] = image, scale
        one["ROIs/Al K.dat"], one["ROIs/Al K.ipr"] = image, scale
    return path


COMPANY = "EDAX, LLC"


def _edax(folder):
    return [edax(folder / "project.h5")]


MADE = {"SciFiReaders.oxford_h5oina": _h5oina, "SciFiReaders.edax_h5": _edax}
