"""SPECS photoelectron spectra in text (``.xy``), of SpecsLab 2 and Prodigy.

======================== ============================================================
line                     meaning
======================== ============================================================
``# Created by: ...``    the program; a comment prefix other than # is possible
``# Key:   value``       a word; those before the first `Region` are of the export
``# values in binding``  what the first column is
``# Group:, # Region:``  a region begins
``# Cycle: 0, Curve: 1`` a curve, and in Prodigy a scan and a channel, begins
``# ColumnLabels: ...``  names of the columns: energy, counts or counts/s, transmission
numbers                  a line per energy
======================== ============================================================

Curves of one region and equal energies make one array, [curve, energy].

Source: export options written in every file; decoded from a file of SpecsLab 2.79.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile

from .plain_text import numbers, read_text

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_specs_xy", "sniff"]

FORMAT: Final = "specs.xy"
_HEAD: Final = re.compile(rb"Created by:\s*Specs", re.IGNORECASE)
_PAIR: Final = re.compile(r"([^:]+):\s*(.*)")
_VALUES: Final = "values in"
#: Key, word, factor to the unit of the key.
_NUMBERS: Final = (
    ("excitation_energy", "Excitation Energy", 1.0),
    ("pass_energy", "Pass Energy", 1.0),
    ("work_function", "Eff. Workfunction", 1.0),
    ("pixel_time", "Dwell Time", 1.0),
    ("number_of_scans", "Number of Scans", 1.0),
    ("bias", "Bias Voltage", 1.0),
    ("detector_voltage", "Detector Voltage", 1.0),
)


@dataclass
class Curve:
    """The lines of one curve and what is said of it."""

    words: dict[str, Any]
    lines: list[str] = field(default_factory=list)


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether the first lines name a program of SPECS."""
    found = _HEAD.search(probe.head[:512])
    return (1.0, "created by a program of SPECS") if found else (0.0, "not created by SPECS")


def read_specs_xy(path: str | PathLike[str]) -> list[Dataset]:
    """Read the regions of a file.

    Parameters
    ----------
    path : path-like
        The ``.xy`` file.

    Returns
    -------
    list of Dataset
        One per region and column: counts, [energy] or [curve, energy], and what else was
        exported; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When it was not created by a program of SPECS.
    CorruptFile
        When there are no numbers, or something else among them.

    Warns
    -----
    SidpyWarning
        When a curve has fewer lines than its region says.
    """
    text = read_text(path, FORMAT)
    if not _HEAD.search(text[:512].encode()):
        msg = "not a file of this format: no program of SPECS created it"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    curves = _curves(text)
    if not curves:
        msg = "it holds no numbers; is it cut short?"
        raise CorruptFile(msg, path=path, format=FORMAT)
    tables = [_table(path, curve) for curve in curves]
    found: list[Dataset] = []
    for first, stack in _regions(curves, tables):
        found += _label(path, curves[first].words, stack)
    return found


def _curves(text: str) -> list[Curve]:
    """Return the curves; each has the words before it, the last of each name."""
    prefix = text.lstrip()[:1]
    words: dict[str, Any] = {}
    found: list[Curve] = []
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith(prefix):
            word = line.lstrip(prefix).strip()
            match = _PAIR.fullmatch(word)
            if match:
                words[match[1].strip()] = typed(match[2].strip())
            elif word.startswith(_VALUES):
                words[_VALUES] = word.removeprefix(_VALUES).strip()
            inside = False
        elif line:
            if not inside:
                found.append(Curve(dict(words)))
            inside = True
            found[-1].lines.append(line)
    return found


def _table(path: str | PathLike[str], curve: Curve) -> np.ndarray:
    width = len(curve.lines[0].split())
    flat = numbers("\n".join(curve.lines), "lines of a curve", path=path, format=FORMAT)
    if width < 2 or flat.size % width:
        msg = f"{flat.size} numbers make no lines of {width}; is the file cut short?"
        raise CorruptFile(msg, path=path, format=FORMAT)
    announced = number(curve.words.get("Values/Curve"))
    if announced and flat.size // width < announced:
        warn(f"{path}: a curve has {flat.size // width} of {announced:.0f} energies")
    return flat.reshape(-1, width)


def _regions(curves: list[Curve], tables: list[np.ndarray]) -> list[tuple[int, list[np.ndarray]]]:
    """Return curves in a row of one region and equal energies together."""
    found: list[tuple[int, list[np.ndarray]]] = []
    for i, table in enumerate(tables):
        if found:
            first, stack = found[-1]
            names = [curves[k].words.get("Region") for k in (first, i)]
            same = stack[0].shape == table.shape and names[0] == names[1]
            if same and np.array_equal(stack[0][:, 0], table[:, 0]):
                stack.append(table)
                continue
        found.append((i, [table]))
    return found


def _label(
    path: str | PathLike[str], words: dict[str, Any], stack: list[np.ndarray]
) -> list[Dataset]:

    table = stack[0]
    energy = "Binding Energy" if words.get(_VALUES) == "binding energy" else "Kinetic Energy"
    name = energy.lower().replace(" ", "_")
    axes: tuple[Axis, ...] = (Axis(name, table[:, 0], "eV", energy, "SPECTRAL"),)
    if len(stack) > 1:
        axes = (Axis("curve", np.arange(len(stack)), "", "curve", "TEMPORAL"), *axes)
    labels = str(words.get("ColumnLabels") or "").split()
    region = str(words.get("Region") or Path(path).stem)
    found = []
    for column in range(1, table.shape[1]):
        label = labels[column] if column < len(labels) else f"column {column}"
        values = np.stack([part[:, column] for part in stack])
        result = dataset(
            lazy(values[0] if len(stack) == 1 else values),
            axes,
            title=region if column == 1 else f"{region} {label}",
            data_type="SPECTRUM" if len(stack) == 1 else "SPECTRAL_IMAGE",
            units=label if label.startswith("counts") else "",
            quantity="Intensity" if label.startswith("counts") else label,
            source="SciFiReaders.specs_xy",
            metadata={"experiment": _experiment(words)},
            original_metadata=words,
        )
        result.modality = str(words.get("Analysis Method") or "XPS")
        found.append(result)
    return found


def _experiment(words: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, word, factor in _NUMBERS:
        value = number(words.get(word))
        if value is not None:
            found[key] = value * factor
    found["source"] = words.get("Source")
    found["probe_mode"] = words.get("Scan Mode")
    found["detector"] = words.get("Analyzer")
    found["start_date_time"] = words.get("Acquisition Date")
    return {key: value for key, value in found.items() if value not in (None, "")}
