"""Anfatec files: images and spectra beside their parameters, those that are there."""

import numpy as np
import pytest
from made.anfatec import COUNTS, write_pifm

from SciFiReaders.readers.microscopy.spm.afm.pifm import PiFMReader
from SciFiReaders.readers.probe.anfatec_pifm import read_pifm
from sidpy import DataType
from sidpy.errors import CorruptFile, MissingFile, SidpyWarning, UnrecognisedFile


def test_images_are_scaled_shifted_and_lie_about_their_centre(tmp_path):
    path = write_pifm(
        tmp_path / "a.txt", {"TopographyFwd": COUNTS, "PhaseBwd": -COUNTS}, xCenter=10, yCenter=-1
    )

    first, second = read_pifm(path)

    np.testing.assert_allclose(first.compute(), COUNTS * 0.5 + 3)
    np.testing.assert_allclose(second.compute(), -COUNTS * 0.5 + 3)
    assert (first.title, first.quantity, first.units) == ("TopographyFwd", "Topography", "nm")
    assert second.metadata["scan"]["direction"] == "backward"
    y, x = first._axes.values()
    np.testing.assert_allclose(x.values, 10 + 2.0 * np.arange(-3, 4))
    np.testing.assert_allclose(y.values, -1 + np.array([2.0, 1, 0, -1, -2]))
    assert (x.units, y.units) == ("µm", "µm")


def test_spectra_lie_along_the_wavelengths_beside(tmp_path):
    counts = np.arange(35 * 3).reshape(5, 7, 3)
    path = write_pifm(
        tmp_path / "a.txt", {}, spectra={"HyPIRFwd": counts}, wavelengths=[800, 900, 1100]
    )

    (found,) = read_pifm(path)

    np.testing.assert_allclose(found.compute(), counts * 0.5 + 3)
    assert found.data_type is DataType.SPECTRAL_IMAGE
    axis = found._axes[2]
    assert (axis.name, axis.units, axis.values.tolist()) == (
        "wavenumber",
        "cm-1",
        [800, 900, 1100],
    )


def test_spectra_without_their_wavelengths_have_numbers(tmp_path):
    path = write_pifm(tmp_path / "a.txt", {}, spectra={"H": np.zeros((2, 3, 4), int)})

    assert read_pifm(path)[0]._axes[2].name == "point"


def test_files_that_are_missing_are_named_and_the_rest_is_read(tmp_path):
    path = write_pifm(tmp_path / "a.txt", {"TopographyFwd": COUNTS, "PhaseBwd": COUNTS})
    (tmp_path / "aPhaseBwd.int").unlink()

    with pytest.warns(SidpyWarning, match=r"aPhaseBwd\.int"):
        found = PiFMReader(str(path)).read()

    assert list(found) == ["Channel_000"]
    (tmp_path / "aTopographyFwd.int").unlink()
    with pytest.raises(MissingFile, match=r"aTopographyFwd\.int"):
        read_pifm(path)


def test_no_name_leads_out_of_the_folder(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "aX.int").write_bytes(bytes(4 * 35))
    path = write_pifm(folder / "a.txt", {"X": COUNTS})
    (folder / "aX.int").unlink()
    for name in (b"../aX.int", str(tmp_path / "aX.int").encode(), rb"..\aX.int"):
        path.write_bytes(path.read_bytes().replace(b"aX.int", name))

        with pytest.raises(MissingFile):
            read_pifm(path)


def test_a_file_too_short_for_its_pixels_is_refused(tmp_path):
    path = write_pifm(tmp_path / "a.txt", {"X": COUNTS}, xPixel=8)

    with pytest.raises(CorruptFile, match=r"aX\.int"):
        read_pifm(path)


def test_conditions_are_in_units_of_the_si(tmp_path):
    path = write_pifm(
        tmp_path / "a.txt", {"X": COUNTS}, Bias="150", BiasPhysUnit="mV",
        LaserController1LaserWavelength="6800",
    )  # fmt: skip

    (found,) = read_pifm(path)

    experiment = found.metadata["experiment"]
    assert experiment["bias"] == pytest.approx(0.15)
    assert experiment["laser_wavelength"] == pytest.approx(6.8e-6)
    assert experiment["start_date_time"] == "2017-05-24T17:29:51"
    assert found.metadata["scan"]["angle"] == 90
    assert found.original_metadata["xPixel"] == 7


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"text", UnrecognisedFile, "ANFATEC"),
        (b";ANFATEC Parameterfile\nxPixel : 4\n", CorruptFile, "yPixel"),
        (b";ANFATEC Parameterfile\nxPixel : 4\nyPixel : 4\n", CorruptFile, "no channel"),
    ],
)
def test_what_is_no_parameter_file_is_named(tmp_path, content, error, words):
    path = tmp_path / "a.txt"
    path.write_bytes(content)

    with pytest.raises(error, match=words):
        read_pifm(path)
