"""Names that have to differ from others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["free_name"]


def free_name(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken: itself, or with the first number that makes it free.

    Examples
    --------
    >>> free_name("x", ["y"]), free_name("x", ["x", "x_1"])
    ('x', 'x_2')
    """
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
