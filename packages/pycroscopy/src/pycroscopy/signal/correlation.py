"""How alike signals are, and by how much one is later than the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.sid.operations import operation

from .signals import Signals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["correlate", "correlation_coefficient"]


@operation(name="pycroscopy.signal.correlate")
def correlate(
    data: Any,
    reference: Any = None,
    *,
    normalize: bool = True,
    axis: int | str | None = None,
) -> sidpy.Dataset:
    """Correlate each signal with a reference, or with itself.

    Parameters
    ----------
    data : Dataset or array, real or complex
        Signals; their means are taken off. One with a value that is not finite becomes NaN.
    reference : array of shape (samples,), optional
        By default each signal is its own.
    normalize : bool
        Divide by both norms: the result lies between -1 and 1, and NaN for constants.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Dataset
        With ``lag`` in place of the axis, ``2 * samples - 1`` long, in its units: positive
        where the signal is later than the reference.

    Raises
    ------
    ValueError
        For a reference of another length, or samples that are not evenly spaced.

    Notes
    -----
    ``sum(data[n + lag] * conj(reference[n]))`` by Fourier transforms, not circular. Stays
    lazy.

    Examples
    --------
    >>> pulse = np.zeros(9); pulse[2] = 1.0
    >>> found = correlate(np.roll(pulse, 3), pulse)
    >>> float(found.lag.values[np.argmax(np.asarray(found))])
    3.0
    """
    import sidpy

    signals = Signals.of(data, axis, least=2)
    step, n, old = signals.step(), signals.length, signals.dimension
    other = None if reference is None else _reference(reference, n)
    lag = sidpy.Dimension(
        step * np.arange(1 - n, n), "lag", old.quantity, old.units, old.dimension_type
    )
    kinds = [signals.dataset.dtype, np.dtype(np.float32)] + (
        [] if other is None else [other.dtype]
    )
    is_complex = any(kind.kind == "c" for kind in kinds)
    values = signals.apply(
        _correlated, other, normalize, length=2 * n - 1,
        dtype=np.complex128 if is_complex else np.float64,
    )  # fmt: skip
    units = "generic" if normalize or reference is not None else f"{signals.dataset.units}**2"
    return signals.labelled(
        values, lag, title="{} correlation", units=units, quantity="correlation"
    )


@operation(name="pycroscopy.signal.correlation_coefficient")
def correlation_coefficient(
    data: Any, reference: Any, *, axis: int | str | None = None
) -> sidpy.Dataset:
    """Return how alike each signal and a reference are, whatever their scale and offset.

    Parameters
    ----------
    data : Dataset or array, real or complex
        Signals; values that are not finite are left out on both sides.
    reference : array of shape (samples,)
        A spectrum, a simulation, a template.
    axis : int or str, optional
        Of the signals; that of time or energy by default.

    Returns
    -------
    Dataset
        Pearson's coefficient, -1 to 1, without the axis of the signals; the magnitude for
        complex ones. NaN where either is constant.

    Raises
    ------
    ValueError
        For a reference of another length.

    Notes
    -----
    Stays lazy.
    """
    signals = Signals.of(data, axis, least=2)
    other = _reference(reference, signals.length)
    (found,) = signals.parts(_coefficient, other, count=1)
    return signals.labelled(found, title="{} correlation", units="generic", quantity="correlation")


def _reference(values: Any, length: int) -> NDArray[Any]:
    found = np.asarray(values)
    if found.shape != (length,):
        msg = f"the reference has shape {found.shape}; expected ({length},), that of a signal"
        raise ValueError(msg)
    return found.astype(np.complex128 if found.dtype.kind == "c" else np.float64)


def _correlated(block: NDArray[Any], reference: Any, normalize: bool) -> NDArray[Any]:  # noqa: FBT001 - options of a kernel come in order
    from scipy import fft

    n = block.shape[-1]
    other = block if reference is None else reference
    scales = [np.abs(one).max(axis=-1, keepdims=True) for one in (block, other)]
    with np.errstate(invalid="ignore"):  # signals that are not finite become NaN
        first, second = (one - one.mean(axis=-1, keepdims=True) for one in (block, other))
    size = fft.next_fast_len(2 * n - 1)
    found = fft.ifft(fft.fft(first, size) * np.conj(fft.fft(second, size)))
    found = np.concatenate([found[..., size - n + 1 :], found[..., :n]], axis=-1)
    if normalize:
        norms = [np.linalg.norm(one, axis=-1, keepdims=True) for one in (first, second)]
        flat = [norm <= 1e-13 * n**0.5 * scale for norm, scale in zip(norms, scales, strict=True)]
        norm = norms[0] * norms[1]
        known = ~(flat[0] | flat[1]) & np.isfinite(norm)
        found = np.where(known, found / np.where(known, norm, 1), np.nan)
    is_complex = block.dtype.kind == "c" or other.dtype.kind == "c"
    return np.asarray(found if is_complex else found.real)


def _coefficient(block: NDArray[Any], reference: NDArray[Any]) -> NDArray[Any]:
    valid = np.isfinite(block) & np.isfinite(reference)
    count = np.maximum(np.count_nonzero(valid, axis=-1, keepdims=True), 1)
    centred, flat = [], np.zeros(block.shape[:-1], bool)
    for one in (block, np.broadcast_to(reference, block.shape)):
        known = np.where(valid, one, 0)
        rest = np.where(valid, known - known.sum(axis=-1, keepdims=True) / count, 0)
        centred.append(rest)
        flat |= np.abs(rest).max(axis=-1) <= 1e-13 * np.abs(known).max(axis=-1)
    first, second = centred
    norm = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    product = (first * second.conj()).sum(axis=-1)
    is_complex = product.dtype.kind == "c"
    known = np.abs(product) if is_complex else product
    ratio = np.divide(known, norm, out=np.full(flat.shape, np.nan), where=~flat)
    return np.asarray(np.clip(ratio, -1, 1))[..., None]
