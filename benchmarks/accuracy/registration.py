"""Shifts and drift beside the Cramer-Rao bound: two frames, thirty frames, intervals.

Set-up: periodic texture of 128 x 128 pixels, white noise smoothed over 2 px, unit deviation;
Fourier shifts within 3 px, 600 pairs; 30 frames in noise of 0.3 that drift by 0.37 and 0.2 px.
Maps: 80 Gaussians of 2 to 9 px in 128 x 128, of height up to one, sheared and scaled by some
per cent, in noise of 0.05; errors in the corners. Reference: 0.06 px.
Reference: cross-correlation in steps of 1/100 px times 1.4 / 1.33 of the bound, and banded
least squares over all pairs.
"""

import numpy as np
from _rows import Rows
from scipy.ndimage import fourier_shift, gaussian_filter

from pycroscopy.image import align, register, shift_between


def texture(seed, size=128):
    noise = np.random.default_rng(seed).standard_normal((size, size))
    image = gaussian_filter(noise, 2.0, mode="wrap")
    return (image - image.mean()) / image.std()


def moved(image, shift):
    return np.fft.ifft2(fourier_shift(np.fft.fft2(image), shift)).real


def single_frame_bound(image, noise):
    """Mean of the bounds along both axes."""
    wave = 2j * np.pi * np.fft.fftfreq(len(image))
    spectrum = np.fft.fft2(image)
    slopes = [np.fft.ifft2(spectrum * k).real for k in (wave[:, None], wave)]
    return np.sqrt(np.mean([noise**2 / np.sum(slope**2) for slope in slopes]))


def pairs(noise, count=600):
    random = np.random.default_rng(1)
    errors, scaled, bounds = [], [], []
    for seed in range(count):
        image, shift = texture(seed), random.uniform(-3, 3, 2)
        frames = [
            f + noise * random.standard_normal(f.shape) for f in (image, moved(image, shift))
        ]
        found = shift_between(*frames)
        errors.append(found.shift - shift)
        scaled.append(errors[-1] / np.sqrt(np.diag(found.covariance)))
        bounds.append(np.sqrt(2) * single_frame_bound(image, noise))
    return np.sqrt(np.mean(np.square(errors))), np.sqrt(np.mean(np.square(bounds))), scaled


def scene(rows, columns):
    """Gaussians where rows and columns say."""
    random = np.random.default_rng(3)
    total = np.zeros(rows.shape)
    for _ in range(80):
        row, column, width = *random.uniform(-20, 148, 2), random.uniform(2, 9)
        square = (rows - row) ** 2 + (columns - column) ** 2
        total += random.uniform(-1, 1) * np.exp(-square / (2 * width**2))
    return total


def maps(rows, count=6):
    """Add how exactly images are laid on top of each other."""
    random = np.random.default_rng(4)
    grid = np.indices((128, 128)).astype(float)
    corners = np.array([[a, b, 1.0] for a in (0, 127) for b in (0, 127)])
    errors, scaled = [], []
    for _ in range(count):
        matrix = np.eye(2) + random.uniform(-0.06, 0.06, (2, 2))
        truth = np.column_stack([matrix, 63.5 - matrix @ [63.5, 63.5] + random.uniform(-5, 5, 2)])
        back = np.linalg.inv(matrix)
        at = np.tensordot(back, grid - truth[:, 2, None, None], axes=1)
        images = [i + 0.05 * random.standard_normal(i.shape) for i in (scene(*at), scene(*grid))]
        found = align(*images)
        errors.append(corners @ (found.matrix - truth).T)
        scaled.append((found.matrix - truth)[:, :2] / found.errors[:, :2])
    rows.most("affine maps, noise 0.05: corners (rms px)",
              ours=np.sqrt(np.mean(np.square(errors))), reference=0.06)  # fmt: skip
    rows.between("affine maps: share of errors within one deviation",
                 ours=np.mean(np.abs(scaled) < 1), low=0.5, high=0.9)  # fmt: skip


def main():
    rows = Rows("registration")
    covered = []
    for noise, reference in ((0.1, 1.4), (0.3, 1.4), (1.0, 4.0)):
        rms, bound, scaled = pairs(noise)
        covered += scaled
        rows.most(f"two frames, noise {noise} (rms px)", ours=rms, limit=bound,
                  reference=reference * bound)  # fmt: skip
    rows.between("two frames: share of errors within one deviation",
                 ours=np.mean(np.abs(covered) < 1), low=0.66, high=0.70)  # fmt: skip
    errors, covered, bounds = [], [], []
    for seed in range(32):
        random = np.random.default_rng(seed)
        image = texture(100 + seed)
        at = np.cumsum(random.normal((0.37, 0.2), 0.3, (30, 2)), axis=0)
        stack = np.stack([moved(image, p) + 0.3 * random.standard_normal(image.shape) for p in at])
        found = register(stack)
        error = np.asarray(found.drift) + at - at[15]
        covered.append(np.delete(error, 15, axis=0) / np.delete(found.errors, 15, axis=0))
        errors.append(error - error.mean(axis=0))
        bounds.append(single_frame_bound(image, 0.3))
    rows.most("30 frames, noise 0.3 (rms px)", ours=np.sqrt(np.mean(np.square(errors))),
              limit=np.mean(bounds), reference=0.0075)  # fmt: skip
    rows.between("30 frames: share of errors within one deviation",
                 ours=np.mean(np.abs(covered) < 1), low=0.66, high=0.70)  # fmt: skip
    maps(rows)
    rows.finish()


if __name__ == "__main__":
    main()
