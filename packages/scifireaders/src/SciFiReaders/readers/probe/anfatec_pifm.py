"""Anfatec parameter files and the ``.int`` files they name (PiFM of Molecular Vista).

===================== =================================================================
where                 meaning
===================== =================================================================
``.txt``              ``;ANFATEC Parameterfile``, then ``Key : value ; comment`` lines
FileDescBegin ... End of an image: ``FileName``, ``Caption``, ``Scale``, ``PhysUnit``,
                      ``Offset``
FileDesc2Begin ...    of an image of spectra: also ``BytesPerPixel``,
                      ``BytesPerReading``, ``FileNameWavelengths``,
                      ``PhysUnitWavelengths``
``.int``              i32 little-endian [row][column] or [row][column][wavelength], the
                      top row first; value = count * Scale + Offset
wavelengths           text: a line of names, then wavelength TAB attenuation
===================== =================================================================

Keys used: ``xPixel``, ``yPixel``, ``XScanRange``, ``YScanRange``, ``XPhysUnit``,
``YPhysUnit``, ``xCenter``, ``yCenter``, ``Angle`` (deg).  Not every file that is named has
been kept: those that are missing are named in a warning.

Source: Anfatec Instruments, "SXM file format: parameter file and int files"; the blocks of
spectra as VistaScan writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset
from SciFiReaders.readers.released import ReleasedReader
from SciFiReaders.text import decode
from SciFiReaders.values import moment, number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, MissingFile, SidpyWarning, UnrecognisedFile

from .calibrated import calibrated, frame, in_units, known

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Parameters", "PiFMReader", "parse_pifm", "read_pifm", "sniff"]

FORMAT: Final = "anfatec.pifm"

# --- layout ---------------------------------------------------------------------------

MAGIC: Final = b";ANFATEC Parameterfile"
NUMBER: Final = np.dtype("<i4")
LONGEST: Final = 1 << 22
_BEGIN: Final = re.compile(r"FileDesc(\d*)Begin")
_END: Final = re.compile(r"FileDesc\d*End")
_UNITS: Final = {"um": "µm", "\ufffdm": "µm"}
MOMENTS: Final = ("%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S")

# --- parse ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameters:
    """A parameter file."""

    path: Path
    values: dict[str, str]
    channels: tuple[dict[str, str], ...]
    pixels: tuple[int, int]
    """Rows and columns."""


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a text has the line that parameter files begin with."""
    found = MAGIC in probe.head[:256]
    return (1.0, "it says so") if found else (0.0, f"no line {MAGIC.decode()}")


