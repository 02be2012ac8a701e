"""Parameters that follow others: equal widths, a known ratio, a fixed distance.

A tie replaces the full parameters p of a model by fewer free ones q with p = M q + c.  The
fit runs in q, where nothing is constrained, and comes back with M C M^T as covariance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sidpy.proc.fit import FitResult

    Floats = NDArray[np.float64]

__all__ = ["Ties"]


@dataclass(frozen=True, slots=True)
class Ties:
    """A linear map from the free parameters to all of a model."""

    matrix: Floats
    """Shape (parameters, free parameters)."""
    offset: Floats
    """Shape (parameters,)."""
    free: NDArray[np.intp]
    """Indices of the parameters that are free."""

    @classmethod
    def of(
        cls,
        tied: Mapping[int, int | tuple[int, float, float]] | None,
        parameters: int,
        shared: Sequence[int] = (),
    ) -> Ties | None:
        """Return the map for a table of ties, or None for an empty table.

        Parameters
        ----------
        tied : mapping of int to int or (int, factor, offset)
            Each tied parameter and the one it follows.
        parameters : int
            Number of parameters of the model.
        shared : sequence of int
            Parameters with one value in all problems, which cannot be tied as well.

        Returns
        -------
        Ties or None
            The map.

        Raises
        ------
        ValueError
            When an index does not exist, or a parameter follows a tied one.

        Examples
        --------
        >>> Ties.of({2: (0, 2.0, 1.0)}, 3).matrix
        array([[1., 0.],
               [0., 1.],
               [2., 0.]])
        """
        table = {k: (v, 1.0, 0.0) if isinstance(v, int) else v for k, v in (tied or {}).items()}
        used = {*table, *(source for source, _, _ in table.values()), *shared}
        if outside := sorted(k for k in used if not 0 <= k < parameters):
            msg = f"parameters {outside} do not exist: the model has {parameters}, from 0"
            raise ValueError(msg)
        sources = {source for source, _, _ in table.values()} | set(shared)
        if chained := sorted(sources & set(table)):
            msg = f"parameters {chained} are tied themselves; tie to or share a free one"
            raise ValueError(msg)
        if not table:
            return None
        free = [k for k in range(parameters) if k not in table]
        matrix, offset = np.zeros((parameters, len(free))), np.zeros(parameters)
        matrix[free, range(len(free))] = 1.0
        for k, (source, factor, shift) in table.items():
            matrix[k, free.index(source)] = factor
            offset[k] = shift
        return cls(matrix, offset, np.array(free, np.intp))

    def positions(self, parameters: Sequence[int]) -> list[int]:
        """Return where free parameters of the model stand among the free ones."""
        return [int(np.flatnonzero(self.free == k)[0]) for k in parameters]

    def reduced(
        self, model: Callable[..., Any], jacobian: Callable[..., Any] | str | None
    ) -> tuple[Callable[..., Any], Callable[..., Any] | str | None]:
        """Return model and Jacobian as functions of the free parameters."""
        derivatives = jacobian
        if jacobian is None and getattr(model, "value_and_jacobian", None) is not None:

            def derivatives(p: Floats, x: Any, *each: Any) -> Any:
                return model.value_and_jacobian(p, x, *each)[1]

        def values(q: Floats, x: Any, *each: Any) -> Any:
            return model(self.full(q), x, *each)

        if not callable(derivatives):
            return values, derivatives

        def slopes(q: Floats, x: Any, *each: Any) -> Any:
            return np.matmul(self.matrix.T, derivatives(self.full(q), x, *each))

        return values, slopes

    def full(self, q: Floats) -> Floats:
        """Return all parameters, shape (rows, parameters)."""
        return np.asarray(q @ self.matrix.T + self.offset)

    def restored(self, result: FitResult) -> FitResult:
        """Return the result in all parameters of the model."""
        source = np.argmax(self.matrix != 0, axis=1)
        factor = self.matrix[np.arange(len(source)), source]
        # by index, not by product: 0 times an infinite variance is nothing
        covariance = result.covariance[:, source[:, None], source] * np.outer(factor, factor)
        return replace(result, parameters=self.full(result.parameters), covariance=covariance)
