"""The picture of a registration: drift and registered mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .registration import Registration

__all__ = ["draw"]


def draw(result: Registration, figure: Figure | None) -> Figure:
    """Draw a registration.

    Parameters
    ----------
    result : Registration
        What to draw.
    figure : Figure or None
        Where; None for a new pyplot figure.

    Returns
    -------
    Figure
        The figure; nothing is shown or saved.
    """
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(9.0, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    drift, errors = np.asarray(result.drift), result.errors
    frame = result.drift._axes[0]
    for axis, name in enumerate(("rows", "columns")):
        left.errorbar(frame.values, drift[:, axis], errors[:, axis], label=name, fmt=".-")
    left.set(xlabel=frame.label, ylabel="shift (px)", title=repr(result))
    left.legend()
    right.imshow(np.asarray(result.stack.mean(axis=0)), cmap="gray")
    right.set(title="mean of the registered frames", xlabel="column", ylabel="row")
    return figure
