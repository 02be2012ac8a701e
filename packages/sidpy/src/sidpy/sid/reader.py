"""The base of every reader class, ours and those of application packages."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidpy._warnings import warn
from sidpy.base.addresses import also_at
from sidpy.errors import LabelTypeError, LabelValueError, MissingFile, SidpyDeprecationWarning

if TYPE_CHECKING:
    from .dataset import Dataset

__all__ = ["Reader"]

__getattr__ = also_at(
    __name__,
    {
        "Dataset": "sidpy.sid.dataset",
        "validate_list_of_strings": "sidpy.base.string_utils",
        "validate_single_string_arg": "sidpy.base.string_utils",
    },
)


class Reader:
    """Read one file of one format.

    A subclass defines ``read()``, which returns a dictionary of datasets.

    Parameters
    ----------
    file_path : str or path-like
        An existing file or folder.
    *args, **kwargs
        Accepted for subclasses that pass more.

    Raises
    ------
    TypeError
        When `file_path` is no path.
    ValueError
        When it is blank.
    FileNotFoundError
        When nothing is there.
    """

    def __init__(
        self,
        file_path: str | PathLike[str],
        *args: Any,  # noqa: ARG002 - subclasses pass their own
        **kwargs: Any,  # noqa: ARG002 - the same
    ) -> None:
        if not isinstance(file_path, str | PathLike):
            msg = f"file_path should be a string or a path, found {file_path!r}"
            raise LabelTypeError(msg)
        path = fspath(file_path)
        path = path.strip() if isinstance(path, str) else path
        if not path:
            msg = "file_path should not be blank"
            raise LabelValueError(msg)
        if not Path(path).exists():
            msg = "there is no such file; is the name spelt right?"
            raise MissingFile(msg, path=path)
        self._input_file_path = path
        self._file_type = Path(path).suffix
        self.datasets: list[Dataset] = []

    def can_read(self) -> bool | None:
        """Say nothing: `sidpy.explain` tells who reads a file and why."""
        warn("can_read() is not used any more: see sidpy.explain", SidpyDeprecationWarning)
        return None

    def _list_to_dict(self, datasets: Any = None) -> Any:
        """Return datasets keyed ``Channel_000``, ...; a single one as it is."""
        from .dataset import Dataset

        datasets = self.datasets if datasets is None else datasets
        if isinstance(datasets, Dataset):
            return datasets
        if isinstance(datasets, list):
            return {f"Channel_{i:03d}": dataset for i, dataset in enumerate(datasets)}
        msg = f"expected a Dataset or a list of them, found {type(datasets).__name__}"
        raise NotImplementedError(msg)
