"""Peaks of Raman, diffraction and photoemission beside what the noise allows.

python benchmarks/accuracy/peaks.py
"""

import numpy as np
from _rows import Rows
from scipy.integrate import quad
from scipy.special import voigt_profile

from pycroscopy.simulate import photoemission_map, powder_map, raman_map
from pycroscopy.spectroscopy import Line, PeakModel, fit_peaks, guess_peaks, williamson_hall

SHAPES = {
    "gaussian": [6.0],
    "lorentzian": [6.0],
    "voigt": [4.0, 3.0],
    "pseudo_voigt": [6.0, 0.4],
    "pearson7": [6.0, 1.8],
    "split_pseudo_voigt": [5.0, 7.0, 0.4],
    "doniach_sunjic": [4.0, 3.0, 0.12],
    "breit_wigner_fano": [6.0, -0.15],
}


def formulae(rows):
    """Add rows: lines beside an oracle, relative to their height."""
    x = np.linspace(-30, 30, 2001)
    worst = 0.0
    for gauss, lorentz in ((1, 1), (0.02, 2), (3, 1e-4), (5, 0.3)):
        sigma = gauss / np.sqrt(8 * np.log(2))
        ours = Line("voigt", center=0.3, size="area")([1.0, 0.3, gauss, lorentz], x)
        theirs = voigt_profile(x - 0.3, sigma, lorentz / 2)
        worst = max(worst, np.abs(ours - theirs).max() / theirs.max())
    rows.most("voigt - scipy's (of the height)", ours=worst, limit=0, reference=1e-12)
    worst = 0.0
    for gauss, lorentz, a in ((0.8, 0.3, 0.2), (0.2, 1.0, 0.45), (1.0, 0.05, 0.01)):
        places = np.array([-6.0, -1.0, -0.2, 0.0, 0.3, 1.0, 5.0])
        expected = np.array([convolved(at, gauss, lorentz, a) for at in places])
        ours = Line("doniach_sunjic", center=0.0)([1.0, 0.0, gauss, lorentz, a], places)
        worst = max(worst, np.abs(ours - expected / expected[3]).max())
    rows.most("doniach-sunjic - quadrature (of the height)", ours=worst, limit=0, reference=1e-9)


def convolved(at, gauss, lorentz, a):
    """Return the profile of Doniach and Sunjic convolved with a Gaussian, by quadrature."""
    sigma, g = gauss / np.sqrt(8 * np.log(2)), lorentz / 2

    def part(t):
        e = at - sigma * t
        shape = np.cos(np.pi * a / 2 - (1 - a) * np.arctan(e / g))
        return shape / (e * e + g * g) ** ((1 - a) / 2) * np.exp(-t * t / 2)

    places = [min(12.0, max(-12.0, at / sigma))]
    return quad(part, -12, 12, limit=400, points=places, epsabs=0, epsrel=1e-12)[0]


def judged(rows, name, made, found):
    """Add rows of a fit of counts: rms and bias relative to the bound, and coverage."""
    names = [n for n in found.names if n not in made.model.known()]
    index = [found.model.index(n) for n in names]
    truth = np.array([made.truth[n][0, 0] for n in found.names])
    curve, slopes = (one[0] for one in found.model.value_and_jacobian(truth[None], found.x))
    slopes = slopes[index]
    limit = np.sqrt(np.diag(np.linalg.inv(slopes / curve @ slopes.T)))
    off = np.asarray(found.parameters)[..., index] - truth[index]
    errors = np.asarray(found.errors)[..., index]
    rms = np.sqrt((off**2).mean(axis=(0, 1))) / limit
    bias = np.abs(off.mean(axis=(0, 1))) / limit
    rows.most(f"{name}, rms / bound, all {len(names)}", ours=np.sqrt((rms**2).mean()), limit=1,
              reference=1.05)  # fmt: skip
    rows.most("  bias / bound, the worst", ours=bias.max(), limit=0, reference=0.12)
    rows.between("  within its error (%)", ours=100 * np.mean(np.abs(off) < errors),
                 low=66, high=70)  # fmt: skip
    rows.most("  failed", ours=found.n_failed, limit=0, reference=0)


