"""Writing down what is called: one step for each call, on every dataset it gives.

A public operation of a dataset is a function made `recorded`.  What other operations it
calls to do its work is nobody's business: only the outermost call is written, by its public
name and with its arguments as they were given (see `sidpy.sid.arguments`), so that
`sidpy.sid.calls` can call the same name with the same arguments again.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

from ._labelled import Labelled
from .arguments import parts, taken_apart
from .plain_values import identity
from .provenance import Provenance, Step
from .relabelling import relabelled, settle

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
        named = _namer(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _inside.yes:
                return function(*args, **kwargs)
            for value in args:
                if isinstance(value, Iterator):  # which can be taken once only
                    args = tuple(list(v) if isinstance(v, Iterator) else v for v in args)  # type: ignore[assignment]
                    break
            return calling(name, function, args, kwargs, shown=shown, named=named)  # type: ignore[no-any-return]

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
    named: Callable[..., dict[str, Any]] | None = None,
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
    named : callable, optional
        Gives the arguments by their names; without one they are written as operands.
    """
    if _inside.yes:
        return function(*args, **kwargs)
    _inside.yes = True
    try:
        result = function(*args, **kwargs)
    finally:
        _inside.yes = False
    made = [("", result)] if isinstance(result, Labelled) else list(parts(result))
    if made:
        arguments = {"operands": list(args), **kwargs} if named is None else named(args, kwargs)
        sign(made, name, shown or name.rpartition(".")[2], arguments)
    return result


def _namer(function: Callable[..., Any]) -> Callable[..., dict[str, Any]] | None:
    """Return what gives the arguments of calls of a function by their names.

    The calls were good ones: the function took the arguments before they are named.
    """
    signature = signature_of(function)
    if signature is None:
        return None
    kinds = {name: one.kind for name, one in signature.parameters.items()}
    several = inspect.Parameter.VAR_POSITIONAL in kinds.values()
    rest = next((name for name, kind in kinds.items() if kind is kind.VAR_KEYWORD), "")
    first = [name for name, kind in kinds.items() if kind in _BY_PLACE]

    def named(args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        if not (kwargs or several):  # as nearly always; binding takes longer than indexing
            return dict(zip(first, args, strict=False))
        arguments = dict(signature.bind(*args, **kwargs).arguments)
        if rest in arguments and not arguments[rest].keys() & kinds.keys():
            arguments |= arguments.pop(rest)
        return arguments

    return named


#: Arguments that a call may give without their names.
_BY_PLACE: Final = (
    inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD,
)  # fmt: skip


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
    lasts: list[Step | None] = []
    stored: Mapping[str, Any] = {}
    for value in taken.inputs:
        history = getattr(value, "provenance_record", None)
        lasts.append(None if history is None else history.last)
        if history is not None and history.stored and history.stored is not stored:
            stored = {**stored, **history.stored} if stored else history.stored
    inputs = tuple([identity(value) for value in taken.inputs])
    made = [pair for pair in made if not _is_one_of(taken.inputs, pair[1])]
    for part, dataset in made:
        step = Step(
            shown,
            parameters=taken.parameters,
            inputs=inputs,
            output=dataset.name,
            parents=_parents(lasts, inputs),
            part=part,
            call=name,
            places=taken.places,
        )
        settle(dataset, Provenance(step, stored))


def _is_one_of(values: tuple[Any, ...], one: Any) -> bool:
    for value in values:  # noqa: SIM110 - a generator takes longer than the comparison
        if value is one:
            return True
    return False


def _parents(lasts: list[Step | None], inputs: tuple[str, ...]) -> tuple[Step, ...]:
    """Return one step for each input, none where no input has any."""
    if None not in lasts:
        return tuple(lasts)  # type: ignore[arg-type]
    if not any(last is not None for last in lasts):
        return ()
    pairs = zip(lasts, inputs, strict=True)
    return tuple(last or Step("from_array", output=name) for last, name in pairs)
