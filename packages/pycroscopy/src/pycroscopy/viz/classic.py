"""Pictures of plain arrays under the signatures of classic pycroscopy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.viz.scales import label_text, said

from .clusters import cluster_colours, draw_dendrogram, draw_label_map
from .panels import figure_of, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = [
    "plot_cluster_centroids", "plot_cluster_dendrogram", "plot_cluster_h5_group",
    "plot_cluster_labels", "plot_image_cleaning_results",
]  # fmt: skip


def plot_cluster_labels(
    labels_mat: Any, num_clusters: int | None = None, figure: Figure | None = None
) -> tuple[Figure, Axes]:
    """Draw the group of each position.

    Parameters
    ----------
    labels_mat : array-like of int, of one axis or two
        From 0; negative for none.
    num_clusters : int, optional
        How many there are; as many as the labels say by default.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.

    Raises
    ------
    ValueError
        When there is no such map.
    """
    from pycroscopy._inputs import as_dataset

    labels = as_dataset(np.asarray(labels_mat))
    if labels.ndim not in (1, 2) or 0 in labels.shape:
        msg = f"labels are a line or a map, found the shape {labels.shape}"
        raise ValueError(msg)
    count = int(np.max(labels_mat)) + 1 if num_clusters is None else int(num_clusters)
    figure, (axes,) = panels(1, figure, size=(6.0, 4.6))
    draw_label_map(axes, labels, max(count, 1))
    if labels.ndim == 2:
        axes.set(xlabel="column", ylabel="row")
    return figure, axes


def plot_cluster_centroids(
    centroids: Any,
    spec_values: Any = None,
    spec_label: str = "",
    y_label: str = "",
    figure: Figure | None = None,
) -> tuple[Figure, Axes]:
    """Draw the mean response of each group; of complex ones amplitude over phase.

    Parameters
    ----------
    centroids : array-like of shape (groups, n)
        Real or complex.
    spec_values : array-like of shape (n,), optional
        Values along the responses; their numbers by default.
    spec_label, y_label : str
        What runs along them, and what they are.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.

    Raises
    ------
    ValueError
        When the shapes do not fit.
    """
    means = np.atleast_2d(np.asarray(centroids))
    x = np.arange(means.shape[1]) if spec_values is None else np.ravel(spec_values)
    if means.ndim != 2 or len(x) != means.shape[1]:
        msg = f"centroids of shape {means.shape} do not fit {len(x)} values along them"
        raise ValueError(msg)
    parts = [(y_label, means)]
    if means.dtype.kind == "c":
        parts = [(f"{y_label} amplitude".strip(), np.abs(means)), ("phase (rad)", np.angle(means))]
    figure, places = panels(len(parts), figure, columns=1, size=(6.0, 3.6))
    for axes, (label, values) in zip(places, parts, strict=True):
        for number, (curve, colour) in enumerate(
            zip(values, cluster_colours(len(values)), strict=True)
        ):
            axes.plot(x, curve, color=colour, label=str(number))
        axes.set(ylabel=label, xlabel=spec_label or "channel")
    places[0].legend(frameon=False, fontsize="small", title="cluster")
    return figure, places[0]


def plot_cluster_dendrogram(
    label_mat: Any,
    e_vals: Any,
    num_comp: int,
    num_cluster: int,
    mode: str = "Full",
    last: int | None = None,
    figure: Figure | None = None,
) -> Figure:
    """Draw which groups are alike in what their positions have.

    Parameters
    ----------
    label_mat : array-like of int
        Group of each position, from 0.
    e_vals : array-like of shape (positions, components)
        What groups are compared by.
    num_comp : int
        How many components count.
    num_cluster : int
        How many groups there are.
    mode : {"Full", "Truncated"}
        All joints, or only the last ones.
    last : int, optional
        How many groups are left after joining the most alike, if truncated; half by default.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.

    Raises
    ------
    ValueError
        When there are fewer than two groups with positions, or a word is unknown.
    """
    from scipy.cluster.hierarchy import linkage

    if mode not in ("Full", "Truncated"):
        msg = f"mode is {mode!r}; it can be 'Full' or 'Truncated'"
        raise ValueError(msg)
    labels = np.ravel(label_mat)
    values = np.asarray(e_vals, np.float64).reshape(len(labels), -1)[:, :num_comp]
    groups = [n for n in range(num_cluster) if (labels == n).any()]
    if len(groups) < 2:
        msg = f"a tree needs two groups or more with positions, found {len(groups)}"
        raise ValueError(msg)
    means = np.stack([values[labels == number].mean(axis=0) for number in groups])
    figure, (axes,) = panels(1, figure, size=(6.0, 4.6))
    joined = linkage(means, "weighted")
    if mode == "Truncated":
        _draw_last(axes, joined, max(2, len(groups) // 2) if last is None else int(last))
    else:
        draw_dendrogram(axes, joined)
    return figure


def _draw_last(axes: Axes, joined: NDArray[Any], last: int) -> None:
    from scipy.cluster.hierarchy import dendrogram

    dendrogram(
        joined, ax=axes, truncate_mode="lastp", p=last, color_threshold=0,
        above_threshold_color="0.3",
    )  # fmt: skip
    axes.set(xlabel="cluster, or (number of them)", ylabel="distance of mean responses")


def plot_cluster_h5_group(h5_group: Any) -> tuple[Figure, Figure]:
    """Draw labels and mean responses of a group that `processing.cluster.Cluster` wrote.

    Parameters
    ----------
    h5_group : h5py.Group
        With ``Labels`` and ``Mean_Response``, both main datasets.

    Returns
    -------
    labels, responses : Figure

    Raises
    ------
    KeyError
        When it has no such datasets.
    MissingDependency
        Without pyUSID.
    """
    from sidpy.base.optional import needed

    usid = needed("pyUSID", "a group of clusters", "pycroscopy[usid]")
    for name in ("Labels", "Mean_Response"):
        if name not in h5_group:
            msg = f"{h5_group.name} has no {name!r}; expected what a clustering wrote"
            raise KeyError(msg)
    labels, means = (usid.USIDataset(h5_group[name]) for name in ("Labels", "Mean_Response"))
    shown = np.squeeze(np.asarray(labels.get_n_dim_form()))
    shown = shown if 0 < shown.ndim < 3 else np.ravel(shown)
    x, along = None, "channel"
    if len(means.spec_dim_labels) == 1:
        x = means.get_spec_values(means.spec_dim_labels[0])
        along = means.spec_dim_descriptors[0]
    what = label_text(said(str(means.attrs["quantity"])), str(means.attrs["units"]))
    return (
        plot_cluster_labels(shown, means.shape[0])[0],
        plot_cluster_centroids(np.asarray(means[()]), x, along, what)[0],
    )


def plot_image_cleaning_results(
    raw_image: Any,
    clean_image: Any,
    stdevs: float = 2.0,
    heading: str = "Image Cleaning Results",
    figure: Figure | None = None,
) -> tuple[Figure, list[Axes]]:
    """Draw an image, the cleaned one, what was taken away, and the spectra of all three.

    Parameters
    ----------
    raw_image, clean_image : array-like of shape (rows, columns)
        Of equal shape.
    stdevs : float
        Standard deviations about the mean that the colours hold.
    heading : str
        Above all.
    figure : Figure, optional
        Where to draw; a new pyplot figure by default.

    Returns
    -------
    Figure
    list of six Axes

    Raises
    ------
    ValueError
        When the images have different shapes or are none.
    """
    raw, clean = (np.asarray(image, np.float64) for image in (raw_image, clean_image))
    if raw.ndim != 2 or raw.shape != clean.shape:
        msg = f"two images of one shape are compared, found {raw.shape} and {clean.shape}"
        raise ValueError(msg)
    figure, places = panels(6, figure_of(figure, (12.0, 7.0)), columns=3)
    figure.suptitle(heading)
    images = {"raw": raw, "clean": clean, "removed": raw - clean}
    for number, (name, image) in enumerate(images.items()):
        filled = np.where(np.isfinite(image), image, np.nanmean(image))
        waves = np.fft.fftshift(np.abs(np.fft.fft2(filled - filled.mean())))
        for axes, values, title in (
            (places[number], image, name),
            (places[number + 3], np.log1p(waves), f"spectrum of {name}"),
        ):
            _image(axes, values, title, stdevs)
    for axes in places[3:]:
        axes.set(xlabel="column frequency", ylabel="row frequency")
    return figure, places


def _image(axes: Axes, values: NDArray[Any], title: str, stdevs: float) -> None:
    from sidpy.viz.views.image import bar_beside

    middle, spread = np.nanmean(values), stdevs * np.nanstd(values)
    shown = axes.imshow(values, cmap="gray", vmin=middle - spread, vmax=middle + spread)
    axes.set(title=title, xlabel="column", ylabel="row")
    bar_beside(axes.figure, shown, axes).set_label("log of the amplitude" if "of" in title else "")
