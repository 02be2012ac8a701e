"""Functions that write themselves into the history of what they make, and are called again.

`operation` marks a function.  Each call then adds one step to every dataset that comes out:
the function's public name, all arguments exactly as they were, also those left at their
defaults and the seed that was drawn, and the datasets that went in.  `call` takes such a
step, finds the function by its name and calls it again.

>>> import sidpy
>>> @sidpy.operation(name="acme.double")
... def double(data, *, times=2):
...     return times * data
>>> step = double(sidpy.Dataset.from_array([1, 2, 3])).history[-1]
>>> step.function, step.parameters
('acme.double', {'times': 2})

A result may be a dataset, a tuple, list or dictionary with datasets in it, or an object with
datasets as attributes; the step's `part` says which of them is meant.  An object that makes
its datasets when it is asked for them has two methods instead: ``made_by(call)``, to keep the
`Call` and let it sign each dataset, and ``part(name)``, which makes a dataset again.
"""

from __future__ import annotations

import functools
import inspect
import secrets
import time
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple, ParamSpec, TypeVar, overload

import numpy as np

from sidpy.errors import LabelTypeError, LabelValueError, NotReplayable

from ._labelled import Labelled
from .arguments import NotKept, Reference, members, put_together, taken_apart, unkept
from .provenance import Provenance, Step, version_of
from .trees import copy_tree
from .trusted import MARK, function_at, operation_named, remember

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .dataset import Dataset

__all__ = ["Call", "begin", "call", "is_operation", "operation"]

P = ParamSpec("P")
R = TypeVar("R")

#: Arguments that decide what random numbers are drawn; None is replaced by a number.
_SEEDS: Final = ("seed", "random_state", "rng")

#: Members of these types are passed over where datasets are looked for.
_NO_RESULTS: Final = frozenset({type(None), bool, int, float, complex, str, bytes, np.ndarray})

#: Arrays larger than this are inputs and not part of the step, bytes.
_LARGEST: Final = 1 << 20


