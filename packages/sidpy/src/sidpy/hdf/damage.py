"""Files that are damaged or were made to do harm: what may be believed of them.

HDF5 trusts what a file says of itself.  A few bytes can claim an axis of a billion values,
an attribute of a terabyte, a chunk larger than the machine: whoever asks for such a thing
allocates it.  Before anything is read whole, its size is compared with that of the file.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sidpy._warnings import warn
from sidpy.base.global_heaps import heap_damage
from sidpy.config import config
from sidpy.errors import (
    CorruptFile,
    MissingDependency,
    MissingFile,
    ReaderError,
    SidpyWarning,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

__all__ = [
    "DAMAGE", "Problem", "is_deadly", "named", "oversize", "problems_inside", "tell_problems",
]  # fmt: skip

#: What h5py raises on a damaged file, depending on what is damaged.
DAMAGE: Final = (
    OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
    MemoryError,
)  # fmt: skip

#: Bytes that any file may ask for; a larger file may ask for more.
_ALWAYS: Final = 2**24

#: Most that HDF5's compression may unpack one byte of the file into.
_BEST_RATIO: Final = 1100


class Problem(str):
    """One thing that is wrong in a file: a text that knows where.

    Parameters
    ----------
    address : str
        Address of the object in the file.
    text : str
        What is wrong with it.

    Examples
    --------
    >>> problem = Problem("/scan/x", "it is no text")
    >>> str(problem), problem.address, problem.text
    ('/scan/x: it is no text', '/scan/x', 'it is no text')
    """

    __slots__ = ("address", "text")

    address: str
    text: str

    def __new__(cls, address: str, text: str) -> Self:  # noqa: D102 - documented by the class
        self = super().__new__(cls, f"{address}: {text}" if address else text)
        self.address = address
        self.text = text
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.address, self.text)


def problems_inside(
    path: Any,
    format: str,  # noqa: A002 - the word the field uses
    opened: AbstractContextManager[Any],
    look: Callable[[Any], list[Problem]],
) -> list[Problem]:
    """Return everything that is wrong with a file, what keeps it from being opened included.

    Parameters
    ----------
    path : path-like
        The file.
    format : str
        Its format, for the error.
    opened : context manager
        Gives the open file.
    look : callable
        Returns what is wrong with an open file.

    Raises
    ------
    MissingFile
        When there is no such file.
    """
    if not Path(path).exists():
        msg = "there is no such file"
        raise MissingFile(msg, path=path, format=format)
    damage = heap_damage(path, everywhere=True)
    if damage:  # nothing else can be looked at: HDF5 itself would not survive it
        return [Problem("/", f"{reason}, at byte {place}") for place, reason in damage]
    try:
        with opened as file:
            return look(file)
    except ReaderError as error:
        return [Problem("/", error.message)]


@contextmanager
def named(path: Any, format: str) -> Iterator[None]:  # noqa: A002 - the word the field uses
    """Turn whatever h5py raises at damaged places into an error that names the file.

    Raises
    ------
    CorruptFile
        In the place of it; errors that name the file or what to install pass.
    """
    try:
        yield
    except (ReaderError, MissingDependency):
        raise
    except DAMAGE as error:
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        msg = f"the file is damaged or cut short: {said}"
        raise CorruptFile(msg, path=path, format=format) from error


def tell_problems(
    problems: Sequence[str],
    path: Any,
    format: str,  # noqa: A002 - the word the field uses
    *,
    some_read: bool,
    strict: bool | None = None,
) -> None:
    """Say what cannot be read of a file: as a warning where the rest can, else as an error.

    Parameters
    ----------
    problems : sequence of str
        Every reason; nothing is said when there is none.
    path : path-like
        The file.
    format : str
        As what it is read.
    some_read : bool
        Whether there is something that can be read.
    strict : bool, optional
        Whether that is an error nevertheless; by default as configured.

    Raises
    ------
    CorruptFile
        With every reason, when nothing can be read or `strict`.

    Warns
    -----
    SidpyWarning
        With every reason, otherwise.
    """
    if not problems:
        return
    if not some_read or (config.strict if strict is None else strict):
        msg = "not all of it can be read:" if some_read else "nothing of it can be read:"
        raise CorruptFile(msg, path=path, format=format, problems=problems)
    warn("\n  - ".join([f"some of {str(path)!r} cannot be read:", *problems]), SidpyWarning)


def oversize(dataset: Any, *, whole: bool = True) -> str:
    """Return why a dataset claims more than its file can hold, "" when it may be true.

    Parameters
    ----------
    dataset : h5py.Dataset
        What is about to be read.
    whole : bool
        Whether it is read as a whole; otherwise only values along each axis are.
    """
    shape = dataset.shape
    if shape is None:
        return ""
    dtype = dataset.dtype
    if dtype.hasobject and is_deadly(dataset.id.get_type()):
        return "is of a type that HDF5 does not know and would not survive reading"
    claimed = math.prod(shape) * dtype.itemsize if whole else 8 * sum(shape)
    # HDF5 unpacks whole chunks
    chunk = math.prod(dataset.chunks or ()) * dtype.itemsize
    if max(claimed, chunk) <= _ALWAYS:
        return ""
    most = _BEST_RATIO * dataset.file.id.get_filesize()
    if claimed > most:
        return f"claims the shape {shape}, which is more than the file can hold"
    return f"claims chunks of {chunk} bytes, more than the file can hold" if chunk > most else ""


def is_deadly(type_id: Any) -> bool:
    """Whether HDF5 crashes on values of a type: of variable length, but of no known kind.

    Parameters
    ----------
    type_id : h5py.h5t.TypeID
        The type as stored.

    Notes
    -----
    A datatype message of class 9 says in its lowest bits whether it is a sequence, 0, or a
    text, 1 (HDF5 File Format Specification, IV.A.2.d); HDF5 reads others without a look.
    """
    from h5py import h5t

    kind = type_id.get_class()
    if kind == h5t.COMPOUND:
        members = range(type_id.get_nmembers())
        return any(is_deadly(type_id.get_member_type(i)) for i in members)
    if kind == h5t.ARRAY:
        return is_deadly(type_id.get_super())
    if kind != h5t.VLEN:  # texts of variable length are of their own class
        return False
    # two bytes before the message, the class and version in its first
    return (type_id.encode()[3] & 0x0F) > 1 or is_deadly(type_id.get_super())
