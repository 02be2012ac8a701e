"""Pixelated detectors: every frame where it was scanned, whatever lies between frames."""

from __future__ import annotations

import numpy as np
import pytest
from made.detectors import MOVIE, SCAN, write_blo, write_empad, write_mib, write_tvips

import sidpy
from SciFiReaders.readers.electron.empad import read_empad
from SciFiReaders.readers.electron.merlin_mib import read_mib
from SciFiReaders.readers.electron.nanomegas_blo import read_blo
from SciFiReaders.readers.electron.tvips import read_tvips
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile


def test_a_block_file_is_a_scan_and_its_virtual_image(tmp_path):
    patterns, image = read_blo(write_blo(tmp_path / "a.blo"))

    np.testing.assert_array_equal(patterns.compute(), SCAN)
    np.testing.assert_array_equal(image.compute(), SCAN.sum(axis=(2, 3)).astype("u1"))
    np.testing.assert_allclose(patterns.y.values, [0, 2])
    np.testing.assert_allclose(patterns.x.values, [0, 0.5, 1])
    np.testing.assert_allclose(patterns.u.values[1], 0.02)
    assert patterns.data_type == sidpy.DataType.IMAGE_4D
    assert patterns.metadata["experiment"]["acceleration_voltage"] == 200_000
    assert patterns.metadata["experiment"]["start_date_time"] == "2020-01-01T12:00:00"


def test_a_block_file_that_stopped_has_its_complete_lines(tmp_path):
    path = write_blo(tmp_path / "a.blo", keep=5)

    with pytest.warns(SidpyWarning, match="stopped after 5 of 6"):
        patterns = read_blo(path)[0]

    np.testing.assert_array_equal(patterns.compute(), SCAN[:1])


@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "f4"])
def test_a_series_of_tvips(tmp_path, kind):
    bits = 0xFFFFFFE0 if kind == "f4" else None
    path = write_tvips(tmp_path / "a_000.tvips", MOVIE.astype(kind), bits=bits)

    (dataset,) = read_tvips(path)

    np.testing.assert_array_equal(dataset.compute(), MOVIE.astype(kind))
    np.testing.assert_allclose(dataset.frame.values - 1.7e9, [0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(dataset.u.values[:2], [0, 3])


def test_a_series_of_tvips_goes_on_in_the_next_file(tmp_path):
    (dataset,) = read_tvips(write_tvips(tmp_path / "a_000.tvips", split=3))

    np.testing.assert_array_equal(dataset.compute(), MOVIE)
    assert dataset.metadata["experiment"]["number_of_frames"] == 4


@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "u8"])
def test_frames_of_a_merlin_are_the_right_way_up(tmp_path, kind):
    (dataset,) = read_mib(write_mib(tmp_path / "a.mib", MOVIE.astype(kind)))

    assert dataset.dtype == np.dtype(kind)
    np.testing.assert_array_equal(dataset.compute(), MOVIE.astype(kind))
    np.testing.assert_array_equal(dataset[2, 1:3, ::2].compute(), MOVIE[2, 1:3, ::2])
    assert dataset.metadata["experiment"]["single_exposure_time"] == 0.001


@pytest.mark.parametrize("depth", [1, 6, 12, 24])
def test_raw_frames_of_one_chip(tmp_path, depth):
    movie = np.random.default_rng(depth).integers(0, 2**depth, (3, 8, 16)).astype("u4")

    (dataset,) = read_mib(write_mib(tmp_path / "a.mib", movie, kind="R64", depth=depth))

    np.testing.assert_array_equal(dataset.compute(), movie)
    np.testing.assert_array_equal(dataset[1, 2:5, 3].compute(), movie[1, 2:5, 3])


@pytest.mark.parametrize("depth", [1, 6, 12])
def test_raw_frames_of_four_chips(tmp_path, depth):
    movie = np.random.default_rng(depth).integers(0, 2**depth, (3, 16, 128)).astype("u2")

    path = write_mib(tmp_path / "a.mib", movie, kind="R64", depth=depth, quad=True)
    (dataset,) = read_mib(path)

    np.testing.assert_array_equal(dataset.compute(), movie)
    np.testing.assert_array_equal(dataset[1, 7:9, 60:70].compute(), movie[1, 7:9, 60:70])


