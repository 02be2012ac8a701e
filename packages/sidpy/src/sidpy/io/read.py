"""A file of any format becomes datasets.

The host chooses the reader, calls it, and answers for what comes out: datasets keyed by
channel, each with a first step of history that says which file it came from and who read
it.  Whatever a reader raises on a damaged file reaches the caller as one family of errors.
"""

from __future__ import annotations

import inspect
import logging
import time
from dataclasses import dataclass, field
from os import fsdecode
from typing import TYPE_CHECKING, Any, NoReturn

from sidpy.base.redo import recover
from sidpy.errors import (
    CorruptFile,
    MissingDependency,
    MissingFile,
    ReaderError,
    UnsupportedFile,
)
from sidpy.plugins.choose import choose
from sidpy.plugins.probe import Probe
from sidpy.plugins.requirements import pip_command
from sidpy.plugins.sniffing import load
from sidpy.plugins.specs import ReaderSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from sidpy.sid.dataset import Dataset
    from sidpy.sid.provenance import Provenance

__all__ = ["call_reader", "read"]

logger = logging.getLogger(__name__)


def read(
    path: str | PathLike[str],
    reader: str | ReaderSpec | Callable[..., Any] | None = None,
    *,
    lazy: bool = True,
    **options: Any,
) -> dict[str, Dataset]:
    """Read a file of any format that an installed plugin knows.

    Parameters
    ----------
    path : path-like
        The file.
    reader : str, callable or ReaderSpec, optional
        Name of a reader or id of a format instead of the best one, or a reader of your
        own: a class or a function that is called with the path.
    lazy : bool
        Leave the numbers in the file until they are computed.  When false they are in
        memory on return.
    **options
        Passed on to the reader.

    Returns
    -------
    dict of str to Dataset
        Keyed ``Channel_000``, ... unless the reader has keys of its own.  Images have
        their rows first and row 0 at the top; spectral axes come last.

    Raises
    ------
    UnrecognisedFile
        When no installed reader knows the file; the message says what was tried.
    AmbiguousFile
        When several do and nothing settles which.
    CorruptFile, UnsupportedFile
        When the file is damaged, or a variant that its reader does not know.
    MissingFile, NotAFile
        When there is no file at the path.
    MissingDependency
        When the reader needs a library that is not installed.
    TypeError
        When the reader has no option of a name that was given.

    See Also
    --------
    sidpy.explain : who could read a file, and why.
    sidpy.write : the way back.
    """
    source = _source(path, reader)
    function = source.function or _load(source)
    _check_options(function, source, options)
    try:
        result = call_reader(function, source.probe.path, options)
    except (ReaderError, MissingDependency, MemoryError, Warning):
        raise
    except Exception as error:  # noqa: BLE001 - a reader's own way to fail; all become ours
        _translate(error, source)
    datasets = _keyed(result, source)
    logger.info("read %d datasets from %s by %s", len(datasets), path, source.reader)
    datasets = {
        key: _with_history(dataset, key, source, options) for key, dataset in datasets.items()
    }
    if not lazy:
        datasets = {key: _in_memory(dataset) for key, dataset in datasets.items()}
    return datasets


@dataclass(frozen=True, slots=True)
class _Source:
    """Who reads which file."""

    probe: Probe
    name: str
    format: str
    target: str
    requires: str = ""
    distribution: str = ""
    version: str = ""
    function: Callable[..., Any] | None = None
    companions: tuple[str, ...] = ()
    """Files beside it that belong to it."""
    given: str = ""
    """The path as the caller wrote it."""
    started: int = field(default_factory=time.time_ns)
    """When reading began."""

    @property
    def reader(self) -> str:
        """The reader as it is named in messages."""
        origin = f"{self.distribution} {self.version}".strip()
        return f"{self.name!r} of {origin}" if origin else repr(self.name)


def _source(path: str | PathLike[str], reader: Any) -> _Source:
    recover(path)
    if reader is None or isinstance(reader, str | ReaderSpec):
        choice = choose(path, reader)
        spec, plugin = choice.entry.spec, choice.entry.plugin
        beside = (choice.probe.companion(pattern) for pattern in spec.companions)
        return _Source(
            choice.probe, spec.name, spec.format, spec.reader, spec.requires or "",
            plugin.distribution, plugin.version,
            companions=tuple(str(path) for path in beside if path is not None),
            given=fsdecode(path),
        )  # fmt: skip
    if not callable(reader):
        msg = (
            "reader is the name of a reader, the id of a format, a class or a function, "
            f"found {reader!r}"
        )
        raise TypeError(msg)
    name = getattr(reader, "__qualname__", type(reader).__qualname__)
    module = getattr(reader, "__module__", "") or ""
    probe = Probe.of(path, directories=True)
    return _Source(probe, name, "", f"{module}:{name}", function=reader, given=fsdecode(path))


def _load(source: _Source) -> Callable[..., Any]:
    """Import the reader.

    Raises
    ------
    MissingDependency
        When a library it needs is absent.
    ReaderError
        When the plugin is at fault.
    """
    try:
        function = load(source.target)
    except ModuleNotFoundError as error:
        raise MissingDependency(_needs(error, source)) from error
    except Exception as error:
        msg = f"the reader {source.reader} cannot be loaded from {source.target}: {error!r}"
        raise ReaderError(msg, path=source.probe.path, format=source.format) from error
    if not callable(function):
        msg = f"the reader {source.reader} at {source.target} cannot be called"
        raise ReaderError(msg, path=source.probe.path, format=source.format)
    return function  # type: ignore[no-any-return]  # callable() does not narrow Any


