"""Our fits beside those of the released package.

Set SIDPY_UPSTREAM_PYTHON to the interpreter of an environment with it::

    uv venv oracle --python 3.11
    uv pip install --python oracle/bin/python sidpy==0.12.9
    SIDPY_UPSTREAM_PYTHON=oracle/bin/python pytest tests/sidpy/proc/test_upstream_fits.py
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import fits_either_side

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def released():
    """Run the fits with the released package."""
    interpreter = os.environ.get("SIDPY_UPSTREAM_PYTHON")
    if not interpreter:
        pytest.skip("SIDPY_UPSTREAM_PYTHON names no interpreter with the released package")
    done = subprocess.run(
        [interpreter, fits_either_side.__file__],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def ours():
    """Run the fits here."""
    return fits_either_side.fits()


@pytest.mark.parametrize("case", ["line", "peak", "bounded", "complex", "plane"])
def test_fits_are_those_of_the_released_package(released, ours, case):
    theirs, mine = released[case], ours[case]

    for what in ("titles", "types", "axes", "notes"):
        assert mine[what] == theirs[what]
    parameters, covariance, errors, *fitted = map(np.array, mine["values"])
    expected = [np.array(values) for values in theirs["values"]]
    np.testing.assert_allclose(parameters, expected[0], rtol=1e-4, atol=1e-6)
    free = np.isfinite(covariance)
    assert case == "bounded" or free.all()
    np.testing.assert_allclose(covariance[free], expected[1][free], rtol=2e-2, atol=1e-8)
    # the released package gives the square of a standard deviation
    free = np.isfinite(errors)
    np.testing.assert_allclose(errors[free] ** 2, expected[2][free], rtol=2e-2, atol=1e-8)
    for one, other in zip(fitted, expected[3:], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
