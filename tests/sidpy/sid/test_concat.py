"""Several datasets that become one, or agree on their axes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sidpy
from sidpy import Dimension
from sidpy.errors import DimensionError, LabelTypeError, LabelValueError, SidpyWarning

few = settings(max_examples=25)


def frames(start, count, units="nA", along="s", title="T"):
    """Frames of shape (2, 3) at times start, start + 1, ... in seconds."""
    values = start + np.arange(count * 6.0).reshape(count, 2, 3)
    dataset = sidpy.Dataset.from_array(
        values, title=title, units=units, quantity="Current", datatype="image_stack"
    )
    times = (start + np.arange(count)) * (1000 if along == "ms" else 1)
    dataset.set_dimension(0, Dimension(times, "time", "Time", along, "temporal"))
    dataset.set_dimension(1, Dimension([0, 1], "y", "Length", "nm", "spatial"))
    dataset.set_dimension(2, Dimension([0, 0.5, 1], "x", "Length", "nm", "spatial"))
    return dataset


def line(values, numbers=None, units="nm", name="x", **labels):
    dataset = sidpy.Dataset.from_array(np.arange(len(values)) if numbers is None else numbers)
    dataset.set_dimension(0, Dimension(values, name, "Length", units))
    return dataset


# ---------------------------------------------------------------- concat


def test_values_axes_and_labels_are_joined():
    one, two = frames(0, 2), frames(2, 3)
    one.metadata, two.metadata = {"a": 1, "b": 1}, {"b": 2, "c": 3}
    joined = sidpy.concat([one, two], "time")

    np.testing.assert_array_equal(joined.compute(), np.concatenate([one, two]))
    np.testing.assert_array_equal(joined.time.values, np.arange(5))
    assert (joined.time.units, joined.x, joined.units) == ("s", one.x, "nA")
    assert joined.data_type is one.data_type
    assert joined.metadata == {"a": 1, "b": 1, "c": 3}
    assert joined.title == "T_new"
    assert sidpy.concat([one, two], "time", title="both").title == "both"


@few
@given(
    axis=st.integers(0, 2),
    lengths=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    order=st.permutations(range(3)),
)
def test_concat_is_numpys_whatever_the_order_of_axes(axis, lengths, order):
    shapes = [tuple(n if a == axis else 2 for a in range(3)) for n in lengths]
    arrays = [np.random.default_rng(i).normal(size=shape) for i, shape in enumerate(shapes)]
    datasets = []
    for number, array in enumerate(arrays):
        dataset = sidpy.Dataset.from_array(array, chunks=2)
        for a, name in enumerate("pqr"):
            values = 10 * number + np.arange(array.shape[a]) if a == axis else [0, 1]
            dataset.set_dimension(a, Dimension(values, name, "Length", "nm"))
        datasets.append(dataset.transpose(order) if number else dataset)
    joined = sidpy.concat(datasets, "pqr"[axis])

    np.testing.assert_array_equal(joined.compute(), np.concatenate(arrays, axis=axis))
    assert joined._axes[axis].size == sum(lengths)


def test_units_are_converted_to_those_of_the_first():
    joined = sidpy.concat([frames(0, 1), frames(1, 1, units="pA", along="ms")], "time")

    np.testing.assert_allclose(joined.time.values, [0, 1])
    np.testing.assert_allclose(joined[1].compute(), frames(1, 1)[0].compute() / 1000)
    assert (joined.units, joined.time.units) == ("nA", "s")


def test_joining_is_lazy_and_the_history_names_all_inputs(tmp_path):
    path = tmp_path / "numbers.raw"
    path.write_bytes(bytes(range(12)))
    parts = [
        sidpy.Dataset.from_array(sidpy.FileArray(path, "u1", (2, 3), 6 * i)) for i in range(2)
    ]
    joined = sidpy.concat(parts, "a")
    path.write_bytes(bytes(12))

    assert (joined.compute() == 0).all()
    assert joined.history[-1].inputs == tuple(part.name for part in parts)
    assert [step.function for step in joined.history] == ["from_array", "from_array", "concat"]
    np.testing.assert_array_equal(joined._axes[0].values, range(4))  # a count goes on counting


@pytest.mark.parametrize("join", [lambda d: sidpy.concat(d, "time"), sidpy.stack])
def test_variances_are_joined_and_unknown_where_there_is_none(join):
    datasets = [frames(0, 1), frames(1, 1, units="pA"), frames(2, 1)]
    datasets[0].variance = np.full((1, 2, 3), 2.0)
    datasets[1].variance = np.full((1, 2, 3), 1e6)
    for dataset in datasets:
        dataset.time = datasets[0].time
    found = join(datasets).variance.compute()

    np.testing.assert_allclose(found[0], 2)
    np.testing.assert_allclose(found[1], 1)
    assert np.isnan(found[2]).all()
    assert join([datasets[2], datasets[2]]).variance is None


def test_points_of_clouds_are_joined():
    clouds = [
        sidpy.Dataset.from_array(
            np.ones((2, 3)), datatype="point_cloud", coordinates=np.full((2, 2), i)
        )
        for i in range(2)
    ]
    joined = sidpy.concat(clouds, "a")

    np.testing.assert_array_equal(joined.point_cloud["coordinates"][:, 0], [0, 0, 1, 1])


def test_dicts_are_joined_entry_by_entry():
    files = [{"current": frames(i, 1), "height": frames(i, 1, units="nm")} for i in range(3)]
    joined = sidpy.concat(files, "time")
    stacked = sidpy.concat({"first": frames(0, 1), "second": frames(1, 1)}, "time")

    assert {key: (one.shape, one.units) for key, one in joined.items()} == {
        "current": ((3, 2, 3), "nA"), "height": ((3, 2, 3), "nm"),
    }  # fmt: skip
    assert stacked.history[-1].entry()["places"] == ["datasets.first", "datasets.second"]
    with pytest.raises(
        LabelValueError, match="dicts 0 and 1 do not have the same entries: height"
    ):
        sidpy.concat([files[0], {"current": files[0]["current"]}], "time")


def moved():
    other = frames(1, 1)
    other.x = Dimension([0.1, 0.6, 1.1], "x", "Length", "nm", "spatial")
    return other


def renamed(**labels):
    other = frames(1, 1)
    for name, value in labels.items():
        setattr(other, name, value)
    return other


@pytest.mark.parametrize(
    ("other", "match"),
    [
        (moved(), "'x' from 0 to 1 nm in 3 points and 'x' from 0.1 to 1.1 nm"),
        (frames(1, 1, units="V"), "units of the values: 'nA' and 'V'"),
        (frames(1, 1, along="V"), "units of 'time': 's' and 'V'"),
        (renamed(quantity="Height"), "quantity: 'Current' and 'Height'"),
    ],
)
def test_what_disagrees_is_said_and_refused_when_strict(other, match):
    with pytest.warns(SidpyWarning, match=f"(?s)datasets 0 and 1 .*{match}"):
        joined = sidpy.concat([frames(0, 1), other], "time")

    assert (joined.shape, joined.units, joined.x) == ((2, 2, 3), "nA", frames(0, 1).x)
    with sidpy.config.set(strict=True), pytest.raises(LabelValueError, match=match):
        sidpy.concat([frames(0, 1), other], "time")


def test_what_nobody_said_contradicts_nothing():
    joined = sidpy.concat([frames(0, 1), renamed(units="generic", quantity="generic")], "time")

    assert joined.units == "nA"


@pytest.mark.parametrize(
    ("datasets", "dim", "error", "match"),
    [
        ([], "time", LabelTypeError, "found none"),
        (frames(0, 1), "time", LabelTypeError, "in a list or a dict; found Dataset"),
        (3, "time", LabelTypeError, "found int"),
        ([frames(0, 1), np.ones(3)], "time", LabelTypeError, "found ndarray"),
        ([frames(0, 1), {"a": 1}], "time", LabelTypeError, "found dict"),
        ([frames(0, 1)], 0, LabelTypeError, "takes the name of a dimension, found 0"),
        ([frames(0, 1), frames(0, 1)[0]], "time", DimensionError, "dataset 1 has no dimension"),
        ([frames(0, 1), frames(0, 1)[..., 0]], "time", DimensionError, "but dataset 1 has"),
        ([frames(0, 1), frames(0, 1)[..., :2]], "time", DimensionError, "other lengths: 'x' from"),
    ],
)
def test_refuses_to_join(datasets, dim, error, match):
    with pytest.raises(error, match=match):
        sidpy.concat(datasets, dim)


def test_agrees_with_xarray():
    xarray = pytest.importorskip("xarray")
    datasets = [frames(0, 2), frames(2, 1)]
    theirs = xarray.concat(
        [
            xarray.DataArray(
                d.compute(), {n: d._axes[i].values for i, n in enumerate(names)}, names
            )
            for d in datasets
            for names in [("time", "y", "x")]
        ],
        "time",
    )
    ours = sidpy.concat(datasets, "time")

    np.testing.assert_array_equal(ours.compute(), theirs)
    np.testing.assert_array_equal(ours.time.values, theirs.time)


# ---------------------------------------------------------------- stack


@few
@given(count=st.integers(1, 4), axis=st.integers(-3, 2))
def test_stack_is_numpys(count, axis):
    images = [frames(i, 1)[0] for i in range(count)]
    series = sidpy.stack(images, Dimension(0.5 * np.arange(count), "run", "Time", "s"), axis=axis)

    np.testing.assert_array_equal(series.compute(), np.stack(images, axis=axis))
    assert series._axes[axis % 3].units == "s"
    assert sorted(d.name for d in series._axes.values()) == ["run", "x", "y"]
    assert series.data_type.name == "IMAGE_STACK"


def test_a_series_of_spectra_is_a_family():
    spectra = [
        sidpy.Dataset.from_array([1.0, 2], datatype="spectrum", title=name) for name in "pq"
    ]
    family = sidpy.stack(dict(zip("pq", spectra, strict=True)), "run", title="both")

    assert (family.data_type.name, family.shape, family.title) == (
        "LINE_PLOT_FAMILY",
        (2, 2),
        "both",
    )
    assert family.history[-1].entry()["places"] == ["datasets.p", "datasets.q"]


@pytest.mark.parametrize(
    ("dim", "options", "error", "match"),
    [
        (Dimension(3, "run"), {}, DimensionError, "'run' has 3 values for 2 datasets"),
        ("x", {}, DimensionError, "already have a dimension 'x'; concat"),
        (1, {}, LabelTypeError, "a Dimension or a name, found 1"),
        ("run", {"axis": 4}, DimensionError, "one of -4 to 3, found 4"),
        ("run", {"title": 3}, LabelTypeError, "title should be a string"),
    ],
)
def test_refuses_to_stack(dim, options, error, match):
    with pytest.raises(error, match=match):
        sidpy.stack([frames(0, 1), frames(0, 1)], dim, **options)


# ---------------------------------------------------------------- align

grids = st.lists(st.integers(-9, 9), min_size=1, max_size=7, unique=True)


@few
@given(one=grids, two=grids, join=st.sampled_from(["inner", "outer", "left", "right"]))
def test_align_is_what_sets_say(one, two, join):
    datasets = [line(np.array(v, float), 10.0 * np.array(v)) for v in (one, two)]
    sets = {"inner": set(one) & set(two), "outer": {*one, *two}, "left": {*one}, "right": {*two}}
    if not sets[join]:
        with pytest.raises(DimensionError, match="share no value along 'x'"):
            sidpy.align(*datasets, join=join)
        return
    aligned = sidpy.align(*datasets, join=join)

    for values, dataset in zip((one, two), aligned, strict=True):
        assert set(dataset.x.values) == sets[join]
        expected = [10.0 * x if x in values else np.nan for x in dataset.x.values]
        np.testing.assert_array_equal(dataset.compute(), expected)
    assert aligned[0].x == aligned[1].x
    assert (aligned[0] + aligned[1]).shape == aligned[0].shape


def test_agrees_with_xarrays_align():
    xarray = pytest.importorskip("xarray")
    points = [np.arange(5.0), np.arange(2.0, 8)]
    theirs = [xarray.DataArray(p**2, {"x": p}, "x") for p in points]

    for join in ("inner", "outer", "left", "right"):
        ours = sidpy.align(*(line(p, p**2) for p in points), join=join)
        for mine, their in zip(ours, xarray.align(*theirs, join=join), strict=True):
            np.testing.assert_array_equal(mine.compute(), their)
            np.testing.assert_array_equal(mine.x.values, their.x)


def test_other_units_and_rounding_are_the_same_values():
    one, two = line([0, 0.1, 0.2]), line([100.00000001, 200, 300], units="pm")
    first, second = sidpy.align(one, two)

    np.testing.assert_array_equal(first.compute(), [1, 2])
    np.testing.assert_array_equal(second.compute(), [0, 1])
    assert first.x == second.x
    assert second.x.units == "nm"
    same = sidpy.align(one, line([0, 100, 200], units="pm"), join="exact")
    assert same[0] is one
    assert same[1].x == one.x


def test_only_shared_names_are_aligned_and_labels_stay():
    stack, single = frames(0, 3), frames(1, 1)
    stack.variance = np.ones(stack.shape)
    aligned, other = sidpy.align(stack, single)

    assert (aligned.shape, aligned.time.values.tolist()) == ((1, 2, 3), [1])
    assert aligned.variance.shape == (1, 2, 3)
    assert other is single
    assert aligned.history[-1].function == "align"
    outer = sidpy.align(stack, single, join="outer")[1]
    np.testing.assert_array_equal(np.isnan(outer.compute()).all(axis=(1, 2)), [True, False, True])
    assert sidpy.align(stack, single, dims="x") == (stack, single)


def test_a_tolerance_forgives_drift():
    one, two = line([0, 1, 2.0]), line([0.04, 1.02, 3])

    assert sidpy.align(one, two, tolerance="50 pm")[1].x.values.tolist() == [0, 1]
    with pytest.raises(DimensionError, match="share no value"):
        sidpy.align(one, two)


def test_missing_variance_and_integers_become_nan():
    one, two = line([0, 1]), line([1, 2])
    one.variance = [1, 1]
    first, second = sidpy.align(one, two, join="outer")

    np.testing.assert_array_equal(first.compute(), [0, 1, np.nan])
    np.testing.assert_array_equal(first.variance.compute(), [1, 1, np.nan])
    np.testing.assert_array_equal(second.compute(), [np.nan, 0, 1])
    filled = sidpy.align(one, two, join="outer", fill_value=-1)[0]
    assert filled.compute().tolist() == [0, 1, -1]


@pytest.mark.parametrize(
    ("datasets", "options", "error", "match"),
    [
        ([line([0, 1])], {"join": "both"}, LabelValueError, "join is one of"),
        ([np.ones(2)], {}, LabelTypeError, "found ndarray"),
        ([line([0, 1]), line([0, 2])], {"join": "exact"}, DimensionError, "axes differ: 'x' from"),
        ([line([0, 1]), line([0, 1], units="V")], {}, DimensionError, "they measure different"),
        ([line([0, 1]), line([1, 1])], {}, DimensionError, "values repeat or are NaN"),
        ([line([0, 1]), line([0, 2])], {"dims": "q"}, DimensionError, "has a dimension 'q'"),
        (
            [line([0, 1]), line([0, 2])],
            {"tolerance": "1 V"},
            LabelValueError,
            "cannot be converted",
        ),
    ],
)
def test_refuses_to_align(datasets, options, error, match):
    with pytest.raises(error, match=match):
        sidpy.align(*datasets, **options)
