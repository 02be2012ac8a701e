"""Centres of mass, phases and strain beside what counting allows.

python benchmarks/accuracy/diffraction.py
"""

import numpy as np
from _rows import Rows
from scipy.ndimage import gaussian_filter

from pycroscopy.diffraction import (
    center_of_mass,
    find_disks,
    fit_lattices,
    integrate,
    probe_template,
    strain_maps,
)
from pycroscopy.simulate import diffraction_scan


def center_of_disk(rows):
    """Add rows: noise of the centre of a uniform disk of 20 px, and whether its error covers."""
    y, x = np.mgrid[:64, :64] - 31.5
    inside = np.hypot(y, x) < 20
    for electrons in (100, 1000, 10_000):
        rng = np.random.default_rng(electrons)
        expected = np.where(inside, electrons / inside.sum(), 0.0)
        found = center_of_mass(rng.poisson(expected, (4000, 64, 64)).astype("u2")).persist()
        off = np.concatenate([part.compute() - 31.5 for part in (found.rows, found.columns)])
        errors = np.concatenate([p.compute() for p in (found.row_errors, found.column_errors)])
        limit = 20 / (2 * np.sqrt(electrons))
        name = f"centre of a disk, {electrons} electrons (px rms)"
        rows.most(name, ours=np.std(off), limit=limit, reference=1.05 * limit)
        covered = 100 * np.mean(np.abs(off) < errors)
        rows.between("  within its error (%)", ours=covered, low=66, high=70)


def phase(rows):
    """Add rows: rms of an integrated phase of 256 x 256 pixels."""
    rng = np.random.default_rng(0)
    image = gaussian_filter(rng.standard_normal((256, 256)), 4, mode="wrap")
    spectrum = np.fft.fft2((image - image.mean()) / image.std())
    spectrum[128], spectrum[:, 128] = 0, 0  # of which a derivative knows nothing
    image = np.fft.ifft2(spectrum).real
    k = 2 * np.pi * np.fft.fftfreq(256)
    exact = [np.fft.ifft2(1j * part * spectrum).real for part in (k[:, None], k)]
    square = k[:, None] ** 2 + k**2
    square[0, 0] = np.inf
    off = np.std(integrate(*exact) - image)
    rows.most("phase without noise (rms)", ours=off, limit=0, reference=6e-6)
    for noise in (0.05, 0.2):
        limit = noise * np.sqrt(np.mean(1 / square))
        squares = []
        for _ in range(60):
            noisy = [part + noise * rng.standard_normal(image.shape) for part in exact]
            squares.append(np.mean((integrate(*noisy) - image) ** 2))
        ours = np.sqrt(np.mean(squares))
        rows.most(f"phase, noise {noise} (rms)", ours=ours, limit=limit, reference=1.05 * limit)


def strain(rows):
    """Add rows: rms of strain from disks of 5 px on a lattice of 18 to 20 px."""
    for electrons, reference in ((2e3, 0.003), (2e4, 0.001), (2e5, 0.0005)):
        made = diffraction_scan((10, 12), electrons=electrons, seed=1)
        template = probe_template(made.probe)
        disks = find_disks(made.data, template, distance=8, threshold=0.1, margin=6)
        maps = strain_maps(fit_lattices(disks, made.vectors, origin=(0, 0)), made.vectors)
        values = np.stack([maps.uu.compute(), maps.vv.compute()])
        name = f"strain, {electrons:.0e} electrons (rms)"
        rows.most(name, ours=np.sqrt(np.mean(values**2)), reference=reference)


def main():
    rows = Rows("scans of diffraction patterns")
    for add in (center_of_disk, phase, strain):
        add(rows)
    rows.finish()


if __name__ == "__main__":
    main()
