"""Walking in an HDF5 file that nobody vouches for.

A link may lead to another file, and a dataset may take its numbers from one: by a virtual
dataset, or by external storage, which shows the bytes of any file as numbers.  A file that
somebody sent must not make this computer open others, so they are opened in two cases only:
they lie in the folder of the file or below it, as the shards of a large dataset do, or
somebody asked for it with ``external=True`` or ``sidpy.config.external``.

HDF5 looks for such a file at several places, at last in the working directory, and takes
the numbers of a virtual dataset as zeros when it is at none of them.  Here that is an
obstacle like any other.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sidpy.base.virtual_sources import found_as, source_name, text, virtual_count
from sidpy.errors import UnsupportedFile

from .objects import is_dataset, is_group

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Walk", "following", "identity", "member", "members", "obstacles"]

#: Soft links that may lead to each other.
_MOST_LINKS: Final = 32

#: Whether other files are opened in this task; as configured when it is None.
_external: ContextVar[bool | None] = ContextVar("external", default=None)


@contextmanager
def following(external: bool | None) -> Iterator[None]:  # noqa: FBT001 - the one thing it says
    """Open files anywhere, or not, within a ``with`` block; None leaves that as it is.

    >>> with following(True):
    ...     is_external_wanted()
    True
    """
    token = None if external is None else _external.set(external)
    try:
        yield
    finally:
        if token is not None:
            _external.reset(token)


def is_external_wanted() -> bool:
    """Whether somebody asked for files outside the folder to be opened."""
    from sidpy.config import config

    wanted = _external.get()
    return config.external if wanted is None else wanted


class Walk:
    """The way through one file.

    Parameters
    ----------
    external : bool, optional
        Whether files anywhere are opened; by default as configured (`is_external_wanted`).
    beside : bool
        Whether those in the folder of the file are.
    format : str
        As what errors name the file.
    option : str
        What an error says to ask with.
    """

    def __init__(
        self,
        *,
        external: bool | None = False,
        beside: bool = True,
        format: str = "HDF5",  # noqa: A002 - the word the field uses
        option: str = "external=True",
    ) -> None:
        self._external = external
        self.beside = beside
        self.format = format
        self.option = option

    def find(self, group: Any, address: str) -> Any:
        """Return the object at an address, None when there is none.

        Raises
        ------
        UnsupportedFile
            When the way leads into another file that is not to be opened.
        """
        return self._find(group, address, _MOST_LINKS)

    def _find(self, group: Any, address: str, links: int) -> Any:
        found = group.file if address.startswith("/") else group
        for part in address.split("/"):
            if part in ("", "."):
                continue
            found = self._member(found, part, links) if is_group(found) else None
            if found is None:
                return None
        return found

    def _member(self, group: Any, name: str, links: int) -> Any:
        import h5py

        if _is_hard(group, name):
            return _hard_member(group, name)
        link = group.get(name, getlink=True)
        if isinstance(link, h5py.SoftLink):
            return self._find(group, link.path, links - 1) if links else None
        if isinstance(link, h5py.ExternalLink):
            reason = self._refusal(group.file, link.filename)
            if reason:
                self._refuse(group.file, f"{group.name}/{name}".replace("//", "/"), reason)
        return _opened_member(group, name) if link is not None else None

    def members(self, group: Any) -> Iterator[tuple[str, Any]]:
        """Give the members of a group, leaving out links that are not followed."""
        for name in group:
            try:
                item = self.find(group, name)
            except UnsupportedFile:
                continue
            if item is not None:
                yield name, item

    def numbers(self, dataset: Any) -> Any:
        """Return a dataset whose numbers may be read.

        Raises
        ------
        UnsupportedFile
            When they lie in another file that is not to be opened.
        """
        if is_dataset(dataset):
            for reason in self.obstacles(dataset):
                self._refuse(dataset.file, dataset.name, reason)
        return dataset

    def obstacles(self, dataset: Any) -> list[str]:
        """Return every reason why the numbers of a dataset may not be read."""
        plist = dataset.id.get_create_plist()
        if not (plist.get_external_count() or virtual_count(plist)):
            return []
        file = dataset.file
        found = [
            self._refusal(file, text(plist.get_external(i)[0]), raw=True)
            for i in range(plist.get_external_count())
        ]
        names = {source_name(plist, i) for i in range(virtual_count(plist))} - {"."}
        found += [self._refusal(file, name) for name in sorted(names)]
        found += [
            f"takes numbers from {name!r}, which is not there"
            for name in sorted(names)
            if "%" not in name and not found_as(file, name)
        ]
        return [reason for reason in found if reason]

    def _refusal(self, file: Any, name: str, *, raw: bool = False) -> str:
        """Return why a file of this name is not opened, "" when it is."""
        if is_external_wanted() if self._external is None else self._external:
            return ""
        place = Path(name) if raw else found_as(file, name)
        if place is None:  # HDF5 will not find it either, or it is a pattern of names
            place = Path(file.filename).parent / name
        if self.beside and _is_below(place, file):
            return ""
        where = f"{name!r}, outside the folder of this one" if self.beside else repr(name)
        return (
            f"is in another file, {where}, which is not opened unless you ask for it with "
            f"{self.option}"
        )

    def _refuse(self, file: Any, address: str, reason: str) -> None:
        msg = f"{address!r} {reason}"
        raise UnsupportedFile(msg, path=file.filename, format=self.format)


def _is_hard(group: Any, name: str) -> bool:
    """Whether a member lies in its group itself: what nearly all do, told quickly."""
    import h5py

    try:
        key, links = name.encode(), group.id.links
        return links.exists(key) and bool(links.get_info(key).type == h5py.h5l.TYPE_HARD)
    except (KeyError, RuntimeError, ValueError):  # not to be told: the usual way says why
        return False


def _hard_member(group: Any, name: str) -> Any:
    """Open a member that lies in its group, in half the time that h5py takes."""
    import h5py

    try:
        found = h5py.h5o.open(group.id, name.encode())
    except (KeyError, OSError, RuntimeError, ValueError):
        return None
    if isinstance(found, h5py.h5d.DatasetID):
        return h5py.Dataset(found)
    is_group_id = isinstance(found, h5py.h5g.GroupID)
    return h5py.Group(found) if is_group_id else _opened_member(group, name)


def _opened_member(group: Any, name: str) -> Any:
    try:
        return group[name]
    except (KeyError, OSError):  # the link leads nowhere
        return None


def _is_below(place: Path, file: Any) -> bool:
    """Whether a place is in the folder of a file, links followed."""
    main = Path(file.filename)
    try:
        found = place.resolve()
        folders = (main.parent.resolve(), main.resolve().parent)
    except (OSError, ValueError, RuntimeError):
        return False
    return any(found.is_relative_to(folder) for folder in folders)


def identity(h5_object: Any) -> Any:
    """Return what an object is known by, however many names it has."""
    from h5py import h5o

    info = h5o.get_info(h5_object.id)
    return info.fileno, info.addr


# ---------------------------------------------------------------- as configured


_AS_CONFIGURED: Final = Walk(external=None)


def member(group: Any, name: str) -> Any:
    """Return a member of a group; None when there is none, or a link is not followed."""
    try:
        return _AS_CONFIGURED.find(group, name)
    except UnsupportedFile:
        return None


def members(group: Any) -> Iterator[tuple[str, Any]]:
    """Give the members of a group whose links lead somewhere and are followed."""
    return _AS_CONFIGURED.members(group)


def obstacles(dataset: Any) -> list[str]:
    """Return every reason why the numbers of a dataset may not be read."""
    return _AS_CONFIGURED.obstacles(dataset)
