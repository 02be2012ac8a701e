"""What a small dataset costs in a file, and what one frame of a large one does.

    python benchmarks/nsid_small.py [--megabytes 512] [--folder FOLDER]

Promises: a dataset of 4 x 4 values is written into an open file in 2 ms, and read from it in
2 ms; opening a file with a 4-D dataset and reading one frame, or the values of one detector
pixel, takes at most twice the time of bare h5py and 3 ms more; `Dataset.from_array` of as
large an array in memory takes milliseconds.

Bare h5py writes and reads the same objects with the same attributes, the numbers only in the
file with the 4-D dataset.  SIDPY_UPSTREAM_PYTHON names the interpreter of an environment with
the released pyNSID, which is shown and not judged.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from itertools import count
from statistics import median

import h5py
import numpy as np
from _table import Table, readable, timed

import pyNSID
import sidpy

PEER = """
import json, sys, time, warnings
from itertools import count
from statistics import median
warnings.simplefilter("ignore")
import h5py, numpy as np, pyNSID, sidpy
small, large = sys.argv[1:]
numbers = count()
data = sidpy.Dataset.from_array(np.arange(16.0).reshape(4, 4), title="scan")
array = np.zeros(h5py.File(large, "r")["scan/scan"].shape, np.uint16)
with h5py.File(small, "w") as file:
    def write():
        group = file.create_group(f"g{next(numbers)}")
        return pyNSID.hdf_io.write_nsid_dataset(data, group, main_data_name="scan")
    h5_main = write()
    def frame(place):
        with h5py.File(large, "r") as opened:
            return np.asarray(pyNSID.hdf_io.read_h5py_dataset(opened["scan/scan"])[place])
    calls = {
        "write 4 x 4": (write, 20),
        "read 4 x 4": (lambda: pyNSID.hdf_io.read_h5py_dataset(h5_main), 20),
        "open, one frame": (lambda: frame((3, 5)), 3),
        "open, one pixel": (lambda: frame((slice(None), slice(None), 7, 9)), 3),
        "from_array": (lambda: sidpy.Dataset.from_array(array), 3),
    }
    found = {}
    for name, (work, repeats) in calls.items():
        times = []
        try:
            for _ in range(repeats + 1):
                started = time.perf_counter(); work()
                times.append(time.perf_counter() - started)
            found[name] = median(times[1:])
        except Exception as error:
            found[name] = type(error).__name__