class Mark(NamedTuple):
    """What the decorator remembers of a function."""

    name: str
    function: Callable[..., Any]
    signature: inspect.Signature
    package: str


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call of an operation, ready to be written on what came out."""

    step: Step
    """The step of every result, without `output` and `part`."""
    stored: dict[str, Any]
    """Histories of the inputs in the form of other programs."""
    operands: tuple[Any, ...]
    """What went in, which is no result even if it comes out."""
    prefix: str = ""
    """Where in the result the object is that signs its parts."""

    def on(self, result: Dataset, part: str = "") -> Dataset:
        """Write the call into the history of a dataset, on the dataset itself.

        Parameters
        ----------
        result : Dataset
            What came out; its history becomes that of the inputs and this step.
        part : str
            Which of several results it is.

        Returns
        -------
        Dataset
            `result`.
        """
        part = ".".join(filter(None, (self.prefix, part)))
        step = replace(self.step, output=result.name, part=part)
        result.provenance_record = Provenance(step, dict(self.stored))
        return result


@overload
def operation(function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def operation(*, name: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def operation(function: Any = None, /, *, name: str | None = None) -> Any:
    """Mark a function whose calls are written into the history of its results.

    Parameters
    ----------
    function : callable
        Takes datasets, among anything else, and returns datasets: one, several in a tuple,
        list or dictionary, or an object that has them.
    name : str, optional
        Address under which it is public, ``"pycroscopy.image.locate_atoms"``; by default
        where it is defined.

    Returns
    -------
    callable
        The same function; what it computes, and when, is unchanged.

    Raises
    ------
    TypeError
        For what is no function.
    ValueError
        When `name` is not made of words and dots.

    See Also
    --------
    sidpy.replay : recompute the results of a file.

    Notes
    -----
    Arguments are kept exactly, functions by their address, arrays up to 1 MiB by value and
    larger ones as inputs.  An argument ``seed``, ``random_state`` or ``rng`` that is None is
    replaced by a number that is drawn and kept.  An argument with a method ``to_dataset``
    is kept as that dataset, and one with ``recorded_form`` as what that returns: the
    function should take these in its place.
    """
    if function is None:
        return functools.partial(_marked, name=name)
    return _marked(function, name=name)


def _marked(function: Callable[..., Any], *, name: str | None) -> Callable[..., Any]:
    if not inspect.isfunction(function):
        msg = f"an operation is a function, found {type(function).__name__}"
        raise LabelTypeError(msg)
    name = f"{function.__module__}.{function.__qualname__}" if name is None else name
    words = name.replace("<locals>", "locals").replace("<lambda>", "function").split(".")
    if not all(word.isidentifier() for word in words):
        msg = f"the name of an operation is made of words and dots, found {name!r}"
        raise LabelValueError(msg)
    package = function.__module__.partition(".")[0]
    mark = Mark(name, function, inspect.signature(function), package)

    @functools.wraps(function)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = mark.signature.bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # which says it in its own words
        _draw_seeds(bound)
        call = _begun(mark, bound)
        result = function(*bound.args, **bound.kwargs)
        _write(call, result)
        return result

    setattr(recorded, MARK, mark)
    remember(name, recorded)
    return recorded


def is_operation(step: Step) -> bool:
    """Whether a step was written by an operation, and so is called again by `call`."""
    return "." in step.function


def begin(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Call:
    """Return a call of an operation without calling it.

    For methods that do in pieces what the operation does at once: they sign their results
    by `Call.on`.

    Parameters
    ----------
    function : callable
        Marked by `operation`.
    *args, **kwargs
        Its arguments.
    """
    mark: Mark = vars(function)[MARK]
    return _begun(mark, mark.signature.bind(*args, **kwargs))


def _draw_seeds(bound: inspect.BoundArguments) -> None:
    """Choose what the caller left to chance, so that it is known."""
    known = bound.signature.parameters
    for name in _SEEDS:
        if name in known and bound.arguments.get(name, known[name].default) is None:
            bound.arguments[name] = secrets.randbits(32)


def _begun(mark: Mark, bound: inspect.BoundArguments) -> Call:
    """Write down what goes in, before the function can change it."""
    everything = inspect.BoundArguments(bound.signature, dict(bound.arguments))
    everything.apply_defaults()
    taken = taken_apart(_prepared(dict(everything.arguments)))
    operands = [one.array if isinstance(one, _LargeArray) else one for one in taken.inputs]
    histories = [getattr(one, "provenance_record", None) for one in operands]
    stored: dict[str, Any] = {}
    for history in histories:
        stored.update({} if history is None else history.stored)
    inputs = tuple(str(getattr(one, "name", "")) for one in taken.inputs)
    step = Step(
        function=mark.name,
        package=mark.package,
        version=version_of(mark.package),
        parameters=taken.parameters,
        inputs=inputs,
        places=taken.places,
        time_ns=time.time_ns(),
        parents=tuple(map(_parent, histories, inputs)),
    )
    return Call(step, stored, tuple(operands))


def _parent(history: Provenance | None, name: str) -> Step:
    """Return the step that made an input; an array without a history is a beginning."""
    if history is None or history.last is None:
        return Step("from_array", inputs=(name,), output=name)
    return history.last


class _LargeArray:
    """An array in memory that is too large for a history: an input, known by its content."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim

    @property
    def name(self) -> str:
        """What tells it from other arrays."""
        digest = sha256(np.ascontiguousarray(self.array).tobytes()).hexdigest()
        return f"ndarray {self.shape} {self.dtype} sha256 {digest[:16]}"


def _prepared(value: Any) -> Any:
    """Return arguments with what stands for their objects in a history."""
    if type(value) is dict:
        return {key: _prepared(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_prepared, value))
    if isinstance(value, np.ndarray):
        large = value.nbytes > _LARGEST and not value.dtype.hasobject
        return _LargeArray(value) if large else value
    if hasattr(type(value), "recorded_form"):
        return _prepared(value.recorded_form())
    if hasattr(type(value), "to_dataset"):
        try:
            return value.to_dataset()
        except ValueError as error:  # atoms of which there are none, for instance
            return NotKept(f"{value!r}: {error}")
    return value


def _write(call: Call, result: Any) -> None:
    """Write a call on every dataset in a result."""
    for name, found in _found(result):
        if hasattr(type(found), "made_by"):
            found.made_by(replace(call, prefix=name))
        elif not any(found is operand for operand in call.operands):
            call.on(found, name)


