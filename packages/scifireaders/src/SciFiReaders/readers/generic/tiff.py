"""TIFF files of microscopes and programs as Datasets.

The structure is parsed by `tiff_pages`, pixels are found by `tiff_pixels`, pages put
together by `tiff_series` and `tiff_ome`, and what microscopes note is understood by
`tiff_notes`.  Here these become labels:

- rows first, row 0 at the top as displayed (tag 274), then columns; frames, heights and
  times in front;
- the samples of a color image lie along the last axis, ``color``: red, green, blue, and
  where there is one alpha; samples that are no colors lie along ``channel``;
- a size of a pixel comes from the microscope's notes, else from ImageJ, OME or LSM, else from
  the resolution where it is none of a printer (`resolution`); a size that nobody gives
  leaves the axes without units.

Values are as stored: palettes (their table is in the metadata), calibrations of brightness
and white zeros are not applied.

Source: see the modules above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import LENGTHS, Axis, color_axis, dataset
from SciFiReaders.values import number

from .resolution import METRES, pixel_size
from .tiff_notes import notes_of
from .tiff_ome import ome_series
from .tiff_pages import parse_tiff, without_copies
from .tiff_series import axis, series_of

if TYPE_CHECKING:
    from os import PathLike

    from dask.array import Array

    from sidpy import Dataset

    from .notes import Notes, Step
    from .tiff_pages import Page, Tiff
    from .tiff_series import Series

__all__ = ["image_axis", "read_tiff"]

#: Tag 262: red, green, blue; its JPEG form, which is unpacked to the same.
_COLORS: Final = (2, 6)
_UNITS: Final = {2: "inch", 3: "cm"}


def read_tiff(path: str | PathLike[str]) -> list[Dataset]:
    """Read a TIFF: one Dataset per series of alike pages and per channel.

    Parameters
    ----------
    path : path-like
        The file; classic or BigTIFF, in either byte order.

    Returns
    -------
    list of Dataset
        [time, z, y, x, color], those of them that there are; lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile, UnsupportedFile
        When it is no TIFF, damaged, or of a type of sample nobody describes.
    MissingDependency
        When pixels are computed whose compression needs tifffile or imagecodecs.
    """
    document = parse_tiff(path)
    # OME counts the directories, copies among them
    found = ome_series(document) or series_of(without_copies(document))
    return [_label(document, series) for series in found]


def _label(document: Tiff, series: Series) -> Dataset:
    notes = notes_of(document, series.page)
    steps = _steps(series, notes)
    array, leading = series.array, series.leading
    if len(leading) == 1 and leading[0].name == "frame":
        leading = (_frame_axis(leading[0], notes),)
    shape = tuple(len(one.values) for one in leading)
    rows, columns, samples = array.shape[1:]
    axes = (
        *leading,
        image_axis("y", rows, steps.get("y")),
        image_axis("x", columns, steps.get("x")),
    )
    shape = (*shape, rows, columns)
    if samples > 1:
        shape, axes = (*shape, samples), (*axes, _samples(series, samples))
    kind = {2: "IMAGE", 3: "IMAGE_STACK"}.get(len(leading) + 2, "UNKNOWN")
    experiment = {key: value for part in notes[::-1] for key, value in part.experiment.items()}
    metadata: dict[str, Any] = {"experiment": {**experiment, **series.experiment}}
    if brightness := _brightness(series.page, series):
        metadata["brightness"] = brightness
    return dataset(
        _shaped(array, shape),
        axes,
        title=series.title,
        data_type=kind,
        quantity="intensity",
        source="SciFiReaders.tiff",
        metadata=metadata,
        original_metadata={
            **{part.vendor: part.original for part in notes if part.original},
            **series.original,
            "TIFF": series.page.shown(),
        },
    )


def _shaped(array: Array, shape: tuple[int, ...]) -> Array:
    """Return frames [frame, row, column, sample] in another shape, if need be by cutting."""
    frames, *_, samples = array.shape
    if shape[:1] == (frames,) and len(shape) + (samples == 1) == 4:
        return array[..., 0] if samples == 1 else array
    if frames == 1 and len(shape) + (samples == 1) == 3:
        return array[0, ..., 0] if samples == 1 else array[0]
    return array.reshape(shape)


def image_axis(name: str, count: int, step: Step | None) -> Axis:
    """Return the rows or columns of an image; without units where no size is known."""
    if step is None:
        return Axis(name, np.arange(count), "", name, "SPATIAL")
    origin, width, units = step
    if units.startswith("1/") or units in ("mrad", "rad"):
        quantity = "Reciprocal length" if units.startswith("1/") else "Angle"
        return Axis(name, origin + np.arange(count) * width, units, quantity, "RECIPROCAL")
    quantity = "Length" if units in LENGTHS else name
    return Axis(name, origin + np.arange(count) * width, units, quantity, "SPATIAL")


def _samples(series: Series, count: int) -> Axis:
    if series.layout.photometric in _COLORS and count in (3, 4):
        return color_axis(count)
    return Axis("channel", np.arange(count), "", "channel", "CHANNEL")


def _steps(series: Series, notes: list[Notes]) -> dict[str, Step]:
    """Return the sizes of a pixel from the first who knows them."""
    if series.steps:
        return _turned(series, series.steps)
    for part in notes:
        if "x" in part.axes or "y" in part.axes:
            return _turned(series, part.axes)
    return _turned(series, _resolution(series.page))


def _turned(series: Series, steps: dict[str, Step]) -> dict[str, Step]:
    """Exchange rows and columns where tag 274 does."""
    if series.layout.orientation not in (5, 6, 7, 8):
        return steps
    return {{"x": "y", "y": "x"}.get(name, name): step for name, step in steps.items()}


def _resolution(page: Page) -> dict[str, Step]:
    unit = _UNITS.get(page.number(296, 2), "")
    found: dict[str, Step] = {}
    for name, tag, origin in (("x", 282, 286), ("y", 283, 287)):
        size = pixel_size(number(page.tags.get(tag)) or 0.0, unit)
        if size:
            start = (number(page.tags.get(origin)) or 0.0) * METRES[unit]
            found[name] = (start, size, "m")
    return found if len(found) == 2 else {}


def _frame_axis(frames: Axis, notes: list[Notes]) -> Axis:
    """Return the axis of a stack with what a microscope says of its third dimension."""
    step = next((part.axes["z"] for part in notes if "z" in part.axes), None)
    if step is None:
        return frames
    return axis("z" if step[2] in LENGTHS else "frame", len(frames.values), step)


def _brightness(page: Page, series: Series) -> dict[str, Any]:
    """Return what numbers mean that somebody calibrated; the numbers stay as they are."""
    scale, units = number(page.tags.get(65025)), page.text(65022)
    origin = number(page.tags.get(65024))
    if 65009 in page.tags and scale not in (None, 1.0):
        return {"origin": origin or 0.0, "scale": scale, "units": units}
    notes = series.original.get("ImageJ", {})
    slope, start = number(notes.get("c1")), number(notes.get("c0"))
    if slope is None or notes.get("cf", 0) != 0:
        return {}
    return {"origin": start or 0.0, "scale": slope, "units": str(notes.get("vunit", ""))}
