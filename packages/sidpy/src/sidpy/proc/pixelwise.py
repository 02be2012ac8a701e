"""One fit of a user's function at every position, in blocks, on whatever dask works with.

The batched engine of `sidpy.proc.fit` does the work where the function and the options
allow it.  What asks for one of SciPy's own solvers, and functions that cannot take many
curves at once, go through `scipy.optimize.curve_fit` curve by curve, with the same
answers; so do fits that the engine gave up.  Points that are not finite are left out; a
fit that fails is NaN and counted.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy._warnings import warn
from sidpy.errors import LabelTypeError, LabelValueError

from .fit import FitSettings, FitStatus, batch_fit
from .user_models import UserModel, split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from .curves import Curves

    Floats = NDArray[np.float64]

__all__ = ["Fitted", "Recipe", "first_starts", "fit_block", "fit_curves", "guess_curves"]

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
#: Results of a block that are looked at once more, curve by curve.
_CHECKED: Final = 8


@dataclass(frozen=True, slots=True)
class Recipe:
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

    def checked(self) -> Recipe:
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


@dataclass(frozen=True, slots=True)
class Fitted:
    """Results of all curves, in their order."""

    parameters: Floats
    """Shape (curves, parameters); NaN where the fit failed."""
    covariance: Floats
    """Shape (curves, parameters, parameters)."""
    reasons: tuple[str, ...] = ()
    """Why fits failed, one for each that did."""

    @property
    def errors(self) -> Floats:
        """Standard errors, shape (curves, parameters)."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))

    def warn_of_failures(self) -> None:
        """Say how many fits failed, and why the first did."""
        if self.reasons:
            warn(
                f"{len(self.reasons)} of {len(self.parameters)} fits failed and are NaN; "
                f"the first: {self.reasons[0]}"
            )


def fit_curves(curves: Curves, recipe: Recipe, start: Floats | None = None) -> Fitted:
    """Fit every curve.

    Parameters
    ----------
    curves : Curves
        The data.
    recipe : Recipe
        What to fit, and how.
    start : ndarray of shape (parameters,) or (curves, parameters), optional
        Start values; without them `recipe.guess` gives them, or else its bounds do.

    Returns
    -------
    Fitted
        Rows in the order of the positions.

    Warns
    -----
    SidpyWarning
        When fits failed: how many, and why the first did.
    """
    starts = _Starts(curves, start)
    results = _computed(curves, fit_block, recipe, starts, label="fits")
    size = max((part.parameters.shape[1] for _, part in results), default=recipe.count or 0)
    parameters = np.full((*curves.shape, size), np.nan)
    covariance = np.full((*curves.shape, size, size), np.nan)
    reasons: list[str] = []
    for place, part in results:
        reasons.extend(part.reasons)
        if part.parameters.shape[1] == size:
            parameters[place] = part.parameters.reshape(parameters[place].shape)
            covariance[place] = part.covariance.reshape(covariance[place].shape)
    fitted = Fitted(
        parameters.reshape(-1, size), covariance.reshape(-1, size, size), tuple(reasons)
    )
    fitted.warn_of_failures()
    return fitted


def guess_curves(curves: Curves, recipe: Recipe) -> Floats:
    """Return what the guess says of every curve, shape (curves, parameters).

    Warns
    -----
    SidpyWarning
        When it raised for some curves, whose values are NaN.
    """
    results = _computed(curves, _guess_block, recipe, _Starts(curves, None), label="guesses")
    size = max((part.parameters.shape[1] for _, part in results), default=recipe.count or 0)
    guessed = np.full((*curves.shape, size), np.nan)
    reasons: list[str] = []
    for place, part in results:
        reasons.extend(part.reasons)
        if part.parameters.shape[1] == size:
            guessed[place] = part.parameters.reshape(guessed[place].shape)
    guessed = guessed.reshape(-1, size)
    if reasons:
        warn(f"no guess for {len(reasons)} of {len(guessed)} curves; the first: {reasons[0]}")
    return guessed


