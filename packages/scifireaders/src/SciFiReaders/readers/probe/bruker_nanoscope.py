"""Bruker (Veeco, Digital Instruments) Nanoscope files as Datasets.

Layout and source: see `nanoscope_channels` and `nanoscope_header`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.strided import StridedArray
from SciFiReaders.values import moment, number
from sidpy.base.units import conversion_factor

from .calibrated import calibrated, frame, known
from .nanoscope_channels import CURVES, IMAGE, Channel, Nanoscope, parse_nanoscope
from .nanoscope_header import length, soft_scaled, value

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["BrukerAFMReader", "read_nanoscope"]

#: Parts of a curve, in their order.
HALVES: Final = ("Approach", "Retract")
#: Words for the height that was measured while a curve was taken.
SENSORS: Final = ("Height Sensor", "Z Sensor")
MOMENTS: Final = ("%I:%M:%S %p %a %b %d %Y",)


def read_nanoscope(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file: an image [y, x] per channel, both halves of force curves one by one.

    Force volumes and captures of peak force are [y, x, ramp].  A curve lies along the
    height that was measured with it, or along the ramp.  Values have the units of the soft
    scales; the spring constant is in ``metadata["experiment"]``.

    Raises
    ------
    UnrecognisedFile, UnsupportedFile, CorruptFile
        See `parse_nanoscope`.
    """
    return _labelled(parse_nanoscope(path), every=True)


def read_signal(path: str | PathLike[str]) -> list[Dataset]:
    """Read what the class of earlier releases returned: of force curves the first channel."""
    return _labelled(parse_nanoscope(path), every=False)


class BrukerAFMReader(ReleasedReader):
    """Bruker Nanoscope files.

    Parameters
    ----------
    file_path : str or path-like
        The file.
    """

    function = "SciFiReaders.readers.probe.bruker_nanoscope:read_signal"
    container = "list"
    spec = "SciFiReaders.bruker_nanoscope"

    def read(self, verbose: bool = False, parm_encoding: str = "utf-8") -> list[Dataset]:  # noqa: ARG002, FBT001, FBT002 - the released package's signature
        """Read the file.

        Parameters
        ----------
        verbose : bool
            Log what is found at level INFO.
        parm_encoding : str
            Not needed: the header decides.

        Returns
        -------
        list of Dataset
            Every image, or the approach and the retract of the first channel.
        """
        self._verbose = self._verbose or verbose
        return super().read()


def _labelled(file: Nanoscope, *, every: bool) -> list[Dataset]:
    curves = [c for c in file.channels if c.points and c.name not in SENSORS]
    found: list[Dataset] = []
    for channel in file.channels:
        if not channel.points:
            found.append(_image_dataset(file, channel))
        elif every or channel is (curves or file.channels)[0]:
            found += _halves(file, channel)
    return found


def _image_dataset(file: Nanoscope, channel: Channel) -> Dataset:
    rows, columns = channel.shape
    width = channel.dtype.itemsize
    # the bottom row is stored first
    source = StridedArray(
        file.path,
        channel.dtype,
        channel.shape,
        channel.offset + (rows - 1) * columns * width,
        (-columns * width, width),
    )
    direction = channel.facts.text("line direction")
    return dataset(
        calibrated(source, channel.factor),
        _axes(file, channel),
        title=f"{channel.name} ({direction})" if direction else channel.name,
        data_type="IMAGE",
        **_labels(file, channel, direction),
    )


def _halves(file: Nanoscope, channel: Channel) -> list[Dataset]:
    found, begin, width = [], 0, channel.dtype.itemsize
    axes = _axes(file, channel) if len(channel.shape) == 3 else ()
    for name, points in zip(HALVES, channel.points, strict=True):
        ramp = _along(file, channel, begin, points)
        if points:
            found.append(
                dataset(
                    calibrated(_counts(file, channel, begin, points), channel.factor),
                    (*axes, ramp),
                    title=f"{channel.name} ({name})",
                    data_type="SPECTRAL_IMAGE" if axes else "SPECTRUM",
                    **_labels(file, channel, name),
                )
            )
        begin += points * width
    return found


