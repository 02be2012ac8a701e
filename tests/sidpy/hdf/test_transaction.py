"""A transaction reaches a file completely or not at all, and readers never notice it half done."""

from __future__ import annotations

import gc
import os
import stat
import subprocess
import sys
import threading

import h5py
import numpy as np
import pytest

import sidpy
from sidpy.errors import (
    CorruptFile,
    DiskFull,
    ExistingFile,
    FileInUse,
    MissingFile,
    NotAFile,
    UnfinishedChange,
    UnwritableFile,
)
from sidpy.hdf.recovery import open_to_read, recover
from sidpy.hdf.transactions import require_healthy

#: Every way in which a file may be laid out that changes where its metadata lie.
LAYOUTS = {
    "as usual": {},
    "latest": {"libver": "latest"},
    "superblock 2": {"libver": ("v108", "v108")},
    "user block": {"userblock_size": 1024},
    "track order": {"track_order": True},
    "pages": {"fs_strategy": "page", "fs_persist": True, "fs_page_size": 4096},
    "free space kept": {"fs_strategy": "fsm", "fs_persist": True},
}


@pytest.fixture
def raw(tmp_path):
    """A file with raw data."""
    return make(tmp_path / "raw.h5")


def make(path, **options):
    with h5py.File(path, "w", **options) as file:
        file["raw"] = np.arange(10000)
        file.create_group("group").attrs["kind"] = "measurement"
    return path


def add_much(file):
    """Change a file in every way: new, larger, smaller, overwritten, removed."""
    file["result"] = np.arange(5000.0)
    for number in range(20):
        options = {"chunks": (100,), "compression": "gzip"}
        file["group"].create_dataset(f"many{number}", data=np.arange(1000), **options)
    file["group"].attrs["kind"] = "result" * 1000
    file["raw"][:10] = -1
    del file["group/many3"]


def change(path, work=add_much, mode="a", **options):
    with sidpy.hdf.transaction(path, mode, **options) as file:
        work(file)


def never(_file):
    pytest.fail("the block must not run")


def is_changed(path):
    with h5py.File(path, "r") as file:
        return [
            file["result"][:].tolist() == np.arange(5000.0).tolist(),
            len(file["group"]) == 19,
            file["group/many19"][:].tolist() == list(range(1000)),
            file["group"].attrs["kind"] == "result" * 1000,
            file["raw"][:].tolist() == [-1] * 10 + list(range(10, 10000)),
        ] == [True] * 5


def program(code, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def names_beside(path):
    return sorted(one.name for one in path.parent.iterdir() if one != path)


@pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_stays_as_it_is_until_the_end_of_the_block(tmp_path, options):
    path = make(tmp_path / "scan.h5", **options)
    before = path.read_bytes()
    with sidpy.hdf.transaction(path) as file:
        add_much(file)
        file.flush()
        during = path.read_bytes()

    assert during[: len(before)] == before
    assert is_changed(path)
    assert names_beside(path) == []


@pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)
def test_an_error_in_the_block_leaves_every_byte(tmp_path, options):
    path = make(tmp_path / "scan.h5", **options)
    before = path.read_bytes()

    def fail(file):
        add_much(file)
        file.flush()
        file["absent"]

    with pytest.raises(KeyError, match="absent"):
        change(path, fail)
    assert path.read_bytes() == before
    assert names_beside(path) == []


@pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)
def test_bytes_behind_the_end_do_no_harm(tmp_path, options):
    """What a killed program leaves behind the end is no part of the file."""
    path = make(tmp_path / "scan.h5", **options)
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"left behind" * 5000)
    with h5py.File(path, "r") as file:
        assert file["raw"][9999] == 9999
    with sidpy.hdf.transaction(path) as file:
        file["small"] = [1, 2]

    with h5py.File(path, "r") as file:
        assert file["small"][:].tolist() == [1, 2]
        assert file["raw"][9999] == 9999
    assert path.stat().st_size < size + 20_000


