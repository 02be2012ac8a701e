"""``sidpy convert``: from any format that is read to any that is written, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from sidpy.io.losses import Loss
    from sidpy.sid.dataset import Dataset

__all__ = ["add", "run"]

_DESCRIPTION = """\
Write a file in another format, then read that file again and tell what it does not hold as
it was: labels, metadata type for type, variance, structures, history, user attributes.
"""


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser(
        "convert",
        parents=[common],
        help="write a file in another format and say what that cannot hold",
        description=_DESCRIPTION,
    )
    words.add_argument("input", metavar="IN")
    words.add_argument("output", metavar="OUT")
    words.add_argument("--reader", help="read with this reader or format")
    words.add_argument("--format", help="write this format instead of what OUT ends in")
    words.add_argument("--overwrite", action="store_true", help="replace OUT when it exists")
    words.add_argument("--check", action="store_true", help="compare all values as well")
    words.add_argument(
        "--strict", action="store_true", help="make no OUT when it does not hold everything"
    )
    words.add_argument("--compression", help="of the values: gzip, lzf, zstd, blosc2, ...")
    words.add_argument(
        "--chunks", metavar="N,N,...", help="shape of the chunks of the values in the file"
    )
    words.add_argument("--json", action="store_true", help="for programs")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Convert a file; OUT appears when it is complete."""
    import sidpy

    source, target = Path(arguments.input), Path(arguments.output)
    if source.exists() and target.exists() and source.samefile(target):
        msg = f"IN and OUT are the same file, {str(target)!r}"
        raise console.UsageError(msg)
    if target.exists() and not arguments.overwrite:  # before a long read
        msg = f"{str(target)!r} exists already; --overwrite replaces it"
        raise FileExistsError(msg)
    options = _options(arguments)
    datasets = sidpy.read(source, reader=arguments.reader)
    found = _written(datasets, target, arguments, options)
    _tell(datasets, target, arguments, found)


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what goes to the writer."""
    options: dict[str, Any] = {}
    if arguments.compression:
        options["compression"] = arguments.compression
    if arguments.chunks:
        try:
            options["chunks"] = tuple(int(length) for length in arguments.chunks.split(","))
        except ValueError as error:
            msg = f"--chunks takes whole numbers such as 64,64, found {arguments.chunks!r}"
            raise console.UsageError(msg) from error
    return options


def _written(
    datasets: Mapping[str, Dataset],
    target: Path,
    arguments: argparse.Namespace,
    options: dict[str, Any],
) -> list[Loss]:
    """Write the file, and return what it does not hold."""
    from sidpy.errors import LossyConversion
    from sidpy.io.write import write_inspected

    found: list[Loss] = []

    def inspect(draft: Path) -> None:
        found.extend(_compared(datasets, draft, check=arguments.check))
        if found and arguments.strict:
            problems = [f"{loss.dataset} {loss.what}: {loss.why}" for loss in found]
            msg = f"{target.name} cannot hold everything, and was not made"
            raise LossyConversion(msg, problems)

    with console.progress(f"writing {target.name}"):
        write_inspected(
            datasets, target, inspect,
            format=arguments.format, overwrite=arguments.overwrite, **options,
        )  # fmt: skip
    return found


def _compared(datasets: Mapping[str, Dataset], draft: Path, *, check: bool) -> list[Loss]:
    import sidpy
    from sidpy.errors import AmbiguousFile, UnrecognisedFile
    from sidpy.io.losses import Loss, losses

    try:
        stored = sidpy.read(draft)
    except (UnrecognisedFile, AmbiguousFile) as error:
        why = f"could not be compared: no reader for it ({type(error).__name__})"
        return [Loss(key, "everything", why) for key in datasets]
    return losses(datasets, stored, values=check)


def _tell(
    datasets: Mapping[str, Dataset], target: Path, arguments: argparse.Namespace, found: list[Loss]
) -> None:
    size = sum(dataset.nbytes for dataset in datasets.values())
    if arguments.json:
        console.write_json({
            "input": arguments.input,
            "output": str(target),
            "datasets": list(datasets),
            "bytes": size,
            "values_checked": arguments.check,
            "not_kept": [loss.as_dict() for loss in found],
        })  # fmt: skip
        return
    plural = "dataset" if len(datasets) == 1 else "datasets"
    checked = ", all values compared" if arguments.check else ""
    console.write(f"{target}: {len(datasets)} {plural}, {console.size_text(size)}{checked}")
    if found:
        rows = [(f"not kept: {loss.dataset}", loss.what, loss.why) for loss in found]
        console.table(("", "", ""), rows)
