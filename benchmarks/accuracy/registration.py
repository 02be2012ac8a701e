"""Shifts and drift beside the Cramer-Rao bound: two frames, thirty frames, intervals.

Set-up: periodic texture of 128 x 128 pixels, white noise smoothed over 2 px, unit deviation;
Fourier shifts within 3 px, 600 pairs; 30 frames in noise of 0.3 that drift by 0.37 and 0.2 px.
Reference: cross-correlation in steps of 1/100 px times 1.4 / 1.33 of the bound, and banded
least squares over all pairs.
"""

import numpy as np
from _rows import Rows
from scipy.ndimage import fourier_shift, gaussian_filter

from pycroscopy.image import register, shift_between


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
    rows.finish()


if __name__ == "__main__":
    main()
