"""The layout of a NeXus file, as far as writing and reading share it.

::

    /            @NX_class='NXroot' @creator='sidpy' @default='entry' @file_name @file_time
                 @HDF5_Version @h5py_version
    /entry       @NX_class='NXentry' @default='data';  title, a text
    /entry/data  @NX_class='NXdata' @signal='data' @axes=['x', 'bias'] @x_indices=0 ...
    /entry/data/data         the numbers, with the texts of `TEXTS` as attributes
    /entry/data/data_errors  their variance (not its root), float64, when there is one
    /entry/data/x            the values of an axis, float64, with those of `AXIS_TEXTS`
    /entry/sidpy_metadata    @NX_class='NXcollection'; metadata, original_metadata and
                             provenance, each one JSON text;  @record: see below

It is that of the released sidpy 0.12, whose reader reads these files.  JSON loses types (a
tuple becomes a list, an integer as a key becomes a text) and has no word for a date, a complex
number or an array; the released writer fails on those after it wrote the numbers.  The
attribute ``record`` (`sidpy.hdf.records`), which the released reader passes over, has
everything exactly, and what NeXus has no place for.  A text that somebody changed since is
right against the record.

The source of everything about NeXus here is the definition of NXdata and its annotations,
https://manual.nexusformat.org/classes/base_classes/NXdata.html.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.base.naming import free_name
from sidpy.errors import LabelTypeError, LabelValueError
from sidpy.hdf.words import plain_text
from sidpy.sid.provenance import plain_value

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AXIS_TEXTS", "COLLECTION", "DICTIONARIES", "ERRORS", "RECORD", "RECORD_LAYOUT", "TEXTS",
    "axis_names", "legal_name", "long_name", "quantity_of", "readable",
]  # fmt: skip

#: Labels of a dataset that are attributes of its numbers, under the same names.
TEXTS: Final = ("units", "quantity", "data_type", "modality", "source", "title")

#: Labels of a dimension that are attributes of its values.
AXIS_TEXTS: Final = ("units", "quantity", "dimension_type")

#: The group of what NeXus has no place for.
COLLECTION: Final = "sidpy_metadata"

#: The texts in it.
DICTIONARIES: Final = ("metadata", "original_metadata", "provenance")

#: The attribute with everything exactly, and the version of what is in it.
RECORD: Final = "record"
RECORD_LAYOUT: Final = 1

#: What follows the name of the numbers in that of their variance.
ERRORS: Final = "_errors"

#: Names that mean something else in an NXdata.
_RESERVED: Final = ("title", "errors", "scaling_factor", "offset")

#: Longest array that is spelt out in the JSON texts.
_LONGEST: Final = 10_000


def long_name(quantity: str, units: str) -> str:
    """Return the text of an axis label.

    Examples
    --------
    >>> long_name("Bias", "V")
    'Bias (V)'
    """
    return plain_text(f"{quantity} ({units})")


def quantity_of(label: str, units: str) -> str:
    """Return what a label says besides the units.

    Examples
    --------
    >>> quantity_of("Energy transfer [meV]", "meV")
    'Energy transfer'
    """
    stripped = re.sub(rf"\s*[(\[]\s*{re.escape(units)}\s*[)\]]\s*$", "", label) if units else label
    return stripped.strip()


def legal_name(text: Any, what: str) -> str:
    """Return a text as the name of an HDF5 object: no blanks around it, ``/`` as ``_``.

    Parameters
    ----------
    text : str
        What the caller wants.
    what : str
        How the caller's argument is called.

    Raises
    ------
    LabelTypeError
        When it is no str.
    LabelValueError
        When nothing is left of it.
    """
    if not isinstance(text, str):
        msg = f"{what} should be a string, found {text!r}"
        raise LabelTypeError(msg)
    name = plain_text(text).strip().replace("/", "_")
    if not name.strip("."):
        msg = f"{what} should be a name that HDF5 can have, found {text!r}"
        raise LabelValueError(msg)
    return name


def axis_names(names: Iterable[str], signal: str) -> list[str]:
    """Return how the axes are called in the file: each otherwise, and not like the numbers.

    Examples
    --------
    >>> axis_names(["x", "none", "none", "data"], "data")
    ['x', 'none', 'none_1', 'data_1']
    """
    taken = {signal, signal + ERRORS, *_RESERVED}
    result = []
    for name in names:
        wanted = plain_text(name).strip().replace("/", "_")
        wanted = wanted if wanted.strip(".") else "axis"  # "." means: no axis
        free = free_name(wanted, taken)
        taken.add(free)
        result.append(free)
    return result


# ---------------------------------------------------------------- dictionaries as JSON


def readable(value: Any) -> str:
    """Return a dictionary as JSON for everybody's eyes.

    Keys become text, tuples lists, dates and members of an Enum their name; what JSON has
    no word for is described.  What is lost by that is in the record.

    Examples
    --------
    >>> readable({1: (2.5, None)})
    '{"1": [2.5, null]}'
    """
    try:
        return plain_text(json.dumps(_plain(value)))
    except (RecursionError, ValueError):  # nested too deep, or into itself
        return json.dumps({"record": f"is in the attribute {RECORD!r} of {COLLECTION!r}"})


def fingerprint(text: str) -> str:
    """Return what tells a text from a changed one."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray) and value.size <= _LONGEST and value.dtype.kind in "biufUT":
        return value.tolist()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return plain_value(value)
