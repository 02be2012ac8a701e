"""Fits of band-excitation data as tools of a Model Context Protocol server.

``sidpy-mcp`` serves them over standard input and output; it needs the package ``mcp``.
"""

from __future__ import annotations

from typing import Any

from sidpy.base.model_context import server_class

from .beps.fits import fit_beps_loops, fit_sho_response
from .beps.hysteresis import (
    LOOP_PARAMETER_LABELS,
    calculate_loop_centroid,
    generate_guess,
    loop_fit_function,
)
from .beps.resonance import SHO_PARAMETER_LABELS, SHO_fit_flattened, sho_guess_fn
from .fitter_refactor import SidpyFitterRefactor

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
    server = server_class("fits", "sidpy[mcp]")(server_name)
    server.tool(name="fit_beps_loops")(_loops)
    server.tool(name="fit_sho_response")(_responses)
    return server


# A server reads what a tool takes from its annotations: they name plain types, and exist.


def _loops(  # noqa: PLR0913, PLR0917 - what a client may say
    data: list[Any],
    dc_voltage: list[float],
    use_kmeans: bool = False,  # noqa: FBT001, FBT002 - clients pass names
    n_clusters: int = 6,
    return_cov: bool = False,  # noqa: FBT001, FBT002 - the same
    loss: str = "linear",
    f_scale: float = 1.0,
    lower_bounds: float | list[float] | None = None,
    upper_bounds: float | list[float] | None = None,
) -> dict[str, Any]:
    """Fit a nine-parameter hysteresis loop to each row of data.

    data: nested lists of shape (..., points). dc_voltage: volts at the points, first
    branch, then second. loss: linear, soft_l1, huber, cauchy or arctan.
    """
    return fit_beps_loops(**locals())


def _responses(  # noqa: PLR0913, PLR0917 - what a client may say
    real_data: list[Any],
    imag_data: list[Any],
    frequency: list[float],
    use_kmeans: bool = False,  # noqa: FBT001, FBT002 - clients pass names
    n_clusters: int = 10,
    return_cov: bool = False,  # noqa: FBT001, FBT002 - the same
    loss: str = "linear",
    f_scale: float = 1.0,
    lower_bounds: float | list[float] | None = None,
    upper_bounds: float | list[float] | None = None,
) -> dict[str, Any]:
    """Fit a simple harmonic oscillator to each complex response.

    real_data, imag_data: nested lists of shape (..., points). frequency: of the points.
    loss: linear, soft_l1, huber, cauchy or arctan.
    """
    return fit_sho_response(**locals())


def main() -> None:
    """Serve over standard input and output until they close: the command ``sidpy-mcp``."""
    create_mcp_server().run()
