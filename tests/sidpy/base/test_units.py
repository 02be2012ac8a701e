"""Units are arithmetic where they are known and text where they are not."""

import pytest

from sidpy.base import units


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("nm", "m", 1e-9), ("Å", "nm", 0.1), ("um", "µm", 1.0), ("1/nm", "cm-1", 1e7),
        ("deg", "rad", 0.017453292519943295), ("nm", "V", None), ("wobbles", "nm", None),
        ("generic", "generic", 1.0), ("generic", "nm", None), ("degC", "K", None),
        ("eV", "J", 1.602176634e-19), ("meV", "eV", 1e-3),
    ],
)  # fmt: skip
def test_conversion(source, target, factor):
    found = units.conversion_factor(source, target)

    assert found == (factor if factor is None else pytest.approx(factor, rel=1e-12))


@pytest.mark.parametrize(
    ("function", "arguments", "result"),
    [
        (units.multiply, ("nA", "V"), "nA*V"),
        (units.multiply, ("nA", "generic"), "generic"),
        (units.multiply, ("nA", "wobbles"), "(nA)*(wobbles)"),
        (units.divide, ("nA", "nA"), ""),
        (units.divide, ("wobbles", "wobbles"), ""),
        (units.divide, ("nm", "s"), "nm/s"),
        (units.power, ("nm", 2), "nm**2"),
        (units.power, ("nm**2", 0.5), "nm"),
        (units.power, ("generic", 2), "generic"),
    ],
)
def test_composition(function, arguments, result):
    assert function(*arguments) == result


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        "nm nm",
        "5 nm",
        "_",
        "9**9**9**9",
        "(9)^9^9",
        "a.u.",
        "°C",
        "%",
        "__import__('os')",
    ],
)
def test_no_text_makes_it_fail(text):
    units.conversion_factor(text, "nm")
    units.multiply(text, "nm")
    units.power(text, 2)


def test_spellings_mean_the_same():
    assert units.same_units("um", "µm")
    assert not units.same_units("um", "nm")
