"""What of a dataset is stored where: the one table that writing and reading share.

A main dataset is a group with a dataset of the same name in it::

    IV_map/                 group: book-keeping, NXdata
      IV_map                the numbers, with the texts of `TEXTS` as attributes
      x, y, bias            one per axis: values, texts of `AXIS_TEXTS`, HDF5 dimension scales
      metadata/ ...         one group per dictionary of `TREES`, values as attributes
      Structure_000/        a crystal structure
      _nsid/                what attributes cannot hold: see below

The attributes and groups are what the released packages write and read.  They lose types
(a tuple becomes an array), whatever attributes cannot hold (arrays of 64 kB, None, dates) and
the variance.  ``_nsid``, a name that the released readers pass over, has all of that: the
attribute ``record`` (see `sidpy.hdf.records`) and the dataset ``variance``.

When both are there and agree, the record is what is read.  Where they disagree another
program has changed an attribute after we wrote it; then the attribute is right, entry by
entry (`reconciled`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from sidpy.hdf.attributes import decode
from sidpy.hdf.attrs import members, plain_value

if TYPE_CHECKING:
    from collections.abc import Generator

    from sidpy.sid.provenance import Provenance

    #: A comparison that waits for those of what lies inside.
    _Waiting = Generator[tuple[Any, ...], Any, Any]

__all__ = [
    "AXIS_TEXTS",
    "HIDDEN",
    "LAYOUT_VERSION",
    "MAIN_ATTRIBUTES",
    "NEWEST_STEPS",
    "TEXTS",
    "TREES",
    "VARIANCE",
    "plain_history",
    "reconciled",
]

#: Version of the layout described above; the record carries it as ``layout``.
LAYOUT_VERSION: Final = 1

#: The group that the released readers pass over.
HIDDEN: Final = "_nsid"

#: The dataset of squared standard deviations in it.
VARIANCE: Final = "variance"


class Text(NamedTuple):
    """A label that is a str, or a member of an Enum that is stored by its name."""

    label: str
    attribute: str


#: Labels that are attributes of the numbers.
TEXTS: Final = (
    Text("quantity", "quantity"),
    Text("units", "units"),
    Text("title", "main_data_name"),
    Text("data_type", "data_type"),
    Text("modality", "modality"),
    Text("source", "source"),
)

#: Labels of a dimension that are attributes of its values.
AXIS_TEXTS: Final = (
    Text("name", "name"),
    Text("units", "units"),
    Text("quantity", "quantity"),
    Text("dimension_type", "dimension_type"),
)

#: Dictionaries that are groups; others that a user attached follow the same rule.
TREES: Final = ("metadata", "original_metadata", "point_cloud", "provenance")

#: Attributes by which the numbers of a main dataset are known.
MAIN_ATTRIBUTES: Final = (*(text.attribute for text in TEXTS), "pyNSID_version")


#: So many of the newest steps get a group of their own: 10,000 groups take minutes.
NEWEST_STEPS: Final = 100


def plain_history(history: Provenance) -> dict[str, Any]:
    """Return a history in the few words that the released packages write.

    These are the first step and the newest `NEWEST_STEPS`; the record has all.
    """
    words = ("package", "version", "linked_data")
    entries = history.as_dict(newest=NEWEST_STEPS)
    for key in entries.keys() - history.stored.keys() - {"sidpy"}:
        entries[key] = {name: entries[key][name] for name in words if name in entries[key]}
    return entries


# ---------------------------------------------------------------- record and attributes


def reconciled(exact: Mapping[Any, Any], found: Mapping[str, Any], refused: set[str]) -> Any:
    """Return a dictionary exactly as it was, but for what another program has changed.

    Parameters
    ----------
    exact : dict
        What the record holds.
    found : dict
        What the group of attributes holds now.
    refused : set of str
        Keys, joined by ``/``, of entries that attributes could not hold when we wrote.

    Returns
    -------
    dict
        `exact` itself when nothing was changed.  An entry whose attribute differs from what
        we wrote comes from the attribute; one whose attribute is gone is gone; one that is
        new is added.
    """
    # nesting may be deeper than functions may call each other: they wait in a list instead
    waiting = [_reconciled(exact, found, refused, "")]
    answer: Any = None
    while waiting:
        try:
            inside = waiting[-1].send(answer)
        except StopIteration as done:
            waiting.pop()
            answer = done.value
        else:
            waiting.append(_reconciled(*inside))
            answer = None
    return answer


def _reconciled(
    exact: Mapping[Any, Any], found: Mapping[str, Any], refused: set[str], where: str
) -> _Waiting:
    names = {key: str(key).strip() for key in exact}
    clashing = len(set(names.values())) < len(names)  # 5 and "5": only one has an attribute
    result: dict[Any, Any] = {}
    changed = False
    for key, value in exact.items():
        name = names[key]
        nested = "/" in name and members(value) is not None  # lies a level deeper
        if clashing or nested or value is None or where + name in refused:
            result[key] = value
        elif name in found:
            result[key] = yield from _one_reconciled(value, found[name], refused, where + name)
            changed |= result[key] is not value
        else:
            changed = True
    known = {*names.values(), *(name.partition("/")[0] for name in names.values())}
    added = {name: found[name] for name in found if name not in known}
    result.update(added)
    return result if changed or added else exact


def _one_reconciled(value: Any, found: Any, refused: set[str], where: str) -> _Waiting:
    inside = members(value)
    if inside is None:
        return value if same_plain(value, found) else found
    if not isinstance(found, Mapping):
        return found
    merged = yield inside, found, refused, where + "/"
    if merged is inside:
        return value
    return merged if isinstance(value, Mapping) else list(merged.values())


def same_plain(value: Any, found: Any) -> bool:
    """Whether an attribute still holds what was written for `value`."""
    try:
        written = np.asarray(decode(plain_value(value)))
    except (TypeError, ValueError):
        return False
    read = np.asarray(found)
    if written.shape != read.shape:
        return False
    if written.dtype.kind in "USO" or read.dtype.kind in "USO":
        return [str(decode(x)) for x in written.flat] == [str(decode(x)) for x in read.flat]
    if "V" in (written.dtype.kind, read.dtype.kind):  # titles and byte orders are not stored
        return repr(written.tolist()) == repr(read.tolist())
    floating = written.dtype.kind in "fc" and read.dtype.kind in "fc"
    return bool(np.array_equal(written, read, equal_nan=floating))
