"""Tiny predictable datasets, one for each thing that can be drawn."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sidpy

mpl.use("Agg")

Y, X, E = 5, 7, 11
ROWS = np.arange(Y)[:, None]
MAP = 10.0 * ROWS + np.arange(X)  # every pixel tells its place
SPECTRUM = np.exp(-((np.arange(E) - 4) ** 2) / 4)
CUBE = MAP[..., None] * SPECTRUM

_AXES = {
    "y": ("distance", "nm", "SPATIAL", 0.5),
    "x": ("distance", "nm", "SPATIAL", 0.5),
    "line": ("distance", "nm", "SPATIAL", 0.5),
    "energy": ("energy-loss", "eV", "SPECTRAL", 2.0),
    "time": ("time", "s", "TEMPORAL", 0.1),
    "v": ("reciprocal", "1/nm", "RECIPROCAL", 0.2),
    "u": ("reciprocal", "1/nm", "RECIPROCAL", 0.2),
    "channel": ("generic", "generic", "CHANNEL", 1.0),
    "point": ("generic", "generic", "POINT_CLOUD", 1.0),
    "bias": ("bias", "V", "UNKNOWN", 1.0),
}


def build(array, data_type, names="", **labels):
    """Make a dataset whose axes have the meaning that their names have in the table."""
    coordinates = labels.pop("coordinates", None)
    variance = labels.pop("variance", None)
    kinds = {"datatype": data_type, "title": labels.pop("title", "a title")}
    if coordinates is not None:
        kinds["coordinates"] = coordinates
    dataset = sidpy.Dataset.from_array(array, **kinds)
    for axis, name in enumerate(names.split()):
        quantity, units, kind, step = _AXES.get(name, ("generic", "generic", "UNKNOWN", 1.0))
        values = step * np.arange(dataset.shape[axis])
        dataset.set_dimension(axis, sidpy.Dimension(values, name, quantity, units, kind))
    dataset.quantity = labels.pop("quantity", "intensity")
    dataset.units = labels.pop("units", "counts")
    if variance is not None:
        dataset.variance = variance
    if coordinates is not None:
        dataset.point_cloud["spacial_units"] = "nm"
    return dataset


_PHASE = np.exp(0.1j * MAP)
_POINTS = np.random.default_rng(0).random((30, 2)) * 20
_RECIPES = {
    "number": lambda: build(np.array(3.25), "UNKNOWN"),
    "spectrum": lambda: build(SPECTRUM, "SPECTRUM", "energy", variance=np.full(E, 0.01)),
    "line plot": lambda: build(SPECTRUM, "LINE_PLOT", "bias"),
    "complex spectrum": lambda: build(SPECTRUM * np.exp(1j), "SPECTRUM", "energy"),
    "spectra in columns": lambda: build(np.outer(SPECTRUM, [1, 2]), "SPECTRUM", "energy channel"),
    "family": lambda: build(np.outer([1, 2, 3], SPECTRUM), "LINE_PLOT_FAMILY", "bias energy"),
    "family of 12": lambda: build(
        np.outer(np.arange(12), SPECTRUM), "LINE_PLOT_FAMILY", "bias energy"
    ),
    "complex family": lambda: build(
        np.outer([1, 2, 3j], SPECTRUM), "LINE_PLOT_FAMILY", "bias energy"
    ),
    "family of 40": lambda: build(
        np.outer(np.arange(40), SPECTRUM), "LINE_PLOT_FAMILY", "bias energy"
    ),
    "image": lambda: build(MAP, "IMAGE", "y x", variance=MAP),
    "image x y": lambda: build(MAP.T, "IMAGE", "x y"),
    "image without names": lambda: build(MAP, "UNKNOWN"),
    "complex image": lambda: build(MAP * _PHASE, "IMAGE", "y x"),
    "flags": lambda: build(MAP > 20, "IMAGE", "y x"),
    "big-endian image": lambda: build(MAP.astype(">u2"), "IMAGE", "y x"),
    "half precision image": lambda: build(MAP.astype("f2"), "IMAGE", "y x"),
    "image of one value": lambda: build(MAP * 0, "IMAGE", "y x"),
    "image of nothing": lambda: build(MAP * np.nan, "IMAGE", "y x"),
    "image of one row": lambda: build(MAP[:1], "IMAGE", "y x"),
    "image of one pixel": lambda: build(MAP[:1, :1], "IMAGE", "y x"),
    "colours": lambda: build(np.dstack([MAP, MAP / 2, 0 * MAP]), "IMAGE", "y x channel"),
    "byte colours": lambda: build(
        np.dstack([MAP, MAP, MAP, MAP]).astype("u1"), "IMAGE", "y x channel"
    ),
    "stack": lambda: build(MAP * np.arange(4)[:, None, None], "IMAGE_STACK", "time y x"),
    "stack at the end": lambda: build(MAP[..., None] * np.arange(4), "IMAGE_STACK", "y x time"),
    "complex stack": lambda: build(MAP * 1j * np.ones((4, 1, 1)), "IMAGE_STACK", "time y x"),
    "stack of colours": lambda: build(np.zeros((4, Y, X, 3)), "IMAGE_STACK", "time y x channel"),
    "image map": lambda: build(CUBE, "IMAGE_MAP", "y x bias"),
    "spectral image": lambda: build(CUBE, "SPECTRAL_IMAGE", "y x energy", variance=CUBE),
    "complex spectral image": lambda: build(CUBE * 1j, "SPECTRAL_IMAGE", "y x energy"),
    "spectral image with channels": lambda: build(
        np.stack([CUBE, 2 * CUBE], 2), "SPECTRAL_IMAGE", "y x channel energy"
    ),
    "line of spectra": lambda: build(CUBE[0], "SPECTRAL_IMAGE", "line energy"),
    "spectral image over time": lambda: build(
        CUBE * np.ones((3, 1, 1, 1)), "SPECTRAL_IMAGE", "time y x energy"
    ),
    "patterns": lambda: build(
        MAP[..., None, None] * np.outer(SPECTRUM, SPECTRUM), "IMAGE_4D", "y x v u"
    ),
    "complex patterns": lambda: build(1j * np.ones((Y, X, 6, 8)), "IMAGE_4D", "y x v u"),
    "four axes without names": lambda: build(np.ones((3, 4, 5, 6)), "UNKNOWN"),
    "six axes": lambda: build(np.ones((2, 3, 2, 3, 4, 5)), "UNKNOWN"),
    "point cloud": lambda: build(
        _POINTS[:, :1] * SPECTRUM, "POINT_CLOUD", "point energy", coordinates=_POINTS
    ),
    "complex point cloud": lambda: build(
        _POINTS[:, :1] * SPECTRUM * 1j, "POINT_CLOUD", "point energy", coordinates=_POINTS
    ),
    "point cloud with channels": lambda: build(
        np.ones((30, E, 2)), "POINT_CLOUD", "point energy channel", coordinates=_POINTS
    ),
    "points with one value": lambda: build(
        _POINTS[:, 0], "POINT_CLOUD", "point", coordinates=_POINTS
    ),
}


@pytest.fixture(scope="session")
def recipes():
    """Name of a dataset -> function that makes it."""
    return _RECIPES


@pytest.fixture
def sample(recipes):
    """Make the dataset of a name."""
    return lambda name: recipes[name]()


@pytest.fixture
def make():
    """Make a dataset from an array, a data type and names of axes."""
    return build


@pytest.fixture
def figure():
    """A figure that pyplot does not know."""
    figure = Figure(layout="constrained", dpi=50)
    FigureCanvasAgg(figure)
    return figure


@pytest.fixture(autouse=True)
def no_figure_left():
    yield
    plt.close("all")
