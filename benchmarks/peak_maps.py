"""Two Voigt lines on a slope at every position of a map: ours beside lmfit and curve_fit.

The same spectra, start values and noise for all; every contender must find the centres as well
as the others.  Peers fit fewer spectra; all is per spectrum.  One core: set OMP_NUM_THREADS=1.
Promise: at most a fifth of the time of a loop of `scipy.optimize.curve_fit`, and a fiftieth of
that of lmfit, which is left out where it is not installed.
"""

import warnings
from importlib.util import find_spec
from time import perf_counter

import numpy as np
from _table import Table, finish
from scipy.optimize import curve_fit
from scipy.special import voigt_profile

from pycroscopy.spectroscopy import Line, PeakModel, fit_peaks

X = np.arange(201.0)
TRUTH = np.array([900.0, 70.0, 8.0, 6.0, 1400.0, 120.0, 10.0, 5.0, 20.0, 0.02])
START = np.array([800.0, 73.0, 6.0, 6.0, 1000.0, 117.0, 6.0, 6.0, 15.0, 0.0])
WIDTH = np.sqrt(8 * np.log(2))
NUMBER, FEW = 1000, 24
MODEL = PeakModel(
    {
        "a": Line("voigt", size="area", center=73.0, fwhm=9.0, fwhm_gauss=6.0, fwhm_lorentz=6.0),
        "b": Line("voigt", size="area", center=117.0, fwhm=9.0, fwhm_gauss=6.0, fwhm_lorentz=6.0),
    }
)


def curve(x, *p):
    """Return two lines on a slope."""
    lines = (p[k] * voigt_profile(x - p[k + 1], p[k + 2] / WIDTH, p[k + 3] / 2) for k in (0, 4))
    return sum(lines) + p[8] + p[9] * x


def ours(y):
    """Return seconds for a spectrum, and the centres."""
    began = perf_counter()
    found = fit_peaks(y, MODEL)
    return (perf_counter() - began) / len(y), np.asarray(found["a.center"])


def scipy_loop(y):
    """Return the same of a loop of curve_fit."""
    began = perf_counter()
    found = [curve_fit(curve, X, row, START)[0][1] for row in y]
    return (perf_counter() - began) / len(y), np.array(found)


def lmfit_loop(y):
    """Return the same of a loop of lmfit's models."""
    from lmfit.models import LinearModel, VoigtModel

    model = VoigtModel(prefix="a_") + VoigtModel(prefix="b_") + LinearModel()
    names = ["amplitude", "center", "sigma", "gamma"]
    start = {}
    for place, prefix in ((0, "a_"), (4, "b_")):
        values = START[place : place + 4] / (1, 1, WIDTH, 2)
        start |= {prefix + name: value for name, value in zip(names, values, strict=True)}
    parameters = model.make_params(**start, slope=START[9], intercept=START[8])
    for prefix in ("a_", "b_"):
        parameters[f"{prefix}gamma"].set(expr="", vary=True, min=0)
    began = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [model.fit(row, parameters, x=X).params["a_center"].value for row in y]
    return (perf_counter() - began) / len(y), np.array(found)


def main():
    rng = np.random.default_rng(0)
    y = curve(X, *TRUTH) + 0.5 * rng.standard_normal((NUMBER, len(X)))
    peers = {"curve_fit": (scipy_loop, 1 / 5)}
    if find_spec("lmfit"):
        peers["lmfit"] = (lmfit_loop, 1 / 50)
    reference = np.abs(ours(y)[1] - TRUTH[1])
    tables = []
    for name, (loop, limit) in peers.items():
        off = np.abs(loop(y[:FEW])[1] - TRUTH[1])
        if not 0.9 < np.median(off) / np.median(reference[:FEW]) < 1.1:
            print(f"{name} found other centres: {np.median(off):g}, ours {np.median(reference):g}")
        table = Table(f"seconds for a spectrum beside {name}", limit=limit, repeats=3)
        table.seconds("two Voigt lines, 201 points", ours=lambda: ours(y)[0],
                      **{name: lambda loop=loop: loop(y[:FEW])[0]})  # fmt: skip
        tables.append(table)
    finish(*tables)


if __name__ == "__main__":
    main()
