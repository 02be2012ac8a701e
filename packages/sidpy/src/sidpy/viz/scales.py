"""How the numbers along an axis appear: label, prefix, ticks, extent and scale bar.

Pictures stay in the units of the dimension; only what is written at the ticks moves to a
convenient prefix, so that a scan stored in metres reads in nm and a click still gives
metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sidpy.sid.dimension import Dimension

__all__ = [
    "Scale",
    "data_label",
    "draw_scale_bar",
    "label_text",
    "outlined",
    "set_label",
    "set_ticks",
]

#: Units that take a prefix as they are; every other unit is written as it came.
_PREFIXABLE = frozenset({"m", "s", "V", "A", "Hz", "N", "Pa", "W", "F", "J"})
_PREFIXES = {
    -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T",
}  # fmt: skip

#: Words that stand for "nobody said".
_UNSAID = ("", "generic", "none", "unknown")


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis of a picture.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Positions in the units of the dimension, or indices when those are not finite.
    label : str
        Quantity and the units written at the ticks.
    units : str
        Units written at the ticks, prefix included; empty when nobody said.
    factor : float
        What a value is multiplied by to be written.
    linear : bool
        Whether all steps are equal.
    kind : str
        Name of the dimension type.
    """

    values: NDArray[np.float64]
    label: str
    units: str = ""
    factor: float = 1.0
    linear: bool = True
    kind: str = "UNKNOWN"

    @classmethod
    def of(cls, dimension: Dimension, every: int = 1, like: Dimension | None = None) -> Scale:
        """Return the scale of a dimension of which every `every`-th value is drawn.

        The prefix also suits `like`, when that has the same units: the two sides of an
        image read alike.
        """
        values = np.array(dimension, dtype=float)
        name = said(dimension.quantity) or said(dimension.name) or "index"
        kind = dimension.dimension_type.name
        if not np.isfinite(values).all() or (len(values) > 1 and np.ptp(values) == 0):
            return cls(np.arange(0, len(values), every, dtype=float), f"{name}, index", kind=kind)
        shared = values
        if like is not None and like.units == dimension.units:
            shared = np.concatenate([values, np.array(like, dtype=float)])
        factor, units = prefixed(shared, dimension.units)
        label = label_text(name, units)
        return cls(values[::every], label, units, factor, bool(dimension.is_linear), kind)

    @classmethod
    def counting(cls, dimension: Dimension, every: int = 1) -> Scale:
        """Return the scale that counts the pixels along a dimension, from edge to edge."""
        name = said(dimension.quantity) or said(dimension.name) or "index"
        values = np.arange(0, len(dimension), every) + every / 2
        return cls(values, f"{name} [px]", "px", kind=dimension.dimension_type.name)

    @property
    def step(self) -> float:
        """Mean distance of neighbours, 1 for a single value."""
        n = len(self.values)
        return float((self.values[-1] - self.values[0]) / (n - 1)) if n > 1 else 1.0

    @property
    def ends(self) -> tuple[float, float]:
        """The outer edges of the first and the last pixel."""
        half = self.step / 2 or 0.5
        return float(self.values[0] - half), float(self.values[-1] + half)

    @property
    def edges(self) -> NDArray[np.float64]:
        """The n + 1 edges of pixels whose centres are the values."""
        if len(self.values) < 2:
            return np.array(self.ends)
        inner = (self.values[1:] + self.values[:-1]) / 2
        first, last = 2 * self.values[0] - inner[0], 2 * self.values[-1] - inner[-1]
        return np.concatenate([[first], inner, [last]])

    def index_of(self, position: float) -> int:
        """Return the number of the value nearest to a position."""
        return int(np.abs(self.values - position).argmin())

    def at(self, index: int) -> str:
        """Return one value as text, ``"1.5 nm"``."""
        return f"{self.values[index] * self.factor:.4g} {self.units}".strip()


def said(word: str) -> str:
    """Return the word, or an empty one when it stands for nothing."""
    return "" if word.strip().casefold() in _UNSAID else word.strip()


def label_text(quantity: str, units: str) -> str:
    """Write ``quantity (units)``, leaving out what nobody said."""
    return f"{quantity} ({said(units)})" if said(units) else quantity


def data_label(dataset: Any) -> str:
    """Write what the numbers of a dataset are."""
    return label_text(said(dataset.quantity) or "value", dataset.units)


def prefixed(values: NDArray[Any], units: str) -> tuple[float, str]:
    """Return the factor and the units in which the largest value is easy to read."""
    finite = np.abs(values[np.isfinite(values)])
    top = float(finite.max()) if finite.size else 0.0
    far_away = finite.size > 1 and 0 < np.ptp(values[np.isfinite(values)]) < 1e-4 * top
    if units not in _PREFIXABLE or top == 0 or 1e-2 <= top < 1e4 or far_away:
        return 1.0, said(units)
    power = max(-15, min(12, 3 * math.floor(math.log10(top) / 3 + 1e-9)))
    return 10.0**-power, _PREFIXES[power] + units


def set_ticks(axis: Any, factor: float) -> None:
    """Write the ticks of a matplotlib axis multiplied by `factor`."""
    if factor != 1.0:
        axis.set_major_formatter(partial(_tick, factor=factor))
    elif isinstance(getattr(axis.get_major_formatter(), "func", None), partial):
        from matplotlib.ticker import ScalarFormatter

        axis.set_major_formatter(ScalarFormatter())


def _tick(value: float, position: int | None = None, *, factor: float) -> str:  # noqa: ARG001 - matplotlib's signature
    return f"{value * factor:.6g}"


def set_label(setter: Any, text: str) -> None:
    """Give a label to matplotlib; formulas between dollars only when they are formulas."""
    setter(text, parse_math=_is_formula(text))


def _is_formula(text: str) -> bool:
    if "$" not in text:
        return False
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("agg").parse(text)
    except ValueError:
        return False
    return True


def draw_scale_bar(axes: Any, scale: Scale) -> list[Any]:
    """Replace the ticks of an image by a bar of a round length.

    Parameters
    ----------
    axes : matplotlib Axes
        The image; its x limits are in the units of the dimension.
    scale : Scale
        The scale of the axis that runs right, of any kind and unit.

    Returns
    -------
    list of Artist
        The bar and its length in words.
    """
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import blended_transform_factory

    left, right = axes.get_xlim()
    length = nice_length(abs(right - left) * scale.factor / 4) / scale.factor
    start = left + 0.05 * (right - left)
    blended = blended_transform_factory(axes.transData, axes.transAxes)
    width = math.copysign(length, right - left)
    style: dict[str, Any] = {"transform": blended, "zorder": 5}
    bar = Rectangle((start, 0.05), width, 0.018, fc="white", ec="black", lw=0.6, **style)
    axes.add_patch(bar)
    text = outlined(axes, start + width / 2, 0.08, ha="center", va="bottom", **style)
    text.set_text(f"{length * scale.factor:g} {scale.units or 'px'}")
    axes.set(xticks=[], yticks=[], xlabel="", ylabel="")
    return [bar, text]


def outlined(axes: Any, x: float, y: float, **style: Any) -> Any:
    """Add an empty text that can be read on any image; by default in shares of the axes."""
    from matplotlib import patheffects

    style = {"transform": axes.transAxes, "color": "white", "parse_math": False} | style
    text = axes.text(x, y, "", **style)
    text.set_path_effects([patheffects.withStroke(linewidth=2, foreground="black")])
    return text


def nice_length(length: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is not longer."""
    power = 10.0 ** math.floor(math.log10(length))
    return max(n for n in (1, 2, 5) if n * power <= length * (1 + 1e-9)) * power
