"""Zeiss CZI: tiles where they were taken, channels and scenes apart, sizes from the XML."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from made.czi import cube, tile, write_czi

import SciFiReaders
import sidpy
from sidpy.errors import CorruptFile, ReaderError, SidpyWarning, UnsupportedFile

RAMP = np.arange(5 * 7, dtype="u2").reshape(5, 7) * 300
COLORS = (np.arange(5 * 7 * 3) * 3 % 256).astype("u1").reshape(5, 7, 3)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cells.czi"


def read(path):
    return list(sidpy.read(path).values())


def test_channels_are_datasets_of_times_and_heights(path):
    data, tiles = cube()
    # the order in the file means nothing
    write_czi(path, tiles[::-1])

    dapi, gfp = read(path)

    np.testing.assert_array_equal(dapi.compute(), data[:, :, 0])
    np.testing.assert_array_equal(gfp[1, 2, 3:, ::2].compute(), data[1, 2, 1, 3:, ::2])
    assert (dapi.title, gfp.title) == ("DAPI", "GFP")
    axes = [(a.name, a.units, a.values[1]) for a in dapi._axes.values()]
    assert axes == [("time", "s", 0.5), ("z", "m", 1e-6), ("y", "m", 4e-7), ("x", "m", 2e-7)]
    assert dapi.metadata["experiment"] == {
        "start_date_time": "2020-02-03T04:05:06Z", "magnification": 20.0, "microscope": "Axio",
        "exposure_time": pytest.approx(5e-3), "excitation_wavelength": pytest.approx(353e-9),
    }  # fmt: skip


@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f4", "f8", "c8"])
def test_every_pixel_type_is_read(path, dtype):
    write_czi(path, [tile(RAMP.astype(dtype))])

    (dataset,) = read(path)

    assert dataset.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(dataset.compute(), RAMP.astype(dtype))


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_colors_are_stored_blue_first(path, dtype):
    write_czi(path, [tile(COLORS.astype(dtype))])

    (dataset,) = read(path)

    np.testing.assert_array_equal(dataset.compute(), COLORS)
    assert dataset._axes[2].quantity == "red, green, blue"


def test_tiles_of_a_mosaic_lie_where_they_were_taken(path):
    tiles = [tile(RAMP + 1, at=(-2, 10), M=0), tile(RAMP + 2, at=(1, 14), M=1)]
    copy = tile(RAMP[:2, :3], at=(-2, 10), size=(8, 11))
    write_czi(path, [tiles[1], copy, tiles[0]])

    (dataset,) = read(path)

    wanted = np.zeros((8, 11))
    wanted[:5, :7], wanted[3:, 4:] = RAMP + 1, RAMP + 2
    np.testing.assert_array_equal(dataset.compute(), wanted)
    np.testing.assert_array_equal(dataset[2:7:2, 3:9].compute(), wanted[2:7:2, 3:9])
    assert dataset._axes[0].values[0] == pytest.approx(-2 * 4e-7)
    assert dataset._axes[1].values[0] == pytest.approx(10 * 2e-7)


def test_scenes_are_datasets_of_their_own(path):
    write_czi(path, [tile(RAMP, S=0), tile(RAMP[:3] + 1, at=(100, 50), S=1)])

    first, second = read(path)

    assert (first.title, second.title) == ("DAPI scene 0", "DAPI scene 1")
    np.testing.assert_array_equal(second.compute(), RAMP[:3] + 1)


@pytest.mark.parametrize("number", [1, 2, 4, 5, 6])
@pytest.mark.parametrize("data", [RAMP.astype("u1"), COLORS], ids=["gray", "colors"])
def test_compressed_tiles_are_unpacked(path, number, data):
    imagecodecs = pytest.importorskip("imagecodecs")
    stored = np.ascontiguousarray(data[..., ::-1]) if data.ndim == 3 else data
    raw = {
        1: lambda: imagecodecs.jpeg_encode(stored, level=100, subsampling="444"),
        2: lambda: imagecodecs.lzw_encode(stored),
        4: lambda: imagecodecs.jpegxr_encode(data, level=1.0),
        5: lambda: imagecodecs.zstd_encode(stored),
        6: lambda: b"\x01" + imagecodecs.zstd_encode(stored),
    }[number]()
    write_czi(path, [tile(data, packed=(number, bytes(raw)))])

    (dataset,) = read(path)

    np.testing.assert_allclose(dataset.compute().astype(int), data, atol=12 if number == 1 else 0)


def test_zstd_may_have_low_bytes_before_high_ones(path):
    imagecodecs = pytest.importorskip("imagecodecs")
    apart = RAMP.astype("<u2").view("u1").reshape(-1, 2).T.tobytes()
    raw = b"\x03\x01\x01" + imagecodecs.zstd_encode(apart)
    write_czi(path, [tile(RAMP, packed=(6, raw))])

    np.testing.assert_array_equal(read(path)[0].compute(), RAMP)


def test_a_compression_of_a_camera_is_refused_by_number(path):
    write_czi(path, [tile(RAMP, packed=(1000, b"raw"))])

    with pytest.raises(UnsupportedFile, match="compression 1000"):
        read(path)[0].compute()


def test_a_file_without_directory_gives_its_sub_blocks(path):
    data, tiles = cube(channels=1)
    write_czi(path, tiles, directory=False)

    with pytest.warns(SidpyWarning, match="directory is damaged"):
        (dataset,) = read(path)

    np.testing.assert_array_equal(dataset.compute(), data[:, :, 0])


def test_planes_that_are_not_there_are_said(path):
    data, tiles = cube(channels=1)
    write_czi(path, tiles[:-1])

    with pytest.warns(SidpyWarning, match="5 of 6 planes"):
        (dataset,) = read(path)

    assert not dataset[1, 2].compute().any()
    np.testing.assert_array_equal(dataset[1, 1].compute(), data[1, 1, 0])


def test_metadata_that_cannot_be_read_leave_pixels(path):
    write_czi(path, [tile(RAMP)], xml="<ImageDocument>")

    with pytest.warns(SidpyWarning, match="metadata cannot be read"):
        (dataset,) = read(path)

    assert dataset._axes[0].units == "generic"
    np.testing.assert_array_equal(dataset.compute(), RAMP)


@pytest.mark.parametrize("size", [2**31 - 1, 10**6, -3, 0])
def test_tiles_larger_than_the_file_are_refused(path, size):
    write_czi(path, [tile(RAMP)])
    raw = path.read_bytes()
    for place in (raw.find(b"X\0\0\0"), raw.rfind(b"X\0\0\0")):
        raw = raw[: place + 8] + struct.pack("<i", size) + raw[place + 12 :]
    path.write_bytes(raw)

    with pytest.raises(ReaderError, match=r"cells\.czi"):
        read(path)


def test_tiles_that_are_spread_too_far_are_refused(path):
    write_czi(path, [tile(RAMP, M=0), tile(RAMP, at=(0, 2**31 - 100), M=1)])

    with pytest.raises(CorruptFile, match="spread over"):
        read(path)


def test_the_class_returns_a_list(path):
    _, tiles = cube()
    write_czi(path, tiles)

    reader = SciFiReaders.CZIReader(str(path))
    found = reader.read()

    assert isinstance(found, list)
    assert reader.can_read()
    assert [dataset.title for dataset in found] == ["DAPI", "GFP"]
