"""Spectra exported as text or XML: order of their points, axes, settings, damage."""

from __future__ import annotations

import numpy as np
import pytest
from made.exports import (
    CURVES,
    FALLING,
    SPECTRA,
    write_horiba,
    write_labspec,
    write_trivista,
    write_witec,
    write_xsyg,
)

import sidpy
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

MAP = SPECTRA.reshape(2, 3, 4)


def _axes(dataset):
    return {axis.name: axis for axis in dataset._axes.values()}


def _read(path):
    return list(sidpy.read(path).values())


# --- LabSpec --------------------------------------------------------------------------


def test_a_map_of_labspec_is_upright_and_ascends(tmp_path):
    (found,) = _read(write_horiba(tmp_path / "a.xml"))

    np.testing.assert_array_equal(found.compute(), MAP[..., ::-1])
    axes = _axes(found)
    assert list(axes) == ["y", "x", "raman_shift"]
    np.testing.assert_array_equal(axes["y"].values, [2, 4])
    np.testing.assert_array_equal(axes["raman_shift"].values, FALLING[::-1])
    assert (found.units, axes["x"].units, found.modality) == ("counts/s", "µm", "Raman")


def test_a_map_that_was_scanned_along_y_first_is_turned(tmp_path):
    axes = (("Y", "µm", (2, 4)), ("X", "µm", (-1, 0, 1)))
    (found,) = _read(write_horiba(tmp_path / "a.xml", axes=axes))

    np.testing.assert_array_equal(
        found.compute(), SPECTRA.reshape(3, 2, 4).swapaxes(0, 1)[..., ::-1]
    )
    assert list(_axes(found)) == ["y", "x", "raman_shift"]


def test_axes_of_one_point_are_left_out_and_times_are_times(tmp_path):
    axes = (("Time", "s", (0, 1, 2, 3, 4, 5.5)), ("X", "µm", (0,)))
    (found,) = _read(
        write_horiba(tmp_path / "a.xml", axes=axes, spectral=("Spectr", "eV", (1, 2, 3, 4)))
    )

    assert list(_axes(found)) == ["time", "energy"]
    assert _axes(found)["time"].dimension_type.name == "TEMPORAL"


def test_settings_of_labspec_are_typed(tmp_path):
    settings = [("Laser (nm)", "633 ", 632.817), ("Acq. time (s)", 2, ""),
                ("Acquired", "27.06.2022 16:36:48", "")]  # fmt: skip
    (found,) = _read(write_horiba(tmp_path / "a.xml", settings=settings))

    experiment = found.metadata["experiment"]
    assert experiment["laser_wavelength"] == pytest.approx(632.817e-9)
    assert experiment["exposure_time"] == 2
    assert experiment["start_date_time"] == "2022-06-27T16:36:48"
    assert found.original_metadata["Laser (nm)"] == 633


def test_spectra_that_are_missing_are_nan(tmp_path):
    path = write_horiba(tmp_path / "a.xml", SPECTRA[:4])

    with pytest.warns(SidpyWarning, match="4 of 6"):
        (found,) = _read(path)

    assert np.isnan(found.compute()[1, 1:]).all()
    np.testing.assert_array_equal(found.compute()[1, 0], SPECTRA[3, ::-1])


def test_spectra_that_do_not_fit_their_axis_are_refused(tmp_path):
    path = write_horiba(tmp_path / "a.xml", SPECTRA[:, :3])

    with pytest.raises(CorruptFile, match="do not fit axes"):
        sidpy.read(path)


def test_a_spectrum_as_text(tmp_path):
    settings = [("Acq. time (s)", 2), ("Laser (nm)", "532.1"), ("Title", "wafer")]
    (found,) = _read(write_labspec(tmp_path / "a.txt", axes=(), settings=settings))

    np.testing.assert_array_equal(found.compute(), SPECTRA[0, ::-1])
    np.testing.assert_array_equal(_axes(found)["raman_shift"].values, FALLING[::-1])
    assert (found.title, found.units) == ("wafer", "counts")
    assert found.metadata["experiment"]["laser_wavelength"] == pytest.approx(532.1e-9)


