"""Fits of Gaussians by other programs, for fit_gaussians.py; runs in their interpreters.

``python _fit_peers.py PEER SPECTRA`` simulates the same spectra, fits them, and prints the
seconds that the fits took and the median error of the centers.  Only NumPy and the peer are
needed.
"""

import sys
from time import perf_counter

import numpy as np

START = (2.0, 0.1, 0.9, 0.4)
X = np.linspace(-5, 5, 100)


def gaussian(x, amplitude, center, sigma, offset):
    """Return a Gaussian line on a constant."""
    return amplitude * np.exp(-0.5 * ((x - center) / sigma) ** 2) + offset


def start(x, y):  # noqa: ARG001 - the signature of a guess
    """Return the same start values for every spectrum."""
    return np.array(START)


def spectra(number):
    """Return truths, shape (number, 4), and noisy spectra, shape (number, 100)."""
    r = np.random.default_rng(0)
    p = r.uniform([1, -1, 0.5, 0], [3, 1, 1.5, 1], (number, 4))
    clean = gaussian(X, *p.T[:, :, None])
    return p, clean + 0.1 * r.standard_normal((number, len(X)))


def hyperspy(y):
    """Fit with HyperSpy's multifit."""
    import hyperspy.api as hs

    hs.set_log_level("ERROR")
    signal = hs.signals.Signal1D(y)
    axis = signal.axes_manager.signal_axes[0]
    axis.offset, axis.scale = X[0], X[1] - X[0]
    model = signal.create_model()
    line = hs.model.components1D.GaussianHF()
    level = hs.model.components1D.Offset()
    model.extend([line, level])
    line.height.value, line.centre.value, line.fwhm.value = START[0], START[1], 2.3548 * START[2]
    level.offset.value = START[3]
    model.assign_current_values_to_all()
    began = perf_counter()
    model.multifit(iterpath="serpentine", show_progressbar=False)
    took = perf_counter() - began
    return took, line.centre.map["values"].ravel()


def labelled(y):
    """Return a dataset of the released sidpy, one row of spectra."""
    import sidpy

    data = sidpy.Dataset.from_array(y[None])
    data.data_type = "spectral_image"
    for axis, (name, values, kind) in enumerate(
        [("y", np.arange(1), "spatial"), ("x", np.arange(len(y)), "spatial"), ("e", X, "spectral")]
    ):
        data.set_dimension(axis, sidpy.Dimension(values, name, dimension_type=kind))
    return data


def sidfitter(y):
    """Fit with the SidFitter of the released sidpy; its cluster starts before the clock."""
    from sidpy.proc.fitter import SidFitter

    fitter = SidFitter(labelled(y), gaussian, guess_fn=start, xvec=X)
    began = perf_counter()
    found = fitter.do_fit()
    took = perf_counter() - began
    return took, np.asarray(found[0])[0, :, 1]


def refactored(y):
    """Fit with the SidpyFitterRefactor of the released sidpy."""
    from sidpy.proc.fitter_refactor import SidpyFitterRefactor

    fitter = SidpyFitterRefactor(labelled(y), gaussian, start)
    began = perf_counter()
    fitter.setup_calc()
    fitter.do_guess()
    found = fitter.do_fit()
    took = perf_counter() - began
    return took, np.asarray(found)[0, :, 1]


def main():
    peer, number = sys.argv[1], int(sys.argv[2])
    p, y = spectra(number)
    seconds, centers = globals()[peer](y)
    print(f"RESULT {seconds:.6g} {np.median(np.abs(centers - p[:, 1])):.6g}", flush=True)


if __name__ == "__main__":
    main()
