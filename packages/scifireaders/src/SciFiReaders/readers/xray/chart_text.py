"""Diffractograms in the text of other programs: Sietronics (``.cpi``) and FIT2D (``.chi``).

``.cpi``: ``SIETRONICS XRD SCAN``, then a line each of start, end and step of 2theta, of
anode, wavelength in Å, date, a number and a comment; behind ``SCANDATA`` an intensity per
line.

``.chi`` (ChiPlot, written by FIT2D and pyFAI): a line of title, of the label of x, of the
label of y, and of the number of points; then pairs.

Source: Sietronics, "Sieray CPI"; ESRF, "CHIPLOT data file format".
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile

from .plain_text import numbers, numbers_in, read_text
from .scans import ANGSTROM, Scan, drive_axis, labelled, steps

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_chi", "read_cpi", "sniff_chi"]

CPI: Final = "sietronics.cpi"
CHI: Final = "chiplot"
_TITLE: Final = "SIETRONICS XRD SCAN"
_UNITS: Final = re.compile(r"(.*?)\s*[(\[]\s*([^)\]]*?)\s*[)\]]\s*$")
#: Units as these programs spell them.
_SPELT: Final = {"degrees": "deg", "Degrees": "deg", "deg.": "deg", "A^-1": "1/Å", "nm^-1": "1/nm"}


def read_cpi(path: str | PathLike[str]) -> list[Dataset]:
    """Read a scan of Sietronics.

    Parameters
    ----------
    path : path-like
        The ``.cpi`` file.

    Returns
    -------
    list of Dataset
        One, [two_theta]; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with its title.
    CorruptFile
        When it has no range of angles or no intensities.

    Warns
    -----
    SidpyWarning
        When there are fewer intensities than the range has points.
    """
    text = read_text(path, CPI)
    if not text.lstrip().upper().startswith(_TITLE):
        msg = f"not a file of this format: it does not begin with {_TITLE}"
        raise UnrecognisedFile(msg, path=path, format=CPI, offset=0)
    head, begin, body = text.partition("SCANDATA")
    lines = [line.strip() for line in head.strip().splitlines()]
    start, end, step = [number(line) for line in (lines[1:4] + [""] * 3)[:3]]
    if not begin or start is None or end is None or not step:
        msg = "three lines of start, end and step, and SCANDATA should follow the title"
        raise CorruptFile(msg, path=path, format=CPI)
    values = numbers(body, "intensities", path=path, format=CPI)
    if not values.size:
        msg = "no intensities follow SCANDATA"
        raise CorruptFile(msg, path=path, format=CPI)
    count = round((end - start) / step) + 1
    if values.size < count:
        warn(f"{path}: {values.size} of {count} points are there")
    names = ("anode", "wavelength", "date", "number", "comment")
    words: dict[str, Any] = dict(zip(names, lines[4:], strict=False))
    wavelength = number(words.get("wavelength"))
    experiment = {
        "anode": words.get("anode"),
        "wavelength": wavelength and wavelength * ANGSTROM,
        "start_date_time": words.get("date"),
        "sample": words.get("comment"),
    }
    axis = drive_axis("2Theta", steps(start, step, values.size), "deg")
    title = str(words.get("comment") or Path(path).stem)
    scan = Scan(values, (axis,), title, "counts", "Intensity", experiment, words)
    return labelled([scan], "sietronics_cpi")


# --- ChiPlot ----------------------------------------------------------------------------


def _chart(lines: list[str]) -> int:
    """Return the number of points that the fourth line announces; 0 for another text."""
    words = lines[3].replace(",", " ").split() if len(lines) > 4 else []
    pair = numbers_in(lines[4]) if words else None
    plain = any(numbers_in(line) is not None for line in lines[:3])
    if plain or pair is None or pair.size < 2 or not words[0].isdecimal() or len(words) > 2:
        return 0
    return min(int(words[0]), 1 << 24) if len(words[0]) < 9 else 0


def sniff_chi(probe: Any) -> tuple[float, str]:
    """Say whether three lines of words and a number of points stand before pairs."""
    if b"\0" in probe.head:
        return 0.0, "not text"
    count = _chart(probe.head[:8192].decode("latin-1").splitlines())
    return (0.9, f"three labels and {count} points") if count else (0.0, "no such header")


def read_chi(path: str | PathLike[str]) -> list[Dataset]:
    """Read a curve of ChiPlot.

    Parameters
    ----------
    path : path-like
        The ``.chi`` file.

    Returns
    -------
    list of Dataset
        One per column of intensities, along the first; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When no number of points stands in the fourth line.
    CorruptFile
        When there is something else among the numbers.

    Warns
    -----
    SidpyWarning
        When there are fewer points than it says.
    """
    lines = [line.strip() for line in read_text(path, CHI).splitlines()]
    count = _chart(lines)
    if not count:
        msg = "a number of points should stand in the fourth line, before pairs of numbers"
        raise UnrecognisedFile(msg, path=path, format=CHI)
    width = len(re.split(r"[\s,]+", lines[4]))
    flat = numbers("\n".join(lines[4 : 4 + count]), "points", path=path, format=CHI)
    if flat.size % width:
        msg = f"{flat.size} numbers make no lines of {width}; is the file cut short?"
        raise CorruptFile(msg, path=path, format=CHI)
    table = flat.reshape(-1, width)
    if len(table) < count:
        warn(f"{path}: {len(table)} of {count} points are there")
    axis = _axis(lines[1], table[:, 0])
    words = {"title": lines[0], "x": lines[1], "y": lines[2]}
    title = lines[0] or Path(path).stem
    return labelled(
        [
            Scan(
                np.ascontiguousarray(table[:, column]),
                (axis,),
                title if width == 2 else f"{title} {column}",
                "",
                lines[2] or "Intensity",
                original=words,
            )
            for column in range(1, width)
        ],
        "chiplot",
    )


def _axis(label: str, places: np.ndarray) -> Axis:
    match = _UNITS.match(label)
    quantity, units = (match[1], match[2]) if match else (label, "")
    units = _SPELT.get(units, units)
    low = quantity.lower()
    if "2-theta" in low or "2theta" in low or "2 theta" in low:
        return drive_axis("2Theta", places, units)
    return Axis.swept("position", places, units, quantity)
