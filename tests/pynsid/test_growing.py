"""An acquisition grows while others read; what they see is complete, whatever happens."""

import multiprocessing
import multiprocessing.forkserver
import os
import pathlib
import sys
import threading
import time

import h5py
import numpy as np
import pytest

import pyNSID
import sidpy
from pyNSID.committed import State
from pyNSID.swmr import Claim, claim_path, clear_flags, is_claimed, lookup3
from sidpy.errors import CorruptFile, ExistingFile, FileInUse, MissingFile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import growing_side

#: A busy machine starts processes slowly, s.
PATIENCE = 120

TIME = sidpy.Dimension(1, "time", "Time", "s", "temporal")


@pytest.fixture
def frame():
    """One frame of shape (2, 3) and type uint16."""
    return sidpy.Dataset.from_array(np.zeros((2, 3), np.uint16), title="scan", datatype="IMAGE")


def full(number, shape=(2, 3)):
    return np.full(shape, number, np.uint16)


def test_what_is_appended_is_there_when_it_is_closed_and_for_everybody(path, frame):
    frame.metadata = {"dwell_time": 2e-6}
    with pyNSID.growing(path, frame, TIME) as scan:
        assert scan.append(full(1), values=0.5) == 1
        assert scan.append([full(2), full(3)], values=[1.5, 7]) == 3
        assert len(scan) == 3

    data = sidpy.read(path)["Channel_000"]
    assert data.shape == (3, 2, 3)
    assert data.dtype == np.uint16
    assert data[:, 0, 0].compute().tolist() == [1, 2, 3]
    assert data.time.values.tolist() == [0.5, 1.5, 7]
    assert (data.time.units, data.data_type.name) == ("s", "IMAGE_STACK")
    assert data.metadata == {"dwell_time": 2e-6}
    with h5py.File(path) as file:  # no mark of a writer is left
        assert file["Measurement_000/Channel_000/scan/scan"].shape == (3, 2, 3)
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize("along", ["b", 1, sidpy.Dimension(1, "b", "Bias", "V")], ids=str)
def test_any_axis_grows(path, along):
    template = sidpy.Dataset.from_array(np.zeros((2, 4, 3)), title="scan")
    template.set_dimension(1, sidpy.Dimension([5, 5.5, 6, 6.5], "b", "Bias", "V"))
    with pyNSID.growing(path, template, along) as scan:
        scan.append(np.ones((2, 3)))
        scan.append(np.full((2, 2, 3), 2.0))

    data = pyNSID.follow(path).dataset
    assert data.compute()[0, :, 0].tolist() == [1, 2, 2]
    assert [d.name for d in data.labels_record.dimensions] == ["a", "b", "c"]
    first, step = (0, 1) if isinstance(along, sidpy.Dimension) else (5, 0.5)
    assert data.b.values.tolist() == [first, first + step, first + 2 * step]


@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "gzip"}, {"chunks": (2, 1, 2)}, {"length": 5}, {"fletcher32": True}],
    ids=str,
)
def test_chunks_and_filters_are_as_asked_for(path, frame, options):
    with pyNSID.growing(path, frame, TIME, **options) as scan:
        for number in range(5):
            scan.append(full(number))

    with h5py.File(path) as file:
        main = file["Measurement_000/Channel_000/scan/scan"]
        assert main[:, 1, 2].tolist() == [0, 1, 2, 3, 4]
        assert main.maxshape == (options.get("length"), 2, 3)
        assert main.compression == options.get("compression")
        assert main.fletcher32 == options.get("fletcher32", False)
        assert main.chunks == options.get("chunks", main.chunks)


def test_large_frames_are_chunks_of_their_own_and_small_ones_share_them(tmp_path):
    chunks = {}
    for edge in (4, 600):
        template = sidpy.Dataset.from_array(np.zeros((edge, edge), np.uint16), title="scan")
        with pyNSID.growing(tmp_path / f"{edge}.h5", template) as scan:
            scan.append(np.ones((edge, edge), np.uint16))
        with h5py.File(tmp_path / f"{edge}.h5") as file:
            chunks[edge] = file["Measurement_000/Channel_000/scan/scan"].chunks

    assert chunks[4] == (2048, 4, 4)
    assert chunks[600][0] == 1


