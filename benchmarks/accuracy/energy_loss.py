"""Energy losses beside what is exact, and what counting allows.

python benchmarks/accuracy/energy_loss.py
"""

import numpy as np
from _rows import Rows

import sidpy
from pycroscopy.simulate import low_losses
from pycroscopy.spectroscopy import fit_background, fourier_log, relative_thickness, zero_loss


def spectra(values, energy):
    """Return spectra with their axis."""
    data = sidpy.Dataset.from_array(values)
    axis = sidpy.Dimension(energy, "energy", "energy", "eV", "SPECTRAL")
    data.set_dimension(data.ndim - 1, axis)
    return data


def logarithm(rows):
    """Add rows: single scattering of a Drude metal from a spectrum without noise."""
    energy = 0.25 * np.arange(2048)
    zero = np.exp(-0.5 * ((energy - 20) / 0.5) ** 2)
    zero /= zero.sum()
    loss = energy * 4 * 225 / ((energy**2 - 225) ** 2 + (4 * energy) ** 2)
    peak = np.fft.rfft(zero)
    for depth in (0.5, 1.0, 2.0):
        waves = np.fft.rfft(depth * loss / loss.sum())
        data = spectra(np.fft.irfft(peak * np.exp(waves)), energy - 20)
        expected = np.fft.irfft(peak * waves)
        found = fourier_log(data, zero, periodic=True).values.compute()
        off = np.abs(found - expected).max() / expected.max()
        rows.most(f"Fourier-log, t/λ {depth} (relative)", ours=off, limit=0, reference=1e-14)


def background(rows):
    """Add rows: bias of a power law that goes on from 200-400 eV to 400-500 eV."""
    energy = np.arange(200.0, 500.0)
    inside, beneath = energy < 400, energy >= 400
    for counts, reference in ((1e3, 1.0), (1e4, 0.2), (1e5, 0.1)):
        expected = energy**-3.0
        expected *= counts / expected[inside].sum()
        drawn = np.random.default_rng(18).poisson(expected, (12_000, 300))
        found = fit_background(spectra(drawn, energy), (200, 400)).signal((400, 500))
        found_background, h = found.background.compute(), found.h.compute()
        truth = expected[beneath].sum()
        bias = 100 * abs(found_background.mean() / truth - 1)
        name = f"power law, {counts:.0e} counts: bias (%)"
        rows.most(name, ours=bias, limit=0, reference=reference)
        ratio = found_background.var() / ((h.mean() - 1) * truth)
        rows.between("  variance over that of h", ours=ratio, low=0.9, high=1.1)
        covered = 100 * np.mean(np.abs(found.signal.compute()) < found.errors.compute())
        rows.between("  signal of zero within its error (%)", ours=covered, low=66, high=70)


def peak(rows):
    """Add rows: the position of a zero loss of 1 eV, and the thickness of a wedge."""
    for electrons in (1e3, 1e5):
        made = low_losses((60, 80), channels=400, electrons=electrons, thickness=0.5)
        found = zero_loss(made.data)
        off = found.position.compute() - made.shift
        limit = made.width / 2.3548 / np.sqrt(electrons * np.exp(-0.5))
        name = f"zero loss, {electrons:.0e} electrons (eV rms)"
        rows.most(name, ours=np.sqrt(np.mean(off**2)), limit=limit, reference=1.6 * limit)
        covered = 100 * np.mean(np.abs(off) < found.position_errors.compute())
        rows.between("  within its error (%)", ours=covered, low=66, high=70)
    made = low_losses((4, 12), electrons=None)
    off = relative_thickness(made.data).value.compute() / made.thickness - 1
    rows.most("thickness without noise (relative)", ours=np.abs(off).max(), reference=0.02)


def main():
    rows = Rows("energy losses")
    for add in (logarithm, background, peak):
        add(rows)
    rows.finish()


if __name__ == "__main__":
    main()
