"""VAMAS (``.vms``), ISO 14976: spectra, maps and depth profiles of surface analysis.

The layout is in `vamas_blocks`.  A block is one spectrum, with its counts and often the
transmission of the analyser: each variable becomes a dataset.  Where the abscissa is not
regular it is the first variable.  Blocks of one region that fill the grid of a map become
[y, x, energy], those of a depth profile [etch time, energy]; a block of a map of one value
is [y, x].  Coordinates of maps count from 1 at the top left.

Source: W. A. Dench et al., "VAMAS surface chemical analysis standard data transfer format",
Surf. Interface Anal. 13, 63 (1988), doi:10.1002/sia.740130202; ISO 14976:1998.
Not yet understood: nothing in the standard; private words in comments stay text.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, lazy, pixel_centres
from sidpy.errors import UnrecognisedFile

from .plain_text import read_text
from .vamas_blocks import FORMAT, Block, Experiment, parse_experiment

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_vamas"]

MAGIC: Final = "VAMAS Surface Chemical Analysis Standard Data Transfer Format"
_PROFILES: Final = frozenset({"MAPDP", "MAPSVDP", "SDP"})
#: Units of the standard that have another name here.
_UNITS: Final = {"d": "", "n": "", "c/s": "counts/s", "micron": "um", "u": "u", "degree": "deg"}
_TIMES: Final = ("year", "month", "day", "hour", "minute", "second")
#: Key, name of the entry.
_NUMBERS: Final = (
    ("excitation_energy", "analysis source energy"),
    ("source_power", "analysis source strength"),
    ("pass_energy", "analyser pass energy"),
    ("work_function", "analyser work function"),
    ("bias", "target bias"),
    ("pixel_time", "collection time"),
    ("number_of_scans", "number of scans"),
    ("take_off_angle", "take-off polar angle"),
)


def read_vamas(path: str | PathLike[str]) -> list[Dataset]:
    """Read the spectra, maps and profiles of a file.

    Parameters
    ----------
    path : path-like
        The ``.vms`` file.

    Returns
    -------
    list of Dataset
        In the order of the blocks, a dataset per variable; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When it does not begin as the standard says.
    CorruptFile
        See `parse_experiment`.
    """
    text = read_text(path, FORMAT)
    if not text.lstrip().startswith(MAGIC):
        msg = f"not a VAMAS file: it does not begin with {MAGIC[:20]!r} ..."
        raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
    experiment = parse_experiment(text, path)
    found: list[Dataset] = []
    for blocks in _groups(experiment):
        columns = range(_first(experiment), len(blocks[0].columns))
        found += [_label(experiment, blocks, column) for column in columns]
    return found


def _first(experiment: Experiment) -> int:
    """Return the first variable that is no abscissa."""
    return 1 if experiment.scan_mode == "IRREGULAR" else 0


# --- which blocks belong together -------------------------------------------------------


def _region(block: Block) -> tuple[Any, ...]:
    """Return what blocks of one region share."""
    names = ("technique", "species label", "transition label", "abscissa start")
    return (*(block.words.get(name) for name in names), block.table.shape, tuple(block.columns))


def _groups(experiment: Experiment) -> list[list[Block]]:
    """Return the blocks that make one array, in the order of their first ones."""
    regions: dict[tuple[Any, ...], list[Block]] = {}
    for block in experiment.blocks:
        regions.setdefault(_region(block), []).append(block)
    found: list[list[Block]] = []
    for blocks in regions.values():
        whole = len(blocks) > 1 and _shape(experiment, blocks) is not None
        found += [blocks] if whole else [[block] for block in blocks]
    order = {id(block): i for i, block in enumerate(experiment.blocks)}
    return sorted(found, key=lambda blocks: order[id(blocks[0])])


def _shape(experiment: Experiment, blocks: list[Block]) -> list[list[Any]] | None:
    """Return the values of each way in which blocks differ, if they fill the grid of them."""
    ways: list[list[Any]] = []
    if experiment.mode in _PROFILES:
        ways.append(_distinct([tuple(block.settings) for block in blocks]))
    if experiment.mode in ("MAP", "MAPDP"):
        for name in ("y coordinate", "x coordinate"):
            places = [block.known(name) for block in blocks]
            if None in places:
                return None
            ways.append(sorted(_distinct(places)))
    if not ways or np.prod([len(way) for way in ways]) != len(blocks):
        return None
    places = {_place(experiment, block) for block in blocks}
    return ways if len(places) == len(blocks) else None


def _distinct(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _place(experiment: Experiment, block: Block) -> tuple[Any, ...]:
    """Return where a block lies among those of its region."""
    place: tuple[Any, ...] = ()
    if experiment.mode in _PROFILES:
        place = (tuple(block.settings),)
    if experiment.mode in ("MAP", "MAPDP"):
        place = (*place, block.known("y coordinate"), block.known("x coordinate"))
    return place


# --- label ------------------------------------------------------------------------------


def _label(experiment: Experiment, blocks: list[Block], column: int) -> Dataset:

    first = blocks[0]
    label, units = first.columns[column]
    if len(blocks) == 1:
        values, axes = first.table[:, column], (_abscissa(experiment, first),)
        if experiment.mode in ("MAPSV", "MAPSVDP", "SEM"):
            values, axes = _picture(first, values, axes)
    else:
        values, axes = _stack(experiment, blocks, column)
    kinds = {"SPATIAL": "IMAGE", "SPECTRAL": "SPECTRUM"}
    kind = kinds.get(axes[-1].kind, "SPECTRUM") if len(axes) < 3 else "SPECTRAL_IMAGE"
    if len(axes) == 2 and axes[-1].kind != "SPATIAL":
        kind = "SPECTRAL_IMAGE"
    several = len(first.columns) - _first(experiment) > 1
    found = dataset(
        lazy(np.ascontiguousarray(values)),
        axes,
        title=f"{first.name}: {label}" if several else first.name,
        data_type=kind,
        units=_UNITS.get(units, units),
        quantity=label,
        source="SciFiReaders.vamas",
        metadata={"experiment": _experiment(experiment, first)},
        original_metadata={
            **experiment.words,
            "block": {"block identifier": first.name, "sample identifier": first.sample}
            | first.words,
        },
    )
    found.modality = str(first.words.get("technique") or "generic")
    return found


def _abscissa(experiment: Experiment, block: Block) -> Axis:
    count = len(block.table)
    if experiment.scan_mode == "IRREGULAR":
        label, units = block.columns[0]
        places = block.table[:, 0]
    elif "abscissa start" in block.words:
        label, units = (str(block.words[f"abscissa {part}"]) for part in ("label", "units"))
        start, step = block.known("abscissa start"), block.known("abscissa increment")
        places = (start or 0.0) + (1.0 if step is None else step) * np.arange(count)
    else:
        return Axis("point", np.arange(count), "", "point", "SPECTRAL")
    return Axis.swept("energy", places, _UNITS.get(units, units), label)


def _stack(
    experiment: Experiment, blocks: list[Block], column: int
) -> tuple[np.ndarray, tuple[Axis, ...]]:
    ways = _shape(experiment, blocks) or []
    order = {way: i for i, way in enumerate(_every(ways))}
    table = np.empty((len(blocks), len(blocks[0].table)))
    for block in blocks:
        table[order[_place(experiment, block)]] = block.table[:, column]
    axes: list[Axis] = []
    for way, name in zip(ways, _names(experiment), strict=True):
        axes.append(_way(experiment, blocks[0], way, name))
    shape = [len(axis.values) for axis in axes]
    return table.reshape(*shape, -1), (*axes, _abscissa(experiment, blocks[0]))


def _every(ways: list[list[Any]]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = [()]
    for way in ways:
        found = [(*place, value) for place in found for value in way]
    return found


def _names(experiment: Experiment) -> list[str]:
    names = ["profile"] if experiment.mode in _PROFILES else []
    return names + (["y", "x"] if experiment.mode in ("MAP", "MAPDP") else [])


def _way(experiment: Experiment, block: Block, way: list[Any], name: str) -> Axis:
    if name == "profile":
        values = np.array([settings[0] if settings else i for i, settings in enumerate(way)])
        if not experiment.variables or not np.isfinite(values).all():
            return Axis("step", np.arange(len(way)), "", "step", "TEMPORAL")
        label, units = experiment.variables[0]
        axis = Axis.swept("variable", values, _UNITS.get(units, units), label)
        return Axis(axis.name, values, axis.units, label, "TEMPORAL")
    numbers = np.array([float(value) for value in way])
    return _pixels(block, name, numbers, experiment.words.get(f"{name} coordinates", 0))


def _pixels(block: Block, name: str, numbers: np.ndarray, count: int) -> Axis:
    """Return the middles of pixels that count from 1, in micrometres where a field is known."""
    length = block.known(f"field of view {name}")
    if not length or length < 0 or not count:
        return Axis(name, numbers, "", name, "SPATIAL")
    return Axis(name, (numbers - 0.5) * length / count, "um", "Length", "SPATIAL")


def _picture(
    block: Block, values: np.ndarray, axes: tuple[Axis, ...]
) -> tuple[np.ndarray, tuple[Axis, ...]]:
    """Return a block of a map of one value as [y, x], when its lines say how wide it is."""
    names = ("first line start x", "first line finish x", "first line finish y")
    start, finish, top = (block.known(name) for name in names)
    bottom = block.known("last line finish y")
    if start is None or finish is None or top is None or bottom is None:
        return values, axes
    columns, rows = round(abs(finish - start)) + 1, round(abs(bottom - top)) + 1
    if columns * rows != len(values):
        return values, axes
    made = []
    for name, size in (("y", rows), ("x", columns)):
        length = block.known(f"field of view {name}")
        places = pixel_centres(size, length) if length else np.arange(size)
        made.append(Axis(name, places, "um" if length else "", "Length", "SPATIAL"))
    return values.reshape(rows, columns), tuple(made)


def _experiment(experiment: Experiment, block: Block) -> dict[str, Any]:
    found: dict[str, Any] = {key: block.known(name) for key, name in _NUMBERS}
    words = experiment.words
    said = {"instrument": words["instrument"], "operator": words["operator"]}
    said |= {"sample": block.sample, "source": block.words.get("analysis source label")}
    said["probe_mode"] = block.words.get("analyser mode")
    found |= {key: value for key, value in said.items() if str(value).lower() != "not specified"}
    found["start_date_time"] = _start(block)
    for (label, units), value in zip(experiment.variables, block.settings, strict=False):
        if np.isfinite(value):
            found.setdefault("variables", {})[label] = (value, _UNITS.get(units, units))
    return {key: value for key, value in found.items() if value not in (None, "", {})}


def _start(block: Block) -> str:
    parts = [block.known(name) for name in _TIMES]
    if None in parts:
        return ""
    try:
        return datetime(*[int(part or 0) for part in parts]).isoformat()  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return ""
