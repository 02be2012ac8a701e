"""Values and axes in other units, and units that meet."""

import operator

import numpy as np
import pytest

import sidpy
from sidpy import Dimension
from sidpy.errors import LabelTypeError, LabelValueError, SidpyWarning


def values(numbers, units, **labels):
    return sidpy.Dataset.from_array(np.array(numbers), units=units, **labels)


@pytest.mark.parametrize(
    ("source", "target", "numbers", "expected", "factor"),
    [
        ("nA", "pA", [1.5, 2], [1500, 2000], 1000),
        ("nA", "pA", [1, 2], [1000, 2000], 1000),
        ("degC", "K", [20.0, 0], [293.15, 273.15], 1),
        ("K", "degC", [300], [26.85], 1),
        ("degF", "degC", [212.0, 32], [100, 0], 5 / 9),
        ("um", "µm", [1, 2], [1, 2], 1),
        ("cm-1", "1/m", [1.0], [100], 100),
        ("counts", "counts", [1, 2], [1, 2], 1),
        ("wobbles", "wobbles", [1], [1], 1),
        ("%", "", [50.0], [0.5], 0.01),
    ],
)
def test_values_and_variance_follow(source, target, numbers, expected, factor):
    dataset = values(numbers, source, title="T", variance=np.full(len(numbers), 2.0))
    result = dataset.to(target)

    np.testing.assert_allclose(result.compute(), expected, rtol=1e-14, atol=1e-12)
    np.testing.assert_allclose(result.variance.compute(), 2 * factor**2)
    assert (result.units, result.title, dataset.units) == (target, "T_new", source)
    assert result.history[-1].entry()["parameters"] == {"units": target}


@pytest.mark.parametrize("dtype", ["f4", "c8", "i2", "f8"])
def test_floats_keep_their_precision(dtype):
    converted = values([1, 2], "nA").astype(dtype).to("pA")

    assert converted.dtype == np.result_type(
        np.dtype(dtype), np.float32 if dtype != "i2" else "f8"
    )
    assert values([1, 2], "um").astype(dtype).to("µm").dtype == np.dtype(dtype)


def test_there_and_back_is_the_same():
    numbers = np.random.default_rng(0).normal(size=50)
    for one, other in (("nA", "pA"), ("degC", "degF"), ("eV", "J"), ("deg", "rad")):
        back = values(numbers, one).to(other).to(one)
        np.testing.assert_allclose(back.compute(), numbers, rtol=1e-12, atol=1e-12)


def test_axes_follow_by_name(scan):
    result = scan.to("pA", x="pm", bias="mV")

    np.testing.assert_allclose(result.x.values, [0, 500, 1000])
    assert (result.x.units, result.x.name, result.x.quantity) == ("pm", "x", "Length")
    assert result.x.dimension_type is scan.x.dimension_type
    assert (result.bias.units, result.y.units, result.units) == ("mV", "nm", "pA")
    np.testing.assert_allclose(result.compute(), 1000 * scan.compute())
    np.testing.assert_array_equal(scan.to(x="pm").compute(), scan.compute())
    assert scan.x.units == "nm"


def test_a_dimension_in_other_units_can_be_put_back(scan):
    scan.x = scan.x.to("um")

    assert scan.x.units == "um"
    np.testing.assert_allclose(scan.x.values, [0, 0.0005, 0.001])
    assert scan.sel(x="1 nm").shape == (4, 5)


@pytest.mark.parametrize(
    ("source", "target", "error", "match"),
    [
        ("nA", "V", LabelValueError, "values in 'nA' cannot be converted to 'V': they measure"),
        ("nA", "wobbles", LabelValueError, "'wobbles' is no unit that is known"),
        ("generic", "nA", LabelValueError, "'generic' does not say what the units are"),
        ("a.u.", "nA", LabelValueError, "'a.u.' does not say"),
        ("Hz", "rad/s", LabelValueError, "they measure different things"),
        ("counts", "rad", LabelValueError, "they measure different things"),
        ("nA", 3, LabelTypeError, "units of values should be a str such as 'nm', found 3"),
    ],
)
def test_refuses(source, target, error, match):
    dataset = values([1.0], source)
    with pytest.raises(error, match=match):
        dataset.to(target)
    dimension = Dimension([1.0], "x", "Length", source)
    with pytest.raises(error, match=match.replace("values", "dimension 'x'")):
        dimension.to(target)

    assert dataset.units == dimension.units == source


def test_refuses_axes_that_are_not_there(scan):
    with pytest.raises(ValueError, match="no dimension 'q'"):
        scan.to("pA", q="nm")
    assert scan.units == "nA"


# ---------------------------------------------------------------- two units meet


@pytest.mark.parametrize("function", [operator.add, operator.sub, np.maximum, np.hypot])
def test_sums_are_in_the_units_of_the_left(function):
    one, other = values([1.0, 2], "nA", variance=[1.0, 1]), values([500.0, 4000], "pA")
    other.variance = [1e6, 1e6]
    result = function(one, other)

    np.testing.assert_allclose(result.compute(), function(one.compute(), other.compute() / 1000))
    assert result.units == "nA"
    if function is operator.add:
        np.testing.assert_allclose(result.variance.compute(), 2)


def test_comparisons_see_the_same_thing_in_other_units():
    assert (values([1.0], "nA") < values([1500.0], "pA")).compute().all()


@pytest.mark.parametrize("other", ["V", "wobbles", "degC"])
def test_sums_of_different_things_are_said_and_refused_when_strict(other):
    one, two = values([1.0], "K"), values([2.0], other)
    with pytest.warns(SidpyWarning, match=f"'K' and in '{other}'"):
        result = one + two

    assert (result.compute(), result.units) == (3, "K")
    with (
        sidpy.config.set(strict=True),
        pytest.raises(LabelValueError, match="cannot be converted"),
    ):
        one + two


def test_a_side_without_units_takes_those_of_the_other():
    assert (values([1.0], "nA") + values([1.0], "generic")).units == "nA"


@pytest.mark.parametrize(
    ("function", "units"),
    [
        (lambda a, b: a * b, "nA*V"), (lambda a, b: a / b, "nA/V"), (lambda a, b: a / a, ""),
        (lambda a, b: a**2, "nA**2"), (lambda a, b: np.sqrt(a * a), "nA"),
        (lambda a, b: 1 / a, "1/nA"), (lambda a, b: a * 3, "nA"), (lambda a, b: a * b / b, "nA"),
        (lambda a, b: a.var(axis=0), "nA**2"), (lambda a, b: np.square(b), "V**2"),
    ],
)  # fmt: skip
def test_units_compose(function, units):
    assert function(values([1.0, 2], "nA"), values([4.0, 5], "V")).units == units
