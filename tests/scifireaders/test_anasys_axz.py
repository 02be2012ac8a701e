"""Documents of Analysis Studio: every map turned upright, every channel of every spectrum."""

import gzip

import numpy as np
import pytest
from made.anasys import MAP, document, height_map, spectrum

import sidpy
from SciFiReaders import AxzReader
from SciFiReaders.readers.probe.anasys_axz import read_axz
from sidpy import DataType
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile


@pytest.fixture
def write(tmp_path):
    def _write(*args, packed=True, **options):
        path = tmp_path / ("a.axz" if packed else "a.axd")
        whole = document(*args, **options)
        path.write_bytes(gzip.compress(whole) if packed else whole)
        return path

    return _write


@pytest.mark.parametrize("packed", [True, False])
def test_maps_and_spectra_are_read_packed_or_not(write, packed):
    path = write([height_map(MAP)], [spectrum({"IR": [1, 2, 3]})], packed=packed)

    image, curve = sidpy.read(path).values()

    np.testing.assert_array_equal(image.compute(), MAP[::-1])
    assert (image.title, image.units, image.data_type) == ("Height 1", "nm", DataType.IMAGE)
    assert curve.compute().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("yaw", "expected"),
    [
        (0, MAP[::-1]),
        (-90, MAP[::-1, ::-1].T),
        (90, MAP.T),
        (180, MAP[:, ::-1]),
        (-180, MAP[:, ::-1]),
        (270, MAP[::-1, ::-1].T),
    ],
)
def test_a_scan_turned_by_quarters_is_upright(write, yaw, expected):
    (image,) = read_axz(write([height_map(MAP, yaw=yaw)]))

    np.testing.assert_array_equal(image.compute(), expected)
    y, x = image._axes[0], image._axes[1]
    width, height = (10, 7) if yaw % 180 else (7, 10)
    np.testing.assert_allclose(
        x.values[[0, -1]], 1 + width / 2 * np.array([-1, 1]) * (1 - 1 / len(x))
    )
    np.testing.assert_allclose(
        y.values[[0, -1]], -2 + height / 2 * np.array([1, -1]) * (1 - 1 / len(y))
    )
    assert image.metadata["scan"]["angle"] == 0


def test_a_scan_turned_by_another_angle_keeps_its_frame_and_says_so(write):
    (image,) = read_axz(write([height_map(MAP, yaw=30)]))

    np.testing.assert_array_equal(image.compute(), MAP[::-1])
    assert image.metadata["scan"]["angle"] == -30


@pytest.mark.parametrize("yaw", [0, 90, 180, 270])
def test_the_class_returns_maps_as_stored_with_axes_that_say_where(write, yaw):
    path = write([height_map(MAP, yaw=yaw)])

    stored, upright = AxzReader(path).read()["Channel_000"], read_axz(path)[0]

    np.testing.assert_array_equal(stored.compute(), MAP)
    values = {axis.name: axis.values for axis in upright._axes.values()}
    names = [axis.name for axis in stored._axes.values()]
    for row, column in [(0, 0), (1, 5), (4, 2)]:
        place = dict(zip(names, (row, column), strict=True))
        where = {name: stored._axes[names.index(name)].values[i] for name, i in place.items()}
        there = [int(np.argmin(abs(values[name] - where[name]))) for name in ("y", "x")]
        assert upright.compute()[tuple(there)] == MAP[row, column]


def test_every_channel_of_a_spectrum_is_there(write):
    channels = {"IR": [1, np.nan, 3], "Phase": [4, 5, 6], "Peak": [7, 8, 9]}

    curves = read_axz(write([], [spectrum(channels)]))

    assert [curve.title for curve in curves] == [
        "Spectrum 1: IR", "Spectrum 1: Phase", "Spectrum 1: Peak",
    ]  # fmt: skip
    np.testing.assert_array_equal(curves[0].compute(), [1, np.nan, 3])
    axis = curves[0]._axes[0]
    assert axis.values.tolist() == [1000, 1004, 1008]
    assert (axis.name, axis.units) == ("wavenumber", "1/cm")
    assert curves[0].units == "generic"
    assert curves[0].metadata["coordinate"] == [6.5, -7, 0]
    assert curves[0].original_metadata["Background"]["Table"] == {"double": "1.5"}
    np.testing.assert_array_equal(curves[0].original_metadata["AttenuationBase64"], [0.5])


