"""Mass spectrometry images in imzML (``.imzML`` with ``.ibd``): continuous and processed.

=============================== =======================================================
place                           meaning
=============================== =======================================================
``IMS:1000030``, ``1000031``    continuous: one m/z list for all; processed: one for each
``IMS:1000080``                 UUID; the ``.ibd`` begins with the same 16 bytes
``IMS:1000046``, ``1000047``    width and height of a pixel, in µm unless it says else
spectrum                        ``IMS:1000050``, ``1000051``: column and row from 1
binaryDataArray                 ``MS:1000514`` m/z, ``MS:1000515`` intensity; type of the
                                numbers, ``MS:1000574`` zlib; ``IMS:1000102`` offset,
                                ``1000103`` count, ``1000104`` bytes in the ``.ibd``
=============================== =======================================================

Of processed files the lists have different lengths: intensities and their m/z are two
datasets [y, x, peak], with NaN behind the end of each list.  Pixels that were not
measured are NaN, too.

Source: A. Römpp, T. Schramm et al., "imzML: Imaging Mass Spectrometry Markup Language",
doi:10.1007/978-1-60761-987-1_12; imzml.org, "Specification 1.1".
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from SciFiReaders.markup import refuse_declarations
from SciFiReaders.values import number
from sidpy.errors import CorruptFile, MissingFile, UnrecognisedFile, UnsupportedFile

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Lists", "read_imzml", "sniff"]

FORMAT: Final = "imzml"
_LONGEST: Final = 1 << 28
_MOST_PIXELS: Final = 1 << 23
#: Most bytes that zlib unpacks one into.
_BEST_RATIO: Final = 1100
_TYPES: Final = {
    "MS:1000521": "<f4",
    "MS:1000523": "<f8",
    "MS:1000519": "<i4",
    "MS:1000522": "<i8",
    "IMS:1000141": "<i4",
    "IMS:1000142": "<i8",
    "IMS:1100000": "<i1",
    "IMS:1100001": "<i2",
}
_MASSES, _INTENSITIES, _ZLIB = "MS:1000514", "MS:1000515", "MS:1000574"
_COLUMN, _ROW, _LAYER = "IMS:1000050", "IMS:1000051", "IMS:1000052"
_OFFSET, _COUNT, _BYTES = "IMS:1000102", "IMS:1000103", "IMS:1000104"
_CONTINUOUS, _UUID = "IMS:1000030", "IMS:1000080"
_WIDTH, _HEIGHT = "IMS:1000046", "IMS:1000047"
_MOST_COLUMNS, _MOST_ROWS = "IMS:1000042", "IMS:1000043"


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether XML is mzML with the vocabulary of imaging."""
    head = probe.head
    found = b"<mzML" in head and (b"IMS:" in head or b'"IMS"' in head)
    return (1.0, "mzML of images") if found else (0.0, "no mzML with IMS words")


# --- parse ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stored:
    """Where the lists of one kind lie: a row per spectrum."""

    dtype: str
    packed: bool
    places: np.ndarray
    """Offset, count and bytes, [spectrum, 3]."""


@dataclass(frozen=True)
class Contents:
    """What the XML says."""

    words: dict[str, Any]
    grid: np.ndarray
    """Row and column of each spectrum, from 0."""
    masses: Stored
    intensities: Stored


