"""Column positions beside the Cramer-Rao bound: white noise and counts.

Set-up: Gaussian of 2.5 px off the middle of a pixel by (0.23, -0.31), background 0.2 (white)
or a tenth of the height (counts), window of 21 x 21, 4,900 columns.
Reference: 1.05 times the bound of the model with five parameters.
"""

import numpy as np
from _rows import Rows

from pycroscopy.image import refine_atoms

SIGMA, OFFSET, PITCH, SIDE = 2.5, np.array([0.23, -0.31]), 22, 70


def columns(height, background):
    """Return columns on a grid, so far apart that each has its window for itself."""
    start = np.stack(np.mgrid[:SIDE, :SIDE], -1).reshape(-1, 2) * float(PITCH) + PITCH // 2
    one = np.arange(PITCH) - PITCH // 2
    cell = np.exp(-0.5 * ((one[:, None] - OFFSET[0]) ** 2 + (one - OFFSET[1]) ** 2) / SIGMA**2)
    return start, np.tile(height * cell, (SIDE, SIDE)) + background


def bound(height, background, variance=None):
    """Return the bound on a position, rms over both axes; the variance of counts by default."""
    grid = np.arange(-10, 11)

    def model(p):
        square = (grid[:, None] - p[1]) ** 2 + (grid - p[2]) ** 2
        return (p[0] * np.exp(-0.5 * square / p[3] ** 2) + p[4]).ravel()

    truth = np.array([height, *OFFSET, SIGMA, background])
    steps = 1e-5 * np.eye(5) * np.maximum(np.abs(truth), 1)
    slopes = np.array([(model(truth + s) - model(truth - s)) / (2 * s.max()) for s in steps])
    weight = 1 / (model(truth) if variance is None else variance)
    covariance = np.linalg.inv((slopes * weight) @ slopes.T)
    return np.sqrt(np.diag(covariance)[1:3].mean())


def main():
    rows = Rows("atoms")
    random = np.random.default_rng(0)
    for noise in (0.05, 0.1, 0.3):
        start, image = columns(1.0, 0.2)
        seen = image + noise * random.standard_normal(image.shape)
        judge(rows, f"white noise {noise}", refine_atoms(seen, start, radius=10), start,
              bound(1.0, 0.2, noise**2))  # fmt: skip
    for counts in (100, 1000, 10000):
        height = counts / (2 * np.pi * SIGMA**2)
        start, image = columns(height, 0.1 * height)
        found = refine_atoms(random.poisson(image), start, radius=10, noise="poisson")
        judge(rows, f"{counts} counts", found, start, bound(height, 0.1 * height))
    rows.finish()


def judge(rows, name, found, start, limit):
    error = (found.positions - start - OFFSET)[found.good]
    rms = np.sqrt(np.mean(error**2))
    # 9,800 numbers: their rms is uncertain by 0.7 %
    rows.most(f"position, {name} (rms px)", ours=rms, limit=limit, reference=1.05 * limit)
    rows.most(f"position, {name}: bias over its own error",
              ours=np.abs(error.mean(axis=0)).max() / rms * np.sqrt(len(error)), limit=0,
              reference=3.5)  # fmt: skip
    share = np.mean(np.abs(error) < found.errors[found.good])
    rows.between(f"position, {name}: share within one deviation", ours=share, low=0.66, high=0.70)


if __name__ == "__main__":
    main()
