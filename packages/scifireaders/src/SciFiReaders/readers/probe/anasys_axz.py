"""Documents of Anasys Analysis Studio (``.axz``, ``.axd``) as Datasets: maps and infrared spectra.

An ``.axz`` is an ``.axd`` packed with gzip: XML in UTF-16, namespace
``www.anasysinstruments.com``.

================================= =====================================================
element                           meaning
================================= =====================================================
``HeightMaps/HeightMap``          an image of any channel, ``Label``, ``DataChannel``
.. ``Position``, ``Size``         centre and size of the scan; um
.. ``Rotation/Yaw``               angle of the scan; deg, clockwise
.. ``Resolution``                 pixels of a line, lines
.. ``UnitPrefix``, ``Units``      of the numbers
.. ``Tags/Tag``                   conditions: ``Name``, ``Value``
.. ``SampleBase64``               f32 little-endian, the bottom row first
``RenderedSpectra/*``             a spectrum: ``Label``, ``DataPoints``, ``Location``; um
.. ``StartWavenumber``,           first and last; 1/cm
``EndWavenumber``
.. ``DataChannels``               a curve each: ``Name``, ``SampleBase64`` (NaN where
                                  nothing was measured)
``Backgrounds/IRBackground``      the background a ``BackgroundID`` names
================================= =====================================================

A scan turned by whole quarters is turned upright; one turned by another angle keeps its
frame, with the angle in ``metadata["scan"]["angle"]``.  The document is parsed once, element
by element: its numbers are in memory, nothing else of it.

Source: Anasys Instruments, Analysis Studio, documents saved as XML (self-describing).
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal
from xml.etree import ElementTree as ET

import numpy as np

from SciFiReaders.labelled import Axis, dataset, pixel_centres
from SciFiReaders.markup import tree_of
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import at, number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, MissingFile, NotAFile, UnrecognisedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from sidpy import Dataset

__all__ = ["AxzReader", "read_axz", "sniff"]

FORMAT: Final = "anasys.axz"
_SOURCE: Final = "SciFiReaders.AxzReader"
_NAMESPACE: Final = b"anasysinstruments.com"
_ROOT: Final = b"<Document"
_GZIP: Final = b"\x1f\x8b"
_HEAD: Final = 1 << 14
#: More XML than this is no document: the maps of a day have a few hundred megabytes.
_LONGEST: Final = 1 << 30
_NUMBERS: Final = "SampleBase64"
_PACKED: Final = "Base64"
_BAD_GZIP: Final = (gzip.BadGzipFile, EOFError, zlib.error)

# --- parse ----------------------------------------------------------------------------


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a document, packed or not, is one of Analysis Studio."""
    head = probe.head
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(31).decompress(head, _HEAD)
        except zlib.error:
            return 0.0, "its gzip cannot be unpacked"
    found = _NAMESPACE in head[:_HEAD].replace(b"\0", b"")
    return (1.0, "the namespace of Anasys") if found else (0.0, "XML of nobody we know")


@dataclass(slots=True)
class _Curve:
    """A channel of a spectrum."""

    name: str
    channel: str
    units: str
    values: np.ndarray


@dataclass(slots=True)
class _Document:
    maps: list[tuple[dict[str, Any], np.ndarray]] = field(default_factory=list)
    spectra: list[tuple[dict[str, Any], list[_Curve]]] = field(default_factory=list)
    backgrounds: dict[str, Any] = field(default_factory=dict)


class _Bounded:
    """A stream that ends with an error where no document is so long."""

    def __init__(self, file: Any, path: str | PathLike[str]) -> None:
        self.file, self.path, self.left = file, path, _LONGEST

    def read(self, count: int = -1) -> bytes:
        """Read some bytes."""
        raw = self.file.read(count)
        self.left -= len(raw)
        if self.left < 0:
            msg = f"more than {_LONGEST} bytes of XML are no document of an instrument"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        return raw


