"""From the tag tree of a Gatan file, of any version, to records and to Datasets.

======================================== ==============================================
tag                                      meaning
======================================== ==============================================
``ImageList/<n>/ImageData/Data``         the pixels, first dimension fastest
``.../ImageData/DataType``               see `gatan_pixels`
``.../ImageData/Dimensions/<k>``         size of dimension k
``.../ImageData/Calibrations/Dimension`` ``<k>/{Origin, Scale, Units}``
``.../ImageData/Calibrations/Brightness`` the same for the values
``ImageList/<n>/Name``                   title
``ImageList/<n>/ImageTags``              conditions, see `gatan_metadata`
``Thumbnails/<m>/ImageIndex``            which images are previews
======================================== ==============================================

Source: C. Boothroyd, "Digital Micrograph file format" (section DM3).
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import color_axis
from SciFiReaders.values import at
from sidpy.errors import CorruptFile, UnsupportedFile

from .gatan_annotations import annotations_of
from .gatan_axes import Axis, Calibration, describe_axes
from .gatan_metadata import experiment_of
from .gatan_pixels import COLOURS, PACKED, PIXELS, PackedPlane, colour_places, packed_layout
from .gatan_tags import StoredArray

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

    from .gatan_tags import TagFile

__all__ = ["ImageRecord", "images_of", "parse_image", "to_dataset"]

logger = logging.getLogger(__name__)

#: No program writes more dimensions.
MAX_DIMENSIONS: Final = 8

#: Groups of `ImageTags` that only a detector writes: the numbers are counts.
_ACQUIRED: Final = ("Acquisition", "DataBar", "DigiScan", "EELS", "Meta Data", "Microscope Info")


@dataclass(frozen=True)
class ImageRecord:
    """One image as the file describes it; `pixels` is array-like and still in the file."""

    path: str | PathLike[str]
    format: str
    index: int
    name: str
    data_type: int
    dims: list[int]
    calibrations: list[Calibration]
    brightness: Calibration
    tags: dict[str, Any]
    tree: dict[str, Any]
    pixels: Any
    colours: tuple[int, ...] = ()

    @property
    def meta(self) -> dict[str, Any]:
        """``ImageTags/Meta Data``."""
        found = self.tags.get("Meta Data")
        return found if isinstance(found, dict) else {}


def images_of(root: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the images of a tree by number, previews left out unless they are alone."""
    found = {
        index: image
        for index, image in enumerate(_values(root.get("ImageList")))
        if isinstance(image, dict) and at(image, "ImageData/Data") is not None
    }
    previews = _previews(root, found)
    return {i: image for i, image in found.items() if i not in previews} or found


def _values(group: Any) -> list[Any]:
    """Return the entries of a numbered group in the order of their numbers."""
    if not isinstance(group, dict):
        return []
    numbers = {label: label.strip("[]") for label in group}
    if all(number.isdecimal() for number in numbers.values()):
        return [group[label] for label in sorted(group, key=lambda label: int(numbers[label]))]
    return list(group.values())


def _previews(root: dict[str, Any], images: dict[int, dict[str, Any]]) -> set[int]:
    named = [at(entry, "ImageIndex") for entry in _values(root.get("Thumbnails"))]
    numbers = {index for index in named if isinstance(index, int)}
    if numbers:
        return numbers
    return {0} if len(images) > 1 and data_type_of(images.get(0, {})) == 23 else set()


def data_type_of(image: dict[str, Any]) -> int:
    """Return the DataType of an image, -1 for none."""
    found = at(image, "ImageData/DataType")
    return found if isinstance(found, int) else -1


def parse_image(file: TagFile, index: int, image: dict[str, Any]) -> ImageRecord:
    """Read what a DM3 or DM4 file says of one image.

    Raises
    ------
    CorruptFile
        When it claims more pixels than the file holds, or no sensible shape.
    UnsupportedFile
        When the pixels are of a type no source describes.
    """
    stored = at(image, "ImageData/Data")
    if not isinstance(stored, StoredArray):
        msg = f"image {index} holds {stored!r} where its pixels should be"
        raise CorruptFile(msg, path=file.path, format=file.format)
    dims = sizes_of(image, file.path, file.format)
    data_type = data_type_of(image)
    pixels, colours = _locate(file, stored, data_type, dims)
    return describe(image, index, file.path, file.format, dims, pixels, colours)


