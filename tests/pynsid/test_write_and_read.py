"""A dataset that was written and read is the dataset that was written."""

import datetime as dt
import enum
import io
import logging
import subprocess
import sys
import time

import dask
import dask.array as da
import h5py
import numpy as np
import pytest

import pyNSID
import sidpy
from pyNSID.read import read_h5py_dataset
from pyNSID.write import write_nsid_dataset
from sidpy.sid.trees import same_tree


class Color(enum.Enum):
    RED = 1


def round_trip(dataset, h5, **options):
    return read_h5py_dataset(write_nsid_dataset(dataset, h5, **options))


def assert_identical(one, other):
    """Everything a dataset knows is the same, type for type."""
    mine, theirs = one.labels_record, other.labels_record
    assert one.dtype == other.dtype
    assert one.compute().tobytes() == other.compute().tobytes()
    for name in ("title", "quantity", "units", "data_type", "modality", "source", "dimensions"):
        assert getattr(mine, name) == getattr(theirs, name), name
    for name in ("metadata", "original_metadata", "point_cloud", "extras", "structures"):
        assert repr(getattr(mine, name)) == repr(getattr(theirs, name)), name
    kinds = [[d.dimension_type for d in labels.dimensions] for labels in (mine, theirs)]
    assert kinds[0] == kinds[1]
    assert same_tree(mine.provenance.rows(), theirs.provenance.rows())
    assert (mine.variance is None) == (theirs.variance is None)
    if mine.variance is not None:
        np.testing.assert_array_equal(mine.variance.compute(), theirs.variance.compute())


def test_everything_comes_back(h5, iv_map):
    iv_map.variance = np.full((2, 3, 4), 0.25)
    iv_map.point_cloud = {"coordinates": np.arange(10_000.0).reshape(5000, 2), "units": "px"}
    iv_map.own_group = {"b": 2, "nested": {"tuple": (1, 2)}}
    iv_map.own_number = np.float32(1.5)
    iv_map.metadata |= {
        "nothing": None, "tuple": (1, "a"), 5: "five", "when": dt.datetime(2026, 1, 2, 3, 4, 5),
        "ragged": [1, [2, 3]], "steps": [{"a": 1}, {"b": None}], "bytes": b"\x00\xff",
        "array": np.arange(20_000), "complex": 1j, "bool": True, "color": Color.RED,
        "a/b": 1, "sub/group": {"x": 1}, "": {}, "empty": {}, "µ": "Å", "nul": "a\0b",
    }  # fmt: skip
    result = (iv_map + 1) * 2

    assert_identical(round_trip(result, h5), result)


@pytest.mark.parametrize(
    "dtype",
    ["?", "i1", "u2", ">i4", "i8", "f2", "f4", ">f8", "c8", "c16", "S3", "U3", "M8[ns]", "m8[s]",
     "V4", "g", [("a", "f4"), ("b", ">i2", (2,))]],
    ids=str,
)  # fmt: skip
def test_every_dtype_comes_back(h5, dtype):
    values = np.frombuffer(bytes(range(32, 32 + 64)) * 20, np.uint8)
    kind = np.dtype(dtype)
    array = np.zeros((2, 3), kind) if kind.kind in "?gU" else values[: 6 * kind.itemsize]
    array = array if array.dtype == kind else array.view(kind).reshape(2, 3)
    if kind.kind == "U":
        array[:] = [["a", "é", ""], ["日本", "b", "abc"]]
    dataset = sidpy.Dataset.from_array(array)

    back = round_trip(dataset, h5)

    assert back.dtype == kind
    assert back.compute().tobytes() == array.tobytes()


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (2, 1, 3), (1,) * 8], ids=str)
@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}], ids=["plain", "gzip"])
def test_every_shape_comes_back(h5, shape, options):
    dataset = sidpy.Dataset.from_array(np.ones(shape))

    assert_identical(round_trip(dataset, h5, **options), dataset)


def test_empty_axes_come_back(h5):
    dataset = sidpy.Dataset.from_array(np.zeros((3, 4)))[:, 4:]

    back = round_trip(dataset, h5, compression="gzip")

    assert back.shape == (3, 0)
    assert back.labels_record.dimensions == dataset.labels_record.dimensions


@pytest.mark.parametrize(
    "name",
    [
        "V/nm",
        "the data",
        "metadata",
        "_nsid",
        ".",
        "Structure_000",
        "日本",
        "T",
        "mean",
        "$\\sqrt E$",
    ],
)
def test_any_dimension_name_comes_back(h5, name):
    dataset = sidpy.Dataset.from_array(np.eye(2), title="the data")
    dataset.set_dimension(0, sidpy.Dimension([1, 2], name, "Field", "V/nm"))

    back = round_trip(dataset, h5)

    assert_identical(back, dataset)
    assert pyNSID.io.hdf_utils.check_if_main(back.h5_dataset)


