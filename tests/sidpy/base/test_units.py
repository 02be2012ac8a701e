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


@pytest.mark.parametrize(
    ("source", "target", "factor", "offset"),
    [
        ("degC", "K", 1, 273.15), ("degF", "K", 5 / 9, 255.3722222222222), ("nA", "pA", 1000, 0),
        ("Volt", "mV", 1000, 0), ("Torr", "mTorr", 1000, 0), ("deg C", "degC", 1, 0),
        ("1/Å", "nm^-1", 10, 0), ("", "%", 100, 0),
    ],
)  # fmt: skip
def test_conversion_may_have_an_offset(source, target, factor, offset):
    found = units.conversion(source, target)

    assert found == pytest.approx((factor, offset), rel=1e-12)


def test_conversion_gives_back_what_rounding_took():
    assert units.conversion("nA", "pA").factor == 1000.0
    assert units.conversion("K", "degC")(0.0) == -273.15


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("nm", "V", "they measure different things"),
        ("Hz", "rad/s", "they measure different things"),
        ("counts", "", "they measure different things"),
        ("dBm", "W", "they measure different things"),
        ("wobbles", "V", "'wobbles' is no unit that is known"),
        ("V", "au", "'au' does not say what the units are"),
    ],
)
def test_no_conversion_has_a_reason(source, target, reason):
    assert units.conversion(source, target) is None
    assert units.why_not(source, target) == reason


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2 nm", (2, "nm")), ("-1.5e-3V", (-0.0015, "V")), (" 7 ", (7, "")), ("2eV", (2, "eV")),
        ("\N{MINUS SIGN}3 1/nm", (-3, "1/nm")), (".5 µm", (0.5, "µm")), ("2e3 eV", (2000, "eV")),
        ("nm", None), ("", None), ("nan nm", None), ("1,5 nm", (1, ",5 nm")), ("inf", None),
    ],
)  # fmt: skip
def test_a_number_with_units(text, found):
    assert units.quantity(text) == found
