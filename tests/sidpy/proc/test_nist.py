"""The 27 nonlinear regression problems of the NIST Statistical Reference Datasets.

Data, starts and certified values are those of
https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml (public domain), kept in
nist_nonlinear.json with the models as formulas.  ``benchmarks/fit_nist.py`` prints how many
digits agree.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sidpy.proc.fit import FitSettings, batch_fit
from sidpy.proc.models import from_function

PROBLEMS = json.loads((Path(__file__).parent / "nist_nonlinear.json").read_text())
EXACT = FitSettings(cost_tolerance=1e-16, step_tolerance=1e-13, max_iterations=1000)
#: Problems of higher difficulty whose far start lies beyond a plateau.
PLATEAUS = ("BoxBOD", "MGH10")


def fitted(problem, starts):
    """Fit a problem from several starts as several rows."""
    names = [f"b{k + 1}" for k in range(len(problem["certified"]))]
    function = eval(f"lambda x, {', '.join(names)}: {problem['model']}", vars(np))
    model = from_function(function, jacobian="complex-step")
    y = np.array(problem["y"])
    y = np.log(y) if problem["response"] == "log(y)" else y
    rows = np.tile(y, (len(starts), 1))
    return batch_fit(model, rows, starts, x=np.array(problem["x"]), settings=EXACT)


def test_there_are_all_of_them():
    levels = [p["difficulty"] for p in PROBLEMS.values()]

    assert [levels.count(level) for level in ("lower", "average", "higher")] == [8, 11, 8]


@pytest.mark.parametrize("name", PROBLEMS)
def test_certified_values_deviations_and_sums_of_squares_come_back(name):
    problem = PROBLEMS[name]
    starts = ["start_2"] if name in PLATEAUS else ["start_1", "start_2"]

    fit = fitted(problem, [problem[start] for start in starts])

    # the residuals of Lanczos1 are of the size of a rounding error of its data
    digits, rss = (1e-2, 1e-2) if name == "Lanczos1" else (2e-6, 1e-9)
    expected = np.tile(problem["certified"], (len(starts), 1))
    np.testing.assert_allclose(fit.parameters, expected, rtol=1e-6)
    np.testing.assert_allclose(
        fit.errors, np.tile(problem["deviation"], (len(starts), 1)), rtol=digits
    )
    np.testing.assert_allclose(2 * fit.cost, problem["rss"], rtol=rss)


@pytest.mark.parametrize("name", PLATEAUS)
def test_what_lies_behind_a_plateau_is_found_by_several_starts(name):
    problem = PROBLEMS[name]
    low, high = np.sort([problem["start_1"], problem["start_2"]], axis=0)
    grid = np.linspace(low, high, 4)
    starts = np.stack([g.ravel() for g in np.meshgrid(*grid.T, indexing="ij")], axis=1)

    fit = fitted(problem, starts[None])

    np.testing.assert_allclose(fit.parameters[0], problem["certified"], rtol=1e-6)
