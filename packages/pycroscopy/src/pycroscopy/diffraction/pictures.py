"""Pictures of scans of diffraction patterns; prefer `pycroscopy.viz`."""

from __future__ import annotations

from pycroscopy.viz.curves import draw_profile
from pycroscopy.viz.maps import draw_images

__all__ = ["draw_images", "draw_profile"]
