"""HDF5 into a Dataset: labels at once, numbers when they are computed.

What is read is decided by the table of `fields`; the exact record of our own files gives
back every type, unless another program has changed an attribute since.
"""

from __future__ import annotations

import logging
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.hdf import walking
from sidpy.hdf.arrays import is_form_of, restored_lazily
from sidpy.hdf.attrs import decode
from sidpy.hdf.damage import DAMAGE, named
from sidpy.hdf.groups import read_tree
from sidpy.hdf.objects import is_dataset, is_group
from sidpy.hdf.records import read_record
from sidpy.hdf.scales import attached_scales, axis_labels, last_scale
from sidpy.hdf.virtual import sharded
from sidpy.hdf.words import from_word, plain_text
from sidpy.sid.agreement import counting
from sidpy.sid.dataset import Dataset
from sidpy.sid.labels import Labels
from sidpy.sid.provenance import Provenance
from sidpy.sid.sources import H5Array, require_filters
from sidpy.sid.structures import is_atoms, revive

from .committed import COMMITTED, state_of
from .fields import (
    AXIS_TEXTS,
    HIDDEN,
    TEXTS,
    TREES,
    VARIANCE,
    plain_history,
    reconciled,
)  # fmt: skip
from .layout import may_be_tree
from .structures import ase_to_dict, read_structures
from .validate import require_main

if TYPE_CHECKING:
    from collections.abc import Mapping

    import h5py

    from sidpy.sid.dimension import Dimension

__all__ = ["read_h5py_dataset"]

logger = logging.getLogger(__name__)

#: Attributes that a group of results has, and a dictionary has not.
_BOOK_KEEPING = ("machine_id", "pyNSID_version")


def read_h5py_dataset(dset: h5py.Dataset) -> Dataset:
    """Read a main dataset; its numbers stay in the file.

    Parameters
    ----------
    dset : h5py.Dataset
        A main dataset, written by this or by the released package.

    Returns
    -------
    sidpy.Dataset
        With `dset` as its ``h5_dataset``.  The numbers of a file that is open read-only are
        read by its path when they are computed, so that it may be closed before.

    Raises
    ------
    TypeError
        When `dset` is no dataset, or no main dataset (`NotNSID`, with every reason).

    Notes
    -----
    Stays lazy.
    """
    if not is_dataset(dset):
        msg = (
            f"can only read single Dataset, found {type(dset).__name__}: "
            "pyNSID.NSIDReader reads groups and files"
        )
        raise TypeError(msg)
    dataset = read_main(dset)
    dataset.h5_dataset = dset
    return dataset


def read_main(dset: Any, *, by_path: bool = False) -> Dataset:
    """Read as `read_h5py_dataset` does, without keeping hold of the file.

    Parameters
    ----------
    dset : h5py.Dataset
        A main dataset.
    by_path : bool
        Whether the file may be closed before the numbers are computed, whichever way this
        process opened it.
    """
    require_main(dset)
    with named(dset.file.filename, "nsid"):
        group = dset.parent
        record = _record(group, dset)
        complete = _complete(dset, group)
        labels = _labels(dset, group, record, complete)
        numbers, variance = _source(dset, by_path), _variance(group, complete)
        if variance is not None:
            labels = labels.but(variance=_lazy(_source(variance, by_path), None, complete))
        lazy = _lazy(numbers, record.get("dtype"), complete)
        dataset = Dataset.from_labels(lazy, labels)
    # of this reading, and not of the data: they are neither copied nor written
    dataset.__dict__.update(h5_filename=dset.file.filename, h5_dataset_name=dset.name, axes={})
    return dataset


def _record(group: Any, dset: Any) -> Mapping[str, Any]:
    """Return the exact record, empty for files of others and of newer programs."""
    try:
        return read_record_of(group)
    except DAMAGE as error:
        logger.warning("the exact record of %r is passed over: %s", dset.name, error)
        return {}


def read_record_of(group: h5py.Group) -> Mapping[str, Any]:
    """Return the exact record beside a main dataset, empty when there is none.

    Raises
    ------
    ValueError
        When it is damaged or of a newer program, and whatever h5py raises on damage.
    """
    hidden = walking.member(group, HIDDEN)
    if not is_group(hidden) or "record" not in hidden.attrs:
        return {}
    found = read_record(hidden, {"ase.Atoms": revive})
    return found if isinstance(found, dict) else {}


def _complete(dset: Any, group: Any) -> tuple[int, ...]:
    """Return the shape that is complete: of an acquisition, what its writer committed.

    A reader beside a writer may know an older length of one dataset than of another; what is
    shorter than the committed length was complete, too.
    """
    state = state_of(group)
    if state is None:
        return tuple(dset.shape)
    scale, variance = dset.dims[state.axis][-1], group[HIDDEN].get(VARIANCE)
    lengths = [state.length, dset.shape[state.axis], scale.shape[0]]
    lengths += [] if variance is None else [variance.shape[state.axis]]
    return state._replace(length=min(lengths)).shape(dset.shape)


def _source(dset: Any, by_path: bool) -> Any:  # noqa: FBT001 - handed on by two callers
    """Return what the numbers are read from when they are computed."""
    shards = sharded(dset)
    if shards is not None:
        return shards.lazy()
    require_filters(dset)
    return H5Array.of(dset) if by_path else dset


def _lazy(source: Any, dtype: np.dtype[Any] | None, complete: tuple[int, ...]) -> Any:
    from sidpy.sid import as_lazy

    lazy = as_lazy(source)
    if lazy.shape != complete:
        lazy = lazy[tuple(map(slice, complete))]
    if not source.shape:
        # h5py reads a single value as a scalar, which forgets byte order and length of text
        lazy = lazy.map_blocks(np.asarray, source.dtype, dtype=source.dtype)
    # other values may have been put in the place of those that we wrote
    if dtype is None or not is_form_of(source.dtype, dtype):
        return lazy
    return restored_lazily(lazy, dtype)


