"""Functions as users write them, ``fit_fn(x, *parameters)``, for one curve or for many.

Most such functions are made of NumPy's own and give a row per curve when each parameter
comes as a column.  Whether a function does is found by trying: it has to return, for a
few sets of parameters, what it returns for each of them alone.  One that does not (it has
an ``if``, joins arrays end to end, calls a library) is called curve by curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["UserModel", "split"]

#: Largest difference, relative to the largest value, between one curve and many.
_SAME = 1e-9


def split(values: Any) -> NDArray[Any]:
    """Return complex rows as real and imaginary parts joined end to end, real ones as floats.

    Examples
    --------
    >>> split([[1 + 2j, 3 + 4j]])
    array([[1., 3., 2., 4.]])
    """
    values = np.asarray(values)
    if np.iscomplexobj(values):
        return np.concatenate([values.real, values.imag], axis=-1)
    return values.astype(float, copy=False)


@dataclass(frozen=True, slots=True)
class UserModel:
    """A user's function with its x, for curves of `size` real numbers."""

    function: Callable[..., Any]
    x: Any
    size: int
    """Points of a curve; twice as many where the data are complex."""
    grid: int = 1
    """Axes of what the function may return instead of a flat curve."""

    def one(self, parameters: Iterable[float]) -> Floats:
        """Return one curve, shape (size,), for its parameters."""
        values = np.asarray(self.function(self.x, *parameters))
        if values.shape == (self.size,) and values.dtype == np.float64:
            return values
        curve = split(values.ravel())
        if curve.size == 1 != self.size:
            return np.full(self.size, curve[0])
        if curve.size != self.size:
            msg = f"the function returned {curve.size} values for a curve of {self.size}"
            raise ValueError(msg)
        return curve

    def each(self, parameters: NDArray[Any]) -> Floats:
        """Return one curve after the other, NaN where the function raises."""
        curves = np.full((len(parameters), self.size), np.nan)
        for row, values in zip(curves, parameters, strict=True):
            if np.isfinite(values).all():
                try:
                    row[:] = self.one(values)
                except Exception:  # noqa: BLE001 - a user's function may raise anything
                    continue
        return curves

    def many(self, parameters: Floats, lift: int) -> Floats:
        """Return curves, shape (rows, size), in one call.

        Parameters
        ----------
        parameters : ndarray of shape (rows, parameters)
            They are handed over as columns.
        lift : int
            Axes of a column after the first.
        """
        rows = len(parameters)
        columns = parameters.T.reshape(-1, rows, *(1,) * lift)
        values = np.asarray(self.function(self.x, *columns))
        return split(values.reshape(rows, -1))

    def lift(self, near: Floats) -> int | None:
        """Return how `many` has to be called, None when only `each` will do.

        Parameters
        ----------
        near : ndarray of shape (parameters,)
            Where the function is tried.
        """
        # as many sets as no axis of the data has points, so that shapes cannot agree by chance
        rows = 3 if self.size != 3 else 4
        offsets = np.linspace(0, 0.1, rows)[:, None] * (1 + np.arange(len(near)) / 7)
        tried = near + offsets * np.maximum(np.abs(near), 1e-3)
        try:
            alone = np.stack([self.one(row) for row in tried])
        except Exception:  # noqa: BLE001 - a user's function may raise anything
            return None
        return next((n for n in {1, self.grid} if self.agrees(tried, n, alone)), None)

    def agrees(self, parameters: Floats, lift: int, alone: Floats) -> bool:
        """Whether `many` returns what the function returned for each set of parameters."""
        try:
            together = self.many(parameters, lift)
        except Exception:  # noqa: BLE001 - a user's function may raise anything
            return False
        if together.shape != alone.shape:
            return False
        finite = np.abs(alone[np.isfinite(alone)])
        scale = finite.max(initial=0.0)
        return bool(np.allclose(together, alone, rtol=_SAME, atol=_SAME * scale, equal_nan=True))