def test_the_class_numbers_maps_last_channels_and_then_the_others(write):
    spectra = [
        spectrum({"IR": [1, 2, 3], "Peak": [4, 5, 6]}, label="Spectrum 1"),
        spectrum({"IR": [7, 8, 9], "Peak": [1, 1, 1]}, label="Spectrum 2"),
    ]

    found = AxzReader(str(write([height_map(MAP, units="V", prefix="")], spectra))).read()

    assert [one.title for one in found.values()] == [
        "Height 1", "Spectrum 1", "Spectrum 2", "Spectrum 1: IR", "Spectrum 2: IR",
    ]  # fmt: skip
    assert found["Channel_000"].units == "V"
    assert found["Channel_000"].metadata["Value"] == "PrimaryRetrace"
    assert found["Channel_000"].metadata["Position"] == {"X": "1", "Y": "-2", "Z": "0"}
    assert found["Channel_001"].units == "a.u."
    assert found["Channel_001"]._axes[0].units == "cm-1"
    assert found["Channel_001"].metadata["DataPoints"] == "3"


def test_conditions_are_in_the_metadata(write):
    (image,) = read_axz(write([height_map(MAP)]))

    assert image.metadata["experiment"] == {
        "setpoint": -0.5, "setpoint_units": "V", "start_date_time": "2024-01-12T13:37:28-05:00",
    }  # fmt: skip
    assert image.metadata["scan"]["direction"] == "backward"


def test_a_map_with_too_few_numbers_is_left_out_with_a_warning(write):
    short = height_map(MAP).replace("<Y>5</Y>", "<Y>6</Y>")

    with pytest.warns(SidpyWarning, match="7 x 6 pixels has 35"):
        (image,) = read_axz(write([short, height_map(MAP, label="Height 2")]))

    assert image.title == "Height 2"


def test_a_scan_without_a_size_has_pixels(write):
    (image,) = read_axz(write([height_map(MAP, size=(0, 0))]))

    assert [axis.units for axis in image._axes.values()] == ["px", "px"]


@pytest.mark.parametrize("packed", [True, False])
def test_a_document_that_breaks_off_gives_what_was_before(write, packed):
    path = write(
        [height_map(MAP), height_map(np.random.default_rng(1).random((40, 40)))], packed=packed
    )
    path.write_bytes(path.read_bytes()[:-400])

    with pytest.warns(SidpyWarning, match="breaks off"):
        (image,) = read_axz(path)

    assert image.title == "Height 1"


@pytest.mark.parametrize("before", ["", "<!-- <Document anasysinstruments.com -->"])
def test_entities_are_refused(write, before):
    root = before + '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'

    with pytest.raises(CorruptFile, match="entities"):
        read_axz(write([height_map(MAP)], root=root))


def test_an_empty_document_says_so(write):
    with pytest.raises(CorruptFile, match="neither a map nor a spectrum"):
        read_axz(write())


@pytest.mark.parametrize("content", [b"\x1f\x8bnot packed", gzip.compress(b"<a/>"), b"<a></a>"])
def test_other_documents_are_a_type_error(tmp_path, content):
    path = tmp_path / "a.axz"
    path.write_bytes(content)

    with pytest.raises(UnrecognisedFile, match="Analysis Studio"):
        AxzReader(path).read()


# --- real files -----------------------------------------------------------------------


@pytest.mark.vendor
def test_the_class_keeps_its_first_73_keys(vendor_data):
    path = next((vendor_data / "anasys-axz").rglob("*.axz"))

    found = AxzReader(str(path)).read()

    first = found["Channel_000"]
    assert len(found) == 83
    assert first.title == "Height 1"
    assert float(first[14, 12]) == 142.01393127441406
    assert (first.units, first._axes[0].units) == ("nm", "um")
    assert [found[f"Channel_0{n}"].title for n in (67, 68, 72)] == [
        "Lateral def. 17", "Spectrum 1", "Spectrum 5",
    ]  # fmt: skip
