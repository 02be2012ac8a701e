"""Omicron MATRIX: every direction upright, curves and maps of curves, parameters as they held."""

import random

import numpy as np
import pytest
from made.matrix import IMAGE, MULTI, write_matrix

from SciFiReaders.readers.probe.omicron_matrix import read_matrix
from sidpy import DataType
from sidpy.errors import (
    CorruptFile,
    MissingFile,
    ReaderError,
    SidpyWarning,
    UnrecognisedFile,
    UnsupportedFile,
)


def _values(numbers):
    return (np.asarray(numbers, "f8") - 10) / 2


def test_every_direction_is_an_image_with_row_0_at_the_top(tmp_path):
    images = read_matrix(write_matrix(tmp_path, IMAGE))

    lines = _values(IMAGE.reshape(4, 3, 4)).reshape(12, 4)
    expected = [lines[0:6:2][::-1], lines[1:6:2][::-1, ::-1], lines[6::2], lines[7::2][:, ::-1]]
    assert [image.title for image in images] == [
        "Z (forward up)", "Z (backward up)", "Z (forward down)", "Z (backward down)",
    ]  # fmt: skip
    for image, wanted in zip(images, expected, strict=True):
        np.testing.assert_allclose(image.compute(), wanted)
    y, x = images[0]._axes[0], images[0]._axes[1]
    np.testing.assert_allclose(x.values, 1e-8 + 2e-9 * np.array([-1.5, -0.5, 0.5, 1.5]))
    np.testing.assert_allclose(y.values, 2e-8 + 2e-9 * np.array([1, 0, -1]))
    assert (images[0].units, x.units, images[0].data_type) == ("m", "m", DataType.IMAGE)


@pytest.mark.parametrize(
    ("retrace", "titles"),
    [
        ((False, False), ["Z (forward up)"]),
        ((True, False), ["Z (forward up)", "Z (backward up)"]),
        ((False, True), ["Z (forward up)", "Z (forward down)"]),
    ],
)
def test_directions_are_those_of_the_parameters(tmp_path, retrace, titles):
    scan = dict(zip(("X_Retrace", "Y_Retrace"), retrace, strict=True))
    numbers = range(12 * len(titles))

    images = read_matrix(write_matrix(tmp_path, numbers, scan=scan))

    assert [image.title for image in images] == titles
    np.testing.assert_allclose(images[0].compute()[-1], _values(range(4)))


def test_lines_that_were_not_scanned_are_nan(tmp_path):
    images = read_matrix(write_matrix(tmp_path, IMAGE[: 4 * 3 + 2]))

    forward, backward = (image.compute() for image in images)
    np.testing.assert_allclose(forward[1:], _values([[8, 9, 10, 11], [0, 1, 2, 3]]))
    np.testing.assert_allclose(backward[2], _values([7, 6, 5, 4]))
    assert np.isnan(forward[0]).all()
    assert np.isnan(backward[:2]).all()


def test_the_way_down_fills_from_the_top(tmp_path):
    images = read_matrix(write_matrix(tmp_path, IMAGE[: 4 * 8]))

    np.testing.assert_allclose(images[2].compute()[0], _values(range(24, 28)))
    assert np.isnan(images[2].compute()[1:]).all()


def test_the_other_transfer_is_applied(tmp_path):
    images = read_matrix(write_matrix(tmp_path, IMAGE, transfer=MULTI))

    np.testing.assert_allclose(images[0].compute()[-1], (6 - 2) * (np.arange(4) - 1) / 8)


def test_parameters_are_those_of_the_moment(tmp_path):
    path = write_matrix(
        tmp_path, IMAGE, changes=[("GapVoltageControl", "Voltage", (0.25, "Volt"))]
    )

    image = read_matrix(path)[0]

    assert image.metadata["experiment"] == {
        "instrument": "Omicron MATRIX", "sample": "Au(111)", "bias": 0.25, "setpoint": 1e-10,
        "setpoint_units": "A",
    }  # fmt: skip
    assert image.metadata["scan"]["angle"] == 30
    # changed after the file was written
    assert image.original_metadata["parameters"]["XYScanner.Points"] == 4


def test_a_curve_has_both_ways_along_one_axis(tmp_path):
    path = write_matrix(tmp_path, range(10), channel="I(V)", units="A")

    there, back = read_matrix(path)

    np.testing.assert_allclose(there.compute(), _values(range(5)))
    np.testing.assert_allclose(back.compute(), _values([9, 8, 7, 6, 5]))
    np.testing.assert_allclose(back._axes[0].values, [-1, -0.5, 0, 0.5, 1])
    assert (there._axes[0].units, there.units, there.title) == ("V", "A", "I(V) (trace)")


