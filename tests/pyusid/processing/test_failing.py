"""A failing position costs nobody else a result."""

import datetime as dt
from typing import NamedTuple

import numpy as np
import pytest

from pyUSID.processing.failures import BlockCall, Failure, RowCall, nothing_like
from sidpy.errors import SidpyWarning

BROKEN = (3, 50, 51)


def test_failing_positions_are_marked_filled_and_named(h5_main, kit, caplog):
    process = kit.Resumable(h5_main)
    process._max_pos_per_read = 20
    with pytest.warns(SidpyWarning, match=r"3 of 100 positions failed: 3, 50, 51 \(3: ZeroDiv"):
        group = process.compute(broken=BROKEN)

    status = group["completed_positions"]
    assert np.flatnonzero(status[()] != 1).tolist() == list(BROKEN)
    assert np.isnan(group["Mean"][list(BROKEN)]).all()
    good = np.setdiff1d(np.arange(kit.COUNT), BROKEN)
    np.testing.assert_array_equal(group["Mean"][good], kit.expected()[good])
    assert [text.partition(":")[0] for text in status.attrs["failures"]] == ["3", "50", "51"]
    assert "position 50 failed: ZeroDivisionError: position of 200" in caplog.text


@pytest.mark.parametrize("same", [True, False])
def test_a_second_compute_tries_them_again(h5_main, kit, same):
    process = kit.Resumable(h5_main)
    with pytest.warns(SidpyWarning, match="3 of 100"):
        group = process.compute(broken=BROKEN)
    process = process if same else kit.Resumable(h5_main)
    if not same:
        assert process.duplicate_h5_groups == [group]
    called = []
    process._map_function = lambda row: called.append(row[0] // 4) or row.mean()

    assert process.compute() == group
    assert called == list(BROKEN)
    np.testing.assert_array_equal(group["Mean"], kit.expected())
    assert np.all(group["completed_positions"][()] == 1)
    assert "failures" not in group["completed_positions"].attrs


def test_what_always_fails_raises_what_it_raised(h5_main, kit):
    process = kit.Resumable(h5_main)
    process._max_pos_per_read = 1
    called = []

    def fails(row):
        called.append(row)
        msg = "always"
        raise ZeroDivisionError(msg)

    process._map_function = fails
    with (
        pytest.warns(SidpyWarning, match="positions failed"),
        pytest.raises(ZeroDivisionError, match="always"),
    ):
        process.compute()
    assert len(called) == 16


def test_the_first_batch_may_fail(h5_main, kit):
    process = kit.Resumable(h5_main)
    process._max_pos_per_read = 2
    with pytest.warns(SidpyWarning, match="2 of 100 positions failed: 0, 1"):
        group = process.compute(broken=(0, 1))
    np.testing.assert_array_equal(group["Mean"][2:], kit.expected()[2:])


def test_blocks_are_divided_until_the_failing_position_is_found(h5_main, kit):
    class Blocks(kit.Resumable):
        @staticmethod
        def _map_block(rows):
            if 28 in rows:
                msg = "28"
                raise ValueError(msg)
            return rows.mean(axis=1)

    with pytest.warns(SidpyWarning, match="1 of 100 positions failed: 7"):
        group = Blocks(h5_main).compute()
    assert np.flatnonzero(np.isnan(group["Mean"])).tolist() == [7]


def test_a_result_for_each_row_is_needed(h5_main, kit):
    process = kit.Mean(h5_main)
    process._map_block = lambda rows: rows[:1]
    process._max_pos_per_read = 10
    with pytest.raises(NotImplementedError, match="1 results for 10 positions"):
        process.compute()


def test_errors_that_cannot_travel_are_described():
    class Local(Exception):
        pass

    def fails(row):
        raise Local(row)

    (found,) = RowCall(fails)(["here"])
    assert str(found) == "SidpyError: Local: here"
    assert isinstance(BlockCall(fails)(np.zeros((2, 1)))[1], Failure)


class Pair(NamedTuple):
    value: float
    number: list


@pytest.mark.parametrize(
    ("result", "nothing"),
    [
        (np.array([1.0, 2.0]), [np.nan, np.nan]),
        (np.complex64(1j), complex("nan")),
        (np.int16(3), 0),
        (3, 0),
        ("text", ""),
        (None, None),
        (Pair(1.5, [2]), Pair(np.nan, [0])),
        ({"x": 1.5}, {"x": np.nan}),
    ],
)
def test_nothing_looks_like_a_result(result, nothing):
    found = nothing_like(result)
    assert type(found) is type(result)
    if isinstance(result, np.ndarray | np.generic):
        np.testing.assert_equal(found, np.asarray(nothing, result.dtype))
    else:
        assert str(found) == str(nothing)


def test_nothing_in_compound_numbers():
    found = nothing_like(np.ones(2, [("a", "f4"), ("n", "i2"), ("t", "M8[s]")]))
    assert np.isnan(found["a"]).all()
    assert np.isnat(found["t"]).all()
    assert found["n"].tolist() == [0, 0]


def test_nothing_is_known_of_other_objects():
    with pytest.raises(TypeError, match="missing date"):
        nothing_like(dt.date(2020, 1, 1))
