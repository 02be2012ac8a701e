"""Numbers at regular distances: every way of reading them gives what NumPy finds there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from SciFiReaders import strided
from SciFiReaders.strided import StridedArray
from sidpy.errors import CorruptFile

#: Three frames of 5 x 4 numbers of two bytes, each behind a header of 6 bytes.
SHAPE, FRAME, HEAD = (3, 5, 4), 46, 6
WAYS = {
    "frames": (HEAD, (FRAME, 8, 2)),
    "rows turned": (HEAD + 4 * 8, (FRAME, -8, 2)),
    "all turned": (HEAD + 2 * FRAME + 4 * 8 + 6, (-FRAME, -8, -2)),
    "no headers": (HEAD, (40, 8, 2)),
    "columns first": (HEAD, (FRAME, 2, 10)),
}
ENTRIES = st.slices(5) | st.integers(-3, 2)
CUTS = st.tuples(ENTRIES, ENTRIES, ENTRIES) | st.tuples(st.just(Ellipsis), ENTRIES)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("strided") / "frames.raw"
    path.write_bytes(np.random.default_rng(0).bytes(3 * FRAME))
    return path


@pytest.mark.parametrize("least", [1, 1 << 14], ids=["read", "mapped"])
@pytest.mark.parametrize("way", WAYS)
@given(cut=CUTS)
def test_a_part_is_what_numpy_finds(stored, way, least, cut):
    offset, strides = WAYS[way]
    raw = stored.read_bytes()
    expected = np.ndarray(SHAPE, ">i2", raw, offset, strides)[cut]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strided, "_LEAST_FRAME", least)
        found = StridedArray(stored, ">i2", SHAPE, offset, strides)[cut]

    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.dtype(">i2")
    assert found.shape == expected.shape


def test_a_file_cut_short_after_it_was_opened_is_named(tmp_path):
    path = tmp_path / "frames.raw"
    path.write_bytes(bytes(3 * FRAME))
    frames = StridedArray(path, ">i2", SHAPE, HEAD, (40, 8, 2))
    path.write_bytes(bytes(FRAME))

    with pytest.raises(CorruptFile, match=r"frames\.raw.*cut short"):
        frames[...]
