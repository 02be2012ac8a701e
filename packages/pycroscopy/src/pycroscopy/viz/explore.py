"""From a result to the view that shows it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sidpy.viz.views.base import View

__all__ = ["explore"]

#: What the view of a result is called, the module it is in, and what it takes beside the result.
_VIEWS: Final = {
    "Decomposition": ("components", "ComponentsView", ()),
    "Unmixing": ("components", "ComponentsView", ()),
    "Clustering": ("clusters", "ClusterView", ("data",)),
    "LoopFit": ("fits", "FitView", ()),
    "DatasetFit": ("fits", "FitView", ()),
    "ProjectedLoops": ("loops", "LoopsView", ("measured", "fit")),
    "AtomPositions": ("points", "PointsView", ("image", "labels")),
    "Registration": ("drift", "DriftView", ("stack",)),
}


def explore(result: Any, **options: Any) -> View:
    """Show a result in a view that answers to the mouse.

    Parameters
    ----------
    result : result of an analysis, or Dataset
        A decomposition, unmixing, clustering, fit, projected loops, atoms, a registration; a
        table of points, with ``image=``; results of maps by name; every other Dataset is
        shown by `sidpy.viz`.
    **options
        For the view: ``figure``, and ``data`` for clusters, ``stack`` for a registration,
        ``measured`` and ``fit`` for loops, ``image`` and ``labels`` for points.

    Returns
    -------
    View
        With ``fig``, ``controls`` and what each view has of its own.

    Raises
    ------
    TypeError
        When there is no view of such a thing.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from pycroscopy.learn import decompose
    >>> y, x, e = np.mgrid[:6, :8, :20]
    >>> found = decompose(np.exp(-((e - 8 - (x > 3)) ** 2) / 9.0), rank=2)
    >>> view = explore(found, figure=Figure())
    >>> view.select(row=2, column=5)
    >>> view.place_text()
    '5, 2'
    """
    for kind in type(result).__mro__:
        if kind.__name__ in _VIEWS:
            module, name, _ = _VIEWS[kind.__name__]
            view = getattr(import_module(f"pycroscopy.viz.views.{module}"), name)
            return _made(view, result, options)
    if hasattr(result, "labels_record"):
        return _of_dataset(result, options)
    maps = _maps_of(result)
    if maps:
        from .views.base import ResultView

        return _made(ResultView, maps, options)
    known = ", ".join(sorted(_VIEWS))
    msg = f"there is no view of {type(result).__name__}; there are views of {known} and datasets"
    raise TypeError(msg)


def _made(view: Any, result: Any, options: dict[str, Any]) -> View:
    made: View = view(result, **options)
    return made


def _of_dataset(dataset: Any, options: dict[str, Any]) -> View:
    if "points" in dataset.metadata or "atoms" in dataset.metadata:
        from .views.points import PointsView

        return PointsView(dataset, **options)
    from sidpy.viz import make_view

    options.pop("kit", None)
    return make_view(dataset, **options)


def _maps_of(result: Any) -> dict[str, Any]:
    """Return the datasets of a result that are maps of the same positions, by name."""
    if not hasattr(result, "to_datasets"):
        return {}
    found = {name: part for name, part in result.to_datasets().items() if part.ndim}
    shapes = [part.shape for part in found.values() if part.ndim in (1, 2)]
    common = max(set(shapes), key=shapes.count, default=None)
    return {name: part for name, part in found.items() if part.shape == common}
