"""Galactic SPC: byte orders, exponents, series, own axes, labels, early ends."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from made.galactic import SPECTRA, write_old, write_spc

import sidpy
from SciFiReaders.readers.spectroscopy.galactic_header import Flag
from sidpy import explain
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile


def _axes(dataset):
    return {axis.name: axis for axis in dataset._axes.values()}


def _read(path):
    return list(sidpy.read(path).values())


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("exponents", [-128, 4, (2, 5, 3), (-128, 4, -128)], ids=str)
def test_numbers_of_either_kind_and_order(tmp_path, order, exponents):
    # a file of floats says so in its first exponent, too
    if exponents == (-128, 4, -128):
        exponents = (4, -128, 4)
    (found,) = _read(write_spc(tmp_path / "a.spc", order=order, exponents=exponents))

    np.testing.assert_allclose(found.compute(), SPECTRA, atol=1e-8)
    assert list(_axes(found)) == ["time", "wavelength"]
    np.testing.assert_allclose(_axes(found)["wavelength"].values, np.linspace(400, 800, 5))


@pytest.mark.parametrize(
    ("flags", "exponent"), [(0, 2), (Flag.SHORT, 2), (0, -128)], ids=["32", "16", "floats"]
)
def test_the_old_format_swaps_halves(tmp_path, flags, exponent):
    (found,) = _read(write_old(tmp_path / "a.spc", flags=flags, exponent=exponent))

    np.testing.assert_allclose(found.compute(), SPECTRA, atol=1e-4)
    assert _axes(found)["raman_shift"].units == "1/cm"
    assert found.metadata["experiment"]["start_date_time"] == "2006-12-21T14:41:00"


def test_short_numbers_have_sixteen_bits(tmp_path):
    (found,) = _read(write_spc(tmp_path / "a.spc", exponents=3, flags=Flag.SHORT))

    np.testing.assert_allclose(found.compute(), SPECTRA, atol=1e-4)


def test_a_falling_list_of_x_is_turned(tmp_path):
    (found,) = _read(write_spc(tmp_path / "a.spc", SPECTRA[:1], x=(9.0, 7, 4, 2, 1)))

    np.testing.assert_array_equal(_axes(found)["wavelength"].values, [1, 2, 4, 7, 9])
    np.testing.assert_allclose(found.compute(), SPECTRA[0, ::-1])
    assert (found.data_type.name, found.units) == ("SPECTRUM", "counts")


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
def test_subfiles_with_their_own_x_are_datasets(tmp_path, order):
    x = [np.array([1.0, 3, 4]), np.arange(6.0), np.array([9.0, 8])]
    spectra = [np.arange(3.0), np.arange(6.0) / 4, np.array([1.0, 2])]
    found = _read(write_spc(tmp_path / "a.spc", spectra, x=x, order=order, z=(0, 5, 7)))

    for one, places, values in zip(found[:2], x, spectra, strict=False):
        np.testing.assert_array_equal(_axes(one)["wavelength"].values, places)
        np.testing.assert_array_equal(one.compute(), values)
    np.testing.assert_array_equal(found[2].compute(), [2, 1])
    assert found[1].metadata["experiment"]["z"] == 5


def test_z_that_does_not_grow_is_a_count(tmp_path):
    (found,) = _read(write_spc(tmp_path / "a.spc", z=(1, 1, 1)))

    np.testing.assert_array_equal(_axes(found)["z"].values, [0, 1, 2])


def test_planes_are_an_axis(tmp_path):
    spectra = np.arange(6 * 4.0).reshape(6, 4)
    w, z = (1, 1, 1, 2, 2, 2), (0, 0.5, 1, 0, 0.5, 1)
    (found,) = _read(write_spc(tmp_path / "a.spc", spectra, w=w, z=z))

    assert found.shape == (2, 3, 4)
    np.testing.assert_array_equal(_axes(found)["w"].values, [1, 2])
    np.testing.assert_array_equal(_axes(found)["time"].values, [0, 0.5, 1])


def test_labels_name_the_axes_and_the_log_is_typed(tmp_path):
    path = write_spc(
        tmp_path / "a.spc", labels=b"Raman Shift\0Signal\0Depth\0", codes=(0, 0, 0),
        log=b"LASER = 532.1\r\nfree text\r\n",
    )  # fmt: skip
    (found,) = _read(path)

    assert list(_axes(found)) == ["depth", "raman_shift"]
    assert found.quantity == "Signal"
    assert found.original_metadata["log"] == {"LASER": 532.1, "text": "free text"}
    assert found.metadata["experiment"]["comment"] == "a comment"


@pytest.mark.parametrize(
    ("code", "name", "units"),
    [(1, "wavenumber", "1/cm"), (9, "mass-to-charge_ratio", "m/z"), (14, "energy", "eV")],
)
def test_codes_are_quantities_and_units(tmp_path, code, name, units):
    (found,) = _read(write_spc(tmp_path / "a.spc", SPECTRA[:1], codes=(code, 128, 0)))

    (axis,) = _axes(found).values()
    assert axis.units == units
    assert axis.quantity.lower().replace(" ", "_") == name
    assert found.quantity == "transmission"


def test_subfiles_that_are_missing_are_told(tmp_path):
    path = write_spc(tmp_path / "a.spc", exponents=4)
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.warns(SidpyWarning, match="2 of 3 subfiles"):
        (found,) = _read(path)

    np.testing.assert_allclose(found.compute(), SPECTRA[:2])


def test_files_of_edax_and_bruker_are_none_of_galactic(tmp_path):
    edax, bruker = tmp_path / "edax.spc", tmp_path / "esp.spc"
    edax.write_bytes(struct.pack("<f", 0.7) + bytes(4000))
    bruker.write_bytes(np.arange(1024, dtype="<i4").tobytes())

    for path in (edax, bruker):
        assert explain(path).chosen != "SciFiReaders.galactic_spc"
        with pytest.raises(UnrecognisedFile, match="not a file of Galactic"):
            sidpy.read(path, "SciFiReaders.galactic_spc")


def test_a_spectrum_cut_short_is_refused(tmp_path):
    path = write_spc(tmp_path / "a.spc", SPECTRA[:1])
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(CorruptFile, match="not one spectrum"):
        sidpy.read(path)
