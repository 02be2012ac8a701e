"""Pictures of scans of diffraction patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    import sidpy

    from .center_of_mass import CenterOfMass

__all__ = ["draw_images", "draw_vectors"]


def draw_images(images: Mapping[str, sidpy.Dataset], figure: Figure | None) -> Figure:
    """Draw images beside each other, each with its axes, its units and a scale of colours."""
    figure, panels = _panels(len(images), figure)
    for axes, (name, image) in zip(panels, images.items(), strict=True):
        shown = _show(axes, image, np.asarray(image, float), cmap="gray")
        axes.set_title(name)
        if shown is not None:
            figure.colorbar(shown, ax=axes, label=f"{image.quantity} ({image.units})", shrink=0.7)
    return figure


def draw_vectors(mass: CenterOfMass, figure: Figure | None) -> Figure:
    """Draw vectors by colour, the direction as hue and the length as lightness, and the sum."""
    from matplotlib.colors import hsv_to_rgb

    rows, columns = (np.asarray(part, float) for part in (mass.rows, mass.columns))
    rows, columns = rows - np.nanmean(rows), columns - np.nanmean(columns)
    length = np.hypot(rows, columns)
    longest = np.nanmax(length, initial=0.0) or 1.0
    hue = np.mod(np.arctan2(rows, columns), 2 * np.pi) / (2 * np.pi)
    parts = [np.nan_to_num(part) for part in (hue, np.ones_like(hue), length / longest)]
    figure, (first, second) = _panels(2, figure)
    _show(first, mass.rows, hsv_to_rgb(np.stack(parts, axis=-1)))
    first.set_title(f"centre of mass about its mean, up to {longest:.3g} {mass.rows.units}")
    _wheel(first)
    shown = _show(second, mass.total, np.asarray(mass.total, float), cmap="gray")
    second.set_title("sum")
    if shown is not None:
        label = f"{mass.total.quantity} ({mass.total.units})"
        figure.colorbar(shown, ax=second, label=label, shrink=0.7)
    return figure


def _wheel(axes: Axes) -> None:
    """Add what the colours mean: a disk of all directions, rows pointing down."""
    from matplotlib.colors import hsv_to_rgb

    y, x = np.mgrid[-1:1:65j, -1:1:65j]
    radius = np.hypot(y, x)
    hue = np.mod(np.arctan2(y, x), 2 * np.pi) / (2 * np.pi)
    colours = hsv_to_rgb(np.stack([hue, np.ones_like(hue), np.minimum(radius, 1)], axis=-1))
    inset = axes.inset_axes((0.78, 0.02, 0.2, 0.2))
    inset.imshow(np.dstack([colours, radius <= 1]))
    inset.set_axis_off()


def _panels(count: int, figure: Figure | None) -> tuple[Figure, list[Axes]]:
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(4.2 * max(count, 1), 3.8), layout="constrained")
    return figure, list(figure.subplots(1, max(count, 1), squeeze=False)[0])


def _show(axes: Axes, dataset: sidpy.Dataset, values: Any, **options: Any) -> Any:
    """Draw an image with its axes, or the curve of a line scan; None for a curve."""
    dimensions = [dataset._axes[axis] for axis in range(dataset.ndim)]
    captions = [f"{d.name} ({d.units})" for d in dimensions]
    if dataset.ndim == 1:
        axes.plot(dimensions[0].values, values)
        axes.set_xlabel(captions[0])
        return None
    if dataset.ndim != 2:
        msg = f"images are drawn of scans of one or two dimensions, found {dataset.ndim}"
        raise ValueError(msg)
    (top, bottom), (left, right) = (_edges(d.values) for d in dimensions)
    shown = axes.imshow(values, extent=(left, right, bottom, top), **options)
    axes.set(xlabel=captions[1], ylabel=captions[0])
    return shown


def _edges(values: Any) -> tuple[float, float]:
    half = (values[-1] - values[0]) / (2 * max(len(values) - 1, 1)) or 0.5
    return float(values[0] - half), float(values[-1] + half)
