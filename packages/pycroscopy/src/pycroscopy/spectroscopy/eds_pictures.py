"""Pictures of a fit to one spectrum of X-rays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .eds_calibration import SumFit

__all__ = ["draw_sum"]


def draw_sum(found: SumFit, figure: Figure | None) -> Figure:
    """Draw a spectrum with lines and background, and below what is left, over its error."""
    if figure is None:
        from matplotlib import pyplot as plt

        figure = plt.figure(figsize=(8, 5), layout="constrained")
    panels: Any = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    top, bottom = panels
    energy = found.data._axes[0].values
    counts, fitted, background = (
        np.asarray(part, float) for part in (found.data, found.fitted, found.background)
    )
    top.step(energy, counts, where="mid", color="0.6", label="counts")
    top.plot(energy, fitted, label="fit")
    top.plot(energy, background, "--", label="background")
    for family in found.model.families:
        at = (family.main.energy - found.calibration["offset"]) / found.calibration["scale"]
        height = float(np.interp(at, energy, np.nan_to_num(fitted)))
        top.annotate(family.name.replace("_", " "), (at, height), ha="center", va="bottom")
    top.set_ylabel(f"{found.data.quantity} ({found.data.units})")
    top.legend(frameon=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        left = (counts - fitted) / np.sqrt(np.maximum(fitted, 1.0))
    bottom.plot(energy, left, ".", markersize=2)
    bottom.axhline(0, color="0.5", linewidth=0.8)
    bottom.set_ylabel("rest / error")
    bottom.set_xlabel("energy (eV)")
    return figure
