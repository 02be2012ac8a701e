"""Maps of one image; prefer `pycroscopy.viz`."""

from __future__ import annotations

from pycroscopy.viz.maps import draw_maps as draw

__all__ = ["draw"]
