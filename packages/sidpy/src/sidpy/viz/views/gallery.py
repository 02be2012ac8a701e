"""Several datasets in one figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

__all__ = ["plot_gallery"]


def plot_gallery(
    datasets: Mapping[str, Any], figure: Any = None, *, columns: int | None = None, **options: Any
) -> Figure:
    """Draw every dataset in a field of its own.

    Parameters
    ----------
    datasets : mapping of str to Dataset
        As `sidpy.read` returns them; the keys appear where a title is missing.
    figure : Figure, optional
        Where to draw; without one pyplot makes a new figure.
    columns : int, optional
        How many fields side by side; without it the figure is about as wide as high.
    **options
        For every view.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        When there is no dataset.
    """
    from sidpy.viz.dispatch import make_view, view_class

    if not datasets:
        msg = "a gallery needs at least one dataset, found none"
        raise ValueError(msg)
    wide = any(view_class(dataset).size[0] > 8 for dataset in datasets.values())
    across = columns or math.ceil(math.sqrt(len(datasets) / (2 if wide else 1)))
    down = math.ceil(len(datasets) / across)
    width, height = (9.0, 4.2) if wide else (5.0, 4.2)
    shared: Figure = figure
    if figure is None:
        from matplotlib import pyplot as plt

        shared = plt.figure(figsize=(width * across, height * down), layout="constrained")
    else:
        shared.set_size_inches(width * across, height * down)
    fields = shared.subfigures(down, across, squeeze=False).ravel()
    for field, dataset in zip(fields, datasets.values(), strict=False):
        make_view(dataset, field, **options)
    return shared
