"""A small source, and processes that are easy to check."""

import h5py
import numpy as np
import pytest

import pyUSID

COUNT, STEPS = 100, 4


def written(group, name="Raw_Data", count=COUNT):
    """Write a source whose row r is [4 r, 4 r + 1, ...]."""
    values = np.arange(count * STEPS, dtype=float).reshape(count, STEPS)
    positions, bias = pyUSID.Dimension("X", "nm", count), pyUSID.Dimension("Bias", "V", STEPS)
    return pyUSID.hdf_utils.write_main_dataset(
        group, values, name, "Current", "nA", positions, bias
    )


class Mean(pyUSID.Process):
    """The mean of each position, plus an offset."""

    def __init__(self, h5_main, **kwargs):
        self.said_before = "a subclass may set attributes first"
        self.parameters = kwargs.pop("parms_dict", {"offset": 0.5})
        super().__init__(h5_main, "Mean", parms_dict=self.parameters, **kwargs)

    @staticmethod
    def _map_function(row, offset=0.0, broken=()):
        if row[0] // STEPS in broken:
            msg = f"position of {row[0]:g}"
            raise ZeroDivisionError(msg)
        return row.mean() + offset

    def _create_results_datasets(self):
        self.h5_results_grp = pyUSID.hdf_utils.create_results_group(
            self.h5_main, self.process_name, h5_parent_group=self._h5_target_group
        )
        pyUSID.hdf_utils.write_simple_attrs(self.h5_results_grp, self.parms_dict or {})
        self.h5_mean = self.h5_results_grp.create_dataset("Mean", self.h5_main.shape[:1], "f8")

    def _write_results_chunk(self):
        self.h5_mean[self._get_pixels_in_current_batch()] = self._results


class Resumable(Mean):
    """One that can go on."""

    def _get_existing_datasets(self):
        self.h5_mean = self.h5_results_grp["Mean"]


def expected(offset=0.0):
    return np.arange(COUNT) * STEPS + 1.5 + offset


@pytest.fixture
def path(tmp_path):
    return tmp_path / "source.h5"


@pytest.fixture
def h5_main(path):
    """A source in a file on disk."""
    with h5py.File(path, "w") as file:
        yield written(file.create_group("Measurement_000/Channel_000"))


@pytest.fixture
def kit():
    """The classes and functions of this file, which tests cannot import."""

    class Kit:
        Mean, Resumable, written = Mean, Resumable, staticmethod(written)
        expected, COUNT = staticmethod(expected), COUNT

    return Kit
