"""Start values from groups of similar curves, for the fits of a `CurveRecipe`.

The mean of every group is fitted from several starts, and the best result is where the
fits of its members begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.proc.engine.multistart import scattered_starts
from sidpy.proc.guess import cluster_spectra

from .pixelwise import first_starts, fit_block
from .user_models import split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .curves import Curves
    from .recipes import CurveRecipe

    Floats = NDArray[np.float64]

__all__ = ["ClusterFits", "cluster_fits"]

#: Starts for the mean of a group, the plain guess among them.
_STARTS = 6


@dataclass(frozen=True, slots=True)
class ClusterFits:
    """Groups of similar curves and the fits of their means."""

    means: NDArray[Any]
    """Mean curve of each group, shape (clusters, points)."""
    labels: NDArray[np.intp]
    """Group of each curve, shape (curves,)."""
    parameters: Floats
    """Best parameters of each mean, or its guess, shape (clusters, parameters)."""

    @property
    def starts(self) -> Floats:
        """Start values of each curve, shape (curves, parameters)."""
        return self.parameters[self.labels]


def cluster_fits(curves: Curves, recipe: CurveRecipe, clusters: int) -> ClusterFits:
    """Group curves and fit the mean of each group.

    Parameters
    ----------
    curves : Curves
        The data; computed once and held in memory.
    recipe : CurveRecipe
        As for the fits that follow.
    clusters : int
        Groups, at most.

    Raises
    ------
    ValueError
        For less than one group.
    """
    found = cluster_spectra(curves.rows(), clusters)
    return ClusterFits(found.means, found.labels, _best(recipe, found.means))


def _best(recipe: CurveRecipe, means: NDArray[Any]) -> Floats:
    """Fit each mean from several starts and return what fits best, or its first start."""
    first = first_starts(recipe, means)
    starts = scattered_starts(first, _STARTS, bounds=recipe.bounds(first.shape[1]))
    curves = np.repeat(means, _STARTS, axis=0)
    found = fit_block(recipe, curves, starts.reshape(len(curves), -1)).parameters
    misfit = np.square(recipe.model.each(found) - split(curves)).sum(axis=1)
    misfit = np.where(np.isfinite(misfit), misfit, np.inf).reshape(-1, _STARTS)
    best = misfit.argmin(axis=1)
    rows = np.arange(len(means))
    failed = np.isinf(misfit[rows, best])
    return np.where(failed[:, None], first, found.reshape(starts.shape)[rows, best])
