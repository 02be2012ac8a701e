"""A document of tables, lists, texts and numbers as TOML text; `tomllib` reads it.

Only what a recipe needs: no dates, and tables within values on one line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["document_text", "key_text", "value_text"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n",
                   "\f": "\\f", "\r": "\\r"}  # fmt: skip
_NEEDS_ESCAPE: Final = re.compile(r'[\x00-\x1f\x7f"\\]')


def document_text(document: Mapping[str, Any], tables: Mapping[str, Any]) -> str:
    """Return a document as text.

    Parameters
    ----------
    document : dict
        Keys and values of the top.
    tables : dict of str to dict or list of dict
        A dictionary of tables, each under a header ``[name.key]``, or a list of tables, each
        under ``[[name]]``.  A dictionary in one of them becomes a table of its own.

    Examples
    --------
    >>> print(document_text({"a": 1}, {"steps": [{"name": "x", "parameters": {"b": [2, 3.0]}}]}))
    a = 1
    <BLANKLINE>
    [[steps]]
    name = "x"
    <BLANKLINE>
    [steps.parameters]
    b = [2, 3.0]
    <BLANKLINE>
    """
    lines = [*_pairs(document)]
    for name, members in tables.items():
        if isinstance(members, dict):
            for key, table in members.items():
                lines += _table(f"{name}.{key_text(key)}", "[{}]", table)
        else:
            for table in members:
                lines += _table(name, "[[{}]]", table)
    return "\n".join(lines) + "\n"


def _table(name: str, header: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield header.format(name)
    yield from _pairs({key: value for key, value in table.items() if not isinstance(value, dict)})
    for key, value in table.items():
        if isinstance(value, dict):
            yield ""
            yield f"[{name}.{key_text(key)}]"
            yield from _pairs(value)


def _pairs(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield f"{key_text(key)} = {value_text(value)}"


def key_text(key: str) -> str:
    """Return a key, in quotes where it needs them."""
    return key if _BARE.fullmatch(key) else value_text(key)


def value_text(value: Any) -> str:
    """Return a value as TOML.

    Raises
    ------
    TypeError
        When TOML has no word for it.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)  # also inf and nan
    if isinstance(value, str):
        return f'"{_NEEDS_ESCAPE.sub(_escaped, value)}"'
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{key_text(key)} = {value_text(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    msg = f"TOML has no word for {type(value).__name__}"
    raise TypeError(msg)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character, f"\\u{ord(character):04x}")
