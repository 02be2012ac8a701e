"""How numbers of a main dataset get into the file: packed, streamed, in shards, complete."""

import signal
import subprocess
import sys

import dask.array as da
import h5py
import numpy as np
import pytest

import sidpy
from pyUSID.io.dimension import Dimension, DimType
from pyUSID.io.usi_data import USIDataset
from pyUSID.io.writing import put_data, write_main_dataset

LINE = Dimension("X", "nm", 400), Dimension("Bias", "V", 700)
NUMBERS = np.arange(280_000, dtype=np.float32).reshape(400, 700)


@pytest.fixture
def path(tmp_path):
    """A path for a file."""
    return tmp_path / "a.h5"


def write(file, data=NUMBERS, **options):
    """Write a line of spectra."""
    return write_main_dataset(file, data, "Raw", "Current", "nA", *LINE, **options)


@pytest.mark.parametrize("lazy", [False, True], ids=["numpy", "dask"])
@pytest.mark.parametrize(
    ("compression", "name"), [("gzip", "gzip"), ("standard", "gzip"), ("lzf", "lzf"), (4, "gzip")]
)
def test_numbers_are_packed(path, compression, name, lazy):
    data = da.from_array(NUMBERS, chunks=(100, 300)) if lazy else NUMBERS
    with h5py.File(path, "w") as file:
        write(file, data, compression=compression)
    with h5py.File(path) as file:
        found = file["Raw"]

        assert found.compression == name
        assert found.id.get_storage_size() < NUMBERS.nbytes
        np.testing.assert_array_equal(found, NUMBERS)


def test_filters_of_hdf5plugin_are_chosen_by_name(path):
    pytest.importorskip("hdf5plugin")
    with h5py.File(path, "w") as file:
        found = write(file, compression="zstd")

        assert found.id.get_create_plist().get_filter(1)[0] == 32015
        np.testing.assert_array_equal(found, NUMBERS)


def test_an_unknown_filter_leaves_nothing_behind(path):
    with h5py.File(path, "w") as file:
        with pytest.raises(ValueError, match="did you mean 'gzip'"):
            write(file, compression="gzipp")

        assert list(file) == []


def test_without_options_numbers_lie_in_one_piece(h5_file):
    assert write(h5_file).chunks is None
    assert write(h5_file.create_group("lazy"), da.ones((400, 700), chunks=99)).chunks is None


def test_numbers_are_converted_on_the_way(h5_file):
    for name, data in (("numpy", NUMBERS), ("dask", da.from_array(NUMBERS))):
        for options in ({}, {"compression": "gzip"}):
            group = h5_file.create_group(f"{name}{len(options)}")
            found = write(group, data, dtype="f8", **options)

            assert found.dtype == np.float64
            np.testing.assert_array_equal(found, NUMBERS)


def test_an_empty_dataset_can_be_packed_later(h5_file):
    found = write(h5_file, (400, 700), dtype="i2", compression="gzip", chunks=(100, 100))

    assert (found.shape, found.dtype, found.chunks) == ((400, 700), np.int16, (100, 100))


def test_what_hdf5_has_no_form_for_is_refused(h5_file):
    for data in (NUMBERS.astype("M8[s]"), da.from_array(NUMBERS).astype("M8[s]")):
        with pytest.raises(TypeError, match=r"(?i)type"):
            write(h5_file, data)

    assert list(h5_file) == []


@pytest.mark.parametrize("lazy", [False, True], ids=["numpy", "dask"])
def test_numbers_can_lie_in_shards(path, lazy):
    data = da.from_array(NUMBERS, chunks=(100, 700)) if lazy else NUMBERS
    with h5py.File(path, "w") as file:
        write(file, data, shards="200 kB")
    with h5py.File(path) as file:
        found = USIDataset(file["Raw"])

        assert found.is_virtual
        np.testing.assert_array_equal(found.get_n_dim_form(), NUMBERS)
    assert any(path.with_name("a.h5.shards").rglob("*.h5"))


def fail(block):
    """Stand for a computation that goes wrong."""
    if block[0, 0]:
        msg = "the detector is off"
        raise RuntimeError(msg)
    return block


