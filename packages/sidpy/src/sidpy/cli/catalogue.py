"""``sidpy readers``: which formats can be read and written here."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "installed", "run"]


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser(
        "readers", parents=[common], help="list the installed readers and writers"
    )
    words.add_argument("--json", action="store_true", help="write JSON for a program")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """List readers, writers and the plugins that cannot be used."""
    facts = installed()
    if arguments.json:
        console.write_json(facts)
    else:
        _show(facts)


def installed() -> dict[str, list[dict[str, Any]]]:
    """Return readers, writers and plugins as plain values: the answer of ``--json``."""
    from sidpy.errors import PluginWarning
    from sidpy.plugins.discovery import registry

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)  # the list says it all
        found = registry()
    return {
        "readers": [_reader(entry) for entry in found.readers],
        "writers": [_writer(entry) for entry in found.writers],
        "plugins": [_plugin(plugin) for plugin in found.plugins],
    }


def _reader(entry: Any) -> dict[str, Any]:
    return {
        "name": entry.spec.name,
        "format": entry.spec.format,
        "summary": entry.spec.summary,
        "extensions": list(entry.spec.extensions),
        "lazy": entry.spec.lazy,
        "support": entry.spec.support,
        "requires": entry.spec.requires,
        "missing": list(entry.missing),
        "plugin": entry.plugin.label,
    }


def _writer(entry: Any) -> dict[str, Any]:
    return {
        "name": entry.spec.name,
        "format": entry.spec.format,
        "summary": entry.spec.summary,
        "extensions": list(entry.spec.extensions),
        "capabilities": list(entry.spec.capabilities),
        "plugin": entry.plugin.label,
    }


def _plugin(plugin: Any) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "status": plugin.status,
        "reason": plugin.reason,
        "problems": list(plugin.problems),
    }


def _show(facts: dict[str, list[dict[str, Any]]]) -> None:
    for kind in ("readers", "writers"):
        console.write(f"{len(facts[kind])} {kind}")
        columns = _READER_COLUMNS if kind == "readers" else _WRITER_COLUMNS
        rows = [tuple(_cell(entry, column) for column in columns) for entry in facts[kind]]
        if rows:
            console.table(tuple(columns.values()), rows, indent="  ")
        console.write()
    for plugin in facts["plugins"]:
        if plugin["status"] != "active":
            label = f"{plugin['distribution'] or plugin['name']} {plugin['version']}".strip()
            console.write(
                f"{plugin['status']} plugin {plugin['name']} ({label}): {plugin['reason']}"
            )
        for problem in plugin["problems"]:
            console.write(f"left out of {plugin['name']}: {problem}")


#: Facts of a row, and what stands above them.
_READER_COLUMNS = {
    "name": "NAME", "extensions": "EXTENSIONS", "summary": "READS", "support": "SUPPORT",
    "plugin": "FROM",
}  # fmt: skip
_WRITER_COLUMNS = {
    "name": "NAME", "extensions": "EXTENSIONS", "summary": "WRITES", "plugin": "FROM",
}  # fmt: skip


def _cell(entry: dict[str, Any], column: str) -> str:
    if column == "summary":
        return str(entry["summary"]) + _need(entry)
    value = entry[column]
    return " ".join(value) if isinstance(value, list) else str(value)


def _need(entry: dict[str, Any]) -> str:
    missing = entry.get("missing", ())
    return f" (needs: pip install {' '.join(missing)})" if missing else ""
