"""Gatan DigitalMicrograph files in HDF5, DM5.

==================================== ==================================================
HDF5                                 meaning
==================================== ==================================================
groups and attributes                the tag tree of DM4; unlabelled entries ``[0]``, ...
``ImageList/[n]/ImageData/Data``     dataset [slow ... fast]
``.../ImageData/Dimensions``         attributes ``[k]``; k = 0 is the last array axis
``.../Calibrations/Dimension/[k]``   attributes `Origin`, `Scale`, `Units` (UTF-8)
==================================== ==================================================

Source: decoded from files of the Nion Swift plug-in; Gatan publishes no description.
Not yet understood: how the program itself stores packed transforms; they are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import INLINE, Viewed, opened, plain
from SciFiReaders.values import at
from sidpy.errors import CorruptFile, UnrecognisedFile, UnsupportedFile

from .gatan_images import data_type_of, describe, images_of, sizes_of, to_dataset
from .gatan_pixels import COLOURS, PIXELS, colour_places

if TYPE_CHECKING:
    from os import PathLike

    import h5py

    from sidpy import Dataset

    from .gatan_images import ImageRecord

__all__ = ["read_dm5"]

FORMAT: Final = "gatan.dm5"
MAX_DEPTH: Final = 64


def read_dm5(path: str | PathLike[str]) -> list[Dataset]:
    """Read a DM5 file, rows first.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        As `SciFiReaders.readers.electron.gatan_dm.read_dm` gives them, lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no HDF5 file or has no ``ImageList``.
    CorruptFile
        When sizes and pixels contradict each other.
    """
    with opened(path, FORMAT) as file:
        if "ImageList" not in file:
            msg = "an HDF5 file without ImageList is no DM5 file"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        root = _tree(file, 0)
    records = [_record(path, i, image) for i, image in images_of(root).items()]
    if not records:
        msg = "the file holds no image with pixels"
        raise CorruptFile(msg, path=path, format=FORMAT)
    rest = {label: value for label, value in root.items() if label != "ImageList"}
    return [to_dataset(record, document=None if i else rest) for i, record in enumerate(records)]


class _InFile:
    """Address and type of a dataset left in the file."""

    __slots__ = ("dtype", "name", "shape")

    def __init__(self, dataset: h5py.Dataset) -> None:
        self.name, self.dtype, self.shape = dataset.name, dataset.dtype, dataset.shape

    def __repr__(self) -> str:
        return f"a dataset of shape {self.shape} and type {self.dtype} at {self.name}"


def _tree(group: h5py.Group, depth: int) -> dict[str, Any]:
    """Return the tags below a group: attributes, then sub-groups."""
    import h5py

    if depth > MAX_DEPTH:
        msg = f"groups are nested deeper than {MAX_DEPTH}"
        raise CorruptFile(msg, path=group.file.filename, format=FORMAT)
    tree = {label: plain(value) for label, value in group.attrs.items()}
    for label in group:
        # a soft link may lead back up: only what lies here is followed
        if not isinstance(group.get(label, getlink=True), h5py.HardLink):
            continue
        item = group[label]
        if isinstance(item, h5py.Group):
            tree[label] = _tree(item, depth + 1)
        elif isinstance(item, h5py.Dataset):
            pixels = label == "Data" or item.size is None or item.size > INLINE
            tree[label] = _InFile(item) if pixels else plain(item[()])
    return tree


def _record(path: str | PathLike[str], index: int, image: dict[str, Any]) -> ImageRecord:
    from sidpy import H5Array

    stored = at(image, "ImageData/Data")
    dims = sizes_of(image, path, FORMAT)
    if not isinstance(stored, _InFile) or stored.shape != tuple(dims[::-1]):
        msg = f"image {index} should have the shape {tuple(dims[::-1])}, found {stored!r}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    data_type = data_type_of(image)
    source = H5Array(path, stored.name)
    colours: tuple[int, ...] = ()
    if data_type in COLOURS and source.dtype.itemsize == 4:
        order = ">" if source.dtype.byteorder == ">" else "<"
        colours = tuple(colour_places(data_type, order))
        pixels: Any = Viewed(source, np.dtype("u1"))
    elif data_type in PIXELS:
        kind = np.dtype(PIXELS[data_type])
        pixels = source if source.dtype.names is None else Viewed(source, kind)
    else:
        msg = f"pixels of DataType {data_type!r} in an array of type {source.dtype}"
        raise UnsupportedFile(msg, path=path, format=FORMAT)
    if image.get("Name") == "/":  # what the Nion plug-in writes for no name
        image = {**image, "Name": ""}
    return describe(image, index, path, FORMAT, dims, pixels, colours)
