"""Compute the results in a file again, from raw data, and compare.

The steps of all datasets are one graph.  It is followed from the files that were read: each
step is called again, lazily, and what comes out is compared with what is stored, block by
block.  A dataset in the same file that other datasets were made of is compared as well, so
that the first step that went wrong can be named.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidpy.errors import LabelValueError, NotReplayable
from sidpy.io.read import read
from sidpy.sid.provenance import version_of

from .calling import Repeater
from .comparison import Comparison, compare
from .graph import Graph, Node, stored_last
from .raw import find_raw
from .verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from os import PathLike

    from sidpy.sid.dataset import Dataset

    from .verdict import Outcome

__all__ = ["replay"]


def replay(
    path: str | PathLike[str],
    dataset: str | None = None,
    *,
    raw_dir: str | PathLike[str] | Iterable[str | PathLike[str]] = (),
    trust: Iterable[str] = (),
    rtol: float | None = None,
    atol: float = 0.0,
) -> list[Verdict]:
    """Recompute the results in a file from raw data and compare them with what is stored.

    Parameters
    ----------
    path : path-like
        A file with histories: NSID, NeXus, or any other that keeps them.
    dataset : str, optional
        Only the dataset that `sidpy.read` gives under this key.
    raw_dir : path-like or several
        Where to look for raw files first.  Without it they are expected where they were
        read, or beside the file.
    trust : iterable of str
        Packages whose functions may be called besides those of this family and of
        installed plugins.
    rtol, atol : float
        Deviation that is tolerated, relative to the stored value and absolute; by default
        none but rounding, see `sidpy.history.compare`.

    Returns
    -------
    list of Verdict
        One for each dataset, in the order of the file; each prints what was found.

    Raises
    ------
    ReaderError
        When the file cannot be read.
    LabelValueError
        When it has no dataset of that key.

    Notes
    -----
    The file is opened read-only.  Computes one dataset after the other, on whatever dask
    scheduler is active, and holds a few blocks at a time.

    See Also
    --------
    sidpy.recipe : do the same to other data.
    """
    place = Path(path).expanduser().absolute()
    datasets = read(place)
    if dataset is not None and dataset not in datasets:
        msg = f"{str(path)!r} has {', '.join(datasets)}, but no {dataset!r}"
        raise LabelValueError(msg)
    folders = [raw_dir] if isinstance(raw_dir, str) or hasattr(raw_dir, "__fspath__") else raw_dir
    replaying = _Replay(place, datasets, [Path(folder) for folder in folders], trust)
    keys = list(datasets) if dataset is None else [dataset]
    replaying.follow(keys)
    found = {key: replaying.verdict(key, rtol, atol) for key in replaying.in_order(keys)}
    return [found[key] for key in keys]


class _Replay:
    """One file and what became of its steps."""

    def __init__(
        self,
        path: Path,
        datasets: Mapping[str, Dataset],
        folders: list[Path],
        trust: Iterable[str],
    ) -> None:
        self.path = path
        self.datasets = datasets
        self.folders = folders
        self.graph = Graph.of({key: stored_last(one) for key, one in datasets.items()})
        self.stored = {id(node): key for key, node in reversed(self.graph.results.items())}
        self.repeat = Repeater(trust)
        self.values: dict[int, Dataset] = {}
        self.failures: dict[int, tuple[Node, str]] = {}
        self.problems: dict[int, str] = {}
        self.notes: dict[int, list[str]] = {}
        self.traces: dict[int, Comparison] = {}
        self.verdicts: dict[int, Verdict] = {}

    # ------------------------------------------------------------------ computing again

    def follow(self, keys: Iterable[str]) -> None:
        """Do again every step that these datasets need."""
        wanted = {id(self.graph.results[key]) for key in keys if key in self.graph.results}
        needed = set(wanted)
        for node in reversed(self.graph.nodes):
            if id(node) in needed:
                needed.update(id(source) for source in node.known)
        for node in self.graph.nodes:
            if id(node) in needed:
                self._follow(node)

    def _follow(self, node: Node) -> None:
        try:
            self.values[id(node)] = self._value(node)
        except NotReplayable as error:
            cause = next((self.failures[id(source)] for source in node.known
                          if id(source) not in self.values), (node, str(error)))  # fmt: skip
            self.failures[id(node)] = cause
            key = self.stored.get(id(node))
            if key is not None:
                self.values[id(node)] = self.datasets[key]
                if cause[0].kind != "array":
                    self._note(node, f"begins with {key!r} as it is stored here: {cause[1]}")

    def _value(self, node: Node) -> Dataset:
        if node.kind == "array":
            msg = f"it began with an array in memory, which is not stored in {self.path.name}"
            if id(node) not in self.stored:
                raise NotReplayable(msg)
            return self.datasets[self.stored[id(node)]]
        if node.kind == "file":
            return self._raw(node)
        if any(id(source) not in self.values for source in node.known):
            msg = "what it was made of cannot be computed again"
            raise NotReplayable(msg)
        if node.kind == "note":
            return self.values[id(node.known[0])]
        if None in node.inputs:
            name = node.step.inputs[node.inputs.index(None)]
            msg = f"it took {name}, of which nothing is known but that"
            raise NotReplayable(msg)
        return self.repeat(node.step, [self.values[id(source)] for source in node.known])

    def _raw(self, node: Node) -> Dataset:
        """Return what a file holds, or what its own history gives where it is gone."""
        before = next((self.values.get(id(source)) for source in node.known), None)
        try:
            raw = find_raw(node.step, near=self.path, folders=self.folders)
        except NotReplayable as error:
            if before is None:
                raise
            self._note(node, f"{error}; what it held was computed from what it was made of")
            return before
        if raw.problem:
            self.problems[id(node)] = raw.problem
        if raw.note:
            self._note(node, raw.note)
        if before is not None and not raw.problem:
            self.traces[id(node)] = compare(raw.dataset, before)
        return raw.dataset

    def _note(self, node: Node, text: str) -> None:
        self.notes.setdefault(id(node), []).append(text)

    # ------------------------------------------------------------------ comparing

    def in_order(self, keys: Iterable[str]) -> list[str]:
        """Return keys so that a dataset comes before those that were made of it."""
        place = {id(node): number for number, node in enumerate(self.graph.nodes)}
        results = self.graph.results
        return sorted(keys, key=lambda key: place[id(results[key])] if key in results else -1)

    def verdict(self, key: str, rtol: float | None, atol: float) -> Verdict:
        """Compare one dataset."""
        dataset = self.datasets[key]
        node = self.graph.results.get(key)
        if node is None:
            return _without_steps(key, dataset)
        if all(_is_raw(one) for one in self._above(node)):
            return Verdict(key, dataset.title, "raw")
        if id(node) in self.failures:
            cause, reason = self.failures[id(node)]
            verdict = Verdict(key, dataset.title, "not replayable", step=cause.step, reason=reason)
        else:
            verdict = self._compared(key, dataset, node, rtol, atol)
        self.verdicts[id(node)] = verdict
        return verdict

    def _compared(
        self, key: str, dataset: Dataset, node: Node, rtol: float | None, atol: float
    ) -> Verdict:
        began = time.monotonic()
        again = self.values[id(node)]
        try:
            compared = _compare_both(dataset, again, rtol, atol)
        except Exception as error:  # noqa: BLE001 - whatever a step raises once it is computed
            reason = f"computing it again raises {type(error).__name__}: {error}"
            return Verdict(key, dataset.title, "not replayable", step=node.step, reason=reason)
        above = [*self._above(node)]
        outcome, step, reason = self._judged(node, above, compared)
        notes = [note for one in above for note in self.notes.get(id(one), ())]
        return Verdict(
            key, dataset.title, outcome, sum(one.kind == "call" for one in above), compared,
            step, reason, (*notes, *_other_labels(dataset, again)), time.monotonic() - began,
        )  # fmt: skip

    def _above(self, node: Node) -> Iterator[Node]:
        """Yield every node that a result stands on, and the node itself, in order."""
        needed = {id(node)}
        for one in reversed(self.graph.nodes):
            if id(one) in needed:
                needed.update(id(source) for source in one.known)
        yield from (one for one in self.graph.nodes if id(one) in needed)

    def _judged(
        self, node: Node, above: list[Node], compared: Comparison
    ) -> tuple[Outcome, Any, str]:
        """Return the outcome, and the first step at which it is known to go wrong."""
        outcome: Any = compared.outcome
        for one in above:
            if id(one) in self.problems:
                same = "" if outcome == "different" else ", yet the values are the same"
                return outcome, one.step, self.problems[id(one)] + same
            trace = self.traces.get(id(one))
            if trace is not None and trace.outcome == "different":
                name = one.step.parameters["file"]
                reason = f"what was read from {name} is not what its own history gives: {trace}"
                return "different", one.known[0].step, reason
        if outcome != "different":
            return outcome, None, ""
        return outcome, *self._suspect(node, above, str(compared))

    def _suspect(self, node: Node, above: list[Node], words: str) -> tuple[Any, str]:
        """Return the first step that may be to blame for a difference."""
        for one in above[:-1]:
            known = self.verdicts.get(id(one))
            if known is not None and known.outcome == "different":
                return one.step, f"its result is stored as {known.key!r} and differs already"
        confirmed = {
            id(below)
            for one in above
            if (known := self.verdicts.get(id(one))) is not None and known.is_confirmed
            for below in self._above(one)
        }
        for one in above:
            version = version_of(one.step.package)
            if id(one) not in confirmed and one.kind == "call" and version != one.step.version:
                package = one.step.package
                return one.step, f"was done by {package} {one.step.version}, now by {version}"
        return node.step, words


def _is_raw(node: Node) -> bool:
    """Whether a step is an array that was in memory, or gave it other labels."""
    return node.kind in {"array", "note"} or node.step.call == "relabel"


def _without_steps(key: str, dataset: Dataset) -> Verdict:
    """Judge a dataset of which the file says nothing that could be called again."""
    last = dataset.provenance_record.last
    if dataset.provenance_record.stored:
        reason = "its history was written by another program, and has the names of steps only"
        return Verdict(key, dataset.title, "not replayable", reason=reason)
    if last is not None and last.parents:
        return Verdict(key, dataset.title, "raw")
    return Verdict(key, dataset.title, "not replayable", reason="no history is stored with it")


def _compare_both(stored: Dataset, again: Dataset, rtol: float | None, atol: float) -> Comparison:
    """Compare values, and variances where there are any."""
    values = compare(stored, again, rtol=rtol, atol=atol)
    one, two = stored.variance, again.variance
    if values.outcome == "different" or (one is None and two is None):
        return values
    if one is None or two is None:
        reason = f"the variance is {'lost' if two is None else 'new'}"
        return Comparison(values.size, values.size, values.size, reason=reason)
    variances = compare(one, two, rtol=rtol, atol=atol)
    if variances.outcome == "identical":
        return values
    reason = f"of the variance, {variances.reason}".rstrip(", ")
    return Comparison(variances.size, variances.differing, variances.outside,
                      variances.absolute, variances.relative, reason)  # fmt: skip


def _other_labels(stored: Dataset, again: Dataset) -> list[str]:
    """Say which labels differ; those that were given after the last step are not recorded."""
    one, two = stored.labels_record, again.labels_record
    names = ["units", "quantity", "data_type", "dimensions"]
    found = [name for name in names if getattr(one, name) != getattr(two, name)]
    return [f"labels that differ, maybe set after the last step: {', '.join(found)}"] * bool(found)
