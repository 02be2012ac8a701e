"""How precisely atoms are found, beside the Cramer-Rao bound: white noise, counts, crowds.

Promise: root-mean-square error at most 1.1 times the bound, bias below 0.01 px.
"""

from functools import partial

import numpy as np

from pycroscopy.image import refine_atoms

SIGMA, OFFSET, LIMIT = 2.5, np.array([0.23, -0.31]), 1.1


def peaks(p, shape, background):
    """Gaussians given as rows of amplitude, row, column, width."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    image = np.full(shape, float(background))
    for amplitude, row, column, width in p.reshape(-1, 4):
        r = slice(max(int(row - 9 * width), 0), int(row + 9 * width) + 2)
        c = slice(max(int(column - 9 * width), 0), int(column + 9 * width) + 2)
        square = (rows[r, c] - row) ** 2 + (columns[r, c] - column) ** 2
        image[r, c] += amplitude * np.exp(-0.5 * square / width**2)
    return image


def bound(p, background, shape, variance):
    """Return the bound on the positions, rms over peaks and axes."""
    truth = np.append(p.ravel(), background)

    def model(q):
        return peaks(q[:-1], shape, q[-1]).ravel()

    slopes = []
    for k in range(len(truth)):
        step = np.zeros_like(truth)
        step[k] = 1e-5
        slopes.append((model(truth + step) - model(truth - step)) / 2e-5)
    slopes = np.stack(slopes)
    covariance = np.linalg.inv((slopes / np.ravel(variance)) @ slopes.T)
    variances = np.diag(covariance)[:-1].reshape(-1, 4)[:, 1:3]
    return float(np.sqrt(variances.mean()))


def lattice(spacing, n, jitter, margin=11):
    """Return an image shape, start positions and true peaks of a jittered lattice."""
    shift = np.random.default_rng(5).uniform(-jitter, jitter, (n * n, 2))
    start = np.stack(np.mgrid[:n, :n], -1).reshape(-1, 2) * float(spacing) + margin
    truth = np.column_stack([np.ones(n * n), start + shift + OFFSET, np.full(n * n, SIGMA)])
    size = spacing * (n - 1) + 2 * margin
    return (size, size), start, truth


def trial(shape, start, truth, draw, *, repetitions, **options):
    """Return rms error, bias, stated error and share of failures over repeated images."""
    errors, stated = [], []
    for _ in range(repetitions):
        atoms = refine_atoms(draw(peaks(truth, *shape)), start, **options)
        errors.append(atoms.positions - truth[:, 1:3])
        stated.append(atoms.errors)
    errors, stated = np.array(errors), np.array(stated)
    bias = np.abs(np.nanmean(errors, axis=(0, 1))).max()
    failed = np.isnan(errors[..., 0]).mean()
    return np.sqrt(np.nanmean(errors**2)), bias, np.sqrt(np.nanmean(stated**2)), failed


def report(name, found, limit):
    """Print a row and return whether it keeps the promise."""
    rms, bias, stated, failed = found
    ratio = rms / limit
    print(
        f"{name:36} {rms:8.4f} {limit:8.4f} {ratio:7.3f} {stated / limit:7.3f} "
        f"{bias:7.4f} {failed:7.2%}"
    )
    return ratio <= LIMIT


def main():
    r = np.random.default_rng(0)
    heads = ("rms px", "bound", "ratio", "stated", "bias", "failed")
    print(f"{'case':36} {heads[0]:>8} {heads[1]:>8} " + " ".join(f"{h:>7}" for h in heads[2:]))
    kept = []
    shape, start, truth = lattice(22, 20, 0.0)
    one = truth[:1] - [0, *start[0] - 10, 0]
    for noise in (0.05, 0.1, 0.3):
        draw = lambda image, s=noise: image + s * r.standard_normal(image.shape)  # noqa: E731 - a row of the table
        found = trial((shape, 0.2), start, truth, draw, repetitions=2, radius=10)
        kept.append(report(f"white noise {noise}", found, bound(one, 0.2, (21, 21), noise**2)))
    for counts in (100, 1000, 10000):
        height = counts / (2 * np.pi * SIGMA**2)
        scaled, level = truth * [height, 1, 1, 1], 0.1 * height
        alone = one * [height, 1, 1, 1]
        limit = bound(alone, level, (21, 21), peaks(alone, (21, 21), level))
        options = {"radius": 10, "noise": "poisson"}
        found = trial((shape, level), start, scaled, r.poisson, repetitions=2, **options)
        kept.append(report(f"{counts} counts", found, limit))
    for spacing in (8, 9, 12):
        shape, start, truth = lattice(spacing, 5, 0.3)
        draw = partial(lambda image: image + 0.05 * r.standard_normal(image.shape))
        found = trial((shape, 0.3), start, truth, draw, repetitions=25)
        limit = bound(truth, 0.3, shape, 0.05**2)
        kept.append(report(f"crowd, {spacing / SIGMA:.1f} widths apart", found, limit))
    if not all(kept):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
