"""What labels cost: operations on a small dataset beside the same on the plain dask array.

Promise: at most 1.3 times the plain dask operation, over 33 operations.  Only the graph is
built; nothing is computed.
"""

import operator
from functools import partial

import dask.array as da
import numpy as np
from _table import Table

import sidpy

SHAPE = (20, 30, 40)


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
    table.finish()


if __name__ == "__main__":
    main()
