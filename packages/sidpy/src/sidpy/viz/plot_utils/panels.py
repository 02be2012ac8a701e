"""Curves in many plots: one panel for each position or component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arguments import ArgumentError, flag, number, numbers, refuse, text, whole
from .figures import chosen, drawing
from .image import plot_map
from .lines import rainbow_plot
from .style import get_plot_grid_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["plot_complex_spectra", "plot_curves"]

#: More panels than this cannot be read.
_MOST_PANELS = 49

#: Phases are cyclic and have the same colours in every panel.
_PHASE = {"cmap": "twilight", "vmin": -np.pi, "vmax": np.pi}

#: The released height of the title, which stands for "above the panels".
_ABOVE = 1.05


def plot_curves(
    excit_wfms: Any,
    datasets: Any,
    line_colors: Sequence[Any] = (),
    dataset_names: Sequence[str] = (),
    evenly_spaced: bool = True,
    num_plots: int = 25,
    x_label: str | None = "",
    y_label: str | None = "",
    subtitle_prefix: str | None = "Position",
    title: str | None = "",
    use_rainbow_plots: bool = False,
    fig_title_yoffset: float = _ABOVE,
    h5_pos: Any = None,
    **kwargs: Any,
) -> tuple[Figure, Any]:
    """Draw curves of some positions, one panel for each, with one curve of each dataset.

    Parameters
    ----------
    excit_wfms : array-like of shape (n,), or list of these
        The abscissa, for all datasets or for each.
    datasets : array of shape (positions, n), or list of these
        NumPy, dask or HDF5; only the rows that are drawn are read.  Imaginary parts are
        dashed.
    line_colors, dataset_names : list of str
        Of the datasets, for the curves and the legend.
    evenly_spaced : bool
        Whether the positions are spread over all, or the first ones.
    num_plots : int
        How many panels, at most; never more than 49.
    x_label, y_label, subtitle_prefix, title : str
        Of the panels and the figure.
    use_rainbow_plots : bool
        Whether colour shows the order of the points; for a single dataset.
    fig_title_yoffset : float
        Height of the title as a share of the figure; above the panels by default.
    h5_pos : array-like of shape (positions, 2 or more), optional
        Column and row of each position, written instead of its number.
    **kwargs
        ``figsize``, and everything that ``Axes.plot`` takes.

    Returns
    -------
    Figure
        The figure.
    Axes or ndarray of Axes
        Its panels, arranged as they are drawn.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or does not fit the others.
    """
    curves = _datasets(datasets)
    abscissas = _abscissas(excit_wfms, curves)
    words = {"xlabel": text("x_label", x_label), "ylabel": text("y_label", y_label)}
    heading = text("title", title)
    height = number("fig_title_yoffset", fig_title_yoffset)
    rainbow = flag("use_rainbow_plots", use_rainbow_plots) and len(curves) == 1
    count = min(whole("num_plots", num_plots), _MOST_PANELS)
    places = chosen(curves[0].shape[0], count, spread=flag("evenly_spaced", evenly_spaced))
    titles = _subtitles(text("subtitle_prefix", subtitle_prefix), h5_pos, places)
    colours = _per_dataset("line_colors", line_colors, len(curves), "C{}")
    names = _per_dataset("dataset_names", dataset_names, len(curves), "Dataset {}")
    rows, columns = get_plot_grid_size(len(places))
    size = kwargs.pop("figsize", (12, max(4, 12 * rows / columns)))

    with drawing(size, layout="constrained") as figure:
        axes = figure.subplots(rows, columns)
        panels = np.ravel(axes)
        for place, subtitle, panel in zip(places, titles, panels, strict=False):
            for x, dataset, colour, name in zip(abscissas, curves, colours, names, strict=True):
                style = {"color": colour, "label": name} | kwargs
                _draw_row(panel, x, dataset[place], style, rainbow=rainbow)
            panel.set_title(subtitle, fontsize="medium")
        _finish(panels, len(places), columns, words)
        if len(curves) > 1 or len(dataset_names):
            panels[len(places) - 1].legend(fontsize="small")
        _head(figure, heading, None if height == _ABOVE else height)
    return figure, axes


def _datasets(given: Any) -> list[Any]:
    """Return the datasets as a list of two-dimensional arrays, not yet read."""
    many = list(given) if isinstance(given, (list, tuple)) else [given]
    wanted = "2D array of [position, point], or a list of these"
    if not many or any(getattr(one, "ndim", None) != 2 or 0 in one.shape for one in many):
        refuse("datasets", given, f"a {wanted}")
    if len({one.shape[0] for one in many}) > 1:
        shapes = ", ".join(str(tuple(one.shape)) for one in many)
        msg = f"datasets should have as many positions as each other, found shapes {shapes}"
        raise ArgumentError(msg)
    return many


def _abscissas(given: Any, curves: list[Any]) -> list[NDArray[Any]]:
    """Return one abscissa for each dataset."""
    has_many = isinstance(given, (list, tuple)) and len(given) and np.ndim(given[0]) == 1
    several = list(given) if has_many or getattr(given, "ndim", 1) == 2 else [given]
    vectors = [numbers("excit_wfms", one, 1) for one in several]
    if len(vectors) == 1:
        vectors *= len(curves)
    if len(vectors) != len(curves):
        msg = f"excit_wfms should be one vector or one for each of {len(curves)} datasets"
        raise ArgumentError(msg)
    for vector, dataset in zip(vectors, curves, strict=True):
        if vector.size != dataset.shape[1]:
            refuse("excit_wfms", vector, f"as long as the curves, {dataset.shape[1]}")
    return vectors


def _per_dataset(name: str, given: Any, count: int, default: str) -> list[Any]:
    if given is None or len(given) == 0:
        return [default.format(i) for i in range(count)]
    listed = [given] if isinstance(given, str) else list(given)
    if len(listed) < count:
        msg = f"{name} should have one for each of {count} datasets, found {len(listed)}"
        raise ArgumentError(msg)
    return listed[:count]


def _subtitles(prefix: str, positions: Any, places: list[int]) -> list[str]:
    if positions is None:
        return [f"{prefix} {place}".strip() for place in places]
    if getattr(positions, "ndim", None) != 2 or positions.shape[0] <= places[-1]:
        refuse("h5_pos", positions, "an array of [position, (column, row)]")
    table = np.asarray(positions[...])[places]
    if table.shape[1] == 1:
        return [f"{prefix} {value:g}".strip() for (value,) in table]
    return [f"Row {row} Col {column}" for column, row in table[:, :2]]


def _draw_row(axis: Axes, x: Any, curve: Any, style: dict[str, Any], *, rainbow: bool) -> None:
    y = numbers("datasets", curve, 1)
    if rainbow and y.dtype.kind != "c":
        own = {name: value for name, value in style.items() if name not in ("color", "label")}
        rainbow_plot(axis, x, y, **own)
        return
    style = {name: value for name, value in style.items() if name != "cmap"}
    axis.plot(x, y.real, **style)
    if y.dtype.kind == "c":
        axis.plot(
            x, y.imag, **style | {"linestyle": "--", "label": f"{style['label']}, imaginary"}
        )


def _finish(panels: Any, used: int, columns: int, words: dict[str, str]) -> None:
    """Label the outer sides and hide panels without a curve."""
    for i, panel in enumerate(panels):
        if i >= used:
            panel.set_visible(False)
            continue
        if i % columns == 0:
            panel.set_ylabel(words["ylabel"])
        if i + columns >= used:
            panel.set_xlabel(words["xlabel"])


def _head(figure: Figure, title: str, height: float | None = None) -> None:
    if title:
        figure.suptitle(title, fontsize=14, **({} if height is None else {"y": height}))


def plot_complex_spectra(
    map_stack: Any,
    x_vec: Any = None,
    num_comps: int | None = 4,
    title: str | None = None,
    x_label: str | None = "",
    y_label: str | None = "",
    evenly_spaced: bool = True,
    subtitle_prefix: str | None = "Component",
    amp_units: str | None = None,
    stdevs: float | None = 2,
    **kwargs: Any,
) -> tuple[Figure, Any]:
    """Draw amplitude and phase of some components, the phase below the amplitude.

    Parameters
    ----------
    map_stack : array of shape (components, n) or (components, rows, columns)
        Complex curves or images.
    x_vec : array-like of shape (n,), optional
        The abscissa of the curves.
    num_comps : int, optional
        How many components, at most.
    title, x_label, y_label, subtitle_prefix : str, optional
        Of the figure and its panels.
    evenly_spaced : bool
        Whether the components are spread over all, or the first ones.
    amp_units : str, optional
        Of the amplitude; arbitrary by default.
    stdevs : float, optional
        Colours of amplitudes span the mean ± so many standard deviations.
    **kwargs
        ``figsize`` of one component, and everything that ``Axes.plot`` or `plot_map` takes.

    Returns
    -------
    Figure
        The figure.
    ndarray of Axes
        Its panels, arranged as they are drawn.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or does not fit the others.
    """
    stack = _components(map_stack)
    abscissa = _abscissa(x_vec, stack)
    wanted = 4 if num_comps is None else whole("num_comps", num_comps)
    places = chosen(stack.shape[0], wanted, spread=bool(evenly_spaced))
    words = {"xlabel": text("x_label", x_label), "ylabel": text("y_label", y_label)}
    heading, prefix = text("title", title), text("subtitle_prefix", subtitle_prefix)
    units = text("amp_units", amp_units) or "a.u."
    width = None if stdevs is None else number("stdevs", stdevs, above=0)
    rows, columns = get_plot_grid_size(len(places))
    size = kwargs.pop("figsize", (4, 4))

    with drawing((size[0] * columns, size[1] * rows), layout="constrained") as figure:
        axes = figure.subplots(2 * rows, columns)
        panels = np.reshape(axes, (2 * rows, columns))
        for i, place in enumerate(places):
            values = np.asarray(stack[place])
            name = f"{prefix} {place} - " if len(places) > 1 else ""
            above, below = panels[2 * (i // columns) : 2 * (i // columns) + 2, i % columns]
            _draw_part(above, abscissa, np.abs(values), {"stdevs": width} | kwargs)
            _draw_part(below, abscissa, np.angle(values), _PHASE | kwargs)
            above.set_title(f"{name}Amplitude ({units})", fontsize="medium")
            below.set_title(f"{name}Phase (rad)", fontsize="medium")
        _label_left(panels, len(places), words)
        _head(figure, heading)
    return figure, axes


def _components(given: Any) -> Any:
    if getattr(given, "ndim", None) not in (2, 3) or 0 in given.shape:
        wanted = "an array of [component, point] or of [component, row, column]"
        refuse("map_stack", given, wanted)
    if given.dtype.kind not in "biufc":
        refuse("map_stack", given, f"of numbers, not of {given.dtype}")
    return given


def _abscissa(given: Any, stack: Any) -> NDArray[Any]:
    if given is None or stack.ndim == 3:
        return np.arange(stack.shape[-1])
    vector = numbers("x_vec", given, 1)
    if vector.size != stack.shape[1]:
        refuse("x_vec", vector, f"as long as the components, {stack.shape[1]}")
    return vector


def _draw_part(panel: Axes, x: NDArray[Any], part: NDArray[Any], style: dict[str, Any]) -> None:
    """Draw amplitude or phase as a map or as a curve, which has no colours to spread."""
    if part.ndim == 2:
        plot_map(panel, part, **style)
    else:
        panel.plot(x, part, **{name: style[name] for name in style.keys() - {"stdevs", *_PHASE}})


def _label_left(panels: Any, used: int, words: dict[str, str]) -> None:
    columns = panels.shape[1]
    for i in range(panels.size // 2):
        above, below = panels[2 * (i // columns) : 2 * (i // columns) + 2, i % columns]
        for panel in (above, below):
            panel.set_visible(i < used)
            if i % columns == 0:
                panel.set_ylabel(words["ylabel"])
        below.set_xlabel(words["xlabel"])
