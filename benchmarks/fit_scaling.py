"""Fits of 10,000 to 1,000,000 spectra: time per spectrum and peak memory.

Each number runs in a process of its own.  The spectra are made chunk by chunk as a dask
array, so what is measured beyond the result is what the fit needs: the budget of a task,
`memory`, times the threads.  The result counts twice, because its blocks are there while
they are joined.  Promise: the time per spectrum at a million is at most 1.3 times that at ten
thousand, and memory beyond the result does not grow by more than 100 MB.
"""

import json
import resource
import subprocess
import sys
from time import perf_counter

NUMBERS = (10_000, 100_000, 1_000_000)
BUDGET = 32 << 20


def measure(number):
    """Fit this many spectra and print seconds and bytes."""
    import dask
    import dask.array as da
    import numpy as np

    import sidpy
    from sidpy.proc.models import Constant, Gaussian

    x = np.linspace(-5, 5, 100)
    model = Gaussian() + Constant()

    def made(block_info=None):
        (first, last), _ = block_info[None]["array-location"]
        r = np.random.default_rng(first)
        p = r.uniform([1, -1, 0.5, 0], [3, 1, 1.5, 1], (last - first, 4))
        return model(p, x) + 0.1 * r.standard_normal((last - first, len(x)))

    chunks = ((5000,) * (number // 5000), (100,))
    data = sidpy.Dataset.from_array(da.map_blocks(made, chunks=chunks, dtype=float))
    data.set_dimension(1, sidpy.Dimension(x, "energy", "Energy", "eV", "spectral"))
    with dask.config.set(scheduler="threads", num_workers=2):
        sidpy.fit_dataset(data[:5000], model, memory=BUDGET)
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        began = perf_counter()
        fit = sidpy.fit_dataset(data, model, memory=BUDGET)
        took = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps([took, base, peak, fit.packed.nbytes, fit.n_failed]))


def main():
    print(f"{'spectra':>9} {'per spectrum':>13} {'result':>9} {'beyond result':>14} {'failed':>7}")
    rows = []
    for number in NUMBERS:
        done = subprocess.run(
            [sys.executable, __file__, str(number)], capture_output=True, text=True, check=True
        )
        took, base, peak, result, failed = json.loads(done.stdout.splitlines()[-1])
        beyond = (peak - base - 2 * result) / 1e6
        rows.append((took / number, beyond))
        print(
            f"{number:9} {took / number * 1e6:10.1f} µs {result / 1e6:6.0f} MB "
            f"{beyond:11.0f} MB {failed:7}",
            flush=True,
        )
    kept = rows[-1][0] <= 1.3 * rows[0][0] and rows[-1][1] - rows[0][1] <= 100
    print(f"linear, within its memory: {'yes' if kept else 'NO'}")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    measure(int(sys.argv[1])) if len(sys.argv) > 1 else main()
