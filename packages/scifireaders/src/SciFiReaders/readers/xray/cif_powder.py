"""Powder patterns and Raman spectra in CIF (``.cif``, ``.rtv``, ``.rod``).

A data block has items, ``_name value``, and loops: ``loop_``, names, and rows of values.
The pattern is the loop with one of `PLACES` or `INTENSITIES`; where it has no places they
follow from ``_pd_meas_2theta_range_min``, ``_max`` and ``_inc`` or their ``_pd_proc_``
kin.  A standard uncertainty in brackets, ``123(4)``, is left off; ``.`` and ``?`` are NaN.

Source: IUCr, "CIF dictionary for powder diffraction" (cif_pow.dic 2.5); "CIF dictionary of
the Raman Open Database" (cif_raman.dic).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis
from SciFiReaders.values import number, typed
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

from .plain_text import numbers_in, read_text
from .scans import ANGSTROM, Scan, drive_axis, labelled, steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_cif", "sniff"]

FORMAT: Final = "cif.powder"
#: Where the points lie, best first: name of the axis, its units.
PLACES: Final = {
    "_pd_meas_2theta_scan": ("2Theta", "deg"),
    "_pd_proc_2theta_corrected": ("2Theta", "deg"),
    "_pd_meas_angle_2theta": ("2Theta", "deg"),
    "_pd_meas_2theta_fixed": ("2Theta", "deg"),
    "_pd_meas_time_of_flight": ("Time of flight", "us"),
    "_pd_proc_d_spacing": ("d", "Å"),
    "_pd_proc_energy_incident": ("Energy", "eV"),
    "_pd_proc_energy_detection": ("Energy", "eV"),
    "_pd_proc_wavelength": ("Wavelength", "Å"),
    "_pd_proc_recip_len_q": ("Q", "1/Å"),
    "_raman_spectrum.raman_shift": ("Raman shift", "1/cm"),
}
#: What was measured there: title, quantity, units.
INTENSITIES: Final = {
    "_pd_meas_counts_total": ("counts", "Counts", "counts"),
    "_pd_meas_counts_background": ("background counts", "Counts", "counts"),
    "_pd_meas_counts_container": ("container counts", "Counts", "counts"),
    "_pd_meas_counts_monitor": ("monitor counts", "Counts", "counts"),
    "_pd_meas_intensity_total": ("intensity", "Intensity", ""),
    "_pd_meas_intensity_background": ("background", "Intensity", ""),
    "_pd_proc_intensity_total": ("processed intensity", "Intensity", ""),
    "_pd_proc_intensity_net": ("net intensity", "Intensity", ""),
    "_pd_proc_intensity_bkg_calc": ("calculated background", "Intensity", ""),
    "_pd_proc_intensity_bkg_fix": ("fixed background", "Intensity", ""),
    "_pd_calc_intensity_total": ("calculated intensity", "Intensity", ""),
    "_pd_calc_intensity_net": ("calculated net intensity", "Intensity", ""),
    "_pd_calc_intensity_bkg": ("calculated background", "Intensity", ""),
    "_raman_spectrum.intensity": ("intensity", "Intensity", ""),
}
_RANGES: Final = ("_pd_meas_2theta_range_", "_pd_proc_2theta_range_")
_TOLD: Final = re.compile(rb"^\s*_(pd_(meas|proc|calc)|raman_spectrum)[._]", re.MULTILINE | re.I)
_BLOCK: Final = re.compile(rb"^\s*data_", re.MULTILINE | re.IGNORECASE)
_UNCERTAINTY: Final = re.compile(r"\(\d*\)")
_UNKNOWN: Final = re.compile(r"(?<!\S)[.?](?!\S)")
_VALUE: Final = re.compile(
    r"'((?:[^']|'(?=\S))*)'(?=\s|$)|\"((?:[^\"]|\"(?=\S))*)\"(?=\s|$)|(\S+)"
)


@dataclass
class Block:
    """Items and loops of a data block."""

    name: str
    items: dict[str, Any] = field(default_factory=dict)
    loops: list[tuple[list[str], list[str]]] = field(default_factory=list)
    """Names and lines of rows."""


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a data block has items of a powder pattern or a Raman spectrum."""
    if _BLOCK.search(probe.head) and _TOLD.search(probe.head):
        return 1.0, "items of a powder pattern or a Raman spectrum"
    return 0.0, "no items of a powder pattern"


# --- parse ----------------------------------------------------------------------------


def _blocks(text: str) -> list[Block]:
    found: list[Block] = []
    lines = iter(text.splitlines())
    line: str | None = next(lines, None)
    while line is not None:
        word = line.strip()
        low = word.lower()
        if low.startswith("data_"):
            found.append(Block(word[5:]))
        elif found and low == "loop_":
            line = _loop(found[-1], lines)
            continue
        elif found and word.startswith("_"):
            line = _item(found[-1], word, lines)
            continue
        elif word.startswith(";") and line.startswith(";"):
            _field(lines, line)
        line = next(lines, None)
    return found


def _item(block: Block, line: str, lines: Iterator[str]) -> str | None:
    """Keep one item; return the line that comes after it."""
    name, _, rest = line.partition(" ") if " " in line else line.partition("\t")
    following = next(lines, None)
    if not rest.strip():
        if following is not None and following.startswith(";"):
            block.items[name.lower()] = _field(lines, following)
            return next(lines, None)
        if following is None or _is_word(following):
            return following
        rest, following = following, next(lines, None)
    match = _VALUE.match(rest.strip())
    if match is not None:
        quoted = match[1] if match[1] is not None else match[2]
        block.items[name.lower()] = typed(_bare(match[3])) if quoted is None else quoted
    return following


