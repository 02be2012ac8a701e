"""Write and read large measurements beside bare h5py, HyperSpy, xarray and the released pyNSID.

    python benchmarks/nsid_throughput.py [--megabytes 512] [--repeats 2] [--folder FOLDER]

Every time runs until the file is on the disk.  HYPERSPY_PYTHON and SIDPY_UPSTREAM_PYTHON name
the interpreters of environments with HyperSpy and with pyNSID 0.0.7.2; xarray is used when it
is installed here with netCDF4 or h5netcdf.  The measurement is a scan of diffraction patterns
as integers (20,000 electrons each) or a map of spectra with noise as floats.
"""

import argparse
import importlib.util
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
from _table import Table

SCAN = "Measurement_000/Channel_000/scan/scan"

PEER = """
import json, os, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
kind, source, path = sys.argv[1:]
values = np.load(source)
if kind == "hyperspy":
    import hyperspy.api as hs
    signal = (hs.signals.Signal2D if values.ndim == 4 else hs.signals.Signal1D)(values)
    write = lambda: signal.save(path, overwrite=True)
    read = lambda: hs.load(path).data.sum()
else:
    import h5py, pyNSID, sidpy
    from pyNSID.io.hdf_utils import read_h5py_dataset
    dataset = sidpy.Dataset.from_array(values, title="scan")
    def write():
        with h5py.File(path, "w") as file:
            group = file.create_group("g")
            pyNSID.hdf_io.write_nsid_dataset(dataset, group, main_data_name="scan")
    def read():
        with h5py.File(path, "r") as file:
            np.asarray(read_h5py_dataset(file["g/scan/scan"]))
def timed(work, sync):
    started = time.perf_counter()
    work()
    if sync:
        handle = os.open(path, os.O_RDONLY); os.fsync(handle); os.close(handle)
    return time.perf_counter() - started
timed(write, True)
for line in sys.stdin:
    print(json.dumps([timed(write, True), timed(read, False), os.path.getsize(path)]), flush=True)
"""