@pytest.mark.parametrize("kinds", [("X", "Y"), ("XA", "YA")])
def test_a_map_as_text_has_the_slowest_axis_first(tmp_path, kinds):
    axes = [(kind, "µm") for kind in kinds]
    (found,) = _read(write_labspec(tmp_path / "a.txt", axes=axes))

    np.testing.assert_array_equal(found.compute(), MAP[..., ::-1])
    np.testing.assert_array_equal(_axes(found)["y"].values, [2.5, 3])
    np.testing.assert_array_equal(_axes(found)["x"].values, [-1, 0, 1])
    assert _axes(found)["x"].units == "µm"


def test_a_map_as_text_that_was_not_finished_is_nan(tmp_path):
    places = [(2.5, -1), (2.5, 0), (2.5, 1), (3, -1)]
    path = write_labspec(tmp_path / "a.txt", SPECTRA[:4], places=places)

    with pytest.warns(SidpyWarning, match="4 of 6"):
        (found,) = _read(path)

    np.testing.assert_array_equal(found.compute()[1, 0], SPECTRA[3, ::-1])
    assert np.isnan(found.compute()[1, 1:]).all()


def test_points_as_text_that_make_no_grid_are_a_cloud(tmp_path):
    places = [(0.5, 9), (1, 3), (7, 2), (8, 8), (9, 1), (10, 0)]
    (found,) = _read(write_labspec(tmp_path / "a.txt", places=places))

    assert found.data_type.name == "POINT_CLOUD"
    np.testing.assert_array_equal(found.point_cloud["coordinates"], np.array(places)[:, ::-1])


def test_a_series_as_text_has_its_axis(tmp_path):
    times = [0, 1.5, 2, 3, 4, 9]
    (found,) = _read(write_labspec(tmp_path / "a.txt", axes=[("Time", "s")], places=times))

    np.testing.assert_array_equal(_axes(found)["time"].values, times)
    assert (_axes(found)["time"].units, found.data_type.name) == ("s", "LINE_PLOT_FAMILY")


def test_a_table_as_text_that_is_cut_short_is_refused(tmp_path):
    path = write_labspec(tmp_path / "a.txt")
    raw = path.read_bytes()
    path.write_bytes(raw[: raw.rindex(b"\t")])

    with pytest.raises(CorruptFile, match="rows of"):
        sidpy.read(path)


# --- WITec ----------------------------------------------------------------------------


@pytest.mark.parametrize("comma", [",", "\t", ";"], ids=["comma", "tab", "semicolon"])
def test_one_spectrum_of_witec(tmp_path, comma):
    (found,) = _read(write_witec(tmp_path / "a.txt", SPECTRA[:1], comma=comma))

    np.testing.assert_allclose(found.compute(), SPECTRA[0, ::-1])
    axis = _axes(found)["raman_shift"]
    np.testing.assert_allclose(axis.values, FALLING[::-1])
    assert (axis.units, found.units, found.title) == ("1/cm", "counts", "Spectrum0")


def test_a_table_of_witec_is_a_map_with_its_size(tmp_path):
    header = (("SizeX", 3), ("SizeY", 2), ("ScanUnit", "µm"), ("ScanWidth", 6), ("ScanHeight", 1),
              ("ScanOriginX", -3), ("ScanOriginY", 0))  # fmt: skip
    (found,) = _read(write_witec(tmp_path / "a.txt", header=header))

    np.testing.assert_allclose(found.compute(), MAP[..., ::-1])
    axes = _axes(found)
    np.testing.assert_allclose(axes["x"].values, [-2, 0, 2])
    np.testing.assert_allclose(axes["y"].values, [0.25, 0.75])
    assert axes["x"].units == "µm"


def test_a_table_that_makes_no_map_is_a_series(tmp_path):
    (found,) = _read(write_witec(tmp_path / "a.txt", header=(("SizeX", 5), ("SizeY", 2))))

    assert list(_axes(found)) == ["spectrum", "raman_shift"]
    assert found.data_type.name == "LINE_PLOT_FAMILY"


def test_a_damaged_table_is_refused(tmp_path):
    path = write_witec(tmp_path / "a.txt")
    raw = path.read_bytes()

    path.write_bytes(raw[: raw.rindex(b",")])
    with pytest.raises(CorruptFile, match="rows of"):
        sidpy.read(path)
    path.write_bytes(raw[: raw.index(b"[Data]")])
    with pytest.raises(CorruptFile, match="no \\[Data\\]"):
        sidpy.read(path)


