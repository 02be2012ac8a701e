"""What a file holds beside what was written into it: every difference, by its address.

A writer knows what it cannot write, or believes to.  The truth is in the file: it is read
again, lazily, and compared label by label with the datasets that were given.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.hdf.words import word
from sidpy.sid.provenance import Provenance
from sidpy.sid.structures import describe, is_atoms
from sidpy.sid.trees import copy_tree, same_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sidpy.sid.dataset import Dataset
    from sidpy.sid.labels import Labels

__all__ = ["Loss", "losses"]

#: Labels that are texts, or members of an Enum.
_TEXTS: Final = ("title", "quantity", "units", "data_type", "modality", "source")
_AXIS_TEXTS: Final = ("name", "quantity", "units", "dimension_type")
#: Labels that are nested dictionaries.
_TREES: Final = ("metadata", "original_metadata", "point_cloud", "extras")
#: Longest text of a value in a report.
_LONGEST: Final = 60
#: Entries of one dictionary that are reported one by one.
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that is not in the file as it was given."""

    dataset: str
    """Key of the dataset."""
    what: str
    """Which label, ``"dimension 0/units"``, ``"metadata/tip/radius"``, or ``"values"``."""
    why: str
    """What became of it: ``"'nA' became 'generic'"``."""

    def as_dict(self) -> dict[str, str]:
        """Return the fields by name."""
        return asdict(self)


def losses(
    given: Mapping[str, Dataset], found: Mapping[str, Dataset], *, values: bool = False
) -> list[Loss]:
    """Compare what was written with what is read again.

    Parameters
    ----------
    given : dict of str to Dataset
        What was written.
    found : dict of str to Dataset
        What `sidpy.read` returns of the file; the step that it adds to the histories is
        not counted.
    values : bool
        Compare all numbers as well, block by block; otherwise their type and shape.

    Returns
    -------
    list of Loss
        In the order of the datasets; empty when everything is there, type for type.

    Examples
    --------
    >>> import sidpy
    >>> one = sidpy.Dataset.from_array([1.0], units="nA")
    >>> two = one.copy()
    >>> two.units = "A"
    >>> first, *_ = losses({"a": one}, {"a": two})
    >>> first.what, first.why
    ('units', "'nA' became 'A'")
    """
    pairs, result = _paired(given, found)
    for key, dataset, other in pairs:
        result += [Loss(key, what, why) for what, why in _of_dataset(dataset, other)]
        if values and dataset.shape == other.shape:
            result += [Loss(key, what, why) for what, why in _of_values(dataset, other)]
    return result


def _paired(
    given: Mapping[str, Dataset], found: Mapping[str, Dataset]
) -> tuple[list[tuple[str, Dataset, Dataset]], list[Loss]]:
    """Find each dataset again: by its key, or else by its place."""
    problems: list[Loss] = []
    if list(given) != list(found) and len(given) == len(found) and set(given) != set(found):
        renamed = dict(zip(given, found, strict=True))
        problems += [
            Loss(key, "key", _became(key, new)) for key, new in renamed.items() if key != new
        ]
        return [(key, given[key], found[new]) for key, new in renamed.items()], problems
    problems += [Loss(key, "dataset", "is not in the file") for key in given if key not in found]
    problems += [Loss(key, "dataset", "was not given") for key in found if key not in given]
    if not problems and list(given) != list(found):
        problems.append(Loss("", "order of the datasets", _became(list(given), list(found))))
    return [(key, given[key], found[key]) for key in given if key in found], problems


def _became(one: Any, other: Any) -> str:
    return f"{_short(one)} became {_short(other)}"


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        kind = f"array of {value.dtype} and shape {value.shape}"
        return repr(value.tolist()) if value.size <= 4 else kind
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _of_dataset(given: Dataset, found: Dataset) -> Iterator[tuple[str, str]]:
    """Yield each label that differs, with what became of it."""
    one, other = given.labels_record, found.labels_record
    if given.shape != found.shape:
        yield "shape", _became(given.shape, found.shape)
    if given.dtype != found.dtype:
        yield "type of the values", f"{given.dtype.descr} became {found.dtype.descr}"
    for name in _TEXTS:
        yield from _different(name, word(getattr(one, name)), word(getattr(other, name)))
    for axis, pair in enumerate(zip(one.dimensions, other.dimensions, strict=False)):
        yield from _of_dimensions(f"dimension {axis}", *pair)
    for name in _TREES:
        yield from _of_trees(name, getattr(one, name), getattr(other, name))
    yield from _of_trees("structures", _structures(one), _structures(other))
    yield from _of_variance(one.variance, other.variance)
    yield from _of_histories(given.provenance_record, _before_reading(found.provenance_record))


def _different(name: str, one: Any, other: Any) -> Iterator[tuple[str, str]]:
    if one != other or type(one) is not type(other):
        yield name, _became(one, other)


