"""``sidpy history``: how the datasets of a file came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse

    from sidpy.history.graph import Graph

__all__ = ["add", "history_of", "run", "show_history"]

_EPILOG = """\
keys of the JSON: 'file'; 'datasets', a table by key with 'title', 'replayable' (whether the
steps could be called again, as far as the file tells), 'reason' (why not), 'steps'. Each step
has 'function', 'package', 'version', 'time', 'time_ns', 'parents' (numbers of the steps whose
results went in, from 0) and, where they are known, 'parameters', 'inputs', 'output', 'part',
'linked_data'.
"""


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser(
        "history",
        parents=[common],
        help="show how the datasets of a file came to be",
        epilog=_EPILOG,
    )
    words.add_argument("file", metavar="FILE")
    words.add_argument("--dataset", metavar="KEY", help="only this dataset")
    words.add_argument("--reader", help="use this reader or format")
    words.add_argument("--all", action="store_true", help="leave no step out")
    form = words.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write JSON for a program")
    form.add_argument("--dot", action="store_true", help="write a graph for Graphviz")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Show every step that led to each dataset."""
    import sidpy

    datasets = sidpy.read(arguments.file, reader=arguments.reader)
    if arguments.dataset is not None:
        datasets = {arguments.dataset: console.chosen(datasets, arguments.dataset)}
    if arguments.json:
        console.write_json({"file": arguments.file, "datasets": history_of(datasets)})
    elif arguments.dot:
        from sidpy.history.drawing import dot_text

        titles = {key: dataset.title for key, dataset in datasets.items()}
        console.write(dot_text(_graph(datasets), titles))
    else:
        show_history(datasets, everything=arguments.all)


def history_of(datasets: dict[str, Any]) -> dict[str, Any]:
    """Return title and steps of every dataset as plain values."""
    return {key: _facts(dataset) for key, dataset in datasets.items()}


def _facts(dataset: Any) -> dict[str, Any]:
    from sidpy.sid.arguments import unkept

    steps = dataset.history
    number = {id(step): i for i, step in enumerate(steps)}
    reason = "its history has the names of steps only" if _is_foreign(dataset) else ""
    lost = next((lost for step in steps for lost in unkept(step.parameters)), "")
    reason = reason or lost or ("" if steps else "no history is stored with it")
    return {
        "title": dataset.title,
        "replayable": not reason,
        "reason": reason,
        "steps": [
            step.entry()
            | {"time": step.time, "parents": [number[id(parent)] for parent in step.parents]}
            for step in steps
        ],
    }


def _is_foreign(dataset: Any) -> bool:
    """Whether the history was written by the released packages, or by hand."""
    from sidpy.history.graph import stored_last

    return bool(dataset.provenance_record.stored) and stored_last(dataset) is None


def _graph(datasets: dict[str, Any]) -> Graph:
    """Return the steps of all datasets, without that of reading this very file.

    Of a file that keeps no histories, reading it is all that is known.
    """
    from sidpy.history.graph import Graph, stored_last

    return Graph.of(
        {
            key: stored_last(dataset) or dataset.provenance_record.last
            for key, dataset in datasets.items()
        }
    )


def show_history(datasets: dict[str, Any], *, everything: bool = False) -> None:
    """Write the history of each dataset for a person; what two have in common once."""
    from sidpy.history.drawing import branches

    graph = _graph(datasets)
    shown: dict[int, str] = {}
    for number, (key, dataset) in enumerate(datasets.items()):
        if number:
            console.write()
        console.write(f"{key}  {dataset.title}")
        steps = [*dataset.provenance_record.steps()]
        for step in steps if _is_foreign(dataset) else ():
            if not step.parents and step.function != "sidpy.read":
                console.write(f"  ·  {step}  (name only)")
        node = graph.results.get(key)
        if node is None:
            console.write("  " if steps else "  no history is stored with it")
            continue
        for line in branches(node, shown, everything=everything):
            console.write(f"  {line}")
        shown.setdefault(id(node), f"{key}  {dataset.title}")
