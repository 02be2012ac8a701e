"""Add numbers to a file in a transaction, beside plain h5py that flushes to the disk too.

    python benchmarks/transaction.py [--megabytes 512]

The limit is 1 / 0.9: a transaction keeps at least 0.9 of the speed of plain h5py, though it
never lets the file be half changed.
"""

import argparse
import os
import pathlib
import tempfile

import h5py
import numpy as np
from _table import Table

import sidpy


def main(megabytes):
    """Compare contiguous and chunked numbers, and many small results."""
    block = np.random.default_rng(0).integers(0, 2**16, (2**20,), dtype=np.uint16)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "scan.h5")

        def fresh():
            with h5py.File(path, "w") as file:
                file["raw"] = block

        def large(file, chunks):
            count = megabytes // 2
            target = file.create_dataset("new", (count, 2**20), np.uint16, chunks=chunks)
            for number in range(count):
                target[number] = block

        def plain(work, *arguments):
            fresh()
            with h5py.File(path, "r+") as file:
                work(file, *arguments)
            descriptor = os.open(path, os.O_RDWR)
            os.fsync(descriptor)
            os.close(descriptor)

        def ours(work, *arguments):
            fresh()
            with sidpy.hdf.transaction(path) as file:
                work(file, *arguments)

        table = Table(
            "adding to a file: transaction beside h5py and fsync", limit=1 / 0.9, repeats=5
        )
        for name, chunks in (("contiguous", None), ("chunks of 2 MB", (1, 2**20))):
            table.row(
                f"{megabytes} MB, {name}",
                ours=lambda chunks=chunks: ours(large, chunks),
                peer=lambda chunks=chunks: plain(large, chunks),
            )
        table.finish()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=512)
    main(parser.parse_args().megabytes)
