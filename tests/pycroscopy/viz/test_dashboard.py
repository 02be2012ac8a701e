"""Dashboards are driven by the values of their widgets, without a browser."""

import sys

import dask.array as da
import numpy as np
import pytest

import pycroscopy
import sidpy
from pycroscopy.simulate import band_excitation_scan, loop_scan
from pycroscopy.viz import Dashboard
from pycroscopy.viz.analyses import ANALYSES, suited
from pycroscopy.viz.canvas import new_canvas
from pycroscopy.viz.progress import Counting
from sidpy._warnings import warn
from sidpy.errors import MissingDependency

kit = pytest.importorskip("ipywidgets", reason="needs ipywidgets: pycroscopy[widgets]")


@pytest.fixture
def board(cube):
    return Dashboard({"film": cube, "resonances": band_excitation_scan((3, 4)).data})


def again(board, **names):
    """Run the lines a dashboard shows, and return what they make of the data."""
    lines = [line for line in board.code.splitlines() if "explore" not in line]
    exec("\n".join(lines), names)
    return names["result"]


def test_it_begins_with_the_data_themselves(board, cube):
    assert board.view.dataset is cube
    assert bytes(board.canvas.value[:4]) == b"\x89PNG"
    assert "height 5 × width 7 × loss 41" in board.about.value
    assert board._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]


def test_it_offers_what_suits_the_data(board):
    before = board.analysis.options

    board.choice.value = "resonances"

    assert "Peak fit" in before
    assert "Resonance fit" not in before
    assert "Resonance fit" in board.analysis.options
    assert "Peak fit" not in board.analysis.options
    assert board.view.dataset is board.datasets["resonances"]


@pytest.mark.parametrize(
    "title",
    ["Components (SVD, PCA)", "Unmixing (end members)", "Clusters (k-means, mixtures, ...)"],
)
def test_the_lines_shown_do_what_the_button_did(board, cube, title):
    pytest.importorskip("sklearn")
    board.analysis.value = title
    for name in {"rank", "n_endmembers", "n_clusters"} & board.settings.keys():
        board.settings[name].value = 2

    board.run_button.click()

    assert "done in" in board.status.value
    found = again(board, data={"film": cube})
    name = "labels" if title.startswith("Clusters") else "abundances"
    np.testing.assert_array_equal(getattr(found, name), getattr(board.result, name))
    assert type(board.view).__name__ in {"ComponentsView", "ClusterView"}
    assert board.stage.children[1] is board.canvas


def test_a_fit_is_run_shown_and_written(board, cube):
    board.analysis.value = "Peak fit"
    board.settings["model"].value = "Lorentzian() + Constant()"
    board.run_button.click()

    painted = board.canvas.value
    board.view.select(2, 3)
    choice = board.stage.children[0].children[0]
    choice.value = "lorentzian.center"

    assert "model=&#x27;Lorentzian() + Constant()&#x27;" in board.code_box.value
    found = again(board, data={"film": cube})
    np.testing.assert_array_equal(found.packed, board.result.packed)
    assert board.canvas.value != painted
    assert board.view.map_name == "lorentzian.center"
    assert len(board.view.pixel.parameters) == 4


def test_only_where_somebody_looks(board, cube):
    board.analysis.value = "Peak fit"
    assert board.live.layout.display != "none"
    board.live.value = True

    assert board.run() is None
    board.view.select(4, 6)

    expected = np.asarray(sidpy.fit_dataset(cube, "Gaussian() + Constant()").parameters[4, 6])
    np.testing.assert_allclose(board.view.pixel.parameters, expected, rtol=1e-4)
    board.analysis.value = "Components (SVD, PCA)"
    assert board.live.layout.display == "none"


def test_data_larger_than_memory_begin_like_that(axes_of_map, make):
    energy = sidpy.Dimension(np.linspace(0, 9, 500), "energy", "energy", "eV", "spectral")
    data = make(da.zeros((400, 900, 500), chunks=(200, 300, 500)), *axes_of_map(400, 900), energy)
    board = Dashboard(data, analyses=tuple(one for one in ANALYSES if one.live))

    assert board.analysis.value == "Peak fit"
    assert board.live.value is True


def test_what_goes_wrong_is_said(board):
    board.settings["rank"].value = 999

    board.run_button.click()

    assert "ValueError: rank is 999" in board.status.value
    assert "#b00020" in board.status.value
    with pytest.raises(ValueError, match="rank is 999"):
        board.run()


def test_warnings_of_an_analysis_are_shown(cube, monkeypatch):
    whole = pycroscopy.learn.decompose

    def warned(data, **words):
        warn("half of it is missing")
        return whole(data, **words)

    monkeypatch.setattr(pycroscopy.learn, "decompose", warned)
    board = Dashboard(cube)

    board.run_button.click()

    assert "half of it is missing" in board.status.value


def test_where_nothing_suits_the_data_can_be_seen():
    board = Dashboard(np.arange(5.0))

    assert (board.analysis.options, board.run_button.disabled) == ((), True)
    assert board.code == "data.plot()"
    with pytest.raises(ValueError, match="no analysis on offer suits"):
        board.run()


def test_nothing_to_show_is_refused():
    with pytest.raises(TypeError, match="empty mapping"):
        Dashboard({})
    with pytest.raises(TypeError, match="expected a sidpy"):
        Dashboard("film.dm4")


def test_every_analysis_runs_on_what_suits_it(cube):
    """All words of all settings too."""
    pytest.importorskip("sklearn")
    samples = [cube, band_excitation_scan((3, 4)).data, loop_scan((3, 4), angle=0.0).data.real]

    for analysis in ANALYSES[2:-2]:
        data = next(one for one in samples if not analysis.suits(one))
        board = Dashboard(data, analyses=(analysis,))
        assert board.run() is not None, analysis.title
        assert board.view.fig is not None


def test_atoms_and_stacks_suit_images_and_frames(cube):
    from pycroscopy._inputs import as_dataset

    stack = as_dataset(np.zeros((3, 8, 9)))
    picture = cube.mean(axis=2)

    assert [one.title for one in suited(picture)] == ["Atoms"]
    assert "Registration" in [one.title for one in suited(stack)]
    assert "Registration" not in [one.title for one in suited(cube)]


def test_tasks_are_counted():
    bar = kit.IntProgress(min=0, max=1)

    with Counting(bar) as count:
        assert bar.layout.visibility == "visible"
        da.ones((40, 4), chunks=(10, 4)).sum().compute(scheduler="sync")

    assert count.done == bar.value == bar.max > 1
    assert bar.layout.visibility == "hidden"


# ------------------------------------------------------------------ what has to be installed


def test_without_ipywidgets_the_command_is_named(cube, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)

    with pytest.raises(MissingDependency, match=r"pip install 'pycroscopy\[widgets\]'"):
        Dashboard(cube)


def test_in_a_notebook_a_picture_needs_ipympl(monkeypatch):
    monkeypatch.setattr("pycroscopy.viz.canvas.in_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "ipympl", None)
    monkeypatch.setitem(sys.modules, "ipympl.backend_nbagg", None)

    with pytest.raises(MissingDependency, match=r"ipympl.*pycroscopy\[widgets\]"):
        new_canvas((4, 3))