def _counts(file: Nanoscope, channel: Channel, begin: int, points: int) -> StridedArray:
    """Return the counts of one half, images of curves with the top row first."""
    width = channel.dtype.itemsize
    curve = channel.shape[-1] * width
    if len(channel.shape) == 1:
        return StridedArray(file.path, channel.dtype, (points,), channel.offset + begin, (width,))
    rows, columns, _ = channel.shape
    line = columns * curve
    place = channel.offset + (rows - 1) * line + begin
    return StridedArray(
        file.path, channel.dtype, (rows, columns, points), place, (-line, curve, width)
    )


def _along(file: Nanoscope, channel: Channel, begin: int, points: int) -> Axis:
    """Return the height measured with a curve, else the ramp, else the number of the point."""
    sensor = next((c for c in file.channels if c.points and c.name in SENSORS), None)
    if (
        sensor is not None
        and sensor is not channel
        and len(channel.shape) == 1
        and sensor.shape == channel.shape
        and sensor.points == channel.points
        and points
    ):
        place = begin // channel.dtype.itemsize * sensor.dtype.itemsize
        heights = _counts(file, sensor, place, points)[...] * sensor.factor
        return Axis("z", heights, sensor.units, sensor.name, "SPECTRAL")
    for section in (channel.facts, *file.sections):
        key = next((key for key in section.lowered if key.startswith("ramp size")), "")
        ramp = value(section.text(key))
        if ramp is not None and ramp.hard:
            factor, units = soft_scaled(file.sections, ramp, ramp.units)
            step = ramp.hard * factor / points if points else 0.0
            return Axis("z", np.arange(points) * step, units, "Ramp", "SPECTRAL")
    return Axis("point", np.arange(points), "", "point", "SPECTRAL")


def _axes(file: Nanoscope, channel: Channel) -> tuple[Axis, Axis]:
    """Return the axes of a scan, its middle where the scanner was."""
    size, units = _size(file, channel)
    centre = []
    for key in ("y offset", "x offset"):
        numbers, own = length(file.first(key, "ciao scan list"))
        factor = conversion_factor(own, units) if numbers and own and units else None
        centre.append(numbers[0] * factor if factor else 0.0)
    return frame(channel.shape, size, units, centre=(centre[0], centre[1]))


def _size(file: Nanoscope, channel: Channel) -> tuple[tuple[float | None, float | None], str]:
    """Return height and width of a scan: both as given, or one and the aspect ratio."""
    # the image list of a force volume knows the scan, its curves may not
    own = channel.facts.text("scan size") or file.first("scan size", IMAGE)
    numbers, units = length(own or file.first("scan size", "ciao scan list"))
    if not numbers or not units or numbers[0] <= 0:
        return (None, None), ""
    lines = channel.facts.integers("number of lines")[:1] or [channel.shape[0]]
    share = channel.shape[0] / max(lines[0], 1)
    if len(numbers) > 1:
        return (numbers[1] * share, numbers[0]), units
    aspect = channel.facts.text("aspect ratio") or file.first("aspect ratio", "ciao scan list")
    wide, _, high = aspect.partition(":")
    ratio = (number(high) or 1.0) / (number(wide) or 1.0)
    return (numbers[0] * abs(ratio) * share, numbers[0]), units


def _labels(file: Nanoscope, channel: Channel, direction: str) -> dict[str, Any]:
    others = {
        section.name: section.typed()
        for section in reversed(file.sections)
        if section.name not in {IMAGE, CURVES}
    }
    return {
        "units": channel.units,
        "quantity": channel.name,
        "source": "SciFiReaders.BrukerAFMReader",
        "metadata": _metadata(file, channel, direction),
        "original_metadata": {**channel.facts.typed(), **others},
    }


def _metadata(file: Nanoscope, channel: Channel, direction: str) -> dict[str, Any]:
    experiment = {
        "start_date_time": moment(file.first("date"), *MOMENTS),
        "instrument": file.first("description", "equipment list") or "Nanoscope",
        "mode": file.first("operating mode") or file.first("microscope list"),
        "tip": file.first("tip serial number") or file.first("tip"),
        "spring_constant": number(channel.facts.text("spring constant"))
        or number(file.first("spring constant")),
        "version": file.first("version"),
        "comment": file.first("note"),
    }
    numbers, _ = length(file.first("scan rate"))
    angle, _ = length(file.first("rotate ang.") or file.first("rotate ang"))
    scan = {
        "direction": direction.lower(),
        "line_rate": numbers[0] if numbers else None,
        "angle": angle[0] if angle else None,
        "frame_direction": channel.facts.text("frame direction").lower(),
    }
    return {"experiment": known(experiment), "scan": known(scan)}
