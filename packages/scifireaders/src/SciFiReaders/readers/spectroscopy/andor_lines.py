r"""The lines of Andor Solis files.

================= ==================================================================
line              meaning
================= ==================================================================
1                 ``Andor Technology Multi-Channel File``
2                 65538, then 1 when a signal follows
3                 version (65538 ... 65567), 0, 0, 1, time (s since 1970), temperature
                  of the detector, five single bytes, delay, exposure, cycle and
                  accumulated cycle time, accumulations, a byte, kinetic cycle and pixel
                  readout time (s), 0, 1, gain, two numbers, gate width (s), ...
4                 detector
5                 columns and rows of the sensor, length of the next text
6                 the file it was first saved in
7                 65538, length; then so many bytes of text or rubbish
...               lines whose number depends on the version
n - 7             coefficients of the calibration: wavelength(i) = sum c[k] * i**k, nm,
                  with i from 1 (n - 6 in older versions)
n                 length of the name of the spectral axis; then its name, and at once
                  in the same way the name of the data and of the other axis
n + 3             65541, left, top, right, bottom, frames, subimages, numbers in all, in
                  a frame; behind the last name without a break
n + 4 ...         65538, left, top, right, bottom, row and column binning; for each
                  subimage
...               a time stamp for each frame, µs; then in newer versions 0, or 1 and
                  one more line for each frame
data              f32 little-endian; [frame, subimage, row, column]
after             1 and the same again, from line 3, or 0: reference, background, live,
                  source; then XML, and its u64 length before ``SIFX``
================= ==================================================================

Source: readsif.m of Marcel Leutenegger (BSD licence) and sif_parser (BSD licence), whose
descriptions these are; the order of the blocks and the XML as found in a file of Solis.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.markup import parse_xml, tree_of
from SciFiReaders.text import decode
from SciFiReaders.values import number, typed_tree
from sidpy._warnings import warn
from sidpy.errors import CorruptFile, SidpyWarning

if TYPE_CHECKING:
    from SciFiReaders.binary import Cursor

__all__ = ["BLOCKS", "FORMAT", "MAGIC", "Block", "parse_blocks", "parse_details"]

FORMAT: Final = "andor.sif"
MAGIC: Final = b"Andor Technology Multi-Channel File\n"
#: Blocks in the order of the file.
BLOCKS: Final = ("signal", "reference", "background", "live", "source")
#: Most bytes between the user text and the first number.
_HEADER: Final = 1 << 20
_MOST_LINES: Final = 1 << 22
_LINE_3: Final = re.compile(
    rb"(\d+) (\S+) (\S+) (\S+) (\d+) (\S+) .{10}(\S+) (\S+) (\S+) (\S+) (\d+) . (\S+) (\S+) "
    rb"(\S+) (\S+) (\S+) (\S+) (\S+) (\S+)",
    re.DOTALL,
)
_NAMES: Final = (
    *("version", "", "", "", "time", "temperature", "delay", "exposure", "cycle time"),
    *("accumulated cycle time", "accumulations", "kinetic cycle time", "pixel readout time"),
    *("", "", "gain", "", "", "gate width"),
)
_LENGTH: Final = re.compile(rb"(?:^|\n)(?=(\d{1,4})\n)")
_IMAGE: Final = re.compile(rb"65\d{3}((?: +\d+){8})[^\n]*\n")
_FRAME_CALIBRATION: Final = re.compile(r"Calibration data for frame (\d+)\W+([^\r\n]+)")
#: Lines between the calibration and the length of the first name, in newer versions.
_BETWEEN: Final = 6


@dataclass(frozen=True)
class Block:
    """One of the five kinds of data of a file."""

    name: str
    fields: dict[str, Any]
    labels: tuple[str, ...]
    calibrations: tuple[tuple[float, ...], ...]
    windows: tuple[tuple[int, ...], ...]
    """For each subimage: first column, first row, columns, rows, binning of both."""
    frames: int
    stamps: np.ndarray = field(repr=False)
    start: int = 0

    @property
    def frame_size(self) -> int:
        """Numbers of a frame."""
        return sum(columns * rows for _, _, columns, rows, *_ in self.windows)


def _line(cursor: Cursor) -> bytes:
    """Return the next line without its end."""
    found = cursor.take(min(cursor.left, 1 << 14), "line")
    line, end, _ = found.partition(b"\n")
    if not end:
        msg = "a line of text should end near here; the file is cut short or damaged"
        raise cursor.corrupt(msg)
    cursor.position += len(line) + 1 - len(found)
    return line


def parse_blocks(cursor: Cursor) -> list[Block]:
    """Read the signal, which begins here, and the blocks that follow it.

    Raises
    ------
    CorruptFile
        When there is no signal, or a line is not what it should be.
    """
    words = _line(cursor).split()
    if len(words) < 2 or words[1] != b"1":
        msg = "it holds no signal"
        raise cursor.corrupt(msg)
    blocks: list[Block] = []
    for name in BLOCKS:
        if blocks:
            mark = cursor.take(min(2, cursor.left))
            if mark == b"0\n":
                continue
            if mark != b"1\n":
                break
        block = _block(cursor, name)
        blocks.append(block)
        cursor.position = block.start + 4 * block.frames * block.frame_size
    return blocks


def _block(cursor: Cursor, name: str) -> Block:
    fields, text = _head(cursor)
    labels, image, calibration = _labels(cursor)
    fields["calibration"], fields["image"] = calibration, image
    frames, subimages, _, in_frame = image[4:]
    cursor.fits(frames + subimages, 2, "frames and subimages")
    windows = tuple(_window(_line(cursor), cursor) for _ in range(subimages))
    if frames < 1 or not windows or sum(w[2] * w[3] for w in windows) != in_frame:
        msg = f"{subimages} subimages do not fill a frame of {in_frame} numbers"
        raise cursor.corrupt(msg)
    stamps = _stamps(cursor, frames)
    present = max(cursor.size - cursor.position, 0) // (4 * in_frame)
    if present < 1:
        msg = f"not one frame of {in_frame} numbers is there; the file is cut short"
        raise cursor.corrupt(msg)
    if present < frames:
        msg = f"{cursor.path}: {present} of {frames} frames are there; the file is cut short"
        warn(msg, SidpyWarning)
    kept = min(frames, present)
    each = _each_frame(text, frames)
    return Block(
        name, fields, labels, each or ((calibration,) if calibration else ()), windows, kept,
        stamps[:kept], cursor.position,
    )  # fmt: skip


def _head(cursor: Cursor) -> tuple[dict[str, Any], str]:
    """Return the numbers of lines 3 to 7 and the text behind them."""
    window = cursor.take(min(cursor.left, 2048), "header")
    match = _LINE_3.match(window)
    if match is None:
        msg = "the line with version, time and exposure is not there"
        raise cursor.corrupt(msg, offset=cursor.position - len(window))
    fields: dict[str, Any] = {
        name: number(decode(word))
        for name, word in zip(_NAMES, match.groups(), strict=True)
        if name
    }
    cursor.position += match.end() - len(window)
    _line(cursor)
    fields["detector"] = decode(_line(cursor)).strip()
    sizes = [int(word) for word in _line(cursor).split() if word.isdigit()]
    if len(sizes) < 3:
        msg = "the size of the sensor is not there"
        raise cursor.corrupt(msg)
    fields["sensor"], length = sizes[:2], sizes[2]
    fields["first saved as"] = decode(cursor.take(length, "name of a file"))
    _line(cursor)
    words = _line(cursor).split()
    length = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    text = cursor.take(min(length, cursor.left), "user text")
    return fields, text.decode("latin-1")


def _labels(cursor: Cursor) -> tuple[tuple[str, ...], tuple[int, ...], tuple[float, ...]]:
    """Find the three names, and return them, what follows them and the calibration."""
    start = cursor.position
    window = cursor.take(min(cursor.left, _HEADER), "header")
    for match in _LENGTH.finditer(window):
        names, end = _texts(window, match.start(1))
        image = _IMAGE.match(window, end) if len(names) == 3 else None
        if image is not None:
            cursor.position = start + image.end()
            before = window[: match.start(1)].split(b"\n")
            numbers = tuple(int(word) for word in image[1].split())
            return names, numbers, _calibration(before)
        if match.start() > 1 << 18:
            break
    msg = "the names of the axes and the size of the frames are not there"
    raise cursor.corrupt(msg, offset=start)


def _texts(window: bytes, place: int) -> tuple[tuple[str, ...], int]:
    """Return up to three texts, each behind a line with its length."""
    found = []
    for _ in range(3):
        end = window.find(b"\n", place, place + 6)
        word = window[place:end]
        if end < 0 or not word.isdigit() or end + 1 + int(word) > len(window):
            break
        place = end + 1 + int(word)
        # a pixel of 13 µm, one line before, is as long as the next length and Wavelength
        if b"\n" in window[end + 1 : place]:
            break
        found.append(decode(window[end + 1 : place]).strip())
    return tuple(found), place


def _calibration(before: list[bytes]) -> tuple[float, ...]:
    """Return the coefficients that stand so many lines before the names; none if unknown."""
    for back in (_BETWEEN + 2, _BETWEEN + 1):
        line = before[-back] if len(before) >= back else b""
        numbers = [number(decode(word)) for word in line.split()]
        known = tuple(value for value in numbers if value is not None)
        if 2 <= len(known) == len(numbers) <= 8 and any(known[1:]):
            return known
    return ()


def _window(line: bytes, cursor: Cursor) -> tuple[int, ...]:
    words = [int(word) for word in line.split() if word.isdigit()]
    if len(words) < 7 or not words[5] or not words[6]:
        msg = "a subimage without its place on the sensor"
        raise cursor.corrupt(msg)
    left, top, right, bottom, high, wide = words[1:7]
    columns, rows = (abs(right - left) + 1) // wide, (abs(top - bottom) + 1) // high
    return min(left, right) - 1, min(top, bottom) - 1, columns, rows, wide, high


def _stamps(cursor: Cursor, frames: int) -> np.ndarray:
    """Return the time of each frame, s, and stop where the numbers begin."""
    if frames > _MOST_LINES:
        msg = f"{frames} frames cannot be"
        raise cursor.corrupt(msg)
    cursor.fits(frames, 2, "time stamps")
    values = []
    while len(values) < frames:
        word = _line(cursor).strip()
        # a blank may end the line before
        if not word and not values:
            continue
        value = number(decode(word))
        if value is None:
            msg = "a time stamp that is no number"
            raise cursor.corrupt(msg)
        values.append(value * 1e-6)
    more = cursor.take(min(2, cursor.left))
    if more not in (b"0\n", b"1\n"):
        cursor.position -= len(more)
    elif more == b"1\n":
        for _ in range(frames):
            _line(cursor)
    return np.array(values)


def _each_frame(text: str, frames: int) -> tuple[tuple[float, ...], ...]:
    """Return the calibration of each frame where the user text has them."""
    found: dict[int, tuple[float, ...]] = {}
    for frame, words in _FRAME_CALIBRATION.findall(text):
        numbers = [number(word) for word in words.split(",")]
        known = tuple(value for value in numbers if value is not None)
        if known and len(known) == len(numbers):
            found[int(frame)] = known
    return (
        tuple(found[i] for i in sorted(found)) if sorted(found) == [*range(1, frames + 1)] else ()
    )


def parse_details(cursor: Cursor) -> dict[str, Any]:
    """Return the XML behind the numbers, which newer versions write."""
    if cursor.size < 12:
        return {}
    cursor.position = cursor.size - 12
    length, mark = cursor.unpack("Q4s")
    if mark != b"SIFX" or length > min(cursor.size - 12, _HEADER):
        return {}
    cursor.position = cursor.size - 12 - length
    # several trees follow each other
    raw = re.sub(rb"<\?xml[^>]*\?>", b"", cursor.take(length, "XML"))
    try:
        tree = tree_of(parse_xml(b"<all>" + raw + b"</all>", path=cursor.path, format=FORMAT))
    except CorruptFile as error:
        warn(str(error), SidpyWarning)
        return {}
    return typed_tree(tree) if isinstance(tree, dict) else {}
