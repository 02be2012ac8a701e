"""Fits compiled by numba, where it is installed: the same steps in a fraction of the time.

numba is loaded with the first fit that uses it, and what it compiles is kept on disk.
Models that are sums of the forms in `kernels`, with derivatives of their own and real data,
are fitted this way; all else is left to `marquardt`.
"""

from __future__ import annotations

import inspect
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from sidpy.errors import MissingDependency

from .problem import block_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sidpy.proc.fit import FitResult

    from .problem import Forms, Part, Problem

    Floats = NDArray[np.float64]

__all__ = ["fit_compiled", "forms_of"]

#: Data points below which loading numba takes longer than it saves.
_ENOUGH = 1 << 19
#: Sums may be reordered; infinities and NaN keep their meaning.
_FASTMATH = {"reassoc", "contract", "nsz"}


def forms_of(model: Any, x: Any, points: tuple[int, int], *, chosen: bool | None) -> Forms | None:
    """Return the forms of a model that is to be fitted by compiled code.

    Parameters
    ----------
    model : callable
        Compiled code knows it when its method `forms` names forms that `kernels` has.
    x : object
        Coordinates; only those of spectra are of use.
    points : (int, int)
        Shape of the data.
    chosen : bool or None
        What the settings of the fit say.

    Returns
    -------
    tuple of (str, int), or None
        Name and number of parameters of each form; None where the iteration in NumPy is to
        be used.

    Raises
    ------
    MissingDependency
        When compiled code is asked for and numba is not installed.
    """
    from .kernels import FORMS

    wanted = points[0] * points[1] >= _ENOUGH if chosen is None else chosen
    if not wanted:
        return None
    if find_spec("numba") is None:
        if chosen is None:
            return None
        msg = "fits with compiled=True need numba: pip install 'sidpy[numba]'"
        raise MissingDependency(msg)
    forms = getattr(model, "forms", tuple)()
    known = bool(forms) and all(name in FORMS for name, _ in forms)
    x = np.asarray(x)
    fits = x.ndim == 1 and x.dtype.kind in "fiu" and len(x) == points[1]
    return forms if known and fits else None


@cache
def _compiled() -> Callable[..., Any]:
    """Return `steps.fit_each`, for numba to compile at its first call."""
    import numba
    from numba.extending import register_jitable

    from . import kernels, steps

    for helper in steps.HELPERS:
        register_jitable(helper)
    fit_each = steps.fit_each
    # numba compiles anew when this file has changed, or a number from outside of a function
    stamp = 1 + crc32("".join(inspect.getsource(m) for m in (kernels, steps)).encode())

    def entry(curve: Any, data: Any, starts: int, settings: Any, p: Any) -> Any:
        return fit_each(curve, data, starts if stamp else 1, settings, p)

    options = {"nogil": True, "fastmath": _FASTMATH, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(entry)
    except RuntimeError:  # there is no folder that can be written to
        return numba.njit(**options)(entry)


def fit_compiled(
    problem: Problem, forms: Forms, part: Part, result: FitResult, gradient: Floats
) -> None:
    """Fit all problems of a part; what `marquardt.fit_rows` does before it finishes.

    Parameters
    ----------
    problem : Problem
        What is minimised, and settings.
    forms : tuple of (str, int)
        Name and number of parameters of each form that the model is the sum of.
    part : Part
        Data, start values and boxes.
    result : FitResult
        Its arrays are filled; what stands in place of the covariances is the curvature.
    gradient : ndarray of shape (fits, parameters)
        Filled with the gradients at the end.
    """
    from .kernels import FORMS, LOSSES

    each = _compiled()
    loss, s = problem.loss, problem.settings
    numbers = np.array([(FORMS[name], number) for name, number in forms], np.int64)
    curve = (numbers, _plain(problem.x), (LOSSES[loss.name], float(loss.scale)))
    settings = (
        s.max_iterations, float(s.cost_tolerance), float(s.step_tolerance),
        float(s.gradient_tolerance), float(s.damping), problem.bounded,
    )  # fmt: skip
    points = part.y.shape[1]
    size = block_rows(s, points, part.p.shape[1])
    for first in range(0, len(part.y), size):
        rows = slice(first, first + size)
        w = np.empty((0, points)) if part.w is None else _plain(part.w[rows])
        box = _plain(np.stack([part.lower[rows], part.upper[rows]], axis=1))
        fits = slice(first * part.starts, (first + size) * part.starts)
        p = np.array(part.p[fits], np.float64, order="C")
        found = each(curve, (_plain(part.y[rows]), w, box), part.starts, settings, p)
        _file(found, p, result, (fits, gradient))


def _file(
    found: tuple[Any, ...], p: Floats, result: FitResult, target: tuple[slice, Floats]
) -> None:
    """Write a block into the result; fits that failed stay NaN."""
    fits, gradient = target
    status, iterations, cost, downhill, curvature = found
    result.status[fits], result.iterations[fits] = status, iterations
    good = np.flatnonzero(status > 0)
    where = good + fits.start
    result.parameters[where], result.cost[where] = p[good], cost[good]
    result.covariance[where], gradient[where] = curvature[good], downhill[good]


def _plain(a: Any) -> Floats:
    """Return an array of the one kind that the code is compiled for."""
    a = np.ascontiguousarray(a, np.float64)
    return a if a.flags.writeable else a.copy()
