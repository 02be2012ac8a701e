"""How a file gets its place: when it is complete, with all that belongs to it.

A file is written in a folder of its own beside its destination and moved there when it
is complete, so that whoever looks at the destination finds the old file, or the whole
new one, and never half of it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from typing import TYPE_CHECKING, Any

from sidpy.errors import ExistingFile, ReaderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sidpy.sid.dataset import Dataset

__all__ = ["create"]


def create(
    function: Callable[..., Any],
    datasets: dict[str, Dataset],
    target: Path,
    options: dict[str, Any],
    inspect: Callable[[Path], None] | None,
    *,
    overwrite: bool,
) -> None:
    """Let a writer make a file, and give it its place.

    Parameters
    ----------
    function : callable
        The writer, called with datasets, a path and options.
    datasets : dict of str to Dataset
        What it writes.
    target : Path
        The place.
    options : dict
        What else it is told.
    inspect : callable, optional
        Called with the path of the complete file before it gets its place.
    overwrite : bool
        Replace what is there.

    Raises
    ------
    ExistingFile
        When something is there that is not to be replaced.
    ReaderError
        When the writer made no file.
    """
    workshop = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    workshop.mkdir()
    try:
        # the file has its final name already, so that files named after it fit
        draft = workshop / target.name
        function(datasets, str(draft), **options)
        if not draft.exists():
            msg = f"the writer made no file {target.name!r}"
            raise ReaderError(msg, path=target)
        if inspect is not None:
            inspect(draft)
        _move(draft, target, overwrite=overwrite)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _move(draft: Path, target: Path, *, overwrite: bool) -> None:
    """Move a complete file, companions first, so that it never refers to what is not there."""
    made = sorted(draft.parent.iterdir(), key=lambda one: one == draft)
    shards = draft.with_name(f"{draft.name}.shards")
    for one in made:
        place = target.with_name(one.name)
        if place.exists() and one != shards and not overwrite:
            msg = "a file of this name belongs to what is written; give overwrite=True"
            raise ExistingFile(msg, path=place)
    before = _shards_of(target)
    for one in made:
        place = target.with_name(one.name)
        if one == shards:
            _add_to(place, one)
            continue
        if one.is_file():
            with one.open("rb") as file:
                os.fsync(file.fileno())
        if place.is_dir():  # which cannot be replaced in one step
            place.replace(draft.parent / f"{secrets.token_hex(4)}.old")
        one.replace(place)
    for folder in before:
        shutil.rmtree(folder, ignore_errors=True)


def _add_to(place: Path, shards: Path) -> None:
    """Move folders of shards beside others; no two of them have one name."""
    place.mkdir(exist_ok=True)
    for folder in sorted(shards.iterdir()):
        folder.replace(place / folder.name)


def _shards_of(target: Path) -> set[Path]:
    """Return the folders of the shards of a file that is going to be replaced."""
    if not target.with_name(f"{target.name}.shards").is_dir():
        return set()
    from sidpy.hdf.packing import folders_of

    return folders_of(target)
