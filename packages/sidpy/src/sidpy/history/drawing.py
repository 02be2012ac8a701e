"""A history as a picture of text for a terminal, and as a graph for Graphviz.

In a terminal every line is one step, every column of dots one branch::

    ○  1  scan.dm4                 a file, or an array that was in memory
    ●  2  sel(y=slice(2, 10))      a step
    │ ○  3  dark.dm4
    │ ●  4  mean(axis=0)
    ●─╯  5  subtract               of 2 and 4

A dataset that is stored in the same file and was shown before is one line, ``◆``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sidpy.sid.provenance import Step

    from .graph import Graph, Node

__all__ = ["branches", "dot_text", "step_text"]

#: Characters of the longest line, and of one parameter in it.
_WIDTH: Final = 96
_LONGEST_VALUE: Final = 44

#: Equal steps in a row from which on only the first and the last are shown.
_RUN: Final = 4

#: Lines of a history before its middle is left out.
_MOST_LINES: Final = 60

_MARKS: Final = {"file": "○", "array": "○", "note": "·", "call": "●"}


def step_text(step: Step, kind: str = "call") -> str:
    """Return a step in one line, its parameters as short as need be.

    Examples
    --------
    >>> from sidpy.sid.provenance import Step
    >>> step_text(Step("sum", parameters={"axis": 2}))
    'sum(axis=2)'
    """
    if kind == "file":
        return _file_text(step)
    if kind == "array":
        return "an array in memory"
    plain = step.plain_parameters()
    words = ", ".join(f"{name}={_short(value, _LONGEST_VALUE)}" for name, value in plain.items())
    part = f"[{step.part}]" if step.part else ""
    return f"{_one_line(step.function)}({words}){part}"


def _file_text(step: Step) -> str:
    about = step.parameters
    size = about.get("size")
    facts = [str(about.get("key") or ""), f"{size:,} bytes" if isinstance(size, int) else ""]
    inside = ", ".join(_one_line(fact) for fact in facts if fact)
    reader = f"read by {step.package} {step.version}".strip()
    return f"{_one_line(about.get('file', 'a file'))}  ({inside}) {reader}"


def _one_line(value: Any) -> str:
    return " ".join(str(value).split())


def _short(value: Any, longest: int) -> str:
    text = _one_line(repr(value))
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def branches(
    node: Node, shown: Mapping[int, str] | None = None, *, everything: bool = False
) -> list[str]:
    """Return the lines that show how a node came to be.

    Parameters
    ----------
    node : Node
        What is shown last.
    shown : dict of int to str, optional
        Names of nodes, by their id, that are shown elsewhere.
    everything : bool
        Leave nothing out.
    """
    shown = {key: name for key, name in (shown or {}).items() if key != id(node)}
    order = _depth_first(node, shown)
    rows = [*_rows(order, shown)]
    if everything:
        return [row.text for row in rows]
    rows = [*_without_runs(rows)]
    if len(rows) > _MOST_LINES:
        half = _MOST_LINES // 2
        rest = len(rows) - 2 * half
        between = _Row(f"⋮     … {rest:,} more lines, --all shows them …", None, ())
        rows = [*rows[:half], between, *rows[-half:]]
    return [row.text for row in rows]


def _depth_first(last: Node, shown: Mapping[int, str]) -> list[Node]:
    """Return the nodes inputs first, each branch in one piece."""
    order: list[Node] = []
    seen: set[int] = set()
    waiting = [(last, False)]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            above = () if id(node) in shown else node.known
            waiting += [(source, False) for source in reversed(above)]
    return order


class _Row:
    """One line, and what decides whether it can be left out."""

    __slots__ = ("number", "same", "text")

    def __init__(self, text: str, number: int | None, same: tuple[Any, ...]) -> None:
        self.text = text
        self.number = number
        self.same = same


def _rows(order: list[Node], shown: Mapping[int, str]) -> Iterator[_Row]:
    number = {id(node): i for i, node in enumerate(order, start=1)}
    uses = _uses(order, shown)
    lanes: list[int | None] = []
    width = len(str(len(order)))
    before: Node | None = None
    for node in order:
        sources = () if id(node) in shown else node.known
        rail = _rail(lanes, node, sources, uses, "◆" if id(node) in shown else _MARKS[node.kind])
        straight = len(sources) == 1 and sources[0] is before
        of = ", ".join(str(number[id(source)]) for source in sources)
        words = shown.get(id(node)) or step_text(node.step, node.kind)
        if None in node.inputs and node.kind == "call" and id(node) not in shown:
            of = f"{of}, ?" if of else "?"
            straight = False
        if of and not straight:
            words = f"{words}  ← {of}"
        known = before is not None and id(before) not in shown and _origin(node) == _origin(before)
        is_new = node.kind == "call" and id(node) not in shown and not known
        origin = f"  {' '.join(_origin(node))}" if is_new else ""
        head = f"{rail}  {number[id(node)]:>{width}}  "
        text = head + _cut(words, _WIDTH - len(head) - len(origin)) + origin
        same = (node.step.function, *_origin(node), rail) if straight else (id(node),)
        yield _Row(text, number[id(node)], same)
        before = node


def _origin(node: Node) -> tuple[str, str]:
    return (node.step.package, node.step.version)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: max(longest, 24) - 1]}…"


def _uses(order: Iterable[Node], shown: Mapping[int, str]) -> dict[int, int]:
    uses: dict[int, int] = {}
    for node in order:
        for source in () if id(node) in shown else node.known:
            uses[id(source)] = uses.get(id(source), 0) + 1
    return uses


def _rail(
    lanes: list[int | None], node: Node, sources: Sequence[Node], uses: dict[int, int], mark: str
) -> str:
    """Return the dots and lines before a step, and bring the lanes up to date."""
    for source in sources:
        uses[id(source)] -= 1
    ended = [lanes.index(id(one)) for one in sources if not uses[id(one)] and id(one) in lanes]
    here = min(ended, default=len(lanes))
    last = max(ended, default=here)
    lanes.extend([None] * (here + 1 - len(lanes)))
    for place in ended:
        lanes[place] = -1
    text = "".join(_sign(lane, place, here, last, mark) for place, lane in enumerate(lanes))
    for place in ended:
        lanes[place] = None
    lanes[here] = id(node)
    while lanes[-1] is None:
        lanes.pop()
    return text.rstrip()


def _sign(lane: int | None, place: int, here: int, last: int, mark: str) -> str:
    """Return the two characters of a lane: empty (None), ending here (-1), or passing by."""
    if place == here:
        sign = mark
    elif lane == -1:
        sign = "╯" if place == last else "┴"
    elif here < place < last:
        sign = "─" if lane is None else "┼"
    else:
        sign = " " if lane is None else "│"
    return sign + ("─" if here <= place < last else " ")


def _without_runs(rows: list[_Row]) -> Iterator[_Row]:
    """Yield the first and the last of equal steps in a row, and how many are between."""
    start = 0
    while start < len(rows):
        stop = start + 1
        while stop < len(rows) and rows[stop].same == rows[start].same:
            stop += 1
        run = rows[start:stop]
        if len(run) < _RUN:
            yield from run
        else:
            between = f"⋮     … {len(run) - 2:,} more times {run[0].same[0]} …"
            yield from (run[0], _Row(between, None, ()), run[-1])
        start = stop


# ---------------------------------------------------------------- for Graphviz


def dot_text(graph: Graph, titles: Mapping[str, str]) -> str:
    """Return a graph in the language of Graphviz, ``dot -Tsvg``.

    Parameters
    ----------
    graph : Graph
        The steps; what several results have in common is there once.
    titles : dict of str to str
        The title of each result.

    Examples
    --------
    >>> from sidpy.history.graph import Graph
    >>> print(dot_text(Graph(), {}))
    digraph history {
      node [fontname="Helvetica", fontsize=10];
    }
    """
    lines = ["digraph history {", '  node [fontname="Helvetica", fontsize=10];']
    name = {id(node): f"s{i}" for i, node in enumerate(graph.nodes, start=1)}
    for node in graph.nodes:
        shape = {"file": "cylinder", "array": "cylinder", "note": "note"}.get(node.kind, "box")
        label = _cut(step_text(node.step, node.kind), _WIDTH)
        label += f"\n{node.step.package} {node.step.version}" if node.kind == "call" else ""
        lines.append(f"  {name[id(node)]} [shape={shape}, label={_quoted(label)}];")
        lines += [f"  {name[id(source)]} -> {name[id(node)]};" for source in node.known]
    for number, (key, node) in enumerate(graph.results.items(), start=1):
        label = _quoted(f"{key}\n{titles.get(key, '')}".strip())
        lines.append(f"  r{number} [shape=ellipse, style=bold, label={label}];")
        lines.append(f"  {name[id(node)]} -> r{number};")
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    """Return a text as a string of dot; every sign in it means itself."""
    plain = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
