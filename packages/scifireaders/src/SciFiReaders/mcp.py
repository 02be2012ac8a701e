"""Files of instruments as tools of a Model Context Protocol server.

``scifireaders-mcp`` serves them over standard input and output; it needs the package ``mcp``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sidpy.base.model_context import server_class

__all__ = ["create_mcp_server", "export_nexus", "list_readers", "main", "read_file"]


def create_mcp_server(server_name: str = "scifireaders") -> Any:
    """Return a server that offers `list_readers`, `read_file` and `export_nexus` as tools.

    Parameters
    ----------
    server_name : str
        What clients see.

    Raises
    ------
    MissingDependency
        Without the package ``mcp``; it is an ImportError.
    """
    server = server_class("files", "SciFiReaders[mcp]")(server_name)
    for tool in (list_readers, read_file, export_nexus):
        server.tool(name=tool.__name__)(tool)
    return server


# A server reads what a tool takes from its annotations: they name plain types, and exist.


def list_readers() -> list[dict[str, Any]]:
    """List the formats that can be read here: name, format, summary, extensions, what is missing.

    Examples
    --------
    >>> [reader["summary"] for reader in list_readers() if reader["format"] == "gwyddion.gsf"]
    ['Gwyddion simple fields']
    """
    from sidpy.cli.catalogue import installed

    return installed()["readers"]


def read_file(path: str, reader: str | None = None) -> dict[str, Any]:
    """Say what a file holds: titles, shapes, axes with units, metadata. No values are read.

    path: the file. reader: name of a reader, as list_readers gives it; chosen by content
    when it is not given.
    """
    import sidpy
    from sidpy.cli.console import plain_json
    from sidpy.cli.overview import describe

    described: dict[str, Any] = plain_json(describe(path, sidpy.read(path, reader=reader)))
    return described


def export_nexus(path: str, destination: str, reader: str | None = None) -> str:
    """Write everything a file holds as a new NeXus file and return its path.

    path: the file. destination: the new file, which must not exist. reader: name of a
    reader, as list_readers gives it; chosen by content when it is not given.
    """
    import sidpy

    target = Path(destination)
    target = target if target.suffix else target.with_suffix(".nxs")
    return str(sidpy.write(sidpy.read(path, reader=reader), target, format="nexus"))


def main() -> None:
    """Serve until standard input closes: the command ``scifireaders-mcp``."""
    create_mcp_server().run()
