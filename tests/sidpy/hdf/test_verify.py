"""`sidpy verify`: every chunk is read, every damage named by its place."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

import sidpy
from sidpy.cli import main
from sidpy.hdf.verify import verify


@pytest.fixture
def scan(tmp_path):
    """A file whose numbers carry checksums, and where its third chunk lies."""
    pytest.importorskip("pyNSID", reason="pyNSID is not installed")
    path = tmp_path / "scan.h5"
    values = np.random.default_rng(0).poisson(3, (40, 40, 100)).astype("u2")
    dataset = sidpy.Dataset.from_array(values, title="d", variance=values * 2.0)
    sidpy.write(dataset, path, checksum=True, chunks=(20, 20, 50))
    with h5py.File(path) as file:
        stored = file["Measurement_000/Channel_000/d/d"].id.get_chunk_info(2)
    return path, stored


def flip(path, place):
    raw = bytearray(path.read_bytes())
    raw[place] ^= 4
    path.write_bytes(raw)


def test_a_sound_file_is_sound(scan, capsys):
    path, _ = scan

    found = verify(path)

    assert (found.is_sound, found.format, found.problems) == (True, "nsid", [])
    main_one = next(one for one in found.datasets if one.address.endswith("d/d"))
    assert (main_one.chunks, main_one.checksums, main_one.shape) == (8, True, (40, 40, 100))
    assert main_one.address not in found.unprotected
    assert main(["verify", str(path)]) == 0
    assert f"{path}: sound, nsid" in capsys.readouterr().out


def test_one_wrong_bit_is_named_by_address_and_chunk(scan, capsys):
    path, stored = scan
    flip(path, stored.byte_offset + stored.size // 2)

    code = main(["verify", str(path), "--json"])

    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert code == 1
    assert "has 1 problem" in err
    (problem,) = facts["problems"]
    assert problem["address"] == "/Measurement_000/Channel_000/d/d"
    assert f"the chunk at {tuple(stored.chunk_offset)}" in problem["text"]
    assert f"from byte {stored.byte_offset} of the file" in problem["text"]
    assert facts["sound"] is False


def test_only_a_checksum_shows_a_wrong_bit_in_plain_numbers(tmp_path):
    for checksum in (True, False):
        path = tmp_path / f"{checksum}.h5"
        with h5py.File(path, "w") as file:
            file.create_dataset("x", data=np.arange(999), chunks=(100,), fletcher32=checksum)
            place = file["x"].id.get_chunk_info(5).byte_offset
        flip(path, place + 17)

        found = verify(path)

        damaged = [one for one in found.problems if "is damaged" in one]
        assert len(damaged) == checksum
        assert found.unprotected == ([] if checksum else ["/x"])


@pytest.mark.parametrize("name", ["lzf", "szip", "zstd"])
def test_chunks_that_only_hdf5_unpacks_are_read_too(tmp_path, name):
    if name == "zstd":
        name = pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed").Zstd()
    elif name not in h5py.filters.encode:
        pytest.skip(f"this HDF5 has no {name}")
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        options = {"compression": name, "chunks": (100,), "fletcher32": True}
        file.create_dataset("x", data=np.arange(1000) % 7, **options)
        place = file["x"].id.get_chunk_info(3).byte_offset
    flip(path, place + 10)

    (problem,) = [one for one in verify(path).problems if one.address == "/x"]

    assert "the chunk at (300,)" in problem


def test_links_without_an_end_attributes_and_other_files_are_told(tmp_path):
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        file["a/x"] = [1.0, 2.0]
        file["a/again"] = file["a"]  # a way back
        file["lost"] = h5py.SoftLink("/nowhere")
        file["other"] = h5py.ExternalLink("/etc/other.h5", "/x")

    told = {problem.address: str(problem) for problem in verify(path).problems}

    assert "'/nowhere', which is not there" in told["/lost"]
    assert "is not opened unless you ask" in told["/other"]
    assert "/a/again" not in told


def test_a_file_of_no_known_model_is_told_and_no_problem(tmp_path, capsys):
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        file["x"] = [1.0, 2.0]

    assert main(["verify", str(path)]) == 0
    out = capsys.readouterr().out
    assert ": sound\n" in out
    assert "note: it follows no model that an installed package knows" in out
    with h5py.File(path, "r+") as file:
        file["lost"] = h5py.SoftLink("/nowhere")
    assert main(["verify", str(path)]) == 1


def test_a_cut_file_and_none_are_errors(scan, tmp_path):
    path, _ = scan
    path.write_bytes(path.read_bytes()[:-3000])

    with pytest.raises(sidpy.errors.CorruptFile):
        verify(path)
    with pytest.raises(sidpy.errors.MissingFile, match="no such file"):
        verify(tmp_path / "none.h5")
    assert main(["verify", str(tmp_path / "none.h5")]) == 1


def test_strings_empty_scalars_and_large_rows(tmp_path):
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        file["text"] = ["one", "two"]
        file["nothing"] = h5py.Empty("f4")
        file["none"] = np.zeros((0, 3))
        file["one"] = 4.0
        file["large"] = np.zeros((3, 2**21 + 1), "f8")

    found = verify(path)

    assert not [one for one in found.problems if one.address != "/"]
    assert {one.address for one in found.datasets} == {"/text", "/none", "/one", "/large"}
