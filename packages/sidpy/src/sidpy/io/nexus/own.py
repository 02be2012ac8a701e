"""Labels of NeXus files that sidpy wrote, this or the released one."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.hdf.attributes import decode
from sidpy.hdf.objects import is_dataset, is_group, last_name
from sidpy.hdf.records import read_record
from sidpy.hdf.words import from_word, plain_text
from sidpy.sid.agreement import counting
from sidpy.sid.labels import Labels
from sidpy.sid.provenance import Provenance
from sidpy.sid.structures import revive

from .layout import (
    AXIS_TEXTS,
    COLLECTION,
    DICTIONARIES,
    RECORD,
    RECORD_LAYOUT,
    TEXTS,
    fingerprint,
    readable,
)
from .links import Walk, text_of
from .values import axis_values, lazy_values, with_axes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sidpy.sid.dimension import Dimension

    from .search import Plottable

__all__ = ["exact_record", "is_own", "own_labels"]

logger = logging.getLogger(__name__)


def _collection(found: Plottable, walk: Walk) -> Any:
    return None if found.entry is None else walk.find(found.entry, COLLECTION)


def is_own(found: Plottable, walk: Walk) -> bool:
    """Whether sidpy wrote an NXdata: its signal has our attributes, and the texts are there."""
    return is_group(_collection(found, walk)) and "data_type" in found.signal.attrs


def exact_record(found: Plottable, walk: Walk) -> Mapping[str, Any]:
    """Return the exact record, empty for files of others and of newer programs."""
    collection = _collection(found, walk)
    if not is_group(collection) or RECORD not in collection.attrs:
        return {}
    try:
        record = read_record(collection, {"ase.Atoms": revive}, name=RECORD)
    except (ValueError, KeyError, TypeError) as error:
        logger.warning("the exact record of %r is passed over: %s", found.signal.name, error)
        return {}
    known = isinstance(record, dict) and record.get("layout", RECORD_LAYOUT + 1) <= RECORD_LAYOUT
    return record if known else {}


def own_labels(found: Plottable, walk: Walk, record: Mapping[str, Any]) -> Labels:
    """Return everything that was known of the dataset, as it is in the file now."""
    known = record.get("texts", {})
    texts = {
        key: from_word(key, _exact(text_of(found.signal, key), known.get(key))) for key in TEXTS
    }
    collection = _collection(found, walk)
    trees = {name: _dictionary(collection, name, record) for name in DICTIONARIES}
    return Labels(
        dimensions=_own_dimensions(found, record.get("axes", ())),
        variance=_own_variance(found, record),
        structures=record.get("structures", {}),
        point_cloud=record.get("point_cloud"),
        extras=record.get("extras", {}),
        **texts,
        **trees,
    )


def _exact(text: str, known: str | None) -> str:
    """Return the exact form of a text, unless its attribute was changed."""
    return known if known is not None and plain_text(known) == text else text


def _own_dimensions(found: Plottable, known: Any) -> tuple[Dimension, ...]:
    result = []
    exact = {one["file"]: one for one in known}
    for length, axis, default in with_axes(found):
        if axis is None:
            result.append(default)
            continue
        name = last_name(axis)
        words = exact.get(name, {"name": name})
        values = axis_values(axis, length)
        dimension = counting(1, words["name"])
        for key in AXIS_TEXTS:
            text = _exact(text_of(axis, key, "generic"), words.get(key))
            if text.strip():
                setattr(dimension, key, from_word(key, text))
        result.append(dimension.with_values(np.arange(length) if values is None else values))
    return tuple(result)


def _own_variance(found: Plottable, record: Mapping[str, Any]) -> Any:
    if found.errors is None:
        return None
    lazy = lazy_values(found.errors, None)
    dtype = record.get("variance")
    return lazy if dtype is None or dtype == lazy.dtype else lazy.astype(dtype)


def _dictionary(collection: Any, name: str, record: Mapping[str, Any]) -> Any:
    """Return a dictionary exactly, or as its text says when somebody changed that."""
    stored = collection.get(name)
    text = decode(stored[()]) if is_dataset(stored) and stored.shape == () else "{}"
    exact = _exact_dictionary(record, name)
    if exact is not None:
        written = record.get("shown", {}).get(name)
        if written is None:  # files of the first versions
            shown = exact.as_dict() if isinstance(exact, Provenance) else exact
            written = fingerprint(readable(shown))
        if fingerprint(text) == written:
            return exact
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        logger.warning("%r is no JSON text and is passed over", f"{collection.name}/{name}")
        plain = {}
    plain = plain if isinstance(plain, dict) else {}
    return Provenance(stored=plain) if name == "provenance" else plain


def _exact_dictionary(record: Mapping[str, Any], name: str) -> Any:
    found = record.get(name)
    if name != "provenance" or found is None:
        return found
    return Provenance.from_rows(found["rows"], found["stored"])
