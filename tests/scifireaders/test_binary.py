"""Numbers out of headers: the right ones, and never beyond the end."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from SciFiReaders.binary import BLOCK, Cursor, open_cursor
from sidpy.errors import CorruptFile, MissingFile, NotAFile

VALUES = (200, 60_000, 4_000_000_000, 2**63 + 1, -2, -70_000, -(2**40), 0.5, 1e300)
LAYOUT = "BHIQhiqfd"


@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_of_every_width_are_read_in_either_order(order):
    cursor = Cursor(struct.pack(order + LAYOUT, *VALUES), format="acme", order=order)
    read = [cursor.u1, cursor.u2, cursor.u4, cursor.u8, cursor.i2, cursor.i4, cursor.i8]

    assert (*(one() for one in read), cursor.f4(), cursor.f8()) == VALUES
    assert cursor.left == 0


def test_fields_are_read_across_the_edges_of_blocks(tmp_path):
    numbers = np.arange(BLOCK, dtype=">u4")
    path = tmp_path / "numbers.raw"
    path.write_bytes(b"x" + numbers.tobytes())

    with open_cursor(path, format="acme", order=">") as cursor:
        assert cursor.u1() == ord("x")
        assert [cursor.u4() for _ in range(len(numbers))] == numbers.tolist()


def test_places_may_be_visited_in_any_order(tmp_path):
    path = tmp_path / "numbers.raw"
    path.write_bytes(np.arange(3 * BLOCK, dtype="<u4").tobytes())

    with open_cursor(path, format="acme") as cursor:
        for place in (2 * BLOCK, 5, BLOCK, 3 * BLOCK - 1, 0):
            cursor.position = 4 * place
            assert cursor.u4() == place


def test_tables_are_read_as_arrays():
    cursor = Cursor(np.arange(5, dtype=">i2").tobytes(), format="acme")

    np.testing.assert_array_equal(cursor.array(">i2", 3), [0, 1, 2])
    assert cursor.take(4) == b"\0\3\0\4"


@pytest.mark.parametrize(
    "beyond",
    [
        lambda cursor: cursor.u8(),
        lambda cursor: cursor.take(5, "label"),
        lambda cursor: cursor.take(2**62, "label"),
        lambda cursor: cursor.skip(-1, "label"),
        lambda cursor: cursor.array("f8", 2**60),
        lambda cursor: cursor.fits(3, 2, "entries"),
    ],
    ids=["number", "bytes", "many bytes", "backwards", "array", "entries"],
)
def test_the_end_is_the_end(beyond):
    cursor = Cursor(bytes(6), path="scan.raw", format="acme.raw")
    cursor.skip(2)

    with pytest.raises(CorruptFile, match=r"scan.raw.*acme.raw.*at byte 2") as caught:
        beyond(cursor)

    assert caught.value.offset == 2
    assert cursor.position == 2


def test_what_is_no_file_is_said_in_our_words(tmp_path):
    with (
        pytest.raises(MissingFile, match="nowhere"),
        open_cursor(tmp_path / "nowhere", format="a"),
    ):
        pass
    with pytest.raises(NotAFile, match="folder"), open_cursor(tmp_path, format="a"):
        pass
