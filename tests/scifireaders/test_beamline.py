"""Images of beamlines and netCDF: every type, byte order and version, packed and cut short."""

from __future__ import annotations

import numpy as np
import pytest
from made.beamline import IMAGE, STEPS, cbf, edf, netcdf4, packed, weather

import sidpy
from SciFiReaders.readers.xray.cbf import byte_offsets, read_cbf
from sidpy.errors import CorruptFile, SidpyWarning, UnsupportedFile


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return list(sidpy.read(path).values())


def axes(dataset):
    return [(axis.name, axis.units) for axis in dataset._axes.values()]


# --- ESRF -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("order", "<>")
def test_frames_of_every_type_and_order(tmp_path, dtype, order):
    (found,) = read(tmp_path, "a.edf", edf([IMAGE + 5], dtype=order + dtype))

    np.testing.assert_array_equal(found.compute(), IMAGE + 5)
    assert found.dtype == np.dtype(dtype)
    assert axes(found) == [("y", "m"), ("x", "m")]
    np.testing.assert_allclose(found.y.values, 8.6e-5 * np.array([0.5, 1.5, 2.5]))
    assert found.metadata["experiment"]["exposure_time"] == 0.5


def test_frames_of_one_kind_are_one_series(tmp_path):
    (found,) = read(tmp_path, "a.edf", edf([IMAGE, IMAGE + 1, IMAGE + 2], dtype=">i4"))

    np.testing.assert_array_equal(found.compute(), [IMAGE, IMAGE + 1, IMAGE + 2])
    assert [name for name, _ in axes(found)] == ["frame", "y", "x"]


def test_frames_of_other_kinds_stay_apart(tmp_path):
    found = read(tmp_path, "a.edf", edf([IMAGE, IMAGE[:2]], dtype="<f4"))

    assert [part.shape for part in found] == [(3, 4), (2, 4)]


def test_a_series_that_was_stopped_gives_its_complete_frames(tmp_path):
    content = edf([IMAGE, IMAGE + 1], dtype="<i4")[:-4]

    with pytest.warns(SidpyWarning, match="1 frames are read"):
        (found,) = read(tmp_path, "a.edf", content)

    np.testing.assert_array_equal(found.compute(), IMAGE)


def test_compressed_frames_are_refused(tmp_path):
    from SciFiReaders.readers.xray.esrf_edf import read_edf

    path = tmp_path / "a.edf"
    path.write_bytes(edf([IMAGE], dtype="<i4", extra="Compression = GzipCompression ;\n"))

    with pytest.raises(UnsupportedFile, match="frames compressed by 'gzipcompression'"):
        read_edf(path)


# --- CBF --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_byte_offsets_of_any_numbers(seed):
    """Many steps end in bytes -128, which must not be taken for what they announce."""
    chance = np.random.default_rng(seed)
    scale = 2.0 ** chance.integers(1, 40, 400)
    values = (chance.normal(size=400) * scale).astype("i8")
    values[::7] = values[::7] // 128 * 128 + 128

    found = byte_offsets(packed(values), len(values))

    np.testing.assert_array_equal(found, values)


def test_byte_offsets_that_are_cut_are_refused():
    raw = packed(STEPS)

    with pytest.raises(ValueError, match="9 of 10 numbers are there"):
        byte_offsets(raw[:-1], 10)


def test_an_image_of_a_pixel_detector(tmp_path):
    (found,) = read(tmp_path, "a.cbf", cbf(STEPS))

    np.testing.assert_array_equal(found.compute(), STEPS)
    assert found.dtype == np.int32
    assert axes(found) == [("y", "m"), ("x", "m")]
    np.testing.assert_allclose(found.y.values, [43e-6, 129e-6])
    known = found.metadata["experiment"]
    assert known["wavelength"] == pytest.approx(1.0332e-10)
    assert (known["detector"], known["camera_length"]) == ("PILATUS 300K", 0.25)


def test_other_compressions_and_impossible_sizes_are_refused(tmp_path):
    path = tmp_path / "a.cbf"
    path.write_bytes(cbf(STEPS, conversions="x-CBF_PACKED"))

    with pytest.raises(UnsupportedFile, match="known is x-CBF_BYTE_OFFSET"):
        read_cbf(path)
    path.write_bytes(cbf(np.broadcast_to(np.int32(0), (30000, 30000)), raw=b"\0\0"))
    with pytest.raises(CorruptFile, match=r"shape \(30000, 30000\) cannot be in 2 bytes"):
        read_cbf(path)


# --- netCDF -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2, 5])
def test_variables_of_every_classic_version(tmp_path, version):
    temperature, signal = read(tmp_path, "a.nc", weather(version))

    expected = np.array([[100.5, 101, np.nan], [102, 102.5, 103]])
    np.testing.assert_array_equal(temperature.compute(), expected)
    assert (temperature.title, temperature.units) == ("temperature", "K")
    assert axes(temperature) == [("y", "m"), ("x", "m")]
    np.testing.assert_allclose(temperature.x.values, [10, 11, 12])
    assert temperature.x.quantity == "across"
    np.testing.assert_array_equal(signal.compute(), np.arange(9).reshape(3, 3))
    assert axes(signal) == [("time", "s"), ("x", "m")]
    np.testing.assert_allclose(signal.time.values, [0, 0.25, 0.5])


@pytest.mark.parametrize("version", [1, 2])
def test_the_files_we_make_are_those_that_scipy_reads(tmp_path, version):
    scipy_io = pytest.importorskip("scipy.io")
    path = tmp_path / "a.nc"
    path.write_bytes(weather(version))

    with scipy_io.netcdf_file(path, mmap=False) as file:
        signal = np.array(file.variables["signal"][:])

    np.testing.assert_array_equal(signal, np.arange(9).reshape(3, 3))


def test_records_that_are_missing_are_told(tmp_path):
    with pytest.warns(SidpyWarning, match="2 of 3 records are there"):
        _, signal = read(tmp_path, "a.nc", weather(1)[:-8])

    assert signal.compute().tolist() == [[0, 1, 2], [3, 4, 5]]


def test_variables_of_version_four_and_their_scales(tmp_path):
    path = netcdf4(tmp_path / "a.nc")

    found = {dataset.title: dataset for dataset in sidpy.read(path).values()}

    assert sorted(found) == ["group/temperature", "series"]
    grid = found["group/temperature"]
    np.testing.assert_array_equal(grid.compute(), np.arange(6).reshape(2, 3) / 2)
    assert axes(grid) == [("y", "generic"), ("x", "m")]
    np.testing.assert_allclose(grid.x.values, [10, 11, 12])
