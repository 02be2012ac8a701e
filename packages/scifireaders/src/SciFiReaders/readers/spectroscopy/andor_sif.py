"""Andor Solis (``.sif``): spectra, images and kinetic series.

The lines of the file are in `andor_lines`.  Each of its blocks (signal, reference,
background, live, source) is a dataset, [frame, y, channel], with rows as stored.
Subimages of one width follow each other as rows; of different widths they are datasets of
their own.  So are frames that have a calibration each: steps that wait to be glued.

Source: readsif.m of Marcel Leutenegger (BSD licence) and sif_parser (BSD licence).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from sidpy.errors import UnrecognisedFile

from .andor_lines import FORMAT, MAGIC, Block, parse_blocks, parse_details
from .spectra import ascending, index_axis, spectra_type, spectral_axis

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_sif"]

_SOURCE: Final = "SciFiReaders.andor_sif"


def read_sif(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file of Andor Solis.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        The signal, [frame, y, channel], then reference, background and what else was
        saved; axes of one frame or row are left out.  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or damaged.

    Warns
    -----
    SidpyWarning
        When frames are missing at the end.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
            msg = "not a file of Andor Solis: its first line is another one"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        blocks = parse_blocks(cursor)
        details = parse_details(cursor)
    return [one for block in blocks for one in _labelled(path, block, details)]


def _labelled(path: str | PathLike[str], block: Block, details: dict[str, Any]) -> list[Dataset]:
    widths = {window[2] for window in block.windows}
    parts = [block.windows] if len(widths) == 1 else [(window,) for window in block.windows]
    steps = [(i,) for i in range(block.frames)] if len(block.calibrations) > 1 else [()]
    found: list[Dataset] = []
    offset = block.start
    for windows in parts:
        found += [_part(path, block, windows, offset, step, details) for step in steps]
        offset += 4 * sum(window[2] * window[3] for window in windows)
    return found


def _part(
    path: str | PathLike[str],
    block: Block,
    windows: tuple[tuple[int, ...], ...],
    offset: int,
    step: tuple[int, ...],
    details: dict[str, Any],
) -> Dataset:
    """Return rows of one width: of all frames, or of one that has its own calibration."""
    columns, rows = windows[0][2], sum(window[3] for window in windows)
    frames, stride = (1 if step else block.frames), 4 * block.frame_size
    start = offset + (step[0] * stride if step else 0)
    source = StridedArray(path, "<f4", (frames, rows, columns), start, (stride, 4 * columns, 4))
    axes = [index_axis("frame", frames, "TEMPORAL")] if frames > 1 else []
    if rows > 1:
        axes.append(Axis("y", np.arange(rows), "", "row", "SPATIAL"))
    array = lazy(source).reshape(*(axis.values.size for axis in axes), columns)
    coefficients = block.calibrations[step[0] if step else 0] if block.calibrations else ()
    axis, array = ascending(_axis(coefficients, columns, block.labels[0]), array)
    axes.append(axis)
    title = block.name if not step else f"{block.name}, frame {step[0] + 1}"
    return dataset(
        array,
        tuple(axes),
        title=title,
        data_type=spectra_type(tuple(axes)),
        units="counts" if block.labels[1].lower() == "counts" else block.labels[1],
        quantity="intensity",
        source=_SOURCE,
        metadata={
            "experiment": _experiment(block, windows),
            "frames": {"time stamp (s)": block.stamps},
        },
        original_metadata={**block.fields, "labels": list(block.labels), **details},
    )


def _axis(coefficients: tuple[float, ...], columns: int, label: str) -> Axis:
    """Return the wavelengths, or a count of pixels where the calibration is i itself."""
    is_count = (
        len(coefficients) > 1
        and coefficients[1] == 1.0
        and not any((coefficients[0], *coefficients[2:]))
    )
    if not coefficients or is_count or label.lower().startswith("pixel"):
        return index_axis("channel", columns, "SPECTRAL")
    values = np.polynomial.Polynomial(coefficients)(np.arange(1.0, columns + 1))
    return spectral_axis(values, "nm")


def _experiment(block: Block, windows: tuple[tuple[int, ...], ...]) -> dict[str, Any]:
    fields = block.fields
    names = {
        "exposure_time": "exposure",
        "cycle_time": "kinetic cycle time",
        "accumulations": "accumulations",
        "detector_temperature": "temperature",
        "gain": "gain",
        "gate_width": "gate width",
        "detector": "detector",
    }
    found = {key: fields[name] for key, name in names.items()}
    seconds = fields["time"]
    if seconds and 0 < seconds < 1e11:
        found["start_date_time"] = datetime.fromtimestamp(seconds, UTC).isoformat()
    words = ("first_column", "first_row", "columns", "rows", "column_binning", "row_binning")
    found["regions"] = [dict(zip(words, window, strict=True)) for window in windows]
    return {key: value for key, value in found.items() if value not in (None, "")}
