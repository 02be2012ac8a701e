"""What the headers of all Nanonis files say alike: typed values, channels, conditions.

The three formats lay their headers out differently and name the same things in them:
``Bias>Bias (V)``, ``Z-Controller>Setpoint``, ``Current [bwd] (A)``.

Source: SPECS Zurich, "Nanonis SPM Control System, User Manual", chapters on file formats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.labelled import Axis
from SciFiReaders.values import moment, number, typed

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MOMENTS", "Channel", "axis_of", "channel", "conditions", "controller", "switch"]

_UNITS: Final = re.compile(r"\s*\(([^()]*)\)")
_SUFFIX: Final = re.compile(r"\s*\[([^\[\]]*)\]")

#: Normalised name, where the header says it; lengths in m, times in s, voltages in V.
_CONDITIONS: Final = (
    ("bias", "bias>bias (v)"),
    ("current", "current>current (a)"),
    ("lockin_amplitude", "lock-in>amplitude"),
    ("lockin_frequency", "lock-in>frequency (hz)"),
    ("settling_time", "settling time (s)"),
    ("exposure_time", "integration time (s)"),
    ("temperature", "ext. vi 1>microscope temperature (k)"),
    ("sweeps", "bias spectroscopy>number of sweeps"),
)
#: How dates are written.
MOMENTS: Final = ("%d.%m.%Y %H:%M:%S", "%d.%m.%y %H:%M:%S", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Channel:
    """What one column or channel measures."""

    name: str
    """Without its units, suffixes kept: ``Current [bwd]``."""
    quantity: str
    """Without units and suffixes."""
    units: str
    suffixes: tuple[str, ...]
    """What stands in brackets: ``bwd``, ``filt``, the number of a sweep."""

    @property
    def direction(self) -> str:
        """Way of the sweep."""
        return "backward" if "bwd" in self.suffixes else "forward"


def channel(text: str) -> Channel:
    """Take the name of a channel apart.

    Examples
    --------
    >>> channel("Current [bwd] (A)")
    Channel(name='Current [bwd]', quantity='Current', units='A', suffixes=('bwd',))
    >>> channel("Input 3 (A) [bwd] [filt]").name
    'Input 3 [bwd] [filt]'
    """
    found = list(_UNITS.finditer(text))
    name, units = text, ""
    if found:
        # the last one: a name may have brackets of its own
        last = found[-1]
        name, units = text[: last.start()] + text[last.end() :], last[1].strip()
    suffixes = tuple(part.strip() for part in _SUFFIX.findall(name))
    bare = " ".join(_SUFFIX.sub("", name).split())
    return Channel(" ".join(name.split()), bare or name.strip(), units, suffixes)


def axis_of(what: Channel, values: np.ndarray) -> Axis:
    """Return the axis of a sweep: named after what is swept, its quantity by its units."""
    axis = Axis.swept(what.quantity, values, what.units)
    words = re.findall(r"\w+", what.name)
    name = "_".join(words)
    return replace(axis, name=name if name.isidentifier() else "sweep")


def switch(text: str) -> Any:
    """Return a truth value, a number or the text.

    Examples
    --------
    >>> switch("TRUE"), switch("-50E-3"), switch("log Current")
    (True, -0.05, 'log Current')
    """
    return text == "TRUE" if text in {"TRUE", "FALSE"} else typed(text)


def conditions(header: dict[str, Any]) -> dict[str, Any]:
    """Return the conditions of an experiment from a header with keys in lower case."""
    found = {name: number(header.get(key)) for name, key in _CONDITIONS}
    start = header.get("start time") or header.get("date")
    return {
        **{name: value for name, value in found.items() if value is not None},
        "start_date_time": moment(str(start or ""), *MOMENTS),
        "experiment": header.get("experiment"),
        "user": header.get("user"),
        "comment": header.get("comment") or header.get("comment01"),
        "instrument": "Nanonis",
        **controller(header),
    }


def controller(header: dict[str, Any]) -> dict[str, Any]:
    """Return the setpoint with its units, from either of the two places it is written to."""
    setpoint = header.get("z-controller>setpoint")
    if isinstance(setpoint, int | float):
        return {
            "setpoint": setpoint,
            "setpoint_units": header.get("z-controller>setpoint unit"),
            "feedback": header.get("z-controller>controller name"),
        }
    rows = header.get("z-controller")
    if not isinstance(rows, list) or not rows:
        return {}
    value, _, units = str(rows[0].get("Setpoint", "")).partition(" ")
    found = switch(value)
    known = {"setpoint": found, "setpoint_units": units} if isinstance(found, float) else {}
    return {**known, "feedback": rows[0].get("Name")}
