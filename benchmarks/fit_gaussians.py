"""10,000 spectra x 100 points, a Gaussian on a constant (4 parameters): ours beside others.

The same spectra, start values and noise for all; every contender must find the centers as
well as the first one.  Peers that are slow fit fewer spectra and are counted per spectrum.
One core: set OMP_NUM_THREADS=1.  Peers in environments of their own are named by

    HYPERSPY_PYTHON   an interpreter with HyperSpy
    SIDPY_PYTHON      an interpreter with the released sidpy 0.12

and left out otherwise.  Promise in NumPy alone: at least 15 times the speed of a loop of
`scipy.optimize.curve_fit`, 90 times that of HyperSpy's multifit and 500 times that of the
released SidFitter.  Where numba is installed, compiled code must be twice as fast as NumPy.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from _fit_peers import START, X, gaussian, spectra
from scipy.optimize import curve_fit

from sidpy.proc.fit import FitSettings, batch_fit
from sidpy.proc.models import Constant, Gaussian

NUMBER, REPEATS = 10_000, 5
#: environment variable, peer, spectra, promised ratio
PEERS = (
    ("HYPERSPY_PYTHON", "hyperspy", 300, 90),
    ("SIDPY_PYTHON", "sidfitter", 300, 500),
    ("SIDPY_PYTHON", "refactored", 300, None),
)


def ours(y, *, compiled=False):
    """Return seconds and centers of the batched fit."""
    began = perf_counter()
    settings = FitSettings(compiled=compiled)
    fit = batch_fit(Gaussian() + Constant(), y, START, x=X, settings=settings)
    return perf_counter() - began, fit.parameters[:, 1]


def loop(y):
    """Return seconds and centers of a loop of curve_fit."""
    began = perf_counter()
    centers = [curve_fit(gaussian, X, row, START)[0][1] for row in y]
    return perf_counter() - began, np.array(centers)


def elsewhere(python, peer, number):
    """Return seconds and the median error of centers of a peer in its own interpreter."""
    script = Path(__file__).with_name("_fit_peers.py")
    done = subprocess.run(
        [python, str(script), peer, str(number)], capture_output=True, text=True, check=False
    )
    for line in done.stdout.splitlines():
        if line.startswith("RESULT"):
            return tuple(float(word) for word in line.split()[1:])
    sys.exit(f"{peer} failed:\n{done.stderr[-2000:]}")


def show(name, ratios, seconds, error, promise):
    """Print a row and return whether the promise holds."""
    ratio = median(ratios)
    kept = promise is None or ratio >= promise
    word = "" if promise is None else f"at least {promise}: {'yes' if kept else 'NO'}"
    print(f"{name:12} {seconds:9.3f} s  {error:8.4f}  {ratio:7.1f}  {word}", flush=True)
    return kept


def with_numba(y, truth):
    """Print the row of compiled code and return whether its promise holds."""
    if find_spec("numba") is None:
        print(f"{'numba':12} left out: numba is not installed")
        return True
    ours(y, compiled=True)
    times, ratios = [], []
    for _ in range(REPEATS):
        plain, _ = ours(y)
        quick, centers = ours(y, compiled=True)
        times.append(quick)
        ratios.append(plain / quick)
    error = float(np.median(np.abs(centers - truth)))
    seconds, ratio = median(times), median(ratios)
    print(
        f"{'numba':12} {seconds:9.3f} s  {error:8.4f}  {1 / ratio:7.2f}  "
        f"{ratio:.1f} times as fast, at least 2: {'yes' if ratio >= 2 else 'NO'}",
        flush=True,
    )
    return ratio >= 2


def main():
    p, y = spectra(NUMBER)
    ours(y)
    print(f"{NUMBER} spectra; error: median of the centers; ratio: their time over ours")
    print(f"{'':12} {'time':>11}  {'error':>8}  {'ratio':>7}")
    times, pairs = [], []
    for _ in range(REPEATS):
        seconds, centers = ours(y)
        theirs, found = loop(y[:500])
        times.append(seconds)
        pairs.append((seconds, theirs * NUMBER / 500))
    reference = float(np.median(np.abs(centers - p[:, 1])))
    show("ours", [1.0], median(times), reference, None)
    error = float(np.median(np.abs(found - p[:500, 1])))
    kept = show("curve_fit", [b / a for a, b in pairs], median(b for _, b in pairs), error, 15)
    kept &= with_numba(y, p[:, 1])
    for variable, peer, number, promise in PEERS:
        python = os.environ.get(variable)
        if not python:
            print(f"{peer:12} left out: {variable} names no interpreter")
            continue
        before, _ = ours(y)
        seconds, error = elsewhere(python, peer, number)
        after, _ = ours(y)
        seconds *= NUMBER / number
        kept &= show(peer, [seconds / before, seconds / after], seconds, error, promise)
        if error > 1.2 * reference:
            print(f"{'':12} (its centers are worse than ours)")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
