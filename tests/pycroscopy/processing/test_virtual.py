"""Trees described in memory are in the file as described, or not at all."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from pycroscopy.io import HDFwriter, VirtualDataset, VirtualGroup


def tree():
    raw = VirtualDataset(
        "Raw", np.arange(6.0).reshape(2, 3), chunking=(1, 3), compression="gzip",
        attrs={"units": "nm", "labels": {"first": (slice(0, 1), slice(None))}},
    )  # fmt: skip
    grows = VirtualDataset("Grows", [1, 2], dtype="u1", resizable=True)
    empty = VirtualDataset("Empty", None, maxshape=(4, 2), dtype="f4")
    inner = VirtualGroup("Channel_", children=[raw, grows, empty], attrs={"gain": 2.5})
    return VirtualGroup("Measurement_", parent="/all", children=[inner], attrs={"who": "me"})


def test_a_tree_is_written_as_it_was_described(tmp_path):
    with HDFwriter(tmp_path / "tree.h5") as writer:
        made = writer.write(tree(), print_log=True)
        names = [one.name for one in made]
    with h5py.File(tmp_path / "tree.h5") as file:
        inner = file["all/Measurement_000/Channel_000"]
        assert file["all/Measurement_000"].attrs["who"] == "me"
        assert inner.attrs["gain"] == 2.5
        raw = inner["Raw"]
        np.testing.assert_array_equal(raw[raw.attrs["first"]], [[0, 1, 2]])
        assert [bytes(one) for one in raw.attrs["labels"]] == [b"first"]
        assert (raw.chunks, raw.compression, raw.attrs["units"]) == ((1, 3), "gzip", "nm")
        assert (inner["Grows"].maxshape, inner["Grows"].dtype) == ((None,), np.uint8)
        assert (inner["Empty"].shape, inner["Empty"].dtype) == ((4, 2), np.float32)
    assert names[0] == "/all/Measurement_000"
    assert len(names) == 5


def test_series_go_on_and_roots_take_attributes(tmp_path):
    with h5py.File(tmp_path / "tree.h5", "w") as file:
        writer = HDFwriter(file)
        writer.write(tree())
        writer.write(tree())
        writer.write(VirtualGroup("", attrs={"translator": "mine"}))
        assert list(file["all"]) == ["Measurement_000", "Measurement_001"]
        assert file.attrs["translator"] == "mine"
        assert writer.path == str(tmp_path / "tree.h5")


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    with HDFwriter(tmp_path / "tree.h5") as writer:
        twice = VirtualDataset("Same", [1.0])
        with pytest.raises(ValueError, match="name already exists"):
            writer.write(VirtualGroup("New", parent="/deep", children=[twice, twice]))
        assert list(writer.file) == []


def test_a_new_file_replaces_only_when_told(tmp_path):
    path = str(tmp_path / "tree.h5")
    for force, there in ((False, 1), (False, 2), (True, 1)):
        with HDFwriter(path, force_new=force) as writer:
            writer.write(VirtualGroup("Measurement_"))
            writer.flush()
            assert len(writer.file) == there


def test_what_is_not_virtual_is_refused(tmp_path):
    with pytest.raises(TypeError, match="path or an open"):
        HDFwriter(3)
    with pytest.raises(TypeError, match="virtual groups and datasets"):
        VirtualGroup("A", children=["B"])
    with pytest.raises(ValueError, match="one step of a path"):
        VirtualGroup("A/B")
    with pytest.raises(ValueError, match="neither values nor a shape"):
        VirtualDataset("A", None)
    with HDFwriter(tmp_path / "t.h5") as writer, pytest.raises(TypeError, match="VirtualGroup or"):
        writer.write({"A": 1})
