"""MRC files: every mode and byte order, movies that are scans, cells that are placeholders."""

from __future__ import annotations

import numpy as np
import pytest

import SciFiReaders
import sidpy
from SciFiReaders.readers.electron.mrc import read_mrc
from SciFiReaders.simulate.mrc import write_mrc
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile

SCAN = {
    "HT": 3e5,
    "Convergence angle": 0.002,
    "Pixel size X": 2e7,
    "Pixel size Y": 4e7,
    "STEM Detector name": "BM-Ceta",
    "Scan size bottom": 3,
    "Scan size right": 4,
    "Full scan FOV X": 8e-9,
    "Full scan FOV Y": 3e-9,
}
FRAMES = np.arange(12 * 5 * 6, dtype="u2").reshape(12, 5, 6)


def only(path, **options):
    (dataset,) = read_mrc(path, **options)
    return dataset


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["i1", "i2", "f4", "c8", "u2", "i4", "f2"])
def test_pixels_of_every_mode(tmp_path, kind, order):
    data = np.arange(30).reshape(2, 3, 5).astype(kind)

    found = only(write_mrc(tmp_path / "a.mrc", data, order=order)).compute()

    assert found.dtype == np.dtype(kind)
    np.testing.assert_array_equal(found, data)


def test_complex_integers(tmp_path):
    data = np.zeros((2, 3), "i2,i2")
    data["f0"], data["f1"] = np.arange(6).reshape(2, 3), -1

    found = only(write_mrc(tmp_path / "a.mrc", data, mode=3)).compute()

    np.testing.assert_array_equal(found, data["f0"] - 1j)


@pytest.mark.parametrize("columns", [6, 7])
def test_two_pixels_to_a_byte(tmp_path, columns):
    data = (np.arange(2 * 3 * columns) % 16).astype("u1").reshape(2, 3, columns)

    dataset = only(write_mrc(tmp_path / "a.mrc", data, mode=101))

    np.testing.assert_array_equal(dataset.compute(), data)
    np.testing.assert_array_equal(dataset[1, 1:, 2:5].compute(), data[1, 1:, 2:5])


def test_colours(tmp_path):
    data = np.arange(36, dtype="u1").reshape(3, 4, 3)

    dataset = only(write_mrc(tmp_path / "a.mrc", data, mode=16, cell=(40, 60, 0)))

    np.testing.assert_array_equal(dataset.compute(), data)
    np.testing.assert_allclose(dataset.y.values, [0, 2, 4])


@pytest.mark.parametrize(("flags", "least"), [(0, 250), (1, -6), (None, -6)])
def test_bytes_are_unsigned_where_imod_says_so(tmp_path, flags, least):
    data = np.full((2, 2), 250, "u1")
    path = write_mrc(tmp_path / "a.mrc", data, mode=0, imod_flags=flags)

    assert int(only(path).compute().min()) == least


def test_a_pixel_is_cell_by_sampling_and_rows_are_y(tmp_path):
    data = np.zeros((4, 3, 5), "f4")
    dataset = only(write_mrc(tmp_path / "a.mrc", data, cell=(50, 60, 80), group=1))

    np.testing.assert_allclose(dataset.x.values, np.arange(5))
    np.testing.assert_allclose(dataset.y.values, 2.0 * np.arange(3))
    np.testing.assert_allclose(dataset.z.values, 2.0 * np.arange(4))
    assert dataset.x.units == "nm"
    assert dataset.data_type == sidpy.DataType.IMAGE_STACK


def test_a_negative_cell_is_no_calibration(tmp_path):
    dataset = only(write_mrc(tmp_path / "a.mrc", np.zeros((3, 4), "f4"), cell=(-40, -30, 0)))

    assert dataset.x.units == "generic"
    assert dataset.x.values.tolist() == [0, 1, 2, 3]


def test_a_scan_of_velox_is_four_dimensional(tmp_path):
    dataset = only(write_mrc(tmp_path / "scan.mrc", FRAMES, fei=SCAN))

    np.testing.assert_array_equal(dataset.compute(), FRAMES.reshape(3, 4, 5, 6))
    assert dataset.data_type == sidpy.DataType.IMAGE_4D
    np.testing.assert_allclose(dataset.y.values, [0, 1, 2])
    np.testing.assert_allclose(dataset.x.values, [0, 2, 4, 6])
    np.testing.assert_allclose(dataset.v.values[1], 0.04)
    assert dataset.u.units == "1/nm"
    assert dataset.title == "BM-Ceta"
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 3e5
    assert dataset.metadata["experiment"]["convergence_angle"] == 2.0


def test_a_scan_that_stopped_early_keeps_its_complete_lines(tmp_path):
    path = write_mrc(tmp_path / "scan.mrc", FRAMES[:10], fei=SCAN)

    with pytest.warns(SidpyWarning, match="stopped after 10 of 12 frames"):
        dataset = only(path)

    np.testing.assert_array_equal(dataset.compute(), FRAMES[:8].reshape(2, 4, 5, 6))


