"""``sidpy verify``: is everything in a file as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import console

if TYPE_CHECKING:
    import argparse

    from sidpy.hdf.verify import Verification

__all__ = ["add", "run"]


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to the parser."""
    words = commands.add_parser(
        "verify", parents=[common], help="read every chunk of an HDF5 file and check all of it"
    )
    words.add_argument("file", metavar="FILE.h5")
    words.add_argument("--json", action="store_true", help="write JSON for a program")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Verify a file; what is wrong is written, and ends the command with an error."""
    from pathlib import Path

    from sidpy.errors import CorruptFile
    from sidpy.hdf.advance import bar, reported
    from sidpy.hdf.verify import verify

    path = Path(arguments.file)
    total = path.stat().st_size if path.exists() else 0
    with bar(f"verifying {path.name}") as told, reported(told, total):
        found = verify(path)
    if arguments.json:
        console.write_json(facts_of(found))
    else:
        show(found)
    if found.problems:
        plural = "problem" if len(found.problems) == 1 else "problems"
        msg = f"has {len(found.problems)} {plural}"
        raise CorruptFile(msg, path=arguments.file)


def facts_of(found: Verification) -> dict[str, Any]:
    """Return what was found as plain values."""
    return {
        "file": found.path,
        "format": found.format,
        "sound": found.is_sound,
        "problems": [{"address": one.address, "text": one.text} for one in found.problems],
        "notes": found.notes,
        "datasets": [vars(one) for one in found.datasets],
        "without_checksums": found.unprotected,
    }


def show(found: Verification) -> None:
    """Write what was found for a person."""
    model = f", {found.format}" if found.format else ""
    console.write(f"{found.path}: {'sound' if found.is_sound else 'damaged'}{model}")
    chunks = sum(one.chunks for one in found.datasets)
    size = console.size_text(sum(one.nbytes for one in found.datasets))
    console.write(f"  {len(found.datasets)} datasets, {chunks} chunks, {size} read")
    for address in found.unprotected:
        console.write(f"  no checksums: {address}")
    for note in found.notes:
        console.write(f"  note: {note}")
    for problem in found.problems:
        console.write(f"  {problem}")
