"""From the gradient of an image to the image, and to the divergence, by Fourier transform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["divergence", "integrate"]


def integrate(
    along_rows: NDArray[Any],
    along_columns: NDArray[Any],
    steps: tuple[float, float] = (1.0, 1.0),
    *,
    boundary: str = "periodic",
    high_pass: float = 0.0,
) -> NDArray[np.float64]:
    """Return the image whose gradient fits best, in the sense of least squares.

    Parameters
    ----------
    along_rows, along_columns : ndarray of shape (rows, columns)
        Derivatives along the first and the second axis.
    steps : (float, float)
        Distance of rows and of columns.
    boundary : {"periodic", "mirror"}
        How the image goes on: "mirror" reflects it at its edges, so that nothing jumps there.
    high_pass : float
        Leave out waves that are longer, in the units of the steps; 0 keeps all.

    Returns
    -------
    ndarray of shape (rows, columns)
        With a mean of zero.

    Raises
    ------
    ValueError
        For values that are not finite, different shapes or an unknown boundary.

    Notes
    -----
    White noise of standard deviation s in both derivatives becomes noise of standard
    deviation s sqrt(mean(1 / k^2)) in the image, k the angular frequencies.

    Examples
    --------
    >>> y, x = np.mgrid[:16, :20] * 2 * np.pi
    >>> dy, dx = -np.sin(y / 16) * 2 * np.pi / 16, np.cos(x / 20) * 2 * np.pi / 20
    >>> np.allclose(integrate(dy, dx), np.cos(y / 16) + np.sin(x / 20))
    True
    """
    rows, columns = np.asarray(along_rows, float), np.asarray(along_columns, float)
    if rows.shape != columns.shape or rows.ndim != 2:
        msg = f"two images of one shape are needed, found {rows.shape} and {columns.shape}"
        raise ValueError(msg)
    if not (np.isfinite(rows).all() and np.isfinite(columns).all()):
        count = int(np.sum(~(np.isfinite(rows) & np.isfinite(columns))))
        msg = f"{count} positions are not finite, and every value would be; fill them first"
        raise ValueError(msg)
    if boundary not in ("periodic", "mirror"):
        msg = f"boundary is {boundary!r}; it can be 'periodic' or 'mirror'"
        raise ValueError(msg)
    shape = rows.shape
    if boundary == "mirror":
        rows, columns = _mirrored(rows, 0), _mirrored(columns, 1)
    ky = 2 * np.pi * np.fft.fftfreq(rows.shape[0], steps[0])[:, None]
    kx = 2 * np.pi * np.fft.rfftfreq(rows.shape[1], steps[1])[None, :]
    square = ky**2 + kx**2
    square[0, 0] = np.inf
    # of the highest frequency of an even number nothing is left in a derivative; divided by
    # the other one alone, its noise would be as strong as that of the longest waves
    _forget_highest(ky, kx, rows.shape)
    spectrum = -1j * (ky * np.fft.rfft2(rows) + kx * np.fft.rfft2(columns)) / square
    if high_pass > 0:
        spectrum[square < (2 * np.pi / high_pass) ** 2] = 0
    return np.asarray(np.fft.irfft2(spectrum, s=rows.shape)[: shape[0], : shape[1]])


def divergence(
    along_rows: NDArray[Any], along_columns: NDArray[Any], steps: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the divergence by central differences, of the shape of the image."""
    total = np.gradient(along_rows, steps[0], axis=0)
    return np.asarray(total + np.gradient(along_columns, steps[1], axis=1))


def _forget_highest(ky: NDArray[Any], kx: NDArray[Any], shape: tuple[int, ...]) -> None:
    if shape[0] % 2 == 0:
        ky[shape[0] // 2] = 0
    if shape[1] % 2 == 0:
        kx[:, -1] = 0


def _mirrored(values: NDArray[Any], odd_axis: int) -> NDArray[Any]:
    """Continue a derivative of an image that is mirrored at its edges: it changes its sign."""
    for axis in (0, 1):
        other = np.flip(values, axis)
        values = np.concatenate([values, -other if axis == odd_axis else other], axis)
    return values
