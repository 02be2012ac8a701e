"""WSxM: images upright in their units, curves line by line, one file at a time."""

import numpy as np
import pytest
from made.wsxm import IMAGE, LINES, SPECTRA, curve, header, write_gsi, write_image

import sidpy
from SciFiReaders import WSxM1DReader, WSxM2DReader, WSxM3DReader
from SciFiReaders.readers.probe.wsxm import read_wsxm
from sidpy import DataType
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

FIRST = "WSxM file copyright Nanotec Electronica\r\n"


def test_counts_are_stretched_to_the_amplitude(tmp_path):
    path = write_image(tmp_path / "a.stp", IMAGE.astype("i2") - 100)

    (found,) = read_wsxm(path)

    np.testing.assert_allclose(found.compute(), (IMAGE - 100) * (30 / (34**2)))
    assert (found.title, found.units, found.data_type) == ("Topography", "nm", DataType.IMAGE)


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_floating_point_numbers_are_values_already(tmp_path, kind):
    path = write_image(tmp_path / "a.stp", IMAGE.astype(kind), general={"Z Amplitude": "1 Hz"})

    (found,) = read_wsxm(path)

    np.testing.assert_array_equal(found.compute(), IMAGE)
    assert found.units == "Hz"


def test_a_flat_image_stays_flat(tmp_path):
    path = write_image(tmp_path / "a.stp", np.full((2, 3), 7, "i2"))

    assert not read_wsxm(path)[0].compute().any()


def test_each_side_has_its_length_in_micrometres_of_latin_1(tmp_path):
    path = write_image(tmp_path / "a.stp", IMAGE.astype("i2"))

    y, x = read_wsxm(path)[0]._axes.values()

    assert (x.units, y.units) == ("µm", "µm")
    np.testing.assert_allclose(x.values, np.arange(7) * 2 + 1)
    np.testing.assert_allclose(y.values, [4.5, 3.5, 2.5, 1.5, 0.5])


def test_the_mark_of_the_header_counts_not_its_size(tmp_path):
    raw = write_image(tmp_path / "a.stp", IMAGE.astype("f8")).read_bytes()
    size = raw.partition(b"size: ")[2][:5]
    path = tmp_path / "b.stp"
    path.write_bytes(raw.replace(b"size: " + size, b"size: 00000"))

    np.testing.assert_array_equal(read_wsxm(path)[0].compute(), IMAGE)


def test_a_movie_is_a_stack_of_upright_images(tmp_path):
    movie = np.arange(2 * 3 * 4).reshape(2, 3, 4).astype("i2")
    path = write_image(tmp_path / "a.mpp", movie)

    (found,) = read_wsxm(path)

    np.testing.assert_allclose(found.compute(), movie * (30 / 23))
    assert found.data_type is DataType.IMAGE_STACK
    assert [axis.name for axis in found._axes.values()] == ["frame", "y", "x"]
    assert WSxM3DReader(path).read()["Channel_000"].shape == (2, 3, 4)


def test_spectroscopy_is_an_image_of_curves_beside_its_topography(tmp_path):
    ramp = ["-1 V", "-0.5 V", "0 V", "0.5 V", "1 V"]
    path = write_gsi(tmp_path / "a.gsi", SPECTRA[..., 0], SPECTRA, ramp)

    topography, spectra = read_wsxm(path)

    np.testing.assert_array_equal(topography.compute(), SPECTRA[..., 0])
    np.testing.assert_array_equal(spectra.compute(), SPECTRA)
    assert (topography.units, spectra.units, spectra.title) == ("nm", "nA", "Current")
    bias = spectra._axes[2]
    assert (bias.units, bias.values.tolist()) == ("V", [-1, -0.5, 0, 0.5, 1])
    assert [d.shape for d in WSxM3DReader(path).read().values()] == [(3, 4, 5)]


def test_counts_of_spectroscopy_go_through_the_converter(tmp_path):
    path = write_gsi(
        tmp_path / "a.gsi", SPECTRA[..., 0], SPECTRA, [], kind="<i2",
        **{
            "ADC to V conversion factor": "0.5 V",
            "Conversion factor 0 for input channel": "4 nA",
            "Conversion offset 0 for input channel": "1 nA",
        },
    )  # fmt: skip

    spectra = read_wsxm(path)[1]

    np.testing.assert_array_equal(spectra.compute(), SPECTRA * 2 + 1)
    assert spectra._axes[2].name == "point"


def test_lines_of_curves_are_datasets_of_their_own(tmp_path):
    path = write_image(tmp_path / "a.f.curves", IMAGE.astype("f8"))
    other = [(np.arange(3.0), np.arange(3.0)), (np.arange(2.0) + 5, np.arange(2.0))]
    path.write_bytes(path.read_bytes() + curve(LINES) + curve(other))

    found = read_wsxm(path)

    assert [d.title for d in found[1:]] == [
        "Normal force (1), approach", "Normal force (1), retract",
        "Normal force (2), approach", "Normal force (2), retract",
    ]  # fmt: skip
    np.testing.assert_array_equal(found[2].compute(), LINES[1][1])
    axis = found[4]._axes[0]
    assert (axis.values.tolist(), axis.units, axis.name) == ([5, 6], "nm", "Z")
    assert found[1].units == "V"


