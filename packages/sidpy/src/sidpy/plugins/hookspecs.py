"""The two questions the host asks a plugin.

A plugin is a light module named by an entry point of the group ``sidpy``; it holds
nothing but implementations of these hooks:

.. code-block:: python

    from sidpy.plugins import ReaderSpec, hookimpl


    @hookimpl
    def sidpy_readers():
        return (ReaderSpec(...),)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .specs import ReaderSpec, WriterSpec

__all__ = ["PROJECT", "hookimpl", "hookspec", "sidpy_readers", "sidpy_writers"]

#: Name of the pluggy project and of the entry point group.
PROJECT: Final = "sidpy"

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)


@hookspec
def sidpy_readers() -> Iterable[ReaderSpec]:  # type: ignore[empty-body]  # a hook has no body
    """Return a `ReaderSpec` for each format this plugin reads."""


@hookspec
def sidpy_writers() -> Iterable[WriterSpec]:  # type: ignore[empty-body]  # a hook has no body
    """Return a `WriterSpec` for each format this plugin writes."""