def test_several_nameless_axes_come_back(h5):
    dataset = sidpy.Dataset.from_array(np.ones(3))[None, ..., None]

    back = round_trip(dataset, h5)

    assert [d.name for d in back.labels_record.dimensions] == ["none", "a", "none"]


@pytest.mark.parametrize(
    "title", ["metadata", "_nsid", "Structure_1", "a/b", ".", "", "  ", "nul\0"]
)
def test_any_title_comes_back(h5, title):
    dataset = sidpy.Dataset.from_array(np.ones(3), title=title)

    assert round_trip(dataset, h5).title == title


def test_a_folded_dataset_comes_back_and_unfolds(h5, iv_map):
    folded = iv_map.fold(method="spaspec")

    back = round_trip(folded, h5)

    np.testing.assert_array_equal(back.unfold().compute(), iv_map.compute())
    assert_identical(back, folded)


def test_dimensions_within_metadata_come_back(h5, iv_map):
    iv_map.metadata["axes"] = {0: iv_map.x, "list": [iv_map.bias]}

    back = round_trip(iv_map, h5)

    assert type(back.metadata["axes"][0]) is sidpy.Dimension
    assert back.metadata["axes"] == iv_map.metadata["axes"]


@pytest.mark.slow
def test_a_thousand_operations_come_back(h5):
    dataset = sidpy.Dataset.from_array(np.zeros(3))
    for _ in range(1000):
        dataset = dataset + 1

    back = round_trip(dataset, h5)

    assert len(back.history) == 1001
    assert same_tree(back.provenance_record.rows(), dataset.provenance_record.rows())
    assert float(back[0].compute()) == 1000


def test_reading_computes_nothing_and_reads_the_file_by_its_path(path, iv_map):
    with h5py.File(path, "w") as file:
        write_nsid_dataset(iv_map, file)
    with h5py.File(path, "r") as file:
        back = read_h5py_dataset(file["IV_map/IV_map"])

    assert not back.h5_dataset  # closed
    np.testing.assert_array_equal(back[1, :, 2].compute(), iv_map[1, :, 2].compute())


def test_opening_reads_no_numbers(path):
    blocks = []

    def count(block):
        blocks.append(1)
        return block

    lazy = da.zeros((1000, 1000), chunks=500).map_blocks(count, meta=np.zeros((0, 0)))
    with h5py.File(path, "w") as file:
        write_nsid_dataset(sidpy.Dataset.from_array(lazy, title="d"), file)
    assert len(blocks) == 4  # each block once

    with h5py.File(path, "r+") as file:
        file["d/d"].id.get_offset()
        offset = file["d/d"].id.get_offset()
    with path.open("r+b") as raw:  # what is not read cannot be seen
        raw.seek(offset)
        raw.write(np.ones(1).tobytes())
    with h5py.File(path, "r") as file:
        back = read_h5py_dataset(file["d/d"])

    assert float(back[0, 0].compute()) == 1


@pytest.mark.parametrize("kind", ["core", "BytesIO"])
def test_files_in_memory_hold_the_numbers_and_no_other_file_appears(
    tmp_path, monkeypatch, kind, iv_map
):
    monkeypatch.chdir(tmp_path)
    file = (
        h5py.File("name.h5", "w", driver="core", backing_store=False)
        if kind == "core"
        else h5py.File(io.BytesIO(), "w")
    )

    with file:
        back = round_trip(iv_map, file)
        assert float(file["IV_map/IV_map"][()].sum()) == 276
        np.testing.assert_array_equal(back.compute(), iv_map.compute())
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing_and_can_be_repeated(h5, iv_map):
    def fail(block):
        if block.size:
            msg = "no"
            raise RuntimeError(msg)
        return block

    bad = iv_map.like_data(da.ones((2, 3, 4), chunks=1).map_blocks(fail, meta=np.ones((0,) * 3)))
    with pytest.raises(RuntimeError, match="no"):
        write_nsid_dataset(bad, h5, main_data_name="d")
    assert list(h5) == []

    assert write_nsid_dataset(iv_map, h5, main_data_name="d").name == "/d/d"


def test_the_same_name_twice_is_refused_and_the_first_stays(h5, iv_map):
    first = write_nsid_dataset(iv_map, h5, main_data_name="d")

    with pytest.raises(ValueError, match="already has a member 'd'"):
        write_nsid_dataset(iv_map * 2, h5, main_data_name="d")

    assert float(first[()].sum()) == 276


