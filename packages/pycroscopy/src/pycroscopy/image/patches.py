"""Remove noise from an image by the principal components of its patches.

All square patches of an image are points in a space of as many dimensions as a patch has
pixels.  What an image repeats (columns, steps, edges) lies in few of these dimensions, white
noise fills all of them evenly.  So each patch is projected on the components that rise above
the noise, shrunk to the share that is signal, and every pixel is the mean over all patches
that hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from pycroscopy.learn.rank import bulk_median
from sidpy.sid.operations import operation

from .frames import filled, on_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

    Floats = NDArray[np.float64]

__all__ = [
    "PatchComponents",
    "clean_patches",
    "denoise_patches",
    "patch_components",
    "window_starts",
]

#: Values of patches that are in memory at a time.
_AT_ONCE = 1 << 22


class PatchComponents(NamedTuple):
    """What the patches of an image are made of, strongest first."""

    mean: Floats
    """Shape (rows, columns): mean patch."""
    components: Floats
    """Shape (rank, rows, columns), orthonormal."""
    variances: Floats
    """Shape (rows * columns,): variance of the patches along all components."""
    weights: Floats
    """Shape (rank,): share of each component that is signal."""
    noise: float
    """Standard deviation of the noise of a pixel."""


@operation(name="pycroscopy.image.denoise_patches")
def denoise_patches(
    image: Any,
    *,
    size: int = 8,
    step: int = 1,
    rank: int | Literal["auto"] = "auto",
    shrink: bool = True,
) -> sidpy.Dataset:
    """Remove white noise by the principal components of overlapping patches.

    Parameters
    ----------
    image : Dataset or array, an image or a stack of images
        NaN counts as missing.
    size : int, px
        Side of a patch; about what the image repeats.
    step : int, px
        From patch to patch where they are put together again; the last one is flush with the
        edge. The components are those of all patches.
    rank : int or "auto"
        Components kept beside the mean patch; "auto" keeps what rises above the noise.
    shrink : bool
        Weigh components by the share of them that is signal.

    Returns
    -------
    Dataset
        Labelled as the image, titled ``<title> denoised``.

    Raises
    ------
    ValueError
        When the patch does not fit into the image, or rank or step are impossible.

    Notes
    -----
    Patch PCA [1]_ with the mean over all overlapping patches; the noise comes from the median
    variance. A stack stays lazy, each image has components of its own.

    References
    ----------
    .. [1] Deledalle, Salmon, Dalalyan, Proc. BMVC (2011), doi:10.5244/C.25.25
    """
    _check(size, step, rank)
    return on_images(image, _denoised, size, step, rank, shrink, title="{} denoised")


def _check(size: Any, step: Any, rank: Any) -> None:
    for name, value in (("size", size), ("step", step)):
        if not isinstance(value, int | np.integer) or value < 1:
            msg = f"{name} should be a number of pixels from 1 on, found {value!r}"
            raise ValueError(msg)
    whole = isinstance(rank, int | np.integer)
    if rank != "auto" and not (whole and 0 <= rank <= size * size):
        msg = f"rank should be 'auto' or from 0 to {size * size}, found {rank!r}"
        raise ValueError(msg)


def _denoised(values: Floats, size: int, step: int, rank: Any, shrink: bool) -> Floats:  # noqa: FBT001 - options of a kernel come in order
    whole, valid = filled(values)
    if not valid.any():
        return values
    found = patch_components(whole, (size, size), rank)
    if not shrink:
        found = found._replace(weights=np.ones_like(found.weights))
    return np.where(valid, clean_patches(whole, found, (step, step)), np.nan)


def patch_components(image: Floats, size: int, rank: int | Literal["auto"]) -> PatchComponents:
    """Find the principal components of all patches of an image.

    Parameters
    ----------
    image : ndarray of shape (rows, columns)
        Finite.
    size : (int, int), px
        Rows and columns of a patch.
    rank : int or "auto"
        How many are kept.

    Returns
    -------
    PatchComponents
        With the noise and the share of signal in each.
    """
    if image.shape[0] < size[0] or image.shape[1] < size[1]:
        msg = f"a patch of {size} pixels does not fit into an image of {image.shape}"
        raise ValueError(msg)
    offset = image.mean()  # so that squares lose no digits
    pixels = size[0] * size[1]
    total, gram, count = np.zeros(pixels), np.zeros((pixels, pixels)), 0
    for rows in _some_rows(image.shape, size):
        patches = _patches(image - offset, size, rows)
        total += patches.sum(axis=0)
        gram += patches.T @ patches
        count += len(patches)
    mean = total / count
    variances, vectors = np.linalg.eigh(gram / count - np.multiply.outer(mean, mean))
    variances, vectors = np.maximum(variances[::-1], 0.0), vectors[:, ::-1]
    noise, edge = _noise(variances, image.size)
    kept = int(np.count_nonzero(variances > edge)) if rank == "auto" else int(rank)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(variances > 0, 1 - noise**2 / variances, 0.0)
    return PatchComponents(
        mean.reshape(size) + offset,
        vectors[:, :kept].T.reshape(kept, *size),
        variances,
        np.clip(share[:kept], 0.0, 1.0),
        noise,
    )


def _noise(variances: Floats, pixels: int) -> tuple[float, float]:
    """Return the noise of a pixel and the variance that noise alone does not reach.

    Overlapping patches share their pixels: an image of N pixels tells no more of a
    component than N / 4 independent patches do (found with images of nothing but noise).
    """
    n = len(variances)
    ratio = min(4 * n / pixels, 1.0)
    median = bulk_median(ratio)
    rank = 0
    for _ in range(20):
        level = float(np.median(variances[rank:])) / median
        edge = level * (1 + np.sqrt(ratio)) ** 2
        found = min(int(np.count_nonzero(variances > edge)), n // 2)
        if found <= rank:
            break
        rank = found
    return float(np.sqrt(level)), max(edge, 1e-12 * variances[0])


def window_starts(length: int, size: int, step: int) -> NDArray[np.intp]:
    """Return where windows begin along an axis; the last is flush with its end.

    Parameters
    ----------
    length, size, step : int, px
        Of the axis, of a window, and from window to window.

    Examples
    --------
    >>> window_starts(11, 3, 2).tolist(), window_starts(10, 3, 2).tolist()
    ([0, 2, 4, 6, 8], [0, 2, 4, 6, 7])
    """
    return np.unique(np.append(np.arange(0, length - size, step), length - size))


def _some_rows(shape: tuple[int, ...], size: tuple[int, int]) -> list[NDArray[np.intp]]:
    """Return the rows at which patches begin, in parts that fit into memory."""
    rows = np.arange(shape[0] - size[0] + 1)
    per_row = (shape[1] - size[1] + 1) * size[0] * size[1]
    return np.array_split(rows, max(1, min(len(rows), len(rows) * per_row // _AT_ONCE)))


def _patches(image: Floats, size: tuple[int, int], rows: NDArray[np.intp]) -> Floats:
    """Return the patches that begin at some rows, shape (patches, pixels)."""
    view = np.lib.stride_tricks.sliding_window_view(image, size)
    return view[rows].reshape(-1, size[0] * size[1])


def clean_patches(image: Floats, found: PatchComponents, step: tuple[int, int]) -> Floats:
    """Return the mean over all patches of what components tell of them.

    Parameters
    ----------
    image : ndarray of shape (rows, columns)
        Finite.
    found : PatchComponents
        Of this image, or one like it.
    step : (int, int), px
        From patch to patch along rows and columns.

    Notes
    -----
    A patch's weight in a component is a correlation, adding patches up a convolution: both
    go by Fourier transform.
    """
    from scipy.signal import fftconvolve

    size = found.mean.shape
    rows, columns = map(window_starts, image.shape, size, step)
    chosen = np.zeros([n - k + 1 for n, k in zip(image.shape, size, strict=True)])
    chosen[np.ix_(rows, columns)] = 1.0
    offset = found.mean.mean()
    total = fftconvolve(chosen, found.mean - offset)
    for component, weight in zip(found.components, found.weights, strict=True):
        score = fftconvolve(image - offset, component[::-1, ::-1], mode="valid")
        score -= np.sum((found.mean - offset) * component)
        total += fftconvolve(weight * score * chosen, component)
    held = [
        np.convolve(np.isin(np.arange(n - k + 1), at), np.ones(k))
        for n, k, at in zip(image.shape, size, (rows, columns), strict=True)
    ]
    # steps wider than a patch leave pixels that no patch holds
    covered = np.multiply.outer(*held)
    return np.where(covered > 0.5, total / np.maximum(covered, 1) + offset, image)
