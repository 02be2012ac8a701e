"""Createc scans: every kind of numbers, rows that were not scanned, damaged streams."""

import numpy as np
import pytest
from made.createc import IMAGES, write_createc

from SciFiReaders.readers.probe.createc_dat import read_createc
from sidpy.errors import CorruptFile, UnrecognisedFile


@pytest.mark.parametrize("kind", ["[Paramco32]", "[Paramet32]", "[Parameter]"])
def test_channels_of_every_kind_lie_in_angstrom(tmp_path, kind):
    path = write_createc(tmp_path / "a.dat", IMAGES, kind=kind)

    found = read_createc(path)

    for image, wanted in zip(found, IMAGES, strict=True):
        np.testing.assert_array_equal(image.compute(), wanted)
    assert [image.title for image in found] == ["Channel 1", "Channel 2"]
    # what a count is worth is not documented
    assert found[0].units == "generic"
    y, x = found[0]._axes.values()
    assert (x.values.tolist(), x.units) == ([1, 3, 5, 7, 9, 11, 13], "Å")
    assert y.values.tolist() == [4.5, 3.5, 2.5, 1.5, 0.5]
    assert found[0].metadata["experiment"]["bias"] == 0.25
    assert found[0].metadata["scan"]["angle"] == 30


def test_rows_that_were_not_scanned_are_nan(tmp_path):
    images = IMAGES.copy()
    images[:, 3:] = 0
    images[0, 1, 2] = 0
    path = write_createc(tmp_path / "a.dat", images)

    values = read_createc(path)[0].compute()

    assert np.isnan(values[3:]).all()
    np.testing.assert_array_equal(values[:3], images[0, :3])
    assert values.dtype == np.dtype("f4")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"Num.X / Num.X": 0}, "positive"),
        ({"Num.X / Num.X": 4096, "Num.Y / Num.Y": 4096}, "announced"),
        ({"Num.X / Num.X": 10**9}, "cannot be"),
        ({"Channels / Channels": "two"}, "positive"),
    ],
)
@pytest.mark.parametrize("kind", ["[Paramco32]", "[Paramet32]"])
def test_a_header_that_cannot_be_true_is_refused(tmp_path, kind, header, words):
    path = write_createc(tmp_path / "a.dat", IMAGES, kind=kind, **header)

    with pytest.raises(CorruptFile, match=words):
        read_createc(path)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-20], lambda raw: raw[:16390] + b"x" * 90])
def test_a_damaged_stream_is_named_when_it_is_computed(tmp_path, damage):
    path = write_createc(tmp_path / "a.dat", IMAGES)
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(CorruptFile, match=r"a\.dat"):
        [image.compute() for image in read_createc(path)]


def test_more_pixels_than_the_stream_has_are_not_made_up(tmp_path):
    path = write_createc(tmp_path / "a.dat", IMAGES, **{"Num.Y / Num.Y": 6})

    with pytest.raises(CorruptFile, match="the stream holds"):
        read_createc(path)[1].compute()


def test_other_files_are_named(tmp_path):
    path = tmp_path / "a.dat"
    path.write_text("[Parameters]\n")

    with pytest.raises(UnrecognisedFile, match="Createc"):
        read_createc(path)