def _bare(word: str) -> str:
    plain = _UNCERTAINTY.sub("", word)
    return plain if number(plain) is not None else word


def _field(lines: Iterator[str], first: str) -> str:
    """Read text between semicolons that begin their lines."""
    text = [first[1:]]
    for line in lines:
        if line.startswith(";"):
            break
        text.append(line)
    return "\n".join(text).strip()


def _is_word(line: str) -> bool:
    low = line.lstrip().lower()
    return low.startswith(("_", "loop_", "data_", "save_"))


def _loop(block: Block, lines: Iterator[str]) -> str | None:
    """Keep one loop; return the line that comes after it."""
    names: list[str] = []
    rows: list[str] = []
    for line in lines:
        word = line.strip()
        if word.startswith("_") and not rows:
            names += [part.lower() for part in word.split() if part.startswith("_")]
        elif _is_word(line):
            block.loops.append((names, rows))
            return line
        elif line.startswith(";"):
            _field(lines, line)
            rows.append(";")  # text has no place in a pattern: numbers it is not
        elif word and not word.startswith("#"):
            rows.append(word)
    block.loops.append((names, rows))
    return None


def _table(path: str | PathLike[str], names: list[str], rows: list[str]) -> dict[str, np.ndarray]:
    """Return the columns of a loop of numbers."""
    text = _UNKNOWN.sub("nan", _UNCERTAINTY.sub("", "\n".join(rows)))
    table = numbers_in(text)
    if table is None:
        return _mixed(names, rows)
    count = len(table) // len(names)
    if not count:
        msg = f"the loop of {names[0]} has no complete row; is the file cut short?"
        raise CorruptFile(msg, path=path, format=FORMAT)
    table = table[: count * len(names)].reshape(-1, len(names))
    return dict(zip(names, table.T, strict=True))


def _mixed(names: list[str], rows: list[str]) -> dict[str, np.ndarray]:
    """Return the columns of a loop with words in it; words are NaN."""
    cells = [match[0] for row in rows for match in _VALUE.finditer(row)]
    count = len(cells) // len(names)
    values = [number(_UNCERTAINTY.sub("", cell)) for cell in cells[: count * len(names)]]
    table = np.array([np.nan if v is None else v for v in values]).reshape(count, len(names))
    return dict(zip(names, table.T, strict=True))


# --- label ----------------------------------------------------------------------------


def read_cif(path: str | PathLike[str]) -> list[Dataset]:
    """Read the patterns of all data blocks.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per column of intensities, [two_theta] or along what the pattern has; in
        memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When it has no data block.
    UnsupportedFile
        When it holds no pattern, as most CIF of structures do.
    CorruptFile
        When a pattern has no complete row or no places.
    """
    text = read_text(path, FORMAT)
    blocks = _blocks(text)
    if not blocks:
        msg = "not a CIF: it has no data_ block"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    scans: list[Scan] = []
    for block in blocks:
        for names, rows in block.loops:
            if any(name in INTENSITIES for name in names) and rows:
                scans += _pattern(path, block, _table(path, names, rows))
    if not scans:
        msg = "this CIF holds no powder pattern; its structure is for other programs"
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    found = labelled(scans, "cif_powder")
    for dataset, scan in zip(found, scans, strict=True):
        dataset.modality = "Raman" if scan.axes[0].quantity == "Raman shift" else "XRD"
    return found


def _pattern(
    path: str | PathLike[str], block: Block, columns: dict[str, np.ndarray]
) -> list[Scan]:
    axis = _axis(path, block, columns)
    items = block.items
    title = (
        str(items.get("_pd_block_id") or items.get("_chemical_name_mineral") or block.name).strip()
        or Path(path).stem
    )
    experiment = _experiment(items)
    return [
        Scan(columns[name], (axis,), f"{title} {word}", units, quantity, experiment, items)
        for name, (word, quantity, units) in INTENSITIES.items()
        if name in columns
    ]


def _axis(path: str | PathLike[str], block: Block, columns: dict[str, np.ndarray]) -> Axis:
    for name, (quantity, units) in PLACES.items():
        if name in columns:
            if quantity == "2Theta":
                return drive_axis(quantity, columns[name], units)
            return Axis.swept(quantity, columns[name], units, quantity)
    count = len(next(iter(columns.values())))
    for stem in _RANGES:
        start, end, step = (number(block.items.get(stem + w)) for w in ("min", "max", "inc"))
        if start is not None and step:
            return drive_axis("2Theta", steps(start, step, count), "deg")
        if start is not None and end is not None:
            return drive_axis("2Theta", np.linspace(start, end, count), "deg")
    msg = f"a pattern of {count} points has neither a column nor a range of places"
    raise CorruptFile(msg, path=path, format=FORMAT)


def _experiment(items: dict[str, Any]) -> dict[str, Any]:
    wavelength = number(items.get("_diffrn_radiation_wavelength"))
    laser = number(items.get("_raman_measurement_device.excitation_laser_wavelength"))
    voltage = number(items.get("_diffrn_source_voltage"))
    current = number(items.get("_diffrn_source_current"))
    return {
        "wavelength": wavelength and wavelength * ANGSTROM,
        "laser_wavelength": laser and laser * 1e-9,
        "tube_voltage": voltage and voltage * 1e3,
        "tube_current": current and current * 1e-3,
        "anode": items.get("_diffrn_source_target"),
        "exposure_time": number(items.get("_pd_meas_step_count_time")),
        "temperature": number(items.get("_diffrn_ambient_temperature")),
        "sample": items.get("_chemical_name_mineral") or items.get("_chemical_name_common"),
        "start_date_time": items.get("_pd_meas_datetime_initiated"),
    }
