"""Curves in one plot: families, colours along a curve, scree plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection

from .arguments import ArgumentError, axes_of, flag, number, numbers, refuse, text, whole
from .cmap import discrete_cmap, get_cmap_object
from .figures import drawing
from .style import make_scalar_mappable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

__all__ = ["cbar_for_line_plot", "plot_line_family", "plot_scree", "rainbow_plot"]

#: Steps of colour along a curve when nobody says; a short curve has fewer.
_STEPS = 32


def rainbow_plot(
    axis: Axes, x_vec: Any, y_vec: Any, num_steps: int = _STEPS, **kwargs: Any
) -> None:
    """Draw a curve whose colour shows the order of its points.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    x_vec, y_vec : array-like of shape (n,)
        The curve.
    num_steps : int
        How many colours; fewer than points.
    **kwargs
        ``cmap`` (viridis by default), and everything that ``Axes.plot`` takes.

    Raises
    ------
    TypeError, ValueError, AssertionError
        When the vectors do not fit each other or `num_steps` does not fit them.
    """
    axes_of(axis)
    x, y = numbers("x_vec", x_vec, 1), numbers("y_vec", y_vec, 1)
    if x.shape != y.shape:
        refuse("y_vec", y, f"as long as x_vec, {x.size}")
    steps = whole("num_steps", num_steps)
    if steps == _STEPS:
        steps = min(steps, max(1, x.size // 2))
    if steps > max(1, x.size - 1):
        refuse("num_steps", num_steps, f"less than the number of points, {x.size}")
    colours = get_cmap_object(kwargs.pop("cmap", None))(np.arange(steps) / steps)
    first = np.arange(steps) * (x.size // steps)
    last = np.append(first[1:], x.size)
    for colour, begin, end in zip(colours, first, last, strict=True):
        (line,) = axis.plot(x[begin:end], y[begin:end], **{"color": colour, **kwargs})
    joints = np.stack([np.stack([x, y], 1)[first[1:] - 1], np.stack([x, y], 1)[first[1:]]], 1)
    # collections, not lines: each line keeps its own points, and no marker is drawn twice
    axis.add_collection(
        LineCollection(
            joints, colors=kwargs.get("color", colours[:-1]), linewidths=line.get_linewidth(),
            linestyles=line.get_linestyle() if line.get_linestyle() != "None" else "None",
            alpha=line.get_alpha(),
        ),
        autolim=False,
    )  # fmt: skip


def plot_line_family(
    axis: Axes,
    x_vec: Any,
    line_family: Any,
    line_names: Sequence[str] | None = None,
    label_prefix: str = "",
    label_suffix: str = "",
    y_offset: float = 0,
    show_cbar: bool = False,
    **kwargs: Any,
) -> None:
    """Draw curves over the same abscissa in the colours of a map.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    x_vec : array-like of shape (n,)
        Where the points are.
    line_family : ndarray of shape (curves, n)
        The curves.
    line_names : list of str, optional
        Names for the legend; numbers by default.
    label_prefix, label_suffix : str
        Written before and after each name.
    y_offset : float
        Each curve is drawn so much higher than the one before.
    show_cbar : bool
        Whether a colour bar tells the number of a curve.
    **kwargs
        ``cmap`` (viridis by default), and everything that ``Axes.plot`` takes.

    Raises
    ------
    TypeError, ValueError, AssertionError
        When an argument is of the wrong kind or does not fit the others.
    """
    axes_of(axis)
    x = numbers("x_vec", x_vec, 1)
    family = numbers("line_family", line_family, 2, lists=False)
    if family.shape[1] != x.size:
        refuse("line_family", family, f"curves as long as x_vec, {x.size}")
    names = _names(line_names, len(family))
    before, after = text("label_prefix", label_prefix), text("label_suffix", label_suffix)
    offset = number("y_offset", y_offset)
    has_bar = flag("show_cbar", show_cbar)
    cmap = get_cmap_object(kwargs.pop("cmap", None))
    for i, (name, curve) in enumerate(zip(names, family, strict=True)):
        style = {"color": cmap(i / len(family)), "label": f"{before} {name} {after}", **kwargs}
        axis.plot(x, curve + i * offset, **style)
    if has_bar:
        cbar_for_line_plot(axis, len(family), cmap=cmap)


def _names(given: Any, count: int) -> list[str]:
    if given is None:
        return [str(i) for i in range(count)]
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    if not is_list or not all(isinstance(name, str) for name in given):
        refuse("line_names", given, "a list of texts")
    if len(given) != count:
        msg = f"line_names should name each of {count} curves, found {len(given)} names"
        raise ArgumentError(msg)
    return list(given)


def cbar_for_line_plot(
    axis: Axes, num_steps: int, discrete_ticks: bool = True, **kwargs: Any
) -> Colorbar:
    """Draw a colour bar that tells the numbers of curves.

    Parameters
    ----------
    axis : Axes
        The plot of the curves.
    num_steps : int
        How many curves there are.
    discrete_ticks : bool
        Whether each number has its tick, as far as there is room.
    **kwargs
        ``cmap`` (viridis by default), and everything that ``Figure.colorbar`` takes.

    Raises
    ------
    TypeError, ValueError, AssertionError
        When an argument is of the wrong kind.
    """
    axes_of(axis)
    steps = whole("num_steps", num_steps)
    has_ticks = flag("discrete_ticks", discrete_ticks)
    colours = discrete_cmap(steps, kwargs.pop("cmap", None))
    mappable = make_scalar_mappable(0, steps, colours)
    bar = axis.get_figure().colorbar(mappable, ax=axis, **{"orientation": "vertical", **kwargs})
    if has_ticks:
        every = max(1, -(-steps // 16))
        shown = np.arange(0, steps, every)
        bar.set_ticks(shown + 0.5, labels=[str(n) for n in shown])
    return bar


def plot_scree(scree: Any, title: str = "Scree", **kwargs: Any) -> tuple[Figure, Axes]:
    """Draw how much each component of a decomposition contributes, on logarithmic axes.

    Parameters
    ----------
    scree : array-like of shape (n,)
        Variances or singular values, the largest first.
    title : str
        Of the plot.
    **kwargs
        For ``Axes.plot``.

    Returns
    -------
    Figure, Axes
        The figure and its plot.

    Raises
    ------
    TypeError, ValueError
        When `scree` is no vector of numbers or `title` no text.
    """
    values = numbers("scree", scree, 1)
    heading = text("title", title)
    with drawing((6.5, 6.0), layout="constrained") as figure:
        axis = figure.add_subplot()
        axis.loglog(
            np.arange(1, values.size + 1), values, **{"color": "b", "marker": "*"} | kwargs
        )
        axis.set(xlabel="Component", ylabel="Variance", title=heading)
    return figure, axis
