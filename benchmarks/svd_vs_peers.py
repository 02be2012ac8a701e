"""Principal components of 128 x 128 x 1024 values: ours beside scikit-learn and one pass.

Sixteen components in noise, single precision, 64 MB, from memory and from a file in chunks.
Every row is checked against LAPACK in double precision first: the singular values of the
components must agree to 1e-5, and so must the rank and the noise that ours finds by itself.

Needs scikit-learn.  Promises: at most 0.67 times the fastest exact solver of scikit-learn, also
where ours counts the components itself; from a file within a budget of 128 MB at most 1.2 times
as long as from memory.
"""

import tempfile
from pathlib import Path

import numpy as np
from _table import Table, finish
from sklearn.decomposition import PCA

import sidpy
from pycroscopy.learn import decompose

SHAPE, RANK = (128, 128, 1024), 16
BUDGET = 1 << 27


def simulated():
    """Return a spectrum image with sixteen components."""
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
        print("relative error of the singular values against LAPACK in double precision")
        for name, found in {
            "ours, memory": decompose(in_memory, center=True),
            "ours, file": decompose(from_file, center=True, memory_budget=BUDGET),
        }.items():
            error = accuracy(found.singular_values, exact)
            print(f"  {name:24} {error:.1e}   rank found {found.rank}, noise {found.noise:.4f}")
            if error > 1e-5 or found.rank != RANK or abs(found.noise - 1) > 0.01:
                raise SystemExit(1)
        for solver in ("covariance_eigh", "randomized"):
            print(f"  {'sklearn ' + solver:24} {accuracy(sklearn(solver), exact):.1e}")
        peer = Table("PCA, 16 components of 128 x 128 x 1024", limit=0.67, repeats=9, sample=0.0)
        peer.row(
            "told the rank",
            ours=lambda: decompose(in_memory, rank=RANK, center=True),
            sklearn_eigh=lambda: sklearn("covariance_eigh"),
        )
        peer.row(
            "counting them",
            ours=lambda: decompose(in_memory, center=True),
            sklearn_eigh=lambda: sklearn("covariance_eigh"),
        )
        other = Table("beside a solver that is not exact", repeats=5, sample=0.0)
        other.row(
            "told the rank",
            ours=lambda: decompose(in_memory, rank=RANK, center=True),
            sklearn_random=lambda: sklearn("randomized"),
        )
        files = Table("from a file", limit=1.2, repeats=9, sample=0.0)
        files.row(
            "16 chunks, 128 MB",
            ours=lambda: decompose(from_file, rank=RANK, center=True, memory_budget=BUDGET),
            in_memory=lambda: decompose(in_memory, rank=RANK, center=True),
        )
        finish(peer, other, files)


if __name__ == "__main__":
    main()
