"""What labels cost: operations on a small dataset beside the same on the plain dask array.

Promise: at most 1.3 times the plain dask operation, over 33 operations, and faster than
xarray on dask and HyperSpy's lazy signals.  Only the graph is built; nothing is computed.

xarray is measured where it is installed.  HyperSpy, which may not be installed beside us, runs
in the interpreter that ``SIDPY_HYPERSPY_PYTHON`` names.
"""

from __future__ import annotations

import json
import operator
import os
import subprocess
from functools import partial
from importlib.util import find_spec
from statistics import median

import dask.array as da
import numpy as np
from _table import Table, finish, readable, timed

import sidpy

SHAPE = (20, 30, 40)

#: Operations that labelled peers have too, as text so that another interpreter can run them.
SHARED = {"[0:10]": "d[0:10]", "add": "d + d", "add 2": "d + 2", "mean": "d.mean(axis=0)"}

#: Prints the seconds of each shared operation on HyperSpy's lazy signal, as JSON.
HYPERSPY = """
import json, sys, timeit, warnings
warnings.simplefilter("ignore")
import dask.array as da, numpy as np, hyperspy.api as hs
d = hs.signals.Signal1D(da.from_array(np.random.default_rng(0).random({shape}))).as_lazy()
calls = {{"[0:10]": lambda: d.inav[:, 0:10], "add": lambda: d + d, "add 2": lambda: d + 2,
         "mean": lambda: d.mean(axis=1)}}
print(json.dumps({{name: min(timeit.repeat(call, number=20, repeat=7)) / 20
                  for name, call in calls.items()}}))
"""


def operations():
    """Return the 33 operations by name."""
    unary = {"negative": operator.neg, "abs": abs, "sin": np.sin, "sqrt": np.sqrt, "exp": np.exp}
    numbers = {
        f"{function.__name__} 2": lambda d, f=function: f(d, 2)
        for function in (
            operator.add, operator.sub, operator.mul, operator.truediv, operator.pow,
            operator.gt, operator.le,
        )
    }  # fmt: skip
    both = {
        f"{function.__name__} itself": lambda d, f=function: f(d, d)
        for function in (operator.add, operator.mul, operator.truediv)
    }
    reductions = {
        f"{name} axis {axis}": lambda d, n=name, a=axis: getattr(d, n)(axis=a)
        for name, axis in (
            ("sum", 0), ("mean", 1), ("std", 2), ("var", 0), ("min", 1), ("max", -1),
            ("argmax", 0), ("any", 0),
        )
    }  # fmt: skip
    parts = {
        "[0]": lambda d: d[0],
        "[..., 3]": lambda d: d[..., 3],
        "[2:5]": lambda d: d[2:5],
        "[:, ::2]": lambda d: d[:, ::2],
        "[:, :, [1, 3]]": lambda d: d[:, :, [1, 3]],
    }
    shapes = {
        "T": lambda d: d.T,
        "transpose": lambda d: d.transpose(2, 0, 1),
        "rechunk": lambda d: d.rechunk((5, 30, 40)),
        "astype": lambda d: d.astype("f4"),
        "clip": lambda d: d.clip(0, 1),
    }
    return {**unary, **numbers, **both, **reductions, **parts, **shapes}


def main():
    """Print the table."""
    plain = da.from_array(np.random.default_rng(0).random(SHAPE), chunks=SHAPE)
    labelled = sidpy.Dataset.from_array(plain, units="nA")
    for axis, (length, name) in enumerate(zip(SHAPE, "xyz", strict=True)):
        values = np.arange(length) / 2
        labelled.set_dimension(axis, sidpy.Dimension(values, name, "Length", "nm"))
    labelled = labelled + 0
    plain = plain + 0
    table = Table("building one labelled operation beside plain dask", limit=1.3)
    for name, function in operations().items():
        table.row(name, sidpy=partial(function, labelled), dask=partial(function, plain))
    beside_xarray = xarrays(labelled, plain)
    hyperspy(labelled)
    finish(table, *beside_xarray)


def xarrays(labelled, plain):
    """Return the table of what the shared operations take beside xarray, if it is here."""
    if not find_spec("xarray"):
        print("xarray is not installed: not compared\n")
        return []
    import xarray

    coordinates = {name: np.arange(n) / 2 for name, n in zip("xyz", SHAPE, strict=True)}
    other = xarray.DataArray(plain, coordinates, dims=tuple("xyz"), attrs={"units": "nA"})
    table = Table("the same beside xarray on dask", limit=1.0)
    for name, text in SHARED.items():
        function = eval(f"lambda d: {text}")
        table.row(name, sidpy=partial(function, labelled), xarray=partial(function, other))
    return [table]


def hyperspy(labelled):
    """Print what the shared operations take beside HyperSpy in its own interpreter."""
    python = os.environ.get("SIDPY_HYPERSPY_PYTHON")
    if not python:
        print("SIDPY_HYPERSPY_PYTHON names no interpreter with HyperSpy: not compared\n")
        return
    code = HYPERSPY.format(shape=SHAPE)
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    print("the same beside HyperSpy's lazy signals")
    for name, text in SHARED.items():
        work = partial(eval(f"lambda d: {text}"), labelled)
        ours = median(timed(work, 20) for _ in range(7))
        print(
            f"{name:8} {readable(ours):>10} {readable(theirs[name]):>10} "
            f"{ours / theirs[name]:6.2f}"
        )
    print()


if __name__ == "__main__":
    main()
