"""Nanonis scans, grids and curves."""

from __future__ import annotations

import numpy as np

from SciFiReaders.simulate.sxm import write_sxm

IMAGE = np.arange(35.0).reshape(5, 7)
PARAMETERS = ("X (m)", "Y (m)", "Z (m)")


def write_3ds(path, spectra, parameters=None, *, channels=("Current (A)",), **header):
    """Write a grid of spectra [channel, row, column, point].

    ``parameters`` are [row, column, parameter]: the ends of the sweep, then `PARAMETERS`.
    ``header`` replaces keys; None leaves one out.
    """
    spectra = np.asarray(spectra, ">f4")
    _, rows, columns, points = spectra.shape
    if parameters is None:
        parameters = np.zeros((rows, columns, 2 + len(PARAMETERS)))
        parameters[..., :2] = -1, 1
        parameters[..., 2:] = np.arange(rows * columns * 3).reshape(rows, columns, 3)
    keys = {
        "Grid dim": f'"{columns} x {rows}"',
        "Grid settings": f"0E+0;0E+0;{columns * 2e-9:.6E};{rows * 1e-9:.6E};0E+0",
        "Sweep Signal": '"Bias (V)"',
        "Fixed parameters": '"Sweep Start;Sweep End"',
        "Experiment parameters": f'"{";".join(PARAMETERS)}"',
        "# Parameters (4 byte)": parameters.shape[-1],
        "Experiment size (bytes)": 4 * points * len(channels),
        "Points": points,
        "Channels": f'"{";".join(channels)}"',
        **header,
    }
    lines = [f"{key}={value}\r\n" for key, value in keys.items() if value is not None]
    pixels = np.concatenate([parameters, *spectra], axis=-1).astype(">f4")
    path.write_bytes("".join([*lines, ":HEADER_END:\r\n"]).encode() + pixels.tobytes())
    return path


def write_dat(path, names, rows, header=(("Experiment", "bias spectroscopy"),), end="\n"):
    """Write curves: the names of the columns and the rows, as text."""
    lines = [f"{key}\t{value}\t" for key, value in header] + ["", "[DATA]", "\t".join(names)]
    lines += ["\t".join(f"{value:.5E}" for value in row) for row in rows]
    path.write_bytes("".join(line + end for line in lines).encode("latin-1"))
    return path


def _grids(folder):
    spectra = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    return [
        write_3ds(folder / "grid.3ds", spectra, channels=("Current (A)", "Current [bwd] (A)")),
        write_3ds(folder / "line.3ds", spectra[:1, :1]),
    ]


def _curves(folder):
    rows = np.arange(21.0).reshape(7, 3)
    return [
        write_dat(
            folder / "sweep.dat", ["Bias calc (V)", "Current (A)", "Current [bwd] (A)"], rows
        )
    ]


MADE = {
    "SciFiReaders.nanonis_sxm": lambda folder: [
        write_sxm(folder / "scan.sxm", [IMAGE, IMAGE + 50], SCAN_DIR="up")
    ],
    "SciFiReaders.nanonis_3ds": _grids,
    "SciFiReaders.nanonis_dat": _curves,
}
