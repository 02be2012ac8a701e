"""Settings: defaults, the environment, blocks."""

from __future__ import annotations

import pytest

from sidpy.config import Config
from sidpy.errors import LabelTypeError, LabelValueError


def test_defaults():
    config = Config({})

    assert (config.readers, config.strict) == ({}, False)
    assert 2**20 < config.memory_budget < 2**50


def test_the_environment_sets():
    config = Config(
        {
            "SIDPY_READERS": "gatan.dm4=acme-dm4, .h5 = nsid",
            "SIDPY_STRICT": "Yes",
            "SIDPY_MEMORY_BUDGET": "1.5 GiB",
        }
    )

    assert config.readers == {"gatan.dm4": "acme-dm4", ".h5": "nsid"}
    assert config.strict is True
    assert config.memory_budget == 3 * 2**29


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SIDPY_READERS", "nsid"),
        ("SIDPY_STRICT", "perhaps"),
        ("SIDPY_MEMORY_BUDGET", "much"),
        ("SIDPY_MEMORY_BUDGET", "-3"),
    ],
)
def test_a_variable_that_cannot_be_understood_is_shown(variable, value):
    with pytest.raises(LabelValueError, match=value):
        Config({variable: value})


def test_a_block_sets_and_restores_even_after_an_error():
    config = Config({"SIDPY_READERS": ".h5=nsid"})

    seen = []

    def fail():
        with config.set(strict=True, readers={".dm4": "acme"}, memory_budget="2 KB"):
            seen.append((config.readers, config.strict, config.memory_budget))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert seen == [({".h5": "nsid", ".dm4": "acme"}, True, 2048)]
    assert (config.readers, config.strict) == ({".h5": "nsid"}, False)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("strict", 1, "True or False, found 1"),
        ("readers", {"a": 3}, "maps a format id"),
        ("readers", 3, "maps a format id"),
        ("memory_budget", True, "found True"),
        ("memory_budget", 0, "found 0"),
    ],
)
def test_a_wrong_value_is_refused(name, value, message):
    with pytest.raises((LabelTypeError, LabelValueError), match=message):
        setattr(Config({}), name, value)


def test_an_unknown_setting_is_refused():
    with pytest.raises(LabelValueError, match="no colour"), Config({}).set(colour="red"):
        pass


def test_the_package_has_one_configuration_however_it_is_imported():
    import sidpy
    import sidpy.config as module
    from sidpy.config import config

    assert sidpy.config is config
    assert module is config or module.config is config
    assert "memory_budget" in repr(config)
