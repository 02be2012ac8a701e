"""SPIP: text and binary images, spectra along their bias, no invented units."""

import numpy as np
import pytest
from made.spip import IMAGE, write_asc, write_bcr

from SciFiReaders import AscReader
from SciFiReaders.readers.probe.spip_asc import read_asc
from SciFiReaders.readers.probe.spip_bcr import read_bcr
from sidpy import DataType
from sidpy.errors import CorruptFile, UnrecognisedFile


def test_an_image_of_text_has_the_lengths_of_its_header_and_no_invented_units(tmp_path):
    path = write_asc(tmp_path / "a.asc", IMAGE)

    found = AscReader(str(path)).read()

    np.testing.assert_array_equal(found.compute(), IMAGE)
    assert (found.title, found.units, found.data_type) == ("scan.mtrx", "nA", DataType.IMAGE)
    y, x = found._axes.values()
    assert (x.values.tolist(), x.units) == ([11, 13, 15, 17, 19, 21, 23], "generic")
    assert y.values.tolist() == [24.5, 23.5, 22.5, 21.5, 20.5]
    assert found.original_metadata["Main-x_pixels"] == 7


def test_spectra_of_pixels_lie_along_the_bias_and_keep_their_current(tmp_path):
    spectra = np.arange(24.0).reshape(2, 3, 4)
    notes = {"Spectroscopy": {"Device_1_Start [Volt]": -1.5, "Device_1_End [Volt]": 1.5}}
    path = write_asc(tmp_path / "a.asc", spectra, notes=notes, x_unit="nm", y_unit="nm")

    (found,) = read_asc(path)

    np.testing.assert_array_equal(found.compute(), spectra)
    assert (found.units, found.data_type) == ("nA", DataType.SPECTRAL_IMAGE)
    y, _, bias = found._axes.values()
    assert (bias.name, bias.units, bias.values.tolist()) == ("bias", "V", [-1.5, -0.5, 0.5, 1.5])
    assert y.units == "nm"


def test_spectra_without_a_bias_have_numbers(tmp_path):
    path = write_asc(tmp_path / "a.asc", np.zeros((2, 3, 4)))

    assert read_asc(path)[0]._axes[2].name == "point"


@pytest.mark.parametrize("header", [{"x_pixels": 8}, {"y_pixels": "five"}, {"z_points": 10**12}])
def test_text_that_does_not_add_up_is_refused(tmp_path, header):
    path = write_asc(tmp_path / "a.asc", IMAGE, **header)

    with pytest.raises(CorruptFile, match="announced"):
        read_asc(path)


def test_words_among_numbers_and_other_text_are_refused(tmp_path):
    path = write_asc(tmp_path / "a.asc", IMAGE)
    path.write_bytes(path.read_bytes().replace(b"\t18\t", b"\ttwenty\t"))

    with pytest.raises(CorruptFile, match="twenty"):
        read_asc(path)
    path.write_text("1 2 3\n")
    with pytest.raises(UnrecognisedFile, match="SPIP"):
        AscReader(path).read()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("wide", [False, True], ids=["ascii", "unicode"])
@pytest.mark.parametrize(("kind", "factor"), [("i2", 0.5), ("f4", 1.0)])
def test_numbers_of_every_kind_order_and_header(tmp_path, kind, factor, wide, order):
    path = write_bcr(tmp_path / "a.bcr", IMAGE.astype(kind), order=order, wide=wide)

    (found,) = read_bcr(path)

    np.testing.assert_allclose(found.compute(), IMAGE * factor)
    y, x = found._axes.values()
    assert (x.units, found.units) == ("nm", "nm")
    assert x.values.tolist() == [1, 3, 5, 7, 9, 11, 13]
    assert y.values.tolist() == [4.5, 3.5, 2.5, 1.5, 0.5]


def test_a_header_may_be_longer_and_name_other_units(tmp_path):
    path = write_bcr(
        tmp_path / "a.bcr", IMAGE.astype("i2"), size=5000, comment="x" * 3000,
        xunit="um", yunit="um", zunit="mV", zlabel="Potential", bias="0.5", current="2",
    )  # fmt: skip

    (found,) = read_bcr(path)

    np.testing.assert_allclose(found.compute(), IMAGE * 0.5)
    assert (found.title, found.units, found._axes[1].units) == ("Potential", "mV", "um")
    assert found.metadata["experiment"]["current"] == pytest.approx(2e-9)


@pytest.mark.parametrize(("kind", "void"), [("i2", 32767), ("f4", 1.7014118e38)])
def test_pixels_without_a_value_are_nan(tmp_path, kind, void):
    image = IMAGE.astype(kind)
    image[1, 2] = void
    path = write_bcr(tmp_path / "a.bcr", image, voidpixels=1)

    values = read_bcr(path)[0].compute()

    assert np.argwhere(np.isnan(values)).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"xpixels": 8}, "cut short"),
        ({"xpixels": 10**9, "ypixels": 10**9}, "cut short"),
        ({"ypixels": -5}, "positive"),
        ({"headersize": -1}, "headersize"),
    ],
)
def test_a_header_that_cannot_be_true_is_refused(tmp_path, header, words):
    path = write_bcr(tmp_path / "a.bcr", IMAGE.astype("i2"), **header)

    with pytest.raises(CorruptFile, match=words):
        read_bcr(path)


def test_other_files_are_named(tmp_path):
    path = tmp_path / "a.bcr"
    path.write_text("fileformat = jpeg")

    with pytest.raises(UnrecognisedFile, match="bcrstm"):
        read_bcr(path)
