"""Omicron SCALA: calibrated images, the right way up; what cannot be is refused."""

import numpy as np
import pytest
from made.scala import BOTH, COUNTS, write_scala

import sidpy
from SciFiReaders.readers.probe.omicron_scala import read_scala
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile


def test_images_are_upright_and_calibrated(tmp_path):
    found = list(sidpy.read(write_scala(tmp_path / "a.par", BOTH)).values())

    titles = [(one.title, one.units) for one in found]
    assert titles == [
        ("Topography Forward", "nm"),
        ("Topography Backward", "nm"),
        ("Current Forward", "nA"),
    ]
    for image, counts in zip(found, BOTH.values(), strict=True):
        np.testing.assert_allclose(image.compute(), counts * 0.01, atol=1e-9)
    np.testing.assert_allclose(found[0][1:3, ::2].compute(), COUNTS[1:3, ::2] * 0.01, atol=1e-9)


def test_axes_and_conditions_are_those_of_the_file(tmp_path):
    (image,) = read_scala(write_scala(tmp_path / "a.par"))

    np.testing.assert_allclose(image.x.values, 20 / 7 * (np.arange(7) + 0.5))
    np.testing.assert_allclose(image.y.values, 14 / 5 * (np.arange(5) + 0.5)[::-1])
    assert (image.x.units, image.y.units) == ("nm", "nm")
    experiment = image.metadata["experiment"]
    assert (experiment["bias"], experiment["current"]) == (-0.5, pytest.approx(2e-9))
    assert (experiment["sample"], experiment["start_date_time"]) == ("gold", "2003-11-04T13:45:00")
    scan = {"angle": 30.0, "offset": {"x": -5.0, "y": 7.5}, "direction": "forward"}
    assert image.metadata["scan"] == scan
    assert image.original_metadata["gapvoltage"] == "-0.5 V"


def test_a_bias_without_unit_is_not_guessed(tmp_path):
    path = write_scala(tmp_path / "a.par")
    path.write_text(path.read_text().replace("[V]", "").replace("[nA]", "[%]"))

    experiment = read_scala(path)[0].metadata["experiment"]

    assert "bias" not in experiment
    assert "current" not in experiment


def test_a_scan_that_stopped_is_nan_above(tmp_path):
    path = write_scala(tmp_path / "a.par")
    numbers = tmp_path / "a.tf0"
    numbers.write_bytes(numbers.read_bytes()[: 2 * 7 * 2 + 5])

    with pytest.warns(SidpyWarning, match="2 of 5 rows"):
        (image,) = read_scala(path)

    assert np.isnan(image.compute()[:3]).all()
    np.testing.assert_allclose(image.compute()[3:], COUNTS[3:] * 0.01, atol=1e-9)


def test_what_is_missing_or_not_understood_is_named(tmp_path):
    path = write_scala(tmp_path / "a.par", BOTH, curves=True)
    (tmp_path / "a.tb1").unlink()

    with pytest.warns(SidpyWarning) as caught:
        assert len(read_scala(path)) == 2

    words = " ".join(str(one.message) for one in caught)
    assert "1 channels of spectroscopy" in words
    assert "a.tb1" in words


def test_a_named_file_never_leaves_the_folder(tmp_path):
    secret = tmp_path / "secret.tf0"
    secret.write_bytes(bytes(70))
    folder = tmp_path / "scan"
    folder.mkdir()
    path = write_scala(folder / "a.par")
    for name in ("../secret.tf0", str(secret), r"..\secret.tf0"):
        path.write_text(path.read_text().replace("a.tf0", name))
        with pytest.raises(CorruptFile, match="none of the files"):
            read_scala(path)
        path.write_text(path.read_text().replace(name, "a.tf0"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rows": -5}, "positive"),
        ({"columns": 10**12}, "positive"),
        ({"columns": "many"}, "positive"),
        ({"columns": 60_000}, "not one row"),
        ({"least": "x"}, "range of counts"),
        ({"least": 5, "greatest": 5}, "cannot be"),
        ({"high": "inf"}, "range of counts"),
    ],
)
def test_a_header_that_cannot_be_true_is_refused(tmp_path, change, words):
    with pytest.raises(CorruptFile, match=words):
        read_scala(write_scala(tmp_path / "a.par", **change))


@pytest.mark.parametrize("text", ["\n", "Key : value;", "Image Size in X : 5;\n"])
def test_another_text_is_not_taken_for_one(tmp_path, text):
    (tmp_path / "a.par").write_text(text)

    with pytest.raises(UnrecognisedFile):
        read_scala(tmp_path / "a.par")
    with pytest.raises(UnrecognisedFile):
        sidpy.read(tmp_path / "a.par")