def counts(rows):
    """Add rows: maps of counts of all three kinds."""
    made = raman_map((40, 50), 201, spread=0.0, counts=200.0)
    judged(rows, "raman, 200 counts", made, fit_peaks(made.data, made.model, noise="poisson"))
    made = photoemission_map((30, 40), 161)
    judged(rows, "xps, 3000 counts", made, fit_peaks(made.data, made.model, noise="poisson"))
    made = powder_map((20, 25), 1201, reflections=((1, 1, 1), (2, 2, 0)), counts=1e5)
    judged(rows, "xrd, 1e5 counts", made, fit_peaks(made.data, made.model, noise="poisson"))


def white(rows):
    """Add rows: each shape in white noise, a hundredth of its height, on a slope."""
    x = np.linspace(0, 60, 181)
    rng = np.random.default_rng(2)
    for shape, q in SHAPES.items():
        model = PeakModel({"line": Line(shape, center=30.0, fwhm=6.0)})
        made = model.on(x)
        truth = np.array([1.0, 30.4, *q, 0.2, 0.003])
        data = made(truth, x) + 0.01 * rng.standard_normal((1000, len(x)))
        found = fit_peaks(data, PeakModel({"line": Line(shape, center=90.0, fwhm=18.0)}))
        # an array has channels for an axis: a step of the axis is a third
        scale = np.ones(len(truth))
        scale[[k for k, n in enumerate(made.parameters) if "fwhm" in n or "center" in n]] = 3
        scale[-1] = 1 / 3
        slopes = made.value_and_jacobian(truth[None], x)[1][0]
        limit = scale * 0.01 * np.sqrt(np.diag(np.linalg.inv(slopes @ slopes.T)))
        off = np.asarray(found.parameters) - scale * truth
        rms = np.sqrt(np.nanmean(off**2, axis=0)) / limit
        covered = 100 * np.mean(np.abs(off) < np.asarray(found.errors))
        rows.most(f"{shape}, rms / bound", ours=np.sqrt((rms**2).mean()), limit=1, reference=1.05)
        rows.between("  within its error (%)", ours=covered, low=66, high=70)


def noiseless(rows):
    """Add a row: the largest relative difference from the truth without noise."""
    worst = 0.0
    for make in (raman_map, powder_map, photoemission_map):
        made = make((3, 4), counts=None)
        found = fit_peaks(made.data, made.model)
        for name in found.names:
            truth = made.truth[name]
            worst = max(worst, np.abs(np.asarray(found[name]) / truth - 1).max())
    rows.most("without noise, off the truth (relative)", ours=worst, limit=0, reference=1e-9)


def crystallites(rows):
    """Add rows: sizes and strains of a powder, from fits of counts."""
    made = powder_map((10, 10), 2001, counts=3e5, size=30e-9, strain=1.5e-3)
    found = fit_peaks(made.data, made.model, noise="poisson")
    widths = [found.fwhm(name) for name in found.lines]
    both = williamson_hall([found[f"{name}.center"] for name in found.lines], widths)
    for name, value, truth in (("size", both.size, 30e-9), ("strain", both.strain, 1.5e-3)):
        off = np.asarray(value) - truth
        bias = abs(off.mean()) / off.std()
        inside = 100 * np.mean(np.abs(off) < np.sqrt(np.asarray(value.variance)))
        rows.most(f"williamson-hall, {name}, bias / error", ours=bias, limit=0, reference=0.3)
        rows.between("  within its error (%), 100 patterns", ours=inside, low=58, high=78)


def numbers(rows):
    """Add a row: how often the number of peaks is right, three of which two overlap."""
    x = np.arange(100.0)
    right = 0
    for seed in range(20):
        lines = (((1.0, 30, 8)), (0.5, 41, 8), (0.7, 70, 5))
        curve = sum(Line("gaussian", center=c, fwhm=w)([h, c, w], x) for h, c, w in lines)
        noise = 0.05 * np.random.default_rng(seed).standard_normal((20, 100))
        right += len(guess_peaks(0.3 + curve + noise).lines) == 3
    rows.least("three peaks found (of 20 maps)", ours=right, limit=20, reference=19)


def main():
    rows = Rows("peaks")
    for add in (formulae, noiseless, white, counts, crystallites, numbers):
        add(rows)
    rows.finish()


if __name__ == "__main__":
    main()
