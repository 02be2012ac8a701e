"""Gatan DigitalMicrograph files, DM3 and DM4: images, spectra, stacks, maps, 4D-STEM.

The bytes are described in `gatan_tags` (structure), `gatan_pixels` (data types) and
`gatan_images` (which tag means what); this module puts them together.

`read_dm` gives rows first, [y, x, energy]; the class `DMReader` keeps the order of the
released package, [x, y, energy].
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sidpy import Reader
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyDeprecationWarning

from .gatan_images import (
    axes_of,
    data_type_name,
    data_type_of,
    describe,
    dimension_of,
    images_of,
    parse_image,
    sizes_of,
    to_dataset,
)
from .gatan_pixels import COLOURS
from .gatan_tags import parse_tags

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np

    from sidpy import Dataset

    from .gatan_images import ImageRecord
    from .gatan_tags import TagFile

__all__ = ["DM3Reader", "DMReader", "read_dm"]

logger = logging.getLogger(__name__)


def read_dm(path: str | PathLike[str]) -> list[Dataset]:
    """Read a DM3 or DM4 file, rows first.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One per image, previews left out unless they are all there is.  Lazy: the tags
        are read, the pixels stay in the file.

    Raises
    ------
    UnrecognisedFile
        When it is neither DM3 nor DM4.
    CorruptFile
        When it is damaged; names the place.
    UnsupportedFile
        When its pixels are of a type no source describes.

    Notes
    -----
    Axis order [frame, y, x], [y, x, energy], [y, x, v, u]; row 0 at the top.
    """
    file = parse_tags(path)
    return _datasets(file, records_of(file), reverse=False)


def records_of(file: TagFile) -> list[ImageRecord]:
    """Return a record for each image of a parsed file."""
    records = [parse_image(file, i, image) for i, image in images_of(file.root).items()]
    if not records:
        msg = "the tags hold no image with pixels"
        raise CorruptFile(msg, path=file.path, format=file.format)
    return records


def _datasets(file: TagFile, records: list[ImageRecord], *, reverse: bool) -> list[Dataset]:
    rest = {label: value for label, value in file.root.items() if label != "ImageList"}
    return [
        to_dataset(record, reverse=reverse, document=None if number else rest)
        for number, record in enumerate(records)
    ]


class DMReader(Reader):
    """Read a Gatan DM3 or DM4 file in the axis order of the released package.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    verbose : bool
        Log what is found at level INFO.

    Raises
    ------
    TypeError
        When it is "not a DM3 or DM4 File".
    FileNotFoundError
        When there is none.

    See Also
    --------
    sidpy.read : any format, rows first.
    """

    def __init__(self, file_path: str | PathLike[str], verbose: bool = False) -> None:  # noqa: FBT001, FBT002 - the released package's signature
        super().__init__(file_path)
        self._file = parse_tags(file_path)
        if verbose:
            count = len(images_of(self._file.root))
            logger.info("%s: %s, %d images", file_path, self._file.format, count)

    def read(self) -> dict[str, Dataset]:
        """Read the file.

        Returns
        -------
        dict of str to Dataset
            ``Channel_000``, ...; axes reversed: [x, y], [x, y, frame], [x, y, energy].  A
            line scan gets a second spatial axis of length 1: [x, y, energy].
        """
        self.datasets = _datasets(self._file, records_of(self._file), reverse=True)
        return self._list_to_dict()

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def set_data_type(self, dataset: Dataset) -> None:
        """Say again what a dataset of this file shows, from its original metadata."""
        record = self._record_of(dataset)
        dataset.data_type = data_type_name(axes_of(record, reverse=True), record)

    def set_dimensions(self, dataset: Dataset) -> None:
        """Label the axes of a dataset of this file again, from its original metadata."""
        for position, axis in enumerate(axes_of(self._record_of(dataset), reverse=True)):
            dataset.set_dimension(position, dimension_of(axis))

    def extract_crucial_metadata(self, dataset_key: int | str) -> dict[str, Any]:
        """Return the conditions of the experiment of a dataset, by number or channel."""
        number = int(str(dataset_key).removeprefix("Channel_"))
        return self.datasets[number].metadata["experiment"]

    def _record_of(self, dataset: Dataset) -> ImageRecord:
        path, format_id = self._file.path, self._file.format
        tree = dataset.original_metadata
        dims = sizes_of(tree, path, format_id)
        colours = tuple(range(COLOURS.get(data_type_of(tree), 0)))
        return describe(tree, 0, path, format_id, dims, dataset, colours)

    def get_filename(self) -> str:
        """Return the path of the file."""
        return self._input_file_path

    @property
    def filename(self) -> str:
        """Path of the file."""
        return self.get_filename()

    def get_tags(self) -> dict[str, Any]:
        """Return the tag tree; large arrays stay in the file."""
        return self._file.root

    @property
    def tags(self) -> dict[str, Any]:
        """The tag tree."""
        return self.get_tags()

    def get_raw(self, image_dict: dict[str, Any]) -> np.ndarray:
        """Read the pixels of an entry of ``tags["ImageList"]``, axes reversed."""
        return self.get_dataset(image_dict).compute()

    def get_dataset(self, image_dict: dict[str, Any]) -> Dataset:
        """Return the dataset of an entry of ``tags["ImageList"]``, axes reversed.

        Raises
        ------
        ValueError
            When it is no entry of this file.
        """
        images = list(self._file.root.get("ImageList", {}).values())
        index = next((i for i, image in enumerate(images) if image is image_dict), None)
        if index is None:
            msg = (
                f"this is none of the {len(images)} images of {self._input_file_path}; take one "
                "of reader.tags['ImageList'].values()"
            )
            raise ValueError(msg)
        return to_dataset(parse_image(self._file, index, image_dict), reverse=True)


class DM3Reader(DMReader):
    """Former name of `DMReader`, which reads DM3 and DM4."""

    def __init__(self, file_path: str | PathLike[str], verbose: bool = False) -> None:  # noqa: FBT001, FBT002 - the released package's signature
        warn("DM3Reader is deprecated, use DMReader", SidpyDeprecationWarning)
        super().__init__(file_path, verbose)
