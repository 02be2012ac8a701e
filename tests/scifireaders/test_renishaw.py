"""Renishaw WiRE: order of a scan, axes, early ends, pictures, property sets."""

from __future__ import annotations

import numpy as np
import pytest
from made.renishaw import (
    COLUMNS,
    POINTS,
    ROWS,
    SHIFTS,
    area,
    block,
    derived,
    jpeg,
    origin,
    scan,
    write_map,
    write_wdf,
)

import sidpy
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile

GRID = scan()[-1][..., ::-1]
SPECTRA = np.arange(4 * POINTS, dtype="f4").reshape(4, POINTS)


def _axes(dataset):
    return {axis.name: axis for axis in dataset._axes.values()}


def _read(path):
    return list(sidpy.read(path).values())


@pytest.mark.parametrize("places", [True, False], ids=["by places", "by flags"])
@pytest.mark.parametrize("order", ["rows", "columns", "snake"])
def test_a_map_is_upright_whatever_the_order_of_its_scan(tmp_path, order, places):
    (found,) = _read(write_map(tmp_path / "map.wdf", order, places=places))

    np.testing.assert_array_equal(found.compute(), GRID)
    axes = _axes(found)
    assert list(axes) == ["y", "x", "raman_shift"]
    np.testing.assert_allclose(axes["x"].values, [-20, -16, -12, -8, -4])
    np.testing.assert_allclose(axes["y"].values, [8, 10, 12])
    np.testing.assert_allclose(axes["raman_shift"].values, SHIFTS[::-1])
    assert {axis.units for axis in axes.values()} == {"µm", "1/cm"}
    assert found.data_type is sidpy.DataType.SPECTRAL_IMAGE
    assert (found.units, found.modality) == ("counts", "Raman")


def test_pixels_that_were_not_collected_are_nan(tmp_path):
    path = write_map(tmp_path / "map.wdf", "snake", collected=7)

    with pytest.warns(SidpyWarning, match="stopped after 7 of 15 spectra"):
        (found,) = _read(path)

    expected = GRID.copy()
    # to and fro: the second line began at its end
    expected[1, :3] = np.nan
    expected[2] = np.nan
    np.testing.assert_array_equal(found.compute(), expected)


def test_a_series_that_stopped_has_the_spectra_that_were_taken(tmp_path):
    z = [origin("z", 5, [0.0, 0.5, 1.0, 1.5], primary=True)]
    path = write_wdf(tmp_path / "z.wdf", SPECTRA, kind=2, origins=z, collected=3)

    with pytest.warns(SidpyWarning, match="stopped after 3 of 4"):
        (found,) = _read(path)

    np.testing.assert_array_equal(found.compute(), SPECTRA[:3, ::-1])
    np.testing.assert_array_equal(_axes(found)["z"].values, [0, 0.5, 1])


def test_times_count_from_the_first_spectrum(tmp_path):
    ticks = 133_510_186_435_495_962 + np.array([0, 5_000_000, 20_000_000, 21_000_000])
    times = [origin("time", 24, ticks, primary=True)]
    (found,) = _read(write_wdf(tmp_path / "t.wdf", SPECTRA, kind=2, origins=times))

    axis = _axes(found)["time"]
    np.testing.assert_allclose(axis.values, [0, 0.5, 2.0, 2.1])
    assert (axis.units, axis.dimension_type.name) == ("s", "TEMPORAL")


def test_an_origin_that_does_not_vary_is_no_axis(tmp_path):
    z = [origin("z", 5, [0.0] * 4, primary=True)]
    (found,) = _read(write_wdf(tmp_path / "z.wdf", SPECTRA, kind=2, origins=z))

    np.testing.assert_array_equal(_axes(found)["spectrum"].values, range(4))


def test_points_without_a_grid_are_a_cloud(tmp_path):
    x, y = [0.0, 3.5, 1.0, 9.0], [2.0, 2.5, 8.0, 1.0]
    origins = [origin("x", 5, x, primary=True), origin("y", 5, y, primary=True)]
    path = write_wdf(
        tmp_path / "points.wdf", SPECTRA, kind=3, origins=origins,
        extra=area((2, 2, 1), flags=1),
    )  # fmt: skip
    (found,) = _read(path)

    assert found.data_type is sidpy.DataType.POINT_CLOUD
    np.testing.assert_array_equal(found.point_cloud["coordinates"], np.column_stack([x, y]))
    np.testing.assert_array_equal(found.compute(), SPECTRA[:, ::-1])


@pytest.mark.parametrize(
    ("count", "names"),
    [((4, 1, 1), ["x"]), ((2, 1, 2), ["z", "x"]), ((1, 2, 2), ["z", "y"])],
    ids=["row", "slice along x", "slice along y"],
)
def test_axes_of_one_pixel_are_left_out(tmp_path, count, names):
    path = write_wdf(
        tmp_path / "slice.wdf", SPECTRA, kind=3,
        extra=area(count, step=(1.0, 2.0, 3.0)),
    )  # fmt: skip
    (found,) = _read(path)

    assert list(_axes(found)) == [*names, "raman_shift"]


def test_a_volume_has_four_axes(tmp_path):
    spectra = np.arange(12 * POINTS, dtype="f4").reshape(12, POINTS)
    path = write_wdf(
        tmp_path / "volume.wdf", spectra, kind=3, extra=area((2, 3, 2), step=(1.0, 1.0, 1.0))
    )
    (found,) = _read(path)

    assert list(_axes(found)) == ["z", "y", "x", "raman_shift"]
    np.testing.assert_array_equal(found.compute(), spectra.reshape(2, 3, 2, POINTS)[..., ::-1])