print(json.dumps(found))
"""


def labelled(array, names, kinds):
    """Return a dataset with everything that is usually known."""
    data = sidpy.Dataset.from_array(array, title="scan", units="nA", quantity="Current")
    for axis, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        values = np.arange(data.shape[axis]) / 2
        data.set_dimension(axis, sidpy.Dimension(values, name, "Length", "nm", kind))
    data.metadata = {"temperature": 4.2, "tip": "W"}
    return data


def described(group):
    """Return the objects of a group with their numbers and attributes, for `bare_write`."""
    found = []

    def visit(name, item):
        numbers = item[()] if isinstance(item, h5py.Dataset) else None
        hidden = ("DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME", "DIMENSION_LABELS")
        attributes = {key: value for key, value in item.attrs.items() if key not in hidden}
        scaled = len(item.dims) if "DIMENSION_LIST" in item.attrs else 0
        scales = [item.dims[axis][0].name.rpartition("/")[2] for axis in range(scaled)]
        found.append((name, numbers, attributes, scales))

    group.visititems(visit)
    return found


def bare_write(parent, objects):
    """Write what `described` found with the interface of h5py that everybody knows."""
    for name, numbers, attributes, _ in objects:
        if numbers is None:
            item = parent.create_group(name)
        else:
            item = parent.create_dataset(name, data=numbers)
        for key, value in attributes.items():
            item.attrs[key] = value
    for name, _, _, scales in objects:
        for axis, key in enumerate(scales):
            scale = parent[name.rpartition("/")[0]][key]
            scale.make_scale(key)
            parent[name].dims[axis].attach_scale(scale)
            parent[name].dims[axis].label = key
    parent.file.flush()


def bare_read(group):
    """Read every attribute and every number of a small dataset."""
    found = {}
    group.visititems(
        lambda name, item: found.update(
            {name: (dict(item.attrs), item[()] if isinstance(item, h5py.Dataset) else None)}
        )
    )
    return found


def small(folder, table):
    """Measure writing and reading of 4 x 4 values."""
    data = labelled(np.arange(16.0).reshape(4, 4), "xy", ("spatial", "spatial"))
    numbers = count()
    with h5py.File(folder / "small.h5", "w") as file:
        first = pyNSID.io.hdf_io.write_nsid_dataset(data, file.create_group("first"), "scan")
        objects = described(file["first"])

        def ours():
            group = file.create_group(f"ours_{next(numbers)}")
            return pyNSID.io.hdf_io.write_nsid_dataset(data, group, "scan")

        def bare():
            bare_write(file.create_group(f"bare_{next(numbers)}"), objects)

        table.row("write 4 x 4", ours=ours, h5py=bare)
        group = first.parent
        read = pyNSID.io.hdf_utils.read_h5py_dataset
        table.row("read 4 x 4", ours=lambda: read(first), h5py=lambda: bare_read(group))


def large(folder, table, megabytes):
    """Measure reading of one frame and of one detector pixel, the file being opened for it."""
    rows = max(megabytes // 8, 4)
    array = np.random.default_rng(0).integers(0, 4000, (rows, 64, 256, 256), np.uint16)
    kinds = ("spatial", "spatial", "reciprocal", "reciprocal")
    path = folder / "large.h5"
    with h5py.File(path, "w") as file:
        data = labelled(array, "xyuv", kinds)
        pyNSID.io.hdf_io.write_nsid_dataset(data, file, "scan", chunks=True)

    def bare(place):
        with h5py.File(path, "r") as file:
            return file["scan/scan"][place]

    def by_reader(place):
        with pyNSID.NSIDReader(path) as reader:
            return np.asarray(reader.read()["Channel_000"][place])

    def by_read(place):
        (found,) = sidpy.read(path).values()
        return np.asarray(found[place])

    for name, place in (("frame", (3, 5)), ("pixel", (slice(None), slice(None), 7, 9))):
        expected = array[place]
        for words, work in (("", by_read), (", NSIDReader", by_reader)):
            if not np.array_equal(work(place), expected):
                sys.exit(f"the {name} read is not the one written")
            table.row(
                f"open, one {name}{words}",
                ours=lambda work=work, place=place: work(place),
                h5py=lambda place=place: bare(place),
            )
    copied = timed(array.copy, 1)
    table.seconds(
        "from_array", ours=lambda: timed(lambda: sidpy.Dataset.from_array(array), 3),
        copy=lambda: copied,
    )  # fmt: skip
    return path


def limit_of(row):
    """Return how long a row may take, s."""
    bare = median(row.seconds[1])
    if row.name.startswith("open"):
        return 2 * bare + 0.003
    return 0.01 if row.name == "from_array" else 0.002


def upstream(folder, path):
    """Return what the released packages take for each row, {} without them."""
    python = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not python:
        print("SIDPY_UPSTREAM_PYTHON names no interpreter with the released pyNSID\n")
        return {}
    command = [python, "-c", PEER, str(folder / "peer.h5"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"the released pyNSID failed: {done.stderr.splitlines()[-1:]}\n")
        return {}
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--folder", type=pathlib.Path)
    arguments = parser.parse_args()
    table = Table("small datasets, and one frame of a large one", repeats=7)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        small(folder, table)
        path = large(folder, table, arguments.megabytes)
        theirs = upstream(folder, path)
    print(table, end="\n\n")
    late = 0
    for row in table.rows:
        ours, limit = median(row.seconds[0]), limit_of(row)
        late += ours > limit
        other = theirs.get(row.name, "-")
        shown = readable(other) if isinstance(other, float) else other
        print(
            f"{row.name:28} {readable(ours):>10} limit {readable(limit):>10} "
            f"released {shown:>10}{'  over the limit' if ours > limit else ''}"
        )
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()
