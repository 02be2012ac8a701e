"""One object of a Gwyddion container, with what the container says about it elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from SciFiReaders.labelled import Axis, dataset, pixel_centres
from SciFiReaders.values import base_units, typed
from sidpy.errors import CorruptFile

from .gwy_tree import FORMAT, Block, GwyObject

if TYPE_CHECKING:
    from os import PathLike

    from sidpy import Dataset

__all__ = ["Item", "scanned", "units_of"]

SOURCE: Final = "SciFiReaders.GwyddionReader"


@dataclass(frozen=True, slots=True)
class Item:
    """One object of the container, with what is said about it elsewhere."""

    path: str | PathLike[str]
    tree: GwyObject = field(repr=False)
    key: str
    item: GwyObject = field(repr=False)

    def title(self, fallback: str) -> str:
        """Return the title the container gives it."""
        return self.tree.text(f"{self.key}/title") or fallback

    def meta(self) -> dict[str, Any]:
        """Return the instrument's metadata beside it, typed."""
        # those of an image stand beside it, those of other data below it
        home, _, last = self.key.rpartition("/")
        place = self.key if last.isdigit() else home
        meta = self.tree.child(f"{place}/meta")
        if meta is None:
            return {}
        return {key: typed(text) for key, text in meta.items.items() if isinstance(text, str)}

    def facts(self) -> dict[str, Any]:
        """Return the plain components; a unit by its text as in the file."""
        facts = {
            key: value.text("unitstr") if isinstance(value, GwyObject) else value
            for key, value in self.item.items.items()
            if isinstance(value, str | int | float)
            or (isinstance(value, GwyObject) and value.name == "GwySIUnit")
        }
        meta = self.meta()
        return {**facts, "meta": meta} if meta else facts

    def corrupt(self, message: str) -> CorruptFile:
        """Build the error for something impossible in it."""
        return CorruptFile(f"{self.key}: {message}", path=self.path, format=FORMAT)

    def resolution(self, *keys: str) -> tuple[int, ...]:
        """Return numbers of pixels, which must be positive."""
        counts = tuple(self.item.items.get(key) for key in keys)
        if not all(isinstance(n, int) and n > 0 for n in counts):
            msg = f"{', '.join(keys)} should be positive integers, found {counts}"
            raise self.corrupt(msg)
        return counts  # type: ignore[return-value]

    def array(
        self, holder: GwyObject, key: str, shape: tuple[int, ...], *, dtype: str = "<f8"
    ) -> Any:
        """Return an array of numbers in the file, held against its shape."""
        from sidpy import FileArray

        block = self.block(holder, key, dtype=dtype)
        if block.count != int(np.prod(shape, dtype=object)):
            msg = f"{key} has {block.count} numbers, not the {shape} that are announced"
            raise self.corrupt(msg)
        return FileArray(self.path, block.dtype, shape, offset=block.offset)

    def block(self, holder: GwyObject, key: str, *, dtype: str = "<f8") -> Block:
        """Return where an array of numbers lies."""
        block = holder.items.get(key)
        if not isinstance(block, Block) or block.dtype != dtype or not block.count:
            msg = f"{holder.name} has no numbers in {key!r}, found {block!r:.80}"
            raise self.corrupt(msg)
        return block

    def dataset(self, array: Any, axes: tuple[Axis, ...], **labels: Any) -> Dataset:
        """Return a Dataset that knows where it came from."""
        return dataset(array, axes, source=SOURCE, original_metadata=self.facts(), **labels)


def units_of(item: GwyObject, key: str) -> str:
    """Return the base units that a component says, a blank when it is not there."""
    units = item.child(key)
    return base_units(units.text("unitstr")) if units else ""


def scanned(item: GwyObject, name: str, pixels: int, units_key: str) -> Axis:
    """Return the pixel centres along x or y, pixel numbers where there is no size."""
    length = item.number(f"{name}real")
    if not length > 0 or not np.isfinite(length):
        return Axis.scanned(name, np.arange(pixels), "px")
    values = pixel_centres(pixels, length, item.number(f"{name}off"))
    return Axis.scanned(name, values, units_of(item, units_key))
