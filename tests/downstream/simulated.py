"""USID files as the applications' own translators leave them, with physics that is known.

Written with h5py alone, so that the released packages and ours open the same bytes. Dimensions
are stored slowest first, as pyUSID does since 2020; every number comes from a seeded generator.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

#: How the raw data of each kind of measurement is reached in its file.
RAW = "Measurement_000/Channel_000/Raw_Data"
AVERAGED = "FF_Group/FF_Avg"

Axis = tuple[str, str, Sequence[float]]


@dataclass(frozen=True)
class Main:
    """A main dataset before it is written; axes are (name, unit, values), slowest first."""

    data: np.ndarray
    quantity: str
    units: str
    positions: Sequence[Axis]
    spectra: Sequence[Axis]
    attributes: Mapping[str, object] = field(default_factory=dict)


def write(file: h5py.File, name: str, main: Main) -> h5py.Dataset:
    """Write a main dataset and its four ancillaries beside it."""
    dataset = file.create_dataset(name, data=main.data)
    dataset.attrs.update({"quantity": main.quantity, "units": main.units, **main.attributes})
    for side, axes in (("Position", main.positions), ("Spectroscopic", main.spectra)):
        grid = np.indices([len(values) for _, _, values in axes]).reshape(len(axes), -1)
        values = np.array(
            [np.asarray(axis[2])[row] for axis, row in zip(axes, grid, strict=True)]
        ).reshape(grid.shape)
        for kind, rows in (("Indices", grid.astype("u4")), ("Values", values.astype("f4"))):
            table = rows.T if side == "Position" else rows
            ancillary = dataset.parent.create_dataset(f"{side}_{kind}", data=table)
            ancillary.attrs["labels"] = np.array([axis[0] for axis in axes], "S")
            ancillary.attrs["units"] = np.array([axis[1] for axis in axes], "S")
            dataset.attrs[ancillary.name.rpartition("/")[2]] = ancillary.ref
    return dataset


def grid(rows: int, columns: int) -> list[Axis]:
    """Return the axes of a raster, in micrometres."""
    return [("Y", "um", np.arange(rows) * 0.5), ("X", "um", np.arange(columns) * 0.5)]


def oscillator(amplitude, resonance, quality, phase, frequency):
    """Return the response of a simple harmonic oscillator, as band excitation defines it."""
    return (
        amplitude * np.exp(1j * phase) * resonance**2
        / (frequency**2 - 1j * frequency * resonance / quality - resonance**2)
    )  # fmt: skip


def noisy(clean: np.ndarray, ratio: float, seed: int) -> np.ndarray:
    """Add Gaussian noise, ``ratio`` times weaker than the largest magnitude."""
    draw = np.random.default_rng(seed).standard_normal
    noise = draw(clean.shape) + (1j * draw(clean.shape) if np.iscomplexobj(clean) else 0)
    return clean + noise * np.abs(clean).max() / ratio


# Band excitation.

#: 119 bins from 290 to 350 kHz, of a band around the contact resonance.
BINS = np.linspace(290e3, 350e3, 119)


def resonances(count: int) -> dict[str, np.ndarray]:
    """Return the true parameters of ``count`` oscillators."""
    draw = np.random.default_rng(11).uniform
    return {
        "Amplitude [V]": draw(0.5e-3, 2e-3, count),
        "Frequency [Hz]": draw(310e3, 330e3, count),
        "Quality Factor": draw(80, 150, count),
        "Phase [rad]": draw(-1, 1, count),
    }


def write_be_line(path: Path, rows: int = 3, columns: int = 4) -> dict[str, np.ndarray]:
    """Write band excitation at one voltage; return the true parameters of each position."""
    true = resonances(rows * columns)
    response = oscillator(*(values[:, None] for values in true.values()), BINS)
    main = Main(noisy(response, 100, 1).astype("c8"), "Deflection", "V", grid(rows, columns),
                [("Frequency", "Hz", BINS)])  # fmt: skip
    with h5py.File(path, "w") as file:
        file.attrs["data_type"] = "BELineData"
        write(file, RAW, main)
        file["Measurement_000"].attrs["data_type"] = "BELineData"
    return true


def hysteresis(bias: np.ndarray, coercive: np.ndarray, offset: float = 0.1) -> np.ndarray:
    """Return loops, one row per coercive voltage, of a bias that starts and ends at 0 V."""
    rising = np.gradient(bias) > 0
    branch = np.where(rising, 1.0, -1.0) * coercive[:, None]
    return np.tanh((bias - branch) * 0.8) + offset


def write_beps(path: Path, rows: int = 3, columns: int = 4, steps: int = 32) -> np.ndarray:
    """Write two cycles of switching spectroscopy; return the true coercive voltages.

    The resonance answers with the sign of the polarization as its phase, 0 or pi.
    """
    coercive = np.linspace(2.0, 4.0, rows * columns)
    turns = (np.arange(steps) + 0.5) / steps
    bias = 8 * np.arcsin(np.sin(2 * np.pi * turns)) * 2 / np.pi
    bins = BINS[::3]
    polarization = np.tile(hysteresis(bias, coercive), 2)  # (positions, cycles * steps)
    resonance = 320e3 + np.linspace(-4e3, 4e3, rows * columns)
    response = oscillator(
        1e-3 * np.abs(polarization)[..., None] + 1e-5, resonance[:, None, None], 120.0,
        np.where(polarization > 0, 0.1, 0.1 + np.pi)[..., None], bins,
    )  # fmt: skip
    axes = [("Cycle", "", np.arange(2)), ("DC_Offset", "V", bias), ("Frequency", "Hz", bins)]
    data = noisy(response, 200, 2).reshape(rows * columns, -1).astype("c8")
    parameters = {"data_type": "BEPSData", "VS_mode": "DC modulation mode",
                  "VS_cycle_fraction": "full"}  # fmt: skip
    with h5py.File(path, "w") as file:
        file.attrs["data_type"] = "BEPSData"
        write(file, RAW, Main(data, "Deflection", "V", grid(rows, columns), axes))
        file["Measurement_000"].attrs.update(parameters)
    return coercive


# General mode.

#: Of the general mode files: samples per position and their rate in Hz.
SAMPLES, RATE = 1024, 1e5


def write_gmode(path: Path, lines: int = 12) -> np.ndarray:
    """Write lines of a 5 kHz oscillation with its harmonic in noise; return them without noise."""
    time = np.arange(SAMPLES) / RATE
    amplitude = np.linspace(1, 2, lines)[:, None]
    # an integer number of periods, so that filters in frequency space keep all of it
    tone = 51 * RATE / SAMPLES
    clean = amplitude * (
        np.sin(2 * np.pi * tone * time) + 0.3 * np.sin(4 * np.pi * tone * time + 0.4)
    )
    with h5py.File(path, "w") as file:
        file.attrs["data_type"] = "GmodeLine"
        main = Main(noisy(clean, 10, 3).astype("f4"), "Deflection", "V",
                    [("Y", "um", np.arange(lines) * 0.5)], [("Time", "s", time)])  # fmt: skip
        write(file, RAW, main)
        file["Measurement_000"].attrs["grp_name"] = "General mode"
    return clean


#: Of the current-voltage file: points per period and the drive in Hz.
PERIOD, DRIVE = 256, 200.0
#: What the simulated circuit has: ohmic parts in GOhm, a capacitance in nF.
RESISTANCES = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 3.5])
CAPACITANCE = 2e-4


def write_current_voltage(path: Path, bias_amplitude: float = 6.0) -> np.ndarray:
    """Write one period of current at six positions; return the currents without capacitance."""
    phase = 2 * np.pi * np.arange(PERIOD) / PERIOD
    bias = bias_amplitude * np.sin(phase)
    slope = bias_amplitude * 2 * np.pi * DRIVE * np.cos(phase)
    ohmic = bias / RESISTANCES[:, None]
    current = noisy(ohmic + CAPACITANCE * slope, 300, 4)
    positions = grid(2, 3)
    with h5py.File(path, "w") as file:
        file.attrs["data_type"] = "GIV"
        main = Main(current.astype("f4"), "Current", "nA", positions, [("Bias", "V", bias)])
        write(file, RAW, main)
    return ohmic


# Fast free transients.

#: Of the transient file: points per signal, rate and drive in Hz, the moment of the pulse in s.
POINTS, SAMPLING, CANTILEVER, TRIGGER = 16000, 1e7, 277e3, 5e-4


def deflection(time: np.ndarray, constant: float | np.ndarray) -> np.ndarray:
    """Return the oscillation of a cantilever that a pulse detunes by some of 400 Hz."""
    after = np.maximum(time - TRIGGER, 0)
    shift = -400 * (1 - np.exp(-after / constant)) * np.exp(-after / 3e-4)
    return np.sin(2 * np.pi * np.cumsum(CANTILEVER + shift, axis=-1) / SAMPLING)


def write_transients(path: Path, rows: int = 3, columns: int = 4) -> np.ndarray:
    """Write a driven cantilever that is detuned by a pulse; return the time constants in s.

    After the trigger the frequency sinks by 400 Hz with the time constant of the sample and
    recovers as the cantilever rings down.
    """
    constants = np.linspace(10e-6, 120e-6, rows * columns)
    time = np.arange(POINTS) / SAMPLING
    clean = deflection(time, constants[:, None])
    parameters = {
        "trigger": TRIGGER, "total_time": POINTS / SAMPLING, "sampling_rate": SAMPLING,
        "drive_freq": CANTILEVER, "roi": 3e-4, "window": "blackman", "bandpass_filter": 1,
        "filter_bandwidth": 20000.0, "n_taps": 499, "wavelet_analysis": 0, "recombination": 0,
        "num_rows": rows, "num_cols": columns, "pnts_per_avg": POINTS, "pnts_per_pixel": 1,
        "pnts_per_line": columns, "FastScanSize": 8e-6, "SlowScanSize": 6e-6,
    }  # fmt: skip
    axes = [("Y", "m", np.linspace(0, 6e-6, rows)), ("X", "m", np.linspace(0, 8e-6, columns))]
    main = Main(noisy(clean, 1000, 5).astype("f4"), "Deflection", "V", axes,
                [("Time", "s", time)], parameters)  # fmt: skip
    with h5py.File(path, "w") as file:
        write(file, AVERAGED, main)
        file["FF_Group"].attrs.update(parameters)
    return constants


#: The parameters of the cantilever and of the force that FFTA's own tests ask for.
SIMULATION = """\
[Cantilever Parameters]
amp_invols = 7.5e-08 ; m/V
def_invols = 6.88e-08 ; m/V
soft_amp = 0.3 ; V
drive_freq = 277261 ; Hz
res_freq = 277261 ; Hz
k = 26.2 ; N/m
q_factor = 432

[Force Parameters]
es_force = 3e-09 ; N
ac_force = 6e-09 ; N
delta_freq = -277.53 ; Hz
tau = 1e-05 ; s

[Simulation Parameters]
trigger = 4e-4 ; s
total_time = 16e-4 ; s
sampling_rate = 1e7 ; Hz
"""


def write_what_ffta_tests_read(folder: Path) -> None:
    """Write the signal and the parameters that FFTA's tests read and its archives lack."""
    (folder / "signaldata").mkdir(exist_ok=True)
    time = np.arange(50_000) / SAMPLING
    np.save(folder / "signaldata" / "Deflection.npy", noisy(deflection(time, 1e-4), 1000, 6))
    (folder / "example_sim_params.cfg").write_text(SIMULATION)


if __name__ == "__main__":
    write_what_ffta_tests_read(Path(sys.argv[1]))
