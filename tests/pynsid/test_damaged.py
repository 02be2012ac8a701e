"""Damaged files end in an error of the family, never in another, a hang or a crash.

`damage.py` says how; it reads ten thousand of them when it is run on its own.
"""

import ctypes
import json
import os
import pathlib
import struct
import sys

import h5py
import numpy as np
import pytest

import sidpy
from pyNSID.reader import read_nsid
from pyNSID.validate import validate
from sidpy.base.global_heaps import heap_damage
from sidpy.base.opening import open_to_read
from sidpy.errors import CorruptFile, SidpyError
from sidpy.testing.limits import time_limit

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "together"))
import damage

#: SIDPY_DAMAGED=10000 reads more of them.
COUNT = int(os.environ.get("SIDPY_DAMAGED", "140"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is that of Linux")
def test_damaged_files_are_read_or_refused_and_nothing_else():
    endings, words = damage.run(COUNT, seed=7)

    bad = {n: (words[n], ending) for n, ending in endings.items() if damage.is_bad(ending)}
    assert not bad, json.dumps(bad, indent=1)
    assert len(endings) == COUNT
    assert {"read", "refused"} <= set(endings.values())


@pytest.mark.parametrize("way", ["bits", "bytes", "cut", "zeros", "swap", "metadata"])
def test_every_way_of_damaging_is_met(way):
    content = b"TREE" + bytes(range(256)) * 16
    met = {damage.damaged(content, np.random.default_rng(i))[1] for i in range(60)}

    assert way in met


# ---------------------------------------------------------------- what HDF5 would not survive


@pytest.fixture
def heaps(path, iv_map):
    """A file, its bytes, and where its first global heap begins."""
    sidpy.write(iv_map, path)
    content = bytearray(path.read_bytes())
    return path, content, content.index(b"GCOL")


def test_a_sound_file_has_sound_heaps(heaps):
    path, content, _ = heaps

    assert content.count(b"GCOL") >= 1
    assert heap_damage(path) == heap_damage(path, everywhere=True) == []
    assert heap_damage(path.with_name("absent.h5")) == []


@pytest.mark.parametrize(
    ("number", "size", "reason"),
    [(0, 0, "has the size 0"), (0, 15, "has the size 15"), (1, 2**20, "is cut off"),
     (1, 2**64 - 1, "is cut off")],
)  # fmt: skip
def test_a_heap_that_would_keep_hdf5_in_a_circle_is_refused_at_once(heaps, number, size, reason):
    path, content, at = heaps
    struct.pack_into("<HHIQ", content, at + 16, number, 1, 0, size)
    path.write_bytes(content)

    (problem,) = validate(path)

    assert problem.address == "/"
    assert f"{reason}, at byte {at + 16}" in problem.text
    for read in (read_nsid, sidpy.read):
        with pytest.raises(SidpyError, match=reason):
            read(path)


def test_large_files_are_looked_through_at_both_ends_and_when_validated_everywhere(tmp_path):
    collection = struct.pack("<4sB3xQHHIQ", b"GCOL", 1, 4096, 0, 0, 0, 0).ljust(4096, b"\0")
    path = tmp_path / "large"
    for place, seen in ((0, True), (6 * 2**20, False), (15 * 2**20, True)):
        content = bytearray(16 * 2**20)
        content[place : place + 4096] = collection
        path.write_bytes(content)

        assert bool(heap_damage(path)) is seen
        assert heap_damage(path, everywhere=True) == [
            (place + 16, "an object of a global heap has the size 0")
        ]


def test_text_that_looks_like_a_heap_is_none(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"GCOL\1\0\0\0 and more of it" * 50)

    assert heap_damage(path) == []


def test_labels_of_axes_that_are_no_texts_are_an_error_and_no_crash(path, iv_map):
    sidpy.write(iv_map, path)
    (dataset,) = read_nsid(path).values()
    with h5py.File(path, "a") as file:
        main = file[dataset.h5_dataset_name]
        del main.attrs["DIMENSION_LABELS"]
        main.attrs["DIMENSION_LABELS"] = np.arange(3)

    with pytest.raises(CorruptFile, match="are no texts"):
        read_nsid(path)


@pytest.fixture
def growing(path):
    """The file of a writer that was killed while it appended."""
    with h5py.File(path, "w", libver="latest") as file:
        file["numbers"] = np.arange(6.0)
        file.swmr_mode = True
        content = path.read_bytes()
    path.write_bytes(content)
    return path


def test_a_damaged_file_that_seems_to_grow_keeps_nobody_waiting(growing):
    """HDF5 would read a part again, for hours, where a writer seems to be at work on it."""
    content = bytearray(growing.read_bytes())
    content[content.index(b"OHDR") + 20] ^= 0xFF
    growing.write_bytes(content)

    with time_limit(20, "reading it"), pytest.raises((SidpyError, OSError)):
        sidpy.read(growing)


@pytest.mark.skipif(sys.platform == "win32", reason="there the function is not found")
def test_parts_of_a_growing_file_are_read_a_few_times_only(growing):
    with open_to_read(growing) as file:
        assert file.swmr_mode
        assert np.array_equal(file["numbers"], np.arange(6.0))
        assert attempts(file.id.get_access_plist()) < 20


def attempts(access):
    number = ctypes.c_uint(0)
    get = ctypes.CDLL(h5py.h5p.__file__).H5Pget_metadata_read_attempts
    get.argtypes = (ctypes.c_int64, ctypes.POINTER(ctypes.c_uint))
    assert get(access.id, ctypes.byref(number)) >= 0
    return number.value
