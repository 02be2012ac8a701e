"""Datasets become a file of any format that an installed plugin writes.

Whoever looks at the destination finds the old file, or the whole new one, and never half
of it: `placing` sees to that.
"""

from __future__ import annotations

import difflib
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

from sidpy.errors import (
    AmbiguousFile,
    ExistingFile,
    LabelTypeError,
    LabelValueError,
    MissingDependency,
    MissingFile,
    ReaderError,
    UnrecognisedFile,
)
from sidpy.plugins.discovery import WriterEntry, registry
from sidpy.plugins.probe import file_path
from sidpy.plugins.requirements import pip_command
from sidpy.plugins.sniffing import load

from .partial import is_left_over, write_resumably
from .placing import create

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from os import PathLike
    from pathlib import Path

    from sidpy.sid.dataset import Dataset

__all__ = ["write", "write_inspected"]

logger = logging.getLogger(__name__)

_DEFAULT: Final = "nsid"
#: Extensions whose format is `_DEFAULT` unless another one is asked for.
_DEFAULT_EXTENSIONS: Final = (".h5", ".hf5", ".hdf5", ".nsid")
#: Where the writers of formats that may be asked for by name come from.
_HOMES: Final = {"nsid": "pyNSID", "usid": "pyUSID"}


def write(  # noqa: PLR0913 - each says something else about one act
    data: Dataset | Sequence[Dataset] | Mapping[str, Dataset],
    path: str | PathLike[str],
    format: str | None = None,  # noqa: A002 - the word the field uses
    *,
    overwrite: bool = False,
    append: bool = False,
    progress: bool | Callable[[int, int], object] | None = None,
    shards: bool | int | str = False,
    resume: bool | str = False,
    **options: Any,
) -> Path:
    """Write datasets to a file.

    Parameters
    ----------
    data : Dataset, sequence or mapping of Datasets
        What to write; those without a key of their own become ``Channel_000``, ...
    path : path-like
        The file.
    format : str, optional
        Id of a format or name of a writer.  By default the extension decides; HDF5
        files are written in the NSID model.
    overwrite : bool
        Replace a file that exists, once the new one is complete.
    append : bool
        Add to a file that exists, for formats that can.
    progress : bool or callable, optional
        By default a bar appears on terminals and in notebooks when writing takes longer
        than a second; True shows it at once, False never.  A callable is called with the
        bytes of numbers that are written and that will be, from any thread.
    shards : bool, int or str
        Let dask's threads, processes or the workers of a cluster write the numbers in
        parallel, into files in the folder `path` + ``.shards``, which the file shows as one.
        Either is nothing without the other.  A number or ``"256 MB"`` says how large a shard
        may be before compression, about 128 MB otherwise.  `sidpy.pack` makes one file of them.
    resume : bool or str
        Keep complete blocks in the folder `path` + ``.partial`` until all are there, and go
        on from those that a run that was stopped has left.  A text names the computation, for
        those of which dask cannot tell that they are the same.
    **options
        Passed on to the writer.  That of the NSID model takes ``compression``,
        ``compression_opts``, ``checksum`` and ``chunks``, see `pyNSID.writer.write_nsid`.

    Returns
    -------
    Path
        Where the file is.

    Raises
    ------
    ExistingFile
        When the file exists and neither `overwrite` nor `append` is given.
    UnrecognisedFile
        When no installed plugin writes the format; those that are known are listed.
    AmbiguousFile
        When several write it and `format` does not say which.
    MissingDependency
        When the default format's package is not installed.
    MissingFile
        When there is no such folder.
    TypeError
        When something in `data` is not a Dataset.
    StaleShards
        When `resume` finds the blocks of another computation.
    FileInUse
        When `resume` finds another process at work on the same file.
    FailedBlocks
        When blocks failed and `resume` kept the others.
    LostWorkers
        When a cluster has been without any worker for five minutes, or as long as dask's
        setting ``sidpy.workers-timeout`` says.

    Notes
    -----
    Nothing is left behind when writing fails or is interrupted, but for the complete blocks
    that `resume` keeps: each block of the dask array on its own, as long as there are no
    more than about two thousand.
    """
    datasets, target, entry, function = _prepared(data, path, format)
    options |= _in_blocks(entry, shards=shards, resume=resume, append=append)
    exists = os.path.lexists(target)
    if exists and not (overwrite or append or (resume and is_left_over(target))):
        _refuse_existing(target)
    with _noting(entry, target), _progress_of(datasets, progress, target.name):
        if exists and append:
            _append(function, entry, datasets, target, options)
        elif resume:
            write_resumably(function, datasets, target, options, overwrite=overwrite)
        else:
            create(function, datasets, target, options, None, overwrite=overwrite)
    logger.info("wrote %d datasets to %s as %s", len(datasets), target, entry.spec.format)
    return target


