"""Pictures of plain arrays look as they did when somebody looked at them.

``python tests/sidpy/viz/test_plot_utils_baseline.py`` stores them anew, in ``baseline_arrays``;
what is compared and how says ``render.py``.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sidpy import Dimension
from sidpy.viz import jupyter_utils, plot_utils

_SPEC = spec_from_file_location("sidpy_viz_render", Path(__file__).parent / "render.py")
render = module_from_spec(_SPEC)
_SPEC.loader.exec_module(render)

STORED = Path(__file__).parent / "baseline_arrays"

#: Of 255, the same as for views: only smoothing differs between versions of matplotlib.
TOLERANCE = 32

X = np.linspace(0, 4 * np.pi, 120)
ROWS, COLUMNS = np.mgrid[0:12, 0:20]
MAP = np.sin(COLUMNS / 3) * np.cos(ROWS / 3) * 1e-8
STACK = np.array([MAP * (k + 1) for k in range(4)])
FAMILY = np.array([np.sin(X + k / 3) for k in range(8)])


def alone(draw, *arguments, **options):
    """Return what draws into axes of its own."""

    def make():
        figure = Figure(figsize=(5, 4))
        FigureCanvasAgg(figure)
        draw(figure.add_subplot(), *arguments, **options)
        return figure

    return make


def whole(draw, *arguments, **options):
    """Return what draws a figure of its own."""
    return lambda: draw(*arguments, **options)[0]


def visualizer():
    dimensions = [Dimension(np.arange(n), name) for n, name in ((12, "y"), (20, "x"), (30, "e"))]
    cube = MAP[..., None] * np.exp(-((np.arange(30) - 12.0) ** 2) / 20)
    return jupyter_utils.simple_ndim_visualizer(cube, dimensions[:2], dimensions[2:])


PICTURES = {
    "map": alone(plot_utils.plot_map, MAP, stdevs=1),
    "map with holes": alone(plot_utils.plot_map, np.where(MAP > 9e-9, np.nan, MAP), cmap="magma"),
    "map of real size": alone(
        plot_utils.plot_map, MAP[:, :5], x_vec=5.0, y_vec=6.0, infer_aspect=True
    ),
    "white in the middle": alone(
        plot_utils.plot_map, MAP, cmap=plot_utils.cmap_jet_white_center()
    ),
    "desaturated": alone(plot_utils.plot_map, MAP, cmap=plot_utils.cmap_hot_desaturated()),
    "family": alone(plot_utils.plot_line_family, X, FAMILY, y_offset=0.4, show_cbar=True),
    "rainbow": alone(plot_utils.rainbow_plot, np.cos(X) * X, np.sin(X) * X, num_steps=12, lw=4),
    "stack": whole(plot_utils.plot_map_stack, STACK, num_comps=3),
    "stack of one scale": whole(
        plot_utils.plot_map_stack, STACK, num_comps=3, color_bar_mode="single"
    ),
    "curves": whole(plot_utils.plot_curves, X, [FAMILY, FAMILY * 0.5], num_plots=3),
    "complex maps": whole(
        plot_utils.plot_complex_spectra, MAP * np.exp(1j * COLUMNS / 3)[None], num_comps=1
    ),
    "complex curves": whole(plot_utils.plot_complex_spectra, FAMILY * np.exp(1j * X), num_comps=2),
    "scree": whole(plot_utils.plot_scree, np.exp(-np.arange(20) / 2)),
    "positions beside spectra": visualizer,
}


def pixels_of(name):
    figure = PICTURES[name]()
    try:
        return render.rendered(SimpleNamespace(fig=figure))
    finally:
        plt.close(figure)


def stored(name):
    return (render.imread(STORED / render.file_name(name)) * 255).round().astype(np.uint8)[..., :3]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_was_looked_at(name, tmp_path):
    pixels = pixels_of(name)
    change = render.difference(pixels, stored(name))
    if change > TOLERANCE:
        render.imsave(tmp_path / render.file_name(name), pixels)

    assert change <= TOLERANCE, f"look at {tmp_path / render.file_name(name)}"


def test_every_stored_image_is_compared():
    names = {path.name for path in STORED.glob("*.png")}

    assert names == {render.file_name(name) for name in PICTURES}


if __name__ == "__main__":
    STORED.mkdir(exist_ok=True)
    for picture in PICTURES:
        render.imsave(STORED / render.file_name(picture), pixels_of(picture))
        sys.stdout.write(f"{picture}\n")
