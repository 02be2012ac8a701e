"""A flush of an open file reaches it completely or not at all."""

import h5py
import numpy as np
import pytest

from sidpy.hdf import flushing
from sidpy.hdf.flushing import flush, flush_at_once, one_flush
from sidpy.hdf.recovery import recover

OLD = np.arange(2**18, dtype="f8")


@pytest.fixture(params=[{}, {"libver": "v110"}, {"fs_strategy": "page"}])
def file(request, tmp_path):
    """A file with large and small numbers, flushed, and then changed."""
    with h5py.File(tmp_path / "any.h5", "w", **request.param) as file:
        file["large"] = OLD
        file.create_dataset("packed", data=OLD, chunks=(2**12,), compression="gzip")
        file["small"] = [1, 2, 3]
        file.flush()
        yield file


def change(file):
    file["large"][7] = -1
    file["packed"][-1] = -1
    file["small"][1] = -1
    file.create_group("new/group").attrs["text"] = "é" * 100
    file["new"]["numbers"] = np.arange(1000)
    file.attrs["last"] = 3


def right(file):
    assert (file["large"][7], file["packed"][-1], file["small"][1]) == (-1, -1, -1)
    np.testing.assert_array_equal(file["large"][8:], OLD[8:])
    np.testing.assert_array_equal(file["packed"][:-1], OLD[:-1])
    np.testing.assert_array_equal(file["new/numbers"], np.arange(1000))
    assert file["new/group"].attrs["text"] == "é" * 100
    assert file.attrs["last"] == 3


def test_everything_is_there_afterwards(file, tmp_path):
    change(file)
    assert flush_at_once(file)
    file["more"] = [1]
    file.close()
    with h5py.File(tmp_path / "any.h5") as found:
        right(found)
        assert found["more"][0] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["any.h5"]


def test_everything_is_on_the_disk_at_once(plain, tmp_path):
    change(plain)
    assert flush_at_once(plain)
    (tmp_path / "copy.h5").write_bytes((tmp_path / "any.h5").read_bytes())
    with h5py.File(tmp_path / "copy.h5") as found:
        right(found)


class Killed(BaseException):
    """What stands for a kill: the file is copied when it comes."""


def killed_in(name, monkeypatch, file, tmp_path):
    """Return a copy of the files in the moment when a function is called."""

    def kill(*_):
        monkeypatch.undo()
        (tmp_path / "left").mkdir()
        for path in tmp_path.glob("any.h5*"):
            (tmp_path / "left" / path.name).write_bytes(path.read_bytes())
        raise Killed

    monkeypatch.setattr(flushing, name, kill)
    with pytest.raises(Killed):
        flush_at_once(file)
    return tmp_path / "left" / "any.h5"


@pytest.fixture
def plain(tmp_path):
    with h5py.File(tmp_path / "any.h5", "w") as file:
        file["large"], file["small"] = OLD, [1, 2, 3]
        file.create_dataset("packed", data=OLD, chunks=(2**12,), compression="gzip")
        file.flush()
        yield file


@pytest.mark.parametrize("name", ["_new_bytes", "_publish", "write_promise"])
def test_a_kill_before_it_counts_leaves_the_old_tables(plain, tmp_path, monkeypatch, name):
    plain.create_group("new")
    with h5py.File(killed_in(name, monkeypatch, plain, tmp_path)) as found:
        assert sorted(found) == ["large", "packed", "small"]
        np.testing.assert_array_equal(found["large"], OLD)


def test_a_kill_after_it_counts_is_mended_by_the_next_who_opens(plain, tmp_path, monkeypatch):
    change(plain)
    left = killed_in("carry_out", monkeypatch, plain, tmp_path)
    assert recover(left)
    with h5py.File(left) as found:
        right(found)


@pytest.mark.parametrize("name", ["_publish", "write_promise", "carry_out"])
def test_an_error_leaves_the_file_as_a_flush_does(plain, tmp_path, monkeypatch, name):
    change(plain)
    killed_in(name, monkeypatch, plain, tmp_path)
    plain.close()
    recover(tmp_path / "any.h5")
    with h5py.File(tmp_path / "any.h5") as found:
        right(found)


def test_files_in_memory_are_flushed_as_always():
    with h5py.File("any.h5", "w", driver="core", backing_store=False) as file:
        assert not flush_at_once(file)


def test_flushes_of_ours_wait_for_the_one(plain, tmp_path):
    with one_flush(plain):
        plain.create_group("new")
        before = (tmp_path / "any.h5").read_bytes()
        flush(plain)
        assert (tmp_path / "any.h5").read_bytes() == before
    assert (tmp_path / "any.h5").read_bytes() != before
    before = (tmp_path / "any.h5").read_bytes()
    plain.create_group("newer")
    flush(plain)
    assert (tmp_path / "any.h5").read_bytes() != before
