"""X-rays beside what is exact, and what counting allows.

python benchmarks/accuracy/xray_emission.py

Needs xraylib.  Limits of intensities are those of Cramér and Rao at the truth, with a background
of three terms to be found as well.
"""

import dask
import numpy as np
from _rows import Rows

from pycroscopy.simulate import emission_image
from pycroscopy.spectroscopy import (
    Detector,
    calibrate,
    cliff_lorimer,
    fit_lines,
    fit_sum,
    window_intensities,
    zeta_factor_method,
)
from pycroscopy.spectroscopy.eds_model import channel_edges

ELEMENTS = ["O", "Si", "Ti", "Fe"]
SHARES = {"O": 0.45, "Si": 0.2, "Ti": 0.3, "Fe": 0.05}
SCAN = (60, 80)


def bounds(fit, made):
    """Return Cramér-Rao bounds of the intensities of the first spectrum."""
    energy = made.data._axes[2].values
    columns = fit.model.columns(channel_edges(energy))
    used = (energy >= fit.window[0]) & (energy < fit.window[1])
    truth = [made.intensities[name][0, 0] for name in fit.model.names]
    truth += [made.background[0, 0]] + [0.0] * fit.model.order
    design = columns[used]
    information = design.T @ (design / (design @ truth)[:, None])
    return np.sqrt(np.diag(np.linalg.inv(information)))


def exact(rows):
    """Add rows: no noise, with absorption and without."""
    detector = Detector(135.0, escape=True)
    made = emission_image((4, 9), photons=None, detector=detector)
    found = fit_lines(made.data, ELEMENTS, detector=detector)
    total = np.asarray(made.data).sum(axis=2)
    off = max(
        np.abs((np.asarray(found[name]) - truth) / total).max()
        for name, truth in made.intensities.items()
    )
    rows.most("intensities without noise (of all counts)", ours=off, limit=0, reference=1e-12)
    film = {"take_off_angle": 20.0, "thickness": np.linspace(20, 400, 9)}
    made = emission_image((4, 9), photons=None, **film)
    zeta = {name: made.zeta[name] for name in ("O_K", "Si_K", "Ti_K", "Fe_K")}
    counts = {name: made.intensities[name] for name in zeta}
    found = zeta_factor_method(counts, zeta, made.electrons, take_off_angle=20.0)
    off = max(np.abs(np.asarray(found.weight[e]) - w).max() for e, w in made.weight.items())
    rows.most("zeta factors, absorbing film, no noise (wt%)", ours=off, limit=0, reference=1e-10)
    known = {"mass_thickness": made.mass_thickness, "take_off_angle": 20.0}
    found = cliff_lorimer(counts, zeta, **known)
    off = max(np.abs(np.asarray(found.atomic[e]) - a).max() for e, a in made.atomic.items())
    rows.most("Cliff-Lorimer, the same film, no noise (at%)", ours=off, limit=0, reference=1e-10)


def intensities(rows):
    """Add rows: bias, spread and intervals of families, from few counts to many."""
    for photons in (1e2, 1e3, 1e4):
        made = emission_image(SCAN, composition=SHARES, photons=photons, seed=5)
        found = fit_lines(made.data, ELEMENTS)
        values = dask.compute(found.to_datasets())[0]
        limits = dict(zip(found.model.names, bounds(found, made), strict=False))
        for name in ("O_K", "Ti_K", "Fe_K"):
            off = values[name] - made.intensities[name]
            label = f"{name}, {made.intensities[name][0, 0]:.3g} of {photons:.0e} counts"
            bias = abs(off.mean()) / np.mean(made.intensities[name])
            sure = 3 * limits[name] / np.sqrt(off.size) / np.mean(made.intensities[name])
            rows.most(f"{label}: bias (relative)", ours=bias, limit=0, reference=sure)
            rms = np.sqrt(np.mean(np.square(off))) / limits[name]
            rows.most("  rms over the bound", ours=rms, limit=1, reference=1.05)
            share = 100 * np.mean(np.abs(off) < values[f"{name}_errors"])
            if made.intensities[name][0, 0] > 10:
                rows.between("  truth within its error (%)", ours=share, low=66, high=70)