def test_a_slanted_line_runs_along_its_length(tmp_path):
    extra = area((4, 1, 1), flags=128, step=(3.0, 4.0, 0.0))
    (found,) = _read(write_wdf(tmp_path / "line.wdf", SPECTRA, kind=3, extra=extra))

    np.testing.assert_allclose(_axes(found)["distance"].values, [0, 5, 10, 15])


def test_several_spectra_of_a_kind_that_is_not_told_stay_several(tmp_path):
    path = write_wdf(tmp_path / "some.wdf", SPECTRA, kind=0, x_codes=(0, 0))
    (found,) = _read(path)

    assert list(_axes(found)) == ["spectrum", "channel"]
    np.testing.assert_array_equal(found.compute(), SPECTRA[:, ::-1])


def test_each_spectrum_may_have_its_own_axis(tmp_path):
    lists = np.array([SHIFTS, SHIFTS + 100, SHIFTS[::-1], SHIFTS * 2])
    path = write_wdf(tmp_path / "own.wdf", SPECTRA, kind=2, x=lists, flags=1)
    found = _read(path)

    np.testing.assert_array_equal([d.compute() for d in found[:2]], SPECTRA[:2, ::-1])
    np.testing.assert_array_equal(found[2].compute(), SPECTRA[2])
    np.testing.assert_allclose(_axes(found[3])["raman_shift"].values, 2 * SHIFTS[::-1])


def test_images_through_a_filter_are_rows_and_columns(tmp_path):
    image = np.arange(12, dtype="f4").reshape(1, 12)
    path = write_wdf(tmp_path / "filter.wdf", image, x=range(4), x_codes=(3, 16), y=range(3))
    (found,) = _read(path)

    np.testing.assert_array_equal(found.compute(), image.reshape(3, 4))


@pytest.mark.parametrize(
    ("codes", "name", "units"),
    [((1, 3), "wavelength", "nm"), ((1, 4), "energy", "eV"), ((1, 2), "raman_shift", "1/cm")],
    ids=["nm", "eV", "wavenumber"],
)
def test_the_spectral_axis_is_named_for_its_quantity(tmp_path, codes, name, units):
    (found,) = _read(write_wdf(tmp_path / "one.wdf", SPECTRA[:1], x_codes=codes))

    axis = _axes(found)[name]
    assert (axis.units, bool(np.all(np.diff(axis.values) > 0))) == (units, True)


def test_what_was_derived_lies_as_the_map_does(tmp_path):
    path = write_map(tmp_path / "map.wdf", "columns", extra=derived(np.arange(ROWS * COLUMNS)))
    _, found = _read(path)

    np.testing.assert_array_equal(found.compute(), np.arange(15).reshape(COLUMNS, ROWS).T)
    assert (found.title, list(_axes(found))) == ("Area", ["y", "x"])


def test_the_white_light_image_knows_its_place(tmp_path):
    pytest.importorskip("PIL")
    path = write_map(tmp_path / "map.wdf", extra=block(b"WHTL", jpeg()))
    _, image = _read(path)

    axes = _axes(image)
    assert image.shape == (5, 9, 3)
    np.testing.assert_allclose(axes["x"].values, -39 + 2 * np.arange(9))
    np.testing.assert_allclose(axes["y"].values, 13 + 2 * np.arange(5))
    assert image.compute()[..., 0].min() > 150


def test_a_picture_that_is_none_does_not_hide_the_spectra(tmp_path):
    pytest.importorskip("PIL")
    path = write_map(tmp_path / "map.wdf", extra=block(b"WHTL", b"\xff\xd8no picture"))

    with pytest.warns(SidpyWarning, match="white light image is left out"):
        assert len(_read(path)) == 1


def test_settings_are_typed_and_named_from_the_outermost_set(tmp_path):
    (found,) = _read(write_wdf(tmp_path / "one.wdf", SPECTRA[:1]))

    settings = found.original_metadata["WXDM"]
    assert settings["NamedItems"]["Scan"] == {"Exposure Time": 250, "Centre Wavenumber": 520.5}
    assert settings["Description"] == "a map of silicon"
    experiment = found.metadata["experiment"]
    assert experiment["exposure_time"] == pytest.approx(0.25)
    assert experiment["laser_wavelength"] == pytest.approx(532e-9, rel=1e-4)
    assert experiment["start_date_time"].startswith("2024-01-29T16:17:23")
    assert experiment["comment"] == "made for a test, µm"


def test_what_cannot_be_is_refused(tmp_path):
    path = write_map(tmp_path / "map.wdf")
    raw = path.read_bytes()

    path.write_bytes(raw[: 512 + 100])
    with (
        pytest.warns(SidpyWarning, match="cut short"),
        pytest.raises(CorruptFile, match="no block DATA"),
    ):
        sidpy.read(path)
    write_wdf(path, SPECTRA, x=SHIFTS[:3])
    with pytest.raises(CorruptFile, match="axis of 3 values for spectra of 7 points"):
        sidpy.read(path)
    write_wdf(path, SPECTRA, flags=8, tracks=2)
    with pytest.raises(UnsupportedFile, match="2 tracks"):
        sidpy.read(path)
    path.write_bytes(raw[:64] + (1 << 40).to_bytes(8, "little") + raw[72:])
    with pytest.raises(CorruptFile, match=r"origins are announced|should take"):
        sidpy.read(path)
    path.write_bytes(b"WDF1" + bytes(600))
    with pytest.raises(UnrecognisedFile, match="WDF1"):
        sidpy.read(path, "SciFiReaders.renishaw_wdf")