@pytest.mark.parametrize("text", [False, True], ids=["binary", "text"])
def test_a_file_of_one_curve(tmp_path, text):
    path = tmp_path / "a.cur"
    path.write_bytes(curve(LINES, kind="IV curve file", first=FIRST, text=text))

    forward, backward = read_wsxm(path)

    np.testing.assert_array_equal(backward.compute(), LINES[1][1])
    assert (forward.title, backward.title) == ("Normal force, forward", "Normal force, backward")


def test_columns_of_text_may_share_their_x(tmp_path):
    path = tmp_path / "a.cur"
    raw = curve(LINES, first=FIRST, text=True)
    path.write_bytes(raw[: raw.index(b"[Header end]") + 14] + b"0 1 2\n1 3 4\n2 5 6\n3 7 8\n")

    assert read_wsxm(path)[1].compute().tolist() == [2, 4, 6, 8]


def test_a_curve_of_no_point_ends_and_is_left_out(tmp_path):
    path = write_image(tmp_path / "a.f.curves", IMAGE.astype("f8"))
    path.write_bytes(path.read_bytes() + curve([([], []), ([1.0], [2.0])]))

    assert [d.shape for d in read_wsxm(path)] == [(5, 7), (1,)]


def test_an_exported_matrix_of_text_is_upright(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(
        b"WSxM file copyright UAM\r\nWSxM ASCII Matrix file\r\nX Amplitude: 6 nm\r\n"
        b"Y Amplitude: 2 nm\r\nZ Amplitude: 8 nm\r\n\r\n3 2 0\r\n0 8 5\r\n"
    )

    (found,) = read_wsxm(path)

    assert found.compute().tolist() == [[5, 8, 0], [0, 2, 3]]
    assert found._axes[1].values.tolist() == [1, 3, 5]


def test_only_the_file_asked_for_is_read_but_the_classes_read_its_siblings(tmp_path):
    for channel in ("Amplitude", "Phase"):
        path = write_image(
            tmp_path / f"scan_0001_{channel}.f.top", IMAGE.astype("f8"), channel=channel
        )
        write_image(tmp_path / f"scan_0002_{channel}.f.top", IMAGE.astype("f8"))
    (tmp_path / "scan_0001.txt").write_text("notes")

    found = WSxM2DReader(path).read()

    assert len(sidpy.read(path)) == 1
    assert [d.title for d in found.values()] == ["Amplitude", "Phase"]
    first = found["Channel_000"]
    assert (first.shape, [a.name for a in first._axes.values()]) == ((7, 5), ["x", "y"])
    np.testing.assert_array_equal(first.compute(), IMAGE.T)
    assert first.metadata["X Amplitude [Control]"] == "14 µm"


def test_a_class_says_what_it_did_not_find(tmp_path):
    path = write_image(tmp_path / "a.stp", IMAGE.astype("f8"))

    with pytest.raises(UnrecognisedFile, match="curves"):
        WSxM1DReader(path).read()


@pytest.mark.parametrize(
    ("general", "error", "words"),
    [
        ({"Number of rows": 6}, CorruptFile, "cut short"),
        ({"Number of rows": 10**9 - 1, "Number of columns": 10**9 - 1}, CorruptFile, "cut short"),
        ({"Number of rows": -5}, CorruptFile, "neither"),
        ({"Image Data Type": "triple"}, UnsupportedFile, "triple"),
    ],
)
def test_a_header_that_cannot_be_true_is_refused(tmp_path, general, error, words):
    path = write_image(tmp_path / "a.stp", IMAGE.astype("f8"), general=general)

    with pytest.raises(error, match=words):
        read_wsxm(path)


def test_other_files_are_named(tmp_path):
    other = tmp_path / "a.stp"
    other.write_text("ISO-10303-21;")
    endless = tmp_path / "b.stp"
    endless.write_bytes(header("SxM Image file", {})[:-14])

    with pytest.raises(UnrecognisedFile, match="WSxM"):
        WSxM2DReader(other).read()
    with pytest.raises(CorruptFile, match="no end"):
        read_wsxm(endless)


@pytest.mark.vendor
def test_real_curves_come_as_the_released_class_gave_them(vendor_data):
    path = next((vendor_data / "wsxm").rglob("*Amplitude.f.curves"))

    found = WSxM1DReader(str(path)).read()

    assert [d.shape for d in found.values()] == [(512, 2)] * 10
    assert [d.title for d in found.values()][4:6] == ["Amplitude (5)", "Normal force (1)"]
    assert found["Channel_000"].metadata["Set Point [Control]"] == "-3.5 V"
