"""Small pictures without a drawing library: PNG for images, SVG for curves and points.

Images are gray, dark to bright from the first to the last percentile of the values; curves
take the color of the text around them, so that they are seen on any background.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import LabelTypeError, LabelValueError

if TYPE_CHECKING:
    import numpy.typing as npt

    from .glimpse import Glimpse

    Pixels = npt.NDArray[np.uint8]

__all__ = ["drawn", "image_tag", "of_figure", "png"]

#: Width of a picture on the page, in pixels, and the least height.
_WIDTH: Final = 128
#: Color types of the PNG format (W3C PNG specification, third edition, section 11.2.1).
_COLOR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}


def png(pixels: Pixels) -> bytes:
    """Return a PNG file.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (rows, columns) or (rows, columns, 1 to 4)
        Gray, gray and opacity, red-green-blue, or with opacity.

    Returns
    -------
    bytes

    Examples
    --------
    >>> png(np.zeros((2, 3), dtype=np.uint8))[1:4]
    b'PNG'
    """
    pixels = pixels.reshape((*pixels.shape[:2], -1))
    rows, columns, samples = pixels.shape
    # each row begins with the number of its filter, 0: none
    raw = np.zeros((rows, 1 + columns * samples), dtype=np.uint8)
    raw[:, 1:] = pixels.reshape(rows, -1)
    header = struct.pack(">2I5B", columns, rows, 8, _COLOR_TYPES[samples], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def image_tag(pixels: Pixels, note: str = "", ratio: float | None = None) -> str:
    """Return an HTML image that holds its own data, of a height of `ratio` times its width."""
    ratio = pixels.shape[0] / pixels.shape[1] if ratio is None else ratio
    height = round(_WIDTH * min(max(ratio, 0.25), 1.5))
    return (
        f"<img alt='{escape(note, quote=True)}' width='{_WIDTH}' height='{height}' "
        f"src='data:image/png;base64,{b64encode(png(pixels)).decode()}'>"
    )


def drawn(seen: Glimpse) -> str:
    """Return what was seen of a dataset as HTML; a blank when it is nothing."""
    if seen.values is None:
        return ""
    if seen.kind == "image":
        return image_tag(_gray(seen.values), seen.note, seen.ratio)
    if seen.kind == "curves":
        return _svg(_curves(seen.values), seen.note)
    return _svg(_points(seen.places, seen.values), seen.note)


def of_figure(figure: Any, size: int) -> Pixels:
    """Return a matplotlib figure as pixels of shape (rows, columns, 4), the longer side `size`.

    Raises
    ------
    LabelTypeError
        When it is no figure (a TypeError).
    LabelValueError
        For a size that is no positive integer (a ValueError).
    """
    if not hasattr(figure, "savefig") or not hasattr(figure, "get_size_inches"):
        msg = f"a thumbnail is made of a matplotlib figure, found {type(figure).__name__}"
        raise LabelTypeError(msg)
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        msg = f"thumbnail_size is a number of pixels from 1 up, found {size!r}"
        raise LabelValueError(msg)
    from matplotlib.image import imread

    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=size / max(figure.get_size_inches()))
    buffer.seek(0)
    pixels: Pixels = np.round(imread(buffer, format="png") * 255).astype(np.uint8)
    return pixels


# ---------------------------------------------------------------- numbers to marks


def _shares(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return values as shares, 0 to 1, of their range without outliers; NaN stays."""
    values = np.where(np.isfinite(values), values, np.nan)
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, (1, 99)) if finite.size else (0.0, 1.0)
    if high <= low and finite.size:
        low, high = finite.min(), finite.max()
    if high <= low:
        return values * 0 + 0.5
    return np.clip((values - low) / (high - low), 0, 1)


def _gray(values: npt.NDArray[Any]) -> Pixels:
    """Return pixels; those that are no number are transparent."""
    shares = _shares(values)
    known = np.isfinite(shares)
    pixels = np.round(np.where(known, shares, 0) * 255).astype(np.uint8)
    if known.all() or values.ndim == 3:
        return pixels
    return np.stack([pixels, known.astype(np.uint8) * 255], axis=-1)


def _svg(marks: str, note: str) -> str:
    height = _WIDTH * 5 // 8
    return (
        f"<svg role='img' aria-label='{escape(note, quote=True)}' width='{_WIDTH}' "
        f"height='{height}' viewBox='0 0 {_WIDTH} {height}' fill='none' stroke='currentColor' "
        f"stroke-width='1' stroke-linejoin='round'>{marks}</svg>"
    )


def _curves(curves: npt.NDArray[Any]) -> str:
    """Return curves as lines that keep every peak."""
    height = _WIDTH * 5 // 8
    finite = curves[np.isfinite(curves)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    span = (high - low) or 1.0
    marks = []
    for number, curve in enumerate(curves):
        x, y = _envelope(curve)
        y = height - 3 - (y - low) / span * (height - 6)
        opacity = 1 - 0.6 * number / max(len(curves), 1)
        for part in _runs(np.isfinite(y)):
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[part], y[part], strict=True))
            marks.append(f"<polyline points='{line}' opacity='{opacity:.2f}'/>")
    return "".join(marks)


def _envelope(curve: npt.NDArray[Any]) -> tuple[Any, Any]:
    """Return a curve of few points: the least and the largest value of each column."""
    scale = (_WIDTH - 4) / max(curve.size - 1, 1)
    if curve.size <= 2 * _WIDTH:
        return 2 + scale * np.arange(curve.size), curve
    step = -(-curve.size // (_WIDTH // 2))
    kept = curve.size // step * step
    blocks = curve[:kept].reshape(-1, step)
    ends = np.stack([blocks.min(axis=1), blocks.max(axis=1)], axis=1)
    x = 2 + scale * step * np.repeat(np.arange(len(blocks)), 2)
    return x, ends.ravel()


def _runs(known: npt.NDArray[np.bool_]) -> list[slice]:
    """Return where values that are numbers follow each other."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _points(places: npt.NDArray[Any] | None, values: npt.NDArray[Any]) -> str:
    height = _WIDTH * 5 // 8
    if places is None or not places.size:
        return ""
    low, span = places.min(axis=0), np.ptp(places, axis=0)
    span = np.where(span > 0, span, 1)
    shares = np.nan_to_num(_shares(values), nan=0.0)
    inside = 4 + (places - low) / span * (np.array([_WIDTH, height]) - 8)
    return "".join(
        f"<circle cx='{x:.1f}' cy='{y:.1f}' r='2' stroke='none' fill='currentColor' "
        f"opacity='{0.2 + 0.8 * share:.2f}'/>"
        for (x, y), share in zip(inside, shares, strict=True)
        if np.isfinite([x, y]).all()
    )
