"""Exact parameters in a text that a person edits.

A value of a recipe is one that TOML has, or a table that says what it is::

    bins = 2                                  a number, a text, true, false
    axes = { tuple = [0, 1] }                 TOML has lists only
    x = { slice = "2:10" }                    also { slice = ["1 nm", "3 nm"] }
    fill = { none = true }
    dtype = { dtype = "<f4" }
    function = { function = "numpy:hypot" }
    phase = { complex = [0.0, 1.0] }
    kernel = { array = [0.25, 0.5, 0.25], dtype = "<f8" }
    mask = { base64 = "AAEB...", dtype = "|b1", shape = [64, 64] }
    when = { "$" = "date", v = "2026-01-31" } anything else that `sidpy.hdf.records` keeps

Nothing in a text is executed: a function is a name here, and who calls it decides whether
that name may be called.
"""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sidpy.errors import FormatError
from sidpy.hdf.records import decode_record, encode_record

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LARGEST_ARRAY", "from_form", "to_form"]

#: Bytes of the largest array that stands in a recipe.
LARGEST_ARRAY: Final = 256 * 2**10

#: Numbers of the longest array that is written number by number.
_LONGEST_LIST: Final = 64

#: The keys of the tables that are no dictionaries.
_KEYS: Final = frozenset(
    map(
        frozenset,
        (
            {"none"}, {"ellipsis"}, {"tuple"}, {"slice"}, {"dtype"}, {"function"}, {"complex"},
            {"dict"}, {"array", "dtype"}, {"scalar", "dtype"}, {"base64", "dtype", "shape"},
        ),
    )
)  # fmt: skip

#: Kinds of a record whose only content is ``v``, and the words for them here.
_WORDS: Final = {"tuple": "tuple", "dtype": "dtype", "Reference": "function"}


def to_form(value: Any) -> Any:
    """Return a value as numbers, texts, lists and tables.

    Raises
    ------
    ValueError
        When it has a part that no text can hold: a large array, an object of unknown type.

    Examples
    --------
    >>> to_form({"axis": (0, 1), "x": slice(2, None), "out": None})
    {'axis': {'tuple': [0, 1]}, 'x': {'slice': '2:'}, 'out': {'none': True}}
    """
    encoded = encode_record(value)
    if encoded.lossy:
        msg = f"{', '.join(encoded.lossy)} is of a type that cannot be written down"
        raise ValueError(msg)
    document = json.loads(encoded.text)
    if "deep" in document:
        msg = "it is nested too deeply for a text"
        raise ValueError(msg)
    return _shown(document["value"], encoded.arrays)


def _shown(node: Any, arrays: list[Any]) -> Any:
    if node is None:
        return {"none": True}
    if isinstance(node, list):
        return [_shown(item, arrays) for item in node]
    if isinstance(node, str) and not node.isprintable():
        _require_text(node)
    if not isinstance(node, dict):
        return node
    kind = node.get("$")
    if kind is None:
        members = {key: _shown(item, arrays) for key, item in node.items()}
        ambiguous = frozenset(members) in _KEYS
        return {"dict": [list(pair) for pair in members.items()]} if ambiguous else members
    if kind in _WORDS:
        return {_WORDS[kind]: _shown(node["v"], arrays)}
    if kind in _SHOWN:
        return _SHOWN[kind](node, arrays)
    return {key: _shown(item, arrays) for key, item in node.items()}


def _require_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = f"it has a text that is none in Unicode: {text!r}"
        raise ValueError(msg) from error


def _shown_slice(node: dict[str, Any], arrays: list[Any]) -> Any:
    parts = node["v"]
    if all(part is None or type(part) is int for part in parts):
        text = ":".join("" if part is None else str(part) for part in parts)
        return {"slice": text.removesuffix(":") if parts[2] is None else text}
    while parts and parts[-1] is None:
        parts = parts[:-1]
    return {"slice": [_shown(part, arrays) for part in parts]}


def _shown_array(node: dict[str, Any], arrays: list[Any]) -> Any:
    if "at" in node:
        values = np.asarray(arrays[node["at"]])
        if values.nbytes > LARGEST_ARRAY:
            msg = (
                f"it has an array of {values.nbytes:,} bytes, and a recipe holds arrays of up to "
                f"{LARGEST_ARRAY:,}; pass it to the function as a Dataset, so that it is an input"
            )
            raise ValueError(msg)
        node = {"dtype": node["dtype"], "shape": list(values.shape),
                "v": base64.b64encode(values.tobytes()).decode("ascii")}  # fmt: skip
    count = math.prod(node["shape"])
    if (
        isinstance(node["dtype"], str)
        and node["dtype"][1] in "biuf"
        and (0 < count <= _LONGEST_LIST and node["dtype"][2:] != "16")
    ):
        return {"array": _values(node).tolist(), "dtype": node["dtype"]}
    return {"base64": node["v"], "dtype": node["dtype"], "shape": node["shape"]}


def _values(node: dict[str, Any]) -> Any:
    values = np.frombuffer(base64.b64decode(node["v"]), np.dtype(node["dtype"]))
    return values.reshape(node.get("shape", ()))


def _shown_scalar(node: dict[str, Any], _arrays: list[Any]) -> Any:
    plain = isinstance(node["dtype"], str) and node["dtype"][1] in "biuf"
    if not plain or node["dtype"][2:] == "16":
        return node
    return {"scalar": _values(node).item(), "dtype": node["dtype"]}


