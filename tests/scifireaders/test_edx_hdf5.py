"""X-ray maps in HDF5: rows and columns out of lists of points, energies from the header."""

from __future__ import annotations

import numpy as np
import pytest
from made.edx_hdf5 import edax, h5oina

import sidpy
from SciFiReaders import EDAXReader
from SciFiReaders.readers.xray.folded import Folded


def axes(dataset):
    return [(axis.name, axis.units) for axis in dataset._axes.values()]


@pytest.mark.parametrize(
    "index",
    [
        np.s_[:],
        np.s_[1],
        np.s_[1:, 2],
        np.s_[..., 0],
        np.s_[::-1, ::2],
        np.s_[-1, -1, 1:3],
        np.s_[2:2],
    ],
)
def test_a_folded_list_is_the_grid(index):
    values = np.arange(3 * 4 * 5).reshape(12, 5)
    if index is Ellipsis or (isinstance(index, tuple) and Ellipsis in index):
        index = (slice(None), slice(None), 0)

    found = Folded(values, 3, 4)[index]

    np.testing.assert_array_equal(found, values.reshape(3, 4, 5)[index])


def test_everything_of_a_map_of_oxford(tmp_path):
    path = h5oina(tmp_path / "a.h5oina")

    found = {dataset.title: dataset for dataset in sidpy.read(path).values()}

    spectra = found["EDS Spectrum"]
    assert axes(spectra) == [("y", "um"), ("x", "um"), ("energy", "eV")]
    np.testing.assert_array_equal(spectra.compute(), np.arange(30).reshape(2, 3, 5))
    np.testing.assert_allclose(spectra.energy.values, -200 + 10 * np.arange(5))
    np.testing.assert_allclose(spectra.y.values, [0.125, 0.375])
    assert spectra.metadata["experiment"]["acceleration_voltage"] == 20e3
    assert spectra.metadata["experiment"]["stage"] == {"x": 0.012}
    element = found["EDS Window Integral Al Ka1"]
    assert (element.compute().tolist(), element.units) == ([[0, 1, 2], [3, 4, 5]], "counts/s")
    assert found["EBSD Euler"].shape == (2, 3, 3)
    assert found["EBSD Euler"].units == "rad"
    patterns = found["EBSD Processed Patterns"]
    assert (patterns.shape, patterns.data_type.name) == ((2, 3, 4, 5), "IMAGE_4D")
    assert found["Electron Image SE SE 1"].compute().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert "EDS X" not in found


def test_a_line_scan_of_oxford_has_no_rows(tmp_path):
    path = h5oina(tmp_path / "a.h5oina", rows=1)

    found = {dataset.title: dataset for dataset in sidpy.read(path).values()}

    assert axes(found["EDS Spectrum"]) == [("x", "um"), ("energy", "eV")]
    assert found["EDS Live Time"].shape == (3,)


def test_a_project_of_edax_by_the_class_of_earlier_releases(tmp_path):
    """Earlier releases put x on the rows, ignored the energy of the first channel, and said nm."""
    found = EDAXReader(str(edax(tmp_path / "a.h5"))).read()

    stem = "Sample1_Area1_LiveMap1"
    assert set(found) == {
        f"{stem}_SpectrumImage",
        f"{stem}_Image",
        f"{stem}_Spectrum",
        f"{stem}_ROIs_AlK",
        "Sample1_Area1_SurveyImage",
    }
    spectra = found[f"{stem}_SpectrumImage"]
    assert axes(spectra) == [("y", "um"), ("x", "um"), ("energy_scale", "eV")]
    np.testing.assert_array_equal(spectra.compute(), np.arange(30).reshape(2, 3, 5))
    np.testing.assert_array_equal(spectra[1, :, 2:4].compute(), [[17, 18], [22, 23], [27, 28]])
    np.testing.assert_allclose(spectra.energy_scale.values, -100 + 10 * np.arange(5))
    np.testing.assert_allclose(spectra.x.values, [0.25, 0.75, 1.25])
    assert spectra.metadata["experiment"]["acceleration_voltage"] == 20e3
    spectrum = found[f"{stem}_Spectrum"]
    assert spectrum.compute().tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(spectrum.energy_scale.values, -50 + 5 * np.arange(5))
    assert axes(found["Sample1_Area1_SurveyImage"]) == [("y", "um"), ("x", "um")]
