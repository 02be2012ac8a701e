"""Pictures of spectra with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .peak_fit import PeakFit

__all__ = ["draw_lines"]


def draw_lines(fit: PeakFit, **options: Any) -> Figure:
    """Draw one spectrum, its fit, each line on the background, and what is left."""
    from matplotlib import pyplot as plt

    options = {"figsize": (6.4, 5.2), "layout": "constrained"} | options
    figure = plt.figure(**options)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    order = np.argsort(fit.x)
    x, data = fit.x[order], np.asarray(fit.dataset)[order]
    ground = np.asarray(fit.background)[order]
    above.plot(x, data, ".", color="0.4", markersize=3, label="data")
    for line in fit.lines:
        above.fill_between(
            x, ground, ground + np.asarray(fit.component(line))[order], alpha=0.4, label=line
        )
    above.plot(x, ground, "--", color="0.3", linewidth=1, label="background")
    above.plot(x, np.asarray(fit.fitted)[order], "k", linewidth=1, label="fit")
    above.set_ylabel(f"{fit.dataset.quantity} ({fit.dataset.units})")
    above.legend()
    below.plot(x, np.asarray(fit.residual)[order], ".", color="0.4", markersize=3)
    below.axhline(0.0, color="k", linewidth=1)
    below.set_ylabel("residual")
    dimension = fit.dataset._axes[fit.axes[0]]
    below.set_xlabel(f"{dimension.quantity} ({dimension.units})")
    return figure
