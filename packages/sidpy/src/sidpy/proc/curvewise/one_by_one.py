"""Fit curves with SciPy, one at a time: for its own solvers, and for functions that insist."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from .recipes import CurveRecipe

    Floats = NDArray[np.float64]

__all__ = ["OneByOne"]

#: Held while curves are fitted by a function that takes less than this, in seconds.
_TURNS: Final = threading.Lock()
_SHORT: Final = 3e-4


class OneByOne:
    """`scipy.optimize.curve_fit` with the options of a recipe.

    Parameters
    ----------
    recipe : CurveRecipe
        What to fit, and how.
    parameters : int
        Their number.
    """

    def __init__(self, recipe: CurveRecipe, parameters: int) -> None:
        self._model = recipe.model
        self._options = recipe.curve_fit_options()
        self._lower, self._upper = recipe.bounds(parameters)

    def turn(self, start: Floats) -> AbstractContextManager[Any]:
        """Return what to hold while curves are fitted.

        Short calls of Python only get in each other's way when several threads make them;
        long ones spend their time in NumPy, where threads help.
        """
        started = perf_counter()
        self._model.each(start[None])
        return _TURNS if perf_counter() - started < _SHORT else nullcontext()

    def fit(self, curve: Floats, start: Floats) -> tuple[Floats, Floats, str]:
        """Return parameters, covariance and why the fit failed, "" if it did not.

        Parameters
        ----------
        curve : ndarray of shape (size,)
            Real values; those that are not finite are left out.
        start : ndarray of shape (parameters,)
            Start values; those beyond a bound are moved onto it.
        """
        from scipy.optimize import curve_fit

        valid = np.isfinite(curve)
        model, options = self._model, self._options
        if not valid.all():
            options = self._with_gaps(valid)
            curve = curve[valid]

            def function(_x: Any, *p: float) -> Floats:
                return model.one(p)[valid]
        else:

            def function(_x: Any, *p: float) -> Floats:
                return model.one(p)

        if callable(jac := options.get("jac")):
            options = {**options, "jac": lambda _x, *p: np.asarray(jac(model.x, *p))[valid]}
        try:
            # the model knows its x
            found = curve_fit(
                function, _NO_X, curve, np.clip(start, self._lower, self._upper), **options
            )
        except Exception as error:  # noqa: BLE001 - a user's function may raise anything
            k = len(start)
            reason = f"{type(error).__name__}: {error}"
            return np.full(k, np.nan), np.full((k, k), np.nan), reason
        return found[0], found[1], ""

    def _with_gaps(self, valid: NDArray[np.bool_]) -> dict[str, Any]:
        """Return the options for a curve with points left out."""
        sigma = self._options.get("sigma")
        if not np.ndim(sigma):
            return self._options
        sigma = np.asarray(sigma, float)
        left = sigma[valid] if sigma.ndim == 1 else sigma[np.ix_(valid, valid)]
        return {**self._options, "sigma": left}


_NO_X: Final = np.zeros(1)
