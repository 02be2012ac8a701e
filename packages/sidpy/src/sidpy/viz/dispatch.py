"""From a dataset to its view."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .views.base import View

__all__ = ["make_view", "plot", "plot_dataset", "view_class"]

#: Which class, in which module of `sidpy.viz.views`, draws which kind of layout.
_VIEWS: Final = {
    "words": ("curve", "WordsView"),
    "number": ("curve", "NumberView"),
    "curve": ("curve", "CurveVisualizer"),
    "family": ("curve", "CurveVisualizer"),
    "image": ("image", "ImageVisualizer"),
    "stack": ("stack", "ImageStackVisualizer"),
    "spectral": ("spectral", "SpectralImageVisualizer"),
    "complex spectral": ("spectral", "ComplexSpectralImageVisualizer"),
    "point_cloud": ("point_cloud", "PointCloudVisualizer"),
    "four_d": ("four_d", "FourDimImageVisualizer"),
}


def view_class(dataset: Any) -> type[View]:
    """Return the class that draws a dataset."""
    from .views.base import layout_of

    kind: str = layout_of(dataset).kind if dataset.dtype.kind in "biufc" else "words"
    if kind == "spectral" and dataset.dtype.kind == "c":
        kind = "complex spectral"
    module, name = _VIEWS[kind]
    found: type[View] = getattr(import_module(f"sidpy.viz.views.{module}"), name)
    return found


def make_view(dataset: Any, figure: Any = None, **options: Any) -> View:
    """Draw a dataset and return the view, which answers to the mouse.

    Parameters
    ----------
    dataset : Dataset
        Of any data type and shape.
    figure : Figure or SubFigure, optional
        Where to draw; without one pyplot makes a new figure.
    **options
        See `sidpy.viz.views.base.OPTIONS`; everything else goes to matplotlib.

    Returns
    -------
    View
        With ``fig``, ``axes`` and ``notes`` (what the picture does not show).

    Raises
    ------
    TypeError
        When `dataset` is no Dataset.
    UnknownOption
        An AttributeError, for a keyword that neither the view nor matplotlib knows.
    """
    from .views.base import check_dataset, layout_of

    chosen = view_class(check_dataset(dataset))
    return chosen(dataset, figure=figure, layout=layout_of(dataset), **options)


def plot_dataset(dataset: Any, figure: Any = None, **kwargs: Any) -> Figure:
    """Draw a dataset and return the figure; see `make_view` for the parameters."""
    return make_view(dataset, figure, **kwargs).fig


def plot(dataset: Any, figure: Any = None, **kwargs: Any) -> Figure:
    """Draw a dataset, or several in one figure when given a dictionary of them.

    Parameters
    ----------
    dataset : Dataset or dict of str to Dataset
        One dataset, or what `sidpy.read` returned.
    figure : Figure, optional
        Where to draw; without one pyplot makes a new figure.
    **kwargs
        As for `make_view`.

    Returns
    -------
    Figure
    """
    if isinstance(dataset, dict):
        from .views.gallery import plot_gallery

        return plot_gallery(dataset, figure, **kwargs)
    return plot_dataset(dataset, figure, **kwargs)
