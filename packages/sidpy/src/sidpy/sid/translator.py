"""The base of translator classes, which old application packages still derive from.

A translator wrote what it read into an HDF5 file.  New code derives from `sidpy.Reader`,
which returns datasets, and saves those.
"""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import Any, NoReturn

from sidpy._warnings import warn
from sidpy.base.string_utils import validate_list_of_strings, validate_single_string_arg
from sidpy.errors import LabelTypeError, LabelValueError, MissingFile

__all__ = ["Translator", "validate_list_of_strings", "validate_single_string_arg"]


class Translator:
    """Translate a file; a subclass defines ``translate()``.

    Parameters
    ----------
    *args, **kwargs
        Accepted for subclasses that pass more.  Nothing here relies on the constructor
        having run: some subclasses never call it.

    Warns
    -----
    FutureWarning
        At construction: derive from `sidpy.Reader` instead.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ARG002 - subclasses pass their own
        **kwargs: Any,  # noqa: ARG002 - the same
    ) -> None:
        warn("derive from sidpy.Reader instead of sidpy.Translator", FutureWarning)

    def translate(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: subclasses say what translating means.

        Raises
        ------
        NotImplementedError
            Always.
        """
        msg = f"{type(self).__name__} does not define translate()"
        raise NotImplementedError(msg)

    @staticmethod
    def is_valid_file(
        file_path: str | PathLike[str],
        *args: Any,  # noqa: ARG004 - subclasses take more
        **kwargs: Any,
    ) -> str | None:
        """Return the absolute path of a file whose extension is one of those asked for.

        Parameters
        ----------
        file_path : str or path-like
            An existing file; a folder is none.
        *args
            Ignored.
        **kwargs
            ``extension``: a str or a list of them, in any case, with or without a dot;
            ``"tar.gz"`` is understood.  Others are ignored.

        Returns
        -------
        str or None
            None when the extension is another one.

        Raises
        ------
        TypeError
            When the path or an extension is no text.
        ValueError
            When the path is blank.
        FileNotFoundError
            When nothing is there.
        NotImplementedError
            Without `extension`.

        Examples
        --------
        >>> from pathlib import Path
        >>> _ = Path("scan.TXT").write_text("1 2 3")
        >>> Path(Translator.is_valid_file("scan.TXT", extension="txt")).name
        'scan.TXT'
        >>> Translator.is_valid_file("scan.TXT", extension=[".dat"]) is None
        True
        """
        path = _existing(file_path)
        extension = kwargs.get("extension")
        if not extension:
            msg = 'which files are valid? pass extension="txt" or a list of extensions'
            raise NotImplementedError(msg)
        endings = _endings(extension)
        if path.is_file() and path.name.lower().endswith(endings):
            return str(path)
        return None


def _existing(file_path: str | PathLike[str]) -> Path:
    if not isinstance(file_path, str | PathLike):
        msg = f"file_path should be a string or a path, found {file_path!r}"
        raise LabelTypeError(msg)
    text = fspath(file_path).strip()
    if not text:
        msg = "file_path should not be blank"
        raise LabelValueError(msg)
    path = Path(text).absolute()
    if not path.exists():
        msg = "there is no such file; is the name spelt right?"
        raise MissingFile(msg, path=path)
    return path


def _endings(extension: Any) -> tuple[str, ...]:
    given = [extension] if isinstance(extension, str) else extension
    words = isinstance(given, list | tuple) and all(isinstance(word, str) for word in given)
    if not words:
        msg = f"extension should be a string or a list of strings, found {extension!r}"
        raise LabelTypeError(msg)
    return tuple("." + word.strip().lstrip(".").lower() for word in given)
