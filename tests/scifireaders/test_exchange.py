"""Ripple, Semper and Panta Rhei: every type, byte order and order of axes."""

from __future__ import annotations

import numpy as np
import pytest
from made.exchange import CALIBRATION, CUBE, write_prz, write_rpl, write_unf

import sidpy
from SciFiReaders.readers.electron.pantarhei_prz import read_prz
from SciFiReaders.readers.electron.ripple import read_rpl
from SciFiReaders.readers.electron.semper import read_unf
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile, UnsupportedFile

KINDS = ["u1", "i1", "<u2", ">i2", "<i4", ">u4", "<i8", ">f4", "<f8", ">c8"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", ["image", "vector"])
def test_ripple_of_every_type_and_order(tmp_path, kind, by):
    path = write_rpl(tmp_path / "a.rpl", CUBE.astype(kind), by=by, offset=3)

    (found,) = sidpy.read(path).values()

    np.testing.assert_array_equal(found.compute(), CUBE.astype(kind))
    kinds = {"image": "IMAGE_STACK", "vector": "SPECTRAL_IMAGE"}
    assert found.data_type.name == kinds[by]


def test_ripple_puts_energies_last(tmp_path):
    keys = {"ev_per_chan": 10, "depth_origin": -50, "width_scale": 2, "width_units": "nm"}
    path = write_rpl(
        tmp_path / "a.rpl", CUBE.astype("u2"), beam_energy=15, signal="EDS_SEM", **keys
    )

    (found,) = read_rpl(path)

    np.testing.assert_array_equal(found.compute(), CUBE.transpose(1, 2, 0))
    np.testing.assert_allclose(found.energy.values, [-50, -40, -30])
    np.testing.assert_allclose(found.x.values, 2.0 * np.arange(5))
    assert (found.energy.units, found.x.units, found.modality) == ("eV", "nm", "EDS_SEM")
    assert found.metadata["experiment"]["acceleration_voltage"] == 15_000


def test_ripple_without_its_numbers_or_keys(tmp_path):
    path = write_rpl(tmp_path / "a.rpl", CUBE.astype("u2"))
    (tmp_path / "a.raw").write_bytes(b"short")
    with pytest.raises(CorruptFile, match="the raw file has 2 numbers"):
        read_rpl(path)
    (tmp_path / "a.raw").unlink()
    with pytest.raises(CorruptFile, match=r"should be in a\.raw"):
        read_rpl(path)
    other = tmp_path / "b.rpl"
    other.write_text("key\tvalue\nwidth\t4\n")
    with pytest.raises(UnrecognisedFile, match="no height"):
        read_rpl(other)
    with pytest.raises(UnsupportedFile, match="3 bytes"):
        read_rpl(write_rpl(tmp_path / "c.rpl", CUBE.astype("u2"), data_length=3))


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "f4", "c8"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("title", ["", "plate"])
def test_semper_of_every_form_and_order(tmp_path, kind, order, title):
    path = write_unf(tmp_path / "a.unf", CUBE.astype(kind), order=order, title=title)

    (found,) = sidpy.read(path).values()

    np.testing.assert_array_equal(found.compute(), CUBE.astype(kind))
    np.testing.assert_allclose(found.x.values, 30 + 2.0 * np.arange(5))
    np.testing.assert_allclose(found.z.values, 50 + 4.0 * np.arange(3))
    assert (found.y.units, found.title) == ("um", title or "a")
    assert found.metadata["experiment"]["start_date_time"] == "2020-03-04T05:06:07"


def test_semper_without_a_label_and_with_few_axes(tmp_path):
    (image,) = read_unf(write_unf(tmp_path / "a.unf", CUBE[0].astype("f4"), label=False))
    (line,) = read_unf(write_unf(tmp_path / "b.unf", CUBE[0, 0].astype("f4")))
    (stack,) = read_unf(write_unf(tmp_path / "c.unf", CUBE[:, :1].astype("f4")))

    assert (image.shape, line.shape, stack.shape) == ((4, 5), (5,), (3, 5))
    assert image.x.units == "generic"
    assert stack.z.values[1] == 54


def test_damaged_semper_files_are_named(tmp_path):
    whole = write_unf(tmp_path / "a.unf", CUBE.astype("f4")).read_bytes()
    (tmp_path / "cut.unf").write_bytes(whole[:-9])
    with pytest.raises(CorruptFile, match=r"cut\.unf"):
        read_unf(tmp_path / "cut.unf")
    with pytest.raises(UnsupportedFile, match="form 9"):
        read_unf(write_unf(tmp_path / "b.unf", CUBE.astype("f4"), form=9))
    (tmp_path / "text.unf").write_text("words")
    with pytest.raises(UnrecognisedFile, match="12 bytes"):
        read_unf(tmp_path / "text.unf")


@pytest.mark.parametrize("packed", [False, True])
def test_panta_rhei_image(tmp_path, packed):
    path = write_prz(tmp_path / "a.prz", CUBE[0].astype(">u2"), packed=packed)

    (found,) = sidpy.read(path).values()

    np.testing.assert_array_equal(found.compute(), CUBE[0])
    np.testing.assert_allclose(found.x.values, (np.arange(5) + 5) * 4e-9)
    np.testing.assert_allclose(found.y.values, np.arange(4) * 3e-9)
    assert (found.title, found.x.units) == ("AB", "m")
    assert found.metadata["experiment"]["acceleration_voltage"] == 200_000


def test_panta_rhei_spectra(tmp_path):
    energy = {"value": 0.5, "unit": "eV", "offset": 200.0}
    (found,) = read_prz(
        write_prz(tmp_path / "a.prz", CUBE.astype("f4"), calibration=[energy, *CALIBRATION[:2]])
    )

    assert found.data_type.name == "SPECTRAL_IMAGE"
    np.testing.assert_allclose(found.energy.values, 100 + 0.5 * np.arange(5))
    assert [found._axes[i].name for i in range(3)] == ["y", "x", "energy"]


def test_objects_are_never_unpickled(tmp_path):
    path = write_prz(tmp_path / "a.prz", CUBE.astype("f4"), text=False)

    with pytest.warns(SidpyWarning, match="Python objects"):
        (found,) = read_prz(path)

    assert found.shape == CUBE.shape
    assert found.original_metadata["meta_data"] == {}
