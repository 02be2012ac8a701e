"""What a model is: a function of many rows of parameters that knows its derivatives.

All models share one calling convention, the one of `sidpy.proc.fit.batch_fit`:
``model(parameters, x)`` takes parameters of shape (rows, parameters) and returns values of
shape (rows, points).  The points are `x` of shape (points,) for a spectrum and a sequence
of flattened coordinates, one per axis, for an image.

Models add up: ``Gaussian() + Linear()`` is a model whose parameters carry the names of
their components, ``gaussian.center`` and ``linear.slope``.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Model"]

#: Methods that say what a model computes.
_FORMULA = ("_evaluate", "__call__", "value_and_jacobian")


class Model(abc.ABC):
    """A parametrised function of one or more coordinates.

    Parameters
    ----------
    name : str, optional
        What the component is called inside of a sum; by default its kind.
    """

    #: Whether the component is smooth below others, so that its guess comes first.
    is_background: ClassVar[bool] = False
    #: Whether the values are complex.
    is_complex: ClassVar[bool] = False
    #: Number of coordinates.
    ndim: ClassVar[int] = 1
    #: What compiled code knows the formula by (`sidpy.proc.engine.kernels`); empty if it does not.
    form: ClassVar[str] = ""
    #: At which end of the data the model has died away: "both", "low" or "high".
    quiet: ClassVar[str] = "both"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let go of the compiled form where the formula changes."""
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if not own.keys().isdisjoint(_FORMULA) and "form" not in own:
            cls.form = ""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__.lower()

    @property
    @abc.abstractmethod
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""

    @abc.abstractmethod
    def _evaluate(self, p: NDArray[Any], x: Any, jac: NDArray[Any] | None) -> NDArray[Any]:
        """Return values for parameters of shape (parameters, rows, 1).

        Derivatives are written into `jac`, shape (rows, parameters, points), if given.
        """

    @abc.abstractmethod
    def guess(self, x: Any, y: NDArray[Any]) -> Floats:
        """Return start values from data.

        Parameters
        ----------
        x : ndarray of shape (points,), or a sequence of them
            Coordinates.
        y : ndarray of shape (rows, points)
            Data without missing points.

        Returns
        -------
        ndarray of shape (rows, parameters)
            Rough parameters of each row.
        """

    def bounds(self, x: Any = None) -> tuple[Floats, Floats]:  # noqa: ARG002 - for overriders
        """Return the range in which the parameters make sense, and fits converge.

        Parameters
        ----------
        x : ndarray of shape (points,), or a sequence of them, optional
            Coordinates of the data, which limit positions and widths.

        Returns
        -------
        lower, upper : ndarray of shape (parameters,)
            Infinite where nothing limits a parameter.
        """
        k = len(self.parameters)
        return np.full(k, -np.inf), np.full(k, np.inf)

    def units(self, x: str = "", y: str = "") -> tuple[str, ...]:  # noqa: ARG002 - for overriders
        """Return the unit of each parameter.

        Parameters
        ----------
        x, y : str
            Units of the coordinate and of the data.

        Returns
        -------
        tuple of str
            In the order of `parameters`; an empty string where a number has no unit.
        """
        return ("",) * len(self.parameters)

    def forms(self) -> tuple[tuple[str, int], ...]:
        """Return the compiled form, and number of parameters, of each component.

        Returns
        -------
        tuple of (str, int)
            A component that has none is empty: ``("", 2)``.
        """
        return ((self.form, len(self.parameters)),)

    def canonical(self, parameters: Floats) -> Floats:
        """Return equivalent parameters in their usual range: phases within half a turn.

        Parameters
        ----------
        parameters : ndarray of shape (rows, parameters)
            Results of a fit.

        Returns
        -------
        ndarray of shape (rows, parameters)
            Parameters of the same curves.
        """
        return parameters

    def starts(self, x: Any, y: NDArray[Any], number: int = 4) -> Floats:
        """Return several start values from data: guesses at several degrees of smoothing.

        Noise that misleads the guess from the raw data is gone from the smooth ones, and
        a narrow feature that is gone from the smooth ones is in the raw data.

        Parameters
        ----------
        x : ndarray of shape (points,), or a sequence of them
            Coordinates.
        y : ndarray of shape (rows, points)
            Data without missing points.
        number : int
            Starts per row.

        Returns
        -------
        ndarray of shape (rows, number, parameters)
            The guess from the raw data comes first.
        """
        from sidpy.proc.engine.multistart import smoothed

        width = y.shape[-1] / 4
        widths = [0.0, *np.geomspace(1.0, max(width / 4, 1.5), number - 1)] if number > 1 else [0]
        return np.stack([self.guess(x, smoothed(y, w)) for w in widths], axis=1)

    def __call__(self, parameters: ArrayLike, x: Any) -> NDArray[Any]:
        """Return values, shape (rows, points), or (points,) for one set of parameters."""
        p = np.asarray(parameters)
        values = self._evaluate(np.atleast_2d(p).T[:, :, None], x, None)
        shape = (np.atleast_2d(p).shape[0], np.asarray(x).shape[-1])
        values = np.broadcast_to(values, shape) if values.shape != shape else values
        return values[0] if p.ndim == 1 else values

    def value_and_jacobian(
        self, parameters: ArrayLike, x: Any, *, out: NDArray[Any] | None = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return values and derivatives with respect to the parameters.

        Parameters
        ----------
        parameters : ndarray of shape (rows, parameters)
            Where.
        x : ndarray of shape (points,), or a sequence of them
            Coordinates.
        out : ndarray of shape (rows, parameters, points), optional
            Where the derivatives are written to.

        Returns
        -------
        values : ndarray of shape (rows, points)
            Of the model.
        derivatives : ndarray of shape (rows, parameters, points)
            Of the values.
        """
        p = np.asarray(parameters)
        points = np.asarray(x).shape[-1]
        if out is None:
            dtype = np.complex128 if self.is_complex else np.float64
            out = np.empty((*p.shape, points), dtype)
        values = self._evaluate(p.T[:, :, None], x, out)
        shape = (len(p), points)
        return np.broadcast_to(values, shape) if values.shape != shape else values, out

    def jacobian(self, parameters: ArrayLike, x: Any) -> NDArray[Any]:
        """Return the derivatives, shape (rows, parameters, points)."""
        return self.value_and_jacobian(parameters, x)[1]

    def index(self, parameter: str) -> int:
        """Return where a parameter stands.

        Raises
        ------
        ValueError
            When the model has no parameter of this name.
        """
        if parameter in self.parameters:
            return self.parameters.index(parameter)
        msg = f"{self!r} has no parameter {parameter!r}; it has {', '.join(self.parameters)}"
        raise ValueError(msg)

    def recorded_form(self) -> Any:
        """Return what stands for the model in a history; see `sidpy.proc.models.written`."""
        from .written import written

        return written(self)

    def __add__(self, other: Model) -> Model:
        from .sums import Sum

        return Sum.of(self, other) if isinstance(other, Model) else NotImplemented

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"{kind}()" if self.name == kind.lower() else f"{kind}(name={self.name!r})"
