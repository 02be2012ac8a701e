"""``sidpy convert``: from any format that is read to any that is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run"]


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser("convert", parents=[common], help="write a file in another format")
    words.add_argument("input", metavar="IN")
    words.add_argument("output", metavar="OUT")
    words.add_argument("--reader", help="read with this reader or format")
    words.add_argument("--format", help="write this format instead of what OUT ends in")
    words.add_argument("--overwrite", action="store_true", help="replace OUT when it exists")
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
    datasets = sidpy.read(source, reader=arguments.reader)
    sidpy.write(datasets, target, format=arguments.format, overwrite=arguments.overwrite)
    size = sum(dataset.nbytes for dataset in datasets.values())
    plural = "dataset" if len(datasets) == 1 else "datasets"
    console.write(f"{target}: {len(datasets)} {plural}, {console.size_text(size)}")
