"""Slopes, gaps, barriers and capacitances of currents beside what the noise allows.

Errors of conductances under a capacitive current hold on average over functions that are as
smooth as their prior; those drawn here are smoother.

python benchmarks/accuracy/tunnelling.py
"""

import numpy as np
from _rows import Rows
from scipy.signal import savgol_filter

import sidpy
from pycroscopy.fit import (
    Diode,
    Emission,
    TunnelDecay,
    fit_barrier_height,
    fit_current,
    separate_capacitive_current,
)
from pycroscopy.spectroscopy import (
    BandEdges,
    BandTails,
    DynesGap,
    conductance,
    fit_band_gap,
    fit_superconducting_gap,
    normalized_conductance,
)

SCAN = (20, 30)


def curves(values, noise, x, units=("V", "nA"), seed=0):
    """Return noisy copies of a curve as a dataset."""
    made = values + noise * np.random.default_rng(seed).standard_normal((*SCAN, len(x)))
    data = sidpy.Dataset.from_array(made, units=units[1])
    data.set_dimension(2, sidpy.Dimension(x, "x", "x", units[0], "spectral"))
    return data


def bound(slopes, noise):
    """Return the least standard deviations from derivatives, shape (parameters, points)."""
    size = np.abs(slopes).max(axis=1, keepdims=True)
    return noise * np.sqrt(np.diag(np.linalg.inv(slopes / size @ (slopes / size).T))) / size[:, 0]


def parameters(rows, name, found, truth, limit, free=slice(None)):
    """Add rows: rms relative to the bound, bias relative to it, and cover, of the worst."""
    off = (np.asarray(found.parameters) - truth)[..., free]
    errors = np.asarray(found.errors)[..., free]
    rms = np.sqrt(np.nanmean(off**2, axis=(0, 1))) / limit
    # the rms of 600 has a sampling error of three percent, their mean of four
    rows.most(f"{name}, rms / bound", ours=rms.max(), limit=1, reference=1.1)
    bias = np.abs(np.nanmean(off, axis=(0, 1)) / limit).max()
    rows.most("  bias / bound", ours=bias, limit=0, reference=0.15)
    rows.between("  within its error (%)", ours=100 * np.mean(np.abs(off) < errors),
                 low=66, high=71)  # fmt: skip


def slopes(rows):
    """Add rows: slopes of currents, and normalized ones."""
    x = np.linspace(-1, 1, 201)
    curve, slope = np.sinh(2 * x), 2 * np.cosh(2 * x)
    data = curves(curve, 0.01, x)
    found = conductance(data, window=0.1)
    off = np.asarray(found.values) - slope
    within = 100 * np.mean(np.abs(off) < np.asarray(found.errors))
    rows.between("slopes, polynomials, within their error (%)", ours=within, low=66, high=70)
    filtered = savgol_filter(np.asarray(data), 11, 2, deriv=1, delta=x[1] - x[0], axis=-1)
    other = np.sqrt(np.mean((filtered - slope) ** 2))
    ours = np.sqrt(np.mean(off**2))
    rows.most("  rms, beside scipy's filter", ours=ours, reference=1.02 * other)
    spline = conductance(data, method="spline")
    off = np.asarray(spline.values) - slope
    rows.most("  rms, splines", ours=np.sqrt(np.mean(off**2)), reference=0.5 * ours)
    truth = np.asarray(
        normalized_conductance(curves(curve, 0.0, x), broadening=0.3, window=0.1).values
    )
    found = normalized_conductance(data, broadening=0.3, window=0.1)
    off = np.asarray(found.values) - truth
    within = 100 * np.nanmean(np.abs(off) < np.asarray(found.errors))
    rows.between("normalized slopes, within their error (%)", ours=within, low=66, high=70)


