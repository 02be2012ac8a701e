"""Models as text and back: ``"Gaussian() + Constant()"``.

A model of this package is written as the expression that makes it, and read without
evaluating anything: only names of models, sums and plain numbers and texts are understood.
A function of the user is written as the function.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final, NoReturn

from sidpy.errors import LabelTypeError
from sidpy.sid.arguments import NotKept

from .functions import FunctionModel, from_function
from .model import Model
from .sums import Sum

__all__ = ["model_of", "written"]

_HOME: Final = "sidpy.proc.models"
#: Names of that package that are no models to be written by name.
_NOT_BY_NAME: Final = frozenset({"Model", "Sum", "FunctionModel", "from_function"})
#: Longest text that is read, in characters.
_LONGEST: Final = 10_000

Form = Any


def written(model: Model) -> Form:
    """Return what makes a model again.

    Returns
    -------
    str, callable, dict or NotKept
        An expression; for a function of the user the function, with a dictionary where it
        has options; for sums with functions a dictionary; for a class of the user nothing.

    Examples
    --------
    >>> from sidpy.proc.models import Gaussian, Polynomial
    >>> written(Gaussian() + Polynomial(2))
    'Gaussian() + Polynomial(2)'
    """
    if isinstance(model, FunctionModel):
        return _function_form(model)
    parts = model.components if isinstance(model, Sum) else (model,)
    if any(isinstance(part, FunctionModel) for part in parts):
        return {"sum": [written(part) for part in parts]}
    text = repr(model)
    try:
        same = _state(model_of(text)) == _state(model)
    except (LabelTypeError, TypeError, ValueError):
        same = False
    return text if same else NotKept(f"the model {text} of {type(model).__module__}")


def _function_form(model: FunctionModel) -> Form:
    options = {name: value for name, value in model._options.items() if value is not None}
    plain = from_function(model.function, parameters=list(model.parameters))
    try:
        by_signature = from_function(model.function).parameters == model.parameters
    except ValueError:
        by_signature = False
    if by_signature and not options and plain.name == model.name:
        return model.function
    return {
        "function": model.function,
        "parameters": list(model.parameters),
        "name": model.name,
        **options,
    }


def _state(model: Model) -> Any:
    """Return everything that decides what a model computes."""
    if isinstance(model, Sum):
        return tuple(map(_state, model.components))
    return type(model), vars(model)


def model_of(form: Form) -> Model:
    """Return the model that something stands for.

    Parameters
    ----------
    form : Model, callable, str or mapping
        A function ``f(x, a, b, ...)``, or what `written` returns.

    Raises
    ------
    TypeError
        For anything else, also a text that is no sum of models.

    Examples
    --------
    >>> model_of("Gaussian(name='line') + Constant()").parameters
    ('line.amplitude', 'line.center', 'line.sigma', 'constant.offset')
    """
    if isinstance(form, Model):
        return form
    if isinstance(form, str):
        return _sum_of(_expression(form), form)
    if isinstance(form, Mapping) and "sum" in form:
        return Sum.of(*map(model_of, form["sum"]))
    if isinstance(form, Mapping) and "function" in form:
        options = dict(form)
        return from_function(options.pop("function"), **options)
    return from_function(_callable(form))


def _callable(form: Any) -> Callable[..., Any]:
    if not callable(form):
        _refuse(form)
    return form  # type: ignore[no-any-return]  # callable() has seen that it is one


def _refuse(found: Any, reason: str = "") -> NoReturn:
    msg = (
        "a model is one of sidpy.proc.models, a sum of them, their text "
        f"'Gaussian() + Constant()', or a function f(x, a, b, ...); found {found!r}{reason}"
    )
    raise LabelTypeError(msg)


def _expression(text: str) -> ast.expr:
    if len(text) > _LONGEST:
        _refuse(f"{text[:40]}...")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        _refuse(text)


def _sum_of(node: ast.expr, text: str) -> Model:
    terms: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        terms.append(node.right)
        node = node.left
    models = [_single(term, text) for term in (node, *reversed(terms))]
    return models[0] if len(models) == 1 else Sum.of(*models)


def _single(node: ast.expr, text: str) -> Model:
    """Return the model of ``Name(1, name='text')``."""
    models = import_module(_HOME)
    known = set(models.__all__) - _NOT_BY_NAME
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        _refuse(text)
    if node.func.id not in known:
        _refuse(text, f": there is no model {node.func.id}")
    try:
        arguments = [ast.literal_eval(one) for one in node.args]
        named = {str(one.arg): ast.literal_eval(one.value) for one in node.keywords}
        model: Model = getattr(models, node.func.id)(*arguments, **named)
    except (TypeError, ValueError) as error:
        _refuse(text, f": {error}")
    return model
