"""One fit of a user's function at every position, in blocks, on whatever dask works with.

The batched engine of `sidpy.proc.fit` does the work where the function and the options
allow it.  What asks for one of SciPy's own solvers, and functions that cannot take many
curves at once, go through `scipy.optimize.curve_fit` curve by curve, with the same
answers; so do fits that the engine gave up.  Points that are not finite are left out; a
fit that fails is NaN and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy._warnings import warn
from sidpy.errors import LabelValueError
from sidpy.proc.fit import FitStatus, batch_fit

from .one_by_one import OneByOne
from .user_models import split

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .curves import Curves
    from .recipes import CurveRecipe

    Floats = NDArray[np.float64]

__all__ = ["Fitted", "first_starts", "fit_block", "fit_curves", "guess_curves"]

#: Results of a block that are looked at once more, curve by curve.
_CHECKED: Final = 8


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


def fit_curves(curves: Curves, recipe: CurveRecipe, start: Floats | None = None) -> Fitted:
    """Fit every curve.

    Parameters
    ----------
    curves : Curves
        The data.
    recipe : CurveRecipe
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


def guess_curves(curves: Curves, recipe: CurveRecipe) -> Floats:
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
    curves: Curves, work: Callable[..., Fitted], recipe: CurveRecipe, starts: _Starts, label: str
) -> list[tuple[tuple[slice, ...], Fitted]]:
    """Do some work on every block of curves."""
    import dask

    from sidpy.proc.progress import compute

    call = dask.delayed(work, pure=False)
    packed = dask.delayed(recipe, traverse=False)
    blocks = curves.blocks()
    tasks = [call(packed, block, starts[place]) for place, block in blocks]
    return list(zip((place for place, _ in blocks), compute(tasks, label=label), strict=True))


def _guess_block(recipe: CurveRecipe, block: NDArray[Any], _start: None) -> Fitted:
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
    size = next((guess.size for guess in guesses if guess is not None), recipe.count or 0)
    values = np.full((len(rows), size), np.nan)
    for value, guess in zip(values, guesses, strict=True):
        if guess is not None and guess.size == size:
            value[:] = guess
        elif guess is not None:
            reasons.append(f"the guess returned {guess.size} values, {size} for the first curve")
    return Fitted(values, np.empty((len(rows), 0, 0)), tuple(reasons))


def first_starts(
    recipe: CurveRecipe, block: NDArray[Any], reasons: list[str] | None = None
) -> Floats:
    """Return start values of the curves of a block, NaN where the guess raised.

    Parameters
    ----------
    recipe : CurveRecipe
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


def fit_block(recipe: CurveRecipe, block: NDArray[Any], start: Floats | None) -> Fitted:
    """Fit the curves of one block in this thread.

    Parameters
    ----------
    recipe : CurveRecipe
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
        if todo.size:
            solver = OneByOne(recipe, k)
            with solver.turn(start[todo[0]]):
                for n in todo:
                    fitted.parameters[n], fitted.covariance[n], why = solver.fit(rows[n], start[n])
                    reasons.extend([why] if why else [])
    return replace(fitted, reasons=tuple(reasons))


def _together(
    recipe: CurveRecipe,
    lift: int | None,
    work: tuple[Floats, Floats, NDArray[Any]],
    fitted: Fitted,
    reasons: list[str],
) -> NDArray[Any]:
    """Fit many curves with the engine; return those that it leaves to be done alone."""
    rows, start, todo = work
    model = recipe.model
    result = batch_fit(
        lambda p, _x: model.each(p) if lift is None else model.many(p, lift),
        rows[todo],
        start[todo],
        **recipe.engine_options(start.shape[1]),
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
