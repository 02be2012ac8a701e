"""Bright field and centre of mass of a 4D-STEM scan in a file: ours beside LiberTEM and NumPy.

    LIBERTEM_PYTHON=... python benchmarks/stem_4d.py [--scan 64] [--pattern 128] [--folder FOLDER]

Promises: one pass over 64 x 64 patterns of 128 x 128 uint16, for a detector, the centre of mass
and its errors, takes no longer than `numpy.fromfile` takes to read the file, and at most 0.4 of
the time of LiberTEM's fastest executor, which finds the same without the errors.

LIBERTEM_PYTHON names the interpreter of an environment with LiberTEM; its rows are left out
without it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from _table import Table, finish

import sidpy
from pycroscopy.diffraction import disk, virtual_images
from SciFiReaders.labelled import lazy

PEER = """
import sys, time
import numpy as np
import libertem.api as lt
path, scan, pattern, executor = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
with lt.Context.make_with(executor) as context:
    data = context.load("raw", path=path, nav_shape=(scan, scan), sig_shape=(pattern, pattern),
                        dtype="uint16")
    middle = pattern / 2
    from libertem.udf.masks import ApplyMasksUDF
    from libertem import masks
    y, x = np.mgrid[:pattern, :pattern].astype("float32")
    field = masks.circular(middle, middle, pattern, pattern, pattern / 8)
    factories = [lambda: field, lambda: np.ones_like(y), lambda: y, lambda: x]
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        context.run_udf(dataset=data, udf=ApplyMasksUDF(mask_factories=factories))
        print(time.perf_counter() - started, flush=True)
"""


class LiberTEM:
    """A process that does its pass over the file when it is told to."""

    def __init__(self, python, path, scan, pattern, executor):
        self.process = subprocess.Popen(
            [python, "-c", PEER, str(path), str(scan), str(pattern), executor],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self.process.stdout.readline().strip() != "ready":
            msg = f"LiberTEM's executor {executor!r} did not start"
            raise RuntimeError(msg)

    def __call__(self):
        """Return the seconds of one pass."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        """Let it end."""
        self.process.stdin.close()
        self.process.wait(60)


def scanned(path, scan, pattern):
    """Return the scan in a file as a reader would, chunks included."""
    source = sidpy.FileArray(path, "<u2", (scan, scan, pattern, pattern))
    return sidpy.Dataset.from_array(lazy(source))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scan", type=int, default=64)
    parser.add_argument("--pattern", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    scan, pattern = options.scan, options.pattern
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder, "scan.raw")
        numbers = np.random.default_rng(0).poisson(5, (scan, scan, pattern, pattern))
        numbers.astype("<u2").tofile(path)
        data = scanned(path, scan, pattern)
        detector = {"BF": disk(pattern / 8, center=(pattern / 2, pattern / 2))}

        def ours():
            started = perf_counter()
            virtual_images(data, detector, center_of_mass=True).persist()
            return perf_counter() - started

        def fromfile():
            started = perf_counter()
            np.fromfile(path, "<u2")
            return perf_counter() - started

        found = virtual_images(data, detector, center_of_mass=True).persist()
        rows = np.asarray(found.center_of_mass.rows)
        exact = (numbers * np.arange(pattern)[:, None]).sum((2, 3)) / numbers.sum((2, 3))
        print(f"centre of mass: largest error {np.abs(rows - exact).max():.1e} px\n")

        tables = [Table("beside reading the file once", limit=1.0, repeats=options.repeats)]
        tables[0].seconds("all in one pass", ours=ours, fromfile=fromfile)
        python = os.environ.get("LIBERTEM_PYTHON")
        if python is None:
            print("LIBERTEM_PYTHON names no interpreter with LiberTEM\n")
        else:
            tables.append(Table("beside LiberTEM", limit=0.4, repeats=options.repeats))
            for executor in ("inline", "threads", "dask"):
                peer = LiberTEM(python, path, scan, pattern, executor)
                tables[1].seconds(executor, ours=ours, LiberTEM=peer)
                peer.close()
        sys.stdout.flush()
        finish(*tables)


if __name__ == "__main__":
    main()
