"""Histories as one graph: what was done once is there once.

Every dataset of a file has its own copy of the steps that led to it.  Here they are put
together, so that a file that was read once, and a step whose result two datasets have in
common, are one node.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sidpy.sid.dataset import Dataset
    from sidpy.sid.provenance import Step

__all__ = ["Graph", "Kind", "Node", "in_order", "kind_of", "stored_last"]

Kind = Literal["file", "array", "note", "call"]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One step, and the nodes whose results went in."""

    step: Step
    inputs: tuple[Node | None, ...]
    """For each dataset that went in the node that made it; None when nothing is known of it."""
    kind: Kind
    """``"file"``: a file was read; ``"array"``: an array in memory became a dataset;
    ``"note"``: somebody wrote something down, the values are those of the input;
    ``"call"``: anything else."""

    @property
    def known(self) -> tuple[Node, ...]:
        """The inputs of which something is known."""
        return tuple(node for node in self.inputs if node is not None)


@dataclass(slots=True)
class Graph:
    """The steps that led to some datasets, inputs before what used them."""

    nodes: list[Node] = field(default_factory=list)
    results: dict[str, Node] = field(default_factory=dict)
    """The node that made each dataset; those without a history are not there."""
    _known: dict[Any, Node] = field(default_factory=dict)
    _listed: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, histories: Mapping[str, Step | None]) -> Graph:
        """Put together the histories that end in these steps."""
        graph = cls()
        for key, last in histories.items():
            if last is not None:
                graph.results[key] = graph.add(last)
        return graph

    def add(self, last: Step) -> Node:
        """Add the history that ends in a step and return the node of that step."""
        own: dict[int, Node] = {}
        for step in in_order(last):
            parents = [own[id(parent)] for parent in step.parents]
            name = (step.function, step.package, step.version, step.time_ns, step.output,
                    getattr(step, "part", ""), *map(id, parents))  # fmt: skip
            if name not in self._known:
                inputs = _inputs(step, parents)
                self._known[name] = Node(step, inputs, kind_of(step, parents))
            own[id(step)] = self._known[name]
        self._list(own[id(last)])
        return own[id(last)]

    def _list(self, last: Node) -> None:
        """List a node and what it stands on; what a reader did while it read is not."""
        waiting = [(last, False)]
        while waiting:
            node, done = waiting.pop()
            if id(node) in self._listed:
                continue
            if done:
                self._listed.add(id(node))
                self.nodes.append(node)
            else:
                waiting.append((node, True))
                waiting += [(source, False) for source in reversed(node.known)]

    def uses(self) -> Counter[int]:
        """Count, by the id of each node, what uses its result."""
        count = Counter(id(source) for node in self.nodes for source in node.known)
        count.update(id(node) for node in self.results.values())
        return count


def in_order(last: Step) -> Iterable[Step]:
    """Return the steps that lead to one, each once, inputs before what used them."""
    from sidpy.sid.provenance import Provenance

    return Provenance(last).steps()


def stored_last(dataset: Dataset) -> Step | None:
    """Return the last step that a file had stored with a dataset that was read from it.

    None when it has stored none; the steps of its reader do not count.
    """
    last = dataset.provenance_record.last
    return last.parents[0] if last is not None and _has_stored(last) else None


def _has_stored(step: Step) -> bool:
    """Whether what a step of `sidpy.read` stands on was stored in the file that it read."""
    return bool(step.parents) and step.parameters.get("history") == "stored"


def kind_of(step: Step, parents: Iterable[Any] = ()) -> Kind:
    """Return what kind of step it is."""
    parents = list(parents)
    if step.function == "sidpy.read":
        return "file"
    if step.function == "from_array" and step.package == "sidpy" and not parents:
        return "array"
    alone = len(parents) == 1 and not step.inputs
    if alone and step.output and step.output == _step_of(parents[0]).output:
        return "note"
    return "call"


def _step_of(parent: Any) -> Any:
    return getattr(parent, "step", parent)


def _inputs(step: Step, parents: list[Node]) -> tuple[Node | None, ...]:
    """Return for each input of a step the node that made it.

    Inputs and parents come in the same order; an input without a history has no parent.
    """
    if step.function == "sidpy.read":
        return tuple(parents) if _has_stored(step) else ()
    if not step.inputs or len(step.inputs) == len(parents):
        return tuple(parents)
    waiting = list(parents)
    found: list[Node | None] = []
    for name in step.inputs:
        fitting = next((node for node in waiting if node.step.output == name), None)
        if fitting is not None:
            waiting.remove(fitting)
        found.append(fitting)
    return tuple(found)