def test_the_block_sees_its_own_changes(raw):
    with sidpy.hdf.transaction(raw) as file:
        add_much(file)
        file.flush()
        assert file["raw"][:12].tolist() == [-1] * 10 + [10, 11]
        assert file["group"].attrs["kind"] == "result" * 1000
        assert file.filename == str(raw)


def test_a_transaction_without_changes_changes_nothing(raw):
    before = raw.read_bytes()
    with sidpy.hdf.transaction(raw) as file:
        assert "raw" in file
    assert raw.read_bytes() == before


def test_old_numbers_overwritten_beyond_what_fits_in_memory(raw, monkeypatch):
    monkeypatch.setattr("sidpy.base.overlay._MOST_IN_MEMORY", 3)
    with sidpy.hdf.transaction(raw) as file:
        file["raw"][...] = np.arange(10000)[::-1]
        file.flush()
        file["raw"][5000] = 7
        assert file["raw"][0] == 9999
        with h5py.File(raw, "r") as same:
            assert same["raw"][0] == 0
    with h5py.File(raw, "r") as file:
        expected = np.arange(10000)[::-1].copy()
        expected[5000] = 7
        assert np.array_equal(file["raw"], expected)


def test_a_file_that_becomes_shorter_does(raw):
    with sidpy.hdf.transaction(raw) as file:
        file["last"] = np.arange(100_000)
    long = raw.stat().st_size
    with sidpy.hdf.transaction(raw) as file:
        del file["last"]
    assert raw.stat().st_size < long - 700_000
    with h5py.File(raw, "r") as file:
        assert file["raw"][9999] == 9999


# ---------------------------------------------------------------- new files


@pytest.mark.parametrize("mode", ["a", "w", "x", "w-"])
def test_a_new_file_appears_at_the_end(tmp_path, mode):
    path = tmp_path / "new.h5"
    with sidpy.hdf.transaction(path, mode, track_order=True) as file:
        file["b"], file["a"] = 1, 2
        assert file.filename == str(path)
        assert not path.exists()
    with h5py.File(path, "r") as file:
        assert list(file) == ["b", "a"]
    assert names_beside(path) == []


def test_a_new_file_that_fails_does_not_appear(tmp_path):
    with pytest.raises(KeyError, match="absent"):
        change(tmp_path / "new.h5", lambda file: file["absent"])
    assert list(tmp_path.iterdir()) == []


def test_replacing_leaves_the_old_file_when_it_fails(raw):
    before = raw.read_bytes()
    with pytest.raises(KeyError, match="absent"):
        change(raw, lambda file: file["absent"], "w")
    assert raw.read_bytes() == before
    with sidpy.hdf.transaction(raw, "w") as file:
        file["new"] = 1
    with h5py.File(raw, "r") as file:
        assert list(file) == ["new"]


@pytest.mark.parametrize(
    ("name", "mode", "error", "message"),
    [
        ("raw.h5", "x", ExistingFile, "mode='x' asks for a new one"),
        ("absent.h5", "r+", MissingFile, "mode='a' makes one"),
        ("absent/raw.h5", "a", MissingFile, "no folder .*absent"),
        (".", "a", NotAFile, "is a directory"),
        ("raw.h5", "r", ValueError, "mode should be one of 'w', 'a'.* found 'r'"),
        ("text.h5", "a", CorruptFile, "HDF5 cannot open it"),
        ("cut.h5", "a", CorruptFile, "HDF5 cannot open it: .*truncated"),
    ],
)
def test_what_does_not_fit_is_told(raw, name, mode, error, message):
    raw.with_name("text.h5").write_text("no HDF5 at all")
    raw.with_name("cut.h5").write_bytes(raw.read_bytes()[:3000])
    before = names_beside(raw)
    with pytest.raises(error, match=message):
        change(raw.parent / name, never, mode)
    assert names_beside(raw) == before


def test_the_file_behind_a_symbolic_link_is_changed(raw):
    link = raw.with_name("link.h5")
    link.symlink_to(raw)
    with sidpy.hdf.transaction(link) as file:
        file["new"] = 1
    assert link.is_symlink()
    with h5py.File(raw, "r") as file:
        assert file["new"][()] == 1


