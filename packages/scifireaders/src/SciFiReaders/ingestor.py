"""Choose a reader by the content of a file, at the address of the released package.

Prefer `sidpy.read`, which this calls and which says more: `sidpy.explain` shows why a
reader was chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["ingest"]


def ingest(file_path: str | PathLike[str]) -> dict[str, Dataset]:
    """Read a file of any format that an installed reader knows.

    Parameters
    ----------
    file_path : str or path-like
        The file.

    Returns
    -------
    dict of str to Dataset
        ``Channel_000``, ..., rows first.

    Raises
    ------
    UnrecognisedFile
        When no reader knows the file; lists what was tried.
    """
    import sidpy

    return sidpy.read(file_path)