def describe(
    image: dict[str, Any],
    index: int,
    path: str | PathLike[str],
    format: str,  # noqa: A002 - the word the field uses
    dims: list[int],
    pixels: Any,
    colours: tuple[int, ...],
) -> ImageRecord:
    """Put the record of one image together."""
    ways = _values(at(image, "ImageData/Calibrations/Dimension"))
    tags = image.get("ImageTags")
    name = image.get("Name")
    return ImageRecord(
        path=path,
        format=format,
        index=index,
        name=name.strip() if isinstance(name, str) else "",
        data_type=data_type_of(image),
        dims=dims,
        calibrations=[
            Calibration.from_tags(ways[k] if k < len(ways) else None) for k in range(len(dims))
        ],
        brightness=Calibration.from_tags(at(image, "ImageData/Calibrations/Brightness")),
        tags=tags if isinstance(tags, dict) else {},
        tree=image,
        pixels=pixels,
        colours=colours,
    )


def sizes_of(image: dict[str, Any], path: str | PathLike[str], format: str) -> list[int]:  # noqa: A002
    """Return the sizes of an image, fastest dimension first."""
    dims = _values(at(image, "ImageData/Dimensions"))
    sane = all(isinstance(n, int) and n > 0 for n in dims) and 0 < len(dims) <= MAX_DIMENSIONS
    if not sane:
        msg = (
            f"the sizes of an image should be 1 to {MAX_DIMENSIONS} positive numbers, found {dims}"
        )
        raise CorruptFile(msg, path=path, format=format)
    return dims


def _locate(
    file: TagFile, stored: StoredArray, data_type: int, dims: list[int]
) -> tuple[Any, tuple[int, ...]]:
    """Return the pixels as an array in the file, and where its colours lie."""
    from sidpy import FileArray

    shape = tuple(dims[::-1])
    if data_type in PACKED:
        return _packed(file, stored, data_type, shape), ()
    if data_type in COLOURS:
        kind, shape = np.dtype("u1"), (*shape, 4)
        colours = tuple(colour_places(data_type, file.order))
    elif data_type in PIXELS:
        kind, colours = np.dtype(PIXELS[data_type]).newbyteorder(file.order), ()
    else:
        msg = f"pixels of DataType {data_type!r} are not described anywhere"
        raise UnsupportedFile(msg, path=file.path, format=file.format, offset=stored.offset)
    needed = math.prod(shape) * kind.itemsize
    if needed > stored.nbytes:
        msg = (
            f"an image of {' x '.join(map(str, dims))} pixels of type {data_type} needs {needed} "
            f"bytes, but only {stored.nbytes} are stored"
        )
        raise CorruptFile(msg, path=file.path, format=file.format, offset=stored.offset)
    return FileArray(file.path, kind, shape, stored.offset), colours


def _packed(
    file: TagFile, stored: StoredArray, data_type: int, shape: tuple[int, ...]
) -> PackedPlane:
    from sidpy import FileArray

    layout = None
    if len(shape) == 2:
        layout = packed_layout(data_type, *shape, stored.nbytes)
    if layout is None:
        msg = (
            f"a packed transform of shape {shape} in {stored.nbytes} bytes: neither a half plane "
            "nor the older square layout"
        )
        raise UnsupportedFile(msg, path=file.path, format=file.format, offset=stored.offset)
    columns, name = layout
    kind = np.dtype(PACKED[data_type]).newbyteorder(file.order)
    plane = FileArray(file.path, kind, (shape[0], columns), stored.offset)
    return PackedPlane(plane, name, shape[1])


def to_dataset(
    record: ImageRecord, *, reverse: bool = False, document: dict[str, Any] | None = None
) -> Dataset:
    """Label the pixels of one image.

    Parameters
    ----------
    record : ImageRecord
        What the file says.
    reverse : bool
        False gives rows first, [y, x, energy]; True the order of the released package,
        [x, y, energy]: navigation axes and signal axes reversed among themselves, and a
        line scan with a y axis of length 1.
    document : dict, optional
        The rest of the file's tree, kept in the original metadata.

    Returns
    -------
    Dataset
        Lazy: no pixel is read.
    """
    from sidpy import Dataset

    axes = axes_of(record, reverse=reverse)
    array = _arranged(record, axes)
    units = _value_units(record)
    dataset = Dataset.from_array(
        array,
        title=record.name or Path(record.path).stem,
        units=units,
        quantity="intensity" if units != "generic" else "generic",
        modality=_modality(record),
        source="SciFiReaders.DMReader",
    )
    dataset.data_type = data_type_name(axes, record)
    for position, axis in enumerate(axes):
        dataset.set_dimension(position, dimension_of(axis))
    if record.colours:
        dataset.set_dimension(len(axes), color_axis(len(record.colours)).dimension())
    drawn = annotations_of(document or {}, record.index)
    dataset.metadata = {**_metadata(record), **({"annotations": drawn} if drawn else {})}
    dataset.original_metadata = _original(record, document)
    return dataset


