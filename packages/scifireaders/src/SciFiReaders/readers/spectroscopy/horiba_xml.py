"""Horiba LabSpec (``.xml``): spectra, line scans, maps.

Everything is an element ``LSX`` whose meaning is its number:

============== =====================================================================
number         meaning
============== =====================================================================
0x6C7469D9     title
0x7B697861     axes, numbered: 0 the intensity, 1 the spectral axis, 2 the faster and
               3 the slower direction of a scan; in each of them
0x6D707974     - its type: ``Intens``, ``Spectr``, ``X``, ``Y``, ``Z``, ``Time``
0x7C696E75     - its units: ``Cnt``, ``Cnt/sec``, ``nm``, ``1/cm``, ``eV``, ``µm``
0x7D6CD4DB     - its values, as text
0x6D6D616E     name of a setting; beside it
0x7D6C61DB     - its value as shown, and
0x08736F70     - its value as a number
============== =====================================================================

``LSX_Matrix`` has an ``LSX_Row`` of numbers for each spectrum.  LabSpec's own binary
formats (``.l6s``, ``.l6m``, ``.ngs``) are not documented; it exports this one and text.

Source: files of LabSpec 6 from the RosettaSciIO collection, whose numbers were told by
their context.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.markup import parse_xml
from SciFiReaders.values import typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning, UnrecognisedFile

from .horiba_settings import experiment_of, quantity_of
from .spectra import ascending, numbers_of, spectra_type, spectral_axis, unit_of

if TYPE_CHECKING:
    from os import PathLike
    from xml.etree.ElementTree import Element

    from sidpy import Dataset

__all__ = ["read_horiba", "sniff"]

FORMAT: Final = "horiba.xml"
_SOURCE: Final = "SciFiReaders.horiba_xml"
_ROOT: Final = re.compile(rb"<LSX_Data[\s>]")
_LONGEST: Final = 1 << 28
TITLE: Final = "0x6C7469D9"
AXES: Final = "0x7B697861"
TYPE: Final = "0x6D707974"
UNITS: Final = "0x7C696E75"
VALUES: Final = "0x7D6CD4DB"
NAME: Final = "0x6D6D616E"
SHOWN: Final = "0x7D6C61DB"
EXACT: Final = "0x8736F70"


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a file has the root element of LabSpec."""
    found = _ROOT.search(probe.head[:2048])
    return (1.0, "its root is LSX_Data") if found else (0.0, "no LSX_Data")


def read_horiba(path: str | PathLike[str]) -> list[Dataset]:
    """Read a file that LabSpec exported as XML.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One: [channel], [y or x, channel], [y, x, channel].  In memory, for it is text.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or its numbers do not fit its axes.

    Warns
    -----
    SidpyWarning
        When spectra are missing; they are NaN.
    """
    root = _root(path)
    axes = _axes(path, root)
    settings = _settings(root)
    rows = [numbers_of(row.text or "", path, FORMAT) for row in root.iter("LSX_Row")]
    array = _array(path, rows, [axis.values.size for axis in axes])
    kept = [axis for axis in axes[:-1] if axis.values.size > 1]
    array = array.reshape([axis.values.size for axis in (*kept, axes[-1])])
    if [axis.name for axis in kept] == ["x", "y"]:
        kept, array = kept[::-1], array.swapaxes(0, 1)
    return [_labelled(root, array, tuple(kept), axes[-1], settings)]


def _root(path: str | PathLike[str]) -> Element:
    with open_cursor(path, format=FORMAT) as cursor:
        if not _ROOT.search(cursor.take(min(cursor.size, 2048))):
            msg = "not a file of LabSpec: its root is not LSX_Data"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        if cursor.size > _LONGEST:
            msg = f"an XML of {cursor.size} bytes cannot be"
            raise cursor.corrupt(msg)
        cursor.position = 0
        return parse_xml(cursor.take(cursor.size), path=path, format=FORMAT)


def _find(element: Element | None, code: str) -> Element | None:
    """Return the child with a number; texts of numbers differ by leading zeros."""
    if element is None:
        return None
    return next((e for e in element if _code(e) == _number(code)), None)


def _code(element: Element) -> int:
    return _number(element.get("ID", ""))


def _number(code: str) -> int:
    try:
        return int(code, 16)
    except ValueError:
        return -1


def _text(element: Element | None, code: str) -> str:
    found = _find(element, code)
    return ((found.text or "") if found is not None else "").strip()


def _axes(path: str | PathLike[str], root: Element) -> list[Axis]:
    """Return the axes, the slowest first and the spectral one last."""
    group = next((e for e in root.iter("LSX") if _code(e) == _number(AXES)), None)
    listed = [] if group is None else [e for e in group if _code(e) >= 1]
    found = []
    for element in sorted(listed, key=_code, reverse=True):
        kind, units = _text(element, TYPE), unit_of(_text(element, UNITS))
        values = numbers_of(_text(element, VALUES), path, FORMAT)
        if _code(element) == 1:
            found.append(spectral_axis(values, units, quantity_of(kind, units)))
        elif kind.lower() == "time":
            found.append(Axis("time", values, units, "Time", "TEMPORAL"))
        else:
            name = kind.lower() if kind.isidentifier() else f"axis_{_code(element)}"
            found.append(Axis.scanned(name, values, units))
    if not found or not all(axis.values.size for axis in found):
        msg = "it has no spectral axis"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return found


def _array(path: str | PathLike[str], rows: list[np.ndarray], shape: list[int]) -> np.ndarray:
    """Return the spectra, NaN for those that are missing."""
    count, channels = math.prod(shape[:-1]), shape[-1]
    if not rows or len(rows) > count or any(row.size != channels for row in rows):
        sizes = sorted({row.size for row in rows})
        msg = f"{len(rows)} spectra of {sizes} points do not fit axes of {shape}"
        raise CorruptFile(msg, path=path, format=FORMAT)
    if len(rows) < count:
        warn(f"{path}: {len(rows)} of {count} spectra are there", SidpyWarning)
        # as many as there are decide how much memory may be taken
        if count > 64 * len(rows) + 4096:
            msg = f"{len(rows)} spectra for {count} points"
            raise CorruptFile(msg, path=path, format=FORMAT)
    array = np.full((count, channels), np.nan)
    array[: len(rows)] = rows
    return array


def _settings(root: Element) -> dict[str, Any]:
    """Return every named setting; where text and number differ, both."""
    found: dict[str, Any] = {}
    for element in root.iter("LSX"):
        name = _text(element, NAME)
        if not name:
            continue
        shown, exact = typed(_text(element, SHOWN)), typed(_text(element, EXACT))
        found[name] = shown
        if exact not in ("", shown):
            found[f"{name} (number)"] = exact
    return found


def _labelled(
    root: Element,
    array: np.ndarray,
    axes: tuple[Axis, ...],
    spectral: Axis,
    settings: dict[str, Any],
) -> Dataset:

    tree = root.find("LSX_Tree")
    group = next((e for e in root.iter("LSX") if _code(e) == _number(AXES)), None)
    intensity = next((e for e in group if _code(e) == 0), None) if group is not None else None
    spectral, array = ascending(spectral, array)
    found = dataset(
        lazy(array),
        (*axes, spectral),
        title=_text(tree, TITLE) or "spectrum",
        data_type=spectra_type((*axes, spectral)),
        units=unit_of(_text(intensity, UNITS)),
        quantity="intensity",
        source=_SOURCE,
        metadata={"experiment": experiment_of(settings)},
        original_metadata=settings,
    )
    if spectral.quantity == "Raman shift":
        found.modality = "Raman"
    return found
