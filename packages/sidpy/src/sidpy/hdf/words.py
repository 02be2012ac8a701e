"""Labels as the words that stand in a file."""

from __future__ import annotations

from typing import Any, Final

from sidpy.sid.kinds import DataType, DimensionType

__all__ = ["from_word", "plain_text", "word"]

_ENUMS: Final[dict[str, Any]] = {"data_type": DataType, "dimension_type": DimensionType}


def word(value: Any) -> str:
    """Return a label as text: a member of an Enum by its name."""
    return value if isinstance(value, str) else str(value.name)


def from_word(label: str, text: str) -> Any:
    """Return a label from its text; a word that names no member becomes UNKNOWN."""
    members_of = _ENUMS.get(label)
    if members_of is None:
        return text
    return members_of.__members__.get(text.strip().upper(), members_of["UNKNOWN"])


def plain_text(text: str) -> str:
    """Return a text as HDF5 can hold it: without NUL and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
