"""What microscopes write about an image into tags of a TIFF, or into a text beside it.

============ ============ =========================================================
tag          from         what it is
============ ============ =========================================================
34680, 34682 FEI          INI text; ``[Scan] PixelWidth, PixelHeight`` in m
34683        Thermo       XML of a Phenom; ``pixelWidth`` and ``pixelHeight``, with unit
34118        Zeiss SEM    lines in pairs: ``AP_PIXEL_SIZE``, ``Pixel Size = 5.2 nm``
50431        Tescan       INI text; ``[MAIN] PixelSizeX, PixelSizeY`` in m
33560        Olympus SIS  offset of ``SIS0``, see `_SIS`; 33471 is INI text
37706        TVIPS        two records, see `tvips_notes`
65003-65027  Gatan        units, origins, steps of x, y, z; 65027 is the tree of tags
270          Hamamatsu    ``[Section],Key=Value``; ``[Scaling]``
beside       JEOL         ``$CM_MAG 500``; the micron bar gives the size of a pixel
beside       Hitachi      ``[SemImageFile]``, ``PixelSize=`` in nm
============ ============ =========================================================

A vendor that does not say how large a pixel is leaves it unknown.

Sources: the user guides of the instruments; G. Ohtake, JEOL "SEM image text file"; names
and places of the private tags as in the documentation of tifffile (BSD-3-Clause).
Not yet understood: tag 65028 of JEOL's SightX.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.readers.electron.gatan_metadata import experiment_of
from SciFiReaders.readers.electron.gatan_tags import tags_in
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import at, number, typed
from sidpy.errors import ReaderError

from .tvips_notes import tvips_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .tiff_pages import Page, Tiff

__all__ = ["Notes", "notes_of"]

#: Origin, step and units of an axis.
Step = tuple[float, float, str]


@dataclass(frozen=True)
class Notes:
    """What one vendor says.

    Attributes
    ----------
    vendor : str
        Name of the tree in the metadata.
    axes : dict
        Origin, step and units of ``"x"``, ``"y"``, ``"z"``, as far as they are known.
    experiment : dict
        Conditions, in SI units.
    original : dict
        Everything as the vendor has it.
    """

    vendor: str
    axes: dict[str, Step] = field(default_factory=dict)
    experiment: dict[str, Any] = field(default_factory=dict)
    original: dict[str, Any] = field(default_factory=dict)


def notes_of(document: Tiff, page: Page) -> list[Notes]:
    """Return what all vendors say about a page; nothing that cannot be read stops it."""
    found = []
    for tags, read in _VENDORS:
        if tags and not tags & page.tags.keys():
            continue
        try:
            notes = read(document, page)
        except (ReaderError, ValueError, LookupError, TypeError, OverflowError, struct.error):
            continue  # damaged notes: the pixels are there all the same
        found += [notes] if notes else []
    return found


# --- text of sections -----------------------------------------------------------------


def sections(text: str) -> dict[str, Any]:
    r"""Return INI text as a dict of sections of typed values.

    Examples
    --------
    >>> sections("[Scan]\nPixelWidth=2e-9\n[User]\nName=a=b")
    {'Scan': {'PixelWidth': 2e-09}, 'User': {'Name': 'a=b'}}
    """
    tree: dict[str, Any] = {}
    section: dict[str, Any] = tree
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = tree.setdefault(line[1:-1].strip(), {})
            section = section if isinstance(section, dict) else {}
        elif "=" in line and not line.startswith(";"):
            key, _, value = line.partition("=")
            section[key.strip()] = typed(value.strip())
    return tree


_PREFIXES: Final = {"G": 1e9, "M": 1e6, "K": 1e3, "k": 1e3, "c": 1e-2, "m": 1e-3, "µ": 1e-6,
                    "μ": 1e-6, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}  # fmt: skip
_QUANTITY: Final = re.compile(r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*([^\d\s]\S*)?.*")


def si(value: Any) -> float | None:
    """Return a number with a unit in SI units, or None.

    Examples
    --------
    >>> si("4 mm"), si("5 kV"), si("12 °"), si(3), si("on")
    (0.004, 5000.0, 12.0, 3.0, None)
    """
    if not isinstance(value, str):
        return number(value)
    match = _QUANTITY.fullmatch(value)
    size = number(match[1]) if match else None
    if match is None or size is None:
        return None
    unit = match[2] or ""
    factor = _PREFIXES.get(unit[0], 1.0) if len(unit) == 2 and unit not in _WHOLE else 1.0
    return size * factor


#: Units of two letters that have no prefix.
_WHOLE: Final = frozenset({"Pa", "eV", "Hz"})


def _facts(tree: Any, table: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return numbers of a tree, each from the first of its places that has one."""
    found = {key: _first(tree, places) for key, places in table.items()}
    return {key: value for key, value in found.items() if value is not None}