def _of_dimensions(where: str, one: Any, other: Any) -> Iterator[tuple[str, str]]:
    for name in _AXIS_TEXTS:
        yield from _different(
            f"{where}/{name}", word(getattr(one, name)), word(getattr(other, name))
        )
    values, others = np.asarray(one.values), np.asarray(other.values)
    if values.dtype != others.dtype or values.tobytes() != others.tobytes():
        yield f"{where}/values", _became(values, others)


def _of_variance(one: Any, other: Any) -> Iterator[tuple[str, str]]:
    if (one is None) != (other is None):
        yield "variance", "is missing" if other is None else "was not given"
    elif one is not None and one.dtype != other.dtype:
        yield "variance", f"{one.dtype} became {other.dtype}"


def _structures(labels: Labels) -> dict[str, Any]:
    return {
        name: describe(atoms) if is_atoms(atoms) else atoms
        for name, atoms in labels.structures.items()
    }


def _before_reading(history: Provenance) -> Provenance:
    """Return a history without the step that `sidpy.read` has added."""
    last = history.last
    if last is None or last.function != "sidpy.read":
        return history
    return Provenance(last.parents[0] if last.parents else None, history.stored)


def _of_histories(one: Provenance, other: Provenance) -> Iterator[tuple[str, str]]:
    # a mapping of any kind is a dictionary in a file
    rows, others = copy_tree(one.rows()), copy_tree(other.rows())
    if len(rows) != len(others):
        yield "history", f"{len(rows)} steps became {len(others)}"
    else:
        for number, (step, copy) in enumerate(zip(rows, others, strict=True)):
            yield from _of_trees(f"history/{number} {step['function']}", step, copy)
    yield from _of_trees("history of others", dict(one.stored), dict(other.stored))


def _of_trees(where: str, one: Any, other: Any) -> Iterator[tuple[str, str]]:
    """Yield what differs in nested values: the deepest address, the first `_MOST` of them."""
    if same_tree(one, other) and list(_keys(one)) == list(_keys(other)):
        return
    number = 0
    waiting = [(where, one, other)]
    while waiting:
        place, left, right = waiting.pop()
        if same_tree(left, right):
            continue
        inside = _members(left, right)
        if inside is not None:
            waiting += [(f"{place}/{key}", a, b) for key, a, b in inside]
            continue
        number += 1
        if number > _MOST:
            yield where, "and more"
            return
        if right is _NOTHING:
            yield place, f"{_short(left)} is missing"
        else:
            yield place, f"is new: {_short(right)}" if left is _NOTHING else _became(left, right)
    if not number:
        yield where, "its entries are in another order"


_NOTHING: Final = object()


def _keys(value: Any) -> Any:
    return value if isinstance(value, dict) else ()


def _members(left: Any, right: Any) -> list[tuple[Any, Any, Any]] | None:
    """Return the members of two containers of one kind side by side, None for others."""
    if isinstance(left, dict) and isinstance(right, dict):
        keys = [*left, *(key for key in right if key not in left)]
        return [(key, left.get(key, _NOTHING), right.get(key, _NOTHING)) for key in keys[::-1]]
    sequences = isinstance(left, list | tuple) and type(left) is type(right)
    if sequences and len(left) == len(right):
        return list(zip(range(len(left)), left, right, strict=True))[::-1]
    return None


# ---------------------------------------------------------------- the numbers


def _of_values(given: Dataset, found: Dataset) -> Iterator[tuple[str, str]]:
    from sidpy.sid import plain

    pairs = {"values": (plain(given), plain(found))}
    if given.variance is not None and found.variance is not None:
        pairs["values of the variance"] = (plain(given.variance), plain(found.variance))
    for name, (one, other) in pairs.items():
        count = _count_of_changed(one, other)
        if count:
            yield name, f"{count} of {one.size} are not the same"


def _count_of_changed(one: Any, other: Any) -> int:
    """Return how many elements differ, a few blocks in memory at a time."""
    import dask.array as da

    changed = da.map_blocks(
        _changed,
        one,
        other.rechunk(one.chunks),
        dtype=np.bool_,
        meta=np.empty((0,) * one.ndim, bool),
    )
    return int(changed.sum().compute())


def _changed(one: Any, other: Any) -> Any:
    """Return which elements differ, to the bit where the types agree."""
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype.fields and one.dtype == other.dtype:
        parts = [_changed(one[name], other[name]) for name in one.dtype.fields]
        flat = [part.reshape((*one.shape, -1)).any(axis=-1) for part in parts]
        return np.logical_or.reduce(flat) if flat else np.zeros(one.shape, bool)
    if one.dtype != other.dtype or one.dtype.kind in "OSUT" or not one.dtype.itemsize:
        return np.asarray(one != other)
    raw = [np.ascontiguousarray(part).reshape(part.shape) for part in (one, other)]
    bits = [part[..., None].view(np.uint8) for part in raw]
    return np.asarray((bits[0] != bits[1]).any(axis=-1))
