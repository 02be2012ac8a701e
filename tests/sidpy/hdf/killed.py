"""A program that is killed at every system call of a transaction; run by `test_transaction_kills`.

    python killed.py FOLDER {superblock} {every}

Each transaction runs in a fork of this process, which kills itself at its n-th call of the
system, before it or in the middle of it; this process then looks at what is left.  It prints
what it saw, as JSON.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys

import h5py
import numpy as np

import sidpy  # noqa: F401 - so that forks need not import it
from sidpy.hdf.recovery import recover
from sidpy.hdf.transactions import transaction

#: The calls that change what is on the disk.
CALLS = ("pwrite", "ftruncate", "fsync", "replace", "unlink", "open", "truncate")


def make(path, libver):
    with h5py.File(path, "w", libver=libver) as file:
        file["raw"] = np.arange(20_000)
        group = file.create_group("old")
        for number in range(12):
            group.create_dataset(f"part{number}", data=np.arange(300) + number, chunks=(50,))


def change(file):
    """Add, replace, overwrite and remove."""
    for number in range(15):
        data = np.arange(2000) * number
        file.create_dataset(f"new{number}", data=data, chunks=(500,), compression="gzip")
    file["old"].attrs["note"] = "changed " * 500
    file["raw"][5000:9000] = -5
    del file["old/part3"]
    file["large"] = np.arange(50_000.0)


def content(path):
    """Return everything in a file, as plain HDF5 reads it."""
    found = {}
    with h5py.File(path, "r") as file:
        found["note"] = file["old"].attrs.get("note", "")

        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                found[name] = item[...].tobytes()

        file.visititems(visit)
    return found


class Killer:
    """Kills its process at the n-th of the calls."""

    def __init__(self, number, torn):
        self.left, self.torn = number, torn
        self.real = {name: getattr(os, name) for name in CALLS}
        for name, real in self.real.items():
            setattr(os, name, self.wrapped(name, real))

    def wrapped(self, name, real):
        def call(*arguments, **options):
            if self.left == 0:
                if self.torn and name == "pwrite":
                    descriptor, data, start = arguments
                    real(descriptor, memoryview(data)[: len(data) // 2], start)
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
            return real(*arguments, **options)

        return call


def changed(path):
    with transaction(path) as file:
        change(file)


def killed(work, path, number, torn=False):
    """Work in a fork that is killed at a call; return whether it was."""
    child = os.fork()
    if child == 0:
        try:
            Killer(number, torn)
            work(path)
        except BaseException:  # noqa: BLE001 - it is the end of this process
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        msg = f"{work.__name__} failed by itself when to be killed at {number}"
        raise RuntimeError(msg)
    return os.WIFSIGNALED(status)


def calls_needed(path):
    """Return how many calls a transaction makes; it is made."""
    killer = Killer(-1, torn=False)
    changed(path)
    for name, real in killer.real.items():
        setattr(os, name, real)
    return -1 - killer.left


def main(folder, libver, every):
    path = pathlib.Path(folder, "scan.h5")
    make(path, libver)
    original = path.read_bytes()
    old = content(path)
    total = calls_needed(path)
    new = content(path)
    seen = {"calls": total, "old": 0, "promised": 0, "new": 0, "recoveries": 0, "wrong": []}
    # the last calls make the change count, and carry it out
    for number in sorted({*range(0, total, every), *range(total - 16, total)}):
        for torn in (False, True):
            for one in path.parent.iterdir():
                one.unlink()
            path.write_bytes(original)
            when = f"{number}{' torn' * torn}"
            if not killed(changed, path, number, torn):
                seen["wrong"].append(f"{when}: not killed")
            look(path, original, (old, new), seen, when)
    json.dump(seen, sys.stdout)


def look(path, original, contents, seen, when):
    """See whether what a kill left is what it should be."""
    old, new = contents
    promised = path.with_name("scan.h5.commit").exists()
    if promised:
        seen["promised"] += 1
        calls = 0
        while killed(recover, path, calls, torn=True):  # which is killed again and again
            calls += 1
        seen["recoveries"] += calls
        expected = new
    else:  # plain HDF5 reads what is there, all old or all new
        expected = old if path.read_bytes()[: len(original)] == original else new
        seen["old" if expected is old else "new"] += 1
    if content(path) != expected:
        seen["wrong"].append(when)
    if expected is old:  # the work done again gives what it would have
        changed(path)
        if content(path) != new:
            seen["wrong"].append(f"{when}, again")
    left = {one.name for one in path.parent.iterdir()} - {path.name}
    if expected is old and left:
        seen["wrong"].append(f"{when}: {left} remain")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