# ---------------------------------------------------------------- others at the same file


def test_readers_may_keep_it_open_and_open_it_meanwhile(raw):
    """As in a notebook, where an earlier cell opened the file and never closed it."""
    earlier = h5py.File(raw, "r")
    for number in range(3):
        with sidpy.hdf.transaction(raw) as file:
            file[f"result{number}"] = np.arange(1000) + number
            with h5py.File(raw, "r") as later:
                assert f"result{number}" not in later
        assert np.array_equal(earlier["raw"], np.arange(10000))
    earlier.close()
    with h5py.File(raw, "r") as file:
        assert sorted(file) == ["group", "raw", "result0", "result1", "result2"]


def test_another_program_may_read_and_not_write_meanwhile(raw):
    code = "import h5py, sys; print(h5py.File(sys.argv[1], sys.argv[2])['raw'][5])"
    with sidpy.hdf.transaction(raw) as file:
        file["new"] = 1
        answers = [program(code, raw, mode) for mode in ("r", "r+")]
    assert answers[0].stdout == "5\n"
    assert "unable to lock file" in answers[1].stderr


def test_a_file_open_for_writing_is_refused_before_the_block(raw):
    with (
        h5py.File(raw, "r+"),
        pytest.raises(FileInUse, match="open for writing, in this program or in another"),
    ):
        change(raw, never)


def test_a_transaction_in_a_transaction_is_refused(raw):
    with sidpy.hdf.transaction(raw) as file:
        file["one"] = 1
        with pytest.raises(FileInUse, match="by the block that this call stands in"):
            change(raw, never)
    with h5py.File(raw, "r") as file:
        assert "one" in file


def test_transactions_of_threads_wait_for_each_other(raw):
    def add(number):
        with sidpy.hdf.transaction(raw, durable=False, timeout=60) as file:
            file[f"result{number}"] = number

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    with h5py.File(raw, "r") as file:
        assert [file[f"result{number}"][()] for number in range(8)] == list(range(8))


def test_waiting_for_another_transaction_ends(raw):
    inside, leave = threading.Event(), threading.Event()

    def stay():
        with sidpy.hdf.transaction(raw):
            inside.set()
            leave.wait(60)

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait(60)
    try:
        with pytest.raises(FileInUse, match=r"by this program, and was not free .*0\.05 s"):
            change(raw, never, timeout=0.05)
    finally:
        leave.set()
        thread.join(300)


def test_a_file_that_is_replaced_meanwhile_is_not_touched(raw):
    other = make(raw.with_name("other.h5")).read_bytes()

    def replace(file):
        file["new"] = 1
        raw.with_name("other.h5").replace(raw)

    with pytest.raises(FileInUse, match="replaced"):
        change(raw, replace)
    assert raw.read_bytes() == other


@pytest.mark.parametrize("kind", ["link", "virtual"])
def test_other_files_cannot_be_followed_in_a_transaction(raw, kind):
    """HDF5 would open the same file once more, and read wrong numbers."""
    other = make(raw.with_name("other.h5"))
    with h5py.File(raw, "r+") as file:
        file["link"] = h5py.ExternalLink(other.name, "/raw")
        layout = h5py.VirtualLayout((10000,), dtype=np.int64)
        layout[:] = h5py.VirtualSource(other.name, "raw", shape=(10000,))
        file.create_virtual_dataset("virtual", layout)

    def follow(file):
        file["new"] = 1
        file[kind][:]

    with pytest.raises((OSError, KeyError), match="signature not found") as caught:
        change(raw, follow)
    assert "external links and virtual datasets" in caught.value.__notes__[0]
    with h5py.File(raw, "r") as file:
        assert file[kind][9999] == 9999
        assert "new" not in file


