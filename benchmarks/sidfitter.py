"""SidFitter against a loop of curve_fit: the facade costs nothing, the engine saves much.

The released package took 44 times as long as the loop for the linear fits of the first
row. Set SIDPY_UPSTREAM_PYTHON to the interpreter of an environment with it to see it run
(minutes; it starts a cluster for each fitter)::

    python benchmarks/sidfitter.py
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from time import perf_counter

import numpy as np

RNG = np.random.default_rng(0)


def line(x, slope, offset):
    """Return a line."""
    return slope * x + offset


def peak(x, height, center, width, floor):
    """Return a Gaussian on a floor."""
    return height * np.exp(-0.5 * ((x - center) / width) ** 2) + floor


def one_by_one(x, slope, offset):
    """Return a line for numbers only: columns of parameters are refused."""
    return float(slope) * x + float(offset)


def spectra(model, shape, points, ranges):
    """Return x and noisy curves of random parameters at every position."""
    x = np.linspace(-5, 5, points)
    truth = [RNG.uniform(*limits, (*shape, 1)) for limits in ranges]
    return x, model(x, *truth) + 0.02 * RNG.normal(size=(*shape, points))


LINES = spectra(line, (40, 40), 64, [(-1, 1), (0, 1)])
PEAKS = spectra(peak, (40, 40), 64, [(1, 3), (-1, 1), (0.5, 1.5), (0, 1)])
START = [2.0, 0.1, 1.0, 0.5]


def dataset(x, values):
    """Return a spectral image."""
    import sidpy

    data = sidpy.Dataset.from_array(values)
    axis = sidpy.Dimension(x, "bias", dimension_type="spectral")
    data.set_dimension(values.ndim - 1, axis)
    return data


def by_fitter(model, data, start):
    """Fit with the facade."""
    from sidpy.proc.fitter import SidFitter

    def guess(x, y):  # noqa: ARG001 - a guess gets the curve
        return start

    return SidFitter(data, model, guess_fn=guess, return_cov=True, return_std=True).do_fit()


def by_loop(model, x, values, start):
    """Fit in a loop, as anybody would."""
    from scipy.optimize import curve_fit

    rows = values.reshape(-1, x.size)
    return [curve_fit(model, x, row, p0=start) for row in rows]


def released():
    """Time the released package on the lines, once; it runs this script under a guard."""
    interpreter = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not interpreter:
        print("SIDPY_UPSTREAM_PYTHON names no interpreter: the released package is left out")
        return
    code = "import runpy; runpy.run_path('sidfitter.py', run_name='__main__')"
    done = subprocess.run(
        [interpreter, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True,
        env={**os.environ, "SIDFITTER_ONCE": "1"}, check=True,
    )  # fmt: skip
    print("the released package, lines:", done.stdout.splitlines()[-1])


def once():
    """Print how long one fit of the lines takes."""
    data = dataset(*LINES)
    started = perf_counter()
    by_fitter(line, data, [0.5, 0.5])
    print(f"{perf_counter() - started:.1f} s")


def main() -> None:
    """Print the table."""
    import warnings

    from _table import Table, finish

    warnings.simplefilter("error")
    table = Table("SidFitter and a loop of curve_fit, 1600 spectra of 64 points", limit=1.0)
    table.repeats = 5
    lines, peaks = dataset(*LINES), dataset(*PEAKS)
    table.row(
        "lines",
        ours=lambda: by_fitter(line, lines, [0.5, 0.5]),
        loop=lambda: by_loop(line, *LINES, [0.5, 0.5]),
    )
    table.row(
        "peaks",
        ours=lambda: by_fitter(peak, peaks, START),
        loop=lambda: by_loop(peak, *PEAKS, START),
    )
    slow = Table("the same where the function takes one curve at a time", limit=1.6)
    slow.repeats = 5
    slow.row(
        "lines",
        ours=lambda: by_fitter(one_by_one, lines, [0.5, 0.5]),
        loop=lambda: by_loop(one_by_one, *LINES, [0.5, 0.5]),
    )
    released()
    finish(table, slow)


if __name__ == "__main__":
    once() if os.environ.get("SIDFITTER_ONCE") else main()