def parse_pifm(path: str | PathLike[str]) -> Parameters:
    """Read a parameter file.

    Raises
    ------
    UnrecognisedFile
        When the line that they begin with is missing.
    CorruptFile
        When the number of pixels or every channel is missing.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        head = cursor.take(min(cursor.size, 256))
        if MAGIC not in head:
            msg = f"not a parameter file of Anfatec: it has no line {MAGIC.decode()}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position = 0
        lines = decode(cursor.take(min(cursor.size, LONGEST))).splitlines()
    values, channels = _blocks(lines)
    sizes = [typed(_bare(values.get(key, ""))) for key in ("yPixel", "xPixel")]
    if not all(isinstance(n, int) and n > 0 for n in sizes):
        msg = f"yPixel and xPixel should be positive numbers, found {sizes}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if not channels:
        msg = "it names no channel (FileDescBegin ... FileDescEnd)"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return Parameters(Path(path), values, tuple(channels), (sizes[0], sizes[1]))


def _blocks(lines: list[str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    values: dict[str, str] = {}
    channels: list[dict[str, str]] = []
    here = values
    for line in lines:
        word = line.strip()
        if begin := _BEGIN.fullmatch(word):
            here = {"kind": begin[1]}
        elif _END.fullmatch(word):
            if here is not values and "FileName" in here:
                channels.append(here)
            here = values
        elif not word.startswith(";"):
            key, colon, rest = word.partition(":")
            if colon:
                here[key.strip()] = rest.strip()
    return values, channels


def _bare(text: str) -> str:
    """Return a value without its comment."""
    return text.partition(" ;")[0].strip()


# --- label ----------------------------------------------------------------------------


def read_pifm(path: str | PathLike[str]) -> list[Dataset]:
    """Read a parameter file: an image [y, x] or [y, x, wavelength] per file that is there.

    Warns
    -----
    SidpyWarning
        Naming the files that are missing.

    Raises
    ------
    MissingFile
        When all of them are.
    UnrecognisedFile, CorruptFile
        See `parse_pifm`; also when a file is too short for its pixels.
    """
    file = parse_pifm(path)
    there = [(facts, _beside(file, facts["FileName"])) for facts in file.channels]
    missing = [facts["FileName"] for facts, place in there if not place.is_file()]
    if len(missing) == len(there):
        msg = f"none of the files it names lies beside it: {', '.join(missing)}"
        raise MissingFile(msg, path=path, format=FORMAT)
    if missing:
        message = f"{str(path)!r}: files it names are not beside it: {', '.join(missing)}"
        warn(message, SidpyWarning)
    return [_dataset(file, facts, place) for facts, place in there if place.is_file()]


class PiFMReader(ReleasedReader):
    """Anfatec and Molecular Vista measurements.

    Parameters
    ----------
    file_path : str or path-like
        The ``.txt`` file.
    """

    function = "SciFiReaders.readers.probe.anfatec_pifm:read_pifm"
    spec = "SciFiReaders.anfatec_pifm"


def _beside(file: Parameters, name: str) -> Path:
    """Return the place of a file that is named, never outside the folder."""
    return file.path.parent / (PureWindowsPath(name).name or "unnamed")


def _dataset(file: Parameters, facts: dict[str, str], place: Path) -> Dataset:
    from sidpy import FileArray

    rows, columns = file.pixels
    points = place.stat().st_size // (NUMBER.itemsize * rows * columns)
    if not points:
        msg = f"{place.name} is too short for {rows} x {columns} pixels"
        raise CorruptFile(msg, path=place, format=FORMAT)
    axes, shape, kind = _axes(file), file.pixels, "IMAGE"
    if facts["kind"]:
        axes, shape = (*axes, _wavelengths(file, facts, points)), (*shape, points)
        kind = "SPECTRAL_IMAGE"
    scale, offset = number(facts.get("Scale", "")), number(facts.get("Offset", ""))
    name = facts.get("Caption", "") or place.stem
    run = next((way for end, way in (("Fwd", "forward"), ("Bwd", "backward")) if end in name), "")
    array = calibrated(
        FileArray(place, NUMBER, shape), 1.0 if scale is None else scale, offset or 0.0
    )
    metadata = _metadata(file.values)
    units = facts.get("PhysUnit", "")
    return dataset(
        array,
        axes,
        title=name,
        data_type=kind,
        units=_UNITS.get(units, units),
        quantity=re.sub(r"(Fwd|Bwd)$", "", name),
        source="SciFiReaders.PiFMReader",
        metadata={**metadata, "scan": known({**metadata["scan"], "direction": run})},
        original_metadata={
            **{key: typed(_bare(text)) for key, text in file.values.items()},
            **{key: typed(text) for key, text in facts.items() if key != "kind"},
        },
    )


def _axes(file: Parameters) -> tuple[Axis, Axis]:
    units = [_bare(file.values.get(f"{axis}PhysUnit", "")) for axis in "YX"]
    size = [number(_bare(file.values.get(f"{axis}ScanRange", ""))) for axis in "YX"]
    centre = [number(_bare(file.values.get(f"{axis}Center", ""))) or 0.0 for axis in "yx"]
    height = size[0] if units[0] == units[1] and units[1] else None
    width = size[1] if units[1] else None
    spelt = _UNITS.get(units[1], units[1])
    return frame(file.pixels, (height, width), spelt, centre=(centre[0], centre[1]))


def _wavelengths(file: Parameters, facts: dict[str, str], points: int) -> Axis:
    """Return the wavelengths of spectra, their numbers where the file of them is missing."""
    place = _beside(file, facts.get("FileNameWavelengths", ""))
    values: list[float] = []
    if place.is_file() and place.stat().st_size < LONGEST:
        first = (line.split()[:1] for line in decode(place.read_bytes()).splitlines())
        numbers = [number(words[0]) for words in first if words]
        values = [value for value in numbers if value is not None]
    if len(values) != points:
        return Axis("point", np.arange(points), "", "point", "SPECTRAL")
    return Axis.swept("wavelength", np.array(values), facts.get("PhysUnitWavelengths", ""))


def _metadata(values: dict[str, str]) -> dict[str, Any]:
    bare = {key: _bare(text) for key, text in values.items()}
    wavelength = number(bare.get("LaserController1LaserWavelength", ""))
    start = f"{bare.get('StartDate', '')} {bare.get('StartTime', '')}"
    bias = f"{bare.get('Bias', '')} {bare.get('BiasPhysUnit', '')}"
    experiment = {
        "start_date_time": moment(start, *MOMENTS),
        "user": bare.get("UserName"),
        "sample": bare.get("SampleName"),
        "tip": bare.get("CantileverType"),
        "mode": bare.get("FeedBackModus"),
        "comment": bare.get("UserNotes"),
        "bias": in_units(bias, "V"),
        "setpoint": number(bare.get("SetPoint", "")),
        "setpoint_units": bare.get("SetPointPhysUnit"),
        # VistaScan writes nanometres
        "laser_wavelength": wavelength * 1e-9 if wavelength else None,
        "frequency": number(bare.get("LockInFreq", "")),
    }
    scan = {
        "angle": number(bare.get("Angle", "")),
        "line_rate": number(bare.get("Speed", "")),
    }
    return {"experiment": known(experiment), "scan": scan}
