"""Whether a file is what a recipe makes of some other files."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sidpy.errors import SidpyError
from sidpy.io.read import read

from .forms import to_form
from .graph import stored_last
from .raw import difference
from .recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sidpy.sid.provenance import Step

__all__ = ["is_result_of"]

logger = logging.getLogger(__name__)


def is_result_of(path: Path, recipe: Recipe, files: Mapping[str, Path]) -> bool:
    """Whether a file holds the complete result of a recipe.

    Parameters
    ----------
    path : Path
        The file; a result appears under its name when it is complete.
    recipe : Recipe
        What should have been done.
    files : mapping of str to Path
        What each input of the recipe should have been.
    """
    try:
        (dataset,) = read(path).values()
        last = stored_last(dataset)
        if last is None:
            return False
        made = Recipe.of_step(last, start="file")
        if _pattern(made) != _pattern(recipe):
            return False
        pairs = zip(_in_use(made), _in_use(recipe), strict=True)
        return all(_same_file(made.step_of(one), files[two]) for one, two in pairs)
    except (SidpyError, OSError, ValueError, KeyError) as error:
        logger.debug("%s is no result of the recipe: %s", path, error)
        return False


def _in_use(recipe: Recipe) -> list[str]:
    """Return the names of the inputs in the order in which the steps use them."""
    names = [name for one in recipe.steps for name in one.inputs] + [recipe.result]
    inputs = {one.name for one in recipe.inputs}
    return list(dict.fromkeys(name for name in names if name in inputs))


def _pattern(recipe: Recipe) -> list[Any]:
    """Return what a recipe does, whatever its inputs and steps are called."""
    number = {
        name: i for i, name in enumerate([*_in_use(recipe), *(s.name for s in recipe.steps)])
    }
    found: list[Any] = [number[recipe.result]]
    for one in recipe.steps:
        step = one.step
        words = (step.call or step.function, step.package, step.part, step.places)
        found.append((*words, to_form(dict(step.parameters)), [number[n] for n in one.inputs]))
    return found


def _same_file(step: Step | None, path: Path) -> bool:
    """Whether a file is the one that a step has read."""
    if step is None:
        return False
    before = step.parameters
    datasets = read(path, reader=before.get("reader"), **dict(before.get("options") or {}))
    now = datasets[before["key"]].history[-1]
    return not difference(before, now.parameters, path.name)
