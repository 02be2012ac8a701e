"""Velox files (``.emd``): images, stacks, transforms, spectra, maps of spectra.

The bytes are described in `velox_parts` and `velox_events`, the conditions in
`velox_metadata`.  Row 0 is the top; a map is the sum over its frames and detectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.hdf5 import Turned, opened
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.values import at, number
from sidpy.errors import CorruptFile

from .velox_events import EventMap
from .velox_metadata import detector_of, eds_of, experiment_of
from .velox_parts import FORMAT, Content, Part, parse_velox

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["EMDReader", "read_velox"]

_MOST_FRAMES: Final = 1 << 20
_MOST_CHANNELS: Final = 1 << 16
#: Units as stored, factor, units shown.
_SHOWN: Final = {"m": (1e9, "nm"), "1/m": (1e-9, "1/nm")}


def read_velox(
    path: str | PathLike[str],
    *,
    sum_frames: bool = False,
    eds: bool = True,
    stream: bool = False,
    bin_channels: int = 1,
) -> list[Dataset]:
    """Read a Velox file, rows first.

    Parameters
    ----------
    path : path-like
        The file.
    sum_frames : bool
        Add the frames of a stack of images up.
    eds : bool
        Return spectra and maps of spectra, too.
    stream : bool
        Return the words of the event streams instead of the maps.
    bin_channels : int
        Channels of a map that are put together.

    Returns
    -------
    list of Dataset
        Images, stored spectra, maps; [y, x], [frame, y, x], [energy], [y, x, energy].
        A map is the sum over frames and detectors.  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        See `parse_velox`; also when the file holds nothing of these.
    """
    content = parse_velox(path)
    found = [_image(content, part, sum_frames=sum_frames) for part in content.of("Image")]
    if eds:
        found += [_spectrum(part) for part in content.of("Spectrum")]
        streams = content.of("SpectrumStream")
        found += [_cube(part) for part in content.of("SpectrumImage") if part.pixels.ndim == 3]
        if stream:
            found += [_words(part) for part in streams]
        else:
            found += _maps(content, streams, max(int(bin_channels), 1))
    if not found and eds:
        msg = "the file holds no image and no spectrum"
        raise CorruptFile(msg, path=path, format=FORMAT)
    for result in found:
        result.original_metadata["Velox"] = {"version": content.version}
    return found


def _labelled(part: Part, array: Any, axes: tuple[Axis, ...], **labels: Any) -> Dataset:
    integers = array.dtype.kind in "iu"
    return dataset(
        array,
        axes,
        units="counts" if integers else "",
        quantity="intensity",
        source="SciFiReaders.EMDReader",
        original_metadata=part.tree,
        **labels,
    )


def _image(content: Content, part: Part, *, sum_frames: bool) -> Dataset:
    pixels = part.pixels
    if pixels.ndim not in (2, 3) or 0 in pixels.shape:
        msg = f"image {part.name} has the shape {pixels.shape} instead of [y, x, frame]"
        raise CorruptFile(msg, path=content.path, format=FORMAT)
    stack = pixels.ndim == 3 and pixels.shape[2] > 1
    array = lazy(Turned(pixels, (2, 0, 1))) if pixels.ndim == 3 else lazy(pixels)
    axes = _plane(part, pixels.shape[:2])
    experiment = {**experiment_of(part.tree), "number_of_frames": (*pixels.shape, 1)[2]}
    if stack and not sum_frames:
        axes = (_frames(part, pixels.shape[2], experiment), *axes)
    elif stack:
        array = array.sum(axis=0)
    elif pixels.ndim == 3:
        array = array[0]
    label = content.labels.get(f"Data/Image/{part.name}", "")
    return _labelled(
        part,
        array,
        axes,
        title=label or part.detector or "image",
        data_type="IMAGE_STACK" if len(axes) == 3 else "IMAGE",
        metadata={"experiment": experiment},
    )


def _plane(part: Part, shape: tuple[int, ...]) -> tuple[Axis, Axis]:
    """Return the axes of the rows and of the columns."""
    rows, columns = shape
    return (_side(part, "y", "height", rows), _side(part, "x", "width", columns))


def _side(part: Part, name: str, edge: str, count: int) -> Axis:
    result = at(part.tree, "BinaryResult") or {}
    units = result.get(f"PixelUnit{name.upper()}") if isinstance(result, dict) else None
    step = number(at(result, f"PixelSize/{edge}"))
    if not isinstance(units, str) or not units or not step:
        return Axis(name, np.arange(count), "", "generic", "SPATIAL")
    factor, shown = _SHOWN.get(units, (1.0, units))
    start = number(at(result, f"Offset/{name}")) or 0.0
    far = units.startswith("1/") or units == "rad"
    return Axis(
        name,
        (start + np.arange(count) * step) * factor,
        shown,
        "reciprocal distance" if far else "distance",
        "RECIPROCAL" if far else "SPATIAL",
    )


def _frames(part: Part, count: int, experiment: dict[str, Any]) -> Axis:
    """Return the axis of a series: times where the file knows how long a frame takes."""
    camera = detector_of(part.tree).get("DetectorType") == "ImagingDetector"
    step = experiment.get("exposure_time" if camera else "frame_time")
    if not step:
        return Axis("frame", np.arange(count), "", "frame", "TEMPORAL")
    return Axis("frame", np.arange(count) * step, "s", "time", "TEMPORAL")


def _energies(part: Part, channels: int, binning: int = 1) -> Axis:
    """Return the energies of the middles of the channels."""
    detector = detector_of(part.tree)
    step, start = number(detector.get("Dispersion")), number(detector.get("OffsetEnergy"))
    places = np.arange(channels) * binning + (binning - 1) / 2
    if not step:
        return Axis("energy_scale", places, "", "channel", "SPECTRAL")
    return Axis("energy_scale", (start or 0.0) + places * step, "eV", "energy", "SPECTRAL")


def _of_spectra(part: Part) -> dict[str, Any]:
    return {"experiment": experiment_of(part.tree), "EDS": eds_of(part.tree)}


def _spectrum(part: Part) -> Dataset:
    pixels = part.pixels
    if pixels.ndim == 2 and pixels.shape[1] > 1:
        # a series of spectra: one after another
        array = lazy(Turned(pixels, (1, 0)))
        axes = (_frames(part, pixels.shape[1], {}), _energies(part, pixels.shape[0]))
    else:
        array = lazy(pixels).reshape(-1)
        axes = (_energies(part, pixels.shape[0]),)
    return _labelled(
        part,
        array,
        axes,
        title=part.detector or "spectrum",
        data_type="SPECTRUM" if len(axes) == 1 else "SPECTRAL_IMAGE",
        metadata=_of_spectra(part),
    )


def _cube(part: Part) -> Dataset:
    rows, columns, channels = part.pixels.shape
    return _labelled(
        part,
        lazy(part.pixels),
        (*_plane(part, (rows, columns)), _energies(part, channels)),
        title=part.detector or "spectrum image",
        data_type="SPECTRAL_IMAGE",
        metadata=_of_spectra(part),
    )


def _words(part: Part) -> Dataset:
    """Return the stream itself, as it lies in the file."""
    axes = tuple(
        Axis(name, np.arange(size), "", "generic", "UNKNOWN")
        for name, size in zip("abc", part.pixels.shape, strict=False)
    )
    return dataset(
        lazy(part.pixels),
        axes,
        title=part.detector or "events",
        data_type="UNKNOWN",
        source="SciFiReaders.EMDReader",
        metadata=_of_spectra(part),
        original_metadata={**part.tree, "settings": part.settings},
    )


def _maps(content: Content, streams: list[Part], binning: int) -> list[Dataset]:
    """Return the map of the streams, or a spectrum for each that has none stored."""
    shape = _map_shape(content, streams)
    if shape is not None:
        return [_map(content, streams, shape, binning)]
    if content.of("Spectrum"):
        return []  # what the program shows are these events
    return [_map(content, [part], (1, 1), binning) for part in streams]


def _map_shape(content: Content, streams: list[Part]) -> tuple[int, int] | None:
    """Return rows and columns of the scan in which the events were counted."""
    if not streams:
        return None
    tree = streams[0].tree
    place = at(tree, "BinaryResult/PixelSize"), at(tree, "BinaryResult/Offset")
    for part in content.of("Image"):
        same = at(part.tree, "BinaryResult/PixelSize"), at(part.tree, "BinaryResult/Offset")
        if place[0] is not None and same == place:
            return part.pixels.shape[:2]
    sizes = [number(at(tree, f"Scan/ScanSize/{edge}")) or 0 for edge in ("height", "width")]
    ends = (("top", "bottom"), ("left", "right"))
    for i, (low, high) in enumerate(ends):
        area = [number(at(tree, f"Scan/ScanArea/{end}")) for end in (low, high)]
        if area[0] is not None and area[1] is not None:
            sizes[i] *= area[1] - area[0]
    rows, columns = (round(size) for size in sizes)
    return (rows, columns) if rows > 0 and columns > 0 else None


def _map(content: Content, streams: list[Part], shape: tuple[int, int], binning: int) -> Dataset:

    first = streams[0]
    channels, frames = _sizes(content, first)
    if any(part.pixels.ndim != 2 or part.pixels.dtype != np.dtype("u2") for part in streams):
        msg = f"an event stream should be one column of u16, found {first.pixels!r}"
        raise CorruptFile(msg, path=content.path, format=FORMAT)
    names = tuple(part.pixels.name for part in streams)
    source = EventMap(first.pixels.path, names, (*shape, channels), frames, binning)
    from sidpy.sid import from_source

    array = from_source(source, ("auto", -1, -1), fancy=False)
    axes = (*_plane(first, shape), _energies(first, source.shape[2], binning))
    spectrum = shape == (1, 1)
    metadata = _of_spectra(first)
    metadata["experiment"]["number_of_frames"] = frames[1] - frames[0]
    metadata["EDS"]["detectors"] = [eds_of(part.tree)["detector"] for part in streams]
    return _labelled(
        first,
        array[0, 0] if spectrum else array,
        axes[2:] if spectrum else axes,
        title="EDS" if len(streams) > 1 else first.detector or "EDS",
        data_type="SPECTRUM" if spectrum else "SPECTRAL_IMAGE",
        metadata=metadata,
    )


def _sizes(content: Content, part: Part) -> tuple[int, tuple[int, int]]:
    """Return the number of channels, and the frames that make the map."""
    channels = int(number(part.settings.get("bincount")) or 4096)
    settings = next((image.settings for image in content.of("SpectrumImage")), {})
    start = int(number(settings.get("startFramePosition")) or 0)
    end = int(number(settings.get("endFramePosition")) or part.frames)
    if not 0 < channels <= _MOST_CHANNELS or not 0 <= start < end <= _MOST_FRAMES:
        msg = f"{channels} channels and frames {start} to {end} cannot be"
        raise CorruptFile(msg, path=content.path, format=FORMAT)
    return channels, (start, end)


class EMDReader(ReleasedReader):
    """Read a Velox file.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    sum_frames : bool
        Add the frames of a stack of images up.
    no_eds : bool
        Return images only.
    eds_stream : bool
        Return the words of the event streams instead of the maps.
    """

    function = "SciFiReaders.readers.electron.velox_emd:read_velox"
    spec = "SciFiReaders.emd_velox"

    def __init__(
        self,
        file_path: str | PathLike[str],
        sum_frames: bool = False,  # noqa: FBT001, FBT002 - the released package's signature
        no_eds: bool = False,  # noqa: FBT001, FBT002 - the same
        eds_stream: bool = False,  # noqa: FBT001, FBT002 - the same
    ) -> None:
        super().__init__(file_path)
        self._options = {"sum_frames": sum_frames, "eds": not no_eds}
        self._stream = eds_stream
        with opened(file_path, FORMAT):
            pass  # the released package tells a foreign file at once

    def read(self, eds_stream: bool = False, bin_xy: int = 2) -> dict[str, Dataset]:  # noqa: FBT001, FBT002 - the released package's signature
        """Read the file.

        Parameters
        ----------
        eds_stream : bool
            Return the words of the event streams instead of the maps.
        bin_xy : int
            Channels of a map that are put together, whatever the name says.

        Returns
        -------
        dict of str to Dataset
            ``Channel_000``, ...: images, then spectra.
        """
        stream = bool(eds_stream or self._stream)
        return self._contained(self._call(**self._options, stream=stream, bin_channels=bin_xy))

    def extract_crucial_metadata(self, key: int | str) -> dict[str, Any]:
        """Return the conditions of the experiment of a dataset, by number or channel."""
        return self._conditions(key)

    def get_data(self, image_key: str) -> Dataset:
        """Return the image of an identifier, or the part of one that only it has."""
        content = parse_velox(self._input_file_path)
        for part in content.of("Image"):
            if image_key in part.name:
                return _image(content, part, sum_frames=self._options["sum_frames"])
        msg = f"no image {image_key!r}; there are {[part.name for part in content.of('Image')]}"
        raise KeyError(msg)

    def get_image(self) -> list[Dataset]:
        """Return the images."""
        return self._call(**{**self._options, "eds": False})

    def get_eds(self, eds_stream: bool = False) -> list[Dataset]:  # noqa: FBT001, FBT002 - the released package's signature
        """Return the maps of X-rays, or their streams."""
        content = parse_velox(self._input_file_path)
        streams = content.of("SpectrumStream")
        return [_words(part) for part in streams] if eds_stream else _maps(content, streams, 1)

    def get_eds_spectrum(self) -> list[Dataset]:
        """Return the spectra that the program showed."""
        return [_spectrum(part) for part in parse_velox(self._input_file_path).of("Spectrum")]
