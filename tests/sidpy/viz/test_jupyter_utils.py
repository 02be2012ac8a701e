"""Positions beside spectra, and a button that saves: in notebooks and without them."""

import sys
from types import SimpleNamespace

import dask.array as da
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backend_bases import MouseEvent
from matplotlib.figure import Figure

from sidpy import Dataset, Dimension
from sidpy.errors import MissingDependency
from sidpy.viz import jupyter_utils

SIZES = {"y": 5, "x": 6, "bias": 7, "cycle": 3}


def dims(*names):
    return [
        Dimension(np.arange(SIZES[name]) * 0.5, name=name, quantity=f"Q{name}", units="nm")
        for name in names
    ]


def data(*names):
    """Return numbers of which each digit is an index."""
    shape = [SIZES[name] for name in names]
    return sum(10.0**k * i for k, i in enumerate(np.indices(shape)[::-1]))


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def draw(positions, spectra, values=None, **options):
    values = data(*positions, *spectra) if values is None else values
    figure = jupyter_utils.simple_ndim_visualizer(
        values, dims(*positions), dims(*spectra), **options
    )
    return figure.viewer


def click(viewer, half, x, y=None):
    axes = viewer.halves[half].axes
    place = axes.transData.transform((x, np.mean(axes.get_ylim()) if y is None else y))
    event = MouseEvent("button_press_event", viewer.fig.canvas, *place, button=1)
    viewer.fig.canvas.callbacks.process("button_press_event", event)


