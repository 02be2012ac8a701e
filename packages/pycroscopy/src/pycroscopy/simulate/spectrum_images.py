"""Images of spectra of counts."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from .drawing import drawn, labelled_scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    import sidpy

__all__ = ["labelled_image", "spectrum_image"]


def spectrum_image(
    truth: NDArray[Any],
    make: Callable[..., NDArray[Any]],
    scale: float | None,
    seed: int,
    **options: Any,
) -> Any:
    """Return spectra of Poisson counts as a dask array of shape (y, x, energy).

    Parameters
    ----------
    truth : ndarray of shape (y, x, numbers)
        What is true of each spectrum.
    make : callable
        Takes rows of such numbers, energies and the other options; returns rows of expected
        spectra.
    scale : float or None
        Counts for one of what it returns; None for expected values without noise.
    seed : int
        Of the noise.
    **options : Any
        For `make`: ``energy`` and others.
    """
    energy = options.pop("energy")
    noise = functools.partial(_counted, scale=scale)
    kind = np.float64 if scale is None else np.uint32
    return drawn(functools.partial(make, **options), truth, energy, noise, seed, dtype=kind)


def _counted(
    expected: NDArray[Any], rng: np.random.Generator, scale: float | None
) -> NDArray[Any]:
    if scale is None:
        return np.asarray(expected, float)
    return np.asarray(rng.poisson(scale * np.maximum(expected, 0.0)), np.uint32)


def labelled_image(
    values: Any, energy: NDArray[Any], title: str, modality: str = "EELS"
) -> sidpy.Dataset:
    """Return spectra with their axes: steps of 0.5 nm, and energies in eV."""
    what = "energy loss" if modality == "EELS" else "energy"
    axis = ("energy", what, "eV", energy)
    labels = {"title": title, "units": "counts", "quantity": "intensity", "modality": modality}
    return labelled_scan(values, axis, 0.5, **labels)
