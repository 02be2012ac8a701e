"""Digital Surf: every kind of object, right in values and axes."""

from __future__ import annotations

import numpy as np
import pytest
from made.digitalsurf import MAP, SURFACE, an_object, write_surf

import sidpy
from SciFiReaders.readers.electron.digitalsurf import read_surf
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile

VALUES = (SURFACE - SURFACE.min()) * 0.5 + 100


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [16, 32])
def test_a_surface_in_every_storage(tmp_path, packed, order, bits):
    path = write_surf(
        tmp_path / "a.sur", an_object(SURFACE, 2, packed=packed, order=order, bits=bits)
    )

    (found,) = sidpy.read(path).values()

    np.testing.assert_array_equal(found.compute(), VALUES)
    np.testing.assert_allclose(found.y.values, 20 + 0.25 * np.arange(4))
    np.testing.assert_allclose(found.x.values, 10 + 0.5 * np.arange(5))
    assert (found.title, found.units, found.quantity, found.x.units) == (
        "plate", "nm", "Height", "um",
    )  # fmt: skip
    assert found.original_metadata["comment"] == {"Laser": 532.5, "Name": "red"}
    assert found.metadata["experiment"]["start_date_time"] == "2020-01-02T13:04:05"


def test_points_that_were_not_measured_are_nan(tmp_path):
    numbers = SURFACE.copy()
    lowest = int(numbers.min())
    numbers[1, 2] = lowest - 2
    (found,) = read_surf(
        write_surf(tmp_path / "a.sur", an_object(numbers, 2, holes=1, lowest=lowest))
    )
    (plain,) = read_surf(write_surf(tmp_path / "b.sur", an_object(numbers, 2, lowest=lowest)))

    values = np.asarray(found.compute())
    assert np.argwhere(np.isnan(values)).tolist() == [[1, 2]]
    assert plain.compute()[1, 2] == 99


def test_a_ratio_turns_steps_into_lengths(tmp_path):
    (found,) = read_surf(write_surf(tmp_path / "a.sur", an_object(SURFACE, 2, ratio=1000)))

    np.testing.assert_allclose(found.compute(), (SURFACE + 30) * 0.5e-3 + 100)


def test_a_profile_and_a_spectrum(tmp_path):
    (line,) = read_surf(write_surf(tmp_path / "a.pro", an_object(SURFACE[0], 1)))
    (curve,) = read_surf(write_surf(tmp_path / "b.pro", an_object(SURFACE[0], 20)))
    (several,) = read_surf(write_surf(tmp_path / "c.pro", an_object(SURFACE, 20)))

    assert (line.data_type.name, curve.data_type.name) == ("LINE_PLOT", "SPECTRUM")
    np.testing.assert_allclose(curve.dim_0.values, 10 + 0.5 * np.arange(5))
    np.testing.assert_array_equal(curve.compute(), VALUES[0])
    assert several.shape == (4, 5)


def test_a_map_of_spectra(tmp_path):
    (found,) = read_surf(write_surf(tmp_path / "a.sur", an_object(MAP, 21, step=1, start=0)))

    np.testing.assert_array_equal(found.compute(), MAP)
    axis = found.wavelength
    np.testing.assert_allclose(axis.values, 400 + 2.0 * np.arange(6))
    assert (axis.units, axis.dimension_type.name) == ("nm", "SPECTRAL")


def test_pictures_in_colours(tmp_path):
    planes = [SURFACE + 30, SURFACE + 60, SURFACE + 90]
    parts = [an_object(p, 10, planes=3, step=1, start=0, lowest=0) for p in planes]
    first = an_object(planes[0], 12, planes=3, step=1, start=0, lowest=0)
    height = an_object(SURFACE, 13)

    (flat,) = read_surf(write_surf(tmp_path / "a.sur", first, *parts[1:]))
    surface, picture = read_surf(write_surf(tmp_path / "b.sur", height, *parts))

    np.testing.assert_array_equal(flat.compute(), np.stack(planes, -1).astype("u1"))
    np.testing.assert_array_equal(picture.compute(), flat.compute())
    np.testing.assert_array_equal(surface.compute(), VALUES)


def test_series_and_layers(tmp_path):
    parts = [an_object(SURFACE + i, 5 if not i else 2, count=3, lowest=-30) for i in range(3)]
    (series,) = read_surf(write_surf(tmp_path / "a.sur", *parts))
    layers = read_surf(write_surf(tmp_path / "b.sur", an_object(SURFACE, 8), parts[1]))

    assert series.shape == (3, 4, 5)
    np.testing.assert_allclose(series.frame.values, [400, 402, 404])
    np.testing.assert_array_equal(series.compute()[2], VALUES + 1)
    assert [layer.title for layer in layers] == ["plate 1", "plate 2"]
    with pytest.warns(SidpyWarning, match="2 of 3 objects"):
        read_surf(write_surf(tmp_path / "c.sur", *parts[:2]))


def test_foreign_and_damaged_files_are_named(tmp_path):
    whole = an_object(SURFACE, 2)
    packed = bytearray(an_object(SURFACE, 2, packed=True))
    packed[-20:] = bytes(20)

    with pytest.raises(UnrecognisedFile, match="neither"):
        read_surf(write_surf(tmp_path / "text.sur", b"words and more words"))
    with pytest.raises(CorruptFile, match=r"cut\.sur"):
        read_surf(write_surf(tmp_path / "cut.sur", whole[:-5]))
    with pytest.raises(UnsupportedFile, match="type 99"):
        read_surf(write_surf(tmp_path / "new.sur", an_object(SURFACE, 99)))
    with pytest.raises(CorruptFile, match="packed stream"):
        read_surf(write_surf(tmp_path / "bad.sur", bytes(packed)))[0].compute()
