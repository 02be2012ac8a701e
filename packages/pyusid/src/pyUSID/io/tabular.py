"""A main dataset as a table of text.

=========================  ==============================================================
line                       cells
=========================  ==============================================================
one for each dimension     blank, as many as position dimensions but one; its label and
of the steps               units; its value at each column
compound data only         blank; ``Field``; the name of the field of each column
a ruler                    label and units of each position dimension; dashes
one for each position      the values of its dimensions; the data with 19 digits
=========================  ==============================================================

Cells are separated by commas.  Compound data have one column for each field of each step,
all steps of a field side by side.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy._warnings import warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from .usi_data import USIDataset

__all__ = ["to_csv"]

#: Larger data are written on request only, bytes.
_LARGE: Final = 15 * 2**20

#: As many bytes are in memory at a time.
_BLOCK: Final = 2**22

_RULER: Final = "-" * 62


def to_csv(
    h5_main: USIDataset, output_path: str | os.PathLike[str] | None = None, *, force: bool = False
) -> str | None:
    """Write a main dataset as a table of text, see `USIDataset.to_csv`."""
    if not isinstance(force, bool):
        msg = f"force should be a bool, not {force!r}"
        raise TypeError(msg)
    path = _path(h5_main, output_path)
    size = h5_main.size * h5_main.dtype.itemsize
    if size > _LARGE and not force:
        warn(
            f"{h5_main.name} of {size / 2**20:.0f} MiB is not written, since text is several "
            "times larger: write it with force=True, or as numbers with numpy.save"
        )
        return None
    if path.exists() and not force:
        msg = f"{str(path)!r} exists: give another output_path, or replace it with force=True"
        raise FileExistsError(msg)
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerows(_header(h5_main))
            for lines in _body(h5_main):
                file.writelines(lines)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return str(path)


def _path(h5_main: USIDataset, given: Any) -> Path:
    if given is None:
        file = Path(h5_main.file.filename)
        return file.with_name(f"{file.stem}{h5_main.name.replace('/', '-')}.csv")
    if not isinstance(given, (str, os.PathLike)):
        msg = f"output_path should be a path, not {type(given).__name__}"
        raise TypeError(msg)
    return Path(given)


def _header(h5_main: USIDataset) -> Iterator[list[str]]:
    positions, steps = h5_main._sides
    fields = h5_main.dtype.names or ("",)
    blank = [""] * (len(positions.labels) - 1)
    for descriptor, row in zip(steps.descriptors, steps.values, strict=True):
        yield [*blank, descriptor, *[str(value) for value in row] * len(fields)]
    if h5_main.dtype.names:
        yield [*blank, "Field", *[field for field in fields for _ in range(steps.count)]]
    yield [*positions.descriptors, *[_RULER] * (steps.count * len(fields))]


def _body(h5_main: USIDataset) -> Iterator[list[str]]:
    """Give the lines of the positions, block by block."""
    where = h5_main._sides[0].values
    rows = max(_BLOCK // max(h5_main.shape[1] * h5_main.dtype.itemsize, 1), 1)
    for start in range(0, h5_main.shape[0], rows):
        numbers = _columns(h5_main[start : start + rows])
        cell = "(%.18e%+.18ej)" if numbers.dtype.kind == "c" else "%.18e"
        line = ",".join([cell] * numbers.shape[1]) + "\n"
        places = where[:, start : start + rows].T
        yield [
            ",".join([str(value) for value in place] + [line % _cells(row)])
            for place, row in zip(places, numbers, strict=True)
        ]


def _columns(block: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if block.dtype.names is None:
        return block
    return np.concatenate([block[field] for field in block.dtype.names], axis=1)


def _cells(row: npt.NDArray[Any]) -> tuple[float, ...]:
    if row.dtype.kind == "c":
        return tuple(part for value in row.tolist() for part in (value.real, value.imag))
    return tuple(row.tolist())
