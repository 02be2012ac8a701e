"""What microscopes write about an image into the tags of a TIFF.

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
============ ============ =========================================================

What lies beside the file is read by `beside`.  A vendor that does not say how large a pixel
is leaves it unknown.

Source: names and places of the private tags as in the documentation of tifffile
(BSD-3-Clause); Gatan and Olympus SIS decoded from files of the RosettaSciIO collection.
Not yet understood: tag 65028 of JEOL's SightX.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.readers.electron.gatan_metadata import experiment_of
from SciFiReaders.readers.electron.gatan_tags import tags_in
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import at, number, typed
from sidpy.errors import ReaderError

from .beside import notes_beside, tescan_notes
from .notes import Notes, facts_of, first_of, moment_of, sections, si, stage_of, steps_of, words_of
from .tvips_notes import tvips_notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from .notes import Step
    from .tiff_pages import Page, Tiff

__all__ = ["notes_of"]


def notes_of(document: Tiff, page: Page) -> list[Notes]:
    """Return what all vendors say about a page; nothing that cannot be read stops it."""
    found = []
    for tags, read in _VENDORS:
        if not tags & page.tags.keys():
            continue
        try:
            notes = read(document, page)
        except (ReaderError, ValueError, LookupError, TypeError, OverflowError, struct.error):
            continue  # damaged notes: the pixels are there all the same
        found += [notes] if notes else []
    beside = notes_beside(document.path, page.number(256, 0))
    return [*found, beside] if beside else found


# --- vendors --------------------------------------------------------------------------


def _fei(_: Tiff, page: Page) -> Notes | None:
    tree = sections(page.text(34682) or page.text(34680))
    beam = str(at(tree, "Beam/Beam") or "EBeam")
    sizes = [
        first_of(tree, (f"Scan/{name}", f"{beam[:1]}Scan/{name}"))
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
    experiment = {**facts_of(tree, facts), **words_of(tree, words), **stage_of(tree, stage)}
    return Notes("FEI", steps_of(*sizes, "m"), {**experiment, **moment_of(tree, "User")}, tree)


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
    known = steps_of(sizes[0][0], sizes[1][0], sizes[0][1])
    return Notes("FeiImage", known, facts_of(tree, facts), tree)


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
    size = first_of(tree, ("AP_IMAGE_PIXEL_SIZE/value", "AP_PIXEL_SIZE/value"))
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
    moment = words_of(tree, {"date": ("AP_DATE/value",), "time": ("AP_TIME/value",)})
    experiment: dict[str, Any] = {**facts_of(tree, facts), **words_of(tree, words)}
    magnification = at(tree, "AP_MAG/value")
    zoom = re.fullmatch(r"([\d.]+)\s*(K?)\s*X", str(magnification))
    if zoom:
        experiment["magnification"] = float(zoom[1]) * (1e3 if zoom[2] else 1.0)
    if moment:
        experiment["start_date_time"] = " ".join(moment.values())
    stage = {name.lower(): (f"AP_STAGE_AT_{name}/value",) for name in "XYZRT"}
    return Notes("Zeiss", steps_of(size, size, "m"), {**experiment, **stage_of(tree, stage)}, tree)


def _tescan(_: Tiff, page: Page) -> Notes | None:
    return tescan_notes(page.text(50431))


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
                axes = steps_of(number(x * unit), number(y * unit), "m")
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
    time = first_of(tree, ("Acquisition/ExposureTime",))
    experiment = {**words_of(tree, words), **({"exposure_time": time} if time else {})}
    return Notes("Hamamatsu", axes, {**experiment, **moment_of(tree, "Application")}, tree)


def _tvips(_: Tiff, page: Page) -> Notes | None:
    raw = page.tags.get(37706)
    tree = tvips_notes(raw) if isinstance(raw, bytes) else {}
    sizes = (number(tree.get(f"PixelSize{letter}")) for letter in "XY")
    facts = {
        "magnification": ("TemMagnification", "Magnification"),
        "exposure_time": ("ExposureTime",),
    }
    experiment: dict[str, Any] = facts_of(tree, facts)
    if "exposure_time" in experiment:
        experiment["exposure_time"] *= 1e-3
    tension = number(tree.get("TemHighTension")) or number(tree.get("HighTension")) or 0.0
    if tension > 0:
        # volts, or kilovolts: no microscope has 10 MV
        experiment["acceleration_voltage"] = tension if tension > 1e4 else tension * 1e3
    words = {"detector": ("CameraType",), "microscope": ("TemType",)}
    experiment |= words_of(tree, words)
    return Notes("TVIPS", steps_of(*sizes, "nm"), experiment, tree)


#: Tags of which one must be there; best first.
_VENDORS: Final[tuple[tuple[frozenset[int], Callable[[Tiff, Page], Notes | None]], ...]] = (
    (frozenset({34680, 34682}), _fei),
    (frozenset({34683, 270}), _phenom),
    (frozenset({34118}), _zeiss),
    (frozenset({50431}), _tescan),
    (frozenset({33560, 33471}), _sis),
    (frozenset({37706}), _tvips),
    (frozenset({65009, 65010}), _gatan),
    (frozenset({270}), _hamamatsu),
)
