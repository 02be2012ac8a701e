"""Every error this family of packages raises on purpose.

An error says which file, where in it, what was found, what was expected and what
to do.  Each also inherits the builtin that callers of the released packages already
catch, so an old ``except TypeError`` goes on working.

What may not be here: errors of a single format.  A reader raises `CorruptFile`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

__all__ = [
    "AmbiguousFile",
    "CorruptFile",
    "DimensionError",
    "DiskFull",
    "ExistingFile",
    "FailedBlocks",
    "FileInUse",
    "FormatError",
    "LabelError",
    "LabelTypeError",
    "LabelValueError",
    "LossyConversion",
    "LostWorkers",
    "MissingDependency",
    "MissingFile",
    "NotAFile",
    "NotNSID",
    "NotReplayable",
    "NotUSID",
    "PluginWarning",
    "ReaderError",
    "SidpyDeprecationWarning",
    "SidpyError",
    "SidpyWarning",
    "StaleShards",
    "UnfinishedChange",
    "UnfitDataset",
    "UnknownOption",
    "UnrecognisedFile",
    "UnsupportedFile",
    "UnwritableFile",
]


class SidpyError(Exception):
    """The root of the family: catch it to catch everything raised on purpose."""


class DimensionError(SidpyError, ValueError):
    """A dimension does not fit the axis it is meant for."""


class LabelError(SidpyError):
    """A label (title, units, metadata, ...) cannot be what was asked for."""


class LabelTypeError(LabelError, TypeError):
    """A label of the wrong type."""


class LabelValueError(LabelError, ValueError):
    """A label of the right type with an impossible value."""


class UnfitDataset(DimensionError, TypeError):
    """A dataset has not the type or the axes that are needed."""


class UnknownOption(SidpyError, AttributeError, TypeError):
    """A keyword that means nothing to the function nor to the library it would go to."""


class LostWorkers(SidpyError, TimeoutError):
    """A cluster that should compute has been without any worker for too long."""


class MissingDependency(SidpyError, ModuleNotFoundError):
    """An optional library is needed and not installed; the message has the pip command."""


class FormatError(SidpyError, ValueError):
    """A file of ours does not follow its model; `problems` lists every reason.

    Parameters
    ----------
    message : str
        What was being read.
    problems : sequence of str
        Every reason found, not only the first.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  - ".join([message, *self.problems]))


class LossyConversion(FormatError):
    """A file cannot hold everything that was to be written; `problems` lists what."""


class FailedBlocks(SidpyError, RuntimeError):
    """Some blocks of a computation failed, the others are complete.

    Parameters
    ----------
    message : str
        Which blocks, and why.
    errors : dict
        The error of each block, by its place among the blocks.
    """

    def __init__(
        self, message: str, errors: Mapping[tuple[int, ...], Exception] | None = None
    ) -> None:
        self.errors = dict(errors or {})
        super().__init__(message)


class NotNSID(FormatError, TypeError):
    """An HDF5 object is not a main dataset of the NSID model."""


class NotUSID(FormatError, TypeError):
    """An HDF5 object is not a main dataset of the USID model."""


class NotReplayable(SidpyError, NotImplementedError):
    """A step of a history cannot be called again; the message names the step and says why."""


class ReaderError(SidpyError):
    """A file cannot be read; the root of everything that may go wrong with one file.

    Parameters
    ----------
    message : str
        What was found, what was expected, what to do.
    path : path-like, optional
        The file.
    format : str, optional
        The format it was read as, for instance ``"gatan.dm4"``.
    offset : int, optional
        Where in the file, in bytes.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | PathLike[str] | None = None,
        format: str | None = None,  # noqa: A002 - the word the field uses
        offset: int | None = None,
    ) -> None:
        self.message = message
        self.path = path
        self.format = format
        self.offset = offset
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        place = "" if self.path is None else f"{str(self.path)!r}"
        if self.format is not None:
            place += f" ({self.format})"
        if self.offset is not None:
            place += f" at byte {self.offset}"
        return f"{place.strip()}: {self.message}" if place else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # the default would call the class with the finished sentence and lose the fields
        return _rebuild_reader_error, (
            type(self), self.message, self.path, self.format, self.offset,
        )  # fmt: skip


def _rebuild_reader_error(
    cls: type[ReaderError],
    message: str,
    path: str | PathLike[str] | None,
    format: str | None,  # noqa: A002 - the word the field uses
    offset: int | None,
) -> ReaderError:
    return cls(message, path=path, format=format, offset=offset)


class MissingFile(ReaderError, FileNotFoundError):
    """There is no file at the path."""

    __str__ = ReaderError.__str__


class NotAFile(ReaderError, IsADirectoryError):
    """The path is a directory and no reader claims directories of this kind."""

    __str__ = ReaderError.__str__


class ExistingFile(ReaderError, FileExistsError):
    """A file would be overwritten and nobody said that it may."""

    __str__ = ReaderError.__str__


class StaleShards(ExistingFile):
    """Where a computation keeps its complete blocks lie those of another one."""


class UnrecognisedFile(ReaderError, TypeError):
    """No installed reader claims the file, or the reader asked for does not know it."""


class AmbiguousFile(ReaderError):
    """Several readers claim the file equally and nothing settles which one."""


class CorruptFile(ReaderError, OSError):
    """A file of a known format is damaged, cut short or claims what it does not hold.

    Parameters
    ----------
    message, path, format, offset
        As for `ReaderError`.
    problems : sequence of str
        Every reason found, when there may be several.
    """

    __str__ = ReaderError.__str__

    def __init__(self, message: str, *, problems: Sequence[str] = (), **where: Any) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  - ".join([message, *self.problems]), **where)

    def __reduce__(self) -> tuple[object, ...]:
        return (*super().__reduce__(), {"problems": self.problems})


class UnsupportedFile(ReaderError, NotImplementedError):
    """A file of a known format in a variant that is not supported yet."""


class UnwritableFile(ReaderError, PermissionError):
    """A file, or the folder it lies in, may be read but not written."""

    __str__ = ReaderError.__str__


class FileInUse(ReaderError, BlockingIOError):
    """Somebody else is changing the file, or has it open to change it."""

    __str__ = ReaderError.__str__


class DiskFull(ReaderError, OSError):
    """There is no room for what is to be written; `errno` says which limit was met."""

    __str__ = ReaderError.__str__


class UnfinishedChange(ReaderError, OSError):
    """A change was promised before a crash, and cannot be finished here."""

    __str__ = ReaderError.__str__


class SidpyWarning(UserWarning):
    """Something the user should know and can mend."""


class SidpyDeprecationWarning(SidpyWarning, FutureWarning):
    """Something will change in a later release."""


class PluginWarning(SidpyWarning):
    """An installed plugin cannot be used; the others go on working."""
