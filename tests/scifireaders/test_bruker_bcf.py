"""Hypermaps of Bruker: every way of packing, chunks and blocks, sums that come out."""

from __future__ import annotations

import numpy as np
import pytest
from made.bruker_bcf import COUNTS, WIDE, container, header, stream, write_bcf

import sidpy
from SciFiReaders.readers.electron import bruker_pixels
from SciFiReaders.readers.electron.bruker_bcf import read_bcf
from sidpy.errors import CorruptFile, UnrecognisedFile


def _map(path):
    return next(found for found in read_bcf(path) if found.ndim == 3)


@pytest.mark.parametrize("kinds", [(0,), (1,), (2,), (3,), (3, 1, 0, 2)], ids=str)
@pytest.mark.parametrize("zipped", [False, True])
def test_pixels_of_every_kind(tmp_path, kinds, zipped):
    found = _map(write_bcf(tmp_path / "a.bcf", kinds=kinds, zipped=zipped))

    np.testing.assert_array_equal(found.compute(), COUNTS)


def test_counts_of_every_width(tmp_path):
    found = _map(write_bcf(tmp_path / "a.bcf", WIDE, kinds=(2,)))

    np.testing.assert_array_equal(found.compute(), WIDE)


def test_images_map_and_sum_with_their_scales(tmp_path):
    image, cube, total = sidpy.read(write_bcf(tmp_path / "a.bcf")).values()

    assert (image.shape, cube.shape, total.shape) == ((5, 7), (5, 7, 40), (40,))
    np.testing.assert_allclose(image.y.values, np.arange(5) * 0.25)
    np.testing.assert_allclose(cube.x.values, np.arange(7) * 0.5)
    np.testing.assert_allclose(cube.energy_scale.values, -950 + 10.0 * np.arange(40))
    assert cube.x.units == "um"
    assert image.metadata["experiment"]["acceleration_voltage"] == 20_000
    np.testing.assert_array_equal(cube.sum(axis=(0, 1)).compute(), total.compute())


@pytest.mark.parametrize("part", [np.s_[1:3], np.s_[4, 2], np.s_[::2, 3:5, 7:], np.s_[2:2]])
def test_a_part_is_that_part(tmp_path, part):
    found = _map(write_bcf(tmp_path / "a.bcf", zipped=True))

    np.testing.assert_array_equal(np.asarray(found[part]), COUNTS[part])


def test_pieces_do_not_cut_pixels(tmp_path, monkeypatch):
    monkeypatch.setattr(bruker_pixels, "_PIECE", 64)
    monkeypatch.setattr(bruker_pixels, "_PORTION", 50)
    found = _map(write_bcf(tmp_path / "a.bcf", kinds=(1, 2, 3)))

    np.testing.assert_array_equal(found.compute(), COUNTS)


def test_a_map_that_ends_early_says_so(tmp_path):
    files = {"HeaderData": header(COUNTS), "SpectrumData0": stream(COUNTS)[:-30]}
    path = tmp_path / "short.bcf"
    path.write_bytes(container(files))

    with pytest.raises(CorruptFile, match="cut short"):
        _map(path).compute()


def test_channels_beyond_the_last_are_damage(tmp_path):
    path = write_bcf(tmp_path / "a.bcf", total=COUNTS.sum((0, 1))[:20])

    with pytest.raises(CorruptFile, match="of 20"):
        _map(path).compute()


def test_foreign_and_truncated_files_are_named(tmp_path):
    whole = write_bcf(tmp_path / "a.bcf").read_bytes()
    (tmp_path / "short.bcf").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.bcf").write_bytes(container({"Other": b"words"}))

    with pytest.raises(CorruptFile, match=r"short\.bcf"):
        read_bcf(tmp_path / "short.bcf")
    with pytest.raises(UnrecognisedFile, match="no HeaderData"):
        read_bcf(tmp_path / "empty.bcf")


@pytest.mark.vendor
@pytest.mark.parametrize(("name", "missing"), [("test_TEM", 0), ("over16bit", 4)])
def test_the_sum_is_the_one_that_the_program_kept(vendor_data, name, missing):
    found = read_bcf(vendor_data / f"bruker-bcf/rosettasciio/{name}.bcf")
    cube, total = found[-2].compute(), found[-1].compute()

    assert total.sum() - cube.sum() == missing
    assert np.abs(cube.sum((0, 1), dtype="i8") - total).max() <= (missing > 0)
