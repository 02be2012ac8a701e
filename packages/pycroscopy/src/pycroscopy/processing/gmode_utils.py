"""Signals of the general mode, by the names of classic pycroscopy; prefer `pycroscopy.signal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy.signal.filtering import filter_block
from pycroscopy.signal.filters import as_filter
from pycroscopy.signal.noise import floor_of_spectra

from .lines import reshape_from_lines_to_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "decompress_response", "reshape_from_lines_to_pixels", "test_filter", "try_filter",
]  # fmt: skip


def try_filter(
    resp_wfm: Any,
    frequency_filters: Any = None,
    noise_threshold: float | None = None,
    excit_wfm: Any = None,
    show_plots: bool = True,  # noqa: FBT001, FBT002 - as in the classic package
    plot_title: str | None = None,
    verbose: bool = False,  # noqa: ARG001, FBT001, FBT002 - accepted, with no effect
) -> tuple[NDArray[Any], Any, Any]:
    """Filter one signal, and look at it.

    Parameters
    ----------
    resp_wfm : array of shape (samples,)
        The signal.
    frequency_filters : FrequencyFilter or sequence of them, optional
        What has to be passed.
    noise_threshold : float, optional
        Share of the bins of noise alone that stay.
    excit_wfm : array of shape (samples,), optional
        What the signal is drawn against; its number by default.
    show_plots : bool
        Draw the spectrum and the signals.
    plot_title : str, optional
        Of the figure.
    verbose : bool
        Accepted.

    Returns
    -------
    filtered : ndarray of shape (samples,)
        The filtered signal.
    figure, axes : Figure and array of two Axes, or None
        What was drawn.

    Raises
    ------
    ValueError
        When there is nothing to do, or a filter is for another length.
    """
    signal = np.asarray(resp_wfm)
    if signal.ndim != 1 or (frequency_filters is None and noise_threshold is None):
        msg = (
            f"expected one signal and a filter or a threshold, found shape {signal.shape}, "
            f"{frequency_filters!r} and {noise_threshold!r}"
        )
        raise ValueError(msg)
    mask = None if frequency_filters is None else as_filter(frequency_filters).value
    if mask is not None and len(mask) != len(signal):
        msg = f"the filter is for {len(mask)} samples, the signal has {len(signal)}"
        raise ValueError(msg)
    wide = signal.astype(np.complex128 if signal.dtype.kind == "c" else np.float64)
    found = filter_block(wide, mask, noise_threshold)
    if not show_plots:
        return found, None, None
    figure, axes = _drawn(wide, found, excit_wfm, noise_threshold)
    if plot_title is not None:
        figure.suptitle(plot_title)
    return found, figure, axes


#: The classic name.
test_filter = try_filter


def decompress_response(f_condensed_mat: Any, num_pts: int, hot_inds: Any) -> NDArray[Any]:
    """Return signals from the bins of their spectra that were kept.

    Parameters
    ----------
    f_condensed_mat : array of shape (bins,) or (positions, bins), complex
        Bins of shifted spectra, ``Condensed_Data`` of `SignalFilter`.
    num_pts : int
        Samples of a signal.
    hot_inds : array of int, of shape (bins,)
        Which bins these are, ``Bin_Indices``: on the axis of `numpy.fft.fftshift`.

    Returns
    -------
    ndarray of shape (samples,) or (positions, samples)
        Real. Where only one of a frequency and its negative was kept, the other follows from
        it: a signal has its full height either way.

    Raises
    ------
    ValueError
        When bins and numbers do not fit.
    """
    condensed, hot = np.asarray(f_condensed_mat), np.asarray(hot_inds)
    there = np.all((hot >= 0) & (hot < num_pts))
    if condensed.shape[-1:] != hot.shape or not there:
        msg = f"{condensed.shape} bins at {hot.shape} places do not fit {num_pts} samples"
        raise ValueError(msg)
    bins = (hot - num_pts // 2) % num_pts
    spectra = np.zeros((*condensed.shape[:-1], num_pts), np.complex128)
    spectra[..., bins] = condensed
    alone = ~np.isin(-bins % num_pts, bins)
    spectra[..., -bins[alone] % num_pts] = condensed[..., alone].conj()
    return np.fft.ifft(spectra, axis=-1).real


def _drawn(
    signal: NDArray[Any], found: NDArray[Any], excitation: Any, tolerance: float | None
) -> tuple[Any, Any]:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10.0, 4.0), layout="constrained")
    half = np.arange(len(signal) // 2 + 1)
    for one, label in ((signal, "measured"), (found, "filtered")):
        magnitude = np.abs(np.fft.fft(one))[half]
        axes[0].plot(half, np.where(magnitude > 0, magnitude, np.nan), label=label)
    if tolerance is not None:
        floor = float(floor_of_spectra(np.fft.fft(signal), tolerance))
        axes[0].axhline(floor, color="k", label="noise floor")
    axes[0].set(xlabel="bin", ylabel="magnitude", yscale="log")
    axes[0].legend(frameon=False)
    against = np.arange(len(signal)) if excitation is None else np.asarray(excitation)
    axes[1].plot(against, np.real(signal), label="measured")
    axes[1].plot(against, np.real(found), label="filtered")
    axes[1].set(xlabel="sample" if excitation is None else "excitation", ylabel="signal")
    return figure, axes
