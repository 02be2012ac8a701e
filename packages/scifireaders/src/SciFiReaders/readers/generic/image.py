"""Pictures, PNG, JPEG, GIF, BMP and WebP, as Datasets.

What the formats note of the size of a pixel:

========= ===========================================================================
format    note
========= ===========================================================================
PNG       ``pHYs``: pixels per metre; of 16 bits a sample or fewer
JPEG      JFIF density per inch or cm; Exif 282, 283, 296
BMP       pixels per metre
Renishaw  Exif FEA0 (x, y of the upper left corner) and FEA1 (width, height), in the unit
          of Exif A210: 2 inch, 3 cm, 4 mm, 5 µm; the same inside its ``.wdf``
beside    notes of JEOL, Hitachi and Tescan, as for TIFF
========= ===========================================================================

Densities that screens and printers have are no lengths (`resolution`).  Colors are the
last axis; frames of an animation the first; the orientation that Exif notes is applied.

Sources: ISO/IEC 15948 (PNG); JFIF 1.02; CIPA DC-008 (Exif 2.32); CompuServe, "GIF89a";
Microsoft, "BITMAPINFOHEADER"; py-wdf-reader (MIT), notes on pictures of WiRE.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, color_axis, dataset
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import number

from .beside import notes_beside
from .pictures import Picture
from .resolution import pixel_size
from .tiff import image_axis, read_tiff
from .tiff_pages import MAGIC as TIFF_MAGIC
from .tiff_series import axis

if TYPE_CHECKING:
    from os import PathLike

    from dask.array import Array

    from sidpy import Dataset

    from .notes import Notes, Step

__all__ = ["ImageReader", "image_inside", "read_image"]

#: Exif A210: units of the focal plane and of WiRE's places, in micrometres.
_PLANE_UNITS: Final = {2: 25_400.0, 3: 10_000.0, 4: 1_000.0, 5: 1.0}
_EXIF_UNITS: Final = {2: "inch", 3: "cm"}
#: Exif tags that are conditions of the experiment.
_CONDITIONS: Final = {
    33434: "exposure_time",
    272: "microscope",
    270: "sample",
    36867: "start_date_time",
}


def read_image(path: str | PathLike[str], **image_args: Any) -> list[Dataset]:
    """Read a picture.

    Parameters
    ----------
    path : path-like
        The file.
    **image_args
        For `PIL.Image.open`.

    Returns
    -------
    list of Dataset
        One: [y, x], with colors [y, x, color], of an animation [frame, y, x, color]; lazy.

    Raises
    ------
    MissingDependency
        Without pillow; without imagecodecs for colors of 16 bits.
    UnrecognisedFile, CorruptFile, UnsupportedFile
        When it is no picture, damaged, or too large.
    """
    picture = Picture(path, **image_args)
    return [_label(picture, notes_beside(path, picture.shape[2]), Path(path).stem)]


def image_inside(path: str | PathLike[str], span: tuple[int, int], title: str) -> Dataset:
    """Return the picture that lies inside a file of something else.

    Parameters
    ----------
    path : path-like
        The file.
    span : (int, int)
        Where the picture begins and how many bytes it has.
    title : str
        What it shows.

    Returns
    -------
    Dataset
        As `read_image` has it.

    Raises
    ------
    MissingDependency, UnrecognisedFile, CorruptFile, UnsupportedFile
        As `read_image`.
    """
    return _label(Picture(path, span), None, title)


def _label(picture: Picture, notes: Notes | None, title: str) -> Dataset:
    import dask.array as da

    array = da.from_array(picture, chunks=(1, *picture.shape[1:]), asarray=True, fancy=False)
    steps = notes.axes if notes and notes.axes else _steps(picture)
    array, steps = _upright(array, steps, picture.exif.get(274, 1))
    frames, rows, columns, samples = array.shape
    axes = (image_axis("y", rows, steps.get("y")), image_axis("x", columns, steps.get("x")))
    kind = "IMAGE"
    if frames > 1:
        axes, kind = (axis("frame", frames, None), *axes), "IMAGE_STACK"
    else:
        array = array[0]
    if samples > 1:
        colors = samples == 3 or picture.samples.startswith("red")
        last = Axis("channel", np.arange(samples), "", picture.samples, "CHANNEL")
        axes = (*axes, color_axis(samples) if colors else last)
    else:
        array = array[..., 0]
    original = {"Exif": {str(tag): _plain(value) for tag, value in picture.exif.items()}}
    original |= {picture.kind: picture.info}
    original |= {notes.vendor: notes.original} if notes else {}
    return dataset(
        array,
        axes,
        title=title,
        data_type=kind,
        quantity="intensity",
        source="SciFiReaders.image",
        metadata={
            "experiment": {**(notes.experiment if notes else {}), **_experiment(picture)},
        },
        original_metadata=original,
    )


def _upright(array: Array, steps: dict[str, Step], turn: Any) -> tuple[Array, dict[str, Step]]:
    """Turn the frames as Exif says, so that row 0 is the top as displayed."""
    if turn in (5, 6, 7, 8):
        array = array.transpose(0, 2, 1, 3)
        steps = {{"x": "y", "y": "x"}[name]: step for name, step in steps.items() if name in "xy"}
    if turn in (3, 4, 7, 8):
        array = array[:, ::-1]
    if turn in (2, 3, 6, 7):
        array = array[:, :, ::-1]
    return array, steps


def _steps(picture: Picture) -> dict[str, Step]:
    """Return the size of a pixel along x and y, none where it is not known."""
    place, field = (_pair(picture.exif.get(tag)) for tag in (0xFEA0, 0xFEA1))
    scale = _PLANE_UNITS.get(picture.exif.get(0xA210, 0))
    if place and field and scale and min(field) > 0:
        sizes = (picture.shape[2], picture.shape[1])
        wide = [field[i] * scale / sizes[i] for i in (0, 1)]
        # the place is that of the corner: half a pixel before the middle of the first
        return {
            name: (place[i] * scale + wide[i] / 2, wide[i], "µm") for i, name in enumerate("xy")
        }
    found: dict[str, Step] = {}
    for name, density, unit in zip("xy", *_density(picture), strict=False):
        size = pixel_size(density, unit)
        if size:
            found[name] = (0.0, size, "m")
    return found if len(found) == 2 else {}


def _density(picture: Picture) -> tuple[tuple[float, ...], tuple[str, str]]:
    """Return pixels per unit along x and y, and the unit."""
    exif = [number(_plain(picture.exif.get(tag))) for tag in (282, 283)]
    unit = _EXIF_UNITS.get(picture.exif.get(296, 2), "")
    if None not in exif and 296 in picture.exif:
        return tuple(value or 0.0 for value in exif), (unit, unit)
    dots = _pair(picture.info.get("dpi")) or (0.0, 0.0)
    if picture.kind == "JPEG" and picture.info.get("jfif_unit") == 2:
        return _pair(picture.info.get("jfif_density")) or (0.0, 0.0), ("cm", "cm")
    # Pillow makes dots per inch of what PNG and BMP count per metre
    per_metre = {"PNG": 0.0254, "BMP": 1 / 39.3701}.get(picture.kind)
    if per_metre is None:
        return dots, ("inch", "inch")
    return (dots[0] / per_metre, dots[1] / per_metre), ("m", "m")


def _pair(value: Any) -> tuple[float, float] | None:
    if not isinstance(value, tuple) or len(value) != 2:
        return None
    numbers = [number(_plain(part)) for part in value]
    return (numbers[0], numbers[1]) if None not in numbers else None  # type: ignore[return-value]  # checked


def _plain(value: Any) -> Any:
    """Return a value of Exif as plain Python; fractions are numbers of Pillow's own."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, bytes):
        return f"{len(value)} bytes" if len(value) > 1024 else value.decode("latin-1").rstrip("\0")
    if isinstance(value, str | int):
        return value
    try:
        return float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None if value is None else str(value)


