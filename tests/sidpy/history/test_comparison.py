"""Two arrays value by value: identical, within tolerance, or different, and by how much."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

import sidpy
from sidpy.history import compare

NUMBERS = [*"?bBhHiIlLefdgFDG"]


@pytest.mark.parametrize("code", NUMBERS)
def test_one_value_among_equal_ones_is_counted(code):
    one = np.array([0, 1, 1, 0], code)
    two = one.copy()
    two[2] = 0
    found = compare(one, two)

    assert compare(one, one.copy()).outcome == "identical"
    assert (found.outcome, found.size, found.differing, found.outside) == ("different", 4, 1, 1)
    assert (found.absolute, found.relative) == (1, 1)


@pytest.mark.parametrize(
    ("code", "step", "outcome"),
    [("f", 1e-6, "close"), ("f", 1e-4, "different"), ("d", 1e-12, "close"),
     ("d", 1e-6, "different"), ("D", 1e-12, "close"), ("e", 1e-3, "close"), ("l", 1, "different")],
)  # fmt: skip
def test_rounding_is_within_tolerance_by_default(code, step, outcome):
    one = np.full(8, 100, code)
    two = one.copy()
    two[3] = two[3] * (1 + step) if code != "l" else two[3] + step

    assert compare(one, two).outcome == outcome


def test_tolerances_can_be_given():
    one, two = np.array([100.0, 0.0]), np.array([101.0, 0.5])

    assert compare(one, two, rtol=0.1).outside == 1
    assert compare(one, two, rtol=0.1, atol=0.5).outcome == "close"
    assert compare(one, one + 0.0, rtol=0, atol=0).outcome == "identical"


def test_nan_equals_nan_and_nothing_else():
    nan = np.array([np.nan, 1.0, np.nan * 1j + 2], complex)
    other = nan.copy()
    other[0] = 0

    assert compare(nan, nan.copy()).outcome == "identical"
    found = compare(nan, other)
    assert (found.differing, found.outside, found.absolute) == (1, 1, np.inf)


def test_infinity_is_as_far_away_as_can_be():
    assert compare(np.array([np.inf]), np.array([np.inf])).outcome == "identical"
    assert compare(np.array([np.inf]), np.array([1e300])).outcome == "different"
    assert compare(np.array([np.inf]), np.array([-np.inf])).outcome == "different"
    assert compare(np.array([1.0]), np.array([np.inf]), rtol=1e9, atol=1e9).outside == 1


def test_zeros_of_two_signs_are_close_but_not_identical():
    found = compare(np.array([0.0, 1.0]), np.array([-0.0, 1.0]))

    assert (found.outcome, found.differing, found.absolute) == ("close", 1, 0)


def test_the_largest_integers_do_not_run_over():
    ends = np.array([np.iinfo("i8").min, 7])
    found = compare(ends, np.array([np.iinfo("i8").max, 7]))

    assert found.absolute == pytest.approx(2.0**64)
    assert found.differing == 1


def test_records_are_compared_field_by_field():
    kind = np.dtype([("count", "i4"), ("where", "f4", (2,)), ("word", "S3")], align=True)
    one = np.zeros((2, 3), kind)
    two = one.copy()
    two["where"][1, 2, 1] = 0.5
    two["word"][0, 0] = b"x"

    assert compare(one, one.copy()).outcome == "identical"
    assert compare(one, two).differing == 2
    assert compare(one, two).absolute == 0.5


@pytest.mark.parametrize(
    "values",
    [["a", "b"], np.array([b"a", b"b"]), np.array(["2026-01-01", "NaT"], "M8[s]"),
     np.array([("a", 1), None], object)],
)  # fmt: skip
def test_what_is_no_number_is_equal_or_not(values):
    one = np.asarray(values)

    assert compare(one, one.copy()).outcome == "identical"
    assert compare(one, one[::-1].copy()).differing == 2


def test_types_and_shapes_are_part_of_it():
    one = np.arange(4, dtype="f4")

    assert compare(one, one.astype(">f4")).outcome == "identical"
    assert compare(one, one.astype("f8")).outcome == "close"
    assert "float64, stored float32" in str(compare(one, one.astype("f8")))
    assert compare(one, one.reshape(2, 2)).outcome == "different"
    assert "the shape is (2, 2), stored (4,)" in str(compare(one, one.reshape(2, 2)))
    assert compare(one, np.array(["a"] * 4)).outcome == "different"


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2)])
def test_arrays_of_one_value_and_of_none(shape):
    assert compare(np.zeros(shape), np.zeros(shape)).outcome == "identical"


def test_it_never_holds_more_than_a_few_blocks(monkeypatch):
    held, most = [0], [0]

    def made(block):
        held[0] += 1
        most[0] = max(most[0], held[0])
        return block + 1

    def dropped(*_):
        held[0] -= 1

    import weakref

    def watched(block):
        result = made(block)
        weakref.finalize(result, dropped)
        return result

    lazy = da.zeros((64, 1000), chunks=(1, 1000)).map_blocks(watched, dtype=float)
    import dask

    with dask.config.set(scheduler="synchronous"):
        found = compare(da.ones((64, 1000), chunks=(16, 500)), lazy)

    assert found.outcome == "identical"
    assert most[0] <= 20


def test_large_blocks_are_cut(monkeypatch):
    sizes = []
    from sidpy.history import comparison

    measured = comparison._measured

    def watched(one, two, rtol, atol):
        sizes.append(two.nbytes)
        return measured(one, two, rtol, atol)

    monkeypatch.setattr(comparison, "_measured", watched)
    lazy = da.zeros((400, 2000), chunks=-1)
    with sidpy.config.set(memory_budget="16 MiB"):
        assert compare(np.zeros((400, 2000)), lazy).outcome == "identical"

    assert len(sizes) > 4
    assert max(sizes) <= 2**20
