"""Whatever a dataset is made of, it comes back identical, and lazily."""

import itertools

import h5py
from any_dataset import assert_identical, datasets
from hypothesis import given, settings

from pyNSID.read import read_h5py_dataset
from pyNSID.write import write_nsid_dataset

_count = itertools.count()


@settings(max_examples=40, deadline=None)
@given(datasets())
def test_any_dataset_comes_back_identical_and_lazily(dataset):
    name = f"any-{next(_count)}.h5"
    with h5py.File(name, "w", driver="core", backing_store=False) as file:
        back = read_h5py_dataset(write_nsid_dataset(dataset, file, main_data_name="d"))

        assert_identical(back, dataset)
