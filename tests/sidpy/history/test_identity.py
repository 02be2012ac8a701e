"""A raw file is known by its content: what is noticed, what is not, and what it costs."""

from __future__ import annotations

import hashlib
import os
import pickle

import h5py
import numpy as np
import pytest

import sidpy
from sidpy.io import identity
from sidpy.io.identity import Content, content_of


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "scan.raw"
    path.write_bytes(np.arange(50_000, dtype="<u2").tobytes())
    return path


@pytest.fixture
def h5_file(tmp_path):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("a/data", data=np.arange(60.0).reshape(5, 12), chunks=(2, 5))
        file.create_dataset("a/text", data=["one", "two"])
    return path


def later(path, change):
    """Change a file as somebody would tomorrow."""
    change(path)
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))


def flip(path, place):
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))


def of_h5(path, name="a/data"):
    return content_of(str(path), sidpy.Dataset.from_array(sidpy.H5Array(path, name)))


def test_a_small_file_has_the_digest_that_everybody_computes(raw):
    digest = hashlib.sha256(raw.read_bytes()).hexdigest()

    assert dict(Content([str(raw)])) == {"kind": "file", "algorithm": "sha256", "digest": digest}


@pytest.mark.parametrize("place", [0, 50_001, 99_999])
def test_one_byte_anywhere_in_a_file_below_the_limit_is_noticed(raw, place):
    before = dict(Content([str(raw)]))
    later(raw, lambda path: flip(path, place))

    assert Content([str(raw)])["digest"] != before["digest"]


def test_nothing_is_read_until_somebody_looks(raw, monkeypatch):
    read = []
    monkeypatch.setattr(identity, "_bytes_digest", lambda *_: read.append(1) or ("sha256", "d"))
    content = Content([str(raw)])

    assert repr(content) == "Content(not yet known)"
    assert not read
    assert content["digest"] == "d"
    assert len(content) == 3
    assert read == [1]


def test_a_file_that_changed_while_it_was_open_is_not_vouched_for(raw):
    content = Content([str(raw)])
    later(raw, lambda path: flip(path, 7))

    assert content["kind"] == "none"
    assert "changed" in content["reason"]


def test_a_file_that_is_gone_is_no_error(raw):
    content = Content([str(raw)])
    raw.unlink()

    assert content["kind"] == "none"


def test_it_pickles_as_what_it_found(raw):
    content = Content([str(raw)])

    assert pickle.loads(pickle.dumps(content)) == dict(content)


def test_files_that_belong_together_are_one(raw, tmp_path):
    header = tmp_path / "scan.hdr"
    header.write_text("gain 2")
    both = [str(raw), str(header)]
    before = dict(Content(both))
    later(header, lambda path: path.write_text("gain 3"))

    assert before["kind"] == "files"
    assert Content(both)["digest"] != before["digest"]


def test_a_folder_is_all_of_its_files(tmp_path):
    folder = tmp_path / "scan"
    (folder / "sub").mkdir(parents=True)
    (folder / "b").write_text("1")
    (folder / "sub" / "a").write_text("2")
    data = sidpy.Dataset.from_array([1])
    before = content_of(str(folder), data)["digest"]
    (folder / "c").write_text("")

    assert content_of(str(folder), data)["digest"] != before


class TestSamples:
    """Of large data parts count; what lies between them does not."""

    @pytest.fixture(autouse=True)
    def _small_limits(self, monkeypatch):
        for name, value in {"WHOLE": 1000, "ENDS": 100, "BLOCKS": 5, "BLOCK": 10}.items():
            monkeypatch.setattr(identity, name, value)

    def test_ends_and_blocks_count(self, raw):
        before = Content([str(raw)])["digest"]
        for start, length in identity._parts(100_000):
            for place in (start, start + length - 1):
                later(raw, lambda path, at=place: flip(path, at))

                assert Content([str(raw)])["digest"] != before
                later(raw, lambda path, at=place: flip(path, at))
                assert Content([str(raw)])["digest"] == before

    def test_the_length_counts(self, raw):
        before = dict(Content([str(raw)]))
        later(raw, lambda path: path.write_bytes(path.read_bytes() + b"\0"))

        assert before["algorithm"] == "sha256-sampled"
        assert Content([str(raw)])["digest"] != before["digest"]

    def test_what_lies_between_is_not_noticed_which_the_docstring_says(self, raw):
        parts = identity._parts(100_000)
        between = next(i for i in range(100_000) if not any(s <= i < s + n for s, n in parts))
        before = Content([str(raw)])["digest"]
        later(raw, lambda path: flip(path, between))

        assert Content([str(raw)])["digest"] == before
        assert "not noticed" in identity.__doc__

    def test_values_in_hdf5_are_sampled_too(self, h5_file):
        with h5py.File(h5_file, "a") as file:
            file.create_dataset("large", data=np.arange(4000.0).reshape(40, 100))
        before = dict(of_h5(h5_file, "large"))
        later(h5_file, lambda path: change(path, "large", (0, 0)))

        assert before["algorithm"] == "sha256-sampled"
        assert of_h5(h5_file, "large")["digest"] != before["digest"]


def change(path, name, index):
    with h5py.File(path, "a") as file:
        file[name][index] += 1


def test_an_hdf5_file_may_grow(h5_file):
    before = dict(of_h5(h5_file))
    with h5py.File(h5_file, "a") as file:
        file["results"] = np.zeros(1000)
        file["a/data"].attrs["seen"] = True

    assert before["kind"] == "hdf5"
    assert before["datasets"] == ["a/data"]
    assert dict(of_h5(h5_file)) == before


def test_hdf5_values_are_the_same_in_other_chunks(h5_file, tmp_path):
    with h5py.File(h5_file) as file, h5py.File(tmp_path / "packed.h5", "w") as packed:
        packed.create_dataset("a/data", data=file["a/data"][()], chunks=(5, 2), compression="gzip")

    assert dict(of_h5(tmp_path / "packed.h5")) == dict(of_h5(h5_file))


def test_one_changed_value_in_hdf5_is_noticed(h5_file):
    before = of_h5(h5_file)["digest"]
    later(h5_file, lambda path: change(path, "a/data", (2, 6)))

    assert of_h5(h5_file)["digest"] != before


def test_texts_in_hdf5_have_an_identity(h5_file):
    assert of_h5(h5_file, "a/text")["kind"] == "hdf5"


def test_an_eager_reader_of_hdf5_leaves_the_bytes_of_the_file(h5_file):
    data = sidpy.Dataset.from_array(np.zeros(3))

    assert content_of(str(h5_file), data)["kind"] == "file"
