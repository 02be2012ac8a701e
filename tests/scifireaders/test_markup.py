"""XML of instruments: trees of dicts, and no bombs."""

from __future__ import annotations

import pytest

from SciFiReaders.markup import parse_xml, tree_of
from sidpy.errors import CorruptFile

BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]>
<a>&c;</a>"""


@pytest.mark.parametrize("raw", [BOMB, BOMB.encode(), BOMB.encode("utf-16")])
def test_entities_are_refused(raw):
    with pytest.raises(CorruptFile, match="entities"):
        parse_xml(raw)


@pytest.mark.parametrize("raw", [b"<a>", b"", b"\xff\xfe\0", "<a/>\0"])
def test_what_is_not_well_formed_is_damage(raw):
    with pytest.raises(CorruptFile, match="cannot be read"):
        parse_xml(raw)


def test_names_lose_their_namespaces_and_text_its_blanks():
    element = parse_xml('<a xmlns="x:y"><b k="1"> 2 </b></a>')

    assert tree_of(element) == {"b": {"k": "1", "text": "2"}}


def test_depth_has_an_end():
    deep = "<a>" * 5000 + "</a>" * 5000

    tree = tree_of(parse_xml(deep))

    assert isinstance(tree, dict)