def _parse(path: str | PathLike[str]) -> _Document:
    document = _Document()
    try:
        with Path(path).open("rb") as file:
            is_packed = file.read(2) == _GZIP
            file.seek(0)
            with gzip.open(file) if is_packed else nullcontext(file) as stream:
                _check_head(stream, path)
                stream.seek(0)
                _collect(document, stream, path)
    except FileNotFoundError as error:
        msg = "there is no such file; is the name spelt right?"
        raise MissingFile(msg, path=path, format=FORMAT) from error
    except IsADirectoryError as error:
        msg = "this is a folder, not a file"
        raise NotAFile(msg, path=path, format=FORMAT) from error
    except (ET.ParseError, ValueError, LookupError, *_BAD_GZIP) as error:
        if not document.maps and not document.spectra:
            msg = f"the document cannot be read: {error}"
            raise CorruptFile(msg, path=path, format=FORMAT) from error
        warn(f"{path}: the document breaks off ({error}); what was read before is returned")
    return document


def _check_head(stream: Any, path: str | PathLike[str]) -> None:
    """Refuse other documents, and those that declare document types or entities."""
    try:
        head = stream.read(_HEAD).replace(b"\0", b"")
    except _BAD_GZIP as error:
        msg = f"not a document of Analysis Studio: its gzip cannot be unpacked: {error}"
        raise UnrecognisedFile(msg, path=path, format=FORMAT) from error
    if _NAMESPACE not in head or _ROOT not in head:
        msg = f"not a document of Analysis Studio: {_NAMESPACE.decode()} is not in its beginning"
        raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
    before = head.partition(_ROOT)[0].upper()
    if b"<!DOCTYPE" in before or b"<!ENTITY" in before:
        msg = "the XML declares a document type or entities, which no instrument writes"
        raise CorruptFile(msg, path=path, format=FORMAT)


def _collect(document: _Document, stream: Any, path: str | PathLike[str]) -> None:
    """Go through the document and keep what is understood of it."""
    parents: list[str] = []
    bounded: Any = _Bounded(stream, path)
    for event, element in ET.iterparse(bounded, events=("start", "end")):
        if event == "start":
            parents.append(_name(element))
            continue
        parents.pop()
        parent = parents[-1] if parents else ""
        if parent in {"HeightMaps", "RenderedSpectra", "Backgrounds"}:
            _keep(document, parent, element)
        if parent in {"HeightMaps", "RenderedSpectra", "Backgrounds", "Document"}:
            element.clear()


def _keep(document: _Document, parent: str, element: ET.Element) -> None:
    if parent == "HeightMaps":
        values = _numbers(element)
        document.maps.append((_tree(element), values))
    elif parent == "RenderedSpectra":
        curves = [_curve(one) for one in element if _name(one) == "DataChannels"]
        for one in [one for one in element if _name(one) == "DataChannels"]:
            element.remove(one)
        document.spectra.append((_tree(element), curves))
    else:
        tree = _tree(element)
        document.backgrounds[str(tree.get("ID", ""))] = tree


