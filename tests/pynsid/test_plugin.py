"""`sidpy.read` and `sidpy.write` in the NSID model."""

import h5py
import numpy as np
import pytest

import sidpy
from pyNSID.reader import read_nsid
from pyNSID.write import write_nsid_dataset
from pyNSID.writer import write_nsid
from sidpy.errors import CorruptFile


@pytest.fixture
def pair(iv_map):
    other = sidpy.Dataset.from_array(np.eye(3), title="two-dim")
    return {"raw": iv_map, "Channel_007": other}


def test_keys_and_values_come_back_and_the_file_is_closed(path, pair):
    write_nsid(pair, path)
    back = read_nsid(path)
    path.rename(path.with_name("moved.h5")).rename(path)  # nothing holds it open

    assert list(back) == ["raw", "Channel_007"]
    assert back["raw"].h5_dataset is None
    assert back["raw"].h5_dataset_name == "/Measurement_000/Channel_000/IV_map/IV_map"
    for key, dataset in pair.items():
        assert back[key] == dataset
        assert back[key].title == dataset.title


def test_the_written_datasets_go_on_belonging_to_their_file(path, h5, pair):
    before = write_nsid_dataset(pair["raw"], h5)

    write_nsid(pair, path)

    assert pair["raw"].h5_dataset == before
    assert pair["Channel_007"].h5_dataset is None


def test_a_file_is_added_to_and_keys_that_clash_are_numbered(path, pair):
    write_nsid(pair, path)
    write_nsid({"raw": pair["raw"] * 2, "new": pair["raw"] * 3}, path)

    back = read_nsid(path)

    assert list(back) == ["raw", "Channel_007", "Channel_002", "new"]
    assert float(back["Channel_002"][0, 0, 1].compute()) == 2


def test_a_failing_addition_leaves_the_file_as_it_was(path, pair):
    write_nsid(pair, path)
    bad = sidpy.Dataset.from_array(np.array([None, 1]))

    with pytest.raises(ValueError, match="no form"):
        write_nsid({"good": pair["raw"], "bad": bad}, path)

    with h5py.File(path) as file:
        assert list(file) == ["Measurement_000"]
    assert list(read_nsid(path)) == ["raw", "Channel_007"]


def test_compression_is_passed_on_with_shuffling(path, pair):
    write_nsid(pair, path, compression="gzip")

    with h5py.File(path) as file:
        main = file["Measurement_000/Channel_000/IV_map/IV_map"]
        assert (main.compression, main.shuffle) == ("gzip", True)


def test_the_path_to_the_picture_is_marked_for_nexus(path, pair):
    write_nsid(pair, path)

    with h5py.File(path) as file:
        node, classes = file, []
        while "default" in node.attrs:
            node = node[node.attrs["default"]]
            classes.append(node.attrs["NX_class"])
        assert classes == ["NXentry", "NXsubentry", "NXdata"]
        signal = node[node.attrs["signal"]]
        assert list(node.attrs["axes"]) == ["x", "y", "bias"]
        assert [node[name].shape for name in node.attrs["axes"]] == [(n,) for n in signal.shape]


def test_sidpy_reads_and_writes_through_the_plugin(path, iv_map):
    sidpy.write(iv_map, path)
    back = sidpy.read(path)["Channel_000"]

    assert back == iv_map
    assert back.metadata == iv_map.metadata
    assert [step.function for step in back.history][-1] == "sidpy.read"


@pytest.mark.parametrize("name", ["file.h5", "file.dat"])
def test_the_usual_layout_is_recognised_whatever_the_name(tmp_path, iv_map, name):
    path = tmp_path / name
    write_nsid({"a": iv_map}, path)

    assert sidpy.explain(path).chosen == "nsid"


def test_a_main_dataset_at_another_place_is_found(path, iv_map):
    with h5py.File(path, "w") as file:
        file.create_group("empty")
        file["dangling"] = h5py.SoftLink("/nowhere")
        write_nsid_dataset(iv_map, file.create_group("some/where"))

    assert sidpy.explain(path).chosen == "nsid_anywhere"
    assert list(sidpy.read(path)) == ["Channel_000"]


def test_hdf5_files_of_others_are_left_to_others(path):
    with h5py.File(path, "w") as file:
        file["data"] = np.ones(3)

    assert sidpy.explain(path).chosen is None
    with pytest.raises(sidpy.errors.UnrecognisedFile):
        sidpy.read(path)


def test_a_file_without_a_main_dataset_is_an_error_that_says_so(path):
    with h5py.File(path, "w") as file:
        file["data"] = np.ones(3)

    with pytest.raises(CorruptFile, match="no main dataset"):
        read_nsid(path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_file_gives_an_error_of_the_family(path, iv_map, share):
    write_nsid({"a": iv_map}, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(sidpy.errors.ReaderError):
        read_nsid(path)


@pytest.mark.vendor
def test_the_vendor_file_reads_as_expected(vendor_file):
    data = read_nsid(vendor_file)["Channel_000"]

    assert data.shape == (50, 50, 53)
    assert (data.units, data.quantity) == ("$A/m^2$", "log J")
    assert [dim.name for dim in data.labels_record.dimensions] == ["x", "y", "$\\sqrt E$"]
    assert data._axes[2][0] == pytest.approx(8591.792595262063)
    assert data._axes[0].slope == pytest.approx(1.0204081632653062e-10)
    values = data.compute()
    assert values.dtype == np.float64
    assert values.sum() == pytest.approx(1231054.4687574336)
    assert values[0, 0, 0] == pytest.approx(8.243945338330992)
    assert values[-1, -1, -1] == pytest.approx(9.692617995170213)


def test_what_is_added_later_is_the_next_channel(tmp_path):
    path = tmp_path / "a.h5"
    for number, title in enumerate(("one", "two", "three")):
        sidpy.Dataset.from_array([number], title=title).save(path, append=number > 0)
    stored = sidpy.read(path)

    assert {key: dataset.title for key, dataset in stored.items()} == {
        "Channel_000": "one",
        "Channel_001": "two",
        "Channel_002": "three",
    }
