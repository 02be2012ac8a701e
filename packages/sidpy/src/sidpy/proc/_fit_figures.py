"""Pictures of fits: maps of the parameters, profiles, one curve through its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .fitted import DatasetFit

__all__ = ["draw"]


def draw(fit: DatasetFit, **options: Any) -> Figure:
    """Draw a fit; see `DatasetFit.plot`."""
    from matplotlib import pyplot as plt

    positions = fit.dataset.ndim - len(fit.axes)
    if positions == 0:
        return _curve(fit, plt.figure(layout="constrained", **options))
    k = len(fit.names)
    columns = min(3, k)
    rows = -(-k // columns)
    options = {"figsize": (3.6 * columns, 3.0 * rows), "layout": "constrained"} | options
    figure = plt.figure(**options)
    for number, name in enumerate(fit.names):
        axis = figure.add_subplot(rows, columns, number + 1)
        unit = fit.units[number]
        axis.set_title(f"{name} ({unit})" if unit else name)
        (_map if positions == 2 else _profile)(figure, axis, fit, name)
    return figure


def _label(dimension: Any) -> str:
    return f"{dimension.quantity} ({dimension.units})"


def _map(figure: Figure, axis: Any, fit: DatasetFit, name: str) -> None:
    """Draw the map of one parameter, its color range without outliers; failed fits in grey."""
    found = fit[name]
    values = np.asarray(found.compute(), np.float64)
    limits = np.nanpercentile(values, [1, 99]) if np.isfinite(values).any() else (0, 1)
    rows, columns = found._axes[0], found._axes[1]
    extent = found.get_extent([1, 0])
    picture = axis.imshow(
        values, extent=extent, cmap="viridis", vmin=limits[0], vmax=limits[1], origin="upper"
    )
    axis.set_facecolor("0.8")
    axis.set_xlabel(_label(columns))
    axis.set_ylabel(_label(rows))
    figure.colorbar(picture, ax=axis)


def _profile(_figure: Figure, axis: Any, fit: DatasetFit, name: str) -> None:
    """Draw one parameter along the positions with its errors."""
    found = fit[name]
    values = np.ravel(found.compute())
    errors = np.sqrt(np.ravel(found.variance.compute()))
    places = found._axes[0].values if found.ndim == 1 else np.arange(len(values))
    axis.errorbar(places, values, np.nan_to_num(errors, posinf=0.0), fmt=".", capsize=2)
    axis.set_xlabel(_label(found._axes[0]) if found.ndim == 1 else "position")


def _curve(fit: DatasetFit, figure: Figure) -> Figure:
    """Draw one spectrum and the curve through it, or one image beside its fit."""
    data, curve = np.asarray(fit.dataset.compute()), np.asarray(fit.fitted.compute())
    if np.iscomplexobj(data):
        data, curve = np.abs(data), np.abs(curve)
    if data.ndim == 1:
        axis = figure.add_subplot()
        order = np.argsort(fit.x)
        axis.plot(fit.x, data, ".", label="data")
        axis.plot(fit.x[order], curve[order], label="fit")
        axis.set_xlabel(_label(fit.dataset._axes[0]))
        axis.set_ylabel(f"{fit.dataset.quantity} ({fit.dataset.units})")
        axis.legend()
        return figure
    for number, (title, image) in enumerate((("data", data), ("fit", curve))):
        axis = figure.add_subplot(1, 2, number + 1)
        axis.imshow(image, vmin=np.nanmin(data), vmax=np.nanmax(data), cmap="viridis")
        axis.set_title(title)
    return figure
