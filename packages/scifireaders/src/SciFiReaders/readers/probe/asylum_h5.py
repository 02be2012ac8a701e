"""Force maps of Asylum Research that its converter ARDFtoHDF5 wrote, as Datasets.

============================= ========================================================
place in the HDF5 file        meaning
============================= ========================================================
attribute ``Note``            conditions, ``key: value`` a line
``ForceMap/<n>``              a map; attributes ``Channels`` and ``Segments`` are names
``ForceMap/<n>/Segments``     last index of each segment of each curve, [x, y, segment]
``ForceMap/<n>/<i>:<j>``      the curve at x number i, y number j: [channel, point]
``Image/<name>``              an image, [x, y]
============================= ========================================================

``FastScanSize`` and ``SlowScanSize`` of the note are the size of the scan, ``NumPtsPerSec``
the rate of the points.  y points upwards, as in Asylum's waves.

The layout was worked out from what the released package reads; no file was at hand.
"""

from __future__ import annotations

from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import numpy as np

from SciFiReaders.hdf5 import attributes, member, opened, plain
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, LabelValueError, UnrecognisedFile

from .igor_notes import CHANNEL_UNITS, channel_units, metadata_of, parse_note

if TYPE_CHECKING:
    from os import PathLike

    import h5py
    import numpy.typing as npt

    from sidpy import Dataset

__all__ = ["ARhdf5Reader", "Curves", "read_ar_hdf5"]

FORMAT: Final = "asylum.h5"
_SOURCE: Final = "SciFiReaders.ARhdf5Reader"
_LARGEST_GRID: Final = 1 << 14


class UnknownNote(LabelValueError, NameError):
    """A key that the note of a file does not have."""


class Curves:
    """One channel of the curves of a map, read curve by curve.

    Parameters
    ----------
    path : path-like
        The HDF5 file.
    group : str
        The map.
    channel : int
        Number of the channel.
    shape : tuple of int
        Curves along x, along y, and points of the longest; shorter ones, and missing ones,
        are NaN.
    """

    __slots__ = ("channel", "dtype", "group", "path", "shape")

    def __init__(
        self, path: str | PathLike[str], group: str, channel: int, shape: tuple[int, int, int]
    ) -> None:
        self.path = str(Path(fspath(path)).resolve())
        self.group, self.channel, self.shape = group, channel, shape
        self.dtype = np.dtype("f8")

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        status = Path(self.path).stat()
        return (self.path, status.st_mtime_ns, self.group, self.channel, self.shape)

    def __getitem__(self, index: Any) -> npt.NDArray[np.float64]:
        import h5py

        wanted = index if isinstance(index, tuple) else (index,)
        places = [np.arange(n)[part] for n, part in zip(self.shape[:2], wanted, strict=False)]
        places += [np.arange(n) for n in self.shape[len(places) : 2]]
        rows, columns = (np.atleast_1d(place) for place in places)
        values = np.full((rows.size, columns.size, self.shape[2]), np.nan)
        with opened(self.path, FORMAT) as file:
            group = member(file, self.group, h5py.Group)
            for i, x in enumerate(rows.tolist()):
                for j, y in enumerate(columns.tolist()):
                    curve = group and member(group, f"{x}:{y}", h5py.Dataset)
                    if curve is not None and curve.ndim == 2 and self.channel < len(curve):
                        points = curve[self.channel][: self.shape[2]]
                        values[i, j, : len(points)] = points
        outer = (*(place.shape for place in places), (self.shape[2],))
        return values.reshape(sum(outer, ()))[(..., *wanted[2:])]


# --- parse ----------------------------------------------------------------------------


def _note(file: h5py.File) -> str:
    if "Note" not in file.attrs or member(file, "ForceMap") is None:
        msg = "not a force map of Asylum: it has no Note or no ForceMap"
        raise UnrecognisedFile(msg, path=file.filename, format=FORMAT)
    return str(plain(file.attrs["Note"]))


def _names(group: h5py.Group, key: str) -> list[str]:
    found = plain(group.attrs[key]) if key in group.attrs else []
    if isinstance(found, str):
        return [name for name in found.split(";") if name]
    return [str(name) for name in found] if isinstance(found, list) else []


def _shape(path: str | PathLike[str], group: h5py.Group) -> tuple[int, int, int]:
    import h5py

    ends = member(group, "Segments", h5py.Dataset)
    if ends is None or ends.ndim != 3 or not ends.size or ends.dtype.kind not in "iu":
        msg = f"{group.name}/Segments should hold the last index of each segment, [x, y, segment]"
        raise CorruptFile(msg, path=path, format=FORMAT)
    rows, columns, _ = ends.shape
    last = int(ends[..., -1].max()) if max(rows, columns) <= _LARGEST_GRID else -1
    first = next(
        (one for n in group if ":" in n and (one := member(group, n, h5py.Dataset)) is not None),
        None,
    )
    if first is None or first.ndim != 2:
        msg = f"{group.name} holds no curve [channel, point]"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if not 0 <= last < 1 << 28:
        msg = f"{rows} x {columns} curves of {last + 1} points cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return rows, columns, last + 1


# --- label ----------------------------------------------------------------------------


