"""``ds.plot()``: the door from a dataset to its picture."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["VIEWERS", "Plotter"]

logger = logging.getLogger(__name__)


class Plotter:
    """A method that lives in `sidpy.viz` and loads matplotlib when it is first called."""

    def __get__(self, dataset: Dataset | None, owner: type | None = None) -> Any:
        return self if dataset is None else _Plot(dataset)


class _Plot:
    """Draw the dataset in the way that fits its kind and dimensions.

    Parameters
    ----------
    verbose : bool
        Log which view was chosen; kept for older callers.
    figure : matplotlib.figure.Figure, optional
        Where to draw; a new figure by default.
    dict_data : dict of str to Dataset, optional
        Draw these instead, each in a field of the figure.
    **kwargs
        Passed on to the view: ``scale_bar``, ``colorbar``, ``cmap``, ...

    Returns
    -------
    matplotlib.figure.Figure
        The view, which answers to the mouse, is kept as ``view``.
    """

    __slots__ = ("_dataset",)

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def __call__(
        self,
        verbose: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
        figure: Any = None,
        dict_data: Any = None,
        **kwargs: Any,
    ) -> Any:
        # by name: pictures are a room above this one
        if dict_data is None:
            view = import_module("sidpy.viz.dispatch").make_view(self._dataset, figure, **kwargs)
        else:
            gallery = import_module("sidpy.viz.views.gallery").DictionaryVisualizer
            view = gallery(dict_data, figure, **kwargs)
        self._dataset.view = view
        logger.log(logging.INFO if verbose else logging.DEBUG, "drawn by %s", type(view).__name__)
        return view.fig


#: Viewers that had an address in `sidpy.sid.dataset` too.
VIEWERS = dict.fromkeys(
    (
        "ComplexSpectralImageVisualizer", "CurveVisualizer", "DictionaryVisualizer",
        "FourDimImageVisualizer", "ImageStackVisualizer", "ImageVisualizer",
        "PointCloudVisualizer", "SpectralImageVisualizer",
    ),
    "sidpy.viz.dataset_viz",
)  # fmt: skip
