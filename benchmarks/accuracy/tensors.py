"""Tensors: CP and Tucker of exact ranks, and of noise beside tensorly.

The fit is 1 minus the relative error; the congruence is the smallest product of the cosines of
a component with its true one along all axes.  Needs tensorly.
"""

import numpy as np
from _rows import Rows
from tensorly.decomposition import non_negative_parafac_hals, parafac
from tensorly.decomposition import tucker as tensorly_tucker

from pycroscopy.learn.tensors import cp, tucker


def congruence(found, truth):
    product = 1.0
    for ours, theirs in zip(found, truth, strict=True):
        lengths = np.outer(np.linalg.norm(theirs, axis=0), np.linalg.norm(ours, axis=0))
        product = product * np.abs(theirs.T @ ours) / lengths
    return product.max(axis=1).min()


def fit(tensor, model):
    return 1 - np.linalg.norm(tensor - model) / np.linalg.norm(tensor)


def main():
    rows = Rows("tensors")
    r = np.random.default_rng(0)
    for positive in (False, True):
        draw = r.random if positive else r.standard_normal
        factors = [draw((n, 3)) for n in (20, 15, 11)]
        tensor = np.einsum("ir,jr,kr->ijk", *factors)
        found = cp(tensor, 3, non_negative=positive, budget=(20000, 1e-14))
        name = "CP, positive" if positive else "CP"
        rows.least(f"{name}: fit of exact rank 3", ours=found.fit, limit=1, reference=1 - 1e-5)
        rows.least(f"{name}: congruence", ours=congruence(found.factors, factors), limit=1,
                   reference=1 - 1e-5)  # fmt: skip
    noisy = np.maximum(tensor + 0.1 * r.standard_normal(tensor.shape), 0)
    settings = {"n_iter_max": 2000, "tol": 1e-12, "init": "svd"}
    for name, ours, peer in (
        ("CP", cp(noisy, 3), parafac(noisy, 3, **settings)),
        ("CP, positive", cp(noisy, 3, non_negative=True),
         non_negative_parafac_hals(noisy, 3, **settings)),
    ):  # fmt: skip
        model = np.einsum("r,ir,jr,kr->ijk", peer[0], *peer[1])
        rows.least(f"{name} with noise: fit beside tensorly", ours=ours.fit,
                   reference=fit(noisy, model) - 1e-5)  # fmt: skip
    core, turns = tensorly_tucker(noisy, [2, 3, 2], n_iter_max=500, tol=1e-12)
    model = np.einsum("abc,ia,jb,kc->ijk", core, *turns)
    rows.least("Tucker with noise: fit beside tensorly", ours=tucker(noisy, (2, 3, 2)).fit,
               reference=fit(noisy, model) - 1e-5)  # fmt: skip
    rows.finish()


if __name__ == "__main__":
    main()
