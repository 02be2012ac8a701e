"""Registration of a stack, all pairs in a band: seconds, whether they grow linearly, and a peer.

    python benchmarks/registration_speed.py [--frames 100] [--side 512] [--band 7]

Prints the time of a quarter, a half and all of the frames, per pair of frames; then, for a few
pairs, ours beside `skimage.registration.phase_cross_correlation` upsampled 100 times, with the
errors of both.  Frames drift and have noise of 0.3.

Needs scikit-image.  Promises: 100 frames of 512 x 512, each compared with the 7 before it, in less
than 20 s; the time of a pair does not grow with their number (at most by 1.3).
"""

import argparse
import sys
from time import perf_counter

import numpy as np
from scipy import ndimage
from skimage.registration import phase_cross_correlation

from pycroscopy.image import register
from pycroscopy.image.shifts import shift_between

LIMIT = 20.0


def simulated(frames, side):
    """Return frames of one picture that drifts, in noise, and how it does."""
    rng = np.random.default_rng(0)
    picture = ndimage.gaussian_filter(rng.standard_normal((side, side)), 2, mode="wrap")
    spectrum = np.fft.rfft2(picture / picture.std())
    drift = np.cumsum(rng.normal(0, (0.37, 0.2), (frames, 2)), axis=0)
    stack = np.empty((frames, side, side), np.float32)
    for frame, shift in zip(stack, drift, strict=True):
        moved = np.fft.irfft2(ndimage.fourier_shift(spectrum, shift, n=side), s=picture.shape)
        frame[:] = moved + 0.3 * rng.standard_normal(picture.shape)
    return stack, drift


def rms(found, truth):
    difference = found - truth
    return float(np.sqrt(np.mean(np.square(difference - difference.mean(axis=0)))))


def beside_peer(stack, drift, pairs):
    """Print the seconds and the errors of single pairs, ours and the peer's."""
    seconds, errors = {}, {}
    true = drift[1 : pairs + 1] - drift[:pairs]
    for name, measure in {
        "ours": lambda one, two: shift_between(one, two).shift,
        "scikit-image": lambda one, two: (
            -phase_cross_correlation(one, two, upsample_factor=100, normalization=None)[0]
        ),
    }.items():
        measure(stack[0], stack[1])
        began = perf_counter()
        found = [measure(stack[i], stack[i + 1]) for i in range(pairs)]
        seconds[name] = (perf_counter() - began) / pairs
        errors[name] = float(np.sqrt(np.mean(np.square(found - true))))
    for name, took in seconds.items():
        print(f"one pair, {name:14} {took * 1e3:8.1f} ms   error {errors[name]:.4f} px rms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--band", type=int, default=7)
    options = parser.parse_args()
    stack, drift = simulated(options.frames, options.side)
    register(stack[:2])  # what is imported on use
    per_pair, took = [], 0.0
    for count in (options.frames // 4, options.frames // 2, options.frames):
        began = perf_counter()
        found = register(stack[:count], band=options.band)
        took = perf_counter() - began
        per_pair.append(took / len(found.pairs))
        error = rms(np.asarray(found.drift), -drift[:count])
        print(
            f"{count:4} frames of {options.side} x {options.side}: {took:7.2f} s, "
            f"{per_pair[-1] * 1e3:6.2f} ms for each of {len(found.pairs)} pairs, "
            f"drift within {error:.4f} px rms",
            flush=True,
        )
    beside_peer(stack, drift, min(10, options.frames - 1))
    asked = (options.frames, options.side, options.band) == (100, 512, 7)
    kept = per_pair[-1] < 1.3 * per_pair[0] and (not asked or took < LIMIT)
    print("kept" if kept else "over the limit")
    sys.exit(not kept)


if __name__ == "__main__":
    main()
