"""A button in a notebook that saves a figure."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidpy.base.optional import needed
from sidpy.errors import LabelTypeError

if TYPE_CHECKING:
    from os import PathLike

    from matplotlib.figure import Figure

__all__ = ["save_fig_filebox_button"]


def save_fig_filebox_button(fig: Figure, filename: str | PathLike[str]) -> Any:
    """Return a box with a name and a button that saves the figure under this name.

    Parameters
    ----------
    fig : Figure
        What is saved.
    filename : str or PathLike
        The name that is offered; its folder is where the figure goes.  Without an ending
        it becomes a PNG.

    Returns
    -------
    ipywidgets.HBox
        Name, button and what came of it.

    Raises
    ------
    TypeError
        When `fig` is no Figure or `filename` no path.
    MissingDependency
        When ipywidgets is not installed.
    """
    from matplotlib.figure import Figure

    if not isinstance(fig, Figure):
        msg = f"fig should be a matplotlib Figure, found {type(fig).__name__}"
        raise LabelTypeError(msg)
    path = Path(filename)
    widgets = needed("ipywidgets", "A button that saves", "sidpy[widgets]")
    name = widgets.Text(
        value=path.name, description="Output Filename:", placeholder="Type something",
        layout={"width": "50%"}, style={"description_width": "initial"},
    )  # fmt: skip
    button = widgets.Button(description="Save figure")
    said = widgets.HTML()

    def save(_: Any) -> None:
        target = path.parent / name.value.strip()
        if not target.suffix:
            target = target.with_suffix(".png")
        try:
            fig.savefig(target, bbox_inches="tight")
        except (OSError, ValueError) as error:  # no such folder, no such format
            said.value = f"<span style='color:#b00'>not saved: {escape(str(error))}</span>"
        else:
            said.value = f"<small>saved to {escape(str(target.resolve()))}</small>"

    button.on_click(save)
    return widgets.HBox([name, button, said])
