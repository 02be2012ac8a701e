"""Flatten an image in the words of the released packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sidpy.sid.operations import operation

from .levelling import level_lines, level_plane

if TYPE_CHECKING:
    import sidpy

__all__ = ["flatten_image"]


@operation(name="pycroscopy.image.flatten_image")
def flatten_image(
    sid_dset: sidpy.Dataset, order: int = 1, flatten_axis: str = "row", method: str = "line_fit"
) -> sidpy.Dataset:
    """Subtract polynomials from the lines of an image, or a surface from all of it.

    Parameters
    ----------
    sid_dset : Dataset, IMAGE
        Of two axes; NaN counts as missing.
    order : int
        Of the polynomial.
    flatten_axis : {"row", "col"}
        Which lines are fitted.
    method : {"line_fit", "plane_fit"}
        Line by line, or one surface.

    Returns
    -------
    Dataset, IMAGE
        Titled ``<title> levelled``, of the same shape.

    Raises
    ------
    ValueError
        For no image of two axes and for unknown words.

    See Also
    --------
    level_lines, level_plane : The same for arrays, stacks and masks.
    """
    import sidpy

    is_image = isinstance(sid_dset, sidpy.Dataset) and sid_dset.ndim == 2
    if not is_image or sid_dset.data_type is not sidpy.DataType.IMAGE:
        msg = f"flatten_image needs a Dataset of an image, found {type(sid_dset).__name__}"
        raise ValueError(msg)
    lines = {"row": "rows", "col": "columns"}
    for name, word, known in (
        ("flatten_axis", flatten_axis, lines),
        ("method", method, ("line_fit", "plane_fit")),
    ):
        if word not in known:
            msg = f"{name} is {word!r}; it can be one of {list(known)}"
            raise ValueError(msg)
    if method == "plane_fit":
        return level_plane(sid_dset, order=order)
    return level_lines(sid_dset, order=order, along=lines[flatten_axis])  # type: ignore[arg-type]