class _Starts:
    """Start values of the curves of a block."""

    def __init__(self, curves: Curves, start: Any) -> None:
        self._values = None
        if start is not None:
            start = np.asarray(start, float)
            shape = (*curves.shape, start.shape[-1] if start.ndim else 1)
            try:
                flat = start.reshape(shape) if start.ndim > 1 else start
                self._values = np.broadcast_to(flat, shape)
            except ValueError:
                msg = (
                    f"start values have shape {start.shape}; expected (parameters,) or "
                    f"{(*curves.shape, 'parameters')}"
                )
                raise LabelValueError(msg) from None

    def __getitem__(self, place: tuple[slice, ...]) -> Floats | None:
        if self._values is None:
            return None
        part = self._values[place]
        return part.reshape(-1, part.shape[-1])


def _computed(
    curves: Curves, work: Callable[..., Fitted], recipe: Recipe, starts: _Starts, label: str
) -> list[tuple[tuple[slice, ...], Fitted]]:
    """Do some work on every block of curves."""
    import dask

    from .progress import compute

    call = dask.delayed(work, pure=False)
    packed = dask.delayed(recipe, traverse=False)
    blocks = curves.blocks()
    tasks = [call(packed, block, starts[place]) for place, block in blocks]
    return list(zip((place for place, _ in blocks), compute(tasks, label=label), strict=True))


def _guess_block(recipe: Recipe, block: NDArray[Any], _start: None) -> Fitted:
    rows = block.reshape(-1, *recipe.curve_shape)
    guesses: list[Floats | None] = []
    reasons = []
    with np.errstate(all="ignore"):
        for row in rows:
            try:
                guesses.append(np.asarray(recipe.guess(recipe.model.x, row), float).ravel())  # type: ignore[misc]
            except Exception as error:  # noqa: BLE001 - a user's function may raise anything
                guesses.append(None)
                reasons.append(f"the guess raised {type(error).__name__}: {error}")
    size = max((guess.size for guess in guesses if guess is not None), default=recipe.count or 0)
    values = np.full((len(rows), size), np.nan)
    for value, guess in zip(values, guesses, strict=True):
        if guess is not None:
            value[:] = guess
    return Fitted(values, np.empty((len(rows), 0, 0)), tuple(reasons))


def first_starts(recipe: Recipe, block: NDArray[Any], reasons: list[str] | None = None) -> Floats:
    """Return start values of the curves of a block, NaN where the guess raised.

    Parameters
    ----------
    recipe : Recipe
        Whose guess is asked; its bounds are where there is none.
    block : ndarray of shape (..., points)
        Curves.
    reasons : list, optional
        Gets one line for each guess that raised.
    """
    if recipe.guess is None:
        rows = np.size(block) // int(np.prod(recipe.curve_shape))
        return np.tile(recipe.start(recipe.count or 0), (rows, 1))
    guessed = _guess_block(recipe, block, None)
    if reasons is not None:
        reasons.extend(guessed.reasons)
    return guessed.parameters


def fit_block(recipe: Recipe, block: NDArray[Any], start: Floats | None) -> Fitted:
    """Fit the curves of one block in this thread.

    Parameters
    ----------
    recipe : Recipe
        What to fit, and how.
    block : ndarray of shape (..., points)
        Curves; the last axes are those of ``recipe.curve_shape``.
    start : ndarray of shape (curves, parameters), optional
        Start values; guessed without them.
    """
    rows = split(np.asarray(block).reshape(-1, int(np.prod(recipe.curve_shape))))
    reasons: list[str] = []
    if start is None:
        start = first_starts(recipe, block, reasons)
    k = start.shape[1]
    fitted = Fitted(np.full((len(rows), k), np.nan), np.full((len(rows), k, k), np.nan))
    usable = np.isfinite(start).all(axis=1)
    reasons.extend(["the guess is not finite"] * (np.count_nonzero(~usable) - len(reasons)))
    todo = np.flatnonzero(usable)
    with np.errstate(all="ignore"):
        lift = recipe.model.lift(np.median(start[todo], axis=0)) if todo.size and k else None
        if recipe.batched and (lift is not None or recipe.robust):
            todo = _together(recipe, lift, (rows, start, todo), fitted, reasons)
        for number in todo:
            reason = _alone(recipe, rows[number], start[number], fitted, number)
            if reason:
                reasons.append(reason)
    return replace(fitted, reasons=tuple(reasons))


