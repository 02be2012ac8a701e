"""One look at a file, and what is refused before any reader is asked."""

from __future__ import annotations

import hashlib
import os
import sys

import h5py
import pytest

from sidpy.errors import (
    CorruptFile,
    LabelTypeError,
    LabelValueError,
    MissingFile,
    NotAFile,
    ReaderError,
    UnsupportedFile,
)
from sidpy.plugins import Probe


def test_head_and_tail_of_a_long_file_are_kept(tmp_path):
    path = tmp_path / "long.bin"
    path.write_bytes(b"head" + bytes(200_000) + b"tail")

    probe = Probe.of(path)

    assert (probe.path, probe.name, probe.size) == (str(path), "long.bin", 200_008)
    assert (len(probe.head), probe.head[:4]) == (65536, b"head")
    assert (len(probe.tail), probe.tail[-4:]) == (4096, b"tail")


@pytest.mark.parametrize("size", [1, 4095, 4097, 65536, 65537, 70_000])
def test_head_and_tail_are_right_around_their_limits(tmp_path, size):
    path = tmp_path / "file"
    content = os.urandom(size)
    path.write_bytes(content)

    probe = Probe.of(path)

    assert (probe.head, probe.tail) == (content[:65536], content[-4096:])


def test_the_fingerprint_is_of_size_head_and_tail(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")

    expected = hashlib.sha256(b"3" + b"abc" + b"abc").hexdigest()
    assert Probe.of(path).fingerprint == f"sha256:{expected}"


def test_a_missing_file_is_missing_and_alike_names_are_shown(tmp_path):
    tmp_path.joinpath("scan_001.dm4").write_bytes(b"x")

    with pytest.raises(MissingFile, match=r"scan_01.dm4.*did you mean 'scan_001.dm4'"):
        Probe.of(tmp_path / "scan_01.dm4")
    with pytest.raises(FileNotFoundError, match="no folder"):
        Probe.of(tmp_path / "nowhere" / "scan.dm4")


@pytest.mark.parametrize("path", ["nothing\0here", "x" * 5000, "file/below/a/file"])
def test_an_impossible_path_is_of_the_family(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("file").write_bytes(b"x")

    with pytest.raises(ReaderError, match=r"no such file|too long"):
        Probe.of(path)


def test_a_dangling_link_says_where_it_leads(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")

    with pytest.raises(MissingFile, match=r"link to .*gone"):
        Probe.of(link)


def test_a_directory_is_refused_unless_a_reader_claims_them(tmp_path):
    with pytest.raises(NotAFile, match="is a directory"):
        Probe.of(tmp_path)

    assert Probe.of(tmp_path, directories=True).is_directory


def test_an_empty_file_is_corrupt(tmp_path):
    path = tmp_path / "empty.dm4"
    path.touch()

    with pytest.raises(CorruptFile, match="empty"):
        Probe.of(path)


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(UnsupportedFile, match="pipe"):
        Probe.of(path)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_forbidden_file_is_of_the_family(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)

    with pytest.raises(ReaderError, match="Permission denied"):
        Probe.of(path)


def test_only_paths_are_paths():
    with pytest.raises(LabelTypeError, match="found 7"):
        Probe.of(7)
    with pytest.raises(LabelValueError, match="blank"):
        Probe.of("  ")


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.joinpath("scan.toy").write_bytes(b"x")

    assert Probe.of("~/scan.toy").path == str(tmp_path / "scan.toy")


@pytest.mark.parametrize("block", [0, 512, 4096])
def test_hdf5_is_known_behind_a_user_block(tmp_path, block):
    path = tmp_path / "file"
    h5py.File(path, "w", userblock_size=block).close()

    assert Probe.of(path).is_hdf5


def test_the_longest_extension_is_found(tmp_path):
    path = tmp_path / "Cells.OME.TIF"
    path.write_bytes(b"x")

    assert Probe.of(path).extension((".tif", ".ome.tif", ".dm4")) == ".ome.tif"
    assert Probe.of(path).extension((".dm4",)) == ""


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (".hdr", True),
        (".HDR", True),
        (".txt", False),
        ("{name}.xml", True),
        ("{stem}_log.csv", True),
        (".txt|.hdr", True),
        ("readme.md", False),
    ],
)
def test_companions_lie_beside(tmp_path, pattern, expected):
    for name in ("cube.raw", "cube.HDR", "cube.raw.xml", "cube_log.csv"):
        tmp_path.joinpath(name).write_bytes(b"x")

    found = Probe.of(tmp_path / "cube.raw").companion(pattern)
    assert (found is not None) is expected
    assert found is None or found.is_file()
