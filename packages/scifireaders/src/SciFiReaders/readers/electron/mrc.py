"""MRC files: images, series, volumes, movies, and scans of diffraction patterns.

The bytes are described in `mrc_header`.  Rows are returned in the order of the file.

A movie becomes a scan, [y, x, v, u], where something says how it was scanned: the
extended header of a 4D-STEM file of Velox (``Scan size ...``), or the ``_info.txt`` of
Direct Electron (``Scan - Size X``, ``Scan - Size Y``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, color_axis, dataset, lazy
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import SidpyWarning

from .mrc_header import Header, parse_header, side_notes

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset, FileArray

__all__ = ["MRCReader", "read_mrc"]

#: Key, place in the notes of Direct Electron, factor to its unit.
_NOTES: Final = (
    ("acceleration_voltage", "Instrument Accelerating Voltage (V)", 1.0),
    ("camera_length", "Instrument Project Camera Length (centimeters)", 1e-2),
    ("magnification", "Instrument Project Magnification", 1.0),
    ("single_exposure_time", "Frame Exposure Time (nanoseconds)", 1e-9),
    ("exposure_time", "Exposure Time (seconds)", 1.0),
    ("pixel_time", "Scan - Dwell Time (microseconds)", 1e-6),
)
#: The same for the extended header of FEI.
_FIELDS: Final = (
    ("acceleration_voltage", "HT", 1.0),
    ("camera_length", "Camera length", 1.0),
    ("magnification", "Magnification", 1.0),
    ("convergence_angle", "Convergence angle", 1e3),
    ("defocus", "Defocus", 1.0),
    ("exposure_time", "Integration time", 1.0),
    ("pixel_time", "Dwell time", 1.0),
    ("frame_time", "Frame time", 1.0),
)


@dataclass(frozen=True)
class Scan:
    """Where the frames of a movie were taken."""

    shape: tuple[int, int]
    steps: tuple[float | None, float | None]
    """Of rows and columns, nm."""


def read_mrc(
    path: str | PathLike[str],
    *,
    scan_pixel_size: float | None = None,
    handedness: str = "right",
) -> list[Dataset]:
    """Read an MRC file, rows first.

    Parameters
    ----------
    path : path-like
        The file.
    scan_pixel_size : float, nm, optional
        Step of the scan instead of what the file says.
    handedness : {"right", "left"}
        Left mirrors diffraction patterns: the first row becomes the last.

    Returns
    -------
    list of Dataset
        One: [y, x], [frame, y, x], [z, y, x] or [y, x, v, u].  Lazy.

    Raises
    ------
    UnrecognisedFile, UnsupportedFile, CorruptFile
        When it is no MRC file, of an unknown type, damaged or cut short.

    Warns
    -----
    SidpyWarning
        When a scan stopped early and its last line is left out.
    """
    if handedness not in ("right", "left"):
        msg = f"handedness should be 'right' or 'left', found {handedness!r}"
        raise ValueError(msg)
    header = parse_header(path)
    notes = side_notes(path)
    scan = _scan(header, notes, scan_pixel_size)
    if header.mode == 16:
        return [_label(header, notes, _stored(header, (3,)), None)]
    if scan is not None and 1 < header.shape[0] < scan.shape[1]:
        msg = f"{path}: the scan stopped within its first line; its frames are returned as a stack"
        warn(msg, SidpyWarning)
        scan = None
    if scan is None or header.shape[0] == 1 or header.mode == 101:
        return [_label(header, notes, _stored(header), scan)]
    array = _scanned(header, scan)
    if handedness == "left":
        array = array[:, :, ::-1]
    return [_label(header, notes, array, scan)]


def _stored(header: Header, colours: tuple[int, ...] = ()) -> Any:
    """Return the sections as a lazy array; a single one without its axis."""
    from sidpy import FileArray

    sections, rows, columns = header.shape
    if header.mode == 101:
        packed = (sections, rows, (columns + 1) // 2)
        source: Any = FourBits(FileArray(header.path, "u1", packed, header.offset), columns)
        array = lazy(source)
        return array if sections > 1 else array[0]
    shape = header.shape if sections > 1 else (rows, columns)
    return lazy(FileArray(header.path, header.dtype, shape + colours, header.offset))


def _scanned(header: Header, scan: Scan) -> Any:
    """Return a movie as [y, x, row, column]; the lines that were completed."""
    from sidpy import FileArray

    frames, rows, columns = header.shape
    lines, width = scan.shape
    complete = min(frames // width, lines)
    if complete * width < min(frames, lines * width):
        msg = (
            f"{header.path}: the scan stopped after {frames} of {lines * width} frames; "
            f"the {complete} complete lines are returned"
        )
        warn(msg, SidpyWarning)
    shape = (complete, width, rows, columns)
    return lazy(FileArray(header.path, header.dtype, shape, header.offset))


@dataclass(frozen=True)
class FourBits:
    """Images of two pixels to a byte, unpacked when they are indexed."""

    stored: FileArray
    columns: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Sections, rows, columns."""
        return (*self.stored.shape[:2], self.columns)

    @property
    def dtype(self) -> np.dtype:
        """Bytes."""
        return self.stored.dtype

    @property
    def ndim(self) -> int:
        """Three."""
        return 3

    @property
    def size(self) -> int:
        """Number of pixels."""
        return math.prod(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        return (*self.stored.__dask_tokenize__(), self.columns)

    def __getitem__(self, index: Any) -> np.ndarray:
        wanted = index if isinstance(index, tuple) else (index,)
        packed = self.stored[wanted[:2]]
        pixels = np.stack([packed & 0x0F, packed >> 4], axis=-1)
        whole = pixels.reshape(*packed.shape[:-1], -1)[..., : self.columns]
        return whole[(..., *wanted[2:])]


# --- scans ----------------------------------------------------------------------------


def _scan(header: Header, notes: dict[str, Any], step: float | None) -> Scan | None:
    """Return how the frames were scanned, or of what an image is a scan."""
    found = _fei_scan(header.fei) if header.fei else _noted_scan(notes)
    if found is None or step is None:
        return found
    return Scan(found.shape, (float(step), float(step)))


def _fei_scan(fei: dict[str, Any]) -> Scan | None:
    edges = [number(fei.get(f"Scan size {edge}")) for edge in ("top", "bottom", "left", "right")]
    if None in edges:
        return None
    top, bottom, left, right = (int(edge or 0) for edge in edges)
    shape = (bottom - top, right - left)
    if min(shape) <= 0:
        return None
    fields = [number(fei.get(f"Full scan FOV {axis}")) for axis in "YX"]
    steps = [
        size * 1e9 / count if size else None for size, count in zip(fields, shape, strict=True)
    ]
    return Scan(shape, (steps[0], steps[1]))


def _noted_scan(notes: dict[str, Any]) -> Scan | None:
    if notes.get("Scan - Enable") != "Enable":
        return None
    sizes = [number(notes.get(f"Scan - Size {axis}")) for axis in "YX"]
    shape = tuple(int(size or 0) for size in sizes)
    points = number(notes.get("Scan - Points"))
    if min(shape) <= 0 or (points and points != math.prod(shape)):
        return None  # a list of places of its own
    steps = [number(notes.get(f"Specimen Pixel Size {axis} (nanometers)")) for axis in "YX"]
    known = [step if step and step > 0 else None for step in steps]
    return Scan((shape[0], shape[1]), (known[0], known[1]))


# --- label ----------------------------------------------------------------------------


def _label(header: Header, notes: dict[str, Any], array: Any, scan: Scan | None) -> Dataset:
    axes = _axes(header, notes, array.shape, scan)
    kinds = {2: "IMAGE", 3: "IMAGE_STACK", 4: "IMAGE_4D"}
    integers = array.dtype.kind in "iu"
    detector = header.fei.get("STEM Detector name") or header.fei.get("Camera name")
    return dataset(
        array,
        axes,
        title=detector or "image",
        data_type="IMAGE" if header.mode == 16 else kinds[array.ndim],
        units="counts" if integers and (header.fei or notes) else "",
        quantity="intensity" if array.dtype.kind != "c" else "generic",
        source="SciFiReaders.MRCReader",
        metadata={"experiment": _experiment(header, notes)},
        original_metadata=_original(header, notes),
    )


def _axes(
    header: Header, notes: dict[str, Any], shape: tuple[int, ...], scan: Scan | None
) -> tuple[Axis, ...]:
    if len(shape) == 4 and scan is not None and header.mode != 16:
        near = [_place(name, shape[i], scan.steps[i]) for i, name in enumerate("yx")]
        return (*near, *_detector(header, notes, shape[2:]))
    plane = list(zip("yx", shape[-2:], strict=True))
    if header.mode == 16:
        plane = list(zip("yx", shape[-3:-1], strict=True))
        near = [
            _place(name, n, _step(header, i)) for i, (name, n) in zip((1, 0), plane, strict=True)
        ]
        return (*_series(header, shape, 4), *near, color_axis())
    steps = [_step(header, 1), _step(header, 0)]
    if scan is not None and len(shape) == 2 and shape == scan.shape and steps == [None, None]:
        steps = list(scan.steps)
    letters = ["xyz"[header.axes[i] - 1] for i in (1, 0)]
    near = [_place(letters[i], n, steps[i]) for i, (_, n) in enumerate(plane)]
    return (*_series(header, shape, 3), *near)


def _series(header: Header, shape: tuple[int, ...], with_series: int) -> list[Axis]:
    if len(shape) < with_series:
        return []
    if header.volume and (step := _step(header, 2)):
        return [_place("xyz"[header.axes[2] - 1], shape[0], step)]
    return [Axis("frame", np.arange(shape[0]), "", "frame", "TEMPORAL")]


def _step(header: Header, direction: int) -> float | None:
    """Return the edge of a pixel along columns (0), rows (1) or sections (2), nm."""
    axis = header.axes[direction] - 1
    size, count = number(header.cell[axis]), header.sampling[axis]
    return size / count / 10 if size and size > 0 and count > 0 else None


def _place(name: str, count: int, step: float | None) -> Axis:
    if not step:
        return Axis(name, np.arange(count), "", "generic", "SPATIAL")
    return Axis(name, np.arange(count) * step, "nm", "distance", "SPATIAL")


def _detector(header: Header, notes: dict[str, Any], shape: tuple[int, ...]) -> list[Axis]:
    """Return the axes of a diffraction pattern.

    The extended header has its pixel in 1/m; the notes do not say their unit.
    """
    axes = []
    for name, letter, count in zip("vu", "YX", shape, strict=True):
        step = number(header.fei.get(f"Pixel size {letter}"))
        if step and step > 1:
            values, units = np.arange(count) * step * 1e-9, "1/nm"
        else:
            noted = number(notes.get(f"Diffraction Pixel Size {letter}"))
            values, units = np.arange(count) * (noted if noted and noted > 0 else 1.0), ""
        axes.append(Axis(name, values, units, "reciprocal distance", "RECIPROCAL"))
    return axes


def _experiment(header: Header, notes: dict[str, Any]) -> dict[str, Any]:
    table, words = (_FIELDS, header.fei) if header.fei else (_NOTES, notes)
    found: dict[str, Any] = {
        key: value * factor for key, place, factor in table if (value := number(words.get(place)))
    }
    if header.fei:
        stage = {axis.lower(): header.fei.get(f"{axis}-Stage") for axis in "XYZ"}
        found["stage"] = {key: value for key, value in stage.items() if value is not None}
        found["microscope"] = header.fei.get("Microscope type")
        found["detector"] = header.fei.get("STEM Detector name") or header.fei.get("Camera name")
    found["number_of_frames"] = header.shape[0]
    seconds = number(notes.get("Timestamp (seconds since Epoch)"))
    if seconds and 0 < seconds < 1e11:
        found["start_date_time"] = datetime.fromtimestamp(seconds, UTC).isoformat()
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def _original(header: Header, notes: dict[str, Any]) -> dict[str, Any]:
    sections, rows, columns = header.shape
    known = {
        "nx": columns,
        "ny": rows,
        "nz": sections,
        "mode": header.mode,
        "mx my mz": list(header.sampling),
        "cell (Angstrom)": list(header.cell),
        "map axes": list(header.axes),
        "labels": header.labels,
    }
    parts = {"extended_header": header.fei, "side_file": notes}
    return {"header": known, **{name: part for name, part in parts.items() if part}}


class MRCReader(ReleasedReader):
    """Read an MRC file.

    Parameters
    ----------
    file_path : str or path-like
        The file.

    Attributes
    ----------
    data : dask array
        The pixels, after `read`.
    metadata : dict
        What the file says, after `read`.
    """

    function = "SciFiReaders.readers.electron.mrc:read_mrc"
    spec = "SciFiReaders.mrc"
    data: Any = None

    def __init__(self, file_path: str | PathLike[str]) -> None:
        super().__init__(file_path)
        self.metadata: dict[str, Any] = {}

    def read(
        self, handedness: str = "right", scan_pixel_size: float | None = None
    ) -> dict[str, Dataset]:
        """Read the file.

        Parameters
        ----------
        handedness : {"right", "left"}
            Left mirrors diffraction patterns.
        scan_pixel_size : float, nm, optional
            Step of the scan instead of what the file says.

        Returns
        -------
        dict of str to Dataset
            ``Channel_000``.
        """
        found = self._call(handedness=handedness, scan_pixel_size=scan_pixel_size)
        self.data, self.metadata = found[0], dict(found[0].original_metadata)
        return self._contained(found)