def _first(tree: Any, places: tuple[str, ...]) -> float | None:
    numbers = (si(at(tree, place)) for place in places)
    return next((value for value in numbers if value is not None), None)


def _words(tree: Any, table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return texts of a tree, each from the first of its places that has one."""
    found = {
        key: next(
            (str(v) for v in (at(tree, place) for place in places) if v not in (None, "")), ""
        )
        for key, places in table.items()
    }
    return {key: value for key, value in found.items() if value}


def _stage(tree: Any, table: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    stage = _facts(tree, table)
    return {"stage": stage} if stage else {}


def _steps(x: float | None, y: float | None, units: str) -> dict[str, Step]:
    """Return the axes of an image of known pixel; one number is enough for both."""
    x, y = x or y, y or x
    if not x or not y or x < 0 or y < 0 or not units:
        return {}
    return {"x": (0.0, x, units), "y": (0.0, y, units)}


# --- vendors --------------------------------------------------------------------------


def _fei(_: Tiff, page: Page) -> Notes | None:
    tree = sections(page.text(34682) or page.text(34680))
    beam = str(at(tree, "Beam/Beam") or "EBeam")
    sizes = [
        _first(tree, (f"Scan/{name}", f"{beam[:1]}Scan/{name}"))
        for name in ("PixelWidth", "PixelHeight")
    ]
    facts = {
        "acceleration_voltage": (f"{beam}/HV", "Beam/HV"),
        "working_distance": (f"{beam}/WD", "Beam/WD", "Stage/WorkingDistance"),
        "current": (f"{beam}/BeamCurrent",),
        "pixel_time": ("Scan/Dwelltime", "Scan/DwellTime"),
        "frame_time": ("Scan/FrameTime",),
        "pressure": ("Vacuum/ChPressure",),
    }
    words = {
        "detector": ("Detectors/Name",),
        "microscope": ("System/SystemType",),
        "instrument": ("System/Dnumber",),
        "sample": ("User/UserText",),
    }
    stage = {name.lower(): (f"Stage/Stage{name}",) for name in "XYZRT"}
    experiment = {**_facts(tree, facts), **_words(tree, words), **_stage(tree, stage)}
    return Notes("FEI", _steps(*sizes, "m"), {**experiment, **_moment(tree, "User")}, tree)


def _moment(tree: Any, section: str) -> dict[str, str]:
    """Return date and time as they are written: their order is that of a country."""
    words = (at(tree, f"{section}/{name}") for name in ("Date", "Time"))
    moment = " ".join(str(word) for word in words if word)
    return {"start_date_time": moment} if moment else {}


def _phenom(document: Tiff, page: Page) -> Notes | None:
    text = page.text(34683) or page.text(270)
    if not text.startswith("<") or "FeiImage" not in text[:2000]:
        return None
    tree = tree_of(parse_xml(text.encode(), path=document.path, format="tiff"))
    sizes = []
    for name in ("pixelWidth", "pixelHeight"):
        found = tree.get(name, {})
        sizes.append((number(found.get("text")), found.get("unit", "")))
    facts = {
        "acceleration_voltage": ("acquisition/acceleratingVoltage", "appliedContrast/HV"),
        "working_distance": ("acquisition/workingDistance",),
    }
    known = _steps(sizes[0][0], sizes[1][0], sizes[0][1])
    return Notes("FeiImage", known, _facts(tree, facts), tree)


def _zeiss(_: Tiff, page: Page) -> Notes | None:
    tree: dict[str, Any] = {}
    key = ""
    for line in map(str.strip, page.text(34118).splitlines()):
        if re.fullmatch(r"[A-Z]{2}_[A-Z0-9_]+", line):
            key = line
        elif key:
            name, _, value = line.partition("=") if "=" in line else line.partition(":")
            tree[key] = {"name": name.strip(), "value": typed(value.strip())}
            key = ""
    # an image of twice the pixels has a size of its own, the other one is the screen's
    size = _first(tree, ("AP_IMAGE_PIXEL_SIZE/value", "AP_PIXEL_SIZE/value"))
    facts = {
        "acceleration_voltage": ("AP_ACTUALKV/value", "AP_MANUALKV/value"),
        "working_distance": ("AP_WD/value",),
        "current": ("AP_IPROBE/value", "AP_BEAM_CURRENT/value"),
        "pixel_time": ("DP_DWELL_TIME/value",),
        "frame_time": ("AP_FRAME_TIME/value",),
    }
    words = {
        "detector": ("DP_DETECTOR_CHANNEL/value", "DP_DETECTOR_TYPE/value"),
        "microscope": ("DP_SEM/value",),
        "instrument": ("SV_SERIAL_NUMBER/value",),
        "sample": ("SV_SAMPLE_ID/value", "SV_USER_TEXT/value"),
    }
    moment = _words(tree, {"date": ("AP_DATE/value",), "time": ("AP_TIME/value",)})
    experiment: dict[str, Any] = {**_facts(tree, facts), **_words(tree, words)}
    magnification = at(tree, "AP_MAG/value")
    zoom = re.fullmatch(r"([\d.]+)\s*(K?)\s*X", str(magnification))
    if zoom:
        experiment["magnification"] = float(zoom[1]) * (1e3 if zoom[2] else 1.0)
    if moment:
        experiment["start_date_time"] = " ".join(moment.values())
    stage = {name.lower(): (f"AP_STAGE_AT_{name}/value",) for name in "XYZRT"}
    return Notes("Zeiss", _steps(size, size, "m"), {**experiment, **_stage(tree, stage)}, tree)


def _tescan(_: Tiff, page: Page) -> Notes | None:
    text = page.text(50431)
    tree = sections(text[max(text.find("[MAIN]"), 0) :])
    facts = {
        "acceleration_voltage": ("SEM/HV", "FIB/HV"),
        "working_distance": ("SEM/WD",),
        "magnification": ("MAIN/Magnification",),
        "current": ("SEM/PredictedBeamCurrent", "SEM/SpecimenCurrent"),
        "pixel_time": ("SEM/DwellTime",),
        "pressure": ("SEM/ChamberPressure",),
    }
    words = {
        "detector": ("SEM/Detector", "MAIN/Detector"),
        "microscope": ("MAIN/DeviceModel", "MAIN/Device"),
        "instrument": ("MAIN/SerialNumber",),
        "sample": ("MAIN/ImageName", "MAIN/Description"),
    }
    stage = {name: (f"SEM/Stage{letter}",) for name, letter in _TESCAN_STAGE}
    sizes = (si(at(tree, f"MAIN/PixelSize{letter}")) for letter in "XY")
    experiment = {**_facts(tree, facts), **_words(tree, words), **_stage(tree, stage)}
    return Notes("Tescan", _steps(*sizes, "m"), {**experiment, **_moment(tree, "MAIN")}, tree)


_TESCAN_STAGE: Final = (("x", "X"), ("y", "Y"), ("z", "Z"), ("r", "Rotation"), ("t", "Tilt"))

#: After the head of an SIS block: u16 exponent of 10, f64 x and y in that unit, f64
#: magnification, names of camera and kind of picture.
_SIS: Final = struct.Struct("<10xhdd8xd2x34s32s")


def _sis(document: Tiff, page: Page) -> Notes | None:
    tree: dict[str, Any] = sections(page.text(33471))
    axes: dict[str, Step] = {}
    facts: dict[str, Any] = {}
    with open_cursor(document.path, format="tiff") as cursor:
        cursor.position = page.number(33560, cursor.size)
        if cursor.left >= 64 and cursor.take(4) == b"SIS0":
            cursor.skip(6)
            minute, hour, day, month, year = cursor.unpack("5h")
            cursor.skip(6)
            tree["name"] = until_nul(decode(cursor.take(32)))
            tree["date"] = f"{1900 + year:04}-{month + 1:02}-{day:02}T{hour:02}:{minute:02}"
            kinds = [cursor.unpack("hhI") for _ in range(min(cursor.u2(), cursor.left // 8))]
            place = next((offset for kind, _, offset in kinds if kind == 1), None)
            if place is not None:
                cursor.position = place
                exponent, x, y, zoom, camera, kind = _SIS.unpack(cursor.take(_SIS.size))
                unit = 10.0**exponent
                axes = _steps(number(x * unit), number(y * unit), "m")
                facts = {"magnification": zoom, "start_date_time": tree["date"]}
                names = {"camera": camera, "picture type": kind}
                tree |= {key: until_nul(decode(raw)) for key, raw in names.items()}
                tree |= {"pixel size x (m)": x * unit, "pixel size y (m)": y * unit}
    return Notes("Olympus SIS", axes, facts, tree)


def _gatan(_: Tiff, page: Page) -> Notes | None:
    axes: dict[str, Step] = {}
    for i, name in enumerate("xyz"):
        step = number(page.tags.get(65009 + i))
        if step:
            axes[name] = (number(page.tags.get(65006 + i)) or 0.0, step, page.text(65003 + i))
    raw = page.tags.get(65027)
    tree: dict[str, Any] = {}
    if isinstance(raw, bytes):
        try:
            tree = tags_in(Cursor(raw, format="tiff", order=">")).root
        except (ReaderError, LookupError):
            tree = {}  # stacks keep rubbish here
    return Notes("Gatan", axes, experiment_of(tree), tree)


def _hamamatsu(_: Tiff, page: Page) -> Notes | None:
    text = page.text(270)
    if not re.match(r"\[\w+\],", text):
        return None
    tree: dict[str, Any] = {}
    for name, body in re.findall(r"\[([\w ]+)\],([^\[\r\n]*)", text):
        pairs = re.findall(r'([\w .]+)=("[^"]*"|[^,]*)', body)
        tree[name] = {key.strip(): typed(value.strip('"')) for key, value in pairs}
    axes: dict[str, Step] = {}
    for letter in "XY":
        step = si(at(tree, f"Scaling/Scaling{letter}Scale"))
        unit = str(at(tree, f"Scaling/Scaling{letter}Unit") or "")
        if step and unit and at(tree, f"Scaling/Scaling{letter}Type") == 1:
            axes[letter.lower()] = (0.0, step, {"um": "µm"}.get(unit, unit))
    words = {"detector": ("Camera/CameraName",), "microscope": ("Application/Application",)}
    time = _first(tree, ("Acquisition/ExposureTime",))
    experiment = {**_words(tree, words), **({"exposure_time": time} if time else {})}
    return Notes("Hamamatsu", axes, {**experiment, **_moment(tree, "Application")}, tree)


def _beside(document: Tiff, page: Page) -> Notes | None:
    """Read a text of the same name: JEOL, Hitachi."""
    place = Path(document.path)
    for suffix in (".txt", ".TXT"):
        text_file = place.with_suffix(suffix)
        if text_file.is_file() and text_file.stat().st_size < 1 << 20:
            text = decode(text_file.read_bytes())
            if "[SemImageFile]" in text:
                return _hitachi(sections(text).get("SemImageFile", {}))
            if re.search(r"^\$CM_FORMAT|^\$\$?[CS]M_", text, re.MULTILINE):
                return _jeol(text, page)
    return None


def _hitachi(tree: dict[str, Any]) -> Notes:
    size = si(tree.get("PixelSize"))
    facts = {
        "acceleration_voltage": ("AcceleratingVoltage",),
        "magnification": ("Magnification",),
    }
    words = {
        "detector": ("SignalName",),
        "microscope": ("InstructName", "InstrumentName"),
        "instrument": ("SerialNumber",),
        "sample": ("SampleName",),
    }
    experiment: dict[str, Any] = {**_facts(tree, facts), **_words(tree, words)}
    distance = si(tree.get("WorkingDistance"))
    if distance and str(tree["WorkingDistance"]).endswith("um"):
        experiment["working_distance"] = distance
    moment = {"": tree}
    return Notes("Hitachi", _steps(size, size, "nm"), {**experiment, **_moment(moment, "")}, tree)


def _jeol(text: str, page: Page) -> Notes:
    rows = (line.strip().lstrip("$").partition(" ") for line in text.splitlines())
    tree = {key: typed(value.strip()) for key, _, value in rows if key}
    facts: dict[str, Any] = {}
    voltage = number(tree.get("CM_ACCEL_VOLT"))
    distance = number(tree.get("SM_WD"))
    facts |= {"acceleration_voltage": voltage * 1e3} if voltage else {}
    facts |= {"working_distance": distance * 1e-3} if distance else {}
    facts |= _facts(tree, {"magnification": ("CM_MAG",)})
    words = {"detector": ("CM_SIGNAL_NAME", "CM_SIGNAL"), "microscope": ("CM_INSTRUMENT",),
             "sample": ("CM_TITLE",)}  # fmt: skip
    moment = _words(tree, {"date": ("CM_DATE",), "time": ("CM_TIME",)})
    facts |= {"start_date_time": " ".join(moment.values())} if moment else {}
    bar, marker = number(tree.get("SM_MICRON_BAR")), si(str(tree.get("SM_MICRON_MARKER", "")))
    whole = number(str(tree.get("CM_FULL_SIZE", "")).split(" ")[0])
    shown = page.number(256, 0)
    size = marker / bar * ((whole or shown) / shown) if bar and marker and shown else None
    return Notes("JEOL", _steps(size, size, "m"), {**facts, **_words(tree, words)}, tree)


def _tvips(_: Tiff, page: Page) -> Notes | None:
    raw = page.tags.get(37706)
    tree = tvips_notes(raw) if isinstance(raw, bytes) else {}
    sizes = (number(tree.get(f"PixelSize{letter}")) for letter in "XY")
    facts = {
        "magnification": ("TemMagnification", "Magnification"),
        "exposure_time": ("ExposureTime",),
    }
    experiment: dict[str, Any] = _facts(tree, facts)
    if "exposure_time" in experiment:
        experiment["exposure_time"] *= 1e-3
    tension = number(tree.get("TemHighTension")) or number(tree.get("HighTension")) or 0.0
    if tension > 0:
        # volts, or kilovolts: no microscope has 10 MV
        experiment["acceleration_voltage"] = tension if tension > 1e4 else tension * 1e3
    words = {"detector": ("CameraType",), "microscope": ("TemType",)}
    experiment |= _words(tree, words)
    return Notes("TVIPS", _steps(*sizes, "nm"), experiment, tree)


#: Tags of which one must be there, none for notes that lie elsewhere; best first.
_VENDORS: Final[tuple[tuple[frozenset[int], Callable[[Tiff, Page], Notes | None]], ...]] = (
    (frozenset({34680, 34682}), _fei),
    (frozenset({34683, 270}), _phenom),
    (frozenset({34118}), _zeiss),
    (frozenset({50431}), _tescan),
    (frozenset({33560, 33471}), _sis),
    (frozenset({37706}), _tvips),
    (frozenset({65009, 65010}), _gatan),
    (frozenset({270}), _hamamatsu),
    (frozenset(), _beside),
)
