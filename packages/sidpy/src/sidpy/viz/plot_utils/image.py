"""Maps: images of plain arrays, one or a stack of them."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.num_utils import get_exponent

from .arguments import axes_of, flag, number, numbers, refuse, text, whole
from .cmap import default_cmap
from .figures import chosen, drawing
from .style import get_plot_grid_size, set_tick_font_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

__all__ = [
    "default_cmap", "get_exponent", "get_plot_grid_size", "plot_map", "plot_map_stack",
    "set_tick_font_size",
]  # fmt: skip


def plot_map(
    axis: Axes,
    img: NDArray[Any],
    show_xy_ticks: bool = True,
    show_cbar: bool = True,
    x_vec: Any = None,
    y_vec: Any = None,
    num_ticks: int = 4,
    stdevs: float | None = None,
    cbar_label: str | None = None,
    tick_font_size: float | None = None,
    infer_aspect: bool = False,
    **kwargs: Any,
) -> tuple[AxesImage, Colorbar | None]:
    """Draw an image with a colour bar; the first row is at the bottom.

    Values too large or too small to be read are divided by a power of ten that is written
    at the colour bar; the limits, also given ones, are divided with them.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    img : ndarray of shape (rows, columns)
        Real; NaN and masked pixels stay blank.
    show_xy_ticks, show_cbar : bool
        Whether there are ticks and a colour bar.
    x_vec, y_vec : float or array-like, optional
        Positions of columns and rows, or the length of the whole side; they are written
        at the ticks.  Coordinates of the axes are pixels.
    num_ticks : int
        So many along each side, 2 or more.
    stdevs : float, optional
        Colours span the mean ± so many standard deviations.
    cbar_label : str, optional
        What the values are.
    tick_font_size : float, points, optional
        Size of the numbers at the ticks.
    infer_aspect : bool
        Whether pixels are drawn as wide and high as `x_vec` and `y_vec` say.
    **kwargs
        For ``Axes.imshow``.

    Returns
    -------
    AxesImage
        The image.
    Colorbar or None
        Its colour bar.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or does not fit the image.
    """
    axes_of(axis)
    values = _real("img", numbers("img", img, 2, lists=False))
    ticks_shown, bar_shown = flag("show_xy_ticks", show_xy_ticks), flag("show_cbar", show_cbar)
    ticks = whole("num_ticks", num_ticks, least=2)
    label = text("cbar_label", cbar_label)
    size = None if tick_font_size is None else number("tick_font_size", tick_font_size, above=0)
    columns = _positions("x_vec", x_vec, values.shape[1])
    rows = _positions("y_vec", y_vec, values.shape[0])
    style = {"cmap": default_cmap, "origin": "lower"} | kwargs
    style |= _limits(values, stdevs, style)
    if infer_aspect:
        style.setdefault("aspect", _pitch(rows) / _pitch(columns))

    exponent = _exponent(values) if bar_shown and style.get("norm") is None else 0
    factor = 10.0**-exponent
    image = axis.imshow(values * factor, **_scaled(style, factor))
    if not ticks_shown:
        axis.set(xticks=[], yticks=[])
    elif "extent" not in style:
        _write_ticks(axis.set_xticks, columns, ticks, counted=x_vec is None)
        _write_ticks(axis.set_yticks, rows, ticks, counted=y_vec is None)
    bar = _colour_bar(axis, image, label, exponent) if bar_shown else None
    if size is not None:
        set_tick_font_size([axis] if bar is None else [axis, bar.ax], size)
    return image, bar


def _real(name: str, values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind == "c":
        refuse(name, values, "real; draw np.abs() and np.angle() of complex values")
    return values.astype(float)


def _positions(name: str, given: Any, size: int) -> NDArray[Any]:
    """Return where the pixels along one side are."""
    if given is None:
        return np.arange(size)
    if isinstance(given, Real) or (np.ndim(given) == 0 and not isinstance(given, str)):
        return np.linspace(0, number(name, np.asarray(given).item()), size, endpoint=False)
    if np.shape(given) != (size,):
        refuse(name, given, f"a number or {size} of them, as many as pixels on that side")
    return numbers(name, given, 1)


def _pitch(positions: NDArray[Any]) -> float:
    """Return the mean size of a pixel, 1 where that is nothing."""
    steps = len(positions) - 1
    return float(abs(positions[-1] - positions[0]) / steps) or 1.0 if steps else 1.0


def _limits(values: NDArray[Any], stdevs: float | None, style: dict[str, Any]) -> dict[str, Any]:
    """Return the ends of the colours that follow from the spread of the values."""
    if stdevs is None:
        return {}
    width = number("stdevs", stdevs, above=0)
    finite = _finite(values)
    spread = width * finite.std() if finite.size else 0.0
    return (
        _free({"vmin": finite.mean() - spread, "vmax": finite.mean() + spread}, style)
        if spread
        else {}
    )


def _free(ends: dict[str, Any], style: dict[str, Any]) -> dict[str, Any]:
    """Return those ends of the colours that the caller has not given."""
    if style.get("norm") is not None or "clim" in style:
        return {}
    return {name: end for name, end in ends.items() if style.get(name) is None}


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    filled = np.ma.filled(values, np.nan)
    return filled[np.isfinite(filled)]


def _exponent(values: NDArray[Any]) -> int:
    """Return the power of ten to divide by, 0 where the values can be read as they are."""
    finite = _finite(values)
    exponent = get_exponent(finite) if finite.size else 0
    return exponent if exponent < -2 or exponent > 3 else 0


def _scaled(style: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return a style whose limits of the colours are multiplied."""
    ends = {name: style[name] * factor for name in ("vmin", "vmax") if style.get(name) is not None}
    if style.get("clim") is not None:
        ends["clim"] = tuple(end if end is None else end * factor for end in style["clim"])
    return style | ends