def test_a_scan_that_stopped_within_its_first_line_is_a_stack_of_its_frames(tmp_path):
    path = write_mrc(tmp_path / "scan.mrc", FRAMES[:3], fei=SCAN)

    with pytest.warns(SidpyWarning, match="within its first line"):
        dataset = only(path)

    np.testing.assert_array_equal(dataset.compute(), FRAMES[:3])


def test_notes_beside_a_movie_tell_its_scan(tmp_path):
    notes = [
        "Scan - Enable      = Enable",
        "Scan - Size X      = 4",
        "Scan - Size Y      = 3",
        "Scan - Points      = 12",
        "Specimen Pixel Size X (nanometers) = 0.5",
        "Instrument Accelerating Voltage (V) = 200000",
    ]
    (tmp_path / "run_1_info.txt").write_text("\n".join(notes))
    movie = only(write_mrc(tmp_path / "run_1_movie.mrc", FRAMES))
    virtual = only(write_mrc(tmp_path / "run_1_0_Virt 0.mrc", np.zeros((3, 4), "f4")))

    assert movie.shape == (3, 4, 5, 6)
    np.testing.assert_allclose(movie.x.values, [0, 0.5, 1, 1.5])
    np.testing.assert_allclose(virtual.x.values, [0, 0.5, 1, 1.5])
    assert movie.y.units == "generic"
    assert movie.metadata["experiment"]["acceleration_voltage"] == 200000


def test_the_class_has_the_options_of_the_released_package(tmp_path):
    reader = SciFiReaders.MRCReader(write_mrc(tmp_path / "scan.mrc", FRAMES, fei=SCAN))

    (dataset,) = reader.read(handedness="left", scan_pixel_size=0.25).values()

    assert reader.data.ndim == 4
    assert reader.metadata["header"]["nx"] == 6
    np.testing.assert_array_equal(dataset.compute(), FRAMES.reshape(3, 4, 5, 6)[:, :, ::-1])
    np.testing.assert_allclose(dataset.y.values, [0, 0.25, 0.5])
    with pytest.raises(ValueError, match="'up'"):
        reader.read(handedness="up")


def test_foreign_and_damaged_files(tmp_path):
    (tmp_path / "text.mrc").write_bytes(b"words" * 400)
    data = np.zeros((3, 4), "f4")
    write_mrc(tmp_path / "cut.mrc", data)
    with (tmp_path / "cut.mrc").open("r+b") as file:
        file.truncate(1024 + 40)

    with pytest.raises(TypeError, match="MAP is missing"):
        SciFiReaders.MRCReader(tmp_path / "text.mrc").read()
    with pytest.raises(CorruptFile, match="cut short"):
        read_mrc(tmp_path / "cut.mrc")
    path = write_mrc(tmp_path / "odd.mrc", data)
    raw = bytearray(path.read_bytes())
    raw[12] = 77
    path.write_bytes(raw)
    with pytest.raises(UnsupportedFile, match="mode 77"):
        read_mrc(path)


def test_four_gigabytes_open_without_reading_a_pixel(tmp_path):
    path = write_mrc(tmp_path / "large.mrc", shape=(1024, 1024, 1024))

    dataset = only(path)

    assert dataset.nbytes == 4 << 30
    assert dataset[1023, -1, -2:].compute().tolist() == [0, 0]


@pytest.mark.vendor
def test_the_steps_of_a_scan_are_those_of_the_notes(vendor_data):
    """The only reference has 1 nm and 1/nm, which stand nowhere in the files."""
    folder = vendor_data / "mrc" / "rosettasciio"
    notes = (folder / "20241021_00405_info.txt").read_text()
    dataset = only(folder / "20241021_00405_movie.mrc")
    flat = np.fromfile(folder / "20241021_00405_movie.mrc", "<u2", offset=1024)

    assert "Specimen Pixel Size X (nanometers)                              = 0.1\n" in notes
    assert "Specimen Pixel Size Y (nanometers)                              = 0.2\n" in notes
    np.testing.assert_allclose(dataset.x.values[:2], [0, 0.1])
    np.testing.assert_allclose(dataset.y.values[:2], [0, 0.2])
    np.testing.assert_array_equal(dataset.compute().ravel(), flat)


@pytest.mark.parametrize("order", "<>")
def test_an_old_file_without_map_is_known_by_its_sizes(tmp_path, order):
    data = np.arange(36).reshape(2, 3, 6).astype("i2")
    path = write_mrc(tmp_path / "old.mrc", data, order=order)
    raw = bytearray(path.read_bytes())
    raw[208:216] = bytes(8)
    path.write_bytes(raw)

    (found,) = sidpy.read(path).values()

    np.testing.assert_array_equal(found.compute(), data)
    path.write_bytes(raw[:-1])
    with pytest.raises(UnrecognisedFile, match="sizes"):
        read_mrc(path)
