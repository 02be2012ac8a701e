"""Reading by other programs, for the benchmarks of readers.

Runs in their interpreter: each line of the standard input is ``what<TAB>path``; the answer is
a line ``took <seconds>``.  Only NumPy and the peer are needed.
"""

import importlib
import sys
from contextlib import redirect_stdout
from time import process_time

import numpy as np


def rosettasciio(module, path, *, lazy=False):
    """Return the largest array of a file."""
    reader = importlib.import_module(f"rsciio.{module}")
    found = [part["data"] for part in reader.file_reader(path, lazy=lazy)]
    return max(found, key=lambda array: array.size)


def everything(value):
    """Return what a program gives, its lazy parts read."""
    if isinstance(value, dict):
        return [everything(part) for part in value.values()]
    if isinstance(value, list | tuple):
        return [everything(part) for part in value]
    return value.compute() if hasattr(value, "compute") else value


def mrcfile(path, _, part):
    import mrcfile as program

    with program.mmap(path, permissive=True) as file:
        data = file.data
        return np.array(data if part != "first" else data[(0,) * data.ndim])


def tifffile(path, *_):
    import tifffile as program

    return program.imread(path)


def sif_parser(path, *_):
    import sif_parser as program

    return program.np_open(path)


def nsfopen(path, *_):
    from NSFopen.read import read as program

    return program(path, verbose=False).data


def nanonispy(path, module, _):
    import nanonispy as program

    return getattr(program.read, module)(path).signals


def igor2(path, *_):
    from igor2 import binarywave as program

    return program.load(path)["wave"]["wData"]


def wdf(path, *_):
    import wdf as program

    with program.Wdf(path) as file:
        return [np.asarray(file[i]) for i in range(len(file))]


def scifireaders(path, module, _):
    import SciFiReaders

    return everything(getattr(SciFiReaders, module)(path).read())


PROGRAMS = {
    "mrcfile": mrcfile, "tifffile": tifffile, "sif_parser": sif_parser, "NSFopen": nsfopen,
    "nanonispy": nanonispy, "igor2": igor2, "wdf": wdf, "SciFiReaders": scifireaders,
}  # fmt: skip


def read(what, path):
    """Read all of a file, or open it and take its first number."""
    program, _, module = what.partition(":")
    module, _, part = module.partition("/")
    if program in PROGRAMS:
        return PROGRAMS[program](path, module, part)
    if part == "first":
        array = rosettasciio(module, path, lazy=True)
        return np.asarray(array[(slice(0, 1),) * array.ndim])
    return np.asarray(rosettasciio(module, path))


def main():
    """Answer until the input ends."""
    for line in sys.stdin:
        what, _, path = line.rstrip("\n").partition("\t")
        started = process_time()
        try:
            with redirect_stdout(sys.stderr):  # some programs tell what they do
                read(what, path)
        except Exception as error:  # noqa: BLE001 - whatever it is, the peer cannot read it
            print(f"failed {error!r}".splitlines()[0], flush=True)
            continue
        print(f"took {process_time() - started}", flush=True)


if __name__ == "__main__":
    main()
