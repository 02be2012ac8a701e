"""HDF5 files that live in memory and are gone after the test."""

import itertools

import h5py
import numpy as np
import pytest

_count = itertools.count()


@pytest.fixture
def new_file():
    """Give a function that opens one more empty file in memory."""
    files = []

    def open_one():
        files.append(
            h5py.File(f"memory-{next(_count)}.h5", "w", driver="core", backing_store=False)
        )
        return files[-1]

    yield open_one
    for file in files:
        file.close()


@pytest.fixture
def h5(new_file):
    """An empty file in memory."""
    return new_file()


@pytest.fixture
def main(h5):
    """A dataset of shape (2, 3) in a group ``measurement``."""
    return h5.create_dataset("measurement/main", data=np.arange(6.0).reshape(2, 3))
