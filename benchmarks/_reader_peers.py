"""Reading by other programs, for readers_eds.py and readers_electron.py.

Runs in their interpreter: each line of the standard input is ``what<TAB>path``; the answer is
a line ``took <seconds>``.  Only NumPy and the peer are needed.
"""

import importlib
import sys
from time import process_time

import numpy as np


def rosettasciio(module, path, *, lazy=False):
    """Return the largest array of a file."""
    reader = importlib.import_module(f"rsciio.{module}")
    found = [part["data"] for part in reader.file_reader(path, lazy=lazy)]
    return max(found, key=lambda array: array.size)


def read(what, path):
    """Read all of a file, or open it and take its first number."""
    program, _, module = what.partition(":")
    module, _, part = module.partition("/")
    if program == "mrcfile":  # nothing stands before the stroke
        import mrcfile

        with mrcfile.mmap(path, permissive=True) as file:
            data = file.data
            return np.array(data if part != "first" else data[(0,) * data.ndim])
    if part == "first":
        array = rosettasciio(module, path, lazy=True)
        return np.asarray(array[(slice(0, 1),) * array.ndim])
    return np.asarray(rosettasciio(module, path))


def main():
    """Answer until the input ends."""
    for line in sys.stdin:
        what, _, path = line.rstrip("\n").partition("\t")
        started = process_time()
        read(what, path)
        print(f"took {process_time() - started}", flush=True)


if __name__ == "__main__":
    main()
