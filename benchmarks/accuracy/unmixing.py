"""Unmixing: angles between found and true spectra, shares, and the rank of counts.

Three spectra of 200 bands (Gaussians at 0.25, 0.5 and 0.75 of the range, widths 0.08, 0.12 and
0.06, on 0.2), 2500 pixels with Dirichlet(1, 1, 1) shares, three of them pure; SNR relative to
the rms of the data; the best permutation.  Reference of N-FINDR: the pixels as measured.
Counts: the same spectra times a thickness of 0.3 to 2; the right rank is 3.
"""

from itertools import permutations

import numpy as np
from _rows import Rows

from pycroscopy.learn import decompose, unmix

BAND = np.linspace(0, 1, 200)
PURE = np.array(
    [
        0.2 + np.exp(-0.5 * ((BAND - center) / width) ** 2)
        for center, width in ((0.25, 0.08), (0.5, 0.12), (0.75, 0.06))
    ]
)


def mixed(snr, seed):
    r = np.random.default_rng(seed)
    shares = r.dirichlet([1, 1, 1], 2500)
    shares[:3] = np.eye(3)
    values = shares @ PURE
    if snr is None:
        return values
    noise = np.sqrt(np.mean(values**2)) * 10 ** (-snr / 20)
    return values + noise * r.standard_normal(values.shape)


def angle(found):
    lengths = np.linalg.norm(found, axis=1)[:, None] * np.linalg.norm(PURE, axis=1)
    angles = np.degrees(np.arccos(np.clip(found @ PURE.T / lengths, -1, 1)))
    return min(np.mean(angles[list(order), range(3)]) for order in permutations(range(3)))


def mean_angle(snr, seeds, **options):
    found = [unmix(mixed(snr, s), 3, random_state=s, **options).endmembers for s in range(seeds)]
    return np.mean([angle(np.asarray(one)) for one in found])


def end_members(rows):
    rows.most("N-FINDR, no noise (degrees)", ours=mean_angle(None, 2), limit=0, reference=1e-3)
    for snr, reference in ((40, 0.50), (30, 1.59), (20, 5.17)):
        rows.most(f"N-FINDR as measured, {snr} dB", reference=1.02 * reference,
                  ours=mean_angle(snr, 5, denoise=False), limit=0)  # fmt: skip
        rows.most(f"N-FINDR in the plane of the pixels, {snr} dB", reference=reference,
                  ours=mean_angle(snr, 5), limit=0)  # fmt: skip
        rows.most(f"vertex components, {snr} dB", reference=reference,
                  ours=mean_angle(snr, 5, method="vca"), limit=0)  # fmt: skip
    rows.most("NMF from N-FINDR, no noise (not unique)", reference=3.4,
              ours=mean_angle(None, 1, method="nmf"))  # fmt: skip
    rows.most("MCR from N-FINDR, 40 dB", reference=0.5, ours=mean_angle(40, 1, method="mcr"))


def coverage(rows):
    r = np.random.default_rng(0)
    shares = r.dirichlet([5, 5, 5], 20000)
    from pycroscopy.learn import fit_references

    found = fit_references(shares @ PURE + 0.1 * r.standard_normal((20000, 200)), PURE)
    inside = np.abs(np.asarray(found.abundances) - shares) < np.asarray(found.errors)
    rows.between("shares within 68 % intervals", ours=inside.mean(), low=0.66, high=0.70)


def counts(rows):
    for level in (1, 5, 50):
        r = np.random.default_rng(level)
        shares = r.dirichlet(np.ones(3), 2000) * r.uniform(0.3, 2, (2000, 1))
        expected = level * shares @ (PURE**4 + 0.05)
        drawn = r.poisson(expected)
        plain, weighted = decompose(drawn), decompose(drawn, noise="poisson")
        rows.between(f"rank of counts, level {level}", ours=plain.rank, low=3, high=3)
        rows.between(f"noise of weighted counts, level {level}", ours=weighted.noise,
                     low=0.98, high=1.02)  # fmt: skip
        errors = [np.mean((np.asarray(d.reconstruction()) - expected) ** 2)
                  for d in (plain, weighted)]  # fmt: skip
        rows.most(f"weighted over unweighted error, level {level}", reference=1.0,
                  ours=errors[1] / errors[0])  # fmt: skip


def main():
    rows = Rows("unmixing")
    end_members(rows)
    coverage(rows)
    counts(rows)
    rows.finish()


if __name__ == "__main__":
    main()