def _check_options(function: Callable[..., Any], source: _Source, options: dict[str, Any]) -> None:
    """Tell a mistyped option from a failure of the reader."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some callables have none
        return
    try:
        signature.bind(source.probe.path, **options)
    except TypeError as error:
        known = [name for name in list(signature.parameters)[1:] if not name.startswith("_")]
        words = ", ".join(known) or "none"
        msg = f"the reader {source.reader} cannot take these options: {error} (it has: {words})"
        raise TypeError(msg) from None


def call_reader(function: Callable[..., Any], path: str, options: dict[str, Any]) -> Any:
    """Call a reader function, or a reader class and the ``read()`` of what it makes."""
    result = function(path, **options)
    own_read = getattr(result, "read", None)
    return own_read() if callable(own_read) and not _is_dataset(result) else result


def _translate(error: Exception, source: _Source) -> NoReturn:
    """Raise the error of the family that says what a reader meant."""
    path, format_id = source.probe.path, source.format or None
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, ModuleNotFoundError):
        raise MissingDependency(_needs(error, source)) from error
    if isinstance(error, FileNotFoundError):
        absent = error.filename if error.filename is not None else error
        msg = f"the reader {source.reader} needs a file that is not there: {absent}"
        raise MissingFile(msg, path=path, format=format_id) from error
    if isinstance(error, BlockingIOError | PermissionError):
        msg = f"the reader {source.reader} may not open it; does a program write it? {said}"
        raise ReaderError(msg, path=path, format=format_id) from error
    if isinstance(error, NotImplementedError):
        msg = f"the reader {source.reader} does not support this variant: {said}"
        raise UnsupportedFile(msg, path=path, format=format_id) from error
    msg = f"the reader {source.reader} cannot make sense of the file: {said}"
    raise CorruptFile(msg, path=path, format=format_id) from error


def _needs(error: ModuleNotFoundError, source: _Source) -> str:
    lacking = error.name or "a library"
    command = pip_command(source.requires or lacking)
    return f"the reader {source.reader} needs {lacking}, which is not installed: {command}"


def _keyed(result: Any, source: _Source) -> dict[str, Dataset]:
    """Return what a reader returned as a dictionary of datasets.

    Raises
    ------
    ReaderError
        When it is anything else, which is the reader's fault.
    CorruptFile
        When there is nothing in it.
    """
    if _is_dataset(result):
        result = [result]
    if isinstance(result, list | tuple):
        result = {f"Channel_{i:03d}": dataset for i, dataset in enumerate(result)}
    path, format_id = source.probe.path, source.format or None
    problem = "" if isinstance(result, dict) else f"returned {type(result).__name__}"
    for key, value in result.items() if not problem else ():
        if not isinstance(key, str) or not _is_dataset(value):
            problem = f"returned {type(value).__name__} at {key!r}"
    if problem:
        msg = f"the reader {source.reader} {problem} instead of Datasets; please tell its authors"
        raise ReaderError(msg, path=path, format=format_id)
    if not result:
        msg = f"the reader {source.reader} found no data in it"
        raise CorruptFile(msg, path=path, format=format_id)
    return dict(result)


def _is_dataset(value: Any) -> bool:
    from sidpy.sid.dataset import Dataset

    return isinstance(value, Dataset)


def _in_memory(dataset: Dataset) -> Dataset:
    """Compute the numbers; where they are kept is no part of the title."""
    persisted = dataset.persist()
    persisted.title = dataset.title
    return persisted


def _with_history(dataset: Dataset, key: str, source: _Source, options: dict[str, Any]) -> Dataset:
    """Append the step that says which file a dataset came from and who read it."""
    from sidpy.sid.arguments import frozen
    from sidpy.sid.provenance import Step, version_of
    from sidpy.sid.relabelling import settle

    from .identity import content_of

    settle(dataset)  # its labels are what this step has made
    probe, now = source.probe, time.time_ns()
    parameters = {
        "reader": source.name,
        "format": source.format,
        "file": probe.name,
        "key": key,
        "path": probe.path,
        **({} if source.given == probe.path else {"given": source.given}),
        "size": probe.size,
        "fingerprint": probe.fingerprint,
        # as it is, so that the file is not read to the end for it now
        "content": content_of(probe.path, dataset, source.companions),
    }
    asked = {"options": frozen(options)} if options else {}

    def with_reading(before: Provenance) -> Provenance:
        last = before.last
        # what its reader did while it read is nothing that the file had stored
        is_stored = last is not None and last.time_ns < source.started
        return before.then(
            Step(
                "sidpy.read",
                package=source.distribution or "sidpy",
                version=source.version or version_of(source.distribution or "sidpy"),
                parameters={
                    **parameters, **({"history": "stored"} if is_stored else {}), **asked
                },
                inputs=(dataset.name, probe.fingerprint),
                output=dataset.name,
                time_ns=now,
                # its own history stays: a file of ours brings one along
                parents=() if last is None else (last,),
            )
        )  # fmt: skip

    dataset.change_label("provenance", with_reading)
    return dataset
