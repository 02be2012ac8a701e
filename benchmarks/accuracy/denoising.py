"""Denoising: low rank with the rank chosen by itself, patches of a lattice, a photograph.

Set-up of low rank: 1024 x 512, four components of strength s sqrt(1024) (1, 0.8, 0.6, 0.4) in
white noise of one; squared error over the energy of the noise.  Reference: optimal shrinkage
with the rank known.  Patches: a lattice of 128 x 128 in noise of 0.5, windows of 16, step 2,
four components; reference: the mean over overlaps.
"""

import numpy as np
from _rows import Rows

from pycroscopy.image import denoise, denoise_patches
from pycroscopy.learn import decompose


def low_rank(rows):
    m, n, floor = 1024, 512, 4 * (1024 + 512 - 4) / (1024 * 512)
    for strength, reference in ((1.5, 0.0068), (3, 0.0101), (10, 0.0117)):
        random = np.random.default_rng(7)
        u, v = (np.linalg.qr(random.standard_normal((k, 4)))[0] for k in (m, n))
        signal = strength * np.sqrt(m) * (u * [1, 0.8, 0.6, 0.4]) @ v.T
        found = decompose(signal + random.standard_normal((m, n)))
        error = ((np.asarray(found.reconstruction()) - signal) ** 2).mean()
        rows.most(f"low rank, signal {strength}: error over noise ({found.rank} components)",
                  ours=error, limit=floor, reference=1.03 * reference)  # fmt: skip
        rows.least(f"low rank, signal {strength}: gain (dB)", ours=-10 * np.log10(error),
                   reference=19)  # fmt: skip


def lattice(rows):
    down, across = np.mgrid[:128, :128]
    truth = np.cos(0.8 * down) * np.cos(0.65 * across)
    inner = np.s_[16:-16, 16:-16]
    errors = {"step 2, 4 components": [], "all patches, rank chosen": []}
    for seed in range(4):
        noisy = truth + 0.5 * np.random.default_rng(seed).standard_normal(truth.shape)
        given = denoise_patches(noisy, size=16, step=2, rank=4, shrink=False)
        errors["step 2, 4 components"].append((np.asarray(given) - truth)[inner])
        errors["all patches, rank chosen"].append(
            (np.asarray(denoise_patches(noisy, size=16)) - truth)[inner]
        )
    for name, found in errors.items():
        rows.most(f"patches of a lattice, {name} (rmse)",
                  ours=np.sqrt(np.mean(np.square(found))), reference=0.0456)  # fmt: skip


def photograph(rows):
    from skimage import data, restoration

    image = data.camera()[100:356, 100:356].astype(float)
    noisy = image + 25 * np.random.default_rng(0).standard_normal(image.shape)
    peers = {
        "nonlocal": restoration.denoise_nl_means(noisy / 255, h=0.08, sigma=25 / 255,
                                                 patch_size=5, patch_distance=6),
        "tv": restoration.denoise_tv_chambolle(noisy / 255, weight=0.1),
        "wavelet": restoration.denoise_wavelet(noisy / 255, sigma=25 / 255),
    }  # fmt: skip

    def gain(found):
        return 20 * np.log10(255 / np.sqrt(np.mean((np.asarray(found) - image) ** 2)))

    for method, peer in peers.items():
        rows.least(f"photograph, noise 25, {method}, beside scikit-image (PSNR, dB)",
                   ours=gain(denoise(noisy, method=method)),
                   reference=gain(255 * peer) - 0.5)  # fmt: skip
    rows.least("photograph, noise 25, patches (PSNR, dB)", ours=gain(denoise_patches(noisy)),
               reference=gain(255 * peers["wavelet"]))  # fmt: skip


def main():
    rows = Rows("denoising")
    low_rank(rows)
    lattice(rows)
    photograph(rows)
    rows.finish()


if __name__ == "__main__":
    main()
