"""Exact things: deconvolution beside scikit-image, levelling, Fourier filters, inpainting.

A limit of 0 is rounding.
"""

import numpy as np
from _rows import Rows
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.signal import fftconvolve
from skimage import restoration

import sidpy
from pycroscopy.image import (
    adaptive_fourier_filter,
    denoise_patches,
    level_lines,
    level_plane,
    level_terraces,
    optical_flow,
    richardson_lucy,
)
from pycroscopy.image.deconvolution import gaussian_probe

DOWN, ACROSS = np.mgrid[:151, :200].astype(float)


def deconvolution(rows):
    psf = gaussian_probe(2.0, (1.0, 1.0), (99, 120))
    sharp = np.zeros((99, 120))
    sharp[40:60:6, 40:80:9] = 50
    image = np.maximum(fftconvolve(sharp, psf, mode="same"), 0)
    ours = np.asarray(richardson_lucy(image, psf, boundary="periodic", iterations=30, tolerance=0))
    peer = restoration.richardson_lucy(image, psf, num_iter=30, clip=False)
    inner = np.s_[20:-20, 20:-20]
    error = np.abs(ours - peer)[inner].max() / peer.max()
    rows.most("Richardson-Lucy beside scikit-image", ours=error, limit=0, reference=1e-6)
    rows.most("Richardson-Lucy, change of the sum", ours=abs(ours.sum() / image.sum() - 1),
              limit=0, reference=1e-12)  # fmt: skip
    rows.least("Richardson-Lucy, smallest value", ours=ours.min(), limit=0, reference=0.0)


def levelling(rows):
    plane = 3 * DOWN - 2 * ACROSS + 7
    offsets = np.random.default_rng(0).uniform(-5, 5, 151)[:, None]
    rows.most("plane (rms left)", ours=np.std(level_plane(plane)), limit=0, reference=1e-12)
    for along in ("rows", "columns"):
        lines = plane + (offsets if along == "rows" else 0)
        left = np.asarray(level_lines(lines, along=along))
        rows.most(f"lines along {along} (rms left)", ours=left.std(), limit=0, reference=1e-12)
    steps = 2.0 * (ACROSS > 60) + 2.0 * (ACROSS > 130)
    labels = 1 + (ACROSS > 60) + (ACROSS > 130)
    left = np.asarray(level_terraces(steps + plane, labels=labels).levelled) - steps
    rows.most("plane under terraces (rms left)", ours=left.std(), limit=0, reference=1e-12)


def filters(rows):
    wanted = 100 + 10 * np.cos(2 * np.pi * (12 * DOWN / 151 + 5 * ACROSS / 200))
    image = sidpy.Dataset.from_array(wanted + 4 * np.cos(2 * np.pi * 30 * DOWN / 151))
    image.data_type = "IMAGE"
    spot = [[12 / 151, 5 / 200]]
    found = adaptive_fourier_filter(image, spot, low_pass=0.02, reflection_radius=0.01)
    rows.most("Bragg filter of an odd image (largest error)",
              ours=np.abs(np.asarray(found) - wanted).max(), limit=0, reference=1e-10)  # fmt: skip
    noise = np.random.default_rng(0).standard_normal(DOWN.shape)
    whole = denoise_patches(noise, size=6, rank=36, shrink=False)
    rows.most("all components of patches (largest error)",
              ours=np.abs(np.asarray(whole) - noise).max(), limit=0, reference=1e-10)  # fmt: skip


def motion(rows):
    """Average angular error, as for the Yosemite sequence; 3 degrees is a good method's."""
    still = gaussian_filter(np.random.default_rng(0).standard_normal(DOWN.shape), 3, mode="wrap")
    field = np.stack([0.8 * np.sin(ACROSS / 30), 1.0 + 0.01 * DOWN])
    seen = map_coordinates(still, [DOWN - field[0], ACROSS - field[1]], order=5, mode="wrap")
    found = np.asarray(optical_flow(still, seen))
    ours, true = (np.concatenate([f, np.ones((1, *DOWN.shape))]) for f in (found, field))
    cosine = (
        (ours * true).sum(axis=0) / np.linalg.norm(ours, axis=0) / np.linalg.norm(true, axis=0)
    )
    error = np.degrees(np.arccos(np.clip(cosine, -1, 1)))[10:-10, 10:-10].mean()
    rows.most("optical flow of a texture (average angular error, deg)", ours=error, reference=3.0)


def main():
    rows = Rows("images")
    deconvolution(rows)
    levelling(rows)
    filters(rows)
    motion(rows)
    rows.finish()


if __name__ == "__main__":
    main()
