"""Groups of positions: where they are, what they have in common, which are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.viz.scales import set_label

from .maps import numbers_of, show_image
from .panels import figure_of, label_abscissa, value_caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    import sidpy
    from pycroscopy.learn.clustering import Clustering

__all__ = [
    "cluster_colours", "draw_clusters", "draw_dendrogram", "draw_label_map", "draw_responses",
    "linkage_of",
]  # fmt: skip

#: More clusters than this share their colours with others.
_NAMED = 10


def cluster_colours(count: int) -> list[Any]:
    """Return a colour for each cluster, the same in all panels.

    Parameters
    ----------
    count : int
        How many.
    """
    import matplotlib as mpl

    colours = mpl.colormaps["tab10" if count <= _NAMED else "turbo"]
    places = np.arange(count) if count <= _NAMED else np.linspace(0, 1, count)
    return [colours(place) for place in places]


def draw_label_map(axes: Axes, labels: sidpy.Dataset, count: int, title: str = "clusters") -> Any:
    """Draw the group of each position, one colour for each; positions in none are grey.

    Parameters
    ----------
    axes : Axes
        Where.
    labels : Dataset of one or two axes
        From 0; negative for none.
    count : int
        How many groups there are.
    title : str
        Above it.

    Returns
    -------
    AxesImage or QuadMesh
        With a colour bar that has the numbers.
    """
    from matplotlib.colors import BoundaryNorm, ListedColormap

    from sidpy.viz.views.image import bar_beside

    numbers = numbers_of(labels)
    colours = ListedColormap(cluster_colours(max(count, 1)))
    norm = BoundaryNorm(np.arange(max(count, 1) + 1) - 0.5, colours.N)
    shown_numbers = np.where(numbers < 0, np.nan, numbers)
    axes.set_title(title, parse_math=False)
    if numbers.ndim == 2:
        dimensions = (labels._axes[0], labels._axes[1])
        shown = show_image(axes, shown_numbers, dimensions, cmap=colours, norm=norm)
    else:
        places = label_abscissa(axes, labels._axes[0]) if numbers.ndim == 1 else None
        places = np.arange(numbers.size) if places is None else places
        style = {"c": shown_numbers.ravel(), "cmap": colours, "norm": norm, "marker": "|"}
        shown = axes.scatter(places, numbers.ravel(), **style)
        axes.set_ylabel("cluster")
    bar = bar_beside(axes.figure, shown, axes)
    bar.set_label("cluster")
    step = max(1, -(-count // 12))
    bar.set_ticks(np.arange(0, max(count, 1), step))
    bar.minorticks_off()
    return shown


def draw_responses(
    axes: Axes, result: Clustering, *, offset: float = 0.0, spread: bool = True
) -> list[Any]:
    """Draw the mean response of each group with its spread, and return the lines.

    Parameters
    ----------
    axes : Axes
        Where.
    result : Clustering
        Responses of more than one axis are drawn one axis after the other; of complex ones
        the magnitude.
    offset : float
        By how much each is above the one before.
    spread : bool
        Shade one standard deviation on both sides.
    """
    count = len(result.sizes)
    curves = numbers_of(result.responses).reshape(count, -1)
    wide = np.asarray(result.spread, np.float64).reshape(count, -1)
    if result.responses.ndim == 2:
        places = label_abscissa(axes, result.responses._axes[1])
    else:
        places = np.arange(curves.shape[1])
        axes.set_xlabel("channel")
    lines = []
    for number, (curve, width, colour) in enumerate(
        zip(curves, wide, cluster_colours(count), strict=True)
    ):
        raised = curve + number * offset
        label = f"{number} ({result.sizes[number]})"
        lines += axes.plot(places, raised, color=colour, label=label)
        if spread:
            axes.fill_between(places, raised - width, raised + width, color=colour, alpha=0.2,
                              linewidth=0)  # fmt: skip
    set_label(axes.set_ylabel, value_caption(result.responses))
    axes.set_title("mean responses")
    axes.legend(frameon=False, fontsize="small", title="cluster (positions)")
    return lines


def draw_dendrogram(axes: Axes, linkage: ArrayLike, colours: Any = None) -> Any:
    """Draw which groups are alike: a tree of joints at their distance.

    Parameters
    ----------
    axes : Axes
        Where.
    linkage : array-like of shape (groups - 1, 3 or 4)
        Of `scipy.cluster.hierarchy`: the nodes joined in each step, and their distance.
    colours : sequence, optional
        Of the names of the groups.

    Raises
    ------
    ValueError
        When it is no linkage.
    """
    joined = np.asarray(linkage, np.float64)
    if joined.ndim != 2 or not len(joined) or joined.shape[1] < 3:
        msg = f"a linkage has shape (groups - 1, 3 or more), found {joined.shape}"
        raise ValueError(msg)
    joined = _smaller_first(joined)
    sizes = _sizes_of(joined)
    from scipy.cluster.hierarchy import dendrogram

    drawn = dendrogram(
        np.column_stack([joined[:, :3], sizes]), ax=axes, color_threshold=0,
        above_threshold_color="0.3",
    )  # fmt: skip
    for tick in axes.get_xticklabels():
        if colours is not None:
            tick.set_color(colours[int(tick.get_text())])
            tick.set_fontweight("bold")
    axes.set(xlabel="cluster", ylabel="distance of mean responses", title="likeness")
    return drawn


def _smaller_first(joined: Any) -> Any:
    """Return a linkage whose left branches hold the smaller numbers: leaves are in order."""
    least = [*range(len(joined) + 1)]
    for first, second in joined[:, :2].astype(int):
        least.append(min(least[first], least[second]))
    swap = np.array([least[int(one)] > least[int(other)] for one, other in joined[:, :2]])
    turned = joined.copy()
    turned[swap, :2] = joined[swap, 1::-1]
    return turned


def _sizes_of(joined: Any) -> list[int]:
    """Return how many leaves each joint has below it."""
    leaves = len(joined) + 1
    sizes = [1] * leaves
    for first, second in joined[:, :2].astype(int):
        sizes.append(sizes[first] + sizes[second])
    return sizes[leaves:]


def draw_clusters(result: Clustering, figure: Figure | None = None) -> Figure:
    """Draw where the groups are, their mean responses, and which are alike.

    Parameters
    ----------
    result : Clustering
        What to draw.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    """
    count = len(result.sizes)
    has_tree = count > 1
    figure = figure_of(figure, (13.0 if has_tree else 9.0, 4.0))
    axes = figure.subplots(1, 3 if has_tree else 2)
    draw_label_map(axes[0], result.labels, count)
    draw_responses(axes[1], result)
    if has_tree:
        draw_dendrogram(axes[2], linkage_of(result), cluster_colours(count))
    return figure


def linkage_of(result: Clustering) -> NDArray[np.float64]:
    """Return which groups are joined, and at which distance, shape (groups - 1, 3)."""
    tree = result.tree()
    distances = [node.dist for node in tree.nodes[tree.num_leaves :]]
    return np.column_stack([tree.linkage[:, :2], distances])
