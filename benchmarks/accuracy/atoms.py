"""Column positions beside the Cramer-Rao bound, white noise and counts; how many are found.

Set-up: Gaussian of 2.5 px off the middle of a pixel by (0.23, -0.31), background 0.2 (white)
or a tenth of the height (counts), window of 21 x 21, 4,900 columns.
Reference: 1.05 times the bound of the model with five parameters.

Finding: columns 19.5 px apart in rows and columns with weaker ones between, noise of 0.3 of
the height, 5 % missing, 10 % half as high again; those 6 px and more from the border.
Reference: all there are, and nothing else.
"""

import numpy as np
from _rows import Rows
from scipy.spatial import cKDTree

from pycroscopy.image import locate_atoms, refine_atoms
from pycroscopy.simulate import Crystal, lattice_image

SIGMA, OFFSET, PITCH, SIDE = 2.5, np.array([0.23, -0.31]), 22, 70


def columns(height, background, **noise):
    """Return columns on a grid, so far apart that each has its window for itself."""
    crystal = Crystal(
        vectors=PITCH * np.eye(2), motif=((0, 0),), heights=(height,), sigma=SIGMA,
        origin=PITCH // 2 + OFFSET,
    )  # fmt: skip
    made = lattice_image(
        crystal, (SIDE * PITCH, SIDE * PITCH), pixel=(1, 1), background=background, **noise
    )
    return made.positions - OFFSET, made.image


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
    for noise in (0.05, 0.1, 0.3):
        start, seen = columns(1.0, 0.2, noise=noise)
        judge(rows, f"white noise {noise}", refine_atoms(seen, start, radius=10), start,
              bound(1.0, 0.2, noise**2))  # fmt: skip
    for counts in (100, 1000, 10000):
        height = counts / (2 * np.pi * SIGMA**2)
        start, seen = columns(height, 0.1 * height, counts=1.0)
        found = refine_atoms(seen, start, radius=10, noise="poisson")
        judge(rows, f"{counts} counts", found, start, bound(height, 0.1 * height))
    for method, least in (("template", 0.96), ("threshold", 0.92)):
        counted(rows, method, least)
    rows.finish()


def counted(rows, method, least):
    """Add how many columns of a crystal with faults are found, and how many are none."""
    made = lattice_image(Crystal(vacancies=0.05, dopants=0.1), (400, 440), noise=0.3)
    found = locate_atoms(made.image, atom_size=0.05, method=method).positions
    low, high = 6, np.array(made.image.shape) - 7
    truth, seen = (p[np.all((p > low) & (p < high), axis=1)] for p in (made.positions, found))
    recall = np.mean(cKDTree(found).query(truth)[0] < 2.5)
    precision = np.mean(cKDTree(made.positions).query(seen)[0] < 2.5)
    rows.least(
        f"{method}: share of columns found, noise 0.3", ours=recall, limit=1, reference=least
    )
    rows.least(f"{method}: share that are columns", ours=precision, limit=1, reference=0.995)


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
