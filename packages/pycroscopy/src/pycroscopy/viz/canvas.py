"""A figure inside of a dashboard: a widget of ipympl in a notebook, a picture elsewhere."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from sidpy.base.optional import needed
from sidpy.viz.controls import in_notebook

__all__ = ["new_canvas"]


def new_canvas(size: tuple[float, float]) -> tuple[Any, Any]:
    """Return a figure that pyplot does not know, and the widget that shows it.

    Parameters
    ----------
    size : (float, float), inches
        Width and height.

    Returns
    -------
    figure : Figure
        Which answers to the mouse in a notebook.
    widget : ipywidgets.Widget
        Of ipympl; where no notebook is, an image that is brought up to date when the figure
        is drawn.

    Raises
    ------
    MissingDependency
        In a notebook without ipympl.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    if in_notebook():
        backend = needed("ipympl.backend_nbagg", "a picture in a dashboard", "pycroscopy[widgets]")
        canvas = backend.Canvas(figure)
        manager = backend.FigureManager(canvas, 0)
        canvas.header_visible = canvas.footer_visible = False
        canvas.toolbar_position = "right"
        figure.canvas.manager = manager
        return figure, canvas
    return figure, _still(figure)


def _still(figure: Any) -> Any:
    """Return a widget with the picture of a figure, made anew whenever it is drawn."""
    from ipywidgets import Image
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    shown = Image(format="png")

    class Canvas(FigureCanvasAgg):  # type: ignore[misc] # matplotlib is not typed here
        """A canvas whose drawing ends in the widget."""

        def draw_idle(self, *_: Any, **__: Any) -> None:
            """Paint the picture now: nobody else does it later."""
            stream = BytesIO()
            self.print_png(stream)
            shown.value = stream.getvalue()

    Canvas(figure)
    return shown
