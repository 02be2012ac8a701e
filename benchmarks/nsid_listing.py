"""List a file of a thousand datasets, beside a bare walk of h5py through it.

    python benchmarks/nsid_listing.py [--datasets 1000]

The walk visits every object and reads its name and shape; we check and name every main
dataset (`get_all_main`), or read titles, shapes, types and units (`NSIDReader`, `sidpy.read`).
The claim is at most twice the time of the walk.
"""

import argparse
import pathlib
import tempfile

import h5py
import numpy as np
from _table import Table

import pyNSID
import sidpy


def walk(path):
    """Return name and shape of every object, with nothing but h5py."""
    found = []
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, item: found.append((name, getattr(item, "shape", None))))
    return found


def names(path):
    """Return the addresses of all main datasets."""
    with h5py.File(path, "r") as file:
        return [main.name for main in pyNSID.io.hdf_utils.get_all_main(file)]


def by_reader(path):
    """Return what a list of the datasets shows, by the reader class."""
    with pyNSID.NSIDReader(path) as reader:
        return [(d.title, d.shape, d.dtype, d.units) for d in reader.read_all().values()]


def by_read(path):
    """Return the same by the one function for all formats."""
    return [(d.title, d.shape, d.dtype, d.units) for d in sidpy.read(path).values()]


def example():
    """Return a small spectral image with metadata."""
    data = sidpy.Dataset.from_array(np.ones((2, 3, 4), "f4"), title="map", units="nA")
    for axis, name in enumerate(("x", "y", "bias")):
        values = np.arange(data.shape[axis]) * 0.5
        data.set_dimension(axis, sidpy.Dimension(values, name, "Length", "nm"))
    data.metadata = {"temperature": 4.2, "tip": "W", "setpoint": {"I": 2, "V": 1.0}}
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=1000)
    count = parser.parse_args().datasets
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "many.h5")
        sidpy.write({f"channel {i}": example() for i in range(count)}, path)
        table = Table(f"listing {count} datasets", limit=2.0, repeats=3)
        for name, work in (
            ("get_all_main", names), ("NSIDReader.read_all", by_reader), ("sidpy.read", by_read)
        ):  # fmt: skip
            table.row(name, ours=lambda work=work: work(path), h5py=lambda: walk(path))
        table.finish()


if __name__ == "__main__":
    main()
