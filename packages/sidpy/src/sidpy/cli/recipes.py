"""``sidpy recipe`` and ``sidpy run``: how a result was made, and the same for other files."""

from __future__ import annotations

import contextlib
import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from sidpy.history import Done

__all__ = ["add", "run_batch", "run_recipe"]

_EXIT = "exit codes: 0 all done; 1 some failed; others as for every command"


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands to the parser."""
    recipe = commands.add_parser(
        "recipe", parents=[common], help="write down how a result was made, to run it again"
    )
    recipe.add_argument("file", metavar="FILE")
    recipe.add_argument("--dataset", metavar="KEY", help="which, when there are several")
    recipe.add_argument("--reader", help="use this reader or format")
    recipe.add_argument(
        "--start", choices=("raw", "file"), default="raw",
        help="begin with the raw data (default), or with the last file that was read",
    )  # fmt: skip
    recipe.set_defaults(run=run_recipe)
    run = commands.add_parser(
        "run", parents=[common], help="follow a recipe for other files", epilog=_EXIT
    )
    run.add_argument("recipe", metavar="RECIPE.toml")
    run.add_argument(
        "files", metavar="INPUT", nargs="*", help="files, or patterns such as '*.dm4'"
    )
    run.add_argument("--input", metavar="NAME=FILE", action="append", default=[],
                     help="files of one of several inputs; may be repeated")  # fmt: skip
    run.add_argument("-o", "--output", metavar="OUT", required=True,
                     help="a folder, or names such as 'means/{stem}_mean.h5'")  # fmt: skip
    run.add_argument("--overwrite", action="store_true", help="replace results that are there")
    run.add_argument("--continue", dest="resume", action="store_true",
                     help="skip results that are there and complete")  # fmt: skip
    run.add_argument("--trust", metavar="PACKAGE", action="append", default=[],
                     help="a package whose functions may be called")  # fmt: skip
    run.add_argument("--scheduler", metavar="ADDRESS", help="of a dask cluster, 'tcp://host:8786'")
    run.add_argument("--json", action="store_true", help="write the summary as JSON")
    run.set_defaults(run=run_batch)


def run_recipe(arguments: argparse.Namespace) -> None:
    """Write the recipe of a dataset."""
    import sidpy
    from sidpy.history import Recipe
    from sidpy.history.graph import stored_last

    datasets = sidpy.read(arguments.file, reader=arguments.reader)
    lasts = {key: stored_last(dataset) for key, dataset in datasets.items()}
    found = {
        key: Recipe.of_step(last, datasets[key].title, start=arguments.start)
        for key, last in lasts.items()
        if last is not None and arguments.dataset in {None, key}
    }
    if arguments.dataset is not None:
        console.chosen(datasets, arguments.dataset)
    else:
        found = {key: recipe for key, recipe in found.items() if recipe.steps} or found
    if len(found) > 1:
        msg = f"several datasets have a history: {', '.join(found)}; choose one by --dataset KEY"
        raise console.UsageError(msg)
    if not found:
        from sidpy.errors import NotReplayable

        msg = f"{arguments.file!r} has no history of steps; 'sidpy history' shows what it has"
        raise NotReplayable(msg)
    (recipe,) = found.values()
    console.write(recipe.to_text().rstrip("\n"))


def run_batch(arguments: argparse.Namespace) -> int:
    """Follow a recipe for each input and write a summary."""
    from sidpy.history import Recipe
    from sidpy.history import run_batch as follow

    recipe = Recipe.read(arguments.recipe)
    inputs = _inputs([one.name for one in recipe.inputs], arguments.files, arguments.input)
    with _cluster(arguments.scheduler):
        done = follow(
            recipe, inputs, arguments.output, overwrite=arguments.overwrite,
            resume=arguments.resume, trust=arguments.trust,
        )  # fmt: skip
    failed = sum(one.outcome == "failed" for one in done)
    if arguments.json:
        console.write_json(
            {"recipe": arguments.recipe, "failed": failed, "runs": [one.as_dict() for one in done]}
        )
    else:
        _show(done, failed)
    return 1 if failed else 0


def _inputs(names: list[str], files: Sequence[str], named: Sequence[str]) -> dict[str, list[str]]:
    """Return the files of each input; those without a name belong to the one that is left."""
    found: dict[str, list[str]] = {}
    for word in named:
        name, equals, pattern = word.partition("=")
        if not equals or name not in names:
            msg = f"--input is NAME=FILE with NAME one of {', '.join(names)}, found {word!r}"
            raise console.UsageError(msg)
        found.setdefault(name, []).extend(_matching(pattern))
    left = [name for name in names if name not in found]
    if files and len(left) != 1:
        msg = f"INPUT belongs to one input, and the recipe has {', '.join(names)}; use --input"
        raise console.UsageError(msg)
    if files:
        found[left[0]] = [path for pattern in files for path in _matching(pattern)]
    elif left:
        msg = f"there are no files for {', '.join(left)}"
        raise console.UsageError(msg)
    return found


def _matching(pattern: str) -> list[str]:
    """Return the files that a pattern fits, in order; a name without stars is itself."""
    if Path(pattern).exists() or not glob.has_magic(pattern):
        return [pattern]
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - patterns with a root
    if not found:
        msg = f"no file fits {pattern!r}"
        raise console.UsageError(msg)
    return found


@contextlib.contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """Let a cluster compute."""
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        from sidpy.errors import MissingDependency

        msg = "--scheduler needs distributed: pip install 'sidpy[distributed]'"
        raise MissingDependency(msg) from error
    with Client(address):
        yield


def _show(done: Sequence[Done], failed: int) -> None:
    rows = [
        (one.output.name, one.outcome, f"{one.seconds:.1f} s", " ".join(one.reason.split()))
        for one in done
    ]
    console.table(("result", "outcome", "time", "reason"), rows)
    skipped = sum(one.outcome == "skipped" for one in done)
    words = [f"{len(done) - failed - skipped} done"]
    words += [f"{skipped} skipped"] * bool(skipped) + [f"{failed} failed"] * bool(failed)
    seconds = sum(one.seconds for one in done)
    console.write(f"{', '.join(words)} in {seconds:.1f} s")
