"""Components and maps; prefer `pycroscopy.viz`."""

from __future__ import annotations

from pycroscopy.viz.components import draw_decomposition as draw
from pycroscopy.viz.components import draw_pairs
from pycroscopy.viz.curves import panel

__all__ = ["draw", "draw_pairs", "panel"]
