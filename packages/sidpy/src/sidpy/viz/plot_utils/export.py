"""Numbers behind a figure, as text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from .arguments import flag, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from matplotlib.axes import Axes

__all__ = ["export_fig_data"]


def export_fig_data(
    fig: Figure, filename: str | PathLike[str], include_images: bool = False
) -> None:
    """Write the curves of a figure, and its images when asked for, to a text file.

    Every plot begins with a line ``Axis: title``, every curve with ``Line: label`` and has
    two columns, every image with ``Image: label`` and ends with its extent; columns are
    separated by tabs and numbers are complete.

    Parameters
    ----------
    fig : Figure
        The figure.
    filename : str or PathLike
        Where to write; an existing file is replaced.
    include_images : bool
        Whether the pixels of images are written.

    Raises
    ------
    TypeError
        When `fig` is no Figure or `filename` no path.
    FileNotFoundError
        When there is no such folder.
    """
    if not isinstance(fig, Figure):
        refuse("fig", fig, "a matplotlib Figure")
    images = flag("include_images", include_images)
    lines = [line for axes in fig.axes for line in _axes_lines(axes, images=images)]
    Path(filename).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _axes_lines(axes: Axes, *, images: bool) -> Iterator[str]:
    shown = [line for line in axes.lines if line.get_visible()]
    if not shown and not (images and axes.images):
        return
    yield f"Axis: {axes.get_title()}"
    x_name, y_name = axes.get_xlabel() or "X", axes.get_ylabel() or "Y"
    for line in shown:
        yield f"Line: {line.get_label()}"
        yield f"{x_name}\t{y_name}"
        yield from _rows(np.column_stack([line.get_xdata(orig=False), line.get_ydata(orig=False)]))
        yield ""
    for image in axes.images if images else ():
        yield f"Image: {image.get_label()}"
        pixels = np.ma.filled(np.ma.asarray(image.get_array()).astype(float), np.nan)
        yield from _rows(pixels.reshape(len(pixels), -1))
        left, right, bottom, top = image.get_extent()
        yield f"X\t{left!r}\t{right!r}"
        yield f"Y\t{bottom!r}\t{top!r}"
        yield ""


def _rows(table: Any) -> Iterator[str]:
    return ("\t".join(repr(value) for value in row) for row in table.tolist())