def _refused(_node: dict[str, Any], _arrays: list[Any]) -> Any:
    msg = "it has a lazy array, which only a file can hold"
    raise ValueError(msg)


_SHOWN: Final[dict[str, Callable[[dict[str, Any], list[Any]], Any]]] = {
    "slice": _shown_slice,
    "ellipsis": lambda _node, _arrays: {"ellipsis": True},
    "complex": lambda node, _arrays: {"complex": [float(part) for part in node["v"]]},
    "float": lambda node, _arrays: float(node["v"]),
    "ndarray": _shown_array,
    "scalar": _shown_scalar,
    "lazy": _refused,
}


# ---------------------------------------------------------------- and back


def from_form(form: Any) -> Any:
    """Return the value that `to_form` made this of.

    Raises
    ------
    FormatError
        When a table does not say what it should; it is a ValueError.

    Examples
    --------
    >>> from_form({"axis": {"tuple": [0, 1]}, "x": {"slice": "2:"}})
    {'axis': (0, 1), 'x': slice(2, None, None)}
    """
    try:
        return decode_record(json.dumps({"version": 1, "value": _node(form)}))
    except FormatError:
        raise
    except Exception as error:
        msg = f"it cannot be made a value: {error}"
        raise FormatError(msg) from error


def _node(form: Any) -> Any:
    if isinstance(form, list):
        return [_node(item) for item in form]
    if isinstance(form, float):
        return form if math.isfinite(form) else {"$": "float", "v": repr(form)}
    if isinstance(form, bool | int | str):
        return form
    if not isinstance(form, dict):  # dates and times of TOML
        msg = f"{form} is no form of a value here; a date is {{'$' = 'date', v = '2026-01-31'}}"
        raise FormatError(msg)
    if "$" in form or frozenset(form) not in _KEYS:
        return {key: _node(item) for key, item in form.items()}
    for key, read in _READ.items():
        if key in form:
            return read(form)
    msg = f"a table with the keys {sorted(form)} means nothing"  # not reached: every key reads
    raise FormatError(msg)


def _require(form: dict[str, Any], key: str, kind: Any, words: str) -> Any:
    if not isinstance(form[key], kind) or (kind is int and isinstance(form[key], bool)):
        msg = f"{key} is {words}, found {form[key]!r}"
        raise FormatError(msg)
    return form[key]


def _read_none(form: dict[str, Any]) -> Any:
    if form["none"] is not True:
        msg = f"none is written {{ none = true }}, found {form['none']!r}"
        raise FormatError(msg)


def _read_slice(form: dict[str, Any]) -> Any:
    found = _require(form, "slice", str | list, "a text such as '2:10' or a list of its parts")
    if isinstance(found, list):
        parts = [*map(_node, found)]
        found = ":".join("?" * len(parts))
    else:
        words = [part.strip() for part in found.split(":")]
        try:
            parts = [int(word) if word else None for word in words]
        except ValueError:
            parts = []
    if not (1 <= len(parts) <= 3) or (":" not in found and isinstance(form["slice"], str)):
        msg = f"a slice is written '2:10', '::2' or ['1 nm', '3 nm'], found {form['slice']!r}"
        raise FormatError(msg)
    return {"$": "slice", "v": [*parts, None, None, None][:3]}


def _read_array(form: dict[str, Any]) -> Any:
    values = np.asarray(_require(form, "array", list | int | float, "a list of numbers"))
    array = values.astype(np.dtype(_require(form, "dtype", str, "the type of a number")))
    if array.dtype.kind != "f" and not np.array_equal(array, values):
        msg = f"these numbers do not fit into {form['dtype']!r}: {form['array']!r}"
        raise FormatError(msg)
    return {"$": "ndarray", "dtype": form["dtype"], "shape": list(array.shape),
            "v": base64.b64encode(array.tobytes()).decode("ascii")}  # fmt: skip


def _read_scalar(form: dict[str, Any]) -> Any:
    number = _require(form, "scalar", bool | int | float, "a number")
    dtype = _require(form, "dtype", str, "the type of a number")
    node = _read_array({"array": [number], "dtype": dtype})
    return {"$": "scalar", "dtype": dtype, "v": node["v"]}


def _read_complex(form: dict[str, Any]) -> Any:
    parts = _require(form, "complex", list, "a real and an imaginary part")
    if len(parts) != 2 or not all(isinstance(part, int | float) for part in parts):
        msg = f"complex is a real and an imaginary part, found {parts!r}"
        raise FormatError(msg)
    return {"$": "complex", "v": [repr(float(part)) for part in parts]}


_READ: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "none": _read_none,
    "ellipsis": lambda _form: {"$": "ellipsis"},
    "tuple": lambda form: {
        "$": "tuple", "v": _node(_require(form, "tuple", list, "a list of values"))
    },
    "slice": _read_slice,
    "function": lambda form: {
        "$": "Reference", "v": _require(form, "function", str, "a text 'module:name'")
    },
    "complex": _read_complex,
    "dict": lambda form: {
        "$": "dict", "v": _node(_require(form, "dict", list, "a list of pairs"))
    },
    "array": _read_array,
    "scalar": _read_scalar,
    "base64": lambda form: {
        "$": "ndarray", "dtype": form["dtype"], "shape": form["shape"],
        "v": _require(form, "base64", str, "bytes in base64"),
    },
    "dtype": lambda form: {"$": "dtype", "v": form["dtype"]},
}  # fmt: skip
