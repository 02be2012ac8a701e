"""``sidpy pack``: one plain file of a file and its shards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse

__all__ = ["add", "run"]


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser(
        "pack", parents=[common], help="make one file of a file and its shards"
    )
    words.add_argument("file", metavar="FILE.h5")
    words.add_argument(
        "-o", "--output", metavar="OUT", help="write here, and leave FILE and its shards"
    )
    words.add_argument("--overwrite", action="store_true", help="replace OUT when it exists")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Pack a file; OUT, or FILE itself, is replaced when the new one is complete."""
    import sidpy
    from sidpy.hdf.packing import folders_of

    if arguments.overwrite and arguments.output is None:
        msg = "--overwrite says that OUT may be replaced: name it with -o OUT"
        raise console.UsageError(msg)
    source = Path(arguments.file)
    folders = folders_of(source) if source.is_file() else set()
    shards = sum(len(list(folder.glob("*.h5"))) for folder in folders)
    path = sidpy.pack(source, arguments.output, overwrite=arguments.overwrite)
    size = console.size_text(path.stat().st_size)
    console.write(f"{path}: {shards} shards packed, {size}" if shards else f"{path}: no shards")
