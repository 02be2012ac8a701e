"""Geometric phase analysis of a step of strain, without noise and with counting noise.

Set-up: 512 x 512 pixels, waves of 12 px, a logistic step of 2 % over a scale of 25 px; margins
of 64 px are left out; zero is set where the lattice is unstrained.
Reference: the same method, plain.
"""

import numpy as np
from _rows import Rows
from scipy.integrate import cumulative_trapezoid

from pycroscopy.image import atom_strain, phase_strain
from pycroscopy.image.point_tables import columns_of


def main():
    rows = Rows("strain")
    size, period = 512, 12.0
    down, across = np.mgrid[:size, :size].astype(float)
    step = 0.02 / (1 + np.exp(-(np.arange(size) - size / 2) / 25))
    moved = cumulative_trapezoid(step, initial=0)
    phases = 2 * np.pi * down / period, 2 * np.pi * (across - moved) / period
    image = 1 + 0.5 * (np.cos(phases[0]) + np.cos(phases[1]))
    inner = np.s_[64:-64, 64:-64]
    reference = np.zeros(image.shape, bool)
    reference[64:-64, 64:120] = True
    for counts, width, known in ((None, 8, 6.7e-5), (100, 16, 4.7e-4), (10, 24, 7.2e-4)):
        errors = []
        for seed in range(1 if counts is None else 5):
            random = np.random.default_rng(seed)
            seen = image if counts is None else random.poisson(counts * np.maximum(image, 0))
            found = phase_strain(np.asarray(seen, float), resolution=width, reference=reference)
            error = np.asarray(found.columns) - step
            errors.append((error - error[reference].mean())[inner])
        name = "no noise" if counts is None else f"{counts} counts a pixel"
        rms = 100 * np.sqrt(np.mean(np.square(errors)))
        rows.most(f"geometric phase, {name}, {width} px (rms strain, %)", ours=rms,
                  reference=100 * known)  # fmt: skip
        means = np.mean(errors, axis=(1, 2))
        if counts is None:
            rows.most("geometric phase, no noise: bias (%)", ours=100 * abs(means[0]),
                      reference=0.007)  # fmt: skip
            continue
        own = means.std(ddof=1) / np.sqrt(len(means))
        rows.most(f"geometric phase, {name}: bias over its own error",
                  ours=abs(means.mean()) / own, limit=0, reference=3.0)  # fmt: skip
    cells = np.stack(np.mgrid[:20, :20], -1).reshape(-1, 2) * 10.0 + 12
    gradient = np.array([[0.02, 0.005], [-0.011, -0.03]])
    table = atom_strain(cells + cells @ gradient.T, np.zeros((240, 240)), vectors=10 * np.eye(2))
    found = columns_of(table)
    error = np.abs(found["strain_rows"] - 0.02).max()
    rows.most("strain of atoms, no noise (largest error)", ours=error, limit=0, reference=1e-12)
    scaled = []
    for seed in range(8):
        noisy = cells + np.random.default_rng(seed).normal(0, 0.05, cells.shape)
        found = columns_of(atom_strain(noisy, np.zeros((240, 240)), vectors=10 * np.eye(2)))
        scaled += [*(found["strain_rows"] / found["strain_rows_error"])]
        scaled += [*(found["strain_columns"] / found["strain_columns_error"])]
    rows.between("strain of atoms: share within one deviation",
                 ours=np.mean(np.abs(scaled) < 1), low=0.66, high=0.70)  # fmt: skip
    rows.finish()


if __name__ == "__main__":
    main()
