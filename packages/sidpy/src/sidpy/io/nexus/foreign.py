"""Labels of NeXus files that other programs wrote."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.hdf.attributes import decode
from sidpy.hdf.objects import is_dataset, is_group, last_name
from sidpy.hdf.words import from_word
from sidpy.sid.agreement import counting, distinct
from sidpy.sid.guesses import data_type_of, dimension_type_of
from sidpy.sid.kinds import DataType, DimensionType
from sidpy.sid.labels import Labels
from sidpy.sid.provenance import Provenance, Step

from .layout import quantity_of
from .links import Walk, nx_class, text_of
from .tree import tree
from .values import axis_values, lazy_values, with_axes

if TYPE_CHECKING:
    from sidpy.sid.dimension import Dimension

    from .search import Plottable

__all__ = ["foreign_labels"]

logger = logging.getLogger(__name__)


def foreign_labels(found: Plottable, walk: Walk) -> Labels:
    """Return what a file of another program says of an NXdata."""
    dimensions = _dimensions(found)
    units = text_of(found.signal, "units", "generic").strip() or "generic"
    step = Step(
        "nexus_to_sidpy",
        parameters={"signal": str(found.signal.name)},
        inputs=(Path(found.signal.file.filename).name,),
    )
    return Labels(
        dimensions=dimensions,
        title=_title(found, walk),
        units=units,
        quantity=_quantity(found.signal, units),
        data_type=_data_type(found.signal, dimensions),
        modality=text_of(found.signal, "modality", "generic"),
        source=text_of(found.signal, "source") or _source(found, walk),
        original_metadata={} if found.entry is None else tree(found.entry, walk),
        provenance=Provenance(step),
        variance=_variance(found),
    )


def _data_type(signal: Any, dimensions: tuple[Dimension, ...]) -> DataType:
    stated = from_word("data_type", text_of(signal, "data_type"))
    return data_type_of(dimensions) if stated is DataType.UNKNOWN else stated  # type: ignore[no-any-return]


def _dimensions(found: Plottable) -> tuple[Dimension, ...]:
    meant = _interpreted(text_of(found.signal, "interpretation"), found.signal.ndim)
    result = []
    for (length, axis, default), kind in zip(with_axes(found), meant, strict=True):
        values = None if axis is None else axis_values(axis, length)
        dimension = default
        if axis is not None:
            dimension = counting(length, last_name(axis).strip() or default.name)
            dimension.units = text_of(axis, "units").strip() or "generic"
            dimension.quantity = _quantity(axis, dimension.units)
        if values is not None:
            dimension = dimension.with_values(values)
        guess = dimension_type_of(dimension.units)
        stated = from_word("dimension_type", text_of(axis, "dimension_type") if axis else "")
        for answer in (stated, guess, kind):
            if answer is not DimensionType.UNKNOWN:
                dimension.dimension_type = answer
                break
        result.append(dimension)
    return distinct(result)


def _interpreted(word: str, rank: int) -> list[DimensionType]:
    """Return what the axes are when the file says how its numbers are meant."""
    kinds = [DimensionType.UNKNOWN] * rank
    if word == "spectrum" and rank:
        kinds[-1] = DimensionType.SPECTRAL
    if word in ("image", "rgb-image") and rank >= 2:
        first = rank - (2 if word == "image" or rank < 3 else 3)
        kinds[first : first + 2] = [DimensionType.SPATIAL] * 2
        if word == "rgb-image" and rank >= 3:
            kinds[-1] = DimensionType.CHANNEL
    return kinds


def _quantity(item: Any, units: str) -> str:
    label = text_of(item, "quantity") or quantity_of(text_of(item, "long_name"), units)
    return label.strip() or last_name(item).strip() or "generic"


def _title(found: Plottable, walk: Walk) -> str:
    for group in (found.group, found.entry):
        stored = None if group is None else walk.find(group, "title")
        if is_dataset(stored) and stored.size == 1:
            text = decode(np.ravel(stored[()])[0])
            if isinstance(text, str) and text.strip():
                return text.strip()
    return last_name(found.signal)


def _source(found: Plottable, walk: Walk) -> str:
    """Return the name of the instrument, wherever the entry has it."""
    for name, item in () if found.entry is None else walk.members(found.entry):
        stored = walk.find(item, "name") if is_group(item) else None
        if is_dataset(stored) and stored.size == 1 and nx_class(item) == "NXinstrument":
            return str(decode(np.ravel(stored[()])[0]))
        logger.debug("%r names no instrument", name)
    return "generic"


def _variance(found: Plottable) -> Any:
    """Return the variance of errors, which are standard deviations in NeXus."""
    if found.errors is None or found.errors.dtype.kind not in "iuf":
        return None
    errors = lazy_values(found.errors, None)
    return errors.astype(np.result_type(errors.dtype, np.float32)) ** 2
