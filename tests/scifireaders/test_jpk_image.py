"""JPK images: every channel and direction, upright, in the slot the file says or one asked for."""

import numpy as np
import pytest
from made.jpk import IMAGE_SLOTS, channel_page, scan_page
from made.tiff import RAMP, page, write_tiff

import sidpy
from SciFiReaders.readers.probe.jpk_image import read_jpk_image
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

IMAGE = np.arange(35).reshape(5, 7)


@pytest.fixture
def write(tmp_path):
    def _write(*channels, order=">", **place):
        return write_tiff(tmp_path / "a.jpk", [scan_page(**place), *channels], order=order)

    return _write


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["i4", "u2", "i2", "f4"])
def test_values_are_in_the_default_slot_and_the_bottom_row_is_last(write, order, kind):
    array = IMAGE.astype(kind)
    path = write(channel_page(array, "v", slots=IMAGE_SLOTS, default="force"), order=order)

    (image,) = read_jpk_image(path)

    np.testing.assert_allclose(image.compute(), 2e-9 * IMAGE[::-1] - 1e-9)
    assert image.units == "N"
    assert image.dtype.isnative


@pytest.mark.parametrize(
    ("slot", "units", "expected"),
    [
        ("raw", "generic", IMAGE),
        ("volts", "V", 1 + IMAGE / 2),
        ("none such", "N", 2e-9 * IMAGE - 1e-9),
    ],
)
def test_another_slot_can_be_asked_for(write, slot, units, expected):
    path = write(channel_page(IMAGE.astype("i4"), "v", slots=IMAGE_SLOTS, default="force"))

    (image,) = read_jpk_image(path, slot=slot)

    np.testing.assert_allclose(image.compute()[::-1], expected)
    assert image.units == units


def test_axes_are_those_of_the_scan_in_metres(write):
    path = write(channel_page(IMAGE.astype("i4"), "v", slots=IMAGE_SLOTS, default="raw"))

    (image,) = read_jpk_image(path)

    y, x = image._axes[0], image._axes[1]
    np.testing.assert_allclose(x.values, 1e-6 + 1e-6 * (np.arange(7) + 0.5))
    np.testing.assert_allclose(y.values, -2e-6 + 1e-6 * (np.arange(5)[::-1] + 0.5))
    assert (x.units, y.units) == ("m", "m")


def test_a_scan_without_a_size_has_pixels(write):
    path = write(
        channel_page(IMAGE.astype("i4"), "v", slots=IMAGE_SLOTS, default="raw"), extent=(0.0, 0.0)
    )

    assert [axis.units for axis in read_jpk_image(path)[0]._axes.values()] == ["px", "px"]


def test_directions_and_conditions_are_told(write):
    channel = IMAGE.astype("i4")
    path = write(
        channel_page(channel, "height", slots=IMAGE_SLOTS, default="raw", fancy="Height"),
        channel_page(channel, "height", slots=IMAGE_SLOTS, default="raw", retrace=1),
    )

    there, back = read_jpk_image(path)

    assert [there.title, back.title] == ["Height (Forward)", "height (Backward)"]
    assert back.metadata["scan"]["direction"] == "backward"
    assert there.metadata["experiment"] == {
        "start_date_time": "2025-05-20 17:48:42 CEST",
        "spring_constant": pytest.approx(0.0985),
        "deflection_sensitivity": pytest.approx(8.25e-9),
        "feedback": "contact",
    }
    assert there.metadata["scan"]["angle"] == pytest.approx(np.degrees(0.5))
    assert there.original_metadata["Grid-uLength"] == 7e-6
    assert there.original_metadata["Conditions"]["feedback-mode.name"] == "contact"


def test_a_channel_without_its_slot_is_left_as_stored_with_a_warning(write):
    path = write(channel_page(IMAGE.astype("i4"), "v", slots=IMAGE_SLOTS, default="nominal"))

    with pytest.warns(SidpyWarning, match="no slot 'nominal'"):
        (image,) = read_jpk_image(path)

    np.testing.assert_array_equal(image.compute(), IMAGE[::-1])
    assert image.units == "generic"


def test_an_ordinary_tiff_is_told_apart_by_its_tags(tmp_path):
    path = write_tiff(tmp_path / "a.jpk", [page(RAMP)])

    assert sidpy.explain(path).chosen == "SciFiReaders.tiff"
    with pytest.raises(UnrecognisedFile, match="where the scan lies"):
        read_jpk_image(path)


def test_a_scan_called_tif_is_recognised(tmp_path):
    channel = channel_page(IMAGE.astype("i4"), "v", slots=IMAGE_SLOTS, default="raw")
    path = write_tiff(tmp_path / "a.tif", [scan_page(), channel])

    assert sidpy.explain(path).chosen == "SciFiReaders.jpk_image"


def test_a_scan_without_channels_says_so(write):
    with pytest.raises(CorruptFile, match="no page of the file is a channel"):
        read_jpk_image(write())
