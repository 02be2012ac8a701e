"""A computation that was stopped goes on where it was, and packed files are plain ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import dask
import dask.array as da
import h5py
import numpy as np
import pytest

import sidpy
from sidpy.base.locks import changing
from sidpy.errors import (
    ExistingFile,
    FailedBlocks,
    FileInUse,
    LabelValueError,
    SidpyWarning,
    StaleShards,
)

#: Computes 24 blocks of (4, 50), noting each in a log; the parent forks and kills children.
KILLER = """
    import json, os, random, signal, sys, threading, time
    from pathlib import Path
    import dask, dask.array as da, h5py, numpy as np, tqdm
    import sidpy, pyNSID.writer, sidpy.hdf.sharding, sidpy.io.partial, dask.threaded

    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    path, log = folder / "result.h5", folder / "log"

    def slow(block, block_info=None):
        place = block_info[0]["chunk-location"] if block_info else (0, 0)
        if block_info:
            descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(descriptor, f"{place[0]}-{place[1]}\\n".encode())
            os.close(descriptor)
            time.sleep(0.004)
        return block ** 2

    def attempt():
        blocks = da.arange(4800, chunks=4800).reshape(24, 200).rechunk((4, 50))
        dataset = sidpy.Dataset.from_array(
            blocks.map_blocks(slow, dtype=blocks.dtype), title="squares", units="V"
        )
        with dask.config.set(num_workers=2):
            sidpy.write(dataset, path, resume=True, compression="gzip")

    def counts():
        lines = log.read_text().split() if log.exists() else []
        return {line: lines.count(line) for line in set(lines)}

    def complete():
        found = path.with_name("result.h5.partial").glob("*.shards/*/*.h5")
        return {one.stem for one in found if not one.name.startswith(".")}

    # a bar that is killed may hold its lock: that must be of one process, and no thread be forked
    tqdm.tqdm.set_lock(threading.RLock())
    tqdm.tqdm.monitor_interval = 0
    with dask.config.set(scheduler="synchronous"):  # everything is loaded before forking
        sidpy.write(sidpy.Dataset.from_array(da.ones(2)), folder / "first.h5", resume=True)
    chance, frozen, killed, half = random.Random(int(sys.argv[3])), {}, 0, 0
    while True:
        child = os.fork()
        if child == 0:
            try:
                attempt()
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        if killed < kills:
            begun, wanted = time.monotonic(), chance.randrange(8)
            size = log.stat().st_size if log.exists() else 0
            while time.monotonic() < begun + 1:  # also while it puts the file together
                if log.exists() and log.stat().st_size >= size + 4 * wanted:
                    break
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.03))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if status and not os.WIFSIGNALED(status):
            sys.exit("an attempt failed")
        killed += bool(status)
        now, counted = complete(), counts()
        half += bool(now) and len(now) < 24
        for name in now:
            frozen.setdefault(name, counted[name])
        if status == 0:
            break
    counted = counts()
    again = {name: counted[name] - n for name, n in frozen.items() if counted[name] != n}
    print(json.dumps({"killed": killed, "half": half, "again": again, "blocks": len(counted)}))