@contextmanager
def _progress_of(datasets: Mapping[str, Dataset], progress: Any, name: str) -> Iterator[None]:
    """Tell how far writing has come."""
    from sidpy.hdf.advance import bar, reported

    total = sum(
        dataset.nbytes + getattr(dataset.labels_record.variance, "nbytes", 0)
        for dataset in datasets.values()
    )
    if progress is False:
        yield
    elif callable(progress):
        with reported(progress, total):
            yield
    else:
        with bar(f"writing {name}", at_once=progress is True) as told, reported(told, total):
            yield


def write_inspected(
    data: Dataset | Sequence[Dataset] | Mapping[str, Dataset],
    path: str | PathLike[str],
    inspect: Callable[[Path], None],
    *,
    format: str | None = None,  # noqa: A002 - the word the field uses
    overwrite: bool = False,
    **options: Any,
) -> Path:
    """Write datasets to a file after a look at what was written.

    Parameters
    ----------
    data, path, format, overwrite, **options
        As for `write`.
    inspect : callable
        Called with the path of the complete file before it gets its place; what it raises
        leaves everything as it was.

    Returns
    -------
    Path
        Where the file is.
    """
    datasets, target, entry, function = _prepared(data, path, format)
    if os.path.lexists(target) and not overwrite:
        _refuse_existing(target)
    with _noting(entry, target):
        create(function, datasets, target, options, inspect, overwrite=overwrite)
    return target


def _prepared(
    data: Any, path: str | PathLike[str], wanted: str | None
) -> tuple[dict[str, Dataset], Path, WriterEntry, Callable[..., Any]]:
    """Return what is written, where to, and who writes it."""
    datasets = _named(data)
    target = file_path(path)
    target = target.resolve() if target.is_symlink() else target
    if not target.parent.is_dir():
        msg = f"there is no folder {str(target.parent)!r} to write into"
        raise MissingFile(msg, path=target)
    entry = _writer(target, wanted)
    return datasets, target, entry, _load(entry, target)


def _refuse_existing(target: Path) -> NoReturn:
    msg = "there is a file of this name; give overwrite=True to replace it"
    raise ExistingFile(msg, path=target)


def _named(data: Any) -> dict[str, Dataset]:
    from sidpy.sid.dataset import Dataset

    if isinstance(data, Dataset):
        data = [data]
    if isinstance(data, list | tuple):
        data = {f"Channel_{i:03d}": dataset for i, dataset in enumerate(data)}
    if not isinstance(data, dict):
        msg = f"write takes a Dataset, a list or a dictionary of them, found {type(data).__name__}"
        raise LabelTypeError(msg)
    if not data:
        msg = "there is nothing to write: no dataset was given"
        raise LabelValueError(msg)
    for key, value in data.items():
        if not isinstance(key, str) or not isinstance(value, Dataset):
            msg = (
                f"{key!r} should be a Dataset with a text for its key, found "
                f"{type(value).__name__}; sidpy.Dataset.from_array makes one of any array"
            )
            raise LabelTypeError(msg)
    return dict(data)


