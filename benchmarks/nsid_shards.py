"""Two workers of a cluster writing shards beside one, and beside bare h5py in one process.

    python benchmarks/nsid_shards.py [--megabytes 128] [--level 6] [--repeats 3]

The claim: where compression dominates, two workers are at least 1.6 times as fast as one,
that is, take at most 0.625 of its time.  Numbers are made by the workers, and the time of a
write is all of it: making, compressing, flushing to the disk and the file of labels.
"""

import argparse
import pathlib
import shutil
import tempfile
import time
import warnings

import dask.array as da
import h5py
import numpy as np
from _table import Table, finish
from distributed import Client, LocalCluster

import sidpy


def numbers(megabytes):
    """Return counts of a detector, as a dask array of 16 blocks."""
    rows = megabytes * 2**20 // 2 // 2**16
    counts = da.random.default_rng(0).poisson(7, (rows, 256, 256), chunks=(-(-rows // 16), -1, -1))
    return counts.astype("u2")


class Writers:
    """Clusters of one and of two workers with one thread each, and a folder to write to."""

    def __init__(self, folder, dataset, level):
        self.folder, self.dataset = folder, dataset
        self.values = None
        self.options = {"compression": "gzip", "compression_opts": level}
        self.clusters = [
            LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=":0") for n in (1, 2)
        ]

    def shards(self, workers):
        """Return the seconds that some workers take to write shards."""
        path = self.folder / "shards.h5"
        with Client(self.clusters[workers - 1], set_as_default=True):
            started = time.perf_counter()
            sidpy.write(self.dataset, path, shards="8 MB", overwrite=True, **self.options)
            return time.perf_counter() - started

    def bare(self):
        """Return the seconds that h5py takes in one process, numbers being made first."""
        if self.values is None:
            self.values = np.asarray(self.dataset.compute())
        with h5py.File(next(self.folder.glob("shards.h5.shards/*/*.h5"))) as shard:
            chunks = shard["data"].chunks
        started = time.perf_counter()
        with h5py.File(self.folder / "bare.h5", "w") as file:
            file.create_dataset(
                "data", data=self.values, chunks=chunks, shuffle=True, **self.options
            )
        return time.perf_counter() - started

    def pack(self):
        """Return the seconds that it takes to make one file of the shards."""
        started = time.perf_counter()
        sidpy.pack(self.folder / "shards.h5", self.folder / "packed.h5", overwrite=True)
        return time.perf_counter() - started

    def copy(self):
        """Return the seconds that a copy of the shards takes."""
        started = time.perf_counter()
        shutil.copytree(self.folder / "shards.h5.shards", self.folder / "copy")
        took = time.perf_counter() - started
        shutil.rmtree(self.folder / "copy")
        return took

    def close(self):
        """End all workers."""
        for cluster in self.clusters:
            cluster.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=128)
    parser.add_argument("--level", type=int, default=6, help="of gzip")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", help="where to write; a temporary folder by default")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    dataset = sidpy.Dataset.from_array(numbers(options.megabytes), title="scan")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        writers = Writers(pathlib.Path(name), dataset, options.level)
        size = f"{options.megabytes} MB, gzip {options.level}"
        two = Table(
            "two workers writing shards beside one worker", limit=1 / 1.6, repeats=options.repeats
        )
        two.seconds(size, two=lambda: writers.shards(2), one=lambda: writers.shards(1))
        raw = Table("two workers writing shards beside h5py in one process",
                    repeats=options.repeats)  # fmt: skip
        raw.seconds(size, two=lambda: writers.shards(2), h5py=writers.bare)
        pack = Table("packing shards beside copying them", repeats=options.repeats)
        pack.seconds(size, pack=writers.pack, copy=writers.copy)
        writers.close()
    finish(two, raw, pack)


if __name__ == "__main__":
    main()
