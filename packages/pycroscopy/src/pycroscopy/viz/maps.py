"""Maps of results: each with its axes, their units and a scale of colours.

What is NaN is grey. Colours leave out the outermost hundredth of the values on both sides,
and are symmetric about zero where values have both signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pycroscopy._inputs import as_dataset
from sidpy.viz.scales import label_text, prefixed, said, set_label, set_ticks

from .panels import label_abscissa, panels, scale_of, value_caption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

__all__ = ["Colours", "draw_images", "draw_map", "draw_maps", "numbers_of", "show_image"]

#: What has no value.
MISSING = "0.8"


class Colours(NamedTuple):
    """Which colours stand for which values."""

    cmap: str
    low: float
    high: float

    @classmethod
    def of(
        cls, values: NDArray[Any], *, signed: bool | None = None, cmap: str | None = None
    ) -> Colours:
        """Choose colours for values.

        Parameters
        ----------
        values : ndarray
            Real; NaN does not count.
        signed : bool, optional
            Colours of two kinds, about zero; by default where values have both signs.
        cmap : str, optional
            Name of a colour map, for values of one sign.
        """
        known = values[np.isfinite(values)]
        if not known.size:
            return cls(cmap or "viridis", 0.0, 1.0)
        low, high = (float(end) for end in np.quantile(known, [0.01, 0.99]))
        if low == high:
            low, high = float(known.min()), float(known.max())
        if signed is None:
            signed = low < 0 < high and -low > 0.01 * high and high > -0.01 * low
        if signed:
            most = max(-low, high) or 1.0
            return cls("RdBu_r", -most, most)
        return cls(cmap or "viridis", low, high)


def numbers_of(dataset: sidpy.Dataset) -> NDArray[np.float64]:
    """Compute what is drawn of a dataset: real numbers, of complex ones the magnitude."""
    values = np.asarray(dataset)
    return np.asarray(np.abs(values) if values.dtype.kind == "c" else values, np.float64)


def show_image(
    axes: Axes, values: NDArray[Any], dimensions: tuple[Any, Any], **options: Any
) -> Any:
    """Show an image with its axes in their units, the first row at the top.

    Parameters
    ----------
    axes : Axes
        Where.
    values : ndarray of shape (rows, columns), or (rows, columns, 3 or 4) for colours
        What.
    dimensions : (Dimension, Dimension)
        What runs down and what runs right.
    **options : Any
        For ``imshow``.

    Returns
    -------
    AxesImage or QuadMesh
    """
    from sidpy.viz.views.image import draw_image

    down, right = dimensions
    rows, columns = scale_of(down, like=right), scale_of(right, like=down)
    axes.set_facecolor(MISSING)
    return draw_image(axes, values, rows, columns, **options)


def draw_map(
    axes: Axes,
    dataset: sidpy.Dataset,
    *,
    title: str | None = None,
    signed: bool | None = None,
    cmap: str | None = None,
) -> Any:
    """Draw one result: a map of two axes, a profile of one, otherwise values in their order.

    Parameters
    ----------
    axes : Axes
        Where.
    dataset : Dataset
        Real or complex; of complex values the magnitude is drawn.
    title : str, optional
        Its own by default.
    signed : bool, optional
        Colours of two kinds, about zero; by default where values have both signs.
    cmap : str, optional
        Colours of values of one sign.

    Returns
    -------
    AxesImage, QuadMesh or None
        What has the colours; None for a profile.
    """
    dataset = as_dataset(dataset)  # a sum over everything is a plain number
    values = numbers_of(dataset)
    axes.set_title(dataset.title if title is None else title, parse_math=False)
    if values.ndim != 2:
        _profile(axes, dataset, values)
        return None
    colours = Colours.of(values, signed=signed, cmap=cmap)
    dimensions = (dataset._axes[0], dataset._axes[1])
    shown = show_image(axes, values, dimensions, cmap=colours.cmap)
    shown.set_clim(colours.low, colours.high)
    add_bar(axes, shown, dataset)
    return shown


def add_bar(axes: Axes, shown: Any, dataset: sidpy.Dataset) -> Any:
    """Draw the scale of colours beside a map, with what the numbers are, and return it."""
    from sidpy.viz.views.image import bar_beside

    bar = bar_beside(axes.figure, shown, axes)
    label_bar(bar, dataset, np.array(shown.get_clim()))
    return bar


def label_bar(bar: Any, dataset: sidpy.Dataset, limits: NDArray[Any]) -> None:
    """Write what the numbers are, in units that read well at these limits."""
    factor, units = prefixed(limits, dataset.units)
    quantity = said(dataset.quantity).replace("_", " ") or ("value" if units else "")
    set_label(bar.set_label, label_text(quantity, units))
    set_ticks(bar.ax.yaxis, factor)


def _profile(axes: Axes, dataset: sidpy.Dataset, values: NDArray[Any]) -> None:
    """Draw values along their axis, with standard errors where there are variances."""
    set_label(axes.set_ylabel, value_caption(dataset))
    spread = None
    if dataset.variance is not None:
        errors = np.sqrt(np.maximum(np.asarray(dataset.variance), 0)).ravel()
        spread = np.where(np.isfinite(errors), errors, 0)
    if values.ndim == 1:
        places = label_abscissa(axes, dataset._axes[0])
    else:
        places = np.arange(values.size)
        axes.set_xlabel("position")
    axes.errorbar(places, values.ravel(), spread, fmt=".", capsize=2)


def draw_maps(
    maps: Mapping[str, sidpy.Dataset] | Sequence[sidpy.Dataset],
    figure: Figure | None = None,
    *,
    signed: bool | None = None,
    cmap: str | None = None,
    columns: int = 4,
) -> Figure:
    """Draw results beside each other, each with its axes, its units and a scale of colours.

    Parameters
    ----------
    maps : mapping of str to Dataset, or sequence of Dataset
        What to draw, by title.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    signed : bool, optional
        Colours of two kinds, about zero; by default where values have both signs.
    cmap : str, optional
        Colours of values of one sign.
    columns : int
        Panels in one line.

    Returns
    -------
    Figure
        Nothing is shown or saved.

    Raises
    ------
    ValueError
        When there is nothing to draw.

    Examples
    --------
    >>> import numpy as np, sidpy
    >>> from matplotlib.figure import Figure
    >>> height = sidpy.Dataset.from_array(np.arange(6.0).reshape(2, 3), units="nm")
    >>> picture = draw_maps({"height": height, "slope": height - 3}, Figure())
    >>> [axes.get_title() for axes in picture.axes if axes.get_title()]
    ['height', 'slope']
    """
    named = maps if isinstance(maps, Mapping) else dict(enumerate(maps))
    figure, places = panels(len(named), figure, columns=columns)
    for axes, (name, data) in zip(places, named.items(), strict=True):
        title = name if isinstance(name, str) else data.title
        draw_map(axes, data, title=title, signed=signed, cmap=cmap)
    return figure


def draw_images(
    images: Mapping[str, sidpy.Dataset], figure: Figure | None = None, *, signed: bool = False
) -> Figure:
    """Draw images in grey beside each other; as `draw_maps` otherwise.

    Parameters
    ----------
    images : mapping of str to Dataset
        What to draw, by title.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    signed : bool
        Colours of two kinds, about zero.
    """
    return draw_maps(images, figure, signed=signed, cmap="gray")
