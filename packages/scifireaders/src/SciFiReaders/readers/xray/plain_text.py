"""Text files of numbers: read whole, for no line says where the next one is.

A table of numbers is parsed by NumPy in one go, never word by word, so that a file of
many megabytes costs no more than a few times its size.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.text import decode
from sidpy.errors import CorruptFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["LONGEST", "numbers", "numbers_in", "read_text"]

#: Longest text that is read, in bytes; maps of area detectors reach a tenth of it.
LONGEST: Final = 1 << 27
#: What may stand in a list of numbers; `nan` and `inf` are words of it, too.
_NUMBERS: Final = re.compile(r"[\s,;0-9eEdDnaifINF.+-]*")


def read_text(path: str | PathLike[str], format: str) -> str:  # noqa: A002 - the word the field uses
    """Read a text file whole.

    Parameters
    ----------
    path : path-like
        The file.
    format : str
        Identifier of the format, for error messages.

    Raises
    ------
    MissingFile, NotAFile
        When nothing is there, or a folder.
    CorruptFile
        When it is longer than any text of numbers.
    """
    with open_cursor(path, format=format) as cursor:
        if cursor.size > LONGEST:
            msg = f"a text of {cursor.size} bytes is not read; the limit is {LONGEST}"
            raise cursor.corrupt(msg, offset=0)
        return decode(cursor.take(cursor.size))


def numbers(text: str, what: str, *, path: str | PathLike[str], format: str) -> np.ndarray:  # noqa: A002 - the word the field uses
    r"""Return the numbers of a text, separated by blanks, commas or semicolons.

    Parameters
    ----------
    text : str
        Numbers only.
    what : str
        What they are, for the error.
    path, format
        For the error.

    Raises
    ------
    CorruptFile
        When there is something else among them.

    Examples
    --------
    >>> numbers("1, 2.5\n3e2", "counts", path="a.xy", format="acme")
    array([  1. ,   2.5, 300. ])
    """
    found = numbers_in(text)
    if found is None:
        msg = f"the {what} should be numbers, but there is something else among them"
        raise CorruptFile(msg, path=path, format=format)
    return found


def numbers_in(text: str) -> np.ndarray | None:
    """Return the numbers of a text, or None when there is something else in it.

    Examples
    --------
    >>> numbers_in("1 2"), numbers_in("1 two")
    (array([1., 2.]), None)
    """
    if not _NUMBERS.fullmatch(text):
        return None
    plain = text.translate({44: 32, 59: 32, 68: 69, 100: 101})
    if not plain.strip():
        return np.empty(0)
    with warnings.catch_warnings():
        # what NumPy cannot read it passes over with a word, here an error
        warnings.simplefilter("error")
        try:
            return np.fromstring(plain, sep=" ")
        except (ValueError, DeprecationWarning):
            return None