def _experiment(picture: Picture) -> dict[str, Any]:
    found = {key: _plain(picture.exif.get(tag)) for tag, key in _CONDITIONS.items()}
    return {key: value for key, value in found.items() if value not in (None, "")}


class ImageReader(ReleasedReader):
    """Pictures and TIFF, labelled as the released package does.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    """

    function = "SciFiReaders.readers.generic.image:read_image"
    container = "one"
    spec = "SciFiReaders.image"

    def __init__(self, file_path: str | PathLike[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(file_path, bool((args[:1] or [kwargs.get("verbose", False)])[0]))

    def can_read(self) -> bool:
        """Say whether `sidpy.read` would take the file for a picture or a TIFF."""
        from sidpy import explain

        return explain(self._input_file_path).chosen in (self.spec, "SciFiReaders.tiff")

    def read(self, **image_args: Any) -> Dataset:
        """Read the picture, of a TIFF the first series.

        Parameters
        ----------
        **image_args
            For `PIL.Image.open`.

        Returns
        -------
        Dataset
            [y, x], with colors [y, x, s]; titled "Image", in arbitrary units.
        """
        with Path(self._input_file_path).open("rb") as file:
            is_tiff = file.read(4) in TIFF_MAGIC
        call = read_tiff if is_tiff else read_image
        found = call(self._input_file_path, **({} if is_tiff else image_args))
        for one in found:
            _relabel(one)
        result: Dataset = self._contained(found)
        return result


def _relabel(one: Dataset) -> None:
    """Give a picture the labels that the released package gives."""
    import sidpy

    one.title, one.quantity, one.units = "Image", "Intensity", "a. u."
    for i, old in dict(one._axes).items():
        quantity = {"y": "Length", "x": "Width"}.get(old.name, old.quantity)
        name = "s" if old.dimension_type is sidpy.DimensionType.CHANNEL else old.name
        one.set_dimension(
            i,
            sidpy.Dimension(
                old.values,
                name=name,
                quantity=quantity,
                units=old.units,
                dimension_type=old.dimension_type,
            ),
        )