def axes_of(record: ImageRecord, *, reverse: bool) -> list[Axis]:
    """Return the axes of an image in the order of the dataset; colours are none of them."""
    axes, signal = describe_axes(record.dims, record.calibrations, record.meta)
    if not reverse:
        return axes
    cut = len(axes) - signal
    return _with_y([*axes[:cut][::-1], *axes[cut:][::-1]])


def _with_y(axes: list[Axis]) -> list[Axis]:
    """Give a line scan, [x, energy], a y axis of length 1."""
    if len(axes) != 2 or axes[1].dimension_type != "SPECTRAL":
        return axes
    flat = Axis(
        None, 1, Calibration(units=axes[0].calibration.units), "y", axes[0].quantity, "SPATIAL"
    )
    return [axes[0], flat, axes[1]]


def _arranged(record: ImageRecord, axes: list[Axis]) -> Any:
    """Return the pixels as a lazy array with its axes in the order asked for."""
    from sidpy import FileArray
    from sidpy.sid import from_source

    order = [axis.stored for axis in axes if axis.stored is not None]
    pixels = record.pixels
    if isinstance(pixels, FileArray) and not record.colours:
        # in the source, so that one spectrum or one pattern is all that is read of a cube
        pixels, order = pixels.transpose(order), sorted(order)
    chunks = -1 if isinstance(pixels, PackedPlane) else "auto"
    # HDF5 takes slices only
    array = from_source(pixels, chunks, fancy=isinstance(pixels, FileArray))
    if record.colours:
        array = array[..., list(record.colours)]
        order.append(len(axes))
    if order != sorted(order):
        array = array.transpose(order)
    return array if len(order) >= len(axes) else array[:, None, :]


def dimension_of(axis: Axis) -> Any:
    """Return the calibrated dimension of an axis."""
    from sidpy import Dimension

    way = axis.calibration
    values = (np.arange(axis.size) - way.origin) * way.scale
    return Dimension(
        values,
        name=axis.name,
        quantity=axis.quantity,
        units=axis.units,
        dimension_type=axis.dimension_type,
    )


def data_type_name(axes: list[Axis], record: ImageRecord) -> str:
    """Say what an image shows, from its axes."""
    kinds = [axis.dimension_type for axis in axes]
    if len(axes) == 1:
        return "SPECTRUM" if "SPECTRAL" in kinds else "LINE_PLOT"
    if "SPECTRAL" in kinds and len(axes) <= 4:
        return "SPECTRAL_IMAGE"
    if len(axes) == 4 and kinds.count("RECIPROCAL") == 2 and not record.colours:
        return "IMAGE_4D"
    return {2: "IMAGE", 3: "IMAGE_STACK"}.get(len(axes), "UNKNOWN")


def _value_units(record: ImageRecord) -> str:
    """Return the units of the numbers as stored.

    A brightness calibration that changes the numbers is not applied, so that its units
    would be a lie; it is kept in the metadata.
    """
    if record.data_type in COLOURS:
        return "generic"
    brightness = record.brightness
    if brightness.units and brightness.is_trivial:
        return brightness.units
    counts = any(group in record.tags for group in _ACQUIRED)
    return "counts" if counts and record.pixels.dtype.kind in "iuf" else "generic"


def _modality(record: ImageRecord) -> str:
    word = record.meta.get("Signal")
    return word if isinstance(word, str) and word else "generic"


def _metadata(record: ImageRecord) -> dict[str, Any]:
    metadata: dict[str, Any] = {"experiment": experiment_of(record.tags)}
    way = record.brightness
    if not way.is_trivial:
        metadata["brightness"] = {"origin": way.origin, "scale": way.scale, "units": way.units}
    return metadata


def _original(record: ImageRecord, document: dict[str, Any] | None) -> dict[str, Any]:
    """Return the vendor's tree without the pixels."""
    tree = {label: _kept(value) for label, value in record.tree.items()}
    tree.setdefault("ImageTags", {})
    image_data = dict(tree.get("ImageData", {}))
    image_data.pop("Data", None)
    tree["ImageData"] = image_data
    version = record.format.removeprefix("gatan.dm")
    tree["DM"] = {"dm_version": int(version), "full_file_name": str(record.path)}
    if document:
        tree["Document"] = {label: _kept(value) for label, value in document.items()}
    return tree


def _kept(value: Any) -> Any:
    """Copy a tree; arrays left in the file are described in words."""
    if isinstance(value, dict):
        return {label: _kept(part) for label, part in value.items()}
    if isinstance(value, StoredArray):
        kind = value.dtype.newbyteorder("=")
        return f"{value.count} values of type {kind} at byte {value.offset} of the file"
    return list(value) if isinstance(value, list) else value
