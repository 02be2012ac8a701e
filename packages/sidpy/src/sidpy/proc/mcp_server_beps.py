"""Fits of band-excitation data as tools of a Model Context Protocol server.

``sidpy-mcp`` serves them over standard input and output; it needs the package ``mcp``.
"""

from __future__ import annotations

from typing import Any

from sidpy.errors import MissingDependency

from .beps import fit_beps_loops, fit_sho_response
from .fitter_refactor import SidpyFitterRefactor
from .hysteresis import (
    LOOP_PARAMETER_LABELS,
    calculate_loop_centroid,
    generate_guess,
    loop_fit_function,
)
from .resonance import SHO_PARAMETER_LABELS, SHO_fit_flattened, sho_guess_fn

__all__ = [
    "LOOP_PARAMETER_LABELS", "SHO_PARAMETER_LABELS", "SHO_fit_flattened", "SidpyFitterRefactor",
    "calculate_loop_centroid", "create_mcp_server", "fit_beps_loops", "fit_sho_response",
    "generate_guess", "loop_fit_function", "main", "sho_guess_fn",
]  # fmt: skip


def create_mcp_server(server_name: str = "sidpy-beps-fitting") -> Any:
    """Return a server that offers `fit_beps_loops` and `fit_sho_response` as tools.

    Parameters
    ----------
    server_name : str
        What clients see.

    Raises
    ------
    MissingDependency
        Without the package ``mcp``; it is an ImportError.
    """
    try:
        from mcp.server.fastmcp import FastMCP
    except ImportError as error:
        msg = "serving fits to language models needs mcp: pip install 'sidpy[mcp]'"
        raise MissingDependency(msg) from error
    server = FastMCP(server_name)
    for tool in (fit_beps_loops, fit_sho_response):
        server.tool()(tool)
    return server


def main() -> None:
    """Serve over standard input and output until they close: the command ``sidpy-mcp``."""
    create_mcp_server().run()
