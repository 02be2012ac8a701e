"""No more of a file is read than is asked for, and nothing of it is lost."""

import struct

import h5py
import numpy as np
import pytest

import pyNSID
import sidpy
from pyNSID.reader import read_nsid
from sidpy.errors import CorruptFile, SidpyError
from sidpy.sid import sources
from sidpy.sid.late import LATE

MANY = 20


@pytest.fixture
def many(path, iv_map):
    """A file of more datasets than are read at once, and what was written."""
    written = {f"map {i}": iv_map + i for i in range(MANY)}
    written["map 0"].variance = np.ones(iv_map.shape)
    sidpy.write(written, path)
    return path, written


def waits(dataset):
    return "dimensions" not in dataset.__dict__["_labels"].__dict__


def test_labels_of_many_datasets_wait_and_are_all_there(many):
    path, written = many
    found = sidpy.read(path)

    assert list(found) == list(written)
    assert [d.title for d in found.values()] == [d.title for d in written.values()]
    assert {(d.units, d.shape, d.dtype) for d in found.values()} == {
        (d.units, d.shape, d.dtype) for d in written.values()
    }
    assert all(map(waits, found.values()))
    for key, dataset in found.items():
        assert dataset == written[key]
        assert dataset.metadata == written[key].metadata
        assert [step.function for step in dataset.history][-1] == "sidpy.read"
        assert len(dataset.history) == len(written[key].history) + 1
        assert not waits(dataset)


def test_the_reader_class_lists_as_well_and_its_file_may_be_closed(many):
    path, written = many
    with pyNSID.NSIDReader(path) as reader:
        found = reader.read()
        assert all(map(waits, found.values()))
        assert found["Channel_003"].h5_dataset.file == reader._h5_file

    first = next(iter(found.values()))
    assert first == written["map 0"]
    assert first.variance.compute().sum() == np.prod(first.shape)


def test_a_few_datasets_are_read_at_once(path, iv_map):
    sidpy.write({"one": iv_map, "two": iv_map}, path)

    assert not any(map(waits, sidpy.read(path).values()))


def test_what_is_damaged_and_waited_is_an_error_with_its_address(many):
    path, _ = many
    found = sidpy.read(path)
    address = found["map 3"].h5_dataset_name
    with h5py.File(path, "a") as file:
        del file[address].attrs["units"]

    with pytest.raises(CorruptFile, match=f"(?s)labels of {address!r}.*'units' is missing"):
        _ = found["map 3"].metadata
    assert found["map 4"].metadata
    path.unlink()
    with pytest.raises(SidpyError):
        _ = found["map 5"].metadata


def test_late_fields_are_those_that_are_read_late(many):
    from pyNSID.read import _read_later

    path, _ = many
    dataset = next(iter(sidpy.read(path).values()))

    read = _read_later(str(path), dataset.h5_dataset_name, dataset.shape, False)
    assert set(read) == set(LATE)


# ---------------------------------------------------------------- numbers


@pytest.fixture
def large(path):
    """A file of 4 blocks of chunks, and its numbers."""
    numbers = np.arange(8 * 8 * 64 * 64, dtype=np.uint16).reshape(8, 8, 64, 64)
    sidpy.write(sidpy.Dataset.from_array(numbers), path, chunks=(2, 2, 16, 16), compression=None)
    return path, numbers


@pytest.mark.parametrize(
    "index",
    [(3, 5), (slice(None), slice(None), 7, 9), (slice(6, 1, -2), 0), ([5, 0, 5], slice(2)),
     (slice(None), np.array([True, False] * 4), 3), (0, 0, slice(None, None, 7), -1)],
)  # fmt: skip
def test_a_part_is_read_without_the_rest_of_its_block(large, index, monkeypatch):
    path, numbers = large
    (found,) = sidpy.read(path).values()
    read = []
    original = sources.H5Array.__getitem__

    def counting(self, place):
        result = original(self, place)
        read.append(result.size)
        return result

    monkeypatch.setattr(sources.H5Array, "__getitem__", counting)

    part = found[index].compute(scheduler="synchronous")

    np.testing.assert_array_equal(part, numbers[index])
    basic = all(isinstance(entry, int | slice) for entry in index)
    negative = any(isinstance(entry, slice) and (entry.step or 1) < 0 for entry in index)
    if basic and not negative:
        assert sum(read) == part.size


