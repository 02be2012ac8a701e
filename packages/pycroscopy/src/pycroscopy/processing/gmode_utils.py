"""Filters tried on one signal, by the names of classic pycroscopy; prefer `pycroscopy.signal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy.signal.filtering import filter_block
from pycroscopy.signal.filters import as_filter
from pycroscopy.signal.noise import floor_of_spectra

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["test_filter", "try_filter"]


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
