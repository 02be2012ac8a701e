"""Controls, links, export: what a person does to a picture, without a screen."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backend_bases import MouseButton, MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sidpy
from sidpy.viz import controls, link, make_view


def press(figure, axes, x=0.5, y=0.5):
    """Click at a place in the axes, through the canvas as the mouse does."""
    figure.canvas.draw()
    place = axes.transAxes.transform((x, y))
    for name in ("button_press_event", "button_release_event"):
        event = MouseEvent(name, figure.canvas, *place, MouseButton.LEFT)
        figure.canvas.callbacks.process(name, event)


def strip(figure):
    """Return the axes of the controls that are drawn in a figure."""
    return [axes for axes in figure.axes if axes.get_label().startswith("control")]


# ---------------------------------------------------------------- the mouse


@pytest.mark.parametrize("name", ["spectral image", "patterns", "point cloud", "image"])
def test_a_click_through_the_canvas_reaches_the_view(name, sample, figure):
    view = make_view(sample(name), figure)
    before = view.place
    press(figure, view.axes[0], 0.9, 0.2)

    assert view.place != before


def test_a_click_while_zooming_chooses_nothing(sample, figure):
    view = make_view(sample("spectral image"), figure)
    figure.canvas.toolbar = type("Toolbar", (), {"mode": "zoom rect"})()
    view._onclick(type("Event", (), {"inaxes": view.axes[0], "xdata": 0.0, "ydata": 0.0}))

    assert view.get_xy() == [3, 2]


def test_the_mouse_works_when_only_the_figure_is_kept(sample):
    figure = sidpy.viz.plot(sample("spectral image"))
    lines = figure.axes[1].lines
    before = lines[0].get_ydata().copy()
    press(figure, figure.axes[0], 0.9, 0.9)

    assert not np.array_equal(lines[0].get_ydata(), before)


# ---------------------------------------------------------------- controls


def test_controls_in_a_window_follow_and_lead(sample, figure):
    view = make_view(sample("stack"), figure, controls=True)
    slider, average, play = strip(figure)
    press(figure, slider, 1.0)
    assert view.ind == 3
    press(figure, average)
    assert view.average
    press(figure, average)
    view.slider.value = 1
    assert view._faces[0].val == 1
    press(figure, play)
    assert view._faces[2].playing
    controls._count_up(view.play)
    assert view.ind == view.play.value


def test_a_choice_in_a_window_turns_to_the_next_option(sample, figure):
    view = make_view(sample("complex spectral image"), figure, controls=True)
    press(figure, strip(figure)[0])

    assert view.button.value == view.ri_ap == "Real and Imaginary"
    assert strip(figure)[0].texts[0].get_text() == "Plot: Real and Imaginary"


def test_no_controls_are_drawn_where_nobody_could_use_them(sample, figure):
    make_view(sample("stack"), figure)

    assert strip(figure) == []


def test_a_control_refuses_what_it_has_not_and_keeps_between_its_ends():
    told = []
    slider = controls.IntSlider(3, min=0, max=5)
    slider.observe(lambda change: told.append((change["old"], change["new"])))
    slider.value = 17
    slider.value = 5

    assert told == [(3, 5)]
    choice = controls.Dropdown(options=(("one", 1), ("two", 2)), value=1, description="Image")
    with pytest.raises(ValueError, match=r"Image takes one of \[1, 2\], found 3"):
        choice.value = 3


def test_in_a_notebook_the_controls_are_widgets(sample, figure, monkeypatch):
    widgets = pytest.importorskip("ipywidgets", reason="needs ipywidgets")
    monkeypatch.setattr(controls, "in_notebook", lambda: True)
    view = make_view(sample("stack"), figure)

    assert isinstance(view.slider, widgets.IntSlider)
    assert isinstance(view.button, widgets.ToggleButton)
    view.slider.value = 2
    np.testing.assert_array_equal(view.img.get_array(), sample("stack").compute()[2])
    view = make_view(sample("spectral image"), None)
    assert isinstance(view.button, widgets.Dropdown)
    view.button.value = 1
    assert view.axes[0].get_xlabel() == "distance [px]"


class Window(FigureCanvasAgg):
    """A canvas that says it draws itself, as those in windows do."""

    def draw_idle(self):
        self.draw()


def test_where_somebody_can_click_a_window_of_energies_can_be_dragged(make):
    cube = make(np.ones((3, 4, 20)), "SPECTRAL_IMAGE", "y x energy")
    energy = sidpy.Dimension(np.linspace(480, 580, 20), "energy", "energy", "eV", "spectral")
    cube.set_dimension(2, energy)
    figure = Figure(figsize=(8, 4), layout="constrained")
    Window(figure)
    view = make_view(cube, figure)
    assert view.axes[1].get_xlim() == (480, 580)
    assert len(strip(figure)) == 2

    view.select(2, 3)
    assert view.axes[1].get_xlim() == (480, 580)
    view._span.onselect(500.0, 520.0)
    assert view.window == (500.0, 520.0)


# ---------------------------------------------------------------- links


def test_linked_views_share_the_place_by_name_and_value(sample, make):
    fine = sample("spectral image")
    coarse = make(np.arange(12.0).reshape(3, 4), "IMAGE", "y x")
    for axis, name in enumerate("yx"):
        values = np.arange(coarse.shape[axis]) * 1.0
        coarse.set_dimension(axis, sidpy.Dimension(values, name, "distance", "nm", "spatial"))
    one, other = make_view(fine), make_view(coarse)
    tie = link(one, other)
    one.select(row=4, column=2)
    assert other.place == {"x": 1.0, "y": 2.0}

    press(other.fig, other.axes[0], 0.95, 0.9)
    assert one.place == {"x": 3.0, "y": 0.0}
    tie.unlink()
    one.select(0, 0)
    assert other.place == {"x": 3.0, "y": 0.0}


def test_a_stack_and_a_curve_along_its_frames_share_the_moment(sample, make):
    trace = make(np.arange(4.0), "SPECTRUM", "time")
    one, other = make_view(sample("stack")), make_view(trace)
    link(one, other)
    one.slider.value = 2
    assert other.place == {"time": pytest.approx(0.2)}

    press(other.fig, other.axes[0], 0.99, 0.5)
    assert one.ind == 3


def test_patterns_and_points_are_linked_like_maps(sample):
    patterns, spectra = make_view(sample("patterns")), make_view(sample("spectral image"))
    cloud = make_view(sample("point cloud"))
    link(patterns, spectra, cloud)
    spectra.select(4, 6)

    assert patterns.get_xy() == [6, 4]
    points = sample("point cloud").point_cloud["coordinates"]
    assert cloud.point == np.hypot(*(points - (3.0, 2.0)).T).argmin()


def test_views_with_nothing_in_common_are_not_linked(sample, make):
    with pytest.raises(ValueError, match="nothing to share"):
        link(make_view(sample("spectrum")), make_view(sample("image")))
    with pytest.raises(ValueError, match="at least two views, found 1"):
        link(make_view(sample("spectrum")))
    other = sample("image")
    other.set_dimension(1, sidpy.Dimension(np.arange(7), "x", "distance", "um", "spatial"))
    with pytest.raises(ValueError, match="in 'nm' in one view and in 'um'"):
        link(make_view(sample("image")), make_view(sample("image")), make_view(other))


# ---------------------------------------------------------------- export


def test_the_picture_is_exported_by_the_ending_of_the_name(sample, figure, tmp_path):
    view = make_view(sample("spectral image"), figure)
    path = view.export(tmp_path / "map.png")

    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(sidpy.errors.UnrecognisedFile, match=r"map\.xyz"):
        view.export(tmp_path / "map.xyz")


def test_what_is_shown_is_exported_as_data(sample, figure, tmp_path):
    pytest.importorskip("pyNSID", reason="writing needs pyNSID")
    view = make_view(sample("spectral image"), figure)
    view.select(1, 2)
    (stored,) = sidpy.read(view.save(tmp_path / "spectrum.hf5")).values()

    np.testing.assert_array_equal(stored.compute(), sample("spectral image").compute()[1, 2])
    assert stored.dim_0.units == "eV"


SHOWN = {
    "image": lambda data: data,
    "stack": lambda data: data[0],
    "spectral image": lambda data: data[2, 3],
    "patterns": lambda data: data.mean(axis=(0, 1)),
    "point cloud": lambda data: data[0],
    "spectrum": lambda data: data,
    "line of spectra": lambda data: data[3],
}


@pytest.mark.parametrize(("name", "expected"), SHOWN.items(), ids=SHOWN)
def test_every_view_gives_what_it_shows_as_a_dataset(name, expected, sample, figure):
    shown = make_view(sample(name), figure).shown()

    assert isinstance(shown, sidpy.Dataset)
    np.testing.assert_allclose(shown.compute(), expected(sample(name).compute()))


def test_a_view_that_fails_leaves_no_figure(make):
    data = make(np.ones((4, 5)), "IMAGE", "y x")
    with pytest.raises(ValueError, match="nonsense"):
        data.plot(cmap="nonsense")

    assert plt.get_fignums() == []
