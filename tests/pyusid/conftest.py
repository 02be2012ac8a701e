"""Tiny main datasets with values that say where they are."""

import h5py
import numpy as np
import pytest

from pyUSID.io.dimension import Dimension
from pyUSID.io.writing import write_main_dataset

#: (name, units, values), fastest varying first.
POSITIONS = (("X", "nm", [0, 1, 2]), ("Y", "um", [-70, 23]))
STEPS = (("Bias", "V", [-1, 0, 1, 2]), ("Cycle", "", [0, 1]))


@pytest.fixture
def h5_file():
    """An HDF5 file in memory."""
    with h5py.File("memory.h5", "w", driver="core", backing_store=False) as file:
        yield file


@pytest.fixture
def dims():
    """Position and spectroscopic dimensions, fastest first."""
    return [Dimension(*d) for d in POSITIONS], [Dimension(*d) for d in STEPS]


@pytest.fixture
def data():
    """Main data of 6 positions and 8 steps; cell (y, x, c, b) is 1000 y + 100 x + 10 c + b."""
    y, x, c, b = np.indices((2, 3, 2, 4))
    return (1000 * y + 100 * x + 10 * c + b).reshape(6, 8).astype(np.float32)


@pytest.fixture
def h5_main(h5_file, data, dims):
    """A complete main dataset, slowest dimension first on disk."""
    group = h5_file.create_group("Measurement_000/Channel_000")
    return write_main_dataset(group, data, "Raw_Data", "Current", "nA", *dims)


@pytest.fixture
def fast_first(h5_file, data):
    """The same data as programs before 2020 wrote them: fastest dimension first on disk."""
    group = h5_file.create_group("old")
    x, y = np.tile(np.arange(3), 2), np.repeat(np.arange(2), 3)
    bias, cycle = np.tile(np.arange(4), 2), np.repeat(np.arange(2), 4)
    pairs = {
        "Position": (np.array([x, y]).T, ["X", "Y"], ["nm", "um"]),
        "Spectroscopic": (np.array([bias, cycle]), ["Bias", "Cycle"], ["V", ""]),
    }
    scales = {"X": lambda i: i, "Y": lambda i: 93.0 * i - 70, "Bias": lambda i: i - 1.0,
              "Cycle": lambda i: i}  # fmt: skip
    h5_main = group.create_dataset("Raw_Data", data=data)
    for kind, (indices, labels, units) in pairs.items():
        is_spec = kind == "Spectroscopic"
        rows = indices if is_spec else indices.T
        values = np.array([scales[name](row) for name, row in zip(labels, rows, strict=True)])
        for ending, matrix in (
            ("Indices", indices.astype("u2")),
            ("Values", (values if is_spec else values.T).astype("f4")),
        ):
            dataset = group.create_dataset(f"{kind}_{ending}", data=matrix)
            dataset.attrs["labels"] = np.array(labels, dtype="S")
            dataset.attrs["units"] = units  # text of variable length, as some wrote it
            h5_main.attrs[f"{kind}_{ending}"] = dataset.ref
    h5_main.attrs["quantity"] = b"Current"
    h5_main.attrs["units"] = "nA"
    return h5_main
