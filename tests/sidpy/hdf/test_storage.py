"""How numbers get into a file: chunks, filters, checksums, and lazy arrays within a budget."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import textwrap
import zlib

import dask
import dask.array as da
import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sidpy
from sidpy.base import deflating
from sidpy.base.packed import DamagedChunk, Packing, fletcher32
from sidpy.base.parallel import each
from sidpy.hdf import compression
from sidpy.hdf.advance import reported
from sidpy.hdf.chunking import chosen_chunks
from sidpy.hdf.sinks import Sink
from sidpy.hdf.storage import chunk_shape, creation_options, stream, stream_together
from sidpy.sid.sources import H5Array

S, E = sidpy.DimensionType.SPATIAL, sidpy.DimensionType.SPECTRAL


@pytest.fixture
def h5():
    with h5py.File("storage.h5", "w", driver="core", backing_store=False) as file:
        yield file


def numbers(kind, dtype, shape=(64, 129)):
    """Return values whose bytes are noise, zero, small, or partly noise."""
    dtype = np.dtype(dtype)
    raw = np.random.default_rng(0).integers(0, 256, (*shape, dtype.itemsize), dtype=np.uint8)
    if kind == "zero":
        raw[:] = 0
    elif kind == "small":
        raw[..., 1:] = 0
        raw[..., 0] &= 3
    elif kind == "mixed":
        raw[..., 0] = 0
    return raw.view(dtype)[..., 0]


# ---------------------------------------------------------------- chunks as bytes


@pytest.fixture(params=["fast", "plain"])
def libraries(request, monkeypatch):
    """With the fast libraries where they are installed, and with zlib only."""
    if request.param == "fast":
        pytest.importorskip("isal", reason="isal is not installed")
        pytest.importorskip("deflate", reason="deflate is not installed")
    else:
        monkeypatch.setattr(deflating, "_installed", lambda name: None)
        deflating._zeros.cache_clear()
    yield
    deflating._zeros.cache_clear()


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "<f4", "f8", "c16", "S3"])
@pytest.mark.parametrize("level", [None, 0, 1, 6])
def test_hdf5_reads_what_is_packed_here_and_the_other_way_around(h5, libraries, dtype, level):
    options = {} if level is None else {"compression": "gzip", "compression_opts": level}
    cases = itertools.product((False, True), (False, True), ("noise", "zero", "small", "mixed"))
    for number, (shuffle, checksum, kind) in enumerate(cases):
        values = numbers(kind, dtype)
        options |= {"shuffle": shuffle, "fletcher32": checksum, "chunks": values.shape}
        theirs = h5.create_dataset(f"theirs{number}", data=values, **options)
        ours = h5.create_dataset(f"ours{number}", values.shape, values.dtype, **options)
        packing = Packing.of(ours)

        packed = packing.pack(np.ascontiguousarray(values))
        ours.id.write_direct_chunk((0, 0), packed)
        left_out, bytes_of_hdf5 = theirs.id.read_direct_chunk((0, 0))

        assert ours[()].tobytes() == values.tobytes()
        assert packing.unpack(packed, 0, values.nbytes).tobytes() == values.tobytes()
        unpacked = packing.unpack(bytes_of_hdf5, left_out, values.nbytes)
        assert unpacked.tobytes() == values.tobytes()


def test_noise_is_stored_and_not_packed(libraries):
    noise = numbers("noise", "u1", (1, 200_000))

    packed = deflating.deflated(noise, 1)

    assert noise.nbytes < len(packed) < noise.nbytes + 100
    assert zlib.decompress(packed) == noise.tobytes()


def test_a_filter_that_was_left_out_is_not_undone():
    packing = Packing((2, 1, 3), 4, 2)
    data = bytes(range(200))
    checked = data + fletcher32(data).to_bytes(4, "little")

    assert packing.unpack(checked, 0b011, 200).tobytes() == data
    assert packing.unpack(data, 0b111, 200).tobytes() == data


@given(st.binary(min_size=1, max_size=70), st.integers(1, 4000))
def test_the_checksum_is_that_of_the_sums_of_words(piece, times):
    data = (piece * times)[:20_001]
    low = high = 0
    padded = data + b"\0" * (len(data) % 2)
    for word in np.frombuffer(padded, ">u2").tolist():
        low = (low + word) % 65535 or (65535 if low + word else 0)
        high = (high + low) % 65535 or (65535 if high + low else 0)

    assert fletcher32(data) == high << 16 | low


@pytest.mark.parametrize("size", [1, 2, 3, 8191, 8192, 8193, 66_561])
def test_the_checksum_is_that_of_hdf5(h5, size):
    data = numbers("noise", "u1", (size,))
    dataset = h5.create_dataset("d", data=data, chunks=(size,), fletcher32=True)

    _, stored = dataset.id.read_direct_chunk((0,))

    assert int.from_bytes(stored[-4:], "little") == fletcher32(data)


def test_damage_is_noticed(libraries):
    values = numbers("small", "<u2")
    for filters in ((2, 1), (2, 1, 3), (3,), ()):
        packing = Packing(filters, 1, 2)
        packed = bytes(packing.pack(values))
        with pytest.raises(DamagedChunk):
            packing.unpack(packed[:-5], 0, values.nbytes)
    packing = Packing((3,), 0, 2)
    other = b"x" + bytes(packing.pack(values))[1:]
    with pytest.raises(DamagedChunk, match="checksum noted is 0x"):
        packing.unpack(other, 0, values.nbytes)


def test_each_raises_the_first_error_and_begins_nothing_after_it():
    done = []

    def work(item):
        if item == 3:
            msg = "three"
            raise ValueError(msg)
        done.append(item)

    with pytest.raises(ValueError, match="three"):
        each(work, itertools.count())

    assert len(done) < 10_000
    assert 3 not in done


# ---------------------------------------------------------------- options


def test_the_standard_is_read_by_every_hdf5(h5):
    made = creation_options({"compression": "standard"}, (100, 100, 50), np.dtype("u2"), (S, S, E))
    dataset = h5.create_dataset("d", (100, 100, 50), "u2", **made)

    assert list(dataset._filters) == ["shuffle", "gzip"]
    assert made["chunks"] == chunk_shape((100, 100, 50), 2, (S, S, E))


def test_little_lies_as_it_is_unless_a_checksum_is_asked_for():
    few = {"compression": "standard"}

    assert "chunks" not in creation_options(few, (5, 5), np.dtype("f4"), ())
    assert creation_options(few | {"checksum": True}, (5, 5), np.dtype("f4"), ())["fletcher32"]


def test_the_level_of_the_standard_can_be_given():
    given = {"compression": "standard", "compression_opts": 7}

    made = creation_options(given, (500, 500), np.dtype("f4"), ())

    assert (made["compression"], made["compression_opts"]) == ("gzip", 7)


@pytest.mark.parametrize("name", ["bitshuffle", "blosc", "blosc2", "bzip2", "lz4", "zstd", "lzf"])
@pytest.mark.parametrize("checksum", [False, True])
def test_every_compression_keeps_the_numbers(h5, name, checksum):
    pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    values = numbers("small", "<u2", (60, 70))
    wanted = {"compression": name, "checksum": checksum, "chunks": (32, 32)}

    made = creation_options(wanted, values.shape, values.dtype, ())
    dataset = h5.create_dataset("d", values.shape, values.dtype, **made)
    stream(da.from_array(values, chunks=(25, 70)), dataset)

    assert dataset.id.get_storage_size() < values.nbytes
    assert bool(dataset.fletcher32) is checksum
    np.testing.assert_array_equal(dataset[()], values)


def test_a_number_is_the_level_of_a_plugin():
    pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    values = np.dtype("u2")

    levels = {
        creation_options(given, (500, 500), values, ())["compression"].filter_options
        for given in (
            {"compression": "zstd", "compression_opts": 9},
            {"compression": "zstd", "compression_opts": {"clevel": 9}},
        )
    }

    assert levels == {(9,)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compression": "gzipp"}, r"did you mean 'gzip'\? \(there are: standard, gzip, lzf"),
        ({"compression": "bitshuffle", "compression_opts": 3}, "a dictionary of the arguments"),
        ({"compression": "zstd", "compression_opts": {"level": 3}}, "does not fit 'zstd'"),
        ({"chunks": (3,)}, "has 1 lengths for 2 axes"),
        ({"chunks": {"z": 3}}, "names a dimension 'z', and there are 'x', 'y'"),
        ({"chunks": (3, 0)}, "at least 1 along each axis, found 0"),
        ({"chunks": "auto"}, "chunks is True, a tuple"),
    ],
)
def test_wrong_options_say_what_there_is(options, message):
    if "zstd" in options.values() or "bitshuffle" in options.values():
        pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        creation_options(options, (50, 60), np.dtype("f4"), (S, E), ("x", "y"))

    assert isinstance(caught.value, sidpy.errors.SidpyError)


def test_every_name_is_offered():
    assert set(compression.COMPRESSIONS) == {
        "standard", "gzip", "lzf", "szip", "bitshuffle", "blosc", "blosc2", "bzip2", "lz4", "zstd",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"energy": -1}, (8, 8, 500)),
        ({"x": 1, "y": 1}, (1, 1, 500)),
        ({2: 10, "x": 99}, None),
        ((-1, None, 7), (64, 64, 7)),
        ((1000, 1, 1), (64, 1, 1)),
    ],
)
def test_chunks_can_be_given_by_dimension(wanted, expected):
    found = chosen_chunks(wanted, (64, 64, 500), 4, (S, S, E), ("x", "y", "energy"))

    if expected is None:
        assert found[0] == 64
        assert found[2] == 10
    else:
        assert found == expected


# ---------------------------------------------------------------- streaming


_LAYOUTS = (
    {},
    {"chunks": (8, 7, 10)},
    {"chunks": (8, 7, 10), "compression": "gzip", "checksum": True},
    {"chunks": (21, 1, 7), "compression": "lzf"},
)


@pytest.mark.parametrize("layout", _LAYOUTS, ids=["contiguous", "raw", "packed", "hdf5"])
@pytest.mark.parametrize("budget", [10**9, 40_000], ids=["one batch", "many"])
@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_blocks_need_not_agree_with_chunks(h5, layout, budget, scheduler):
    values = np.random.default_rng(0).integers(0, 50, (21, 20, 13)).astype(">i4")
    for number, blocks in enumerate([(10, 10, 10), (21, 20, 13), (21, 7, 5), (3, 20, 1)]):
        lazy = da.from_array(values, chunks=blocks)
        centred = lazy - lazy.mean(axis=0)
        variance = (lazy.astype("f8") ** 2).rechunk((7, 20, 13))
        targets = [
            h5.create_dataset(
                f"{name}{number}", one.shape, one.dtype,
                **creation_options(layout, one.shape, one.dtype, ()),
            )
            for name, one in (("values", centred), ("variance", variance))
        ]  # fmt: skip

        with dask.config.set(scheduler=scheduler), sidpy.config.set(memory_budget=budget):
            stream_together(list(zip((centred, variance), targets, strict=True)))

        np.testing.assert_array_equal(targets[0][()], values - values.mean(axis=0))
        np.testing.assert_array_equal(targets[1][()], values.astype("f8") ** 2)


def test_parts_of_chunks_wait_in_a_file_when_there_is_no_room(tmp_path):
    values = np.random.default_rng(0).random((64, 64))
    lazy = da.from_array(values, chunks=(1, 64))
    with h5py.File(tmp_path / "f.h5", "w") as file:
        dataset = file.create_dataset("d", lazy.shape, "f8", chunks=(64, 4), compression="gzip")
        with sidpy.config.set(memory_budget=8000):
            stream(lazy, dataset)

        np.testing.assert_array_equal(dataset[()], values)
    assert [one.name for one in tmp_path.iterdir()] == ["f.h5"]


def _counting(calls, value):
    calls.append(1)
    return value


def test_what_values_and_variance_share_is_computed_once(h5):
    calls = []
    lazy = da.ones((40, 10), chunks=(10, 10)).map_blocks(
        lambda block: _counting(calls, block), dtype=float, meta=np.ones((0, 0))
    )
    pair = [(lazy + 1, h5.create_dataset("a", lazy.shape, "f8")),
            (lazy * 2, h5.create_dataset("b", lazy.shape, "f8"))]  # fmt: skip

    stream_together(pair)

    assert len(calls) == 4


def test_a_mean_is_computed_once_for_all_batches(h5):
    calls = []
    lazy = da.ones((64, 1000), chunks=(4, 1000))
    counted = dask.delayed(lambda block: _counting(calls, block))(lazy.mean(axis=0))
    mean = da.from_delayed(counted, (1000,), dtype=float)
    dataset = h5.create_dataset("a", lazy.shape, "f8")

    with sidpy.config.set(memory_budget=4 * lazy.nbytes // 8):
        stream(lazy - mean, dataset)

    assert len(calls) == 1
    assert not dataset[()].any()


def test_an_error_is_raised_and_the_file_goes_on(h5):
    def fail(block):
        msg = "no detector"
        raise ValueError(msg)

    lazy = da.ones((40, 10), chunks=(10, 10)).map_blocks(fail, dtype=float, meta=np.ones((0, 0)))
    dataset = h5.create_dataset("d", lazy.shape, "f8", chunks=(7, 7), compression="gzip")

    with pytest.raises(ValueError, match="no detector"):
        stream(lazy, dataset)

    stream(da.ones((40, 10), chunks=(10, 10)), dataset)
    assert dataset[()].all()


def test_progress_is_told_in_bytes(tmp_path):
    pytest.importorskip("pyNSID", reason="the default writer is not installed")
    told = []
    lazy = da.ones((40, 100), chunks=(10, 100))
    dataset = sidpy.Dataset.from_array(lazy, title="d", variance=lazy)

    def note(*both):
        told.append(both)

    sidpy.write(dataset, tmp_path / "f.h5", chunks=(10, 100), progress=note)

    done, totals = zip(*told, strict=True)
    assert set(totals) == {2 * lazy.nbytes}
    assert list(done) == sorted(done)
    assert done[-1] == 2 * lazy.nbytes
    assert len(told) == 8


def test_nobody_need_listen(h5):
    told = []
    with reported(lambda *both: told.append(both), 80):
        pass

    stream(da.ones(10, chunks=5), h5.create_dataset("d", (10,), "f8"))

    assert told == []


_LARGE = """
import resource, sys
import dask, dask.array as da, h5py, numpy as np
import sidpy
from sidpy.hdf.storage import creation_options, stream

