"""Scans and series of diffraction patterns, whatever detector took them.

Frames of one size at regular distances in a file become [y, x, v, u] where something says
how they were scanned, [frame, v, u] where nothing does, and one pattern an image.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from sidpy._warnings import warn
from sidpy.errors import SidpyWarning

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Frames", "label_frames"]


@dataclass(frozen=True)
class Frames:
    """Frames in a file.

    Attributes
    ----------
    offset, stride : int
        Where the first number of the first frame lies, and how far the next frame is.
    row_stride : int
        How far the next row of a frame is, in bytes; negative where the file begins with
        the lowest row.
    scan : (int, int), optional
        Lines of the scan and frames to a line.
    steps : (float, float), optional
        Of the scan along y and x, nm.
    pixel : (float, str), optional
        Edge of a pixel of the detector and its unit.
    times : ndarray of shape (count,), s, optional
        When the frames were taken.
    """

    path: str | PathLike[str]
    dtype: np.dtype
    count: int
    rows: int
    columns: int
    offset: int
    stride: int
    row_stride: int
    scan: tuple[int, int] | None = None
    steps: tuple[float, float] | None = None
    pixel: tuple[float, str] | None = None
    times: np.ndarray | None = None
    experiment: dict[str, Any] = field(default_factory=dict)
    original: dict[str, Any] = field(default_factory=dict)

    def pixels(self) -> tuple[Any, bool]:
        """Return the lazy array, and whether it is a scan."""
        size = self.dtype.itemsize
        plane = (self.rows, self.columns)
        inner = (self.row_stride, size)
        lines = self.lines()
        if lines:
            width = self.scan[1] if self.scan else 1
            shape, outer = (lines, width), (width * self.stride, self.stride)
        elif self.count > 1:
            shape, outer = (self.count,), (self.stride,)
        else:
            shape, outer = (), ()
        source = StridedArray(self.path, self.dtype, shape + plane, self.offset, outer + inner)
        return lazy(source), bool(lines)

    def lines(self) -> int:
        """Return how many lines of the scan are complete, 0 for no scan."""
        if self.scan is None or self.count < self.scan[1] or min(self.scan) < 1:
            return 0
        lines = min(self.count // self.scan[1], self.scan[0])
        planned = self.scan[0] * self.scan[1]
        if lines * self.scan[1] < min(self.count, planned):
            msg = (
                f"{self.path}: the scan stopped after {self.count} of {planned} frames; the "
                f"{lines} complete lines are returned"
            )
            warn(msg, SidpyWarning)
        return lines


def label_frames(
    frames: Frames,
    *,
    title: str,
    source: str,
    units: str = "counts",
    array: Any = None,
    scanned: bool = False,
) -> Dataset:
    """Return the dataset of frames; no frame is read.

    Parameters
    ----------
    frames : Frames
        What the file says.
    title, source, units : str
        Labels.
    array : dask array of shape (frames, rows, columns), optional
        Instead of the frames of this file, where several files make a series.
    scanned : bool
        Whether `array` is a scan, of shape (lines, frames to a line, rows, columns).
    """
    array, scanned = frames.pixels() if array is None else (array, scanned)
    axes: list[Axis] = []
    if scanned:
        steps = frames.steps or (None, None)
        for name, size, step in zip("yx", array.shape, steps, strict=False):
            axes.append(_along(name, size, step))
    elif array.ndim == 3:
        times = frames.times
        values = np.arange(array.shape[0]) if times is None else times
        axes.append(Axis("frame", values, "" if times is None else "s", "frame", "TEMPORAL"))
    count = frames.count if scanned or array.ndim < 3 else array.shape[0]
    step, unit = frames.pixel or (1.0, "")
    far = unit in ("", "mrad", "1/nm", "1/Å", "deg", "rad")
    for name, size in zip("vu", array.shape[-2:], strict=True):
        quantity = ("reciprocal distance" if unit.startswith("1/") else "angle") if unit else ""
        kind = "RECIPROCAL" if far else "SPATIAL"
        axes.append(
            Axis(name, np.arange(size) * step, unit, quantity if far else "distance", kind)
        )
    return dataset(
        array,
        tuple(axes),
        title=title,
        data_type={2: "IMAGE", 3: "IMAGE_STACK", 4: "IMAGE_4D"}[array.ndim],
        units=units,
        quantity="intensity",
        source=source,
        metadata={"experiment": {**frames.experiment, "number_of_frames": count}},
        original_metadata=frames.original,
    )


def _along(name: str, size: int, step: float | None) -> Axis:
    if not step:
        return Axis(name, np.arange(size), "", "generic", "SPATIAL")
    return Axis(name, np.arange(size) * step, "nm", "distance", "SPATIAL")
