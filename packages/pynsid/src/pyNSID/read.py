"""HDF5 into a Dataset: labels at once, numbers when they are computed.

What is read is decided by the table of `fields`; the exact record of our own files gives
back every type, unless another program has changed an attribute since.
"""

from __future__ import annotations

import logging
import operator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import CorruptFile, LabelError, NotNSID, ReaderError
from sidpy.hdf import walking
from sidpy.hdf.arrays import is_form_of, restored_lazily
from sidpy.hdf.damage import DAMAGE, Problem, named
from sidpy.hdf.groups import read_tree
from sidpy.hdf.objects import file_of, is_dataset, is_group
from sidpy.hdf.records import read_record
from sidpy.hdf.virtual import sharded
from sidpy.hdf.walking import is_external_wanted
from sidpy.hdf.words import from_word, plain_text
from sidpy.sid.agreement import counting
from sidpy.sid.dataset import Dataset
from sidpy.sid.labels import Labels, check_fit
from sidpy.sid.late import LateLabels
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
from .opening import opened
from .structures import ase_to_dict, read_structures
from .validate import require_main

if TYPE_CHECKING:
    from collections.abc import Mapping

    import h5py

    from sidpy.sid.dimension import Dimension

    from .looking import Look

__all__ = ["read_h5py_dataset"]

logger = logging.getLogger(__name__)

#: What stands in a text of a file for characters that HDF5 cannot hold, see `plain_text`.
_REPLACED: Final = "?\ufffd"

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
    dataset = read_main(require_main(dset))
    dataset.h5_dataset = dset
    return dataset


def read_main(look: Look, *, path: str = "", wait: bool = False) -> Dataset:
    """Read a main dataset that was looked at, without keeping hold of the file.

    Parameters
    ----------
    look : Look
        What a look at it has shown; nothing is wrong.
    path : str
        The file, when it may be closed before the numbers are computed, whichever way this
        process opened it.
    wait : bool
        Read its axes, dictionaries, history and variance when they are asked for.
    """
    dset, file = look.dataset, path or file_of(look.dataset)
    with named(file, "nsid"):
        complete = _complete(look)
        record = {} if wait and _is_plain(look) else _record(look)
        known = _texts(look, record.get("texts", {}))
        if wait:
            labels: Labels = LateLabels(
                partial(_read_later, path, look.name, complete, is_external_wanted()), **known
            )
        else:
            labels = Labels(**known, **_others(look, record, complete, path))
        lazy = _lazy(_source(dset, look.name, path), record.get("dtype"), complete)
        dataset = Dataset.from_labels(lazy, labels)
    # of this reading, and not of the data: they are neither copied nor written
    dataset.__dict__.update(h5_filename=file, h5_dataset_name=look.name, axes={})
    return dataset


def _read_later(
    path: str,
    name: str,
    complete: tuple[int, ...],
    external: bool,  # noqa: FBT001 - handed on by `partial`
) -> dict[str, Any]:
    """Read what waited.

    Raises
    ------
    CorruptFile
        When it cannot be read, with the address.
    """
    try:
        with opened(path, external=external) as file:
            look = require_main(walking.member(file, name))
            found = _others(look, _record(look), complete, path)
            check_fit(Labels(dimensions=found["dimensions"]), complete)
    except (ReaderError, NotNSID, LabelError) as error:
        reason = getattr(error, "message", str(error))
        msg = f"the labels of {name!r} cannot be read:"
        problems = getattr(error, "problems", ()) or (Problem(name, reason),)
        raise CorruptFile(msg, path=path, format="nsid", problems=problems) from error
    return found


def _is_plain(look: Look) -> bool:
    """Whether texts and type of the numbers are certain without the exact record."""
    dtype = look.dataset.dtype
    if dtype.kind in "SV" or (dtype.kind == "i" and dtype.itemsize == 8):
        return False  # they may be texts or dates
    return not any(mark in text for text in look.texts.values() for mark in _REPLACED)


def _record(look: Look) -> Mapping[str, Any]:
    """Return the exact record, empty for files of others and of newer programs."""
    try:
        return read_record_of(look.group)
    except DAMAGE as error:
        logger.warning("the exact record of %r is passed over: %s", look.name, error)
        return {}


def read_record_of(group: h5py.Group) -> Mapping[str, Any]:
    """Return the exact record beside a main dataset, empty when there is none.

    Raises
    ------
    ValueError
        When it is damaged or of a newer program, and whatever h5py raises on damage.
    """
    from h5py import h5a

    hidden = walking.member(group, HIDDEN)
    if not is_group(hidden) or not h5a.exists(hidden.id, b"record"):
        return {}
    found = read_record(hidden, {"ase.Atoms": revive})
    return found if isinstance(found, dict) else {}


def _complete(look: Look) -> tuple[int, ...]:
    """Return the shape that is complete: of an acquisition, what its writer committed.

    A reader beside a writer may know an older length of one dataset than of another; what is
    shorter than the committed length was complete, too.
    """
    dset: Any = look.dataset
    state = None if dset.chunks is None else state_of(look.group)
    if state is None:
        return tuple(dset.shape)
    scale, variance = look.axes[state.axis].scale, look.group[HIDDEN].get(VARIANCE)
    lengths = [state.length, dset.shape[state.axis], scale.shape[0]]
    lengths += [] if variance is None else [variance.shape[state.axis]]
    return state._replace(length=min(lengths)).shape(dset.shape)


def _source(dset: Any, name: str, path: str) -> Any:
    """Return what the numbers are read from when they are computed."""
    shards = sharded(dset)
    if shards is not None:
        return shards.lazy()
    require_filters(dset)
    return H5Array.of(dset, path, name) if path else dset


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


def _others(
    look: Look, record: Mapping[str, Any], complete: tuple[int, ...], path: str
) -> dict[str, Any]:
    """Return the labels that are no texts."""
    group = look.group
    trees, extras = _trees(group, look.dataset, record)
    variance = _variance(group, complete)
    if variance is not None:
        variance = _lazy(_source(variance, variance.name, path), None, complete)
    return {
        "dimensions": _dimensions(look, record.get("axes", ()), complete),
        "structures": _structures(group, record.get("structures", {})),
        "provenance": _provenance(group, record),
        "variance": variance,
        "extras": extras,
        **trees,
    }


def _exact(text: str, known: str | None) -> str:
    """Return the exact form of a text, unless its attribute was changed."""
    return known if known is not None and plain_text(known) == text else text


def _texts(look: Look, known: Mapping[str, str]) -> dict[str, Any]:
    """Return the labels that are texts; a file without a title names it by the dataset."""
    return {
        row.label: from_word(row.label, _exact(look.texts[row.attribute], known.get(row.label)))
        for row in TEXTS
    }


def _dimensions(look: Look, known: Any, complete: tuple[int, ...]) -> tuple[Dimension, ...]:
    """Return the dimension of each axis, from the scale that was attached last."""
    result = []
    for number, (axis, length) in enumerate(zip(look.axes, complete, strict=True)):
        exact = known[number] if number < len(known) else {}
        words = {
            row.label: from_word(
                row.label, _exact(axis.texts[row.attribute], exact.get(row.label))
            )
            for row in AXIS_TEXTS
        }
        blank = counting(1, words.pop("name") or axis.label)
        result.append(_described(blank, words).with_values(axis.scale[:length]))
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
