"""Luminescence in XSYG (``.xsyg``) of Freiberg Instruments' lexsyg readers.

======================================= ============================================
element                                 meaning
======================================= ============================================
``Sample``                              one aliquot disc after the other
``Sequence``                            position of the disc
``Sequence/Record``                     a step: recordType RF, TL, OSL, ...
``Record/Curve``                        measured or predefined: detector or stimulator,
                                        curveDescripter ``t [s]; cts [1/ch]``, and as
                                        text ``t,value;t,value``
``Curve`` with wavelengthtable          a spectrometer: ``t,[value|value|...];``
======================================= ============================================

Source: the public description of XSYG by Freiberg Instruments, and the documentation of
``read_XSYG2R`` in the R package Luminescence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.markup import parse_xml
from SciFiReaders.values import typed
from sidpy.errors import CorruptFile, UnrecognisedFile

from .spectra import ascending, numbers_of, spectra_type, spectral_axis

if TYPE_CHECKING:
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

__all__ = ["read_xsyg", "sniff"]

FORMAT: Final = "xsyg"
_SOURCE: Final = "SciFiReaders.xsyg"
_MARK: Final = re.compile(rb"<Sample\s[^>]*>\s*<Sequence\s")
_LONGEST: Final = 1 << 28
_LABEL: Final = re.compile(r"\s*([^\[]*?)\s*(?:\[([^\]]*)\])?\s*$")


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a file has a sample with sequences of curves."""
    if _MARK.search(probe.head):
        sure = b"curveDescripter" in probe.head or b"lexsyg" in probe.head
        return (1.0, "samples and sequences of XSYG") if sure else (0.5, "Sample and Sequence")
    return 0.0, "no Sample and Sequence"


def read_xsyg(path: str | PathLike[str]) -> list[Dataset]:
    """Read every curve of a file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        In the order of the file: [time], or [time, wavelength] of a spectrometer.  In
        memory, for it is text.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or the numbers of a curve are damaged.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        if not _MARK.search(cursor.take(min(cursor.size, 1 << 16))):
            msg = "not a file in XSYG: it has no Sample with a Sequence"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        if cursor.size > _LONGEST:
            msg = f"an XML of {cursor.size} bytes cannot be"
            raise cursor.corrupt(msg)
        cursor.position = 0
        root = parse_xml(cursor.take(cursor.size), path=path, format=FORMAT)
    found = []
    for i, sequence in enumerate(root.iter("Sequence"), 1):
        for k, record in enumerate(sequence.findall("Record"), 1):
            where = (f"aliquot {i}, step {k}", root, sequence, record)
            curves = [curve for curve in record.findall("Curve") if (curve.text or "").strip()]
            found += [_curve(path, curve, where) for curve in curves]
    if not found:
        msg = "it holds no curves"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _curve(
    path: str | PathLike[str], curve: Element, where: tuple[str, Element, Element, Element]
) -> Dataset:

    place, root, sequence, record = where
    labels = [_LABEL.match(part) for part in curve.get("curveDescripter", "").split(";")]
    words = [(match[1], match[2] or "") if match else ("", "") for match in labels]
    times, array = _values(path, curve)
    units = words[0][1]
    axes: tuple[Axis, ...] = (
        Axis("time", times, units, "Time", "TEMPORAL" if units else "UNKNOWN"),
    )
    if array.ndim == 2:
        table = numbers_of(
            curve.get("wavelengthtable", "").strip("[]").replace("|", " "), path, FORMAT
        )
        if table.size != array.shape[1]:
            msg = f"{place}: {table.size} wavelengths for {array.shape[1]} channels"
            raise CorruptFile(msg, path=path, format=FORMAT)
        spectral, array = ascending(spectral_axis(table, "nm"), array)
        axes = (*axes, spectral)
    quantity, values_units = words[-1] if len(words) > 1 else ("", "")
    source = curve.get("detector") or curve.get("stimulator") or ""
    parts = (record.get("recordType"), source, curve.get("curveType"))
    tree = {
        "sample": root.attrib, "sequence": sequence.attrib, "record": record.attrib,
        "curve": {k: v for k, v in curve.attrib.items() if k != "wavelengthtable"},
    }  # fmt: skip
    return dataset(
        lazy(array),
        axes,
        title=f"{place}: " + " ".join(part for part in parts if part),
        data_type=spectra_type(axes) if array.ndim == 2 else "LINE_PLOT",
        units="counts" if quantity == "cts" else values_units,
        quantity="intensity" if quantity == "cts" else quantity,
        source=_SOURCE,
        metadata={"experiment": _experiment(root, record, curve)},
        original_metadata={
            name: {key: typed(value) for key, value in part.items()} for name, part in tree.items()
        },
    )


def _values(path: str | PathLike[str], curve: Element) -> tuple[np.ndarray, np.ndarray]:
    """Return the times and what was measured at each of them."""
    rows = [row for row in (curve.text or "").replace("\n", " ").split(";") if row.strip()]
    pairs = [row.split(",", 1) for row in rows]
    if any(len(pair) != 2 for pair in pairs):
        msg = "a curve has a time without a value"
        raise CorruptFile(msg, path=path, format=FORMAT)
    times = numbers_of(" ".join(pair[0] for pair in pairs), path, FORMAT)
    if not all("[" in pair[1] for pair in pairs):
        values = numbers_of(" ".join(pair[1] for pair in pairs), path, FORMAT)
    else:
        spectra = [numbers_of(p[1].strip(" []").replace("|", " "), path, FORMAT) for p in pairs]
        if len({row.size for row in spectra}) != 1:
            msg = "a curve has spectra of several lengths"
            raise CorruptFile(msg, path=path, format=FORMAT)
        values = np.array(spectra)
    if len(times) != len(values):
        msg = f"a curve has {len(times)} times for {len(values)} values"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return times, values


def _experiment(root: Element, record: Element, curve: Element) -> dict[str, Any]:
    found = {
        "detector": curve.get("detector"),
        "stimulator": curve.get("stimulator"),
        "record_type": record.get("recordType"),
        "sample": root.get("name"),
        "user": root.get("user"),
        "start_date_time": curve.get("startDate"),
    }
    return {key: value for key, value in found.items() if value}