def _found(result: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the datasets in a result, and objects that sign their own, with their names."""
    if isinstance(result, Labelled) or hasattr(type(result), "made_by"):
        yield name, result
        return
    pairs = members(result)
    if not name and not pairs and not callable(result):  # an object of the author's own
        pairs = [(key, item) for key, item in getattr(result, "__dict__", {}).items()]
    for key, item in pairs:
        if type(item) not in _NO_RESULTS:
            yield from _found(item, f"{name}.{key}" if name else str(key))


def call(
    step: Step,
    inputs: Sequence[Any],
    trust: Iterable[str] = (),
    *,
    results: dict[Any, Any] | None = None,
) -> Dataset:
    """Call the operation of a step once more.

    Parameters
    ----------
    step, inputs, trust
        As for `sidpy.sid.calls.again`; ``"__main__"`` trusts the functions of a script.
    results : dict, optional
        Keeps the results between calls of this function: several parts of one call are
        then computed once.

    Returns
    -------
    Dataset
        The part of the result that the step is about, as lazy as it was.

    Raises
    ------
    NotReplayable
        When the name may not be called, an argument could not be kept, or the result has
        no such part; the step is named.
    """
    kept = {} if results is None else results
    # inputs are kept with what was made of them, so that their ids stay theirs
    key = (step.function, step.time_ns, step.inputs, tuple(map(id, inputs)))
    try:
        if key not in kept:
            kept[key] = (_called(step, inputs, tuple(trust)), tuple(inputs))
        return _chosen(kept[key][0], step.part)
    except NotReplayable as error:
        msg = f"the step {step.function} of {step.time} cannot be repeated: {error}"
        raise NotReplayable(msg) from error


def _called(step: Step, inputs: Sequence[Any], trust: tuple[str, ...]) -> Any:
    """Return everything that the operation of a step returns."""
    reasons = unkept(step.parameters)
    if reasons:
        msg = f"it was given {'; '.join(reasons)}"
        raise NotReplayable(msg)
    if step.places is None:
        msg = "where its inputs stood was not written down"
        raise NotReplayable(msg)
    if len(inputs) != len(step.inputs):
        msg = f"it has {len(step.inputs)} inputs, {len(inputs)} were given"
        raise NotReplayable(msg)
    function = operation_named(step.function, trust)
    try:
        arguments = put_together(_referred(step.parameters, trust), step.places, inputs)
    except (IndexError, KeyError, TypeError, ValueError) as error:
        msg = f"its inputs have no place among its parameters: {error}"
        raise NotReplayable(msg) from error
    signature: inspect.Signature = vars(function)[MARK].signature
    strangers = arguments.keys() - signature.parameters.keys()
    if strangers:
        msg = f"the function has no parameter {', '.join(sorted(strangers))} any more"
        raise NotReplayable(msg)
    bound = signature.bind_partial()
    bound.arguments = {name: arguments[name] for name in signature.parameters if name in arguments}
    try:
        signature.bind(*bound.args, **bound.kwargs)
    except TypeError as error:
        msg = f"its parameters do not fit the function as it is now: {error}"
        raise NotReplayable(msg) from error
    return function(*bound.args, **bound.kwargs)


def _referred(parameters: Mapping[str, Any], trust: tuple[str, ...]) -> Any:
    """Return parameters with functions in place of their names."""

    def leaf(value: Any) -> Any:
        return function_at(value.name, trust) if isinstance(value, Reference) else value

    return copy_tree(parameters, leaf)


def _chosen(result: Any, part: str) -> Dataset:
    """Return a part of a result."""
    for name, found in _found(result):
        if not hasattr(type(found), "made_by"):
            if name == part:
                return found  # type: ignore[no-any-return]  # `_found` yields datasets
            continue
        inner = part[len(name) + 1 :] if name and part.startswith(f"{name}.") else part
        if not name or inner != part or part == name:
            return _signed_part(found, "" if part == name else inner)
    names = [name or "the result itself" for name, _ in _found(result)]
    msg = f"the function returned no part {part!r} this time; there are {names}"
    raise NotReplayable(msg)


def _signed_part(maker: Any, part: str) -> Dataset:
    try:
        return maker.part(part)  # type: ignore[no-any-return]  # its author says so
    except (KeyError, ValueError) as error:
        msg = f"there is no part {part!r} this time: {error}"
        raise NotReplayable(msg) from error
