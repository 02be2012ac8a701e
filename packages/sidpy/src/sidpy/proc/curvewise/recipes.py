"""How the curves of a dataset are fitted: a function, start values, options of curve_fit."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import LabelTypeError, LabelValueError
from sidpy.proc.fit import FitSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from .user_models import UserModel

    Floats = NDArray[np.float64]

__all__ = ["CurveRecipe"]

#: Options of ``curve_fit`` that the engine understands, and what its settings call them.
_TOLERANCES: Final = {
    "ftol": "cost_tolerance",
    "xtol": "step_tolerance",
    "gtol": "gradient_tolerance",
}
_EVALUATIONS: Final = ("maxfev", "max_nfev")
_ENGINE: Final = {
    "absolute_sigma", "bounds", "check_finite", "f_scale", "loss", "nan_policy", "sigma",
    *_TOLERANCES, *_EVALUATIONS,
}  # fmt: skip
#: Options that SciPy's solvers take besides those that ``curve_fit`` names.
_SOLVERS: Final = {
    "Dfun", "col_deriv", "diag", "diff_step", "epsfcn", "f_scale", "factor", "ftol", "gtol",
    "jac_sparsity", "loss", "max_nfev", "maxfev", "tr_options", "tr_solver", "x_scale", "xtol",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CurveRecipe:
    """How every curve is fitted."""

    model: UserModel
    guess: Callable[..., Any] | None = None
    """``guess(x, curve)`` returns start values."""
    curve_shape: tuple[int, ...] = ()
    """The shape in which `guess` gets a curve."""
    count: int | None = None
    """Number of parameters, where it is known."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What ``curve_fit`` would be called with."""

    def checked(self) -> CurveRecipe:
        """Return the recipe if ``curve_fit`` would take its options.

        Raises
        ------
        TypeError
            For an option that it does not know.
        ValueError
            For weights or bounds of a wrong shape, and bounds in a wrong order.
        """
        from scipy.optimize import curve_fit

        own = {"f", "xdata", "ydata", "p0", "full_output", "kwargs"}
        known = (set(inspect.signature(curve_fit).parameters) | _SOLVERS) - own
        unknown = sorted(set(self.options) - known)
        if unknown:
            msg = f"curve_fit has no option {', '.join(unknown)}; it has {sorted(known)}"
            raise LabelTypeError(msg)
        if "bounds" in self.options:
            _checked_bounds(self.options["bounds"], self.count)
        sigma = np.asarray(self.options.get("sigma") if "sigma" in self.options else 1.0)
        size = self.model.size
        if sigma.dtype != object and sigma.shape not in {(), (size,), (size, size)}:
            msg = f"sigma has shape {sigma.shape}; a curve has {size} values"
            raise LabelValueError(msg)
        return self

    def start(self, parameters: int) -> Floats:
        """Return start values where nobody guesses: 1, or a point inside the bounds."""
        lower, upper = self.bounds(parameters)
        with np.errstate(invalid="ignore"):
            middle = 0.5 * (lower + upper)
        inside = np.where(
            np.isfinite(lower), lower + 1, np.where(np.isfinite(upper), upper - 1, 1)
        )
        return np.where(np.isfinite(lower) & np.isfinite(upper), middle, inside)

    def bounds(self, parameters: int) -> tuple[Floats, Floats]:
        """Return lower and upper bounds, each of shape (parameters,)."""
        given = self.options.get("bounds", (-np.inf, np.inf))
        if hasattr(given, "lb"):
            given = (given.lb, given.ub)
        lower, upper = (np.broadcast_to(np.asarray(b, float), (parameters,)) for b in given)
        return lower, upper

    @property
    def robust(self) -> bool:
        """Whether large residuals count less than their squares."""
        return self.options.get("loss", "linear") != "linear"

    @property
    def batched(self) -> bool:
        """Whether the engine does what the options ask for."""
        sigma = self.options.get("sigma")
        return (
            set(self.options) <= _ENGINE
            and isinstance(self.options.get("loss", "linear"), str)
            and (sigma is None or np.ndim(sigma) < 2)
        )

    def engine_options(self, parameters: int) -> dict[str, Any]:
        """Return the options as `batch_fit` takes them."""
        options, sigma = self.options, self.options.get("sigma")
        changes: dict[str, Any] = {
            name: float(options[word])
            for word, name in _TOLERANCES.items()
            if options.get(word) is not None
        }
        for word in _EVALUATIONS:
            if options.get(word):
                # one step of a solver with numerical derivatives costs that many evaluations
                changes["max_iterations"] = max(1, int(options[word]) // (parameters + 1))
        return {
            "bounds": self.bounds(parameters),
            "weights": None if sigma is None else 1 / np.asarray(sigma, float) ** 2,
            "scale_covariance": not options.get("absolute_sigma", False),
            "settings": replace(FitSettings(), **changes),
            "loss": options.get("loss", "linear"),
            "f_scale": options.get("f_scale", 1.0),
        }

    def curve_fit_options(self) -> dict[str, Any]:
        """Return the options as ``curve_fit`` takes them for data without gaps."""
        options = {**self.options, "check_finite": False}
        options.pop("nan_policy", None)
        if self.robust:
            options.setdefault("method", "trf")
        else:
            options.pop("loss", None)
            options.pop("f_scale", None)
        return options


def _checked_bounds(bounds: Any, count: int | None) -> None:
    low, high = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
    lower, upper = np.asarray(low, float), np.asarray(high, float)
    for bound in (lower, upper):
        if bound.ndim > 1 or (bound.ndim and count is not None and bound.size != count):
            msg = (
                f"Bound array length ({bound.size}) does not match num_params ({count}). "
                f"Provide a scalar or an array-like of length {count}."
            )
            raise LabelValueError(msg)
    wrong = np.flatnonzero(
        np.broadcast_to(~(lower <= upper), count or max(lower.size, upper.size))
    )
    if wrong.size:
        msg = (
            "lower_bounds must be <= upper_bounds for every parameter. "
            f"Violations at indices: {wrong.tolist()}"
        )
        raise LabelValueError(msg)
