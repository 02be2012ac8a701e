"""Velox files made up: images, stacks, spectra, and maps as streams of X-rays.

The layout is that of `SciFiReaders.readers.electron.velox_parts`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from SciFiReaders.readers.electron.velox_events import END_OF_PIXEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    import h5py

__all__ = ["event_words", "velox_metadata", "write_velox"]


def event_words(counts: np.ndarray) -> np.ndarray:
    """Return the stream of a map.

    Parameters
    ----------
    counts : ndarray of int, shape (frames, rows, columns, channels)
        How many X-rays there are.

    Returns
    -------
    ndarray of uint16
        The channel of each X-ray of a pixel, then the end of the pixel.

    Examples
    --------
    >>> event_words(np.array([[[[0, 2], [1, 0]]]])).tolist()
    [1, 1, 65535, 0, 65535]
    """
    channels = np.arange(counts.shape[-1], dtype="u2")
    words = [
        np.append(np.repeat(channels, pixel), np.uint16(END_OF_PIXEL))
        for pixel in counts.reshape(-1, counts.shape[-1])
    ]
    return np.concatenate(words)


def velox_metadata(
    detector: str = "HAADF",
    *,
    pixel: tuple[float, float] = (2e-9, 1e-9),
    units: str = "m",
    offset: tuple[float, float] = (0.0, 0.0),
    scan: tuple[int, int] = (0, 0),
    **more: Any,
) -> dict[str, Any]:
    """Return the JSON beside data; `pixel`, `offset` and `scan` are (rows, columns)."""
    return {
        "Instrument": {"InstrumentClass": "Talos", "InstrumentId": "1"},
        "Optics": {"AccelerationVoltage": "200000", "BeamConvergence": "0.025"},
        "Acquisition": {"AcquisitionStartDatetime": {"DateTime": "1488794201"}},
        "Scan": {
            "ScanSize": {"width": str(scan[1]), "height": str(scan[0])},
            "DwellTime": "1e-006",
            "FrameTime": "0.5",
        },
        "Detectors": {
            "Detector-0": {"DetectorName": "HAADF", "DetectorType": "ScanningDetector"},
            "Detector-1": {
                "DetectorName": "SuperX1",
                "DetectorType": "AnalyticalDetector",
                "Dispersion": "10",
                "OffsetEnergy": "-100",
                "CollectionAngle": "0.2",
            },
        },
        "BinaryResult": {
            "Detector": detector,
            "PixelSize": {"width": str(pixel[1]), "height": str(pixel[0])},
            "PixelUnitX": units,
            "PixelUnitY": units,
            "Offset": {"x": str(offset[1]), "y": str(offset[0])},
        },
        **more,
    }


def write_velox(
    path: str | PathLike[str],
    *,
    images: Mapping[str, np.ndarray] | None = None,
    spectra: Mapping[str, np.ndarray] | None = None,
    events: Iterable[np.ndarray] = (),
    metadata: Mapping[str, Any] | None = None,
    version: int = 8,
    end_frame: int | None = None,
) -> Path:
    """Write a Velox file.

    Parameters
    ----------
    path : path-like
        The file to write.
    images : mapping of str to ndarray of shape (rows, columns) or (frames, rows, columns)
        By their labels.
    spectra : mapping of str to ndarray of shape (channels,)
        By the name of the detector.
    events : iterable of ndarray of shape (frames, rows, columns, channels)
        Counts, one array per detector.
    metadata : mapping, optional
        Goes into the JSON of all parts.
    version : int
        From 11 the labels lie elsewhere.
    end_frame : int, optional
        Frames that make the map; all of them by default.
    """
    import h5py

    more = dict(metadata or {})
    displays = "Displays" if version >= 11 else "Presentation/Displays"
    with h5py.File(path, "w") as file:
        _text(file, "Version", {"version": str(version), "format": "Velox"})
        file.create_group("Application/Velox")
        file.create_group("Data")
        for i, (label, image) in enumerate((images or {}).items()):
            stored = np.moveaxis(image[None] if image.ndim == 2 else image, 0, -1)
            place = f"Data/Image/{i:032x}"
            _part(file, place, stored, velox_metadata(**more))
            shown = {"display": {"label": quote(label)}, "dataPath": f"/{place}"}
            _text(file, f"{displays}/ImageDisplay/{i:032x}", shown)
        for i, (name, spectrum) in enumerate((spectra or {}).items()):
            _part(file, f"Data/Spectrum/{i:032x}", spectrum[:, None], velox_metadata(name))
        for i, counts in enumerate(events):
            _stream(file, f"Data/SpectrumStream/{i:032x}", counts, more)
        if end_frame is not None:
            place = "Data/SpectrumImage/0"
            _part(file, place, np.zeros((4, 1), "u1"), velox_metadata())
            _text(file, f"{place}/SpectrumImageSettings", {"endFramePosition": str(end_frame)})
    return Path(path)


def _stream(file: h5py.File, place: str, counts: np.ndarray, more: dict[str, Any]) -> None:
    frames, rows, columns, channels = counts.shape
    single = rows == columns == 1
    words = event_words(counts)
    words = words[words != END_OF_PIXEL] if single else words
    tree = velox_metadata("SuperX", **{"scan": (0, 0) if single else (rows, columns), **more})
    _part(file, place, words[:, None], tree, frames)
    _text(file, f"{place}/AcquisitionSettings", {"bincount": str(channels)})


def _part(
    file: h5py.File, place: str, data: np.ndarray, tree: dict[str, Any], frames: int = 1
) -> None:
    file[f"{place}/Data"] = data
    raw = json.dumps(tree).encode()
    block = np.zeros((len(raw) + 16, frames), "u1")
    block[: len(raw)] = np.frombuffer(raw, "u1")[:, None]
    file[f"{place}/Metadata"] = block


def _text(file: h5py.File, place: str, tree: dict[str, Any]) -> None:
    file[place] = [json.dumps(tree).encode()]