MB = 2**20

def block(block_info=None):
    (low, high), *_ = block_info[None]["array-location"]
    rows = np.arange(low, high, dtype="f8")[:, None, None]
    return np.broadcast_to(rows, (high - low, 64, 64)).copy()

def lazy(rows):
    lengths = ((8,) * (rows // 8), 64, 64)
    return da.map_blocks(block, chunks=lengths, dtype="f8", meta=np.ones((0, 0, 0)))

def write(path, array, **layout):
    with h5py.File(path, "w") as file:
        made = creation_options(layout, array.shape, array.dtype, ())
        stream(array, file.create_dataset("d", array.shape, array.dtype, **made))

def main(path, scheduler, kind):
    dask.config.set(scheduler=scheduler)
    layout = {"compression": "gzip", "compression_opts": 1}
    small = lazy(64)
    write(path, small - small.mean(axis=0), **layout)  # everything is imported
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    array = lazy(rows := 1024 if scheduler == "processes" else 4096)  # 32 or 128 MB
    if kind == "shared":
        array = array - array.mean(axis=0)
    elif kind == "misaligned":
        layout["chunks"] = (rows, 4, 4)
    with sidpy.config.set(memory_budget=array.nbytes // 4):
        write(path, array, **layout)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with h5py.File(path) as file:
        offset = (rows - 1) / 2 if kind == "shared" else 0
        for row in (0, rows // 2 + 1, rows - 1):
            assert np.ptp(file["d"][row]) == 0 and file["d"][row, 0, 0] == row - offset
    print((after - before) * 1024 / (array.nbytes // 4))

if __name__ == "__main__":
    main(*sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts memory as Linux does")
@pytest.mark.parametrize(
    ("scheduler", "kind"),
    [("threads", "shared"), ("threads", "misaligned"), ("processes", "plain")],
)  # fmt: skip
def test_a_graph_of_four_budgets_is_written_within_one(tmp_path, scheduler, kind):
    script = tmp_path / "large.py"
    script.write_text(textwrap.dedent(_LARGE))

    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "f.h5"), scheduler, kind],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) < 1, "budgets more than before"


# ---------------------------------------------------------------- reading


_PARTS = (
    np.s_[...], np.s_[3], np.s_[3, :, -1], np.s_[5:17, ..., 2:20], np.s_[::2], np.s_[0:0],
    np.s_[-1, -1, -1], np.s_[:, 39:100], np.s_[np.array([1, 4])],
)  # fmt: skip


@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"chunks": (8, 16, 10)},
        {"chunks": (8, 16, 10), "compression": "gzip", "shuffle": True, "fletcher32": True},
        {"chunks": (8, 16, 10), "compression": "gzip", "fillvalue": 7},
        {"chunks": (8, 16, 10), "compression": "lzf"},
    ],
    ids=["contiguous", "raw", "checked", "partly empty", "hdf5"],
)
def test_parts_read_on_all_cores_are_those_of_hdf5(tmp_path, layout):
    path = tmp_path / "f.h5"
    values = np.random.default_rng(0).integers(0, 300, (30, 40, 25)).astype(">i2")
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("d", values.shape, values.dtype, **layout)
        dataset[4:20] = values[4:20]
    source = H5Array(path, "d")

    with h5py.File(path, "r") as file:
        for part in _PARTS:
            expected = np.asarray(file["d"][part])
            assert source[part].shape == expected.shape
            np.testing.assert_array_equal(source[part], expected)


def test_damage_is_an_error_when_it_is_read(tmp_path):
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        options = {"compression": "gzip", "fletcher32": True, "chunks": (1000,)}
        file.create_dataset("d", data=np.arange(5000), **options)
        place = file["d"].id.get_chunk_info(2).byte_offset
    raw = bytearray(path.read_bytes())
    raw[place + 20] ^= 1
    path.write_bytes(raw)
    source = H5Array(path, "d")

    np.testing.assert_array_equal(source[:2000], np.arange(2000))
    with pytest.raises(sidpy.errors.CorruptFile, match="'d' cannot be read"):
        source[1990:2010]


def test_a_file_written_here_comes_back(tmp_path):
    pytest.importorskip("pyNSID", reason="the default writer is not installed")
    values = np.random.default_rng(0).poisson(2, (20, 20, 30, 30)).astype("u2")
    dataset = sidpy.Dataset.from_array(values, title="d")

    sidpy.write(dataset, tmp_path / "f.h5", checksum=True, chunks={0: 7})
    back = sidpy.read(tmp_path / "f.h5")["Channel_000"]

    np.testing.assert_array_equal(back.compute(), values)
    with h5py.File(tmp_path / "f.h5") as file:
        stored = file["Measurement_000/Channel_000/d/d"]
        np.testing.assert_array_equal(stored[()], values)  # stock HDF5, without a plugin
        assert (stored.chunks[0], stored.fletcher32, stored.shuffle) == (7, True, True)
        assert math.prod(stored.chunks) * 2 <= 2**17


def test_narrow_blocks_are_joined_for_a_file_without_chunks(h5, monkeypatch):
    values = np.arange(6 * 40 * 50, dtype="i4").reshape(6, 40, 50)
    lazy = da.from_array(values, chunks=(2, 10, 10))
    seen = []
    target = h5.create_dataset("d", values.shape, values.dtype)
    monkeypatch.setattr(Sink, "put", _noting(seen, Sink.put))
    stream(lazy, target)
    np.testing.assert_array_equal(target[...], values)
    assert sorted(seen) == [(2, 40, 50)] * 3


def _noting(seen, put):
    def noted(self, place, block):
        seen.append(block.shape)
        put(self, place, block)

    return noted


@pytest.mark.parametrize("length", [1, 400, 4000], ids=["one", "some", "all"])
def test_few_and_many_chunks_are_found_and_those_never_written_are_filled(tmp_path, length):
    path, values = tmp_path / "sparse.h5", np.arange(4000)
    values[1000:2000] = -1
    with h5py.File(path, "w") as file:
        options = {"chunks": (10,), "compression": "gzip", "fillvalue": -1}
        target = file.create_dataset("d", (4000,), int, **options)
        target[:1000], target[2000:] = values[:1000], values[2000:]

    assert np.array_equal(H5Array(path, "d")[800 : 800 + length], values[800 : 800 + length])
