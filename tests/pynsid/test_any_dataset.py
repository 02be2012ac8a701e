"""Whatever a dataset is made of, it comes back identical, and lazily."""

import datetime as dt
import decimal
import itertools
import math
import os
import pickle
import tracemalloc

import dask
import h5py
import numpy as np
import pytest
from any_dataset import assert_identical, everything
from hypothesis import given, settings

import pyNSID
import sidpy
from pyNSID.read import read_h5py_dataset
from pyNSID.write import write_nsid_dataset
from sidpy.sid.sources import H5Array
from sidpy.sid.trees import same_tree

_count = itertools.count()


@given(everything())
def test_any_dataset_comes_back_identical_and_lazily(dataset):
    name = f"any-{next(_count)}.h5"
    with h5py.File(name, "w", driver="core", backing_store=False) as file:
        back = read_h5py_dataset(write_nsid_dataset(dataset, file, main_data_name="data"))

        assert_identical(back, dataset)


@given(dataset=everything())
@settings(max_examples=int(os.environ.get("SIDPY_EXAMPLES", "8")))
def test_any_dataset_comes_back_from_a_file_that_was_closed(dataset, tmp_path_factory):
    path = sidpy.write({"key": dataset}, tmp_path_factory.mktemp("any") / "any.h5")

    back = sidpy.read(path)["key"]

    assert_identical(back, dataset, history=False)
    *before, reading = back.provenance_record.rows()
    assert same_tree(before, dataset.provenance_record.rows())
    assert reading["function"] == "sidpy.read"


@pytest.mark.parametrize(
    "value",
    [
        np.array([(1, 2.0, b"x")], [("a", "i4"), ("b", "f8"), ("c", "S2")])[["c", "a"]],
        np.zeros(2, {"names": ["a", "b"], "formats": ["i4", "i2"], "offsets": [0, 2]}),
        np.zeros(1, [(("title", "a"), "i4"), ("b", "M8[s]", (2,))]),
        np.array([(math.nan, 1)], [("a", ">f2"), ("b", "i4")]),
        "\ud83d\ude00",
        {"\ud83d\ude00": 1, "\U0001f600": 2},
        dt.datetime(2026, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=1), "CET")),
        dt.time(1, 2, tzinfo=dt.timezone(dt.timedelta(hours=-3), "BRT")),
        decimal.Decimal("sNaN"),
    ],
    ids=["reordered", "overlapping", "titled", "nan", "halves", "keys", "zone", "time", "snan"],
)
def test_rare_values_come_back(h5, value):
    of = value if isinstance(value, np.ndarray) else np.ones(2)
    dataset = sidpy.Dataset.from_array(of)
    dataset.metadata = {"value": value, "inside": [value]}

    back = read_h5py_dataset(write_nsid_dataset(dataset, h5, main_data_name="data"))

    assert_identical(back, dataset)


def test_metadata_of_any_depth_come_back(h5):
    dataset = sidpy.Dataset.from_array(np.ones(2))
    value = {"end": (1, None)}
    for level in range(600):
        value = {"inner": value, "level": level} if level % 3 else {"inner": [value]}
    dataset.metadata = value

    back = read_h5py_dataset(write_nsid_dataset(dataset, h5, main_data_name="data"))

    assert same_tree(back.metadata, value)


# ---------------------------------------------------------------- nothing is read too early


@pytest.fixture
def reads(monkeypatch):
    """The names of the datasets whose numbers were read so far."""
    names = []  # a dask array asks for an empty part to know the type
    for kind in (H5Array, h5py.Dataset):
        original = kind.__getitem__

        def spied(self, index, *more, original=original):
            found = original(self, index, *more)
            names.extend([self.name.rpartition("/")[2]] if np.size(found) else [])
            return found

        monkeypatch.setattr(kind, "__getitem__", spied)
    return names


@pytest.fixture
def stored(path):
    """A file with 16 MB of numbers and their variance, in chunks, and the numbers."""
    numbers = np.arange(2_000_000.0).reshape(20, 100, 1000)
    dataset = sidpy.Dataset.from_array(numbers, title="stack")
    dataset.variance = numbers
    return sidpy.write({"stack": dataset}, path, chunks=(1, 100, 1000)), numbers


def test_no_number_is_read_before_it_is_computed(stored, reads):
    path, numbers = stored
    tracemalloc.start()
    data = sidpy.read(path)["stack"]
    part = np.sqrt(data.T[..., 3].T) + data.variance[3]
    shown = repr(data), str(data.metadata), data.history
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert all(shown)
    assert not {"stack", "variance"} & set(reads)
    assert peak < 2e6

    np.testing.assert_array_equal(part.compute(), np.sqrt(numbers[3]) + numbers[3])
    assert {"stack", "variance"} <= set(reads)


@pytest.mark.slow
def test_numbers_can_be_had_after_pickling_and_in_other_processes(stored):
    path, numbers = stored
    data = pickle.loads(pickle.dumps(sidpy.read(path)["stack"]))

    with dask.config.set(scheduler="processes", num_workers=2):
        total = (data + data.variance).sum(axis=0).compute()

    np.testing.assert_array_equal(total, 2 * numbers.sum(axis=0))


# ---------------------------------------------------------------- many in one file


def line(value, title="scan"):
    return sidpy.Dataset.from_array(np.full(3, value), title=title)


def test_many_datasets_of_one_title_stay_apart(path):
    sidpy.write({f"key {i}": line(i) for i in range(30)}, path)
    sidpy.write({"more": line(30)}, path, append=True)

    back = sidpy.read(path)

    assert list(back) == [f"key {i}" for i in range(30)] + ["more"]
    assert {data.title for data in back.values()} == {"scan"}
    assert [int(data[0].compute()) for data in back.values()] == [*range(31)]


def test_results_beside_their_source_leave_it_as_it_was(path):
    source = line(2.0)
    double, triple = source * 2, source * 3
    double.title, triple.title = "double", "triple"
    sidpy.write({"scan": source}, path)
    with h5py.File(path, "r+") as file:
        [main] = pyNSID.io.hdf_utils.get_all_main(file)
        for where in (main.parent, main.parent.parent):
            pyNSID.io.write_results(where, dataset=[double, triple], process_name="Times")

    back = sidpy.read(path)

    assert sorted(int(data[0].compute()) for data in back.values()) == [2, 4, 4, 6, 6]
    assert_identical(back["scan"], source, history=False)


def test_a_dataset_of_several_names_is_read_once(path):
    with h5py.File(path, "w") as file:
        main = write_nsid_dataset(line(1), file.create_group("first"))
        write_nsid_dataset(line(2), file.create_group("second"))
        file["hard"], file["hard_group"] = main, main.parent
        file["soft"] = h5py.SoftLink(main.name)
        file["soft_group"] = h5py.SoftLink("/second")
        file["first/loop"] = h5py.SoftLink("/")
        file["second/loop"] = file["/"]
        file["nowhere"] = h5py.SoftLink("/not/there")

    back = sidpy.read(path)

    assert sorted(int(data[0].compute()) for data in back.values()) == [1, 2]
    with h5py.File(path) as file:
        for name in ("hard_group/scan", "soft_group/scan/scan"):
            assert pyNSID.NSIDReader(file).read(file[name]).title == "scan"


def test_titles_of_structures_come_back(h5):
    ase = pytest.importorskip("ase")
    dataset = line(1)
    for title in ("nul\0", "a/b", " blank ", "日本"):
        dataset.add_structure(ase.Atoms("Si"), title)

    back = read_h5py_dataset(write_nsid_dataset(dataset, h5))

    assert_identical(back, dataset)
