"""What a user has said about a dataset since the last operation, as one step.

``ds.units = "nA"``, ``ds.set_dimension(...)`` and ``ds.metadata["gain"] = 3`` are no
operations, and no step is written for each.  A dataset remembers the labels that its last
step gave it; what differs from them when its history is asked for, by the next operation or
by whoever stores it, is one step called ``relabel`` with the values as they are now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .arguments import NotKept, Reference, frozen
from .labels import check_fit
from .provenance import Step
from .trees import copy_tree, same_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .dimension import Dimension
    from .labels import Labels
    from .provenance import Provenance

__all__ = ["current_labels", "relabelled", "settle"]

#: Labels that are one value.
_WHOLE: Final = (
    "title", "quantity", "units", "data_type", "modality", "source", "variance", "point_cloud",
)  # fmt: skip

#: Labels that are dictionaries; what is written down is the entries that changed.
_TREES: Final = ("metadata", "original_metadata", "structures", "extras")


def current_labels(dataset: Any) -> Labels:
    """Return everything known about a dataset now, its history up to now included."""
    state = dataset.__dict__
    labels: Labels = _with_working(dataset)
    if state["_working"]:
        check_fit(labels, dataset.shape)
    known = state.get("_current")
    if known is not None and (
        labels is known[0]
        or (labels.provenance is known[0].provenance and not _changes(known[0], labels))
    ):
        result: Labels = known[1]
        return result
    changes = _changes(state["_settled"], labels)
    full = labels
    if changes:
        step = _step(dataset, changes, labels.provenance.last)
        full = labels.but(provenance=labels.provenance.then(step))
    state["_current"] = (labels, full)
    return full


def settle(dataset: Any, history: Provenance | None = None) -> None:
    """Take the labels as they are for what the last step has made, of a new `history` if any."""
    state = dataset.__dict__
    if history is not None:
        state["_working"].pop("provenance", None)
        state["_labels"] = state["_labels"].but(provenance=history)
    labels = _with_working(dataset) if state["_working"] else state["_labels"]
    state["_settled"] = labels
    state["_current"] = (labels, labels)
    state.pop("_given_variance", None)


def _with_working(dataset: Any) -> Labels:
    labels: Labels = dataset.__dict__["_labels"]
    working = dataset.__dict__["_working"]
    if not working:
        return labels
    return labels.but(**{name: labels.frozen(name, value) for name, value in working.items()})


def _changes(before: Labels, now: Labels) -> dict[str, Any]:
    """Return what is different, as the arguments of `relabelled`."""
    if before is now:
        return {}
    changes: dict[str, Any] = {}
    for name in _WHOLE:
        one, two = getattr(before, name), getattr(now, name)
        if one is not two and not same_tree(one, two):
            changes[name] = two
    if before.dimensions is not now.dimensions:
        pairs = enumerate(zip(before.dimensions, now.dimensions, strict=True))
        dimensions = {axis: two for axis, (one, two) in pairs if not _same_axis(one, two)}
        if dimensions:
            changes["dimensions"] = dimensions
    for name in _TREES:
        one, two = getattr(before, name), getattr(now, name)
        if one is not two:
            _add_entries(changes, name, one, two)
    return changes


def _add_entries(
    changes: dict[str, Any], name: str, one: Mapping[Any, Any], two: Mapping[Any, Any]
) -> None:
    new = {k: item for k, item in two.items() if k not in one or not _same_entry(one[k], item)}
    gone = [key for key in one if key not in two]
    if new:
        changes[name] = copy_tree(new, _kept)
    if gone:
        changes.setdefault("without", {})[name] = gone


def _same_entry(one: Any, two: Any) -> bool:
    """Whether a history holds the same for both; copies of unknown objects differ otherwise."""
    return same_tree(one, two) or same_tree(copy_tree(one, _kept), copy_tree(two, _kept))


def _kept(value: Any) -> Any:
    """Return a leaf of frozen labels as a file holds it; what it cannot hold as a text."""
    if isinstance(value, np.ndarray) or hasattr(value, "__dask_graph__"):
        return value
    lasting = frozen(value)
    return str(lasting) if isinstance(lasting, NotKept | Reference) else lasting


def _same_axis(one: Dimension, two: Dimension) -> bool:
    words = ("name", "quantity", "units", "dimension_type")
    return one is two or (
        all(getattr(one, word) == getattr(two, word) for word in words)
        and same_tree(one.values, two.values)
    )


def _step(dataset: Any, changes: dict[str, Any], last: Step | None) -> Step:
    """Return the step of these changes; what they hold belongs to frozen labels."""
    inputs, places = [dataset.name], [("data",)]
    parents = [] if last is None else [last]
    if changes.get("variance") is not None:
        given = dataset.__dict__.get("_given_variance")
        name = changes["variance"].name
        if given is not None and given[0] == name:
            changes["variance"] = given[1]
        else:
            del changes["variance"]
            inputs.append(name)
            places.append(("variance",))
            parents += [Step("from_array", output=name)] * len(parents)
    return Step(
        "relabel",
        parameters=changes,
        inputs=tuple(inputs),
        output=dataset.name,
        parents=tuple(parents),
        call="relabel",
        places=tuple(places),
    )


def relabelled(
    data: Any,
    *,
    dimensions: Mapping[int, Dimension] | None = None,
    variance: Any = ...,
    without: Mapping[str, list[Any]] | None = None,
    **labels: Any,
) -> Any:
    """Return a dataset with some labels changed.

    Parameters
    ----------
    data : Dataset
        Stays as it is.
    dimensions : dict of int to Dimension
        New dimensions by axis.
    variance : array of the shape of `data`, None or ...
        Squared standard deviations; ``...`` leaves them as they are.
    without : dict of str to list
        Entries that dictionaries lose.
    **labels
        Other labels: texts and kinds as a whole, dictionaries the entries that are new.
    """
    result = data.copy()
    now = result.labels_record
    changes: dict[str, Any] = {}
    if dimensions:
        axes = enumerate(now.dimensions)
        changes["dimensions"] = tuple(dimensions.get(axis, old) for axis, old in axes)
    for name, value in labels.items():
        changes[name] = {**getattr(now, name), **value} if name in _TREES else value
    for name, keys in (without or {}).items():
        entries = changes.get(name, getattr(now, name))
        changes[name] = {key: item for key, item in entries.items() if key not in keys}
    result._put(**changes)
    if variance is not ...:
        result.variance = variance
    return result