def _labels(dset: Any, group: Any, record: Mapping[str, Any], complete: tuple[int, ...]) -> Labels:
    trees, extras = _trees(group, dset, record)
    return Labels(
        dimensions=_dimensions(dset, record.get("axes", ()), complete),
        structures=_structures(group, record.get("structures", {})),
        provenance=_provenance(group, record),
        extras=extras,
        **_texts(dset, record.get("texts", {})),
        **trees,
    )


def _text(h5_object: Any, name: str, default: str = "generic") -> str:
    if name not in h5_object.attrs:
        return default
    value = decode(h5_object.attrs[name])
    return value if isinstance(value, str) else str(value)


def _exact(text: str, known: str | None) -> str:
    """Return the exact form of a text, unless its attribute was changed."""
    return known if known is not None and plain_text(known) == text else text


def _texts(dset: Any, known: Mapping[str, str]) -> dict[str, Any]:
    """Return the labels that are texts; a file without a title names it by the dataset."""
    found = {}
    for row in TEXTS:
        text = _text(dset, row.attribute)
        found[row.label] = from_word(row.label, _exact(text, known.get(row.label)))
    return found


def _dimensions(dset: Any, known: Any, complete: tuple[int, ...]) -> tuple[Dimension, ...]:
    """Return the dimension of each axis, from the scale that was attached last."""
    labels, attached = axis_labels(dset), attached_scales(dset)
    result = []
    for axis, length in enumerate(complete):
        scale = last_scale(dset, attached[axis])
        exact = known[axis] if axis < len(known) else {}
        words = {
            row.label: from_word(
                row.label, _exact(_text(scale, row.attribute), exact.get(row.label))
            )
            for row in AXIS_TEXTS
        }
        blank = counting(1, words.pop("name") or labels[axis])
        result.append(_described(blank, words).with_values(scale[:length]))
    return tuple(result)


def _described(dimension: Dimension, words: Mapping[str, Any]) -> Dimension:
    for label, value in words.items():
        if value != "":
            setattr(dimension, label, value)
    return dimension


def _variance(group: Any, complete: tuple[int, ...]) -> Any:
    hidden = walking.member(group, HIDDEN)
    stored = walking.member(hidden, VARIANCE) if is_group(hidden) else None
    if not is_dataset(stored) or walking.obstacles(stored) or len(stored.shape) != len(complete):
        return None
    grown = COMMITTED in hidden and all(map(operator.ge, stored.shape, complete))
    return stored if grown or stored.shape == complete else None


def _trees(
    group: Any, dset: Any, record: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the dictionaries that every dataset has, and what users attached."""
    refused = {name: set(keys) for name, keys in record.get("refused", {}).items()}
    found = {name: walking.member(group, name) for name in TREES if name != "provenance"}
    trees = {}
    for name, member in found.items():
        plain = read_tree(member, skip_datasets=True) if is_group(member) else {}
        exact = record.get(name)
        merged = reconciled(exact, plain, refused.get(name, set())) if exact else plain
        trees[name] = merged if merged or name != "point_cloud" else exact
    extras = dict(record.get("extras", {}))
    for name, plain in _attached(group, dset).items():
        exact = extras.get(name)
        extras[name] = (
            reconciled(exact, plain, refused.get(name, set()))
            if isinstance(exact, dict)
            else plain
        )
    return trees, extras


def _attached(group: Any, dset: Any) -> dict[str, Any]:
    """Return the other dictionaries: groups that are neither results nor reserved."""
    found = {}
    for name in group:
        is_known = name in TREES or name.startswith(("_", "Structure_"))
        member = None if is_known else walking.member(group, name)
        if not is_group(member):
            continue
        if any(key in member.attrs for key in _BOOK_KEEPING) or _holds_datasets(member):
            logger.debug("%r beside %r is read on its own", name, dset.name)
        elif may_be_tree(name):
            found[name] = read_tree(member)
        else:
            logger.info("%r beside %r is not read: a Dataset has a member of that name",
                        name, dset.name)  # fmt: skip
    return found


def _holds_datasets(group: Any) -> bool:
    # visititems stops at the first answer that is not None
    return bool(group.visititems(lambda _, item: True if is_dataset(item) else None))


def _structures(group: Any, exact: Mapping[str, Any]) -> dict[str, Any]:
    """Return the crystal structures, exactly where nothing was changed."""
    result = dict(exact)
    named = {plain_text(str(title)).strip().replace("/", "_"): title for title in exact}
    for name, read in read_structures(group).items():
        title = named.get(name, name)
        if title not in exact or not _same_structure(exact[title], read):
            result[title] = read
    return result


def _same_structure(exact: Any, read: Any) -> bool:
    if not (is_atoms(exact) and is_atoms(read)):
        return not is_atoms(read)
    one, other = ase_to_dict(exact), ase_to_dict(read)
    return len(exact) == len(read) and all(
        np.allclose(one[name], other[name], equal_nan=True)
        for name in ("unit_cell", "base", "numbers", "pbc")
    )


def _provenance(group: Any, record: Mapping[str, Any]) -> Provenance:
    member = walking.member(group, "provenance")
    plain = read_tree(member, skip_datasets=True) if is_group(member) else {}
    exact = record.get("provenance")
    if not exact:
        return Provenance(stored=plain)
    history = Provenance.from_rows(exact["rows"], exact["stored"])
    written = plain_history(history)
    refused = set(record.get("refused", {}).get("provenance", ()))
    merged = reconciled(written, plain, refused)
    return history if merged is written else Provenance(stored=merged)
