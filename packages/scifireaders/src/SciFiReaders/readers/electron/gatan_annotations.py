"""What was drawn on a Gatan image: lines, boxes, texts, masks, scale bars.

``metadata["annotations"]`` has one entry per drawing, in the order of the file:

========== ==========================================================================
key        tag below ``DocumentObjectList/<n>/AnnotationGroupList/<m>``
========== ==========================================================================
kind       ``AnnotationType`` in words, see `KINDS`; another one by its number
name       ``Name``, ``Label``
label
text       ``Text``
rectangle  ``Rectangle``: top, left, bottom, right in pixels of the image
========== ==========================================================================

A display shows image ``ImageSourceList/<k>/ImageRef``, where k is its ``ImageSource``.
Groups are opened.

Source: Gatan, DigitalMicrograph scripting, "Components", types of components.
"""

from __future__ import annotations

from typing import Any, Final

from SciFiReaders.values import number

__all__ = ["KINDS", "annotations_of"]

#: Type of a component.
KINDS: Final = {
    2: "line",
    3: "arrow",
    4: "double arrow",
    5: "box",
    6: "oval",
    8: "spot mask",
    9: "array mask",
    13: "text",
    15: "bandpass mask",
    17: "group",
    19: "wedge mask",
    31: "scale bar",
}
_DISPLAY: Final = 20
_GROUP: Final = 17
#: Groups in groups; deeper is damage.
_DEPTH: Final = 8


def annotations_of(document: dict[str, Any], index: int) -> list[dict[str, Any]]:
    """Collect what was drawn on one image.

    Parameters
    ----------
    document : dict
        The tree of the file beside ``ImageList``.
    index : int
        Place of the image in ``ImageList``.

    Returns
    -------
    list of dict
        See the table of the module.
    """
    sources = _children(document.get("ImageSourceList"))
    found: list[dict[str, Any]] = []
    for display in _children(document.get("DocumentObjectList")).values():
        source = sources.get(display.get("ImageSource"), {})
        if display.get("AnnotationType") == _DISPLAY and source.get("ImageRef", index) == index:
            found += _drawn(display, 0)
    return found


def _drawn(parent: dict[str, Any], depth: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for tags in _children(parent.get("AnnotationGroupList")).values():
        kind = tags.get("AnnotationType")
        if kind == _GROUP and depth < _DEPTH:
            found += _drawn(tags, depth + 1)
        elif isinstance(kind, int):
            found.append(_one(tags, kind))
    return found


def _one(tags: dict[str, Any], kind: int) -> dict[str, Any]:
    words = {label.lower(): tags.get(label) for label in ("Name", "Label", "Text")}
    one = {"kind": KINDS.get(kind, str(kind))}
    one |= {key: word for key, word in words.items() if isinstance(word, str) and word}
    place = tags.get("Rectangle")
    if isinstance(place, tuple | list) and len(place) == 4:
        sides = [number(side) for side in place]
        if None not in sides:
            one["rectangle"] = sides
    return one


def _children(group: Any) -> dict[Any, dict[str, Any]]:
    """Return the groups in a group by their number."""
    if isinstance(group, list):
        group = dict(enumerate(group))
    parts = group.items() if isinstance(group, dict) else ()
    return {_key(key): part for key, part in parts if isinstance(part, dict)}


def _key(label: Any) -> Any:
    word = str(label)
    return int(word) if word.isascii() and word.isdecimal() and len(word) < 10 else label
