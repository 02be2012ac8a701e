"""Open EMD: rows first, axes as written, slices put together."""

from __future__ import annotations

import numpy as np
import pytest

import sidpy
from SciFiReaders.readers.electron.ncem_emd import read_emd
from SciFiReaders.simulate.emd import write_emd
from sidpy.errors import CorruptFile, UnrecognisedFile

IMAGE = np.arange(20, dtype="i4").reshape(4, 5)


def only(path):
    (dataset,) = read_emd(path)
    return dataset


@pytest.mark.parametrize(("names", "turned"), [("xy", True), ("yx", False), ("ab", False)])
def test_y_comes_before_x(tmp_path, names, turned):
    axes = [(names[0], "n_m", [1.0, 1.5]), (names[1], "n_m", [0.0, 0.25])]

    dataset = only(write_emd(tmp_path / "a.emd", {"g/image": (IMAGE, axes)}))

    np.testing.assert_array_equal(dataset.compute(), IMAGE.T if turned else IMAGE)
    first = dataset._axes[1 if turned else 0]
    np.testing.assert_allclose(first.values, 1 + 0.5 * np.arange(4))
    assert (first.name, first.units) == (names[0], "nm")
    assert dataset.title == "image"


def test_an_axis_may_have_all_its_values(tmp_path):
    uneven = [0.0, 1.0, 4.0, 9.0]
    axes = [("t", "s", uneven), ("E", "eV", np.arange(5, dtype="f4") * np.float32(0.1))]

    dataset = only(write_emd(tmp_path / "a.emd", {"g": (IMAGE, axes)}))

    assert dataset.t.values.tolist() == uneven
    np.testing.assert_allclose(np.diff(dataset.E.values), 0.1, rtol=1e-7)
    assert dataset.data_type == sidpy.DataType.SPECTRAL_IMAGE


@pytest.mark.parametrize("kind", ["u1", "i2", "u4", "i8", "f4", ">f8", "c8"])
def test_numbers_of_every_type(tmp_path, kind):
    dataset = only(write_emd(tmp_path / "a.emd", {"g": (IMAGE.astype(kind), [])}))

    np.testing.assert_array_equal(dataset.compute(), IMAGE)


def test_slices_of_a_simulation_are_one_array(tmp_path):
    axes = [("R_x", "n_m", [0, 1]), ("R_y", "n_m", [0, 1])]
    place = "4DSTEM_simulation/data/realslices/detector_depth{:04}"
    arrays = {place.format(i): (IMAGE + 100 * i, axes) for i in range(3)}
    parameters = "4DSTEM_simulation/metadata/metadata_0/original/simulation_parameters"
    notes = {parameters: {"zs": 2.0, "ns": 3, "s": 0.5, "E": 80.0}}

    dataset = only(write_emd(tmp_path / "a.emd", arrays, name="realslice", groups=notes))

    np.testing.assert_array_equal(dataset.compute()[2], IMAGE.T + 200)
    np.testing.assert_allclose(dataset.depth.values, [2.0, 3.5, 5.0])
    assert dataset.metadata["experiment"]["acceleration_voltage"] == 80e3
    assert dataset.title == "detector"


def test_a_data_cube_of_py4dstem_keeps_its_order(tmp_path):
    cube = np.arange(120, dtype="u2").reshape(2, 3, 4, 5)
    axes = [("Rx", "nm", [0, 2]), ("Ry", "nm", [0, 1]), ("Qx", "A^-1", [0, 0.1])]
    axes.append(("Qy", "A^-1", [0, 0.1]))

    dataset = only(write_emd(tmp_path / "a.h5", {"root/cube": (cube, axes)}, version=1))

    np.testing.assert_array_equal(dataset.compute(), cube)
    assert dataset.data_type == sidpy.DataType.IMAGE_4D
    np.testing.assert_allclose(dataset.Rx.values, [0, 2])


def test_conditions_are_kept(tmp_path):
    groups = {"microscope": {"name": "TEAM", "voltage": "300kV"}, "user": {"name": "me"}}
    path = write_emd(tmp_path / "a.emd", {"g": (IMAGE, [])}, groups=groups)

    dataset = only(path)

    assert dataset.metadata["experiment"]["acceleration_voltage"] == 300e3
    assert dataset.metadata["experiment"]["microscope"] == "TEAM"
    assert dataset.original_metadata["user"]["name"] == "me"


def test_other_files_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    for name in ("other.emd", "empty.emd"):
        with h5py.File(tmp_path / name, "w") as file:
            file.create_group("g").create_group("loop")
            file["g/loop/back"] = h5py.SoftLink("/g")
            if name == "empty.emd":
                file["g"].attrs["emd_group_type"] = 1

    with pytest.raises(UnrecognisedFile, match="emd_group_type"):
        read_emd(tmp_path / "other.emd")
    with pytest.raises(CorruptFile, match="no array"):
        read_emd(tmp_path / "empty.emd")


@pytest.mark.vendor
def test_depths_are_those_of_the_parameters(vendor_data):
    """The only reference gives none; start 6.7875 A, every 4th slice of 1.3575 A of 16.29 A."""
    path = vendor_data / "emd-prismatic" / "rosettasciio" / "Si100_1x1x3-zStart6.7875.emd"
    dataset = only(path)
    thickness = 3 * 5.43

    np.testing.assert_allclose(dataset.depth.values, [6.7875, 12.2175], rtol=1e-6)
    assert dataset.depth.values[-1] + 4 * 1.3575 > thickness  # a third would lie outside
    np.testing.assert_allclose(np.diff(dataset.R_x.values), 0.4, rtol=1e-5)
    np.testing.assert_allclose(np.diff(dataset.bin_outer_angle.values), 1e-3, rtol=1e-5)
    assert dataset.shape == (2, 7, 7, 208)
    assert float(dataset[0, 0, 0, 0].compute()) == 0.05310468003153801
