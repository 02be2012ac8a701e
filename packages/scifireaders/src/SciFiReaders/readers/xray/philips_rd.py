"""Philips diffractograms: PC-APD in binary (``.rd``, ``.sd``) and in text (``.udf``).

``.rd``: little-endian, V3RD or V5RD.

============ ========================================================================
@0           ``V3RD`` or ``V5RD``
@85          number of the anode, see `ANODES`
@86          focus: broad, normal, fine, long fine
@138         8 characters of the file, 20 of the sample from @146
@214         f64 step, start and end of 2theta
@250, @810   (V3, V5) u16 per point: the intensity is the whole part of v * v / 100
============ ========================================================================

``.udf``: lines ``Key, value, ... ,/``; `DataAngleRange` start and end, `ScanStepSize`;
behind ``RawScan`` intensities separated by commas, to a slash.

Source: Philips Analytical X-ray, PC-APD manual; descriptions in the documentation of
public readers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import open_cursor
from SciFiReaders.strided import StridedArray
from SciFiReaders.text import decode, until_nul
from SciFiReaders.values import number, typed
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, UnrecognisedFile

from .plain_text import numbers, read_text
from .scans import ANGSTROM, Scan, drive_axis, labelled, steps

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["ANODES", "read_rd", "read_udf"]

FORMAT: Final = "philips.rd"
UDF: Final = "philips.udf"
#: Where the numbers begin, by version.
_BEGIN: Final = {b"V3RD": 250, b"V5RD": 810}
ANODES: Final = ("Cu", "Mo", "Fe", "Cr", "other")
_HEAD: Final = 238
_MOST_POINTS: Final = 1 << 22


class Squared:
    """Intensities kept as the square root of a hundred times their number."""

    __slots__ = ("dtype", "shape", "source")

    def __init__(self, source: StridedArray) -> None:
        self.source, self.shape, self.dtype = source, source.shape, np.dtype("i8")

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (*self.source.__dask_tokenize__(), "squared")

    def __getitem__(self, index: Any) -> np.ndarray:
        return self.source[index].astype("i8") ** 2 // 100


def read_rd(path: str | PathLike[str]) -> list[Dataset]:
    """Read a scan of PC-APD.

    Parameters
    ----------
    path : path-like
        The ``.rd`` or ``.sd`` file.

    Returns
    -------
    list of Dataset
        One, [two_theta]; lazy.

    Raises
    ------
    UnrecognisedFile
        When it begins with neither V3RD nor V5RD.
    CorruptFile
        When its range of angles cannot be, or it holds no point.

    Warns
    -----
    SidpyWarning
        When it is cut short; the points that are there are returned.
    """
    with open_cursor(path, format=FORMAT) as cursor:
        magic = cursor.take(4) if cursor.size > _HEAD else b""
        if magic not in _BEGIN:
            msg = "not a scan of PC-APD: it does not begin with V3RD or V5RD"
            raise UnrecognisedFile(msg, path=path, format=FORMAT, offset=0)
        cursor.position = 85
        anode, focus = cursor.unpack("BB")
        cursor.position = 146
        sample = until_nul(decode(cursor.take(20))).strip()
        cursor.position = 214
        step, start, end = cursor.unpack("ddd")
        known = all(number(value) is not None for value in (step, start, end))
        count = round((end - start) / step) + 1 if known and step > 0 and end > start else 0
        if not 0 < count < _MOST_POINTS:
            msg_0 = f"a scan from {start} to {end} in steps of {step} cannot be"
            raise cursor.corrupt(msg_0, offset=214)
        begin = _BEGIN[magic]
        there = min(count, max(cursor.size - begin, 0) // 2)
        if not there:
            msg_0 = f"none of {count} points are there"
            raise cursor.corrupt(msg_0, offset=begin)
    if there < count:
        warn(f"{path}: cut short, {there} of {count} points are there")
    values = Squared(StridedArray(path, "<u2", (there,), begin, (2,)))
    axis = drive_axis("2Theta", steps(start, step, there), "deg")
    name = ANODES[anode] if anode < len(ANODES) - 1 else ""
    words = {"version": magic.decode(), "anode": name, "focus": focus, "sample": sample}
    words |= {"start": start, "step": step, "end": end}
    title = sample if sample.isprintable() and sample else Path(path).stem
    experiment = {"anode": name, "sample": sample}
    return labelled(
        [Scan(values, (axis,), title, "counts", experiment=experiment, original=words)],
        "philips_rd",
    )


def read_udf(path: str | PathLike[str]) -> list[Dataset]:
    """Read a scan in text.

    Parameters
    ----------
    path : path-like
        The ``.udf`` file.

    Returns
    -------
    list of Dataset
        One, [two_theta]; in memory, for it is text.

    Raises
    ------
    UnrecognisedFile
        When it does not begin with ``SampleIdent``.
    CorruptFile
        When it has no range of angles or no intensities.

    Warns
    -----
    SidpyWarning
        When there are fewer intensities than the range has points.
    """
    text = read_text(path, UDF)
    if not text.lstrip().startswith("SampleIdent"):
        msg = "not a file of this format: it does not begin with SampleIdent"
        raise UnrecognisedFile(msg, path=path, format=UDF, offset=0)
    head, begin, body = text.partition("RawScan")
    words: dict[str, Any] = {}
    for line in head.splitlines():
        key, *values = [part.strip() for part in line.strip().removesuffix("/").split(",")]
        found = [typed(value) for value in values if value]
        if key and found:
            words[key] = found[0] if len(found) == 1 else found
    place = words.get("DataAngleRange")
    start, end = (
        map(number, place) if isinstance(place, list) and len(place) == 2 else (None, None)
    )
    step = number(words.get("ScanStepSize"))
    if not begin or start is None or end is None or not step:
        msg = "it should have DataAngleRange, ScanStepSize and RawScan; is it cut short?"
        raise CorruptFile(msg, path=path, format=UDF)
    values = numbers(body.partition("/")[0], "intensities", path=path, format=UDF)
    if not values.size:
        msg = "no intensities follow RawScan"
        raise CorruptFile(msg, path=path, format=UDF)
    count = round((end - start) / step) + 1
    if values.size < count:
        warn(f"{path}: {values.size} of {count} points are there")
    voltage, current = number(words.get("GeneratorVoltage")), number(words.get("TubeCurrent"))
    wavelength = number(words.get("LabdaAlpha1") or words.get("LambdaAlpha1"))
    sample = str(words.get("SampleIdent") or "")
    experiment = {
        "wavelength": wavelength and wavelength * ANGSTROM,
        "tube_voltage": voltage and voltage * 1e3,
        "tube_current": current and current * 1e-3,
        "anode": words.get("Anode"),
        "exposure_time": number(words.get("ScanStepTime")),
        "sample": sample,
        "start_date_time": words.get("FileDateTime"),
    }
    axis = drive_axis("2Theta", steps(start, step, values.size), "deg")
    scan = Scan(
        values, (axis,), sample or Path(path).stem, "counts", "Intensity", experiment, words
    )
    return labelled([scan], "philips_udf")
