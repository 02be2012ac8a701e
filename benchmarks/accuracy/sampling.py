"""Fewer samples: basis pursuit against the Donoho-Tanner transition, optima by few measurements.

Gaussian matrices of 50 x 100, 60 trials for each sparsity; success is an error below 1e-4.  The
transition is at 0.386 nonzeros per sample.  Branin has the minimum 0.397887, Hartmann-6
-3.32237; simple regret after 30 and 60 measurements.  Needs scikit-learn for the optima.
"""

import numpy as np
from _rows import Rows

from pycroscopy.learn import basis_pursuit, optimize

TRIALS = 60


def branin(x):
    bend = x[1] - 5.1 / (4 * np.pi**2) * x[0] ** 2 + 5 / np.pi * x[0] - 6
    return bend**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x[0]) + 10


A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14],
     [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)  # fmt: skip
P = 1e-4 * np.array(
    [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
     [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]
)  # fmt: skip


def hartmann(x):
    return -np.sum([1, 1.2, 3, 3.2] * np.exp(-np.sum(A * (x - P) ** 2, axis=1)))


def pursuit(rows):
    r = np.random.default_rng(0)
    for ratio, reference in ((0.24, 1.0), (0.32, 0.95), (0.38, 0.70), (0.46, 0.25), (0.54, 0.0)):
        good = 0
        for _ in range(TRIALS):
            matrix, truth = r.standard_normal((50, 100)), np.zeros(100)
            truth[r.choice(100, round(50 * ratio), replace=False)] = r.standard_normal(
                round(50 * ratio)
            )
            good += np.abs(basis_pursuit(matrix, matrix @ truth) - truth).max() < 1e-4
        # two deviations of our trials and of the 20 behind the reference
        spread = 2 * np.sqrt(max(reference * (1 - reference), 0.04) * (1 / 20 + 1 / TRIALS))
        rows.between(f"basis pursuit, {ratio} nonzeros per sample: success", ours=good / TRIALS,
                     low=max(reference - spread, 0), high=min(reference + spread, 1))  # fmt: skip


def optima(rows):
    found = [optimize(branin, [[-5, 10], [0, 15]], n_calls=30, random_state=s) for s in range(2)]
    rows.most("Branin, 30 measurements: regret", limit=0, reference=0.01,
              ours=np.mean([one.value for one in found]) - 0.397887)  # fmt: skip
    found = optimize(hartmann, [[0, 1]] * 6, n_calls=60, random_state=0)
    rows.most("Hartmann-6, 60 measurements: regret", limit=0, reference=0.2,
              ours=found.value + 3.32237)  # fmt: skip


def main():
    rows = Rows("sampling")
    pursuit(rows)
    optima(rows)
    rows.finish()


if __name__ == "__main__":
    main()