# --- TriVista -------------------------------------------------------------------------


def test_frames_without_more_are_counted(tmp_path):
    (found,) = _read(write_trivista(tmp_path / "a.tvf"))

    np.testing.assert_array_equal(found.compute(), SPECTRA)
    np.testing.assert_array_equal(_axes(found)["wavelength"].values, FALLING[::-1])
    assert (next(iter(_axes(found))), found.units) == ("frame", "counts")
    assert found.metadata["experiment"]["laser_wavelength"] == pytest.approx(532e-9)


def test_frames_of_a_stage_scan_are_a_map(tmp_path):
    groups = {
        "X-Axis": {"From": -1, "To": 1, "Step": 1, "Points": 3},
        "Y-Axis": {"From": 0, "To": 5, "Step": 5, "Points": 2},
        "Detector": {"Exposure_Time_(ms)": 250},
    }
    (found,) = _read(write_trivista(tmp_path / "a.tvf", groups=groups))

    np.testing.assert_array_equal(found.compute(), MAP)
    axes = _axes(found)
    np.testing.assert_array_equal(axes["x"].values, [-1, 0, 1])
    np.testing.assert_array_equal(axes["y"].values, [0, 5])
    assert found.metadata["experiment"]["exposure_time"] == 0.25


def test_times_of_frames_are_an_axis_where_they_grow(tmp_path):
    start = 637_919_493_552_949_760
    stamps = [start + i * 20_000_000 for i in range(6)]
    (found,) = _read(write_trivista(tmp_path / "a.tvf", stamps=stamps))

    np.testing.assert_allclose(_axes(found)["time"].values, 2 * np.arange(6), atol=1e-4)


def test_frames_that_do_not_fit_are_refused(tmp_path):
    path = write_trivista(tmp_path / "a.tvf", SPECTRA[:, :3])

    with pytest.raises(CorruptFile, match="frames of"):
        sidpy.read(path)


@pytest.mark.vendor
def test_a_real_file_does_not_say_in_which_units_its_stage_counts(vendor_data):
    path = vendor_data / "trivista-tvf/rosettasciio/linescan.tvf"
    text = path.read_text(encoding="utf-8-sig")
    (found,) = _read(path)

    stage = text[text.index("&lt;Name&gt;X-Axis") :]
    stage = stage[: stage.index("/Group")]
    assert not any(word in stage for word in ("µ", "micro", "mm", "Unit"))
    np.testing.assert_allclose(_axes(found)["x"].values, -0.01 + 0.001 * np.arange(21))
    assert _axes(found)["x"].units == "generic"


# --- XSYG -----------------------------------------------------------------------------


def test_every_curve_is_read_with_its_own_times(tmp_path):
    counts, heat, colours = _read(write_xsyg(tmp_path / "a.xsyg", CURVES))

    np.testing.assert_array_equal(counts.compute(), [5, 7, 6])
    np.testing.assert_array_equal(_axes(counts)["time"].values, [0.1, 0.2, 0.35])
    assert (counts.units, _axes(counts)["time"].units) == ("counts", "s")
    assert (heat.quantity, heat.units) == ("T", "°C")
    np.testing.assert_array_equal(colours.compute(), [[3, 2, 1], [6, 5, 4]])
    np.testing.assert_array_equal(_axes(colours)["wavelength"].values, [300, 500, 700])


def test_a_time_without_a_value_is_refused(tmp_path):
    path = write_xsyg(tmp_path / "a.xsyg", [(CURVES[0][0], "1,2;3")])

    with pytest.raises(CorruptFile, match="without a value"):
        sidpy.read(path)


# --- all ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["horiba_xml", "horiba_txt", "trivista_tvf", "witec_txt", "xsyg"])
def test_text_of_another_kind_is_not_taken_for_it(tmp_path, name):
    path = tmp_path / "a.xml"
    path.write_text("<root><Document/></root>")

    with pytest.raises(UnrecognisedFile, match="not "):
        sidpy.read(path, f"SciFiReaders.{name}")
