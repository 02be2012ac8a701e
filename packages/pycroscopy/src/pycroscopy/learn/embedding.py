"""Positions on a plane where like responses lie together (UMAP).

References
----------
.. [1] McInnes, Healy, Melville, arXiv:1802.03426 (2018), doi:10.48550/arXiv.1802.03426
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pycroscopy._inputs import as_dataset
from sidpy.base.optional import needed
from sidpy.sid.operations import operation

from .layout import Labels, Layout, finite_rows, maps, matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sidpy

__all__ = ["embed"]


@operation(name="pycroscopy.learn.embed")
def embed(
    data: Any,
    n_components: int = 2,
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    row_axes: Sequence[int] | None = None,
    random_state: int | None = None,
) -> sidpy.Dataset:
    """Place positions so that those with like responses are close (UMAP [1]_).

    Parameters
    ----------
    data : Dataset or array of two axes or more, real or complex
        The spatial axes are the positions; those that are not finite get NaN.
    n_components : int
        Dimensions of the result.
    n_neighbors : int
        How many of the nearest responses keep their neighbourhood.
    min_dist : float
        Smallest distance in the result.
    row_axes : sequence of int, optional
        Axes that are positions, if not the spatial ones.
    random_state : int, optional
        Drawn and written into the history by default.

    Returns
    -------
    Dataset of shape (*positions, n_components)
        Coordinates, which have no units.

    Raises
    ------
    ValueError
        When there are not more positions than neighbours.
    MissingDependency
        Without umap-learn.

    Notes
    -----
    Reads the data into memory.
    """
    library = needed("umap", "an embedding", "pycroscopy[umap]")
    dataset = as_dataset(data)
    layout = Layout.of(dataset, row_axes)
    values = matrix(dataset, layout)
    good = finite_rows(values, dataset.title)
    if np.count_nonzero(good) <= n_neighbors:
        msg = f"n_neighbors is {n_neighbors}; there are {np.count_nonzero(good)} positions"
        raise ValueError(msg)
    kept = values[good]
    if kept.dtype.kind == "c":
        kept = np.concatenate([kept.real, kept.imag], axis=1)
    seed = int(random_state or 0) % 2**31
    model = library.UMAP(
        n_neighbors=n_neighbors, min_dist=min_dist, n_components=n_components,
        random_state=seed, n_jobs=1,
    )  # fmt: skip
    found = np.full((len(values), n_components), np.nan)
    found[good] = model.fit_transform(kept)
    return maps(dataset, layout, found, Labels("embedding", "IMAGE_STACK", has_units=False))
