"""Result files of Omicron MATRIX (``.Z_mtrx``, ``.Aux1(V)_mtrx``, ...) as Datasets.

============ =================== ====================================================
bytes        type                meaning
============ =================== ====================================================
0            ``ONTMATRX0101``    mark
12           ``TLKB``, u32       the block and its length; u64 time of writing, u32
28           ``CSED``, u32       28 bytes; at 20 of them i32 numbers planned, i32 numbers taken
..           ``ATAD``, u32       i32 each
============ =================== ====================================================

Lines are stored as they were scanned: upwards, then, where the parameters say so, downwards;
each from left to right, then, where they say so, from right to left.  Where the scan has
spectra, every ``Subgrid_X``-th point of every ``Subgrid_Y``-th line has one, there and perhaps
back.  What the numbers mean is in `matrix_parameters`.

Source: as there.  Made from descriptions: no file was at hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.strided import StridedArray
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

from .calibrated import padded
from .matrix_parameters import FORMAT, MAGIC, Parameters, parameters_for

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_matrix"]

_CHANNEL: Final = re.compile(r"--(\d+)_(\d+)\.(.+)_mtrx$")
_WORDS: Final = {
    "Volt": "V", "Meter": "m", "Metre": "m", "Ampere": "A", "Hertz": "Hz", "Second": "s",
    "Degree": "deg", "Newton": "N", "Kelvin": "K", "---": "", "--": "",
}  # fmt: skip
_TRACES: Final = (
    ("forward", "up"), ("backward", "up"), ("forward", "down"), ("backward", "down"),
)  # fmt: skip

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Result:
    path: str | PathLike[str]
    channel: str
    offset: int
    count: int
    parameters: Parameters

    @property
    def transfer(self) -> tuple[float, float, str]:
        """Scale, offset (value = scale * number + offset) and units of the numbers."""
        known = self.parameters
        numbers = [n for n, (name, _) in known.channels.items() if name == self.channel]
        if not numbers:
            msg = f"channel {self.channel!r} is not in the parameters, only {known.channels}"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        number = max(numbers)
        units = known.channels[number][1]
        name, values = known.transfers.get(number, ("", {}))
        try:
            scale, start = _linear(name, values)
        except (KeyError, TypeError, ZeroDivisionError, OverflowError) as error:
            msg = f"the transfer {name!r} of {self.channel!r} cannot have the values {values}"
            raise CorruptFile(msg, path=self.path, format=FORMAT) from error
        return scale, start, _WORDS.get(units, units)

    def values(self, source: Any) -> Any:
        """Return values of stored numbers."""
        scale, start, _ = self.transfer
        return lazy(source).astype("f8") * scale + start


def _linear(name: str, values: dict[str, Any]) -> tuple[float, float]:
    if name == "TFF_Linear1D":
        return 1 / values["Factor"], -values["Offset"] / values["Factor"]
    if name == "TFF_MultiLinear1D":
        scale = (values["Raw_1"] - values["PreOffset"]) / (
            values["NeutralFactor"] * values["PreFactor"]
        )
        return scale, -values["Offset"] * scale
    return 1.0, 0.0


def _parse(path: str | PathLike[str]) -> _Result:
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < 12 or cursor.take(12) != MAGIC:
            msg = f"not a file of MATRIX: it does not begin with {MAGIC.decode()}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        match = _CHANNEL.search(Path(path).name)
        if cursor.left < 4 or cursor.take(4) != b"TLKB" or match is None:
            msg = (
                "the file holds parameters; read the result files beside it, whose names end "
                "in .CHANNEL_mtrx"
            )
            raise UnsupportedFile(msg, path=path, format=FORMAT)
        cursor.skip(4 + 8 + 4)
        taken = -1
        while cursor.left >= 8:
            kind, length = cursor.take(4), cursor.u4()
            if kind == b"CSED":
                place = cursor.position
                cursor.skip(24)
                taken = cursor.i4()
                cursor.position = place + length
            elif kind == b"ATAD":
                there = min(length, cursor.left) // 4
                if there < taken:
                    warn(f"{path}: of {taken} numbers only {there} are in the file")
                count = min(there, taken if taken >= 0 else there)
                return _Result(path, match[3], cursor.position, count, parameters_for(path))
            else:
                cursor.skip(length + 8, f"block {kind!r}")
    msg = "the file ends before its numbers"
    raise CorruptFile(msg, path=path, format=FORMAT)


# --- label ----------------------------------------------------------------------------


def read_matrix(path: str | PathLike[str]) -> list[Dataset]:
    """Read a result file of MATRIX.

    Parameters
    ----------
    path : path-like
        A file like ``name--1_1.Z_mtrx``; ``name_0001.mtrx`` must lie beside it.

    Returns
    -------
    list of Dataset
        An image [y, x] per direction, a curve per direction, or a map [y, x, sweep] per
        direction of both.  Row 0 is at the top, lines not scanned are NaN.  Lazy.

    Raises
    ------
    UnrecognisedFile, UnsupportedFile
        When it is no file of MATRIX, or the one with the parameters.
    MissingFile
        When the parameters are not beside it.
    CorruptFile
        When it is damaged.
    """
    result = _parse(path)
    try:
        if "(" not in result.channel:
            found = _scan(result, None)
        elif result.parameters.values.get("XYScanner.Enable_Subgrid"):
            found = _scan(result, _sweep(result))
        else:
            found = _curves(result, _sweep(result))
    except CorruptFile as error:
        if error.path is None:
            raise CorruptFile(error.message, path=path, format=FORMAT) from error
        raise
    if not found:
        msg = "the file was written before a line or curve was complete"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


@dataclass(frozen=True, slots=True)
class _Sweep:
    axis: Axis
    both_ways: bool


def _sweep(result: _Result) -> _Sweep:
    """Return what was swept along a curve."""
    known, channel = result.parameters, result.channel
    if channel in {"Amplitude(f)", "Phase(f)"}:
        place, both = "FrequencyPhaseDetector.", False
    elif "(V)" in channel or "(Z)" in channel:
        first = known.units.get("Spectroscopy.Device_1_Start", "")
        wanted = "Volt" if "(V)" in channel else "Meter"
        device = 1 if first == wanted else 2
        place = f"Spectroscopy.Device_{device}_"
        both = bool(known.values.get(f"Spectroscopy.Enable_Device_{device}_Ramp_Reversal"))
    else:
        return _Sweep(Axis.swept("index", np.arange(max(result.count, 1)), ""), both_ways=False)
    points = known.count(f"{place}Points", 1 << 26)
    values = np.linspace(known.number(f"{place}Start"), known.number(f"{place}End"), points)
    units = known.units.get(f"{place}Start", "")
    return _Sweep(Axis.swept("sweep", values, _WORDS.get(units, units)), both)


def _curves(result: _Result, sweep: _Sweep) -> list[Dataset]:
    points = len(sweep.axis.values)
    found = []
    for number, way in enumerate(("trace", "retrace")[: 1 + sweep.both_ways]):
        count = min(max(result.count - number * points, 0), points)
        if not count:
            continue
        place, step = result.offset + 4 * number * points, 4
        values = sweep.axis.values[:count]
        if number:
            # the way back begins at the end
            place, step, values = place + 4 * (count - 1), -4, sweep.axis.values[points - count :]
        axis = replace(sweep.axis, values=values)
        source = StridedArray(result.path, "<i4", (count,), place, (step,))
        found.append(_labelled(result, result.values(source), (axis,), way, "SPECTRUM"))
    return found


def _scan(result: _Result, sweep: _Sweep | None) -> list[Dataset]:
    """Return images, or maps of sweeps, of every direction."""
    known = result.parameters
    columns, rows = known.count("XYScanner.Points"), known.count("XYScanner.Lines")
    traces = _traces(known, sweep)
    if sweep is not None:
        columns = -(-columns // known.count("XYScanner.Subgrid_X"))
        rows = -(-rows // known.count("XYScanner.Subgrid_Y"))
    lines = _Lines(
        result,
        per=len({direction for direction, _ in traces}),
        shape=(rows, columns, 1 if sweep is None else len(sweep.axis.values)),
        ways=2 if sweep is not None and sweep.both_ways else 1,
    )
    axes = _axes(known, rows, columns)
    found = []
    for trace in traces:
        for way in range(lines.ways):
            values = lines.values(trace, way)
            if values is None:
                continue
            words = " ".join(trace)
            if sweep is None:
                found.append(_labelled(result, values[..., 0], axes, words, "IMAGE"))
            else:
                words += (", trace", ", retrace")[way]
                whole = (*axes, sweep.axis)
                found.append(_labelled(result, values, whole, words, "SPECTRAL_IMAGE"))
    return found


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a scan as they follow each other."""

    result: _Result
    per: int
    """Directions of a line."""
    shape: tuple[int, int, int]
    """Lines, columns, points of a sweep."""
    ways: int
    """Ways of a sweep: there, and perhaps back."""

    def values(self, trace: tuple[str, str], way: int) -> Any:
        """Return the lines of one direction upright, NaN where not scanned; None for none."""
        direction, slow = trace
        rows, columns, points = self.shape
        first = rows * self.per if slow == "down" else 0
        first += self.per - 1 if direction == "backward" else 0
        stored = self.result.count // (columns * self.ways * points)
        there = min(max(-(-(stored - first) // self.per), 0), rows)
        if not there:
            return None
        step = 4 * points * self.ways
        strides = [step * columns * self.per, step, 4]
        offset = self.result.offset + step * columns * first + 4 * points * way
        sizes = (there, columns, points)
        for axis, turned in enumerate((slow == "up", direction == "backward", way == 1)):
            if turned:
                offset += strides[axis] * (sizes[axis] - 1)
                strides[axis] = -strides[axis]
        source = StridedArray(self.result.path, "<i4", sizes, offset, strides)
        return padded(self.result.values(source), rows, up=slow == "up")


def _traces(known: Parameters, sweep: _Sweep | None) -> list[tuple[str, str]]:
    """Return the directions in which there are numbers."""
    directions = {"forward"}
    if known.values.get("XYScanner.X_Retrace"):
        mode = known.values.get("XYScanner.Subgrid_Match_Mode", 0) if sweep else 0
        directions = {0: {"forward", "backward"}, 1: {"forward"}}.get(mode, {"backward"})
    slow = {"up", "down"} if known.values.get("XYScanner.Y_Retrace") else {"up"}
    return [trace for trace in _TRACES if trace[0] in directions and trace[1] in slow]


def _axes(known: Parameters, rows: int, columns: int) -> tuple[Axis, Axis]:
    width, height, x0, y0 = (
        float(known.number(f"XYScanner.{key}", 0.0))
        for key in ("Width", "Height", "X_Offset", "Y_Offset")
    )
    if not (np.isfinite([width, height, x0, y0]).all() and min(width, height) > 0):
        return (
            Axis.scanned("y", np.arange(rows)[::-1], "px"),
            Axis.scanned("x", np.arange(columns), "px"),
        )
    return (
        Axis.scanned("y", pixel_centres(rows, height, y0 - height / 2)[::-1], "m"),
        Axis.scanned("x", pixel_centres(columns, width, x0 - width / 2), "m"),
    )


def _labelled(
    result: _Result, values: Any, axes: tuple[Axis, ...], words: str, kind: str
) -> Dataset:
    known = result.parameters
    experiment = {
        "instrument": "Omicron MATRIX",
        "sample": known.marks.get("SAMPLE_NAME"),
        "comment": known.marks.get("CREATION_COMMENT"),
        "bias": known.values.get("GapVoltageControl.Voltage"),
        "setpoint": known.values.get("Regulator.Setpoint_1"),
        "setpoint_units": _WORDS.get(known.units.get("Regulator.Setpoint_1", "")),
    }
    return dataset(
        values,
        axes,
        title=f"{result.channel} ({words})",
        data_type=kind,
        units=result.transfer[2],
        quantity=result.channel,
        source="SciFiReaders.read_matrix",
        metadata={
            "experiment": {k: value for k, value in experiment.items() if value not in (None, "")},
            "scan": {"angle": known.values.get("XYScanner.Angle", 0), "direction": words},
        },
        original_metadata={
            "parameters": known.values,
            "units": known.units,
            "marks": known.marks,
        },
    )
