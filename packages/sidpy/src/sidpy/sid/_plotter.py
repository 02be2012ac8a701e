"""``ds.plot()``: the door from a dataset to its picture."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["Plotter"]


class Plotter:
    """A method that lives in `sidpy.viz` and loads matplotlib when it is first called."""

    def __get__(self, dataset: Dataset | None, owner: type | None = None) -> Any:
        return self if dataset is None else _Plot(dataset)


class _Plot:
    """Draw the dataset in the way that fits its kind and dimensions.

    Parameters
    ----------
    verbose : bool
        Ignored; kept for older callers.
    figure : matplotlib.figure.Figure, optional
        Where to draw; a new figure by default.
    **kwargs
        Passed on to the view: ``scale_bar``, ``colorbar``, ``cmap``, ...

    Returns
    -------
    matplotlib.figure.Figure
    """

    __slots__ = ("_dataset",)

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def __call__(
        self,
        verbose: bool = False,  # noqa: FBT001, FBT002, ARG002 - the released package's signature
        figure: Any = None,
        **kwargs: Any,
    ) -> Any:
        # by name: pictures are a room above this one
        view = import_module("sidpy.viz.dispatch").make_view(self._dataset, figure, **kwargs)
        self._dataset.view = view
        return view.fig
