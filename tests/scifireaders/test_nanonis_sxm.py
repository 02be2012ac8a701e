"""Nanonis scans: any shape, direction and state of completion, upright and in metres."""

import numpy as np
import pytest

from SciFiReaders import NanonisSXMReader
from SciFiReaders.readers.probe.nanonis_sxm import parse_sxm, read_sxm
from SciFiReaders.simulate.sxm import write_sxm
from sidpy import DataType, DimensionType
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile


@pytest.fixture
def lines():
    """Six passes of 3 lines of 5 pixels, as they were scanned."""
    return [np.arange(15.0).reshape(3, 5) + 100 * k for k in range(6)]


def test_each_channel_and_direction_is_one_image_of_its_own_units(tmp_path, lines):
    channels = [("Z", "m", "both"), ("LI_Demod_1_X", "A", "forward"), ("Phase", "deg", "backward")]
    path = write_sxm(tmp_path / "a.sxm", lines[:4], channels=channels)

    images = read_sxm(path)

    assert [(image.title, image.quantity, image.units) for image in images] == [
        ("Z (Forward)", "Z", "m"),
        ("Z (Backward)", "Z", "m"),
        ("LI_Demod_1_X (Forward)", "LI_Demod_1_X", "A"),
        ("Phase (Backward)", "Phase", "deg"),
    ]
    assert all(image.data_type is DataType.IMAGE for image in images)
    assert [image.metadata["scan"]["direction"] for image in images] == [
        "forward", "backward", "forward", "backward",
    ]  # fmt: skip


@pytest.mark.parametrize("direction", ["down", "up"])
def test_row_0_is_the_top_and_x_runs_to_the_right(tmp_path, lines, direction):
    path = write_sxm(tmp_path / "a.sxm", lines[:2], SCAN_DIR=direction)

    forward, backward = read_sxm(path)

    step = 1 if direction == "down" else -1
    np.testing.assert_array_equal(forward.compute(), lines[0][::step])
    np.testing.assert_array_equal(backward.compute(), lines[1][::step, ::-1])
    assert forward.dtype == np.dtype("f4")
    assert forward.dtype.isnative


def test_pixels_are_range_over_number_about_the_centre_of_the_scan(tmp_path, lines):
    path = write_sxm(
        tmp_path / "a.sxm",
        lines[:2],
        SCAN_RANGE="10E-9  3E-9",
        SCAN_OFFSET="1E-6  -2E-6",
        SCAN_ANGLE="1.351E+2",
    )

    image = read_sxm(path)[0]

    y, x = image._axes[0], image._axes[1]
    np.testing.assert_allclose(x.values, 1e-6 + 2e-9 * np.arange(-2, 3), rtol=1e-12)
    np.testing.assert_allclose(y.values, -2e-6 + 1e-9 * np.array([1, 0, -1]), rtol=1e-12)
    assert (x.name, x.units, x.dimension_type) == ("x", "m", DimensionType.SPATIAL)
    assert (y.name, y.units) == ("y", "m")
    assert image.metadata["scan"]["angle"] == 135.1


def test_lines_not_scanned_stay_nan(tmp_path, lines):
    lines[0][2:] = np.nan
    path = write_sxm(tmp_path / "a.sxm", lines[:2])

    image = read_sxm(path)[0].compute()

    assert np.isnan(image[2:]).all()
    assert np.isfinite(image[:2]).all()


def test_the_header_becomes_typed_values_and_normal_metadata(tmp_path, lines):
    path = write_sxm(
        tmp_path / "a.sxm",
        lines[:2],
        **{
            "BIAS": "            -5.000E-2",
            "REC_TEMP": "      4.5",
            "Z-CONTROLLER": "\tName\ton\tSetpoint\n\tlog Current\t0\t2.500E-11 A",
            "COMMENT": "4.4 K\n\nsecond: line",
            "Lock-in>Lock-in status": "TRUE",
            "Scan>series name": "20230419_1",
        },
    )

    image = read_sxm(path)[1]

    header = image.original_metadata
    assert header["scan_pixels"] == [5, 3]
    assert header["lock-in>lock-in status"] is True
    assert header["scan>series name"] == "20230419_1"
    assert header["comment"] == "4.4 K\n\nsecond: line"
    assert (header["Name"], header["Direction"], header["Calibration"]) == ("Z", "backward", 1.0)
    assert header["z-controller"] == {
        "Name": ["log Current"], "on": [0], "Setpoint": ["2.500E-11 A"],
    }  # fmt: skip
    experiment = image.metadata["experiment"]
    assert (experiment["bias"], experiment["temperature"]) == (-0.05, 4.5)
    assert (experiment["setpoint"], experiment["setpoint_units"]) == (2.5e-11, "A")
    assert experiment["start_date_time"] == "2026-02-01T03:04:05"


def test_numbers_may_be_little_endian(tmp_path, lines):
    path = write_sxm(tmp_path / "a.sxm", lines[:2], dtype="<f4", SCANIT_TYPE="FLOAT LSBFIRST")

    np.testing.assert_array_equal(read_sxm(path)[0].compute(), lines[0])


