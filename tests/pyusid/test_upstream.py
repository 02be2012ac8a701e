"""Beside the released pyUSID, which runs in an environment of its own.

Skipped unless SIDPY_UPSTREAM_PYTHON names a Python where pyUSID 0.0.12 is installed.
"""

import importlib.util
import json
import os
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

import sidpy
from pyUSID.io.files import write_usid

SCRIPT = Path(__file__).with_name("with_upstream.py")

#: What differs between two runs, programs or machines.
PASSING = {"timestamp", "machine_id", "platform", "pyUSID_version", "sidpy_version"}


@pytest.fixture(scope="module")
def ours():
    """The script, run with our package."""
    spec = importlib.util.spec_from_file_location("with_upstream", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory, ours):
    """A folder with files of both packages, and what the released one says about them."""
    python = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not python:
        pytest.skip("SIDPY_UPSTREAM_PYTHON names no Python with the released pyUSID")
    path = tmp_path_factory.mktemp("upstream")
    ours.write(path / "ours.h5")
    ours.translate(path, "ours")
    write_usid({"a": a_dataset()}, path / "sidpy.h5")
    # importing the released package takes seconds: one process does it all
    ran = subprocess.run(
        [python, str(SCRIPT), str(path)], capture_output=True, text=True, check=False, timeout=300
    )
    if "No module named 'pyUSID'" in ran.stderr:
        pytest.skip(f"the released pyUSID is not installed for {python}")

    assert ran.returncode == 0, ran.stderr
    return path, json.loads(ran.stdout)


def a_dataset():
    """Return a small spectral image of sidpy."""
    dataset = sidpy.Dataset.from_array(np.arange(24.0).reshape(2, 3, 4), title="scan")
    for axis, (name, kind) in enumerate((("y", "SPATIAL"), ("x", "SPATIAL"), ("e", "SPECTRAL"))):
        size = dataset.shape[axis]
        dataset.set_dimension(axis, sidpy.Dimension(size, name, name, "nm", kind))
    return dataset


def description(path):
    """Return everything in a file: types, shapes, numbers, attributes, targets of references."""
    found = {}
    with h5py.File(path) as file:

        def visit(name, item):
            entry = {"attrs": {key: attribute(item, key) for key in item.attrs}}
            if isinstance(item, h5py.Dataset):
                entry |= {"shape": item.shape, "dtype": item.dtype.str, "chunks": item.chunks,
                          "data": item[()].tolist()}  # fmt: skip
            found[name] = entry

        visit("/", file)
        file.visititems(visit)
    return found


def attribute(item, name):
    """Return type, character set, shape and value of an attribute."""
    low = h5py.h5a.open(item.id, name.encode())
    stored = low.get_type()
    kind = [type(stored).__name__, low.shape]
    if isinstance(stored, h5py.h5t.TypeStringID):
        size = "vlen" if stored.is_variable_str() else stored.get_size()
        kind += [size, stored.get_cset()]
    else:
        kind += [str(stored.dtype)]
    value = item.attrs[name]
    if isinstance(value, h5py.Reference):
        value = item.file[value].name
    value = None if name in PASSING else np.asarray(value).tolist()
    return [*kind, value]


def test_the_released_package_passes_over_our_exact_records(folder):
    path, told = folder
    with h5py.File(path / "sidpy.h5") as file:
        channel = file["Measurement_000/Channel_000"]
        assert list(channel["_usid"]) == ["scan"]

    assert [name for name in told["sidpy.h5"] if name] == ["/Measurement_000/Channel_000/scan"]


@pytest.mark.parametrize("kind", ["", "_array", "_image"])
def test_files_are_equal_object_by_object(folder, kind):
    path, _ = folder

    assert description(path / f"ours{kind}.h5") == description(path / f"theirs{kind}.h5")


@pytest.mark.parametrize("kind", ["", "_array", "_image"])
@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_both_see_the_same_in_both_files(folder, ours, whose, kind):
    path, told = folder

    assert ours.tell(path / f"{whose}{kind}.h5") == told[f"{whose}{kind}.h5"]


def test_results_are_found_again(folder):
    _, told = folder
    for whose in ("ours", "theirs"):
        assert told[f"{whose}.h5"]["/Measurement_000/Raw"]["results"] == [
            "/Measurement_000/Raw-Fit_000"
        ]
        assert told[f"{whose}.h5"]["/Measurement_000/Raw"]["old"] == [
            "/Measurement_000/Raw-Fit_000"
        ]
        assert {"/Measurement_000/Raw-Fit_000/" + name for name in ("Complex", "Compound")} < {
            *told[f"{whose}.h5"]
        }


def test_datasets_of_sidpy_are_read_by_the_released_package(folder, ours):
    path, told = folder

    assert told["sidpy.h5"]["/Measurement_000/Channel_000/scan"]["labels"] == ["y", "x", "e"]
    assert told["sidpy.h5"] == ours.tell(path / "sidpy.h5")


def test_the_reader_of_the_released_scifireaders_reads_ours(folder):
    read = folder[1]["SciFiReaders"]
    if read is None:
        pytest.skip("the released SciFiReaders is not installed beside the released pyUSID")

    assert read["names"] == ["Y", "X", "Cycle", "Bias"]
    assert read["units"] == "nA"
    assert read["data"] == np.arange(48).reshape(2, 3, 2, 4).tolist()
