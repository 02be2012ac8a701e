"""The text of a recipe, checked before anything of it is believed.

::

    recipe = 1                      version of this form
    title = "mean"                  of the result, for people
    result = "mean_1"               the step that makes it

    [inputs.scan]                   whatever the steps begin with
    file = "scan.dm4"               the file it was, for people
    key = "Channel_000"             which of the datasets of a file
    reader = "gatan-dm4"            who reads it; without it the best reader does

    [[steps]]
    name = "mean_1"
    call = "Dataset.mean"           of sidpy: an operator, a function of NumPy, a method
    package = "sidpy"
    version = "1.0.0"               it was computed with
    inputs = ["scan"]               inputs or steps above, in the order of the call

    [steps.parameters]              see `sidpy.history.forms`
    axis = 0

In place of ``call`` a step of any package may have ``function``, the name of an operation
(`sidpy.operation`).  ``places`` says where among the arguments the inputs stand when that is
not a method's own dataset, ``part`` which of several results is meant.

Every problem is reported with the line it is at; keys that mean nothing are refused, since
a word that was misspelt would go unseen.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Any, Final

from sidpy.errors import FormatError

from .forms import from_form

__all__ = ["RECIPE_VERSION", "checked"]

#: Version of the form; a recipe of a later one is refused.
RECIPE_VERSION: Final = 1

#: Steps of the longest recipe, and characters of the longest text.
_MOST_STEPS: Final = 100_000
_LONGEST: Final = 64 * 2**20

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

#: Keys, what each must be, and whether it must be there.
_TOP: Final = {
    "recipe": (int, True), "title": (str, False), "result": (str, True), "inputs": (dict, True),
    "steps": (list, False),
}  # fmt: skip
_INPUT: Final = {
    "file": (str, False), "format": (str, False), "key": (str, False), "reader": (str, False),
    "what": (str, False), "options": (dict, False),
}  # fmt: skip
_STEP: Final = {
    "name": (str, True), "function": (str, False), "call": (str, False),
    "package": (str, True), "version": (str, False),
    "inputs": (list, True), "part": (str, False), "places": (list, False),
    "parameters": (dict, False),
}  # fmt: skip

_WORDS: Final = {int: "a number", str: "a text", dict: "a table", list: "a list"}


@dataclass
class _Reading:
    """A text that is being read, and what is wrong with it."""

    lines: list[str]
    problems: list[str] = field(default_factory=list)

    def problem(self, message: str, header: str = "", number: int = 0, key: str = "") -> None:
        """Note what is wrong with a key below the so-many-th header of that name."""
        line = self._line(header, number, key)
        self.problems.append(f"line {line}: {message}")

    def _line(self, header: str, number: int, key: str) -> int:
        start = 0
        if header:
            places = [i for i, line in enumerate(self.lines) if _header(line) == header]
            start = places[number] if number < len(places) else 0
        for i in range(start, len(self.lines)):
            if header and i > start and _header(self.lines[i]) == header:
                break
            word = self.lines[i].partition("=")[0].strip().strip("\"'")
            if key and (word == key or _header(self.lines[i]).endswith(f".{key}")):
                return i + 1
        return start + 1


def _header(line: str) -> str:
    line = line.partition("#")[0].strip()
    return line.strip("[]").strip() if line.startswith("[") else ""


def checked(text: str, source: str) -> dict[str, Any]:
    """Return the document of a recipe, complete and with parameters as values.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        Where it is from, for messages.

    Raises
    ------
    FormatError
        With every problem, each with its line.
    """
    if len(text) > _LONGEST:
        msg = f"{source} is no recipe: it has {len(text):,} characters"
        raise FormatError(msg)
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        msg = f"{source} is no TOML: {error or 'it is nested too deeply'}"
        raise FormatError(msg) from error
    reading = _Reading(text.splitlines())
    _check(reading, document)
    if reading.problems:
        msg = f"{source} is no recipe that can be followed:"
        raise FormatError(msg, reading.problems)
    return document


def _check(reading: _Reading, document: dict[str, Any]) -> None:
    _keys(reading, document, _TOP, "the recipe")
    if reading.problems:
        return
    if document["recipe"] != RECIPE_VERSION:
        reading.problem(
            f"it is of version {document['recipe']}, this program knows {RECIPE_VERSION}",
            key="recipe",
        )
        return
    for name, table in document["inputs"].items():
        _input(reading, name, table)
    steps = document.setdefault("steps", [])
    if len(steps) > _MOST_STEPS:
        reading.problem(f"it has {len(steps):,} steps, more than {_MOST_STEPS:,}")
        return
    known = set(document["inputs"])
    for number, step in enumerate(steps):
        known.add(_step(reading, number, step, known))
    if document["result"] not in known:
        reading.problem(f"result {document['result']!r} is the name of no step", key="result")


def _keys(reading: _Reading, table: Any, rules: dict[str, Any], what: str, *place: Any) -> bool:
    """Check keys and types of a table; whether they are all right."""
    if not isinstance(table, dict):
        reading.problem(f"{what} is a table, found {table!r}", *place)
        return False
    before = len(reading.problems)
    for key in table.keys() - rules.keys():
        reading.problem(f"{what}: {key!r} means nothing, known are {', '.join(rules)}",
                        *place, key=key)  # fmt: skip
    for key, (kind, needed) in rules.items():
        if key not in table:
            if needed:
                reading.problem(f"{what} has no {key!r}", *place)
        elif not isinstance(table[key], kind) or isinstance(table[key], bool):
            words = f"{what}: {key} is {_WORDS[kind]}, found {table[key]!r}"
            reading.problem(words, *place, key=key)
    return len(reading.problems) == before


def _input(reading: _Reading, name: str, table: Any) -> None:
    place = (f"inputs.{name}", 0)
    if not _NAME.fullmatch(name):
        reading.problem(f"an input is named by letters, digits, - and _, found {name!r}", *place)
    elif _keys(reading, table, _INPUT, f"input {name!r}", *place):
        _values(reading, table.get("options", {}), f"input {name!r}", place)


def _step(reading: _Reading, number: int, step: Any, known: set[str]) -> str:
    """Check a step and return its name."""
    place = ("steps", number)
    name = step.get("name") if isinstance(step, dict) else None
    what = f"step {number + 1}" + (f" ({name!r})" if isinstance(name, str) else "")
    if not _keys(reading, step, _STEP, what, *place):
        return str(name)
    if ("call" in step) == ("function" in step):
        reading.problem(f"{what} has one of 'call' and 'function'", *place)
    if not _NAME.fullmatch(step["name"]):
        reading.problem(f"{what} is named by letters, digits, - and _", *place, key="name")
    elif name in known:
        reading.problem(f"{what} has the name of an input or a step above", *place, key="name")
    for source in step["inputs"]:
        if source not in known:
            message = f"{what}: inputs has {source!r}, which is no input and no step above"
            reading.problem(message, *place, key="inputs")
    _places(reading, step, what, place)
    _values(reading, step.setdefault("parameters", {}), what, place)
    return str(name)


def _places(reading: _Reading, step: dict[str, Any], what: str, place: tuple[str, int]) -> None:
    """Check where among the arguments the inputs stand."""
    if "places" not in step:
        return
    found = step["places"]
    right = len(found) == len(step["inputs"]) and all(
        isinstance(one, list) and one and all(type(part) in {int, str} for part in one)
        for one in found
    )
    if not right:
        message = f"{what}: places has a list of names and positions for each input"
        reading.problem(message, *place, key="places")


def _values(reading: _Reading, table: dict[str, Any], what: str, place: tuple[str, int]) -> None:
    """Put values into the place of the forms that say what they are."""
    for key, form in table.items():
        try:
            table[key] = from_form(form)
        except FormatError as error:
            reading.problem(f"{what}: {key}: {error}", *place, key=key)