"""


@pytest.fixture
def numbers():
    return np.arange(96.0).reshape(8, 12)


@pytest.fixture
def squares(numbers):
    """A dataset of twelve blocks."""
    lazy = da.from_array(numbers, chunks=(2, 4)) ** 2
    return sidpy.Dataset.from_array(lazy, title="squares", units="V")


def blocks_in(path):
    return sorted(path.parent.glob(f"{path.name}.partial/*.shards/*/*.h5"))


def calling(function, numbers):
    """Return a dataset the blocks of which go through a function of them and their place."""

    def called(block, block_info=None):
        return function(block, block_info[0]["chunk-location"]) if block_info else block

    lazy = da.from_array(numbers, chunks=(2, 4)).map_blocks(called, dtype=float, name="called")
    return sidpy.Dataset.from_array(lazy, title="called")


def test_the_result_is_one_plain_file_and_nothing_is_left(squares, numbers, path):
    sidpy.write(squares, path, resume=True, compression="gzip", chunks=(2, 4))

    assert [one.name for one in path.parent.iterdir()] == ["file.h5"]
    assert np.array_equal(sidpy.read(path)["Channel_000"].compute(), numbers**2)
    with h5py.File(path) as file:
        main = file["Measurement_000/Channel_000/squares/squares"]
        assert not main.is_virtual
        assert (main.chunks, main.compression) == ((2, 4), "gzip")


@pytest.mark.parametrize("chunks", [(2, 4), (3, 5), (8, 12), None], ids=str)
def test_chunks_need_not_fit_the_blocks(chunks, squares, numbers, path):
    sidpy.write(squares, path, resume=True, compression="gzip", chunks=chunks)

    assert np.array_equal(sidpy.read(path)["Channel_000"].compute(), numbers**2)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_blocks_that_were_complete_at_a_kill_are_not_computed_again(tmp_path):
    kills = int(os.environ.get("SIDPY_KILLS", "6"))
    code = textwrap.dedent(KILLER)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), str(kills), "5"],
        capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    assert told["again"] == {}
    assert told["blocks"] == 24
    assert told["killed"] >= 1
    assert told["half"] >= 1
    expected = np.arange(4800).reshape(24, 200) ** 2
    assert np.array_equal(sidpy.read(tmp_path / "result.h5")["Channel_000"].compute(), expected)
    assert {one.name for one in tmp_path.iterdir()} == {"first.h5", "log", "result.h5"}


def test_a_block_that_fails_leaves_the_others_and_is_named(numbers, path):
    bad, called = {(1, 2), (3, 0)}, []

    def compute(block, place):
        called.append(place)
        if place in bad:
            msg = f"no peak in {place}"
            raise ValueError(msg)
        return block + 1

    with pytest.raises(FailedBlocks) as caught:
        sidpy.write(calling(compute, numbers), path, resume="peaks")
    assert set(caught.value.errors) == bad
    assert "2 of 12 blocks could not be computed" in str(caught.value)
    assert "block (1, 2), which is [2:4, 8:12]: ValueError: no peak in (1, 2)" in str(caught.value)
    assert len(blocks_in(path)) == 10
    assert not path.exists()

    bad.clear()
    called.clear()
    sidpy.write(calling(compute, numbers), path, resume="peaks")
    assert sorted(called) == [(1, 2), (3, 0)]
    assert np.array_equal(sidpy.read(path)["Channel_000"].compute(), numbers + 1)


def test_what_many_blocks_need_and_fails_is_not_tried_for_each(path):
    tried = []

    def fail():
        tried.append(1)
        msg = "no reference"
        raise OSError(msg)

    shared = da.from_delayed(dask.delayed(fail)(), (1,), float)
    dataset = sidpy.Dataset.from_array(da.ones(200, chunks=1) + shared)

    with pytest.raises(FailedBlocks, match=r"200 of 200 blocks .* OSError: no reference"):
        sidpy.write(dataset, path, resume=True)
    assert len(tried) < 5
    assert not path.with_name("file.h5.partial").exists()


def test_a_function_that_fails_everywhere_is_given_up(path):
    tried = []

    def fail(block, place):
        tried.append(place)
        return block / None

    with pytest.raises(FailedBlocks, match=r"of 60 blocks could not .* TypeError"):
        sidpy.write(calling(fail, np.ones((12, 40))), path, resume=True)
    assert len(set(tried)) < 30


def test_a_full_disk_ends_it_at_once(numbers, path):
    import errno

    tried = []

    def fail(block, place):
        tried.append(place)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        sidpy.write(calling(fail, numbers), path, resume=True)
    assert len(tried) < 12


def test_blocks_of_another_computation_are_refused_and_kept(numbers, path):
    leave_blocks(numbers, path)
    before = blocks_in(path)

    with pytest.raises(StaleShards, match=r"another computation \(shape \[8, 12\] instead of"):
        sidpy.write(sidpy.Dataset.from_array(numbers[:4]), path, resume=True)
    with pytest.raises(StaleShards, match=r"resume='a name of yours'.*overwrite=True"):
        sidpy.write(calling(lambda b, p: b, numbers), path, resume="another")
    assert blocks_in(path) == before


def test_blocks_of_another_computation_are_discarded_when_that_is_asked_for(numbers, path):
    leave_blocks(numbers, path)
    other = sidpy.Dataset.from_array(numbers[:4])

    with pytest.warns(SidpyWarning, match="removed complete blocks of another computation"):
        sidpy.write(other, path, resume=True, overwrite=True)
    assert np.array_equal(sidpy.read(path)["Channel_000"].compute(), numbers[:4])
    assert [one.name for one in path.parent.iterdir()] == ["file.h5"]


def leave_blocks(numbers, path):
    """Leave all blocks but one behind."""

    def fail(block, place):
        if place == (0, 1):
            raise ZeroDivisionError
        return block

    with pytest.raises(FailedBlocks):
        sidpy.write(calling(fail, numbers), path, resume="one")
    assert len(blocks_in(path)) == 11


def test_two_writers_at_once_are_refused(squares, path):
    with (
        changing(path.with_name("file.h5.partial")),
        pytest.raises(FileInUse, match=r"file\.h5\.partial.* is being changed"),
    ):
        sidpy.write(squares, path, resume=True)

    sidpy.write(squares, path, resume=True)
    assert [one.name for one in path.parent.iterdir()] == ["file.h5"]


def test_a_process_that_ended_after_moving_the_file_left_it_for_the_next(
    squares, path, monkeypatch
):
    monkeypatch.setattr("sidpy.io.partial._remove", lambda *_: None)
    sidpy.write(squares, path, resume=True)
    assert path.with_name("file.h5.partial").exists()
    monkeypatch.undo()

    sidpy.write(squares, path, resume=True)
    assert [one.name for one in path.parent.iterdir()] == ["file.h5"]


def test_a_file_of_somebody_else_is_not_replaced(squares, path):
    path.write_text("mine")

    with pytest.raises(ExistingFile, match="overwrite=True"):
        sidpy.write(squares, path, resume=True)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("other", [{"append": True}, {"shards": True}], ids=str)
def test_resume_ends_as_one_new_file(other, squares, path):
    with pytest.raises(LabelValueError, match="resume ends as one new file"):
        sidpy.write(squares, path, resume=True, **other)


def test_several_datasets_and_their_variances_go_on_too(squares, numbers, path):
    squares.variance = numbers
    empty, single = np.zeros((0, 3)), np.array(2.5)
    given = {"a": squares, "b": sidpy.Dataset.from_array(empty),
             "c": sidpy.Dataset.from_array(single)}  # fmt: skip
    sidpy.write(given, path, resume=True)

    back = sidpy.read(path)
    assert np.array_equal(back["a"].variance.compute(), numbers)
    assert (back["b"].shape, back["c"].compute()) == ((0, 3), 2.5)


# ---------------------------------------------------------------- packed


@pytest.mark.parametrize("compression", [None, "gzip", "lzf"])
@pytest.mark.parametrize("chunks", [(2, 4), (3, 5), None], ids=str)
def test_a_packed_file_is_the_plain_one(compression, chunks, squares, numbers, tmp_path):
    squares.variance = numbers
    options = {"compression": compression, "chunks": chunks, "fletcher32": chunks == (2, 4)}
    plain = sidpy.write(squares, tmp_path / "plain.h5", **options)
    path = sidpy.write(squares, tmp_path / "shards.h5", shards=70, **options)
    before = sorted(path.parent.rglob("*"))
    packed = sidpy.pack(path, tmp_path / "packed.h5")

    assert sorted({*path.parent.rglob("*")} - {*before}) == [packed]
    main = "Measurement_000/Channel_000/squares/squares"
    with h5py.File(plain) as one, h5py.File(packed) as other:
        assert_same_objects(one, other)
        assert not other[main].is_virtual
        assert filters(one[main]) == filters(other[main])
        if chunks:
            assert one[main].chunks == other[main].chunks
            assert raw_chunks(one[main]) == raw_chunks(other[main])


def assert_same_objects(one, other):
    """Assert that two files have the same groups, datasets, values and attributes."""
    volatile = {"timestamp", "DIMENSION_LIST", "REFERENCE_LIST", "record"}
    names = []
    one.visit(names.append)
    others = []
    other.visit(others.append)
    assert names == others
    for name in names:
        mine, theirs = one[name], other[name]
        assert set(mine.attrs) == set(theirs.attrs)
        for key in set(mine.attrs) - volatile:
            assert np.array_equal(mine.attrs[key], theirs.attrs[key])
            assert mine.attrs.get_id(key).dtype == theirs.attrs.get_id(key).dtype
        if isinstance(mine, h5py.Dataset):
            assert mine.dtype == theirs.dtype
            assert np.asarray(mine[()]).tobytes() == np.asarray(theirs[()]).tobytes()
            assert [axis.label for axis in mine.dims] == [axis.label for axis in theirs.dims]
            assert [len(axis) for axis in mine.dims] == [len(axis) for axis in theirs.dims]


def filters(dataset):
    plist = dataset.id.get_create_plist()
    return [plist.get_filter(i) for i in range(plist.get_nfilters())]


def raw_chunks(dataset):
    infos = [dataset.id.get_chunk_info(i) for i in range(dataset.id.get_num_chunks())]
    return {one.chunk_offset: dataset.id.read_direct_chunk(one.chunk_offset) for one in infos}


def test_packing_in_place_keeps_results_links_and_references(squares, path):
    import pyNSID

    sidpy.write(squares, path, shards=70)
    with h5py.File(path, "r+") as file:
        main = file["Measurement_000/Channel_000/squares/squares"]
        results = pyNSID.hdf_io.write_results(
            file["Measurement_000/Channel_000"], dataset=[squares * 2], process_name="double"
        )
        results.attrs["source"] = main.ref
        file["alias"] = main
        file["soft"] = h5py.SoftLink(main.name)
    sidpy.pack(path)

    assert [one.name for one in path.parent.iterdir()] == ["file.h5"]
    back = sidpy.read(path)
    assert len(back) == 2
    with h5py.File(path) as file:
        main = file["Measurement_000/Channel_000/squares/squares"]
        group = file["Measurement_000/Channel_000/Log_double_000"]
        assert not main.is_virtual
        assert file[group.attrs["source"]] == file["alias"] == file["soft"] == main


def test_packing_stops_at_a_missing_shard_and_leaves_everything(squares, path):
    sidpy.write(squares, path, shards=70)
    next(iter(path.parent.rglob("1-1.h5"))).unlink()
    before = {one: one.stat().st_mtime_ns for one in path.parent.rglob("*")}

    with pytest.raises(sidpy.errors.CorruptFile, match=r"1-1\.h5 is missing"):
        sidpy.pack(path)
    after = {one: one.stat().st_mtime_ns for one in path.parent.rglob("*")}
    assert {k: v for k, v in after.items() if k.is_file()} == {
        k: v for k, v in before.items() if k.is_file()
    }


def test_packing_refuses_to_replace_and_to_write_nowhere(squares, path, tmp_path):
    sidpy.write(squares, path, shards=70)
    out = tmp_path / "there.h5"
    out.write_text("mine")

    with pytest.raises(ExistingFile, match="overwrite=True"):
        sidpy.pack(path, out)
    sidpy.pack(path, out, overwrite=True)
    assert h5py.is_hdf5(out)
    with pytest.raises(sidpy.errors.MissingFile, match="no folder"):
        sidpy.pack(path, tmp_path / "nowhere" / "out.h5")
    with pytest.raises(sidpy.errors.MissingFile, match="no such file"):
        sidpy.pack(tmp_path / "nothing.h5")
    (tmp_path / "text.h5").write_text("text")
    with pytest.raises(sidpy.errors.UnrecognisedFile, match="no HDF5 file"):
        sidpy.pack(tmp_path / "text.h5")


def test_a_plain_file_is_packed_already(squares, path):
    sidpy.write(squares, path)
    before = path.read_bytes()

    assert sidpy.pack(path) == path
    assert path.read_bytes() == before


def test_the_command_packs(squares, path, capsys):
    from sidpy.cli import main

    sidpy.write(squares, path, shards=70)
    out = path.with_name("out.h5")
    assert main(["pack", str(path), "-o", str(out)]) == 0
    assert "12 shards packed" in capsys.readouterr().out
    assert main(["pack", str(path), "-o", str(out)]) == 1
    assert "overwrite" in capsys.readouterr().err
    assert main(["pack", str(path)]) == 0
    assert [Path(one).name for one in sorted(path.parent.iterdir())] == ["file.h5", "out.h5"]
    assert main(["pack", str(path), "--overwrite"]) == 2
