"""RosettaSciIO, which stands on pyUSID, reads and writes files by means of ours.

Skipped unless HYPERSPY_PYTHON names a Python where RosettaSciIO and our packages are installed::

    uv venv beside && uv pip install --python beside/bin/python rosettasciio -e packages/sidpy \
        -e packages/pyusid
    HYPERSPY_PYTHON=beside/bin/python pytest tests/pyusid/test_rosettasciio.py
"""

import json
import os
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

import pyUSID

SCRIPT = Path(__file__).with_name("with_rosettasciio.py")
DATA = np.arange(48.0, dtype="f4").reshape(6, 8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with files of ours and of theirs, and what they say about ours."""
    python = os.environ.get("HYPERSPY_PYTHON")
    if not python:
        pytest.skip("HYPERSPY_PYTHON names no Python with RosettaSciIO")
    path = tmp_path_factory.mktemp("rosettasciio")
    x, y = pyUSID.Dimension("X", "nm", [0, 1, 2]), pyUSID.Dimension("Y", "um", [-70, 23])
    bias, cycle = pyUSID.Dimension("Bias", "V", [-1, 0, 1, 2]), pyUSID.Dimension("Cycle", "", 2)
    for name, data in (("real", DATA), ("complex", DATA * (3 + 4j))):
        pyUSID.ArrayTranslator().translate(
            str(path / f"{name}.h5"), "T", data, "Current", "nA", [x, y], [bias, cycle]
        )
    ran = subprocess.run(
        [python, str(SCRIPT), str(path)], capture_output=True, text=True, check=False, timeout=300
    )
    if "No module named" in ran.stderr:
        pytest.skip(f"not all is installed for {python}: {ran.stderr.splitlines()[-1]}")

    assert ran.returncode == 0, ran.stderr
    return path, json.loads(ran.stdout)


@pytest.mark.parametrize(("name", "factor"), [("real.h5", 1), ("complex.h5", 5)])
def test_it_reads_our_files(folder, name, factor):
    (signal,) = folder[1][name]

    assert (signal["title"], signal["quantity"]) == ("Raw_Data", "Current")
    assert signal["axes"] == [
        ["Y", "um", -70, 93, 2], ["X", "nm", 0, 1, 3], ["Cycle", "", 0, 1, 2],
        ["Bias", "V", -1, 1, 4],
    ]  # fmt: skip
    np.testing.assert_allclose(signal["data"], factor * DATA.reshape(2, 3, 2, 4))


def test_we_read_what_it_writes(folder):
    with h5py.File(folder[0] / "theirs.h5") as file:
        (h5_main,) = pyUSID.hdf_utils.get_all_main(file)

        assert h5_main.pos_dim_descriptors == ["y (nm)", "x (nm)"]
        assert h5_main.spec_dim_descriptors == ["bias (V)"]
        assert h5_main.get_pos_values("y").tolist() == [5, 7]
        np.testing.assert_array_equal(h5_main.get_n_dim_form(), np.arange(24).reshape(2, 3, 4))
