"""Principal components of 128 x 128 x 1024 values: ours beside scikit-learn and NumPy.

Eight components in noise, single precision, 64 MB.  Ours finds the rank by itself and works
in double precision, from memory and from a file in chunks; the peers are told the rank.
Every row is checked against LAPACK first: the singular values of the eight components must
agree to 1e-6.

Needs scikit-learn.  Promise: at most 1.2 times the fastest exact solver of scikit-learn, which
is told the rank and works in single precision.
"""

import tempfile
from pathlib import Path

import numpy as np
from _table import Table
from sklearn.decomposition import PCA

import sidpy
from pycroscopy.learn import decompose

SHAPE, RANK = (128, 128, 1024), 8


def simulated():
    """Return a spectrum image with eight components."""
    r = np.random.default_rng(0)
    maps = r.standard_normal((SHAPE[0] * SHAPE[1], RANK), np.float32)
    spectra = r.standard_normal((RANK, SHAPE[2]), np.float32)
    values = maps @ spectra / 2 + r.standard_normal((len(maps), SHAPE[2]), np.float32)
    return values.reshape(SHAPE)


def accuracy(values, expected):
    """Return the largest relative error of the leading singular values."""
    return float(np.abs(values[:RANK] / expected[:RANK] - 1).max())


def main():
    values = simulated()
    flat = values.reshape(-1, SHAPE[2])
    double = flat.astype(np.float64)
    exact = np.linalg.svd(double - double.mean(axis=0), compute_uv=False)
    in_memory = sidpy.Dataset.from_array(values)

    def sklearn(solver):
        model = PCA(RANK, svd_solver=solver, random_state=0)
        model.fit_transform(flat)
        return model.singular_values_

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cube.bin"
        values.tofile(path)
        source = sidpy.FileArray(path, np.float32, SHAPE)
        from_file = sidpy.Dataset.from_array(source, chunks=(8, 128, 1024))
        print("relative error of the eight singular values against LAPACK in double precision")
        for name, found in {
            "ours, memory": decompose(in_memory, center=True),
            "ours, file": decompose(from_file, center=True),
        }.items():
            error = accuracy(found.singular_values, exact)
            print(f"  {name:24} {error:.1e}   rank found {found.rank}, noise {found.noise:.4f}")
            if error > 1e-6 or found.rank != RANK:
                raise SystemExit(1)
        for solver in ("covariance_eigh", "randomized"):
            print(f"  {'sklearn ' + solver:24} {accuracy(sklearn(solver), exact):.1e}")
        table = Table("PCA, 8 components of 128 x 128 x 1024", limit=1.2, repeats=5, sample=0.0)
        table.row(
            "in memory",
            ours=lambda: decompose(in_memory, center=True),
            sklearn_eigh=lambda: sklearn("covariance_eigh"),
        )
        table.row(
            "in memory, randomised",
            ours=lambda: decompose(in_memory, center=True),
            sklearn_random=lambda: sklearn("randomized"),
        )
        table.row(
            "from a file, 16 chunks",
            ours=lambda: decompose(from_file, center=True),
            sklearn_eigh=lambda: sklearn("covariance_eigh"),
        )
        table.row(
            "against all of LAPACK",
            ours=lambda: decompose(in_memory, center=True),
            numpy_svd=lambda: np.linalg.svd(flat, full_matrices=False),
        )
        table.finish()


if __name__ == "__main__":
    main()
