"""What the released packages offer, as facts, and how ours are held against them.

``api/<package>.txt`` says what there is in the release that a package replaces: addresses,
names, parameters with their defaults, members, values of enumerations.  ``api/addresses.txt``
says what applications write: second spellings, names that are there by accident.
``api/gaps.txt`` says what of all this is not here yet.
"""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "api"

#: Of these the files say the defaults of parameters, too.
WITH_DEFAULTS = ("sidpy.", "pyNSID.")


@dataclass
class Fact:
    """One name of a module, or one member of a class."""

    name: str
    signature: str | None = None
    value: int | None = None
    members: list[Fact] = field(default_factory=list)


@cache
def facts(package: str) -> dict[str, list[Fact]]:
    """Return what the release has, by module."""
    modules: dict[str, list[Fact]] = {}
    for line in lines(f"{package}.txt"):
        depth = (len(line) - len(line.lstrip())) // 4
        if depth == 0:
            names = modules[line] = []
            continue
        siblings = names if depth == 1 else names[-1].members
        siblings.append(parse(line.strip().removeprefix("class ")))
    return modules


def lines(name: str) -> list[str]:
    """Return the lines of a file that are neither blank nor a comment."""
    text = (FOLDER / name).read_text("utf-8").splitlines()
    return [line for line in text if line.strip() and not line.startswith("#")]


def parse(text: str) -> Fact:
    """Return the fact of a line: ``name``, ``name(parameters)`` or ``name = value``."""
    name, has_signature, signature = text.partition("(")
    if has_signature:
        return Fact(name, f"({signature}")
    name, has_value, value = text.partition(" = ")
    return Fact(name, value=int(value) if has_value else None)


def addresses() -> dict[str, str | None]:
    """Return what applications write, each with the address of the same object, if any."""
    split = (line.partition(" = ") for line in lines("addresses.txt"))
    return {address: same or None for address, _, same in split}


def is_within(address: str, gap: str) -> bool:
    """Tell whether an address is a gap or lies in it: a name, a member or a parameter of it."""
    return address == gap or address.startswith((f"{gap}.", f"{gap}("))


def shortcomings(module_name: str, names: list[Fact]) -> Iterator[tuple[str, str]]:
    """Go through what a module lacks: each time an address and what is wrong with it."""
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        yield module_name, f"cannot be imported: {error}"
        return
    for fact in names:
        yield from compare(module, fact, f"{module_name}.{fact.name}")


def compare(owner: Any, fact: Fact, address: str) -> Iterator[tuple[str, str]]:
    """Go through what the object of a name lacks."""
    if not hasattr(owner, fact.name):
        if fact.name not in getattr(owner, "__annotations__", {}):
            yield address, "is not there"
        return
    found = getattr(owner, fact.name)
    if fact.value is not None and getattr(found, "value", None) != fact.value:
        yield address, f"is {found!r}, not {fact.value}"
    if fact.signature is not None and not isinstance(found, enum.EnumType):
        for name, what in refused(
            found, fact.signature, defaults=address.startswith(WITH_DEFAULTS)
        ):
            yield f"{address}({name})", what
    for member in fact.members:
        yield from compare(found, member, f"{address}.{member.name}")


def refused(found: Any, signature: str, *, defaults: bool) -> Iterator[tuple[str, str]]:
    """Go through the parameters of a signature that `found` does not take in the same way."""
    try:
        ours = inspect.signature(found).parameters
    except (TypeError, ValueError):  # written in C
        return
    kinds = {parameter.kind for parameter in ours.values()}
    theirs = ast.parse(f"def f{signature}: ...").body[0].args
    by_place = [argument.arg for argument in theirs.args]
    by_name = [argument.arg for argument in theirs.kwonlyargs]
    for name in by_place + by_name:
        if name not in ours and inspect.Parameter.VAR_KEYWORD not in kinds:
            yield name, "is not accepted"
    if inspect.Parameter.VAR_POSITIONAL not in kinds:
        places = [
            name for name, one in ours.items() if one.kind < one.VAR_POSITIONAL and name != "self"
        ]
        for i, name in enumerate(by_place):
            if name in ours and places[i : i + 1] != [name]:
                yield name, f"is not accepted in place {i}"
    if defaults:
        given = [*zip(by_place[::-1], theirs.defaults[::-1], strict=False)]
        given += zip(by_name, theirs.kw_defaults, strict=True)
        for name, default in given:
            if name in ours and not same_default(ours[name].default, default):
                yield name, f"means {ours[name].default!r} when not given"


def same_default(ours: Any, theirs: ast.expr) -> bool:
    """Tell whether a parameter that is not given means the same."""
    try:
        value = ast.literal_eval(theirs)
    except ValueError:  # a name: a member of an enumeration
        return str(ours) == ast.unparse(theirs)
    if isinstance(value, list | dict):  # in the release, one object for all calls
        return ours is None or ours in (value, tuple(value))
    return ours == value and type(ours) is type(value)
