"""Force curves and springs beside what the noise allows.

python benchmarks/accuracy/forces.py
"""

import numpy as np
from _rows import Rows

import sidpy
from pycroscopy.fit import (
    AdhesiveContact,
    ForceCurve,
    ThermalResonance,
    calibrate_thermally,
    fit_adhesion,
    fit_force_curves,
    measure_force_curves,
)
from pycroscopy.simulate import force_volume

SCAN, NOISE = (15, 20), 3e-11


def curves(values, x, units=("m", "N")):
    """Return curves as a dataset."""
    data = sidpy.Dataset.from_array(values, units=units[1])
    data.set_dimension(2, sidpy.Dimension(x, "x", "x", units[0], "spectral"))
    return data


def bound(slopes, noise):
    """Return the least standard deviations from derivatives, shape (parameters, points)."""
    size = np.abs(slopes).max(axis=1, keepdims=True)
    return noise * np.sqrt(np.diag(np.linalg.inv(slopes / size @ (slopes / size).T))) / size[:, 0]


def judged(rows, name, found, truth, limit):
    """Add rows: rms and bias relative to the bound, and cover, of the worst parameter."""
    off = np.asarray(found.parameters) - truth
    rms = np.sqrt(np.mean(off**2, axis=(0, 1))) / limit
    # the rms of 300 has a sampling error of four percent, their mean of six
    rows.most(f"{name}, rms / bound", ours=rms.max(), limit=1, reference=1.15)
    bias = np.abs(off.mean(axis=(0, 1)) / limit).max()
    rows.most("  bias / bound", ours=bias, limit=0, reference=0.2)
    within = 100 * np.mean(np.abs(off) < np.asarray(found.errors))
    rows.between("  within its error (%)", ours=within, low=65, high=72)


def contacts(rows):
    """Add rows: spheres without and with adhesion, on levers of any stiffness."""
    random = np.random.default_rng(0)
    way = np.linspace(-60e-9, 40e-9, 201)
    for spring in (None, 0.2):
        options = {"radius": 20e-9, "spring_constant": spring}
        model = ForceCurve("sphere", 4 / 3 * 20e-9**0.5 / 0.75, spring or np.inf)
        truth = np.array([3.3e-9, 3e6, 1e-10, 1e-4])
        data = model(truth, way) + NOISE * random.standard_normal((*SCAN, len(way)))
        found = fit_force_curves(curves(data, way), **options)
        limit = bound(model.jacobian(truth[None], way)[0], NOISE)
        judged(rows, f"Hertz, lever {spring or 'stiff'}", found, truth, limit)
    truth = np.array([1e-9, 5e6, 0.03, 1e-10, 1e-3])
    for theory in ("dmt", "jkr"):
        for spring in (None, 0.1):
            model = AdhesiveContact(theory, 50e-9, 0.5, spring or np.inf)
            jump = truth[0] + model.pull_off(truth[1], truth[2])[0]
            way = np.linspace(2 * jump - 60e-9, 40e-9, 301)
            data = model(truth, way) + NOISE * random.standard_normal((*SCAN, len(way)))
            found = fit_adhesion(
                curves(data, way), theory=theory, radius=50e-9, spring_constant=spring
            )
            used = np.abs(way - jump) > 3 * (way[1] - way[0])
            limit = bound(model.jacobian(truth[None], way)[0][:, used], NOISE)
            judged(rows, f"{theory.upper()}, lever {spring or 'stiff'}", found, truth, limit)


def numbers(rows):
    """Add rows: numbers without a model, relative to those of curves without noise."""
    options = {"spread": 0.0, "drift": 0.0}
    made, exact = force_volume((20, 25), **options), force_volume((1, 1), noise=0.0, **options)
    exact = force_volume((20, 25), noise=0.0, **options)
    found = measure_force_curves(made.approach, made.retraction).persist()
    truth = measure_force_curves(exact.approach, exact.retraction).persist()
    for name in ("adhesion_force", "snap_in_force", "maximum_force", "stiffness", "dissipation"):
        off = np.abs(np.asarray(found[name]) - np.asarray(truth[name]))
        within = 100 * np.mean(off < np.asarray(found.errors[name]))
        rows.between(f"{name.replace('_', ' ')}, within its error (%)", ours=within,
                     low=63, high=73.5)  # fmt: skip


def springs(rows):
    """Add rows: thermal calibration from single and from averaged periodograms."""
    frequency, truth = np.linspace(2e4, 8e4, 600), np.array([4e-21, 5e4, 30.0, 1e-26])
    model = ThermalResonance()
    density = model(truth, frequency)
    random = np.random.default_rng(1)
    for averages in (4, 50):
        drawn = density * random.gamma(averages, 1 / averages, (20, 50, len(frequency)))
        data = curves(drawn, frequency, ("Hz", "m**2/Hz"))
        found = calibrate_thermally(data, averages=averages)
        slopes = model.jacobian(truth[None], frequency)[0] / density
        limit = bound(slopes, averages**-0.5)[0] / truth[0]
        spring = np.asarray(found["spring_constant"]) / (0.971 * 1.380649e-23 * 295 / truth[0])
        name = f"thermal spring, {averages} averages, rms / bound"
        rms = np.sqrt(np.mean((spring - 1) ** 2)) / limit
        rows.most(name, ours=rms, limit=1, reference=1.1)
        errors = np.asarray(found.errors["spring_constant"]) / np.asarray(found["spring_constant"])
        within = 100 * np.mean(np.abs(spring - 1) < errors * spring)
        rows.between("  within its error (%)", ours=within, low=65, high=71)


def main():
    rows = Rows("forces")
    for add in (contacts, numbers, springs):
        add(rows)
    rows.finish()


if __name__ == "__main__":
    main()