def test_readers_are_shown_what_was_committed_and_no_more(path, frame):
    with pyNSID.growing(path, frame, TIME, every=3, seconds=0) as scan:
        reader = pyNSID.follow(path)
        seen = []
        for number in range(8):
            scan.append(full(number), values=number)
            seen.append(len(reader.refresh()))
        assert seen == [0, 0, 3, 3, 3, 6, 6, 6]
        assert len(scan) == 6
        data = sidpy.read(path)["Channel_000"]
        assert data.shape == (6, 2, 3)
        assert data.time.values.tolist() == [0, 1, 2, 3, 4, 5]
        scan.commit()
        assert reader.refresh()[:, 0, 0].compute().tolist() == [*range(8)]
        assert not reader.is_finished
        assert len(scan.read()) == 8
    reader.refresh()
    assert reader.is_finished


def test_frames_are_committed_when_it_is_time(path, frame):
    with pyNSID.growing(path, frame, seconds=3600) as scan:
        lengths = []
        for number in range(3):
            scan.append(full(number))
            lengths.append(len(scan))

    assert lengths == [1, 1, 1]  # the first at once, the others not within the hour
    assert len(pyNSID.follow(path)) == 3


def test_variance_grows_along(path):
    with pyNSID.growing(path, growing_side.frame(0), TIME) as scan:
        scan.append(growing_side.frame(0), values=0)
        scan.append(np.asarray(growing_side.frame(1)), values=0.5, variance=np.ones((30, 20)))
        with pytest.raises(ValueError, match="has a variance, and so must"):
            scan.append(np.asarray(growing_side.frame(2)))
        with pytest.raises(ValueError, match="the variance of frames of shape"):
            scan.append(growing_side.frame(2), variance=np.ones((2, 30, 20)))

    assert growing_side.check(sidpy.read(path)["Channel_000"]) == 2


@pytest.mark.parametrize("dtype", ["M8[s]", "U2", "?", "c16", [("a", "f4"), ("b", "i2")]], ids=str)
def test_any_dtype_grows(path, dtype):
    template = sidpy.Dataset.from_array(np.zeros((2,), dtype), title="scan")
    block = np.ones((3, 2), np.dtype(dtype)) if dtype != "U2" else np.full((3, 2), "é")
    with pyNSID.growing(path, template) as scan:
        scan.append(block)

    back = sidpy.read(path)["Channel_000"]
    assert back.dtype == np.dtype(dtype)
    assert (back.compute() == block).all()


def test_what_does_not_fit_is_refused_and_nothing_is_lost(path, frame):
    with pyNSID.growing(path, frame, TIME, length=3) as scan:
        scan.append(full(1))
        for bad, match in [
            (np.zeros((3, 2)), r"a frame has the shape \(2, 3\), a block of them"),
            (np.zeros((1, 1, 2, 3)), r"found \(1, 1, 2, 3\)"),
            (np.full((2, 3), 0.5), "cannot be kept exactly as uint16"),
            (np.full((2, 3), -1), "cannot be kept exactly"),
            (np.zeros((3, 2, 3), np.uint16), "may be 3 long and would be 4"),
        ]:
            with pytest.raises(ValueError, match=match):
                scan.append(bad)
        with pytest.raises(ValueError, match="2 values of their axis"):
            scan.append(full(1), values=[1, 2])
        scan.append(np.full((2, 3), 7))  # int64, but it fits
    with pytest.raises(ValueError, match="is closed"):
        scan.append(full(1))

    assert pyNSID.follow(path).dataset[:, 0, 0].compute().tolist() == [1, 7]


def test_a_template_is_needed_and_must_have_values(path, frame):
    with pytest.raises(TypeError, match="begins with a template"):
        pyNSID.growing(path)
    with pytest.raises(ValueError, match="has no values"):
        pyNSID.growing(path, frame[:0], TIME)
    with pytest.raises(MissingFile, match="there is no folder"):
        pyNSID.growing(path / "no" / "x.h5", frame)

    assert list(path.parent.iterdir()) == []


def test_modes_begin_continue_and_replace(path, frame):
    pyNSID.growing(path, frame, TIME, mode="a").close()
    with pytest.raises(ExistingFile, match='mode="a" continues it'):
        pyNSID.growing(path, frame, TIME)
    for number in range(2):
        with pyNSID.growing(path, mode="a") as scan:
            scan.append(full(number))
    assert pyNSID.follow(path).dataset[:, 0, 0].compute().tolist() == [0, 1]
    with pyNSID.growing(path, frame, TIME, mode="w"):
        pass
    assert pyNSID.follow(path).dataset.shape == (0, 2, 3)


