"""TIA series: any order of elements, images the right way up, places in metres."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from SciFiReaders.readers.electron.fei_tia import read_emi, read_ser
from SciFiReaders.readers.electron.tia_series import TYPES
from SciFiReaders.simulate.tia import Way, write_emi, write_ser
from SciFiReaders.strided import StridedArray
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

SCAN = [Way(1e-9, 2e-9, 1, "meters"), Way(0, -1e-9, 5, "meters")]


def only(path):
    (dataset,) = read_ser(path)
    return dataset


@pytest.mark.parametrize("kind", TYPES.values())
@pytest.mark.parametrize("version", [0x0210, 0x0220])
def test_images_of_every_type(tmp_path, kind, version):
    data = np.arange(15).reshape(3, 5).astype(kind)

    dataset = only(write_ser(tmp_path / "a_1.ser", data, version=version))

    assert dataset.dtype == np.dtype(kind)
    np.testing.assert_array_equal(dataset.compute(), data)


def test_an_image_is_upright_and_its_y_axis_descends(tmp_path):
    ways = [Way(-1e-9, 1e-9), Way(2e-9, 1e-9, 1)]

    dataset = only(write_ser(tmp_path / "a_1.ser", np.zeros((3, 5), "f4"), ways=ways))

    np.testing.assert_allclose(dataset.x.values, [-1, 0, 1, 2, 3], atol=1e-12)
    np.testing.assert_allclose(dataset.y.values, [3, 2, 1])
    assert dataset.x.units == "nm"


@pytest.mark.parametrize("gap", [(), (0, 3, 7)], ids=["regular", "irregular"])
def test_a_map_of_spectra(tmp_path, gap):
    data = np.arange(2 * 3 * 4, dtype="i4").reshape(2, 3, 4)
    energies = [Way(100.0, 0.5, 2)]
    path = write_ser(
        tmp_path / "a_1.ser", data, spectra=True, ways=energies, navigation=SCAN, gap=gap
    )

    dataset = only(path)

    np.testing.assert_array_equal(dataset.compute(), data)
    np.testing.assert_array_equal(dataset[1, 2].compute(), data[1, 2])
    np.testing.assert_allclose(dataset.energy.values, [99, 99.5, 100, 100.5])
    np.testing.assert_allclose(dataset.x.values, [-1, 1, 3])
    np.testing.assert_allclose(dataset.y.values, [5, 4])
    assert dataset.data_type == sidpy.DataType.SPECTRAL_IMAGE


def test_a_series_that_stopped_early_has_what_is_there(tmp_path):
    data = np.arange(2 * 3 * 4, dtype="u2").reshape(2, 3, 4)
    path = write_ser(tmp_path / "a_1.ser", data, spectra=True, navigation=SCAN, there=4)

    dataset = only(path)

    np.testing.assert_array_equal(dataset.compute(), data.reshape(6, 4)[:4])
    assert dataset.original_metadata["Series"]["elements planned"] == 6


def test_the_description_brings_all_series_and_the_conditions(tmp_path):
    for number in (2, 1, 10):
        write_ser(tmp_path / f"run_{number}.ser", np.full((2, 3), number, "u2"))
    write_ser(tmp_path / "run_1_1.ser", np.zeros((2, 3), "u2"))
    path = write_emi(
        tmp_path / "run.emi", High_tension="200 kV", Stage_X="1.5 um", Camera_length="0.26 m"
    )

    datasets = read_emi(path)

    assert [int(d.compute()[0, 0]) for d in datasets] == [1, 2, 10]
    experiment = datasets[0].metadata["experiment"]
    assert experiment["acceleration_voltage"] == pytest.approx(200e3)
    assert experiment["stage"]["x"] == pytest.approx(1.5e-6)
    assert only(tmp_path / "run_2.ser").metadata["experiment"] == experiment


def test_a_description_without_series_is_refused(tmp_path):
    path = write_emi(tmp_path / "alone.emi")

    with pytest.raises(CorruptFile, match=r"should be in alone_1\.ser"):
        read_emi(path)


def test_damage_is_named(tmp_path):
    path = write_ser(tmp_path / "a_1.ser", np.zeros((3, 5), "u2"))
    raw = path.read_bytes()
    (tmp_path / "cut.ser").write_bytes(raw[:-20])
    odd = raw.replace(bytes([2, 0, 5, 0, 0, 0]), bytes([77, 0, 5, 0, 0, 0]))
    (tmp_path / "odd.ser").write_bytes(odd)
    (tmp_path / "text.ser").write_bytes(b"text" * 30)

    with pytest.raises(CorruptFile, match="cut short"):
        read_ser(tmp_path / "cut.ser")
    with pytest.raises(UnsupportedFile, match="type 77"):
        read_ser(tmp_path / "odd.ser")
    with pytest.raises(UnrecognisedFile, match="49 49 97 01"):
        read_ser(tmp_path / "text.ser")


def test_strides_may_run_backwards_and_over_gaps(tmp_path):
    path = tmp_path / "numbers"
    path.write_bytes(bytes(range(40)))

    found = StridedArray(path, "u1", (3, 2, 4), 9, (12, -5, 1))

    expected = 9 + 12 * np.arange(3)[:, None, None] - 5 * np.arange(2)[:, None] + np.arange(4)
    np.testing.assert_array_equal(found[...], expected)
    np.testing.assert_array_equal(found[2, ::-1, 1:3], expected[2, ::-1, 1:3])
    assert found[0:0].shape == (0, 2, 4)


@pytest.mark.parametrize(
    ("shape", "offset", "strides"), [((3, 4), 30, (4, 1)), ((3,), 5, (-4,)), ((-1,), 0, (1,))]
)
def test_strides_stay_inside_the_file(tmp_path, shape, offset, strides):
    path = tmp_path / "numbers"
    path.write_bytes(bytes(40))

    with pytest.raises(CorruptFile):
        StridedArray(path, "u1", shape, offset, strides)