def test_one_task_is_done_by_the_thread_that_asked(large):
    import threading

    import dask

    path, _ = large
    (found,) = sidpy.read(path).values()
    threads = []

    def noted(block):
        threads.append(threading.current_thread())
        return block

    frame = found[3, 5].map_blocks(noted, dtype=found.dtype, meta=np.empty((0, 0), found.dtype))
    frame.compute()
    np.asarray(frame)
    assert set(threads) == {threading.current_thread()}
    threads.clear()
    with dask.config.set(scheduler="threads"):
        frame.compute()
    assert threading.current_thread() not in threads


def test_the_numbers_of_a_source_that_has_gone_are_an_error_that_names_it(tmp_path):
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["d"] = np.arange(6.0)
    layout = h5py.VirtualLayout((6,), float)
    layout[:] = h5py.VirtualSource("part.h5", "d", (6,))
    with h5py.File(tmp_path / "whole.h5", "w") as file:
        file.create_virtual_dataset("d", layout)
    data = sidpy.Dataset.from_array(sidpy.H5Array(tmp_path / "whole.h5", "d"))

    assert data.compute().sum() == 15
    with h5py.File(tmp_path / "part.h5", "a") as file:
        del file["d"]
    with pytest.raises(CorruptFile, match=r"part.h5.* has no dataset 'd'"):
        data.compute()
    (tmp_path / "part.h5").unlink()
    with pytest.raises(CorruptFile, match=r"the file 'part.h5' is not there"):
        data[2:4].compute()


# ---------------------------------------------------------------- heaps of large files


@pytest.fixture
def heap_in_the_middle(path, iv_map):
    """A large file, its bytes and where in the middle of it the texts of a dataset lie."""
    with h5py.File(path, "w") as file:
        file["before"] = np.zeros(2**20, np.uint8)
        pyNSID.hdf_io.write_nsid_dataset(iv_map, file, "d")
        file["behind"] = np.zeros(2**20, np.uint8)
    content = bytearray(path.read_bytes())
    return path, content, content.index(b"GCOL")


def test_texts_in_the_middle_of_a_large_file_are_looked_at_before_they_are_read(
    heap_in_the_middle,
):
    path, content, at = heap_in_the_middle
    assert 2**19 < at < len(content) - 2**19
    assert read_nsid(path)
    struct.pack_into("<HHIQ", content, at + 16, 0, 1, 0, 0)
    path.write_bytes(content)

    for read in (read_nsid, sidpy.read, lambda path: pyNSID.NSIDReader(path).read()):
        with pytest.raises(SidpyError, match="has the size 0"):
            read(path)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_headers_of_either_version_say_where_texts_lie(path, libver):
    from h5py import h5o

    from sidpy.base.object_headers import heap_addresses

    with h5py.File(path, "w", libver=libver) as file:
        group = file.create_group("g")
        for number in range(6):
            group.attrs[f"text {number}"] = "of some length" * number
        group.attrs["number"] = 3
        file["g"].attrs["axes"] = np.array(["a", "b"], h5py.string_dtype())
    content = path.read_bytes()
    with h5py.File(path) as file:
        address = h5o.get_info(file["g"].id).addr

    found = heap_addresses(lambda place, length: content[place : place + length], address)

    heaps = {i for i in range(len(content)) if content.startswith(b"GCOL\1\0\0\0", i)}
    assert found == heaps != set()


def test_attributes_outside_of_a_header_are_for_others_to_find(path):
    from h5py import h5o

    from sidpy.base.object_headers import heap_addresses

    with h5py.File(path, "w", libver="latest") as file:
        for number in range(20):
            file.attrs[f"text {number}"] = "dense"
    content = path.read_bytes()
    with h5py.File(path) as file:
        address = h5o.get_info(file.id).addr

    def read(place, length):
        return content[place : place + length]

    assert heap_addresses(read, address) is None
    assert heap_addresses(read, address + 3) is None


def test_info_reads_no_numbers_and_no_content(large, monkeypatch, capsys):
    from sidpy.cli.main import main
    from sidpy.io import identity

    path, _ = large

    def never(*args, **kwargs):
        pytest.fail("the numbers are read")

    monkeypatch.setattr(sources.H5Array, "__getitem__", never)
    monkeypatch.setattr(identity.Content, "_compute", never)

    assert not main(["info", str(path)])
    assert "uint16" in capsys.readouterr().out
    assert not main(["info", "--json", str(path)])