def _write_ticks(setter: Any, positions: NDArray[Any], count: int, *, counted: bool) -> None:
    places = np.unique(np.linspace(0, len(positions) - 1, count).astype(int))
    setter(places, [str(n) for n in places] if counted else _texts(positions[places]))


def _texts(values: NDArray[Any]) -> list[str]:
    """Write numbers with as few digits as tell them apart, three at least."""
    for digits in range(3, 17):
        texts = [f"{value:.{digits}g}" for value in values.tolist()]
        if len(set(texts)) == len(set(values.tolist())):
            break
    return texts


def _colour_bar(axis: Axes, image: AxesImage, label: str, exponent: int) -> Colorbar:
    """Draw a colour bar as high as the image, whatever its aspect."""
    bar = axis.get_figure().colorbar(image, cax=axis.inset_axes((1.04, 0, 0.05, 1)))
    if label or exponent:
        bar.set_label(label + _power(exponent))
    return bar


def plot_map_stack(
    map_stack: NDArray[Any],
    num_comps: int = 9,
    stdevs: float | None = 2,
    color_bar_mode: str | None = None,
    evenly_spaced: bool = False,
    reverse_dims: bool = False,
    subtitle: Any = "Component",
    title: str | None = None,
    colorbar_label: str = "",
    fig_mult: Any = (5, 5),
    pad_mult: Any = (0.1, 0.07),
    x_label: str | None = None,
    y_label: str | None = None,
    title_yoffset: float | None = None,
    title_size: float | None = None,
    **kwargs: Any,
) -> tuple[Figure, Any]:
    """Draw several images of a stack in a grid.

    Parameters
    ----------
    map_stack : ndarray of shape (components, rows, columns)
        Real; lazy arrays are read for the images that are drawn.
    num_comps : int
        How many images, at most.
    stdevs : float, optional
        Colours span the mean ± so many standard deviations.
    color_bar_mode : {None, 'single', 'each'}
        One colour bar for all, whose colours then mean the same everywhere, or one for each.
    evenly_spaced : bool
        Whether the images are spread over the stack, or the first ones.
    reverse_dims : bool
        Whether the stack is (rows, columns, components).
    subtitle : str or list of str
        Written over each image with its number, or one text for each.
    title : str, optional
        Of the figure.
    colorbar_label : str
        What the values are.
    fig_mult, pad_mult : two floats
        Width and height of one image in inches, and its share that is left free around it.
    x_label, y_label : str, optional
        Of the outer sides.
    title_yoffset, title_size : float, optional
        Height of the title as a share of the figure, and size of its letters in points.
    **kwargs
        For `plot_map`.

    Returns
    -------
    Figure
        The figure.
    ImageGrid
        Its axes: ``axes[0]``, and ``axes.cbar_axes`` of the colour bars.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind.
    """
    mode = _mode(color_bar_mode)
    values, places = _maps(map_stack, num_comps, spread=evenly_spaced, reverse=reverse_dims)
    words = (text("x_label", x_label), text("y_label", y_label))
    label, heading = text("colorbar_label", colorbar_label), text("title", title)
    titles = _subtitles(subtitle, places)
    shape = get_plot_grid_size(len(places))
    panel, pads = _pair("fig_mult", fig_mult), _pair("pad_mult", pad_mult)
    letters = _heading_style(title_yoffset, title_size, shape)
    exponent = _exponent(values) if mode and kwargs.get("norm") is None else 0
    values = values * 10.0**-exponent
    style = _scaled(kwargs, 10.0**-exponent)
    if mode == "single":  # one colour bar is true of all images only if they share its limits
        style |= _limits(values, stdevs, style) or _free(_ends(values), style)
        stdevs = None

    with drawing(tuple((panel * shape[::-1]).tolist())) as figure:
        grid = _grid(figure, shape, mode, (pads * panel).tolist())
        images = [
            plot_map(axis, one, show_cbar=False, stdevs=stdevs, **style)[0]
            for axis, one in zip(grid, values, strict=False)
        ]
        _dress(grid, titles, words)
        _draw_bars(grid, images, mode, label + _power(exponent))
        figure.suptitle(heading, **letters)
    return figure, grid


