"""Rigaku diffractograms of SmartLab Studio (``.rasx``), a zip.

=============================== =======================================================
member                          meaning
=============================== =======================================================
``Data0/Profile0.txt``          lines of place, intensity, attenuation
``Data0/MesurementConditions0.xml`` (so spelt) the words of ``.ras``, as elements
=============================== =======================================================

``Data1``, ``Data2``, ... are further scans.  As in ``.ras`` the intensity is the one
counted, and the attenuation a dataset of its own where it is not 1.

Source: descriptions of the members in the documentation of public readers.
Not yet understood: pictures of area detectors; they are left in the zip.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any, Final

from SciFiReaders.archives import member, names_of, opened_zip
from SciFiReaders.markup import parse_xml
from SciFiReaders.text import decode
from SciFiReaders.values import typed
from sidpy.errors import CorruptFile, UnrecognisedFile

from .plain_text import LONGEST
from .rigaku_ras import scans_of_table, table_of
from .scans import Scan, labelled

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["read_rasx", "sniff"]

FORMAT: Final = "rigaku.rasx"
_PROFILE: Final = re.compile(r"(.*/)?Data(\d+)/Profile(\d+)\.txt")
_CONDITIONS: Final = re.compile(r"(.*/)?Data(\d+)/Me\w*Conditions\d+\.xml")
_LONGEST_XML: Final = 1 << 24


def sniff(probe: Any) -> tuple[float, str]:
    """Say whether a zip holds the profile of a scan."""
    if not probe.head.startswith(b"PK"):
        return 0.0, "no zip"
    with zipfile.ZipFile(probe.path) as archive:
        found = any(_PROFILE.fullmatch(name) for name in archive.namelist()[:10000])
    return (1.0, "a zip with a profile") if found else (0.0, "no Data0/Profile0.txt in it")


def read_rasx(path: str | PathLike[str]) -> list[Dataset]:
    """Read the scans of a ``.rasx`` file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of Dataset
        As `read_ras`.

    Raises
    ------
    UnrecognisedFile
        When it is no zip with ``Data0/Profile0.txt``.
    CorruptFile
        When it is damaged, or there is something else among the numbers.
    """
    with opened_zip(path, FORMAT) as archive:
        names = names_of(archive, path, FORMAT)
        profiles = [match for match in map(_PROFILE.fullmatch, names) if match]
        if not profiles:
            msg = f"not a file of SmartLab Studio: the zip holds {sorted(names)[:5]}"
            raise UnrecognisedFile(msg, path=path, format=FORMAT)
        told = {m[2]: m[0] for m in map(_CONDITIONS.fullmatch, names) if m}
        scans: list[Scan] = []
        profiles.sort(key=lambda match: (int(match[2][:9]), int(match[3][:9])))
        for i, match in enumerate(profiles):
            raw = member(archive, match[0], LONGEST, path=path, format=FORMAT)
            table = table_of(decode(raw).lstrip("\ufeff"), path, FORMAT)
            words: dict[str, Any] = {}
            if match[2] in told:
                xml = member(archive, told[match[2]], _LONGEST_XML, path=path, format=FORMAT)
                words = _words(xml, path)
            which = f" {i + 1}" if len(profiles) > 1 else ""
            scans += scans_of_table(path, words, table, which)
    if not scans:
        msg = "it holds no scan with points"
        raise CorruptFile(msg, path=path, format=FORMAT)
    return labelled(scans, "rigaku_rasx")


def _words(raw: bytes, path: str | PathLike[str]) -> dict[str, Any]:
    """Return the words of ``.ras``: those of its header, if it is there, else all elements."""
    root = parse_xml(raw, path=path, format=FORMAT)
    found: dict[str, Any] = {}
    pending = ""
    for element in root.iter():
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        text = (element.text or "").strip()
        if name == "Key" or text.startswith("*"):
            pending = text.lstrip("*")
        elif name == "Value" and pending:
            found[pending] = typed(text.strip('"'))
            pending = ""
        elif text and not len(element):
            found.setdefault(name, typed(text))
    return found