def test_what_was_got_from_the_file_is_closed_with_it(raw):
    with sidpy.hdf.transaction(raw) as file:
        kept = file["raw"], file["group"], file["group"].attrs, file.id
    gc.collect()
    assert not kept[0]
    assert not kept[1]
    with pytest.raises((ValueError, OSError, RuntimeError, KeyError), match=r"."):
        kept[2]["kind"]


# ---------------------------------------------------------------- no room


def failing_after(monkeypatch, count, number=28):
    """Let writes fail after a while, as on a full disk."""
    real, calls = os.pwrite, iter(range(10**9))

    def pwrite(*arguments):
        if next(calls) >= count:
            raise OSError(number, os.strerror(number))
        return real(*arguments)

    monkeypatch.setattr(os, "pwrite", pwrite)


@pytest.mark.parametrize("count", [0, 1, 5, 20, 45])
def test_a_full_disk_leaves_the_file_as_it_was(raw, monkeypatch, count):
    before = raw.read_bytes()
    with monkeypatch.context() as patch:
        failing_after(patch, count)
        with pytest.raises(DiskFull, match=r"no room .* bytes .* free in") as caught:
            change(raw)
    gc.collect()

    assert caught.value.errno == 28
    assert isinstance(caught.value, OSError)
    assert raw.read_bytes() == before
    assert names_beside(raw) == []


def test_a_full_disk_makes_no_new_file(tmp_path, monkeypatch):
    failing_after(monkeypatch, 10)

    def fill(file):
        for number in range(20):
            file.create_dataset(f"many{number}", data=np.arange(1000), chunks=(100,))

    with pytest.raises(DiskFull, match="no file was made"):
        change(tmp_path / "new.h5", fill)
    assert list(tmp_path.iterdir()) == []


def test_long_work_learns_of_a_full_disk_early(raw, monkeypatch):
    failing_after(monkeypatch, 0)
    written = []

    def work(file):
        target = file.create_dataset("long", (100, 1000), float)
        for number in range(100):
            require_healthy(target)
            target[number] = number
            file.flush()
            written.append(number)

    with pytest.raises(DiskFull, match="no room"):
        change(raw, work)
    assert written == [0]


def test_another_failure_of_the_disk_keeps_its_name(raw, monkeypatch):
    before = raw.read_bytes()
    with monkeypatch.context() as patch:
        failing_after(patch, 3, number=5)
        with pytest.raises(OSError, match="Input/output error"):
            change(raw)
    assert raw.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no file size limits")
def test_a_limit_on_the_size_of_files(raw):
    """In a process of its own, whose limit it is."""
    before = raw.read_bytes()
    code = (
        "import resource, sys, sidpy, numpy as np\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))\n"
        "with sidpy.hdf.transaction(sys.argv[1]) as file:\n"
        "    file.create_dataset('large', data=np.random.rand(10**6), chunks=(1000,))\n"
    )
    done = program(code, raw)
    assert done.returncode == 1
    assert "DiskFull: " in done.stderr
    assert "File too large" in done.stderr
    assert raw.read_bytes() == before


@pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 0)() == 0, reason="the superuser may write everywhere"
)
@pytest.mark.parametrize("which", ["file", "folder"])
def test_what_is_read_only_is_told_before_the_block(raw, which):
    place = raw if which == "file" else raw.parent
    place.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(UnwritableFile, match=r"read-only|cannot be changed"):
            change(raw, never)
    finally:
        place.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("number", [1, 13, 30])