def particles(rows):
    """Add rows: a tenth of the image is of another kind than the rest."""
    inside = np.arange(SCAN[1]) < SCAN[1] // 10
    shares = {"O": 0.3, "Si": 0.5 * ~inside, "Fe": 0.7 * inside}
    made = emission_image(SCAN, composition=shares, photons=1e3, seed=8)
    found = fit_lines(made.data, ["O", "Si", "Fe"])
    values = dask.compute(found.to_datasets())[0]
    for name in ("Si_K", "Fe_K"):
        off = values[name] - made.intensities[name]
        held = np.abs(off) < values[f"{name}_errors"]
        for where, columns in (("particles", inside), ("matrix", ~inside)):
            expected = made.intensities[name][0, columns][0]
            bias = abs(off[:, columns].mean()) / off[:, columns].std()
            sure = 0.03 + 3 / np.sqrt(off[:, columns].size)
            label = f"{name} in {where}, {expected:.3g} of 1e3 counts: bias (sd)"
            rows.most(label, ours=bias, limit=0, reference=sure)
            share = 100 * held[:, columns].mean()
            wide = 300 * np.sqrt(0.68 * 0.32 / held[:, columns].size)
            rows.between("  truth within its error (%)", ours=share, low=66 - wide, high=70 + wide)


def windows(rows):
    """Add rows: what windows beside a line cost."""
    made = emission_image(SCAN, composition=SHARES, photons=1e4, seed=6)
    fit = fit_lines(made.data, ELEMENTS)
    limits = dict(zip(fit.model.names, bounds(fit, made), strict=False))
    found = window_intensities(made.data, ["Si_K", "Fe_K"]).persist()
    for name in found.intensities:
        off = np.asarray(found[name]) - made.intensities[name]
        share = 100 * np.mean(np.abs(off) < np.asarray(found.errors[name]))
        rows.most(f"{name} by windows: rms over the bound of a fit",
                  ours=off.std() / limits[name], limit=1, reference=2.5)  # fmt: skip
        rows.between("  truth within its error (%)", ours=share, low=65, high=71)


def composition(rows):
    """Add rows: shares of atoms and masses, and the thickness."""
    film = {"take_off_angle": 20.0, "thickness": 100.0}
    made = emission_image((80, 120), composition=SHARES, photons=1e4, seed=7, **film)
    masses = {name: made.mass_thickness[0, 0] * share for name, share in SHARES.items()}
    lines = fit_lines(made.data, ELEMENTS, masses=masses, take_off_angle=20.0)
    zeta = {name: made.zeta[name] for name in ("O_K", "Si_K", "Ti_K", "Fe_K")}
    found = zeta_factor_method(lines, zeta, made.electrons, take_off_angle=20.0)
    values = dask.compute(found.to_datasets())[0]
    for element in SHARES:
        off = values[f"{element}_atomic"] - made.atomic[element]
        rows.most(f"{element}, absorbing film, 1e4 counts: bias (at%)",
                  ours=abs(off.mean()), limit=0, reference=3 * off.std() / np.sqrt(off.size)
                  )  # fmt: skip
        share = 100 * np.mean(np.abs(off) < values[f"{element}_atomic_errors"])
        rows.between("  truth within its error (%)", ours=share, low=66, high=70)
    off = values["mass_thickness"] / made.mass_thickness - 1
    rows.most("mass thickness: bias (relative)", ours=abs(off.mean()), limit=0, reference=1e-3)
    share = np.abs(off) * made.mass_thickness < values["mass_thickness_errors"]
    rows.between("  truth within its error (%)", ours=100 * share.mean(), low=66, high=70)


def calibration(rows):
    """Add rows: an axis and a resolution that are found."""
    pulls = []
    for seed in range(60):
        made = emission_image((1, 1), composition=SHARES, photons=3e4, seed=seed, detector=137.0)
        found = fit_sum(calibrate(made.data, offset=10.0, scale=0.998), ELEMENTS)
        truth = {"offset": -10 / 0.998, "scale": 1 / 0.998, "resolution": 137.0}
        pulls.append([(found.calibration[name] - value) / found.calibration_errors[name]
                      for name, value in truth.items()])  # fmt: skip
    for name, pull in zip(truth, np.transpose(pulls), strict=True):
        error = found.calibration_errors[name]
        label = f"{name} of 3e4 counts, error {error:.2g}: spread over it"
        rows.between(label, ours=np.sqrt(np.mean(pull**2)), low=0.8, high=1.2)


def main():
    rows = Rows("X-rays")
    for add in (exact, intensities, particles, windows, composition, calibration):
        add(rows)
    rows.finish()


if __name__ == "__main__":
    main()
