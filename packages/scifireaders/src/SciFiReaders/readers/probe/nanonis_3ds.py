"""Nanonis grids of spectra (``.3ds``) as Datasets.

========== ================== =====================================================
bytes      type               meaning
========== ================== =====================================================
0          text               ``Key=value`` or ``Key="value"`` lines, CR LF
..         text               ``:HEADER_END:`` and the end of its line
..         f32 big-endian     per pixel, x fastest: the parameters, then channel by
                              channel the points of the sweep
========== ================== =====================================================

Keys used: ``Grid dim`` (``"nx x ny"``), ``Grid settings`` (centre x, y; width, height; m;
angle; deg), ``Sweep Signal``, ``Fixed parameters`` and ``Experiment parameters`` (names of
the parameters of a pixel, ``;`` between), ``# Parameters (4 byte)``, ``Experiment size
(bytes)``, ``Points``, ``Channels``; with ``Filetype=MLS`` the segments of the sweep,
``Segment Start (V), Segment End (V), ...=start,end,settling,integration,steps,...;...``.

The points of a sweep run from ``Sweep Start`` to ``Sweep End`` of its pixel.  Pixels are
width / nx apart, as the positions in the parameters prove; the grid is turned by its angle
about its centre.  A grid that was stopped has fewer pixels: the rest is NaN.

Source: SPECS Zurich, "Nanonis SPM Control System, User Manual", chapter "3ds file format".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import SidpyWarning, UnrecognisedFile

from .nanonis_header import Channel, axis_of, channel, conditions, switch

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Grid", "Nanonis3dsReader", "parse_3ds", "read_3ds"]

FORMAT: Final = "nanonis.3ds"

# --- layout ---------------------------------------------------------------------------

MAGIC: Final = b"Grid dim="
HEADER_END: Final = b":HEADER_END:"
NUMBER: Final = np.dtype(">f4")
LONGEST_HEADER: Final = 1 << 20
#: A grid that was stopped may announce much more than it holds, but not more than this.
MOST_PIXELS: Final = 1 << 20

_DIM: Final = re.compile(r"(\d{1,9})\s*x\s*(\d{1,9})")
_SEGMENTS: Final = "segment start (v), segment end (v)"

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grid:
    """What a grid file holds, its numbers left in the file."""

    path: str | PathLike[str]
    header: dict[str, Any]
    """Typed values by the keys of the file."""
    pixels: tuple[int, int]
    """Number of columns and rows."""
    points: int
    parameters: tuple[str, ...]
    """Names of the parameters of a pixel that have one."""
    channels: tuple[str, ...]
    offset: int
    record: int
    """Bytes of one pixel."""
    first: int
    """Bytes of its parameters."""
    complete: int
    """Number of pixels that are in the file."""
    sweep: tuple[float | None, float | None]
    """Begin and end of the sweep of the first pixel."""

    @property
    def lowered(self) -> dict[str, Any]:
        """The header with keys in lower case."""
        return {key.lower(): value for key, value in self.header.items()}


def parse_3ds(path: str | PathLike[str]) -> Grid:
    """Read everything of a grid but its spectra.

    Raises
    ------
    UnrecognisedFile
        When the file does not begin as a grid does.
    CorruptFile
        When the header has no end, lacks a key, contradicts itself or not one pixel is
        complete.
    """
    with open_cursor(path, format=FORMAT, order=">") as cursor:
        header = _header(cursor)
        keys = {key.lower(): value for key, value in header.items()}
        columns, rows = _pixels(cursor, keys)
        names = _names(keys, "fixed parameters") + _names(keys, "experiment parameters")
        channels = _names(keys, "channels")
        points = _count(cursor, keys, "points", least=1)
        first = 4 * _count(cursor, keys, "# parameters (4 byte)", least=len(names))
        size = 4 * points * len(channels)
        announced = number(keys.get("experiment size (bytes)"))
        if not channels or (announced is not None and announced != size):
            msg = (
                f"{len(channels)} channels of {points} points take {size} bytes per pixel, but "
                f"'Experiment size (bytes)' is {announced!r}"
            )
            raise cursor.corrupt(msg, offset=0)
        offset, record = cursor.position, first + size
        complete = min(cursor.left // record, columns * rows)
        _check_pixels(cursor, columns * rows, complete, record)
        values = cursor.array(NUMBER, len(names), "parameters of the first pixel")
    known = dict(zip(names, values.tolist(), strict=True))
    ends = (number(known.get("Sweep Start")), number(known.get("Sweep End")))
    return Grid(
        path, header, (columns, rows), points, names, channels,
        offset, record, first, complete, ends,
    )  # fmt: skip


def _header(cursor: Cursor) -> dict[str, Any]:
    if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
        msg = f"not a Nanonis grid: it does not begin with {MAGIC.decode()}"
        raise UnrecognisedFile(msg, path=cursor.path, format=FORMAT, offset=0)
    cursor.position = 0
    raw = cursor.take(min(cursor.size, LONGEST_HEADER), "header")
    place = raw.find(HEADER_END)
    end = raw.find(b"\n", place)
    if place < 0 or end < 0:
        msg = f"the header has no end ({HEADER_END.decode()})"
        raise cursor.corrupt(msg)
    cursor.position = end + 1
    pairs = (line.partition("=") for line in decode(raw[:place]).splitlines() if "=" in line)
    return {key.strip(): switch(value.strip().strip('"')) for key, _, value in pairs}


def _pixels(cursor: Cursor, keys: dict[str, Any]) -> tuple[int, int]:
    match = _DIM.fullmatch(str(keys.get("grid dim", "")).strip())
    if match is None or not int(match[1]) * int(match[2]):
        msg = f"Grid dim should be two positive numbers, found {keys.get('grid dim')!r}"
        raise cursor.corrupt(msg, offset=0)
    return int(match[1]), int(match[2])


def _names(keys: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(keys.get(key, "")).split(";") if part.strip())


def _count(cursor: Cursor, keys: dict[str, Any], key: str, *, least: int) -> int:
    value = keys.get(key)
    if not isinstance(value, int) or not least <= value <= cursor.size:
        msg = f"{key!r} should be a number of {least} or more, found {value!r}"
        raise cursor.corrupt(msg, offset=0)
    return value


def _check_pixels(cursor: Cursor, total: int, complete: int, record: int) -> None:
    if not complete or (complete < total > MOST_PIXELS):
        msg = (
            f"a grid of {total} pixels of {record} bytes is announced, but only {cursor.left} "
            "bytes follow; it is cut short or its header is damaged"
        )
        raise cursor.corrupt(msg)


# --- label ----------------------------------------------------------------------------


def read_3ds(path: str | PathLike[str]) -> list[Dataset]:
    """Read a grid: a Dataset [y, x, sweep] per channel, an image per parameter.

    Row 0 is the line that was measured first, y is its place in the frame of the grid,
    which is turned by ``scan.angle`` about its centre; where the tip really was is in the
    images ``X`` and ``Y``, where the file has them.

    Warns
    -----
    SidpyWarning
        When the grid was stopped or cut short; pixels not measured are NaN.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_3ds`.
    """
    grid = parse_3ds(path)
    return [*_spectra(grid, ("y", "x")), *_maps(grid, ("y", "x"))]


def read_channels(path: str | PathLike[str]) -> list[Dataset]:
    """Read the channels alone; the axes are called Y and X."""
    return _spectra(parse_3ds(path), ("Y", "X"))


class Nanonis3dsReader(ReleasedReader):
    """Nanonis grids: one Dataset per channel, without the parameters.

    Parameters
    ----------
    file_path : str or path-like
        The ``.3ds`` file.
    """

    function = "SciFiReaders.readers.probe.nanonis_3ds:read_channels"
    container = "list"
    spec = "SciFiReaders.nanonis_3ds"


def _spectra(grid: Grid, names: tuple[str, str]) -> list[Dataset]:
    columns, rows = grid.pixels
    if grid.complete < columns * rows:
        message = (
            f"{str(grid.path)!r}: {grid.complete} of the {columns * rows} spectra of the grid "
            "are in the file; the others are NaN"
        )
        warn(message, SidpyWarning)
    axes = (*_axes(grid, names), _sweep(grid))
    metadata = _metadata(grid)
    found = []
    for i, text in enumerate(grid.channels):
        array = _array(grid, grid.first + 4 * i * grid.points, grid.points)
        found.append(_labelled(grid, array, axes, channel(text), metadata))
    return found


def _maps(grid: Grid, names: tuple[str, str]) -> list[Dataset]:
    axes, metadata = _axes(grid, names), _metadata(grid)
    return [
        _labelled(grid, _array(grid, 4 * i, 1)[..., 0], axes, channel(text), metadata)
        for i, text in enumerate(grid.parameters)
    ]


def _labelled(
    grid: Grid, array: Any, axes: tuple[Axis, ...], what: Channel, metadata: dict[str, Any]
) -> Dataset:
    scan = {**metadata["scan"], "sweep_direction": what.direction}
    columns, rows = grid.pixels
    header = {
        **grid.header,
        "dim_px": [columns, rows],
        "sweep_signal": grid.lowered.get("sweep signal"),
        **{key: value for key, value in _frame(grid).items() if value is not None},
    }
    return dataset(
        array,
        axes,
        title=what.name,
        data_type="SPECTRAL_IMAGE" if len(axes) == 3 else "IMAGE",
        units=what.units,
        quantity=what.quantity,
        source="SciFiReaders.Nanonis3dsReader",
        metadata={**metadata, "scan": scan},
        original_metadata=header,
    )


def _array(grid: Grid, inner: int, points: int) -> Any:
    """Return [row, column, point], NaN where the file has ended."""
    import dask.array as da

    columns, rows = grid.pixels
    done, rest = divmod(grid.complete, columns)
    line = columns * grid.record

    def block(first: int, shape: tuple[int, int, int]) -> Any:
        place = grid.offset + first * line + inner
        return lazy(StridedArray(grid.path, NUMBER, shape, place, (line, grid.record, 4)))

    pieces = [block(0, (done, columns, points))] if done else []
    if rest:
        missing = da.full((1, columns - rest, points), np.nan, dtype="f4")
        pieces.append(da.concatenate([block(done, (1, rest, points)), missing], axis=1))
    if left := rows - done - bool(rest):
        pieces.append(da.full((left, columns, points), np.nan, dtype="f4"))
    return pieces[0] if len(pieces) == 1 else da.concatenate(pieces)


def _frame(grid: Grid) -> dict[str, Any]:
    """Return centre, size and angle of the grid, None where the header does not say."""
    words = str(grid.lowered.get("grid settings", "")).split(";")
    values = [number(word) for word in words]
    pos, size = values[:2], values[2:4]
    return {
        "pos_xy": pos if len(pos) == 2 and None not in pos else None,
        "size_xy": size if len(size) == 2 and None not in size else None,
        "angle": values[4] if len(values) > 4 else None,
    }


def _axes(grid: Grid, names: tuple[str, str]) -> tuple[Axis, Axis]:
    columns, rows = grid.pixels
    frame = _frame(grid)
    centre, size = frame["pos_xy"] or (0.0, 0.0), frame["size_xy"]
    if size is None or not _has_extent(columns, size[0]) or not _has_extent(rows, size[1]):
        # the file does not say how large the grid is: pixels stay pixels
        return (
            Axis.scanned(names[0], np.arange(rows), "px"),
            Axis.scanned(names[1], np.arange(columns), "px"),
        )
    return (
        Axis.scanned(names[0], pixel_centres(rows, size[1], centre[1] - size[1] / 2), "m"),
        Axis.scanned(names[1], pixel_centres(columns, size[0], centre[0] - size[0] / 2), "m"),
    )


def _has_extent(pixels: int, length: float) -> bool:
    """A single line may be no width at all."""
    return length > 0 or (pixels == 1 and length == 0)


def _sweep(grid: Grid) -> Axis:
    signal = channel(str(grid.lowered.get("sweep signal", "")) or "sweep")
    start, end = grid.sweep
    values = None
    if parts := _segments(grid):
        values = _joined(parts, grid.points)
        if values is None:
            message = (
                f"{str(grid.path)!r}: the segments of the sweep have {sum(map(len, parts))} "
                f"steps, but there are {grid.points} points; where they lie is unknown"
            )
            warn(message, SidpyWarning)
    elif start is not None and end is not None:
        values = np.linspace(start, end, grid.points)
    if values is None:
        return Axis("point", np.arange(grid.points), "", "point", "SPECTRAL")
    return axis_of(signal, values)


def _segments(grid: Grid) -> list[np.ndarray]:
    """Return the steps of each segment of a sweep; none for a linear one."""
    keys = grid.lowered
    text = next((str(keys[key]) for key in keys if key.startswith(_SEGMENTS)), "")
    parts = []
    for segment in filter(None, text.split(";")):
        values = [number(word) for word in segment.split(",")]
        if len(values) < 5:
            return []
        start, end, steps = values[0], values[1], values[4]
        if start is None or end is None or not _is_count(steps, grid.points):
            return []
        parts.append(np.linspace(start, end, int(steps or 0)))
    return parts


def _joined(parts: list[np.ndarray], points: int) -> np.ndarray | None:
    """Put segments together that were measured with their common ends once, or twice."""
    once = [parts[0], *(b[1:] if a[-1] == b[0] else b for a, b in pairwise(parts))]
    return next(
        (f for f in (np.concatenate(parts), np.concatenate(once)) if f.size == points), None
    )


def _is_count(value: float | None, most: int) -> bool:
    return value is not None and 1 <= value <= most + 1


def _metadata(grid: Grid) -> dict[str, Any]:
    """Return the values every probe microscope has, in SI units and degrees."""
    frame, keys = _frame(grid), grid.lowered
    columns, rows = grid.pixels
    scan = {
        "pixels": [columns, rows],
        "range": frame["size_xy"],
        "offset": frame["pos_xy"],
        "angle": frame["angle"],
        "completed": grid.complete,
    }
    experiment = conditions(keys)
    return {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": {key: value for key, value in scan.items() if value is not None},
    }
