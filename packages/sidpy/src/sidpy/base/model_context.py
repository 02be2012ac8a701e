"""Servers of the Model Context Protocol, by whichever version of ``mcp`` is installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sidpy.errors import MissingDependency

__all__ = ["server_class"]

#: Where the class is; version 2 of ``mcp`` changed its name.
_PLACES = (("mcp.server.mcpserver", "MCPServer"), ("mcp.server.fastmcp", "FastMCP"))


def server_class(purpose: str, extra: str) -> Any:
    """Return the class of servers.

    Parameters
    ----------
    purpose : str
        What is served, for the error.
    extra : str
        What to install, as ``"sidpy[mcp]"``.

    Raises
    ------
    MissingDependency
        Without the package ``mcp``; it is an ImportError.
    """
    for module, name in _PLACES:
        try:
            return getattr(import_module(module), name)
        except ImportError as error:
            missing = error
    msg = f"serving {purpose} to language models needs mcp: pip install {extra!r}"
    raise MissingDependency(msg) from missing
