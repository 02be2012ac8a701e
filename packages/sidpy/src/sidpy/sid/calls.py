"""Call a recorded step once more.

A step says by what name something was called, with which arguments, and where its inputs
stood among them.  `again` looks the name up in fixed tables: operators, NumPy's functions
and ufuncs, the methods of `Dataset` and the functions of this package.  Nothing is imported
because a file names it; what other packages did goes to `sidpy.sid.operations`, which asks
whom the caller trusts.
"""

from __future__ import annotations

import operator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import NotReplayable, SidpyError

from .arguments import Reference, part_of, put_together, unkept
from .functions import FUNCTIONS_BY_NAME
from .operators import OPERATORS
from .recording import CALLS, called
from .trees import copy_tree
from .trusted import function_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .dataset import Dataset
    from .provenance import Step

__all__ = ["again", "obstacle"]

#: Modules whose functions are in the table as soon as they are loaded.
_MODULES: Final = ("dataset", "blockwise", "concatenation", "alignment", "construction")

#: Methods of a ufunc that give datasets.
_UFUNC_METHODS: Final = ("reduce", "accumulate", "outer")


def again(step: Step, inputs: Sequence[Any], trust: Iterable[str] = ()) -> Dataset:
    """Call what a step says once more.

    Parameters
    ----------
    step : Step
        What was done.
    inputs : sequence of Dataset or array
        What goes in, in the order of ``step.inputs``.
    trust : iterable of str
        Packages whose functions may be called besides those of this family and of
        installed plugins.

    Returns
    -------
    Dataset
        The result, as lazy as it was; of several results the one the step is about.

    Raises
    ------
    NotReplayable
        When the step does not say enough, or what it was given could not be kept.

    Examples
    --------
    >>> import sidpy
    >>> step = (2 - sidpy.Dataset.from_array([1, 2, 3])).history[-1]
    >>> again(step, [sidpy.Dataset.from_array([5, 6])]).compute()
    array([-3, -4])
    """
    if not step.call and "." in step.function:
        # by name: it knows the operations of other packages, which know this one
        operations = import_module("sidpy.sid.operations")
        result: Dataset = operations.call(step, inputs, trust=trust)
        return result
    reason, function = obstacle(step), _function(step.call)
    if reason or function is None:
        raise _not_replayable(step, reason)
    if len(inputs) != len(step.inputs):
        raise _not_replayable(step, f"it has {len(step.inputs)} inputs, found {len(inputs)}")
    arguments = put_together(_referred(step, trust), step.places or (), inputs)
    try:
        return part_of(called(function, arguments), step.part)  # type: ignore[no-any-return]
    except (TypeError, KeyError, IndexError, ValueError, AttributeError, SidpyError) as error:
        raise _not_replayable(step, f"{type(error).__name__}: {error}") from error


def obstacle(step: Step) -> str:
    """Return why a step of this package cannot be called again, "" when it can.

    Examples
    --------
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array([1.0, 2.0])
    >>> obstacle(data.history[-1])
    'here data came in from outside'
    >>> obstacle((data + 1).history[-1])
    ''
    """
    if step.function.startswith("from_") and not step.call:
        return "here data came in from outside"
    if step.places is None:
        return "its arguments were not kept"
    reasons = unkept(step.parameters)
    if reasons:
        return f"it was given {'; '.join(reasons)}"
    return "" if _function(step.call) is not None else "there is no public function of its name"


def _not_replayable(step: Step, reason: str) -> NotReplayable:
    return NotReplayable(f"the step {step.function} of {step.time} cannot be repeated: {reason}")


def _function(name: str) -> Callable[..., Any] | None:
    """Return the function of a name in the tables, None when there is none."""
    for module in _MODULES:
        import_module(f".{module}", __package__)
    for table in (CALLS, OPERATORS, FUNCTIONS_BY_NAME):
        if name in table:
            return table[name]
    base, _, method = name.rpartition(".")
    if method in _UFUNC_METHODS and (ufunc := _ufunc(base)):
        return operator.attrgetter(method)(ufunc)  # type: ignore[no-any-return]
    return _ufunc(name)


def _ufunc(name: str) -> np.ufunc | None:
    """Return the ufunc of NumPy or SciPy called so, ``"numpy.add"``."""
    module, _, word = name.rpartition(".")
    if module == "numpy":
        found = getattr(np, word, None)
    elif module == "scipy.special":
        found = getattr(import_module("scipy.special"), word, None)
    else:
        return None
    return found if isinstance(found, np.ufunc) else None


def _referred(step: Step, trust: Iterable[str]) -> dict[str, Any]:
    """Return the parameters of a step with functions in place of their names."""

    def leaf(value: Any) -> Any:
        if not isinstance(value, Reference):
            return value
        name = value.name.replace(":", ".")
        found = FUNCTIONS_BY_NAME.get(name) or _ufunc(name)
        if found is not None:
            return found
        try:
            return function_at(value.name, trust)
        except NotReplayable as error:
            raise _not_replayable(step, str(error)) from error

    result: dict[str, Any] = copy_tree(dict(step.parameters), leaf)
    return result
