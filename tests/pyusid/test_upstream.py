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

SCRIPT = Path(__file__).with_name("with_upstream.py")

#: What differs between two runs, programs or machines.
PASSING = {"timestamp", "machine_id", "platform", "pyUSID_version", "sidpy_version"}


def upstream(*arguments):
    """Run the script in the environment of the released package."""
    python = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not python:
        pytest.skip("SIDPY_UPSTREAM_PYTHON names no Python with the released pyUSID")
    if subprocess.run(
        [python, "-c", "import pyUSID"], capture_output=True, check=False
    ).returncode:
        pytest.skip(f"the released pyUSID cannot be imported by {python}")
    command = [python, str(SCRIPT), *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def ours():
    """Our answers to the same questions: the script, run with our package."""
    spec = importlib.util.spec_from_file_location("with_upstream", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


def test_files_are_equal_object_by_object(tmp_path, ours):
    upstream("write", tmp_path / "theirs.h5")
    ours.write(tmp_path / "ours.h5")

    assert description(tmp_path / "ours.h5") == description(tmp_path / "theirs.h5")


@pytest.mark.parametrize("writer", ["ours", "theirs"])
def test_both_read_both(tmp_path, ours, writer):
    path = tmp_path / f"{writer}.h5"
    upstream("write", path)  # also where ours overwrites it: skips without the released package
    if writer == "ours":
        ours.write(path)

    assert ours.tell(path) == json.loads(upstream("tell", path))


def test_datasets_of_sidpy_are_read_by_the_released_package(tmp_path, ours):
    import sidpy
    from pyUSID.io.files import write_usid

    dataset = sidpy.Dataset.from_array(np.arange(24.0).reshape(2, 3, 4), title="scan")
    for axis, (name, kind) in enumerate((("y", "SPATIAL"), ("x", "SPATIAL"), ("e", "SPECTRAL"))):
        size = dataset.shape[axis]
        dataset.set_dimension(axis, sidpy.Dimension(size, name, name, "nm", kind))
    write_usid({"a": dataset}, tmp_path / "a.h5")
    found = json.loads(upstream("tell", tmp_path / "a.h5"))

    assert found["/Measurement_000/Channel_000/scan"]["labels"] == ["y", "x", "e"]
    assert found == ours.tell(tmp_path / "a.h5")
