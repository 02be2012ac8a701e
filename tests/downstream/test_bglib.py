"""BGlib's public release works on our packages, unchanged.

Run by ``python3 noxfile.py -s downstream``, which installs that release; skipped elsewhere.
Its processes run to the end on simulated measurements, find what was simulated, find the same
numbers as on the released packages (where SIDPY_UPSTREAM_PYTHON names a Python with those), and
go on where they were killed.
"""

from __future__ import annotations

import importlib
import pkgutil
import warnings

import h5py
import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own, on import
    pytest.importorskip("BGlib.be", reason="the session downstream installs BGlib")

import applications
import simulated

# BGlib's own warnings are its own affair; ours are not
pytestmark = pytest.mark.filterwarnings(
    "ignore",
    "error::sidpy.errors.SidpyWarning",
    # the loop fitter creates its Fit_Loop_Parameters twice, and is told so, as by the release
    "ignore:a dataset .* already is in:sidpy.errors.SidpyWarning",
)

#: way -> what writes its file, and how many positions are read at once
WAYS = {
    "sho": (simulated.write_be_line, 5),
    "loops": (simulated.write_beps, 5),
    "noise_filter": (simulated.write_gmode, 5),
    "frequency_filter": (simulated.write_gmode, 5),
    "bayesian": (simulated.write_current_voltage, 2),
}
#: way -> the group of results, its flags and datasets of results, at each stage
RESULTS = {
    "sho": [("guess", "completed_guess_positions", "Guess"),
            ("fit", "completed_fit_positions", "Fit")],
    "loops": [("guess", "completed_guess_positions", "Guess"),
              ("fit", "completed_fit_positions", "Fit")],
    "noise_filter": [("filtered", "completed_positions", "Filtered_Data")],
    "frequency_filter": [("filtered", "completed_positions", "Filtered_Data")],
    "bayesian": [("inferred", "completed_positions", "Corrected_Current")],
}  # fmt: skip
#: These need a screen.
WINDOWS = {"PyQt5", "pyqtgraph"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Each way gone to its end once, on demand."""
    known = {}

    def go(way):
        if way not in known:
            path = tmp_path_factory.mktemp(way) / f"{way}.h5"
            truth = WAYS[way][0](path)
            known[way] = applications.go(way, path, WAYS[way][1], truth)
        return known[way]

    return go


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """All ways gone with the released packages, in one process."""
    folder = tmp_path_factory.mktemp("released")
    paths = {way: folder / f"{way}.h5" for way in WAYS}
    for way, path in paths.items():
        WAYS[way][0](path)
    told = applications.go_with_released(paths, {way: batch for way, (_, batch) in WAYS.items()})
    if told is None:
        pytest.skip("SIDPY_UPSTREAM_PYTHON names no Python with the released packages")
    return told


def test_every_module_that_needs_no_screen_can_be_imported():
    import BGlib

    failed = {}
    for module in pkgutil.walk_packages(BGlib.__path__, "BGlib."):
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            if error.name not in WINDOWS:
                failed[module.name] = str(error)

    assert failed == {}


@pytest.mark.parametrize("way", WAYS)
def test_a_process_computes_every_position_once_at_every_stage(finished, way):
    found = finished(way)

    with h5py.File(found.path) as file:
        count = len(file[simulated.RAW])
        for (group, status, name), computed in zip(RESULTS[way], found.computed, strict=True):
            results = file[found.groups[group]]
            assert sorted(computed) == [*range(count)]
            assert (results[status][()] == 1).all()
            assert results.attrs["last_pixel"] == count
            values = results[name][()]
            for field in values.dtype.names or [...]:
                assert np.isfinite(values[field]).all()


def test_oscillators_are_found(finished):
    found = finished("sho")
    fit = found.read("fit", "Fit")[:, 0]

    np.testing.assert_allclose(fit["Frequency [Hz]"], found.truth["Frequency [Hz]"], rtol=1e-3)
    np.testing.assert_allclose(fit["Quality Factor"], found.truth["Quality Factor"], rtol=0.1)
    assert (fit["R2 Criterion"] > 0.95).all()


def test_loops_are_found(finished):
    found = finished("loops")
    properties = found.read("fit", "Fit_Loop_Parameters")
    coercive = np.tile(found.truth, (2, 1)).T

    # its fit returns the guess, which is that of a cluster of loops: 2 to 4 V in steps of 0.18 V
    np.testing.assert_allclose(properties["V+"], coercive, atol=0.3)
    np.testing.assert_allclose(properties["V-"], -coercive, atol=0.3)


@pytest.mark.parametrize("way", ["noise_filter", "frequency_filter"])
def test_filters_remove_noise(finished, way):
    found = finished(way)
    filtered = found.read("filtered", "Filtered_Data")
    with h5py.File(found.path) as file:
        noise = np.std(file[simulated.RAW][()] - found.truth)

    assert np.std(filtered - found.truth) < 0.5 * noise


def test_resistance_and_capacitance_are_separated(finished):
    found = finished("bayesian")
    capacitance = found.read("inferred", "Capacitance")
    current = found.read("inferred", "Corrected_Current")

    # the inference finds both halves of a period; its documentation says that C is doubled
    for direction in ("Forward", "Reverse"):
        np.testing.assert_allclose(capacitance[direction], 2e3 * simulated.CAPACITANCE, rtol=0.05)
    assert np.abs(current - found.truth).max() < 0.1 * np.abs(found.truth).max()


@pytest.mark.parametrize("way", WAYS)
def test_the_numbers_are_those_of_the_released_packages(finished, released, way):
    ours, theirs = finished(way), released[way]

    assert ours.groups == theirs.groups
    applications.assert_same_results(ours, theirs)


@pytest.mark.parametrize(
    ("way", "stage"),
    [
        ("sho", 0),
        ("sho", 1),
        ("loops", 0),
        ("loops", 1),
        ("noise_filter", 0),
        ("frequency_filter", 0),
        ("bayesian", 0),
    ],
)
def test_a_killed_process_goes_on_where_it_stopped(tmp_path, finished, way, stage):
    write, batch = WAYS[way]
    path = tmp_path / f"{way}.h5"
    write(path)
    applications.go_and_die(way, path, batch, stage)
    whole = finished(way)
    group, status, name = RESULTS[way][stage]
    results = f"{whole.groups[group]}/{name}"

    left, mark = applications.mark_what_is_done(path, f"{whole.groups[group]}/{status}", results)
    resumed = applications.go(way, path, batch)

    assert left.done.tolist() == whole.computed[stage][:batch]
    assert resumed.groups == whole.groups
    assert sorted(resumed.computed[stage]) == left.rest.tolist()
    assert applications.marked(path, results, mark) == left.done.tolist()
    if way != "loops":  # whose guess draws clusters from all positions that are read at once
        rest = left.rest
        np.testing.assert_array_equal(
            resumed.read(group, name)[rest], whole.read(group, name)[rest]
        )


def test_a_second_run_returns_what_is_there(finished):
    found = finished("noise_filter")

    again = applications.go("noise_filter", found.path, 5)

    assert again.groups == found.groups
    assert again.computed == [[]]
