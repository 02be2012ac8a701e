"""Pictures without words, small enough to keep: what `test_baseline.py` compares.

Every word, tick and frame is taken away and the panels are put at fixed places, so that
neither fonts nor layout engines matter; what is left are data, colours, marks and bars.
``python tests/sidpy/viz/render.py`` draws the stored images anew.  Look at every one that
changed before committing it: the images are the promise, not a record of what came out.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread, imsave

BASELINE = Path(__file__).parent / "baseline"

#: Side of a panel, its margin, pixels.
SIDE, MARGIN = 96, 6


def rendered(view) -> np.ndarray:
    """Return the panels of a view side by side, colour bars too, without words.

    Returns
    -------
    ndarray of shape (rows, columns, 3), uint8
    """
    figure = view.fig
    shown = [axes for axes in figure.axes if axes.axison]
    width = len(shown) * SIDE
    figure.set_layout_engine("none")
    figure.set_dpi(100)
    figure.set_size_inches(width / 100, SIDE / 100)
    for text in figure.findobj(lambda artist: hasattr(artist, "get_fontsize")):
        text.set_visible(False)
    for number, axes in enumerate(shown):
        axes.set_axes_locator(None)
        left = (number * SIDE + MARGIN) / width
        inner = SIDE - 2 * MARGIN
        axes.set_position((left, MARGIN / SIDE, inner / width, inner / SIDE))
        axes.tick_params(which="both", length=0)
        if axes.get_legend() is not None:
            axes.get_legend().set_visible(False)
    figure.canvas.draw()
    return np.array(figure.canvas.buffer_rgba())[..., :3]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest root mean square difference of any block of 6 by 6 pixels, 0 to 255.

    Blocks are averaged first: a line that is smoothed otherwise, or half a pixel aside, is
    the same picture.
    """
    if one.shape != other.shape:
        return np.inf
    rows, columns = (n // 6 for n in one.shape[:2])
    blocks = [
        values[: rows * 6, : columns * 6]
        .astype(float)
        .reshape(rows, 6, columns, 6, 3)
        .mean((1, 3))
        for values in (one, other)
    ]
    return float(np.sqrt(((blocks[0] - blocks[1]) ** 2).mean(axis=2)).max())


def stored(name: str) -> np.ndarray:
    """Return a stored image."""
    return (imread(BASELINE / file_name(name)) * 255).round().astype(np.uint8)[..., :3]


def file_name(name: str) -> str:
    """Return the name of the file of a picture."""
    return f"{name.replace(' ', '_')}.png"


def draw(name: str, build, recipes):
    """Make the view of a name, on a figure that pyplot does not know."""
    figure = Figure(figsize=(8, 4))
    FigureCanvasAgg(figure)
    return PICTURES[name](figure, build, recipes)


def _plain(recipe: str, change=None, **options):
    def make(figure, build, recipes):
        from sidpy.viz import make_view

        view = make_view(recipes[recipe](), figure, **options)
        if change is not None:
            change(view)
        return view

    return make


def _of(array, kind, names, change=None, **options):
    def make(figure, build, recipes):
        from sidpy.viz import make_view

        labels = {key: options.pop(key) for key in ("variance",) if key in options}
        view = make_view(build(array, kind, names, **labels), figure, **options)
        if change is not None:
            change(view)
        return view

    return make


def _named(name: str, recipe: str, change=None, **options):
    def make(figure, build, recipes):
        from sidpy.viz import dataset_viz

        view = getattr(dataset_viz, name)(recipes[recipe](), figure=figure, **options)
        if change is not None:
            change(view)
        return view

    return make


def _waves(rows: int, columns: int) -> np.ndarray:
    y, x = np.mgrid[:rows, :columns]
    return np.exp(2j * np.pi * (x / columns + 2 * y / rows)) * (1 + y / rows)


def _holes() -> np.ndarray:
    y, x = np.mgrid[:13, :21]
    values = np.hypot(y - 4.0, x - 14.0)
    values[3:6, 2:7] = np.nan
    return values


def _noisy() -> np.ndarray:
    return 40 * np.exp(-((np.arange(120) - 45.0) ** 2) / 300) + 5


def _uneven(figure, build, recipes):
    import sidpy
    from sidpy.viz import make_view

    data = build(_holes(), "IMAGE", "y x")
    data.set_dimension(1, sidpy.Dimension(np.arange(21.0) ** 2, "x", "distance", "nm", "spatial"))
    return make_view(data, figure)


def _fit(figure, build, recipes):
    from sidpy.viz import dataset_viz

    data = recipes["spectral image"]()
    view = dataset_viz.SpectralImageFitVisualizer(data, data * 0.8, figure=figure)
    view.select(3, 4)
    return view


def _cloud_on_image(figure, build, recipes):
    from sidpy.viz import dataset_viz

    base = build(np.add.outer(np.arange(42.0), np.arange(42.0)), "IMAGE", "y x")
    view = dataset_viz.PointCloudVisualizer(
        recipes["point cloud"](), base_image=base, figure=figure, cmap="gray"
    )
    view.select(7)
    return view


#: Name -> what draws it.  Each kind of view; odd and oblong shapes, complex and missing data.
PICTURES = {
    "curve": _of(_noisy(), "SPECTRUM", "energy", variance=_noisy()),
    "complex curve": _of(_waves(1, 90)[0], "SPECTRUM", "energy"),
    "family": _plain("family of 12"),
    "image": _of(_holes(), "IMAGE", "y x"),
    "image with a scale bar": _of(_holes(), "IMAGE", "y x", scale_bar=True, cmap="gray"),
    "transposed image": _of(_holes(), "IMAGE", "x y"),
    "uneven axis": _uneven,
    "complex image": _of(_waves(9, 17), "IMAGE", "y x"),
    "real and imaginary": _of(_waves(9, 17), "IMAGE", "y x", amp_phase=False),
    "uncertainty": _plain("image", uncertainty=True),
    "colours": _plain("colours"),
    "stack": _plain("stack", lambda view: view.show(2)),
    "stack overview": _plain("stack", frames=3),
    "phase of a stack": _plain(
        "complex stack", lambda view: view.take(component="phase (rad)")
    ),
    "spectral image": _plain("spectral image", lambda view: view.select(1, 5)),
    "spectral image by name": _named(
        "SpectralImageVisualizer", "spectral image",
        lambda view: (view.set_bin([3, 2]), view.select(2, 3)),
    ),
    "window of a spectral image": _plain(
        "spectral image", lambda view: view.set_window(4, 8)
    ),
    "line scan": _plain("line of spectra"),
    "channels": _plain("spectral image with channels"),
    "complex spectral image": _of(
        (2 + _waves(5, 7))[..., None] * _waves(1, 40)[0], "SPECTRAL_IMAGE", "y x energy"
    ),
    "fit": _fit,
    "point cloud": _plain("point cloud", lambda view: view.select(11)),
    "points over an image": _cloud_on_image,
    "complex point cloud": _plain("complex point cloud"),
    "patterns": _plain("patterns"),
    "one pattern": _plain("patterns", lambda view: view.select(4, 1)),
    "complex patterns": _of(
        _waves(4, 5)[..., None, None] * _waves(8, 11), "IMAGE_4D", "y x v u",
        lambda view: view.select(1, 2),
    ),
    "several stacks": _named(
        "MultiImageStackVisualizer", "image map", lambda view: setattr(view.slider, "value", 4)
    ),
}  # fmt: skip


def main() -> None:
    """Draw every stored image anew, and say which ones changed."""
    spec = spec_from_file_location("recipes", Path(__file__).parent / "conftest.py")
    conftest = module_from_spec(spec)
    spec.loader.exec_module(conftest)
    BASELINE.mkdir(exist_ok=True)
    for name in PICTURES:
        pixels = rendered(draw(name, conftest.build, conftest._RECIPES))
        path = BASELINE / file_name(name)
        change = difference(pixels, stored(name)) if path.exists() else np.inf
        if change > 0:
            imsave(path, pixels)
            sys.stdout.write(f"{path.name}: changed by {change:.1f}\n")


if __name__ == "__main__":
    main()
