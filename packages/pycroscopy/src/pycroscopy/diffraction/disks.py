"""Bragg disks: found by what the probe looks like, to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import as_dataset, lazy

from .patterns import Patterns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["BraggDisks", "find_disks", "probe_template"]

#: Part of a pixel to which the correlation is sampled about a maximum, and how far, px.
_FINE, _REACH = 1 / 8, 1.0


@dataclass(frozen=True, eq=False, repr=False)
class BraggDisks:
    """Disks of all patterns of a scan, one after the other."""

    scan: sidpy.Dataset
    """What they were found in; lazy."""
    pattern: NDArray[np.int64]
    """Shape (disks,): number of the pattern, in C order, of each disk; rising."""
    positions: NDArray[np.float64]
    """Shape (disks, 2): v and u, in the units of the axes."""
    strengths: NDArray[np.float64]
    """Shape (disks,): correlation with the probe; strongest first within a pattern."""

    def __len__(self) -> int:
        return len(self.pattern)

    def __repr__(self) -> str:
        scan = self.scan.shape[:-2]
        return f"{len(self)} Bragg disks in {int(np.prod(scan))} patterns of a scan of {scan}"

    def of(self, *index: int) -> NDArray[np.float64]:
        """Return v, u and strength, shape (disks, 3), of the pattern at a position."""
        shape = self.scan.shape[:-2]
        number = int(np.ravel_multi_index(index, shape)) if shape else 0
        first, last = np.searchsorted(self.pattern, [number, number + 1])
        return np.column_stack([self.positions[first:last], self.strengths[first:last]])

    def plot(self, figure: Any = None) -> Any:
        """Draw all disks of the scan over each other: the Bragg vector map.

        Parameters
        ----------
        figure : Figure, optional
            Where to draw; a new pyplot figure by default.
        """
        from pycroscopy.viz.patterns import draw_disks

        return draw_disks(self, figure)


def probe_template(image: Any, *, ring: float = 2.0) -> NDArray[np.float64]:
    """Return what disks are compared with: the image of the probe less a ring around it.

    Parameters
    ----------
    image : Dataset or array of shape (v, u)
        The probe without a specimen, or the central disk with nothing else in the picture.
    ring : float
        Area of the ring over that of the disk. It makes the sum zero, so that a uniform
        background does not count.

    Returns
    -------
    ndarray of shape (v, u)
        About the centre of mass of the image, which is put at [v // 2, u // 2]; its squares
        add up to one.

    Raises
    ------
    ValueError
        When the image is empty or has no contrast.
    """
    from scipy.ndimage import shift

    values = np.asarray(as_dataset(image), float)
    if values.ndim != 2 or not np.isfinite(values).all() or np.ptp(values) == 0:
        msg = f"the image of a probe is finite and has contrast, found shape {values.shape}"
        raise ValueError(msg)
    values = np.clip(values - np.median(values), 0, None)
    v, u = (np.arange(n) for n in values.shape)
    total = values.sum()
    at = np.array([(values.sum(1) * v).sum(), (values.sum(0) * u).sum()]) / total
    middle = np.array(values.shape) // 2
    centred = np.clip(shift(values, middle - at, order=1), 0, None)
    distance = np.hypot(v[:, None] - middle[0], u - middle[1])
    radius = np.sqrt((centred > centred.max() / 2).sum() / np.pi)
    around = (distance > radius + 1) & (distance < radius * np.sqrt(1 + ring) + 1)
    template: NDArray[np.float64] = centred - around * (centred.sum() / max(around.sum(), 1))
    template -= template.mean()
    return template / np.sqrt((template**2).sum())


def find_disks(
    data: Any,
    template: NDArray[Any],
    *,
    distance: float,
    threshold: float = 0.05,
    most: int = 100,
    margin: float = 0.0,
) -> BraggDisks:
    """Find Bragg disks where patterns resemble the probe.

    Parameters
    ----------
    data : Dataset or array of shape (..., v, u), real
        Diffraction patterns; of any size, in any chunks.
    template : array of shape (v, u)
        From `probe_template`.
    distance : float
        Least distance of two disks, in the units of the axes.
    threshold : float
        Correlation of the weakest disk as part of that of the strongest in its pattern.
    most : int
        Largest number of disks in a pattern.
    margin : float
        Leave out disks that are nearer to an edge, in the units of the axes.

    Returns
    -------
    BraggDisks
        Positions with an error that counting and the probe decide, and of about 0.01 px
        whatever the counts; computed here, pattern by
        pattern and chunk by chunk, since nobody knows how many there are.

    Raises
    ------
    ValueError
        When the template has another shape than the patterns, or a limit is impossible.

    Notes
    -----
    The maximum of the correlation is sampled about each pixel maximum by a matrix Fourier
    transform [1]_ and found by a parabola through the finest samples.

    References
    ----------
    .. [1] Guizar-Sicairos, Thurman, Fienup, Opt. Lett. 33, 156 (2008), doi:10.1364/OL.33.000156
    """
    from dask import delayed

    from sidpy.proc.progress import compute

    patterns = Patterns.of(data)
    kernel = np.asarray(template, float)
    if kernel.shape != patterns.dataset.shape[-2:]:
        msg = f"a template of shape {kernel.shape} for patterns of {patterns.dataset.shape[-2:]}"
        raise ValueError(msg)
    if not (distance > 0 and 0 <= threshold < 1 and most > 0):
        msg = (
            f"distance {distance}, threshold {threshold} and most {most}: expected more than 0, "
            "0 to 1 and at least 1"
        )
        raise ValueError(msg)
    step = [float(np.abs(np.diff(values)).mean()) or 1.0 for values in (patterns.v, patterns.u)]
    limits = {
        "distance": tuple(distance / s for s in step), "threshold": threshold, "most": most,
        "margin": tuple(margin / s for s in step),
    }  # fmt: skip
    array = lazy(patterns.dataset).reshape(-1, *kernel.shape)
    array = array.rechunk({1: -1, 2: -1})
    spectrum = np.conj(np.fft.rfft2(np.fft.ifftshift(kernel)))
    work = delayed(_disks_of_block, pure=False)
    blocks = [work(block, spectrum, limits) for block in array.to_delayed().ravel()]
    parts = compute(blocks, label="Bragg disks")
    return _joined(patterns, array.chunks[0], parts)


def _joined(patterns: Patterns, lengths: tuple[int, ...], parts: list[Any]) -> BraggDisks:
    starts = np.cumsum([0, *lengths[:-1]])
    numbers = [part[0] + start for part, start in zip(parts, starts, strict=True)]
    pixels = np.concatenate([part[1] for part in parts])
    positions = [
        np.interp(pixels[:, i], np.arange(len(values)), values)
        for i, values in enumerate((patterns.v, patterns.u))
    ]
    return BraggDisks(
        patterns.dataset,
        np.concatenate(numbers).astype(np.int64),
        np.column_stack(positions),
        np.concatenate([part[2] for part in parts]),
    )


def _disks_of_block(block: Any, spectrum: Any, limits: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return pattern, position in pixels and strength of the disks of a few patterns."""
    found = [_disks_of(np.asarray(pattern, float), spectrum, limits) for pattern in block]
    counts = [len(strengths) for _, strengths in found]
    positions = [position for position, _ in found]
    return (
        np.repeat(np.arange(len(found)), counts),
        np.concatenate([np.empty((0, 2)), *positions]),
        np.concatenate([np.empty(0), *(strengths for _, strengths in found)]),
    )


def _disks_of(pattern: Any, spectrum: Any, limits: dict[str, Any]) -> tuple[Any, Any]:
    from scipy.fft import irfft2, rfft2

    product = rfft2(np.where(np.isfinite(pattern), pattern, 0.0)) * spectrum
    correlation = irfft2(product, s=pattern.shape)
    peaks = _maxima(correlation, limits)
    if not len(peaks):
        return np.empty((0, 2)), np.empty(0)
    return _sharpened(product, pattern.shape, peaks)


def _maxima(correlation: Any, limits: dict[str, Any]) -> NDArray[np.int64]:
    """Return pixels that are larger than all within the least distance, strongest first."""
    from scipy.ndimage import maximum_filter

    reach = [max(1, int(np.ceil(d))) for d in limits["distance"]]
    y, x = (np.arange(-n, n + 1) / d for n, d in zip(reach, limits["distance"], strict=True))
    footprint = y[:, None] ** 2 + x**2 <= 1
    footprint[reach[0] - 1 : reach[0] + 2, reach[1] - 1 : reach[1] + 2] = True
    largest = correlation.max()
    strong = (correlation > limits["threshold"] * largest) & (correlation > 0)
    # the square inside the disk first: it is separable, and leaves few pixels to look around
    square = [2 * int(n / np.sqrt(2)) + 1 for n in limits["distance"]]
    square = [max(side, 3) for side in square]
    strong &= correlation == maximum_filter(correlation, square, mode="constant")
    strong[strong] = _tops(correlation, np.argwhere(strong), footprint)
    for axis, margin in enumerate(limits["margin"]):
        edge = int(np.ceil(margin))
        if edge:
            moved = np.moveaxis(strong, axis, 0)
            moved[:edge], moved[-edge:] = False, False
    places = np.argwhere(strong)
    order = np.argsort(-correlation[strong], kind="stable")[: limits["most"]]
    return places[order]


def _tops(correlation: Any, places: NDArray[np.int64], footprint: Any) -> NDArray[np.bool_]:
    """Return which pixels none inside the footprint around them is larger than."""
    reach = np.array(footprint.shape) // 2
    padded = np.pad(correlation, [(n, n) for n in reach])
    around = np.argwhere(footprint) @ [padded.shape[1], 1]
    flat, starts = padded.ravel(), places @ [padded.shape[1], 1]
    return (
        np.array([flat[start + around].max() for start in starts]) <= correlation[tuple(places.T)]
    )


def _sharpened(product: Any, shape: tuple[int, int], peaks: Any) -> tuple[Any, Any]:
    """Sample the correlation finely about each maximum, and take the top of a parabola."""
    offsets = np.arange(-_REACH, _REACH + _FINE / 2, _FINE)
    ky = np.fft.fftfreq(shape[0])[:, None]
    kx = np.fft.rfftfreq(shape[1])[:, None]
    # each frequency but the first, and the last of an even number, stands for two
    twice = np.full(len(kx), 2.0)
    twice[0] = 1.0
    if shape[1] % 2 == 0:
        twice[-1] = 1.0
    rows = np.exp(2j * np.pi * ky * (peaks[:, 0, None, None] + offsets))
    columns = np.exp(2j * np.pi * kx * (peaks[:, 1, None, None] + offsets)) * twice[:, None]
    fine = (np.swapaxes(rows, 1, 2) @ (product @ columns)).real / (shape[0] * shape[1])
    flat = fine.reshape(len(peaks), -1).argmax(axis=1)
    count = len(offsets)
    # away from the rim, where the parabola has no neighbour
    y, x = (np.clip(part, 1, count - 2) for part in np.divmod(flat, count))
    number = np.arange(len(peaks))
    middle = fine[number, y, x]
    positions = peaks.astype(float)
    for axis, (dy, dx) in enumerate(((1, 0), (0, 1))):
        before, after = fine[number, y - dy, x - dx], fine[number, y + dy, x + dx]
        bend = before - 2 * middle + after
        with np.errstate(divide="ignore", invalid="ignore"):
            top = np.where(bend < 0, np.clip(0.5 * (before - after) / bend, -1, 1), 0.0)
        positions[:, axis] += offsets[(y, x)[axis]] + top * _FINE
    return positions, middle
