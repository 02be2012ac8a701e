"""``sidpy info``: what a file holds, and which reader says so."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

__all__ = ["add", "describe", "run", "show"]

#: Entries of the metadata that are named when not all are asked for.
_NAMED = 6


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser("info", parents=[common], help="show what a file holds")
    words.add_argument("file", metavar="FILE")
    words.add_argument("--reader", help="use this reader or format, see 'sidpy readers'")
    words.add_argument(
        "--explain", action="store_true", help="show for every reader what speaks for it"
    )
    words.add_argument("--metadata", action="store_true", help="show every entry of the metadata")
    words.add_argument("--json", action="store_true", help="write JSON for a program")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Show the datasets of a file."""
    import sidpy

    explanation = sidpy.explain(arguments.file) if arguments.explain else None
    if explanation is not None and not arguments.json:
        console.write(f"{explanation}\n")
    facts = describe(arguments.file, sidpy.read(arguments.file, reader=arguments.reader))
    if explanation is not None:
        facts["explanation"] = explanation.to_dict()
    if arguments.json:
        console.write_json(facts)
    else:
        show(facts, every_entry=arguments.metadata)


def describe(path: str, datasets: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file holds as plain values.

    Parameters
    ----------
    path : str
        The file.
    datasets : mapping of str to Dataset
        What was read from it.

    Returns
    -------
    dict
        ``file``, ``bytes``, ``reader`` and ``datasets``: the answer of ``--json``.
    """
    return {
        "file": str(path),
        "bytes": _file_size(path),
        "reader": _reader_of(datasets),
        "datasets": {key: _describe_one(dataset) for key, dataset in datasets.items()},
    }


def _file_size(path: str) -> int:
    from pathlib import Path

    place = Path(path)
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())


def _reader_of(datasets: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return name and version of the reader, from the history it wrote."""
    for dataset in datasets.values():
        for step in reversed(dataset.history):
            if step.function == "sidpy.read":
                return {
                    "name": step.parameters["reader"],
                    "package": step.package,
                    "version": step.version,
                }
    return None


def _describe_one(dataset: Any) -> dict[str, Any]:
    return {
        "title": dataset.title,
        "data_type": dataset.data_type.name,
        "quantity": dataset.quantity,
        "units": dataset.units,
        "shape": list(dataset.shape),
        "dtype": str(dataset.dtype),
        "bytes": int(dataset.nbytes),
        "chunks": list(dataset.chunksize),
        "axes": [_describe_axis(dataset._axes[i]) for i in range(dataset.ndim)],
        "variance": dataset.variance is not None,
        "metadata": dict(dataset.metadata),
        "original_metadata": dict(dataset.original_metadata),
    }


def _describe_axis(dimension: Any) -> dict[str, Any]:
    return {
        "name": dimension.name,
        "quantity": dimension.quantity,
        "units": dimension.units,
        "type": dimension.dimension_type.name,
        "size": len(dimension),
        "first": float(dimension.values[0]),
        "last": float(dimension.values[-1]),
        "linear": bool(dimension.is_linear),
    }


def show(facts: dict[str, Any], *, every_entry: bool = False) -> None:
    """Write the answer of `describe` for a person."""
    reader = facts["reader"]
    by = f", read by {reader['name']} ({reader['package']} {reader['version']})" if reader else ""
    console.write(f"{facts['file']}: {console.size_text(facts['bytes'])}{by}")
    for key, dataset in facts["datasets"].items():
        console.write()
        console.write(f"{key}  {dataset['title']}")
        _show_one(dataset, every_entry=every_entry)


def _show_one(dataset: dict[str, Any], *, every_entry: bool) -> None:
    shape = " × ".join(map(str, dataset["shape"])) or "one number"
    content = f"{dataset['quantity']} ({dataset['units']})"
    console.write(
        f"  {dataset['data_type']}, {shape}, {dataset['dtype']}, "
        f"{console.size_text(dataset['bytes'])}, {content}"
        + (", with variance" if dataset["variance"] else "")
    )
    rows = [
        (
            axis["name"],
            str(axis["size"]),
            f"{axis['first']:.6g} to {axis['last']:.6g} {axis['units']}",
            axis["quantity"],
            axis["type"].lower(),
        )
        for axis in dataset["axes"]
    ]
    if rows:
        console.table(("", "", "", "", ""), rows, indent="    ")
    for word in ("metadata", "original_metadata"):
        _show_metadata(word, dataset[word], every_entry=every_entry)


def _show_metadata(word: str, metadata: Mapping[str, Any], *, every_entry: bool) -> None:
    entries = list(_flat(metadata))
    if not entries:
        return
    count = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
    console.write(f"  {word.replace('_', ' ')}: {count}")
    if every_entry:
        console.table(("", ""), [(key, _short(value)) for key, value in entries], indent="    ")
    elif word == "metadata":
        console.table(
            ("", ""), [(key, _short(value)) for key, value in entries[:_NAMED]], indent="    "
        )


def _flat(metadata: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in metadata.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _short(value: Any) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.8g}"
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
