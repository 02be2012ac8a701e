"""Take the background off an image: planes, polynomials, lines, facets.

What an image is levelled by is estimated from its valid pixels, or those of a mask, and
subtracted from all of it; the units stay.  Missing pixels stay missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sidpy.sid.operations import operation

from .frames import on_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_] | None

__all__ = ["level_facets", "level_lines", "level_plane", "polynomial_surface"]

#: Ways to level line by line.
LINE_METHODS = ("polynomial", "median", "difference", "matching")


@operation(name="pycroscopy.image.level_plane")
def level_plane(image: Any, *, order: int = 1, mask: Mask = None) -> sidpy.Dataset:
    """Subtract a plane, or a polynomial surface of higher order.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        NaN counts as missing.
    order : int
        Highest total power of row and column: 0 a constant, 1 a plane, 2 a bow.
    mask : ndarray of bool, shape (rows, columns), optional
        True for the pixels the surface is fitted to; all by default.

    Returns
    -------
    Dataset
        Labelled as the image, titled ``<title> levelled``.

    Raises
    ------
    ValueError
        When the order is negative or too high for the pixels there are.

    Notes
    -----
    Least squares in Legendre polynomials, exact to rounding for a polynomial. A stack stays
    lazy.

    Examples
    --------
    >>> import numpy as np
    >>> y, x = np.mgrid[:5, :7]
    >>> float(abs(level_plane(3 * y - 2 * x + 7)).max()) < 1e-12
    True
    """
    _check_order(order)
    return on_images(image, _without_surface, order, mask, title="{} levelled")


@operation(name="pycroscopy.image.level_lines")
def level_lines(
    image: Any,
    *,
    method: Literal["polynomial", "median", "difference", "matching"] = "polynomial",
    order: int = 1,
    along: Literal["rows", "columns"] = "rows",
    mask: Mask = None,
) -> sidpy.Dataset:
    """Level an image line by line.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        NaN counts as missing.
    method : {"polynomial", "median", "difference", "matching"}
        Subtract from each line a polynomial, its median, or the steps from the lines before:
        the median of the differences, or ("matching") the height where most of them lie,
        which pays no heed to what begins or ends between two lines.
    order : int
        Of the polynomial.
    along : {"rows", "columns"}
        What a line is; the fast direction of the scan.
    mask : ndarray of bool, shape (rows, columns), optional
        True for the pixels that count; all by default.

    Returns
    -------
    Dataset
        Labelled as the image, titled ``<title> levelled``.  A line without enough pixels
        that count is NaN for a polynomial; otherwise it goes with the line before.

    Raises
    ------
    ValueError
        For an unknown word or a negative order.

    Notes
    -----
    "difference" and "matching" keep the height of the first line. A stack stays lazy.
    """
    _check_order(order)
    for name, word, known in (("method", method, LINE_METHODS), ("along", along, _ALONG)):
        if word not in known:
            msg = f"{name} is {word!r}; it can be one of {list(known)}"
            raise ValueError(msg)
    return on_images(
        image, _levelled_lines, method, order, along == "columns", mask, title="{} levelled"
    )


@operation(name="pycroscopy.image.level_facets")
def level_facets(image: Any, *, mask: Mask = None) -> sidpy.Dataset:
    """Tilt an image so that its largest facets are level.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        A surface of terraces or facets; NaN counts as missing.
    mask : ndarray of bool, shape (rows, columns), optional
        True for the pixels that count; all by default.

    Returns
    -------
    Dataset
        Labelled as the image, titled ``<title> levelled``, with a mean of 0.

    Notes
    -----
    The slopes between neighbouring pixels pile up where a facet lies; mean shift with a
    kernel that narrows from the spread of all slopes to their noise finds the highest
    pile [1]_. A stack stays lazy.

    References
    ----------
    .. [1] Comaniciu, Meer, IEEE Trans. Pattern Anal. Mach. Intell. 24, 603 (2002),
           doi:10.1109/34.1000236
    """
    return on_images(image, _with_level_facets, mask, title="{} levelled")


_ALONG = ("rows", "columns")


def _check_order(order: int) -> None:
    if not isinstance(order, int | np.integer) or order < 0:
        msg = f"order should be a whole number from 0 on, found {order!r}"
        raise ValueError(msg)


def _counted(values: Floats, mask: Mask) -> NDArray[np.bool_]:
    """Return which pixels count."""
    valid = np.isfinite(values)
    if mask is None:
        return valid
    mask = np.asarray(mask, bool)
    if mask.shape != values.shape:
        msg = f"the mask has shape {mask.shape}, the image {values.shape}"
        raise ValueError(msg)
    return valid & mask


def surface_terms(shape: tuple[int, int], order: int) -> Floats:
    """Return the polynomials of a surface, shape (rows, columns, terms), constant first."""
    rows, columns = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in shape)
    r, c = (np.polynomial.legendre.legvander(t, order) for t in (rows, columns))
    powers = [(i, total - i) for total in range(order + 1) for i in range(total + 1)]
    return np.stack([np.multiply.outer(r[:, i], c[:, j]) for i, j in powers], axis=-1)


def polynomial_surface(values: Floats, order: int, counted: NDArray[np.bool_]) -> Floats:
    """Return the polynomial that fits the pixels that count best, everywhere.

    Parameters
    ----------
    values : ndarray of shape (rows, columns)
        An image.
    order : int
        Highest total power.
    counted : ndarray of bool
        Where it is fitted.
    """
    terms = surface_terms(values.shape, order)
    if np.count_nonzero(counted) < terms.shape[-1]:
        msg = (
            f"a surface of order {order} has {terms.shape[-1]} unknowns, and "
            f"{np.count_nonzero(counted)} pixels count"
        )
        raise ValueError(msg)
    offset = values[counted].mean()
    found = np.linalg.lstsq(terms[counted], values[counted] - offset, rcond=None)[0]
    return terms @ found + offset


def _without_surface(values: Floats, order: int, mask: Mask) -> Floats:
    return values - polynomial_surface(values, order, _counted(values, mask))


def _levelled_lines(values: Floats, method: str, order: int, turned: bool, mask: Mask) -> Floats:  # noqa: FBT001 - options of a kernel come in order
    counted = _counted(values, mask)
    if turned:
        return _level_rows(values.T, counted.T, method, order).T
    return _level_rows(values, counted, method, order)


def _level_rows(values: Floats, counted: NDArray[np.bool_], method: str, order: int) -> Floats:
    if method == "polynomial":
        return values - _row_polynomials(values, counted, order)
    known = np.where(counted, values, np.nan)
    if method == "median":
        return values - _steady(_medians(known))[:, None]
    steps = known[1:] - known[:-1]
    found = _medians(steps)
    if method == "matching":
        found = np.array([_mode(s, start) for s, start in zip(steps, found, strict=True)])
    return values - np.append(0.0, np.nan_to_num(found).cumsum())[:, None]


def _medians(rows: Floats) -> Floats:
    """Return the median of what is known in each row, NaN where nothing is."""
    found = np.full(len(rows), np.nan)
    some = np.isfinite(rows).any(axis=1)
    found[some] = np.nanmedian(rows[some], axis=1)
    return found


def _steady(levels: Floats) -> Floats:
    """Fill unknown levels with the one before, or the first there is."""
    known = np.flatnonzero(np.isfinite(levels))
    if not len(known):
        return np.zeros_like(levels)
    before = np.searchsorted(known, np.arange(len(levels)), side="right") - 1
    return levels[known[np.maximum(before, 0)]]


def _row_polynomials(values: Floats, counted: NDArray[np.bool_], order: int) -> Floats:
    """Return the polynomial of each row, NaN where too few pixels count."""
    at = np.linspace(-1, 1, values.shape[1]) if values.shape[1] > 1 else np.zeros(1)
    terms = np.polynomial.legendre.legvander(at, order)
    found = np.full_like(values, np.nan)
    whole = counted.all(axis=1)
    if whole.any() and len(at) > order:
        offset = values[whole].mean(axis=1, keepdims=True)
        fit = np.linalg.lstsq(terms, (values[whole] - offset).T, rcond=None)[0]
        found[whole] = (terms @ fit).T + offset
    for row in np.flatnonzero(~whole & (counted.sum(axis=1) > order)):
        where = counted[row]
        found[row] = terms @ np.linalg.lstsq(terms[where], values[row, where], rcond=None)[0]
    return found


def _mode(values: Floats, start: float) -> float:
    """Return where most values lie: the median, then the mean under a narrow bell."""
    values = values[np.isfinite(values)]
    if len(values) < 3:
        return start
    center = start
    width = 1.4826 * np.median(np.abs(values - center))
    for _ in range(50):
        if width == 0:
            break
        weight = np.exp(-0.5 * ((values - center) / width) ** 2)
        moved = float(weight @ values / weight.sum())
        if abs(moved - center) < 1e-9 * width:
            break
        center = moved
    return center


def _with_level_facets(values: Floats, mask: Mask) -> Floats:
    counted = _counted(values, mask)
    known = np.where(counted, values, np.nan)
    down = 0.5 * (known[1:, 1:] - known[:-1, 1:] + known[1:, :-1] - known[:-1, :-1])
    across = 0.5 * (known[1:, 1:] - known[1:, :-1] + known[:-1, 1:] - known[:-1, :-1])
    slopes = np.stack([down, across], axis=-1).reshape(-1, 2)
    slopes = slopes[np.isfinite(slopes).all(axis=1)]
    if not len(slopes):
        msg = "no four pixels next to each other count: there is no slope"
        raise ValueError(msg)
    tilt = _densest(slopes)
    rows, columns = (np.arange(n) - (n - 1) / 2 for n in values.shape)
    level = values - tilt[0] * rows[:, None] - tilt[1] * columns
    return level - level[counted].mean()


def _densest(points: Floats) -> Floats:
    """Return where points in a plane lie densest, by mean shift under a narrowing bell."""
    center = np.median(points, axis=0)
    spread = np.sqrt(((points - center) ** 2).sum(axis=1).mean())
    for share in (1.0, 0.5, 0.25, 0.125):
        width = share * spread
        for _ in range(50):
            if width == 0:
                return center
            weight = np.exp(-0.5 * ((points - center) ** 2).sum(axis=1) / width**2)
            moved = weight @ points / weight.sum()
            done = np.abs(moved - center).max() < 1e-9 * width
            center = moved
            if done:
                break
    # what lies within the last bell is one facet: its median is not drawn by the others
    near = points[((points - center) ** 2).sum(axis=1) <= (0.25 * spread) ** 2]
    return np.median(near, axis=0)