def test_a_place_that_cannot_be_written_is_told_before_the_block(raw, monkeypatch, number):
    """EPERM, EACCES and EROFS, as the superuser meets them too."""
    real = os.open

    def refused(path, flags, *arguments, **options):
        if flags & os.O_RDWR:
            raise OSError(number, os.strerror(number), path)
        return real(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(UnwritableFile, match=r"cannot be changed.*copy the file to a folder"):
        change(raw, never)


# ---------------------------------------------------------------- after a crash


def crash_while_changing(path, monkeypatch):
    """Leave a change that counts and is not carried out."""
    with monkeypatch.context() as patch:

        def crash(*arguments):
            raise OSError(5, "the machine stopped here")

        patch.setattr("sidpy.hdf.transactions.carry_out", crash)
        with pytest.raises(UnfinishedChange, match="when sidpy opens the file again"):
            change(path)
    assert names_beside(path) == [f"{path.name}.commit"]


def test_whoever_opens_the_file_finishes_the_change(raw, monkeypatch):
    crash_while_changing(raw, monkeypatch)
    with open_to_read(raw) as file:
        assert "result" in file
    assert is_changed(raw)
    assert names_beside(raw) == []
    assert not recover(raw)


def test_reading_lazily_finishes_the_change(raw, monkeypatch):
    crash_while_changing(raw, monkeypatch)
    assert sidpy.H5Array(raw, "result")[4999] == 4999
    assert is_changed(raw)


def test_the_next_transaction_finishes_the_change_first(raw, monkeypatch):
    crash_while_changing(raw, monkeypatch)
    with sidpy.hdf.transaction(raw) as file:
        assert "result" in file
        file["more"] = 1
    assert is_changed(raw)


def test_a_copy_of_both_files_is_finished_too(raw, monkeypatch):
    crash_while_changing(raw, monkeypatch)
    copy = raw.with_name("copy.h5")
    copy.write_bytes(raw.read_bytes())
    copy.with_name("copy.h5.commit").write_bytes(raw.with_name("raw.h5.commit").read_bytes())
    assert recover(copy)
    assert is_changed(copy)


def test_a_promise_for_another_file_is_passed_over(raw, monkeypatch):
    crash_while_changing(raw, monkeypatch)
    raw.unlink()
    make(raw)
    before = raw.read_bytes()
    with pytest.warns(sidpy.errors.SidpyWarning, match="promises a change of another file"):
        assert not recover(raw)
    assert raw.read_bytes() == before


@pytest.mark.parametrize("where", [0, 40, -1, -40])
def test_a_damaged_promise_is_told(raw, monkeypatch, where):
    crash_while_changing(raw, monkeypatch)
    promise = raw.with_name("raw.h5.commit")
    data = bytearray(promise.read_bytes())
    data[where] ^= 1
    promise.write_bytes(data)
    before = raw.read_bytes()
    with pytest.raises(UnfinishedChange, match=r"raw\.h5\.commit.*damaged"):
        recover(raw)
    assert raw.read_bytes() == before


def test_a_change_that_cannot_be_finished_is_told(raw, monkeypatch):
    crash_while_changing(raw, monkeypatch)
    real = os.open

    def refused(path, flags, *arguments, **options):
        if flags & os.O_RDWR:
            raise OSError(30, os.strerror(30), path)
        return real(path, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", refused)
    for opener in (open_to_read, sidpy.read):
        with pytest.raises(UnfinishedChange, match="copy both files"):
            opener(raw)


def test_drafts_of_a_crash_are_removed_by_the_next_transaction(raw):
    litter = raw.with_name(".raw.h5.0123abcd.draft")
    litter.write_bytes(b"half")
    stranger = raw.with_name(".raw.h5x.0123abcd.draft")
    stranger.write_bytes(b"not ours")
    with sidpy.hdf.transaction(raw):
        pass
    assert names_beside(raw) == [stranger.name]


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_what_is_read_is_never_the_past(raw, kept):
    """HDF5 shares what is open in one program, with all that it remembers."""
    past = []
    for number in range(kept):
        past.append(h5py.File(raw, "r") if not past else open_to_read(raw))
        assert list(past[-1])[:2] == ["group", "raw"]
        with sidpy.hdf.transaction(raw) as file:
            file["group"].attrs["kind"] = f"kind {number}"  # which needs no new bytes
            file["raw"][0] = number
    with open_to_read(raw) as file:
        assert file["group"].attrs["kind"] == f"kind {kept - 1}"
        assert file["raw"][0] == kept - 1
    assert sidpy.H5Array(raw, "raw")[0] == kept - 1
    for one in past:
        one.close()