def test_a_curve_that_was_stopped_has_what_was_measured(tmp_path):
    there, back = read_matrix(write_matrix(tmp_path, range(7), channel="I(V)", units="A"))

    np.testing.assert_allclose(back.compute(), _values([6, 5]))
    np.testing.assert_allclose(back._axes[0].values, [0.5, 1])
    assert there.shape == (5,)


def test_the_second_device_is_taken_where_it_has_the_units(tmp_path):
    sweep = {
        "Device_2_Start": (0.0, "Meter"), "Device_2_End": (2e-9, "Meter"), "Device_2_Points": 3,
        "Enable_Device_2_Ramp_Reversal": False,
    }  # fmt: skip

    (curve,) = read_matrix(write_matrix(tmp_path, range(3), channel="I(Z)", sweep=sweep))

    assert curve._axes[0].values.tolist() == [0, 1e-9, 2e-9]
    assert curve._axes[0].units == "m"


def test_curves_on_a_grid_are_maps_of_every_direction(tmp_path):
    scan = {"Enable_Subgrid": True, "Y_Retrace": False}
    numbers = np.arange(2 * 2 * 2 * 2 * 5)  # lines, directions, columns, ways, points

    maps = read_matrix(write_matrix(tmp_path, numbers, channel="I(V)", scan=scan, units="A"))

    stored = _values(numbers).reshape(2, 2, 2, 2, 5)
    assert [one.title for one in maps] == [
        "I(V) (forward up, trace)", "I(V) (forward up, retrace)",
        "I(V) (backward up, trace)", "I(V) (backward up, retrace)",
    ]  # fmt: skip
    np.testing.assert_allclose(maps[0].compute(), stored[::-1, 0, :, 0])
    np.testing.assert_allclose(maps[1].compute(), stored[::-1, 0, :, 1, ::-1])
    np.testing.assert_allclose(maps[3].compute(), stored[::-1, 1, ::-1, 1, ::-1])
    assert maps[0].data_type is DataType.SPECTRAL_IMAGE


def test_without_its_parameters_the_message_names_them(tmp_path):
    path = write_matrix(tmp_path, IMAGE)
    (tmp_path / "default_0001.mtrx").unlink()

    with pytest.raises(MissingFile, match=r"default_0001\.mtrx"):
        read_matrix(path)


def test_the_file_of_the_parameters_says_what_to_read(tmp_path):
    write_matrix(tmp_path, IMAGE)

    with pytest.raises(UnsupportedFile, match="result files beside it"):
        read_matrix(tmp_path / "default_0001.mtrx")


def test_another_file_is_a_type_error(tmp_path):
    path = tmp_path / "a--1_1.Z_mtrx"
    path.write_bytes(b"ONTMATRX9999" * 4)

    with pytest.raises(UnrecognisedFile, match="ONTMATRX0101"):
        read_matrix(path)


@pytest.mark.parametrize("key", ["Points", "Lines"])
@pytest.mark.parametrize("number", [0, -3, "many"])
def test_sizes_that_cannot_be_are_refused(tmp_path, key, number):
    with pytest.raises(CorruptFile, match=f"XYScanner.{key}"):
        read_matrix(write_matrix(tmp_path, IMAGE, scan={key: number}))


def test_neither_file_is_changed(tmp_path):
    path = write_matrix(tmp_path, IMAGE)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}

    for image in read_matrix(path):
        image.compute()

    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("which", ["default--1_2.Z_mtrx", "default_0001.mtrx"])
def test_damage_in_either_file_gives_only_errors_of_the_family(tmp_path, which):
    path = write_matrix(tmp_path, IMAGE)
    whole = (tmp_path / which).read_bytes()
    choice = random.Random(3)

    outcomes = set()
    for _ in range(30):
        raw = bytearray(whole)
        raw[choice.randrange(len(raw))] = choice.randrange(256)
        (tmp_path / which).write_bytes(
            raw[: choice.choice([len(raw), choice.randrange(len(raw))])]
        )
        try:
            outcomes |= {len([image.compute() for image in read_matrix(path)])}
        except ReaderError as error:
            outcomes |= {type(error)}
    assert CorruptFile in outcomes
    assert 4 in outcomes


def test_numbers_that_are_missing_are_told(tmp_path):
    path = write_matrix(tmp_path, IMAGE)
    path.write_bytes(path.read_bytes()[: -4 * 24])

    with pytest.warns(SidpyWarning, match="of 48 numbers only 24"):
        images = read_matrix(path)

    assert len(images) == 2
