"""Object by object, a file is laid out as the released package lays it out.

``released_layout.json`` is what ``either_side.py`` printed of its own example with
pyNSID 0.0.7.2 and sidpy 0.12.9.
"""

import json
import pathlib
import sys

import h5py
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import either_side

#: What we add to an object, by what it is; the released readers pass over all of it.
NEXUS = {"NX_class", "signal"}
PATH = {"NX_class", "default"}
STRUCTURE = {"numbers", "pbc"}


@pytest.fixture(scope="module")
def released():
    file = pathlib.Path(__file__).parent / "released_layout.json"
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    pytest.importorskip("ase", reason="the example has a crystal structure: ase is missing")
    path = tmp_path_factory.mktemp("layout") / "example.h5"
    either_side.write(path)
    return json.loads(json.dumps(either_side.layout(path)))


def ours_only(name):
    return "_nsid" in name.split("/") or name.endswith("/title")


def test_every_object_is_there_and_only_a_hidden_group_and_the_title_are_added(released, ours):
    assert set(released) == {name for name in ours if not ours_only(name)}
    assert sum(map(ours_only, ours)) == 6  # two for each main dataset


def test_every_dataset_has_the_form_and_the_scales_of_the_released_one(released, ours):
    for name, row in released.items():
        found = {key: value for key, value in ours[name].items() if key != "attributes"}
        assert found == {k: v for k, v in row.items() if k != "attributes"}, name


def test_every_attribute_has_the_type_and_the_value_of_the_released_one(released, ours):
    compared = 0
    for name, row in released.items():
        for attribute, expected in row["attributes"].items():
            assert ours[name]["attributes"][attribute] == expected, (name, attribute)
            compared += 1

    assert compared == 140


def test_only_these_attributes_are_added(released, ours):
    for name, row in released.items():
        added = set(ours[name]["attributes"]) - set(row["attributes"])
        if "main_data_name" in row["attributes"]:
            assert added == {"title", "long_name"}, name
        elif row.get("is_scale"):
            assert added == {"long_name"}, name
        elif f"{name}/{name.rpartition('/')[2]}" in released:  # the group of a main dataset
            axes = ours[name]["attributes"]["axes"]["value"]
            assert added == NEXUS | {"axes"} | {f"{axis}_indices" for axis in axes}, name
        elif any(other.startswith(name.strip("/")) for other in mains(released) if other != name):
            assert added == PATH, name
        elif name.endswith("Structure_000/Al"):
            assert added == STRUCTURE
        else:
            assert not added, name


def mains(rows):
    return [name for name, row in rows.items() if "main_data_name" in row["attributes"]]


def test_the_record_is_one_text(ours, tmp_path):
    rows = [row for name, row in ours.items() if name.endswith("/_nsid")]

    assert [list(row["attributes"]) for row in rows] == [["record"]] * 3
    assert {row["attributes"]["record"]["kind"] for row in rows} == {"vlen utf-8"}


def test_references_lead_to_the_axes(tmp_path):
    pytest.importorskip("ase", reason="the example has a crystal structure: ase is missing")
    path = tmp_path / "example.h5"
    either_side.write(path)
    with h5py.File(path) as file:
        main = file["Measurement_000/Channel_000/Raw_Data/Raw_Data"]
        for axis, name in enumerate(["x", "y", "bias"]):
            (reference,) = main.attrs["DIMENSION_LIST"][axis]
            back = file[reference].attrs["REFERENCE_LIST"][0]
            assert file[reference].name.endswith(f"/{name}")
            assert file[back[0]] == main
            assert back[1] == axis