@pytest.mark.parametrize(
    ("name", "error", "match"),
    [(3, TypeError, "should be a string"), ("a/b", ValueError, "cannot be 'a/b'"),
     ("metadata", ValueError, "cannot be 'metadata'"), ("_nsid", ValueError, "cannot be '_nsid'")],
)  # fmt: skip
def test_impossible_names_are_refused(h5, iv_map, name, error, match):
    with pytest.raises(error, match=match):
        write_nsid_dataset(iv_map, h5, main_data_name=name)
    assert list(h5) == []


def test_wrong_types_and_closed_and_read_only_files_are_refused(path, h5, iv_map):
    with h5py.File(path, "w") as closed:
        group = closed.create_group("g")

    with pytest.raises(TypeError, match="should be sidpy Dataset"):
        write_nsid_dataset(np.ones(3), h5)
    with pytest.raises(TypeError, match="h5_group should be"):
        write_nsid_dataset(iv_map, 3)
    with pytest.raises(ValueError, match="closed"):
        write_nsid_dataset(iv_map, group)
    with h5py.File(path, "r") as file, pytest.raises(ValueError, match="read-only"):
        write_nsid_dataset(iv_map, file)
    with pytest.raises(ValueError, match="no form for values of type object"):
        write_nsid_dataset(sidpy.Dataset.from_array(np.array([None, 1])), h5)
    assert list(h5) == []


def test_a_dash_becomes_an_underscore_with_a_warning(h5, iv_map):
    iv_map.title = "IV-map"
    with pytest.warns(UserWarning, match=r'should not contain "-"'):
        main = write_nsid_dataset(iv_map, h5)

    assert main.name == "/IV_map/IV_map"
    assert iv_map.h5_dataset == main


def test_the_last_part_of_the_title_or_a_default_is_the_name(h5):
    dataset = sidpy.Dataset.from_array(np.ones(2), title="/group/one ")
    nameless = sidpy.Dataset.from_array(np.ones(2), title=" ")

    assert write_nsid_dataset(dataset, h5).name == "/one/one"
    assert write_nsid_dataset(nameless, h5).name == "/nDim_Data/nDim_Data"


def test_what_can_be_kept_as_text_only_is_named(h5, iv_map):
    iv_map.metadata["deep"] = {"thing": object}

    with pytest.warns(UserWarning, match="metadata/deep/thing"):
        back = round_trip(iv_map, h5, main_data_name="d")

    assert back.metadata["deep"]["thing"] == str(object)


def test_an_attribute_changed_by_another_program_is_right(h5, iv_map):
    iv_map.metadata = {"a": (1, 2), "b": {"c": None, "d": 3}, "gone": 1, "list": [{"x": 1}]}
    main = write_nsid_dataset(iv_map, h5, main_data_name="d")
    group = h5["d/metadata"]
    group["b"].attrs["d"] = 4
    group.attrs["new"] = "text"
    del group.attrs["gone"]
    main.attrs["main_data_name"] = "other title"
    h5["d/x"].attrs["units"] = "pm"

    back = read_h5py_dataset(main)

    assert back.metadata == {
        "a": (1, 2),
        "b": {"c": None, "d": 4},
        "list": [{"x": 1}],
        "new": "text",
    }
    assert type(back.metadata["a"]) is tuple
    assert back.title == "other title"
    assert back.x.units == "pm"


def test_numbers_of_another_type_put_in_their_place_are_read(h5, iv_map):
    main = write_nsid_dataset(iv_map.astype("M8[s]"), h5, main_data_name="d")
    axes = {i: dim[0] for i, dim in enumerate(main.dims)}
    kept = dict(main.attrs)
    del h5["d/d"]
    new = h5["d"].create_dataset("d", data=np.ones((2, 3, 4), "f4"))
    for name, value in kept.items():
        if name not in ("DIMENSION_LIST", "DIMENSION_LABELS"):
            new.attrs[name] = value
    pyNSID.io.hdf_utils.link_as_main(new, axes)

    back = read_h5py_dataset(new)

    assert back.dtype == "f4"
    assert float(back.sum()) == 24


def test_a_record_of_a_newer_program_is_passed_over(h5, iv_map, caplog):
    main = write_nsid_dataset(iv_map, h5, main_data_name="d")
    h5["d/_nsid"].attrs["record"] = '{"version": 99, "value": null}'

    with caplog.at_level(logging.WARNING):
        back = read_h5py_dataset(main)

    assert "record of version 99" in caplog.text
    assert back.metadata["temperature"] == 4.2


