"""Scars: parts of a line that the tip saw far above or below both lines next to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.sid.operations import operation

from .denoising import noise_of_image
from .frames import on_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = ["find_scars", "remove_scars"]


@operation(name="pycroscopy.image.find_scars")
def find_scars(
    image: Any,
    *,
    threshold: float = 5.0,
    length: int = 8,
    width: int = 2,
    sign: Literal["both", "bright", "dark"] = "both",
) -> sidpy.Dataset:
    """Mark scars along the rows of an image.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        Levelled, fast direction along rows; NaN counts as missing.
    threshold : float
        How far a scar stands out of both sides, in standard deviations of the difference
        between neighbouring lines, from its median.
    length : int, px
        Shortest scar.
    width : int, px
        Most lines a scar covers.
    sign : {"both", "bright", "dark"}
        Which are looked for.

    Returns
    -------
    Dataset
        1 in scars, 0 elsewhere.

    Raises
    ------
    ValueError
        When an option is impossible.

    Notes
    -----
    A stack stays lazy. A step of the surface stands out of one side only and is no scar.
    """
    _check(threshold, length, width, sign)
    return on_images(image, _scarred, threshold, length, width, sign, title="scars of {}")


@operation(name="pycroscopy.image.remove_scars")
def remove_scars(
    image: Any,
    *,
    threshold: float = 5.0,
    length: int = 8,
    width: int = 2,
    sign: Literal["both", "bright", "dark"] = "both",
) -> sidpy.Dataset:
    """Replace scars by what lies between the lines around them.

    Parameters
    ----------
    image, threshold, length, width, sign
        As for `find_scars`.

    Returns
    -------
    Dataset
        Labelled as the image, titled ``<title> without scars``.
    """
    _check(threshold, length, width, sign)
    return on_images(image, _healed, threshold, length, width, sign, title="{} without scars")


def _check(threshold: float, length: int, width: int, sign: str) -> None:
    if not threshold > 0 or length < 1 or width < 1:
        msg = f"threshold {threshold!r}, length {length!r} and width {width!r} should be positive"
        raise ValueError(msg)
    if sign not in ("both", "bright", "dark"):
        msg = f"sign is {sign!r}; it can be 'both', 'bright' or 'dark'"
        raise ValueError(msg)


def _scarred(values: Floats, threshold: float, length: int, width: int, sign: str) -> Floats:
    steps = np.diff(values, axis=0)
    known = np.abs(steps[np.isfinite(steps)])
    spread = 1.4826 * np.median(known) if known.size else 0.0
    if spread == 0:  # a surface without noise: what is left of it is rounding
        spread = max(noise_of_image(np.nan_to_num(values)), 1e-12 * np.abs(known).max(initial=1.0))
    marked = np.zeros(values.shape, bool)
    for s in {"both": (1, -1), "bright": (1,), "dark": (-1,)}[sign]:
        marked |= _ridges(s * values, threshold * spread, width, length)
    return marked.astype(np.float64)


def _ridges(values: Floats, height: float, width: int, length: int) -> NDArray[np.bool_]:
    """Return which pixels are in a ridge of up to `width` lines, at least `length` long."""
    marked = np.zeros(values.shape, bool)
    n = len(values)
    for lines in range(1, min(width, n - 2) + 1):
        # all lines of the ridge stand out of the higher one of the lines on both sides
        above, below = values[: n - lines - 1], values[lines + 1 :]
        inside = np.stack([values[1 + k : n - lines + k] for k in range(lines)]).min(axis=0)
        with np.errstate(invalid="ignore"):
            found = inside - np.maximum(above, below) > height
        found = _long_runs(found, length)
        for k in range(lines):
            marked[1 + k : n - lines + k] |= found
    return marked


def _long_runs(flags: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Return the runs along rows that are long enough."""
    padded = np.pad(flags, [(0, 0), (1, 1)]).astype(np.int8)
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    _, stops = np.nonzero(change == -1)
    result = np.zeros_like(flags)
    for row, start, stop in zip(rows, starts, stops, strict=True):
        if stop - start >= length:
            result[row, start:stop] = True
    return result


def _healed(values: Floats, *options: Any) -> Floats:
    scars = _scarred(values, *options) > 0
    if not scars.any():
        return values
    result = values.copy()
    for column in np.flatnonzero(scars.any(axis=0)):
        bad = scars[:, column]
        good = np.flatnonzero(~bad & np.isfinite(values[:, column]))
        if len(good):
            result[bad, column] = np.interp(np.flatnonzero(bad), good, values[good, column])
    return result
