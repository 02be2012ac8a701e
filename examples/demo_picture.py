"""The pictures of the demonstration: the data beside what was found in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sidpy.cli.picture import draw as draw_data
from sidpy.viz import make_view
from sidpy.viz.scales import Scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Drawn together at most; a file may hold more.
MOST_DATASETS = 9

#: Width of the enlarged part, as a share of the image.
ENLARGED = 0.22


def draw(datasets: Mapping[str, Any], key: str, result: Any) -> Figure:
    """Draw the data, with the atoms or the components when there are any.

    Parameters
    ----------
    datasets : dict of str to Dataset
        What the file holds.
    key : str
        Which of them was analysed.
    result : object or None
        What `pycroscopy` returned for it.
    """
    if hasattr(result, "components"):
        return draw_components(datasets[key], result)
    if result is not None and len(result):
        return draw_atoms(datasets[key], result)
    return draw_data(dict(list(datasets.items())[:MOST_DATASETS]))


def new_figure(width: float, height: float) -> Figure:
    """Return a figure that no window knows of."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def draw_components(data: Any, result: Any) -> Figure:
    """Draw a spectral image above its components."""
    figure = new_figure(11.0, 12.0)
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.7))
    make_view(data, above)
    result.plot(figure=below)
    return figure


def draw_atoms(image: Any, atoms: Any) -> Figure:
    """Draw an image with its atoms, a part of it enlarged, and how far apart they are."""
    figure = new_figure(10.4, 5.6)
    left, right = figure.subfigures(1, 2, width_ratios=(1.65, 1))
    whole = make_view(image, left, cmap="gray", colorbar=False).axes[0]
    places, heights = atoms.coordinates[:, ::-1], atoms.columns["amplitude"]
    colours = ring(whole, places, heights, size=42)
    whole.set_title(f"{image.title}: {len(places)} atoms")
    left.colorbar(colours, ax=whole, shrink=0.82, label=f"height of the atom ({image.units})")
    part, below = right.subplots(2, 1, height_ratios=(1.7, 1))
    enlarge(part, whole, places, heights)
    draw_spacings(below, image, places)
    return figure


def ring(axes: Any, places: NDArray[Any], heights: NDArray[Any], size: float) -> Any:
    """Draw a ring around each atom, coloured by its height."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    low, high = np.nanpercentile(heights, [1, 99])
    low -= 0.8 * (high - low)  # the dark end of the colours would not show on the image
    colours = ScalarMappable(Normalize(low, high), colormaps["plasma"])
    axes.autoscale(enable=False)
    axes.scatter(
        *places.T, s=size, facecolors="none", edgecolors=colours.to_rgba(heights), linewidths=1.1
    )
    return colours


def enlarge(axes: Any, whole: Any, places: NDArray[Any], heights: NDArray[Any]) -> None:
    """Draw the middle of the image larger, each position with a cross."""
    picture = whole.images[0]
    axes.imshow(
        picture.get_array(), extent=picture.get_extent(), cmap="gray", interpolation="nearest"
    )
    ring(axes, places, heights, size=420)
    axes.plot(*places.T, "+", color="#00e5ff", ms=9, mew=1.4)
    for sides, limits in (("x", whole.get_xlim()), ("y", whole.get_ylim())):
        middle, half = np.mean(limits), np.diff(limits)[0] * ENLARGED / 2
        getattr(axes, f"set_{sides}lim")(middle - half, middle + half)
    axes.set(xlabel=whole.get_xlabel(), ylabel=whole.get_ylabel())
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    whole.add_patch(
        Rectangle((left, bottom), right - left, top - bottom, fill=False, ec="#00e5ff", lw=1.4)
    )
    axes.set_title("refined to a fraction of a pixel", fontsize="medium")


def draw_spacings(axes: Any, image: Any, places: NDArray[Any]) -> None:
    """Draw how far each atom is from its nearest neighbour."""
    from matplotlib.ticker import MaxNLocator
    from scipy.spatial import cKDTree

    scale = Scale.of(image._axes[1])
    factor, units = (1e3, "pm") if scale.units == "nm" else (1.0, scale.units)
    nearest = cKDTree(places).query(places, k=2)[0][:, 1] * scale.factor * factor
    axes.hist(nearest, bins=30, range=tuple(np.percentile(nearest, [2, 98])), color="#7b3fa0")
    axes.axvline(np.median(nearest), color="0.2", lw=1)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_title(f"nearest neighbour: {np.median(nearest):.4g} {units}", fontsize="medium")
    axes.set(xlabel=f"distance ({units})", ylabel="atoms")
