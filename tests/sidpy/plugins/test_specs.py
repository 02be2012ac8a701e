"""Records that cannot be right are refused with every reason at once."""

from __future__ import annotations

import pickle

import pytest

from sidpy.plugins import ReaderSpec, Signature, SpecError, WriterSpec

GOOD = {
    "name": "acme",
    "format": "acme.scan",
    "summary": "Acme scans",
    "extensions": (".acm", ".acme.tif"),
    "reader": "acme_reader.scan:read_scan",
}


def test_a_good_record_is_frozen_and_hashable():
    spec = ReaderSpec(**GOOD, signatures=(Signature(b"ACME"),))

    assert spec == ReaderSpec(**GOOD, signatures=(Signature(b"ACME"),))
    assert len({spec, pickle.loads(pickle.dumps(spec))}) == 1
    with pytest.raises(AttributeError, match="name"):
        spec.name = "other"


def test_lists_are_frozen_into_tuples():
    assert ReaderSpec(**GOOD | {"extensions": [".acm"]}).extensions == (".acm",)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "two words", "name is one word"),
        ("name", 7, "name is one word"),
        ("format", "Acme", "format is a lower-case id"),
        ("format", "acme.", "format is a lower-case id"),
        ("summary", "", "summary is one line"),
        ("summary", "two\nlines", "summary is one line"),
        ("extensions", ".acm", "extensions is a tuple of texts"),
        ("extensions", ("acm",), "begins with a dot, found 'acm'"),
        ("extensions", (".ACM",), "lower case"),
        ("extensions", (), "nothing tells its files"),
        ("reader", "acme_reader", "reader is text of the form 'module:callable'"),
        ("reader", "acme reader:read", "reader is text of the form"),
        ("reader", len, "reader is text of the form"),
        ("sniff", "acme.sniff", "sniff is text of the form"),
        ("signatures", (b"ACME",), "signatures is a tuple of Signature"),
        ("hdf5", "entry", "hdf5 is a tuple of texts"),
        ("companions", (3,), "companions is a tuple of texts"),
        ("lazy", 1, "lazy is True or False"),
        ("support", "two\nlines", "support is a word or two"),
        ("requires", "", "requires is what pip installs"),
        ("api", "1", "api is a whole number"),
        ("priority", True, "priority is a whole number"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(field, value, reason):
    with pytest.raises(SpecError, match=reason):
        ReaderSpec(**GOOD | {field: value})


def test_every_problem_is_reported_together():
    with pytest.raises(SpecError, match="ReaderSpec 'a b'") as caught:
        ReaderSpec(**GOOD | {"name": "a b", "format": "X", "reader": "no", "api": None})

    assert len(caught.value.problems) == 4
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_a_writer_needs_extensions_and_a_function():
    with pytest.raises(SpecError, match="which file names does it write") as caught:
        WriterSpec(
            name="w", format="w", summary="w", extensions=(), writer="w", capabilities="append"
        )

    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"bytes": b""}, "0 fixed bits"),
        ({"bytes": b"A"}, "8 fixed bits"),
        ({"bytes": b"ABCD", "mask": b"\xff\0\0\0"}, "8 fixed bits"),
        ({"bytes": b"ABCD", "mask": b"\xff"}, "mask has 1 bytes for a signature of 4"),
        ({"bytes": "ABCD"}, "bytes and mask are bytes"),
        ({"bytes": b"ABCD", "offset": -1}, "a number of bytes from 0"),
        ({"bytes": b"ABCD", "offset": 65533}, "outside the first 65536 bytes"),
        ({"bytes": b"ABCD", "offset": 4093, "tail": True}, "outside the last 4096 bytes"),
    ],
)
def test_a_signature_that_tells_nothing_is_refused(arguments, reason):
    with pytest.raises(SpecError, match=reason):
        Signature(**arguments)


@pytest.mark.parametrize(
    ("signature", "head", "tail", "expected"),
    [
        (Signature(b"ACME"), b"ACME...", b"", True),
        (Signature(b"ACME"), b"ACM", b"ACM", False),
        (Signature(b"ACME", 2), b"..ACME", b"", True),
        (Signature(b"ACME", 2), b"ACME", b"", False),
        (Signature(b"ACME", mask=b"\xff\xdf\xdf\xdf"), b"Acme", b"", True),
        (Signature(b"ACME", mask=b"\xff\xdf\xdf\xdf"), b"acme", b"", False),
        (Signature(b"END", tail=True), b"", b"the END", True),
        (Signature(b"END", 1, tail=True), b"", b"the END\n", True),
        (Signature(b"END", 1, tail=True), b"", b"END", False),
        (Signature(b"END", tail=True), b"the END", b"ND", False),
    ],
    ids=str,
)
def test_a_signature_matches_where_it_says(signature, head, tail, expected):
    assert signature.matches(head, tail) is expected
