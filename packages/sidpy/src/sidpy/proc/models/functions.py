"""Functions of the user as models.

A function ``f(x, a, b, ...)`` is written for one set of numbers, as for
`scipy.optimize.curve_fit`.  Called with columns of parameters, most such functions give
the values of all rows at once; whether one does is found out by comparing with single
rows, at every call, and one that does not is called row by row.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.errors import LabelTypeError
from sidpy.proc.engine.derivatives import central_differences, complex_step

from .model import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["FunctionModel", "from_function"]

#: What a function that cannot take columns may raise when it is given some.
_REFUSALS = (ArithmeticError, AttributeError, IndexError, TypeError, ValueError)


class FunctionModel(Model):
    """A function ``f(x, *parameters)`` as a model; see `from_function`."""

    def __init__(
        self,
        function: Callable[..., Any],
        parameters: Sequence[str],
        *,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name or getattr(function, "__name__", "function").strip("<>"))
        self.function = function
        self._parameters = tuple(parameters)
        self._options = dict(options or {})
        #: None until found out.
        self.takes_columns: bool | None = None
        self._checked = 0
        if self._options.get("jacobian") in (None, "central"):
            # nothing is gained by evaluating values and differences together
            self.value_and_jacobian = None  # type: ignore[assignment,method-assign]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return self._parameters

    def __call__(self, parameters: ArrayLike, x: Any) -> NDArray[Any]:
        """Return values, shape (rows, points), or (points,) for one set of parameters."""
        p = np.asarray(parameters)
        points = np.asarray(x).shape[-1]
        if p.ndim == 1:
            return self._row(x, p, points)
        if self.takes_columns is False or len(p) < 2:
            return self._rows(x, p, points)
        try:
            values = np.asarray(self.function(x, *p.T[:, :, None]))
            if values.shape != (len(p), points):
                values = np.broadcast_to(values, (len(p), points))
            agrees = self._agrees(values, x, p)
        except _REFUSALS:
            agrees = False
        self.takes_columns = agrees
        return values if agrees else self._rows(x, p, points)

    def _agrees(self, values: NDArray[Any], x: Any, p: NDArray[Any]) -> bool:
        """Compare with single rows: three at first, then one at a time in turn."""
        self._checked += 1
        rows = (
            {0, len(p) // 2, len(p) - 1}
            if self.takes_columns is None
            else {self._checked % len(p)}
        )
        points = values.shape[1]
        return all(
            np.allclose(values[row], self._row(x, p[row], points), 1e-9, 1e-12, equal_nan=True)
            for row in rows
        )

    def _row(self, x: Any, p: NDArray[Any], points: int) -> NDArray[Any]:
        values = np.asarray(self.function(x, *p))
        if values.shape != (points,) and values.size == points:
            return values.reshape(points)  # images that come back in two dimensions
        return np.broadcast_to(values, (points,))

    def _rows(self, x: Any, p: NDArray[Any], points: int) -> NDArray[Any]:
        return np.stack([self._row(x, row, points) for row in p])

    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        rows = p[:, :, 0].T
        if jac is not None:
            jac[...] = self._derivatives(rows, x)
        return self(rows, x)

    def _derivatives(self, rows: NDArray[Any], x: Any) -> NDArray[Any]:
        chosen = self._options.get("jacobian")
        if callable(chosen):
            return np.stack([np.asarray(chosen(x, *row)).reshape(len(row), -1) for row in rows])
        if chosen == "complex-step":
            return complex_step(self)(rows, x)
        return central_differences(self)(rows, x)

    def jacobian(self, parameters: ArrayLike, x: Any) -> NDArray[Any]:
        """Return the derivatives, shape (rows, parameters, points)."""
        return self._derivatives(np.asarray(parameters, np.float64), x)

    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return start values, row by row from the guess function, or ones."""
        chosen = self._options.get("guess")
        if chosen is None:
            return np.ones((len(y), len(self._parameters)))
        if not callable(chosen):
            return np.tile(np.asarray(chosen, np.float64), (len(y), 1))
        return np.array([np.asarray(chosen(x, row), np.float64) for row in y])

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:
        """Return the bounds given with the function."""
        given = self._options.get("bounds")
        if given is None:
            return super().bounds(x)
        k = len(self._parameters)
        low, high = (np.array(np.broadcast_to(np.asarray(b, float), (k,))) for b in given)
        return low, high

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:
        """Return the units given with the function."""
        given = self._options.get("units")
        return super().units(x, y) if given is None else tuple(given)

    def __repr__(self) -> str:
        return f"from_function({self.name})"


def from_function(
    function: Callable[..., Any],
    *,
    parameters: Sequence[str] | int | None = None,
    name: str | None = None,
    guess: Callable[..., Any] | ArrayLike | None = None,
    bounds: tuple[ArrayLike, ArrayLike] | None = None,
    units: Sequence[str] | None = None,
    jacobian: Callable[..., Any] | str | None = None,
) -> FunctionModel:
    """Return a model of a function ``f(x, a, b, ...)``.

    Parameters
    ----------
    function : callable
        Values at `x` for one set of numbers; `x` is a sequence of coordinates for images.
    parameters : sequence of str or int, optional
        Names, or their number; by default those of the function's signature.
    name : str, optional
        Name as a component of a sum; by default that of the function.
    guess : callable or ndarray of shape (parameters,), optional
        ``guess(x, y)`` for one spectrum, or start values for all; ones by default.
    bounds : pair of ndarray of shape (parameters,), optional
        Lower and upper bounds.
    units : sequence of str, optional
        Unit of each parameter.
    jacobian : callable, "central" or "complex-step", optional
        ``jacobian(x, a, b, ...)`` of one spectrum, shape (parameters, points), or where
        derivatives come from.

    Returns
    -------
    FunctionModel
        Vectorised over rows where the function allows it, otherwise looped.

    Raises
    ------
    TypeError
        When `function` cannot be called.
    ValueError
        When the number of parameters is neither given nor in the signature.

    Examples
    --------
    >>> import numpy as np
    >>> model = from_function(lambda x, amplitude, rate: amplitude * np.exp(-rate * x))
    >>> model.parameters
    ('amplitude', 'rate')
    >>> model([[1.0, 0.0], [2.0, 0.0]], np.arange(3.0))
    array([[1., 1., 1.],
           [2., 2., 2.]])
    >>> model.takes_columns
    True
    """
    if not callable(function):
        msg = (
            "a model is one of sidpy.proc.models, a sum of them, or a function f(x, a, b, ...); "
            f"found {function!r}"
        )
        raise LabelTypeError(msg)
    options = {"guess": guess, "bounds": bounds, "units": units, "jacobian": jacobian}
    return FunctionModel(function, _names(function, parameters), name=name, options=options)


def _names(function: Callable[..., Any], parameters: Sequence[str] | int | None) -> list[str]:
    if isinstance(parameters, int):
        return [f"p{k}" for k in range(parameters)]
    if parameters is not None:
        return list(parameters)
    try:
        found = list(inspect.signature(function).parameters.values())[1:]
    except (TypeError, ValueError):  # some builtins have none
        found = []
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in found if p.kind in plain and p.default is inspect.Parameter.empty]
    if not names or any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in found):
        msg = f"the signature of {function!r} does not name its parameters; give parameters="
        raise ValueError(msg)
    return names
