"""What the axes of a Gatan image mean: from units and ``Meta Data`` to names and order.

An image is stored with its first dimension fastest.  Seen as a C-ordered array, its axes
are the dimensions in reverse.  Which of them are *signal* (energy, diffraction) and which
are *navigation* (where the probe was) decides their order here: navigation first, signal
last, both slow to fast.  Stored spectrum images have the energy as their slowest axis, so
that [energy, y, x] becomes [y, x, energy].

Source: the units of the calibrations; ``ImageTags/Meta Data`` `Format` ("Spectrum",
"Spectrum image", "Diffraction image", "Image"), `Signal` ("EELS", "X-ray", "CL", ...),
`IsSequence`, and `Data Order Swapped`, which 4-D files carry since their detector axes
are the fastest ones (LiberTEM issue 499, openNCEM issue 17).
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Axis", "Calibration", "axis_kind", "describe_axes", "signal_axes"]

_ENERGY: Final = frozenset({"eV", "meV", "keV", "MeV", "ev", "kev"})
_LENGTH: Final = frozenset(
    {"m", "cm", "mm", "um", "μm", "nm", "pm", "fm", "Å", "Angstrom", "angstrom"}
)
_ANGLE: Final = frozenset({"rad", "mrad", "μrad", "urad", "deg", "°", "degrees"})
_TIME: Final = frozenset({"s", "sec", "ms", "μs", "us", "ns", "ps", "min", "h"})
_UNITLESS: Final = frozenset({"", "px", "pixel", "pixels", "channel", "channels", "none"})
_INVERSE: Final = re.compile(r"1/(?P<per>\S+)|(?P<power>[^\d\s^]+)(\^-1|\^\(-1\)|⁻¹|-1)")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Value of index i is ``(i - origin) * scale``, in `units`."""

    origin: float = 0.0
    scale: float = 1.0
    units: str = ""

    @classmethod
    def from_tags(cls, tags: Any) -> Calibration:
        """Read `Origin`, `Scale`, `Units`; what is missing or no number is uncalibrated."""
        tags = tags if isinstance(tags, dict) else {}
        units = tags.get("Units", "")
        units = units.strip() if isinstance(units, str) else ""
        origin, scale = _number(tags.get("Origin"), 0.0), _number(tags.get("Scale"), 1.0)
        return cls(origin, scale, units) if scale else cls(0.0, 1.0, units)

    @property
    def is_trivial(self) -> bool:
        """Whether it changes no number."""
        return self.scale == 1.0 and self.origin == 0.0


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis, ready to become a Dimension; `stored` is its place in the file, if any."""

    stored: int | None
    size: int
    calibration: Calibration
    name: str
    quantity: str
    dimension_type: str

    @property
    def units(self) -> str:
        """Units as in the file; "generic" where there are none."""
        return self.calibration.units or "generic"


def _number(value: Any, default: float) -> float:
    """Return a number that can be reckoned with: beyond 1e100 it is damage."""
    sane = isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e100
    return float(value) if sane else default


def _is_set(flag: Any) -> bool:
    """Whether a flag is set; scripts write it as text, too."""
    words = ("0", "false", "no", "")
    return flag.strip().lower() not in words if isinstance(flag, str) else bool(flag)


def axis_kind(units: str) -> str:
    """Say what a unit measures.

    Examples
    --------
    >>> [axis_kind(units) for units in ("eV", "1/nm", "mrad", "µm", "ms", "", "µnn")]
    ['energy', 'reciprocal', 'angle', 'length', 'time', 'none', 'other']
    """
    units = unicodedata.normalize("NFKC", units)  # two micro signs, two angstrom signs
    inverse = _INVERSE.fullmatch(units)
    if inverse and (inverse["per"] or inverse["power"]) in _LENGTH:
        return "reciprocal"
    kinds = (("energy", _ENERGY), ("length", _LENGTH), ("angle", _ANGLE), ("time", _TIME))
    for kind, words in kinds:
        if units in words:
            return kind
    return "none" if units.lower() in _UNITLESS else "other"


def signal_axes(kinds: list[str], meta: dict[str, Any]) -> tuple[int, ...]:
    """Find the signal axes of a C-ordered array.

    Parameters
    ----------
    kinds : list of str
        `axis_kind` of each axis, slowest first.
    meta : dict
        ``ImageTags/Meta Data``.

    Returns
    -------
    tuple of int
        Axes of energy or diffraction, slowest first; empty for an image or a stack.
    """
    count = len(kinds)
    energies = [i for i, kind in enumerate(kinds) if kind == "energy"]
    if energies:
        return (energies[-1],)
    layout = str(meta.get("Format", "")).lower()
    swapped = _is_set(meta.get("Data Order Swapped"))
    spectral = layout == "spectrum" or (layout == "spectrum image" and count < 4)
    if spectral and count:
        # spectrum images are stored plane by plane, line scans and spectra channel by channel
        return (0,) if count >= 3 and not swapped else (count - 1,)
    far = [i for i, kind in enumerate(kinds) if kind in ("reciprocal", "angle")]
    if 0 < len(far) < count:
        return tuple(far)
    if count == 4:
        return (2, 3) if swapped or "diffraction" not in layout else (0, 1)
    return ()


def describe_axes(
    dims: list[int], calibrations: list[Calibration], meta: dict[str, Any]
) -> tuple[list[Axis], int]:
    """Name and order the axes of one image.

    Parameters
    ----------
    dims : list of int
        Sizes as in the file, fastest first.
    calibrations : list of Calibration
        One per dimension, fastest first.
    meta : dict
        ``ImageTags/Meta Data``.

    Returns
    -------
    axes : list of Axis
        Navigation axes, then signal axes, slow to fast; `stored` is the position in the
        C-ordered array.
    count : int
        How many of them are signal axes.
    """
    sizes, ways = dims[::-1], calibrations[::-1]
    kinds = [axis_kind(way.units) for way in ways]
    signal = signal_axes(kinds, meta)
    navigation = [i for i in range(len(sizes)) if i not in signal]
    order = [*navigation, *signal]
    labels = dict(zip(navigation, _navigation(kinds, navigation, signal, meta), strict=True))
    labels |= dict(zip(signal, _signal(kinds, signal, meta), strict=True))
    return [Axis(i, sizes[i], ways[i], *labels[i]) for i in order], len(signal)


#: Name, quantity, dimension type.
_Label = tuple[str, str, str]


def _signal(kinds: list[str], signal: tuple[int, ...], meta: dict[str, Any]) -> list[_Label]:
    if not signal:
        return []
    kind = kinds[signal[0]]
    if len(signal) == 1 and kind not in ("reciprocal", "angle"):
        return [_spectral(kind, meta)]
    names = ("u", "v", "w", "d3")[: len(signal)][::-1]
    quantity = {"reciprocal": "reciprocal distance", "angle": "angle"}
    return [
        (name, quantity.get(kinds[i], "generic"), "RECIPROCAL")
        for name, i in zip(names, signal, strict=True)
    ]


def _spectral(kind: str, meta: dict[str, Any]) -> _Label:
    word = str(meta.get("Signal", "")).lower()
    if kind == "length":
        return "wavelength", "wavelength", "SPECTRAL"
    if word in ("x-ray", "eds", "edx", "cl") and kind == "energy":
        return "energy", "energy", "SPECTRAL"
    if kind == "energy" or word == "eels":
        return "energy_loss", "energy-loss", "SPECTRAL"
    return "channel", "generic", "SPECTRAL"


def _navigation(
    kinds: list[str], navigation: list[int], signal: tuple[int, ...], meta: dict[str, Any]
) -> list[_Label]:
    """Label where the probe was: x and y from the fast end, a slow third axis as frames."""
    labels: list[_Label] = []
    spatial = 0
    for place, i in reversed(list(enumerate(navigation))):
        kind = kinds[i]
        slowest = place == 0 and len(kinds) > 2
        series = slowest and (_is_set(meta.get("IsSequence")) or (spatial >= 2 and kind == "none"))
        if kind == "time" or (series and not signal):
            label = ("time", "time") if kind == "time" else ("frame", "frame")
            labels.append((*label, "TEMPORAL"))
            continue
        labels.append(_place(kind, spatial))
        spatial += 1
    if len(kinds) == 1 and labels and kinds[0] in ("none", "other"):
        labels = [("x", "generic", "UNKNOWN")]
    return _unique(labels)[::-1]


def _place(kind: str, spatial: int) -> _Label:
    index = min(spatial, 3)
    if kind in ("reciprocal", "angle"):
        quantity = "angle" if kind == "angle" else "reciprocal distance"
        return ("u", "v", "w", "d3")[index], quantity, "RECIPROCAL"
    quantity = "distance" if kind == "length" else "generic"
    return ("x", "y", "z", "d3")[index], quantity, "SPATIAL"


def _unique(labels: list[_Label]) -> list[_Label]:
    seen: dict[str, int] = {}
    result = []
    for name, quantity, kind in labels:
        number = seen[name] = seen.get(name, 0) + 1
        result.append((name if number == 1 else f"{name}_{number}", quantity, kind))
    return result