def _mode(given: Any) -> str | None:
    if given not in (None, "single", "each"):
        refuse("color_bar_mode", given, "None, 'single' or 'each'")
    return given


def _maps(
    stack: Any, num_comps: Any, *, spread: Any, reverse: Any
) -> tuple[NDArray[Any], list[int]]:
    """Return the images to draw and their numbers; only these are read."""
    if getattr(stack, "ndim", None) != 3 or 0 in stack.shape:
        refuse("map_stack", stack, "a 3D array of [component, row, column]")
    last = flag("reverse_dims", reverse)
    wanted = whole("num_comps", 4 if num_comps is None else num_comps)
    total = stack.shape[2 if last else 0]
    places = chosen(total, wanted, spread=flag("evenly_spaced", spread))
    maps = [stack[:, :, i] if last else stack[i] for i in places]
    values = [_real("map_stack", numbers("map_stack", one, 2)) for one in maps]
    return np.ma.stack(values), places


def _pair(name: str, given: Any) -> NDArray[Any]:
    if isinstance(given, str) or np.shape(given) != (2,):
        refuse(name, given, "two numbers")
    return np.array([number(name, one, above=0) for one in given], dtype=float)


def _subtitles(given: Any, places: list[int]) -> list[str]:
    if given is None or isinstance(given, str):
        return [f"{given or ''} {place}".strip() for place in places]
    if not isinstance(given, (list, tuple, np.ndarray)) or len(given) < len(places):
        refuse("subtitle", given, f"a text, or one for each of {len(places)} images")
    return [str(one) for one in given]


def _heading_style(place: Any, size: Any, shape: tuple[int, int]) -> dict[str, Any]:
    height = 0.96 if place is None else number("title_yoffset", place, above=0)
    letters = 16 + sum(shape) if size is None else number("title_size", size, above=0)
    return {"y": height, "fontsize": letters}


def _ends(values: NDArray[Any]) -> dict[str, Any]:
    finite = _finite(values)
    return {"vmin": finite.min(), "vmax": finite.max()} if finite.size else {}


def _grid(figure: Figure, shape: tuple[int, int], mode: str | None, pads: list[float]) -> Any:
    from mpl_toolkits.axes_grid1 import ImageGrid

    room = {"each": 0.9, "single": 0.0, None: 0.0}[mode]  # inches for numbers beside each bar
    return ImageGrid(
        figure, 111, nrows_ncols=shape, axes_pad=(pads[0] + room, pads[1] + 0.3),
        cbar_mode=mode, cbar_size="5%", cbar_pad=0.1, label_mode="L", share_all=True,
    )  # fmt: skip


def _dress(grid: Any, titles: list[str], words: tuple[str, str]) -> None:
    """Write titles and the labels of the outer sides; hide axes without an image."""
    for axis, title in zip(grid, titles, strict=False):
        axis.set_title(title)
    rows, columns = np.shape(grid.axes_row)
    used = min(len(titles), rows * columns)
    for i, axis in enumerate(grid):
        if i >= used:
            axis.set_visible(False)
            continue
        if i % columns == 0:
            axis.set_ylabel(words[1])
        if i + columns >= used:  # nothing is below it
            axis.set_xlabel(words[0])
            axis.axis["bottom"].toggle(ticklabels=True, label=True)


def _draw_bars(grid: Any, images: list[Any], mode: str | None, label: str) -> None:
    for bar_axes in grid.cbar_axes:
        bar_axes.set_visible(False)
    if mode is None:
        return
    drawn = images if mode == "each" else images[:1]
    for image, bar_axes in zip(drawn, grid.cbar_axes, strict=False):
        bar_axes.set_visible(True)
        image.axes.get_figure().colorbar(image, cax=bar_axes, label=label)


def _power(exponent: int) -> str:
    return f" x $10^{{{exponent}}}$" if exponent else ""
