"""Models and Jacobians of any kind, as the engine calls them: real, together, in a buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .derivatives import central_differences, complex_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["adapted"]


def adapted(
    model: Callable[..., Any],
    jacobian: Callable[..., Any] | str | None,
    lower: Floats,
    upper: Floats,
    *,
    is_complex: bool,
) -> tuple[Callable[..., Floats], Callable[..., tuple[Floats, Floats]], bool]:
    """Return the functions of a fit.

    Parameters
    ----------
    model : callable
        Values; it may have a method ``value_and_jacobian(parameters, x, *each, out=None)``.
    jacobian : callable, "central", "complex-step" or None
        Derivatives, or where they come from.
    lower, upper : ndarray of shape (problems, parameters)
        The box that differences stay in.
    is_complex : bool
        Whether the data are pairs of real and imaginary parts.

    Returns
    -------
    values, linearised : callable
        See `Problem`.
    fused : bool
        Whether the second costs little more than the first.

    Raises
    ------
    ValueError
        When `jacobian` is an unknown word, or a model of real data returns complex values.
    """
    dtype = np.complex128 if is_complex else np.float64
    fused = getattr(model, "value_and_jacobian", None) if jacobian is None else None

    def real(a: Any) -> Floats:
        a = np.asarray(a)
        if not is_complex and np.iscomplexobj(a):
            msg = f"the model returned {a.dtype} for real data; fit complex data, or its abs"
            raise ValueError(msg)
        a = np.ascontiguousarray(a, dtype)
        return a.view(np.float64) if is_complex and a.ndim else a

    def values(p: Floats, x: Any, *each: NDArray[Any]) -> Floats:
        return real(model(p, x, *each))

    if fused is not None:

        def together(out: Floats, p: Floats, x: Any, *each: Any) -> tuple[Floats, Floats]:
            mu, jac = fused(p, x, *each, out=out.view(dtype))
            return real(mu), real(jac)

        return values, together, True
    derivatives = _chosen(model, jacobian, lower, upper)

    def apart(_out: Floats, p: Floats, x: Any, *each: Any) -> tuple[Floats, Floats]:
        return values(p, x, *each), real(derivatives(p, x, *each))

    return values, apart, False


def _chosen(
    model: Callable[..., Any],
    jacobian: Callable[..., Any] | str | None,
    lower: Floats,
    upper: Floats,
) -> Callable[..., Any]:
    if callable(jacobian):
        return jacobian
    if jacobian == "complex-step":
        return complex_step(model)
    if jacobian in (None, "central"):
        return central_differences(model, lower, upper)
    msg = f"jacobian is {jacobian!r}; it can be a function, 'central' or 'complex-step'"
    raise ValueError(msg)
