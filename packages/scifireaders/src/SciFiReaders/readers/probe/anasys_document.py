"""Documents of Anasys Analysis Studio: XML parsed element by element, never as a whole.

What is understood of them is in `anasys_axz`.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from xml.etree import ElementTree as ET

import numpy as np

from SciFiReaders.binary import opening
from SciFiReaders.markup import refuse_declarations, tree_of
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FORMAT", "Curve", "Document", "decoded", "parse_document", "sniff"]

FORMAT: Final = "anasys.axz"
_NAMESPACE: Final = b"anasysinstruments.com"
_ROOT: Final = b"<Document"
_GZIP: Final = b"\x1f\x8b"
_HEAD: Final = 1 << 14
#: Most bytes of the word that begins a declaration, with blanks.
_DECLARATION: Final = 64
#: More XML than this is no document: the maps of a day have a few hundred megabytes.
_LONGEST: Final = 1 << 30
_NUMBERS: Final = "SampleBase64"
_PACKED: Final = "Base64"
_BAD_GZIP: Final = (gzip.BadGzipFile, EOFError, zlib.error)


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
class Curve:
    """A channel of a spectrum."""

    name: str
    channel: str
    units: str
    values: np.ndarray


@dataclass(slots=True)
class Document:
    """What is understood of a document: maps and spectra, each with its tree of elements."""

    maps: list[tuple[dict[str, Any], np.ndarray]] = field(default_factory=list)
    spectra: list[tuple[dict[str, Any], list[Curve]]] = field(default_factory=list)
    backgrounds: dict[str, Any] = field(default_factory=dict)


class _Bounded:
    """A stream that ends with an error where no document is so long, or declares entities."""

    def __init__(self, file: Any, path: str | PathLike[str]) -> None:
        self.file, self.path, self.left = file, path, _LONGEST
        self.begun, self.last = False, b""

    def read(self, count: int = -1) -> bytes:
        """Read some bytes."""
        raw = self.file.read(count)
        self.left -= len(raw)
        if not self.begun:
            # a declaration stands before the first element; it may lie across two pieces
            refuse_declarations(self.last + raw, self.path, FORMAT)
            self.last = raw[-_DECLARATION:]
        if self.left < 0:
            msg = f"more than {_LONGEST} bytes of XML are no document of an instrument"
            raise CorruptFile(msg, path=self.path, format=FORMAT)
        return raw


def parse_document(path: str | PathLike[str]) -> Document:
    """Return what a document holds.

    Raises
    ------
    UnrecognisedFile
        When it is no document of Analysis Studio.
    CorruptFile
        When it is damaged before its first map or spectrum.

    Warns
    -----
    SidpyWarning
        When it breaks off later.
    """
    document = Document()
    try:
        with opening(path, FORMAT), Path(path).open("rb") as file:
            is_packed = file.read(2) == _GZIP
            file.seek(0)
            with gzip.open(file) if is_packed else nullcontext(file) as stream:
                _check_head(stream, path)
                stream.seek(0)
                _collect(document, stream, path)
    except (ET.ParseError, ValueError, LookupError, *_BAD_GZIP) as error:
        if not document.maps and not document.spectra:
            msg = f"the document cannot be read: {error}"
            raise CorruptFile(msg, path=path, format=FORMAT) from error
        warn(f"{path}: the document breaks off ({error}); what was read before is returned")
    return document


def _check_head(stream: Any, path: str | PathLike[str]) -> None:
    """Refuse other documents."""
    try:
        head = stream.read(_HEAD).replace(b"\0", b"")
    except _BAD_GZIP as error:
        msg = f"not a document of Analysis Studio: its gzip cannot be unpacked: {error}"
        raise UnrecognisedFile(msg, path=path, format=FORMAT) from error
    if _NAMESPACE not in head or _ROOT not in head:
        msg = f"not a document of Analysis Studio: {_NAMESPACE.decode()} is not in its beginning"
        raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)


def _collect(document: Document, stream: Any, path: str | PathLike[str]) -> None:
    """Go through the document and keep what is understood of it."""
    parents: list[str] = []
    bounded = _Bounded(stream, path)
    for event, element in ET.iterparse(cast("Any", bounded), events=("start", "end")):
        if event == "start":
            bounded.begun = True
            parents.append(_name(element))
            continue
        parents.pop()
        parent = parents[-1] if parents else ""
        if parent in {"HeightMaps", "RenderedSpectra", "Backgrounds"}:
            _keep(document, parent, element)
        if parent in {"HeightMaps", "RenderedSpectra", "Backgrounds", "Document"}:
            element.clear()


def _keep(document: Document, parent: str, element: ET.Element) -> None:
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
            return decoded(one.text)
    return np.empty(0, "f4")


def decoded(text: str | None) -> np.ndarray:
    """Return the numbers that a text in base 64 holds.

    Raises
    ------
    ValueError
        When it is not in base 64.
    """
    try:
        raw = base64.b64decode((text or "").strip(), validate=False)
    except binascii.Error as error:
        msg = f"numbers are not in base 64: {error}"
        raise ValueError(msg) from error
    return np.frombuffer(raw[: len(raw) // 4 * 4], "<f4").astype("f4")


def _curve(element: ET.Element) -> Curve:
    values = _numbers(element)
    units = next((one.text for one in element if _name(one) == "Units"), "")
    name = element.get("Name", "")
    return Curve(name, element.get("DataChannel", ""), (units or "").strip(), values)


def _tree(element: ET.Element) -> dict[str, Any]:
    tree = tree_of(element)
    found = tree if isinstance(tree, dict) else {}
    for key, value in found.items():
        if key.endswith(_PACKED) and isinstance(value, str):
            found[key] = decoded(value)
    return found