def _writer(target: Path, wanted: str | None) -> WriterEntry:
    """Return the writer for a format, or for the extension of a file."""
    writers = registry().writers
    name = target.name.lower() if wanted is None else f".{wanted.lower().lstrip('.')}"
    lengths = [(_fit(name, writer.spec.extensions), writer) for writer in writers]
    best = max((length for length, _ in lengths), default=0)
    if 0 < _fit(name, _DEFAULT_EXTENSIONS) >= best:
        wanted = _DEFAULT
    if wanted is not None:
        found = [w for w in writers if wanted == w.spec.name]
        found = found or [w for w in writers if wanted.lower() in _aliases(w)]
    else:
        found = [writer for length, writer in lengths if best and length == best]
    if not found:
        _refuse(target, wanted, writers)
    if len(found) > 1:
        names = ", ".join(repr(w.spec.name) for w in found)
        msg = f"several writers fit: {names}; choose one with format={found[0].spec.name!r}"
        raise AmbiguousFile(msg, path=target)
    return found[0]


def _in_blocks(
    entry: WriterEntry, *, shards: bool | int | str, resume: bool | str, append: bool
) -> dict[str, Any]:
    """Return the options of a writer that writes block by block, none when it need not."""
    chosen = {"shards": shards, "resume": resume}
    given = {name: value for name, value in chosen.items() if value is not False}
    if given and "shards" not in entry.spec.capabilities:
        able = [w.spec.format for w in registry().writers if "shards" in w.spec.capabilities]
        msg = (
            f"the format {entry.spec.format!r} is not written with {' or '.join(given)}; "
            f"formats that are: {', '.join(able) or 'none installed'}"
        )
        raise LabelValueError(msg)
    if resume is not False and (append or shards is not False):
        msg = "resume ends as one new file: give neither append nor shards with it"
        raise LabelValueError(msg)
    return given


def _aliases(writer: WriterEntry) -> set[str]:
    """Return the words that ask for a writer: its format, or an extension of it."""
    spec = writer.spec
    endings = {extension.lstrip(".") for extension in spec.extensions}
    return {spec.format, spec.name.lower(), *spec.extensions, *endings}


def _fit(name: str, extensions: tuple[str, ...]) -> int:
    """Return the length of the longest of the extensions that a name has."""
    return max((len(e) for e in extensions if name.endswith(e)), default=0)


def _refuse(target: Path, wanted: str | None, writers: tuple[WriterEntry, ...]) -> None:
    home = _HOMES.get(wanted or "")
    if home is not None:
        msg = f"writing the format {wanted!r} needs {home}: {pip_command(home)}"
        raise MissingDependency(msg)
    known = {w.spec.format: ", ".join(w.spec.extensions) for w in writers}
    listed = "; ".join(f"{name} ({endings})" for name, endings in sorted(known.items())) or "none"
    if wanted is None:
        msg = f"no installed plugin writes files named like this (known: {listed})"
    else:
        close = difflib.get_close_matches(wanted, known, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        msg = f"no installed plugin writes the format {wanted!r}{hint} (known: {listed})"
    raise UnrecognisedFile(msg, path=target)


def _load(entry: WriterEntry, target: Path) -> Callable[..., Any]:
    try:
        return load(entry.spec.writer)  # type: ignore[no-any-return]  # what a plugin names
    except Exception as error:
        msg = f"the writer {entry.spec.name!r} of {entry.plugin.label} cannot be loaded: {error!r}"
        if isinstance(error, ModuleNotFoundError):
            raise MissingDependency(msg) from error
        raise ReaderError(msg, path=target, format=entry.spec.format) from error


@contextmanager
def _noting(entry: WriterEntry, target: Path) -> Iterator[None]:
    """Attach to an error which file was being written by whom."""
    try:
        yield
    except Exception as error:
        error.add_note(f"while {entry.spec.name!r} of {entry.plugin.label} wrote {str(target)!r}")
        raise


def _append(
    function: Callable[..., Any],
    entry: WriterEntry,
    datasets: dict[str, Dataset],
    target: Path,
    options: dict[str, Any],
) -> None:
    if "append" not in entry.spec.capabilities:
        msg = f"the format {entry.spec.format!r} cannot be added to; give overwrite=True"
        raise ExistingFile(msg, path=target)
    function(datasets, str(target), **options)
