"""The shift between two frames, below a pixel and with its uncertainty.

Whole pixels come from the cross-correlation of the frames.  What is left is measured on the
part that both frames show: the correlation there is a sum of waves, whose maximum Newton's
method finds without any grid.  Each wave counts by its share of signal [1]_; so the shift is
as good as the noise of both frames allows, and frames that are not periodic are no problem.

References
----------
.. [1] Knapp, Carter, IEEE Trans. Acoust. Speech Signal Process. 24, 320 (1976),
       doi:10.1109/TASSP.1976.1162830
.. [2] Guizar-Sicairos, Thurman, Fienup, Opt. Lett. 33, 156 (2008), doi:10.1364/OL.33.000156
.. [3] Robinson, Milanfar, IEEE Trans. Image Process. 13, 1185 (2004),
       doi:10.1109/TIP.2004.832923
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Correlator", "Frame", "Shift", "shift_between"]

#: Pixels over which frames fade out towards holes.
_FADE = 5.0


#: Fewer pixels along a side have no frequency that tells signal from noise.
_LEAST = 4


class Frame(NamedTuple):
    """A frame ready to be compared."""

    values: Floats
    """Mean removed; 0 where missing."""
    valid: NDArray[np.bool_]
    spectrum: NDArray[np.complex128]
    """Of the whole frame, tapered."""


class Shift(NamedTuple):
    """How far the second of two frames has moved against the first."""

    shift: Floats
    """Shape (2,), px: rows and columns, positive towards larger numbers."""
    covariance: Floats
    """Shape (2, 2), px^2."""
    quality: float
    """Correlation of what both frames show, where there is signal: 1 for the same picture."""


@dataclass(frozen=True, slots=True)
class Correlator:
    """How frames of one shape are compared."""

    shape: tuple[int, int]
    size: tuple[int, int]
    """Of the transforms: at least the shape."""
    taper: float
    """Share of each side over which frames fade out."""
    weights: Floats | None = None
    """Of the frequencies, for half of them; None weighs all alike."""
    whiten: bool = False
    """Phases alone decide."""

    @classmethod
    def of(cls, shape: tuple[int, int], *, taper: float, whiten: bool = False) -> Correlator:
        """Return a correlator that weighs all frequencies alike."""
        from scipy import fft

        size = tuple(fft.next_fast_len(n, real=True) for n in shape)
        return cls(shape, size, taper, whiten=whiten)  # type: ignore[arg-type]

    def weighted(self, frames: list[Frame]) -> Correlator:
        """Return a correlator whose weights fit these frames: signal in noise.

        With a share of signal over noise of s, a frequency tells s / (1 + 2 s) of the shift.
        """
        if self.whiten:
            return self
        power = np.mean([np.abs(frame.spectrum) ** 2 for frame in frames], axis=0)
        u, v = self.frequencies
        outer = np.maximum(np.abs(u)[:, None], np.abs(v)) > 0.35
        n = len(frames)
        noise = np.median(power[outer]) / (1 - 1 / (9 * n)) ** 3  # of a gamma distribution
        if n < 16:
            power = _smooth(power)
        signal = np.maximum(power - noise, 0.0)
        signal[0, 0] = 0.0
        total = signal + noise + signal
        weights = np.divide(signal, total, out=np.zeros_like(signal), where=total > 0)
        narrow = weights.astype(np.float32) if weights.any() else None
        return Correlator(self.shape, self.size, self.taper, narrow)

    @property
    def frequencies(self) -> tuple[Floats, Floats]:
        """Cycles per pixel along both sides, half of the second."""
        return np.fft.fftfreq(self.size[0]), np.fft.rfftfreq(self.size[1])

    def frame(self, image: Any) -> Frame:
        """Prepare a frame.

        Parameters
        ----------
        image : array of shape `shape`
            Real; NaN counts as missing.
        """
        values = np.asarray(image, np.float64)
        valid = np.isfinite(values)
        mean = values[valid].mean() if valid.any() else 0.0
        values = np.where(valid, values - mean, 0.0)
        return Frame(values, valid, self._spectrum(values * self._window(values.shape)))

    def _window(self, shape: tuple[int, ...], moved: Floats | None = None) -> Floats:
        """Return a window that fades out at the edges, moved by a part of a pixel."""
        sides = []
        for n, shift in zip(shape, (0.0, 0.0) if moved is None else moved, strict=True):
            edge = np.minimum(np.arange(n) + 0.5 - shift, n - 0.5 - np.arange(n) + shift) - 0.5
            fade = np.clip(edge / max(self.taper * n, 1.0), 0.0, 1.0)
            sides.append(np.sin(0.5 * np.pi * fade) ** 2)
        return np.multiply.outer(*sides)

    def _spectrum(self, values: Floats) -> NDArray[np.complex64]:
        from scipy import fft

        found: NDArray[np.complex64] = fft.rfft2(values.astype(np.float32), s=self.size)
        return found

    def _cross(self, one: NDArray[Any], two: NDArray[Any]) -> NDArray[np.complex128]:
        cross = one.conj() * two
        if self.whiten:
            cross = cross / np.maximum(np.abs(cross), 1e-12 * np.abs(cross).max() + 1e-300)
        return cross if self.weights is None else cross * self.weights

    def coarse(self, one: Frame, two: Frame, limit: float | None = None) -> tuple[int, int]:
        """Return the shift in whole pixels.

        Parameters
        ----------
        one, two : Frame
            The frames.
        limit : float, px, optional
            Largest shift along either axis.
        """
        from scipy import fft

        surface = fft.irfft2(self._cross(one.spectrum, two.spectrum), s=self.size)
        if limit is not None:
            far = [np.abs(np.fft.fftfreq(n, 1 / n)) > limit for n in self.size]
            surface[np.logical_or.outer(*far)] = -np.inf
        peak = np.unravel_index(int(np.argmax(surface)), surface.shape)
        return tuple(int(p) - n * (p > n // 2) for p, n in zip(peak, self.size, strict=True))  # type: ignore[return-value]

    def measure(self, one: Frame, two: Frame, limit: float | None = None) -> Shift:
        """Return how far the second frame has moved against the first.

        Parameters
        ----------
        one, two : Frame
            The frames.
        limit : float, px, optional
            Largest shift along either axis.
        """
        whole, rest = np.array(self.coarse(one, two, limit)), np.zeros(2)
        common: _Common | None = None
        for _ in range(6):
            if common is None or np.any(common.whole != whole):
                common = self._common(one, two, whole)
            cross = self._part(common, rest)
            peak = None if cross is None else _highest(cross, self.frequencies, self.size[1])
            if cross is None or peak is None:
                return _NOTHING
            before, shift = whole + rest, whole + peak
            whole = np.rint(shift).astype(int)
            rest = shift - whole  # the window moves with what it shows, or would hold it back
            if np.abs(shift - before).max() < 1e-3:
                break
        height, covariance = _spread(cross, peak, self.frequencies, self.size[1])
        window = common.window
        joined = np.prod(self.size) * (window**4).sum() / (window**2).sum() ** 2
        return Shift(shift, covariance * joined, self._quality(common, height))

    def _common(self, one: Frame, two: Frame, whole: NDArray[np.intp]) -> _Common:
        """Cut out what both frames show once the whole pixels are taken off."""
        sides = list(zip(whole, self.shape, strict=True))
        first = tuple(slice(max(0, -t), min(n, n - t)) for t, n in sides)
        second = tuple(slice(max(0, t), min(n, n + t)) for t, n in sides)
        window = self._window(one.values[first].shape)
        both = one.valid[first] & two.valid[second]
        soft = None if both.all() else _softened(both)
        weight = window if soft is None else window * soft
        spectrum = self._shown(one.values[first], weight)
        return _Common(whole, two.values[second], two.valid[second], soft, weight, [spectrum])

    def _part(self, common: _Common, moved: Floats) -> NDArray[np.complex128] | None:
        from scipy import ndimage

        weight = self._window(common.values.shape, moved)
        if common.soft is not None:
            weight *= ndimage.shift(common.soft, moved, order=1, mode="nearest") * common.valid
        common.spectra[1:] = [self._shown(common.values, weight)]
        one, two = common.spectra
        return None if one is None or two is None else self._cross(one, two)

    def _shown(self, values: Floats, weight: Floats) -> NDArray[np.complex128] | None:
        """Return the spectrum of a part through a window, None where it shows too little."""
        total = weight.sum()
        if total < 9:
            return None
        return self._spectrum((values - (values * weight).sum() / total) * weight)

    def _quality(self, common: _Common, height: float) -> float:
        double = _doubled(self.size[1])
        norms = [(self._cross(s, s).real * double).sum() for s in common.spectra if s is not None]
        norm = np.sqrt(np.prod(norms))
        return float(np.clip(height / norm, 0.0, 1.0)) if norm > 0 else 0.0


class _Common(NamedTuple):
    """What two frames both show."""

    whole: NDArray[np.intp]
    """Whole pixels between them."""
    values: Floats
    """Part of the second frame."""
    valid: NDArray[np.bool_]
    soft: Floats | None
    """What both frames have measured, fading out towards holes; None without holes."""
    window: Floats
    spectra: list[NDArray[np.complex128] | None]
    """Of the parts of both frames."""


_NOTHING = Shift(np.full(2, np.nan), np.full((2, 2), np.nan), 0.0)


def _softened(valid: NDArray[np.bool_]) -> Floats:
    """Return weights that fade out over a few pixels towards holes."""
    from scipy import ndimage

    distance = ndimage.distance_transform_edt(valid)
    found: Floats = np.sin(0.5 * np.pi * np.clip((distance - 1) / _FADE, 0.0, 1.0)) ** 2
    return found


def _smooth(power: Floats) -> Floats:
    from scipy import ndimage

    found: Floats = ndimage.uniform_filter(power, 3, mode=("wrap", "nearest"))
    return found


def _doubled(length: int) -> Floats:
    """Return how often each frequency of half a spectrum stands in the whole."""
    double = np.full(length // 2 + 1, 2.0)
    double[0] = 1.0
    if length % 2 == 0:
        double[-1] = 1.0
    return double


def _highest(
    cross: NDArray[np.complex128], frequencies: tuple[Floats, Floats], length: int
) -> Floats | None:
    """Return where a correlation has its maximum near zero, None where it has none."""
    u, v = (2 * np.pi * f for f in frequencies)
    powers = np.stack([np.ones_like(v), v, v**2], axis=1) * _doubled(length)[:, None]
    at = np.zeros(2)
    for _ in range(20):
        down = np.exp(1j * u * at[0])
        sums = cross @ (powers * np.exp(1j * v * at[1])[:, None]).astype(cross.dtype)
        flat, once, twice = (down[:, None] * sums).T
        gradient = -np.array([u @ flat.imag, once.imag.sum()])
        mixed = u @ once.real
        bend = np.array([[u**2 @ flat.real, mixed], [mixed, twice.real.sum()]])
        if not np.isfinite(bend).all() or np.linalg.eigvalsh(bend)[0] <= 0:
            return None
        step = np.linalg.solve(bend, gradient)
        step *= min(1.0, 0.5 / (np.abs(step).max() or 1.0))
        at = at + step
        if np.abs(at).max() > 2:
            return None
        if np.abs(step).max() < 1e-6:
            break
    return at


def _spread(
    cross: NDArray[np.complex128], at: Floats, frequencies: tuple[Floats, Floats], length: int
) -> tuple[float, Floats]:
    """Return the height of a maximum, and how far noise moves it: its covariance."""
    u, v = (2 * np.pi * f for f in frequencies)
    turned = np.exp(1j * u * at[0])[:, None] * (cross * _doubled(length))
    turned = turned * np.exp(1j * v * at[1])
    inverse = np.linalg.inv(_moments(turned.real, u, v))
    # at the maximum all waves should be in step: what they are not is noise
    return float(turned.real.sum()), inverse @ _moments(turned.imag**2, u, v) @ inverse


def _moments(values: Floats, u: Floats, v: Floats) -> Floats:
    mixed = u @ (values @ v)
    return np.array([[u**2 @ values.sum(axis=1), mixed], [mixed, values.sum(axis=0) @ v**2]])


def shift_between(
    reference: Any, moving: Any, *, taper: float = 0.05, limit: float | None = None
) -> Shift:
    """Measure the shift that brings one image to another.

    Parameters
    ----------
    reference, moving : array of shape (rows, columns)
        Real images of one shape; NaN counts as missing.
    taper : float
        Share of each side over which the images fade out.
    limit : float, px, optional
        Largest shift along either axis.

    Returns
    -------
    Shift
        Where `moving` shows things that are at zero in `reference`: shift in px, covariance
        and quality; NaN when there is no maximum.

    Raises
    ------
    ValueError
        When the shapes differ or are no images.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.random.default_rng(0).standard_normal((32, 40)).cumsum(0).cumsum(1)
    >>> shift_between(image, np.roll(image, (1, -2), axis=(0, 1))).shift.round(2)
    array([ 1., -2.])
    """
    one, two = np.asarray(reference), np.asarray(moving)
    if one.shape != two.shape or one.ndim != 2 or min(one.shape) < _LEAST:
        msg = (
            f"two images of one shape, {_LEAST} pixels or more along both sides, are needed; "
            f"found {one.shape} and {two.shape}"
        )
        raise ValueError(msg)
    if "c" in (one.dtype.kind, two.dtype.kind):
        msg = f"a shift is found between real images, found {one.dtype} and {two.dtype}"
        raise TypeError(msg)
    plain = Correlator.of(one.shape, taper=taper)  # type: ignore[arg-type]
    frames = [plain.frame(one), plain.frame(two)]
    return plain.weighted(frames).measure(*frames, limit=limit)
