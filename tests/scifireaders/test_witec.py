"""WITec Project: order of numbers, transformations, units, lines that are missing."""

from __future__ import annotations

import numpy as np
import pytest
from made.witec import ENTRIES, MAP, POLYNOM, entry, graph, shown_as, space, spectral, write_wip

import sidpy
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

WAVES = 540 + 2 * np.arange(5) + 0.01 * np.arange(5) ** 2


def _axes(dataset):
    return {axis.name: axis for axis in dataset._axes.values()}


def _read(path):
    return list(sidpy.read(path).values())


def test_maps_images_and_pictures_have_rows_first(tmp_path):
    found, image, picture = _read(write_wip(tmp_path / "a.wip", *ENTRIES))

    np.testing.assert_array_equal(found.compute(), MAP)
    np.testing.assert_array_equal(image.compute(), MAP[..., 0])
    np.testing.assert_array_equal(picture.compute(), np.arange(24).reshape(2, 3, 4)[..., :3])
    axes = _axes(found)
    np.testing.assert_allclose(axes["x"].values, [9, 11, 13])
    np.testing.assert_allclose(axes["y"].values, [20, 20.5])
    np.testing.assert_allclose(axes["raman_shift"].values, 1e7 * (1 / 532 - 1 / WAVES))
    assert (found.units, axes["x"].units, found.title) == ("counts", "µm", "a map")
    assert found.metadata["experiment"]["laser_wavelength"] == pytest.approx(532e-9)


@pytest.mark.parametrize("magic", [b"WIT_PRCT", b"WIT_DA06", b"WIT_DATA"])
@pytest.mark.parametrize("inverted", [True, False])
def test_numbers_may_lie_by_rows_or_by_columns(tmp_path, inverted, magic):
    path = write_wip(tmp_path / "a.wip", graph(inverted=inverted), magic=magic)
    (found,) = _read(path)

    np.testing.assert_array_equal(found.compute(), MAP)
    assert _axes(found)["x"].units == "generic"


@pytest.mark.parametrize(
    ("index", "name", "units", "values"),
    [
        (0, "wavelength", "nm", WAVES),
        (1, "wavelength", "µm", WAVES / 1000),
        (2, "wavenumber", "1/cm", 1e7 / WAVES[::-1]),
        (4, "energy", "eV", 1239.84193 / WAVES[::-1]),
        (6, "energy_shift", "eV", 1239.84193 * (1 / WAVES - 1 / 532)[::-1]),
    ],
)
def test_the_axis_is_in_the_units_that_were_shown(tmp_path, index, name, units, values):
    path = write_wip(
        tmp_path / "a.wip", graph(XTransformationID=2, XInterpretationID=3),
        spectral(2, SpectralTransformationType=0, Polynom=POLYNOM), shown_as(3, index),
    )  # fmt: skip
    (found,) = _read(path)

    axis = _axes(found)[name]
    np.testing.assert_allclose(axis.values, values)
    assert axis.units == units


def test_a_grating_gives_its_centre_at_its_channel(tmp_path):
    grating = {
        "SpectralTransformationType": 1, "nC": 2.0, "LambdaC": 600.0, "Gamma": 0.5, "Delta": 0.0,
        "m": 1.0, "d": 1e6 / 600, "x": 0.026, "f": 300.0,
    }  # fmt: skip
    (found,) = _read(
        write_wip(tmp_path / "a.wip", graph(XTransformationID=2), spectral(2, **grating))
    )

    values = _axes(found)["wavelength"].values
    assert values[2] == pytest.approx(600)
    # the dispersion of a grating at its focus: d cos(beta) / (m f)
    alpha = np.arcsin(600 * 600e-6 / 2 / np.cos(0.25)) - 0.25
    step = 0.026 * (1e6 / 600) * np.cos(0.5 + alpha) / 300
    np.testing.assert_allclose(np.diff(values), step, rtol=1e-3)


def test_a_polynomial_ends_at_its_bins(tmp_path):
    free = {
        "SpectralTransformationType": 2, "FreePolynom": POLYNOM, "FreePolynomOrder": 2,
        "FreePolynomStartBin": 1.0, "FreePolynomStopBin": 3.0,
    }  # fmt: skip
    (found,) = _read(
        write_wip(tmp_path / "a.wip", graph(XTransformationID=2), spectral(2, **free))
    )

    np.testing.assert_allclose(_axes(found)["wavelength"].values, WAVES[[1, 1, 2, 3, 3]])


def test_a_table_is_an_axis(tmp_path):
    table = entry(
        2, "TDLUTTransformation", {"LUTSize": 5, "LUT": np.array([1.0, 2, 4, 8, 9, 0])},
        TDTransformation={"StandardUnit": "nm"},
    )  # fmt: skip
    (found,) = _read(write_wip(tmp_path / "a.wip", graph(XTransformationID=2), table))

    np.testing.assert_array_equal(_axes(found)["wavelength"].values, [1, 2, 4, 8, 9])


def test_a_turned_scan_runs_along_its_frame(tmp_path):
    path = write_wip(
        tmp_path / "a.wip", graph(SpaceTransformationID=2), space(2, rotation=np.radians(30))
    )
    (found,) = _read(path)

    np.testing.assert_allclose(np.diff(_axes(found)["x"].values), 2)
    np.testing.assert_allclose(np.diff(_axes(found)["y"].values), 0.5)


def test_lines_that_were_not_measured_are_nan(tmp_path):
    path = write_wip(tmp_path / "a.wip", graph(valid=(True, False)))

    with pytest.warns(SidpyWarning, match="1 of 2 lines"):
        (found,) = _read(path)

    np.testing.assert_array_equal(found.compute()[0], MAP[0])
    assert np.isnan(found.compute()[1]).all()


def test_one_that_is_damaged_does_not_hide_the_others(tmp_path):
    kind, content = graph(7)
    content["TDGraph"]["SizeX"] = 4
    path = write_wip(tmp_path / "a.wip", (kind, content), graph(1))

    with pytest.warns(SidpyWarning, match="one TDGraph is left out"):
        (found,) = _read(path)

    np.testing.assert_array_equal(found.compute(), MAP)


def test_what_cannot_be_is_refused(tmp_path):
    path = write_wip(tmp_path / "a.wip", graph())
    raw = path.read_bytes()

    path.write_bytes(raw[:-4])
    with pytest.raises(CorruptFile, match="cut short"):
        sidpy.read(path)
    path.write_bytes(write_wip(path, space(1)).read_bytes())
    with pytest.raises(CorruptFile, match="no spectra"):
        sidpy.read(path)
    path.write_bytes(b"WIT_XX99" + raw[8:])
    with pytest.raises(UnrecognisedFile, match="WIT_PR06"):
        sidpy.read(path, "SciFiReaders.witec_wip")
