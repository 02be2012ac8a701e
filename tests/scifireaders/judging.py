"""Hold what a reader returns against the record of a real file.

The rules are those of the README beside the vendor files: equal bytes first, then the
same numbers turned, then computed values within 1e-6, then stacks and their parts; axes
after conversion of units, in the orientation that was found.  Turned pictures count as
wrong, for rows come first and row 0 is the top; what may differ from the reference is the
place of an axis that is not spatial (a reference keeps [energy, y, x], we return
[y, x, energy]), and the direction of such an axis when its values are turned with it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sidpy.base.units import conversion_factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

#: Units that say nothing.
UNITLESS = frozenset(
    {"", "generic", "none", "None", "px", "pixel", "pixels", "frame", "index", "a.u.", "counts"}
)
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Placed:
    """An array in the orientation of the reference: axis i of it is `axes[i]` of ours."""

    values: np.ndarray
    axes: tuple[int, ...]
    flipped: tuple[bool, ...]


def records(folder: Path, *formats: str) -> list[dict[str, Any]]:
    """Return the records of the formats named as in the file, for instance "Gatan DM3"."""
    found = json.loads((folder / "expected.json").read_text())["files"]
    return [record for record in found if not formats or record["format"] in formats]


def judge(
    record: Mapping[str, Any], datasets: Iterable[Any], *, reverse: bool = False
) -> list[str]:
    """Say everything that is wrong with the reading of one file.

    Parameters
    ----------
    record : mapping
        A record of expected.json with ``expect == "read"``.
    datasets : iterable of Dataset
        What the reader returned.
    reverse : bool
        Expect all axes reversed, as the released package returns Gatan files.

    Returns
    -------
    list of str
        A sentence per fault; empty when the reading is right.
    """
    ours = [Reading(dataset) for dataset in datasets]
    ours += _stacks(ours)
    faults = []
    for number, expected in enumerate(record["datasets"]):
        if expected.get("optional"):
            continue
        judged = [_judge_one(expected, reading, reverse=reverse) for reading in ours]
        found = [verdict for verdict in judged if verdict is not None]
        absent = [f"no values like {expected['shape']} {expected['dtype']} among {ours}"]
        best = min(found, key=len, default=absent)
        faults += [f"dataset {number} ({expected['title']!r}): {fault}" for fault in best]
    return faults


class Reading:
    """One dataset of ours, computed once."""

    def __init__(self, dataset: Any, values: np.ndarray | None = None) -> None:
        self.dataset = dataset
        self.values = np.asarray(dataset.compute()) if values is None else values
        self.units = dataset.units
        first = self.values.ndim - dataset.ndim
        self.dimensions = {first + i: dimension for i, dimension in dataset._axes.items()}

    def __repr__(self) -> str:
        return f"{self.dataset.title!r} {self.values.shape} {self.values.dtype}"

    def part(self, axis: int, index: int) -> Reading:
        """Return one slice of a stack as a reading of its own."""
        result = object.__new__(Reading)
        result.dataset, result.units = self.dataset, self.units
        result.values = self.values.take(index, axis)
        rest = [i for i in range(self.values.ndim) if i != axis]
        result.dimensions = {
            k: self.dimensions[i] for k, i in enumerate(rest) if i in self.dimensions
        }
        return result

    def is_spatial(self, axis: int) -> bool:
        """Whether an axis says where: these keep their order."""
        dimension = self.dimensions.get(axis)
        return dimension is not None and dimension.dimension_type.name == "SPATIAL"


def _stacks(ours: list[Reading]) -> list[Reading]:
    """Return equal-shaped datasets put together in order, which may be one expected array."""
    groups: dict[tuple[int, ...], list[Reading]] = {}
    for reading in ours:
        groups.setdefault(reading.values.shape, []).append(reading)
    return [
        Reading(group[0].dataset, np.stack([reading.values for reading in group]))
        for group in groups.values()
        if len(group) > 1 and sum(reading.values.nbytes for reading in group) < 2**27
    ]


def _judge_one(
    expected: Mapping[str, Any], reading: Reading, *, reverse: bool
) -> list[str] | None:
    """Return the faults of one reading; None when its values are others."""
    best: list[str] | None = None
    for form in [expected, *({**expected, **other} for other in expected.get("also", ()))]:
        for candidate in (reading, *_parts(form, reading)):
            for placed in itertools.chain(_same_bytes(form, candidate), _close(form, candidate)):
                faults = _wrong_turn(placed, candidate, reverse=reverse)
                faults += _wrong_axes(form, placed, candidate)
                if not faults:
                    return []
                best = faults if best is None else best
    return best


def _parts(form: Mapping[str, Any], reading: Reading) -> Iterator[Reading]:
    size, values = math.prod(form["shape"]), reading.values
    for axis in range(values.ndim):
        count = values.shape[axis]
        if 1 < count <= 512 and size and values.size == size * count:
            for index in range(count):
                yield reading.part(axis, index)


def _orientations(form: Mapping[str, Any], values: np.ndarray) -> Iterator[Placed]:
    """Yield the array in every orientation that has the expected shape, likely ones first."""
    wanted = [n for n in form["shape"] if n != 1]
    kept = [i for i, n in enumerate(values.shape) if n != 1]
    lean = values.reshape([values.shape[i] for i in kept])
    colours = 1 if form.get("colour") else 0
    if math.prod(wanted) != lean.size or lean.ndim > 6:
        return
    if lean.ndim != len(wanted):
        # a flattened grid: equal bytes are all that can be asked for
        yield Placed(values.reshape(form["shape"]), (), ())
        return
    turns = itertools.permutations(range(lean.ndim - colours))
    tail = tuple(range(lean.ndim - colours, lean.ndim))
    flips = list(itertools.product((False, True), repeat=lean.ndim - colours))
    for turn in turns:
        order = turn + tail
        if [lean.shape[i] for i in order] != wanted:
            continue
        turned = lean.transpose(order)
        for flip in flips:
            steps = tuple(slice(None, None, -1) if f else slice(None) for f in flip)
            yield Placed(turned[steps], tuple(kept[i] for i in turn), flip)


def _digest(values: np.ndarray, kind: str) -> str | None:
    target = np.dtype(kind).newbyteorder("<")
    cast = np.ascontiguousarray(values, dtype=target)
    lossless = values.dtype.newbyteorder("=") == target.newbyteorder("=") or np.array_equal(
        cast, values, equal_nan=cast.dtype.kind in "fc"
    )
    return hashlib.sha256(cast.tobytes()).hexdigest() if lossless else None


def _same_bytes(form: Mapping[str, Any], reading: Reading) -> Iterator[Placed]:
    """Yield the orientations in which the bytes are those of the reference."""
    if not form.get("sha256_C_LE"):
        return
    for placed in _orientations(form, reading.values):
        if _has_corners(form, placed.values, 0.0, 1.0) and (
            _digest(placed.values, form["dtype"]) == form["sha256_C_LE"]
        ):
            yield placed


def _close(form: Mapping[str, Any], reading: Reading) -> Iterator[Placed]:
    """Yield the orientations in which computed values are close to those of the reference."""
    values = reading.values
    if values.size != math.prod(form["shape"]) or not values.size:
        return
    if form["min"] is None:  # nothing but NaN: equal bytes are all that can be asked for
        return
    factor = _factor(reading.units, form["units"]) or 1.0
    with np.errstate(all="ignore"):
        scaled = values * factor if factor != 1.0 else values
        finite = scaled[~np.isnan(scaled)] if scaled.dtype.kind in "fc" else scaled.reshape(-1)
    if not finite.size or not _same_statistics(form, finite):
        return
    reach = TOLERANCE * float(np.abs(finite).max())
    for placed in _orientations(form, values):
        if _has_corners(form, placed.values, reach, factor):
            yield placed


def _same_statistics(form: Mapping[str, Any], finite: np.ndarray) -> bool:
    modulus = np.abs(finite) if form.get("complex") else finite.astype("f8")
    largest = float(np.abs(finite).max())
    mean, total = finite.mean(dtype="c16"), finite.sum(dtype="c16")
    numbers = [modulus.min(), modulus.max(), *_parts_of(mean, form), *_parts_of(total, form)]
    wanted = [form["min"], form["max"], *np.ravel(form["mean"]), *np.ravel(form["sum"])]
    limits = [largest] * (2 + np.size(form["mean"])) + [largest * finite.size] * np.size(
        form["sum"]
    )
    return all(
        abs(number - want) <= TOLERANCE * limit
        for number, want, limit in zip(numbers, wanted, limits, strict=True)
    )


def _parts_of(number: complex, form: Mapping[str, Any]) -> list[float]:
    return [number.real, number.imag] if form.get("complex") else [number.real]


def _has_corners(
    form: Mapping[str, Any], values: np.ndarray, tolerance: float, factor: float
) -> bool:
    """Whether the first, second and last value in C order are in place."""
    places = {"first": 0, "second": min(1, values.size - 1), "last": values.size - 1}
    for name, flat in places.items():
        want = form["corners"].get(name)
        if want is None:
            continue
        number = values[np.unravel_index(flat, values.shape)] * factor
        want = complex(*want) if isinstance(want, list) else want
        if isinstance(want, str) or np.isnan(want):
            continue
        if not abs(complex(number) - want) <= tolerance + 1e-12 * abs(want):
            return False
    return True


def _wrong_turn(placed: Placed, reading: Reading, *, reverse: bool) -> list[str]:
    spatial = [axis for axis in placed.axes if reading.is_spatial(axis)]
    order = sorted(spatial, reverse=reverse)
    faults = []
    if spatial != order:
        faults.append(f"spatial axes are in the order {spatial} of the reference, not {order}")
    turned = [
        axis
        for axis, flip in zip(placed.axes, placed.flipped, strict=True)
        if flip and reading.is_spatial(axis)
    ]
    if turned:
        faults.append(f"spatial axes {turned} run backwards")
    return faults


def _wrong_axes(form: Mapping[str, Any], placed: Placed, reading: Reading) -> list[str]:
    axes = [axis for axis in form["axes"] if axis["size"] != 1]
    faults = []
    for wanted, place, flip in zip(axes, placed.axes, placed.flipped, strict=False):
        dimension = reading.dimensions.get(place)
        if dimension is not None:
            fault = _wrong_axis(wanted, dimension, flip=flip)
            faults += [f"axis {wanted['name']!r}: {fault}"] if fault else []
    return faults


def _factor(source: str, target: str) -> float | None:
    if source == target or target in UNITLESS:
        return 1.0
    return conversion_factor(source, target)


def _wrong_axis(wanted: Mapping[str, Any], dimension: Any, *, flip: bool) -> str | None:
    if wanted.get("unchecked"):
        return None
    if wanted["units"] in UNITLESS and conversion_factor(dimension.units, "m") is not None:
        return f"units {dimension.units!r} are invented"
    # along an axis A is the ångström
    factor = _factor(dimension.units, "Å" if wanted["units"] == "A" else wanted["units"])
    if factor is None:
        return f"units {dimension.units!r} instead of {wanted['units']!r}"
    values = np.asarray(dimension.values, dtype="f8")[:: -1 if flip else 1] * factor
    tolerance = wanted.get("tolerance", TOLERANCE)
    if "scale" not in wanted:
        return _wrong_points(wanted, values, tolerance)
    scale, offset = wanted["scale"], wanted["offset"]
    steps = np.diff(values)
    if wanted.get("sign_free"):
        scale = math.copysign(scale, steps[0])
    if not np.allclose(steps, scale, rtol=0, atol=tolerance * max(abs(scale), abs(offset) * 1e-8)):
        return f"steps of {steps.mean()!r} instead of {scale!r}"
    free = wanted.get("offset_free") or (wanted.get("sign_free") and scale != wanted["scale"])
    if not free and not abs(values[0] - offset) <= tolerance * abs(scale) * len(values):
        return f"begins at {values[0]!r} instead of {offset!r}"
    return None


def _wrong_points(wanted: Mapping[str, Any], values: np.ndarray, tolerance: float) -> str | None:
    if "first" not in wanted:
        return None
    mid = wanted.get("mid")
    points = [(0, wanted["first"]), (len(values) // 2, mid), (len(values) - 1, wanted["last"])]
    reach = tolerance * (abs(wanted["last"] - wanted["first"]) or 1.0)
    for index, want in points:
        if want is not None and not abs(values[index] - want) <= reach:
            return f"value {values[index]!r} instead of {want!r} at {index}"
    return None