def test_only_the_same_acquisition_is_continued(path, frame):
    pyNSID.growing(path, frame, TIME).close()
    other = sidpy.Dataset.from_array(np.zeros((2, 3)), title="scan")
    with pytest.raises(
        ValueError, match=r"the template has .* float64 .* the acquisition .* uint16"
    ):
        pyNSID.growing(path, other, TIME, mode="a")
    sidpy.write(frame, path, overwrite=True)
    with pytest.raises(ValueError, match="holds 0 acquisitions"):
        pyNSID.growing(path, mode="a")
    with pytest.raises(CorruptFile, match="no dataset that grows"):
        pyNSID.follow(path)

    assert [*path.parent.iterdir()] == [path]


def test_a_cell_that_is_run_again_meets_no_lock(path, frame, caplog):
    for _ in range(3):
        scan = pyNSID.growing(path, frame, TIME, mode="w")  # and is never closed
        scan.append(full(5))
    assert "was still open for appending" in caplog.text
    again = pyNSID.growing(path, mode="a")
    again.append(full(6))
    again.close()

    assert pyNSID.follow(path).dataset[:, 0, 0].compute().tolist() == [5, 6]


@pytest.fixture(scope="module")
def processes():
    """What starts other processes, which have everything imported, at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["growing_side"])
    with pytest.MonkeyPatch.context() as patch:  # it is not told of sys.path
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        multiprocessing.forkserver.ensure_running()
    return context


@pytest.fixture
def start(processes):
    """Give a function that starts another process, which does not outlive the test."""
    begun = []

    def process(target, *arguments, **options):
        one = processes.Process(target=target, args=arguments, kwargs=options, daemon=True)
        begun.append(one)
        one.start()
        return one

    yield process
    for one in begun:
        one.kill()
        one.join(PATIENCE)


def heard(pipe):
    """Return what another process says, which must not take for ever."""
    assert pipe.poll(PATIENCE), "the other process says nothing"
    return pipe.recv()


def wait_until(condition, process):
    """Wait for what another process does, as long as it lives and not for ever."""
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert process.is_alive(), f"the other process ended with {process.exitcode}"
        assert time.monotonic() < ends, "the other process does nothing"
        time.sleep(0.001)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"compression": "gzip", "every": 3}], ids=str)
def test_a_second_process_sees_whole_frames_only_during_200_appends(
    path, processes, start, options
):
    answers, pipe = processes.Pipe(duplex=False)
    reader = start(growing_side.read_and_tell, path, pipe)
    pipe.close()  # of this process, so that the end of the other one is seen
    heard(answers)  # it is ready
    with pyNSID.growing(path, growing_side.frame(0), TIME, **options) as scan:
        for number in range(200):
            scan.append(growing_side.frame(number), values=number / 2)
            if number % 10 == 9:
                scan.commit()
                assert heard(answers) == (number + 1) // 10  # it has seen them
    found = heard(answers)
    reader.join(PATIENCE)

    assert found["finished"]
    assert found["lengths"][-1] == 200
    assert len(found["lengths"]) >= 20, found  # it did read while the acquisition grew


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}], ids=str)
def test_a_writer_that_is_killed_ten_times_loses_no_frame_that_was_committed(
    path, processes, start, options
):
    """The kill comes at any moment; the next writer goes on behind the last whole frame."""
    random = np.random.default_rng(len(options))
    said, committed = processes.Value("q", 0, lock=False), 0
    for _ in range(10):
        writer = start(growing_side.write, path, 100_000, 0, said, **options)
        wait_until(lambda last=committed: said.value > last, writer)
        time.sleep(random.uniform(0, 0.03))
        writer.kill()
        writer.join(PATIENCE)

        data = sidpy.read(path)["Channel_000"]  # opens it, and lets others open it
        assert growing_side.check(data, committed) >= said.value > committed
        assert not claim_path(path).exists()
        with h5py.File(path) as file:
            assert len(file["Measurement_000/Channel_000/scan/scan"]) >= said.value
        committed = said.value
    with pyNSID.growing(path, mode="a") as scan:
        assert len(scan) >= committed
    assert growing_side.check(sidpy.read(path)["Channel_000"]) == len(scan)
    with h5py.File(path) as file:  # what was being written at the kill is gone
        names = ("scan", "time", "_nsid/variance", "_nsid/committed")
        main, axis, variance, state = (
            file[f"Measurement_000/Channel_000/scan/{name}"] for name in names
        )
        assert len(main) == len(axis) == len(variance) == state[0] >= committed


@pytest.mark.slow
def test_a_second_writer_is_told_who_the_first_is_and_a_follower_when_it_was_killed(
    path, frame, processes, start
):
    said = processes.Value("q", 0, lock=False)
    writer = start(growing_side.write, path, 10_000, 0.01, said)
    wait_until(lambda: said.value, writer)
    with pytest.raises(ExistingFile, match=f"process {writer.pid} on .* is appending"):
        pyNSID.growing(path, frame, mode="w")
    assert is_claimed(path)
    threading.Timer(0.2, writer.kill).start()
    lengths = [len(data) for data in pyNSID.follow(path, wait=0.01)]

    assert lengths == sorted(set(lengths))
    assert lengths[-1] >= said.value
    assert not pyNSID.follow(path).is_finished
    assert not is_claimed(path)
    writer.join(PATIENCE)


def test_a_file_that_somebody_has_open_is_not_appended_to(path, frame):
    pyNSID.growing(path, frame).close()

    with h5py.File(path), pytest.raises(FileInUse, match="close it there before appending"):
        pyNSID.growing(path, mode="a")


def test_what_a_transaction_had_promised_when_it_was_killed_is_there(path, frame, monkeypatch):
    with pyNSID.growing(path, frame) as scan:
        scan.append(full(1))
    with monkeypatch.context() as patch:
        patch.setattr("sidpy.hdf.transactions.carry_out", interrupted)
        with pytest.raises(KeyboardInterrupt), sidpy.hdf.transaction(path) as file:
            file.attrs["note"] = "kept"
    assert path.with_name("file.h5.commit").exists()
    with pyNSID.growing(path, mode="a") as scan:
        scan.append(full(2))

    with h5py.File(path) as file:
        assert file.attrs["note"] == "kept"


def interrupted(*_, **__):
    raise KeyboardInterrupt


def test_the_mark_of_a_living_writer_stays(path, frame):
    with pyNSID.growing(path, frame) as scan:
        scan.append(full(1))
        sidpy.read(path)
        with path.open("rb") as file:
            assert file.read(12)[11] != 0
        scan.append(full(2))
    assert path.read_bytes()[11] == 0


def test_only_what_is_marked_is_changed(path, frame, tmp_path):
    plain, text = tmp_path / "plain.h5", tmp_path / "text.h5"
    sidpy.write(frame, plain)
    text.write_text("not HDF5")
    pyNSID.growing(path, frame).close()
    for file in (plain, text, path):
        before = file.read_bytes()
        assert not clear_flags(file)
        assert file.read_bytes() == before


def test_a_superblock_with_a_wrong_checksum_is_left_alone(path, frame):
    pyNSID.growing(path, frame).close()
    damaged = bytearray(path.read_bytes())
    damaged[11] = 5  # marked, without the checksum that belongs to it
    path.write_bytes(damaged)

    assert not clear_flags(path)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize(
    ("text", "checksum"), [("", 0xDEADBEEF), ("Four score and seven years ago", 0x17770551)]
)
def test_the_checksum_is_that_of_its_author(text, checksum):
    """Values from the comments of https://burtleburtle.net/bob/c/lookup3.c."""
    assert lookup3(text.encode()) == checksum


def test_a_claim_can_be_had_once_and_again_when_it_is_released(path):
    claim = Claim(path)
    with pytest.raises(ExistingFile, match="is appending"):
        Claim(path, patience=0)
    claim.release()
    claim.release()
    Claim(path).release()

    assert not claim_path(path).exists()


def test_half_a_state_is_not_believed(path, frame):
    with pyNSID.growing(path, frame) as scan:
        scan.append(full(1))
    with h5py.File(path, "r+") as file:
        state = file["Measurement_000/Channel_000/scan/_nsid/committed"]
        row = State(7, finished=False, axis=0).row()
        state[...] = [*row[:3], state[3]]

    with pytest.raises(sidpy.errors.ReaderError, match="how much of a growing dataset"):
        sidpy.read(path)
