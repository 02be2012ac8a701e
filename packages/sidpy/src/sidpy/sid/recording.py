"""Writing down what is called: one step for each call, on every dataset it gives.

A public operation of a dataset is a function made `recorded`.  What other operations it
calls to do its work is nobody's business: only the outermost call is written, by its public
name and with its arguments as they were given (see `sidpy.sid.arguments`), so that
`sidpy.sid.calls` can call the same name with the same arguments again.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

from .arguments import parts, taken_apart
from .plain_values import identity
from .provenance import Provenance, Step
from .relabelling import relabelled

__all__ = [
    "CALLS", "called", "calling", "is_inside", "record_methods", "recorded", "sign",
]  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")

#: Functions that are called by name, by these names.
CALLS: Final[dict[str, Callable[..., Any]]] = {"relabel": relabelled}

#: The operations that are methods and properties of a dataset.
METHODS: Final = (
    "T", "__getitem__", "__matmul__", "__rmatmul__", "abs", "adjust_axis", "all", "angle", "any",
    "argmax", "argmin", "argtopk", "astype", "choose", "clip", "conj", "cumprod", "cumsum",
    "dot", "fft", "flatten", "flatten_complex", "fold", "ifft", "imag", "interp", "interp_like",
    "isel", "like_data", "map_blocks", "map_overlap", "max", "mean", "min", "moment", "nonzero",
    "prod", "ravel", "real", "rechunk", "repeat", "reshape", "round", "sel", "shuffle",
    "squeeze", "std", "sum", "swapaxes", "to", "topk", "trace", "transpose", "unfold", "var",
)  # fmt: skip

#: What operations are called in a history where it is not their name.
_SHOWN: Final = {"T": "transpose", "__getitem__": "getitem", "__rmatmul__": "matmul"}


class _Inside(threading.local):
    """Whether this thread is inside an operation."""

    yes = False


_inside = _Inside()


def is_inside() -> bool:
    """Whether an operation is being done, of which only the whole is written down."""
    return _inside.yes


def recorded(name: str, shown: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator: calls of the function are written into the history of its results.

    Parameters
    ----------
    name : str
        The name by which it is called again.
    shown : str
        Its name in the history, by default the last word of `name`.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = signature_of(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _inside.yes:
                return function(*args, **kwargs)
            if any(isinstance(value, Iterator) for value in args):
                args = tuple(list(v) if isinstance(v, Iterator) else v for v in args)  # type: ignore[assignment]
            return calling(name, function, args, kwargs, shown=shown, signature=signature)  # type: ignore[no-any-return]

        CALLS[name] = call
        return call

    return decorate


def record_methods(cls: Any) -> None:
    """Make the operations of the class of datasets `recorded`."""
    for name in METHODS:
        member = getattr(cls, name)
        shown = _SHOWN.get(name, name.strip("_"))
        make = recorded(f"Dataset.{name}", shown)
        if isinstance(member, property):
            setattr(cls, name, property(make(member.fget), doc=member.__doc__))  # type: ignore[arg-type]
        else:
            setattr(cls, name, make(member))


def calling(
    name: str,
    function: Callable[..., Any],
    args: Iterable[Any],
    kwargs: dict[str, Any],
    *,
    shown: str = "",
    signature: inspect.Signature | None = None,
) -> Any:
    """Call a function and write the call into the history of its results.

    Parameters
    ----------
    name : str
        The name by which it is called again.
    function : callable
        What is called.
    args, kwargs
        Its arguments.
    shown : str
        Its name in the history, by default the last word of `name`.
    signature : Signature, optional
        The names of its positional arguments; without one they are written as operands.
    """
    if _inside.yes:
        return function(*args, **kwargs)
    _inside.yes = True
    try:
        result = function(*args, **kwargs)
    finally:
        _inside.yes = False
    made = list(parts(result))
    if made:
        arguments = _named(signature, tuple(args), kwargs)
        sign(made, name, shown or name.rpartition(".")[2], arguments)
    return result


def _named(
    signature: inspect.Signature | None, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a call by their names; without names they are operands."""
    if signature is None:
        return {"operands": list(args), **kwargs}
    arguments = dict(signature.bind(*args, **kwargs).arguments)
    rest = _rest(signature)
    if rest in arguments and not arguments[rest].keys() & signature.parameters.keys():
        arguments |= arguments.pop(rest)
    return arguments


def _rest(signature: inspect.Signature) -> str:
    """Return the name of the argument that takes all other keywords, "" without one."""
    kinds = signature.parameters.values()
    return next((one.name for one in kinds if one.kind is one.VAR_KEYWORD), "")


@cache
def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """Return the signature of a function, None for what is written in C without one."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def called(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call a function with arguments by their names, as `calling` wrote them down.

    Raises
    ------
    TypeError
        When the function has no arguments of these names.
    """
    signature = signature_of(function)
    others = arguments.keys() - (signature.parameters.keys() if signature else ())
    if signature is None or (others and "operands" in others):
        given = dict(arguments)
        return function(*given.pop("operands", ()), **given)
    names = [name for name in signature.parameters if name in arguments]
    bound = inspect.BoundArguments(signature, {name: arguments[name] for name in names})
    return function(*bound.args, **bound.kwargs, **{name: arguments[name] for name in others})


def sign(
    made: Iterable[tuple[str, Any]],
    name: str,
    shown: str,
    arguments: dict[str, Any],
) -> None:
    """Write a call into the history of what it made.

    Parameters
    ----------
    made : iterable of (str, Dataset)
        What came out, by the part of the result it is; what also went in is passed over.
    name, shown : str
        The name by which it is called again, and that in the history.
    arguments : dict of str
        What it was given.
    """
    taken = taken_apart(arguments)
    histories = {id(value): getattr(value, "provenance_record", None) for value in taken.inputs}
    lasts = [_last(histories[id(value)]) for value in taken.inputs]
    if any(last is not None for last in lasts):  # then one for each input
        pairs = zip(lasts, taken.inputs, strict=True)
        lasts = [last or Step("from_array", output=identity(value)) for last, value in pairs]
    stored: dict[str, Any] = {}
    for history in histories.values():
        stored.update(history.stored if history is not None else {})
    inputs = tuple(identity(value) for value in taken.inputs)
    parents = tuple(last for last in lasts if last is not None)
    for part, dataset in made:
        if any(dataset is value for value in taken.inputs):
            continue
        step = Step(
            shown,
            parameters=taken.parameters,
            inputs=inputs,
            output=dataset.name,
            parents=parents,
            part=part,
            call=name,
            places=taken.places,
        )
        dataset.provenance_record = Provenance(step, stored)


def _last(history: Provenance | None) -> Step | None:
    return None if history is None else history.last
