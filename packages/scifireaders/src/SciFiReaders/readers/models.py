"""Files in the NSID and USID models, under the names that earlier releases gave their readers.

The models live in `pyNSID` and `pyUSID`, which read these files for `sidpy.read`, too.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyNSID import NSIDReader
from sidpy import Reader

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["NSIDReader", "Usid_reader"]

logger = logging.getLogger(__name__)


class Usid_reader(Reader):  # noqa: N801 - the released package's name
    """Read main datasets of a USID file.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    verbose : bool
        Log what is found at level INFO.

    Attributes
    ----------
    debugLevel : int
        Of the released class; without effect.
    """

    debugLevel = 0  # noqa: N815 - the released class's name

    def __init__(self, file_path: str | PathLike[str], verbose: bool = False) -> None:  # noqa: FBT001, FBT002 - the released package's signature
        super().__init__(file_path)
        self._verbose = verbose

    def read(self, dataset_path: str | None = None) -> Dataset | list[Dataset]:
        """Read the file, or what lies at an address in it.

        Returns
        -------
        Dataset or list of Dataset
            A list where there are several; lazy.
        """
        from pyUSID.io.files import read_usid

        self.datasets = read_usid(self._input_file_path, dataset_path)
        if self._verbose:
            logger.info("%s: %d main datasets", self._input_file_path, len(self.datasets))
        return self.datasets[0] if len(self.datasets) == 1 else self.datasets

    def close(self) -> None:
        """Do nothing: no file stays open."""
