"""Bruker Esprit in XML: every plane, every spectrum, counts beyond 16 bits."""

from __future__ import annotations

import numpy as np
import pytest
from made.bruker import COUNTS, IMAGE, image, spectrum, write_xml

import SciFiReaders
from SciFiReaders.readers.electron.bruker_xml import read_bruker
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile


def test_a_spectrum_with_its_energies_and_conditions(tmp_path):
    (dataset,) = read_bruker(write_xml(tmp_path / "a.spx", spectrum()))

    np.testing.assert_array_equal(dataset.compute(), COUNTS)
    np.testing.assert_allclose(dataset.energy_scale.values, -950 + 10.0 * np.arange(12))
    assert (dataset.title, dataset.energy_scale.units) == ("point", "eV")
    experiment = dataset.metadata["experiment"]
    assert experiment["acceleration_voltage"] == 15_000
    assert experiment["live_time"] == pytest.approx(28.046)
    assert experiment["detector"] == "XFlash 6|30"
    assert dataset.metadata["EDS"]["results"]["26"]["MassPercent"] == 61.5


def test_counts_may_be_many(tmp_path):
    path = write_xml(tmp_path / "a.spx", spectrum(counts=[70_000, 3_000_000_000]))

    assert read_bruker(path)[0].compute().tolist() == [70_000, 3_000_000_000]


def test_all_planes_of_an_image_and_all_spectra(tmp_path):
    path = write_xml(tmp_path / "both.rto", image(), spectrum("a"), spectrum("b"))

    datasets = SciFiReaders.BrukerReader(path).read()

    assert list(datasets) == [f"Channel_{i:03d}" for i in range(4)]
    first, second, *spectra = datasets.values()
    np.testing.assert_array_equal(first.compute(), IMAGE)
    np.testing.assert_array_equal(second.compute(), IMAGE[::-1])
    np.testing.assert_allclose(first.y.values, [0, 0.25, 0.5])
    assert first.x.units == "um"
    assert [found.title for found in spectra] == ["a_spectrum_0", "b_spectrum_1"]


@pytest.mark.parametrize("kind", ["u1", "<u2", "<u4"])
def test_pixels_of_every_size(tmp_path, kind):
    path = write_xml(tmp_path / "a.rto", image([IMAGE.astype(kind)]))

    np.testing.assert_array_equal(read_bruker(path)[0].compute(), IMAGE.astype(kind))


def test_foreign_and_damaged_files_are_named(tmp_path):
    text = tmp_path / "text.spx"
    text.write_text("<root>words</root>")

    with pytest.raises(UnrecognisedFile, match="no TRT classes"):
        read_bruker(text)
    with pytest.raises(CorruptFile, match="no spectrum and no image"):
        read_bruker(write_xml(tmp_path / "empty.spx"))
    with pytest.raises(CorruptFile, match="should be numbers"):
        read_bruker(write_xml(tmp_path / "words.spx", spectrum(counts=["one"])))
    wrong = image().replace("<Width>5", "<Width>7")
    with pytest.raises(UnsupportedFile, match="30 bytes for an image of 3 x 7"):
        read_bruker(write_xml(tmp_path / "wrong.rto", wrong))
