"""The reader classes of the released package, over the functions that `sidpy.read` calls.

A class names the function that reads its format and the container that it always
returned; everything else is here, once.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sidpy import Reader

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["ReleasedReader"]

logger = logging.getLogger(__name__)


class ReleasedReader(Reader):
    """Read a file of one format.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    verbose : bool
        Log what is found at level INFO.

    Attributes
    ----------
    function : str
        ``"module:function"`` that reads the format; imported when it is called.
    container : {"dict", "list", "one"}
        What `read` returns: ``Channel_000``, ...; a list; or the first dataset alone.
    spec : str
        Name of the reader as ``sidpy readers`` lists it.
    """

    function: ClassVar[str]
    container: ClassVar[Literal["dict", "list", "one"]] = "dict"
    spec: ClassVar[str]

    def __init__(self, file_path: str | PathLike[str], verbose: bool = False) -> None:  # noqa: FBT001, FBT002 - the released package's signature
        super().__init__(file_path)
        self._verbose = verbose

    def read(self) -> Any:
        """Read the file.

        Returns
        -------
        dict of str to Dataset, list of Dataset, or Dataset
            See `container`.  Lazy: the pixels stay in the file.

        Raises
        ------
        TypeError
            When the file is of another format.
        CorruptFile
            When it is damaged; names the place.
        """
        return self._contained(self._call())

    def can_read(self) -> bool:
        """Say whether `sidpy.read` would choose this reader for the file."""
        from sidpy import explain

        return explain(self._input_file_path).chosen == self.spec

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def get_filename(self) -> str:
        """Return the path of the file."""
        return self._input_file_path

    @property
    def filename(self) -> str:
        """Path of the file."""
        return self.get_filename()

    def _conditions(self, key: int | str) -> dict[str, Any]:
        """Return the conditions of the experiment of a dataset, by number or channel."""
        datasets = self.datasets or self._call()
        return datasets[int(str(key).removeprefix("Channel_"))].metadata["experiment"]

    def _call(self, **options: Any) -> list[Dataset]:
        """Read the file with the function of the format."""
        module, _, name = self.function.partition(":")
        return list(getattr(import_module(module), name)(self._input_file_path, **options))

    def _contained(self, datasets: list[Dataset]) -> Any:
        """Keep the datasets and return them in the container of the class."""
        self.datasets = datasets
        if self._verbose:
            logger.info("%s: %d datasets", self._input_file_path, len(datasets))
        if self.container == "one":
            return datasets[0]
        return datasets if self.container == "list" else self._list_to_dict(datasets)
