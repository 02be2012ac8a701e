"""The plugin by which napari opens every format that sidpy's own plugins know.

``napari.yaml`` beside this file describes it; napari imports this module when a file is
opened or written.  Another plugin's format needs nothing more than its reader for
`sidpy.read`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidpy.errors import LabelValueError, MissingDependency, ReaderError
from sidpy.plugins.choose import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sidpy.sid.dataset import Dataset

__all__ = ["get_reader", "read_layers", "write_layers"]

logger = logging.getLogger(__name__)

#: A layer as napari hands it over: data, arguments, type.
Layer = tuple[Any, dict[str, Any], str]


def get_reader(path: str | Sequence[str]) -> Callable[[str | Sequence[str]], list[Layer]] | None:
    """Return what opens a file, None for one that no plugin of sidpy claims.

    Parameters
    ----------
    path : str or list of str
        One file or several.

    Notes
    -----
    Looks at head and tail of each file; imports no reader and reads no pixel.
    """
    return read_layers if all(map(_is_claimed, _each(path))) else None


def _each(path: str | Sequence[str]) -> list[str]:
    return [path] if isinstance(path, str) else list(path)


def _is_claimed(path: str) -> bool:
    from sidpy.errors import AmbiguousFile

    try:
        choose(path)
    except AmbiguousFile:
        return True  # the message of reading it says how to choose
    except (ReaderError, MissingDependency) as error:
        logger.debug("not for napari: %s", error)
        return False
    return True


def read_layers(path: str | Sequence[str]) -> list[Layer]:
    """Return the layers of all datasets in one file or several.

    Parameters
    ----------
    path : str or list of str
        One file or several.

    Notes
    -----
    Stays lazy: napari computes what it shows.
    """
    from sidpy.io.read import read

    layers: list[Layer] = []
    for one in _each(path):
        for key, dataset in read(one).items():
            if dataset.dtype.kind not in "biufc" or not dataset.size:
                logger.info("%s of %s is no picture", key, one)
                continue
            layers += dataset.to_napari()
    return layers


def write_layers(path: str, layers: Sequence[Layer]) -> list[str]:
    """Write image layers to one file, in the format of its extension.

    Parameters
    ----------
    path : str
        The file.
    layers : list of (data, arguments, layer type)
        Image layers.

    Returns
    -------
    list of str
        The file that was written.
    """
    from sidpy.io.write import write

    datasets = [_dataset_of(*layer) for layer in layers]
    written = write(datasets, path, overwrite=Path(path).exists())
    return [str(written)]


def _dataset_of(data: Any, arguments: dict[str, Any], kind: str) -> Dataset:
    """Return the dataset of an image layer."""
    import numpy as np

    from sidpy.sid.agreement import distinct
    from sidpy.sid.dataset import Dataset
    from sidpy.sid.dimension import Dimension
    from sidpy.sid.guesses import dimension_type_of

    if kind != "image":
        msg = f"layers of images can be written, found one of the type {kind!r}"
        raise LabelValueError(msg)
    dataset = Dataset.from_array(data, title=str(arguments.get("name") or "generic"))
    units = [str(unit) for unit in arguments.get("units") or ()]
    words = [str(word) for word in arguments.get("axis_labels") or ()]
    scales = list(np.ravel(arguments.get("scale", ())))
    starts = list(np.ravel(arguments.get("translate", ())))
    dimensions = list(dataset.labels_record.dimensions)
    for axis, scale in enumerate(scales):
        start = starts[axis] if axis < len(starts) else 0.0
        unit = units[axis] if axis < len(units) else "pixel"
        word = words[axis].strip() if axis < len(words) else ""
        values = start + scale * np.arange(dataset.shape[axis])
        dimensions[axis] = Dimension(
            values, word or dimensions[axis].name, word or "generic", unit, dimension_type_of(unit)
        )
    _describe(dataset, arguments.get("metadata") or {})
    return Dataset.from_labels(dataset, dataset.labels_record.but(dimensions=distinct(dimensions)))


def _describe(dataset: Dataset, notes: dict[str, Any]) -> None:
    """Put back what `Dataset.to_napari` wrote into the metadata of a layer."""
    for name in ("quantity", "units", "modality", "source", "metadata", "original_metadata"):
        expected = dict if name.endswith("metadata") else str
        if isinstance(notes.get(name), expected):
            setattr(dataset, name, notes[name])
    if notes.get("data_type") in type(dataset.data_type).__members__:
        dataset.data_type = notes["data_type"]
