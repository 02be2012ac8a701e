"""TIFF of Park Systems: the numbers behind the picture, calibrated and upright."""

import numpy as np
import pytest
from made.park import IMAGE, write_psia
from made.tiff import RAMP, page, write_tiff

import sidpy
from SciFiReaders.readers.probe.park_psia import read_psia
from sidpy import DataType
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("version", "kind"), [(1, 0), (2, 0), (2, 1), (2, 2)])
def test_numbers_are_scaled_and_the_bottom_line_is_last(tmp_path, version, kind, order):
    path = write_psia(tmp_path / "a.tiff", IMAGE, version=version, kind=kind, order=order)

    (image,) = sidpy.read(path).values()

    np.testing.assert_allclose(image.compute(), 2 * (0.5 * IMAGE[::-1] + 3))
    assert (image.title, image.units, image.data_type) == (
        "Topography (Forward)", "nm", DataType.IMAGE,
    )  # fmt: skip
    y, x = image._axes[0], image._axes[1]
    np.testing.assert_allclose(x.values, 1 + np.arange(-3.0, 4))
    np.testing.assert_allclose(y.values, -2 + 2 * np.arange(2.0, -3, -1))
    assert (x.units, y.units) == ("um", "um")


def test_conditions_are_in_the_metadata(tmp_path):
    (image,) = read_psia(write_psia(tmp_path / "a.tiff", IMAGE))

    experiment, scan = image.metadata["experiment"], image.metadata["scan"]
    assert (experiment["technique"], experiment["comment"]) == ("C-AFM", "a comment")
    assert (experiment["setpoint"], experiment["setpoint_units"]) == (2.5, "nN")
    assert (experiment["bias"], experiment["tip_bias"], experiment["probe"]) == (
        -1.5,
        0.25,
        "NCHR",
    )
    assert (scan["angle"], scan["rate"], scan["slow_direction"]) == (30.0, 0.75, "down")
    assert image.original_metadata["overscan"] == 5.0


def test_a_profile_is_a_curve_along_x(tmp_path):
    path = write_psia(tmp_path / "a.tiff", IMAGE[:1], image_type=1, size=(7.0, 0.0))

    (profile,) = read_psia(path)

    np.testing.assert_allclose(profile.compute(), 2 * (0.5 * IMAGE[0] + 3))
    assert profile.data_type is DataType.LINE_PLOT
    assert profile._axes[0].units == "um"


def test_force_curves_that_are_not_read_are_told(tmp_path):
    with pytest.warns(SidpyWarning, match="not published"):
        (image,) = read_psia(write_psia(tmp_path / "a.tiff", IMAGE, image_type=2))

    assert image.shape == (5, 7)


def test_units_and_sizes_that_are_not_there_are_not_invented(tmp_path):
    (image,) = read_psia(write_psia(tmp_path / "a.tiff", IMAGE, size=(0.0, 0.0), unit=""))

    assert image.units == "generic"
    assert [axis.units for axis in image._axes.values()] == ["px", "px"]


def test_an_ordinary_tiff_is_told_apart_by_its_tags(tmp_path):
    path = write_tiff(tmp_path / "a.tiff", [page(RAMP)])

    assert sidpy.explain(path).chosen == "SciFiReaders.tiff"
    with pytest.raises(UnrecognisedFile, match="tag 50432"):
        read_psia(path)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"version": 3}, UnsupportedFile, "version 0x01000003"),
        ({"kind": 7}, UnsupportedFile, "type 7"),
        ({"magic": 1}, UnrecognisedFile, "0x0e031301"),
    ],
)
def test_headers_that_are_not_known_are_refused(tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        read_psia(write_psia(tmp_path / "a.tiff", IMAGE, **options))


@pytest.mark.parametrize("number", [0, 8, 1 << 31])
def test_more_pixels_than_there_are_numbers_are_refused(tmp_path, number):
    path = write_psia(tmp_path / "a.tiff", IMAGE)
    raw = path.read_bytes()
    place = raw.find("Topography".encode("utf-16-le")) - 4 + 100
    path.write_bytes(raw[:place] + number.to_bytes(4, "little") + raw[place + 4 :])

    with pytest.raises(CorruptFile, match="do not fit"):
        read_psia(path)
