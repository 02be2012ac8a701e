"""What the USID model costs over raw h5py: writing, the N-D form, opening, small parts.

Data of 256 x 256 positions and 512 steps, float32 (134 MB), in a page-cached file.  Each
line is the median of interleaved repeats of ours and of plain h5py doing the same work.

Run ``python benchmarks/usid_main.py [positions per side] [repeats]``.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

import h5py
import numpy as np

import pyUSID
from pyUSID.io.inspection import get_sort_order

STEPS = 512


def timed(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def compare(ours, baseline, repeats: int) -> tuple[float, float]:
    """Return the medians of both, measured in turn."""
    pairs = [(timed(ours), timed(baseline)) for _ in range(repeats + 1)][1:]
    return tuple(statistics.median(column) for column in zip(*pairs, strict=True))


def write_cases(folder: Path, data, dims):
    """Write to a new file each time, as raw h5py does."""

    def ours():
        with h5py.File(folder / "ours.h5", "w") as file:
            pyUSID.hdf_utils.write_main_dataset(file, data, "Raw_Data", "Current", "nA", *dims)

    def raw():
        with h5py.File(folder / "raw.h5", "w") as file:
            file.create_dataset("Raw_Data", data=data)

    return "write_main_dataset", ours, raw, 1.2


def read_cases(h5_main, side: int):
    """Return (name, ours, baseline, most) of everything that reads."""
    plain = h5py.Dataset(h5_main.id)
    half, pixel = side // 2, {"X": side // 5, "Y": side // 3}
    row = pixel["Y"] * side + pixel["X"]
    yield "get_n_dim_form", h5_main.get_n_dim_form, lambda: plain[()], 1.15
    yield "USIDataset()", lambda: pyUSID.USIDataset(plain), lambda: h5_main.h5_pos_inds[()], None
    yield "slice, one pixel", lambda: h5_main.slice(pixel), lambda: plain[row], 3
    yield "slice, one image", lambda: h5_main.slice({"Bias": 7}), lambda: plain[:, 7], 1.5
    yield (
        "slice, half of X",
        lambda: h5_main.slice({"X": slice(0, half)}, ndim_form=False),
        lambda: plain[: side * half],
        None,
    )
    yield "get_sort_order", lambda: get_sort_order(h5_main.h5_pos_inds), None, None


def main() -> None:
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    data = np.random.default_rng(0).random((side * side, STEPS), dtype=np.float32)
    x, y = (pyUSID.Dimension(name, "nm", side) for name in "XY")
    dims = [x, y], [pyUSID.Dimension("Bias", "V", np.linspace(-1, 1, STEPS))]
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("error")
        folder = Path(name)
        print(f"{data.nbytes / 1e6:.0f} MB, {repeats} repeats; seconds")
        print(f"{'':20}{'pyUSID':>10}{'h5py':>10}{'ratio':>8}{'at most':>9}")
        report(write_cases(folder, data, dims), repeats)
        with h5py.File(folder / "ours.h5") as file:
            h5_main = pyUSID.USIDataset(file["Raw_Data"])
            for case in read_cases(h5_main, side):
                report(case, repeats)


def report(case, repeats: int) -> None:
    name, ours, baseline, most = case
    mine, theirs = compare(ours, baseline or (lambda: None), repeats)
    ratio = f"{mine / theirs:8.2f}" if baseline else f"{'':8}"
    print(f"{name:20}{mine:10.5f}{theirs:10.5f}{ratio}{'' if most is None else most:>9}")


if __name__ == "__main__":
    main()
