"""Values to the JSON text of an exact record; `records` says what that is."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import fractions
import json
import math
import pathlib
import re
import uuid
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.sid.arguments import NotKept, Reference
from sidpy.sid.dimension import Dimension

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["RECORD_VERSION", "Encoded", "encode_record"]


#: Version of the form described above; a reader takes any record of at most its own.
RECORD_VERSION: Final = 1

#: Arrays and bytes up to this size stand in the text.
_INLINE_BYTES: Final = 1024

#: Containers nested deeper than this are moved to a list of their own: neither JSON nor
#: Python likes a nesting of a thousand, which files of the released packages have.
_DEEP: Final = 24

#: A value nested deeper than this contains itself.
_TOO_DEEP: Final = 20_000

_INT64: Final = 2**63

#: Two halves of a character, which JSON would make one of.
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")


@dataclass
class Encoded:
    """A value made ready for a file."""

    text: str
    """The JSON text."""
    arrays: list[Any] = field(default_factory=list)
    """Arrays, also lazy ones, that the text refers to by their number."""
    lossy: list[str] = field(default_factory=list)
    """The keys, joined by ``/``, of what is kept as its text only."""


def encode_record(
    value: Any, describe: Callable[[Any], tuple[str, Any] | None] | None = None
) -> Encoded:
    """Return a value as JSON text and arrays.

    Parameters
    ----------
    value : object
        Anything; nesting may be of any depth.
    describe : function, optional
        Asked about objects of unknown type: returns a kind and a value made of known types,
        or None.

    Raises
    ------
    ValueError
        When the value contains itself.

    Examples
    --------
    >>> encode_record({"a": (1, None)}).text
    '{"version": 1, "value": {"a": {"$": "tuple", "v": [1, null]}}}'
    """
    encoder = _Encoder(describe)
    document: dict[str, Any] = {"version": RECORD_VERSION, "value": encoder.encode(value)}
    encoder.encode_deep()
    if encoder.deep:
        document["deep"] = encoder.deep
    return Encoded(json.dumps(document), encoder.arrays, encoder.lossy)


class _Encoder:
    """One encoding: where it is, and what it has put aside."""

    def __init__(self, describe: Callable[[Any], tuple[str, Any] | None] | None) -> None:
        self.describe = describe
        self.arrays: list[Any] = []
        self.lossy: list[str] = []
        self.deep: list[Any] = []
        self._path: list[str] = []
        self._waiting: list[tuple[Any, list[str]]] = []
        self._depth = 0

    def encode(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            return _halves(value) if _has_halves(value) else value
        if kind is int and -_INT64 <= value < _INT64:
            return value
        if kind is float:
            return value if math.isfinite(value) else {"$": "float", "v": repr(value)}
        if kind in (dict, list, tuple, set, frozenset, OrderedDict):
            return self._container(value)
        return self._leaf(value)

    def _container(self, value: Any) -> Any:
        if self._depth >= _DEEP:
            self._waiting.append((value, list(self._path)))
            return {"$": "deep", "v": len(self._waiting) - 1}
        self._depth += 1
        try:
            return self._members(value)
        finally:
            self._depth -= 1

    def _members(self, value: Any) -> Any:
        if isinstance(value, dict):
            plain = type(value) is dict and all(map(_is_plain_key, value))
            if plain and "$" not in value:
                return {key: self._at(key, item) for key, item in value.items()}
            pairs = [[self.encode(k), self._at(k, item)] for k, item in value.items()]
            return {"$": type(value).__name__, "v": pairs}
        items = [self._at(i, item) for i, item in enumerate(value)]
        return items if type(value) is list else {"$": type(value).__name__, "v": items}

    def _at(self, key: object, item: Any) -> Any:
        self._path.append(str(key))
        try:
            return self.encode(item)
        finally:
            self._path.pop()

    def encode_deep(self) -> None:
        """Encode what was put aside, which may put aside more."""
        while len(self.deep) < len(self._waiting):
            value, self._path = self._waiting[len(self.deep)]
            if len(self._path) > _TOO_DEEP:
                msg = f"the value at {'/'.join(self._path[:8])}/... contains itself"
                raise ValueError(msg)
            self._waiting[len(self.deep)] = (None, [])
            self.deep.append(self._members(value))

    def _leaf(self, value: Any) -> Any:
        for type_, encode in _LEAVES.items():
            if type(value) is type_:
                return {"$": type_.__name__, **encode(value)}
        for type_, method in _BY_BASE.items():
            if isinstance(value, type_):
                return method(self, value)
        if hasattr(value, "__dask_graph__") and hasattr(value, "chunks"):
            self.arrays.append(value)
            return {"$": "lazy", "at": len(self.arrays) - 1, "dtype": _dtype_form(value.dtype)}
        described = None if self.describe is None else self.describe(value)
        if described is not None:
            kind, content = described
            return {"$": kind, "v": self.encode(content)}
        return self._text_of(value)

    def _text_of(self, value: Any) -> Any:
        self.lossy.append("/".join(self._path))
        return {"$": "text", "type": f"{type(value).__module__}.{type(value).__qualname__}",
                "v": str(value)}  # fmt: skip

    def _array(self, value: npt.NDArray[Any]) -> Any:
        if isinstance(value, np.ma.MaskedArray):
            fill = np.asarray(value.fill_value, value.dtype)
            parts = {"data": value.data, "mask": np.ma.getmaskarray(value), "fill_value": fill}
            return {"$": "masked", "v": {name: self._array(part) for name, part in parts.items()}}
        if value.dtype.kind in "OT":
            items = [self._at(i, item) for i, item in enumerate(value.ravel().tolist())]
            kind = "objects" if value.dtype.kind == "O" else "texts"
            return {"$": kind, "shape": list(value.shape), "v": items}
        if value.dtype.hasobject:
            return self._text_of(value)
        form = {"$": "ndarray", "dtype": _dtype_form(value.dtype)}
        if value.nbytes <= _INLINE_BYTES:
            return {**form, "shape": list(value.shape), "v": _base64(value.tobytes())}
        self.arrays.append(np.asarray(value))
        return {**form, "at": len(self.arrays) - 1}

    def _scalar(self, value: np.generic) -> Any:
        if value.dtype.hasobject:
            return self._text_of(value)
        return {"$": "scalar", "dtype": _dtype_form(value.dtype), "v": _base64(value.tobytes())}

    def _bytes(self, value: bytes | bytearray) -> Any:
        kind = "bytearray" if isinstance(value, bytearray) else "bytes"
        if len(value) <= _INLINE_BYTES:
            return {"$": kind, "v": _base64(value)}
        self.arrays.append(np.frombuffer(bytes(value), np.uint8))
        return {"$": kind, "at": len(self.arrays) - 1}

    def _dimension(self, value: Dimension) -> Any:
        words = {name: getattr(value, name) for name in ("name", "quantity", "units")}
        kind = value.dimension_type.name
        return {"$": "Dimension", **words, "dimension_type": kind,
                "values": self._array(value.values)}  # fmt: skip

    def _enum(self, value: Enum) -> Any:
        of = f"{type(value).__module__}:{type(value).__qualname__}"
        return {"$": "enum", "of": of, "name": value.name}

    def _slice(self, value: slice) -> Any:
        bounds = (value.start, value.stop, value.step)
        return {"$": "slice", "v": [self.encode(bound) for bound in bounds]}

    def _mapping(self, value: Mapping[Any, Any]) -> Any:
        return self._container(dict(value))

    def _tuple(self, value: tuple[Any, ...]) -> Any:
        return self._container(tuple(value))

    def _list(self, value: Iterable[Any]) -> Any:
        return self._container(list(value))


#: Types asked about with isinstance, the finer before the coarser.
_BY_BASE: Final[dict[Any, Callable[[_Encoder, Any], Any]]] = {
    Enum: _Encoder._enum,
    Dimension: _Encoder._dimension,
    np.ndarray: _Encoder._array,
    np.generic: _Encoder._scalar,
    np.dtype: lambda _, value: {"$": "dtype", "v": _dtype_form(value)},
    bytes | bytearray: _Encoder._bytes,
    slice: _Encoder._slice,
    pathlib.PurePath: lambda _, value: {"$": "path", "v": str(value)},
    str: lambda _, value: str.__str__(value),
    int: lambda _, value: {"$": "int", "v": hex(value)},
    float: lambda self, value: self.encode(float(value)),
    Mapping: _Encoder._mapping,
    tuple: _Encoder._tuple,
    list: _Encoder._list,
}


def _time_form(value: dt.datetime | dt.time) -> dict[str, Any]:
    form: dict[str, Any] = {"v": value.isoformat()}
    if value.fold:
        form["fold"] = 1
    if isinstance(value.tzinfo, zoneinfo.ZoneInfo) and value.tzinfo.key:
        form |= {"v": value.replace(tzinfo=None).isoformat(), "zone": value.tzinfo.key}
    elif type(value.tzinfo) is dt.timezone and value.tzinfo is not dt.UTC:
        name = value.tzinfo.tzname(None)
        plain = dt.timezone(value.tzinfo.utcoffset(None)).tzname(None)
        form |= {} if name == plain else {"zone_name": name}
    return form


def _is_plain_key(key: object) -> bool:
    return type(key) is str and not _has_halves(key)


def _has_halves(text: str) -> bool:
    return not text.isascii() and _PAIR.search(text) is not None


def _halves(text: str) -> dict[str, Any]:
    return {"$": "str", "v": _base64(text.encode("utf-8", "surrogatepass"))}


def _number_form(value: complex) -> dict[str, Any]:
    return {"v": [repr(value.real), repr(value.imag)]}


#: Types that are recognised exactly; the name of the type is the kind.
_LEAVES: Final[dict[type, Callable[[Any], dict[str, Any]]]] = {
    complex: _number_form,
    dt.datetime: _time_form,
    dt.time: _time_form,
    dt.date: lambda value: {"v": value.isoformat()},
    dt.timedelta: lambda value: {"v": [value.days, value.seconds, value.microseconds]},
    decimal.Decimal: lambda value: {"v": str(value)},
    fractions.Fraction: lambda value: {"v": [str(value.numerator), str(value.denominator)]},
    uuid.UUID: lambda value: {"v": str(value)},
    range: lambda value: {"v": [value.start, value.stop, value.step]},
    type(...): lambda _: {},
    Reference: lambda value: {"v": value.name},
    NotKept: lambda value: {"v": value.what},
}


def _base64(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode("ascii")


def _dtype_form(dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "T":
        return "T"
    # h5py notes on a dtype what it read, and NumPy warns that it does not write such notes
    plain = np.lib.format.drop_metadata(dtype)
    try:
        return np.lib.format.dtype_to_descr(plain)
    except ValueError:  # fields overlap or are in another order, as in ``array[["b", "a"]]``
        return _placed_fields(plain)


def _placed_fields(dtype: np.dtype[Any]) -> dict[str, Any]:
    """Return a dtype by the place of each of its fields."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return {"base": _dtype_form(base), "shape": list(shape)}
    names = dtype.names or ()
    fields: Mapping[str, Any] = dtype.fields or {}
    parts = [fields[name] for name in names]
    formats = [_placed_fields(p[0]) if p[0].subdtype else _dtype_form(p[0]) for p in parts]
    titles = [part[2] if len(part) > 2 else None for part in parts]
    return {"names": list(names), "formats": formats, "offsets": [part[1] for part in parts],
            "itemsize": dtype.itemsize, "titles": titles}  # fmt: skip
