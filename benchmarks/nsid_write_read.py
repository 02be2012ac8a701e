"""Write and read in the NSID model beside bare h5py and the released package.

    python benchmarks/nsid_write_read.py [--upstream PYTHON] [--megabytes 64]

Prints a table of the best of several runs, in milliseconds.  ``--upstream`` names the
interpreter of an environment with pyNSID 0.0.7.2, which then runs the same rows.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings

import h5py
import numpy as np


def best(action, runs):
    """Return the shortest of several times in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def rows(megabytes, folder):
    """Return milliseconds by name of the task, for the pyNSID that is installed."""
    import pyNSID
    import sidpy
    from pyNSID.io.hdf_utils import read_h5py_dataset

    edge = round((megabytes * 2**20 / 4 / 256) ** 0.5)
    numbers = np.random.default_rng(0).integers(0, 4096, (edge, edge, 256)).astype(np.float32)
    small = sidpy.Dataset.from_array(np.eye(4), title="small")
    large = sidpy.Dataset.from_array(numbers, title="large", chunks=(64, 64, 256))
    found = {}
    count = iter(range(10**6))
    with h5py.File(folder / "small.h5", "w") as file:

        def write_small():
            pyNSID.hdf_io.write_nsid_dataset(small, file, main_data_name=f"s{next(count)}")

        found["write 4 x 4"] = best(write_small, 60)
        main = file["s0/s0"]
        found["read 4 x 4"] = best(lambda: read_h5py_dataset(main).title, 30)
    for words, options in (("", {}), (", gzip", {"compression": "gzip", "compression_opts": 4})):

        def write_large(options=options):
            with h5py.File(folder / "large.h5", "w") as file:
                pyNSID.hdf_io.write_nsid_dataset(large, file, **options)

        found[f"write {megabytes} MB{words}"] = best(write_large, 3 if not options else 1)
        with h5py.File(folder / "large.h5", "r") as file:
            main = file["large/large"]
            tracemalloc.start()
            found[f"open {megabytes} MB{words}"] = best(
                lambda m=main: read_h5py_dataset(m).title, 3
            )
            found[f"memory to open{words} (MB)"] = tracemalloc.get_traced_memory()[1] / 2**20
            tracemalloc.stop()
    return found


def bare(megabytes, folder):
    """Return the same of h5py without a model, where it makes sense."""
    edge = round((megabytes * 2**20 / 4 / 256) ** 0.5)
    numbers = np.random.default_rng(0).integers(0, 4096, (edge, edge, 256)).astype(np.float32)
    found = {}
    count = iter(range(10**6))
    with h5py.File(folder / "bare.h5", "w") as file:
        small = np.eye(4)
        found["write 4 x 4"] = best(lambda: file.create_dataset(f"s{next(count)}", data=small), 60)
    for words, options in (("", {}), (", gzip", {"compression": "gzip", "compression_opts": 4})):

        def write_large(options=options):
            with h5py.File(folder / "bare.h5", "w") as file:
                file.create_dataset("large", data=numbers, **options)

        found[f"write {megabytes} MB{words}"] = best(write_large, 3 if not options else 1)
    return found


def upstream(interpreter, megabytes):
    """Return the rows of another environment."""
    command = [interpreter, __file__, "--rows", "--megabytes", str(megabytes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upstream", help="interpreter with the released packages")
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--rows", action="store_true", help="print the rows as JSON, no table")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ours = rows(options.megabytes, folder)
        if options.rows:
            print(json.dumps(ours))
            return
        columns = {"pyNSID": ours, "bare h5py": bare(options.megabytes, folder)}
    if options.upstream:
        columns["released"] = upstream(options.upstream, options.megabytes)
    print(f"{'task':28}" + "".join(f"{name:>12}" for name in columns))
    for task in ours:
        cells = (found.get(task) for found in columns.values())
        print(f"{task:28}" + "".join(f"{'-' if c is None else f'{c:.2f}':>12}" for c in cells))


if __name__ == "__main__":
    sys.exit(main())
