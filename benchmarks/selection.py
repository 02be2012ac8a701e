"""Selecting, joining and interpolating by name, beside xarray on the same dask arrays.

Promise: at most 1.3 times xarray's time, though each of our results also has units, a
history, and an error where xarray returns nothing.
"""

from functools import partial

import dask
import dask.array as da
import numpy as np
from _table import Table

import sidpy

SHAPE = (60, 200, 300)
NAMES = ("frame", "y", "x")


def pair(seed=0, shift=0.0, chunks=(10, 200, 300)):
    """Return the same numbers on the same axes, ours and xarray's."""
    import xarray

    numbers = da.from_array(np.random.default_rng(seed).random(SHAPE), chunks=chunks)
    points = [shift + np.arange(length) / 2 for length in SHAPE]
    ours = sidpy.Dataset.from_array(numbers, units="nA")
    for axis, (name, values) in enumerate(zip(NAMES, points, strict=True)):
        ours.set_dimension(axis, sidpy.Dimension(values, name, "Length", "nm"))
    return ours + 0, xarray.DataArray(numbers, dict(zip(NAMES, points, strict=True)), NAMES) + 0


def building(ours, theirs):
    """Time what makes a lazy result."""
    table = Table("a lazy result, nothing computed", limit=1.3)
    questions = {
        "isel, one position": {"frame": 3},
        "isel, two slices": {"y": slice(10, 90), "x": slice(20, 200)},
    }
    for name, where in questions.items():
        table.row(name, sidpy=partial(ours.isel, where), xarray=partial(theirs.isel, where))
    nearest = {
        "sel, one value": {"frame": 7.1},
        "sel, two values": {"y": 7.1, "x": 20.2},
        "sel, a list": {"x": [1.1, 7.2, 9.3]},
    }
    for name, where in nearest.items():
        table.row(
            name,
            sidpy=partial(ours.sel, where, method="nearest"),
            xarray=partial(theirs.sel, where, method="nearest"),
        )
    where = {"y": slice(10, 40), "x": slice(20, 90)}
    table.row("sel, two ranges", sidpy=partial(ours.sel, where), xarray=partial(theirs.sel, where))
    return table


def joining(ours, theirs):
    """Time what joins datasets."""
    import xarray

    later, later_theirs = pair(seed=1, shift=30.0)
    for name in NAMES[1:]:
        setattr(later, name, getattr(ours, name))
        later_theirs = later_theirs.assign_coords({name: theirs[name]})
    table = Table("several datasets joined, nothing computed", limit=1.3)
    both, both_theirs = [ours, later] * 4, [theirs, later_theirs] * 4
    table.row(
        "concat 8",
        sidpy=lambda: sidpy.concat(both, "frame"),
        xarray=lambda: xarray.concat(both_theirs, "frame", join="exact"),
    )
    same, same_theirs = [ours] * 8, [theirs] * 8
    table.row(
        "stack 8",
        sidpy=lambda: sidpy.stack(same, "run"),
        xarray=lambda: xarray.concat(same_theirs, "run", join="exact"),
    )
    moved, moved_theirs = pair(seed=2, shift=10.0)
    table.row(
        "align, inner",
        sidpy=lambda: sidpy.align(ours, moved),
        xarray=lambda: xarray.align(theirs, moved_theirs),
    )
    return table


def interpolating(ours, theirs):
    """Time what is computed between points."""
    table = Table("interpolated and computed", limit=1.3, repeats=5)
    where = {"x": np.linspace(3, 140, 250)}
    for method in ("linear", "nearest", "cubic"):
        table.row(
            f"{method}, one axis",
            sidpy=lambda m=method: ours.interp(where, method=m).compute(),
            xarray=lambda m=method: theirs.interp(where, method=m).compute(),
        )
    both = {"y": np.linspace(3, 90, 150), **where}
    table.row(
        "linear, two axes",
        sidpy=lambda: ours.interp(both).compute(),
        xarray=lambda: theirs.interp(both).compute(),
    )
    return table


def main():
    """Print the tables."""
    try:
        import xarray  # noqa: F401 - the peer
    except ModuleNotFoundError:
        print("skipped: the peer is xarray, python -m pip install xarray")
        return
    contenders = pair()
    with dask.config.set(scheduler="synchronous"):
        tables = [make(*contenders) for make in (building, joining, interpolating)]
    for table in tables[:-1]:
        print(table, end="\n\n", flush=True)
    failures = [row for table in tables[:-1] for row in table.failures]
    tables[-1].finish()
    if failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
