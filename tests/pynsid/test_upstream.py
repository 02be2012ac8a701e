"""The released packages read our files, and we read theirs.

Set SIDPY_UPSTREAM_PYTHON to the interpreter of an environment with them::

    uv venv oracle --python 3.11
    uv pip install --python oracle/bin/python pyNSID==0.0.7.2 sidpy==0.12.9 SciFiReaders==0.12.7
    SIDPY_UPSTREAM_PYTHON=oracle/bin/python pytest tests/pynsid/test_upstream.py
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import either_side

pytestmark = pytest.mark.slow
HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def released():
    """Give a function that runs `either_side.py` with the released packages."""
    interpreter = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not interpreter:
        pytest.skip("SIDPY_UPSTREAM_PYTHON names no interpreter with the released packages")

    def run(command, path):
        done = subprocess.run(
            [interpreter, str(HERE / "either_side.py"), command, str(path)],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


def without_titles(found):
    """Drop what the released reader cannot tell: the title of its own files."""
    return {
        "check_if_main": found["check_if_main"],
        **{
            part: {key: {**one, "title": None} for key, one in found[part].items()}
            for part in ("by_name", "reader")
        },
    }


def test_the_released_packages_read_our_file_as_we_do(released, tmp_path):
    path = tmp_path / "ours.h5"
    either_side.write(path)
    theirs = released("read", path)

    assert theirs["check_if_main"] == [True] * 3
    assert theirs == either_side.read(path)


def test_we_read_their_file_as_they_do(released, tmp_path):
    path = tmp_path / "theirs.h5"
    released("write", path)
    ours = either_side.read(path)

    assert ours["check_if_main"] == [True] * 3
    assert without_titles(ours) == without_titles(released("read", path))
    titles = {one["title"] for one in ours["by_name"].values()}
    assert titles == {"IV map", "mean map", "generic"}


def test_the_committed_layout_is_theirs(released, tmp_path):
    path = tmp_path / "theirs.h5"
    released("write", path)

    committed = json.loads((HERE / "released_layout.json").read_text(encoding="utf-8"))
    assert released("layout", path) == committed


def test_what_upstream_drops_does_not_disturb_its_reader(released, tmp_path, iv_map):
    import datetime as dt

    import h5py
    import numpy as np

    import sidpy
    from pyNSID.write import write_nsid_dataset

    iv_map.variance = np.ones((2, 3, 4))
    iv_map.metadata |= {
        "big": np.zeros(20_000), "none": None, "when": dt.datetime(2026, 1, 2),
        "ragged": [1, [2]], 5: "five", "tuple": (1, "a"), "steps": [{"a": 1}],
    }  # fmt: skip
    iv_map.own = {"a": 1}
    iv_map.number = 3
    for axis in range(2):
        iv_map.set_dimension(
            axis, sidpy.Dimension(iv_map._axes[axis].values, ["V/nm", "none"][axis])
        )
    path = tmp_path / "ours.h5"
    with h5py.File(path, "w") as file:
        write_nsid_dataset(iv_map * 2, file, main_data_name="d")
    theirs = released("read", path)

    assert theirs["check_if_main"] == [True]
    assert theirs["reader"]["Channel_000"]["sum"] == 2 * 276
    assert theirs["reader"]["Channel_000"]["temperature"] == 4.2