def _params(element: ET.Element, groups: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the vocabulary of an element by accession, with that of groups it refers to."""
    found: dict[str, str] = {}
    for child in element:
        tag = child.tag.rpartition("}")[2]
        if tag == "referenceableParamGroupRef":
            found |= groups.get(child.get("ref") or "", {})
        elif tag == "cvParam":
            found[child.get("accession") or ""] = child.get("value") or ""
    return found


class _Reading:
    """The XML, read element by element so that it is never in memory whole."""

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = path
        self.groups: dict[str, dict[str, str]] = {}
        self.words: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.grid: list[tuple[int, int]] = []
        self.lists: dict[str, list[tuple[int, int, int]]] = {_MASSES: [], _INTENSITIES: []}
        self.kinds: dict[str, set[tuple[str, bool]]] = {_MASSES: set(), _INTENSITIES: set()}

    def corrupt(self, message: str) -> CorruptFile:
        return CorruptFile(message, path=self.path, format=FORMAT)

    def run(self, raw: bytes) -> None:
        try:
            for _, element in ET.iterparse(BytesIO(raw)):
                tag = element.tag.rpartition("}")[2]
                if tag == "referenceableParamGroup":
                    self.groups[element.get("id") or ""] = _params(element, {})
                elif tag in ("fileContent", "scanSettings"):
                    self.words |= _params(element, self.groups)
                elif tag == "cvParam":
                    self.names[element.get("accession") or ""] = element.get("name") or ""
                elif tag == "spectrum":
                    self._spectrum(element)
                    element.clear()
        except (ET.ParseError, ValueError, LookupError) as error:
            msg = f"the XML cannot be read: {error}"
            raise self.corrupt(msg) from error

    def _spectrum(self, element: ET.Element) -> None:
        words = _params(element, self.groups)
        for scan in element.iter():
            if scan.tag.rpartition("}")[2] == "scan":
                words |= _params(scan, self.groups)
        column, row = number(words.get(_COLUMN)), number(words.get(_ROW))
        if column is None or row is None or not (0 < column < 1e6 and 0 < row < 1e6):
            msg = f"spectrum {len(self.grid)} has the position {column}, {row}"
            raise self.corrupt(msg)
        if (number(words.get(_LAYER)) or 1) != 1:
            msg = "a volume of several layers"
            raise UnsupportedFile(msg, path=self.path, format=FORMAT)
        self.grid.append((int(row) - 1, int(column) - 1))
        found = 0
        for array in element.iter():
            if array.tag.rpartition("}")[2] == "binaryDataArray":
                found += self._array(_params(array, self.groups))
        if found != 2:
            msg = f"spectrum {len(self.grid) - 1} has not one list of m/z and one of intensities"
            raise self.corrupt(msg)

    def _array(self, words: dict[str, str]) -> int:
        kind = next((kind for kind in (_MASSES, _INTENSITIES) if kind in words), None)
        if kind is None:
            return 0
        code = next((code for code in _TYPES if code in words), None)
        sizes = [number(words.get(word)) for word in (_OFFSET, _COUNT, _BYTES)]
        if code is None or None in sizes or min(size or 0 for size in sizes) < 0:
            msg = f"an array of spectrum {len(self.grid) - 1} has the type {code}, sizes {sizes}"
            raise self.corrupt(msg)
        packed = _ZLIB in words
        count = int(sizes[1] or 0)
        size, told = count * np.dtype(_TYPES[code]).itemsize, int(sizes[2] or 0)
        if size > told * _BEST_RATIO if packed else size != told:
            msg = f"{count} numbers of spectrum {len(self.grid) - 1} cannot take {sizes[2]} bytes"
            raise self.corrupt(msg)
        self.kinds[kind].add((_TYPES[code], packed))
        self.lists[kind].append((int(sizes[0] or 0), count, int(sizes[2] or 0)))
        return 1

    def stored(self, kind: str) -> Stored:
        if len(self.kinds[kind]) != 1:
            msg = f"lists of {len(self.kinds[kind])} different types"
            raise UnsupportedFile(msg, path=self.path, format=FORMAT)
        ((dtype, packed),) = self.kinds[kind]
        return Stored(dtype, packed, np.array(self.lists[kind], dtype=np.int64))


def _contents(path: str | PathLike[str]) -> Contents:
    with open_cursor(path, format=FORMAT) as cursor:
        if cursor.size > _LONGEST:
            msg = f"XML of {cursor.size} bytes is too long to be read"
            raise cursor.corrupt(msg, offset=0)
        raw = cursor.take(cursor.size)
    if b"<mzML" not in raw[:65536]:
        msg = "not a file of this format: it is no mzML"
        raise UnrecognisedFile(msg, path=path, format=FORMAT)
    refuse_declarations(raw, path, FORMAT)
    reading = _Reading(path)
    reading.run(raw)
    if not reading.grid:
        msg = "it lists no spectrum"
        raise reading.corrupt(msg)
    words = {reading.names.get(code) or code: value for code, value in reading.words.items()}
    grid = np.array(reading.grid, dtype=np.int64)
    return Contents(
        words | {"accessions": dict(reading.words)},
        grid,
        reading.stored(_MASSES),
        reading.stored(_INTENSITIES),
    )


def _beside(path: str | PathLike[str], contents: Contents) -> Path:
    """Return the file of the numbers, which must be the one that the XML was written for."""
    place = Path(path)
    names = (place.with_suffix(ending) for ending in (".ibd", ".IBD"))
    found = next((name for name in names if name.is_file()), None)
    if found is None:
        msg = f"the numbers should be in {place.stem}.ibd beside it, which is not there"
        raise MissingFile(msg, path=path, format=FORMAT)
    told = contents.words["accessions"].get(_UUID, "")
    told = "".join(letter for letter in told.lower() if letter in "0123456789abcdef")
    with open_cursor(found, format=FORMAT) as cursor:
        there = cursor.take(min(16, cursor.size)).hex()
        if told and told != there:
            msg = f"{found.name} belongs to another file: UUID {there} instead of {told}"
            raise CorruptFile(msg, path=path, format=FORMAT)
        for lists in (contents.masses, contents.intensities):
            last = int((lists.places[:, 0] + lists.places[:, 2]).max())
            if last > cursor.size:
                msg = f"{found.name} has {cursor.size} bytes, but lists reach to {last}"
                raise CorruptFile(msg, path=path, format=FORMAT)
    return found


class Lists:
    """Lists of numbers in a file, one per pixel, as [rows, columns, longest].

    Parameters
    ----------
    path : path-like
        The file of the numbers; it is opened for each piece.
    stored : Stored
        Where the lists lie.
    index : ndarray of shape (rows, columns)
        Number of the list of each pixel, -1 for none.
    """

    __slots__ = ("dtype", "index", "path", "shape", "stored")

    def __init__(self, path: str | PathLike[str], stored: Stored, index: np.ndarray) -> None:
        self.path, self.stored, self.index = str(Path(path).resolve()), stored, index
        counts = stored.places[:, 1]
        self.shape = (*index.shape, int(counts.max()))
        whole = (index >= 0).all() and counts.min() == counts.max()
        own = np.dtype(stored.dtype)
        # where something is missing there is NaN, which whole numbers do not have
        self.dtype = own if whole or own.kind == "f" else np.dtype("<f8")

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return 3

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        status = Path(self.path).stat()
        places = (self.stored.dtype, self.stored.packed, self.stored.places.tobytes())
        return (self.path, status.st_mtime_ns, status.st_size, *places, self.index.tobytes())

    def __getitem__(self, index: Any) -> np.ndarray:
        index = index if isinstance(index, tuple) else (index,)
        chosen = np.asarray(self.index[index[:2]])
        fill = np.nan if self.dtype.kind == "f" else 0
        result = np.full((chosen.size, self.shape[2]), fill, self.dtype)
        with Path(self.path).open("rb") as file:
            for row, which in enumerate(chosen.ravel()):
                if which >= 0:
                    values = self._list(file, int(which))
                    result[row, : len(values)] = values
        result = result.reshape(*chosen.shape, self.shape[2])
        return result[(..., *index[2:])] if len(index) > 2 else result

    def _list(self, file: Any, which: int) -> np.ndarray:
        offset, count, size = (int(value) for value in self.stored.places[which])
        file.seek(offset)
        raw = file.read(size)
        if self.stored.packed:
            raw = _unpacked(raw, count * np.dtype(self.stored.dtype).itemsize, self.path)
        width = np.dtype(self.stored.dtype).itemsize
        values = np.frombuffer(raw[: len(raw) // width * width], self.stored.dtype)
        if len(values) < count:
            msg = f"list {which} has {len(values)} of {count} numbers"
            raise CorruptFile(msg, path=self.path, format=FORMAT, offset=offset)
        return values[:count]


def _unpacked(raw: bytes, size: int, path: str) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, size)
    except zlib.error as error:
        msg = f"a compressed list cannot be unpacked: {error}"
        raise CorruptFile(msg, path=path, format=FORMAT) from error


# --- label ------------------------------------------------------------------------------


def read_imzml(path: str | PathLike[str]) -> list[Dataset]:
    """Read a mass spectrometry image.

    Parameters
    ----------
    path : path-like
        The ``.imzML`` file; the numbers are in the ``.ibd`` file beside it.

    Returns
    -------
    list of Dataset
        Intensities [y, x, m/z] of a continuous file; intensities and m/z, both
        [y, x, peak], of a processed one.  Lazy.

    Raises
    ------
    UnrecognisedFile
        When it is no mzML.
    MissingFile
        When the ``.ibd`` file is not there.
    CorruptFile, UnsupportedFile
        When the two files do not belong together, are damaged, or hold a volume.
    """
    contents = _contents(path)
    numbers = _beside(path, contents)
    index = _index(path, contents)
    intensities = Lists(numbers, contents.intensities, index)
    places = contents.masses.places
    shared = bool((places == places[0]).all())
    if shared and intensities.shape[2] == places[0, 1]:
        masses = Lists(numbers, contents.masses, np.zeros((1, 1), np.int64))[0, 0]
        axis = Axis("mass_to_charge", masses.astype("f8"), "Th", "m/z", "SPECTRAL")
        return [_label(path, contents, intensities, axis, ("Intensity", ""))]
    axis = Axis("peak", np.arange(intensities.shape[2]), "", "peak", "SPECTRAL")
    lists = Lists(numbers, contents.masses, index)
    return [
        _label(path, contents, intensities, axis, ("Intensity", "")),
        _label(path, contents, lists, axis, ("m/z", "Th")),
    ]


def _index(path: str | PathLike[str], contents: Contents) -> np.ndarray:
    words = contents.words["accessions"]
    rows, columns = (int(size) for size in contents.grid.max(axis=0) + 1)
    told = [number(words.get(word)) or 0 for word in (_MOST_ROWS, _MOST_COLUMNS)]
    # what was planned counts only where it can be: aborted images have fewer rows
    rows, columns = (
        int(max(size, most)) if most <= 16 * size else size
        for size, most in zip((rows, columns), told, strict=True)
    )
    if rows * columns > max(_MOST_PIXELS, 64 * len(contents.grid)):
        msg = f"{len(contents.grid)} spectra in an image of {rows} x {columns} cannot be"
        raise CorruptFile(msg, path=path, format=FORMAT)
    index = np.full((rows, columns), -1, np.int64)
    index[contents.grid[:, 0], contents.grid[:, 1]] = np.arange(len(contents.grid))
    return index


def _label(
    path: str | PathLike[str], contents: Contents, lists: Lists, last: Axis, what: tuple[str, str]
) -> Dataset:
    words = contents.words["accessions"]
    width = number(words.get(_WIDTH))
    height = number(words.get(_HEIGHT)) or width
    axes = []
    for name, size, step in zip("yx", lists.shape, (height, width), strict=False):
        places = pixel_centres(size, step * size) if step else np.arange(size)
        axes.append(Axis(name, places, "um" if step else "", "Length", "SPATIAL"))
    quantity, units = what
    found = dataset(
        lazy(lists),
        (*axes, last),
        title=Path(path).stem if quantity == "Intensity" else f"{Path(path).stem} {quantity}",
        data_type="SPECTRAL_IMAGE",
        units=units,
        quantity=quantity,
        source="SciFiReaders.imzml",
        original_metadata={k: v for k, v in contents.words.items() if k != "accessions"},
    )
    found.modality = "MSI"
    return found
