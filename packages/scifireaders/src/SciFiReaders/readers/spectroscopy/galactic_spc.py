"""Galactic SPC (``.spc``): spectra and series of GRAMS and of many instruments.

The bytes are in `galactic_header`.  Subfiles that share their X become one dataset, [x],
[z, x] or [w, z, x]; Z and W count where their values do not grow.  Subfiles with X lists of
their own are datasets of their own.  EDAX and Bruker write other files with this ending,
which are told apart by their header.

Source: Thermo Galactic, "A Brief Guide to SPC File Format" and SPC.H of its developer kit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.strided import StridedArray
from SciFiReaders.values import number

from .galactic_header import (
    FLOATS,
    FORMAT,
    HEADER_SIZE,
    QUANTITIES,
    UNITS,
    VERSIONS,
    Flag,
    Spc,
    Sub,
    is_header,
    parse_spc,
)
from .spectra import ascending, index_axis, spectra_type, spectral_axis

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_spc", "sniff"]

_SOURCE: Final = "SciFiReaders.galactic_spc"


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a header is one of Galactic; EDAX and Bruker use the ending, too."""
    version = probe.head[1] if len(probe.head) > HEADER_SIZE // 2 else 0
    if version not in VERSIONS:
        return 0.0, "no version of Galactic"
    if is_header(Cursor(probe.head, format=FORMAT), version):
        return 0.9, f"a header of Galactic, version 0x{version:02X}"
    return 0.0, "its header is not that of Galactic"


def read_spc(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file of GRAMS.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One: [x], [z, x] or [w, z, x]; where each subfile has its own X, one for each.
        Lazy; integers are scaled when they are computed.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or damaged.

    Warns
    -----
    SidpyWarning
        When subfiles are missing at the end.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        spc = parse_spc(cursor)
    shapes = {sub.points for sub in spc.subs}
    if spc.flags & Flag.OWN_X or len(shapes) > 1:
        return [_one(path, spc, i) for i in range(len(spc.subs))]
    return [_all(path, spc)]


def _numbers(path: str | PathLike[str], spc: Spc, subs: tuple[Sub, ...]) -> Any:
    """Return the numbers of subfiles at equal distances, scaled when they are computed."""
    stride = subs[1].place - subs[0].place if len(subs) > 1 else 0
    exponents = np.array([sub.exponent for sub in subs], dtype=float)
    shape = (len(subs), subs[0].points)
    if subs[0].exponent == FLOATS:
        return lazy(StridedArray(path, spc.order + "f4", shape, subs[0].place, (stride, 4)))
    bits = 16 if spc.flags & Flag.SHORT else 32
    scale = np.exp2(exponents - bits)[:, None]
    if bits == 32 and spc.is_old:
        halves = StridedArray(path, "<u2", (*shape, 2), subs[0].place, (stride, 4, 2))
        pairs = lazy(halves).astype("i8")
        joined = (pairs[..., 0] << 16 | pairs[..., 1]).astype("u4").astype("i4")
        return joined * scale
    kind = f"{spc.order}i{bits // 8}"
    return lazy(StridedArray(path, kind, shape, subs[0].place, (stride, bits // 8))) * scale


def _are_alike(subs: tuple[Sub, ...]) -> bool:
    """Whether subfiles lie at equal distances and hold one type of number."""
    places = np.array([sub.place for sub in subs])
    kinds = {sub.exponent == FLOATS for sub in subs}
    return len(kinds) == 1 and len(set(np.diff(places).tolist())) <= 1


def _all(path: str | PathLike[str], spc: Spc) -> Dataset:
    import dask.array as da

    subs = spc.subs
    if _are_alike(subs):
        array = _numbers(path, spc, subs)
    else:
        array = da.concatenate([_numbers(path, spc, (sub,)) for sub in subs])
    points = subs[0].points
    values = spc.x if spc.x is not None else _even(spc, points)
    axes = _outer(spc)
    array = array.reshape(*(axis.values.size for axis in axes), points)
    return _labelled(spc, array, axes, values, "spectrum")


def _one(path: str | PathLike[str], spc: Spc, i: int) -> Dataset:
    sub = spc.subs[i]
    values = _even(spc, sub.points)
    if sub.x_place is not None:
        source = StridedArray(path, spc.order + "f4", (sub.points,), sub.x_place, (4,))
        values = np.asarray(source[...], dtype=float)
    title = f"spectrum {i + 1}" if len(spc.subs) > 1 else "spectrum"
    found = _labelled(spc, _numbers(path, spc, (sub,))[0], (), values, title)
    found.metadata["experiment"]["z"] = number(sub.z)
    return found


def _even(spc: Spc, points: int) -> np.ndarray:
    return np.linspace(spc.fields["first"], spc.fields["last"], points)


def _outer(spc: Spc) -> tuple[Axis, ...]:
    """Return the axes of the subfiles: W, then Z; a count where Z does not grow."""
    count = len(spc.subs)
    if count == 1:
        return ()
    planes = spc.fields.get("w planes", 0)
    if planes > 1 and count % planes == 0:
        inner = count // planes
        w = np.array([sub.w for sub in spc.subs[::inner]])
        z = np.array([sub.z for sub in spc.subs[:inner]])
        return (_growing(spc, "w", w), *([_growing(spc, "z", z)] if inner > 1 else []))
    return (_growing(spc, "z", np.array([sub.z for sub in spc.subs])),)


def _growing(spc: Spc, name: str, values: np.ndarray) -> Axis:
    quantity, units = UNITS.get(spc.fields.get(f"{name} units", 0), ("", ""))
    labels = spc.fields["labels"]
    if name == "z" and spc.flags & Flag.LABELS and len(labels) > 2 and labels[2]:
        quantity, units = labels[2], ""
    steps = np.diff(values)
    if not np.isfinite(values).all() or not ((steps > 0).all() or (steps < 0).all()):
        return index_axis(name, values.size)
    axis = Axis.swept(name, values, units, quantity)
    kind = {"Time": "TEMPORAL", "Length": "SPATIAL"}.get(quantity, "UNKNOWN")
    return Axis(axis.name, axis.values, units, quantity or name, kind)


def _labelled(
    spc: Spc, array: Any, axes: tuple[Axis, ...], values: np.ndarray, title: str
) -> Dataset:
    x_quantity, x_units = UNITS.get(spc.fields["x units"], ("", ""))
    quantity, units = QUANTITIES.get(spc.fields["y units"], ("intensity", ""))
    labels = spc.fields["labels"]
    if spc.flags & Flag.LABELS:
        x_quantity = labels[0] or x_quantity
        quantity = labels[1] if len(labels) > 1 and labels[1] else quantity
    spectral, array = ascending(spectral_axis(values, x_units, x_quantity), array)
    if spectral.name in {axis.name for axis in axes}:
        spectral = Axis("x", spectral.values, x_units, x_quantity, spectral.kind)
    axes = (*axes, spectral)
    found = dataset(
        array,
        axes,
        title=title,
        data_type=spectra_type(axes),
        units=units,
        quantity=quantity,
        source=_SOURCE,
        metadata={"experiment": _experiment(spc)},
        original_metadata={"header": spc.fields, "flags": int(spc.flags), "log": spc.log},
    )
    if x_quantity == "Raman shift":
        found.modality = "Raman"
    return found


def _experiment(spc: Spc) -> dict[str, Any]:
    names = {
        "start_date_time": "date",
        "instrument": "instrument",
        "resolution": "resolution",
        "method": "method",
        "comment": "comment",
    }
    found = {key: spc.fields.get(name) for key, name in names.items()}
    return {key: value for key, value in found.items() if value}
