"""Maps of plain arrays by the name of classic pycroscopy; prefer `draw_maps`."""

from __future__ import annotations

from sidpy.viz.plot_utils import plot_map

__all__ = ["plot_map"]
