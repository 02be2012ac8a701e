"""Walking in an HDF5 file that nobody vouches for.

A link may lead to another file, a dataset may take its numbers from one.  Neither is
followed unless the caller says so: a file that somebody sent must not make this computer
open others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sidpy.errors import UnsupportedFile
from sidpy.hdf.attrs import decode
from sidpy.hdf.objects import is_dataset, is_group

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST_OBJECTS", "Walk", "nx_class", "text_of"]

#: Objects of a file that are looked at, nearest to the root first.
MOST_OBJECTS: Final = 5000

#: Soft links that may lead to each other.
_MOST_LINKS: Final = 32


class Walk:
    """The way through one file.

    Parameters
    ----------
    external : bool
        Whether links into other files are followed.
    """

    def __init__(self, *, external: bool = False) -> None:
        self.external = external

    def find(self, group: Any, address: str) -> Any:
        """Return the object at an address, None when there is none.

        Raises
        ------
        UnsupportedFile
            When the way leads into another file and that is not wanted.
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

        link = group.get(name, getlink=True)
        if isinstance(link, h5py.SoftLink):
            return self._find(group, link.path, links - 1) if links else None
        if isinstance(link, h5py.ExternalLink) and not self.external:
            raise UnsupportedFile(
                _elsewhere(f"{group.name}/{name}".replace("//", "/"), link.filename),
                path=group.file.filename,
                format="nexus",
            )
        try:
            return group[name] if link is not None else None
        except (KeyError, OSError):  # the link leads nowhere
            return None

    def members(self, group: Any) -> Iterator[tuple[str, Any]]:
        """Give the members of a group, leaving out links that are not followed."""
        for name in group:
            try:
                item = self.find(group, name)
            except UnsupportedFile:
                continue
            if item is not None:
                yield name, item

    def groups(self, start: Any) -> Iterator[Any]:
        """Give a group and all below it, each once, the nearest first."""
        waiting, seen, met = [start], 0, {_identity(start)}
        while waiting and seen < MOST_OBJECTS:
            group = waiting.pop(0)
            yield group
            for _, item in self.members(group):
                seen += 1
                if is_group(item) and _identity(item) not in met:
                    met.add(_identity(item))
                    waiting.append(item)
                if seen >= MOST_OBJECTS:
                    break

    def numbers(self, dataset: Any) -> Any:
        """Return a dataset whose numbers may be read.

        Raises
        ------
        UnsupportedFile
            When they lie in another file and that is not wanted.
        """
        if self.external or not is_dataset(dataset):
            return dataset
        others = [name for name, *_ in dataset.external or ()]
        if dataset.is_virtual:
            others += [one.file_name for one in dataset.virtual_sources() if one.file_name != "."]
        if others:
            raise UnsupportedFile(
                _elsewhere(dataset.name, others[0]), path=dataset.file.filename, format="nexus"
            )
        return dataset


def _elsewhere(address: str, other: str) -> str:
    return (
        f"{address!r} is in another file, {other!r}, which is not opened unless you ask for it "
        "with external_links=True"
    )


def _identity(group: Any) -> Any:
    from h5py import h5o

    info = h5o.get_info(group.id)
    return info.fileno, info.addr


def nx_class(item: Any) -> str:
    """Return the NeXus class of a group, "" when it has none."""
    return text_of(item, "NX_class")


def text_of(item: Any, name: str, default: str = "") -> str:
    """Return an attribute as text; the first of several."""
    if name not in item.attrs:
        return default
    value = decode(item.attrs[name])
    if hasattr(value, "ravel"):
        flat = value.ravel()
        value = decode(flat[0]) if flat.size else default
    return value if isinstance(value, str) else str(value)
