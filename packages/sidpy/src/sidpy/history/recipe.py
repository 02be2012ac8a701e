"""A recipe: what was done, without the data it was done to.

It has named inputs and steps, may be written to a text that a person edits (see `document`)
and be followed with other inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from sidpy.errors import LabelTypeError, LabelValueError, MissingFile, NotReplayable

from .document import RECIPE_VERSION, checked
from .drafting import Drafting
from .forms import to_form
from .graph import Graph
from .toml import document_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from sidpy.sid.dataset import Dataset
    from sidpy.sid.provenance import Step

__all__ = ["Recipe", "RecipeInput", "RecipeStep", "recipe"]


#: Where the input of a method stands.
_ITSELF: Final = (("self",),)


@dataclass(frozen=True, slots=True)
class RecipeInput:
    """What a recipe begins with."""

    name: str
    about: Mapping[str, Any]
    """The file it was: ``file``, ``format``, ``key``, ``reader``, ``options``; or ``what``."""
    step: Step | None = None
    """The step that read it, None for an array that was in memory and for a recipe from a text."""


@dataclass(frozen=True, slots=True)
class RecipeStep:
    """One call of a recipe."""

    name: str
    step: Step
    inputs: tuple[str, ...]
    """Names of inputs or of steps before this one."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a result was made, to be done again with other data.

    Examples
    --------
    >>> import sidpy
    >>> data = sidpy.Dataset.from_array([[1, 2], [3, 4]], title="counts")
    >>> how = recipe(data.mean(axis=0))
    >>> [step.name for step in how.steps], [one.name for one in how.inputs]
    (['mean_1'], ['data'])
    >>> how.run(sidpy.Dataset.from_array([[10, 20], [30, 40]])).compute()
    array([20., 30.])
    """

    inputs: tuple[RecipeInput, ...]
    steps: tuple[RecipeStep, ...]
    result: str
    """Name of the step, or of the input, that is the result."""
    title: str = ""

    # ------------------------------------------------------------------ made from

    @classmethod
    def of(cls, dataset: Dataset, *, start: Literal["raw", "file"] = "raw") -> Self:
        """Return the recipe of a dataset; see `recipe`."""
        last = dataset.provenance_record.last
        if last is None:
            msg = f"{dataset.title!r} has no history of steps that could be done again"
            raise NotReplayable(msg)
        return cls.of_step(last, dataset.title, start=start)

    @classmethod
    def of_step(
        cls, last: Step, title: str = "", *, start: Literal["raw", "file"] = "raw"
    ) -> Self:
        """Return the recipe of what a step made."""
        drafting = Drafting(nearest=start == "file")
        result = drafting.add(Graph.of({"": last}))
        inputs = (RecipeInput(*one) for one in drafting.inputs)
        steps = (RecipeStep(*one) for one in drafting.steps)
        return cls(tuple(inputs), tuple(steps), result, title)

    @classmethod
    def from_text(cls, text: str, source: str = "the text") -> Self:
        """Return the recipe that a text is of.

        Raises
        ------
        FormatError
            When it is none; every problem is named with its line.
        """
        from sidpy.sid.provenance import Step

        found = checked(text, source)
        inputs = (RecipeInput(name, table) for name, table in found["inputs"].items())
        steps = []
        for table in found["steps"]:
            words = {key: table[key] for key in ("part", "call", "version") if key in table}
            function = table.get("function") or table["call"].rpartition(".")[2]
            step = Step(
                function, table["package"], parameters=table["parameters"],
                inputs=tuple(table["inputs"]), time_ns=len(steps), places=_places(table), **words,
            )  # fmt: skip
            steps.append(RecipeStep(table["name"], step, step.inputs))
        return cls(tuple(inputs), tuple(steps), found["result"], found.get("title", ""))

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Self:
        """Return the recipe in a file.

        Raises
        ------
        FormatError
            When there is none in it; every problem is named with its line.
        MissingFile
            When there is no such file.
        """
        try:
            text = Path(path).read_text("utf-8")
        except (FileNotFoundError, IsADirectoryError) as error:
            msg = "there is no such recipe; 'sidpy recipe RESULT.h5 > recipe.toml' writes one"
            raise MissingFile(msg, path=path) from error
        except UnicodeDecodeError as error:
            msg = f"{str(path)!r} is no text: {error}"
            raise LabelValueError(msg) from error
        return cls.from_text(text, repr(str(path)))

    # ------------------------------------------------------------------ written to

    def to_text(self) -> str:
        """Return the recipe as TOML.

        Raises
        ------
        NotReplayable
            When a parameter cannot be written down; step and parameter are named.
        """
        title = self.title.encode("utf-8", "replace").decode()
        top = {"recipe": RECIPE_VERSION, "title": title, "result": self.result}
        inputs = {one.name: _forms(one.about, one.name) for one in self.inputs}
        return document_text(top, {"inputs": inputs, "steps": [_table(s) for s in self.steps]})

    def write(self, path: str | PathLike[str]) -> None:
        """Write the recipe to a file."""
        Path(path).write_text(self.to_text(), "utf-8")

    def step_of(self, name: str) -> Step | None:
        """Return the step that read the file of an input."""
        return next(one.step for one in self.inputs if one.name == name)

    # ------------------------------------------------------------------ followed

    def run(self, inputs: Any = None, *, trust: Iterable[str] = ()) -> Dataset:
        """Follow the recipe.

        Parameters
        ----------
        inputs : mapping of str to Dataset or path-like
            What each input is this time; a Dataset or a path alone when there is only one.
        trust : iterable of str
            Packages whose functions may be called besides those of this family and of
            installed plugins.

        Returns
        -------
        Dataset
            As lazy as the steps are.

        Raises
        ------
        NotReplayable
            When a step cannot be called.
        LabelValueError
            When an input is missing, or is none of the recipe.
        """
        from .calling import Repeater

        repeat = Repeater(trust)
        values = {name: self._opened(name, one) for name, one in self._named(inputs).items()}
        for one in self.steps:
            try:
                values[one.name] = repeat(one.step, [values[name] for name in one.inputs])
            except NotReplayable as error:
                error.add_note(f"at the step {one.name!r} of the recipe")
                raise
        result: Dataset = values[self.result]
        return result

    def _named(self, inputs: Any) -> dict[str, Any]:
        names = [one.name for one in self.inputs]
        if not isinstance(inputs, Mapping):
            inputs = {} if inputs is None else {names[0] if names else "": inputs}
        if set(inputs) != set(names):
            msg = (
                f"the recipe has the inputs {', '.join(names) or 'none'}, "
                f"found {', '.join(map(str, inputs)) or 'none'}"
            )
            raise LabelValueError(msg)
        return dict(inputs)

    def _opened(self, name: str, value: Any) -> Dataset:
        """Return an input as a dataset, read from its file if it is one."""
        from sidpy.io.read import read
        from sidpy.sid.dataset import Dataset

        if isinstance(value, Dataset):
            return value
        if not isinstance(value, str | Path):
            msg = f"input {name!r} is a Dataset or a path, found {type(value).__name__}"
            raise LabelTypeError(msg)
        about = next(one.about for one in self.inputs if one.name == name)
        found = read(value, reader=about.get("reader"), **dict(about.get("options", {})))
        key = about.get("key")
        if key in found:
            return found[key]
        if len(found) == 1 or key is None:
            return next(iter(found.values()))
        msg = f"{str(value)!r} has {', '.join(found)}, and the recipe takes {key!r} for {name!r}"
        raise LabelValueError(msg)

    def __str__(self) -> str:
        return self.to_text()


def recipe(dataset: Dataset, *, start: Literal["raw", "file"] = "raw") -> Recipe:
    """Return how a dataset was made, as something to do again with other data.

    Parameters
    ----------
    dataset : Dataset
        With its history.
    start : {"raw", "file"}
        Begin with the raw data, or with the last file that was read on the way.

    Returns
    -------
    Recipe
        ``str(recipe)`` is a text to edit, `Recipe.run` follows it.

    Raises
    ------
    NotReplayable
        When nothing of its history can be called again.

    See Also
    --------
    sidpy.replay : recompute what a file holds from its raw data.
    """
    return Recipe.of(dataset, start=start)


def _table(one: RecipeStep) -> dict[str, Any]:
    """Return a step as a table of a recipe."""
    step = one.step
    called = {"call": step.call} if step.call else {"function": step.function}
    table: dict[str, Any] = {"name": one.name, **called, "package": step.package,
                             "version": step.version, "inputs": list(one.inputs)}  # fmt: skip
    if step.part:
        table["part"] = step.part
    if step.places is not None and not (step.call and step.places == _ITSELF):
        table["places"] = [list(place) for place in step.places]
    if step.parameters:
        table["parameters"] = _forms(step.parameters, one.name)
    return table


def _places(table: dict[str, Any]) -> tuple[tuple[str | int, ...], ...] | None:
    if "places" in table:
        return tuple(map(tuple, table["places"]))
    return _ITSELF if "call" in table and len(table["inputs"]) == 1 else None


def _forms(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    forms = {}
    for key, value in values.items():
        try:
            forms[key] = to_form(value)
        except ValueError as error:
            msg = f"{key} of {name!r} cannot be written into a recipe: {error}"
            raise NotReplayable(msg) from error
    return forms
