"""The judge of the real files: it lets what is right pass and names what is wrong."""

from __future__ import annotations

import hashlib

import judging
import numpy as np
import pytest

import sidpy

VALUES = np.arange(24, dtype="i2").reshape(4, 6) ** 2


def _record(values=VALUES, **changes):
    values = np.ascontiguousarray(values)
    axes = [
        {"name": "y", "units": "nm", "size": 4, "uniform": True, "scale": 0.5, "offset": 1.0},
        {"name": "x", "units": "nm", "size": 6, "uniform": True, "scale": 2.0, "offset": -3.0},
    ]
    form = {
        "title": "scan",
        "shape": list(values.shape),
        "dtype": values.dtype.name,
        "units": "V",
        "min": float(values.min()),
        "max": float(values.max()),
        "mean": float(values.mean()),
        "sum": float(values.sum()),
        "sha256_C_LE": hashlib.sha256(values.tobytes()).hexdigest(),
        "corners": {
            "first": float(values.flat[0]),
            "second": float(values.flat[1]),
            "last": float(values.flat[-1]),
        },
        "axes": axes,
    }
    return {"datasets": [{**form, **changes}]}


def _dataset(values=VALUES, units="V", axis_units="nm", y=0.5, x=2.0):
    dataset = sidpy.Dataset.from_array(values, title="scan", units=units)
    ways = (("y", 1.0, y), ("x", -3.0, x))
    for axis, (name, first, step) in enumerate(ways):
        points = first + step * np.arange(values.shape[axis])
        dimension = sidpy.Dimension(
            points, name=name, units=axis_units, quantity="distance", dimension_type="SPATIAL"
        )
        dataset.set_dimension(axis, dimension)
    return dataset


def test_the_same_values_on_the_same_axes_are_right():
    assert judging.judge(_record(), [_dataset()]) == []


def test_values_of_a_wider_type_are_the_same():
    assert judging.judge(_record(), [_dataset(VALUES.astype("f8"))]) == []


def test_axes_are_compared_after_conversion():
    record = _record()
    for axis in record["datasets"][0]["axes"]:
        axis.update(units="µm", scale=axis["scale"] / 1000, offset=axis["offset"] / 1000)

    assert judging.judge(record, [_dataset()]) == []


def test_computed_values_in_other_units_are_close_enough():
    record = _record(VALUES.astype("f8"), sha256_C_LE="not this")

    assert judging.judge(record, [_dataset(VALUES * 1000.0, units="mV")]) == []


def test_one_value_of_a_part_in_a_thousand_is_found():
    wrong = VALUES.astype("f8")
    wrong[2, 3] *= 1.001

    assert "no values like" in judging.judge(_record(), [_dataset(wrong)])[0]


@pytest.mark.parametrize(
    ("turned", "fault"),
    [
        (np.flipud(VALUES), "run backwards"),
        (np.fliplr(VALUES), "run backwards"),
        (VALUES.T, "order"),
    ],
    ids=["upside down", "mirrored", "transposed"],
)
def test_a_turned_picture_is_wrong(turned, fault):
    faults = judging.judge(_record(), [_dataset(turned)])

    assert any(fault in sentence for sentence in faults)


def test_the_released_order_is_right_where_it_is_asked_for():
    dataset = _dataset(VALUES.T, y=2.0, x=0.5)
    record = _record()
    for axis, offset in zip(record["datasets"][0]["axes"], (-3.0, 1.0), strict=True):
        axis["offset"] = offset

    assert judging.judge(record, [dataset], reverse=True) == []
    assert judging.judge(record, [dataset]) != []


def test_a_pixel_too_few_in_the_range_is_found_out():
    faults = judging.judge(_record(), [_dataset(x=2.0 * 6 / 5)])

    assert "steps of" in faults[0]


def test_invented_units_are_found():
    record = _record()
    for axis in record["datasets"][0]["axes"]:
        axis["units"] = ""

    assert "invented" in judging.judge(record, [_dataset()])[0]


def test_other_units_are_found():
    assert "instead of 'nm'" in judging.judge(_record(), [_dataset(axis_units="s")])[0]


def test_a_missing_dataset_is_found_unless_it_is_optional():
    assert judging.judge(_record(), []) != []
    assert judging.judge(_record(optional=True), []) == []


def test_slices_of_a_stack_are_datasets():
    stack = sidpy.Dataset.from_array(np.stack([VALUES + 1, VALUES]))

    assert judging.judge(_record(axes=[]), [stack]) == []


def test_datasets_of_equal_shape_make_a_stack():
    pair = np.stack([VALUES, VALUES + 1])
    record = _record(pair, axes=[])

    assert judging.judge(record, [_dataset(VALUES), _dataset(VALUES + 1)]) == []
