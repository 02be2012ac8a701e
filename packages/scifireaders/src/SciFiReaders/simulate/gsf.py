"""Gwyddion simple fields made up.

The layout is that of `SciFiReaders.readers.probe.gwyddion_gsf`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from SciFiReaders.readers.probe import gwyddion_gsf as layout

if TYPE_CHECKING:
    from os import PathLike

    import numpy.typing as npt

__all__ = ["gsf_header", "write_gsf"]


def gsf_header(shape: tuple[int, int], **keys: Any) -> bytes:
    """Return the header of a field of (rows, columns), padded; `keys` as in the format."""
    lines = [layout.MAGIC.decode() + "0", f"XRes = {shape[1]}", f"YRes = {shape[0]}"]
    lines += [f"{key} = {value}" for key, value in keys.items()]
    raw = ("\n".join(lines) + "\n").encode()
    return raw.ljust((len(raw) // layout.ALIGNMENT + 1) * layout.ALIGNMENT, b"\0")


def write_gsf(
    path: str | PathLike[str],
    image: npt.ArrayLike | None = None,
    *,
    shape: tuple[int, int] | None = None,
    **keys: Any,
) -> Path:
    """Write a simple field.

    Parameters
    ----------
    path : path-like
        The file to write.
    image : array_like of shape (rows, columns), optional
        The numbers, the top row first.
    shape : tuple of int, optional
        Instead of an image: a sparse file of zeros of this size, however large.
    **keys
        Lines of the header, such as ``XReal=1e-6``, ``XYUnits="m"``.
    """
    values = None if image is None else np.asarray(image, layout.DTYPE)
    rows, columns = shape if values is None else values.shape
    target = Path(path)
    with target.open("wb") as file:
        file.write(gsf_header((rows, columns), **keys))
        if values is None:
            file.truncate(file.tell() + rows * columns * layout.DTYPE.itemsize)
        else:
            file.write(values.tobytes())
    return target
