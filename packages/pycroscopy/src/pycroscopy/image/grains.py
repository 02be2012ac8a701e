"""Grains and particles: what stands out of a surface, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.sid.operations import operation

from .frames import labelled_like, one_image
from .point_tables import point_table
from .positions import image_axes
from .segmentation import otsu_threshold, split_touching

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["Grains", "find_grains"]


@dataclass(frozen=True, eq=False)
class Grains:
    """The grains of an image."""

    labels: sidpy.Dataset
    """Number of the grain at each pixel, from 1; 0 between them."""
    table: sidpy.Dataset | None
    """One row for each grain, POINT_CLOUD: centre, `area`, `diameter` (of a disk of that
    area), `length` and `width` (of an ellipse of its moments), `orientation` (radian, of the
    length, from rows towards columns), `mean`, `maximum`, `volume` above the threshold, and
    whether it is `cut` off by the edge. None when there is no grain."""
    threshold: float
    """What they stand out of."""

    def __len__(self) -> int:
        return 0 if self.table is None else len(self.table)

    def __repr__(self) -> str:
        return f"{len(self)} grains of {self.labels.source!r} beyond {self.threshold:.4g}"

    def plot(self, figure: Figure | None = None) -> Figure:
        """Draw the grains.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.maps import draw_maps

        return draw_maps([self.labels], figure)


@operation(name="pycroscopy.image.find_grains")
def find_grains(
    image: Any,
    *,
    threshold: float | Literal["otsu"] = "otsu",
    dark: bool = False,
    smallest: int = 4,
    split: float | None = None,
) -> Grains:
    """Find what stands out of an image, and measure it.

    Parameters
    ----------
    image : Dataset or array of shape (rows, columns)
        NaN belongs to no grain.
    threshold : float or "otsu"
        Grains are above it; "otsu" divides the values in two.
    dark : bool
        Grains are below it.
    smallest : int, px
        Fewest pixels of a grain.
    split : float, px, optional
        Part grains that touch where they are this much thicker on both sides than between.

    Returns
    -------
    Grains
        Labels and a table.

    Raises
    ------
    TypeError
        When it is no real image.
    ValueError
        When `smallest` is not positive.

    Notes
    -----
    Pixels belong together when they share an edge or a corner. Computes at once.
    """
    from scipy import ndimage

    dataset, values = one_image(image, "find_grains")
    if smallest < 1:
        msg = f"smallest should be a number of pixels, found {smallest!r}"
        raise ValueError(msg)
    known = np.isfinite(values)
    level = otsu_threshold(values[known]) if threshold == "otsu" else float(threshold)
    above = np.where(known, (level - values) if dark else (values - level), -1.0)
    inside = above > 0
    labels, _ = ndimage.label(inside, np.ones((3, 3)))
    if split is not None:
        labels = split_touching(inside, split)
    labels = _numbered(labels, smallest)
    about = {"grains": {"threshold": level, "dark": dark, "smallest": smallest, "split": split}}
    shown = labelled_like(
        dataset, labels, title=f"{dataset.title} grains", metadata=about, units="1",
        quantity="grain",
    )  # fmt: skip
    count = int(labels.max(initial=0))
    table = _measured(dataset, values, above, labels) if count else None
    return Grains(shown, table, level)


def _numbered(labels: NDArray[Any], smallest: int) -> NDArray[np.int32]:
    """Number the grains anew that are large enough."""
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept = sizes >= smallest
    numbers = np.where(kept, np.cumsum(kept), 0)
    return numbers[labels].astype(np.int32)


def _measured(
    dataset: sidpy.Dataset, values: Floats, above: Floats, labels: NDArray[np.int32]
) -> sidpy.Dataset:
    axes = image_axes(dataset)
    rows, columns = np.nonzero(labels)
    grain = labels[rows, columns] - 1
    count = int(labels.max())
    pixels = np.bincount(grain, minlength=count)

    def mean(of: Floats) -> Floats:
        found: Floats = np.bincount(grain, of, count) / pixels
        return found

    heights = values[rows, columns]
    center = np.column_stack([mean(rows.astype(float)), mean(columns.astype(float))])
    r, c = ((p - center[grain, k]) * axes.pixel[k] for k, p in enumerate((rows, columns)))
    # a pixel has moments of its own
    rr, cc = (mean(t**2) + d**2 / 12 for t, d in zip((r, c), axes.pixel, strict=True))
    rc = mean(r * c)
    root = np.sqrt(((rr - cc) / 2) ** 2 + rc**2)
    area_of_pixel = axes.pixel[0] * axes.pixel[1]
    top = np.full(count, -np.inf)
    np.maximum.at(top, grain, heights)
    low = np.full(count, np.inf)
    np.minimum.at(low, grain, heights)
    edge = np.zeros(labels.shape, bool)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    cut = np.zeros(count)
    cut[np.unique(labels[edge & (labels > 0)]) - 1] = 1.0
    found = {
        "area": pixels * area_of_pixel,
        "diameter": np.sqrt(4 * pixels * area_of_pixel / np.pi),
        "length": 4 * np.sqrt((rr + cc) / 2 + root),
        "width": 4 * np.sqrt(np.maximum((rr + cc) / 2 - root, 0.0)),
        "orientation": 0.5 * np.arctan2(2 * rc, rr - cc),
        "mean": mean(heights),
        "maximum": top,
        "minimum": low,
        "volume": mean(above[rows, columns]) * pixels * area_of_pixel,
        "cut": cut,
    }
    length = dataset._axes[axes.rows].units
    units = {
        "area": f"{length}**2", "diameter": length, "length": length, "width": length,
        "orientation": "rad", "mean": dataset.units, "maximum": dataset.units,
        "minimum": dataset.units, "volume": f"{length}**2*{dataset.units}",
    }  # fmt: skip
    return point_table(dataset, center, found, title=f"{dataset.title} grains", units=units)
