"""Crop, flatten and inpaint by the names of the released packages.

`level_plane`, `level_lines` and `inpaint` do the same for arrays and stacks as well.
"""

from __future__ import annotations

from .cropping import crop_image
from .flattening import flatten_image
from .inpainting import inpaint_image

__all__ = ["crop_image", "flatten_image", "inpaint_image"]
