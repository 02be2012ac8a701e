"""Walking in a NeXus file: like in any HDF5 file, without opening others unless asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sidpy.hdf import walking
from sidpy.hdf.attributes import attribute, decode
from sidpy.hdf.objects import is_group

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MOST_OBJECTS", "Walk", "nx_class", "text_of"]

#: Objects of a file that are looked at, nearest to the root first.
MOST_OBJECTS: Final = 5000


class Walk(walking.Walk):
    """The way through one file.

    Parameters
    ----------
    external : bool
        Whether links into other files are followed.
    """

    def __init__(self, *, external: bool = False) -> None:
        super().__init__(
            external=external, beside=False, format="nexus", option="external_links=True"
        )

    def groups(self, start: Any) -> Iterator[Any]:
        """Give a group and all below it, each once, the nearest first."""
        waiting, seen, met = [start], 0, {walking.identity(start)}
        while waiting and seen < MOST_OBJECTS:
            group = waiting.pop(0)
            yield group
            for _, item in self.members(group):
                seen += 1
                if is_group(item) and walking.identity(item) not in met:
                    met.add(walking.identity(item))
                    waiting.append(item)
                if seen >= MOST_OBJECTS:
                    break


def nx_class(item: Any) -> str:
    """Return the NeXus class of a group, "" when it has none."""
    return text_of(item, "NX_class")


def text_of(item: Any, name: str, default: str = "") -> str:
    """Return an attribute as text; the first of several."""
    if name not in item.attrs:
        return default
    value = attribute(item, name)
    if hasattr(value, "ravel"):
        flat = value.ravel()
        value = decode(flat[0]) if flat.size else default
    return value if isinstance(value, str) else str(value)