def test_siblings_named_like_members_and_nested_results_do_no_harm(h5, iv_map):
    main = write_nsid_dataset(iv_map, h5, main_data_name="d")
    for name in ("units", "mean", "_private"):
        h5["d"].create_group(name).attrs["a"] = 1
    h5["d"].create_group("own").attrs["a"] = 1
    pyNSID.io.write_results(h5["d"], dataset=iv_map.mean(axis=2), process_name="Avg")
    pyNSID.io.write_results(h5["d"], attributes={"only": 1})

    back = read_h5py_dataset(main)

    assert back.units == "nA"
    assert callable(back.mean)
    assert back.own == {"a": 1}
    assert set(back.labels_record.extras) == {"own"}


def test_reading_refuses_what_is_no_main_dataset(h5, iv_map):
    write_nsid_dataset(iv_map, h5, main_data_name="d")

    with pytest.raises(TypeError, match="can only read single Dataset"):
        read_h5py_dataset(h5["d"])
    with pytest.raises(sidpy.errors.NotNSID, match="'quantity' is missing") as caught:
        read_h5py_dataset(h5.create_dataset("plain", data=[1]))
    assert len(caught.value.problems) == 8


@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}, {"compression": "lzf"},
                                     {"compression": "gzip", "shuffle": True},
                                     {"compression": "gzip", "fletcher32": True},
                                     {"chunks": (7, 5, 3)}, {"chunks": True}],
                         ids=str)  # fmt: skip
@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_blocks_of_any_size_arrive_in_chunks_of_any_size(h5, options, scheduler):
    values = np.random.default_rng(1).normal(size=(20, 30, 11)).astype("f4")
    dataset = sidpy.Dataset.from_array(da.from_array(values, chunks=(6, 30, 4)), title="d")

    with dask.config.set(scheduler=scheduler):
        main = write_nsid_dataset(dataset, h5, **options)

    np.testing.assert_array_equal(main[()], values)


def test_compression_of_a_plugin_by_name(h5, iv_map):
    pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")

    main = write_nsid_dataset(iv_map, h5, main_data_name="d", compression="zstd")

    assert list(main._filters) == ["shuffle", "32015"]
    np.testing.assert_array_equal(main[()], iv_map.compute())


@pytest.mark.parametrize(
    ("before", "answer"), [("", "1.0"), ("sys.modules['hdf5plugin'] = None;", "MissingDependency")]
)
def test_a_fresh_process_finds_the_plugin_or_names_it(path, before, answer):
    pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    dataset = sidpy.Dataset.from_array(np.ones((20, 30)), title="d")
    with h5py.File(path, "w") as file:
        write_nsid_dataset(dataset, file, compression="zstd")
    code = (
        f"import sys; {before} import pyNSID.reader as r; "
        "print(float(r.read_nsid(sys.argv[1])['Channel_000'].mean()))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert answer in done.stdout + done.stderr


def test_a_missing_plugin_names_the_command(h5, iv_map, monkeypatch):
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)

    with pytest.raises(sidpy.errors.MissingDependency, match=r"'sidpy\[compression\]'"):
        write_nsid_dataset(iv_map, h5, main_data_name="d", compression="zstd")
    assert list(h5) == []


@pytest.mark.slow
@pytest.mark.distributed
def test_a_cluster_computes_and_this_process_writes(path, cluster):
    lazy = da.arange(1000, chunks=100)[:, None] * da.ones((1, 4), chunks=2)
    with h5py.File(path, "w") as file:
        dataset = sidpy.Dataset.from_array(lazy, title="d", variance=lazy)
        write_nsid_dataset(dataset, file, compression="gzip")
    with h5py.File(path, "r") as file:
        back = read_h5py_dataset(file["d/d"])
    total = float(back.sum())

    assert total == 4 * 499_500


_WRITER = """
import sys, h5py, numpy as np, sidpy
from pyNSID.write import write_nsid_dataset
data = sidpy.Dataset.from_array(np.ones((300, 300)), title="d")
data.metadata = {str(i): i for i in range(300)}
file = h5py.File(sys.argv[1], "a")
for i in range(len(file), 10_000):
    write_nsid_dataset(data, file, main_data_name=f"d{i:05d}")
    print(i + 1, flush=True)
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_nothing_that_was_written(path):
    written = 0
    for pause in (0.0, 0.02, 0.05):
        command = [sys.executable, "-c", _WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            first = process.stdout.readline()
            time.sleep(pause)
            process.kill()
            written = int([first, *process.stdout.read().split()][-1])

        with h5py.File(path) as file:
            assert len(file) >= written > 0
            assert {file[name][name][...].sum() for name in file} == {90_000}
            for name in [*file][-5:]:  # the others were looked at before, or by the number
                back = read_h5py_dataset(file[name][name])
                assert len(back.metadata) == 300
                assert np.array_equal(back, np.ones((300, 300)))
