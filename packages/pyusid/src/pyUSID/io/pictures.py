"""Pictures of main datasets: a curve, an image, or a figure with sliders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import FormatError
from sidpy.viz.plot_utils import get_exponent, get_plot_grid_size, plot_map

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from .dimension import Dimension
    from .usi_data import USIDataset

__all__ = ["visualize"]


def visualize(
    h5_main: USIDataset,
    slice_dict: Mapping[str, Any] | None = None,
    figsize: tuple[float, float] | None = None,
    **style: Any,
) -> Any:
    """Show a main dataset or a part of it, see `USIDataset.visualize`."""
    if not h5_main._has_grid:
        reasons = "; ".join(side.why_no_grid for side in h5_main._sides if side.grid is None)
        msg = (
            f"{h5_main.name} has no N-dimensional form to show ({reasons}): show it as points "
            "with to_sidpy().plot(), or put it on a grid with hdf_utils.map_grid_to_cartesian"
        )
        raise FormatError(msg)
    sides = _dimensions_left(h5_main, slice_dict)
    left = [*sides[0], *sides[1]]
    if len(left) > 2:
        return _sliders(h5_main, slice_dict, sides)
    data = np.asarray(h5_main.slice(slice_dict)[0]).squeeze()
    if not left:
        return data[()]
    panels = _panels(data, h5_main.name, h5_main.data_descriptor)
    size = _size(len(panels), len(left)) if figsize is None else figsize
    with _drawing(size) as figure:
        axes = _subplots(figure, len(panels), len(left))
        for axis, (title, label, part) in zip(axes.flat, panels, strict=False):
            if len(left) == 1:
                _draw_curve(axis, part, left[0], label, style)
            else:
                _draw_image(axis, part, sides, label, style)
            axis.set_title(title, parse_math=False)
    return figure, axes.flat[: len(panels)] if len(panels) > 1 else axes.flat[0]


def _dimensions_left(
    h5_main: USIDataset, slice_dict: Mapping[str, Any] | None
) -> tuple[list[Dimension], list[Dimension]]:
    """Return position and spectroscopic dimensions of more than one step.

    Raises
    ------
    NotImplementedError
        When there are more than two of a side.
    ValueError
        When there still are, in a part that was chosen.
    """
    both = h5_main._get_dims_for_slice(slice_dict)
    positions, steps = ([dim for dim in side if dim.size > 1] for side in both)
    if max(len(positions), len(steps)) <= 2:
        return positions, steps
    names = ", ".join(f"{dim.name}: {dim.size}" for dim in (*positions, *steps))
    msg = (
        "two position and two spectroscopic dimensions can be shown, "
        f"{h5_main.name} has {len(positions)} and {len(steps)} ({names}): "
        "choose single steps of others with slice_dict"
    )
    raise ValueError(msg) if slice_dict else NotImplementedError(msg)


def _sliders(
    h5_main: USIDataset,
    slice_dict: Mapping[str, Any] | None,
    sides: tuple[list[Dimension], list[Dimension]],
) -> Any:
    """Return a figure of both sides with sliders; only what is shown is read."""
    from sidpy.viz.ndim import simple_ndim_visualizer

    lazy = h5_main.slice(slice_dict, lazy=True)[0].squeeze()
    figure: Any = simple_ndim_visualizer(lazy, *sides)
    figure.viewer.label = h5_main.data_descriptor
    figure.viewer.draw()
    return figure


def _panels(
    data: npt.NDArray[Any], name: str, descriptor: str
) -> list[tuple[str, str, npt.NDArray[Any]]]:
    """Return title, label and numbers of each panel."""
    if data.dtype.names:
        return [(field, field, data[field]) for field in data.dtype.names]
    if data.dtype.kind == "c":
        return [
            (f"{name}\n(Magnitude)", descriptor, np.abs(data)),
            (f"{name}\n(Phase)", "Phase (rad)", np.angle(data)),
        ]
    return [(name, descriptor, data)]


def _size(panels: int, dimensions: int) -> tuple[float, float]:
    """Return width and height in inches."""
    rows, columns = _grid(panels, dimensions)
    wide, high = (6.4, 4.8) if panels == 1 else (5.6, 4.2)
    return wide * columns, (high if dimensions == 2 or panels == 1 else 3.0) * rows


def _grid(panels: int, dimensions: int) -> tuple[int, int]:
    """Return rows and columns of panels: curves of a pair above each other."""
    if panels <= 2:
        return (panels, 1) if dimensions == 1 else (1, panels)
    rows, columns = get_plot_grid_size(panels)
    return int(rows), int(columns)


def _drawing(size: tuple[float, float]) -> Any:
    from sidpy.viz.plot_utils.figures import drawing

    return drawing(size, layout="constrained")


def _subplots(figure: Any, panels: int, dimensions: int) -> npt.NDArray[Any]:
    rows, columns = _grid(panels, dimensions)
    axes = figure.subplots(rows, columns, squeeze=False)
    for unused in axes.flat[panels:]:
        unused.remove()
    return np.asarray(axes)


def _draw_curve(
    axis: Any, data: npt.NDArray[Any], dimension: Dimension, label: str, style: dict[str, Any]
) -> None:
    x, x_power = _readable(dimension.values)
    y, y_power = _readable(data)
    axis.plot(x, y, **style)
    axis.set_xlabel(_descriptor(dimension) + x_power)
    axis.set_ylabel(label + y_power)


def _draw_image(
    axis: Any,
    data: npt.NDArray[Any],
    sides: tuple[list[Dimension], list[Dimension]],
    label: str,
    style: dict[str, Any],
) -> None:
    up, across = [*sides[0], *sides[1]]
    (rows, up_power), (columns, across_power) = _readable(up.values), _readable(across.values)
    # only pixels of an even map are as wide and high as they say
    is_map = len(sides[0]) == 2 and up.units == across.units and _is_even(rows, columns)
    options = {"x_vec": columns, "y_vec": rows, "cbar_label": label}
    shape = {"infer_aspect": True} if is_map and up_power == across_power else {"aspect": "auto"}
    plot_map(axis, data, **{**options, **shape, **style})
    axis.set_xlabel(_descriptor(across) + across_power)
    axis.set_ylabel(_descriptor(up) + up_power)
    if style.get("show_xy_ticks", True):
        axis.set_xticks(axis.get_xticks(), _texts(columns[axis.get_xticks().astype(int)]))
        axis.set_yticks(axis.get_yticks(), _texts(rows[axis.get_yticks().astype(int)]))


def _is_even(*scales: npt.NDArray[Any]) -> bool:
    return all(np.ptp(np.diff(scale)) <= 1e-3 * abs(scale[-1] - scale[0]) for scale in scales)


def _descriptor(dimension: Dimension) -> str:
    return f"{dimension.name} ({dimension.units})"


def _readable(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], str]:
    """Return numbers without a large or small power of ten, and how to say it in a label."""
    numbers = np.asarray(values, dtype=float)
    finite = numbers[np.isfinite(numbers)]
    exponent = get_exponent(finite) if finite.size else 0
    if -2 <= exponent <= 3:
        return numbers, ""
    return numbers / 10.0**exponent, f" x $10^{{{exponent}}}$"


def _texts(values: npt.NDArray[Any]) -> list[str]:
    """Write numbers with two decimals, more where these do not tell them apart."""
    for digits in range(2, 17):
        rounded = np.round(values, digits)
        if np.unique(rounded).size == np.unique(values).size:
            break
    return [str(value) for value in rounded.tolist()]
