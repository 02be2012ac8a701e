"""Waves, noise and baselines against theory.

Tones of 4096 samples, frequency 0.123456, phase 0.4, 480 repetitions (Rife and Boorstyn 1974);
a lock-in of 1001 samples, 2000 repetitions; floors over half a million bins of noise; baselines
of an arc under three peaks.  References: a Hann window with a parabola reaches 1.5 of the bound.
"""

import numpy as np
from _rows import Rows

from pycroscopy.signal import baseline, find_tone, lock_in, noise_floor


def tones(rows):
    n, time = 4096, np.arange(4096)
    for ratio in (1, 3, 10):
        noise = np.random.default_rng(ratio).standard_normal((480, n)) / ratio
        found = find_tone(np.cos(2 * np.pi * 0.123456 * time + 0.4) + noise)
        bound = np.sqrt(24 / (n * (n**2 - 1))) / (2 * np.pi * ratio)
        # three deviations of a deviation from 480 repetitions
        rows.most(f"tone, amplitude / noise {ratio}: std / bound", limit=1, reference=1.1,
                  ours=np.asarray(found.frequency).std() / bound)  # fmt: skip


def demodulation(rows):
    time, noise = np.arange(1001), np.random.default_rng(0).standard_normal((2000, 1001))
    found = lock_in(2 * np.cos(2 * np.pi * 0.0312 * time + 0.4) + 0.3 * noise, 0.0312)
    bound = 0.3 * np.sqrt(2 / 1001)
    rows.most("lock-in: std of amplitude / theory", limit=1, reference=1.05,
              ours=np.asarray(found.amplitude).std() / bound)  # fmt: skip
    error = np.asarray(found.amplitude_error).mean()
    rows.between("lock-in: standard error / theory", ours=error / bound, low=0.98, high=1.02)
    covered = np.abs(np.asarray(found.phase) - 0.4) < np.asarray(found.phase_error)
    rows.between("lock-in: phases within one error", ours=covered.mean(), low=0.66, high=0.70)


def floors(rows):
    values = np.random.default_rng(1).standard_normal((250, 4001))
    for units in (1e-12, 1e6):
        floor = np.asarray(noise_floor(units * values, tolerance=1e-2))
        rate = (np.abs(np.fft.rfft(units * values)) > floor[:, None]).mean()
        rows.between(f"noise floor in units of {units:g}: false alarms / share", ours=rate / 1e-2,
                     low=0.95, high=1.05)  # fmt: skip


def baselines(rows):
    x = np.linspace(0, 1, 501)
    peaks = [(1, 0.2), (2, 0.55), (0.5, 0.8)]
    arc = 3 + np.sin(3 * x)
    values = arc + sum(h * np.exp(-(((x - at) / 0.01) ** 2)) for h, at in peaks)
    for method, options in (("als", {"stiffness": 1e4, "asymmetry": 1e-3}),
                            ("snip", {"width": 30})):  # fmt: skip
        found = np.asarray(baseline(values, method=method, **options))
        rows.most(f"baseline {method}: largest error, peaks of 0.5 to 2", limit=0,
                  ours=np.abs(found - arc).max(), reference=0.005)  # fmt: skip


def main():
    rows = Rows("signal")
    tones(rows)
    demodulation(rows)
    floors(rows)
    baselines(rows)
    rows.finish()


if __name__ == "__main__":
    main()