@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}, {"shards": "200 kB"}], ids=str)
def test_a_computation_that_fails_leaves_nothing_behind(path, options):
    broken = da.from_array(NUMBERS, chunks=(100, 700)).map_blocks(fail, dtype="f4")
    with h5py.File(path, "w") as file:
        file["before"] = 1
        with pytest.raises(RuntimeError, match="detector"):
            write(file, broken, **options)

        assert list(file) == ["before"]
        write(file, **options)
    assert not path.with_name("a.h5.shards").exists() or "shards" in options


def test_shards_need_a_file_on_a_disk(h5_file):
    with pytest.raises(ValueError, match="on a disk"):
        write(h5_file, shards=True)

    assert list(h5_file) == []


KILLED = """
import os, signal, sys
import dask.array as da, h5py, numpy as np, pyUSID

def kill(block):
    if block[0, 0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return block

numbers = np.arange(280_000, dtype=np.float32).reshape(400, 700)
dims = pyUSID.Dimension("X", "nm", 400), pyUSID.Dimension("Bias", "V", 700)
write = pyUSID.hdf_utils.write_main_dataset
file = h5py.File(sys.argv[1], "w")
write(file, numbers, "first", "Current", "nA", *dims)
file.flush()
lazy = da.from_array(numbers, chunks=(100, 700)).map_blocks(kill, dtype="f4")
write(file.create_group("g"), lazy, "second", "Current", "nA", *dims)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no such signal here")
def test_a_killed_program_leaves_no_part_of_a_dataset(path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=120)

    assert done.returncode == -signal.SIGKILL
    with h5py.File(path, "r+") as file:
        assert "second" not in file.get("g", ())
        assert "Position_Indices" not in file.get("g", ())
        np.testing.assert_array_equal(USIDataset(file["first"]), NUMBERS)


def test_sidpy_writes_shards_and_packs(path):
    dataset = sidpy.Dataset.from_array(NUMBERS, title="line", chunks=(100, 700))
    sidpy.write(dataset, path, format="usid", shards="200 kB", compression="gzip")

    (found,) = sidpy.read(path).values()
    np.testing.assert_array_equal(found, NUMBERS)
    with h5py.File(path) as file:
        assert file["Measurement_000/Channel_000/line"].is_virtual


@pytest.mark.parametrize("values", [np.arange(3), da.arange(7, chunks=3), np.eye(2) > 0])
def test_other_arrays_are_written_as_they_are(h5_file, values):
    found = put_data(h5_file, "a", values)

    assert (found.shape, found.dtype) == (values.shape, values.dtype)
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("lazy", [False, True], ids=["numpy", "dask"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_incomplete_positions_of_any_number_of_dimensions(h5_file, count, lazy):
    values = np.random.default_rng(0).random((3, 20))
    pos = [Dimension(f"d{i}", "nm", values[i], mode=DimType.INCOMPLETE) for i in range(count)]
    data = da.ones((20, 4), chunks=(7, 4)) if lazy else np.ones((20, 4))
    found = write_main_dataset(
        h5_file, data, "Raw", "q", "u", pos, Dimension("B", "V", 4), values_dtype="f8"
    )

    assert found.h5_pos_vals.dtype == np.float64
    np.testing.assert_array_equal(found.h5_pos_vals, values[:count][::-1].T)
    np.testing.assert_array_equal(found, np.ones((20, 4)))


def test_a_name_may_lead_into_a_group_that_is_there(h5_file):
    h5_file["g/before"] = 1
    found = write_main_dataset(h5_file, NUMBERS, "g/Raw", "Current", "nA", *LINE)

    assert found.name == "/g/Raw"
    assert sorted(h5_file["g"]) == ["Raw", "before"]


def test_members_that_were_there_survive_a_name_that_cannot_be_given(h5_file, monkeypatch):
    h5_file["before"] = 1
    real, calls = h5py.Group.__setitem__, []

    def third_fails(group, name, item):
        calls.append(name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(group, name, item)

    monkeypatch.setattr(h5py.Group, "__setitem__", third_fails)
    with pytest.raises(KeyboardInterrupt):
        write(h5_file)

    assert calls == ["Position_Indices", "Position_Values", "Spectroscopic_Indices"]
    assert list(h5_file) == ["before"]
