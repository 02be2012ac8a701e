"""Fits of one block of a dataset: what a dask task does.

The results of a fit are packed side by side into one float array, so that a block of a
dataset gives a block of one dask array whatever a user will ask for; `Layout` knows what
stands where.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .fit import FitResult, batch_fit
from .guess import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .guess import KMeansPrior
    from .models import Model

    Floats = NDArray[np.float64]

__all__ = ["Layout", "Recipe"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the results of a fit stand along the last axis of a packed array."""

    parameters: int
    """How many the model has."""

    @property
    def columns(self) -> int:
        """Length of the packed axis."""
        return self.parameters * (self.parameters + 1) + 4

    def packed(self, result: FitResult) -> Floats:
        """Return results side by side, shape (problems, columns)."""
        n = len(result.parameters)
        scalars = (result.reduced_chi_squared, result.cost, result.status, result.iterations)
        return np.concatenate(
            [result.parameters, result.covariance.reshape(n, -1), np.stack(scalars, axis=1)],
            axis=1,
        )

    def where(self, name: str) -> Any:
        """Return the index of one result along the packed axis."""
        k, scalars = self.parameters, self.parameters * (self.parameters + 1)
        places: dict[str, Any] = {
            "parameters": slice(0, k),
            "variances": slice(k, scalars, k + 1),
            "covariance": slice(k, scalars),
            "reduced_chi_squared": scalars,
            "cost": scalars + 1,
            "status": scalars + 2,
            "iterations": scalars + 3,
        }
        return places[name]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How each spectrum of a dataset is fitted; called with blocks."""

    model: Model
    x: NDArray[Any]
    """Shape (points,), or (coordinates, points)."""
    ndim: int
    """How many of the last axes of a block hold one spectrum or image."""
    start: Floats | None = None
    """Start values for all, shape (parameters,); NaN means guessed."""
    prior: KMeansPrior | None = None
    starts: int = 1
    """Starts for each fit."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of `batch_fit`."""

    def __call__(
        self, block: NDArray[Any], weights: NDArray[Any] | None = None, start: Any = None
    ) -> Floats:
        """Fit a block.

        Parameters
        ----------
        block : ndarray of shape (*positions, *fitted axes)
            Data.
        weights : ndarray of the shape of the block or of its fitted axes, optional
            Inverse variances.
        start : ndarray of shape (*positions, parameters), optional
            Start values of each; NaN means guessed.

        Returns
        -------
        ndarray of shape (*positions, columns)
            Packed results.
        """
        positions = block.shape[: block.ndim - self.ndim]
        points = int(np.prod(block.shape[block.ndim - self.ndim :]))
        y = self._numbers(block).reshape(-1, points)
        if weights is not None:
            weights = np.asarray(weights, np.float64)
            weights = weights.reshape(-1, points) if weights.ndim > self.ndim else weights.ravel()
        if start is not None:
            start = np.asarray(start, np.float64).reshape(len(y), -1)
        layout = Layout(len(self.model.parameters))
        result = self.fitted(y, weights, start)
        return layout.packed(result).reshape(*positions, layout.columns)

    def fitted(self, y: NDArray[Any], weights: Any, start: Floats | None) -> FitResult:
        """Fit spectra of shape (problems, points)."""
        if not len(y):
            return FitResult.empty(0, len(self.model.parameters))
        result = batch_fit(
            self.model, y, self.begun(y, start), x=self.x, weights=weights, **self.options
        )
        return replace(result, parameters=self._canonical(result.parameters))

    def _canonical(self, parameters: Floats) -> Floats:
        """Bring phases into their usual range, unless something else decides about them."""
        low, high = self.options.get("bounds") or (-np.inf, np.inf)
        decided = np.isfinite(low) | np.isfinite(high) | np.zeros(parameters.shape[1], np.bool_)
        for name in ("tied", "shared"):
            decided[list(self.options.get(name) or ())] = True
        return np.where(decided, parameters, self.model.canonical(parameters))

    def begun(self, y: NDArray[Any], start: Floats | None) -> Floats:
        """Return start values, shape (problems, starts, parameters)."""
        given = self.start if start is None else start
        if given is not None and np.isfinite(given).all():
            guessed = np.broadcast_to(given, (len(y), given.shape[-1]))[:, None]
        else:
            whole = filled(y)
            if self.prior is not None:
                guessed = self.prior.start(whole)[:, None]
            else:
                guessed = self.model.starts(self.x, whole, self.starts)
            if given is not None:
                given = given[:, None] if given.ndim == 2 else given
                guessed = np.where(np.isfinite(given), given, guessed)
        if guessed.shape[1] == self.starts:
            return guessed
        more = self.model.starts(self.x, filled(y), self.starts)[:, : self.starts - 1]
        return np.concatenate([guessed, more], axis=1)

    @staticmethod
    def _numbers(block: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(block, np.complex128 if np.iscomplexobj(block) else np.float64)