def gaps(rows):
    """Add rows: superconducting gaps and band gaps."""
    x = np.linspace(-6, 6, 121)
    for temperature, broadening in ((0.4, 0.05), (1.2, 0.08), (4.2, 0.2)):
        model, truth = DynesGap(volt=1e3), np.array([1.4, broadening, temperature, 2.0, 0.0])
        data = curves(model(truth, x), 0.03, x, ("mV", "nS"))
        found = fit_superconducting_gap(data, temperature=temperature)
        free = [0, 1, 3, 4]
        limit = bound(model.jacobian(truth[None], x)[0][free], 0.03)
        parameters(rows, f"superconductor at {temperature} K", found, truth, limit, free)
    x = np.linspace(-2, 2, 161)
    for name, model, truth, options in (
        ("lines", BandEdges(), [-0.71, 0.93, 2, 3, 0], {}),
        ("tails", BandTails(0.05), [-0.71, 0.93, 0.3, 0.25, 0], {"method": "log", "level": 0.05}),
    ):
        found = fit_band_gap(curves(model(truth, x), 0.05, x), **options)
        gap = np.asarray(found["gap"])
        slopes = model.jacobian(np.array(truth, float)[None], x)[0]
        covariance = np.linalg.inv(slopes @ slopes.T) * 0.05**2
        limit = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
        rms = np.sqrt(np.mean((gap - 1.64) ** 2)) / limit
        rows.most(f"band gap by {name}, rms / bound", ours=rms, limit=1, reference=1.1)
        within = np.abs(gap - 1.64) < np.asarray(found.errors["gap"])
        rows.between("  within its error (%)", ours=100 * within.mean(), low=64, high=73)


def laws(rows):
    """Add rows: laws of conduction and barriers."""
    x = np.linspace(-1, 1, 81)
    for name, model, numbers, places, share in (
        ("diode", Diode(), [-14.0, 0.06, 0.05], x, 0.01),
        ("fowler-nordheim", Emission("fowler-nordheim"), [3.0, -5.0], 4 + 2 * x, 0.01),
        ("poole-frenkel", Emission("poole-frenkel"), [-1.0, 2.0], 2 * x, 0.02),
    ):
        truth = np.array(numbers)
        curve = model(truth, places)
        noise = share * np.abs(curve).max()
        found = fit_current(curves(curve, noise, places), name)
        limit = bound(model.jacobian(truth[None], places)[0], noise)
        parameters(rows, name, found, truth, limit)
    z, truth = np.linspace(0, 0.5, 51), np.array([1.0, 4.2, 0.0])
    model = TunnelDecay()
    found = fit_barrier_height(curves(model(truth, z), 0.01, z, ("nm", "nA")))
    limit = bound(model.jacobian(truth[None], z)[0], 0.01)
    parameters(rows, "barrier height", found, truth, limit)


def capacitance(rows):
    """Add rows: conductances that are random smooth functions, and the capacitance."""
    time = np.arange(600) / 120
    wave = 4 * np.sin(2 * np.pi * time / 5)
    rate = 4 * 2 * np.pi / 5 * np.cos(2 * np.pi * time / 5)
    random = np.random.default_rng(5)
    knots = np.linspace(wave.min(), wave.max(), 48)
    phases = random.uniform(0, 2 * np.pi, (300, 3))

    def drawn(bias):
        return 0.6 + 0.1 * sum(np.sin((n + 1) * bias / 2 + phases[:, n, None]) for n in range(3))

    for noise in (0.01, 0.05):
        currents = drawn(wave) * wave + 0.8 * rate + 0.05
        currents = currents + noise * random.standard_normal(currents.shape)
        data = sidpy.Dataset.from_array(currents, units="nA")
        data.set_dimension(1, sidpy.Dimension(time, "t", "time", "s", "spectral"))
        found = separate_capacitive_current(data, wave, rate=rate, branches=False)
        off = np.abs(np.asarray(found.conductance["both"]) - drawn(knots))
        errors = np.asarray(found.conductance_error["both"])
        rows.between(f"conductance, noise {noise}, within its error (%)",
                     ours=100 * np.mean(off < errors), low=62, high=78)  # fmt: skip
        off = np.abs(np.asarray(found.capacitance) - 0.8)
        within = 100 * np.mean(off < np.asarray(found.capacitance_error))
        rows.between("  capacitance, within its error (%)", ours=within, low=62, high=74)


def main():
    rows = Rows("tunnelling")
    for add in (slopes, gaps, laws, capacitance):
        add(rows)
    rows.finish()


if __name__ == "__main__":
    main()
