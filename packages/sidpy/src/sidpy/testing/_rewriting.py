"""Needs pytest, and lets it explain the assertions of the kit as it explains its users'."""

from __future__ import annotations

from sidpy.errors import MissingDependency

try:
    import pytest
except ModuleNotFoundError as error:
    msg = "sidpy.testing needs pytest: pip install 'sidpy[testing]'"
    raise MissingDependency(msg, name="pytest") from error

#: Modules whose failing assertions show their values.
REWRITTEN = (
    "sidpy.testing.comparison",
    "sidpy.testing.conformance",
    "sidpy.testing.elsewhere",
)

pytest.register_assert_rewrite(*REWRITTEN)
