"""From a graph of steps to the names of a recipe."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sidpy.sid.provenance import Step

    from .graph import Graph, Node

__all__ = ["Drafting"]

#: What of the step that read a file tells a person or a reader what it was.
_OF_A_FILE: Final = ("file", "format", "key", "reader", "options")


class Drafting:
    """Gives names to what a graph consists of."""

    def __init__(self, *, nearest: bool) -> None:
        self.nearest = nearest
        self.inputs: list[tuple[str, dict[str, Any], Step | None]] = []
        self.steps: list[tuple[str, Step, tuple[str, ...]]] = []
        self._names: dict[Any, str] = {}
        self._taken: set[str] = set()
        self._calls: Counter[str] = Counter()

    def add(self, graph: Graph) -> str:
        """Add what the only result of a graph needs and return its name."""
        result = next(iter(graph.results.values()))
        needed = self._needed(result)
        for node in graph.nodes:
            if id(node) in needed:
                self._add(node)
        return self._names[id(result)]

    def _passes(self, node: Node) -> bool:
        """Whether the values of a node are those of its input."""
        if node.kind == "file":
            return not self.nearest and _was_made(node)
        return node.kind == "note"

    def _needed(self, result: Node) -> set[int]:
        needed: set[int] = set()
        waiting = [result]
        while waiting:
            node = waiting.pop()
            if id(node) in needed:
                continue
            needed.add(id(node))
            if node.kind != "file" or self._passes(node):
                waiting += node.known
        return needed

    def _add(self, node: Node) -> None:
        if self._passes(node):
            self._names[id(node)] = self._names[id(node.known[0])]
        elif node.kind == "file":
            about = _about(node.step)
            stem = Path(str(about.get("file", "data"))).stem
            self._names[id(node)] = self._input(stem, about, node.step)
        elif node.kind == "array":
            self._names[id(node)] = self._input("data", {"what": "an array in memory"})
        else:
            self._add_call(node)

    def _add_call(self, node: Node) -> None:
        names = []
        for source, identity in zip(node.inputs, _identities(node), strict=True):
            if source is None and identity not in self._names:
                self._names[identity] = self._input("data", {"what": identity})
            names.append(self._names[identity if source is None else id(source)])
        word = node.step.function.rpartition(".")[2]
        self._calls[word] += 1
        name = self._free(f"{word}_{self._calls[word]}")
        self.steps.append((name, node.step, tuple(names)))
        self._names[id(node)] = name

    def _input(self, stem: str, about: dict[str, Any], step: Step | None = None) -> str:
        name = self._free(stem)
        self.inputs.append((name, about, step))
        return name

    def _free(self, name: str) -> str:
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-") or "data"
        name = name if name[0].isalpha() else f"data_{name}"
        free, number = name, 1
        while free in self._taken:
            number += 1
            free = f"{name}_{number}"
        self._taken.add(free)
        return free


def _about(step: Step) -> dict[str, Any]:
    """Return what the step that read a file says of it; a reader without a format is no plugin."""
    known = _OF_A_FILE if step.parameters.get("format") else ("file", "key")
    return {key: step.parameters[key] for key in known if step.parameters.get(key)}


def _identities(node: Node) -> tuple[str, ...]:
    names = node.step.inputs
    return names if len(names) == len(node.inputs) else ("",) * len(node.inputs)


def _was_made(node: Node) -> bool:
    """Whether what a file holds was made of something else, and not only given labels."""
    waiting, seen = list(node.known), set()
    while waiting:
        one = waiting.pop()
        if one.kind == "file" or (one.kind == "call" and one.step.call != "relabel"):
            return True
        if id(one) not in seen:
            seen.add(id(one))
            waiting += one.known
    return False
