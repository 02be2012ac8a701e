"""Tiny predictable measurements and their results, and a figure that pyplot does not know."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backend_bases import MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sidpy

mpl.use("Agg")

ENERGY = np.linspace(500.0, 540.0, 41)


def dimension(values, name, quantity, units, kind):
    return sidpy.Dimension(np.asarray(values, float), name, quantity, units, kind)


def labelled(array, *dimensions, **labels):
    found = sidpy.Dataset.from_array(array, **labels)
    for axis, one in enumerate(dimensions):
        found.set_dimension(axis, one)
    return found


def space(rows, columns, step=0.5e-9, units="m", names=("height", "width")):
    """Axes of a map that are not called x and y."""
    return [
        dimension(step * np.arange(n), name, "distance", units, "spatial")
        for n, name in zip((rows, columns), names, strict=True)
    ]


@pytest.fixture(scope="session")
def cube():
    """Two lines whose centres and heights tell the pixel; not square."""
    rows, columns = np.mgrid[:5, :7]
    center = 515.0 + rows + 0.5 * columns
    lines = 30 * np.exp(-(((ENERGY - center[..., None]) / 4) ** 2)) + 5
    noise = np.random.default_rng(0).normal(0, 0.5, lines.shape)
    return labelled(
        lines + noise, *space(5, 7), dimension(ENERGY, "loss", "energy", "eV", "spectral"),
        title="film", quantity="intensity", units="counts", datatype="SPECTRAL_IMAGE",
    )  # fmt: skip


@pytest.fixture
def make():
    """Make a dataset of an array and dimensions."""
    return labelled


@pytest.fixture
def axes_of_map():
    """Return two spatial dimensions that are not called x and y."""
    return space


@pytest.fixture
def figure():
    figure = Figure(figsize=(8, 4), layout="constrained", dpi=50)
    FigureCanvasAgg(figure)
    return figure


@pytest.fixture
def mouse():
    """Send an event of the mouse to a place in the units of some axes."""

    def send(axes, x, y, name="button_release_event", **words):
        figure = axes.figure
        figure.canvas.draw()
        px, py = axes.transData.transform((x, y))
        words = {"button": 1} | words if name != "motion_notify_event" else words
        event = MouseEvent(name, figure.canvas, px, py, **words)
        figure.canvas.callbacks.process(name, event)

    return send


@pytest.fixture(autouse=True)
def small_figures_and_none_left():
    with mpl.rc_context({"figure.dpi": 40}):
        yield
    plt.close("all")