def _name(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _numbers(element: ET.Element) -> np.ndarray:
    """Return the numbers of an element and take them out of it."""
    for one in element:
        if _name(one) == _NUMBERS:
            element.remove(one)
            return _decoded(one.text)
    return np.empty(0, "f4")


def _decoded(text: str | None) -> np.ndarray:
    try:
        raw = base64.b64decode((text or "").strip(), validate=False)
    except binascii.Error as error:
        msg = f"numbers are not in base 64: {error}"
        raise ValueError(msg) from error
    return np.frombuffer(raw[: len(raw) // 4 * 4], "<f4").astype("f4")


def _curve(element: ET.Element) -> _Curve:
    values = _numbers(element)
    units = next((one.text for one in element if _name(one) == "Units"), "")
    name = element.get("Name", "")
    return _Curve(name, element.get("DataChannel", ""), (units or "").strip(), values)


def _tree(element: ET.Element) -> dict[str, Any]:
    tree = tree_of(element)
    found = tree if isinstance(tree, dict) else {}
    for key, value in found.items():
        if key.endswith(_PACKED) and isinstance(value, str):
            found[key] = _decoded(value)
    return found


# --- label ----------------------------------------------------------------------------


def read_axz(path: str | PathLike[str]) -> list[Dataset]:
    """Read a document of Analysis Studio.

    Parameters
    ----------
    path : path-like
        An ``.axz`` or ``.axd`` file.

    Returns
    -------
    list of Dataset
        The maps [y, x], row 0 at the top, then every channel of every spectrum.  Parsed at
        once: the numbers are in memory.

    Raises
    ------
    UnrecognisedFile
        When it is no such document.
    CorruptFile
        When it is damaged before its first map or spectrum.

    Warns
    -----
    SidpyWarning
        When it breaks off later, or a map has not the numbers it announces.
    """
    document = _parse(path)
    found = [one for tree, values in document.maps for one in _map(path, tree, values)]
    found += [
        _spectrum(tree, curve, document.backgrounds)
        for tree, curves in document.spectra
        for curve in curves
        if curve.values.size
    ]
    return _required(path, found)


def _required(path: str | PathLike[str], found: list[Dataset]) -> list[Dataset]:
    if not found:
        msg = "the document holds neither a map nor a spectrum"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _map(
    path: str | PathLike[str], tree: dict[str, Any], values: np.ndarray, *, turned: bool = True
) -> Iterator[Dataset]:
    """Yield a map, upright or as it is stored."""
    columns, rows = (int(number(at(tree, f"Resolution/{axis}")) or 0) for axis in "XY")
    if columns < 1 or rows < 1 or values.size != columns * rows:
        warn(
            f"{path}: map {tree.get('Label')!r} of {columns} x {rows} pixels has {values.size} "
            "numbers; it is left out"
        )
        return
    yaw = number(at(tree, "Rotation/Yaw")) or 0.0
    quarters = round(-yaw / 90)
    is_square = abs(-yaw / 90 - quarters) < 1e-6
    quarters = quarters % 4 if is_square else 0
    axes = _axes(tree, (columns, rows) if quarters % 2 else (rows, columns), odd=quarters % 2 == 1)
    image = values.reshape(rows, columns)
    if turned:
        # the bottom row comes first
        image = np.rot90(image[::-1], quarters)
    else:
        axes = _as_stored(axes, quarters)
    yield dataset(
        image,
        axes,
        title=str(tree.get("Label", "")),
        data_type="IMAGE",
        units=str(tree.get("UnitPrefix") or "") + str(tree.get("Units") or ""),
        quantity=str(tree.get("DataChannel", "")),
        source=_SOURCE,
        metadata=_map_metadata(tree, 0.0 if is_square else -yaw),
        original_metadata=tree,
    )


def _as_stored(axes: tuple[Axis, Axis], quarters: int) -> tuple[Axis, Axis]:
    """Return the axes of an upright map for its block as stored."""
    y, x = axes
    stored = ((y.flipped(), x), (x.flipped(), y.flipped()), (y, x.flipped()), (x, y))
    return stored[quarters]


def _axes(tree: dict[str, Any], shape: tuple[int, int], *, odd: bool) -> tuple[Axis, Axis]:
    rows, columns = shape
    lengths = [number(at(tree, f"Size/{axis}")) for axis in "XY"]
    x0, y0 = (number(at(tree, f"Position/{axis}")) or 0.0 for axis in "XY")
    width, height = lengths[::-1] if odd else lengths
    if not width or not height or min(width, height) <= 0:
        return (
            Axis.scanned("y", np.arange(rows)[::-1], "px"),
            Axis.scanned("x", np.arange(columns), "px"),
        )
    return (
        Axis.scanned("y", pixel_centres(rows, height, y0 - height / 2)[::-1], "um"),
        Axis.scanned("x", pixel_centres(columns, width, x0 - width / 2), "um"),
    )


def _map_metadata(tree: dict[str, Any], angle: float) -> dict[str, Any]:
    listed = at(tree, "Tags/Tag") or []
    tags = {
        str(tag.get("Name")): str(tag.get("Value", ""))
        for tag in (listed if isinstance(listed, list) else [listed])
        if isinstance(tag, dict)
    }
    setpoint, _, units = tags.get("Setpoint", "").partition(" ")
    experiment = {
        "instrument": tags.get("System"),
        "technique": tags.get("ScanMode"),
        "setpoint": number(setpoint),
        "setpoint_units": units,
        "start_date_time": tree.get("TimeStamp"),
    }
    direction = tags.get("TraceRetrace", "")
    words = {"Trace": "forward", "Retrace": "backward"}
    return {
        "experiment": {key: value for key, value in experiment.items() if value not in (None, "")},
        "scan": {
            "angle": angle,
            "direction": next((v for k, v in words.items() if direction.endswith(k)), direction),
        },
        "tags": {key: typed(value) for key, value in tags.items()},
    }


def _spectrum(tree: dict[str, Any], curve: _Curve, backgrounds: dict[str, Any]) -> Dataset:
    count = curve.values.size
    start, stop, points = (
        number(tree.get(key)) for key in ("StartWavenumber", "EndWavenumber", "DataPoints")
    )
    if start is not None and stop is not None and points and points > 1:
        values = start + np.arange(count) * ((stop - start) / (points - 1))
        axis = Axis("wavenumber", values, "1/cm", "Wavenumber", "SPECTRAL")
    else:
        axis = Axis.swept("index", np.arange(count), "")
    experiment = {"start_date_time": tree.get("TimeStamp"), "averages": tree.get("CoAverages")}
    background = backgrounds.get(str(tree.get("BackgroundID", "")))
    return dataset(
        curve.values,
        (axis,),
        title=f"{tree.get('Label', '')}: {curve.name}",
        data_type="SPECTRUM",
        units=curve.units,
        quantity=curve.name,
        source=_SOURCE,
        metadata={
            "experiment": {k: typed(v) for k, v in experiment.items() if isinstance(v, str)},
            "coordinate": [number(at(tree, f"Location/{axis}")) for axis in "XYZ"],
            "coordinate_units": "um",
            "channel": curve.channel,
        },
        original_metadata=tree | ({"Background": background} if background else {}),
    )


class AxzReader(ReleasedReader):
    """Documents of Anasys Analysis Studio.

    Parameters
    ----------
    file_path : str or path-like
        The ``.axz`` or ``.axd`` file.
    """

    function: ClassVar[str] = "SciFiReaders.readers.probe.anasys_axz:read_axz"
    container: ClassVar[Literal["dict", "list", "one"]] = "dict"
    spec: ClassVar[str] = "SciFiReaders.anasys_axz"

    def __init__(self, file_path: str | PathLike[str], *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - the released package takes and ignores more
        super().__init__(file_path)

    def decode_bs64(self, string: str) -> np.ndarray:
        """Return the numbers that a text in base 64 holds."""
        return _decoded(string)

    def read(self, verbose: bool = False) -> Any:  # noqa: FBT001, FBT002 - the released package's signature
        """Read the document.

        Parameters
        ----------
        verbose : bool
            Log what is found at level INFO.

        Returns
        -------
        dict of str to Dataset
            The maps as they are stored; the last channel of every spectrum, which has the
            name of the spectrum; then the other channels of the spectra.
        """
        self._verbose = verbose
        path = self._input_file_path
        document = _parse(path)
        found = [one for tree, v in document.maps for one in _map(path, tree, v, turned=False)]
        for one, (tree, _) in zip(found, document.maps, strict=False):
            one.metadata = {**one.metadata, **tree, **_last_tag(tree)}
        last, others = [], []
        for tree, curves in document.spectra:
            parts = [
                (c, _spectrum(tree, c, document.backgrounds)) for c in curves if c.values.size
            ]
            for curve, one in parts:
                own = {"Name": curve.name, "DataChannel": curve.channel}
                one.metadata = {**one.metadata, **tree, **own}
                one._axes[0].units, one.units = "cm-1", curve.units or "a.u."
            for _, one in parts[-1:]:
                one.title = str(tree.get("Label", ""))
            last += [one for _, one in parts[-1:]]
            others += [one for _, one in parts[:-1]]
        return self._contained(_required(path, [*found, *last, *others]))


def _last_tag(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the last tag of a map, which the released package has in the metadata."""
    listed = at(tree, "Tags/Tag")
    tag = listed[-1] if isinstance(listed, list) and listed else listed
    return {"Tag": tag, **tag} if isinstance(tag, dict) else {}
