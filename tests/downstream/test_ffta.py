"""FFTA's public release works on our packages, unchanged.

Run by ``python3 noxfile.py -s downstream``, which installs that release with a NumPy that it
knows; skipped elsewhere.
"""

from __future__ import annotations

import warnings

import h5py
import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own, on import
    pytest.importorskip("ffta", reason="the session downstream installs FFTA")

import applications
import simulated

# FFTA's own warnings are its own affair; ours are not
pytestmark = pytest.mark.filterwarnings("ignore", "error::sidpy.errors.SidpyWarning")

BATCH = 5
WAYS = ("transients", "components")
#: The dataset of flags and all results that the pixel process writes.
STATUS = "completed_positions"
RESULTS = ("Inst_Freq", "Amplitude", "Phase", "PowerDissipation", "tfp", "shift")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Both ways gone to their end, each in a file of its own."""
    folder = tmp_path_factory.mktemp("finished")
    found = {}
    for way in WAYS:
        path = folder / f"{way}.h5"
        truth = simulated.write_transients(path)
        found[way] = applications.go(way, path, BATCH, truth)
    return found


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The same with the released packages."""
    folder = tmp_path_factory.mktemp("released")
    paths = {way: folder / f"{way}.h5" for way in WAYS}
    for path in paths.values():
        simulated.write_transients(path)
    told = applications.go_with_released(paths, dict.fromkeys(WAYS, BATCH))
    if told is None:
        pytest.skip("SIDPY_UPSTREAM_PYTHON names no Python with the released packages")
    return told


def test_the_pixel_process_computes_every_position_once(finished):
    found = finished["transients"]

    assert [sorted(computed) for computed in found.computed] == [[*range(12)]]
    assert (found.read("transients", STATUS) == 1).all()
    for name in RESULTS:
        assert np.isfinite(found.read("transients", name)).all()


def test_slow_samples_turn_late(finished):
    found = finished["transients"]
    turned = found.read("transients", "tfp")[:, 0]

    assert (np.diff(found.truth) > 0).all()
    assert (np.diff(turned) > 0).all()
    assert 1e-5 < turned.min() < turned.max() < 3e-4
    assert (found.read("transients", "shift") < 0).all()


def test_results_open_as_main_datasets_with_their_axes(finished):
    import pyUSID

    found = finished["transients"]
    with h5py.File(found.path) as file:
        results = pyUSID.USIDataset(file[found.groups["transients"]]["Inst_Freq"])

        assert results.get_n_dim_form().shape == (3, 4, simulated.POINTS)
        assert results.pos_dim_labels == ["Y", "X"]
        assert results.spec_dim_labels == ["Time"]


def test_signals_are_put_together_again_from_their_components(finished):
    found = finished["components"]
    rebuilt = found.read("rebuilt", "Rebuilt_Data")
    with h5py.File(found.path) as file:
        raw = file[simulated.AVERAGED][()]
        values = file[found.groups["svd"]]["S"][()]

    assert (np.diff(values) <= 0).all()
    assert rebuilt.shape == raw.shape
    assert np.std(rebuilt - raw) < 0.2 * np.std(raw)


@pytest.mark.parametrize("way", WAYS)
def test_the_numbers_are_those_of_the_released_packages(finished, released, way):
    ours, theirs = finished[way], released[way]

    assert ours.groups == theirs.groups
    applications.assert_same_results(ours, theirs)


def test_a_killed_process_goes_on_where_it_stopped(tmp_path, finished):
    path = tmp_path / "transients.h5"
    simulated.write_transients(path)
    applications.go_and_die("transients", path, BATCH)
    whole = finished["transients"]
    group = whole.groups["transients"]

    left, mark = applications.mark_what_is_done(path, f"{group}/{STATUS}", f"{group}/Inst_Freq")
    resumed = applications.go("transients", path, BATCH)

    assert left.done.tolist() == whole.computed[0][:BATCH]
    assert resumed.groups == whole.groups
    assert sorted(resumed.computed[0]) == left.rest.tolist()
    assert applications.marked(path, f"{group}/Inst_Freq", mark) == left.done.tolist()
    for name in RESULTS[1:]:
        np.testing.assert_array_equal(
            resumed.read("transients", name), whole.read("transients", name)
        )
