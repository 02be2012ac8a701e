"""Pictures of scans of diffraction patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    import sidpy

    from .disks import BraggDisks
    from .mass_centers import CenterOfMass

__all__ = ["draw_disks", "draw_images", "draw_profile", "draw_vectors"]


def draw_images(
    images: Mapping[str, sidpy.Dataset], figure: Figure | None, *, signed: bool = False
) -> Figure:
    """Draw images beside each other, each with its axes, its units and a scale of colours.

    Parameters
    ----------
    images : mapping of str to Dataset
        What to draw, by title.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.
    signed : bool
        Colours of two kinds, about zero.
    """
    figure, panels = _panels(len(images), figure)
    for axes, (name, image) in zip(panels, images.items(), strict=True):
        values = np.asarray(image, float)
        most = np.nanmax(np.abs(values), initial=0.0) if signed else None
        limits = {"vmin": -most, "vmax": most, "cmap": "RdBu_r"} if signed else {"cmap": "gray"}
        shown = _show(axes, image, values, **limits)
        axes.set_title(name)
        if shown is not None:
            figure.colorbar(shown, ax=axes, label=_with_units(image), shrink=0.7)
    return figure


def _with_units(item: Any) -> str:
    """Return what a dataset holds and its units, if it has any."""
    return f"{item.quantity} ({item.units})" if item.units else item.quantity


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
        figure.colorbar(shown, ax=second, label=_with_units(mass.total), shrink=0.7)
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


def draw_profile(profiles: sidpy.Dataset, figure: Figure | None) -> Figure:
    """Draw the mean of profiles over all positions, and how far they spread."""
    values = np.asarray(profiles, float)
    values = values.reshape(-1, values.shape[-1])
    dimension = profiles._axes[profiles.ndim - 1]
    figure, (axes,) = _panels(1, figure)
    present = ~np.isnan(values).all(axis=0)
    at, values = dimension.values[present], values[:, present]
    middle, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    axes.fill_between(at, middle - spread, middle + spread, alpha=0.25, label="spread")
    axes.plot(at, middle, label="mean of all positions")
    axes.set(
        xlabel=f"{dimension.name} ({dimension.units})",
        ylabel=_with_units(profiles),
        title=profiles.title,
    )
    axes.legend(frameon=False)
    return figure


def draw_disks(disks: BraggDisks, figure: Figure | None) -> Figure:
    """Draw how often and how strongly disks were found where: a histogram over the pattern."""
    edges = []
    for axis in (-2, -1):
        dimension = disks.scan._axes[disks.scan.ndim + axis]
        edges.append(np.linspace(*_edges(dimension.values), len(dimension) + 1))
    order = [np.sort(part) for part in edges]
    where = disks.positions
    counts = np.histogram2d(where[:, 0], where[:, 1], bins=order, weights=disks.strengths)[0]
    figure, (axes,) = _panels(1, figure)
    extent = (order[1][0], order[1][-1], order[0][-1], order[0][0])
    shown = axes.imshow(np.sqrt(np.maximum(counts, 0)), extent=extent, cmap="inferno")
    names = [disks.scan._axes[disks.scan.ndim + axis] for axis in (-2, -1)]
    axes.set(
        xlabel=f"{names[1].name} ({names[1].units})",
        ylabel=f"{names[0].name} ({names[0].units})",
        title=f"{len(disks)} disks",
    )
    figure.colorbar(shown, ax=axes, label="square root of the strength", shrink=0.7)
    return figure
