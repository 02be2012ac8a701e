"""Data from components: the way back from a decomposition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import lazy
from sidpy.sid.operations import operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    import sidpy

__all__ = ["recompose"]


@operation(name="pycroscopy.learn.recompose")
def recompose(
    data: sidpy.Dataset,
    abundances: sidpy.Dataset,
    components: sidpy.Dataset,
    *,
    row_axes: Sequence[int],
    weights: ArrayLike | None = None,
    mean: sidpy.Dataset | None = None,
) -> sidpy.Dataset:
    """Add up components, each with its abundance: the data without the noise.

    Parameters
    ----------
    data : Dataset
        What was decomposed; lends its axes and labels, and is not read.
    abundances : Dataset of shape (*positions, components)
        How much of each component is where.
    components : Dataset of shape (components, *channels)
        Their spectra.
    row_axes : sequence of int
        Axes of the data that are positions.
    weights : ndarray of shape (used components,), optional
        Factor of each of the first components; by default all count in full.
    mean : Dataset of shape (*channels), optional
        Added at the end.

    Returns
    -------
    Dataset
        As the data, titled ``<title> denoised``; lazy.

    See Also
    --------
    Decomposition.reconstruction : chooses the weights.

    Examples
    --------
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array([[2.0, 4.0], [3.0, 6.0]])
    >>> abundances = sidpy.Dataset.from_array([[2.0], [3.0]])
    >>> spectrum = sidpy.Dataset.from_array([[1.0, 2.0]])
    >>> np.asarray(recompose(data, abundances, spectrum, row_axes=[0]))
    array([[2., 4.],
           [3., 6.]])
    """
    import dask.array as da

    factors: Any = np.ones(components.shape[0]) if weights is None else np.asarray(weights)
    scores, spectra = lazy(abundances)[..., : len(factors)], lazy(components)[: len(factors)]
    result = da.tensordot(scores * factors, spectra, axes=1)
    if mean is not None:
        result = result + lazy(mean)
    columns = [axis for axis in range(data.ndim) if axis not in row_axes]
    result = result.transpose(tuple(map(int, np.argsort([*row_axes, *columns]))))
    return data.like_data(result, title=f"{data.title} denoised")