@pytest.mark.parametrize(
    ("positions", "spectra", "drawn"),
    [
        (["y"], ["bias"], ["lines", "lines"]),
        (["y", "x"], ["bias"], ["images", "lines"]),
        (["y"], ["bias", "cycle"], ["lines", "images"]),
        (["y", "x"], ["bias", "cycle"], ["images", "images"]),
    ],
)
def test_each_half_shows_the_other_at_its_cursor(positions, spectra, drawn):
    viewer = draw(positions, spectra)

    assert isinstance(viewer.fig, Figure)
    count = len(positions)
    middle = [SIZES[name] // 2 for name in (*positions, *spectra)]
    whole = data(*positions, *spectra)
    expected = [whole[(..., *middle[count:])], whole[tuple(middle[:count])]]
    for half, kind, values in zip(viewer.halves, drawn, expected, strict=True):
        artist = getattr(half.axes, kind)[0]
        found = artist.get_array() if kind == "images" else artist.get_ydata()
        assert np.array_equal(found, values)
        assert half.axes.get_xlabel().endswith("(nm)")
    assert viewer.halves[1].axes.get_title() == "at " + ", ".join(
        f"{name} = {SIZES[name] // 2 * 0.5:g} nm" for name in positions
    )


def test_sliders_move_both_halves():
    viewer = draw(["y", "x"], ["bias"])
    viewer.sliders[0].value = 4
    viewer.sliders[2].value = 6

    assert np.array_equal(viewer.halves[1].axes.lines[0].get_ydata(), data("y", "x", "bias")[4, 3])
    assert np.array_equal(
        viewer.halves[0].axes.images[0].get_array(), data("y", "x", "bias")[:, :, 6]
    )
    assert viewer.halves[0].axes.get_title() == "at bias = 3 nm"


def test_a_click_moves_the_cursor_of_its_half():
    viewer = draw(["y", "x"], ["bias"])
    click(viewer, 0, 2.5, 1.0)
    click(viewer, 1, 0.5)

    assert [slider.value for slider in viewer.sliders] == [2, 5, 1]
    assert np.array_equal(viewer.halves[1].axes.lines[0].get_ydata(), data("y", "x", "bias")[2, 5])


def test_a_named_dimension_runs_right_with_curves_for_the_other():
    viewer = draw(["y", "x"], ["bias", "cycle"], spec_xdim="bias", pos_xdim="y")
    left, right = (half.axes for half in viewer.halves)

    assert left.get_xlabel() == "Qy (nm)"
    assert right.get_xlabel() == "Qbias (nm)"
    assert len(left.lines) == SIZES["x"] + 1
    assert len(right.lines) == SIZES["cycle"] + 1
    whole = data("y", "x", "bias", "cycle")
    assert np.array_equal(right.lines[1].get_ydata(), whole[2, 3, :, 1])
    assert np.array_equal(left.lines[4].get_ydata(), whole[:, 4, 3, 1])


def test_parts_of_complex_numbers_can_be_chosen():
    values = data("y", "bias") * np.exp(1j)
    viewer = draw(["y"], ["bias"], values)
    viewer.component.value = "Amplitude"

    assert np.allclose(viewer.halves[1].axes.lines[0].get_ydata(), np.abs(values)[2])
    assert viewer.halves[0].axes.get_title().startswith("Amplitude at")


def test_fields_of_records_can_be_chosen():
    values = np.zeros((5, 7), dtype=[("height", "f4"), ("loop", "c8")])
    values["loop"] = data("y", "bias") * 1j
    viewer = draw(["y"], ["bias"], values)
    viewer.component.value = "loop Imaginary"

    assert list(viewer.parts)[:2] == ["height", "loop Real"]
    assert np.allclose(viewer.halves[1].axes.lines[0].get_ydata(), data("y", "bias")[2])


def test_dimensions_of_another_package_are_as_good():
    """As those of pyUSID, which are no sidpy.Dimension in some releases."""
    foreign = [
        SimpleNamespace(name=name, quantity=name, units="V", values=np.arange(SIZES[name]))
        for name in ("y", "bias")
    ]
    figure = jupyter_utils.simple_ndim_visualizer(data("y", "bias"), foreign[:1], foreign[1:])

    assert figure.axes[1].get_xlabel() == "bias (V)"


def test_only_what_is_shown_is_read():
    read = []

    def numbers(block_info=None):
        read.append(block_info[None]["chunk-location"])
        return np.zeros((1, 1, 7))

    lazy = da.map_blocks(
        numbers, chunks=((1,) * 5, (1,) * 6, (7,)), dtype=float, meta=np.zeros(())
    )
    viewer = draw(["y", "x"], ["bias"], lazy)
    read.clear()
    viewer.draw()

    assert read.count((2, 3, 0)) == 2
    assert len(read) == 31


def test_a_dataset_says_what_its_numbers_are():
    dataset = Dataset.from_array(data("y", "bias"), quantity="current", units="nA")
    viewer = draw(["y"], ["bias"], dataset)

    assert viewer.halves[1].axes.get_ylabel() == "current (nA)"


def test_dimensions_of_one_value_are_shown():
    one = [Dimension([0.5], name="y", units="nm"), *dims("x")]
    figure = jupyter_utils.simple_ndim_visualizer(np.ones((1, 6, 7)), one, dims("bias"))
    figure.canvas.draw()

    assert figure.axes[0].images[0].get_array().shape == (1, 6)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((data("y", "bias"), dims("y")[0], dims("bias")), TypeError, "list of Dimensions"),
        ((data("y", "bias"), ["y"], dims("bias")), TypeError, "only Dimensions, found str"),
        ((data("y", "bias"), [], dims("bias")), ValueError, "too few"),
        ((data("y", "bias"), dims("y", "x", "bias"), dims("cycle")), NotImplementedError, "3"),
        ((data("y", "x", "bias"), dims("y"), dims("bias")), ValueError, "5 of y, 7 of bias"),
        ((data("y", "bias"), dims("x"), dims("bias")), ValueError, "do not fit"),
        ((data("y", "bias"), dims("y"), dims("bias"), "no"), KeyError, "one of bias"),
        ((data("y", "bias"), dims("y"), dims("bias"), None, 3), TypeError, "pos_xdim"),
        (("text", dims("y"), dims("bias")), ValueError, "0 dimensions"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_drawn(arguments, error, words):
    with pytest.raises(error, match=words):
        jupyter_utils.simple_ndim_visualizer(*arguments)

    assert plt.get_fignums() == []


class TestInANotebook:
    """With the kernel of a notebook pretended and the widgets real."""

    @pytest.fixture(autouse=True)
    def shown(self, monkeypatch):
        pytest.importorskip("ipywidgets")
        display = pytest.importorskip("IPython.display")
        shown = []
        shell = SimpleNamespace(kernel="kernel")
        monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
        monkeypatch.setattr(display, "display", shown.append)
        return shown

    def test_a_picture_that_cannot_be_clicked_has_sliders_and_follows_them(self, shown):
        viewer = draw(["y", "x"], ["bias"])
        (box,) = shown
        before = bytes(box.children[1].value)
        viewer.sliders[2].value = 0

        assert [type(one).__name__ for one in box.children[0].children] == ["IntSlider"] * 3
        assert before.startswith(b"\x89PNG")
        assert bytes(box.children[1].value) != before
        assert plt.get_fignums() == []

    def test_the_button_saves_under_the_name(self, tmp_path):
        figure = Figure()
        box = jupyter_utils.save_fig_filebox_button(figure, tmp_path / "a.png")
        name, button, said = box.children
        button.click()
        name.value = "b"
        button.click()

        assert name.description == "Output Filename:"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]
        assert "saved to" in said.value

    def test_the_button_says_why_nothing_was_saved(self, tmp_path):
        box = jupyter_utils.save_fig_filebox_button(Figure(), tmp_path / "a.nothing")
        box.children[1].click()

        assert "not saved" in box.children[2].value


def test_a_button_needs_a_figure_and_widgets(monkeypatch):
    with pytest.raises(TypeError, match="Figure"):
        jupyter_utils.save_fig_filebox_button("a", "b")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(MissingDependency, match=r"sidpy\[widgets\]"):
        jupyter_utils.save_fig_filebox_button(Figure(), "b")
