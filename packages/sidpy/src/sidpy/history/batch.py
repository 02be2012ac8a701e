"""A recipe followed for many files, one result file for each.

A file that fails is written down, and the others are done.  Results are computed block by
block and appear when they are complete, so that a batch that was stopped can be continued.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from sidpy.errors import ExistingFile, LabelValueError, SidpyError
from sidpy.io.write import write

from .recipe import Recipe
from .remains import is_result_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    Path_ = str | PathLike[str]

__all__ = ["Done", "run_batch"]

logger = logging.getLogger(__name__)

_ENDING: Final = ".h5"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one set of inputs."""

    inputs: Mapping[str, Path]
    output: Path
    outcome: Literal["done", "skipped", "failed"]
    """``"skipped"``: the result was there, complete and made by the same steps."""
    reason: str = ""
    """Why it failed."""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for a program."""
        return {
            "inputs": {name: str(path) for name, path in self.inputs.items()},
            "output": str(self.output),
            "outcome": self.outcome,
            "reason": self.reason,
            "seconds": self.seconds,
        }


def run_batch(
    recipe: Recipe | Path_,
    inputs: Path_ | Sequence[Path_] | Mapping[str, Path_ | Sequence[Path_]],
    output: Path_,
    *,
    overwrite: bool = False,
    resume: bool = False,
    trust: Iterable[str] = (),
    progress: bool = True,
) -> list[Done]:
    """Follow a recipe for many files and write a file for each result.

    Parameters
    ----------
    recipe : Recipe or path-like
        What to do.
    inputs : path-like, list of them, or mapping of str to these
        Files for the only input of the recipe, or for each by its name.  An input that has
        one file keeps it; all others have equally many.
    output : path-like
        A folder, or a pattern for names, ``"means/{stem}_mean.h5"``, where ``{stem}`` is the
        name of the first input's file without its ending and ``{number}`` counts from 1;
        the ending decides the format.
    overwrite : bool
        Replace results that are there.
    resume : bool
        Skip results that are there, complete and made from the same files by the same steps.
    trust : iterable of str
        As for `Recipe.run`.
    progress : bool
        Show a bar with the time that is left, on terminals.

    Returns
    -------
    list of Done
        In the order of the inputs.

    Raises
    ------
    LabelValueError
        When inputs and recipe do not fit, or two results would have the same name.

    Notes
    -----
    One result after the other, each on whatever dask scheduler is active.
    """
    recipe = recipe if isinstance(recipe, Recipe) else Recipe.read(recipe)
    runs = _runs(recipe, inputs)
    outputs = _outputs(runs, output)
    for folder in {path.parent for path in outputs}:
        folder.mkdir(parents=True, exist_ok=True)

    def follow(files: Mapping[str, Path], target: Path) -> Literal["done", "skipped"]:
        if target.exists() and resume and is_result_of(target, recipe, files):
            return "skipped"
        if target.exists() and not overwrite:
            made = "was not made from this by these steps" if resume else "exists already"
            msg = f"{made}; overwrite=True replaces it"
            raise ExistingFile(msg, path=target)
        write(recipe.run(files, trust=trust), target, overwrite=overwrite)
        return "done"

    return list(_each(runs, outputs, follow, progress=progress))


def _each(
    runs: list[dict[str, Path]],
    outputs: list[Path],
    follow: Callable[[Mapping[str, Path], Path], Literal["done", "skipped"]],
    *,
    progress: bool,
) -> Iterable[Done]:
    from tqdm import tqdm

    failed = 0
    with tqdm(total=len(runs), unit="file", file=sys.stderr,
              disable=None if progress else True) as bar:  # fmt: skip
        for files, target in zip(runs, outputs, strict=True):
            bar.set_description(target.name)
            began = time.monotonic()
            outcome: Literal["done", "skipped", "failed"]
            try:
                outcome, reason = follow(files, target), ""
            except Exception as error:  # noqa: BLE001 - one bad file does not end a batch
                outcome, reason = "failed", _reason(error)
                failed += 1
                bar.set_postfix(failed=failed)
                logger.info("%s failed: %s", target, reason)
            yield Done(files, target, outcome, reason, time.monotonic() - began)
            bar.update()


def _reason(error: Exception) -> str:
    words = str(error) if isinstance(error, SidpyError) else f"{type(error).__name__}: {error}"
    return "; ".join([words, *getattr(error, "__notes__", ())])


def _runs(recipe: Recipe, inputs: Any) -> list[dict[str, Path]]:
    """Return for each run the file of each input."""
    names = [one.name for one in recipe.inputs]
    if not isinstance(inputs, Mapping):
        if len(names) != 1:
            msg = f"the recipe has the inputs {', '.join(names) or 'none'}; name the files of each"
            raise LabelValueError(msg)
        inputs = {names[0]: inputs}
    if set(inputs) != set(names):
        msg = f"the recipe has the inputs {', '.join(names)}, found {', '.join(inputs)}"
        raise LabelValueError(msg)
    files = {name: _paths(inputs[name]) for name in names}
    counts = {name: len(paths) for name, paths in files.items()}
    longest = max(counts.values(), default=0)
    if any(count not in {1, longest} for count in counts.values()) or not longest:
        listed = ", ".join(f"{name} {count}" for name, count in counts.items())
        msg = f"each input has one file, or as many as the others; found {listed}"
        raise LabelValueError(msg)
    return [
        {name: paths[i if len(paths) > 1 else 0] for name, paths in files.items()}
        for i in range(longest)
    ]


def _paths(value: Any) -> list[Path]:
    if isinstance(value, str) or hasattr(value, "__fspath__"):
        value = [value]
    return [Path(path).expanduser() for path in value]


def _outputs(runs: list[dict[str, Path]], output: Path_) -> list[Path]:
    """Return where each result goes.

    Raises
    ------
    LabelValueError
        When two would go to the same place, or one where an input is.
    """
    pattern = str(output)
    place = Path(pattern).expanduser()
    stems = [next(iter(_varying(runs, files).values())).stem for files in runs]
    if "{" in pattern:
        outputs = [Path(_filled(str(place), stem, i)) for i, stem in enumerate(stems, start=1)]
    elif (
        len(runs) == 1 and place.suffix and not place.is_dir() and pattern[-1:] not in {"/", "\\"}
    ):
        outputs = [place]
    else:
        outputs = [place / f"{stem}{_ENDING}" for stem in stems]
    double = [path for path, count in Counter(outputs).items() if count > 1]
    if double:
        msg = f"several results would be {str(double[0])!r}; use {{number}} in the pattern"
        raise LabelValueError(msg)
    known = {path.resolve() for files in runs for path in files.values()}
    taken = [path for path in outputs if path.resolve() in known]
    if taken:
        msg = f"the result {str(taken[0])!r} would replace an input; choose another folder"
        raise LabelValueError(msg)
    return outputs


def _varying(runs: list[dict[str, Path]], files: dict[str, Path]) -> dict[str, Path]:
    """Return the inputs that are another file in each run; all of them when none is."""
    first = runs[0]
    found = {name: path for name, path in files.items()
             if any(run[name] != first[name] for run in runs)}  # fmt: skip
    return found or files


def _filled(pattern: str, stem: str, number: int) -> str:
    try:
        return pattern.format(stem=stem, number=number)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        msg = f"a pattern has {{stem}} and {{number}} only, found {pattern!r}"
        raise LabelValueError(msg) from error
