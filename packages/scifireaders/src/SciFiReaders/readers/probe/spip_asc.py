"""Text that SPIP exports (``.asc``), also spectroscopy of Omicron, as Datasets.

================================ ======================================================
line                             meaning
================================ ======================================================
``# Created by SPIP 4.0 ...``    among the first lines
``# key = value``                ``x-pixels``, ``y-pixels``, ``x-length``, ``y-length``,
                                 ``x-offset``, ``y-offset``, ``z-unit``, ``z-points``, ...
``.  Section:``                  a section of the instrument's own notes
``.  .  key [unit] = value``     in it, for instance ``Device_1_Start [Volt]``
``# Start of Data:``             the numbers follow, TAB between
================================ ======================================================

An image is a line per row, the first one taken for the top.  With more than one of
``z-points`` a line is the spectrum of a pixel, pixels along x first; the bias runs from
``Device_1_Start [Volt]`` to ``Device_1_End [Volt]`` of the section Spectroscopy.

Source: Image Metrology, SPIP Reference Guide, "ASCII files"; the notes as the exports of
Omicron's Matrix files have them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.text import decode
from SciFiReaders.values import number, typed
from sidpy.errors import CorruptFile, UnrecognisedFile

from .calibrated import frame, known

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["AscReader", "Export", "parse_asc", "read_asc", "sniff"]

FORMAT: Final = "spip.asc"

# --- layout ---------------------------------------------------------------------------

_MADE: Final = re.compile(rb"^#\s*Created by SPIP", re.IGNORECASE | re.MULTILINE)
_START: Final = re.compile(r"#\s*Start of Data", re.IGNORECASE)
#: Text is read as a whole.
LONGEST: Final = 1 << 26
_SECTION: Final = re.compile(r"\.\s+([^.=]+):\s*")
_NOTE: Final = re.compile(r"(?:\.\s+){2,}([^=]+)=(.*)")

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Export:
    """What a file holds."""

    values: dict[str, Any]
    """By ``Section-key``; ``Main-x_pixels`` for lines without a section."""
    numbers: np.ndarray
    """As the lines are."""
    shape: tuple[int, ...]
    """Rows and columns, or rows, columns and points."""


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether SPIP is named among the first lines."""
    found = _MADE.search(probe.head[:4096])
    return (1.0, "it says Created by SPIP") if found else (0.0, "no Created by SPIP")


def parse_asc(path: str | PathLike[str]) -> Export:
    """Read a file.

    Raises
    ------
    UnrecognisedFile
        When SPIP is not named among the first lines.
    CorruptFile
        When the numbers are not as many as announced, or something else.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if not _MADE.search(cursor.take(min(cursor.size, 4096))):
            msg = "not an export of SPIP: no line # Created by SPIP"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        if cursor.size > LONGEST:
            msg = f"{cursor.size} bytes of text cannot be"
            raise cursor.corrupt(msg)
        cursor.position = 0
        lines = decode(cursor.take(cursor.size)).splitlines()
    start = next((i for i, line in enumerate(lines) if _START.match(line)), len(lines))
    values = _header(lines[:start])
    rows = [line for line in lines[start + 1 :] if line.strip() and not line.startswith("#")]
    try:
        numbers = np.loadtxt(rows, comments=None, ndmin=2) if rows else np.empty((0, 0))
    except ValueError as error:
        msg = f"there is something else among the numbers: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT) from error
    return Export(values, numbers, _shape(path, values, numbers))


def _header(lines: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    section = "Main"
    for line in lines:
        if match := _NOTE.match(line):
            values[f"{section}-{match[1].strip()}"] = typed(match[2].strip())
        elif match := _SECTION.fullmatch(line):
            section = match[1].strip()
        elif line.startswith("#"):
            key, found, rest = line.lstrip("# ").partition("=")
            name = key.strip().replace("-", "_").replace(" ", "_")
            if found:
                values[f"Main-{name}"] = typed(rest.strip())
    return values


def _shape(
    path: str | PathLike[str], values: dict[str, Any], numbers: np.ndarray
) -> tuple[int, ...]:
    sizes = [values.get(f"Main-{key}") for key in ("y_pixels", "x_pixels", "z_points")]
    if sizes[2] in (None, 0, 1):
        sizes.pop()
    good = all(isinstance(n, int) and n > 0 for n in sizes)
    shape = tuple(int(n) for n in sizes) if good else ()  # type: ignore[call-overload]
    if not good or np.prod(shape, dtype=float) != numbers.size:
        msg = f"{sizes} numbers are announced, but there are {numbers.shape}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return shape


# --- label ----------------------------------------------------------------------------


def read_asc(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file: one image [y, x], or spectra [y, x, bias]; in memory, for it is text.

    The lengths have no units where the file names none.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_asc`.
    """
    import dask.array as da

    export = parse_asc(path)
    values = export.values
    axes: tuple[Axis, ...] = _axes(values, export.shape)
    if len(export.shape) == 3:
        axes = (*axes, _bias(values, export.shape[2]))
    name = str(values.get("Main-Original_file", "")).replace("\\", "/").rpartition("/")[2]
    found = dataset(
        da.from_array(export.numbers.reshape(export.shape), chunks="auto"),
        axes,
        title=name or Path(path).stem,
        data_type="IMAGE" if len(axes) == 2 else "SPECTRAL_IMAGE",
        units=str(values.get("Main-value_unit", values.get("Main-z_unit", ""))),
        source="SciFiReaders.AscReader",
        metadata={"experiment": known({"bias": number(values.get("Main-bias"))})},
        original_metadata=values,
    )
    return [found]


def _axes(values: dict[str, Any], shape: tuple[int, ...]) -> tuple[Axis, Axis]:
    height, width = (number(values.get(f"Main-{axis}_length")) for axis in "yx")
    own, units = (str(values.get(f"Main-{axis}_unit", "")) for axis in "yx")
    y0, x0 = (number(values.get(f"Main-{axis}_offset")) or 0.0 for axis in "yx")
    centre = (y0 + (height or 0) / 2, x0 + (width or 0) / 2)
    return frame(shape, (height if own == units else None, width), units, centre=centre)


def _bias(values: dict[str, Any], points: int) -> Axis:
    ends = [number(values.get(f"Spectroscopy-Device_1_{end} [Volt]")) for end in ("Start", "End")]
    if ends[0] is None or ends[1] is None:
        return Axis("point", np.arange(points), "", "point", "SPECTRAL")
    return Axis("bias", np.linspace(ends[0], ends[1], points), "V", "Voltage", "SPECTRAL")


class AscReader(ReleasedReader):
    """Text that SPIP exports.

    Parameters
    ----------
    file_path : str or path-like
        The ``.asc`` file.
    """

    function = "SciFiReaders.readers.probe.spip_asc:read_asc"
    container = "one"
    spec = "SciFiReaders.spip_asc"

    def read(self, verbose: bool = False, parm_encoding: str = "utf-8") -> Dataset:  # noqa: ARG002, FBT001, FBT002 - the released package's signature
        """Read the file.

        Parameters
        ----------
        verbose : bool
            Log what is found at level INFO.
        parm_encoding : str
            Not needed: UTF-8 and pages of one byte are told apart.

        Returns
        -------
        Dataset
            The image, or the spectra.
        """
        self._verbose = self._verbose or verbose
        return super().read()
