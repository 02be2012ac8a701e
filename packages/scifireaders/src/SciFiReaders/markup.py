"""XML of instruments as trees of dicts, without what XML can do to a reader.

Entities and document types are refused before anything is parsed: no instrument writes
them, and a few lines of them fill the memory.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from sidpy.errors import CorruptFile

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["parse_xml", "refuse_declarations", "tree_of"]

_DEPTH = 200
_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def parse_xml(
    raw: bytes | str,
    *,
    path: str | PathLike[str] | None = None,
    format: str = "xml",  # noqa: A002 - the word the field uses
) -> ET.Element:
    """Parse XML of an instrument.

    Parameters
    ----------
    raw : bytes or str
        The document.
    path, format
        For error messages.

    Raises
    ------
    CorruptFile
        When it is not well-formed, or declares document types or entities.

    Examples
    --------
    >>> parse_xml(b"<a><b>1</b></a>").findtext("b")
    '1'
    """
    refuse_declarations(raw.encode() if isinstance(raw, str) else raw, path, format)
    try:
        return ET.fromstring(raw)
    except (ET.ParseError, ValueError, LookupError) as error:
        msg = f"the XML cannot be read: {error}"
        raise CorruptFile(msg, path=path, format=format) from error


def refuse_declarations(data: bytes, path: str | PathLike[str] | None, format: str) -> None:  # noqa: A002 - the word the field uses
    """Raise `CorruptFile` for XML that declares document types or entities."""
    if _DECLARATION.search(data) or _DECLARATION.search(data.replace(b"\0", b"")):
        msg = "the XML declares a document type or entities, which no instrument writes"
        raise CorruptFile(msg, path=path, format=format)


def tree_of(element: ET.Element, depth: int = 0) -> Any:
    """Return an element as text, or as a dict of its attributes and children.

    Several children of one name become a list; namespaces are left out.

    Examples
    --------
    >>> tree_of(parse_xml('<a n="1"><b>2</b><c>3</c><c>4</c></a>'))
    {'n': '1', 'b': '2', 'c': ['3', '4']}
    """
    text = (element.text or "").strip()
    if depth > _DEPTH or not (len(element) or element.attrib):
        return text
    tree: dict[str, Any] = dict(element.attrib)
    for child in element:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else "comment"
        value = tree_of(child, depth + 1)
        if name not in tree:
            tree[name] = value
        elif isinstance(tree[name], list):
            tree[name].append(value)
        else:
            tree[name] = [tree[name], value]
    if text:
        tree["text"] = text
    return tree
