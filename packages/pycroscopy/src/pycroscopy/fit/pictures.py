"""Pictures of numbers at each position; prefer `pycroscopy.viz`."""

from __future__ import annotations

from pycroscopy.viz.maps import draw_maps

__all__ = ["draw_maps"]
