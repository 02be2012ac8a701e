"""Types that HDF5 would not survive reading are found out before it is asked to."""

import h5py
import numpy as np
import pytest

from sidpy.hdf.attributes import attributes
from sidpy.hdf.attrs import put
from sidpy.hdf.damage import is_deadly, oversize

#: A sequence or a text of variable length, version 1; the low bits of the second byte say which.
TEXT = bytes.fromhex("19010100 10000000")


def _stored(path, dtype):
    with h5py.File(path, "w") as file:
        file.create_dataset("d", (1,), dtype)
    content = path.read_bytes()
    return content, content.index(TEXT)


@pytest.mark.parametrize(
    "dtype",
    [
        h5py.string_dtype(),
        np.dtype([("number", "f4"), ("text", h5py.string_dtype())]),
        np.dtype((h5py.string_dtype(), (3,))),
    ],
    ids=["text", "in a compound", "in an array"],
)
def test_a_kind_of_length_that_is_none_is_found(tmp_path, dtype):
    path = tmp_path / "a.h5"
    content, at = _stored(path, dtype)
    with h5py.File(path) as file:
        assert not is_deadly(file["d"].id.get_type())
        assert not oversize(file["d"])

    path.write_bytes(content[: at + 1] + b"\xff" + content[at + 2 :])

    with h5py.File(path) as file:
        assert is_deadly(file["d"].id.get_type())
        assert "would not survive" in oversize(file["d"])


def test_such_an_attribute_is_an_error(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.attrs["words"] = ["a", "b"]
        file.attrs["number"] = 1
    content = path.read_bytes()
    at = content.index(TEXT)
    path.write_bytes(content[: at + 1] + b"\xff" + content[at + 2 :])

    with h5py.File(path) as file, pytest.raises(TypeError, match="'words' is of a type"):
        attributes(file)


def test_fields_that_share_bytes_are_not_given_to_hdf5(tmp_path):
    shared = np.zeros(2, {"names": ["a", "b"], "formats": ["i4", "i2"], "offsets": [0, 2]})
    apart = np.zeros(2, [("a", "i4"), ("b", "i2")])

    with h5py.File(tmp_path / "a.h5", "w") as file:
        for value in (shared, [shared], [shared[0]], np.zeros(2, [("deep", shared.dtype)])):
            assert not put(file, "value", value)
        assert put(file, "value", [apart])
        assert list(file.attrs) == ["value"]