def counts(megabytes, electrons=20_000):
    """Return diffraction patterns of a scan: a disc, and little beside it."""
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    radius = np.hypot(x, y)
    mean = (radius < 0.3) + 0.05 * np.exp(-3 * radius)
    mean *= electrons / mean.sum()
    rows = max(megabytes // 8, 1)
    found = np.empty((rows, 64, 256, 256), np.uint16)
    block = np.random.default_rng(0).poisson(mean, (64, 256, 256)).astype(np.uint16)
    for row in range(rows):
        found[row] = np.roll(block, (row, 3 * row), axis=(0, 1))
    return found


def spectra(megabytes):
    """Return spectra of a map: a peak on a background, with the noise of a detector."""
    energy = np.linspace(0, 1, 1024)
    mean = 100 * np.exp(-(((energy - 0.3) / 0.02) ** 2)) + 50 * np.exp(-3 * energy)
    edge = max(round(math.sqrt(megabytes * 2**20 / 4096)), 1)
    rng = np.random.default_rng(0)
    found = rng.standard_normal((edge, edge, 1024), np.float32) * 2
    found += mean * (1 + 0.1 * rng.random((edge, edge, 1)))
    return found


def as_dataset(values):
    import sidpy

    dataset = sidpy.Dataset.from_array(values, title="scan")
    kinds = ["spatial", "spatial", *["reciprocal" if values.ndim == 4 else "spectral"] * 2]
    for axis, length in enumerate(values.shape):
        dataset.set_dimension(
            axis, sidpy.Dimension(np.arange(length), name="yxvu"[axis], dimension_type=kinds[axis])
        )
    return dataset


def synced(write, path):
    """Return the seconds until what is written is on the disk."""
    started = time.perf_counter()
    write()
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return time.perf_counter() - started


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Ours:
    """A dataset written by `sidpy.write` with some options."""

    def __init__(self, values, folder, **options):
        self.dataset, self.path, self.options = as_dataset(values), folder / "ours.h5", options

    def write(self):
        """Return the seconds of writing."""
        import sidpy

        return seconds(
            lambda: sidpy.write(self.dataset, self.path, overwrite=True, **self.options)
        )

    def read(self):
        """Return the seconds of reading everything."""
        from sidpy import H5Array

        return seconds(lambda: H5Array(self.path, SCAN)[...])

    def layout(self):
        """Return how HDF5 was told to create the dataset."""
        self.write()
        with h5py.File(self.path, "r") as file:
            plist = file[SCAN].id.get_create_plist()
            return plist.copy()


class Bare:
    """The same chunks and filters by h5py alone."""

    def __init__(self, values, folder, plist):
        self.values, self.path, self.plist = values, folder / "bare.h5", plist

    def write(self):
        """Return the seconds of writing."""

        def write():
            with h5py.File(self.path, "w") as file:
                space = h5py.h5s.create_simple(self.values.shape)
                kind = h5py.h5t.py_create(self.values.dtype)
                name = h5py.h5d.create(file.id, b"d", kind, space, dcpl=self.plist)
                h5py.Dataset(name)[...] = self.values

        return synced(write, self.path)

    def read(self):
        """Return the seconds of reading everything."""

        def read():
            with h5py.File(self.path, "r") as file:
                file["d"][...]

        return seconds(read)


def beside_h5py(values, folder, repeats):
    """Compare layout by layout; 1 / 0.9 of the time of h5py is allowed."""
    table = Table("the same chunks and filters by h5py", limit=1 / 0.9, repeats=repeats)
    layouts = {
        "contiguous": {"compression": None},
        "chunks": {"compression": None, "chunks": True},
        "gzip 1, shuffle": {},
    }
    if importlib.util.find_spec("hdf5plugin"):
        options = {"cname": "lz4", "shuffle": 2}
        layouts["blosc lz4, bits"] = {"compression": "blosc", "compression_opts": options}
    for name, options in layouts.items():
        ours = Ours(values, folder, **options)
        bare = Bare(values, folder, ours.layout())
        table.seconds(f"write, {name}", ours=ours.write, h5py=bare.write)
        table.seconds(f"read, {name}", ours=ours.read, h5py=bare.read)
    return (table,)


def beside_xarray(values, folder, repeats):
    if not (importlib.util.find_spec("netCDF4") or importlib.util.find_spec("h5netcdf")):
        print("xarray: skipped, neither netCDF4 nor h5netcdf is installed\n")
        return ()
    import xarray

    path = folder / "xarray.nc"
    array = xarray.DataArray(values, dims=tuple("yxvu"[: values.ndim]), name="scan")

    def read():
        with xarray.open_dataarray(path) as found:
            found.load()

    ours = Ours(values, folder)
    table = Table("our default and xarray's", repeats=repeats)
    table.seconds(
        "write", ours=ours.write, xarray=lambda: synced(lambda: array.to_netcdf(path), path)
    )
    table.seconds("read", ours=ours.read, xarray=lambda: seconds(read))
    sizes = Table("how much of the disk they take", limit=1.0, repeats=1, unit="B")
    sizes.seconds("file", ours=lambda: size_of(ours.path), xarray=lambda: size_of(path))
    return table, sizes


def size_of(path):
    return path.stat().st_size


def beside_peer(kind, variable, values, folder, repeats):
    interpreter = os.environ.get(variable)
    if not interpreter:
        print(f"{kind}: skipped, {variable} names no interpreter\n")
        return ()
    source = folder / "values.npy"
    np.save(source, values)
    path = folder / f"peer.{'hspy' if kind == 'hyperspy' else 'h5'}"
    command = [interpreter, "-c", PEER, kind, str(source), str(path)]
    ours = Ours(values, folder)
    table = Table(f"our default and that of {kind}", limit=1.0, repeats=repeats)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as peer:
        answers = []

        def ask():
            peer.stdin.write("again\n")
            peer.stdin.flush()
            answers.append(json.loads(peer.stdout.readline()))
            return answers[-1][0]

        table.seconds("write", ours=ours.write, peer=ask)
        reads = iter(answers)
        table.seconds("read", ours=ours.read, peer=lambda: next(reads)[1])
        sizes = Table("how much of the disk they take", limit=1.0, repeats=1, unit="B")
        sizes.seconds("file", ours=lambda: size_of(ours.path), peer=lambda: answers[0][2])
        peer.stdin.close()
    source.unlink()
    return table, sizes


def frames_and_pixels(values, folder, repeats):
    """Compare one frame and one pixel in the default chunks with the best chunks for each."""
    from sidpy import H5Array

    table = Table("default chunks and the best for each", limit=3.0, repeats=max(repeats, 7))
    ours = Ours(values, folder)
    ours.write()
    scan = values.shape[:2]
    best = {
        "frame": ((1, 1, *values.shape[2:]), np.s_[3, 5]),
        "pixel": ((*scan, *(1,) * (values.ndim - 2)), (..., *(9,) * (values.ndim - 2))),
    }
    for name, (chunks, part) in best.items():
        other = Ours(values, folder, chunks=chunks)
        other.path = folder / f"{name}.h5"
        other.write()
        table.row(
            name,
            ours=lambda part=part: H5Array(ours.path, SCAN)[part],
            best=lambda part=part, path=other.path: H5Array(path, SCAN)[part],
        )
    return (table,)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--folder", help="where to write; a temporary folder by default")
    options = parser.parse_args()
    tables = []
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        for make in (counts, spectra):
            values = make(options.megabytes)
            print(f"== {make.__name__}: {values.shape} {values.dtype}, {values.nbytes >> 20} MB\n")
            for compare, *peer in (
                (beside_h5py,),
                (beside_xarray,),
                (beside_peer, "hyperspy", "HYPERSPY_PYTHON"),
                (beside_peer, "pyNSID", "SIDPY_UPSTREAM_PYTHON"),
                (frames_and_pixels,),
            ):
                for table in compare(*peer, values, folder, options.repeats):
                    print(table, end="\n\n", flush=True)
                    tables.append(table)
    if any(table.failures for table in tables):
        sys.exit(1)


if __name__ == "__main__":
    main()
