"""Pictures of cleaned images by the name of classic pycroscopy; prefer `draw_images`."""

from __future__ import annotations

from .classic import plot_image_cleaning_results

__all__ = ["plot_image_cleaning_results"]
