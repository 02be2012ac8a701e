"""From any of our three models of a file into any other, and nothing gets lost unsaid."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import warnings
from pathlib import Path

import dask.array as da
import h5py
import numpy as np
import pytest
from any_dataset import assert_identical, datasets
from hypothesis import HealthCheck, given, settings

import sidpy
from sidpy.cli import main
from sidpy.io.losses import losses

pytest.importorskip("pyNSID")
pytest.importorskip("pyUSID")

FILES = {"nsid": "data.h5", "usid": "data.usid", "nexus": "data.nxs"}
DIRECTIONS = [(one, other) for one in FILES for other in FILES if one != other]


def axis(values, name="x", kind="spatial", units="nm"):
    return sidpy.Dimension(values, name, "distance", units, kind)


def rich():
    """A dataset with something in every label."""
    values = np.linspace(0, 1, 24).reshape(2, 3, 4)
    data = sidpy.Dataset.from_array(
        da.from_array(values, chunks=(1, 3, 4)), title="a/b - c ", units="nA", quantity="current",
        modality="STM", source="tip 4", datatype="SPECTRAL_IMAGE", variance=values / 10,
    )  # fmt: skip
    data.set_dimension(
        0,
        axis(
            [
                0.0,
                0.1,
            ],
            "y",
        ),
    )
    data.set_dimension(1, axis([5.0, 3.0, 2.5]))
    data.set_dimension(2, axis([-1.0, 0.0, 0.5, 7.0], "bias", "spectral", "V"))
    data.metadata = {
        "tip": {"radius": 20, "none": None, "pair": (1, 2.0), "list": [1, [2]], 5: "five"},
        "when": dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC),
        "curve": np.arange(20_000.0),
        "flag": True,
        "a-b": {"c/d": np.float16(1.5)},
    }
    data.original_metadata = {"raw": b"\0\1", "text": "µ" * 70_000}
    data.user_notes = {"good": [True, False]}
    return (data * 2).sel(x=[3.0, 2.5])


def plain(values, **labels):
    return sidpy.Dataset.from_array(np.asarray(values), **labels)


def cloud():
    points = np.array([[0.0, 1.0], [2.0, 0.5], [3.0, 4.0]])
    data = sidpy.Dataset.from_array(
        np.arange(6.0).reshape(3, 2), title="points", datatype="POINT_CLOUD", coordinates=points
    )
    data.set_dimension(0, axis(np.arange(3), "point", "point_cloud", "a.u."))
    data.set_dimension(1, axis([1.0, 2.0], "energy", "spectral", "eV"))
    data.point_cloud = {"coordinates": points, "quantity": "distance", "spacial_units": "nm"}
    return data


ODD = {
    "bool": lambda: plain([[True, False]]),
    "float16": lambda: plain(np.array([1.5, np.nan], "f2")),
    "complex64": lambda: plain(np.array([[1 + 2j]], "c8")),
    "big-endian": lambda: plain(np.arange(4, dtype=">i4").reshape(2, 2)),
    "uint64": lambda: plain(np.array([2**64 - 1], "u8")),
    "text": lambda: plain(np.array(["µ", "abc"])),
    "bytes": lambda: plain(np.array([b"a", b"bc"])),
    "dates": lambda: plain(np.array(["2024-02-29", "NaT"], "M8[s]")),
    "structured": lambda: plain(np.array([(1, 2.5), (3, np.nan)], [("a", "i2"), ("b", "f8")])),
    "no axes": lambda: plain(3.5),
    "nine axes": lambda: plain(np.arange(2.0**9).reshape((2,) * 9)),
    "empty": lambda: plain(np.empty((0, 3), "f4"), title="nothing"),
    "one point": lambda: plain(np.ones((1, 1))),
    "points": cloud,
}


def convert(capsys, *words):
    code = main(["convert", *map(str, words), "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else {"not_kept": None}, err


@pytest.mark.parametrize(("one", "other"), DIRECTIONS, ids="-".join)
def test_everything_survives_in_all_directions(one, other, tmp_path, capsys):
    given_ = {"a scan": rich(), "second": 2 * rich(), **{key: make() for key, make in ODD.items()}}
    source = sidpy.write(given_, tmp_path / FILES[one], format=one)
    target, back = tmp_path / FILES[other], tmp_path / f"back.{FILES[one]}"

    for start, end, model in ((source, target, other), (target, back, one)):
        code, report, err = convert(capsys, start, end, "--format", model, "--strict", "--check")
        assert (code, err, report["not_kept"]) == (0, "", [])
        assert report["values_checked"]
    stored = sidpy.read(back)

    assert list(stored) == list(given_)
    for key, dataset in given_.items():
        assert_identical(stored[key], dataset, history=False)
    steps = [step.function for step in stored["a scan"].history]
    read = steps.index("sidpy.read")
    assert steps[:read] == [step.function for step in given_["a scan"].history]
    assert steps.count("sidpy.read") == 3


@pytest.mark.parametrize("model", FILES)
def test_structures_survive(model, tmp_path):
    build = pytest.importorskip("ase.build")
    data = plain(np.ones((2, 2)), title="crystal")
    data.add_structure(build.bulk("Si"), "silicon")
    path = sidpy.write({"one": data}, tmp_path / FILES[model], format=model)

    assert losses({"one": data}, sidpy.read(path), values=True) == []
    assert sidpy.read(path)["one"].structures["silicon"] == data.structures["silicon"]


@pytest.mark.parametrize("model", FILES)
@settings(
    max_examples=6, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(first=datasets(), second=datasets())
def test_any_dataset_survives_in_every_model(model, tmp_path_factory, first, second):
    given_ = {"first": first, "a second": second}
    path = tmp_path_factory.mktemp("any") / FILES[model]
    sidpy.write(given_, path, format=model)

    assert losses(given_, sidpy.read(path), values=True) == []


class Unknown:
    def __repr__(self):
        return "Unknown()"

    def __str__(self):
        return "something"


@pytest.mark.parametrize("model", FILES)
def test_what_is_not_kept_is_said(model, tmp_path):
    data = plain([1.0, 2.0], title="line")
    data.metadata = {"device": {"handle": Unknown()}}
    with pytest.warns(UserWarning, match="text only"):
        path = sidpy.write({"one": data}, tmp_path / FILES[model], format=model)

    [loss] = losses({"one": data}, sidpy.read(path))
    assert loss.dataset == "one"
    assert loss.what == "metadata/device/handle"
    assert loss.why == "Unknown() became 'something'"


def test_every_label_is_compared():
    one = rich()
    changes = {
        "title": lambda d: setattr(d, "title", "other"),
        "units": lambda d: setattr(d, "units", "A"),
        "data_type": lambda d: setattr(d, "data_type", "IMAGE_STACK"),
        "dimension 0/name": lambda d: d.rename_dimension(0, "row"),
        "dimension 1/units": lambda d: setattr(d.x, "units", "pm"),
        "dimension 2/values": lambda d: d.set_dimension(
            2, axis([1, 2, 3, 4], "bias", "spectral", "V")
        ),
        "dimension 0/dimension_type": lambda d: setattr(d.y, "dimension_type", "temporal"),
        "metadata/tip/pair": lambda d: d.metadata["tip"].update(pair=[1, 2.0]),
        "metadata/flag": lambda d: d.metadata.update(flag=1),
        "metadata/new": lambda d: d.metadata.update(new=3),
        "original_metadata/raw": lambda d: d.original_metadata.pop("raw"),
        "extras/user_notes/good/1": lambda d: d.user_notes["good"].__setitem__(1, 0),
        "variance": lambda d: setattr(d, "variance", None),
    }  # fmt: skip
    for what, change in changes.items():
        other = one.copy()
        change(other)
        found = {
            loss.what for loss in losses({"a": one}, {"a": other}) if "history" not in loss.what
        }
        assert what in found, (what, found)
        assert {name.partition("/")[0] for name in found} == {what.partition("/")[0]}
    assert losses({"a": one}, {"a": one.copy()}, values=True) == []


def test_numbers_are_compared_to_the_bit_when_asked():
    one = plain([0.0, 1.0, np.nan])
    other = plain([-0.0, 1.0, np.nan])
    loss, *_ = (
        loss for loss in losses({"a": one}, {"a": other}, values=True) if loss.what == "values"
    )

    assert loss.why == "1 of 3 are not the same"
    assert "values" not in {loss.what for loss in losses({"a": one}, {"a": other})}
    fewer = losses({"a": one}, {"a": one[:2]}, values=True)
    assert ("shape", "(3,) became (2,)") in {(loss.what, loss.why) for loss in fewer}


def test_datasets_are_found_again_by_key_or_by_place():
    one, two = plain([1]), plain([2.0])

    assert [(x.dataset, x.what) for x in losses({"a": one, "b": two}, {"a": one})] == [
        ("b", "dataset")
    ]
    assert [(x.dataset, x.what) for x in losses({"a": one}, {"a": one, "c": two})] == [
        ("c", "dataset")
    ]
    renamed = losses({"a": one, "b": two}, {"0": one, "1": two})
    assert [(x.what, x.why) for x in renamed] == [
        ("key", "'a' became '0'"),
        ("key", "'b' became '1'"),
    ]


@pytest.mark.parametrize("model", FILES)
@pytest.mark.filterwarnings("ignore:these values")
def test_strict_leaves_no_file(model, tmp_path, capsys, monkeypatch):
    data = plain([1.0, 2.0])
    data.metadata = {"handle": Unknown(), "pair": (1, 2)}
    source = sidpy.write({"one": plain([1.0, 2.0])}, tmp_path / "in.h5")
    original = sidpy.read

    def with_an_object(path, **options):
        found = original(path, **options)
        if path == source:
            found["one"].metadata = data.metadata
        return found

    monkeypatch.setattr(sidpy, "read", with_an_object)
    target = tmp_path / f"out_{FILES[model]}"
    code, _, err = convert(capsys, source, target, "--format", model, "--strict")

    assert code == 1
    assert "one metadata/handle: Unknown() became 'something'" in err
    assert "cannot hold everything, and was not made" in err
    assert [path.name for path in tmp_path.iterdir()] == ["in.h5"]
    code, report, _ = convert(capsys, source, target, "--format", model)
    assert code == 0
    assert [loss["what"] for loss in report["not_kept"]] == ["metadata/handle"]


MISNAMED = [("nsid", "data.nxs"), ("usid", "data.dat"), ("nexus", "data.h5"), ("nsid", "x.usid")]


@pytest.mark.parametrize(("model", "name"), MISNAMED)
def test_files_with_wrong_names_are_known_by_what_they_hold(model, name, tmp_path, capsys):
    source = sidpy.write({"a": rich()}, tmp_path / FILES[model], format=model)
    source = source.rename(tmp_path / f"misnamed_{name}")

    for other, file_name in FILES.items():
        target = tmp_path / f"out_{file_name}"
        words = ("--format", other, "--strict", "--check")
        code, report, err = convert(capsys, source, target, *words)
        assert (code, err, report["not_kept"]) == (0, "", [])
        assert report["datasets"] == ["a"]


@pytest.mark.parametrize("model", FILES)
def test_compression_and_chunks_reach_the_file(model, tmp_path, capsys):
    source = sidpy.write({"a": plain(np.zeros((64, 64)), title="big")}, tmp_path / "in.h5")
    target = tmp_path / FILES[model]
    words = ("--format", model, "--compression", "gzip", "--chunks", "16,64")
    assert convert(capsys, source, target, *words)[0] == 0

    found = []
    with h5py.File(target, "r") as file:
        file.visititems(lambda _, item: found.append(item) if hasattr(item, "chunks") else None)
        stored = next(item for item in found if item.size == 64 * 64)
        assert stored.compression == "gzip"
        assert stored.chunks is not None
        if model != "usid":
            assert stored.chunks == (16, 64)
    assert convert(capsys, source, tmp_path / "x.h5", "--chunks", "a,b")[0] == 2


def test_values_stream_block_by_block(tmp_path, capsys, monkeypatch):
    lazy = da.ones((64, 256), chunks=(8, 256))
    source = sidpy.write(
        {"a": sidpy.Dataset.from_array(lazy)}, tmp_path / "in.h5", chunks=(8, 256)
    )

    def refuse(*_args, **_kwargs):
        pytest.fail("a whole dataset was computed")

    monkeypatch.setattr(sidpy.Dataset, "compute", refuse)
    for model, name in FILES.items():
        target = tmp_path / f"out_{name}"
        assert convert(capsys, source, target, "--format", model, "--strict")[0] == 0


def test_people_get_a_table(tmp_path, capsys, monkeypatch):
    from sidpy.io.losses import Loss

    source = sidpy.write({"a": plain([1.0])}, tmp_path / "in.h5")
    monkeypatch.setattr(
        "sidpy.io.losses.losses", lambda *_args, **_kw: [Loss("a", "units", "'nA' became 'A'")]
    )
    assert main(["convert", str(source), str(tmp_path / "out.nxs")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "not kept: a  units  'nA' became 'A'"

    assert main(["convert", str(source), str(tmp_path / "strict.nxs"), "--strict"]) == 1
    assert "a units: 'nA' became 'A'" in capsys.readouterr().err
    assert not (tmp_path / "strict.nxs").exists()
    assert not list(tmp_path.glob(".*"))


# ---------------------------------------------------------------- USID files changed by others


@pytest.fixture
def changed(tmp_path):
    path = sidpy.write({"a": rich()}, tmp_path / "data.usid")

    def change(edit):
        with h5py.File(path, "r+") as file:
            found = []
            file.visititems(
                lambda _, x: (
                    found.append(x)
                    if "axis_order" in x.attrs or "Position_Values" in x.attrs
                    else None
                )
            )
            edit(next(x for x in found if "variance" in x.attrs))
        return sidpy.read(path)["a"]

    return change


def test_a_unit_that_another_program_changed_is_right(changed):
    found = changed(lambda main_: main_.attrs.__setitem__("units", "pA"))

    assert found.units == "pA"
    assert repr(found.metadata["tip"]) == repr(rich().metadata["tip"])
    assert found.variance is not None


def test_metadata_that_another_program_changed_are_right(changed):
    found = changed(lambda main_: main_.attrs.__setitem__("metadata-flag", False))

    assert found.metadata["flag"] is False or found.metadata["flag"] == False  # noqa: E712 - np.bool
    assert found.units == rich().units


def test_axes_that_another_program_changed_are_right(changed):
    def edit(main_):
        main_.file[main_.attrs["Spectroscopic_Values"]][0, 0] = -9.0

    found = changed(edit)

    assert found.bias.values[0] == -9.0
    assert found.shape == rich().shape


def test_a_damaged_record_leaves_the_model(changed):
    def edit(main_):
        record = main_.parent["_usid"][main_.name.rpartition("/")[2]]
        record.attrs["record"] = "{not json"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = changed(edit)

    assert found.units == rich().units
    assert found.shape == rich().shape


# ---------------------------------------------------------------- files of the released packages


def released_nsid(path):
    """Write the layout that pyNSID 0.0.7 documents, object by object."""
    values = np.arange(6.0).reshape(2, 3)
    texts = {"quantity": "Current", "units": "nA", "main_data_name": "scan", "source": "tip",
             "data_type": "IMAGE", "modality": "STM", "pyNSID_version": "0.0.7.2",
             "machine_id": "m", "platform": "p", "timestamp": "t"}  # fmt: skip
    with h5py.File(path, "w") as file:
        group = file.create_group("Measurement_000/Channel_000/scan")
        main_ = group.create_dataset("scan", data=values)
        main_.attrs.update(texts)
        for number, (name, units) in enumerate((("y", "nm"), ("x", "um"))):
            scale = group.create_dataset(name, data=0.5 * np.arange(values.shape[number]))
            scale.attrs.update({"name": name, "units": units, "quantity": "Length",
                                "dimension_type": "SPATIAL"})  # fmt: skip
            scale.make_scale(name)
            main_.dims[number].label = name
            main_.dims[number].attach_scale(scale)
        group.create_group("metadata/tip").attrs.update({"radius": 20, "names": ["a", "b"]})
        group.create_group("original_metadata").attrs["gain"] = 1.5
    return values, {"nA"}


def released_usid(path):
    """Write the layout that the USID model documents: a matrix and two sides."""
    values = np.arange(6.0).reshape(2, 3)
    sides = {
        "Position": (np.array([[0], [1]]), np.array([[0.0], [0.5]]), ["X"], ["nm"]),
        "Spectroscopic": (np.array([[0, 1, 2]]), np.array([[-1.0, 0, 2]]), ["Bias"], ["V"]),
    }
    with h5py.File(path, "w") as file:
        group = file.create_group("Measurement_000/Channel_000")
        main_ = group.create_dataset("Raw_Data", data=values)
        main_.attrs.update({"quantity": "Current", "units": "nA"})
        group.attrs["operator"] = "Ada"
        for side, (indices, numbers, labels, units) in sides.items():
            for ending, array in (("Indices", indices.astype("u4")), ("Values", numbers)):
                part = group.create_dataset(f"{side}_{ending}", data=array)
                part.attrs["labels"] = np.array(labels, h5py.string_dtype())
                part.attrs["units"] = np.array(units, h5py.string_dtype())
                main_.attrs[f"{side}_{ending}"] = part.ref
    return values, {"nA"}


def released_nexus(path):
    """Write the NXdata that the NeXus definition documents, with the released texts."""
    values = np.arange(6.0).reshape(2, 3)
    with h5py.File(path, "w") as file:
        file.attrs.update({"NX_class": "NXroot", "default": "entry"})
        entry = file.create_group("entry")
        entry.attrs.update({"NX_class": "NXentry", "default": "data"})
        data = entry.create_group("data")
        data.attrs.update({"NX_class": "NXdata", "signal": "data"})
        data.attrs["axes"] = np.array(["y", "x"], h5py.string_dtype())
        data.create_dataset("data", data=values).attrs.update({"units": "nA"})
        for number, name in enumerate("yx"):
            axis_ = data.create_dataset(name, data=0.5 * np.arange(values.shape[number]))
            axis_.attrs["units"] = "nm"
    return values, {"nA"}


@pytest.mark.parametrize("make", [released_nsid, released_usid, released_nexus])
@pytest.mark.parametrize("model", FILES)
def test_files_in_the_documented_layouts_are_converted(make, model, tmp_path, capsys):
    source = tmp_path / "released.h5"
    values, units = make(source)
    target = tmp_path / f"out_{FILES[model]}"
    words = ("--format", model, "--strict", "--check")
    code, report, err = convert(capsys, source, target, *words)

    assert (code, err, report["not_kept"]) == (0, "", [])
    [stored] = sidpy.read(target).values()
    np.testing.assert_array_equal(stored.compute(), values)
    assert {stored.units} == units


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Files that the released packages wrote, in an environment of their own."""
    python = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not python:
        pytest.skip("SIDPY_UPSTREAM_PYTHON names no interpreter with released packages")
    folder = tmp_path_factory.mktemp("released")
    tests = Path(__file__).parents[1]
    commands = (
        [str(tests / "pynsid" / "either_side.py"), "write", str(folder / "nsid.h5")],
        [str(tests / "pyusid" / "with_upstream.py"), str(folder)],
    )
    for command in commands:  # one of them per environment
        subprocess.run([python, *command], capture_output=True, check=False, timeout=300)
    found = sorted(folder.glob("*.h5"))
    if not found:
        pytest.skip(f"no released package that we know is installed for {python}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("model", FILES)
def test_files_of_the_released_packages_are_converted(model, released, tmp_path, capsys):
    for source in released:
        target = tmp_path / f"{source.stem}_{FILES[model]}"
        words = ("--format", model, "--strict", "--check")
        code, report, err = convert(capsys, source, target, *words)
        assert (code, err, report["not_kept"]) == (0, "", [])
