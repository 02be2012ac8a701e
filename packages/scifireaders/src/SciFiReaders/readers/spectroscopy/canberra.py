"""Spectra of Canberra counters: S100 (``.mca``) and Genie 2000 (``.cnf``).

``.mca``, 1024 bytes and then u32 counts:

========== ========== ==============================================================
bytes      type       meaning
========== ========== ==============================================================
0          u16        0
34, 38     u16        4, 1
36         u16        channels
108        3 numbers  energy = sum c[k] * n**k, n from 1
========== ========== ==============================================================

``.cnf``, a file of blocks in the CAM format; its first block is a list from byte 112 of 48
bytes for each of the others, u32 identifier and u32 place @10:

========== ========== ==============================================================
block      bytes      meaning
========== ========== ==============================================================
0x12000    34         u16, calibration behind 48 + this: four numbers @68, 3 chars
                      their units @92, 8 chars type of the analyser @156
.          36         u16, times behind 48 + this: u64 start @1, real time @9, live
                      time @17
.          186        u8 channels / 256
0x12005    512        u32 counts
========== ========== ==============================================================

Numbers are those of the PDP-11, times those of VMS.

Sources: public descriptions of the CAM format (cnfconv, xylib); both layouts were checked
on real files, whose energies and live times come out as their programs say.  What else the
header of ``.mca`` holds is not documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.binary import Cursor, open_cursor
from SciFiReaders.labelled import Axis, dataset, lazy
from SciFiReaders.text import decode
from sidpy.errors import UnrecognisedFile

from .pdp11 import from_f32, vms_interval, vms_time
from .spectra import ascending, index_axis, spectral_axis

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_cnf", "read_mca", "sniff_cnf", "sniff_mca"]

MCA: Final = "canberra.mca"
CNF: Final = "canberra.cnf"
MCA_HEADER: Final = 1024
CALIBRATION: Final = 108
LIST: Final = 112
ENTRY: Final = 48
PARAMETERS: Final = 0x12000
COUNTS: Final = 0x12005
DATA_HEADER: Final = 512
_MOST_ENTRIES: Final = 64


def sniff_mca(probe: Any) -> tuple[float, str]:
    """Say whether a file has the header and the length of a S100 spectrum."""
    head = probe.head
    if len(head) < MCA_HEADER or head[:2] != b"\0\0" or head[34:36] != b"\4\0":
        return 0.0, "not the header of S100"
    channels = int.from_bytes(head[36:38], "little")
    fits = head[38:40] == b"\1\0" and channels and probe.size == MCA_HEADER + 4 * channels
    return (0.9, f"S100 with {channels} channels") if fits else (0.0, "its length does not fit")


def sniff_cnf(probe: Any) -> tuple[float, str]:
    """Say whether a file begins with a list of CAM blocks."""
    first = int.from_bytes(probe.head[LIST : LIST + 4], "little")
    if len(probe.head) >= 512 and first in (PARAMETERS, 0x12001, 0x12003):
        return 0.9, "a list of CAM blocks"
    return 0.0, "no list of CAM blocks"


def read_mca(path: str | PathLike[str]) -> list[Dataset]:
    """Read a spectrum of S100.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One, [energy].  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or cut short.
    """
    with open_cursor(path, format=MCA) as cursor:
        if cursor.size < MCA_HEADER or _u2(cursor, 34) != 4 or _u2(cursor, 38) != 1:
            msg = "not a spectrum of S100: its header is another one"
            raise UnrecognisedFile(msg, path=path, format=MCA)
        channels = _u2(cursor, 36)
        numbers = [_number(cursor, CALIBRATION + 4 * k) for k in range(3)]
    axis = _energies(numbers, channels, "")
    original = {"calibration": numbers, "channels": channels}
    return [_spectrum(path, axis, MCA_HEADER, {}, original, "SciFiReaders.canberra_mca")]


def read_cnf(path: str | PathLike[str]) -> list[Dataset]:
    """Read a spectrum of Genie 2000.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        One, [energy].  Lazy.

    Raises
    ------
    UnrecognisedFile, CorruptFile
        When it is no such file, or a block is missing.
    """
    with open_cursor(path, format=CNF) as cursor:
        places = _blocks(cursor)
        base = places[PARAMETERS]
        calibration = base + 48 + _u2(cursor, base + 34)
        times = base + 48 + _u2(cursor, base + 36)
        numbers = [_number(cursor, calibration + 68 + 4 * k) for k in range(4)]
        units, analyser = (_word(cursor, calibration + at, n) for at, n in ((92, 3), (156, 8)))
        channels = 256 * _take(cursor, base + 186, 1)[0]
        ticks = [int.from_bytes(_take(cursor, times + at, 8), "little") for at in (1, 9, 17)]
    if not channels:
        msg = "a spectrum without channels"
        raise cursor.corrupt(msg, offset=base + 186)
    experiment = {
        "start_date_time": vms_time(ticks[0]),
        "real_time": vms_interval(ticks[1]),
        "live_time": vms_interval(ticks[2]),
        "detector": analyser,
    }
    original = {
        "calibration": numbers, "units": units, "channels": channels, "analyser": analyser,
        "blocks": {f"0x{code:05X}": place for code, place in places.items()},
    }  # fmt: skip
    axis = _energies(numbers, channels, units)
    place = places[COUNTS] + DATA_HEADER
    return [_spectrum(path, axis, place, experiment, original, "SciFiReaders.canberra_cnf")]


def _blocks(cursor: Cursor) -> dict[int, int]:
    """Return where the blocks lie."""
    found: dict[int, int] = {}
    for i in range(_MOST_ENTRIES):
        place = LIST + ENTRY * i
        if place + ENTRY > cursor.size:
            break
        cursor.position = place
        code, offset = cursor.unpack("I6xI")
        if not 0x12000 <= code < 0x13000:
            if not found:
                msg = "not a file of Genie: no list of CAM blocks is at byte 112"
                raise UnrecognisedFile(msg, path=cursor.path, format=CNF, offset=LIST)
            break
        found.setdefault(code, offset)
    for code, what in ((PARAMETERS, "parameters"), (COUNTS, "counts")):
        if code not in found:
            msg = f"there is no block 0x{code:05X} with the {what}"
            raise cursor.corrupt(msg, offset=LIST)
    return found


def _take(cursor: Cursor, offset: int, count: int) -> bytes:
    cursor.position = offset
    return cursor.take(count, "field")


def _u2(cursor: Cursor, offset: int) -> int:
    return int.from_bytes(_take(cursor, offset, 2), "little")


def _number(cursor: Cursor, offset: int) -> float:
    return from_f32(_take(cursor, offset, 4))


def _word(cursor: Cursor, offset: int, count: int) -> str:
    return decode(_take(cursor, offset, count)).strip(" \0")


def _energies(numbers: list[float], channels: int, units: str) -> Axis:
    """Return the calibrated axis, a count of channels where there is no calibration."""
    if not any(numbers[1:]) or not np.isfinite(numbers).all() or max(map(abs, numbers)) > 1e9:
        return index_axis("channel", channels, "SPECTRAL")
    values = np.polynomial.Polynomial(numbers)(np.arange(1.0, channels + 1))
    return spectral_axis(values, units, "Energy")


def _spectrum(
    path: str | PathLike[str],
    axis: Axis,
    place: int,
    experiment: dict[str, Any],
    original: dict[str, Any],
    source: str,
) -> Dataset:
    from sidpy import FileArray

    array = lazy(FileArray(path, "<u4", (axis.values.size,), place))
    axis, array = ascending(axis, array)
    found = dataset(
        array,
        (axis,),
        title="spectrum",
        data_type="SPECTRUM",
        units="counts",
        quantity="intensity",
        source=source,
        metadata={"experiment": {key: value for key, value in experiment.items() if value}},
        original_metadata=original,
    )
    found.modality = "gamma"
    return found
