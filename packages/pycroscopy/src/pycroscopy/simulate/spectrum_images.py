"""Images of spectra, drawn block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    import sidpy

__all__ = ["labelled_image", "spectrum_image"]

#: Spectra made together.
_BLOCK: Final = 256


def spectrum_image(
    truth: NDArray[Any], make: Any, scale: float | None, seed: int, **options: Any
) -> Any:
    """Return spectra of Poisson counts as a dask array of shape (y, x, energy).

    Parameters
    ----------
    truth : ndarray of shape (y, x, numbers)
        What is true of each spectrum.
    make : callable
        Takes rows of such numbers and the options; returns rows of expected spectra.
    scale : float or None
        Counts for one of what it returns; None for expected values without noise.
    seed : int
        Of the noise.
    **options : Any
        For `make`: ``energy`` and others.
    """
    import dask.array as da

    lines = max(1, _BLOCK // max(truth.shape[1], 1))
    fields = da.from_array(truth, chunks=(lines, -1, -1))
    kind = np.float64 if scale is None else np.uint32
    return da.map_blocks(
        _block,
        fields,
        make=make,
        scale=scale,
        seed=int(seed),
        options=options,
        dtype=kind,
        chunks=(*fields.chunks[:2], (len(options["energy"]),)),
        meta=np.empty((0, 0, 0), kind),
    )


def _block(
    truth: NDArray[Any],
    make: Any,
    scale: float | None,
    seed: int,
    options: dict[str, Any],
    block_info: Any = None,
) -> NDArray[Any]:
    """Draw the spectra of a block; its place in the scan decides the random numbers."""
    place = block_info[0]["array-location"] if block_info else [(0, 0)] * 2
    expected = make(truth.reshape(-1, truth.shape[-1]), **options)
    expected = expected.reshape(*truth.shape[:2], -1)
    if scale is None:
        return np.asarray(expected, float)
    rng = np.random.default_rng([seed, place[0][0], place[1][0]])
    return np.asarray(rng.poisson(scale * np.maximum(expected, 0.0)), np.uint32)


def labelled_image(
    values: Any, energy: NDArray[Any], title: str, modality: str = "EELS"
) -> sidpy.Dataset:
    """Return spectra with their axes: steps of 0.5 nm, and energies in eV."""
    import sidpy

    data = sidpy.Dataset.from_array(
        values,
        title=title,
        units="counts",
        quantity="intensity",
        datatype="SPECTRAL_IMAGE",
        modality=modality,
        source="simulation",
    )
    for axis, name in enumerate("yx"):
        points = 0.5 * np.arange(values.shape[axis])
        data.set_dimension(axis, sidpy.Dimension(points, name, "distance", "nm", "SPATIAL"))
    what = "energy loss" if modality == "EELS" else "energy"
    data.set_dimension(2, sidpy.Dimension(energy, "energy", what, "eV", "SPECTRAL"))
    return data
