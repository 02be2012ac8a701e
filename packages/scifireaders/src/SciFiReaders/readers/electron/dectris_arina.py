"""Scans of Dectris Arina detectors: a master file, files of frames, and the scan beside.

============================ ===========================================================
file                         meaning
============================ ===========================================================
``<name>_master.h5``         ``entry/data/data_000001``, ...: links to files of frames,
                             or the frames; ``entry/instrument/detector/...``: conditions
``<name>_data_000001.h5``    ``entry/data/data``: [frame, v, u], bitshuffle and LZ4
``<name>.h5``                attributes of ``STEM Metadata``: `NumPixelsX`, `NumPixelsY`,
                             `Pixel Size` (nm), `High Tension` (V), `Camera Length` (m)
============================ ===========================================================

Links are followed to files of the same folder only.  Where nothing says how frames were
scanned they come one after another.

Source: Dectris, "NXmx master file of the SIMPLON API"; NeXus, "NXmx"; the attributes decoded
from files of the RosettaSciIO collection.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import attributes, member, opened, tree
from SciFiReaders.labelled import lazy
from SciFiReaders.values import at, number
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

from .pixelated import Frames, label_frames

if TYPE_CHECKING:
    from os import PathLike

    import h5py

    from sidpy import Dataset

__all__ = ["FrameFiles", "read_arina"]

FORMAT: Final = "dectris.arina"
DETECTOR: Final = "entry/instrument/detector"
_MOST: Final = 10_000


class FrameFiles:
    """Frames of several HDF5 datasets as one array [.., v, u], read when it is indexed.

    Parameters
    ----------
    parts : list of H5Array of shape (frames, rows, columns)
        One behind the other.
    outer : tuple of int
        Shape of the scan or series; no more frames than there are.
    """

    __slots__ = ("dtype", "parts", "shape")

    def __init__(self, parts: list[Any], outer: tuple[int, ...]) -> None:
        self.parts, self.dtype = parts, parts[0].dtype
        self.shape = (*outer, *parts[0].shape[1:])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def __dask_tokenize__(self) -> tuple[object, ...]:
        return (self.shape, *(part.__dask_tokenize__() for part in self.parts))

    def __getitem__(self, index: Any) -> np.ndarray:
        wanted = index if isinstance(index, tuple) else (index,)
        outer = self.ndim - 2
        scan = self.shape[:outer]
        chosen = np.arange(math.prod(scan)).reshape(scan)[wanted[:outer]]
        flat = chosen.reshape(-1)
        found = np.empty((flat.size, *self.shape[outer:]), self.dtype)
        first = 0
        for part in self.parts:
            here = np.flatnonzero((flat >= first) & (flat < first + part.shape[0]))
            if here.size:
                low, high = int(flat[here].min()), int(flat[here].max()) + 1
                found[here] = part[low - first : high - first][flat[here] - low]
            first += part.shape[0]
        whole = found.reshape(*chosen.shape, *self.shape[outer:])
        return whole[(*(slice(None),) * chosen.ndim, *wanted[outer:])]


def read_arina(path: str | PathLike[str]) -> list[Dataset]:
    """Read a scan.

    Parameters
    ----------
    path : path-like
        The master file, or a file of frames.

    Returns
    -------
    list of Dataset
        One: [y, x, v, u] or [frame, v, u].  Lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no HDF5 file, or holds no frames.
    CorruptFile
        When it is damaged, or none of the linked files is there.

    Warns
    -----
    SidpyWarning
        When linked files are missing, or the scan stopped early.
    """
    place = Path(path)
    with opened(path, FORMAT) as file:
        links = _links(file, place)
        notes = _notes(file)
    parts = _parts(links, place)
    count = sum(part.shape[0] for part in parts)
    scan = _beside(place)
    frames = Frames(
        path=path,
        dtype=parts[0].dtype,
        count=count,
        rows=parts[0].shape[1],
        columns=parts[0].shape[2],
        offset=0,
        stride=0,
        row_stride=0,
        scan=_shape(scan),
        steps=_steps(scan),
        experiment=_experiment(scan, notes),
        original={"STEM Metadata": scan, "entry": notes},
    )
    lines = frames.lines()
    outer = (lines, frames.scan[1]) if lines and frames.scan else (count,)
    title = place.stem.removesuffix("_master")
    source = lazy(FrameFiles(parts, outer))
    return [
        label_frames(
            frames,
            title=title,
            source="SciFiReaders.dectris_arina",
            array=source,
            scanned=bool(lines),
        )
    ]


def _links(file: h5py.File, place: Path) -> list[tuple[Path, str]]:
    """Return where frames are: files and addresses in them."""
    import h5py

    group = member(file, "entry/data", h5py.Group)
    found = []
    for name in sorted(group)[:_MOST] if group is not None else ():
        if name != "data" and not name.startswith("data_"):
            continue
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            # a name only: no path leads out of the folder
            if Path(link.filename).name != link.filename or "\\" in link.filename:
                msg = f"{name} leads to {link.filename!r}, which is not in the folder of the file"
                raise CorruptFile(msg, path=place, format=FORMAT)
            found.append((place.with_name(link.filename), link.path))
        elif isinstance(link, h5py.HardLink):
            found.append((place, f"entry/data/{name}"))
    if not found:
        msg = "not a file of a Dectris detector: entry/data holds no frames"
        raise UnrecognisedFile(msg, path=place, format=FORMAT)
    return found


def _parts(links: list[tuple[Path, str]], place: Path) -> list[Any]:
    """Return the frames of the files that are there, up to the first that is not."""
    import h5py

    from sidpy import H5Array

    parts: list[Any] = []
    for target, name in links:
        if not target.is_file():
            msg = f"{target.name} with frames should lie beside it, and is not there"
            if not parts:
                raise CorruptFile(msg, path=place, format=FORMAT)
            warn(f"{place}: {msg}; the frames before it are returned", SidpyWarning)
            break
        with opened(target, FORMAT) as file:
            item = member(file, name, h5py.Dataset)
            fits = item is not None and item.ndim == 3 and item.dtype.kind in "iuf" and item.size
            if not fits or (parts and item.shape[1:] != parts[0].shape[1:]):
                msg = f"{target.name} should hold frames at {name}"
                raise CorruptFile(msg, path=place, format=FORMAT)
        parts.append(H5Array(target, name))
    return parts


def _notes(file: h5py.File) -> dict[str, Any]:
    detector = member(file, DETECTOR)
    found = tree(detector) if detector is not None else {}
    return found if isinstance(found, dict) else {}


def _beside(place: Path) -> dict[str, Any]:
    """Return what the file of the scan says; {} where there is none."""
    stem = place.stem.removesuffix("_master").partition("_data_")[0]
    other = place.with_name(f"{stem}.h5")
    if other == place or not other.is_file():
        return {}
    try:
        with opened(other, FORMAT) as file:
            group = member(file, "STEM Metadata")
            known = attributes(group) if group is not None else {}
    except (CorruptFile, UnrecognisedFile):
        return {}
    return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in known.items()}


def _shape(scan: dict[str, Any]) -> tuple[int, int] | None:
    sizes = [int(number(scan.get(f"NumPixels{axis}")) or 0) for axis in "YX"]
    return (sizes[0], sizes[1]) if min(sizes) > 0 else None


def _steps(scan: dict[str, Any]) -> tuple[float, float] | None:
    step = number(scan.get("Pixel Size"))
    return (step, step) if step and step > 0 else None


def _experiment(scan: dict[str, Any], notes: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "detector": at(notes, "description"),
        "acceleration_voltage": number(scan.get("High Tension"))
        or number(at(notes, "detectorSpecific/photon_energy")),
        "camera_length": number(scan.get("Camera Length")),
        "magnification": number(scan.get("Magnification")),
        "single_exposure_time": number(at(notes, "count_time")),
        "start_date_time": at(notes, "detectorSpecific/data_collection_date"),
    }
    return {key: value for key, value in found.items() if value not in (None, "")}
