"""Several datasets in one figure, each with its own view."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sidpy.errors import LabelValueError
from sidpy.viz.dispatch import make_view, view_class
from sidpy.viz.keywords import check_keywords, known_to

from .base import OPTIONS, check_dataset

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DictionaryVisualizer", "plot_gallery"]


class DictionaryVisualizer:
    """Every dataset of a dictionary in a field of its own.

    ``views`` has the view of each key, ``fig`` the figure.

    Parameters
    ----------
    dict_dset : mapping of str to Dataset
        As `sidpy.read` returns them.
    figure : Figure, optional
        Where to draw; without one pyplot makes a new figure.
    horizontal : bool
        As for every view.
    columns : int, optional
        How many fields side by side; without it the figure is about as wide as high.
    **kwargs
        For every view; each takes of them what it knows.

    Raises
    ------
    TypeError
        When something in it is no Dataset.
    ValueError
        When there is nothing in it.
    """

    def __init__(
        self,
        dict_dset: Mapping[str, Any],
        figure: Any = None,
        horizontal: bool = True,  # noqa: FBT001, FBT002 - the released signature
        *,
        columns: int | None = None,
        **kwargs: Any,
    ) -> None:
        check_all(dict_dset)
        options = {"horizontal": horizontal} | kwargs
        self.dict_dset = dict_dset
        self.fig, fields = _fields(dict_dset, figure, columns)
        known = _known_options(dict_dset, options)
        self.views = {
            key: make_view(dataset, field, **known[key])
            for field, (key, dataset) in zip(fields, dict_dset.items(), strict=False)
        }
        self.axes = [axes for view in self.views.values() for axes in view.axes]


def check_all(datasets: Any) -> None:
    """Raise unless this is a mapping of datasets with at least one."""
    if not isinstance(datasets, Mapping):
        msg = f"a gallery needs a dictionary of datasets, found {type(datasets).__name__}"
        raise TypeError(msg)
    if not datasets:
        msg = "a gallery needs at least one dataset, found none"
        raise LabelValueError(msg)
    for dataset in datasets.values():
        check_dataset(dataset)


def _known_options(
    datasets: Mapping[str, Any], options: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Give each view the options it knows; raise for one that nobody knows."""
    found: dict[str, dict[str, Any]] = {}
    for key, dataset in datasets.items():
        known = known_to(view_class(dataset).artist) | set(OPTIONS)
        found[key] = {name: value for name, value in options.items() if name in known}
    taken = {name for chosen in found.values() for name in chosen}
    check_keywords(set(options) - taken, OPTIONS, "nothing", "the gallery")
    return found


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
    return DictionaryVisualizer(datasets, figure, columns=columns, **options).fig


def _fields(datasets: Mapping[str, Any], figure: Any, columns: int | None) -> tuple[Figure, Any]:
    """Return the figure and a field of it for every dataset."""
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
    return shared, shared.subfigures(down, across, squeeze=False).ravel()
