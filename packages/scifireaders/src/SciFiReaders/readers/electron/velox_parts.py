"""What lies where in a Velox file (``.emd``), its numbers left in the file.

============================================== =========================================
HDF5                                           meaning
============================================== =========================================
``Application/Velox``, ``Version``             what tells them from other ``.emd`` files
``Data/Image/<id>/Data``                       [y, x, frame]; pairs of f32 are complex
``Data/Spectrum/<id>/Data``                    [channel, 1], as the program shows it
``Data/SpectrumStream/<id>/Data``              u16 words, see `velox_events`
``Data/SpectrumStream/.../AcquisitionSettings`` JSON: `bincount`, channels of the stream
``Data/SpectrumImage/<id>/Data``               3-D: a map [y, x, channel]; else settings
``.../SpectrumImageSettings``                  JSON: `endFramePosition`, frames in the map
``Data/*/<id>/Metadata``                       u8 [byte, frame]: JSON, padded with NUL
``Presentation/Displays/ImageDisplay/<n>``     JSON: `display/label` of `dataPath`;
                                               ``Displays/ImageDisplay`` in other versions
============================================== =========================================

The JSON gives ``BinaryResult/{PixelSize, PixelUnitX, PixelUnitY, Offset}`` in SI units and
of a detector `Dispersion` and `OffsetEnergy` in eV.  Row 0 is the top.

Source: user guides of RosettaSciIO and HyperSpy; decoded from files of the format's
versions 4, 8, 9 and 11.
Not yet understood: the data block of ``Data/SpectrumImage`` where it is one-dimensional.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import numpy as np

from SciFiReaders.hdf5 import member, opened, plain
from SciFiReaders.text import decode
from SciFiReaders.values import at
from sidpy.errors import CorruptFile, UnrecognisedFile

if TYPE_CHECKING:
    from os import PathLike

    import h5py

__all__ = ["FORMAT", "Content", "Part", "parse_velox"]

FORMAT: Final = "emd.velox"
#: Longest JSON that is believed, in bytes.
_LONGEST: Final = 1 << 24


@dataclass(frozen=True)
class Part:
    """One entry of ``Data``: an image, a spectrum, a stream; its numbers left in the file."""

    kind: str
    name: str
    pixels: Any
    tree: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    frames: int = 1

    @property
    def detector(self) -> str:
        """Name of the detector."""
        return str(at(self.tree, "BinaryResult/Detector") or "")


@dataclass(frozen=True)
class Content:
    """What a file holds."""

    path: str | PathLike[str]
    parts: tuple[Part, ...]
    labels: dict[str, str]
    version: str

    def of(self, kind: str) -> list[Part]:
        """Return the parts of one kind, in the order of the file."""
        return [part for part in self.parts if part.kind == kind]


def parse_velox(path: str | PathLike[str]) -> Content:
    """Read everything of a file but its numbers.

    Raises
    ------
    UnrecognisedFile
        When it is no Velox file.
    CorruptFile
        When it is damaged.
    """
    with opened(path, FORMAT) as file:
        data = member(file, "Data")
        if member(file, "Application/Velox") is None or data is None:
            msg = "not a Velox file: it holds no Application/Velox or no Data"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        parts = [
            part
            for kind in ("Image", "Spectrum", "SpectrumImage", "SpectrumStream")
            for part in _parts(file, kind)
        ]
        version = _json(file, member(file, "Version"))
        return Content(path, tuple(parts), _labels(file), str(version.get("version", "")))


def _parts(file: h5py.File, kind: str) -> list[Part]:
    import h5py

    from sidpy import H5Array

    group = member(file, f"Data/{kind}", h5py.Group)
    found = []
    for name in group if group is not None else ():
        pixels = member(group, f"{name}/Data", h5py.Dataset)
        if pixels is None or pixels.shape is None:
            continue
        metadata = member(group, f"{name}/Metadata", h5py.Dataset)
        words = ("AcquisitionSettings", "SpectrumImageSettings")
        settings = [_json(file, member(group, f"{name}/{word}")) for word in words]
        frames = metadata.shape[1] if metadata is not None and metadata.ndim == 2 else 1
        tree = _metadata(file, metadata)
        found.append(
            Part(kind, name, H5Array.of(pixels), tree, {**settings[0], **settings[1]}, frames)
        )
    return found


def _metadata(file: h5py.File, stored: h5py.Dataset | None) -> dict[str, Any]:
    """Return the JSON of the first frame: later ones repeat it with other times."""
    if stored is None or stored.dtype != np.dtype("u1") or not stored.size:
        return {}
    if stored.shape[0] > _LONGEST:
        msg = f"{stored.name} should be text, but has {stored.shape[0]} bytes"
        raise CorruptFile(msg, path=file.filename, format=FORMAT)
    raw = stored[:, 0] if stored.ndim == 2 else stored[:]
    return _loads(file, stored.name, bytes(raw).partition(b"\0")[0])


def _json(file: h5py.File, stored: Any) -> dict[str, Any]:
    """Return the JSON of a dataset of one string."""
    import h5py

    if not isinstance(stored, h5py.Dataset) or stored.size != 1:
        return {}
    value = plain(stored[()])
    value = value[0] if isinstance(value, list) else value
    return _loads(file, stored.name, value.encode()) if isinstance(value, str) else {}


def _loads(file: h5py.File, name: str, raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        found = json.loads(decode(raw))
    except (ValueError, RecursionError) as error:
        msg = f"{name} should be JSON: {error}"
        raise CorruptFile(msg, path=file.filename, format=FORMAT) from error
    return found if isinstance(found, dict) else {}


def _labels(file: h5py.File) -> dict[str, str]:
    """Return the labels of the displays by the address of what they show."""
    labels: dict[str, str] = {}
    for place in ("Presentation/Displays/ImageDisplay", "Displays/ImageDisplay"):
        group = member(file, place)
        for name in group if hasattr(group, "keys") else ():
            tree = _json(file, member(group, name))
            label, shown = at(tree, "display/label"), tree.get("dataPath")
            if isinstance(label, str) and isinstance(shown, str) and label:
                labels.setdefault(shown.strip("/"), unquote(label))
    return labels
