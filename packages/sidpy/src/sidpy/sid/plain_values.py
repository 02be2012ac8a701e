"""Arguments as numbers, texts, lists and dictionaries: what is shown and what JSON holds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

import numpy as np

from .arguments import NotKept, Reference
from .dimension import Dimension

__all__ = ["identity", "plain_value"]

#: Longest array that is shown value by value.
_LONGEST_LIST: Final = 64

#: What is nested deeper is not shown.
_DEEPEST: Final = 32


def plain_value(value: Any, depth: int = 0) -> Any:
    """Return `value` as numbers, strings, lists and dictionaries.

    Long arrays become their shape, type and fingerprint; objects become their name, and what
    is nested more than 32 levels deep ``"..."``.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return plain_value(value.item())
    if isinstance(value, Mapping | list | tuple):
        return "..." if depth > _DEEPEST else _plain_members(value, depth + 1)
    if isinstance(value, Dimension):
        return repr(value)
    if isinstance(value, np.ndarray):
        return plain_value(value.tolist()) if value.size <= _LONGEST_LIST else _digest(value)
    return _name(value)


def _plain_members(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {str(key): plain_value(item, depth) for key, item in value.items()}
    return [plain_value(item, depth) for item in value]


def _name(value: Any) -> str:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Reference | NotKept):
        return str(value)
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "__dask_graph__"):
        return identity(value)
    return repr(value)


def _digest(array: np.ndarray[Any, Any]) -> str:
    from hashlib import sha256

    digest = sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"array of shape {array.shape}, {array.dtype}, sha256 {digest[:16]}"


def identity(value: Any) -> str:
    """Return what tells one input from another: the name of a lazy array, or its kind."""
    name = getattr(value, "name", None)
    if isinstance(name, str) and hasattr(value, "__dask_graph__"):
        return name
    if isinstance(value, np.ndarray):
        return f"ndarray {value.shape} {value.dtype}"
    return repr(plain_value(value))
