"""Arrays in files, seen with their axes in another order."""

import pickle
from itertools import permutations

import dask.array as da
import numpy as np
import pytest

import sidpy
from sidpy import FileArray

NUMBERS = np.arange(24, dtype=">u2").reshape(2, 3, 4)


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "numbers.raw"
    path.write_bytes(b"head" + NUMBERS.tobytes())
    return FileArray(path, ">u2", (2, 3, 4), offset=4)


@pytest.mark.parametrize("axes", list(permutations(range(3))), ids=str)
def test_a_transposed_source_is_the_transpose(axes, stored):
    turned = stored.transpose(axes)

    np.testing.assert_array_equal(turned[...], NUMBERS.transpose(axes))
    np.testing.assert_array_equal(turned[1, ::2], NUMBERS.transpose(axes)[1, ::2])
    assert turned.shape == NUMBERS.transpose(axes).shape
    np.testing.assert_array_equal(stored[...], NUMBERS)


def test_transposes_of_transposes_add_up(stored):
    twice = stored.transpose((1, 2, 0)).transpose((1, 2, 0))

    np.testing.assert_array_equal(twice[...], NUMBERS.transpose(1, 2, 0).transpose(1, 2, 0))


def test_a_column_major_source_is_transposed_alike(tmp_path):
    path = tmp_path / "numbers.raw"
    path.write_bytes(NUMBERS.tobytes(order="F"))
    turned = FileArray(path, ">u2", NUMBERS.shape, order="F").transpose((2, 0, 1))

    np.testing.assert_array_equal(turned[...], NUMBERS.transpose(2, 0, 1))


def test_transposed_sources_pickle_and_are_told_apart(stored):
    turned = stored.transpose((2, 1, 0))

    np.testing.assert_array_equal(pickle.loads(pickle.dumps(turned))[...], NUMBERS.T)
    assert turned.__dask_tokenize__() != stored.__dask_tokenize__()
    assert repr(turned).endswith("order='C').transpose((2, 1, 0))")


def test_a_selection_reaches_the_file_through_the_transpose(stored, monkeypatch):
    read = []
    original = FileArray.__getitem__

    def counted(self, index):
        result = original(self, index)
        read.append(result.size)
        return result

    monkeypatch.setattr(FileArray, "__getitem__", counted)
    lazy = sidpy.Dataset.from_array(stored.transpose((1, 2, 0)))
    read.clear()
    spectrum = lazy[1, 2].compute()

    np.testing.assert_array_equal(spectrum, NUMBERS[:, 1, 2])
    assert isinstance(lazy, da.Array)
    assert sum(read) == 2


def test_mapped_pieces_are_the_file_itself_and_cannot_be_written_to(tmp_path):
    path = tmp_path / "numbers.raw"
    np.arange(24, dtype=">u2").tofile(path)
    source = FileArray(path, ">u2", (2, 3, 4)).transpose((1, 0, 2))

    mapped = pickle.loads(pickle.dumps(source.mapped()))
    piece = mapped[1]

    assert not piece.flags.owndata
    assert not piece.flags.writeable
    assert type(piece) is np.ndarray
    assert source[1].flags.owndata
    np.testing.assert_array_equal(piece, source[1])
    assert mapped.__dask_tokenize__() != source.__dask_tokenize__()
