"""Resonances, projections and loops beside what the noise allows.

python benchmarks/accuracy/band_excitation.py
"""

import numpy as np
from _rows import Rows

from pycroscopy.fit import HysteresisLoop, fit_loops, fit_resonance, project_loops
from pycroscopy.simulate import band_excitation_scan, loop_scan
from sidpy.proc.models import SHO


def limits(slopes, noise):
    """Return the least standard deviations from the derivatives, shape (parameters, points)."""
    slopes = (
        np.concatenate([slopes.real, slopes.imag], axis=1) if slopes.dtype == complex else slopes
    )
    return noise * np.sqrt(np.diag(np.linalg.inv(slopes @ slopes.T)))


def resonances(rows):
    """Add rows: rms of all parameters relative to the bound, and outliers at low signal.

    An outlier is eight times the bound off; that of the quality factor, whose tail is long, is
    judged by its inverse, the width of the resonance.
    """
    for ratio in (3, 10, 30, 100):
        made = band_excitation_scan((40, 100), spread=0.0, noise=100 / ratio, seed=ratio)
        found = fit_resonance(made.data)
        values, errors = np.asarray(found.parameters), np.asarray(found.errors)
        truth = np.array([made.truth[name][0, 0] for name in SHO.parameters])
        slopes = SHO().jacobian(truth[None], made.data.frequency.values)[0]
        off = (values - truth) / limits(slopes, made.noise)
        covered = 100 * np.mean(np.abs(values - truth) < errors)
        if ratio == 3:
            spread = 1.4826 * np.median(np.abs(off), axis=(0, 1)).max()
            rows.most("oscillator, signal 3, robust / bound", ours=spread, limit=1, reference=1.1)
            off[..., 2] *= truth[2] / values[..., 2]
            gross = int((np.abs(off) > 8).any(axis=-1).sum()) + found.n_failed
            rows.most("  gross outliers of 4000", ours=gross, limit=0, reference=0)
        else:
            spread = np.sqrt((off**2).mean(axis=(0, 1))).max()
            name = f"oscillator, signal {ratio}, rms / bound"
            rows.most(name, ours=spread, limit=1, reference=1.05)
        # errors are those of a linear problem, which three times the noise no longer is
        low = 64 if ratio == 3 else 66
        rows.between("  within its error (%)", ours=covered, low=low, high=70)


def projections(rows):
    """Add rows: height of a projected loop relative to the truth, the worst of all angles."""
    worst = 0.0
    for degrees in (0, 5.7, 17.2, 34.4, 57.3, 74.5, 85.9):
        made = loop_scan((1, 1), noise=0.0, angle=np.deg2rad(degrees))
        height = np.ptp(project_loops(made.data).loops.compute())
        true = np.ptp(loop_scan((1, 1), noise=0.0, angle=0.0).data.compute().real)
        worst = max(worst, abs(height / true - 1))
    rows.most("projection at any angle, height / truth - 1", ours=worst, limit=0, reference=1e-12)


def loops(rows):
    """Add rows: rms of coercive biases (V) and switchable part for three levels of noise."""
    known = {0.02: (0.109, 0.0145), 0.05: (0.277, 0.0353), 0.1: (0.66, 0.0710)}
    for noise, (reference, height) in known.items():
        made = loop_scan((20, 20), noise=noise, angle=0.4, spread=0.0, seed=1)
        projected = project_loops(made.data, reference=0.4).loops
        truth = np.array([made.truth[name][0, 0] for name in HysteresisLoop.parameters])
        slopes = HysteresisLoop().jacobian(truth[None], made.data.bias.values)[0]
        limit = limits(slopes, noise)
        nine = np.asarray(fit_loops(projected, model="nine").parameters) - truth
        spread = np.sqrt(np.nanmean(nine**2, axis=(0, 1)))
        for k, name in ((2, "left"), (3, "right")):
            rows.most(f"loop, nine, noise {noise}, {name} (V rms)", ours=spread[k],
                      limit=limit[k], reference=1.05 * max(reference, limit[k]))  # fmt: skip
        rows.most(f"loop, nine, noise {noise}, switchable (rms)", ours=spread[1],
                  limit=limit[1], reference=1.05 * max(height, limit[1]))  # fmt: skip
        joined = np.concatenate([slopes[:5], slopes[5:].sum(axis=0, keepdims=True)])
        limit = limits(joined, noise)
        six = np.asarray(fit_loops(projected, model="six").parameters) - truth
        spread = np.sqrt(np.nanmean(six**2, axis=(0, 1)))[2:4].max()
        rows.most(f"loop, six, noise {noise}, coercive (V rms)", ours=spread,
                  limit=limit[2:4].max(), reference=1.05 * limit[2:4].max())  # fmt: skip


def main():
    rows = Rows("band excitation")
    for add in (resonances, projections, loops):
        add(rows)
    rows.finish()


if __name__ == "__main__":
    main()