def _together(
    recipe: Recipe,
    lift: int | None,
    work: tuple[Floats, Floats, NDArray[Any]],
    fitted: Fitted,
    reasons: list[str],
) -> NDArray[Any]:
    """Fit many curves with the engine; return those that it leaves to be done alone."""
    rows, start, todo = work
    model, options = recipe.model, recipe.options
    k = start.shape[1]
    sigma = options.get("sigma")
    result = batch_fit(
        lambda p, _x: model.each(p) if lift is None else model.many(p, lift),
        rows[todo],
        start[todo],
        bounds=recipe.bounds(k),
        weights=None if sigma is None else 1 / np.asarray(sigma, float) ** 2,
        scale_covariance=not options.get("absolute_sigma", False),
        settings=_settings(options, k),
        loss=options.get("loss", "linear"),
        f_scale=options.get("f_scale", 1.0),
    )
    checked = np.unique(np.linspace(0, len(todo) - 1, _CHECKED).astype(int))
    values = result.parameters[checked[result.converged[checked]]]
    if lift is not None and len(values) and not model.agrees(values, lift, model.each(values)):
        # what holds near the start does not hold everywhere
        return _together(recipe, None, work, fitted, reasons) if recipe.robust else todo
    fitted.parameters[todo] = result.parameters
    fitted.covariance[todo] = result.covariance
    # SciPy's least squares may still find what the engine did not; it has no right errors
    # for robust losses
    undone = (FitStatus.NOT_CONVERGED, FitStatus.STALLED) if not recipe.robust else ()
    again = np.isin(result.status, undone)
    lost = result.status[~result.converged & ~again]
    reasons.extend(f"the fit ended as {FitStatus(status).name}" for status in lost)
    return todo[again]


def _settings(options: Mapping[str, Any], parameters: int) -> FitSettings:
    changes = {
        name: float(options[word])
        for word, name in _TOLERANCES.items()
        if options.get(word) is not None
    }
    settings = replace(FitSettings(), **changes)
    for word in _EVALUATIONS:
        if options.get(word):
            # one step of a solver with numerical derivatives costs that many evaluations
            steps = max(1, int(options[word]) // (parameters + 1))
            settings = replace(settings, max_iterations=steps)
    return settings


def _alone(recipe: Recipe, row: Floats, start: Floats, fitted: Fitted, number: int) -> str:
    """Fit one curve with SciPy; return why it failed, "" if it did not."""
    from scipy.optimize import curve_fit

    model = recipe.model
    valid = np.isfinite(row)
    options = dict(recipe.options)
    options.pop("check_finite", None)
    options.pop("nan_policy", None)
    if options.get("loss", "linear") == "linear":
        options.pop("loss", None)
        options.pop("f_scale", None)
    else:
        options.setdefault("method", "trf")
    sigma = options.get("sigma")
    if np.ndim(sigma):
        sigma = np.asarray(sigma, float)
        options["sigma"] = sigma[valid] if sigma.ndim == 1 else sigma[np.ix_(valid, valid)]
    jac = options.get("jac")
    if callable(jac):
        options["jac"] = lambda _x, *p: np.asarray(jac(model.x, *p))[valid]
    lower, upper = recipe.bounds(len(start))
    try:
        parameters, covariance = curve_fit(
            lambda _x, *p: model.one(np.asarray(p))[valid],
            np.zeros(1),  # the model knows its x
            row[valid],
            p0=np.clip(start, lower, upper),
            **options,
        )[:2]
    except Exception as error:  # noqa: BLE001 - a user's function may raise anything
        return f"{type(error).__name__}: {error}"
    fitted.parameters[number], fitted.covariance[number] = parameters, covariance
    return ""