def test_the_chips_of_a_raw_frame_lie_as_they_are_read_out(tmp_path):
    path = write_mib(
        tmp_path / "a.mib", np.zeros((1, 4, 16), "u1"), kind="R64", depth=6, quad=True
    )
    raw = bytearray(path.read_bytes())
    # two rows of the chips 4, 3, 2, 1; the first pixel of a word is its last byte
    raw[384:] = b"".join(bytes([9, 8, 7, 6, 5, 4, 3, chip]) for chip in (4, 3, 2, 1)) * 2
    path.write_bytes(raw)

    picture = read_mib(path)[0].compute()

    # 3 and 4 are above and upside down, 1 and 2 below; words begin with their last byte
    assert [picture[0, 7], picture[0, 8 + 7], picture[-1, 0], picture[-1, 8]] == [3, 4, 1, 2]
    np.testing.assert_array_equal(picture[2, 1:8], np.arange(3, 10))
    np.testing.assert_array_equal(picture[1, :7], np.arange(9, 2, -1))


def test_raw_frames_are_a_scan_with_the_text_beside(tmp_path):
    movie = np.arange(6 * 8 * 8, dtype="u2").reshape(6, 8, 8)

    (dataset,) = read_mib(write_mib(tmp_path / "a.mib", movie, kind="R64", line=3))

    np.testing.assert_array_equal(dataset.compute(), movie.reshape(2, 3, 8, 8))
    assert list(dataset._axes) == [0, 1, 2, 3]


@pytest.mark.vendor
def test_the_real_raw_frame_of_four_chips_is_that_of_four(vendor_data):
    folder = vendor_data / "quantumdetectors-mib/rosettasciio/Merlin_Single_Quad"
    (picture,) = read_mib(folder / "Quad_1_Frame_CounterDepth_1_Rows_256RAW.mib")

    assert picture.shape == (512, 512)
    stored = np.fromfile(folder / "Quad_1_Frame_CounterDepth_1_Rows_256RAW.mib", "u1", offset=768)
    assert int(picture.compute().sum()) == int(np.unpackbits(stored).sum())


def test_the_text_beside_makes_a_scan(tmp_path):
    (dataset,) = read_mib(write_mib(tmp_path / "a.mib", line=2))

    np.testing.assert_array_equal(dataset.compute(), MOVIE.reshape(2, 2, 5, 6))


def test_a_scan_may_be_named(tmp_path):
    (dataset,) = read_mib(write_mib(tmp_path / "a.mib"), scan_shape=(1, 4))

    assert dataset.shape == (1, 4, 5, 6)


def test_four_gigabytes_of_frames_open_without_reading_one(tmp_path):
    path = write_mib(tmp_path / "a.mib", np.zeros((1, 256, 256), "u2"))
    stride = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(stride * (4 * 2**30 // stride))

    (dataset,) = read_mib(path)

    assert dataset.nbytes > 3.9 * 2**30
    assert int(dataset[-1, 0, 0].compute()) == 0


def test_a_scan_of_an_empad(tmp_path):
    scan = np.arange(6 * 128 * 128, dtype="f4").reshape(6, 128, 128)
    path = write_empad(tmp_path / "a.xml", scan, shape=(3, 2))

    (dataset,) = read_empad(path)

    np.testing.assert_array_equal(dataset.compute(), scan.reshape(3, 2, 128, 128))
    assert dataset.metadata["experiment"]["field_of_view"] == {"x": 2e-7, "y": 1e-7}
    assert dataset.y.units == "generic"
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 3e5


def test_a_series_of_an_empad_has_frames(tmp_path):
    (dataset,) = read_empad(write_empad(tmp_path / "a.xml", np.ones((3, 128, 128))))

    assert dataset.shape == (3, 128, 128)
    assert not np.isnan(dataset.compute()).any()


def test_foreign_and_damaged_files_are_named(tmp_path):
    text = tmp_path / "text"
    text.write_bytes(b"<root>words</root>" * 40)
    xml = tmp_path / "a.xml"
    xml.write_text("<root><raw_file filename='../../etc/passwd'/></root>")
    cut = write_mib(tmp_path / "cut.mib")
    cut.write_bytes(cut.read_bytes()[:400])
    quad = write_mib(tmp_path / "quad.mib", MOVIE[:, :4], kind="R64")
    quad.write_bytes(quad.read_bytes().replace(b"00384,01", b"00384,04"))

    odd = write_mib(tmp_path / "odd.mib", MOVIE[:, :4, :4], kind="R64")
    odd.write_bytes(odd.read_bytes().replace(b",0004,0004,", b",0003,0003,"))

    for read in (read_blo, read_tvips, read_mib):
        with pytest.raises(UnrecognisedFile):
            read(text)
    with pytest.raises(CorruptFile, match="should be in passwd beside it"):
        read_empad(xml)
    with pytest.raises(CorruptFile, match="cut short"):
        read_mib(cut)
    with pytest.raises(UnsupportedFile, match="4 chips"):
        read_mib(quad)
    with pytest.raises(CorruptFile, match="words of 8 bytes"):
        read_mib(odd)
