"""Zeiss CZI files as Datasets: scenes, channels, mosaics, times and heights.

The structure is that of `czi_blocks`.  A scene (``S``) and a channel (``C``) are a dataset
[time, z, ..., y, x]; tiles of a mosaic (``M``) lie where they were taken, the later over the
earlier.  Levels of a pyramid are left out.  Of the metadata, XML:

============================================= =========================================
element                                       meaning
============================================= =========================================
``Scaling/Items/Distance[@Id="X"]/Value``     size of a pixel, m; also Y and Z
``Information/Image/Dimensions/Channels``     ``Channel[@Name]``, ExposureTime (ns),
                                              ExcitationWavelength, EmissionWavelength (nm)
``../Dimensions/T/Positions/Interval``        Increment, s
``Information/Image/AcquisitionDateAndTime``  when it was taken
============================================= =========================================

Source: see `czi_blocks`; no file at hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, color_axis, dataset
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import number
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, ReaderError, SidpyWarning

from .czi_blocks import FORMAT, PIXELS, Mosaic, parse_czi
from .tiff import image_axis
from .tiff_series import axis

if TYPE_CHECKING:
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

    from .czi_blocks import Block, Czi

__all__ = ["CZIReader", "read_czi"]

#: Dimensions that lead the image, slowest first, and their names: phase, view, rotation, ...
_LEADING: Final = {
    "T": "time", "Z": "z", "H": "phase", "V": "view", "R": "rotation", "I": "illumination",
    "B": "block",
}  # fmt: skip
_TILE: Final = 1 << 11
#: Key, element of a channel, factor to the unit of the key.
_OF_CHANNEL: Final = (
    ("exposure_time", "ExposureTime", 1e-9),
    ("excitation_wavelength", "ExcitationWavelength", 1e-9),
    ("emission_wavelength", "EmissionWavelength", 1e-9),
)


@dataclass(frozen=True, slots=True)
class _Notes:
    """What the XML says."""

    root: Element | None
    steps: dict[str, float]
    channels: list[Element]
    interval: float | None

    def text(self, path: str) -> str:
        """Return the text at a path, blank where there is none."""
        return "" if self.root is None else (self.root.findtext(path) or "").strip()


def read_czi(path: str | PathLike[str]) -> list[Dataset]:
    """Read the images of a file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per scene and channel, [time, z, y, x, color], those of them that there are;
        lazy, tile by tile.

    Raises
    ------
    UnrecognisedFile, CorruptFile, UnsupportedFile
        When it is no CZI, damaged, or of pixels or compressions nobody describes.
    MissingDependency
        When compressed pixels are computed without imagecodecs.
    """
    czi = parse_czi(path)
    notes = _notes(czi)
    groups: dict[tuple[int, int, int], list[Block]] = {}
    for block in czi.blocks:
        if block.is_copy:
            continue
        _check(czi, block)
        key = (block.starts.get("S", 0), block.starts.get("C", 0), block.pixel_type)
        groups.setdefault(key, []).append(block)
    if not groups:
        msg = "it holds nothing but small copies of its images"
        raise CorruptFile(msg, path=path, format=FORMAT)
    scenes = {scene for scene, _, _ in groups}
    original = {"CZI": tree_of(notes.root)} if notes.root is not None else {}
    found = []
    for (scene, channel, _), blocks in sorted(groups.items(), key=lambda item: item[0]):
        title = _title(path, notes, channel, scene if len(scenes) > 1 else None)
        one = _image(czi, blocks, notes, title)
        one.metadata = {"experiment": _experiment(notes, channel)}
        one.original_metadata = original
        found.append(one)
    return found


def _check(czi: Czi, block: Block) -> None:
    """Hold the claims of a tile against the file."""
    width, height = block.sizes.get("X", 0), block.sizes.get("Y", 0)
    kind, samples = PIXELS.get(block.pixel_type, ("", 0))
    if not kind:
        msg = f"pixels of type {block.pixel_type} are not described"
        raise CorruptFile(msg, path=czi.path, format=FORMAT, offset=block.place)
    size = width * height * samples * np.dtype(kind).itemsize
    most = czi.size if block.compression == 0 else (1 << 24) + (1 << 12) * czi.size
    if width < 1 or height < 1 or size > most or not 0 <= block.place < czi.size:
        msg = f"a tile of {height} x {width} pixels cannot be in a file of {czi.size} bytes"
        raise CorruptFile(msg, path=czi.path, format=FORMAT, offset=block.place)


def _image(czi: Czi, blocks: list[Block], notes: _Notes, title: str) -> Dataset:
    import dask.array as da

    names = [name for name in _LEADING if len({b.starts.get(name, 0) for b in blocks}) > 1]
    places = {name: sorted({b.starts.get(name, 0) for b in blocks}) for name in names}
    box = {name: _extent(czi, blocks, name) for name in "YX"}
    shape = tuple(len(places[name]) for name in names)
    tiles: dict[tuple[int, ...], list[Block]] = {}
    for block in sorted(blocks, key=lambda b: b.starts.get("M", 0)):
        key = tuple(places[name].index(block.starts.get(name, 0)) for name in names)
        tiles.setdefault(key, []).append(block)
    if len(tiles) < math.prod(shape):
        msg = f"{czi.path}: {len(tiles)} of {math.prod(shape)} planes of {title!r} are there"
        warn(f"{msg}, the others are 0", SidpyWarning)
    plane = (box["Y"][1], box["X"][1])
    corner = (box["Y"][0], box["X"][0])
    source = Mosaic(czi.path, blocks[0].pixel_type, shape + plane, corner, tiles)
    chunks = (1,) * len(shape) + tuple(min(n, _TILE) for n in plane) + (source.shape[-1],)
    array = da.from_array(source, chunks=chunks, asarray=True, fancy=False)
    axes = [_leading(name, places[name], notes) for name in names]
    for name in "YX":
        step = notes.steps.get(name)
        known = (box[name][0] * step, step, "m") if step else None
        axes.append(image_axis(name.lower(), box[name][1], known))
    if source.shape[-1] > 1:
        axes.append(color_axis(source.shape[-1]))
    else:
        array = array[..., 0]
    return dataset(
        array,
        tuple(axes),
        title=title,
        data_type={0: "IMAGE", 1: "IMAGE_STACK"}.get(len(names), "UNKNOWN"),
        quantity="intensity",
        source="SciFiReaders.CZIReader",
    )


def _extent(czi: Czi, blocks: list[Block], name: str) -> tuple[int, int]:
    """Return the first pixel and the number of pixels that tiles cover."""
    first = min(block.starts.get(name, 0) for block in blocks)
    last = max(block.starts.get(name, 0) + block.sizes[name] for block in blocks)
    covered = sum(block.sizes[name] for block in blocks)
    if last - first > 64 * covered + 4096:
        msg = f"tiles of {covered} pixels together are spread over {last - first}"
        raise CorruptFile(msg, path=czi.path, format=FORMAT, offset=blocks[0].place)
    return first, last - first


def _leading(name: str, places: list[int], notes: _Notes) -> Axis:
    if name == "T" and notes.interval:
        return Axis("time", np.array(places) * notes.interval, "s", "Time", "TEMPORAL")
    if name == "Z" and "Z" in notes.steps:
        return Axis("z", np.array(places) * notes.steps["Z"], "m", "Length", "SPATIAL")
    found = axis(_LEADING[name], len(places), None)
    return Axis(found.name, np.array(places), "", found.quantity, found.kind)


def _notes(czi: Czi) -> _Notes:
    try:
        root = parse_xml(czi.xml.rstrip(b"\0"), path=czi.path, format=FORMAT) if czi.xml else None
    except ReaderError:
        root = None
    if root is None:
        warn(f"{czi.path}: its metadata cannot be read; sizes are not known", SidpyWarning)
        return _Notes(None, {}, [], None)
    steps = {}
    for item in root.iterfind("Metadata/Scaling/Items/Distance"):
        size = number(item.findtext("Value"))
        if size and size > 0:
            steps[item.get("Id", "")] = size
    image = "Metadata/Information/Image"
    channels = root.findall(f"{image}/Dimensions/Channels/Channel")
    interval = number(root.findtext(f"{image}/Dimensions/T/Positions/Interval/Increment"))
    return _Notes(root, steps, channels, interval)


def _title(path: str | PathLike[str], notes: _Notes, channel: int, scene: int | None) -> str:
    names = [item.get("Name", "") for item in notes.channels]
    word = names[channel] if 0 <= channel < len(names) else ""
    word = word or (f"channel {channel}" if channel else Path(path).stem)
    return word if scene is None else f"{word} scene {scene}"


def _experiment(notes: _Notes, channel: int) -> dict[str, Any]:
    information = "Metadata/Information"
    found: dict[str, Any] = {
        "start_date_time": notes.text(f"{information}/Image/AcquisitionDateAndTime"),
        "magnification": number(
            notes.text(f"{information}/Instrument/Objectives/Objective/NominalMagnification")
        ),
    }
    if notes.root is not None:
        microscope = notes.root.find(f"{information}/Instrument/Microscopes/Microscope")
        found["microscope"] = microscope.get("Name", "") if microscope is not None else ""
    item = notes.channels[channel] if 0 <= channel < len(notes.channels) else None
    for key, name, factor in _OF_CHANNEL if item is not None else ():
        value = number(item.findtext(name) if item is not None else None)
        found[key] = value * factor if value is not None else None
    return {key: value for key, value in found.items() if value not in (None, "")}


class CZIReader(ReleasedReader):
    """Zeiss CZI files.

    Parameters
    ----------
    file_path : str or path-like
        The ``.czi`` file.
    """

    function = "SciFiReaders.readers.generic.czi:read_czi"
    container = "list"
    spec = "SciFiReaders.zeiss_czi"

    def __init__(self, file_path: str | PathLike[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(file_path, bool((args[:1] or [kwargs.get("verbose", False)])[0]))
