"""What earlier releases had for Nanosurf files: a reader, and two readers of plain arrays.

Prefer `sidpy.read`, which gives datasets with axes and units.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from SciFiReaders.readers.released import ReleasedReader

from .nanosurf_nhf import parse_nhf, read_nhf
from .nanosurf_nid import label, parse_nid

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np

__all__ = ["NanoSurfNIDReader", "nhf_read", "nid_read"]

logger = logging.getLogger(__name__)

#: Kind of a measurement, by a word in its name; the first that fits.
_KINDS = (("spec ", "Spec"), ("scan", "Image"), ("sweep", "Sweep"), ("spectrum", "Sweep"))


class NanoSurfNIDReader(ReleasedReader):
    """Nanosurf files.

    Parameters
    ----------
    file_path : str or path-like
        The ``.nid`` file.
    """

    function = "SciFiReaders.readers.probe.nanosurf_nid:read_nid"
    spec = "SciFiReaders.nanosurf_nid"

    def read(self, verbose: bool = False) -> Any:  # noqa: FBT001, FBT002 - the released package's signature
        """Read the file: ``Channel_000``, ... for every channel and way."""
        self._verbose = self._verbose or verbose
        return super().read()


class nid_read:  # noqa: N801 - the released package's name
    """The arrays of a Nanosurf file by kind, way and channel, as they are stored.

    Parameters
    ----------
    filename : str or path-like, optional
        Read at once; without it call `read` later.
    dataframe : bool
        Accepted for callers of earlier releases; `data` is a tree of plain arrays, which
        pandas takes as it is.
    verbose : bool
        Log what is found at level INFO.

    Attributes
    ----------
    data : dict
        ``data["Image"]["Forward"]["Z-Axis"]``: array of shape (lines, points), the lowest
        line first.
    param : dict
        The header, by section, under ``"Header Dump"``.
    """

    def __init__(
        self,
        filename: str | PathLike[str] | None = None,
        dataframe: bool = True,  # noqa: ARG002, FBT001, FBT002 - the released package's signature
        verbose: bool = True,  # noqa: FBT001, FBT002 - the released package's signature
    ) -> None:
        self.filename, self.verbose = filename, verbose
        self.data: dict[str, dict[str, dict[str, np.ndarray]]] = {}
        self.param: dict[str, Any] = {}
        if filename is not None:
            self.read()

    def read(self) -> None:
        """Read the file into `data` and `param`."""
        file = parse_nid(self.filename or "")
        for channel, found in zip(file.channels, label(file), strict=True):
            kind, way = _place(channel.run)
            array = found.compute()
            if channel.is_image:
                array = array[::-1]
            ways = self.data.setdefault(kind, {})
            ways.setdefault(way, {})[channel.name] = array.reshape(channel.shape)
        self.param = {"Header Dump": file.sections}
        if self.verbose:
            logger.info("%s: %s", self.filename, {k: list(v) for k, v in self.data.items()})


def _place(run: str) -> tuple[str, str]:
    """Return the kind of a measurement and its way: ``Scan forward`` is Image, Forward."""
    lowered = run.lower()
    word, kind = next(((w, k) for w, k in _KINDS if w in lowered), ("", "Image"))
    rest = lowered.replace(word.strip(), "", 1).strip()
    way = next((part for part in run.split() if part.lower() in rest.split()), run)
    return kind, way[:1].upper() + way[1:]


class nhf_read:  # noqa: N801 - the released package's name
    """The arrays of a Nanosurf Studio file by segment and channel.

    Parameters
    ----------
    filename : str or path-like, optional
        Read at once; without it call `read` later.

    Attributes
    ----------
    data : dict
        ``data["Image"]["Forward"]["Position Z"]``: array, the highest line of images first.
    param : dict
        The attributes of every segment.
    """

    def __init__(self, filename: str | PathLike[str] | None = None) -> None:
        self.filename = filename
        self.data: dict[str, dict[str, dict[str, np.ndarray]]] = {}
        self.param: dict[str, Any] = {}
        if filename is not None:
            self.read()

    def read(self) -> None:
        """Read the file into `data` and `param`."""
        path = self.filename or ""
        for channel, found in zip(parse_nhf(path), read_nhf(path), strict=True):
            kind = "Image" if found.data_type.name == "IMAGE" else "Spec"
            segment = channel.segment or "Forward"
            self.data.setdefault(kind, {}).setdefault(segment, {})[channel.name] = found.compute()
            self.param[segment] = channel.above
