"""The JSON text of an exact record back to values; `records` says what that is."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import fractions
import json
import math
import pathlib
import sys
import uuid
import zoneinfo
from collections import OrderedDict
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.sid.arguments import NotKept, Reference
from sidpy.sid.dimension import Dimension

from .arrays import restored, restored_lazily
from .damage import oversize
from .encoding import RECORD_VERSION
from .objects import is_dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["decode_record"]


def decode_record(
    text: str,
    arrays: Callable[[int], Any] | None = None,
    revive: Mapping[str, Callable[[Any], Any]] | None = None,
) -> Any:
    """Return the value that `encode_record` made a text of.

    Parameters
    ----------
    text : str
        The JSON text.
    arrays : function of int, optional
        Returns the array of a number.
    revive : dict of str to function, optional
        For the kinds that the encoder's ``describe`` named: makes the object again.

    Raises
    ------
    ValueError
        When the text is no record, damaged, or of a version that is not known yet.
    """
    try:
        return _decoded(text, arrays, revive or {})
    except ValueError:
        raise
    except Exception as error:  # a damaged text leads anywhere: KeyError, RecursionError, ...
        msg = f"the record is damaged: {type(error).__name__}: {error}"
        raise ValueError(msg) from error


def _decoded(
    text: Any,
    arrays: Callable[[int], Any] | None,
    revive: Mapping[str, Callable[[Any], Any]],
) -> Any:
    document = json.loads(text)
    version = document.get("version") if isinstance(document, dict) else None
    if not isinstance(version, int) or version > RECORD_VERSION:
        msg = f"a record of version {version!r}; this program knows up to {RECORD_VERSION}"
        raise ValueError(msg)
    decoder = _Decoder(arrays, revive)
    deep = document.get("deep", [])
    decoder.done = [None] * len(deep)
    for i in reversed(range(len(deep))):  # what was put aside later lies deeper
        decoder.done[i] = decoder.decode(deep[i])
    return decoder.decode(document["value"])


class _Decoder:
    """One decoding, and the deep parts that are done."""

    def __init__(
        self, arrays: Callable[[int], Any] | None, revive: Mapping[str, Callable[[Any], Any]]
    ) -> None:
        self.arrays = arrays
        self.revive = revive
        self.done: list[Any] = []

    def decode(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.decode(item) for item in node]
        if not isinstance(node, dict):
            return node
        kind = node.get("$")
        if kind is None:
            return {key: self.decode(item) for key, item in node.items()}
        if kind in _PARSERS:
            return _PARSERS[kind](node)
        if kind in _READERS:
            return _READERS[kind](self, node)
        if kind in self.revive:
            return self.revive[kind](self.decode(node["v"]))
        return node

    def _pairs(self, node: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
        return ((self.decode(key), self.decode(item)) for key, item in node["v"])

    def _load(self, number: int) -> Any:
        if self.arrays is None:
            msg = "the record refers to arrays, and none are given"
            raise ValueError(msg)
        return self.arrays(number)

    def _whole(self, number: int) -> Any:
        source = self._load(number)
        claim = oversize(source) if is_dataset(source) else ""
        if claim:
            msg = f"{source.name!r} {claim}"
            raise ValueError(msg)
        return np.asarray(source)

    def _array(self, node: dict[str, Any]) -> Any:
        dtype = _dtype_of(node["dtype"])
        if "at" in node:
            return restored(self._whole(node["at"]), dtype)
        if not math.prod(node["shape"]) or not dtype.itemsize:
            return np.zeros(node["shape"], dtype)
        return np.frombuffer(_from_base64(node), dtype).reshape(node["shape"]).copy()

    def _objects(self, node: dict[str, Any]) -> Any:
        if math.prod(node["shape"]) != len(node["v"]):
            msg = f"an array of shape {node['shape']} with {len(node['v'])} values"
            raise ValueError(msg)
        result = np.empty(len(node["v"]), dtype=object)
        for i, item in enumerate(node["v"]):
            result[i] = self.decode(item)
        return result.reshape(node["shape"])

    def _texts(self, node: dict[str, Any]) -> Any:
        return np.array(node["v"], dtype=np.dtypes.StringDType()).reshape(node["shape"])

    def _bytes(self, node: dict[str, Any]) -> bytes:
        stored = "at" in node
        return self._whole(node["at"]).tobytes() if stored else _from_base64(node)

    def _masked(self, node: dict[str, Any]) -> Any:
        parts = {name: self.decode(part) for name, part in node["v"].items()}
        return np.ma.MaskedArray(parts["data"], parts["mask"], fill_value=parts["fill_value"][()])

    def _lazy(self, node: dict[str, Any]) -> Any:
        from sidpy.sid import as_lazy

        return restored_lazily(as_lazy(self._load(node["at"])), _dtype_of(node["dtype"]))

    def _dimension(self, node: dict[str, Any]) -> Any:
        words = (node["name"], node["quantity"], node["units"], node["dimension_type"])
        return Dimension(1, *words).with_values(self.decode(node["values"]))


_READERS: Final[dict[str, Callable[[_Decoder, dict[str, Any]], Any]]] = {
    "dict": lambda self, node: dict(self._pairs(node)),
    "OrderedDict": lambda self, node: OrderedDict(self._pairs(node)),
    "tuple": lambda self, node: tuple(self.decode(item) for item in node["v"]),
    "set": lambda self, node: {self.decode(item) for item in node["v"]},
    "frozenset": lambda self, node: frozenset(self.decode(item) for item in node["v"]),
    "slice": lambda self, node: slice(*(self.decode(bound) for bound in node["v"])),
    "deep": lambda self, node: self.done[node["v"]],
    "ndarray": _Decoder._array,
    "objects": _Decoder._objects,
    "texts": _Decoder._texts,
    "masked": _Decoder._masked,
    "lazy": _Decoder._lazy,
    "bytes": _Decoder._bytes,
    "bytearray": lambda self, node: bytearray(self._bytes(node)),
    "Dimension": _Decoder._dimension,
}


def _datetime_of(node: dict[str, Any]) -> Any:
    return _with_zone(dt.datetime.fromisoformat(node["v"]), node)


def _with_zone(value: Any, node: dict[str, Any]) -> Any:
    value = value.replace(fold=node.get("fold", 0))
    if "zone_name" in node:
        value = value.replace(tzinfo=dt.timezone(value.utcoffset(), node["zone_name"]))
    return value.replace(tzinfo=zoneinfo.ZoneInfo(node["zone"])) if "zone" in node else value


def _member_of(node: dict[str, Any]) -> Any:
    """Return a member of an Enum whose module is loaded; its name when there is none.

    No module is imported: a file does not decide what code runs.
    """
    module, _, path = node["of"].partition(":")
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if isinstance(found, type) and issubclass(found, Enum) and node["name"] in found.__members__:
        return found[node["name"]]
    return node["name"]


def _scalar_of(node: dict[str, Any]) -> Any:
    dtype = _dtype_of(node["dtype"])
    data = _from_base64(node)
    return (np.frombuffer(data, dtype) if dtype.itemsize else np.zeros(1, dtype))[0]


_PARSERS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "text": lambda node: node["v"],
    "str": lambda node: _from_base64(node).decode("utf-8", "surrogatepass"),
    "float": lambda node: float(node["v"]),
    "int": lambda node: int(node["v"], 16),
    "complex": lambda node: complex(*map(float, node["v"])),
    "datetime": _datetime_of,
    "time": lambda node: _with_zone(dt.time.fromisoformat(node["v"]), node),
    "date": lambda node: dt.date.fromisoformat(node["v"]),
    "timedelta": lambda node: dt.timedelta(*node["v"]),
    "Decimal": lambda node: decimal.Decimal(node["v"]),
    "Fraction": lambda node: fractions.Fraction(*map(int, node["v"])),
    "UUID": lambda node: uuid.UUID(node["v"]),
    "path": lambda node: pathlib.Path(node["v"]),
    "range": lambda node: range(*node["v"]),
    "ellipsis": lambda _: ...,
    "Reference": lambda node: Reference(node["v"]),
    "NotKept": lambda node: NotKept(node["v"]),
    "dtype": lambda node: _dtype_of(node["v"]),
    "scalar": _scalar_of,
    "enum": _member_of,
}


def _from_base64(node: dict[str, Any]) -> bytes:
    return base64.b64decode(node["v"])


def _dtype_of(form: Any) -> np.dtype[Any]:
    if isinstance(form, dict):
        return _dtype_of_places(form)

    def fitted(part: Any) -> Any:
        return part if isinstance(part, str) else [_field(entry) for entry in part]

    def _field(entry: list[Any]) -> tuple[Any, ...]:
        name = tuple(entry[0]) if isinstance(entry[0], list) else entry[0]
        shape = (tuple(entry[2]),) if len(entry) > 2 else ()
        return (name, fitted(entry[1]), *shape)

    return np.lib.format.descr_to_dtype(fitted(form))


def _dtype_of_places(form: dict[str, Any]) -> np.dtype[Any]:
    if "base" in form:
        return np.dtype((_dtype_of(form["base"]), tuple(form["shape"])))
    formats = [_dtype_of(one) for one in form["formats"]]
    names = ("names", "offsets", "titles", "itemsize")
    placed: Any = {**{name: form[name] for name in names}, "formats": formats}
    dtype: np.dtype[Any] = np.dtype(placed)
    return dtype
