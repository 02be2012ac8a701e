"""WITec Project (``.wip``) and its data files (``.wid``); their tags are in `wit_tags`.

============================= ======================================================
tag                           meaning
============================= ======================================================
``Data/DataClassName n``      class of what ``Data/Data n`` holds
``TData/ID``, ``Caption``     number by which others name it, title
``TDGraph``                   spectra: SizeX, SizeY, SizeGraph, GraphData (DataType, Data),
                              DataFieldInverted, LineValid, and the numbers of their
                              transformations and interpretations
``TDImage``                   an image: SizeX, SizeY, ImageData, ImageDataIsInverted
``TDBitmap``                  a picture: SizeX, SizeY, BitmapData, four bytes to a pixel
``TDSpectralTransformation``  wavelength of a channel, nm: polynomial, grating equation, or
                              polynomial between two channels
``TDLinearTransformation``    WorldOrigin + Scale * (i - ModelOrigin)
``TDLUTTransformation``       a table
``TDSpaceTransformation``     ViewPort3D: place of a pixel, µm, Rotation * Scale * (pixel -
                              ModelOrigin) + WorldOrigin, 3 x 3 column after column
``TDSpectralInterpretation``  UnitIndex, ExcitationWaveLength, nm
``TDZInterpretation``         UnitName of the numbers
============================= ======================================================

Numbers lie [x, y, channel], or [y, x, channel] where they are inverted.  Lines that are
not valid, where a scan stopped early, are NaN.  Pictures of projects before version 6 are
not read.

Source: "README on WIT-tag format" of the toolbox wit_io (MIT-0), and witio 0.2 (MIT-0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, color_axis, dataset, lazy
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

from .spectra import ascending, index_axis, spectra_type, spectral_axis, unit_of
from .wit_tags import MAGICS, Tag, parse_tags

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_wip"]

FORMAT: Final = "witec.wip"
_SOURCE: Final = "SciFiReaders.witec_wip"
#: Type of a number by `DataType`.
TYPES: Final = {
    1: "<i8", 2: "<i4", 3: "<i2", 4: "i1", 5: "<u4", 6: "<u2", 7: "u1", 8: "?", 9: "<f4",
    10: "<f8",
}  # fmt: skip
_HC: Final = 1239.84193
"""Energy times wavelength, eV nm."""
#: Quantity and units by `UnitIndex` of a spectral interpretation.
_SPECTRAL: Final = (
    *(("Wavelength", "nm"), ("Wavelength", "µm"), ("Wavenumber", "1/cm")),
    *(("Raman shift", "1/cm"), ("Energy", "eV"), ("Energy", "meV")),
    *(("Energy shift", "eV"), ("Energy shift", "meV")),
)
_MOST: Final = 1 << 16


@dataclass(frozen=True)
class Entry:
    """One of the data of a project."""

    kind: str
    tag: Tag

    def part(self, name: str) -> Tag:
        """Return one of its tags, an empty one where it is missing."""
        return self.tag.children.get(name) or Tag(name, 0, 0, 0)


@dataclass(frozen=True)
class Project:
    """A file, open, with its data by their numbers."""

    cursor: Cursor
    path: str | PathLike[str]
    entries: tuple[Entry, ...]
    by_id: dict[int, Entry]

    def linked(self, payload: Tag, name: str) -> Entry | None:
        """Return what a payload names by its number."""
        number = payload.number(self.cursor, name)
        return self.by_id.get(int(number)) if number is not None else None


def read_wip(path: str | PathLike[str]) -> list[Dataset]:
    """Read every graph, image and picture of a project.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        In the order of the project: spectra [channel], [x, channel] or [y, x, channel],
        images [y, x], pictures [y, x, colour].  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or its tree is damaged.

    Warns
    -----
    SidpyWarning
        When lines of a scan are missing, or one of the data is damaged and left out.
    """
    found: list[Dataset] = []
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size < 8 or cursor.take(8) not in MAGICS:
            msg = "not a file of WITec Project: it does not begin with WIT_PR06 or the like"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        project = _project(cursor, path)
        for entry in project.entries:
            make = _MAKERS.get(entry.kind)
            try:
                found += [make(project, entry)] if make is not None else []
            except CorruptFile as error:
                warn(f"{path}: one {entry.kind} is left out: {error}", SidpyWarning)
    if not found:
        msg = "it holds no spectra and no images"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _project(cursor: Cursor, path: str | PathLike[str]) -> Project:
    data = parse_tags(cursor).find("Data") or Tag("Data", 0, 0, 0)
    entries = []
    for name, tag in data.children.items():
        number = name.removeprefix("Data ")
        if number.isdigit():
            kind = data.text(cursor, f"DataClassName {number}")
            entries.append(Entry(kind, tag))
    by_id = {int(e.tag.number(cursor, "TData/ID", -1)): e for e in entries}
    return Project(cursor, path, tuple(entries), by_id)


def _size(project: Project, payload: Tag, name: str) -> int:
    size = int(payload.number(project.cursor, name, 0))
    if not 0 < size < 1 << 31:
        msg = f"{name} of {size} cannot be"
        raise project.cursor.corrupt(msg, offset=payload.start)
    return size


def _numbers(
    project: Project, payload: Tag, name: str, shape: tuple[int, ...], *, inverted: bool
) -> Any:
    """Return numbers that lie [x, y, ...], or [y, x, ...] if inverted, as [y, x, ...]."""
    from sidpy import FileArray

    block = payload.find(f"{name}/Data")
    code = int(payload.number(project.cursor, f"{name}/DataType", 0))
    needed = int(np.prod(shape, dtype=object)) * np.dtype(TYPES.get(code, "u1")).itemsize
    if block is None or code not in TYPES or block.end - block.start != needed:
        msg = f"{name} of type {code} should have {needed} bytes for the shape {shape}"
        raise project.cursor.corrupt(msg, offset=payload.start)
    rows, columns, *rest = shape
    stored = shape if inverted else (columns, rows, *rest)
    array = lazy(FileArray(project.path, TYPES[code], stored, block.start))
    return array if inverted else array.swapaxes(0, 1)


def _graph(project: Project, entry: Entry) -> Dataset:
    cursor, payload = project.cursor, entry.part("TDGraph")
    columns, rows, channels = (
        _size(project, payload, name) for name in ("SizeX", "SizeY", "SizeGraph")
    )
    inverted = bool(payload.number(cursor, "DataFieldInverted", 0))
    array = _numbers(project, payload, "GraphData", (rows, columns, channels), inverted=inverted)
    array = _valid(project, payload, array)
    spectral, laser = _channels(project, payload, channels)
    places = _places(project, payload, "SpaceTransformationID", rows, columns)
    axes = [axis for axis in places if axis.values.size > 1]
    array = array.reshape(*(axis.values.size for axis in axes), channels)
    spectral, array = ascending(spectral, array)
    experiment = {"laser_wavelength": laser * 1e-9} if laser else {}
    found = _labelled(
        project, entry, array, (*axes, spectral), spectra_type((*axes, spectral)), experiment
    )
    if spectral.quantity == "Raman shift":
        found.modality = "Raman"
    return found


def _image(project: Project, entry: Entry) -> Dataset:
    cursor, payload = project.cursor, entry.part("TDImage")
    columns, rows = (_size(project, payload, name) for name in ("SizeX", "SizeY"))
    inverted = bool(payload.number(cursor, "ImageDataIsInverted", 0))
    array = _numbers(project, payload, "ImageData", (rows, columns), inverted=inverted)
    axes = _places(project, payload, "PositionTransformationID", rows, columns)
    return _labelled(project, entry, _valid(project, payload, array), axes, "IMAGE", {})


def _picture(project: Project, entry: Entry) -> Dataset:
    from sidpy import FileArray

    payload = entry.part("TDBitmap")
    columns, rows = (_size(project, payload, name) for name in ("SizeX", "SizeY"))
    block = payload.find("BitmapData/Data")
    if block is None or block.end - block.start != 4 * rows * columns:
        msg = f"a picture of {rows} x {columns} pixels that are not there"
        raise project.cursor.corrupt(msg, offset=payload.start)
    array = lazy(FileArray(project.path, "u1", (rows, columns, 4), block.start))[..., :3]
    places = _places(project, payload, "SpaceTransformationID", rows, columns)
    axes = (*places, color_axis())
    return _labelled(project, entry, array, axes, "IMAGE_STACK", {})


_MAKERS: Final = {"TDGraph": _graph, "TDImage": _image, "TDBitmap": _picture}


def _valid(project: Project, payload: Tag, array: Any) -> Any:
    """Return lines [y, ...], NaN where they were not measured."""
    import dask.array as da

    tag = payload.find("LineValid")
    valid = tag.values(project.cursor).astype(bool) if tag is not None else np.empty(0, bool)
    if valid.size != array.shape[0] or valid.all():
        return array
    warn(
        f"{project.path}: {valid.sum()} of {valid.size} lines of a scan were measured",
        SidpyWarning,
    )
    mask = valid.reshape(-1, *[1] * (array.ndim - 1))
    kind = np.result_type(array.dtype, np.float32)
    return da.where(mask, array.astype(kind), kind.type(np.nan))


def _labelled(
    project: Project,
    entry: Entry,
    array: Any,
    axes: tuple[Axis, ...],
    data_type: str,
    experiment: dict[str, Any],
) -> Dataset:
    cursor, payload = project.cursor, entry.part(entry.kind)
    z = project.linked(payload, "ZInterpretationID")
    units = z.tag.text(cursor, "TDZInterpretation/UnitName") if z is not None else ""
    return dataset(
        array,
        axes,
        title=entry.tag.text(cursor, "TData/Caption") or entry.kind,
        data_type=data_type,
        units=unit_of(units),
        quantity="intensity",
        source=_SOURCE,
        metadata={"experiment": experiment},
        original_metadata={name: entry.part(name).tree(cursor) for name in ("TData", entry.kind)},
    )


# --- what pixels and channels mean ----------------------------------------------------


def _channels(project: Project, payload: Tag, count: int) -> tuple[Axis, float]:
    """Return the spectral axis and the wavelength of the laser, nm, 0 where unknown."""
    cursor = project.cursor
    transformation = project.linked(payload, "XTransformationID")
    interpretation = project.linked(payload, "XInterpretationID")
    if transformation is None:
        return index_axis("channel", count, "SPECTRAL"), 0.0
    values = _transformed(project, transformation, np.arange(float(count)))
    units = transformation.tag.text(cursor, "TDTransformation/StandardUnit")
    if transformation.kind != "TDSpectralTransformation" and interpretation is None:
        return spectral_axis(values, unit_of(units)), 0.0
    if interpretation is None or interpretation.kind != "TDSpectralInterpretation":
        is_spectral = transformation.kind == "TDSpectralTransformation"
        return spectral_axis(values, "nm" if is_spectral else unit_of(units)), 0.0
    tag = interpretation.tag
    index = int(tag.number(cursor, "TDInterpretation/UnitIndex", 0))
    laser = tag.number(cursor, "TDSpectralInterpretation/ExcitationWaveLength", 0.0)
    return _interpreted(values, index, laser), laser


def _interpreted(values: np.ndarray, index: int, laser: float) -> Axis:
    """Return wavelengths in nm as what the project shows them."""
    relative = index in (3, 6, 7)
    if not 0 <= index < len(_SPECTRAL) or (relative and not laser > 0) or (values <= 0).any():
        return spectral_axis(values, "nm")
    quantity, units = _SPECTRAL[index]
    inverse = 1 / values if not relative else 1 / laser - 1 / values
    factors = {2: 1e7, 3: 1e7, 4: _HC, 5: 1e3 * _HC, 6: -_HC, 7: -1e3 * _HC}
    shown = values * (1e-3 if index == 1 else 1.0) if index < 2 else inverse * factors[index]
    return spectral_axis(shown, units, quantity)


def _transformed(project: Project, entry: Entry, i: np.ndarray) -> np.ndarray:
    """Return what a transformation makes of the channels."""
    make = {
        "TDSpectralTransformation": _wavelengths,
        "TDLinearTransformation": _linear,
        "TDLUTTransformation": _table,
    }.get(entry.kind)
    if make is None:
        return i
    values = make(project, entry.part(entry.kind), i)
    if not np.isfinite(values).all():
        msg = "the spectral axis is not finite"
        raise project.cursor.corrupt(msg, offset=entry.tag.start)
    return values


def _linear(project: Project, payload: Tag, i: np.ndarray) -> np.ndarray:
    model, world, scale = (
        payload.number(project.cursor, f"{name}_D", payload.number(project.cursor, name, default))
        for name, default in (("ModelOrigin", 0.0), ("WorldOrigin", 0.0), ("Scale", 1.0))
    )
    return scale * (i - model) + world


def _table(project: Project, payload: Tag, i: np.ndarray) -> np.ndarray:
    tag = payload.find("LUT")
    size = int(payload.number(project.cursor, "LUTSize", 0))
    values = tag.values(project.cursor)[:size] if tag is not None else np.empty(0)
    if not values.size > 0:
        return np.full(i.size, np.nan)
    return np.interp(i, np.arange(values.size), values)


def _wavelengths(project: Project, payload: Tag, i: np.ndarray) -> np.ndarray:
    cursor = project.cursor
    kind = int(payload.number(cursor, "SpectralTransformationType", -1))
    if kind == 1:
        return _grating(project, payload, i)
    tag = payload.find("Polynom" if kind == 0 else "FreePolynom")
    numbers = tag.values(cursor)[:_MOST] if tag is not None and kind in (0, 2) else np.empty(0)
    if not numbers.size:
        return np.full(i.size, np.nan)
    if kind == 0:
        return np.polynomial.Polynomial(numbers[:3])(i)
    order = int(payload.number(cursor, "FreePolynomOrder", numbers.size - 1))
    start, stop = (
        payload.number(cursor, f"FreePolynom{name}Bin", default)
        for name, default in (("Start", i[0]), ("Stop", i[-1]))
    )
    inside = np.clip(i, start, max(start, stop))
    return np.polynomial.Polynomial(numbers[: max(order, 0) + 1])(inside)


def _grating(project: Project, payload: Tag, i: np.ndarray) -> np.ndarray:
    """Return wavelengths, nm, by the grating equation of a plane detector."""
    names = ("nC", "LambdaC", "Gamma", "Delta", "m", "d", "x", "f")
    n_c, centre, gamma, delta, order, grating, pixel, focus = (
        payload.number(project.cursor, name, float("nan")) for name in names
    )
    with np.errstate(all="ignore"):
        ratio = np.float64(centre) * order / np.float64(grating)
        alpha = np.arcsin(ratio / (2 * np.cos(gamma / 2))) - gamma / 2
        height = pixel * (n_c - i) - focus * np.sin(delta)
        beta = gamma + alpha - delta - np.arctan2(height, focus * np.cos(delta))
        return np.asarray(np.float64(grating) / order * (np.sin(alpha) + np.sin(beta)))


def _places(
    project: Project, payload: Tag, link: str, rows: int, columns: int
) -> tuple[Axis, Axis]:
    """Return the axes y and x of an image, counted where its place is not known."""
    entry = project.linked(payload, link)
    port = entry.tag.find("TDSpaceTransformation/ViewPort3D") if entry is not None else None
    parts = [port.find(name) if port is not None else None for name in
             ("ModelOrigin", "WorldOrigin", "Scale", "Rotation")]  # fmt: skip
    numbers = [tag.values(project.cursor) if tag is not None else np.empty(0) for tag in parts]
    if [values.size for values in numbers] != [3, 3, 9, 9]:
        return tuple(Axis.scanned(n, np.arange(k), "") for n, k in (("y", rows), ("x", columns)))  # type: ignore[return-value]
    model, world = numbers[0].astype(float), numbers[1].astype(float)
    matrix = numbers[3].reshape(3, 3, order="F") @ numbers[2].reshape(3, 3, order="F")
    centre = np.array([(columns - 1) / 2, (rows - 1) / 2, 0.0])
    middle = matrix @ (centre - model) + world
    return _direction("y", 1, rows, matrix, middle), _direction("x", 0, columns, matrix, middle)


def _direction(name: str, i: int, pixels: int, matrix: np.ndarray, middle: np.ndarray) -> Axis:
    """Return one direction of an image; turned ones run along their frame."""
    step = matrix[:, i]
    length = float(np.linalg.norm(step))
    if not np.isfinite(length) or not length or not np.isfinite(middle).all():
        return Axis.scanned(name, np.arange(pixels), "")
    main = int(np.abs(step).argmax())
    length = float(np.copysign(length, step[main]))
    return Axis.scanned(name, middle[main] + (np.arange(pixels) - (pixels - 1) / 2) * length, "µm")