@pytest.mark.parametrize("extent", [None, "0  0", "nan  1E-9", "wide"])
def test_a_scan_that_does_not_say_its_size_has_pixels_and_no_length(tmp_path, lines, extent):
    path = write_sxm(tmp_path / "a.sxm", lines[:2], SCAN_RANGE=extent)

    axis = read_sxm(path)[0]._axes[1]

    assert axis.units == "px"
    np.testing.assert_array_equal(axis.values, np.arange(5))


def test_the_class_returns_a_list_with_the_released_names_of_the_axes(tmp_path, lines):
    path = write_sxm(tmp_path / "a.sxm", lines[:2])

    images = NanonisSXMReader(str(path)).read()

    assert isinstance(images, list)
    assert [axis.name for axis in images[0]._axes.values()] == ["Y", "X"]
    assert images[0]._axes[1].quantity == "Length"


@pytest.mark.parametrize(
    ("header", "error", "words"),
    [
        ({"SCAN_PIXELS": None}, CorruptFile, "SCAN_PIXELS"),
        ({"SCAN_PIXELS": "5"}, CorruptFile, "SCAN_PIXELS"),
        ({"SCAN_PIXELS": "-5  3"}, CorruptFile, "SCAN_PIXELS"),
        ({"SCAN_PIXELS": "5  4"}, CorruptFile, "5 x 4 pixels"),
        ({"SCAN_PIXELS": "999999999  999999999"}, CorruptFile, "cut short"),
        ({"SCANIT_TYPE": "DOUBLE MSBFIRST"}, UnsupportedFile, "DOUBLE"),
    ],
)
def test_a_header_that_cannot_be_true_is_refused(tmp_path, lines, header, error, words):
    path = write_sxm(tmp_path / "a.sxm", lines[:2], **header)

    with pytest.raises(error, match=words):
        read_sxm(path)


def test_a_direction_nobody_knows_is_refused(tmp_path, lines):
    path = write_sxm(tmp_path / "a.sxm", lines[:2])
    path.write_bytes(path.read_bytes().replace(b"\tboth\t", b"\toval\t"))

    with pytest.raises(CorruptFile, match="'oval'"):
        read_sxm(path)


def test_a_header_without_a_channel_table_is_refused(tmp_path, lines):
    path = write_sxm(tmp_path / "a.sxm", lines[:2])
    path.write_bytes(path.read_bytes().replace(b":DATA_INFO:", b":DATA-INFO:"))

    with pytest.raises(CorruptFile, match="DATA_INFO"):
        read_sxm(path)


def test_a_header_without_an_end_is_refused(tmp_path, lines):
    path = write_sxm(tmp_path / "a.sxm", lines[:2])
    path.write_bytes(path.read_bytes().partition(b":SCANIT_END:")[0])

    with pytest.raises(CorruptFile, match="no end"):
        read_sxm(path)


def test_numbers_that_look_like_the_mark_are_not_taken_for_it(tmp_path, lines):
    path = write_sxm(tmp_path / "a.sxm", lines[:2])
    path.write_bytes(path.read_bytes().replace(b"\n\n\n\x1a\x04", b"\n\nrubbish\x1a\x04"))

    with pytest.raises(CorruptFile, match="no end"):
        read_sxm(path)


@pytest.mark.parametrize("length", range(64_900, 65_150, 10))
def test_the_end_of_a_header_is_found_across_blocks(tmp_path, lines, length):
    path = write_sxm(tmp_path / "a.sxm", lines[:2], COMMENT="x" * length)

    assert parse_sxm(path).passes[0].offset == path.stat().st_size - 2 * lines[0].size * 4


def test_a_header_longer_than_one_block_is_found(tmp_path, lines):
    path = write_sxm(tmp_path / "a.sxm", lines[:2], COMMENT="long " * 40_000)

    np.testing.assert_array_equal(read_sxm(path)[0].compute(), lines[0])


def test_a_file_of_another_kind_is_a_type_error(tmp_path):
    path = tmp_path / "a.sxm"
    path.write_text("IMAGE FILE")

    with pytest.raises(UnrecognisedFile, match="NANONIS_VERSION"):
        NanonisSXMReader(path).read()


def test_four_gigabytes_open_without_reading_a_pixel(tmp_path):
    path = write_sxm(tmp_path / "large.sxm", shape=(16384, 32768))

    images = read_sxm(path)

    assert path.stat().st_size > 4e9
    assert [image.shape for image in images] == [(16384, 32768)] * 2
    assert float(images[1][-1, :4].compute().sum()) == 0


# --- real files -----------------------------------------------------------------------


@pytest.mark.vendor
def test_a_real_scan_gives_four_images_in_metres(vendor_data):
    path = next((vendor_data / "nanonis-sxm").rglob("*.sxm"))

    images = NanonisSXMReader(str(path)).read()

    assert [image.title for image in images] == [
        "Z (Forward)", "Z (Backward)", "Current (Forward)", "Current (Backward)",
    ]  # fmt: skip
    assert images[0]._axes[1].slope == pytest.approx(4e-9 / 256)
    assert parse_sxm(path).header["scan_angle"] == 135.1
