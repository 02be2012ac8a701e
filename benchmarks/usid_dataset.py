"""What the USID model costs when it is read: whole, in parts, opened, analysed.

    python benchmarks/usid_dataset.py [--side 256] [--folder FOLDER]

Promises, beside bare h5py doing the same reads: the N-D form of 256 x 256 positions and 512
steps takes at most 1.15 x as long as the raw read; one pixel of 1 GB at most 3 x; half of a
million positions at most 1.5 x, and four times as many positions at most 1.5 x four times as
long.  `USIDataset` opens 65,536 positions in 5 ms and `get_sort_order` analyses them in
0.5 ms.

SIDPY_UPSTREAM_PYTHON names the interpreter of an environment with the released pyUSID 0.0.12,
which reads the same files and is shown, not judged.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import warnings
from pathlib import Path
from statistics import median
from time import perf_counter

import h5py
import numpy as np

STEPS = 512


# ---------------------------------------------------------------- files


def write(path: Path, side: int, steps: int, *, filled: bool = True) -> None:
    """Write `side` x `side` positions of `steps` float32; unfilled, zeros that take no time."""
    import pyUSID

    positions = [pyUSID.Dimension(name, "nm", side) for name in "XY"]
    spectral = [pyUSID.Dimension("Bias", "V", np.linspace(-1, 1, steps))]
    shape = (side * side, steps)
    data = np.random.default_rng(0).random(shape, dtype=np.float32) if filled else shape
    options = {} if filled else {"dtype": "f4", "fill_time": "never"}
    with h5py.File(path, "w") as file:
        pyUSID.hdf_utils.write_main_dataset(
            file, data, "Raw_Data", "Current", "nA", positions, spectral, **options
        )
        if not filled:  # the file gets its full length, without content
            file["Raw_Data"][-1] = 1


# ---------------------------------------------------------------- what any pyUSID does


def calls(path: Path):
    """Return what any pyUSID can do with a file, by name; it stays open."""
    import pyUSID

    plain = h5py.File(path, "r")["Raw_Data"]
    h5_main = pyUSID.USIDataset(plain)
    side = h5_main.pos_dim_sizes[0]
    half = slice(0, side // 2)
    inds = h5_main.h5_pos_inds[()]
    spec = np.random.default_rng(0).integers(0, 9, (2, 100_000)).astype(float)
    return {
        "N-D form": h5_main.get_n_dim_form,
        "one pixel": lambda: h5_main.slice({"X": side // 5, "Y": side // 3}),
        "one image": lambda: h5_main.slice({"Bias": 7}),
        "half of X": lambda: h5_main.slice({"X": half}, ndim_form=False),
        "half of Y": lambda: h5_main.slice({"Y": half}, ndim_form=False),
        "USIDataset()": lambda: pyUSID.USIDataset(plain),
        "get_sort_order": lambda: pyUSID.hdf_utils.get_sort_order(inds),
        "create_spec_inds_from_vals": lambda: pyUSID.anc_build_utils.create_spec_inds_from_vals(
            spec
        ),
    }


def raw_calls(path: Path):
    """Return the same reads with h5py alone."""
    plain = h5py.File(path, "r")["Raw_Data"]
    side = round(plain.shape[0] ** 0.5)
    row = (side // 3) * side + side // 5
    left = h5py.MultiBlockSlice(start=0, stride=side, count=side, block=side // 2)
    return {
        "N-D form": lambda: plain[()],
        "one pixel": lambda: plain[row],
        "one image": lambda: plain[:, 7],
        "half of X": lambda: plain[left],
        "half of Y": lambda: plain[: side * (side // 2)],
    }


def seconds(work, repeats: int = 5) -> float:
    """Return the median of what a call takes."""
    work()
    found = []
    for _ in range(repeats):
        begin = perf_counter()
        work()
        found.append(perf_counter() - begin)
    return median(found)


def measure(names: dict[str, list[str]]) -> dict[str, float]:
    """Return seconds by file and call: what runs in the interpreter of a peer."""
    found = {}
    for path, wanted in names.items():
        known = calls(Path(path))
        for name in wanted:
            found[f"{path} {name}"] = seconds(known[name], 3)
    return found


def upstream(names: dict[str, list[str]]) -> dict[str, float]:
    """Return the same of the released package, nothing when there is none."""
    python = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not python:
        print("SIDPY_UPSTREAM_PYTHON names no interpreter with pyUSID 0.0.12: not shown\n")
        return {}
    child = subprocess.run(
        [python, __file__, "--measure", json.dumps(names)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if child.returncode:
        print(f"the released package failed: {child.stderr.strip().splitlines()[-1]}\n")
        return {}
    return json.loads(child.stdout.splitlines()[-1])


# ---------------------------------------------------------------- the claims


def judge(files: dict[str, Path]):
    """Return a table for each claim."""
    from _table import Table

    tables = []
    for title, limit, rows in (
        ("whole, beside h5py", 1.15, [("134 MB", "N-D form")]),
        ("one pixel, beside h5py", 3.0, [("1 GB", "one pixel"), ("134 MB", "one pixel")]),
        ("large parts, beside h5py", 1.5, [
            ("a million", "half of X"), ("a million", "half of Y"), ("134 MB", "one image"),
        ]),
    ):  # fmt: skip
        table = Table(title, limit=limit)
        for file, name in rows:
            ours, raw = calls(files[file])[name], raw_calls(files[file])[name]
            table.row(f"{name} of {file}", ours=ours, h5py=raw)
        tables.append(table)
    table = Table("a million positions, beside four times a quarter of them", limit=1.5)
    for name in ("half of X", "half of Y", "USIDataset()"):
        large, small = (calls(files[file])[name] for file in ("a million", "a quarter"))
        table.seconds(
            name,
            million=lambda large=large: seconds(large, 1),
            quarters=lambda small=small: 4 * seconds(small, 1),
        )
    tables.append(table)
    table = Table("65,536 positions, beside the promised time", limit=1.0)
    mine = calls(files["134 MB"])
    for name, promised in (("USIDataset()", 5e-3), ("get_sort_order", 0.5e-3)):
        table.seconds(
            name,
            ours=lambda name=name: seconds(mine[name], 1),
            promised=lambda promised=promised: promised,
        )
    return [*tables, table]


def compare(files: dict[str, Path]) -> None:
    """Print ours and the released package side by side."""
    from _table import readable

    names = {
        str(files["134 MB"]): [
            "N-D form", "one pixel", "one image", "half of X", "USIDataset()", "get_sort_order",
            "create_spec_inds_from_vals",
        ],
        str(files["a quarter"]): ["half of X", "USIDataset()"],
    }  # fmt: skip
    theirs = upstream(names)
    if not theirs:
        return
    ours = measure(names)
    labels = {str(path): label for label, path in files.items()}
    print(f"{'beside pyUSID 0.0.12':44}{'ours':>10}{'released':>10}{'faster':>9}")
    for key, taken in theirs.items():
        path, _, name = key.partition(" ")
        line = f"{name} of {labels[path]}"
        print(f"{line:44}{readable(ours[key]):>10}{readable(taken):>10}{taken / ours[key]:8.1f}x")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.measure:
        if not hasattr(np, "product"):  # the release does not run with NumPy 2 otherwise
            setattr(np, "product", np.prod)  # noqa: B010 - a name that NumPy no longer has
        print(json.dumps(measure(options.measure)))
        return
    from _table import finish

    side = options.side
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        cases = {
            "134 MB": (side, STEPS, True), "1 GB": (2 * side, 2 * STEPS, False),
            "a million": (4 * side, 16, True), "a quarter": (2 * side, 16, True),
        }  # fmt: skip
        files = {label: Path(name) / f"{i}.h5" for i, label in enumerate(cases)}
        for label, (length, steps, filled) in cases.items():
            write(files[label], length, steps, filled=filled)
        compare(files)
        finish(*judge(files))


if __name__ == "__main__":
    main()
