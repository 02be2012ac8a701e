"""Real files of instruments to try readers on, fetched when they are asked for.

The files are public and stay in the repositories of the projects that collected them; each is
known by repository, commit, path and checksum, with the licence of its repository.  None of
them is part of this package.

Where there is no net, set ``SCIFIREADERS_DATASETS`` to a folder that holds files under
their names here; nothing is fetched then.
"""

from __future__ import annotations

import csv
import hashlib
import os
import posixpath
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sidpy.errors import CorruptFile, MissingDependency, MissingFile, UnknownOption

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FOLDER_VARIABLE", "Sample", "about", "fetch", "names"]

#: Name of the environment variable that holds a folder of files that are there already.
FOLDER_VARIABLE: Final = "SCIFIREADERS_DATASETS"

_HOST: Final = "https://raw.githubusercontent.com"
#: Seconds a server may be silent.
_PATIENCE: Final = 30


@dataclass(frozen=True, slots=True)
class Sample:
    """A file, where it is from, and under what licence.

    Attributes
    ----------
    name : str
        Format, collection and file name.
    repository, commit, path : str
        Where it lies.
    sha256 : str
        Of its bytes.
    licence : str
        Of the repository; the file may have none of its own.
    beside : tuple of str
        Names of the files that belong to it, relative to it.
    """

    name: str
    repository: str
    commit: str
    path: str
    sha256: str
    licence: str
    beside: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where it is fetched from."""
        return "/".join([_HOST, self.repository, self.commit, quote(self.path)])


def names(format: str = "") -> list[str]:  # noqa: A002 - the word the field uses
    """Return the names of the files, of one format or of all.

    Parameters
    ----------
    format : str
        Identifier of a format: ``"gatan.dm3"``; blank for all.

    Examples
    --------
    >>> names("bruker.raw")
    ['bruker-raw/xylib/BT86.raw', 'bruker-raw/xylib/format1.raw']
    """
    folder = format.replace(".", "-")
    return [name for name in _registry() if not folder or name.partition("/")[0] == folder]


def about(name: str) -> Sample:
    """Return what is known of a file.

    Raises
    ------
    UnknownOption
        When there is none of that name.

    Examples
    --------
    >>> about("bruker-raw/xylib/BT86.raw").repository
    'wojdyr/xylib'
    """
    found = _registry()
    if name not in found:
        import difflib

        alike = difflib.get_close_matches(name, found, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(map(repr, alike))}?" if alike else ""
        msg = f"there is no sample {name!r}{hint} SciFiReaders.datasets.names() lists them"
        raise UnknownOption(msg)
    return found[name]


def fetch(name: str) -> Path:
    """Return the path of a file, fetched with those that belong to it unless it is there.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Path
        In the folder that ``SCIFIREADERS_DATASETS`` names, or in the cache of the user.

    Raises
    ------
    UnknownOption
        When there is no file of that name.
    MissingFile
        When it is not in the folder, or cannot be fetched.
    CorruptFile
        When its bytes are not those that are known.
    MissingDependency
        Without pooch, which fetches.
    """
    sample = about(name)
    folder = os.environ.get(FOLDER_VARIABLE, "")
    get = _in_folder if folder else _fetched
    for other in sample.beside:
        get(about(posixpath.normpath(posixpath.join(posixpath.dirname(name), other))), folder)
    return get(sample, folder)


@cache
def _registry() -> Mapping[str, Sample]:
    text = resources.files("SciFiReaders").joinpath("datasets.tsv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    samples = [
        Sample(**{**row, "beside": tuple(filter(None, row["beside"].split("|")))})  # type: ignore[arg-type]  # columns are its fields
        for row in rows
    ]
    return {sample.name: sample for sample in samples}


def _in_folder(sample: Sample, folder: str) -> Path:
    place = Path(folder).expanduser() / sample.name
    if not place.is_file():
        msg = (
            f"{FOLDER_VARIABLE} is {folder!r}, and the file is not there; nothing is fetched then"
        )
        raise MissingFile(msg, path=place)
    found = hashlib.sha256(place.read_bytes()).hexdigest()
    if found != sample.sha256:
        msg = f"its checksum is {found}, not {sample.sha256}: it is another file"
        raise CorruptFile(msg, path=place)
    return place


def _fetched(sample: Sample, _: str) -> Path:
    pooch = _pooch()
    folder = Path(pooch.os_cache("SciFiReaders"))
    place = folder / sample.name
    try:
        pooch.retrieve(
            sample.address,
            known_hash=f"sha256:{sample.sha256}",
            fname=place.name,
            path=place.parent,
            downloader=pooch.HTTPDownloader(timeout=_PATIENCE),
        )
    except ValueError as error:
        # pooch has thrown away what it fetched
        msg = f"what was fetched from {sample.address} is another file: {error}"
        raise CorruptFile(msg, path=place) from error
    except OSError as error:
        msg = (
            f"it cannot be fetched from {sample.address}: {error}; without a net, put it into a "
            f"folder as {sample.name!r} and set {FOLDER_VARIABLE} to that"
        )
        raise MissingFile(msg, path=place) from error
    return place


def _pooch() -> Any:
    try:
        import pooch
    except ModuleNotFoundError as error:
        msg = (
            "sample files are fetched by pooch: pip install 'SciFiReaders[datasets]'; or set "
            f"{FOLDER_VARIABLE} to a folder that has them"
        )
        raise MissingDependency(msg, name="pooch") from error
    return pooch