def read_ar_hdf5(path: str | PathLike[str]) -> list[Dataset]:
    """Read a force map of Asylum from HDF5.

    Parameters
    ----------
    path : path-like
        The file of ARDFtoHDF5.

    Returns
    -------
    list of Dataset
        A cube [y, x, time] per channel, then the images [y, x], row 0 at the top; NaN behind
        the end of shorter curves.  Lazy.

    Raises
    ------
    UnrecognisedFile
        When it is HDF5 of another kind, or none.
    CorruptFile
        When it is damaged.
    """
    return _read(path, upright=True)


def _read(path: str | PathLike[str], *, upright: bool) -> list[Dataset]:
    import h5py

    with opened(path, FORMAT) as file:
        text = _note(file)
        note = parse_note(text)
        found = []
        maps = member(file, "ForceMap", h5py.Group)
        for key in sorted(maps or (), key=str):
            group = member(maps, key, h5py.Group)
            if group is not None:
                found += _cubes(path, group, note, upright=upright)
        images = member(file, "Image", h5py.Group)
        found += _images(images, note, upright=upright) if images is not None else []
    if not found:
        msg = "the file holds neither a map nor an image"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _cubes(
    path: str | PathLike[str], group: h5py.Group, note: dict[str, Any], *, upright: bool
) -> list[Dataset]:
    shape = _shape(path, group)
    channels, segments = _names(group, "Channels"), _names(group, "Segments")
    ends = member(group, "Segments")[0, 0].tolist()
    time = _time(note, shape[2])
    metadata = {"segments": dict(zip(segments, ends, strict=False))}
    return [
        _labelled(
            lazy(Curves(path, group.name, i, shape)),
            note,
            title=name,
            metadata=metadata,
            original={**attributes(group), "Note": note},
            last=(time,),
            upright=upright,
        )
        for i, name in enumerate(channels)
    ]


def _images(images: h5py.Group, note: dict[str, Any], *, upright: bool) -> list[Dataset]:
    import h5py

    from sidpy import H5Array

    found = []
    for name in images:
        item = member(images, name, h5py.Dataset)
        if item is not None and item.ndim == 2 and item.size and item.dtype.kind in "iuf":
            found.append(
                _labelled(
                    lazy(H5Array.of(item)),
                    note,
                    title=name,
                    metadata={},
                    original={**attributes(item), "Note": note},
                    last=(),
                    upright=upright,
                )
            )
    return found


def _time(note: dict[str, Any], points: int) -> Axis:
    rate = number(note.get("NumPtsPerSec"))
    if not rate or rate < 0:
        return Axis.swept("index", np.arange(points), "")
    return Axis.swept("time", np.arange(points) / rate, "s")


def _labelled(
    array: Any,
    note: dict[str, Any],
    *,
    title: str,
    metadata: dict[str, Any],
    original: dict[str, Any],
    last: tuple[Axis, ...],
    upright: bool,
) -> Dataset:
    """Return a dataset of an array [x, y, ...], upright or as it is stored."""
    quantity, units = channel_units("", note, title)
    x, y = (
        _scan_axis(name, count, note.get(key))
        for name, count, key in zip(
            "xy", array.shape[:2], ("FastScanSize", "SlowScanSize"), strict=True
        )
    )
    axes: tuple[Axis, ...] = (x, y, *last)
    if upright:
        array = array.swapaxes(0, 1)[::-1]
        axes = (y.flipped(), x, *last)
    return dataset(
        array,
        axes,
        title=title,
        data_type="SPECTRAL_IMAGE" if last else "IMAGE",
        units=units,
        quantity=quantity or title,
        source=_SOURCE,
        metadata={**metadata_of(note), **metadata},
        original_metadata=original,
    )


def _scan_axis(name: str, count: int, size: Any) -> Axis:
    length = number(size)
    if not length or length <= 0:
        return Axis.scanned(name, np.arange(count), "px")
    return Axis.scanned(name, pixel_centres(count, length), "m")


class ARhdf5Reader(ReleasedReader):
    """Force maps of Asylum Research in HDF5.

    Parameters
    ----------
    file_path : str or path-like
        The file of ARDFtoHDF5.
    """

    function: ClassVar[str] = "SciFiReaders.readers.probe.asylum_h5:read_ar_hdf5"
    container: ClassVar[Literal["dict", "list", "one"]] = "list"
    spec: ClassVar[str] = "SciFiReaders.asylum_h5"

    def __init__(self, file_path: str | PathLike[str], *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the released package takes and ignores more
        super().__init__(file_path)

    def read(self, verbose: bool = False) -> Any:  # noqa: FBT001, FBT002 - the released package's signature
        """Read the file.

        Parameters
        ----------
        verbose : bool
            Log what is found at level INFO.

        Returns
        -------
        list of Dataset
            A cube [x, y, time] per channel, then the images [x, y].
        """
        self._verbose = verbose
        return self._contained(_read(self._input_file_path, upright=False))

    def note_value(self, name: str) -> str:
        """Return the text of an entry of the note.

        Raises
        ------
        NameError
            When there is none of this name.
        """
        with opened(self._input_file_path, FORMAT) as file:
            text = _note(file)
        for line in text.splitlines():
            key, mark, value = line.partition(":")
            if mark and key.strip() == name:
                return value.strip()
        msg = f"the note of {self._input_file_path} has no entry {name!r}"
        raise UnknownNote(msg)

    def get_def_unit(self, chan_name: str) -> str:
        """Return the unit that a channel of this name has, or "unknown"."""
        units = (units for start, units in CHANNEL_UNITS if chan_name.startswith(start))
        return next(units, "unknown")
