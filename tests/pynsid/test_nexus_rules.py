"""Every main dataset is a valid NXdata, and every group above leads to one."""

import pathlib
import sys

import h5py
import numpy as np
import pytest

import pyNSID
import sidpy
from pyNSID import hdf_io, hdf_utils

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from nxdata_rules import broken_path, broken_rules


def dataset(values, title="d", **labels):
    return sidpy.Dataset.from_array(np.asarray(values), title=title, units="nA", **labels)


def named(names, shape):
    result = dataset(np.zeros(shape))
    for axis, name in enumerate(names):
        result.set_dimension(axis, sidpy.Dimension(np.arange(shape[axis]), name))
    return result


def uneven():
    result = dataset(np.eye(3))
    for axis in range(2):
        result.set_dimension(axis, sidpy.Dimension([0, 1, 9], "xy"[axis], "Length", "nm"))
    return result


CASES = {
    "a number": dataset(3.5),
    "a row": dataset([1, 2, 3]),
    "uneven axes": uneven(),
    "complex": dataset(np.ones((2, 3), np.complex64)),
    "true and false": dataset(np.eye(2, dtype=bool)),
    "whole numbers": dataset(np.eye(2, dtype=np.uint8)),
    "nothing along an axis": dataset(np.zeros((3, 4)))[:, 4:],
    "six axes": dataset(np.zeros((1, 2, 1, 2, 1, 2))),
    "an axis called title": named(["title", "x"], (2, 3)),
    "axes of one name": dataset(np.ones(3))[None, ..., None],
    "an axis called like the data": named(["d", "V/nm"], (2, 3)),
    "names of every script": named(["日本", "µ"], (2, 2)),
    "no labels": sidpy.Dataset.from_array(np.zeros((2, 2))),
}


@pytest.mark.parametrize("data", CASES.values(), ids=CASES)
def test_the_group_of_a_main_dataset_is_an_nxdata(h5, data):
    main = hdf_io.write_nsid_dataset(data, h5)

    assert broken_rules(main.parent) == []
    assert broken_path(h5, main.parent) == []


def test_titles_units_and_long_names_are_those_of_the_dataset(h5, iv_map):
    group = hdf_io.write_nsid_dataset(iv_map, h5).parent

    assert group["title"][()].decode() == "IV_map"
    assert group["IV_map"].attrs["long_name"] == "Current (nA)"
    assert group["bias"].attrs["long_name"] == "Bias (V)"
    assert group["bias"].attrs["units"] == "V"
    assert group["bias"][()].tolist() == [0, 1, 3, 9]


@pytest.mark.parametrize("values", [np.array([b"a"]), np.zeros(2, "f4,i4"), np.array(["x"])])
def test_what_is_no_number_is_no_nxdata(h5, values):
    group = hdf_io.write_nsid_dataset(sidpy.Dataset.from_array(values), h5).parent

    assert not {"NX_class", "signal", "axes"} & set(group.attrs)


def test_every_group_leads_to_what_was_written_first(path, iv_map):
    sidpy.write({"a": iv_map, "b": iv_map.mean(axis=0)}, path)
    sidpy.write({"c": iv_map * 2}, path, append=True)
    with h5py.File(path, "a") as file:
        first = file["Measurement_000/Channel_000"]
        pyNSID.io.write_results(first, dataset=iv_map.mean(axis=2), process_name="Fit")
        pyNSID.io.write_results(first["IV_map"], dataset=iv_map.sum(axis=2))
    with h5py.File(path) as file:
        mains = hdf_utils.get_all_main(file)
        above = {main.parent.parent.name for main in mains}

        assert len(mains) == 5
        assert [broken_rules(main.parent) for main in mains] == [[]] * 5
        assert len(above) == 5
        for name in above - {"/Measurement_000/Channel_000"}:
            (main,) = (one for one in mains if one.parent.parent.name == name)
            assert broken_path(file[name], main.parent) == []
        raw = file["Measurement_000/Channel_000/IV_map"]
        for name in ("/", "/Measurement_000", "/Measurement_000/Channel_000"):
            assert broken_path(file[name], raw) == []
        assert file["Measurement_000/Channel_000/Log_Fit_000"].attrs["NX_class"] == "NXprocess"


def test_a_default_that_another_program_set_stays_and_a_broken_one_is_mended(h5, iv_map):
    other = h5.create_group("entry/data")
    other.attrs["NX_class"] = "NXdata"
    h5.attrs["default"] = "entry"
    hdf_io.write_nsid_dataset(iv_map, h5)
    assert h5.attrs["default"] == "entry"

    h5.attrs["default"] = "gone"
    main = hdf_io.write_nsid_dataset(iv_map, h5, main_data_name="second")
    assert h5.attrs["default"] == "second"
    assert broken_path(h5, main.parent) == []


def test_the_released_function_leads_to_the_dataset_it_is_given(h5, iv_map):
    hdf_io.write_nsid_dataset(iv_map, h5.create_group("M/C"), main_data_name="first")
    second = hdf_io.write_nsid_dataset(iv_map, h5["M/C"], main_data_name="second")

    pyNSID.make_nexus_compatible(second)

    assert broken_path(h5, second.parent) == []


@pytest.mark.parametrize("data", CASES.values(), ids=CASES)
def test_silx_takes_it_for_an_nxdata(h5, data):
    nxdata = pytest.importorskip("silx.io.nxdata", reason="silx is not installed")
    main = hdf_io.write_nsid_dataset(data, h5)

    found = nxdata.get_default(h5, validate=False)
    checked = nxdata.NXdata(main.parent)

    assert found.group == main.parent
    assert checked.is_valid, checked.issues
    assert checked.title == data.title
    assert len([axis for axis in checked.axes if axis is not None]) == data.ndim


def test_the_rules_notice_what_is_broken(h5, iv_map):
    group = hdf_io.write_nsid_dataset(iv_map, h5, main_data_name="d").parent
    del group.attrs["x_indices"], group["bias"].attrs["units"], group["title"]
    group.attrs["axes"] = ["x", "y"]

    assert len(broken_rules(group)) == 3
    group.attrs["signal"] = "nothing"
    assert broken_rules(group) == ["signal names no dataset of the group"]
    h5.attrs["default"] = "nothing"
    assert broken_path(h5) == ["default of / leads nowhere"]
